"""httpcore2's own way to a socket, with rules of ours added.

Each wait is no longer than what is left of a request's budget. What isn't encrypted goes to this machine alone, whatever a
name server says. An answer's headers are bounded, and so is all that a host may say before them. And a connection whose
host sent more than it was asked for is not used again: what came behind an answer would be taken for the answer to the
next request.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any, TypeAlias

__all__ = ["LARGEST_HEAD", "NOT_THIS_MACHINE", "HeadTooLong", "async_backend", "is_loopback", "sync_backend"]

# Real ones have a kilobyte or two; and the last piece that was read may have gone on beyond.
LARGEST_HEAD = 32 << 10
_END = b"\r\n\r\n"
NOT_THIS_MACHINE = "the name leads to another machine, and only this one is spoken to without encryption"

Left: TypeAlias = Callable[[float | None, type[Exception]], float | None]
"""A time-out, shortened to what the budget leaves; when that is nothing, the exception is raised."""


class HeadTooLong(Exception):
    """A host says so much before its answer that we don't listen any longer."""


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


class _Received:
    """What came on a connection since its last request: how much, and where the first head ended."""

    def __init__(self) -> None:
        self.more = False
        self.asked()

    def asked(self) -> None:
        self._count = 0
        self._head: int | None = None
        self._tail = b""
        self._answering = False

    def came(self, data: bytes) -> bytes:
        """Pass on what was read.

        Raises:
            HeadTooLong: it is more than an answer's head may be, and the answer hasn't begun.
        """
        if not self._answering and self._count > LARGEST_HEAD:
            raise HeadTooLong
        if self._head is None:
            joined = self._tail + data
            place = joined.find(_END)
            if place >= 0:
                self._head = self._count - len(self._tail) + place + len(_END)
            self._tail = joined[-len(_END) + 1 :]
        self._count += len(data)
        return data

    def answering(self) -> None:
        """The answer's head has ended: what comes now is its body."""
        self._answering = True

    def answered(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """An answer with these headers has ended. Unless what came ended there, provably, more may have come.

        An answer in chunks doesn't say how long it is, and costs its connection.
        """
        lengths = [int(value) for name, value in headers if name.lower() == b"content-length"]
        self.more = self._head is None or lengths != [self._count - self._head]


class _Connection:
    """What the streams of both kinds share: httpcore2 drops an idle connection on which there is something to read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._received = _Received()
        self.answering = self._received.answering
        self.answered = self._received.answered

    def get_extra_info(self, info: str) -> Any:
        return (info == "is_readable" and self._received.more) or self._inner.get_extra_info(info)


def _leads_elsewhere(stream: Any) -> bool:
    """Whether the other end of a connection is on another machine."""
    peer = stream.get_extra_info("server_addr")
    return not (peer and is_loopback(str(peer[0])))


def sync_backend(http: Any, left: Left, *, encrypted: bool) -> Any:
    """The backend of a `ConnectionPool`.

    Args:
        encrypted: whether other machines may be connected to: nothing is sent to them before TLS is agreed upon.
    """

    class Stream(_Connection, http.NetworkStream):  # type: ignore[misc]
        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._received.came(self._inner.read(max_bytes, left(timeout, http.ReadTimeout)))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._received.asked()
            self._inner.write(buffer, left(timeout, http.WriteTimeout))

        def close(self) -> None:
            self._inner.close()

        def start_tls(self, ssl_context: Any, server_hostname: Any = None, timeout: float | None = None) -> Any:
            return Stream(self._inner.start_tls(ssl_context, server_hostname, left(timeout, http.ConnectTimeout)))

    class Backend(http.SyncBackend):  # type: ignore[misc]
        def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> Any:
            """Each of the host's addresses in turn, with an equal part of the time: one that is dead must not use it up."""
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise http.ConnectError(str(error)) from None
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            end = None if timeout is None else time.monotonic() + timeout
            while True:
                address = addresses.pop(0)
                rest = left(None if end is None else max(end - time.monotonic(), 0.001), http.ConnectTimeout)
                part = None if rest is None else rest / (len(addresses) + 1)
                try:
                    stream = super().connect_tcp(address, port, part, **options)
                    if encrypted or not _leads_elsewhere(stream):
                        return Stream(stream)
                    stream.close()
                    raise http.ConnectError(NOT_THIS_MACHINE)
                except (http.ConnectError, http.ConnectTimeout):
                    if not addresses:
                        raise

    return Backend()


def async_backend(http: Any, left: Left, *, encrypted: bool) -> Any:
    """The backend of an `AsyncConnectionPool`. AnyIO tries a host's addresses side by side, within the time."""

    class Stream(_Connection, http.AsyncNetworkStream):  # type: ignore[misc]
        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._received.came(await self._inner.read(max_bytes, left(timeout, http.ReadTimeout)))

        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._received.asked()
            await self._inner.write(buffer, left(timeout, http.WriteTimeout))

        async def aclose(self) -> None:
            await self._inner.aclose()

        async def start_tls(self, ssl_context: Any, server_hostname: Any = None, timeout: float | None = None) -> Any:
            limit = left(timeout, http.ConnectTimeout)
            return Stream(await self._inner.start_tls(ssl_context, server_hostname, limit))

    class Backend(http.AnyIOBackend):  # type: ignore[misc]
        async def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> Any:
            stream = await super().connect_tcp(host, port, left(timeout, http.ConnectTimeout), **options)
            if encrypted or not _leads_elsewhere(stream):
                return Stream(stream)
            await stream.aclose()
            raise http.ConnectError(NOT_THIS_MACHINE)

    return Backend()
