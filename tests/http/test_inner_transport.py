"""The steps of a request, one at a time, over streams that are scripts: the same for threads and for tasks."""

import inspect
import socket

import pytest

pytest.importorskip("httpcore2")
import anyio

from starkcore.errors import StarkcoreError
from starkcore.http import async_transport, rules, sync_transport
from starkcore.http.endpoint import Endpoint
from starkcore.http.host import Proxy
from starkcore.http.rules import Block, Failure, Outgoing, Send, Sleep, Timeouts, Together
from starkcore.http.sockets import Connection
from starkcore.http.wire import Bounds, read_answer

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
REQUEST = b"GET /v3/time HTTP/1.1\r\n\r\n"


class Stream:
    """What comes, piece by piece; and what was sent, and whether it was closed."""

    def __init__(self, *comes, fails=None):
        self.comes, self.fails, self.sent, self.closed, self.names = list(comes), fails, [], False, []
        self.ends = socket.socketpair()  # who keeps a connection looks at its socket

    def write(self, data, timeout):
        self.sent.append(data)
        if self.fails is not None:
            raise self.fails

    def read(self, most, timeout):
        piece = self.comes.pop(0)
        if isinstance(piece, Exception):
            raise piece
        return piece

    def start_tls(self, context, name, timeout):
        self.names.append(name)
        return self

    def close(self):
        self.closed = True

    aclose = close
    unread = False

    def get_extra_info(self, name):
        return self.ends[0] if name == "socket" else None


def awaited(method):
    async def call(self, *arguments):
        return method(self, *arguments)

    return call


class TaskStream(Stream):
    """The same, to be awaited."""

    write, read, start_tls, aclose = (
        awaited(method) for method in (Stream.write, Stream.read, Stream.start_tls, Stream.close)
    )


class Backend:
    """Streams, one for each connection."""

    def __init__(self, streams):
        self.streams, self.asked = list(streams), []

    def connect_tcp(self, host, port, timeout):
        self.asked.append((host, port))
        stream = self.streams.pop(0)
        if isinstance(stream, Exception):
            raise stream
        return stream


class TaskBackend(Backend):
    """The same, to be awaited."""

    connect_tcp = awaited(Backend.connect_tcp)


class Way:
    """A transport for threads, or for tasks."""

    def __init__(self, tasks):
        self.tasks, self.streams = tasks, []
        self.Backend = TaskBackend if tasks else Backend

    def stream(self, *comes, fails=None):
        made = (TaskStream if self.tasks else Stream)(*comes, fails=fails)
        self.streams.append(made)
        return made

    def transport(self, *streams, scheme="http"):
        kind = async_transport.AsyncTransport if self.tasks else sync_transport.SyncTransport
        made = kind(Endpoint(scheme, "127.0.0.1", 8080), Timeouts(), anywhere=False)
        made._backend = self.Backend(streams)
        return made

    def run(self, call):
        """What a function of nothing returns, in an event loop where it has to be one."""
        if not self.tasks:
            return call()

        async def main():
            made = call()
            return await made if inspect.isawaitable(made) else made

        return anyio.run(main)


@pytest.fixture(params=[False, True], ids=["threads", "tasks"])
def way(request):
    made = Way(request.param)
    yield made
    for stream in made.streams:
        for end in stream.ends:
            end.close()


def later():
    return rules.time.monotonic() + 60


def test_each_step_is_done(way):
    def steps():
        return (yield Block(lambda: 7))

    assert way.run(lambda: way.transport()._perform(Block(lambda: 5))) == 5
    assert way.run(lambda: way.transport()._perform(Sleep(0))) is None
    assert way.run(lambda: way.transport()._perform(Together([steps(), steps()]))) == [7, 7]
    stream = way.stream(OK)
    answer = way.run(lambda: way.transport(stream)._perform(Send(Outgoing("GET", "/v3/time", {}, b""), later())))
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_request_is_sent_over_one_connection(way):
    stream = way.stream(OK)
    made = []

    def call():
        made.append(way.transport(stream))
        return made[0]._send(Send(Outgoing("GET", "/v3/time", {"A-B": "1"}, b""), later()))

    assert way.run(call).body == b"ok"
    assert stream.sent[0].startswith(b"GET /v3/time HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n")
    assert b"\r\nA-B: 1\r\n" in stream.sent[0]


def test_what_can_not_be_said_or_has_no_time_left_is_not_sent(way):
    stream = way.stream(OK)
    said = way.run(lambda: way.transport(stream)._send(Send(Outgoing("GET", "/a b", {}, b""), later())))
    assert (said.sent, said.again) == (False, False)
    late = way.run(lambda: way.transport(stream)._send(Send(Outgoing("GET", "/", {}, b""), later() - 120)))
    assert isinstance(late, Failure)
    assert not late.sent
    refused = way.run(lambda: way.transport(ConnectionError("x"))._send(Send(Outgoing("GET", "/", {}, b""), later())))
    assert refused == Failure(False, "no connection; nothing was sent")
    assert stream.sent == []


