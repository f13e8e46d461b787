"""The feed on a real socket, against a server that does whatever a network or an exchange may do to it."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import re
from datetime import UTC, datetime

import pytest

pytest.importorskip("websockets")
pytest.importorskip("httpcore2")

from fault_cases import full_backlog
from fault_server import fault_server, http
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from starkcore import errors
from starkcore.dydx import websocket
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Backoff, Disconnected, Gap, Reconnected, Subscribed, Unsubscribed, Update
from starkcore.dydx.orderbook import OrderBook
from starkcore.dydx.websocket import Feed, FeedFailed, SubscriptionRefused

# Published: dydx-v3-python 2.1.0, tests/test_onboarding.py.
API_KEY = ApiKey(
    "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9", "12_1LuuJMZUxcj3kGBWc"
)
QUICK = Backoff(first=0.01, longest=0.02)


class Peer:
    """The other side of one connection: numbers its messages as the exchange does."""

    def __init__(self, socket, number):
        self.socket, self.number, self.next = socket, number, 0

    async def send(self, kind, step=0, **members):
        self.next += step
        head = {"type": kind, "connection_id": f"c{self.number}", "message_id": self.next}
        await self.socket.send(json.dumps(head | members))
        self.next += 1

    async def hear(self):
        return json.loads(await self.socket.recv())

    async def confirm(self, **more):
        """Answer one subscription as the exchange does."""
        asked = await self.hear()
        await self.send(
            "subscribed", channel=asked["channel"], id=asked.get("id", ""), contents={"n": self.number}, **more
        )
        return asked


@contextlib.asynccontextmanager
async def exchange(*scripts, **options):
    """A server; the n-th connection meets the n-th script, later ones the last."""
    made = []

    async def handle(socket):
        peer = Peer(socket, len(made))
        made.append(peer)
        await peer.send("connected")
        await scripts[min(peer.number, len(scripts) - 1)](peer)

    async with serve(handle, "127.0.0.1", 0, **options) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", made


async def healthy(peer):
    """Confirms everything, and sends one update of each."""
    while True:
        asked = await peer.confirm()
        await peer.send("channel_data", channel=asked["channel"], id=asked.get("id", ""), contents={"u": peer.number})


async def quiet(peer):
    await peer.socket.wait_closed()


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


async def take(feed, count):
    return [await anext(feed) for _ in range(count)]


async def collect(feed, kinds):
    async for event in feed:
        kinds.append(type(event))


BOOK = ("v3_orderbook", "ETH-USD")


def test_state_and_changes():
    async def main():
        async with exchange(healthy) as (url, _), Feed(url) as feed:
            await feed.subscribe("v3_orderbook", "ETH-USD")
            await feed.subscribe("v3_orderbook", "ETH-USD")  # once is enough
            await feed.subscribe("v3_markets")
            assert await take(feed, 4) == [
                Subscribed(*BOOK, {"n": 0}), Update(*BOOK, {"u": 0}, 2),
                Subscribed("v3_markets", "", {"n": 0}), Update("v3_markets", "", {"u": 0}, 4),
            ]  # fmt: skip

    run(main())


def test_subscriptions_from_before_the_connection():
    async def main():
        async with exchange(healthy) as (url, _):
            feed = Feed(url)
            await feed.subscribe(*BOOK)
            async with feed:
                assert await anext(feed) == Subscribed(*BOOK, {"n": 0})
            assert [event async for event in feed] == []

    run(main())


def test_an_account_is_subscribed_to_with_a_signature():
    heard = []

    async def script(peer):
        heard.append(await peer.confirm())
        await quiet(peer)

    async def main():
        async with exchange(script) as (url, _), Feed(url, api_key=API_KEY) as feed:
            await feed.subscribe("v3_accounts")
            await anext(feed)

    run(main())
    (asked,) = heard
    message = asked["timestamp"] + "GET" + "/ws/accounts"
    secret = base64.urlsafe_b64decode(API_KEY.secret)
    expected = base64.urlsafe_b64encode(hmac.new(secret, message.encode(), hashlib.sha256).digest()).decode()
    assert asked == {
        "type": "subscribe", "channel": "v3_accounts", "accountNumber": "0", "apiKey": API_KEY.key,
        "passphrase": API_KEY.passphrase, "timestamp": asked["timestamp"], "signature": expected,
    }  # fmt: skip
    age = datetime.now(UTC) - datetime.fromisoformat(asked["timestamp"])
    assert abs(age.total_seconds()) < 60


def test_the_end_of_a_channel():
    async def script(peer):
        await peer.confirm()
        asked = await peer.hear()
        assert asked == {"type": "unsubscribe", "channel": BOOK[0], "id": BOOK[1]}
        await peer.send("unsubscribed", channel=BOOK[0], id=BOOK[1])
        await peer.socket.close()

    async def main():
        async with exchange(script, healthy) as (url, made), Feed(url, backoff=QUICK) as feed:
            await feed.subscribe(*BOOK)
            await anext(feed)
            await feed.unsubscribe(*BOOK)
            await feed.unsubscribe(*BOOK)
            assert await anext(feed) == Unsubscribed(*BOOK)
            assert [type(event) for event in await take(feed, 2)] == [Disconnected, Reconnected]
            await feed.subscribe("v3_markets")  # the book isn't asked for again
            assert await anext(feed) == Subscribed("v3_markets", "", {"n": 1})
            assert len(made) == 2

    run(main())


async def close(peer):
    await peer.socket.close(1013, "too slow")


async def reset(peer):
    peer.socket.transport.abort()


def sending(text):
    async def script(peer):
        await peer.socket.send(text)
        await quiet(peer)

    return script


def message(**members):
    return json.dumps(
        {"type": "channel_data", "connection_id": "c0", "message_id": 2, "channel": "v3_markets"} | members
    )


BROKEN = {
    "closed": close,
    "reset": reset,
    "no JSON": sending("{"),
    "a name twice": sending('{"message_id": 2, "message_id": 2}'),
    "no object": sending("[]"),
    "bytes": sending(b"{}"),
    "no UTF-8": sending(b"\xff\xfe"),
    "too large": sending("x" * (17 << 20)),
    "no number": sending(message(message_id=None)),
    "a number that is none": sending(message(message_id="2")),
    "a bool for a number": sending(message(message_id=True)),
    "no channel": sending(message(channel=None)),
    "a strange channel": sending(message(channel=["v3_markets"])),
    "a strange id": sending(message(id=5)),
    "a strange kind": sending(message(type="news")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_connection_that_breaks(name):
    async def broken(peer):
        await peer.confirm()
        await BROKEN[name](peer)

    async def main():
        async with exchange(broken, healthy) as (url, made), Feed(url, backoff=QUICK) as feed:
            await feed.subscribe(*BOOK)
            first, lost, again, state, change = await take(feed, 5)
            assert first == Subscribed(*BOOK, {"n": 0})
            assert isinstance(lost, Disconnected)
            assert lost.reason
            assert len(lost.reason) <= 400
            assert again == Reconnected(1)
            assert state == Subscribed(*BOOK, {"n": 1})
            assert change == Update(*BOOK, {"u": 1}, 2)
            assert len(made) == 2

    run(main())


@pytest.mark.parametrize(("step", "received"), [(1, 3), (5, 7), (-1, 1), (-2, 0)])
def test_a_gap_in_the_numbers(step, received):
    async def gap(peer):
        await peer.confirm()
        await peer.send("channel_data", step, channel=BOOK[0], id=BOOK[1], contents={"lost": True})
        await quiet(peer)

    async def main():
        async with exchange(gap, healthy) as (url, _), Feed(url, backoff=QUICK) as feed:
            await feed.subscribe(*BOOK)
            events = await take(feed, 4)
            # What came with the wrong number isn't passed on: the state that follows has it.
            assert events == [
                Subscribed(*BOOK, {"n": 0}), Gap(2, received), Reconnected(1), Subscribed(*BOOK, {"n": 1}),
            ]  # fmt: skip

    run(main())


def test_a_message_of_another_connection():
    async def mixed(peer):
        await peer.confirm()
        await peer.socket.send(message(connection_id="another"))
        await quiet(peer)

    async def main():
        async with exchange(mixed, healthy) as (url, _), Feed(url, backoff=QUICK) as feed:
            await feed.subscribe(*BOOK)
            assert (await take(feed, 2))[1] == Gap(2, 2)

    run(main())


def test_a_subscription_that_is_not_answered():
    async def main():
        async with exchange(quiet, healthy) as (url, _), Feed(url, backoff=QUICK, answer_timeout=0.2) as feed:
            await feed.subscribe(*BOOK)
            lost, again, state = await take(feed, 3)
            assert lost == Disconnected("the subscription to v3_orderbook ETH-USD wasn't answered")
            assert (again, state) == (Reconnected(1), Subscribed(*BOOK, {"n": 1}))

    run(main())


def test_a_dead_peer_is_found_by_its_silence():
    done = asyncio.Event()

    async def stop_reading(peer):
        await peer.confirm()
        peer.socket.transport.pause_reading()  # pings are not answered any more
        await done.wait()

    async def main():
        async with (
            exchange(stop_reading, healthy, close_timeout=0.1) as (url, _),
            Feed(url, backoff=QUICK, ping_interval=0.2) as feed,
        ):
            await feed.subscribe(*BOOK)
            events = await take(feed, 4)
            assert [type(event) for event in events] == [Subscribed, Disconnected, Reconnected, Subscribed]
            done.set()

    run(main())


def test_a_subscription_that_is_refused():
    async def script(peer):
        await peer.confirm()
        asked = await peer.hear()
        await peer.send("error", message=f"{asked['id']} is no market; sesame-12 {API_KEY.secret}")
        await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents={"u": 0})
        await peer.hear()
        await peer.socket.close()

    heard = []

    async def second(peer):
        heard.append(await peer.confirm())
        await quiet(peer)

    async def main():
        # Short enough to look like no secret: it must be known to be one.
        key = ApiKey(API_KEY.key, API_KEY.secret, "sesame-12")
        async with exchange(script, second) as (url, _), Feed(url, api_key=key, backoff=QUICK) as feed:
            await feed.subscribe(*BOOK)
            await anext(feed)
            await feed.subscribe("v3_trades", "NO-USD")
            with pytest.raises(SubscriptionRefused, match="NO-USD is no market") as caught:
                await anext(feed)
            for secret in (key.passphrase, key.secret):
                assert secret not in str(caught.value)
            assert await anext(feed) == Update(*BOOK, {"u": 0}, 3)  # it goes on
            await feed.unsubscribe("v3_markets")
            await feed._socket.send("{}")
            await take(feed, 3)
            assert [asked["channel"] for asked in heard] == ["v3_orderbook"]  # what was refused isn't asked for again

    run(main())


def test_a_refusal_that_overtakes_answers():
    async def script(peer):
        first, _, third = [await peer.hear() for _ in range(3)]
        await peer.send("error", message="no")
        for asked in (first, third):
            await peer.send("subscribed", channel=asked["channel"], id=asked["id"], contents={})
        await peer.socket.close()

    heard = []

    async def second(peer):
        for _ in range(2):
            heard.append((await peer.confirm())["id"])
        await quiet(peer)

    async def main():
        async with exchange(script, second) as (url, _):
            feed = Feed(url, backoff=QUICK)
            for market in ("BTC-USD", "NO-USD", "ETH-USD"):
                await feed.subscribe("v3_orderbook", market)
            async with feed:
                with pytest.raises(SubscriptionRefused):
                    await anext(feed)
                await take(feed, 6)
        assert heard == ["BTC-USD", "ETH-USD"]

    run(main())


def test_connections_that_break_at_once_are_attempts_that_failed():
    async def main():
        async with exchange(close) as (url, made), Feed(url, backoff=Backoff(0.001, 0.002, attempts=4)) as feed:
            await feed.subscribe(*BOOK)
            events = []
            with pytest.raises(FeedFailed, match="4 attempts in a row failed: connections broke"):
                await collect(feed, events)
            assert events == [Disconnected, Reconnected] * 4 + [Disconnected]
            assert len(made) == 5

    run(main())


class Clock:
    """The feed's time: it passes where the feed pauses between attempts, and where a test says so."""

    def __init__(self, monkeypatch):
        self.now, self.pauses = 0.0, []
        monkeypatch.setattr(websocket, "_clock", lambda: self.now)
        monkeypatch.setattr(websocket, "_pause", self.pause)

    async def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def confirms_and_closes(peer):
    await peer.confirm()
    await peer.socket.close()


