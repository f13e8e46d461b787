"""Transfers between positions, with and without a condition."""

from __future__ import annotations

from starkcore import _native, exact
from starkcore.errors import _wrong_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from starkcore.values import dataclass

__all__ = ["ConditionalTransfer", "Transfer"]

_INTS = (
    "asset_id", "receiver_key", "sender_position_id", "receiver_position_id", "quantums_amount", "nonce",
    "expiration_hours", "fee_asset_id", "fee_position_id", "quantums_max_fee",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """StarkEx's message 4, a transfer, in quantums.

    Attributes:
        asset_id: what is transferred, an int in [0, 2^250).
        receiver_key: the receiver's Stark key (x), an int in [0, 2^251).
        sender_position_id, receiver_position_id: ints in [0, 2^64).
        quantums_amount: an int in [0, 2^64).
        nonce: an int in [0, 2^32).
        expiration_hours: since the epoch, an int in [0, 2^32).
        fee_asset_id, quantums_max_fee: 0 on dYdX.
        fee_position_id: which position pays the fee; None: the sender's.
    """

    asset_id: int
    receiver_key: int
    sender_position_id: int
    receiver_position_id: int
    quantums_amount: int
    nonce: int
    expiration_hours: int
    fee_asset_id: int = 0
    fee_position_id: int | None = None
    quantums_max_fee: int = 0

    def __post_init__(self) -> None:
        exact.plain_fields(self, _INTS)

    def hash(self) -> int:
        """The message hash, which is signed.

        Raises:
            InvalidInput, InputTypeError: a field doesn't fit; it is named.
        """
        return _hash(self, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalTransfer:
    """StarkEx's message 5: a transfer that happens once a fact is registered on Ethereum.

    Attributes:
        condition: an int in [0, 2^251); see `fact_to_condition`.

    The others are those of `Transfer`.
    """

    asset_id: int
    receiver_key: int
    condition: int
    sender_position_id: int
    receiver_position_id: int
    quantums_amount: int
    nonce: int
    expiration_hours: int
    fee_asset_id: int = 0
    fee_position_id: int | None = None
    quantums_max_fee: int = 0

    def __post_init__(self) -> None:
        exact.plain_fields(self, (*_INTS, "condition"))

    def hash(self) -> int:
        """The message hash, which is signed.

        Raises:
            InvalidInput, InputTypeError: a field doesn't fit; it is named.
        """
        if self.condition is None:  # which would make it a plain transfer
            raise _wrong_type("condition", "an int", type(None))
        return _hash(self, self.condition)


def _hash(transfer: Transfer | ConditionalTransfer, condition: int | None) -> int:
    sender = transfer.sender_position_id
    return _native.transfer_hash(
        transfer.asset_id,
        transfer.fee_asset_id,
        transfer.receiver_key,
        condition,
        sender,
        transfer.receiver_position_id,
        sender if transfer.fee_position_id is None else transfer.fee_position_id,
        transfer.quantums_amount,
        transfer.quantums_max_fee,
        transfer.nonce,
        transfer.expiration_hours,
    )
