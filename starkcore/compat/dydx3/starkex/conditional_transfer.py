"""Transfers that happen once a fact is registered."""

from __future__ import annotations

from starkcore.compat.dydx3.constants import COLLATERAL_ASSET
from starkcore.compat.dydx3.starkex.helpers import fact_to_condition, nonce_from_client_id, to_quantums_exact
from starkcore.compat.dydx3.starkex.signable import Signable, collateral_of
from starkcore.dydx.messages import position
from starkcore.keys import PublicKey
from starkcore.starkex import Amount, ConditionalTransfer, expiration_hours

__all__ = ["SignableConditionalTransfer"]


class SignableConditionalTransfer(Signable[ConditionalTransfer]):
    """A transfer to whoever makes the fact true, as fast withdrawals are."""

    def __init__(
        self,
        network_id: int,
        sender_position_id: int | str,
        receiver_position_id: int | str,
        receiver_public_key: int | str,
        fact_registry_address: str,
        fact: bytes,
        human_amount: Amount,
        client_id: str,
        expiration_epoch_seconds: float,
    ) -> None:
        transfer = ConditionalTransfer(
            asset_id=collateral_of(network_id),
            receiver_key=PublicKey.from_x(receiver_public_key).x,
            condition=fact_to_condition(fact_registry_address, fact),
            sender_position_id=position(sender_position_id, "sender_position_id"),
            receiver_position_id=position(receiver_position_id, "receiver_position_id"),
            quantums_amount=to_quantums_exact(human_amount, COLLATERAL_ASSET),
            nonce=nonce_from_client_id(client_id),
            expiration_hours=expiration_hours(expiration_epoch_seconds),
        )
        super().__init__(network_id, transfer)
