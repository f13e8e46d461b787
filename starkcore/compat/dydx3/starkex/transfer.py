"""Transfers."""

from __future__ import annotations

from starkcore.compat.dydx3.constants import COLLATERAL_ASSET, COLLATERAL_ASSET_ID_BY_NETWORK_ID
from starkcore.compat.dydx3.starkex.helpers import nonce_from_client_id, to_quantums_exact
from starkcore.compat.dydx3.starkex.signable import Signable
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
            asset_id=COLLATERAL_ASSET_ID_BY_NETWORK_ID.get(network_id, 0),  # Signable refuses what isn't there
            receiver_key=PublicKey.from_x(receiver_public_key).x,
            sender_position_id=int(sender_position_id),
            receiver_position_id=int(receiver_position_id),
            quantums_amount=to_quantums_exact(human_amount, COLLATERAL_ASSET),
            nonce=nonce_from_client_id(client_id),
            expiration_hours=expiration_hours(expiration_epoch_seconds),
        )
        super().__init__(network_id, transfer)
