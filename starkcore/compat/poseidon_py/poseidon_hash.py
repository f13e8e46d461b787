"""poseidon-py's functions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256

import starkcore
from starkcore.compat.values import FIELD_PRIME, felt, numbers
from starkcore.errors import _wrong_type

__all__ = ["poseidon_hash", "poseidon_hash_func", "poseidon_hash_many", "poseidon_hash_single", "poseidon_perm"]

_FULL_ROUNDS, _PARTIAL_ROUNDS = 8, 83


def poseidon_hash(x: int, y: int) -> int:
    """Of two field elements."""
    return starkcore.poseidon_hash(felt(x, "x"), felt(y, "y"))


def poseidon_hash_single(x: int) -> int:
    """Of one field element."""
    return starkcore.poseidon_hash_single(felt(x, "x"))


def poseidon_hash_many(array: Iterable[int]) -> int:
    """Of a list of field elements."""
    return starkcore.poseidon_hash_many(numbers(array, "array"))


def poseidon_hash_func(x: bytes, y: bytes) -> bytes:
    """Of two field elements as big-endian bytes: 32 bytes."""
    return poseidon_hash(_from_bytes(x, "x"), _from_bytes(y, "y")).to_bytes(32, "big")


def poseidon_perm(x: int, y: int, z: int) -> list[int]:
    """The permutation of three field elements."""
    a, b, c = felt(x, "x"), felt(y, "y"), felt(z, "z")
    for i, (k0, k1, k2) in enumerate(_constants()):
        a, b, c = a + k0, b + k1, pow(c + k2, 3, FIELD_PRIME)
        if not _FULL_ROUNDS // 2 <= i < _FULL_ROUNDS // 2 + _PARTIAL_ROUNDS:
            a, b = pow(a, 3, FIELD_PRIME), pow(b, 3, FIELD_PRIME)
        total = a + b + c
        a, b, c = (total + 2 * a) % FIELD_PRIME, (total - 2 * b) % FIELD_PRIME, (total - 3 * c) % FIELD_PRIME
    return [a, b, c]


@cache
def _constants() -> list[tuple[int, ...]]:
    """Of each round: SHA-256 of "Hades" and the number."""
    digests = (sha256(f"Hades{i}".encode()).digest() for i in range(3 * (_FULL_ROUNDS + _PARTIAL_ROUNDS)))
    values = [int.from_bytes(digest, "big") % FIELD_PRIME for digest in digests]
    return [tuple(values[i : i + 3]) for i in range(0, len(values), 3)]


def _from_bytes(value: bytes, field: str) -> int:
    if not isinstance(value, (bytes, bytearray)):
        raise _wrong_type(field, "bytes", type(value))
    return int.from_bytes(value, "big")
