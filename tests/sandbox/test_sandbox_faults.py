"""The exchange on a full disk, under a clock that jumps, and with clients that send anything but requests."""

import os
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from sandbox_trader import Trader, compact, dump, iso

from starkcore import sandbox

# ---- A full disk ----


class TmpfsDisk:
    """A file system of one megabyte, which a file fills up."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self, process):
        descriptor = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(descriptor, bytes(4096))
        except OSError:
            pass
        finally:
            os.close(descriptor)

    def empty(self, process):
        (self.folder / "filler").unlink()


class LimitedDisk:
    """No file may grow beyond what the largest has now: writing fails as on a full disk, with another error number."""

    def __init__(self, folder):
        self.folder = folder

    def fill(self, process):
        import resource

        self.before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, self.before[1]))

    def empty(self, process):
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, self.before)


@contextmanager
def mounted(folder):
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False).returncode
    except FileNotFoundError:
        done = -1
    if done != 0:
        pytest.skip("a file system can be mounted by root alone")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(params=["tmpfs", "limit"])
def disk(request, tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("needs mount, or prlimit")
    if request.param == "limit":
        yield LimitedDisk(tmp_path)
        return
    with mounted(tmp_path):
        yield TmpfsDisk(tmp_path)


def orders_until_refused(trader, most=300):
    """Ids of the orders that were acknowledged, and the first other answer."""
    placed = []
    for _ in range(most):
        answer = trader.call("POST", "/v3/orders", trader.order_body())
        if answer.status != 201:
            return placed, answer
        placed.append(answer.json["order"]["id"])
    raise AssertionError("the disk is not full")


def test_a_full_disk_refuses_and_goes_on_when_there_is_room_again(disk):
    """What is acknowledged is stored, what isn't leaves no trace, and nobody has to start anything again."""
    database = disk.folder / "exchange.db"
    with sandbox.running_process(database) as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        trader.fund("1000000")
        placed = [trader.order()["id"]]
        for _ in range(3):
            disk.fill(exchange.process)
            more, refused = orders_until_refused(trader)
            placed += more
            assert refused.status == 503
            assert "the database couldn't be written, and nothing was changed" in refused.error
            # What is there can be read, and is the state without the order that was refused.
            assert trader.book()["bids"] == [("10000", trader_size(len(placed)))]
            balance = trader.balance()
            assert trader.call("POST", "/v3/testnet/tokens", {"amount": "5"}).status == 503
            assert trader.balance() == balance
            disk.empty(exchange.process)
            placed.append(trader.order()["id"])
        listed = {order["id"] for order in trader.get("/v3/active-orders?market=BTC-USD")["orders"]}
        assert listed == set(placed)
        assert len(placed) == len(set(placed))
        told = trader.get("/v3/accounts")
        trader.close()
    assert sandbox.audit(database).problems == []
    with sandbox.running_process(database) as exchange:
        trader.parts = Trader(exchange.url).parts
        assert trader.get("/v3/accounts") == told
        assert {o["id"] for o in trader.get("/v3/active-orders?market=BTC-USD")["orders"]} == set(placed)
        trader.close()


def trader_size(count):
    return f"{count / 100:.2f}".rstrip("0").rstrip(".")


def test_subscribers_are_told_to_begin_again(disk):
    """They may have been waiting for news of what didn't happen."""
    import json

    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with sandbox.running_process(disk.folder / "exchange.db") as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        trader.fund("1000000")
        with connect(exchange.ws_url) as feed:
            feed.send(json.dumps({"type": "subscribe", "channel": "v3_orderbook", "id": "BTC-USD"}))
            assert [json.loads(feed.recv(10))["type"] for _ in range(2)] == ["connected", "subscribed"]
            disk.fill(exchange.process)
            placed, _ = orders_until_refused(trader)
            heard = []
            with pytest.raises(ConnectionClosed):
                heard.extend(json.loads(text)["type"] for text in feed)
            assert feed.close_code == 1012
            assert heard == ["channel_data"] * len(placed)
        disk.empty(exchange.process)
        trader.close()


