"""The former name of `starkcore.engine`."""

import importlib
import sys

from starkcore.engine import *  # noqa: F403 - for type checkers

# Not by `from starkcore import engine`: that is the function, which has been there for longer.
sys.modules[__name__] = importlib.import_module("starkcore.engine")
