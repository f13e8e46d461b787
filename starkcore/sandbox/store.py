"""The database: one SQLite file, or memory. It holds everything; the engine's state is rebuilt from it.

The file holds secrets: the exchange's own Ethereum key and its users' API secrets. It is made readable for its owner
alone.

Write-ahead log, synchronous = FULL: what was committed is still there after a crash of the process, or of the machine.
One exchange uses a database: it holds a lock on a file beside it for as long as it lives, however it ends. What any
other program writes is noticed at the next commit, which then fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from starkcore.sandbox.errors import CantOpen, SandboxError
from starkcore.sandbox.schema import SCHEMA, UPGRADES, VERSION

__all__ = ["MEMORY", "Row", "Store"]

MEMORY = ":memory:"
Row: TypeAlias = tuple[str, Sequence[Any]]  # a statement and its values

# The log is cut back to so many bytes once all of it is in the database.
_LARGEST_LOG = 64 * 2**20
_BUSY_SECONDS = 10


class Store:
    """A database. One thread at a time may use it.

    Args:
        path: a file, which is made if it isn't there; or ":memory:".

    Raises:
        SandboxError: the file is no database of this program's, is damaged, or another exchange uses it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.in_memory = self.path == MEMORY
        self._closing = ExitStack()
        self._lock: sqlite3.Connection | None = None
        try:
            with self.told():
                self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        if not self.in_memory:
            _make(Path(self.path))
        self._writer = self._connect()
        version = self._check()
        if not self.in_memory:
            self._take(Path(self.path))
            Path(self.path).chmod(0o600)
        self._open(version)
        self._reader = self._writer if self.in_memory else self._connect()
        self._data_version = self._version_of_data()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS)
        self._closing.callback(connection.close)
        connection.row_factory = sqlite3.Row
        return connection

    def _check(self) -> int:
        """Its version, 0 when it is empty. Refuses another program's database, before anything of it is changed."""
        version = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
        known = version in (VERSION, *UPGRADES)
        if not known and (version or self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]):
            raise SandboxError(f"{self.path} is no database of the sandbox's, or one of another version")
        return version

    def _take(self, path: Path) -> None:
        """Lock the database for this exchange: the system takes the lock back when the process ends, however it does.

        The lock is SQLite's own, on an empty file beside the database: locks on the database itself would keep readers
        out.
        """
        path = path.resolve()
        beside = path.with_name(f"{path.name}-lock")
        _make(beside)
        self._lock = sqlite3.connect(beside, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise SandboxError(
                f"{self.path} is in use by another exchange: stop that one first, or name another file"
            ) from None

    def _open(self, version: int) -> None:
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute("PRAGMA synchronous = FULL")
        self._writer.execute("PRAGMA foreign_keys = ON")
        self._writer.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
        while version != VERSION:
            script, version = (UPGRADES[version], version + 1) if version else (SCHEMA, VERSION)
            self._writer.executescript(f"BEGIN; {script} PRAGMA user_version = {version}; COMMIT;")

    def _version_of_data(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def write(self, steps: Sequence[Sequence[Row]]) -> tuple[int, Exception | None]:
        """Begin a transaction with these steps, each whole or not at all; `commit` must follow, or `roll_back`.

        Returns:
            How many were written; and why the next one can't be: its rows are not what the tables allow.

        Raises:
            sqlite3.OperationalError: the disk doesn't take them; SandboxError: another program has written.
        """
        self._writer.execute("BEGIN IMMEDIATE")
        if self._version_of_data() != self._data_version:
            raise SandboxError(f"{self.path} was changed by another program")
        for number, rows in enumerate(steps):
            if rows:
                try:
                    self._write(rows)
                except sqlite3.OperationalError:
                    raise
                except Exception as error:
                    self._writer.execute("ROLLBACK TO step")
                    return number, error
        return len(steps), None

    def _write(self, rows: Sequence[Row]) -> None:
        self._writer.execute("SAVEPOINT step")
        for statement, values in rows:
            self._writer.execute(statement, values)
        self._writer.execute("RELEASE step")

    def commit(self) -> None:
        """Make durable what was written. The one call that may run in another thread, while nobody else writes."""
        self._writer.execute("COMMIT")

    def roll_back(self) -> None:
        """Drop what was written since the last commit."""
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """What is committed.

        Raises:
            SandboxError: it can't be read.
        """
        with self.told():
            return self._reader.execute(statement, values).fetchall()

    def each(self, statement: str) -> Iterator[sqlite3.Row]:
        """The same, for what may be too much to have at once."""
        with self.told():
            yield from self._reader.execute(statement)

    def meta(self, name: str) -> Any:
        """A value that the database keeps about itself, or None."""
        rows = self.read("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    @contextmanager
    def told(self) -> Iterator[None]:
        """What SQLite finds wrong, as one sentence that names the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise SandboxError(f"{self.path} can't be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise SandboxError(f"{self.path} is no database of the sandbox's, or is damaged: {error}") from None

    def close(self) -> None:
        """Close everything; the lock goes last."""
        self._closing.close()
        if self._lock is not None:
            self._lock.close()


def _make(path: Path) -> None:
    """A new file for its owner alone. SQLite gives its log the same mode."""
    try:
        if path.exists() and not path.is_file():
            raise CantOpen(f"{path} can't be opened: it isn't a file")
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise CantOpen(f"{path} can't be opened: {error.strerror}") from None
    except ValueError as error:  # a zero byte
        raise CantOpen(f"{str(path)!a} can't be opened: {error}") from None
