"""The rules of sending requests: what is sent, when it may be sent again, and what went wrong.

They are a generator, `ask`, which asks for what it needs (`Send`, `Sleep`, …) and does no input or output itself.
`starkcore.http.transport` runs it, with threads or with tasks; so the rules are the same for both:

- Each phase has its time-out, and all of it together, repetitions included, has a budget.
- A request is repeated when it can't have been carried out: no connection came about, or the host answered 429. A GET
  is repeated as well after a lost connection and after 502, 503 and 504. Nothing else is repeated.
- Where a request that changes something was sent and no answer tells its fate, that is an error of its own,
  `OutcomeUnknown`.
- A redirect isn't followed, wherever it leads: the signature is for one host and path.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias, TypeVar

from starkcore.errors import StarkcoreError, _invalid, _wrong_type
from starkcore.http.answer import Answer, Headers, excerpt_of
from starkcore.http.request import Request

__all__ = [
    "AnsweredError",
    "ApiError",
    "Block",
    "ConnectionFailed",
    "ConnectionLost",
    "Failure",
    "OutcomeUnknown",
    "Outgoing",
    "RateLimited",
    "RedirectRefused",
    "Retries",
    "Send",
    "ServerError",
    "Sleep",
    "Steps",
    "Timeouts",
    "Together",
    "TransportError",
    "UnreadableAnswer",
    "ask",
    "deliver",
    "settled",
]

T = TypeVar("T")


# ---- What is asked for ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """The longest that each phase of a request may take, in seconds.

    Attributes:
        connect: to connect, and again for TLS.
        write, read: for each piece sent or received.
        pool: to wait for a free connection.
        total: for everything together, waits and repetitions included.
    """

    connect: float = 5.0
    write: float = 10.0
    read: float = 10.0
    pool: float = 10.0
    total: float = 30.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise _wrong_type(name, "a number of seconds", type(value))
            if not 0 < value <= 86_400:
                raise _invalid(name, "must be in (0, 86400] seconds")

    @classmethod
    def of(cls, value: Timeouts | float | None) -> Timeouts:
        """The defaults; or those, none longer than so many seconds; or the value itself."""
        if value is None:
            return cls()
        if isinstance(value, Timeouts):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _wrong_type("api_timeout", "a number of seconds or Timeouts", type(value))
        if not 0 < value <= 86_400:
            raise _invalid("api_timeout", "must be in (0, 86400] seconds")
        return cls(connect=min(5.0, value), write=value, read=value, pool=value, total=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When to stop repeating what may be repeated.

    Attributes:
        attempts: how often a request is sent at most; 1: never again.
        backoff: seconds before the second attempt, doubled for each further one, with up to as much again at random.
        longest_wait: no wait is longer. A host that asks for more with Retry-After gets no other attempt.
    """

    attempts: int = 3
    backoff: float = 0.2
    longest_wait: float = 10.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise _invalid("attempts", "must be an int of at least 1")
        for name in ("backoff", "longest_wait"):
            if not 0 <= getattr(self, name) <= 3600:
                raise _invalid(name, "must be in [0, 3600] seconds")

    def wait(self, attempt: int, asked: float | None) -> float | None:
        """Seconds to wait after that attempt, the first being 1; None: don't try again."""
        if attempt >= self.attempts:
            return None
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        doubled: float = self.backoff * 2 ** min(attempt - 1, 32)
        return min(doubled * random.uniform(1, 2), self.longest_wait)  # noqa: S311 - spreads, hides nothing


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out: all of it, in bytes and text that won't change any more."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer, or none that could be received.

    Attributes:
        sent: whether any byte of the request may have left.
        what: a clause, without anything of the request or answer.
        again: whether the same could turn out differently.
    """

    sent: bool
    what: str
    again: bool = True


# ---- What goes wrong ----


class TransportError(StarkcoreError):
    """A request without the answer that it should have.

    Attributes:
        method, path: of the request.
        status: of the answer; None where there was none.
        excerpt: of the answer's body, secrets removed.
    """

    def __init__(self, method: str, path: str, what: str, *, status: int | None = None, excerpt: str = "") -> None:
        super().__init__(method, path, what)
        self.method = method
        self.path = path
        self.what = what
        self.status = status
        self.excerpt = excerpt

    def __str__(self) -> str:
        text = f"{self.method} {self.path}: {self.what}"
        return f"{text}: {self.excerpt}" if self.excerpt else text


class ConnectionFailed(TransportError):
    """No connection came about: nothing was sent."""


class ConnectionLost(TransportError):
    """A request that changes nothing was sent, and its answer didn't come, or not whole."""


