"""What became of a request whose outcome is unknown: asked for until the answer is final.

A request that was sent and never answered may still be on its way: in a socket's buffer, in a proxy, in a queue. So
"there is no such order" is no answer as long as the exchange would still take the request. It carries the time that it
was signed at, and the exchange refuses it once that is further away than a window. Only a look that begins after that,
by the exchange's own clock, can say no for good. A yes is final at any time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from starkcore import exact
from starkcore.dydx.requests import Auth, get
from starkcore.dydx.results import (
    CanceledOrderAnswer,
    OrderAnswer,
    Response,
    TimeAnswer,
    TransferAnswer,
    TransfersAnswer,
    WithdrawalAnswer,
)  # fmt: skip
from starkcore.dydx.session import Session
from starkcore.errors import _invalid, _wrong_type
from starkcore.http.rules import (
    ApiError,
    ConnectionFailed,
    ConnectionLost,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    Sleep,
    Steps,
    UnreadableAnswer,
)

__all__ = ["WINDOW", "settle"]

WINDOW = 30.0
"""By how many seconds the exchange lets a request's time differ from its own."""
# A request that was taken at the last moment may take so many seconds more until it shows in an answer.
_LATE = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_PAGE = 100
# What may be different the next time.
_PASSING = (ConnectionFailed, ConnectionLost, RateLimited, ServerError, UnreadableAnswer)
_clock = time.monotonic

Found: TypeAlias = (
    Response[OrderAnswer] | Response[CanceledOrderAnswer] | Response[TransferAnswer] | Response[WithdrawalAnswer]
)
Look: TypeAlias = Callable[[], Steps[Found | None]]


def settle(
    session: Session,
    unknown: OutcomeUnknown,
    *,
    window: float,
    patience: float,
    progress: Callable[[float], None] | None,
) -> Steps[Found | None]:
    """The steps of `Private.settle`."""
    if not isinstance(unknown, OutcomeUnknown):
        raise _wrong_type("unknown", "an OutcomeUnknown", type(unknown))
    for name, value in (("window", window), ("patience", patience)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _wrong_type(name, "a number of seconds", type(value))
        if not 0 <= value <= 86_400:
            raise _invalid(name, "must be in [0, 86400] seconds")
    look = _look(session, unknown)
    until = _moment(unknown.signed_at, "unknown").timestamp() + window + _LATE
    begun, pause = _clock(), _FIRST_PAUSE
    while True:
        left, asked = window + _LATE, 0.0  # as long as the exchange's time isn't known
        try:
            left = until - (yield from _host_time(session))
            found = yield from look()
            if found is not None or left < 0:
                return found
        except _PASSING as error:
            asked = getattr(error, "retry_after", None) or 0.0
        # Until the request's time is just over, if that is soon; but not sooner than the exchange asks for.
        wait = max(asked, min(pause, max(left, 0.0) + _FIRST_PAUSE))
        if _clock() + wait - begun > patience:
            raise unknown.with_traceback(None)
        if progress is not None:
            progress(max(left, 0.0))
        yield Sleep(wait)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _look(session: Session, unknown: OutcomeUnknown) -> Look:
    """What to ask for: its steps return what was asked for then, or None."""
    client_id = unknown.client_id
    if unknown.method == "POST" and unknown.path == "/v3/orders" and client_id is not None:
        return lambda: _order(session, client_id)
    if unknown.method == "POST" and unknown.path in _TRANSFERS and client_id is not None:
        return lambda: _transfer(session, unknown, client_id)
    canceled = re.fullmatch(r"/v3/orders/([0-9A-Za-z-]+)", unknown.path)
    if unknown.method == "DELETE" and canceled is not None:
        return lambda: _cancel(session, canceled[1])
    raise _invalid(
        "unknown",
        "must be of an order, a transfer, a withdrawal or the cancel of one order: of others nothing can be told",
    )


_TRANSFERS = ("/v3/transfers", "/v3/withdrawals", "/v3/fast-withdrawals")


def _order(session: Session, client_id: str) -> Steps[Response[OrderAnswer] | None]:
    try:
        return (yield from session.call(get("orders", "client", client_id, auth=Auth.API_KEY), OrderAnswer))
    except ApiError as error:
        if not _says_there_is_none(error):
            raise
    return None


def _cancel(session: Session, order_id: str) -> Steps[Response[CanceledOrderAnswer] | None]:
    """The order, once it isn't open any more: by this cancel, or by whatever came before it."""
    answer = yield from session.call(get("orders", order_id, auth=Auth.API_KEY), OrderAnswer)
    order = answer.data.order
    if order.status not in ("CANCELED", "FILLED"):
        return None
    return Response(CanceledOrderAnswer({"cancelOrder": order}), answer.headers, answer.status)


def _transfer(
    session: Session, unknown: OutcomeUnknown, client_id: str
) -> Steps[Response[TransferAnswer] | Response[WithdrawalAnswer] | None]:
    """Page by page, the latest first, back to before the request can have been taken."""
    earliest = _moment(unknown.signed_at, "unknown").timestamp() - WINDOW - _LATE
    before: str | None = None
    while True:
        query = {"limit": _PAGE, "createdBeforeOrAt": before}
        answer = yield from session.call(get("transfers", auth=Auth.API_KEY, query=query), TransfersAnswer)
        for item in answer.data.transfers:
            if item.client_id == client_id:
                if unknown.path == "/v3/transfers":
                    return Response(TransferAnswer({"transfer": item}), answer.headers, answer.status)
                return Response(WithdrawalAnswer({"withdrawal": item}), answer.headers, answer.status)
        oldest = answer.data.transfers[-1].created_at if len(answer.data.transfers) >= _PAGE else None
        if oldest is None or _moment(oldest, "createdAt").timestamp() < earliest:
            return None
        if oldest == before:  # a page of one and the same moment: there is no way past it
            raise UnreadableAnswer("GET", "/v3/transfers", "more transfers of one moment than an answer has room for")
        before = oldest


def _says_there_is_none(error: ApiError) -> bool:
    """Whether the exchange itself says so: not a proxy, whose 404 says nothing of orders."""
    return error.status == 404 and isinstance(error.msg, dict) and "errors" in error.msg


def _host_time(session: Session) -> Steps[float]:
    """Seconds since the epoch by the exchange's clock: it isn't earlier now."""
    answer = yield from session.call(get("time"), TimeAnswer)
    return _moment(answer.data.iso, "iso").timestamp()


def _moment(text: str | None, name: str) -> datetime:
    """A time that the exchange, or this client, has written."""
    moment = exact.iso_8601(text or "")
    if moment is None or moment.tzinfo is None:
        if name == "unknown":
            raise _invalid("unknown", "must be of a request that was signed with a time")
        raise UnreadableAnswer("GET", "/v3/time", f"{name} is no time")
    return moment
