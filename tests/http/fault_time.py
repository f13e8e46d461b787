"""Time that passes because somebody waits, not because it is waited: for faults that take minutes.

A `World` is a clock that the exchange, the client's time stamps and the client's waits share. A `late_host` stands on a
real socket between a client and the local exchange: it takes orders and the like, answers nothing, and hands them on
later.
"""

import socket
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from unittest import mock

from fault_server import FaultServer, fault_server

from starkcore import sandbox
from starkcore.dydx import auth
from starkcore.http.rules import Sleep
from starkcore.http.transport import AsyncTransport, SyncTransport


class World:
    """A clock. `client_ahead`: by how many seconds the client's differs from the exchange's."""

    def __init__(self, client_ahead=0.0):
        self.client_ahead = client_ahead
        self.waits = []
        self._passed = 0.0
        self._due = []

    def now(self):
        return time.time() + self._passed

    def stamp(self):
        return auth.timestamp(datetime.fromtimestamp(self.now() + self.client_ahead, UTC))

    def later(self, seconds, act):
        self._due.append((self.now() + seconds, act))

    def pass_(self, seconds):
        """Let time pass, stopping wherever something is due."""
        end = self._passed + seconds
        for due, act in sorted(self._due, key=lambda item: item[0]):
            if due <= time.time() + end:
                self._passed = max(self._passed, due - time.time())
                self._due.remove((due, act))
                act()
        self._passed = max(self._passed, end)

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.pass_(seconds)


@contextmanager
def world(**settings):
    """Clients wait in this time, and sign with it."""
    found = World(**settings)
    sync, awaited = SyncTransport._perform, AsyncTransport._perform

    def perform(transport, step):
        return found.sleep(step.seconds) if isinstance(step, Sleep) else sync(transport, step)

    async def perform_async(transport, step):
        return found.sleep(step.seconds) if isinstance(step, Sleep) else await awaited(transport, step)

    with ExitStack() as stack:
        for target, value in (
            ("starkcore.dydx.session.timestamp", found.stamp),
            ("starkcore.dydx.settling._clock", found.now),
            ("starkcore.http.transport.SyncTransport._perform", perform),
            ("starkcore.http.transport.AsyncTransport._perform", perform_async),
        ):
            stack.enter_context(mock.patch(target, value))
        yield found


def exchange(where, **settings):
    """The local exchange, in that world's time."""
    return sandbox.running(initial_balance=100_000, clock=where.now, **settings)


class LateHost:
    """Hands on what it is sent, and its answers.

    What changes something is not answered while `delay` isn't None, and handed on after so many seconds; never, where
    those are infinitely many. `most` bounds how many such requests. `broken`, where it isn't None, answers questions
    instead: it is a function of the request, which may return None.
    """

    def __init__(self, where, url):
        self.where = where
        self.delay = None
        self.most = None
        self.broken = None
        self.late_answers = []
        self.questions = []
        self._address = url.rpartition("//")[2].rpartition(":")

    def answer(self, request):
        if not request.startswith(b"GET ") and self.delay is not None and self.most != 0:
            self.most = None if self.most is None else self.most - 1
            if self.delay != float("inf"):
                self.where.later(self.delay, lambda: self.late_answers.append(self._hand_on(request)))
            return "close"
        if request.startswith(b"GET "):
            self.questions.append(request.split()[1].decode())
            if self.broken is not None and (answer := self.broken(request)) is not None:
                return answer
        return self._hand_on(request)

    def _hand_on(self, request):
        with socket.create_connection((self._address[0], int(self._address[2])), timeout=20) as connection:
            connection.sendall(request)
            return FaultServer._read(connection)


@contextmanager
def late_host(where, url):
    """A `LateHost` before that exchange, and the URL to reach it at."""
    host = LateHost(where, url)
    with fault_server(host.answer) as server:
        yield host, server.url