async def confirms_and_skips(peer):
    await peer.confirm()
    await peer.send("channel_data", 1, channel=BOOK[0], id=BOOK[1], contents={})
    await quiet(peer)


async def confirms_and_talks_nonsense(peer):
    await peer.confirm()
    await peer.socket.send("{")
    await quiet(peer)


@pytest.mark.parametrize("script", [confirms_and_closes, confirms_and_skips, confirms_and_talks_nonsense])
def test_who_confirms_and_breaks_is_asked_less_and_less_often(monkeypatch, script):
    clock = Clock(monkeypatch)

    async def main():
        async with exchange(script) as (url, made), Feed(url, backoff=Backoff(attempts=6)) as feed:
            await feed.subscribe(*BOOK)
            events = []
            with pytest.raises(FeedFailed, match="6 attempts in a row failed: connections broke soon"):
                await collect(feed, events)
            assert events.count(Subscribed) == len(made) == 7
            assert clock.pauses[0] == 0
            for pause, limit in zip(clock.pauses[1:], (0.5, 1, 2, 4, 8), strict=True):
                assert 0 <= pause <= limit

    run(main())


@pytest.mark.parametrize(("lasts", "backoff"), [(30, Backoff(attempts=1)), (5, Backoff(attempts=1, lives=5))])
def test_attempts_count_anew_after_a_connection_that_lived(monkeypatch, lasts, backoff):
    clock = Clock(monkeypatch)

    def script(seconds):
        async def once(peer):
            await peer.confirm()
            clock.now += seconds
            await peer.socket.close()

        return once

    async def main():
        scripts = [script(lasts)] * 3 + [script(lasts * 0.99)]
        async with exchange(*scripts) as (url, made), Feed(url, backoff=backoff) as feed:
            await feed.subscribe(*BOOK)
            events = []
            with pytest.raises(FeedFailed, match="1 attempts in a row failed"):
                await collect(feed, events)
            assert len(made) == 4
            assert clock.pauses == [0] * 3

    run(main())


