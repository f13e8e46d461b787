"""The exchange's WebSocket for programs without an event loop: `Feed`, run in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from starkcore.dydx.events import Event
from starkcore.dydx.websocket import Feed

__all__ = ["SyncFeed"]

P = ParamSpec("P")
T = TypeVar("T")


def _as_made_by(made: Callable[P, object]) -> Callable[[Callable[..., None]], Callable[Concatenate[SyncFeed, P], None]]:
    """For an `__init__` that hands on what it is given: it has the parameters of what it is given to, for help() as
    well.
    """

    def named(init: Callable[..., None]) -> Callable[Concatenate[SyncFeed, P], None]:
        init.__signature__ = inspect.signature(made.__init__)  # type: ignore[attr-defined]
        return init

    return named


class SyncFeed:
    """`Feed` with plain methods; its parameters are `Feed`'s. For one consumer, in a `with` block.

        with SyncFeed("https://api.dydx.exchange") as feed:
            feed.subscribe("v3_trades", "ETH-USD")
            for event in feed:
                ...

    The thread reads, and answers the other side's pings, while the program is busy. What comes meanwhile waits in
    memory, up to `most_messages` and `most_bytes`. A program that falls further behind gets what waits, then
    `Disconnected`, and every channel's state anew: nothing is lost silently.
    """

    @_as_made_by(Feed)
    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._feed = Feed(*arguments, **keywords)
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
