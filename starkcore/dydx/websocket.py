"""The exchange's WebSocket: accounts, order books, trades and markets, as one stream of events.

    async with Feed("https://api.dydx.exchange", api_key=client.api_key_credentials) as feed:
        await feed.subscribe("v3_orderbook", "ETH-USD")
        await feed.subscribe("v3_accounts")
        async for event in feed:
            ...

Nothing is lost silently. The exchange numbers the messages of a connection; where a number is missing, `Gap` says so,
and where a connection breaks, `Disconnected`. Then the feed connects again, says `Reconnected`, subscribes again, and
each channel begins with `Subscribed`: its whole state. What a consumer knew of a channel before a `Gap` or a
`Disconnected` holds no longer than until then.

Messages are read as they come, whatever the consumer does meanwhile, so that pings are answered. They wait here until
they are asked for, up to a bound in number and in bytes. A consumer that falls further behind gets what waits, then
`Disconnected`, which says so, and begins anew with every channel's state.

Long, because one object goes through connecting, subscribing, reading and waiting, and all of them change its state.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from starkcore.dydx.auth import hmac_signature, timestamp
from starkcore.dydx.credentials import ApiKey, api_key_of
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
from starkcore.dydx.networks import API_HOST_MAINNET
from starkcore.errors import StarkcoreError, _invalid, _wrong_type
from starkcore.extras import require
from starkcore.http.answer import Unreadable, parse_json
from starkcore.http.redaction import excerpt
from starkcore.http.sockets import why_not_to
from starkcore.http.transport import Endpoint
from starkcore.starkex import DYDX

if TYPE_CHECKING:
    from ssl import SSLContext

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
# The clock and the pause between attempts to connect; tests put others in their place.
_clock = time.monotonic
_pause = asyncio.sleep

Topic: TypeAlias = tuple[str, str]


class FeedFailed(StarkcoreError):
    """There is no connection, and trying on makes no sense or has lasted long enough."""


class SubscriptionRefused(StarkcoreError):
    """The exchange doesn't take a subscription, and it won't be asked for again.

    The feed goes on: ask for the next event.
    """


class Feed:
    """One WebSocket connection at a time, and the events that come over it. For one consumer.

    Args:
        host: as the client's: "https://api.dydx.exchange"; without https only on this machine.
        api_key: signs subscriptions to v3_accounts: an ApiKey, or the client's `api_key_credentials`.
        backoff: how to connect again.
        open_timeout: seconds until a connection must be there.
        answer_timeout: seconds until a subscription must be answered; otherwise the connection counts as broken.
        ping_interval: seconds between questions whether the other side lives; it has as long to answer.
        most_messages, most_bytes: how many messages may wait to be asked for, and how much memory they may take. One
            message always may. Beyond, the connection is ended: `Disconnected` follows what waits.
        ssl_context: instead of Python's default one.

    Raises:
        InvalidInput, InputTypeError, MissingExtra
    """

    def __init__(
        self,
        host: str,
        *,
        api_key: ApiKey | Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
        open_timeout: float = 10,
        answer_timeout: float = 10,
        ping_interval: float = 20,
        most_messages: int = 65_536,
        most_bytes: int = 32 << 20,
        ssl_context: SSLContext | None = None,
    ) -> None:
        for name, value in (("most_messages", most_messages), ("most_bytes", most_bytes)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise _wrong_type(name, "an int", type(value))
            if value < 1:
                raise _invalid(name, "must be at least 1")
        endpoint = Endpoint.parse(host, API_HOST_MAINNET)
        self.url = "ws" + str(endpoint).removeprefix("http") + _PATH
        if api_key is not None and not isinstance(api_key, (ApiKey, Mapping)):
            raise _wrong_type("api_key", "an ApiKey, or a dict of key, secret and passphrase", type(api_key))
        self._api_key = api_key_of(api_key, "api_key")
        if backoff is not None and not isinstance(backoff, Backoff):
            raise _wrong_type("backoff", "a Backoff", type(backoff))
        self._backoff = Backoff() if backoff is None else backoff
        self._answer_timeout = answer_timeout
        self._connect = _connector(self.url, endpoint.proxy(), open_timeout, ping_interval, ssl_context)
        self._closed = False
        self._bounds = most_messages, most_bytes
        self._socket: Any = None
        self._inbox: _Inbox | None = None
        self._opening: asyncio.Task[None] | None = None
        self._opened = 0.0
        self._answering = False
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
            if self._socket is None or self._opening is not None:
                await self._opened_again()
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
        inbox, self._inbox = self._inbox, None
        tasks = [] if self._opening is None else [self._opening]
        for task in tasks:
            task.cancel()
        if socket is not None:
            await socket.close()
        if inbox is not None:
            tasks.append(inbox.close())
        if tasks:
            await asyncio.wait(tasks)

    async def _opened_again(self) -> None:
        """Wait for a connection. Who gives up waiting doesn't give up the attempt: the next to wait finds it
        further.
        """
        opening = self._opening = self._opening or asyncio.create_task(self._open())
        await asyncio.wait((opening,))
        self._opening = None
        if not opening.cancelled():
            opening.result()

    async def _open(self) -> None:
        """Connect, waiting longer each time, and subscribe to everything again."""
        attempts, problem = 0, "connections broke soon after they were made"
        while self._backoff.attempts is None or self._failed < self._backoff.attempts:
            await _pause(self._backoff.delay(self._failed))
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
        self._inbox = _Inbox(socket, *self._bounds)
        self._opened, self._answering = _clock(), False
        self._unanswered.clear()
        self._refused = 0
        for topic in list(self._topics):
            if topic in self._topics and topic not in self._unanswered:  # as it may be that somebody did so meanwhile
                await self._send_subscription(topic)

    async def _receive(self) -> Event | None:
        """The event of the next message; None where it is none for the consumer."""
        inbox = self._inbox
        if inbox is None:
            return None
        try:
            async with asyncio.timeout_at(min(self._unanswered.values(), default=None)):
                await inbox.filled()
        except TimeoutError:
            first = next(iter(self._unanswered), ("a channel", ""))
            return self._lost(f"the subscription to {' '.join(first).strip()} wasn't answered")
        if self._inbox is not inbox:  # closed meanwhile
            return None
        text = inbox.take()
        if text is None:
            return self._lost(self._shown(inbox.ended))
        try:
            if not isinstance(text, str):
                raise Unreadable("a message isn't text")
            message = parse_json(text.encode())
            return self._read(message)
        except Unreadable as error:
            return self._lost(f"the exchange sent what can't be read: {error.what}")

    def _lost(self, reason: str) -> Disconnected | None:
        self._drop()
        return None if self._closed else Disconnected(reason)

    def _drop(self) -> None:
        """Give the connection up. Whether it lived decides whether the next one is an attempt after a failed one."""
        socket, self._socket = self._socket, None
        inbox, self._inbox = self._inbox, None
        if socket is not None:
            socket.transport.abort()  # there is nothing to wait for
        if inbox is not None:
            inbox.close()
            if self._answering and self._backoff.lived(inbox.ended_at - self._opened):
                self._failed = 0

    def _read(self, message: Any) -> Event | None:
        if not isinstance(message, dict):
            raise Unreadable("a message is no JSON object")
        number, connection = message.get("message_id"), message.get("connection_id")
        if isinstance(number, bool) or not isinstance(number, int):
            raise Unreadable("a message has no number")
        if self._connection_id is None:
            self._connection_id = connection
        if number != self._next_id or connection != self._connection_id:
            expected = self._next_id
            self._drop()
            return Gap(expected, number)
        self._next_id += 1
        return self._event(message, number)

    def _event(self, message: dict[str, Any], number: int) -> Event | None:
        kind, channel, name = message.get("type"), message.get("channel"), message.get("id", "")
        if kind == "error":
            self._refused += bool(self._unanswered)
            which = self._whose() if (_SIGNED, "") in self._unanswered else ""
            self._settle()
            raise SubscriptionRefused(f"the exchange: {self._shown(str(message.get('message')))}{which}")
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
            self._answering = True

    def _whose(self) -> str:
        """Of which network the credentials are, where that is known: on another one they are refused without
        saying so.
        """
        chain = None if self._api_key is None else self._api_key.network_id
        if chain is None:
            return ""
        name = next((network.name for network in DYDX.networks.values() if network.chain_id == chain), "a network")
        return f" (these are a wallet's credentials for {name}, chain {chain}: on another network it has others)"

    def _shown(self, text: str) -> str:
        """What others wrote, without our secrets and not too long."""
        key = self._api_key
        return excerpt(text, frozenset() if key is None else frozenset((key.secret, key.passphrase)), 300)


_KINDS = ("subscribed", "unsubscribed", "channel_data")


class _Inbox:
    """What came over one connection and wasn't asked for yet. A task of its own reads it, so that pings are answered.

    Args:
        most, most_bytes: what may wait: messages, and the memory that they take. One message always may.

    Attributes:
        ended: why nothing more comes; empty as long as something may.
        ended_at: when that was, by `_clock`.
    """

    def __init__(self, socket: Any, most: int, most_bytes: int) -> None:
        self.ended = ""
        self.ended_at = 0.0
        self._socket = socket
        self._most = most
        self._most_bytes = most_bytes
        self._waiting: deque[str | bytes] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def filled(self) -> None:
        """Wait until `take` has an answer. To give up waiting loses nothing."""
        while not self._waiting and not self.ended:
            self._changed.clear()
            await self._changed.wait()

    def take(self) -> str | bytes | None:
        """The next message; None: there is none, and none will come."""
        if not self._waiting:
            return None
        text = self._waiting.popleft()
        self._bytes -= sys.getsizeof(text)
        return text

    def close(self) -> asyncio.Task[None]:
        """Stop reading. Whoever waits learns that nothing more comes. The task that reads is about to end."""
        self._end("the feed was closed")
        self._reader.cancel()
        return self._reader

    async def _read(self) -> None:
        closed = require("websockets.exceptions", "client").ConnectionClosed
        try:
            while True:
                text = await self._socket.recv()
                size = sys.getsizeof(text)
                if self._waiting and (len(self._waiting) >= self._most or self._bytes + size > self._most_bytes):
                    self._end(
                        f"the program is too far behind: {len(self._waiting)} messages of {self._bytes} bytes wait for "
                        "it"
                    )
                    self._socket.transport.abort()
                    return
                self._waiting.append(text)
                self._bytes += size
                self._changed.set()
        except closed as error:
            self._end(str(error))
        except Exception as error:
            self._end(type(error).__name__)

    def _end(self, reason: str) -> None:
        if not self.ended:
            self.ended, self.ended_at = reason or "the connection ended", _clock()
        self._changed.set()


def _connector(url: str, proxy: str | None, open_timeout: float, ping_interval: float, ssl_context: Any) -> Any:
    """A function that makes a connection, once: no redirect is followed, no attempt repeated."""
    client = require("websockets.asyncio.client", "client")

    once = type("_Once", (client.connect,), {"process_redirect": lambda self, error: error})

    async def handshake(self: Any, *arguments: Any, **keywords: Any) -> None:
        problem = why_not_to(self.remote_address)
        if problem:
            raise OSError(problem)
        await client.ClientConnection.handshake(self, *arguments, **keywords)

    here = type("_Here", (client.ClientConnection,), {"handshake": handshake})

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
            create_connection=here if url.startswith("ws:") else client.ClientConnection,
            # Its debug log shows what is sent, the passphrase among it.
            logger=logging.Logger("starkcore.websocket", logging.CRITICAL),
            **keywords,
        )

    return connect
