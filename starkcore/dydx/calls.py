"""The former name of `starkcore.http.calls`."""

import sys

from starkcore.http import calls
from starkcore.http.calls import *  # noqa: F403 - for type checkers

sys.modules[__name__] = calls
