"""The exchange's WebSocket for programs without an event loop: `Feed`, run in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Backoff, Event
from starkcore.dydx.websocket import Feed

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["SyncFeed"]

T = TypeVar("T")


class SyncFeed:
    """`Feed` with plain methods; its parameters are `Feed`'s. For one consumer, in a `with` block.

        with SyncFeed("https://api.dydx.exchange") as feed:
            feed.subscribe("v3_trades", "ETH-USD")
            for event in feed:
                ...

    The thread reads, and answers the other side's pings, while the program is busy. What comes meanwhile waits in memory, up
    to `most_messages` and `most_bytes`. A program that falls further behind gets what waits, then `Disconnected`, and every
    channel's state anew: nothing is lost silently.
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
        self._feed = Feed(
            host, api_key=api_key, backoff=backoff, open_timeout=open_timeout, answer_timeout=answer_timeout,
            ping_interval=ping_interval, most_messages=most_messages, most_bytes=most_bytes, ssl_context=ssl_context,
        )  # fmt: skip
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="starkcore feed", daemon=True)

    def subscribe(self, channel: str, market: str = "") -> None:
        """As `Feed.subscribe`."""
        self._run(self._feed.subscribe(channel, market))

    def unsubscribe(self, channel: str, market: str = "") -> None:
        """As `Feed.unsubscribe`."""
        self._run(self._feed.unsubscribe(channel, market))

    def next(self, timeout: float | None = None) -> Event:
        """The next event.

        Args:
            timeout: seconds; None: as long as it takes.

        Raises:
            TimeoutError: none came, and none is lost. StopIteration: the feed was closed.
            FeedFailed, SubscriptionRefused
        """

        async def next_event() -> Event | None:
            async with asyncio.timeout(timeout):
                return await anext(self._feed, None)

        event = self._run(next_event())
        if event is None:
            raise StopIteration
        return event

    def __iter__(self) -> SyncFeed:
        return self

    def __next__(self) -> Event:
        return self.next()

    def __enter__(self) -> SyncFeed:
        self._thread.start()
        try:
            self._run(self._feed.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it the events."""
        if self._thread.is_alive():
            try:
                self._run(self._end())
            finally:
                self._stop()

    async def _end(self) -> None:
        """Close, and let whoever waits for an event learn that there is none."""
        await self._feed.close()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        if waiting:
            await asyncio.wait(waiting, timeout=1)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the loop, and wait. Whoever interrupts the waiting ends the work."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the feed must be used in its with block")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise
