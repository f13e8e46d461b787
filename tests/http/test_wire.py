"""HTTP as bytes, against h11 as its judge; and what of it the transports must keep to."""

import json
import random
import socket
import threading
import time
from contextlib import suppress
from unittest import mock

import pytest

pytest.importorskip("httpcore2")

import anyio
import h11
import httpcore2
import sync_from_async
from both_clients import opened
from fault_cases import ASKED, CREDENTIALS, GOOD, ORDER, answering, encrypted, full_backlog
from fault_server import fault_server, http
from httpcore2._backends.sync import SyncStream

from starkcore.dydx import AsyncClient, Client
from starkcore.dydx.errors import ConnectionFailed
from starkcore.http.rules import Failure, Outgoing, Retries, Send, Timeouts
from starkcore.http.sockets import Connection
from starkcore.http.task_stream import TaskStream, connect
from starkcore.http.transport import Endpoint, SyncTransport
from starkcore.http.wire import LARGEST_HEAD, Bounds, HeadTooLong, NotHttp, plain_head, read_answer, request_bytes

KEYS = {"api_key_credentials": CREDENTIALS, "stark_private_key": "0x5"}
BOUNDS = Bounds(1 << 16)


def test_the_transport_of_threads_is_that_of_tasks():
    """Made of its text; and what it makes has no word of tasks left."""
    made = sync_from_async.made(sync_from_async.SOURCE.read_text(encoding="utf-8"))
    assert sync_from_async.MADE.read_text(encoding="utf-8") == made
    assert not {"async", "await", "Async", "Tasks"} & set(made.replace("async_transport", "").replace("_", " ").split())


# ---- Requests ----


def by_h11(data):
    """A request as h11 reads it: method, path, headers, body."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request, body = connection.next_event(), b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert connection.trailing_data == (b"", False)
    return request.method.decode(), request.target.decode(), list(request.headers.raw_items()), body


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("body", [b"", b'{"a":"\xc3\xa4"}', b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"])
def test_a_request_is_read_as_it_was_meant(method, body):
    headers = {"DYDX-TIMESTAMP": "2026-11-30T00:00:00.000Z", "DYDX-PASSPHRASE": "a b~!"}
    sent = request_bytes(Outgoing(method, "/v3/orders?limit=5", headers, body), "host: h\r\naccept: */*\r\n")
    expected = [(b"host", b"h"), (b"accept", b"*/*"), *((k.encode(), v.encode()) for k, v in headers.items())]
    if body or method in ("POST", "PUT"):
        expected += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    assert by_h11(sent) == (method, "/v3/orders?limit=5", expected, body)


@pytest.mark.parametrize(
    ("method", "path", "name", "value"),
    [
        ("GET /", "/", "a", "b"), ("G\r\n", "/", "a", "b"), ("", "/", "a", "b"),
        ("GET", "/ HTTP/1.1\r\nx: y", "a", "b"), ("GET", "/a b", "a", "b"), ("GET", "/ä", "a", "b"),
        ("GET", "/\n", "a", "b"), ("GET", "/", "a", "b\r\nevil: 1"), ("GET", "/", "a", "b\n"), ("GET", "/", "a", "b\0"),
        ("GET", "/", "a", "ä"), ("GET", "/", "a", " b"), ("GET", "/", "a", "\tb"), ("GET", "/", "a", "b "),
        ("GET", "/", "a: b\r\nc", "d"), ("GET", "/", "a b", "c"), ("GET", "/", "a\n", "c"), ("GET", "/", "", "c"),
        ("GET", "/", "ä", "c"), ("GET", "/", "a", "b\x7f"),
    ],
)  # fmt: skip
def test_what_would_be_another_request_is_none(method, path, name, value):
    assert request_bytes(Outgoing(method, path, {name: value}, b""), "host: h\r\n") is None


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_credentials_that_are_no_header_are_not_sent(kind):
    keys = CREDENTIALS | {"passphrase": "geheim\r\nevil: 1"}
    with fault_server(GOOD) as server, opened(kind, server.url, api_key_credentials=CREDENTIALS) as client:
        client._client._session.api_key = mock.Mock(**keys)  # an ApiKey refuses them itself
        with pytest.raises(ConnectionFailed, match="can't be said in HTTP; nothing was sent") as caught:
            client.private.get_user()
    assert server.requests == []
    assert "geheim" not in str(caught.value)


# ---- Answers ----


def judged(pieces):
    """What h11 makes of an answer that comes in these pieces, and then ends: status, headers, body; None: nothing
    whole.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    pieces, status, headers, body = [*pieces, b""], None, [], b""
    with suppress(h11.ProtocolError):
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(pieces.pop(0))
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return status, dict(reversed(headers)), body
    return None