class RedirectRefused(TransportError):
    """The host sent us elsewhere, which isn't followed."""


class UnreadableAnswer(TransportError):
    """An answer came whole with a good status, and isn't what it should be: no JSON, or with a name twice."""


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """What of an answer an error shows: the status, headers, and the text or JSON, secrets removed."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    text: str
    _json: Any = field(default=None, repr=False)

    def json(self) -> Any:
        """The answer's JSON.

        Raises:
            ValueError: it is none, or too large to be told whole.
        """
        if self._json is None or isinstance(self._json, str):
            raise ValueError("the answer is no JSON that is told whole")
        return self._json


@dataclass(frozen=True, slots=True)
class RequestShown:
    """What of a request an error shows."""

    method: str
    path: str


class AnsweredError(TransportError):
    """A request that came to nothing certain, or was refused. There may be an answer to it.

    Attributes:
        status_code: the same as `status`.
        msg: the answer's JSON, secrets removed; or its excerpt, where it is none, or larger than 64 KiB.
        headers: of the answer.
        response: the answer, with `status_code`, `headers`, `text` and `json()`; None where there was none.
        request: the request, with `method` and `path`.
    """

    status_code: int | None = None
    msg: Any = ""
    headers: Mapping[str, str] = Headers()
    response: AnswerShown | None = None

    @property
    def request(self) -> RequestShown:
        return RequestShown(self.method, self.path)


class ApiError(AnsweredError):
    """The host refused: a status of 400 or more."""

    def __init__(self, method: str, path: str, answer: Answer, secrets: frozenset[str] = frozenset()) -> None:
        excerpt = excerpt_of(answer.body, secrets)
        what = f"refused with status {answer.status}{_skew(answer)}"
        super().__init__(method, path, what, status=answer.status, excerpt=excerpt)
        self.status_code = answer.status
        self.headers = answer.headers
        self.msg = answer.redacted_json(secrets) or excerpt
        self.response = AnswerShown(answer.status, answer.headers, excerpt, self.msg)


class RateLimited(ApiError):
    """Status 429, and no attempt, or no time, was left. The request was not carried out.

    Attributes:
        retry_after: seconds that the host asked us to wait; None where it didn't say so properly.
    """

    retry_after: float | None = None


class ServerError(ApiError):
    """A status of 500 or more, to a request that changes nothing."""


class OutcomeUnknown(AnsweredError):
    """A request that changes something was sent, and whether it was carried out isn't known.

    It was sent once, and may still be on its way: a look at once proves nothing. What a venue's client has for it, as
    dYdX's has `client.private.settle`, waits until the host would no longer take it, and tells. What may be done
    meanwhile is to send the same again under the same client id, of which a host takes one; never under another.

    Attributes:
        reason: the error that a request without effects would have raised.
        client_id: of the order, transfer or withdrawal, also where it was made up here; None: the request has none.
        signed_at: the time that the request is signed with, ISO 8601 text; None: it has none, and doesn't grow too old.
    """

    client_id: str | None = None
    signed_at: str | None = None

    def __init__(self, reason: TransportError) -> None:
        super().__init__(
            reason.method, reason.path, f"outcome unknown, {reason.what}", status=reason.status, excerpt=reason.excerpt
        )
        self.reason = reason
        self.status_code = reason.status
        if isinstance(reason, AnsweredError):
            self.msg, self.headers, self.response = reason.msg, reason.headers, reason.response
        elif reason.status is not None:
            self.msg = reason.excerpt
            self.response = AnswerShown(reason.status, Headers(), reason.excerpt)

    def __str__(self) -> str:
        name = "" if self.client_id is None else f" (client id {self.client_id[:100]!a})"
        return super().__str__() + name


# ---- The rules ----


@dataclass(frozen=True, slots=True)
class Send:
    """Send this; the reply is an `Answer` or a `Failure`. `deadline` is in time.monotonic()'s seconds."""

    outgoing: Outgoing
    deadline: float


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, slots=True)
class Block:
    """Call this, which may take long (a person with a wallet in their hand); the reply is what it returns."""

    function: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Together:
    """Run these side by side; the reply is a list of what they return, or of the StarkcoreError that they raise."""

    all: list[Generator[Any, Any, Any]]