def test_a_closed_transport_sends_nothing(way):
    def call():
        transport = way.transport(way.stream(OK))
        transport._closed = True
        return transport._send(Send(Outgoing("GET", "/", {}, b""), later()))

    with pytest.raises(StarkcoreError, match="closed"):
        way.run(call)


@pytest.mark.parametrize(
    ("comes", "kept"),
    [
        ([OK], True),
        ([OK + b"HTTP/1.1"], False),
        ([OK[:-2], b"o", b"k"], True),
        ([OK[:-1], b""], None),
        ([OSError()], None),
    ],
)
def test_only_a_connection_that_is_clean_is_kept(way, comes, kept):
    """What stands behind an answer would be taken for the next one's."""
    stream, seen = way.stream(*comes), []

    def call():
        transport = way.transport()
        seen.append(transport)
        return transport._ask(Connection(stream), REQUEST, later())

    answer = way.run(call)
    assert stream.sent == [REQUEST]
    if kept is None:
        assert isinstance(answer, Failure)
        assert answer.sent
    else:
        assert answer.body == b"ok"
    assert stream.closed is not bool(kept)
    assert len(seen[0]._idle._waiting) == bool(kept)


def test_who_refuses_before_he_has_read_all_is_still_heard(way):
    def call():
        transport = way.transport()
        stream = way.stream(OK, fails=transport._host.http.WriteError("closed"))
        return transport._talk(stream, REQUEST, read_answer(Bounds(100)), later())

    answer, clean = way.run(call)
    assert (answer.body, clean) == (b"ok", True)


def test_a_connection_that_waits_is_taken_first(way):
    old, new, spoken = way.stream(), way.stream(), way.stream()
    spoken.ends[1].send(b"HTTP/1.1 408")  # it has said something that nobody asked for

    def call():
        transport = way.transport(new)
        for stream in (old, spoken):
            assert transport._idle.put(Connection(stream))
        return two(transport)

    def two(transport):
        if not way.tasks:
            return [transport._connection(later()).stream for _ in range(2)]

        async def both():
            return [(await transport._connection(later())).stream for _ in range(2)]

        return both()

    assert way.run(call) == [old, new]
    assert (spoken.closed, old.closed) == (True, False)


def test_what_is_connected_to(way):
    stream = way.stream()
    transports = []

    def call():
        transports.append(way.transport(stream))
        return transports[0]._connect(later())

    assert way.run(call).stream is stream
    assert transports[0]._backend.asked == [("127.0.0.1", 8080)]
    assert stream.names == []


def test_a_proxy_makes_a_tunnel_in_which_tls_is_spoken(way):
    stream = way.stream(b"HTTP/1.1 200 Connection established\r\n\r\n")
    transports = []

    def call():
        transport = way.transport(stream, scheme="https")
        transport._host.proxy = Proxy("http://me:word@proxy.test:3128", Endpoint("https", "api.test", 443))
        transports.append(transport)
        return transport._connect(later())

    way.run(call)
    assert transports[0]._backend.asked == [("proxy.test", 3128)]
    # RFC 9110, 9.3.6; the pair in Base64 is RFC 7617's.
    assert stream.sent == [
        b"CONNECT api.test:443 HTTP/1.1\r\nhost: api.test:443\r\naccept: */*\r\n"
        b"proxy-authorization: Basic bWU6d29yZA==\r\n\r\n"
    ]
    assert stream.names == ["127.0.0.1"]


@pytest.mark.parametrize("status", [b"407 Login", b"300 Choose", b"302 Found", b"502 Bad"])
def test_a_proxy_that_refuses_gets_nothing_more(way, status):
    stream = way.stream(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")

    def call():
        return way.transport()._tunnel(stream, b"CONNECT a:443 HTTP/1.1\r\n\r\n", later())

    with pytest.raises(Exception, match="the proxy refuses"):
        way.run(call)
    assert stream.sent == [b"CONNECT a:443 HTTP/1.1\r\n\r\n"]


def test_a_stream_of_a_handshake_that_fails_is_closed(way):
    stream = way.stream()

    def fail(*_):
        raise OSError("handshake")

    stream.start_tls = fail
    with pytest.raises(OSError, match="handshake"):
        way.run(lambda: way.transport(stream, scheme="https")._connect(later()))
    assert stream.closed


def test_a_fork_lets_go_of_its_parents_connections(way):
    """They are the parent's: the child neither uses nor closes them, now or at its end."""
    kept = []

    def call():
        transport = way.transport()
        transport._process -= 1
        transport._open = lambda: kept.append(transport._finalizer)
        return transport._send(rules.Send(Outgoing("GET", "/a b", {}, b""), later()))

    assert isinstance(way.run(call), rules.Failure)
    assert [one.alive for one in kept] == [False]
