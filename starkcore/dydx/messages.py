"""Orders, transfers and withdrawals as the exchange takes them: what is signed, and the body that says the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starkcore import exact
from starkcore.dydx.auth import timestamp
from starkcore.errors import (
    InvalidAmount,
    InvalidExpiration,
    InvalidInput,
    InvalidSignature,
    StarkcoreError,
    _called,
    _invalid,
    _renamed,
    _wrong_type,
)
from starkcore.starkex import Amount, OrderSigner, amounts, expiration_hours

__all__ = [
    "Draft",
    "amount_text",
    "client_id_text",
    "draft_order",
    "expiration_text",
    "position",
    "random_client_id",
    "sign_drafts",
]

_SIGNATURE_DIGITS = 128


@dataclass(frozen=True, slots=True)
class Draft:
    """An order before it is signed.

    Attributes:
        signed: the parameters of `OrderSigner.sign_order`; None where a signature came with the order.
        body: the request's, without the signature; or with the one that came.
        names: what the caller called some of the parameters of `signed`.
    """

    signed: dict[str, Any] | None
    body: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)

    def with_signature(self, signature: str) -> dict[str, Any]:
        return self.body | {"signature": signature}


def draft_order(
    *,
    position_id: int | str,
    market: str,
    side: str,
    order_type: str,
    post_only: bool,
    size: Amount,
    price: Amount,
    limit_fee: Amount,
    time_in_force: str | None = None,
    cancel_id: str | None = None,
    trigger_price: Amount | None = None,
    trailing_percent: Amount | None = None,
    client_id: str | None = None,
    expiration: str | datetime | None = None,
    expiration_epoch_seconds: float | None = None,
    signature: str | None = None,
    reduce_only: bool | None = None,
) -> Draft:
    """The parameters of `Private.create_order`, checked as far as the signature doesn't check them."""
    for name, value in (("post_only", post_only), ("reduce_only", reduce_only)):
        if not isinstance(value, bool) and (value is not None or name == "post_only"):
            raise _wrong_type(name, "a bool", type(value))
    expires = expiration_text(expiration, expiration_epoch_seconds)
    client_id = client_id_text(client_id)
    if client_id in (".", ".."):
        raise _invalid(
            "client_id", "must not be . or ..: a path has them for something else, and couldn't ask for the order"
        )
    terms = {
        "market": exact.some_text(market, "market"),
        "side": exact.some_text(side, "side"),
        "size": amount_text(size, "size"),
        "price": amount_text(price, "price"),
        "limit_fee": amount_text(limit_fee, "limit_fee"),
    }
    signed = terms | {"position_id": position(position_id), "client_id": client_id, "expiration": expires}
    body = {
        "market": terms["market"],
        "side": terms["side"],
        "type": exact.some_text(order_type, "order_type"),
        "timeInForce": "GTT" if time_in_force is None else exact.some_text(time_in_force, "time_in_force"),
        "size": terms["size"],
        "price": terms["price"],
        "limitFee": terms["limit_fee"],
        "expiration": expires,
        "cancelId": None if cancel_id is None else exact.some_text(cancel_id, "cancel_id"),
        "triggerPrice": None if trigger_price is None else amount_text(trigger_price, "trigger_price"),
        "trailingPercent": None if trailing_percent is None else amount_text(trailing_percent, "trailing_percent"),
        "postOnly": post_only,
        "clientId": client_id,
        "signature": None if signature is None else signature_text(signature),
        "reduceOnly": reduce_only,
    }
    return Draft(signed if signature is None else None, body, expiration_name(expiration_epoch_seconds))


_ORDER_PARAMETERS = frozenset(draft_order.__kwdefaults__ or ()) | frozenset(draft_order.__annotations__) - {"return"}


def draft_of(order: Any) -> Draft | StarkcoreError:
    """The draft of one order of many, or what is wrong with it."""
    if not isinstance(order, Mapping):
        return _wrong_type("order", "a dict of create_order's parameters", type(order))
    required = _ORDER_PARAMETERS - frozenset(draft_order.__kwdefaults__ or ())
    if not required <= order.keys() <= _ORDER_PARAMETERS:
        return InvalidInput("order", f"must have {', '.join(sorted(required))}, and only create_order's parameters")
    try:
        return draft_order(**order)
    except StarkcoreError as error:
        return error.with_traceback(None)


