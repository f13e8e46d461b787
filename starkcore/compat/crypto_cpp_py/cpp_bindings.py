"""crypto-cpp-py's functions. s is the number that is part of a signature, w its inverse modulo n: that is verified
with.
"""

from __future__ import annotations

from typing import TypeAlias

import starkcore
from starkcore.compat import values

__all__ = ["ECSignature", "cpp_get_public_key", "cpp_hash", "cpp_sign", "cpp_verify"]

ECSignature: TypeAlias = tuple[int, int]


def cpp_hash(left: int, right: int) -> int:
    """Pedersen's hash of two field elements."""
    return starkcore.pedersen_hash(values.felt(left, "left"), values.felt(right, "right"))


def cpp_verify(msg_hash: int, r: int, w: int, stark_key: int) -> bool:
    """Whether the signature is right; False for numbers of 256 bits that can't be one's."""
    key, message_hash = values.word(stark_key, "stark_key"), values.word(msg_hash, "msg_hash")
    first, inverse = values.word(r, "r"), values.word(w, "w")
    if not 0 < inverse < 1 << 251 or key >= values.FIELD_PRIME:
        return False
    return values.is_signed(key, message_hash, first, pow(inverse, -1, values.ORDER))


def cpp_get_public_key(private_key: int) -> int:
    """The x-coordinate of the public key."""
    return values.key(private_key, "private_key").public_key.x


def cpp_sign(msg_hash: int, priv_key: int, seed: int | None = 32) -> ECSignature:
    """(r, s), by RFC 6979 with a seed."""
    return values.sign(priv_key, "priv_key", msg_hash, seed)
