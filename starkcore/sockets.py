"""The former name of `starkcore.http.sockets`."""

import sys

from starkcore.http import sockets
from starkcore.http.sockets import *  # noqa: F403 - for type checkers

sys.modules[__name__] = sockets