def ours(pieces, bounds=BOUNDS):
    """The same by `read_answer`; whether the connection may be used again, and how many bytes were read."""
    reading, count = read_answer(bounds), 0
    next(reading)
    try:
        for piece in (*pieces, b""):
            count += len(piece)
            reading.send(piece)
    except StopIteration as end:
        answer, again = end.value
        if isinstance(answer, Failure):
            return answer, again, count
        return (answer.status, dict(answer.headers), answer.body), again, count
    except (NotHttp, HeadTooLong):
        return None, False, count
    raise AssertionError("the end came, and more is asked for")


def outcome(pieces):
    reading = read_answer(BOUNDS)
    next(reading)
    try:
        for piece in (*pieces, b""):
            reading.send(piece)
    except StopIteration as end:
        return "read" if not isinstance(end.value[0], Failure) else end.value[0].what
    except (HeadTooLong, NotHttp) as error:
        return type(error).__name__
    raise AssertionError("the end came, and more is asked for")


@pytest.mark.parametrize("framing", ["content-length: 5", "transfer-encoding: chunked"])
@pytest.mark.parametrize(("beyond", "expected"), [(0, "read"), (1, "HeadTooLong"), (20_000, "HeadTooLong")])
@pytest.mark.parametrize("hints", [0, 100])
def test_the_bound_of_a_head_is_to_the_byte_however_it_comes(framing, beyond, expected, hints):
    before = b"HTTP/1.1 103 Hints\r\n\r\n" * hints + f"HTTP/1.1 200 OK\r\n{framing}\r\nx: ".encode()
    head = before + b"y" * (LARGEST_HEAD - len(before) - 4 + beyond) + b"\r\n\r\n"
    data = head + (b"12345" if "length" in framing else b"5\r\n12345\r\n0\r\n\r\n")
    for cuts in ([], [len(head)], [len(head) - 1], [LARGEST_HEAD], [1000, LARGEST_HEAD - 1], [len(head) + 3]):
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert outcome(pieces) == expected, cuts


NAMES = [
    "content-length",
    "Content-Length",
    "x",
    "Transfer-Encoding",
    "connection",
    "content-type",
    "date",
    "",
    " ",
    "a b",
    "ä",
]
VALUES = ["5", "0", "7", "005", "+5", "5, 5", "٣", "", " 5 ", "\t5", "keep-alive", "close", "Keep-Alive", "chunked",
          "identity", "a  b", "a\tb", "x\x01y", "x\0y", "é", "9" * 16, "9" * 21, "-1", "5\r", "5\n"]  # fmt: skip
FIRST = ["HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 OK", "HTTP/1.1 204 No", "HTTP/1.1 304 Not",
         "HTTP/1.1 100 Continue", "HTTP/1.1 101 Switching", "HTTP/1.1 599 x", "HTTP/1.1 999 x", "HTTP/1.1 1000 x",
         "HTTP/1.1 2 x", "HTTP/1.1  200 OK", "http/1.1 200 OK", "HTTP/2.0 200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 20a x",
         "HTTP/1.1 200 O\x01K", "HTTP/1.1 429 Too\tMany", "", " HTTP/1.1 200 OK"]  # fmt: skip


def drawn(dice):
    """An answer: most are nearly right."""
    first = dice.choice(FIRST) if dice.random() < 0.2 else FIRST[0]
    lines = ["content-length: 5", "date: now", "Content-Type: application/json"][
        dice.choice([0, 0, 0, 1]) : dice.randint(1, 3)
    ]
    while dice.random() < 0.5:
        line = f"{dice.choice(NAMES)}{dice.choice([':', ': ', ' :', ''])}{dice.choice(VALUES)}"
        lines.insert(dice.randint(0, len(lines)), line)
    end = "\r\n" if dice.random() < 0.95 else dice.choice(["\n", "\r", "\r\n ", "\n\r\n"])
    head = end.join([first, *lines]) + dice.choice(["\r\n\r\n"] * 15 + ["\n\n", "\r\n\n", "\r\n"])
    chunks = b"5\r\n12345\r\n0\r\n\r\n"
    body = dice.choice([b"12345"] * 5 + [b"1234567", b"123", b"", chunks, b"12345" + b"HTTP/1.1 200 OK\r\n\r\n"])
    return head.encode() + body


