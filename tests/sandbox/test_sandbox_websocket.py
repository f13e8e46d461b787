"""The WebSocket, message by message, with the library `websockets` alone: shapes, order, and nothing twice or left out.

Shapes are those of dYdX's public examples: examples/private_ws.js of its v3-client, and recorded orderbook messages.
"""

import asyncio
import json
from contextlib import ExitStack
from decimal import Decimal

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from sandbox_trader import Trader
from websockets.sync.client import connect

from starkcore import sandbox
from starkcore.sandbox import websocket
from starkcore.sandbox.book import Order
from starkcore.sandbox.exchange import Exchange, Settings
from starkcore.sandbox.peers import peer_of
from starkcore.sandbox.websocket import Hub, Message, _Connection

MARKET = "BTC-USD"


@pytest.fixture(scope="module")
def exchange():
    with sandbox.running(initial_balance=1_000_000) as running:
        yield running


@pytest.fixture
def traders(exchange):
    pair = Trader(exchange.url), Trader(exchange.url)
    for trader in pair:
        trader.onboard()
    yield pair
    for trader in pair:
        trader.call("DELETE", "/v3/orders").ok()
        trader.close()


class Listener:
    """A connection whose messages are numbered without a gap."""

    def __init__(self, exchange):
        self._connection = connect(exchange.ws_url, open_timeout=30)

    def __enter__(self):
        self.socket = self._connection.__enter__()
        greeting = json.loads(self.socket.recv(30))
        assert greeting.keys() == {"type", "connection_id", "message_id"}
        assert (greeting["type"], greeting["message_id"]) == ("connected", 0)
        self.id, self.number = greeting["connection_id"], 0
        return self

    def __exit__(self, *error):
        self._connection.__exit__(*error)

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def hear(self):
        message = json.loads(self.socket.recv(30))
        self.number += 1
        assert (message["connection_id"], message["message_id"]) == (self.id, self.number)
        return message

    def subscribe(self, channel, **more):
        self.send(type="subscribe", channel=channel, **more)
        message = self.hear()
        assert (message["type"], message["channel"]) == ("subscribed", channel), message
        return message

    def error(self, **message):
        self.send(**message)
        answer = self.hear()
        assert answer["type"] == "error"
        return answer["message"]

    def news(self):
        message = self.hear()
        assert message["type"] == "channel_data"
        return message["contents"]


def signed(trader, **changes):
    """The subscription to an account: GET /ws/accounts, signed as a request."""
    headers = trader.headers("GET", "/ws/accounts")
    names = {"signature": "SIGNATURE", "apiKey": "API-KEY", "timestamp": "TIMESTAMP", "passphrase": "PASSPHRASE"}
    return {"accountNumber": "0"} | {name: headers[f"DYDX-{header}"] for name, header in names.items()} | changes


def test_the_orderbook_follows_every_change(exchange, traders):
    """The book that a subscriber keeps is the one that REST tells, after every step."""
    alice, bob = traders
    alice.order("BUY", "0.02", "9000")
    with Listener(exchange) as listener:
        message = listener.subscribe("v3_orderbook", id=MARKET, includeOffsets=True)
        assert message["id"] == MARKET
        (level,) = message["contents"]["bids"]
        assert (level["price"], level["size"]) == ("9000", "0.02")
        kept = {"bids": {Decimal("9000"): Decimal("0.02")}, "asks": {}}
        offset = int(level["offset"])
        first = alice.order("BUY", "0.01", "9000")
        for act in (
            lambda: alice.order("SELL", "0.05", "9500"),
            lambda: bob.order("SELL", "0.03", "9000"),
            lambda: bob.order("SELL", "0.01", "9100"),
            lambda: alice.order("BUY", "0.04", "9500", timeInForce="IOC"),
        ):
            act()
        assert alice.call("DELETE", f"/v3/orders/{first['id']}").status == 404  # it was filled
        for _ in range(5):
            contents = listener.news()
            assert int(contents["offset"]) > offset
            offset = int(contents["offset"])
            for side in ("bids", "asks"):
                for price, size in contents[side]:
                    kept[side][Decimal(price)] = Decimal(size)
        told = {side: {Decimal(p): Decimal(s) for p, s in levels} for side, levels in alice.book().items()}
        assert {side: {p: s for p, s in levels.items() if s} for side, levels in kept.items()} == told


