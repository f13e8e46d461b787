"""What clients can take of the server: connections, bytes that wait, and time.

A `Connection` stands between the transport and the protocols that speak HTTP and WebSocket, which are uvicorn's. It
sees every byte that comes and goes, and whoever takes more than `Limits` says is hung up on at once: nobody waits for a
peer that doesn't read. Only counts are kept here; nothing of what is said.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode

from starkcore.sandbox.peers import PEER

try:
    import resource
except ImportError:  # Windows, where no such limit is in the way
    _FILES = 1 << 20
else:
    _FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if resource.RLIM_INFINITY == _FILES:
        _FILES = 1 << 20

__all__ = ["Connections", "Limits", "WebSocket"]

_READ = 8192
_FEWEST = 20
_SWEEP_SECONDS = 1.0
_OTHER_FILES = 64
_MOST_PARTS = 1000
# struct linger: on, and no time at all (Linux: socket(7); Windows' has shorts).
_AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that clients may take.

    Attributes:
        connections: at one time. One more costs the oldest of those who haven't signed, or else of who has the most.
        strangers: of these, who haven't signed: one more costs the oldest. each: of one account's.
        head: bytes of a request's head; fields: its headers.
        head_seconds, body_seconds: in which head and body must have come.
        pipelined: requests that wait for the answer to one before.
        waiting: bytes that wait for one client when more are to come; everybody: for all clients.
        stalled_seconds: after which a client must have read something of what waits.
    """

    connections: int = 1000
    strangers: int = 250
    each: int = 100
    head: int = 16 << 10
    fields: int = 64
    head_seconds: float = 20
    body_seconds: float = 30
    pipelined: int = 16
    waiting: int = 4 << 20
    everybody: int = 64 << 20
    stalled_seconds: float = 20


class Connections:
    """All connections of one server."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._most = max(min(self.limits.connections, _FILES - _OTHER_FILES), _FEWEST)
        self._owners: dict[str, dict[Connection, None]] = {}  # "" owns those that nobody has signed
        self._count = 0
        self._bytes = 0  # at least so many wait
        self._sweeping = False

    def protocol(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> Connection:
        """What uvicorn calls for each connection."""
        return Connection(self, config, server_state, app_state, _loop)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(chain.from_iterable(self._owners.values())))

    def add(self, connection: Connection) -> None:
        self._own(connection, "")
        self._count += 1
        if self._count > self._most:
            self._hang_up(max(self._owners, key=lambda owner: (owner == "", len(self._owners[owner]))))
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep_on)

    def _own(self, connection: Connection, owner: str) -> None:
        theirs = self._owners.setdefault(owner, {})
        theirs[connection] = None
        connection.owner = owner
        if len(theirs) > (self.limits.each if owner else self.limits.strangers):
            self._hang_up(owner)

    def _hang_up(self, owner: str) -> None:
        """The oldest connection of somebody goes."""
        next(iter(self._owners[owner])).abort()

    def remove(self, connection: Connection) -> None:
        theirs = self._owners.get(connection.owner, {})
        if connection in theirs:
            del theirs[connection]
            self._count -= 1
            if not theirs:
                del self._owners[connection.owner]

    def sign(self, connection: Connection, account_id: str) -> None:
        """A connection that nobody had signed is this account's."""
        if connection.owner == "" and connection in self._owners.get("", {}):
            self.remove(connection)
            self._count += 1
            self._own(connection, account_id)

    def more(self, size: int) -> None:
        """So many bytes more wait, of whomever. When there are too many in all, who has the most waiting goes."""
        self._bytes += size
        if self._bytes > self.limits.everybody:
            waiting = {connection: connection.waiting() for connection in self}
            self._bytes = sum(waiting.values())
            for connection in sorted(waiting, key=waiting.__getitem__, reverse=True):
                if self._bytes <= self.limits.everybody:
                    break
                self._bytes -= waiting[connection]
                connection.abort()

    def _sweep_on(self) -> None:
        loop = asyncio.get_running_loop()
        self.sweep(loop.time())
        self._sweeping = self._count > 0
        if self._sweeping:
            loop.call_later(_SWEEP_SECONDS, self._sweep_on)

    def sweep(self, now: float) -> None:
        """Hang up on who is late, or doesn't read."""
        for connection in self:
            if connection.late(now):
                connection.abort()

    def abort(self) -> None:
        """Hang up on everybody."""
        for connection in self:
            connection.abort()


