"""Withdrawals, to the key's own Ethereum address or to another."""

from __future__ import annotations

from starkcore import _native, exact
from starkcore.ethereum.address import address_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from starkcore.values import dataclass

__all__ = ["Withdrawal", "WithdrawalToAddress"]

_INTS = ("collateral_id", "position_id", "quantums_amount", "nonce", "expiration_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """StarkEx's message 6, a withdrawal to the Ethereum address that the key is registered for, in quantums.

    Attributes:
        collateral_id: an int in [0, 2^250).
        position_id, quantums_amount: ints in [0, 2^64).
        nonce, expiration_hours: ints in [0, 2^32).
    """

    collateral_id: int
    position_id: int
    quantums_amount: int
    nonce: int
    expiration_hours: int

    def __post_init__(self) -> None:
        exact.plain_fields(self, _INTS)

    def hash(self) -> int:
        """The message hash, which is signed.

        Raises:
            InvalidInput, InputTypeError: a field doesn't fit; it is named.
        """
        return _native.withdrawal_hash(
            self.collateral_id, None, self.position_id, self.quantums_amount, self.nonce, self.expiration_hours
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalToAddress:
    """StarkEx's message 7, a withdrawal to any Ethereum address; later than dYdX v3.

    Attributes:
        eth_address: 20 bytes, or hex text; mixed case must have the right checksum.

    The others are those of `Withdrawal`.
    """

    collateral_id: int
    eth_address: str | bytes
    position_id: int
    quantums_amount: int
    nonce: int
    expiration_hours: int

    def __post_init__(self) -> None:
        exact.plain_fields(self, (*_INTS, "eth_address"))

    def hash(self) -> int:
        """The message hash, which is signed.

        Raises:
            InvalidInput, InputTypeError: a field doesn't fit; it is named.
        """
        return _native.withdrawal_hash(
            self.collateral_id,
            address_bytes(self.eth_address, "eth_address"),
            self.position_id,
            self.quantums_amount,
            self.nonce,
            self.expiration_hours,
        )
