"""The WebSocket at /v3/ws: v3_accounts (signed), v3_orderbook, v3_trades and v3_markets.

A subscriber gets the state first, and then every change of it, in order, none twice and none left out, each once it is
durable. `message_id` counts a connection's messages from 0: a gap means that something was lost.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket

from starkcore.sandbox.accounts import Account
from starkcore.sandbox.auth import check_hmac
from starkcore.sandbox.engine import Changes
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.history import day_figures, market_name
from starkcore.sandbox.peers import Peer, peer_of
from starkcore.sandbox.requests import parse_object
from starkcore.sandbox.rows import trade_of
from starkcore.sandbox.views import Json

__all__ = ["Hub"]

# A connection for which so many bytes wait is closed: it would learn too late, and cost memory without end.
MOST_WAITING = 4 << 20
_GRACE = 5
_MOST_TRADES = 100
_SERVICE_RESTART, _TRY_AGAIN_LATER = 1012, 1013
_LONGEST_MESSAGE = 4096

Topic = tuple[str, str]  # channel, and market or account id


class Message:
    """What is told, as text but for its number. Subscribers of one topic share it."""

    __slots__ = ("_kind", "_rest", "size")

    def __init__(self, kind: str, **rest: Any) -> None:
        self._kind = kind
        self._rest = json.dumps(rest, separators=(",", ":"))[1:] if rest else "}"
        self.size = len(self._rest) + 100

    def text(self, connection_id: str, number: int) -> str:
        more = "" if self._rest == "}" else ","
        return f'{{"type":"{self._kind}","connection_id":"{connection_id}","message_id":{number}{more}{self._rest}'


class _Connection:
    """One client."""

    def __init__(self, socket: WebSocket, peer: Peer) -> None:
        self.socket = socket
        self.peer = peer
        self.id = str(uuid4())
        self.topics: dict[Topic, int] = {}  # from which change on
        self.waiting: asyncio.Queue[Message | None] = asyncio.Queue()
        self.is_cut = asyncio.Event()
        self._sent = 0

    def put(self, message: Message) -> None:
        """A message to send after those before. Who has too much waiting gets nothing more."""
        if self.is_cut.is_set():
            return
        if self.peer.waiting() > MOST_WAITING:
            self.is_cut.set()
            self.forget()
            return
        self.waiting.put_nowait(message)
        self.peer.hold(message.size)

    def forget(self) -> None:
        """Nothing of what waits will be sent."""
        self.topics.clear()
        while not self.waiting.empty():
            message = self.waiting.get_nowait()
            self.peer.hold(-message.size if message else 0)

    def end(self, code: int, reason: str) -> None:
        """Close the connection, once everything is sent that was put."""
        self.topics.clear()
        self._end = code, reason
        self.waiting.put_nowait(None)

    async def send(self) -> None:
        """Send what is put, until the end."""
        while (message := await self.waiting.get()) is not None:
            self.peer.hold(-message.size)
            text = message.text(self.id, self._sent)
            self._sent += 1
            await self.socket.send_text(text)
        await self.socket.close(*self._end)

    async def hang_up(self) -> None:
        """The end of who is too slow: told why, if the peer reads again in a moment, and cut off if not."""
        try:
            async with asyncio.timeout(_GRACE):
                await self.socket.close(_TRY_AGAIN_LATER, "too slow")
        except Exception:  # also what the server raises when the connection has ended meanwhile
            self.peer.abort()


class Hub:
    """All connections to one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._topics: dict[Topic, set[_Connection]] = {}
        self._trades: dict[str, deque[Json]] = {}
        exchange.listeners.append(self._changed)
        exchange.restarted.append(self._restarted)
        exchange.undone.append(self._load)
        self._load()

    def _load(self) -> None:
        self._trades.clear()
        rows = self._exchange.store.read("SELECT * FROM trades ORDER BY number DESC LIMIT 10000")
        for row in reversed(rows):
            self._recent(row["market"]).appendleft(self._exchange.views.trade(trade_of(row)))

    def _restarted(self) -> None:
        """The exchange began again from its database.

        Subscribers may wait for what won't come: they begin again, too.
        """
        self._load()
        for connection in set().union(*self._topics.values()):
            connection.end(_SERVICE_RESTART, "the exchange began again")
        self._topics.clear()

    def _recent(self, market: str) -> deque[Json]:
        return self._trades.setdefault(market, deque(maxlen=_MOST_TRADES))

    # Clients

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its greeting to its end."""
        await socket.accept()
        connection = _Connection(socket, peer_of(socket.scope))
        connection.put(Message("connected"))
        parts = connection.send(), self._receive(connection), connection.is_cut.wait()
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for subscribers in self._topics.values():
                subscribers.discard(connection)
            connection.forget()
        if connection.is_cut.is_set():
            await connection.hang_up()

    async def _receive(self, connection: _Connection) -> None:
        while True:
            event = await connection.socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                self._handle(connection, event.get("text"))
            except (Refused, SandboxError) as error:
                connection.put(Message("error", message=str(error)))

    def _handle(self, connection: _Connection, text: str | None) -> None:
        request = _parse(text)
        kind = request.get("type")
        if kind == "ping":
            connection.put(Message("pong", id=request.get("id")))
        elif kind == "subscribe":
            self._subscribe(connection, request)
        elif kind == "unsubscribe":
            self._unsubscribe(connection, request)
        else:
            raise Refused("type must be subscribe, unsubscribe or ping")

    def _subscribe(self, connection: _Connection, request: Json) -> None:
        self._exchange.ready()
        topic = self._topic(request, connection.peer)
        if topic in connection.topics:
            raise Refused(f"channel must not be subscribed to twice: {topic[0]} {topic[1]}".rstrip())
        message = Message("subscribed", channel=topic[0], **_id(topic), contents=self._state(topic))
        connection.topics[topic] = self._exchange.engine.sequence
        self._topics.setdefault(topic, set()).add(connection)
        # After what is under way is durable, and before anything later.
        self._exchange.committer.add(then=lambda ok: connection.put(message) if ok else None)

    def _unsubscribe(self, connection: _Connection, request: Json) -> None:
        channel, name = request.get("channel"), request.get("id")
        for topic in list(connection.topics):
            if topic[0] == channel and (channel in ("v3_accounts", "v3_markets") or topic[1] == name):
                del connection.topics[topic]
                self._topics[topic].discard(connection)
                connection.put(Message("unsubscribed", channel=channel, **_id(topic)))
                return
        raise Refused("channel and id must be subscribed to")

    def _topic(self, request: Json, peer: Peer) -> Topic:
        channel = request.get("channel")
        if channel == "v3_accounts":
            account_id = self._signed(request).id
            peer.sign(account_id)
            return channel, account_id
        if channel == "v3_markets":
            return channel, ""
        if channel in ("v3_orderbook", "v3_trades"):
            return channel, market_name(self._exchange, _text(request, "id"))
        raise Refused("channel must be v3_accounts, v3_orderbook, v3_trades or v3_markets")

    def _signed(self, request: Json) -> Account:
        """The account whose API key signed GET /ws/accounts."""
        if str(request.get("accountNumber", "0")) != "0":
            raise Refused("accountNumber must be 0")
        names = ("signature", "apiKey", "timestamp", "passphrase")
        credentials = {name: _text(request, name) for name in names}
        exchange = self._exchange
        key = check_hmac(credentials, exchange.api_keys, b"GET/ws/accounts", exchange.now(), exchange.window)
        return exchange.engine.accounts[key.account_id]

    # Contents

    def _state(self, topic: Topic) -> Json:
        """What a new subscriber gets: everything as it is now."""
        exchange, views = self._exchange, self._exchange.views
        channel, name = topic
        if channel == "v3_orderbook":
            market = exchange.engine.markets[name]
            return views.book(market.rules, market.book, exchange.engine.sequence)
        if channel == "v3_trades":
            return {"trades": list(self._recent(name))}
        if channel == "v3_markets":
            days = day_figures(exchange)
            return {
                "markets": {name: views.market(market, days[name]) for name, market in exchange.engine.markets.items()}
            }
        account = exchange.engine.accounts[name]
        return {
            "account": views.account(account),
            "orders": [views.order(order) for order in account.orders.values()],
            "transfers": [],
            "fundingPayments": [],
        }

    def _changed(self, changes: Changes) -> Callable[[], None] | None:
        """The messages that subscribers get of a change, made now; to be sent when it is durable."""
        for trade in changes.trades:
            self._recent(trade.market).appendleft(self._exchange.views.trade(trade))
        if not any(self._topics.values()):
            return None
        messages = [(topic, contents) for topic, contents in self._news(changes).items() if self._topics.get(topic)]
        if not messages:
            return None
        return lambda: self._publish(changes.sequence, messages)

    def _publish(self, sequence: int, messages: list[tuple[Topic, Json]]) -> None:
        for topic, contents in messages:
            message = Message("channel_data", channel=topic[0], **_id(topic), contents=contents)
            for connection in list(self._topics.get(topic, ())):
                if connection.topics.get(topic, sequence) < sequence:
                    connection.put(message)

    def _news(self, changes: Changes) -> dict[Topic, Json]:
        views, markets = self._exchange.views, self._exchange.engine.markets
        news: dict[Topic, Json] = {}
        for name, is_buy, price in changes.levels:
            rules, book = markets[name].rules, markets[name].book
            levels = news.setdefault(("v3_orderbook", name), {"offset": str(changes.sequence), "bids": [], "asks": []})
            size = book.side(is_buy).size_at(price)
            levels["bids" if is_buy else "asks"].append([rules.price_text(price), rules.size_text(size)])
        for trade in changes.trades:
            # The newest first, as in the state.
            news.setdefault(("v3_trades", trade.market), {"trades": []})["trades"].insert(0, views.trade(trade))
        for name, market in changes.markets.items():
            text = market.rules.price_text(market.price)
            news.setdefault(("v3_markets", ""), {})[name] = {"indexPrice": text, "oraclePrice": text}
        for account_id in self._touched(changes):
            if self._topics.get(("v3_accounts", account_id)):
                news["v3_accounts", account_id] = self._account_news(account_id, changes)
        return news

    def _touched(self, changes: Changes) -> set[str]:
        return changes.accounts.keys() | {order.account_id for order in changes.orders.values()}

    def _account_news(self, account_id: str, changes: Changes) -> Json:
        views = self._exchange.views
        return {
            "accounts": [views.account(a) for a in changes.accounts.values() if a.id == account_id],
            "orders": [views.order(o) for o in changes.orders.values() if o.account_id == account_id],
            "fills": [views.fill(f) for f in changes.fills if f.account_id == account_id],
            "positions": [views.position(p) for p in changes.positions.values() if p.account_id == account_id],
            "transfers": [views.transfer(t) for t in changes.transfers if t.account_id == account_id],
            "fundingPayments": [],
        }


def _id(topic: Topic) -> Json:
    return {"id": topic[1]} if topic[1] else {}


def _parse(text: str | None) -> Json:
    if not text or len(text) > _LONGEST_MESSAGE:
        raise Refused(f"message must be a JSON object of at most {_LONGEST_MESSAGE} characters")
    return parse_object(text, "message")


def _text(request: Json, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} must be given, as text")
    return value
