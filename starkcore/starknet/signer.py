"""A Starknet account's signer: typed data and transaction hashes."""

from __future__ import annotations

from typing import NoReturn

from starkcore.errors import _wrong_type
from starkcore.keys import PrivateKey, Signature, _not_copied
from starkcore.starknet.typed_data import TypedData

__all__ = ["StarknetSigner"]


class StarknetSigner:
    """Signs with a Stark key for Starknet accounts.

    Args:
        key: the account's private key.
        seed: where RFC 6979's extra data begin. 32, the default, is what starknet.py and Paradex do, so that signatures
            are theirs bit for bit; None is the standard's own way, that of StarkWare's other engines. Either kind
            verifies.
    """

    __slots__ = ("_key", "_seed")

    def __init__(self, key: PrivateKey, *, seed: int | None = 32) -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        key.sign(0, seed)  # refuses a seed that isn't one, here rather than at the first message
        self._key, self._seed = key, seed

    @property
    def public_key(self) -> int:
        """The x-coordinate of the public key: what an account's contract stores."""
        return self._key.public_key.x

    def sign(self, data: TypedData, account: int | str) -> Signature:
        """Sign typed data (SNIP-12) for an account.

        Args:
            data: the message.
            account: the account's address, a field element.

        Raises:
            InvalidMessageHash: the hash is 2^251 or more, about once in 2^55 messages.
        """
        if not isinstance(data, TypedData):
            raise _wrong_type("data", "a TypedData", type(data))
        return self._key.sign(data.hash(account), self._seed)

    def sign_hash(self, message_hash: int) -> Signature:
        """Sign a message's or a transaction's hash: an int in [0, 2^251)."""
        return self._key.sign(message_hash, self._seed)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("a StarknetSigner")

    def __repr__(self) -> str:
        return f"StarknetSigner(public_key={self.public_key:#x})"
