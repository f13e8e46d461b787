"""httpcore2's own way to a socket, with two rules of ours added.

Each wait is no longer than what is left of a request's budget. And a connection whose host sent more than it was asked for
is not used again: what came behind an answer would be taken for the answer to the next request.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

__all__ = ["async_backend", "sync_backend"]

Left: TypeAlias = Callable[[float | None, type[Exception]], float | None]
"""A time-out, shortened to what the budget leaves; when that is nothing, the exception is raised."""


class _Received:
    """What came on a connection since its last request."""

    def __init__(self) -> None:
        self._head = b""
        self._count = 0
        self.more = False

    def asked(self) -> None:
        self._head, self._count = b"", 0

    def came(self, data: bytes) -> bytes:
        if b"\r\n\r\n" not in self._head:
            self._head += data
        self._count += len(data)
        return data

    def answered(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """An answer with these headers has ended. Unless what came ended there, provably, more may have come.

        An answer in chunks doesn't say how long it is, and costs its connection.
        """
        head, end, _ = self._head.partition(b"\r\n\r\n")
        lengths = [int(value) for name, value in headers if name.lower() == b"content-length"]
        self.more = not end or lengths != [self._count - len(head) - len(end)]


class _Connection:
    """What the streams of both kinds share: httpcore2 drops an idle connection on which there is something to read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._received = _Received()
        self.answered = self._received.answered

    def get_extra_info(self, info: str) -> Any:
        return (info == "is_readable" and self._received.more) or self._inner.get_extra_info(info)


def sync_backend(http: Any, left: Left) -> Any:
    """The backend of a `ConnectionPool`."""

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
                    return Stream(super().connect_tcp(address, port, part, **options))
                except (http.ConnectError, http.ConnectTimeout):
                    if not addresses:
                        raise

    return Backend()


def async_backend(http: Any, left: Left) -> Any:
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
            return Stream(await super().connect_tcp(host, port, left(timeout, http.ConnectTimeout), **options))

    return Backend()