def test_trades_and_markets(exchange, traders):
    alice, bob = traders
    with Listener(exchange) as listener:
        before = listener.subscribe("v3_trades", id="ETH-USD")["contents"]["trades"]
        markets = listener.subscribe("v3_markets")["contents"]["markets"]
        assert markets["ETH-USD"]["tickSize"] == "0.1"
        alice.order("SELL", "0.1", "1234", market="ETH-USD")
        alice.order("SELL", "1", "1234.5", market="ETH-USD")
        bob.order("BUY", "0.4", "1300", market="ETH-USD")
        trade, market = listener.hear(), listener.hear()
        assert (trade["channel"], trade["id"]) == ("v3_trades", "ETH-USD")
        told = trade["contents"]["trades"]  # the newest first
        assert [(t["side"], t["price"], t["size"]) for t in told] == [("BUY", "1234.5", "0.3"), ("BUY", "1234", "0.1")]
        assert (market["channel"], market["contents"]["ETH-USD"]["indexPrice"]) == ("v3_markets", "1234.5")
        with Listener(exchange) as late:
            assert late.subscribe("v3_trades", id="ETH-USD")["contents"]["trades"] == [*told, *before]


def test_an_account_hears_of_its_own_alone(exchange, traders):
    alice, bob = traders
    resting = alice.order("BUY", "0.02", "10000")
    with Listener(exchange) as listener:
        message = listener.subscribe("v3_accounts", **signed(alice))
        assert message["id"] == alice.account["id"]
        contents = message["contents"]
        assert [order["id"] for order in contents["orders"]] == [resting["id"]]
        assert contents["account"]["quoteBalance"] == "1000000"
        bob.order("SELL", "0.02", "10000")
        news = listener.news()
        assert news.keys() == {"accounts", "orders", "fills", "positions", "transfers", "fundingPayments"}
        assert news["transfers"] == news["fundingPayments"] == []  # every list is there, as programs expect
        assert [(f["liquidity"], f["size"], f["fee"]) for f in news["fills"]] == [("MAKER", "0.02", "0.04")]
        assert [(o["id"], o["status"]) for o in news["orders"]] == [(resting["id"], "FILLED")]
        assert [account["quoteBalance"] for account in news["accounts"]] == ["999799.96"]
        assert [position["size"] for position in news["positions"]] == ["0.02"]
        alice.fund("5")
        assert [t["creditAmount"] for t in listener.news()["transfers"]] == ["5"]
        bob.fund("6")  # no news
        alice.fund("7")
        assert [t["creditAmount"] for t in listener.news()["transfers"]] == ["7"]


def test_unsubscribed_means_silence(exchange, traders):
    alice, _ = traders
    with Listener(exchange) as listener:
        listener.subscribe("v3_orderbook", id=MARKET)
        listener.send(type="unsubscribe", channel="v3_orderbook", id=MARKET)
        message = listener.hear()
        assert (message["type"], message["channel"], message["id"]) == ("unsubscribed", "v3_orderbook", MARKET)
        alice.order("BUY", "0.01", "8000")
        listener.send(type="ping", id=5)
        message = listener.hear()
        assert (message["type"], message["id"]) == ("pong", 5)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "subscribe", "channel": "v4_markets"}, "channel must be v3_accounts, v3_orderbook"),
        ({"type": "subscribe", "channel": "v3_trades"}, "id must be given"),
        ({"type": "subscribe", "channel": "v3_trades", "id": "X"}, "market must be one of"),
        ({"type": "subscribe", "channel": "v3_accounts"}, "signature must be given"),
        ({"type": "subscribe", "channel": ["x"]}, "channel must be"),
        ({"type": "unsubscribe", "channel": "v3_markets"}, "channel and id must be subscribed to"),
        ({"type": "shout"}, "type must be subscribe, unsubscribe or ping"),
        ({}, "type must be"),
    ],
)
def test_bad_messages_are_named_and_the_connection_lives(exchange, message, error):
    with Listener(exchange) as listener:
        assert error in listener.error(**message)
        listener.subscribe("v3_markets")
        assert "channel must not be subscribed to twice" in listener.error(type="subscribe", channel="v3_markets")


@pytest.mark.parametrize("text", ["", "[]", "{", "nonsense", '{"type": NaN}', "[" * 3000, '"' + "x" * 5000 + '"'])
def test_what_is_no_message_is_refused(exchange, text):
    with Listener(exchange) as listener:
        listener.socket.send(text)
        assert "message must be a JSON object" in listener.hear()["message"]


def test_bytes_are_no_message(exchange):
    with Listener(exchange) as listener:
        listener.socket.send(b"\x00")
        assert "message must be" in listener.hear()["message"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signature": "AAAA"}, "signature must be the HMAC"),
        ({"apiKey": "x"}, "apiKey must be an API key"),
        ({"passphrase": "x"}, "passphrase must be that"),
        ({"timestamp": "2021-01-08T10:06:12.500Z"}, "timestamp must be within 30 seconds"),
        ({"accountNumber": "1"}, "accountNumber must be 0"),
    ],
)
def test_an_account_is_heard_by_its_owner_alone(exchange, traders, changes, error):
    with Listener(exchange) as listener:
        message = signed(traders[0], **changes)
        assert error in listener.error(type="subscribe", channel="v3_accounts", **message)