def test_who_gives_up_waiting_does_not_give_up_the_attempt():
    """Otherwise a program that asks for events a hundredth of a second at a time would never get a connection,
    or fail.
    """

    async def slowly(connection, request):
        await asyncio.sleep(0.1)

    async def main():
        async with (
            exchange(confirms_and_closes, healthy, process_request=slowly) as (url, made),
            Feed(url, backoff=Backoff(attempts=1)) as feed,
        ):
            await feed.subscribe(*BOOK)
            events = []
            while len(events) < 4:
                with contextlib.suppress(TimeoutError):
                    events.append(type(await asyncio.wait_for(anext(feed), 0.01)))
            assert events == [Subscribed, Disconnected, Reconnected, Subscribed]
            assert len(made) == 2

    run(main())


def test_nobody_is_there():
    async def main():
        async with exchange(healthy) as (url, _):
            feed = await Feed(url, backoff=Backoff(first=0.001, longest=0.002, attempts=5)).__aenter__()
            await feed.subscribe(*BOOK)
            await take(feed, 2)
        # The server has gone, and its connections with it.
        assert isinstance(await anext(feed), Disconnected)
        with pytest.raises(FeedFailed, match=r"5 attempts in a row failed: no connection to ws://127"):
            await anext(feed)
        await feed.close()
        with pytest.raises(FeedFailed):
            await Feed(url).__aenter__()

    run(main())