Steps: TypeAlias = Generator[Send | Sleep | Block | Together, Any, T]
"""A generator that does something by asking for steps, and returns its result."""


def ask(
    request: Request, headers: Callable[[], Steps[Mapping[str, str]]], *, timeouts: Timeouts, retries: Retries
) -> Steps[Answer]:
    """Send a request under the rules above; the answer's status is below 300.

    Args:
        headers: asked before each attempt: signatures carry a time.

    Raises:
        TransportError, in all its kinds.
    """
    deadline = None
    attempt = 0
    while True:
        attempt += 1
        outgoing = Outgoing(request.method, request.path, (yield from headers()), request.body)
        if deadline is None:  # a person's time to sign is not the network's
            deadline = time.monotonic() + timeouts.total
        outcome: Answer | Failure = yield Send(outgoing, deadline)
        if isinstance(outcome, Answer) and outcome.status < 300:
            return outcome
        asked = retry_after(outcome) if isinstance(outcome, Answer) else None
        wait = retries.wait(attempt, asked) if _may_repeat(request.method, outcome) else None
        if wait is None or time.monotonic() + wait >= deadline:
            raise _error(request, outcome, asked)
        yield Sleep(wait)


def deliver(
    method: str,
    path: str,
    body: bytes,
    headers: Callable[[], Steps[Mapping[str, str]]],
    *,
    timeouts: Timeouts,
    retries: Retries,
    secrets: frozenset[str] = frozenset(),
) -> Steps[Answer]:
    """`ask`, of a request by its parts."""
    return ask(Request(method, path, body, secrets=secrets), headers, timeouts=timeouts, retries=retries)


def _may_repeat(method: str, outcome: Answer | Failure) -> bool:
    if isinstance(outcome, Failure):
        return outcome.again and (method == "GET" or not outcome.sent)
    return outcome.status == 429 or (method == "GET" and outcome.status in (502, 503, 504))


def _error(request: Request, outcome: Answer | Failure, asked: float | None) -> TransportError:
    method, path, secrets = request.method, request.path, request.secrets
    if isinstance(outcome, Failure):
        if not outcome.sent:
            return ConnectionFailed(method, path, outcome.what)
        return settled(ConnectionLost(method, path, outcome.what))
    if outcome.status < 400:
        excerpt = excerpt_of(outcome.headers.get("location", "").partition("?")[0].encode(), secrets)
        what = f"a redirect with status {outcome.status}, which isn't followed"
        return settled(RedirectRefused(method, path, what, status=outcome.status, excerpt=excerpt))
    if outcome.status == 429:
        limited = RateLimited(method, path, outcome, secrets)
        limited.retry_after = asked
        return limited
    if outcome.status >= 500:
        return settled(ServerError(method, path, outcome, secrets))
    return ApiError(method, path, outcome, secrets)


def settled(error: TransportError) -> TransportError:
    """The error itself where the request changes nothing; otherwise that its outcome isn't known."""
    return error if error.method == "GET" else OutcomeUnknown(error)


def retry_after(answer: Answer) -> float | None:
    """Retry-After in seconds (RFC 9110, section 10.2.3): a number of seconds, or a date. None: none, or nonsense."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else 1e9
    moment = _date(text)
    if moment is None:
        return None
    now = _date(answer.headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (moment - now).total_seconds())


_LONGEST_DATE = 64


def _date(text: str) -> datetime | None:
    """A date as HTTP writes it. The year is bounded, so that a difference of two is no overflow."""
    try:
        moment = parsedate_to_datetime(text[:_LONGEST_DATE])
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# Beyond, signatures are refused for their time stamps.
_SKEW_WORTH_TELLING = 5.0


def _skew(answer: Answer) -> str:
    """A clause about this machine's clock, when it differs from the host's by so much that it may be the cause."""
    there = _date(answer.headers.get("date", ""))
    if there is None or answer.status not in (400, 401, 403):
        return ""
    ahead = (datetime.now(UTC) - there).total_seconds()
    if abs(ahead) <= _SKEW_WORTH_TELLING:
        return ""
    return f" (this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the host's)"
