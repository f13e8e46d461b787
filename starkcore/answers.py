"""The former name of `starkcore.http.answer`."""

import sys

from starkcore.http import answer
from starkcore.http.answer import *  # noqa: F403 - for type checkers

sys.modules[__name__] = answer
