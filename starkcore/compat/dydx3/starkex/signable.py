"""What the four messages have in common."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from starkcore import PrivateKey, PublicKey, Signature, exact
from starkcore.compat.dydx3.constants import COLLATERAL_ASSET_ID_BY_NETWORK_ID
from starkcore.errors import _invalid

__all__ = ["Signable"]

Message = TypeVar("Message")


def collateral_of(network_id: int) -> int:
    """The collateral's id on a chain."""
    known = COLLATERAL_ASSET_ID_BY_NETWORK_ID.get(exact.integer(network_id, "network_id"))
    if known is None:
        raise _invalid("network_id", "must be a chain that dYdX v3 was on")
    return known


class Signable(Generic[Message]):
    """A message that a Stark key signs.

    Attributes:
        network_id: the chain.
        hash: the message hash, an int.
    """

    def __init__(self, network_id: int, message: Message) -> None:
        collateral_of(network_id)
        self.network_id = network_id
        self._message: Any = message
        self._hash: int | None = None

    @property
    def hash(self) -> int:
        if self._hash is None:
            self._hash = int(self._message.hash())
        return self._hash

    def to_starkware(self) -> Message:
        """The message itself, of `starkcore.starkex`."""
        return self._message  # type: ignore[no-any-return]

    def sign(self, private_key_hex: str | PrivateKey) -> str:
        """r and s, 128 hex digits."""
        key = private_key_hex if isinstance(private_key_hex, PrivateKey) else PrivateKey(private_key_hex)
        return key.sign(self.hash).to_hex()

    def verify_signature(self, signature_hex: str, public_key_hex: str) -> bool:
        """Whether the key of that x has signed this."""
        return PublicKey.from_x(public_key_hex).verify(self.hash, Signature.from_hex(signature_hex))
