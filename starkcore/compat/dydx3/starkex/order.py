"""Orders."""

from __future__ import annotations

from typing import Literal

from starkcore.compat.dydx3.starkex.signable import Signable
from starkcore.dydx.messages import position
from starkcore.starkex import Amount, Order

__all__ = ["SignableOrder"]


class SignableOrder(Signable[Order]):
    """An order; the signed expiry is a week later than the one that is given."""

    def __init__(
        self,
        network_id: int,
        market: str,
        side: Literal["BUY", "SELL"],
        position_id: int | str,
        human_size: Amount,
        human_price: Amount,
        limit_fee: Amount,
        client_id: str,
        expiration_epoch_seconds: float,
    ) -> None:
        order = Order.from_human(
            network=network_id, market=market, side=side, position_id=position(position_id, "position_id"),
            size=human_size, price=human_price, limit_fee=limit_fee, client_id=client_id,
            expiration=expiration_epoch_seconds,
        )  # fmt: skip
        super().__init__(network_id, order)