def test_a_signature_of_another_request_opens_no_account(exchange, traders):
    headers = traders[0].headers("GET", "/v3/accounts")
    with Listener(exchange) as listener:
        message = signed(traders[0], signature=headers["DYDX-SIGNATURE"], timestamp=headers["DYDX-TIMESTAMP"])
        assert "signature must be the HMAC" in listener.error(type="subscribe", channel="v3_accounts", **message)


def test_a_subscriber_who_joins_in_the_midst_misses_nothing_and_hears_nothing_twice(exchange, traders):
    """Each joins somewhere in a row of fills: what they were told first and the news add up to all, once."""
    alice, bob = traders
    bob.order("SELL", "1", "50000")
    bodies = [alice.order_body("BUY", "0.001", "50000") for _ in range(30)]
    with ExitStack() as stack:
        listeners = []
        for i, body in enumerate(bodies):
            if i % 6 == 0:
                listeners.append(stack.enter_context(Listener(exchange)))
                listeners[-1].send(type="subscribe", channel="v3_trades", id=MARKET)
            alice.call("POST", "/v3/orders", body).ok()
        for listener in listeners:
            contents = listener.hear()["contents"]["trades"]
            heard = sum(trade["price"] == "50000" for trade in contents)
            while heard < 30:
                heard += len(listener.news()["trades"])
            assert heard == 30
            listener.send(type="ping", id=0)
            assert listener.hear()["type"] == "pong"


def test_a_subscription_is_between_two_changes():
    """Made while one change waits for the disk and before another: the first is in its state, the second is its news.

    And nothing is told before it is durable.
    """

    async def scenario():
        exchange = Exchange(Settings())
        exchange.deposit(exchange.provider, 10**9)
        hub = Hub(exchange)
        early, late = _Connection(None, peer_of({})), _Connection(None, peer_of({}))
        subscription = json.dumps({"type": "subscribe", "channel": "v3_orderbook", "id": MARKET})
        hub._handle(early, subscription)
        for connection, price in ((late, 9000), (None, 9001)):
            order = Order(
                number=0, id=str(price), account_id=exchange.provider.id, client_id=str(price), market=MARKET,
                is_buy=True, type="LIMIT", time_in_force="GTT", post_only=False, reduce_only=False, price=price,
                size=10**7, fee_limit=0, limit_fee="0", nonce=price, signature="", created_at=1, expires_at=10**15,
                remaining=10**7,
            )  # fmt: skip
            with exchange._step():
                exchange._changed(exchange.engine.place(order))
            if connection:
                hub._handle(connection, subscription)
        assert early.waiting.empty()
        assert late.waiting.empty()
        task = asyncio.create_task(exchange.committer.run())
        await exchange.durable()
        exchange.committer.close()
        await task
        exchange.store.close()
        return [
            [json.loads(connection.waiting.get_nowait().text("x", 0)) for _ in range(connection.waiting.qsize())]
            for connection in (early, late)
        ]

    early, late = asyncio.run(scenario())
    assert [message["type"] for message in early] == ["subscribed", "channel_data", "channel_data"]
    state, news = late
    assert [level["price"] for level in state["contents"]["bids"]] == ["9000"]
    assert news["contents"]["bids"] == [["9001", "0.001"]]


class Stuck:
    """A socket whose sends never return, since nobody reads."""

    def __init__(self, closes):
        self.closes = closes
        self.closed = None

    async def send_text(self, text):
        await asyncio.Event().wait()

    async def close(self, code, reason):
        if not self.closes:
            await asyncio.Event().wait()
        self.closed = code


@pytest.mark.parametrize("closes", [True, False])
def test_who_is_too_slow_is_cut_off(monkeypatch, closes):
    """However many messages come, no more than so many bytes wait; and the end doesn't wait behind what isn't read."""
    monkeypatch.setattr(websocket, "_GRACE", 0.05)

    class Watched(type(peer_of({}))):
        aborted = False

        def abort(self):
            self.aborted = True

    async def scenario():
        peer = Watched()
        connection = _Connection(Stuck(closes), peer)
        sender = asyncio.create_task(connection.send())
        message = Message("channel_data", contents="x" * 10_000)
        most = 0
        for i in range(2 * websocket.MOST_WAITING // message.size):
            connection.put(message)
            most = max(most, peer.waiting())
            if i == 10:
                await asyncio.sleep(0)
        assert connection.is_cut.is_set()
        assert websocket.MOST_WAITING < most <= websocket.MOST_WAITING + message.size
        assert peer.waiting() == 0
        sender.cancel()
        await asyncio.wait_for(connection.hang_up(), 30)
        return connection, peer

    connection, peer = asyncio.run(scenario())
    assert (connection.socket.closed, peer.aborted) == ((1013, False) if closes else (None, True))
    assert connection.topics == {}
