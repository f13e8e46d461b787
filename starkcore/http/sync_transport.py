"""HTTP connections to one host, for any number of threads.

Made of the text of `async_transport.py` by `python tests/http/sync_from_async.py --write`: a change belongs there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, TypeVar

from starkcore.errors import StarkcoreError
from starkcore.http.answer import Answer
from starkcore.http.concurrency import Threads
from starkcore.http.endpoint import Endpoint
from starkcore.http.host import Host
from starkcore.http.rules import Block, Failure, Send, Sleep, Steps, Timeouts, Together
from starkcore.http.sockets import Connection, Idle
from starkcore.http.wire import PIECE, Outcome, Reading, read_answer

__all__ = ["LARGEST_ANSWER", "SyncTransport"]

T = TypeVar("T")

LARGEST_ANSWER = 16 << 20
_CONNECTIONS = 32


class SyncTransport:
    """At most 32 connections to a host, which are used again.

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
        self._host = Host(endpoint, timeouts, largest_answer, ssl_context, anywhere=anywhere)
        self._closed = False
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._threads = Threads(_CONNECTIONS)
        self._backend = self._threads.backend(self._host.http, anywhere=self._host.elsewhere)
        self._idle = Idle()
        self._finalizer = self._threads.close_with(self, self._idle)

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
        """Close all connections; those that are in use, at the end of it. Nothing can be sent afterwards."""
        self._closed = True
        self._threads.end()
        for connection in self._idle.close():
            self._close(connection.stream)

    def _perform(self, step: Send | Sleep | Block | Together) -> Any:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Sleep):
            return self._threads.sleep(step.seconds)
        if isinstance(step, Block):
            return self._threads.call(step.function)
        return self._threads.together(self.run, step.all)

    # ---- A request and its answer ----

    def _send(self, step: Send) -> Answer | Failure:
        if self._closed:
            raise StarkcoreError("this client is closed")
        if os.getpid() != self._process:  # a fork shares its parent's sockets, and must not use them
            self._finalizer.detach()
            self._open()
        host, threads = self._host, self._threads
        request = host.request(step.outgoing)
        if request is None:
            return Failure(False, "it can't be said in HTTP; nothing was sent", again=False)
        if not threads.place(host.for_a_place(step.deadline)):
            return Failure(False, "no connection was free in time; nothing was sent")
        try:
            try:
                connection = self._connection(step.deadline)
            except Exception as error:
                return host.not_connected(error)
            return self._ask(connection, request, step.deadline)
        finally:
            threads.leave()

    def _ask(self, connection: Connection, request: bytes, deadline: float) -> Answer | Failure:
        """Send a request; what becomes of the connection is settled when this ends, however that is."""
        again = False
        try:
            answer, again = self._talk(connection.stream, request, read_answer(self._host.bounds), deadline)
            return answer
        except Exception as error:
            return self._host.lost(error)
        finally:
            if not (again and self._idle.put(connection)):
                self._close(connection.stream)

    def _talk(self, stream: Any, request: bytes, reading: Reading, deadline: float) -> Outcome:
        """All of a request in one go, then what comes, until the answer is whole."""
        host = self._host
        with suppress(host.http.WriteError):  # who refuses may close before it has read all: the answer says why
            stream.write(request, host.to_write(deadline))
        next(reading)
        try:
            while True:
                reading.send(stream.read(PIECE, host.to_read(deadline)))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    # ---- Connections ----

    def _connection(self, deadline: float) -> Connection:
        """One that waits, or a new one."""
        connection, over = self._idle.take()
        for each in over:
            self._close(each.stream)
        return self._connect(deadline) if connection is None else connection

    def _connect(self, deadline: float) -> Connection:
        host, proxy = self._host, self._host.proxy
        first = host.endpoint if proxy is None else proxy.endpoint
        stream = self._backend.connect_tcp(first.host, first.port, host.to_connect(deadline))
        try:
            if proxy is not None:
                if host.proxy_ssl_context is not None:
                    stream = stream.start_tls(host.proxy_ssl_context, first.host, host.to_connect(deadline))
                if proxy.connect is not None:
                    self._tunnel(stream, proxy.connect, deadline)
            if host.encrypted:
                stream = stream.start_tls(host.ssl_context, host.endpoint.host, host.to_connect(deadline))
            return Connection(stream)
        except BaseException:
            self._close(stream)
            raise

    def _tunnel(self, stream: Any, connect: bytes, deadline: float) -> None:
        answer, _ = self._talk(stream, connect, read_answer(self._host.bounds, "CONNECT"), deadline)
        if isinstance(answer, Failure) or not 200 <= answer.status < 300:
            raise self._host.http.ProxyError("the proxy refuses")

    def _close(self, stream: Any) -> None:
        with self._threads.to_the_end(), suppress(Exception):  # of which nothing more is wanted
            stream.close()
