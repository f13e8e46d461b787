"""In the place of functions that CCXT 4.5 carries along for Paradex and Extended: Pedersen, Poseidon, signatures,
Keccak.

What CCXT signs is left as it is. Its orders are right; its transfer and withdrawal hashes for Extended are not: they
use type names other than the contract's, and the exchange refuses them. Use `starkcore.extended` for these.

Where it differs: elements are in [0, p) and keys in [1, n), or it is ValueError. After a nonce that can't be used,
which is about every second signature, CCXT leaves RFC 6979, and signs otherwise than the standard, which is ours.
Either verifies.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import starkcore
from starkcore import exact
from starkcore.compat import values
from starkcore.compat.poseidon_py.poseidon_hash import poseidon_hash_many as _poseidon_hash_many
from starkcore.errors import _called, _invalid
from starkcore.starknet import selector

__all__ = ["FUNCTIONS"]


def SHA3(_input: Any) -> bytearray:  # noqa: N802, CCXT's name
    """Keccak-256 of bytes, or of a list of them."""
    if not isinstance(_input, (list, tuple)):
        return bytearray(starkcore.keccak256(_input))
    numbers = values.numbers(_input, "_input")
    if any(not 0 <= number < 256 for number in numbers):
        raise _invalid("_input", "must have numbers in [0, 256)")
    return bytearray(starkcore.keccak256(bytes(numbers)))


def pedersen_hash(x: int, y: int) -> int:
    """Pedersen's hash of two field elements."""
    return starkcore.pedersen_hash(values.felt(x, "x"), values.felt(y, "y"))


def compute_hash_on_elements(data: Iterable[int]) -> int:
    """Pedersen's hash of a list."""
    elements = values.numbers(data, "data")
    return _pedersen(tuple(elements)) if len(elements) <= _SHORT else starkcore.pedersen_hash_elements(elements)


# CCXT hashes its domain, and the names of its types, anew for each order: what was hashed last is kept.
_SHORT, _KEPT = 16, 64
_pedersen = lru_cache(_KEPT)(starkcore.pedersen_hash_elements)
_poseidon = lru_cache(_KEPT)(_poseidon_hash_many)
_selector = lru_cache(_KEPT)(selector)


def get_selector_from_name(func_name: str) -> int:
    """The selector of an entry point, or the hash of a type's text."""
    with _called(name="func_name"):
        return _selector(exact.text(func_name, "func_name"))


def poseidon_hash_many(values: Iterable[int]) -> int:
    """Poseidon's hash of a list."""
    if type(values) is list and len(values) <= _SHORT and all(type(value) is int for value in values):
        return _poseidon(tuple(values))  # of nothing but ints: what only equals one isn't it
    return _poseidon_hash_many(values)


def sign(msg_hash: int, priv_key: int, seed: int | None = None) -> tuple[int, int]:
    """(r, s), by RFC 6979 with a seed."""
    return values.sign(priv_key, "priv_key", msg_hash, seed)


def message_signature(msg_hash: int, priv_key: int, seed: int | None = 32) -> tuple[int, int]:
    """(r, s), by RFC 6979 with a seed."""
    return values.sign(priv_key, "priv_key", msg_hash, seed)


def private_to_stark_key(priv_key: int) -> int:
    """The x-coordinate of the public key."""
    return values.key(priv_key, "priv_key").public_key.x


_STARKWARE, _STARKNET = "ccxt.static_dependencies.starkware.crypto", "ccxt.static_dependencies.starknet.hash"

FUNCTIONS = {
    "ccxt.static_dependencies.keccak": {"SHA3": SHA3},
    f"{_STARKWARE}.signature": {"sign": sign, "private_to_stark_key": private_to_stark_key},
    f"{_STARKWARE}.fast_pedersen_hash": {"pedersen_hash": pedersen_hash},
    f"{_STARKNET}.utils": {
        "compute_hash_on_elements": compute_hash_on_elements,
        "message_signature": message_signature,
    },
    f"{_STARKNET}.selector": {"get_selector_from_name": get_selector_from_name},
    f"{_STARKNET}.poseidon": {"poseidon_hash_many": poseidon_hash_many},
}
"""{CCXT's module: {name: what stands for it}}."""
