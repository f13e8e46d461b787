"""HTTP connections to one host, for threads and for tasks; both run the same steps (see `starkcore.http.rules`).

The connections are those of httpcore2, the engine of httpx2: it lets the total budget reach into each single read. It
trusts the certificates that the operating system trusts. A proxy that the environment names (HTTPS_PROXY, NO_PROXY, …)
is used, with its name and password, but not to reach this machine.
"""

from __future__ import annotations

import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from starkcore import __version__, exact
from starkcore.errors import StarkcoreError, _invalid
from starkcore.extras import require
from starkcore.http.answer import Answer, Headers
from starkcore.http.rules import Block, Failure, Outgoing, Send, Sleep, Steps, Timeouts, Together
from starkcore.http.sockets import LARGEST_HEAD, HeadTooLong, async_backend, is_loopback, sync_backend

__all__ = ["AsyncTransport", "Endpoint", "SyncTransport"]

T = TypeVar("T")

LARGEST_ANSWER = 16 << 20
_MOST_HEADERS = 256
# A piece costs some 25 µs, during which no other task runs.
_MOST_PIECES, _SMALL_PIECE = 1000, 64
_CONNECTIONS = 32
_PORTS = {"https": 443, "http": 80}
# What a host is: a name, or an address of either kind. `urlsplit` takes spaces and more.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?")
_KEEPALIVE_SECONDS = 30.0

