"""Clients that never read, never finish, or are many: what they take is bounded, and others are served meanwhile."""

import base64
import json
import os
import socket
import struct
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from sandbox_trader import Trader

from starkcore import sandbox
from starkcore.sandbox import server, websocket
from starkcore.sandbox.connections import Connections, Limits

MEBI = 1 << 20
PATIENCE = 60


def connected(url):
    host, port = url.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)), timeout=PATIENCE)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return client


def upgraded(url):
    """A WebSocket whose other half is ours to neglect."""
    client = connected(url)
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET /v3/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return client


def frame(opcode, data=b"", fin=True):
    """A masked frame; the mask is zero."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return bytes([opcode | (0x80 if fin else 0)]) + size + bytes(4) + data


def left(client):
    """How many bytes come until the connection ends; None where it doesn't."""
    client.settimeout(PATIENCE)
    count = 0
    try:
        while data := client.recv(MEBI):
            count += len(data)
    except TimeoutError:
        return None
    except OSError:
        pass
    return count


def is_hung_up(client):
    return left(client) is not None


class Pusher(threading.Thread):
    """Sends the same again and again, and reads nothing, until it is hung up on or so much was sent."""

    def __init__(self, client, data, most=200 * MEBI):
        super().__init__(daemon=True)
        self.client, self.data, self.left, self.is_cut = client, data, most, False
        self.start()

    def run(self):
        try:
            while self.left > 0:
                self.client.sendall(self.data)
                self.left -= len(self.data)
        except OSError:
            self.is_cut = True


def memory(process):
    """Resident bytes, where the system tells."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


PING = json.dumps({"type": "ping", "id": "x" * 3000}).encode()
REQUEST = b"GET /v3/orderbook/BTC-USD HTTP/1.1\r\nhost: localhost\r\n\r\n"
PUSHED = {
    "messages that are answered": (upgraded, frame(1, PING) * 10),
    "control frames that are answered": (upgraded, frame(9, b"x" * 125) * 100),
    "a message without end, of empty parts": (upgraded, frame(0, fin=False) * 1000),
    "requests": (connected, REQUEST * 100),
    "a head without end": (connected, b"x: " + b"y" * 10_000),
    "fields without end": (connected, b"a:b\r\n" * 1000),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells how much memory there is")
@pytest.mark.parametrize("what", PUSHED)
def test_three_that_never_read_take_no_more_than_is_documented(tmp_path, what):
    """Each sends up to 200 MiB; the exchange takes a few, hangs up on them, and goes on serving others."""
    connect, data = PUSHED[what]
    with sandbox.running_process(tmp_path / "exchange.db", "--initial-balance", "10000") as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        before = memory(exchange.process)
        clients = [connect(exchange.url) for _ in range(3)]
        for client in clients:
            if connect is upgraded and "empty parts" in what:
                client.sendall(frame(1, b"{", fin=False))
            elif connect is connected and "without end" in what:
                client.sendall(b"GET /v3/time HTTP/1.1\r\n")
        pushers = [Pusher(client, data) for client in clients]
        deadline = time.monotonic() + PATIENCE
        most = before
        while any(pusher.is_alive() for pusher in pushers) and time.monotonic() < deadline:
            most = max(most, memory(exchange.process))
            order = trader.order("BUY", "0.001", "1")
            assert order["status"] == "OPEN"
            assert trader.call("DELETE", f"/v3/orders/{order['id']}").status == 200  # there is a most of open ones
        assert all(pusher.is_cut for pusher in pushers)
        assert most - before < 64 * MEBI
        for client in clients:
            client.close()
        trader.close()


@pytest.fixture
def limited(monkeypatch):
    """Starts an exchange with other limits; `server.Connections()` are its connections then."""
    with ExitStack() as stack:

        def start(**limits):
            everybody = Connections(Limits(**limits))
            monkeypatch.setattr(server, "Connections", lambda: everybody)
            return stack.enter_context(sandbox.running(initial_balance="10000"))

        yield start


@pytest.mark.long
def test_a_subscriber_who_never_reads_is_cut_off_while_others_hear_all(limited, monkeypatch):
    """With so little waiting that it isn't too much, and whose buffers are full all the same."""
    from websockets.sync.client import connect

    monkeypatch.setattr(websocket, "MOST_WAITING", 64 * MEBI)
    exchange = limited(stalled_seconds=1)
    trader = Trader(exchange.url)
    trader.onboard()
    subscription = frame(1, json.dumps({"type": "subscribe", "channel": "v3_orderbook", "id": "BTC-USD"}).encode())
    deaf = [upgraded(exchange.url) for _ in range(3)]
    for client in deaf:
        client.sendall(subscription)
        Pusher(client, frame(1, PING) * 10, 6 * MEBI).join(PATIENCE)
    with connect(exchange.ws_url, open_timeout=PATIENCE) as listener:
        listener.send(json.dumps({"type": "subscribe", "channel": "v3_orderbook", "id": "BTC-USD"}))
        assert [json.loads(listener.recv(PATIENCE))["type"] for _ in range(2)] == ["connected", "subscribed"]
        for i in range(60):
            trader.order("BUY", "0.001", str(1000 + i))
        prices = [json.loads(listener.recv(PATIENCE))["contents"]["bids"][0][0] for _ in range(60)]
        assert prices == [str(1000 + i) for i in range(60)]
        # Looked at from the other side: whoever begins to read is deaf no more.
        deadline = time.monotonic() + PATIENCE
        while len(list(server.Connections())) > 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(server.Connections())) == 2, "the trader's and the listener's"
    for client in deaf:
        assert left(client) < MEBI, "the system went on sending what the client hadn't read"
        client.close()
    trader.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /v3/time HTTP/1.1\r\n" + b"x: " + b"y" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /v3/time?" + b"y" * 20_000, b"431"),
        (b"GET /v3/time HTTP/1.1\r\n" + b"x: y\r\n" * 65 + b"\r\n", b"431"),
        (b"GET /v3/time HTTP/1.1\r\n" + b"x: y\r\n" * 60 + b"\r\n", b"200"),
        (b"POST /v3/orders HTTP/1.1\r\ncontent-length: 9000000\r\n\r\n" + b" " * 70_000, b"413"),
        (b"POST /v3/orders HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + b"8000\r\n" + b" " * 0x8000 + b"\r\n",
         None),
        (b"", None),
        (b"GET", None),
        (b"POST /v3/orders HTTP/1.1\r\ncontent-length: 10\r\n\r\n{", None),
        (b"GET /v3/time HTTP/1.1\r\nhost: localhost\r\n\r\nGET", b"200"),
    ],
)  # fmt: skip
def test_heads_and_bodies_have_an_end(limited, sent, status):
    exchange = limited(head_seconds=0.5, body_seconds=0.5)
    with connected(exchange.url) as client:
        client.sendall(sent)
        if status is not None:
            assert client.recv(12) == b"HTTP/1.1 " + status
        if status != b"200" or sent.endswith(b"GET"):
            assert is_hung_up(client)
    trader = Trader(exchange.url)
    assert trader.send("GET", "/v3/time").status == 200
    trader.close()


