"""The former name of `starkcore.http.transport`."""

import sys

from starkcore.http import transport
from starkcore.http.transport import *  # noqa: F403 - for type checkers

sys.modules[__name__] = transport
