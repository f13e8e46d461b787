"""In the place of starknet-crypto-py 0.3.

Where it differs: nothing is reduced modulo p or n, and what it panics at, with an exception that `except Exception`
doesn't catch, raises ValueError; so does a private key of 0.
"""

from starkcore.compat.starknet_crypto_py.lib import *  # noqa: F403
from starkcore.compat.starknet_crypto_py.lib import __all__ as __all__
