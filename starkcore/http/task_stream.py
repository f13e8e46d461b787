"""Connections for tasks, of asyncio or trio: bytes go straight to and from the socket, and the event loop only waits.

That is a third of what the streams of AnyIO cost for a request and its answer. And of TLS it is known here what has
come and wasn't read, without which nobody could say that a host was silent since its last answer.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

__all__ = ["TaskStream", "connect"]

_PIECE = 64 << 10
# RFC 8305, section 5: so long is one address tried alone.
_HEAD_START_SECONDS = 0.25


class TaskStream:
    """A connection.

    Args:
        anyio, http: the modules; errors are httpcore2's.
        sock: connected, and set not to block.
    """

    def __init__(self, anyio: Any, http: Any, sock: socket.socket) -> None:
        self._anyio: Any = anyio
        self._http: Any = http
        self._socket = sock

    async def read(self, most: int, timeout: float) -> bytes:
        """What comes next, at most so many bytes; b"" where nothing more will.

        Raises:
            ReadTimeout, ReadError
        """
        with self._told(timeout, self._http.ReadTimeout, self._http.ReadError):
            while True:
                await self._anyio.wait_readable(self._socket)
                try:
                    return self._socket.recv(most)
                except BlockingIOError:  # somebody was told of bytes that turned out to be broken
                    continue

    async def write(self, data: bytes, timeout: float) -> None:
        """Send all of it; each piece that the system takes has so many seconds.

        Raises:
            WriteTimeout, WriteError
        """
        rest = memoryview(data)
        while rest:
            with self._told(timeout, self._http.WriteTimeout, self._http.WriteError):
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    await self._anyio.wait_writable(self._socket)

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str, timeout: float) -> TlsTaskStream:
        """The same connection, encrypted.

        Raises:
            ConnectTimeout, ConnectError
        """
        return await _encrypted(self, self._anyio, self._http, ssl_context, server_hostname, timeout)

    async def aclose(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """As httpcore2's streams: "socket" and "server_addr"."""
        return self._socket if info == "socket" else self._socket.getpeername() if info == "server_addr" else None

    @property
    def unread(self) -> bool:
        """Whether something has come that is neither read nor in the socket any more."""
        return False

    @contextmanager
    def _told(self, timeout: float | None, late: type[Exception], failed: type[Exception]) -> Iterator[None]:
        problem = ""
        try:
            with self._anyio.fail_after(timeout):
                yield
            return
        except TimeoutError:
            raise late from None
        except (OSError, self._anyio.ClosedResourceError) as error:
            problem = str(error)
        raise failed(problem)


class TlsTaskStream:
    """A connection that is encrypted: OpenSSL turns bytes into bytes, and `raw` has them sent and read."""

    def __init__(self, raw: TaskStream | TlsTaskStream, ssl_context: ssl.SSLContext, server_hostname: str) -> None:
        self._raw = raw
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = ssl_context.wrap_bio(self._came, self._goes, server_hostname=server_hostname)
        self._anyio: Any = raw._anyio
        self._http: Any = raw._http

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str, timeout: float) -> TlsTaskStream:
        return await _encrypted(self, self._anyio, self._http, ssl_context, server_hostname, timeout)

    async def shake_hands(self, timeout: float) -> None:
        await self._do(timeout, self._tls.do_handshake)

    async def read(self, most: int, timeout: float) -> bytes:
        problem = ""
        try:
            return await self._do(timeout, self._tls.read, most)  # type: ignore[no-any-return]
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # HTTP says itself where an answer ends
            return b""
        except ssl.SSLError as error:
            problem = str(error)
        raise self._http.ReadError(problem)

    async def write(self, data: bytes, timeout: float) -> None:
        problem, rest = "", memoryview(data)
        try:
            while rest:
                rest = rest[await self._do(timeout, self._tls.write, rest) :]
            return
        except ssl.SSLError as error:
            problem = str(error)
        raise self._http.WriteError(problem)

    async def _do(self, timeout: float, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call OpenSSL, and send and read what it wants to have sent and read, until it has what it needs."""
        while True:
            result, wants = None, False
            try:
                result = function(*arguments)
            except ssl.SSLWantReadError:
                wants = True
            finally:  # an alert is sent as well
                if self._goes.pending:
                    await self._raw.write(self._goes.read(), timeout)
            if not wants:
                return result
            data = await self._raw.read(_PIECE, timeout)
            if data:
                self._came.write(data)
            else:
                self._came.write_eof()

    async def aclose(self) -> None:
        await self._raw.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._raw.get_extra_info(info)

    @property
    def unread(self) -> bool:
        """Whether something has come that is neither read nor in the socket any more."""
        return bool(self._came.pending or self._tls.pending() or self._raw.unread)


async def _encrypted(
    raw: TaskStream | TlsTaskStream, anyio: Any, http: Any, ssl_context: ssl.SSLContext, name: str, timeout: float
) -> TlsTaskStream:
    problem = ""
    try:
        with anyio.fail_after(timeout):
            stream = TlsTaskStream(raw, ssl_context, name)
            await stream.shake_hands(timeout)
        return stream
    except (TimeoutError, http.ReadTimeout, http.WriteTimeout):
        raise http.ConnectTimeout from None
    except (OSError, http.ReadError, http.WriteError) as error:  # ssl.SSLError is an OSError
        problem = str(error)
    raise http.ConnectError(problem)


async def connect(anyio: Any, http: Any, host: str, port: int, timeout: float) -> TaskStream:
    """A connection to whichever of the host's addresses answers first; each is tried a moment after the one before.

    Raises:
        ConnectTimeout, ConnectError
    """
    problem = ""
    try:
        with anyio.fail_after(timeout):
            return TaskStream(anyio, http, await _first(anyio, await _addresses(anyio, host, port)))
    except TimeoutError:
        raise http.ConnectTimeout from None
    except OSError as error:
        problem = str(error)
    raise http.ConnectError(problem)


async def _addresses(anyio: Any, host: str, port: int) -> list[tuple[Any, Any]]:
    """The families and addresses of a host. One in digits is asked of nobody."""
    try:
        ip_address(host)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except ValueError:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


async def _first(anyio: Any, addresses: list[tuple[Any, Any]]) -> socket.socket:
    connected: list[socket.socket] = []
    problems: list[OSError] = []

    async def attempt(family: Any, address: Any, ended: Any) -> None:
        try:
            sock = await _connected(anyio, family, address)
        except OSError as error:
            problems.append(error)
        else:
            connected.append(sock)
            group.cancel_scope.cancel()
        ended.set()

    try:
        async with anyio.create_task_group() as group:
            for family, address in addresses:
                ended = anyio.Event()
                group.start_soon(attempt, family, address, ended)
                with anyio.move_on_after(_HEAD_START_SECONDS):
                    await ended.wait()
    except BaseException:
        for sock in connected:
            sock.close()
        raise
    for sock in connected[1:]:
        sock.close()
    if connected:
        return connected[0]
    raise OSError(str(problems[0]) if problems else "the host has no address")


async def _connected(anyio: Any, family: Any, address: Any) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect(address)
        except BlockingIOError:
            await anyio.wait_writable(sock)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, os.strerror(error)) from None
        return sock
    except BaseException:
        sock.close()
        raise
