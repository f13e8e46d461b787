"""HTTP/1.1 as bytes: a request as it is sent, and an answer as it comes. No input or output is done here.

Nearly every answer is *plain*: its head comes in one piece, is of printable characters, and says once how long the body
is. Such a one is read here. Whatever else a host may say is read by h11: answers in chunks, hints before an answer, an
answer that ends with its connection, lines that end in another way; and all that isn't HTTP, which h11 refuses. What is
taken for plain here, h11 reads in the same way (a test compares them). After a plain answer alone a connection may be
used again, and only if nothing came behind it: that would be taken for the answer to the next request.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from starkcore.extras import require
from starkcore.http.answer import Answer, Headers
from starkcore.http.rules import Failure, Outgoing

__all__ = ["LARGEST_HEAD", "PIECE", "HeadTooLong", "NotHttp", "read_answer", "request_bytes"]

PIECE = 64 << 10
"""How much is read at a time."""

# Real ones have a kilobyte or two; and the last piece that was read may have gone on beyond.
LARGEST_HEAD = 32 << 10
_MOST_HEADERS = 256
# A piece costs some 25 µs, during which no other task runs.
_MOST_PIECES, _SMALL_PIECE = 1000, 64
# A length of more digits is no length; and int() takes its time.
_MOST_DIGITS = 15
_END = b"\r\n\r\n"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_PRINTABLE = bytes((9, *range(0x20, 0x7F)))
# They have no body, whatever length they name; and what is below 200 isn't the answer yet.
_WITHOUT_BODY = (204, 304)

Fields: TypeAlias = list[tuple[str, str]]
"""Headers in their order, names in lower case."""

Outcome: TypeAlias = tuple[Answer | Failure, bool]
"""What came, and whether the connection may be used again."""

Reading: TypeAlias = Generator[None, bytes, Outcome]
"""Is sent each piece that comes, b"" where no more will."""


class HeadTooLong(Exception):
    """A host says so much before its answer that we don't listen any longer."""


class NotHttp(Exception):
    """The connection ended before the answer did, or the answer isn't HTTP."""


# ---- The request ----


