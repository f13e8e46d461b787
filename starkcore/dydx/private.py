"""`client.private`: one's own account, orders and money.

Needs API credentials; orders and transfers a Stark key as well. Long, because each call of the API is a method.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from starkcore import exact
from starkcore.dydx.address import checksum_address
from starkcore.dydx.auth import hmac_signature
from starkcore.dydx.batches import OrderBatch
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.messages import (
    Draft,
    OrderParameters,
    amount_text,
    client_id_text,
    draft,
    draft_of,
    expiration_name,
    expiration_text,
    position,
    sign_drafts,
    signature_text,
)  # fmt: skip
from starkcore.dydx.requests import Auth, account_id, delete, get, post, put
from starkcore.dydx.results import (
    AccountAnswer,
    AccountsAnswer,
    ApiKeysAnswer,
    CanceledOrderAnswer,
    CanceledOrdersAnswer,
    FillsAnswer,
    FundingPaymentsAnswer,
    OrderAnswer,
    OrdersAnswer,
    PositionsAnswer,
    Record,
    RegistrationAnswer,
    Response,
    TransferAnswer,
    TransfersAnswer,
    UserAnswer,
    WithdrawalAnswer,
)  # fmt: skip
from starkcore.dydx.session import Session
from starkcore.dydx.settling import WINDOW, Found, settle
from starkcore.errors import StarkcoreError, _called, _invalid, _wrong_type
from starkcore.ethereum import LocalKey
from starkcore.http.calls import Mode, Module, call, call_with
from starkcore.http.records import D
from starkcore.http.rules import OutcomeUnknown, Steps, Together
from starkcore.starkex import Amount, OrderSigner

__all__ = ["Private"]

_KEY = Auth.API_KEY


class Private(Module[Session, Mode]):
    """Times are ISO 8601 text, amounts decimal text, Decimal or int; a float is refused. Limits and ids may be text."""

    def _get(self, kind: type[D], *segments: str, **query: Any) -> Steps[Response[D]]:
        return self._session.call(get(*segments, auth=_KEY, query=query), kind)

    def _post(self, kind: type[D], *segments: str, body: Mapping[str, Any]) -> Steps[Response[D]]:
        return self._session.call(post(*segments, auth=_KEY, body=body), kind)

    def _delete(self, kind: type[D], *segments: str, **query: Any) -> Steps[Response[D]]:
        return self._session.call(delete(*segments, auth=_KEY, query=query), kind)

    # ---- Users and accounts ----

    @call
    def get_api_keys(self) -> Steps[Response[ApiKeysAnswer]]:
        """The user's API keys, without their secrets."""
        return self._get(ApiKeysAnswer, "api-keys")

    @call
    def get_registration(self) -> Steps[Response[RegistrationAnswer]]:
        """The exchange's signature that lets the wallet register its Stark key on Ethereum."""
        return self._get(RegistrationAnswer, "registration")

    @call
    def get_user(self) -> Steps[Response[UserAnswer]]:
        """The user."""
        return self._get(UserAnswer, "users")

    @call
    def update_user(
        self,
        user_data: Mapping[str, Any] | None = None,
        email: str | None = None,
        username: str | None = None,
        is_sharing_username: bool | None = None,
        is_sharing_address: bool | None = None,
        country: str | None = None,
        language_code: str | None = None,
    ) -> Steps[Response[UserAnswer]]:
        """Change what is given, and leave the rest. `user_data` is any JSON object."""
        body = {
            "email": email,
            "username": username,
            "isSharingUsername": is_sharing_username,
            "isSharingAddress": is_sharing_address,
            "userData": None if user_data is None else json.dumps(user_data, separators=(",", ":")),
            "country": country,
            "languageCode": language_code,
        }
        return self._session.call(put("users", auth=_KEY, body=body), UserAnswer)

    @call
    def create_account(
        self, stark_public_key: str, stark_public_key_y_coordinate: str
    ) -> Steps[Response[AccountAnswer]]:
        """Another account, of another Stark key (hex)."""
        body = {"starkKey": stark_public_key, "starkKeyYCoordinate": stark_public_key_y_coordinate}
        return self._post(AccountAnswer, "accounts", body=body)

    @call
    def get_account(self, ethereum_address: str | None = None) -> Steps[Response[AccountAnswer]]:
        """The account of a wallet of one's own."""
        return self._get(AccountAnswer, "accounts", account_id(self._session.address(ethereum_address)))

    @call
    def get_accounts(self) -> Steps[Response[AccountsAnswer]]:
        """All accounts of the user."""
        return self._get(AccountsAnswer, "accounts")

    @call
    def get_positions(
        self,
        market: str | None = None,
        status: str | None = None,
        limit: int | str | None = None,
        created_before_or_at: str | None = None,
    ) -> Steps[Response[PositionsAnswer]]:
        """Positions; status: "OPEN", "CLOSED" or "LIQUIDATED"."""
        return self._get(
            PositionsAnswer, "positions",
            market=market, limit=limit, status=status, createdBeforeOrAt=created_before_or_at,
        )  # fmt: skip

    # ---- Orders ----

    @call
    def get_orders(
        self,
        market: str | None = None,
        status: str | None = None,
        side: str | None = None,
        order_type: str | None = None,
        limit: int | str | None = None,
        created_before_or_at: str | None = None,
        returnLatestOrders: bool | None = None,  # noqa: N803 - the old client's name
    ) -> Steps[Response[OrdersAnswer]]:
        """Orders; status: "PENDING", "OPEN", "FILLED", "CANCELED" or "UNTRIGGERED"."""
        return self._get(
            OrdersAnswer, "orders", market=market, status=status, side=side, type=order_type, limit=limit,
            createdBeforeOrAt=created_before_or_at, returnLatestOrders=returnLatestOrders,
        )  # fmt: skip

    @call
    def get_active_orders(
        self,
        market: str,
        side: str | None = None,
        id: str | None = None,  # noqa: A002 - the old client's name
    ) -> Steps[Response[OrdersAnswer]]:
        """The open orders of a market, in short. With an id, the side must be given."""
        return self._get(OrdersAnswer, "active-orders", market=market, side=side, id=id)

    @call
    def get_order_by_id(self, order_id: str) -> Steps[Response[OrderAnswer]]:
        """An order, by the exchange's id."""
        return self._get(OrderAnswer, "orders", order_id)

    @call
    def get_order_by_client_id(self, client_id: str) -> Steps[Response[OrderAnswer]]:
        """An order, by one's own id. After OutcomeUnknown a 404 means nothing yet: `settle` waits until it does."""
        return self._get(OrderAnswer, "orders", "client", client_id)

    @call_with(OrderParameters)
    def create_order(self, terms: OrderParameters) -> Steps[Response[OrderAnswer]]:
        """Sign an order with the Stark key, and place it.

        Args:
            position_id: the account's `position_id`.
            side: "BUY" or "SELL".
            order_type: "LIMIT", "STOP_LIMIT", "TRAILING_STOP", "TAKE_PROFIT", …
            size, price, limit_fee: as in `starkcore.starkex.OrderSigner.sign_order`.
            time_in_force: "GTT" (good till time, the default), "FOK" or "IOC".
            cancel_id: an order that this one replaces, in one step.
            client_id: one's own id of the order, new for each; random unless given. OutcomeUnknown has it, too.
            expiration: ISO 8601 text with a zone, or an aware datetime; or
            expiration_epoch_seconds: seconds since the epoch.
            signature: of whoever holds the Stark key, 128 hex digits: then nothing is signed here.

        Raises:
            InvalidInput: by its `field`; nothing was sent then.
            ApiError: the exchange refused.
            OutcomeUnknown: the order may stand, or come to stand, or not: `settle` tells.
        """
        drafts = [draft(terms)]
        (body,) = sign_drafts(drafts, self._signer(drafts))
        if isinstance(body, StarkcoreError):
            raise body
        return self._post(OrderAnswer, "orders", body=body)

    @call
    def settle(
        self,
        unknown: OutcomeUnknown,
        *,
        window: float = WINDOW,
        patience: float = 120.0,
        progress: Callable[[float], None] | None = None,
    ) -> Steps[Found | None]:
        """What became of an order, a transfer, a withdrawal, or the cancel of one order, whose outcome is unknown.

        The exchange is asked again and again. A yes comes at once. A no is said only once the request's time is over by
        the exchange's clock, so that it isn't carried out later: that takes `window` and ten seconds more. Whoever
        interrupts this, by cancelling or by an exception out of `progress`, may call it again.

        Args:
            unknown: as it was raised, or as a batch has it.
            window: by how many seconds the exchange lets a request's time differ from its own.
            patience: seconds after which this gives up.
            progress: called before each wait, with the seconds that are left until a no is final.

        Returns:
            What the call would have returned, with the order or transfer as it is now: an order may be filled, or
            canceled. For a cancel: the order, if it isn't open any more, for whatever reason. None: for certain, it was
            not carried out and won't be; an order that was to be canceled is open.

        Raises:
            OutcomeUnknown: `unknown` again. The exchange couldn't be asked within `patience`.
            InvalidInput: of this kind of request nothing can be told.
            ApiError: the exchange doesn't answer such questions.
        """
        return settle(self._session, unknown, window=window, patience=patience, progress=progress)

    @property
    def cut_off(self) -> list[OutcomeUnknown]:
        """Orders, transfers and withdrawals whose call was ended from outside – by Ctrl-C, by cancelling its task –
        after they were sent, the last 1000: each has its client id, also where it was made up, and is for `settle`.

            try:
                client.private.create_order(**order)
            except KeyboardInterrupt:
                for unknown in client.private.cut_off:
                    print(unknown.client_id, client.private.settle(unknown))
        """
        return list(self._session.cut_off)

    def sign(self, request_path: str, method: str, iso_timestamp: str, data: Mapping[str, Any] | None = None) -> str:
        """The HMAC of a request, base64url text, as the exchange wants it of WebSockets as well (`/ws/accounts`).

        Args:
            request_path: from /v3 on, with its query.
            method: in upper case.
            iso_timestamp: as it is sent beside it.
            data: of the body; members that are None count as the old client counts them, as null.
        """
        api_key = self._session.api_key or self._default_api_key()
        body = json.dumps(data, separators=(",", ":"), allow_nan=False).encode() if data else b""
        return hmac_signature(
            api_key.secret, exact.text(iso_timestamp, "iso_timestamp"), exact.text(method, "method"),
            exact.text(request_path, "request_path"), body,
        )  # fmt: skip

    def _default_api_key(self) -> ApiKey:
        """The wallet's, where its key is here; a wallet elsewhere is asked by the first call."""
        if isinstance(self._session.signer, LocalKey):
            try:
                next(self._session.known_api_key())
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
        raise _invalid("api_key_credentials", "must be given, or known from a call before")

    @call
    def create_orders(
        self, orders: Iterable[Mapping[str, Any]], batch: OrderBatch | None = None
    ) -> Steps[list[Response[OrderAnswer] | StarkcoreError]]:
        """Place many orders: signed in one native call, and sent side by side. In which order they arrive isn't said.

        Args:
            orders: dicts of `create_order`'s parameters.
            batch: a new one; it has what becomes of each order, also when this is interrupted.

        Returns:
            Per order, in order, what `create_order` would have returned, or the exception that it would have raised.
        """
        exact.several(orders, "orders", "a sequence of dicts")
        if batch is None:
            batch = OrderBatch()
        elif not isinstance(batch, OrderBatch):
            raise _wrong_type("batch", "an OrderBatch", type(batch))
        drafts = [draft_of(order) for order in orders]
        bodies = sign_drafts(drafts, self._signer(drafts))
        batch._begin(bodies)
        if self._session.api_key is None:
            yield from self._session.known_api_key()  # once, not by each order
        calls = [
            batch._watch(order, self._post(OrderAnswer, "orders", body=body))
            for order, body in zip(batch.orders, bodies, strict=True)
            if isinstance(body, dict)
        ]
        try:
            sent = iter((yield Together(calls)) if calls else ())
        finally:
            batch._end()
        return [next(sent) if isinstance(body, dict) else body for body in bodies]

    def _signer(self, drafts: Iterable[Draft | StarkcoreError]) -> OrderSigner | None:
        """Who signs these; None where there is nothing to sign."""
        for one in drafts:
            if isinstance(one, Draft) and one.unsigned is not None and one.unsigned.position_id is not None:
                return self._session.order_signer(one.unsigned.position_id)
        return None

    @call
    def cancel_order(self, order_id: str) -> Steps[Response[CanceledOrderAnswer]]:
        """Cancel an order, by the exchange's id."""
        return self._delete(CanceledOrderAnswer, "orders", order_id)

    @call
    def cancel_all_orders(self, market: str | None = None) -> Steps[Response[CanceledOrdersAnswer]]:
        """Cancel all orders, of one market or of all."""
        return self._delete(CanceledOrdersAnswer, "orders", market=market)

    @call
    def cancel_active_orders(
        self,
        market: str,
        side: str | None = None,
        id: str | None = None,  # noqa: A002 - the old client's name
    ) -> Steps[Response[CanceledOrdersAnswer]]:
        """Cancel open orders of a market. With an id, the side must be given."""
        return self._delete(CanceledOrdersAnswer, "active-orders", market=market, side=side, id=id)

    @call
    def get_fills(
        self,
        market: str | None = None,
        order_id: str | None = None,
        limit: int | str | None = None,
        created_before_or_at: str | None = None,
    ) -> Steps[Response[FillsAnswer]]:
        """Fills of one's own orders, the latest first."""
        return self._get(
            FillsAnswer, "fills", market=market, orderId=order_id, limit=limit, createdBeforeOrAt=created_before_or_at
        )

    # ---- Money ----

    @call
    def get_transfers(
        self,
        transfer_type: str | None = None,
        limit: int | str | None = None,
        created_before_or_at: str | None = None,
    ) -> Steps[Response[TransfersAnswer]]:
        """Transfers; type: "DEPOSIT", "WITHDRAWAL" or "FAST_WITHDRAWAL"."""
        return self._get(
            TransfersAnswer, "transfers", type=transfer_type, limit=limit, createdBeforeOrAt=created_before_or_at
        )

    @call
    def create_withdrawal(
        self,
        position_id: int | str,
        amount: Amount,
        asset: str,
        to_address: str | None = None,
        client_id: str | None = None,
        expiration: str | datetime | None = None,
        expiration_epoch_seconds: float | None = None,
        signature: str | None = None,
    ) -> Steps[Response[WithdrawalAnswer]]:
        """Withdraw collateral to the wallet that the Stark key is registered for.

        Args:
            to_address: has no effect, on dYdX either: only the registered wallet can be paid.

        The others are those of `create_order`.
        """
        del to_address
        common = self._common(client_id, expiration, expiration_epoch_seconds)
        body = {"amount": amount_text(amount, "amount"), "asset": asset} | common
        if signature is None:
            signer, terms = self._terms(position_id, common)
            with _called(**expiration_name(expiration_epoch_seconds)):
                signature = signer.sign_withdrawal(amount=body["amount"], **terms).signature.to_hex()
        return self._post(WithdrawalAnswer, "withdrawals", body=body | {"signature": signature_text(signature)})

    @call
    def create_transfer(
        self,
        amount: Amount,
        position_id: int | str,
        receiver_account_id: str,
        receiver_public_key: str,
        receiver_position_id: int | str,
        client_id: str | None = None,
        expiration: str | datetime | None = None,
        expiration_epoch_seconds: float | None = None,
        signature: str | None = None,
    ) -> Steps[Response[TransferAnswer]]:
        """Transfer collateral to another account of the exchange, of which id, Stark key and position must be known."""
        common = self._common(client_id, expiration, expiration_epoch_seconds)
        body = {"amount": amount_text(amount, "amount"), "receiverAccountId": receiver_account_id} | common
        if signature is None:
            signer, terms = self._terms(position_id, common)
            with _called(receiver_key="receiver_public_key", **expiration_name(expiration_epoch_seconds)):
                signature = signer.sign_transfer(
                    receiver_position_id=position(receiver_position_id, "receiver_position_id"),
                    receiver_key=receiver_public_key,
                    amount=body["amount"],
                    **terms,
                ).signature.to_hex()
        return self._post(TransferAnswer, "transfers", body=body | {"signature": signature_text(signature)})

    @call
    def create_fast_withdrawal(
        self,
        position_id: int | str,
        credit_asset: str,
        credit_amount: Amount,
        debit_amount: Amount,
        to_address: str,
        lp_position_id: int | str,
        lp_stark_public_key: str,
        slippage_tolerance: Amount | None = None,
        client_id: str | None = None,
        expiration: str | datetime | None = None,
        expiration_epoch_seconds: float | None = None,
        signature: str | None = None,
    ) -> Steps[Response[WithdrawalAnswer]]:
        """Withdraw through a liquidity provider, who pays at once and keeps what debit is more than credit."""
        common = self._common(client_id, expiration, expiration_epoch_seconds)
        lp_position = position(lp_position_id, "lp_position_id")
        tolerance = None if slippage_tolerance is None else amount_text(slippage_tolerance, "slippage_tolerance")
        body = {
            "creditAsset": credit_asset,
            "creditAmount": amount_text(credit_amount, "credit_amount"),
            "debitAmount": amount_text(debit_amount, "debit_amount"),
            "slippageTolerance": tolerance,
            "toAddress": checksum_address(to_address, "to_address").lower(),
            "lpPositionId": lp_position_id,
        } | common
        if signature is None:
            signer, terms = self._terms(position_id, common)
            with _called(lp_key="lp_stark_public_key", **expiration_name(expiration_epoch_seconds)):
                signature = signer.sign_fast_withdrawal(
                    lp_position_id=lp_position,
                    lp_key=lp_stark_public_key,
                    to_address=to_address,
                    credit_amount=body["creditAmount"],
                    debit_amount=body["debitAmount"],
                    **terms,
                ).signature.to_hex()
        return self._post(WithdrawalAnswer, "fast-withdrawals", body=body | {"signature": signature_text(signature)})

    def _common(
        self, client_id: str | None, expiration: str | datetime | None, epoch_seconds: float | None
    ) -> dict[str, Any]:
        """What the bodies of all of these have."""
        return {
            "expiration": expiration_text(expiration, epoch_seconds),
            "clientId": client_id_text(client_id),
        }

    def _terms(self, position_id: int | str, common: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Who signs, and the parameters that all signatures of these have."""
        number = position(position_id)
        terms = {"position_id": number, "client_id": common["clientId"], "expiration": common["expiration"]}
        return self._session.order_signer(number), terms

    # ---- Everything else that the old client had ----

    @call
    def get_funding_payments(
        self,
        market: str | None = None,
        limit: int | str | None = None,
        effective_before_or_at: str | None = None,
    ) -> Steps[Response[FundingPaymentsAnswer]]:
        """Funding that was paid or received."""
        return self._get(
            FundingPaymentsAnswer, "funding", market=market, limit=limit, effectiveBeforeOrAt=effective_before_or_at
        )

    @call
    def get_historical_pnl(
        self, created_before_or_at: str | None = None, created_on_or_after: str | None = None
    ) -> Steps[Response[Record]]:
        """Past profit and loss: `historicalPnl`."""
        return self._get(
            Record, "historical-pnl", createdBeforeOrAt=created_before_or_at, createdOnOrAfter=created_on_or_after
        )

    @call
    def send_verification_email(self) -> Steps[Response[Record]]:
        """Have the email sent that confirms the user's address."""
        return self._session.call(put("emails", "send-verification-email", auth=_KEY, body={}), Record)

    @call
    def get_trading_rewards(self, epoch: int | None = None) -> Steps[Response[Record]]:
        """Trading rewards of an epoch."""
        return self._get(Record, "rewards", "weight", epoch=epoch)

    @call
    def get_liquidity_provider_rewards_v2(self, epoch: int | None = None) -> Steps[Response[Record]]:
        """Liquidity provider rewards of an epoch."""
        return self._get(Record, "rewards", "liquidity-provider", epoch=epoch)

    @call
    def get_liquidity_provider_rewards(self, epoch: int | None = None) -> Steps[Response[Record]]:
        """The first kind of liquidity rewards, of an epoch."""
        return self._get(Record, "rewards", "liquidity", epoch=epoch)

    @call
    def get_retroactive_mining_rewards(self) -> Steps[Response[Record]]:
        """Retroactive mining rewards."""
        return self._get(Record, "rewards", "retroactive-mining")

    @call
    def request_testnet_tokens(self) -> Steps[Response[Record]]:
        """Collateral to play with; not on mainnet."""
        if self._session.network_id == 1:
            raise _invalid("network_id", "must be a test network's: mainnet gives nothing away")
        return self._post(Record, "testnet", "tokens", body={})

    @call
    def get_profile(self) -> Steps[Response[Record]]:
        """One's own profile."""
        return self._get(Record, "profile", "private")

    @call
    def get_user_links(self) -> Steps[Response[Record]]:
        """The users linked to this one."""
        return self._get(Record, "users", "links")

    @call
    def send_link_request(self, action: str, address: str) -> Steps[Response[Record]]:
        """Ask for, accept, reject or remove a link: "CREATE_SECONDARY_REQUEST", "ACCEPT_PRIMARY_REQUEST",
        "REMOVE", …
        """
        return self._post(Record, "users", "links", body={"action": action, "address": address})

    @call
    def get_user_pending_link_requests(self) -> Steps[Response[Record]]:
        """Links that were asked for."""
        return self._get(Record, "users", "links", "requests")