def sign_drafts(
    drafts: Iterable[Draft | StarkcoreError], signer: OrderSigner | None
) -> list[dict[str, Any] | StarkcoreError]:
    """The bodies of many orders, all signed in one native call; for a bad one, what is wrong with it."""
    drafts = list(drafts)
    unsigned = [draft for draft in drafts if isinstance(draft, Draft) and draft.signed is not None]
    outcomes = iter(signer.sign_orders([draft.signed or {} for draft in unsigned]) if signer is not None else ())
    bodies: list[dict[str, Any] | StarkcoreError] = []
    for draft in drafts:
        if not isinstance(draft, Draft):
            bodies.append(draft)
        elif draft.signed is None:
            bodies.append(draft.body)
        else:
            outcome = next(outcomes)
            if isinstance(outcome, StarkcoreError):
                bodies.append(_renamed(outcome, draft.names))
            else:
                bodies.append(draft.with_signature(outcome.signature.to_hex()))
    return bodies


def amount_text(value: Amount, name: str) -> str:
    """An amount as the text that is both signed and sent: plain digits, no exponent where it was a Decimal."""
    if exact.is_a(value, str):
        return exact.some_text(value, name)
    text = amounts.amount_text(value, name)
    if not exact.is_a(value, Decimal):
        return text
    number = exact.unscaled(value)  # type: ignore[arg-type]
    if not number.is_finite() or abs(number.adjusted()) > 96:
        raise InvalidAmount(name, amounts.TOO_LONG if number.is_finite() else amounts.NO_DECIMAL)
    return f"{number:f}"


def position(value: int | str, name: str = "position_id") -> int:
    """A position's id, which the exchange gives as text."""
    if not exact.is_a(value, str):
        return exact.integer(value, name, "an int, or text of digits")
    text = exact.text(value, name)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise _invalid(name, "must be an int, or text of digits")
    return int(text)


def expiration_text(expiration: str | datetime | None, epoch_seconds: float | None) -> str:
    """ISO 8601 text of an expiry, which is given in one of two ways. What is signed is computed from this text."""
    if (expiration is None) == (epoch_seconds is None):
        raise _invalid("expiration", "or expiration_epoch_seconds must be given, and not both")
    if exact.is_a(expiration, datetime):
        moment = exact.moment(expiration)  # type: ignore[arg-type]
        if moment is None:
            raise InvalidExpiration(
                "expiration", "must have a time zone: without one its meaning depends on where the program runs"
            )
        return timestamp(moment)
    if expiration is not None:
        text = exact.text(expiration, "expiration", "ISO 8601 text or a datetime")
        expiration_hours(text)  # a signature that came along doesn't check it
        return text
    seconds: float
    if exact.is_a(epoch_seconds, float):
        seconds = exact.real(epoch_seconds)  # type: ignore[arg-type]
    else:
        seconds = exact.integer(epoch_seconds, "expiration_epoch_seconds", "a number of seconds since the epoch")
    with _called(expiration="expiration_epoch_seconds"):
        expiration_hours(seconds)
    return timestamp(datetime.fromtimestamp(seconds, UTC))


def expiration_name(epoch_seconds: float | None) -> dict[str, str]:
    """What the caller called the expiry that is signed."""
    return {} if epoch_seconds is None else {"expiration": "expiration_epoch_seconds"}


def signature_text(value: str) -> str:
    """A Stark signature that came with an order: 128 hex digits."""
    digits = exact.text(value, "signature").removeprefix("0x")
    if len(digits) != _SIGNATURE_DIGITS or not set(digits) <= set("0123456789abcdefABCDEF"):
        raise InvalidSignature("signature", "must be 128 hex digits: r and s, each 64")
    return digits


def client_id_text(value: str | None) -> str:
    """One's own id of an order or transfer: the caller's, or a new one where there is none."""
    return random_client_id() if value is None else exact.some_text(value, "client_id")


def random_client_id() -> str:
    """A client id that nobody has used: 63 random bits as digits."""
    return str(secrets.randbits(63))