def raw(answer):
    """A server that answers each connection with these bytes."""

    async def handle(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return asyncio.start_server(handle, "127.0.0.1", 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"garbage\r\n\r\n",
        b"",
    ],
)
def test_a_server_that_does_not_speak_websocket(answer):
    async def main():
        async with await raw(answer) as server:
            with pytest.raises(FeedFailed, match="no connection"):
                await Feed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").__aenter__()

    run(main())


def test_no_redirect_is_followed():
    async def main():
        async with exchange(healthy) as (url, made):
            target = url.replace("http", "ws")
            redirect = f"HTTP/1.1 302 Found\r\nLocation: {target}/v3/ws\r\nContent-Length: 0\r\n\r\n".encode()
            async with await raw(redirect) as server:
                with pytest.raises(FeedFailed, match="302"):
                    await Feed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").__aenter__()
            assert made == []

    run(main())


def test_an_answer_that_does_not_come():
    async def main():
        async def silent(reader, writer):
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(FeedFailed, match="didn't answer in time"):
                await Feed(url, open_timeout=0.2).__aenter__()

    run(main())


def test_waiting_can_be_given_up_and_nothing_is_lost():
    async def script(peer):
        await peer.confirm()
        for number in range(20):
            await asyncio.sleep(0.01)
            await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents=number)
        await quiet(peer)

    async def main():
        got = []
        async with exchange(script) as (url, _), Feed(url) as feed:
            await feed.subscribe(*BOOK)
            await anext(feed)
            while len(got) < 20:
                with contextlib.suppress(TimeoutError):
                    got.append((await asyncio.wait_for(anext(feed), 0.004)).contents)
        assert got == list(range(20))

    run(main())


