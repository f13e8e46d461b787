"""The exchange's WebSocket: accounts, order books, trades and markets, as one stream of events.

    async with Feed("https://api.dydx.exchange", api_key=credentials.api_key) as feed:
        await feed.subscribe("v3_orderbook", "ETH-USD")
        await feed.subscribe("v3_accounts")
        async for event in feed:
            ...

Nothing is lost silently. The exchange numbers the messages of a connection; where a number is missing, `Gap` says so, and
where a connection breaks, `Disconnected`. Then the feed connects again, says `Reconnected`, subscribes again, and each
channel begins with `Subscribed`: its whole state. What a consumer knew of a channel before a `Gap` or a `Disconnected`
holds no longer than until then.

A consumer that is slow slows the connection down; what it doesn't read isn't piled up here.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeAlias

from starkcore.answers import Unreadable, parse_json, redact
from starkcore.dydx.auth import hmac_signature, timestamp
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import (
    Backoff,
    Disconnected,
    Event,
    Gap,
    Reconnected,
    Subscribed,
    Unsubscribed,
    Update,
)
from starkcore.errors import StarkcoreError, _invalid, _wrong_type
from starkcore.extras import require
from starkcore.transport import Endpoint

__all__ = [
    "CHANNELS",
    "Backoff",
    "Disconnected",
    "Event",
    "Feed",
    "FeedFailed",
    "Gap",
    "Reconnected",
    "Subscribed",
    "SubscriptionRefused",
    "Unsubscribed",
    "Update",
]

CHANNELS = ("v3_accounts", "v3_orderbook", "v3_trades", "v3_markets")
_OF_ONE_MARKET = ("v3_orderbook", "v3_trades")
_SIGNED = "v3_accounts"
_PATH = "/v3/ws"
_LARGEST_MESSAGE = 16 << 20

Topic: TypeAlias = tuple[str, str]


class FeedFailed(StarkcoreError):
    """There is no connection, and trying on makes no sense or has lasted long enough."""


class SubscriptionRefused(StarkcoreError):
    """The exchange doesn't take a subscription, and it won't be asked for again. The feed goes on: ask for the next event."""


class Feed:
    """One WebSocket connection at a time, and the events that come over it. For one consumer.

    Args:
        host: as the client's: "https://api.dydx.exchange"; without https only on this machine.
        api_key: signs subscriptions to v3_accounts.
        backoff: how to connect again.
        open_timeout: seconds until a connection must be there.
        answer_timeout: seconds until a subscription must be answered; otherwise the connection counts as broken.
        ping_interval: seconds between questions whether the other side lives; it has as long to answer.
        ssl_context: instead of Python's default one.

    Raises:
        InvalidInput, InputTypeError, MissingExtra
    """

    def __init__(
        self,
        host: str,
        *,
        api_key: ApiKey | None = None,
        backoff: Backoff | None = None,
        open_timeout: float = 10,
        answer_timeout: float = 10,
        ping_interval: float = 20,
        ssl_context: Any = None,
    ) -> None:
        endpoint = Endpoint.parse(host)
        self.url = "ws" + str(endpoint).removeprefix("http") + _PATH
        if api_key is not None and not isinstance(api_key, ApiKey):
            raise _wrong_type("api_key", "an ApiKey", type(api_key))
        self._api_key = api_key
        self._backoff = backoff or Backoff()
        self._answer_timeout = answer_timeout
        self._connect = _connector(self.url, endpoint.proxy(), open_timeout, ping_interval, ssl_context)
        self._closed = False
        self._socket: Any = None
        self._topics: dict[Topic, None] = {}
        self._unanswered: dict[Topic, float] = {}
        self._refused = 0
        self._next_id = 0
        self._connection_id: str | None = None
        self._failed = 0
        self._ready: deque[Event] = deque()

    # ---- Subscriptions ----

    async def subscribe(self, channel: str, market: str = "") -> None:
        """Ask for a channel, now and after every reconnection. `Subscribed` follows as an event.

        Args:
            channel: one of CHANNELS.
            market: for v3_orderbook and v3_trades.
        """
        topic = self._topic(channel, market)
        if topic in self._topics:
            return
        self._topics[topic] = None
        if self._socket is not None:
            await self._send_subscription(topic)

    async def unsubscribe(self, channel: str, market: str = "") -> None:
        """End a channel. `Unsubscribed` follows as an event."""
        topic = self._topic(channel, market)
        if topic not in self._topics:
            return
        del self._topics[topic]
        self._unanswered.pop(topic, None)
        if self._socket is not None:
            await self._send({"type": "unsubscribe", "channel": channel} | ({"id": market} if market else {}))

    def _topic(self, channel: str, market: str) -> Topic:
        if channel not in CHANNELS:
            raise _invalid("channel", f"must be one of {', '.join(CHANNELS)}")
        if not isinstance(market, str):
            raise _wrong_type("market", "text", type(market))
        if (channel in _OF_ONE_MARKET) != bool(market):
            raise _invalid("market", "must be given for v3_orderbook and v3_trades, and not for the others")
        if channel == _SIGNED and self._api_key is None:
            raise _invalid("api_key", "must be given for v3_accounts")
        return channel, market

    async def _send_subscription(self, topic: Topic) -> None:
        channel, name = topic
        message = {"type": "subscribe", "channel": channel} | ({"id": name} if name else {})
        if channel == _SIGNED and self._api_key is not None:
            now = timestamp()
            message |= {
                "accountNumber": "0",
                "apiKey": self._api_key.key,
                "signature": hmac_signature(self._api_key.secret, now, "GET", "/ws/accounts"),
                "timestamp": now,
                "passphrase": self._api_key.passphrase,
            }
        self._unanswered[topic] = asyncio.get_running_loop().time() + self._answer_timeout
        await self._send(message)

    async def _send(self, message: dict[str, str]) -> None:
        """What can't be sent now is subscribed to again with the next connection; the reader finds the broken one."""
        closed = require("websockets.exceptions", "client").ConnectionClosed
        with suppress(closed):
            await self._socket.send(json.dumps(message, separators=(",", ":")))

    # ---- Events ----

    def __aiter__(self) -> Feed:
        return self

    async def __anext__(self) -> Event:
        """The next event.

        Raises:
            FeedFailed: no connection. SubscriptionRefused: by the exchange; the next event can be asked for.
        """
        while not self._closed:
            if self._ready:
                return self._ready.popleft()
            if self._socket is None:
                await self._open()
                continue
            event = await self._receive()
            if event is not None:
                return event
        raise StopAsyncIteration

    async def __aenter__(self) -> Feed:
        """Connect. What goes wrong the first time isn't tried again.

        Raises:
            FeedFailed
        """
        await self._attempt()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection, and with it the events."""
        self._closed = True
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _open(self) -> None:
        """Connect, waiting longer each time, and subscribe to everything again."""
        attempts, problem = 0, "connections broke before their channels began"
        while self._backoff.attempts is None or self._failed < self._backoff.attempts:
            await asyncio.sleep(self._backoff.delay(self._failed))
            attempts += 1
            self._failed += 1
            try:
                await self._attempt()
            except FeedFailed as error:
                problem = str(error)
            else:
                self._ready.append(Reconnected(attempts))
                return
        raise FeedFailed(f"{self._failed} attempts in a row failed: {problem}")

    async def _attempt(self) -> None:
        """One attempt to connect and to subscribe."""
        problem = ""
        try:
            socket = await self._connect()
        except TimeoutError:
            problem = "it didn't answer in time"
        except Exception as error:
            problem = self._shown(str(error)) or type(error).__name__
        if problem:
            raise FeedFailed(f"no connection to {self.url}: {problem}")
        self._socket, self._next_id, self._connection_id = socket, 0, None
        self._unanswered.clear()
        self._refused = 0
        for topic in self._topics:
            await self._send_subscription(topic)

    async def _receive(self) -> Event | None:
        """The event of the next message; None where it is none for the consumer."""
        exceptions = require("websockets.exceptions", "client")
        try:
            async with asyncio.timeout_at(min(self._unanswered.values(), default=None)):
                text = await self._socket.recv()
        except TimeoutError:
            first = next(iter(self._unanswered), ("a channel", ""))
            return await self._lost(f"the subscription to {' '.join(first).strip()} wasn't answered")
        except exceptions.ConnectionClosed as error:
            return await self._lost(self._shown(str(error)))
        try:
            if not isinstance(text, str):
                raise Unreadable("a message isn't text")
            message = parse_json(text.encode())
            return await self._read(message)
        except Unreadable as error:
            return await self._lost(f"the exchange sent what can't be read: {error.what}")

    async def _lost(self, reason: str) -> Disconnected | None:
        await self._drop()
        return None if self._closed else Disconnected(reason)

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()  # there is nothing to wait for

    async def _read(self, message: Any) -> Event | None:
        if not isinstance(message, dict):
            raise Unreadable("a message is no JSON object")
        number, connection = message.get("message_id"), message.get("connection_id")
        if isinstance(number, bool) or not isinstance(number, int):
            raise Unreadable("a message has no number")
        if self._connection_id is None:
            self._connection_id = connection
        if number != self._next_id or connection != self._connection_id:
            expected = self._next_id
            await self._drop()
            return Gap(expected, number)
        self._next_id += 1
        return self._event(message, number)

    def _event(self, message: dict[str, Any], number: int) -> Event | None:
        kind, channel, name = message.get("type"), message.get("channel"), message.get("id", "")
        if kind == "error":
            self._refused += bool(self._unanswered)
            self._settle()
            raise SubscriptionRefused(f"the exchange: {self._shown(str(message.get('message')))}")
        if kind in ("connected", "pong"):
            self._settle()
            return None
        if not isinstance(channel, str) or not isinstance(name, str) or kind not in _KINDS:
            raise Unreadable("a message is of no known kind")
        if kind == "subscribed":
            self._answered(channel, name)
            return Subscribed(channel, name, message.get("contents"))
        if kind == "unsubscribed":
            return Unsubscribed(channel, name)
        return Update(channel, name, message.get("contents"), number)

    def _answered(self, channel: str, name: str) -> None:
        # The exchange names an account that the subscription didn't.
        self._unanswered.pop((channel, name if channel in _OF_ONE_MARKET else ""), None)
        self._settle()

    def _settle(self) -> None:
        """Once there are as many refusals as subscriptions without an answer, it is those that were refused.

        A refusal doesn't say what it refuses, and comes before answers to what was asked for earlier.
        """
        if len(self._unanswered) <= self._refused:
            for topic in self._unanswered:
                self._topics.pop(topic, None)
            self._unanswered.clear()
            self._refused = 0
        if not self._unanswered:
            self._failed = 0

    def _shown(self, text: str) -> str:
        """What others wrote, without our secrets and not too long."""
        key = self._api_key
        return redact(text, frozenset() if key is None else frozenset((key.secret, key.passphrase)))[:300]


_KINDS = ("subscribed", "unsubscribed", "channel_data")


def _connector(url: str, proxy: str | None, open_timeout: float, ping_interval: float, ssl_context: Any) -> Any:
    """A function that makes a connection, once: no redirect is followed, no attempt repeated."""
    client = require("websockets.asyncio.client", "client")

    once = type("_Once", (client.connect,), {"process_redirect": lambda self, error: error})

    async def connect() -> Any:
        keywords = {} if ssl_context is None else {"ssl": ssl_context}
        return await once(
            url,
            proxy=proxy,
            open_timeout=open_timeout,
            ping_interval=ping_interval,
            ping_timeout=ping_interval,
            close_timeout=2,
            max_size=_LARGEST_MESSAGE,
            # Its debug log shows what is sent, the passphrase among it.
            logger=logging.Logger("starkcore.websocket", logging.CRITICAL),
            **keywords,
        )

    return connect