class _Http(HttpToolsProtocol):
    """uvicorn's HTTP, which tells where a request is."""

    outer: Connection
    refusal = b""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if len(self.pipeline) >= self.outer.limits.pipelined:
            self._refuse(b"429 Too Many Requests")
        self.outer.head_begins()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > self.outer.limits.fields:
            self.too_large()

    def too_large(self) -> None:
        self._refuse(b"431 Request Header Fields Too Large")

    def _refuse(self, status: bytes) -> None:
        self.refusal = status
        raise ValueError(status)  # which the parser makes its own error, and uvicorn calls the method below

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.outer.limits.head:
            self.too_large()
        self.outer.head_ends()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.outer.body_ends()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.refusal:
            super().send_400_response(msg)
            return
        self.transport.write(b"HTTP/1.1 " + self.refusal + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


class WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, to which a text that isn't UTF-8 is a peer's mistake like any other: it is told by the code
    that it is closed with, and not by a traceback in the log.
    """

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            if not self.close_sent:
                self.conn.send_close(CloseCode.INVALID_DATA, "text must be UTF-8")
                self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Connection(asyncio.BufferedProtocol):
    """One client. Its bytes go to the protocol that is spoken, a few kilobytes at a time."""

    def __init__(
        self,
        everybody: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.limits = everybody.limits
        self.owner = ""
        self._everybody = everybody
        self._loop = loop or asyncio.get_running_loop()
        http = _Http(config, server_state, app_state | {PEER: self}, _loop=loop)
        http.outer = self
        self._spoken: Any = http
        self._buffer = bytearray(_READ)
        self._in_head, self._head = True, 0
        self._now = 0  # how many bytes came just now
        self._deadline: float | None = None
        self._held = 0  # bytes that wait to be written
        self._written = 0  # bytes that were written, ever
        self._read, self._read_at = 0, 0.0  # how many of them the peer had read, and when that was seen

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._read_at = self._loop.time()
        self._deadline = self._read_at + self.limits.head_seconds
        self._everybody.add(self)
        self._spoken.connection_made(_Transport(self, transport))

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._transport.is_closing():
            return
        self._now = nbytes
        if self._in_head:
            self._head += nbytes
            self._expect_head()
        self._spoken.data_received(bytes(self._buffer[:nbytes]))
        # A WebSocket message in parts: its size has a bound, but parts may be empty.
        if len(getattr(self._spoken, "frames", ())) > _MOST_PARTS:
            self.abort()
        if self._in_head and self._head > self.limits.head and not self._transport.is_closing():
            self._spoken.refusal = b"431 Request Header Fields Too Large"
            self._spoken.send_400_response("")

    def eof_received(self) -> None:
        self._spoken.eof_received()

    def pause_writing(self) -> None:
        self._spoken.pause_writing()

    def resume_writing(self) -> None:
        self._spoken.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._everybody.remove(self)
        self._spoken.connection_lost(exc)

    # What the protocol that is spoken tells

    def head_begins(self) -> None:
        # Where in these bytes it begins isn't known: all of them count.
        self._in_head, self._head = True, self._now
        self._expect_head()

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self._loop.time() + self.limits.head_seconds

    def head_ends(self) -> None:
        self._in_head, self._head = False, 0
        self._deadline = self._loop.time() + self.limits.body_seconds

    def body_ends(self) -> None:
        self._in_head, self._head, self._deadline = True, 0, None

    def speak(self, protocol: asyncio.BaseProtocol) -> None:
        """WebSocket, from now on, which has pings of its own."""
        self._spoken, self._in_head, self._deadline = protocol, False, None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, unless too much waits already: whoever asks without reading the answers is cut off."""
        before = self._transport.get_write_buffer_size()
        if before > self.limits.waiting:
            self.abort()
            return
        self._transport.write(data)
        self._written += len(data)
        after = self._transport.get_write_buffer_size()
        if after:
            self._everybody.more(max(after - before, 0))

    # What the application, and whoever looks after all connections, does

    def sign(self, account_id: str) -> None:
        self._everybody.sign(self, account_id)

    def hold(self, size: int) -> None:
        self._held += size
        if size > 0:
            self._everybody.more(size)

    def waiting(self) -> int:
        return self._held + int(self._transport.get_write_buffer_size())

    def late(self, now: float) -> bool:
        """Whether something should have come by now, or been read."""
        if self._deadline is not None and now > self._deadline:
            return True
        buffered = self._transport.get_write_buffer_size()
        read = self._written - buffered
        if not buffered or read > self._read:
            self._read, self._read_at = read, now
        return bool(now - self._read_at > self.limits.stalled_seconds)

    def abort(self) -> None:
        """Hang up with a reset: else the system would keep what waits, megabytes of it, for a peer that doesn't read.

        As nginx does it (its reset_timedout_connection).
        """
        self._everybody.remove(self)
        if (peer := self._transport.get_extra_info("socket")) is not None:
            with suppress(OSError):  # it is closed already
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()


class _Transport:
    """The transport as protocols see it: they write through the connection, and what they change to goes behind it."""

    def __init__(self, connection: Connection, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self.write = connection.write
        self.abort = connection.abort
        self.set_protocol = connection.speak

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