def test_a_slow_consumer_loses_nothing():
    async def flood(peer):
        await peer.confirm()
        for number in range(3000):
            await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents=[number, "x" * 2000])
        await quiet(peer)

    async def main():
        async with exchange(flood) as (url, _), Feed(url) as feed:
            await feed.subscribe(*BOOK)
            await anext(feed)
            await asyncio.sleep(0.3)  # the socket's buffers are full by now
            assert [(await anext(feed)).contents[0] for _ in range(3000)] == list(range(3000))

    run(main())


@pytest.mark.parametrize("bound", [{"most_messages": 40}, {"most_bytes": 40_000}, {"most_bytes": 1}])
def test_a_consumer_that_is_too_slow_is_told(bound):
    """What waits within the bound is still given; then the channel begins anew. Nothing in between is missing."""
    ended = asyncio.Event()

    async def flood(peer):
        await peer.confirm()
        with contextlib.suppress(ConnectionClosed):
            for number in range(2000):
                await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents=[number, "x" * 1900])
        await quiet(peer)
        ended.set()

    async def main():
        async with exchange(flood, healthy) as (url, _), Feed(url, backoff=QUICK, **bound) as feed:
            await feed.subscribe(*BOOK)
            await ended.wait()
            events = []
            while not isinstance(event := await anext(feed), Disconnected):
                events.append(event)
            kept, size = map(int, re.search(r"too far behind: (\d+) messages of (\d+) bytes", event.reason).groups())
            assert len(events) == kept - 1  # the greeting waited, too
            assert [event.contents[0] for event in events[1:]] == list(range(len(events[1:])))
            assert kept == bound.get("most_messages", kept)
            assert size <= bound.get("most_bytes", size) < size + 2200 or kept == 1
            again, state = await take(feed, 2)
            assert (again, state) == (Reconnected(1), Subscribed(*BOOK, {"n": 1}))

    run(main())


def test_pings_are_answered_while_nobody_asks_for_events():
    """The other side's, with far more messages on their way than a socket or a library holds; and one's own are
    seen.
    """
    seen = []

    async def busy(peer):
        await peer.confirm()
        for _ in range(5):
            for _ in range(200):
                await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents="x" * 5000)
            await (await peer.socket.ping())
            seen.append("pong")
            await asyncio.sleep(0.15)  # the feed's own questions come each 0.1 s, and must be answered within as much
        await peer.send("channel_data", channel=BOOK[0], id=BOOK[1], contents="last")
        await quiet(peer)

    async def main():
        async with exchange(busy, ping_interval=None) as (url, made), Feed(url, ping_interval=0.1) as feed:
            await feed.subscribe(*BOOK)
            while len(seen) < 5:
                await asyncio.sleep(0.01)  # the program does something else
            events = await take(feed, 1002)
            assert [type(event) for event in events] == [Subscribed] + [Update] * 1001
            assert events[-1].contents == "last"
            assert len(made) == 1

    run(main())


@pytest.mark.parametrize("name", ["most_messages", "most_bytes"])
def test_bad_bounds(name):
    for value, kind in ((0, errors.InvalidInput), (True, errors.InputTypeError), (1.5, errors.InputTypeError)):
        with pytest.raises(kind, match=f"^{name} "):
            Feed("http://127.0.0.1:1", **{name: value})


def test_closed_while_somebody_waits():
    async def main():
        async with exchange(quiet) as (url, _), Feed(url) as feed:
            waiting = asyncio.create_task(anext(feed, None))
            await asyncio.sleep(0.1)
            await feed.close()
            assert await waiting is None

    run(main())