def test_who_has_signed_stays_when_strangers_are_many(limited):
    exchange = limited(strangers=20, each=3)
    trader, late = Trader(exchange.url), Trader(exchange.url)
    trader.onboard()
    kept = trader.get("/v3/users") and trader._connection
    strangers = [connected(exchange.url) for _ in range(30)]
    assert late.send("GET", "/v3/time").status == 200
    assert [is_hung_up(client) for client in strangers[:10]] == [True] * 10
    assert trader.get("/v3/users")
    assert trader._connection is kept
    # One account has no more than three connections: its oldest goes.
    others = []
    for _ in range(3):
        other = Trader(exchange.url)
        other.key, other.account = trader.key, trader.account
        other.get("/v3/users")
        others.append(other)
    assert is_hung_up(kept.sock)
    assert [other.call("GET", "/v3/users").status for other in others] == [200] * 3
    for client in (*strangers, trader, late, *others):
        client.close()


def test_there_are_no_more_connections_than_so_many(limited):
    exchange = limited(connections=20, strangers=1000)
    clients = [connected(exchange.url) for _ in range(40)]
    assert [is_hung_up(client) for client in clients[:15]] == [True] * 15
    trader = Trader(exchange.url)
    assert trader.send("GET", "/v3/time").status == 200
    for client in (*clients, trader):
        client.close()


def test_an_exchange_stops_while_a_client_does_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "_GRACE", 0.5)
    with sandbox.running(database=tmp_path / "exchange.db") as exchange:
        client = upgraded(exchange.url)
        pusher = Pusher(client, frame(1, PING), 2 * MEBI)
        pusher.join(PATIENCE)
    client.close()


# ---- The count alone ----


class Transport:
    """A transport of whose buffer the peer reads what the test says."""

    def __init__(self):
        self.buffer, self.is_aborted = 0, False

    def get_write_buffer_size(self):
        return self.buffer

    def write(self, data):
        self.buffer += len(data)

    def abort(self):
        self.is_aborted = True

    def get_extra_info(self, name, default=None):
        return default

    def is_closing(self):
        return self.is_aborted


@pytest.fixture
def made():
    """Makes connections of one server, with limits, in a loop that doesn't run."""
    import asyncio

    import uvicorn
    from uvicorn.server import ServerState

    loop = asyncio.new_event_loop()
    config = uvicorn.Config(lambda: None)
    config.load()

    def make(limits, count):
        everybody = Connections(limits)
        connections = []

        async def connect():
            for _ in range(count):
                connection = everybody.protocol(config, ServerState(), {}, loop)
                connection.connection_made(Transport())
                connections.append(connection)

        loop.run_until_complete(connect())
        return everybody, connections, loop.time()

    yield make
    loop.close()


def aborted(connections):
    return [connection._transport.is_aborted for connection in connections]


def test_who_has_the_most_waiting_goes_first(made):
    _, (a, b, c), _ = made(Limits(waiting=1000, everybody=1000), 3)
    a.write(bytes(300))
    b.hold(400)
    c.write(bytes(200))
    assert aborted([a, b, c]) == [False] * 3
    c.write(bytes(101))
    assert aborted([a, b, c]) == [False, True, False]
    b.hold(-400)
    a.write(bytes(701))  # a single answer may be as large as it is
    assert aborted([a, b, c]) == [True, True, False]
    c._transport.buffer = 0
    c.write(bytes(999))
    c.write(bytes(1))
    assert not c._transport.is_aborted


def test_more_is_not_written_to_who_has_too_much_waiting(made):
    _, (a,), _ = made(Limits(waiting=1000, everybody=10**6), 1)
    a.write(bytes(5000))
    assert not a._transport.is_aborted
    a.write(b"x")
    assert a._transport.is_aborted


def test_who_reads_nothing_for_long_is_late(made):
    everybody, (a, b), now = made(Limits(stalled_seconds=10, head_seconds=10**6), 2)
    for connection in (a, b):
        connection.write(bytes(1000))
    for second in range(1, 10):
        everybody.sweep(now + second)
        a._transport.buffer -= 1
    everybody.sweep(now + 11)
    assert aborted([a, b]) == [False, True]
    everybody.sweep(now + 22)
    assert aborted([a, b]) == [True, True]
