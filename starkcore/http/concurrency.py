"""What threads and tasks do each in their own way: wait, connect, and do several things side by side.

`Threads` and `Tasks` have the same methods; those of `Tasks` are awaited where they may wait. Beside them a transport
is the same for both.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue
from typing import Any

from starkcore import exact
from starkcore.errors import StarkcoreError, _invalid
from starkcore.extras import require
from starkcore.http.sockets import Idle, async_backend, sync_backend

__all__ = ["Tasks", "Threads"]


class Threads:
    """For a transport that any number of threads share.

    Args:
        most: how many requests are under way at once, up to 1 000.
    """

    def __init__(self, most: int) -> None:
        self._most = most = exact.integer(most, "most")
        if not 1 <= most <= 1000:  # each has a place of its own
            raise _invalid("most", "must be in [1, 1000]")
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(most):
            self._places.put(None)
        self._lock = threading.Lock()
        self._workers: ThreadPoolExecutor | None = None

    def backend(self, http: Any, *, anywhere: bool) -> Any:
        """How connections come about."""
        return sync_backend(http, anywhere=anywhere)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def call(self, function: Callable[[], Any]) -> Any:
        """Call what may take long."""
        return function()

    def place(self, seconds: float) -> bool:
        """Wait until fewer than the most requests are under way; False: that took too long."""
        try:
            self._places.get(timeout=max(0.0, seconds))
        except Empty:
            return False
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._places.put(None)

    def to_the_end(self) -> AbstractContextManager[Any]:
        """What is begun in here is done, whatever ends the rest."""
        return nullcontext()

    def together(
        self, run: Callable[[Generator[Any, Any, Any]], Any], steps: list[Generator[Any, Any, Any]]
    ) -> list[Any]:
        """Run these side by side: what they return, or the StarkcoreError that they raise."""
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(self._most, thread_name_prefix="starkcore")
            workers = self._workers
        results: list[Any] = [None] * len(steps)
        waiting = deque(range(len(steps)))

        def work() -> None:
            """The first that nobody has begun, until there is none: a future for each would cost more than it does."""
            while True:
                try:
                    index = waiting.popleft()
                except IndexError:
                    return
                try:
                    results[index] = _outcome(run, steps[index])
                except BaseException:
                    waiting.clear()
                    raise

        futures = [workers.submit(work) for _ in range(min(self._most, len(steps)))]
        try:
            for future in futures:
                future.result()
        except BaseException:
            waiting.clear()
            for future in futures:
                future.cancel()
            raise
        return results

    def end(self) -> None:
        """Wait for what `together` has begun. A connection that one of its threads opened later would be left open."""
        if self._workers is not None:
            self._workers.shutdown()

    def close_with(self, owner: Any, idle: Idle) -> weakref.finalize[[], Any]:
        """Scripts that never close a client leave no open socket behind."""

        def close() -> None:
            for connection in idle.close():
                connection.stream.close()

        return weakref.finalize(owner, close)


class Tasks:
    """For a transport that the tasks of one event loop share, asyncio's or trio's."""

    def __init__(self, most: int) -> None:
        self._anyio = require("anyio", "client")
        self._most = most
        self._places = self._anyio.Semaphore(most)

    def backend(self, http: Any, *, anywhere: bool) -> Any:
        """How connections come about."""
        return async_backend(http, anywhere=anywhere)

    async def sleep(self, seconds: float) -> None:
        await self._anyio.sleep(seconds)

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call what may take long, in a thread."""
        return await self._anyio.to_thread.run_sync(function)

    async def place(self, seconds: float) -> bool:
        """Wait until fewer than the most requests are under way; False: that took too long."""
        await self._anyio.lowlevel.checkpoint_if_cancelled()  # who was told to stop sends nothing
        try:
            self._places.acquire_nowait()
            return True
        except self._anyio.WouldBlock:
            pass
        with self._anyio.move_on_after(seconds):
            await self._places.acquire()
            return True
        return False

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()

    def to_the_end(self) -> AbstractContextManager[Any]:
        """What is begun in here is done, whatever ends the rest."""
        return self._anyio.CancelScope(shield=True)  # type: ignore[no-any-return]

    async def together(
        self, run: Callable[[Generator[Any, Any, Any]], Any], steps: list[Generator[Any, Any, Any]]
    ) -> list[Any]:
        """Run these side by side: what they return, or the StarkcoreError that they raise."""
        results: list[Any] = [None] * len(steps)
        # Who waits for a connection hasn't begun: its budget doesn't run, and when all is cancelled, it wasn't sent.
        connections = self._anyio.CapacityLimiter(self._most)

        async def one(index: int) -> None:
            try:
                async with connections:
                    results[index] = await run(steps[index])
            except StarkcoreError as error:
                results[index] = error.with_traceback(None)

        async with self._anyio.create_task_group() as group:
            for index in range(len(steps)):
                group.start_soon(one, index)
        return results

    async def end(self) -> None:
        """Nothing that `together` has begun outlives it."""

    def close_with(self, owner: Any, idle: Idle) -> weakref.finalize[[], Any]:
        """Nothing can be awaited when the owner has gone: whoever doesn't close a client is warned by the event
        loop.
        """
        made = weakref.finalize(owner, idle.close)
        made.atexit = False
        return made


def _outcome(run: Callable[[Any], Any], steps: Generator[Any, Any, Any]) -> Any:
    try:
        return run(steps)
    except StarkcoreError as error:
        return error.with_traceback(None)
