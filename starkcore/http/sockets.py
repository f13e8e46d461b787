"""httpcore2's own way to a socket, with rules of ours added.

What isn't encrypted goes to this machine alone, whatever a name server says. And connections that wait for their next
request are known to be alive, and silent: on one that its host has closed, or has said something on, nothing is sent
any more.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from ipaddress import ip_address
from threading import Lock
from typing import Any, TypeAlias

from starkcore.extras import require
from starkcore.http.task_stream import TaskStream, connect
from starkcore.http.wire import LARGEST_HEAD, HeadTooLong

__all__ = [
    "LARGEST_HEAD", "NOT_THIS_MACHINE", "Connection", "HeadTooLong", "Idle", "async_backend", "is_loopback",
    "sync_backend", "why_not_to",
]  # fmt: skip

Left: TypeAlias = Callable[[float | None, type[Exception]], float | None]
"""Nothing takes one any more: kept for annotations that name it."""

NOT_THIS_MACHINE = "the name leads to another machine, and only this one is spoken to without encryption"
_KEEPALIVE_SECONDS = 30.0


def is_loopback(address: str) -> bool:
    """Whether an IP address, in digits, is this machine's own, and no network's.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("::ffff:127.0.0.1"), is_loopback("192.168.0.1")
    (True, True, True, False)
    >>> is_loopback("localhost")
    False
    """
    try:
        number = ip_address(address)
    except ValueError:
        return False
    return (getattr(number, "ipv4_mapped", None) or number).is_loopback


# ---- Connections that wait ----


class Connection:
    """A way to the host on which requests go one after the other.

    Attributes:
        stream: of httpcore2, or a TaskStream.
        expires: when it has waited long enough, in time.monotonic()'s seconds.
    """

    __slots__ = ("_poll", "_socket", "expires", "stream")

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.expires = 0.0
        self._socket = stream.get_extra_info("socket")
        self._poll: Any = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(self._socket, select.POLLIN)

    def is_silent(self) -> bool:
        """Whether the host hasn't said anything, nor closed it, since the last answer."""
        if self._socket.fileno() < 0 or getattr(self.stream, "unread", False):
            return False
        if self._poll is not None:
            return not self._poll.poll(0)
        return not select.select([self._socket], [], [], 0)[0]


class Idle:
    """The connections that wait, the longest-waiting first. Threads may share it."""

    def __init__(self) -> None:
        self._waiting: deque[Connection] = deque()
        self._lock = Lock()
        self._closed = False

    def put(self, connection: Connection) -> bool:
        """Keep a connection for the next request; False where none will come."""
        with self._lock:
            if self._closed:
                return False
            connection.expires = time.monotonic() + _KEEPALIVE_SECONDS
            self._waiting.append(connection)
            return True

    def take(self) -> tuple[Connection | None, list[Connection]]:
        """The connection that was used last, if there is one that can be used; and those that are to be closed."""
        waiting, over = self._waiting, []
        with self._lock:
            now = time.monotonic()
            while waiting and waiting[0].expires < now:
                over.append(waiting.popleft())
            while waiting:
                connection = waiting.pop()
                if connection.is_silent():
                    return connection, over
                over.append(connection)
        return None, over

    def close(self) -> list[Connection]:
        """Keep none from now on; those that are to be closed."""
        with self._lock:
            self._closed = True
            over = list(self._waiting)
            self._waiting.clear()
        return over


# ---- How they come about ----


def why_not_to(peer: Any) -> str:
    """Why nothing may be said in the clear to the other end of a connection; "" where nothing speaks against it.

    Args:
        peer: its address, as a socket tells it; None where nobody is there any more.
    """
    if not peer:
        return "whoever was there has closed the connection at once"
    return "" if is_loopback(str(peer[0])) else NOT_THIS_MACHINE


def _peer(stream: Any) -> Any:
    """The address of a connection's other end; None where it has gone already, of which the system says no more."""
    try:
        return stream.get_extra_info("server_addr")
    except OSError:
        return None


def sync_backend(http: Any, *, anywhere: bool) -> Any:
    """httpcore2's backend for threads.

    Args:
        anywhere: whether other machines may be connected to, as they may where TLS is spoken.
    """

    class Backend(http.SyncBackend):  # type: ignore[misc]
        def connect_tcp(self, host: str, port: int, timeout: float, **options: Any) -> Any:
            """Each of the host's addresses in turn, with an equal part of the time: one that is dead must not use it
            up.
            """
            end = time.monotonic() + timeout
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise http.ConnectError(str(error)) from None
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            while True:
                address = addresses.pop(0)
                part = max(end - time.monotonic(), 0.001) / (len(addresses) + 1)
                try:
                    stream = super().connect_tcp(address, port, part, **options)
                    problem = "" if anywhere else why_not_to(_peer(stream))
                    if not problem:
                        return stream
                    stream.close()
                    raise http.ConnectError(problem)
                except (http.ConnectError, http.ConnectTimeout):
                    if not addresses:
                        raise

    return Backend()


def async_backend(http: Any, *, anywhere: bool) -> Any:
    """The same for tasks. A host's addresses are tried side by side, within the time."""
    anyio = require("anyio", "client")

    class Backend:
        async def connect_tcp(self, host: str, port: int, timeout: float) -> TaskStream:
            stream = await connect(anyio, http, host, port, timeout)
            problem = "" if anywhere else why_not_to(_peer(stream))
            if not problem:
                return stream
            await stream.aclose()
            raise http.ConnectError(problem)

    return Backend()