def cut(data, dice):
    places = sorted(dice.choices(range(1, max(2, len(data))), k=dice.choice([0, 0, 1, 3])))
    pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    return [piece for piece in pieces if piece]


def test_answers_are_read_as_h11_reads_them():
    """In whatever pieces they come. And a connection is used again only behind a plain answer that ended it exactly."""
    dice, plain, refused, again_seen = random.Random(11), 0, 0, 0
    for _ in range(4000):
        data = drawn(dice)
        pieces = cut(data, dice)
        expected = judged(pieces)
        found, again, count = ours(pieces)
        assert found == expected or isinstance(found, Failure), data
        head = plain_head(data)
        if head is not None:
            status, fields, begin, length = head
            whole = judged([data[:begin] + b"x" * length]) if length < 1000 else None
            assert whole in (None, (status, dict(reversed(fields)), b"x" * length)), data
            assert whole is not None or length >= 1000, data
            plain += 1
        refused += expected is None
        if again:
            head = plain_head(pieces[0])
            assert head is not None, data
            assert count == head[2] + head[3], data
            again_seen += 1
    assert min(plain, refused, again_seen) > 200, (plain, refused, again_seen)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http(200, b"", length=1 << 17), "larger than"),
        (http(200, b"{}", headers=["content-encoding: gzip"]), "compressed"),
        (http(200, b"{}", headers=[f"x{n}: y" for n in range(300)]), "256 headers"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 3000, "pieces"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (1 << 17), "larger than"),
    ],
)
def test_what_is_not_read_to_its_end(answer, told):
    found, again, _ = ours([answer])
    assert told in found.what
    assert (found.sent, found.again, again) == (True, False, False)


def test_small_pieces_of_a_plain_answer():
    found, _, _ = ours([http(200, b"", length=9000), *[b" "] * 9000])
    assert "pieces of less than" in found.what


# ---- The transports ----


@pytest.mark.parametrize(("kind", "owner"), [(Client, SyncStream), (AsyncClient, TaskStream)])
def test_a_request_is_sent_in_one_go(kind, owner):
    written = []
    real = owner.write

    def write(self, data, timeout=None):
        written.append(bytes(data))
        return real(self, data, timeout)

    with (
        fault_server(ORDER) as server,
        opened(kind, server.url, **KEYS) as client,
        mock.patch.object(owner, "write", write),
    ):
        client.private.create_order(**ASKED)
    assert [data for data in written if data] == server.requests
    assert len(server.requests) == 1


@pytest.mark.parametrize("login", ["", "someone:Tr0ub4dor%263@"])
def test_a_proxy_hands_on_what_is_not_encrypted(monkeypatch, login):
    """It is told the whole URL, and its name and password."""
    with fault_server(GOOD) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//" + login))
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//" + login))
        transport = SyncTransport(Endpoint("http", "node.test", 8545), Timeouts(), anywhere=True)
        try:
            answer = transport.run(asked("POST", "/v3?a=b", b"{}"))
        finally:
            transport.close()
    assert answer.status == 200
    method, target, headers, body = by_h11(*proxy.requests)
    assert (method, target, body) == ("POST", "http://node.test:8545/v3?a=b", b"{}")
    sent = dict(headers)
    assert sent[b"host"] == b"node.test:8545"
    assert sent.get(b"proxy-authorization") == (b"Basic c29tZW9uZTpUcjB1YjRkb3ImMw==" if login else None)


