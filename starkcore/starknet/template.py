"""Messages of one shape, prepared once: constants folded in, and a place for each value that differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starkcore.errors import _invalid
from starkcore.hashing import pedersen_hash_elements, poseidon_hash_many
from starkcore.starknet.felts import short_string

__all__ = ["PREFIX", "MessageTemplate"]

PREFIX = short_string("StarkNet Message")
"""What every message of an account begins with (SNIP-12)."""

_HASHES: dict[int, Callable[[list[int]], int]] = {0: pedersen_hash_elements, 1: poseidon_hash_many}


class MessageTemplate:
    """H("StarkNet Message", domain's hash, account, H(struct)), of a struct with places to fill.

    Args:
        revision: SNIP-12's: H is Pedersen's list hash in 0, Poseidon's in 1.
        domain_hash: a felt.
        account: a felt; what some exchanges have in its place is a public key.
        struct: felts, the type's hash first, and None for each place.
    """

    __slots__ = ("_hash_list", "_outer", "_places", "_struct")

    def __init__(self, revision: int, domain_hash: int, account: int, struct: Sequence[int | None]) -> None:
        if revision not in (0, 1):
            raise _invalid("revision", "must be 0 or 1")
        self._hash_list = _HASHES[revision]
        self._outer = [PREFIX, domain_hash, account]
        self._struct = [0 if value is None else value for value in struct]
        self._places = [i for i, value in enumerate(struct) if value is None]

    def hash(self, values: Sequence[int]) -> int:
        """The message's hash, with these felts in the places, in order."""
        struct = self._struct.copy()
        for place, value in zip(self._places, values, strict=True):
            struct[place] = value
        return self._hash_list([*self._outer, self._hash_list(struct)])