def test_no_secret_in_a_log(caplog):
    async def main():
        async with exchange(healthy) as (url, _), Feed(url, api_key=API_KEY) as feed:
            await feed.subscribe("v3_accounts")
            await anext(feed)
            assert "rdHd" not in repr(feed)

    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)  # the other side is this test's
    run(main())
    for secret in (API_KEY.secret, API_KEY.passphrase):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("channel", "market", "field"),
    [
        ("v3_books", "ETH-USD", "channel"),
        (None, "", "channel"),
        ("v3_orderbook", "", "market"),
        ("v3_markets", "ETH-USD", "market"),
        ("v3_trades", None, "market"),
        ("v3_accounts", "", "api_key"),
    ],
)
def test_bad_subscriptions(channel, market, field):
    async def main():
        feed = Feed("http://127.0.0.1:1")
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=f"^{field} "):
            await feed.subscribe(channel, market)

    run(main())


@pytest.mark.parametrize("host", ["http://api.dydx.exchange", "ftp://127.0.0.1", "127.0.0.1", 5, "https://a/b"])
def test_bad_hosts(host):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^host "):
        Feed(host)


def test_the_address_on_mainnet():
    assert Feed("https://api.dydx.exchange").url == "wss://api.dydx.exchange/v3/ws"
    Feed("https://api.dydx.exchange", api_key=API_KEY.as_dict())  # as `client.api_key_credentials` is
    with pytest.raises(errors.InputTypeError, match=r"^api_key "):
        Feed("https://api.dydx.exchange", api_key=API_KEY.secret)
    with pytest.raises(errors.InvalidInput, match=r"^api_key must be a dict with key, secret and passphrase"):
        Feed("https://api.dydx.exchange", api_key={"key": API_KEY.key})


def test_a_proxy_is_not_told_what_is_for_this_machine(monkeypatch):
    async def main(proxy):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with exchange(healthy) as (url, _), Feed(url) as feed:
            await feed.subscribe(*BOOK)
            assert await anext(feed) == Subscribed(*BOOK, {"n": 0})

    with fault_server(http(502)) as proxy:
        run(main(proxy))
    assert proxy.connections == 0


def test_a_proxy_s_password_is_given_to_it_and_to_nobody_else(monkeypatch):
    async def main(proxy):
        address = proxy.url.replace("//", "//someone:geheimnis@") + "/path"
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(FeedFailed) as caught:
            async with Feed("https://exchange.test"):
                pass
        assert "407" in str(caught.value)
        assert "geheimnis" not in f"{caught.value}{caught.value!r}{caught.value.__cause__}"

    with fault_server(http(407)) as proxy:
        run(main(proxy))
    (asked,) = proxy.requests
    assert asked.startswith(b"CONNECT exchange.test:443 ")
    assert base64.b64encode(b"someone:geheimnis") in asked
    monkeypatch.setenv("HTTPS_PROXY", "socks5://someone:geheimnis@127.0.0.1:1")
    with pytest.raises(errors.InvalidInput) as caught:
        Feed("https://exchange.test")
    assert caught.value.field == "proxy"
    assert "geheimnis" not in str(caught.value)


def test_a_host_that_drops_packets():
    async def main(port):
        with pytest.raises(FeedFailed, match="in time"):
            async with Feed(f"http://127.0.0.1:{port}", open_timeout=0.5):
                pass

    with full_backlog() as port:
        run(main(port))


def test_waits_grow_and_are_random():
    backoff = Backoff(first=1, longest=8)
    assert backoff.delay(0) == 0
    for failed, limit in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (100_000, 8)):
        waits = [backoff.delay(failed) for _ in range(200)]
        assert 0 <= min(waits) < limit / 4
        assert limit * 3 / 4 < max(waits) <= limit


def test_a_book_has_the_best_first_on_each_side():
    book = OrderBook("ETH-USD")
    levels = [{"price": price, "size": "1", "offset": "5"} for price in ("9", "10", "8.5")]
    book.apply(Subscribed("v3_orderbook", "ETH-USD", {"bids": levels, "asks": levels}))
    assert [price for price, _ in book.bids()] == ["10", "9", "8.5"]
    assert [price for price, _ in book.asks()] == ["8.5", "9", "10"]