def asked(method, path, body):
    """Steps that send one request."""
    return (yield Send(Outgoing(method, path, {}, body), time.monotonic() + 20))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_connections_that_wait_cost_a_request_nothing(kind):
    """Only the one that it takes is looked at, however many there are."""
    looked_at = []
    real = Connection.is_silent

    def is_silent(self):
        looked_at.append(self)
        return real(self)

    together = threading.Barrier(9, timeout=20)  # so many are under way at once, and so many connections are made

    def answer(request):
        if b'"mine' in request:
            together.wait()
        return ORDER

    orders = [ASKED | {"client_id": f"mine{number}"} for number in range(9)]
    with fault_server(answer) as server, opened(kind, server.url, **KEYS) as client:
        client.private.create_orders(orders)
        with mock.patch.object(Connection, "is_silent", is_silent):
            for number in range(3):
                client.private.create_order(**ASKED | {"client_id": f"o{number}"})
        assert server.connections == 9
    assert len(looked_at) == 3


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_connections_that_waited_too_long_are_closed(kind, monkeypatch):
    monkeypatch.setattr("starkcore.http.sockets._KEEPALIVE_SECONDS", -1.0)
    with fault_server(GOOD) as server, opened(kind, server.url, **KEYS) as client:
        for _ in range(3):
            client.private.get_user()
        assert (len(server.requests), server.connections) == (3, 3)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_connection_on_which_the_host_speaks_unasked_is_not_used(kind):
    old, new = http(200, b'{"user":{"ethereumAddress":"old"}}'), http(200, b'{"user":{"ethereumAddress":"new"}}')
    with (
        fault_server((GOOD, old), new, pause=0.05) as server,
        opened(kind, server.url, retries=Retries(attempts=1), **KEYS) as client,
    ):
        assert client.private.get_user().user.ethereum_address == "0x0"
        assert server.closed_one.wait(10)  # after it has said what nobody asked for
        assert client.private.get_user().user.ethereum_address == "new"
        assert server.connections == 2


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_tls_has_ready_behind_an_answer_is_no_answer(kind):
    """The answer fills a record of TLS to its end; what stands in the next one came with it, and isn't in the
    socket.
    """
    old, new = http(200, b'{"user":{"ethereumAddress":"old"}}'), http(200, b'{"user":{"ethereumAddress":"new"}}')
    body = b'{"user":{"ethereumAddress":"0x0"}}'
    first = http(200, body, headers=["x: " + "y" * (16_384 - len(http(200, body, headers=["x: "])))])
    assert len(first) == 16_384
    with encrypted(first + old, new)("GET") as host, opened(kind, host.url, **KEYS, **host.settings) as client:
        assert client.private.get_user().user.ethereum_address == "0x0"
        assert client.private.get_user().user.ethereum_address == "new"


@pytest.mark.parametrize("kind", ["asyncio", "trio"])
def test_an_address_that_does_not_answer_costs_a_moment(kind):
    """Of two addresses the second is tried while the first one is silent."""
    real = socket.getaddrinfo
    with full_backlog("127.0.0.2") as port, socket.create_server(("127.0.0.1", port)):

        def found(host, *arguments, **keywords):
            if host not in ("two.localhost", b"two.localhost"):
                return real(host, *arguments, **keywords)
            return [one for each in ("127.0.0.2", "127.0.0.1") for one in real(each, *arguments, **keywords)]

        async def connected():
            stream = await connect(anyio, httpcore2, "two.localhost", port, 20)
            peer = stream.get_extra_info("server_addr")
            await stream.aclose()
            return peer

        with mock.patch("socket.getaddrinfo", found):
            assert anyio.run(connected, backend=kind) == ("127.0.0.1", port)


@pytest.mark.parametrize("kind", ["asyncio", "trio"])
def test_a_task_that_was_told_to_stop_sends_nothing(kind):
    async def main(url):
        async with AsyncClient(url, **KEYS) as client:
            await client.private.get_user()  # so that a connection is there
            with anyio.CancelScope() as scope:
                scope.cancel()
                await client.private.create_order(**ASKED)
            assert scope.cancelled_caught

    with fault_server(GOOD, ORDER) as server:
        anyio.run(main, server.url, backend=kind)
    assert len(server.requests) == 1


@pytest.mark.parametrize("encryption", [False, True])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_request_that_is_larger_than_a_buffer(kind, encryption):
    """It is sent in pieces, as the system takes them."""
    data = {"text": "x" * 6_000_000}
    host = encrypted(GOOD) if encryption else answering(GOOD)
    with host("PUT") as found, opened(kind, found.url, **KEYS, **found.settings) as client:
        client.private.update_user(data)
    (sent,) = found.arrived
    assert json.loads(json.loads(by_h11(sent)[3])["userData"]) == data
