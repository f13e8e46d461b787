"""Messages of one shape, prepared once: constants folded in, and a place for each value that differs."""

from __future__ import annotations

from collections.abc import Sequence

from starkcore import _native
from starkcore.errors import StarkcoreError, _invalid
from starkcore.keys import PrivateKey, Signature, _signature
from starkcore.starknet.felts import short_string

__all__ = ["PREFIX", "MessageTemplate", "Value"]

PREFIX = short_string("StarkNet Message")
"""What every message of an account begins with (SNIP-12)."""

Value = int | _native.MessageElement
"""What fills a place: a felt, or one made ready by `ready`, which is quicker in Pedersen messages."""

_HASHES = {0: _native.LIST_PEDERSEN, 1: _native.LIST_POSEIDON}

ready = _native.MessageElement.of
"""A felt made ready for many messages."""


class MessageTemplate:
    """H("StarkNet Message", domain's hash, account, H(struct)), of a struct with places to fill.

    Args:
        revision: SNIP-12's: H is Pedersen's list hash in 0, Poseidon's in 1.
        domain_hash: a felt.
        account: a felt; what some exchanges have in its place is a public key.
        struct: felts, the type's hash first, and None for each place; at most 32.
    """

    __slots__ = ("native",)

    def __init__(self, revision: int, domain_hash: int, account: int, struct: Sequence[int | None]) -> None:
        if revision not in (0, 1):
            raise _invalid("revision", "must be 0 or 1")
        self.native = _native.MessageTemplate.of(_HASHES[revision], (PREFIX, domain_hash, account), tuple(struct))

    def hash(self, values: Sequence[Value]) -> int:
        """The message's hash, with these felts in the places, in order."""
        return self.native.hash(tuple(values))

    def sign(self, key: PrivateKey, values: tuple[Value, ...], seed: int | None = None) -> tuple[Signature, int]:
        """The signature of the message with these felts in the places, and its hash."""
        signature, message_hash = _native.sign_message(key._secret, self.native, values, seed)
        return _signature(signature), message_hash

    def sign_many(
        self, key: PrivateKey, rows: Sequence[tuple[Value, ...]], seed: int | None = None, *, threads: int = 1
    ) -> list[tuple[Signature, int] | StarkcoreError]:
        """The same for many messages, in one native call; or the exception of one that can't be signed."""
        outcomes = _native.sign_messages(key._secret, self.native, rows, seed, threads)
        return [
            (_signature(outcome[0]), outcome[1]) if type(outcome) is tuple else outcome  # type: ignore[misc]
            for outcome in outcomes
        ]
