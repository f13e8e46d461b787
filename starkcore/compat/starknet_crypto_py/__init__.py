"""In the place of starknet-crypto-py 0.3.

Where it differs: nothing is reduced modulo p or n, and what it panics at, with an exception that `except Exception` doesn't
catch, raises ValueError; so does a private key of 0.
"""

from starkcore.compat.starknet_crypto_py.lib import get_public_key, pedersen_hash, sign, verify

__all__ = ["get_public_key", "pedersen_hash", "sign", "verify"]