# Where time.monotonic() must not pass while a request is under way in this thread or task.
_deadline: ContextVar[float] = ContextVar("starkcore_deadline")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The host that requests go to.

    Attributes:
        scheme: "https", or "http" to this machine.
        host: its name or address, in lower case.
        port: an int.
    """

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str, example: str = "https://api.example.com") -> Endpoint:
        """The endpoint of "https://api.example.com"; a slash at the end is left out.

        Args:
            example: what a refusal shows of how a host is written.

        Raises:
            InvalidInput, InputTypeError: `field` is "host".
        """
        url = exact.text(url, "host")
        parts = port = None
        try:
            parts = urlsplit(url.rstrip("/"))
            port = parts.port
            (parts.hostname or "").encode("ascii")
        except ValueError:
            parts = None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            raise _invalid("host", f"must be a URL such as {example}")
        if parts.username is not None or parts.path or parts.query or parts.fragment or not url.isprintable():
            raise _invalid("host", "must be a scheme, a host and maybe a port: nothing else")
        if port == 0 or parts.netloc.endswith(":") or not _HOST.fullmatch(parts.hostname) or url != url.strip():
            raise _invalid("host", "must be a name or an address, and a port in [1, 65535] where there is one")
        if parts.scheme == "http" and not _is_this_machine(parts.hostname):
            raise _invalid("host", "must be https: only this machine is spoken to without encryption")
        return cls(parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    def proxy(self) -> str | None:
        """The URL of the proxy that the environment asks for, with its name and password.

        None where the host is this machine: what isn't encrypted stays here.

        Raises:
            InvalidInput: `field` is "proxy". What the environment has there isn't shown.
        """
        if _is_this_machine(self.host) or proxy_bypass(f"{self.host}:{self.port}"):
            return None
        proxies = getproxies()
        url = proxies.get(self.scheme) or proxies.get("all")
        return None if url is None else _proxy_url(url if "://" in url else f"http://{url}")


NOWHERE = Endpoint("http", "localhost", 1)
"""Stands for the host of a client that has none, and sends nothing."""


def _proxy_url(url: str) -> str:
    parts = port = None
    try:
        parts = urlsplit(url)
        default = _PORTS[parts.scheme]
        port = default if parts.port is None else parts.port
    except (ValueError, KeyError):
        parts = None
    if parts is None or port == 0 or not parts.hostname or not url.isascii():
        raise _invalid("proxy", "must be a URL such as http://localhost:3128: the environment names another one")
    login = "" if parts.username is None else f"{parts.username}:{parts.password or ''}@"
    return f"{parts.scheme}://{login}{f'[{parts.hostname}]' if ':' in parts.hostname else parts.hostname}:{port}"


def _is_this_machine(host: str) -> bool:
    """By what it is called (RFC 6761, section 6.3). Where a name really leads, `sockets` looks at each connection."""
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)


class _Shared:
    """What both transports know: where to, how long, and what httpcore2 makes of it."""

    def __init__(
        self, endpoint: Endpoint, timeouts: Timeouts, largest_answer: int, ssl_context: Any, *, anywhere: bool = False
    ) -> None:
        self.endpoint = endpoint
        self.encrypted = endpoint.scheme == "https"
        self.elsewhere = self.encrypted or anywhere
        self.timeouts = timeouts
        self.largest_answer = largest_answer
        self.http = require("httpcore2", "client")
        self.not_sent = (
            self.http.ConnectError,
            self.http.ConnectTimeout,
            self.http.PoolTimeout,
            self.http.ProxyError,
            self.http.UnsupportedProtocol,
            self.http.LocalProtocolError,
        )
        self._ssl_context = ssl_context
        self._phases = {"connect": timeouts.connect, "write": timeouts.write, "read": timeouts.read}

    def pool(self, kind: Any, backend: Any) -> Any:
        if self._ssl_context is None and self.encrypted:
            self._ssl_context = self.http.default_ssl_context()
        return kind(
            ssl_context=self._ssl_context,
            proxy=self._proxy(),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=backend,
        )

    def _proxy(self) -> Any:
        url = self.endpoint.proxy()
        if url is None:
            return None
        parts = urlsplit(url)
        login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
        return self.http.Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", auth=login)

    def request(self, outgoing: Outgoing, left: float) -> Any:
        headers = [
            ("host", str(self.endpoint).partition("//")[2]),
            ("accept", "application/json"),
            ("accept-encoding", "identity"),
            ("user-agent", f"starkcore/{__version__}"),
            *outgoing.headers.items(),
        ]
        if outgoing.body or outgoing.method in ("POST", "PUT"):
            headers += [("content-type", "application/json"), ("content-length", str(len(outgoing.body)))]
        return self.http.Request(
            outgoing.method,
            self.http.URL(
                scheme=self.endpoint.scheme.encode(),
                host=self.endpoint.host.encode(),
                port=self.endpoint.port,
                target=outgoing.path.encode(),
            ),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers],
            content=outgoing.body,
            extensions={"timeout": self._phases | {"pool": min(self.timeouts.pool, left)}},
        )

    def answer(self, response: Any, body: bytearray) -> Answer:
        """The answer, now that it came whole. Its connection is used again only if nothing came behind it."""
        response.extensions["network_stream"].answered(response.headers)
        headers: dict[str, str] = {}
        for name, value in response.headers:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        return Answer(response.status, Headers(headers), bytes(body))

    def refused(self, response: Any) -> Failure | None:
        """Why not to read this answer: it says itself that it is too large, or compressed, or has headers without end."""
        response.extensions["network_stream"].answering()
        if len(response.headers) > _MOST_HEADERS:
            return Failure(True, f"the answer has more than {_MOST_HEADERS} headers", again=False)
        for name, value in response.headers:
            name = name.lower()
            if name == b"content-length" and (len(value) > 15 or int(value) > self.largest_answer):
                return self.too_large()
            if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
                return Failure(True, "the answer is compressed, which wasn't asked for", again=False)
        return None

    def too_much(self, body: bytearray, pieces: int) -> Failure | None:
        """Why not to read on: it is too large, or comes in pieces so small that each costs more than it brings."""
        if len(body) > self.largest_answer:
            return self.too_large()
        if pieces > _MOST_PIECES + len(body) // _SMALL_PIECE:
            return Failure(True, f"the answer comes in pieces of less than {_SMALL_PIECE} bytes", again=False)
        return None

    def too_large(self) -> Failure:
        return Failure(True, f"the answer is larger than {self.largest_answer} bytes", again=False)

    def failure(self, error: Exception) -> Failure:
        """What an exception of httpcore2 means. Its text is told only of those that come before anything is sent."""
        http = self.http
        if isinstance(error, self.not_sent):
            if isinstance(error, http.PoolTimeout):
                return Failure(False, "no connection was free in time; nothing was sent")
            if isinstance(error, http.ConnectTimeout):
                return Failure(False, "no connection in time; nothing was sent")
            if isinstance(error, http.ConnectError):
                return Failure(False, f"no connection; nothing was sent: {str(error)[:200]}")
            return Failure(False, "no connection; nothing was sent", again=isinstance(error, http.ProxyError))
        if isinstance(error, HeadTooLong):
            return Failure(True, f"more than {LARGEST_HEAD} bytes came before an answer", again=False)
        if isinstance(error, http.ReadTimeout):
            return Failure(True, "no answer, or not all of it, in time")
        if isinstance(error, http.WriteTimeout):
            return Failure(True, "couldn't be sent in time")
        if isinstance(error, http.ProtocolError):
            return Failure(True, "the connection ended before the answer did, or the answer isn't HTTP")
        return Failure(True, "the connection was lost")

    def left(self, timeout: float | None, error: type[Exception]) -> float | None:
        """The time-out of a single read or write, shortened to what the budget leaves."""
        deadline = _deadline.get(None)
        if deadline is None:
            return timeout
        left = deadline - time.monotonic()
        if left <= 0:
            raise error("the budget is used up")
        return left if timeout is None else min(timeout, left)


class SyncTransport:
    """A pool of connections for any number of threads.

    Args:
        endpoint: where requests go.
        timeouts: of each phase and in all.
        largest_answer: in bytes.
        ssl_context: an `ssl.SSLContext` instead of one that trusts what the operating system trusts.
        anywhere: whether another machine may be spoken to without encryption, where the endpoint says "http".
    """

    def __init__(
        self,
        endpoint: Endpoint,
        timeouts: Timeouts,
        *,
        largest_answer: int = LARGEST_ANSWER,
        ssl_context: Any = None,
        anywhere: bool = False,
    ) -> None:
        self._shared = _Shared(endpoint, timeouts, largest_answer, ssl_context, anywhere=anywhere)
        self._lock = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None
        self._closed = False
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._pool = self._shared.pool(
            self._shared.http.ConnectionPool,
            sync_backend(self._shared.http, self._shared.left, encrypted=self._shared.elsewhere),
        )
        # Scripts that never close a client leave no open socket behind.
        self._finalizer = weakref.finalize(self, self._pool.close)

    def run(self, steps: Steps[T]) -> T:
        """Run steps to their end, and return their result."""
        reply = None
        try:
            while True:
                reply = self._perform(steps.send(reply))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    def close(self) -> None:
        """Close all connections. Nothing can be sent afterwards."""
        self._closed = True
        # Threads that are under way first: a connection that one of them opened later would have nobody to close it.
        if self._workers is not None:
            self._workers.shutdown()
        self._finalizer()

    def _perform(self, step: Send | Sleep | Block | Together) -> Any:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Sleep):
            return time.sleep(step.seconds)
        if isinstance(step, Block):
            return step.function()
        return self._together(step.all)

    def _send(self, step: Send) -> Answer | Failure:
        if self._closed:
            raise StarkcoreError("this client is closed")
        if os.getpid() != self._process:  # a fork shares its parent's sockets, and must not use them
            self._finalizer.detach()
            self._open()
        shared = self._shared
        token = _deadline.set(step.deadline)
        try:
            response = self._pool.handle_request(shared.request(step.outgoing, step.deadline - time.monotonic()))
            try:
                failure = shared.refused(response)
                if failure is not None:
                    return failure
                body = bytearray()
                for pieces, chunk in enumerate(response.stream, 1):
                    body += chunk
                    failure = shared.too_much(body, pieces)
                    if failure is not None:
                        return failure
                return shared.answer(response, body)
            finally:
                response.close()
        except Exception as error:
            return shared.failure(error)
        finally:
            _deadline.reset(token)

    def _together(self, steps: list[Generator[Any, Any, Any]]) -> list[Any]:
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="starkcore")
            workers = self._workers
        futures = [workers.submit(_outcome, self.run, one) for one in steps]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


class AsyncTransport:
    """A pool of connections for the tasks of one event loop (asyncio or trio). The arguments are `SyncTransport`'s."""

    def __init__(
        self,
        endpoint: Endpoint,
        timeouts: Timeouts,
        *,
        largest_answer: int = LARGEST_ANSWER,
        ssl_context: Any = None,
    ) -> None:
        self._shared = _Shared(endpoint, timeouts, largest_answer, ssl_context)
        self._anyio = require("anyio", "client")
        self._pool = self._shared.pool(
            self._shared.http.AsyncConnectionPool,
            async_backend(self._shared.http, self._shared.left, encrypted=self._shared.elsewhere),
        )
        self._closed = False

    async def run(self, steps: Steps[T]) -> T:
        """Run steps to their end, and return their result."""
        reply = None
        try:
            while True:
                reply = await self._perform(steps.send(reply))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()

    async def aclose(self) -> None:
        """Close all connections. Nothing can be sent afterwards."""
        self._closed = True
        await self._pool.aclose()

    async def _perform(self, step: Send | Sleep | Block | Together) -> Any:
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Sleep):
            return await self._anyio.sleep(step.seconds)
        if isinstance(step, Block):
            return await self._anyio.to_thread.run_sync(step.function)
        return await self._together(step.all)

    async def _send(self, step: Send) -> Answer | Failure:
        if self._closed:
            raise StarkcoreError("this client is closed")
        shared = self._shared
        token = _deadline.set(step.deadline)
        try:
            request = shared.request(step.outgoing, step.deadline - time.monotonic())
            response = await self._pool.handle_async_request(request)
            try:
                failure = shared.refused(response)
                if failure is not None:
                    return failure
                body, pieces = bytearray(), 0
                async with aclosing(aiter(response.stream)) as stream:
                    async for chunk in stream:
                        body += chunk
                        pieces += 1
                        failure = shared.too_much(body, pieces)
                        if failure is not None:
                            return failure
                return shared.answer(response, body)
            finally:
                await response.aclose()
        except Exception as error:
            return shared.failure(error)
        finally:
            _deadline.reset(token)

    async def _together(self, steps: list[Generator[Any, Any, Any]]) -> list[Any]:
        results: list[Any] = [None] * len(steps)
        # Who waits for a connection hasn't begun: its budget doesn't run, and when all is cancelled, it wasn't sent.
        connections = self._anyio.CapacityLimiter(_CONNECTIONS)

        async def one(index: int) -> None:
            try:
                async with connections:
                    results[index] = await self.run(steps[index])
            except StarkcoreError as error:
                results[index] = error.with_traceback(None)

        async with self._anyio.create_task_group() as group:
            for index in range(len(steps)):
                group.start_soon(one, index)
        return results


def _outcome(run: Callable[[Any], Any], steps: Generator[Any, Any, Any]) -> Any:
    try:
        return run(steps)
    except StarkcoreError as error:
        return error.with_traceback(None)
