"""Group commit: what many requests changed goes to the database in one transaction, and only then are they answered.

While one transaction is being made durable, the next one's rows gather. Everything that may be seen from outside goes
through here in order: answers wait, and messages to subscribers are sent, until what they tell of is durable.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from starkcore.sandbox.errors import SandboxError
from starkcore.sandbox.store import Row, Store

__all__ = ["Committer"]


class Committer:
    """Writes to one database from one event loop; `run` is its task.

    Args:
        restart: makes memory anew from the database, after a transaction that the disk didn't take: memory is ahead by
            what was in it. Without that, or when it fails, too, nothing goes on.
    """

    def __init__(self, store: Store, restart: Callable[[], None] | None = None) -> None:
        self._store = store
        self._restart = restart
        self._problem = ""
        self._rows: list[Row] = []
        self._then: list[Callable[[bool], None]] = []
        self._wake = asyncio.Event()
        self._busy = False
        self._failure: str | None = None
        self._closing = False
        # Only COMMIT runs there: it waits for the disk. Rows are cheaper to write from the loop's own thread, which
        # would otherwise compete with it for the interpreter at every row.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    def check(self) -> None:
        """Refuses to go on when the database couldn't be written: memory is ahead of it then."""
        if self._failure is not None:
            raise SandboxError(self._failure)

    def add(self, rows: Iterable[Row] = (), then: Callable[[bool], None] | None = None) -> None:
        """Rows for the next transaction, and what to call with whether they, and all before, are durable."""
        self._rows.extend(rows)
        if then is not None:
            self._then.append(then)
        self._wake.set()

    async def durable(self) -> None:
        """Wait until all that was added so far is durable.

        Raises:
            SandboxError: it isn't, and never will be.
        """
        self.check()
        if not self._busy and not self._rows and not self._then:
            return
        future = asyncio.get_running_loop().create_future()
        self.add(then=lambda durable: None if future.done() else future.set_result(durable))
        if not await future:
            raise SandboxError(self._problem)

    async def run(self) -> None:
        """Commit until `close`."""
        while not (self._closing and not self._rows and not self._then):
            await self._wake.wait()
            self._wake.clear()
            rows, self._rows = self._rows, []
            then, self._then = self._then, []
            durable = self._failure is None
            self._busy = True
            try:
                if rows and durable:
                    await self._commit(rows)
            except Exception as error:
                durable = False
                then += self._give_up(error)
            finally:
                self._busy = False
            for call in then:
                call(durable)
        self._thread.shutdown()

    def _give_up(self, error: Exception) -> list[Callable[[bool], None]]:
        """Go back to what the database has. Who waits for what has gathered meanwhile is to be told as well."""
        waiting, self._rows, self._then = self._then, [], []
        self._failure = self._problem = f"the database can't be written, and the exchange has stopped: {error}"
        if self._restart is not None and isinstance(error, sqlite3.Error):
            try:
                self._store.roll_back()
                self._restart()
            except (sqlite3.Error, SandboxError):
                return waiting
            self._failure = None
            self._problem = f"the database couldn't be written, and nothing was changed: {error}"
        return waiting

    async def _commit(self, rows: list[Row]) -> None:
        self._store.write(rows)
        if self._store.in_memory:
            self._store.commit()
        else:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.commit)

    def close(self) -> None:
        """Let `run` end once everything is durable."""
        self._closing = True
        self._wake.set()
