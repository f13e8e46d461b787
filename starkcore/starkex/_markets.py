"""The former name of `starkcore.starkex.venues.dydx_v3`."""

import sys

from starkcore.starkex.venues import dydx_v3

sys.modules[__name__] = dydx_v3
