"""The former name of `starkcore.ethereum.transactions`."""

import sys

from starkcore.ethereum import transactions
from starkcore.ethereum.transactions import *  # noqa: F403 - for type checkers

sys.modules[__name__] = transactions
