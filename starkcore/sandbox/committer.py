"""Group commit: what many requests changed goes to the database in one transaction, and only then are they answered.

While one transaction is being made durable, the next one's rows gather. Everything that may be seen from outside goes
through here in order: answers wait, and messages to subscribers are sent, until what they tell of is durable.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from starkcore.sandbox.errors import SandboxError
from starkcore.sandbox.store import Row, Store

__all__ = ["Committer"]

_MOST_INTEGER = 2**63 - 1


class _Step(NamedTuple):
    """Rows that go together, and what to call with whether they, and all before, are durable."""

    rows: list[Row]
    then: Callable[[bool], None] | None


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
        self._steps: list[_Step] = []
        self._wake = asyncio.Event()
        self._busy = False
        self._commit: Future[None] | None = None
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
        """Rows for the next transaction, and what to call with whether they, and all before, are durable.

        Raises:
            ValueError: a value that no database can keep; nothing was added.
        """
        step = _Step(list(rows), then)
        for _, values in step.rows:
            for value in values:
                _check_value(value)
        self._steps.append(step)
        self._wake.set()

    async def durable(self) -> None:
        """Wait until all that was added so far is durable.

        Raises:
            SandboxError: it isn't, and never will be.
        """
        self.check()
        if not self._busy and not self._steps:
            return
        future = asyncio.get_running_loop().create_future()
        self.add(then=lambda durable: None if future.done() else future.set_result(durable))
        if not await future:
            raise SandboxError(self._problem)

    async def run(self) -> None:
        """Commit until `close`."""
        while not (self._closing and not self._steps):
            await self._wake.wait()
            self._wake.clear()
            steps, self._steps = self._steps, []
            written = len(steps) if self._failure is None else 0
            self._busy = True
            try:
                if written and any(step.rows for step in steps):
                    written = await self._write(steps)
            except Exception as error:
                written = 0
                steps += self._give_up(error)
            finally:
                self._busy = False
            _tell(steps, written)
        self._thread.shutdown()

    async def _write(self, steps: list[_Step]) -> int:
        """Make these steps durable, up to the first that the tables refuse: the rest isn't. How many are."""
        written, error = self._store.write([step.rows for step in steps])
        if error is not None or self._store.in_memory:
            self._store.commit()
        else:
            self._commit = self._thread.submit(self._store.commit)
            try:
                await asyncio.wrap_future(self._commit)
            finally:
                self._commit = None
        if error is not None:
            steps += self._give_up(error)
        return written

    def flush(self) -> None:
        """Make durable at once what was added so far, while everything else waits. For whoever needs the database as it
        is now.

        Raises:
            SandboxError: it can't be written; memory is as the database again, if it can be read.
        """
        self.check()
        steps: list[_Step] = []
        written = 0
        try:
            if self._commit is not None:
                self._commit.result()  # `run` goes on with it afterwards
            steps, self._steps = self._steps, []
            if any(step.rows for step in steps):
                written, error = self._store.write([step.rows for step in steps])
                self._store.commit()
                if error is not None:
                    raise error
        except Exception as error:
            steps += self._give_up(error)
            _tell(steps[written:], 0)
            del steps[written:]
            raise SandboxError(self._problem) from None
        finally:
            # `run` tells whom it has to tell, after those before.
            self._steps = [_Step([], step.then) for step in steps if step.then is not None]
            self._wake.set()

    def _give_up(self, error: Exception) -> list[_Step]:
        """Go back to what the database has. Who waits for what has gathered meanwhile is to be told as well."""
        waiting, self._steps = self._steps, []
        self._failure = self._problem = f"the database can't be written, and the exchange has stopped: {error}"
        with suppress(sqlite3.Error):  # whatever happened: nobody else must wait for this transaction
            self._store.roll_back()
        if self._restart is not None and not isinstance(error, SandboxError):
            try:
                self._restart()
            except (sqlite3.Error, SandboxError):
                return waiting
            self._failure = None
            self._problem = f"the database couldn't be written, and nothing was changed: {error}"
        return waiting

    def close(self) -> None:
        """Let `run` end once everything is durable."""
        self._closing = True
        self._wake.set()


def _tell(steps: list[_Step], written: int) -> None:
    for number, step in enumerate(steps):
        if step.then is not None:
            step.then(number < written)


def _check_value(value: Any) -> None:
    """Refuses what SQLite doesn't take: that must come to light where it was made, not when it is written."""
    if isinstance(value, int):
        if not -_MOST_INTEGER <= value <= _MOST_INTEGER:
            raise ValueError("a number has outgrown the database")
    elif isinstance(value, str):
        value.encode()  # lone surrogates have no UTF-8
    elif value is not None and not isinstance(value, bytes):
        raise ValueError(f"a {type(value).__name__} can't be kept in a database")