def request_bytes(outgoing: Outgoing, fixed: str, before_path: str = "") -> bytes | None:
    """A request, head and body; None where HTTP has no way to say it.

    Args:
        fixed: the lines of the head that all requests have, each with its end.
        before_path: the scheme and the host, for whoever hands the request on.
    """
    method, path, body = outgoing.method, outgoing.path, outgoing.body
    if not (_is_token(method) and _is_text(path) and " " not in path):
        return None
    lines = [f"{method} {before_path}{path} HTTP/1.1\r\n", fixed]
    for name, value in outgoing.headers.items():
        if not (_is_token(name) and _is_text(value) and value == value.strip()):
            return None
        lines.append(f"{name}: {value}\r\n")
    if body or method in ("POST", "PUT"):
        lines.append(f"content-type: application/json\r\ncontent-length: {len(body)}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode() + body


@lru_cache(maxsize=256)
def _is_token(text: str) -> bool:
    """Whether this is a word as HTTP has them: a method, or a header's name."""
    return bool(text) and _TOKEN.issuperset(text)


def _is_text(text: str) -> bool:
    """Whether this is printable ASCII: in a header, a line's end would begin another header."""
    return text.isascii() and text.isprintable()


# ---- The answer ----


@dataclass(frozen=True, slots=True)
class Bounds:
    """What of an answer is read.

    Attributes:
        body: bytes of its body.
    """

    body: int

    def refused(self, fields: Iterable[tuple[str, str]], count: int) -> Failure | None:
        """Why not to read this answer: it says itself that it is too large, or compressed, or has headers
        without end.
        """
        if count > _MOST_HEADERS:
            return Failure(True, f"the answer has more than {_MOST_HEADERS} headers", again=False)
        for name, value in fields:
            if name == "content-length" and (len(value) > _MOST_DIGITS or int(value) > self.body):
                return self.too_large()
            if name == "content-encoding" and value.strip().lower() not in ("", "identity"):
                return Failure(True, "the answer is compressed, which wasn't asked for", again=False)
        return None

    def too_much(self, body: int, pieces: int) -> Failure | None:
        """Why not to read on: it is too large, or comes in pieces so small that each costs more than it brings."""
        if body > self.body:
            return self.too_large()
        if pieces > _MOST_PIECES + body // _SMALL_PIECE:
            return Failure(True, f"the answer comes in pieces of less than {_SMALL_PIECE} bytes", again=False)
        return None

    def too_large(self) -> Failure:
        return Failure(True, f"the answer is larger than {self.body} bytes", again=False)


def read_answer(bounds: Bounds, method: str = "GET") -> Reading:
    """Read the answer to a request, of which everything is sent.

    Args:
        method: the request's; after "CONNECT", what stands behind the head isn't the answer's.

    Raises:
        HeadTooLong, NotHttp
    """
    data = yield
    head = None if method == "CONNECT" else plain_head(data)
    if head is None:
        return (yield from _read_by_h11(data, bounds, method)), False
    status, fields, begin, length = head
    failure = bounds.refused(fields, len(fields))
    if failure is not None:
        return failure, False
    body = data[begin:]
    if len(body) < length:
        gathered, pieces = bytearray(body), 1
        while len(gathered) < length:
            data = yield
            if not data:
                raise NotHttp
            gathered += data
            pieces += 1
            failure = bounds.too_much(min(len(gathered), length), pieces)
            if failure is not None:
                return failure, False
        body = bytes(gathered)
    return _answer(status, fields, body[:length]), len(body) == length


def plain_head(data: bytes) -> tuple[int, Fields, int, int] | None:
    """The status and headers of a plain answer, where its body begins, and its length; None where it isn't plain."""
    end = data.find(_END)
    if end < 0:
        return None
    if end + len(_END) > LARGEST_HEAD:
        raise HeadTooLong
    head = data[:end]
    first, *lines = head.decode("latin-1").split("\r\n")
    if head.translate(None, _PRINTABLE) != b"\r\n" * len(lines):
        return None
    if first[:9] != "HTTP/1.1 " or not first[9:12].isdigit() or first[12:13] not in ("", " "):
        return None
    status, length = int(first[9:12]), None
    if status < 200 or status in _WITHOUT_BODY:
        return None
    fields = []
    for line in lines:
        name, _, value = line.partition(":")
        if not _is_token(name) or len(name) == len(line):
            return None
        name, value = name.lower(), value.strip(" \t")
        if name == "content-length":
            if length is not None or not value.isdigit() or len(value) > _MOST_DIGITS:
                return None
            length = int(value)
        elif name == "transfer-encoding" or (name == "connection" and value.lower() != "keep-alive"):
            return None
        fields.append((name, value))
    return None if length is None else (status, fields, end + len(_END), length)


def _answer(status: int, fields: Fields, body: bytes) -> Answer:
    """The answer, now that it came whole. Of several headers of one name, the first counts."""
    headers: dict[str, str] = {}
    for name, value in fields:
        headers.setdefault(name, value)
    return Answer(status, Headers(headers), body)


def _read_by_h11(data: bytes, bounds: Bounds, method: str) -> Generator[None, bytes, Answer | Failure]:
    h11 = require("h11", "client")
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD + 2 * PIECE)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    try:
        return (yield from _read_events(h11, connection, data, bounds))
    except h11.ProtocolError:
        pass
    raise NotHttp


def _read_events(h11: Any, connection: Any, data: bytes, bounds: Bounds) -> Generator[None, bytes, Answer | Failure]:
    status, fields = 0, []
    body, pieces, came = bytearray(), 0, len(data)
    connection.receive_data(data)
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if not status and came > LARGEST_HEAD:
                raise HeadTooLong
            data = yield
            came += len(data)
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            behind, _ = connection.trailing_data
            if came - len(behind) > LARGEST_HEAD:  # however it was cut into pieces on its way
                raise HeadTooLong
            status = event.status_code
            fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
            failure = bounds.refused(fields, len(fields))
            if failure is not None:
                return failure
        elif isinstance(event, h11.Data):
            body += event.data
            pieces += 1
            failure = bounds.too_much(len(body), pieces)
            if failure is not None:
                return failure
        elif not isinstance(event, h11.InformationalResponse):
            break
    if not status or isinstance(event, h11.ConnectionClosed):
        raise NotHttp
    return _answer(status, fields, bytes(body))
