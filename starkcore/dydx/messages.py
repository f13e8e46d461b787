"""Orders, transfers and withdrawals as the exchange takes them: what is signed, and the body that says the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
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
from starkcore.starkex import Amount, OrderSigner, amounts, expiration_hours, orders

__all__ = [
    "Draft",
    "OrderParameters",
    "amount_text",
    "client_id_text",
    "draft",
    "draft_order",
    "expiration_text",
    "position",
    "random_client_id",
    "sign_drafts",
]

_SIGNATURE_DIGITS = 128


@dataclass(frozen=True, slots=True)
class OrderParameters:
    """An order as the exchange takes it: the parameters of `client.private.create_order`, which explains them, as they
    were given. Those that are signed become `starkcore.starkex.OrderTerms`; the rest is the request's alone."""

    position_id: int | str
    market: str
    side: str
    order_type: str
    post_only: bool
    size: Amount
    price: Amount
    limit_fee: Amount
    time_in_force: str | None = None
    cancel_id: str | None = None
    trigger_price: Amount | None = None
    trailing_percent: Amount | None = None
    client_id: str | None = None
    expiration: str | datetime | None = None
    expiration_epoch_seconds: float | None = None
    signature: str | None = None
    reduce_only: bool | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An order before it is signed.

    Attributes:
        unsigned: what is to be signed; None where a signature came with the order.
        body: the request's, without the signature; or with the one that came.
        names: what the caller called some of the words of `unsigned`.
    """

    unsigned: orders.OrderTerms | None
    body: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def signed(self) -> dict[str, Any] | None:
        """The words of `unsigned`, by its former name."""
        order = self.unsigned
        if order is None:
            return None
        names = "market", "side", "size", "price", "limit_fee", "position_id", "client_id", "expiration"
        return {name: getattr(order, name) for name in names}

    def with_signature(self, signature: str) -> dict[str, Any]:
        return self.body | {"signature": signature}


def draft(terms: OrderParameters) -> Draft:
    """The draft of an order, whose terms are checked as far as the signature doesn't check them."""
    for name in ("post_only", "reduce_only"):
        flag = getattr(terms, name)
        if not isinstance(flag, bool) and (flag is not None or name == "post_only"):
            raise _wrong_type(name, "a bool", type(flag))
    expires = expiration_text(terms.expiration, terms.expiration_epoch_seconds)
    client_id = client_id_text(terms.client_id)
    if client_id in (".", ".."):
        raise _invalid(
            "client_id", "must not be . or ..: a path has them for something else, and couldn't ask for the order"
        )
    unsigned = orders.OrderTerms(
        market=exact.some_text(terms.market, "market"),
        side=exact.some_text(terms.side, "side"),  # type: ignore[arg-type]  # checked where it is signed
        size=amount_text(terms.size, "size"),
        price=amount_text(terms.price, "price"),
        limit_fee=amount_text(terms.limit_fee, "limit_fee"),
        expiration=expires,
        client_id=client_id,
        position_id=position(terms.position_id),
    )
    names = expiration_name(terms.expiration_epoch_seconds)
    return Draft(unsigned if terms.signature is None else None, _body(terms, unsigned), names)


def _body(terms: OrderParameters, unsigned: orders.OrderTerms) -> dict[str, Any]:
    """The request of an order: what is signed, and what isn't."""
    force, trigger, trailing = terms.time_in_force, terms.trigger_price, terms.trailing_percent
    return {
        "market": unsigned.market,
        "side": unsigned.side,
        "type": exact.some_text(terms.order_type, "order_type"),
        "timeInForce": "GTT" if force is None else exact.some_text(force, "time_in_force"),
        "size": unsigned.size,
        "price": unsigned.price,
        "limitFee": unsigned.limit_fee,
        "expiration": unsigned.expiration,
        "cancelId": None if terms.cancel_id is None else exact.some_text(terms.cancel_id, "cancel_id"),
        "triggerPrice": None if trigger is None else amount_text(trigger, "trigger_price"),
        "trailingPercent": None if trailing is None else amount_text(trailing, "trailing_percent"),
        "postOnly": terms.post_only,
        "clientId": unsigned.client_id,
        "signature": None if terms.signature is None else signature_text(terms.signature),
        "reduceOnly": terms.reduce_only,
    }


def draft_order(**parameters: Any) -> Draft:
    """The draft of an order whose terms are given by their names."""
    return draft(OrderParameters(**parameters))


_PARAMETERS = frozenset(term.name for term in fields(OrderParameters))
_REQUIRED = frozenset(term.name for term in fields(OrderParameters) if term.default is MISSING)


def draft_of(order: Any) -> Draft | StarkcoreError:
    """The draft of one order of many, or what is wrong with it."""
    if not isinstance(order, Mapping):
        return _wrong_type("order", "a dict of create_order's parameters", type(order))
    if not _REQUIRED <= order.keys() <= _PARAMETERS:
        return InvalidInput("order", f"must have {', '.join(sorted(_REQUIRED))}, and only create_order's parameters")
    try:
        return draft(OrderParameters(**order))
    except StarkcoreError as error:
        return error.with_traceback(None)


def sign_drafts(
    drafts: Iterable[Draft | StarkcoreError], signer: OrderSigner | None
) -> list[dict[str, Any] | StarkcoreError]:
    """The bodies of many orders, all signed in one native call; for a bad one, what is wrong with it."""
    drafts = list(drafts)
    unsigned = [draft.unsigned for draft in drafts if isinstance(draft, Draft) and draft.unsigned is not None]
    outcomes = iter(signer.sign_orders(unsigned) if signer is not None else ())
    bodies: list[dict[str, Any] | StarkcoreError] = []
    for draft in drafts:
        if not isinstance(draft, Draft):
            bodies.append(draft)
        elif draft.unsigned is None:
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


def __getattr__(name: str) -> object:
    if name == "OrderTerms":  # its former name, now that of what is signed
        return OrderParameters
    raise AttributeError(f"module 'starkcore.dydx.messages' has no attribute {name!r}")
