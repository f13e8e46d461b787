"""The former name of `starkcore.http.rules`."""

import sys

from starkcore.http import rules
from starkcore.http.rules import *  # noqa: F403 - for type checkers

sys.modules[__name__] = rules
