"""Registering a Stark key on Ethereum without the exchange: `registerEthAddress`, which the key itself signs for.

The contract's other way, `registerUser`, needs a signature of the exchange's. Once an exchange has closed this is the
way that is left to who hasn't registered yet, and wants to withdraw.
"""

from __future__ import annotations

from starkcore import _native
from starkcore.errors import _invalid, _wrong_type
from starkcore.ethereum.address import address_bytes
from starkcore.keys import PrivateKey, PublicKey

__all__ = ["registration_hash", "sign_registration"]

_ORDER = 0x0800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F


def registration_hash(ethereum_address: str | bytes, stark_public_key: PublicKey | int | str) -> int:
    """What the Stark key signs: keccak256("UserRegistration:" ‖ address ‖ x), modulo n.

    The contract reduces the hash modulo the order n of the curve, which is a little more than 2^251.

    Args:
        ethereum_address: that is to be registered: 20 bytes, or hex text.
        stark_public_key: the key, or its x.
    """
    key = stark_public_key
    x = key.x if isinstance(key, PublicKey) else _native.number(key, "stark_public_key")
    data = b"UserRegistration:" + address_bytes(ethereum_address, "ethereum_address") + x.to_bytes(32, "big")
    return int.from_bytes(_native.keccak256(data), "big") % _ORDER


def sign_registration(key: PrivateKey, ethereum_address: str | bytes) -> bytes:
    """The argument `starkSignature` of `registerEthAddress`: r ‖ s ‖ y of the public key, 32 bytes each.

    Raises:
        InvalidInput, InputTypeError: the address; or, for one key of 2^54, a hash above 2^251, which nothing here
            signs.
    """
    if not isinstance(key, PrivateKey):
        raise _wrong_type("key", "a PrivateKey", type(key))
    public = key.public_key
    message_hash = registration_hash(ethereum_address, public)
    if message_hash >> 251:
        raise _invalid("ethereum_address", "must be another: this one's hash is above 2^251, which is not signed here")
    signature = key.sign(message_hash)
    assert public.y is not None  # noqa: S101 - made from a private key
    return b"".join(value.to_bytes(32, "big") for value in (signature.r, signature.s, public.y))