def test_a_full_disk_at_the_start_is_told(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("needs mount")
    with mounted(tmp_path):
        TmpfsDisk(tmp_path).fill(None)
        with pytest.raises(sandbox.SandboxError), sandbox.running(database=tmp_path / "exchange.db"):
            pass


def test_a_key_file_on_a_full_disk_is_the_old_one(tmp_path):
    pytest.importorskip("eth_keyfile")
    from starkcore import PrivateKey, keystore
    from starkcore.dydx.credentials import Credentials

    address = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    old, new = (Credentials(ethereum_address=address, network_id=1, stark_key=PrivateKey(number)) for number in (1, 2))
    named = old.stark_key.public_key
    with mounted(tmp_path):
        path = tmp_path / "keys.json"
        keystore.save(path, old, "passphrase of the test", scrypt_n=4096)
        before = path.read_bytes()
        disk = TmpfsDisk(tmp_path)
        disk.fill(None)
        with pytest.raises(OSError, match="No space left"):
            keystore.save(path, new, "passphrase of the test", scrypt_n=4096, replace=True, replace_key=named)
        assert path.read_bytes() == before
        assert {found.name for found in tmp_path.iterdir()} == {"keys.json", "filler"}
        disk.empty(None)
        keystore.save(path, new, "passphrase of the test", scrypt_n=4096, replace=True, replace_key=named)
        assert keystore.load(path, "passphrase of the test").stark_key == PrivateKey(2)


# ---- A clock that jumps ----


class Clock:
    """The exchange's clock: the system's, and so many seconds more."""

    ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead

    def text(self):
        return iso(self())


HOUR = 3600.0


@pytest.fixture
def clocked(tmp_path):
    clock = Clock()
    with sandbox.running(database=tmp_path / "exchange.db", clock=clock) as exchange:
        trader = Trader(exchange.url, clock=clock.text)
        trader.onboard()
        trader.fund("1000000")
        yield clock, trader
        trader.close()
    assert sandbox.audit(tmp_path / "exchange.db").problems == []


def test_a_jump_forward_ends_orders_and_a_jump_back_does_not_bring_them_back(clocked):
    clock, trader = clocked
    short = trader.order(expiration=iso(time.time() + HOUR))["id"]
    long = trader.order(expiration=iso(time.time() + 24 * HOUR))["id"]
    clock.ahead = 2 * HOUR
    assert trader.get(f"/v3/orders/{short}")["order"]["cancelReason"] == "EXPIRED"
    assert trader.get(f"/v3/orders/{long}")["order"]["status"] == "OPEN"
    clock.ahead = -2 * HOUR
    assert trader.get(f"/v3/orders/{short}")["order"]["status"] == "CANCELED"
    assert trader.book()["bids"] == [("10000", "0.01")]


@pytest.mark.parametrize("jump", [10 * HOUR, -10 * HOUR])
def test_after_a_jump_requests_are_judged_by_the_new_time(clocked, jump):
    """Whoever goes by the old time is outside the window of 30 seconds, and told so."""
    clock, trader = clocked
    there = clock.text()
    trader.clock = lambda: there
    assert trader.call("GET", "/v3/users").status == 200
    clock.ahead = jump
    refused = trader.call("GET", "/v3/users")
    assert (refused.status, "DYDX-TIMESTAMP" in refused.error) == (401, True)
    assert trader.by_ethereum("GET", "/v3/recovery").status == 401
    for off, status in ((-25, 200), (25, 200), (-40, 401), (40, 401)):
        trader.clock = lambda off=off: iso(clock() + off)
        assert trader.call("GET", "/v3/users").status == status
    trader.clock = clock.text
    assert trader.by_ethereum("GET", "/v3/recovery").status == 200


def test_trading_goes_on_through_jumps(clocked):
    """Nothing that sorts by time loses anything, and who came first still is first."""
    clock, trader = clocked
    other = Trader(f"http://{trader.parts.netloc}", clock=clock.text)
    other.onboard()
    other.fund("1000000")
    orders = []
    for ahead in (0, HOUR, -HOUR, 30 * HOUR, 0):
        clock.ahead = ahead
        orders.append(trader.order("BUY", "0.01", "10000"))
    other.order("SELL", "0.02", "10000")
    left = [trader.get(f"/v3/orders/{order['id']}")["order"]["status"] for order in orders]
    assert left == ["FILLED", "FILLED", "OPEN", "OPEN", "OPEN"]
    assert len(trader.get("/v3/orders?returnLatestOrders=true")["orders"]) == 5
    assert len(trader.get("/v3/fills")["fills"]) == 2
    other.close()


def test_an_expiry_must_be_in_the_new_time_s_future(clocked):
    clock, trader = clocked
    clock.ahead = 2 * HOUR
    answer = trader.call("POST", "/v3/orders", trader.order_body(expiration=iso(time.time() + HOUR)))
    assert answer.status == 400
    assert "expiration" in answer.error


# ---- Clients that are none ----


NOISE = {
    "half a head": b"POST /v3/orders HTTP/1.1\r\nhost: localhost\r\n",
    "half a body": b"POST /v3/orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
    "no HTTP": os.urandom(2000),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "two lengths": b"POST /v3/orders HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\n{}   ",
    "length and chunks": b"POST /v3/orders HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"
    b"0\r\n\r\n",
    "bad chunks": b"POST /v3/orders HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "endless headers": b"GET /v3/time HTTP/1.1\r\n" + b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 20_000,
    "a large body": b"POST /v3/orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000000\r\n\r\n"
    + b" " * 9_000_000,
}


def test_noise_changes_nothing_and_stops_nothing(tmp_path):
    database = tmp_path / "exchange.db"
    with sandbox.running_process(database) as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        trader.fund()
        before = dump(database)
        files = open_files(exchange.process)
        address = trader.parts.hostname, trader.parts.port
        for reset in (False, True):
            for noise in NOISE.values():
                with socket.create_connection(address, timeout=10) as connection:
                    try:
                        connection.sendall(noise)
                    except OSError:
                        continue  # it was hung up on
                    if reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        waiting = [socket.create_connection(address) for _ in range(200)]
        assert trader.get("/v3/accounts")
        for connection in waiting:
            connection.close()
        assert trader.call("POST", "/v3/orders", compact({"a": "b" * 70_000})).status == 413
        assert dump(database) == before
        trader.order()
        trader.close()
        deadline = time.monotonic() + 20
        calm = 0  # in a row: of those that waited, some may be taken in only now
        while calm < 10 and time.monotonic() < deadline:
            calm = calm + 1 if open_files(exchange.process) <= files else 0
            time.sleep(0.1)
        assert calm == 10, "connections are still open"


def open_files(process):
    """How many; 0 where the system doesn't tell."""
    return len(list(Path(f"/proc/{process.pid}/fd").glob("*")))
