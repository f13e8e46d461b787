"""Withdrawals."""

from __future__ import annotations

from starkcore.compat.dydx3.constants import COLLATERAL_ASSET
from starkcore.compat.dydx3.starkex.helpers import nonce_from_client_id, to_quantums_exact
from starkcore.compat.dydx3.starkex.signable import Signable, collateral_of
from starkcore.dydx.messages import position
from starkcore.starkex import Amount, Withdrawal, expiration_hours

__all__ = ["SignableWithdrawal"]


class SignableWithdrawal(Signable[Withdrawal]):
    """A withdrawal to the Ethereum address that the key is registered for."""

    def __init__(
        self,
        network_id: int,
        position_id: int | str,
        human_amount: Amount,
        client_id: str,
        expiration_epoch_seconds: float,
    ) -> None:
        withdrawal = Withdrawal(
            collateral_id=collateral_of(network_id),
            position_id=position(position_id, "position_id"),
            quantums_amount=to_quantums_exact(human_amount, COLLATERAL_ASSET),
            nonce=nonce_from_client_id(client_id),
            expiration_hours=expiration_hours(expiration_epoch_seconds),
        )
        super().__init__(network_id, withdrawal)
