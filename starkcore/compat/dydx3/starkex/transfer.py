"""Transfers."""

from __future__ import annotations

from starkcore.compat.dydx3.constants import COLLATERAL_ASSET
from starkcore.compat.dydx3.starkex.helpers import nonce_from_client_id, to_quantums_exact
from starkcore.compat.dydx3.starkex.signable import Signable, collateral_of
from starkcore.dydx.messages import position
from starkcore.keys import PublicKey
from starkcore.starkex import Amount, Transfer, expiration_hours

__all__ = ["SignableTransfer"]


class SignableTransfer(Signable[Transfer]):
    """A transfer of collateral to another position."""

    def __init__(
        self,
        sender_position_id: int | str,
        receiver_position_id: int | str,
        receiver_public_key: int | str,
        human_amount: Amount,
        client_id: str,
        expiration_epoch_seconds: float,
        network_id: int,
    ) -> None:
        transfer = Transfer(
            asset_id=collateral_of(network_id),
            receiver_key=PublicKey.from_x(receiver_public_key).x,
            sender_position_id=position(sender_position_id, "sender_position_id"),
            receiver_position_id=position(receiver_position_id, "receiver_position_id"),
            quantums_amount=to_quantums_exact(human_amount, COLLATERAL_ASSET),
            nonce=nonce_from_client_id(client_id),
            expiration_hours=expiration_hours(expiration_epoch_seconds),
        )
        super().__init__(network_id, transfer)
