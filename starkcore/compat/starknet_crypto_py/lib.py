"""starknet-crypto-py's functions."""

from __future__ import annotations

from starkcore.compat import values
from starkcore.compat.fast_stark_crypto import lib

__all__ = ["get_public_key", "pedersen_hash", "sign", "verify"]


def get_public_key(private_key: int) -> int:
    """The x-coordinate of the public key."""
    return lib.get_public_key(private_key)


def pedersen_hash(first: int, second: int) -> int:
    """Pedersen's hash of two field elements."""
    return lib.pedersen_hash(first, second)


def sign(private_key: int, msg_hash: int, seed: int) -> tuple[int, int]:
    """(r, s), by RFC 6979 with a seed: 32 is what Paradex and starknet.py give."""
    return values.sign(private_key, "private_key", msg_hash, values.felt(seed, "seed"))


def verify(public_key: int, msg_hash: int, r: int, s: int) -> bool:
    """Whether the signature is right; ValueError where a number is out of range or no point has this public key."""
    return lib.verify(public_key, msg_hash, r, s)
