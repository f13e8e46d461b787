"""The database: one SQLite file, or memory. It holds everything; the engine's state is rebuilt from it.

The file holds secrets: the exchange's own Ethereum key and its users' API secrets. It is made readable for its owner
alone.

Write-ahead log, synchronous = FULL: what was committed is still there after a crash of the process, or of the machine.
One process writes to a database. A second one would be noticed at the first's next commit, which then fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from starkcore.sandbox.errors import SandboxError

__all__ = ["MEMORY", "Row", "Store"]

MEMORY = ":memory:"
Row: TypeAlias = tuple[str, Sequence[Any]]  # a statement and its values

_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE, position_id INTEGER NOT NULL UNIQUE,
    stark_key TEXT NOT NULL UNIQUE, stark_key_y TEXT NOT NULL, created_at INTEGER NOT NULL, country TEXT,
    quote INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE api_keys (
    key TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts, secret TEXT NOT NULL, passphrase TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE orders (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts,
    client_id TEXT NOT NULL, market TEXT NOT NULL, is_buy INTEGER NOT NULL, type TEXT NOT NULL,
    time_in_force TEXT NOT NULL, post_only INTEGER NOT NULL, reduce_only INTEGER NOT NULL, price INTEGER NOT NULL,
    size INTEGER NOT NULL, fee_limit INTEGER NOT NULL, limit_fee TEXT NOT NULL, nonce INTEGER NOT NULL,
    signature TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, remaining INTEGER NOT NULL,
    status TEXT NOT NULL, cancel_reason TEXT, unfillable_at INTEGER,
    CHECK (remaining BETWEEN 0 AND size)
) STRICT;
CREATE UNIQUE INDEX orders_client_id ON orders (account_id, client_id);
CREATE INDEX orders_open ON orders (number) WHERE status = 'OPEN';
CREATE TABLE trades (
    number INTEGER PRIMARY KEY, market TEXT NOT NULL, is_buy INTEGER NOT NULL, price INTEGER NOT NULL,
    size INTEGER NOT NULL, cost INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX trades_market ON trades (market, created_at);
CREATE TABLE fills (
    id TEXT PRIMARY KEY, trade INTEGER NOT NULL REFERENCES trades, order_id TEXT NOT NULL, account_id TEXT NOT NULL,
    is_buy INTEGER NOT NULL, type TEXT NOT NULL, is_maker INTEGER NOT NULL, fee INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fills_account ON fills (account_id, trade);
CREATE TABLE positions (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts, market TEXT NOT NULL,
    created_at INTEGER NOT NULL, size INTEGER NOT NULL, max_size INTEGER NOT NULL, opened INTEGER NOT NULL,
    open_cost INTEGER NOT NULL, closed INTEGER NOT NULL, close_cost INTEGER NOT NULL, is_long INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX positions_account ON positions (account_id, number);
CREATE UNIQUE INDEX positions_open ON positions (account_id, market) WHERE closed_at IS NULL;
CREATE TABLE transfers (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts,
    type TEXT NOT NULL, amount INTEGER NOT NULL, credit_amount INTEGER NOT NULL, created_at INTEGER NOT NULL,
    client_id TEXT, nonce INTEGER, signature TEXT, from_address TEXT, to_address TEXT
) STRICT;
CREATE INDEX transfers_account ON transfers (account_id, number);
CREATE TABLE markets (name TEXT PRIMARY KEY, price INTEGER NOT NULL, fees INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


class Store:
    """A database. One thread at a time may use it.

    Args:
        path: a file, which is made if it isn't there; or ":memory:".

    Raises:
        SandboxError: the file is no database of this program's.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.in_memory = self.path == MEMORY
        if not self.in_memory:
            _make(Path(self.path))
        self._writer = self._connect()
        try:
            self._check()
            if not self.in_memory:
                Path(self.path).chmod(0o600)
            self._open()
        except sqlite3.DatabaseError as error:
            self._writer.close()
            raise SandboxError(f"{self.path} is no database of the sandbox's: {error}") from None
        except SandboxError:
            self._writer.close()
            raise
        self._reader = self._writer if self.in_memory else self._connect()
        self._data_version = self._version_of_data()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.row_factory = sqlite3.Row
        return connection

    def _check(self) -> None:
        """Refuses another program's database, before anything of it is changed."""
        version = self._version()
        if version != _VERSION and (
            version or self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        ):
            raise SandboxError(f"{self.path} is no database of the sandbox's, or one of another version")

    def _version(self) -> int:
        return int(self._writer.execute("PRAGMA user_version").fetchone()[0])

    def _open(self) -> None:
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute("PRAGMA synchronous = FULL")
        self._writer.execute("PRAGMA foreign_keys = ON")
        if self._version() != _VERSION:
            self._writer.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def _version_of_data(self) -> int:
        return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def write(self, rows: Iterable[Row]) -> None:
        """Begin a transaction with these rows; `commit` must follow."""
        self._writer.execute("BEGIN IMMEDIATE")
        if self._version_of_data() != self._data_version:
            raise SandboxError(f"{self.path} was changed by another program")
        for statement, values in rows:
            self._writer.execute(statement, values)

    def commit(self) -> None:
        """Make durable what was written. The one call that may run in another thread, while nobody else writes."""
        self._writer.execute("COMMIT")

    def roll_back(self) -> None:
        """Drop what was written since the last commit."""
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """What is committed."""
        return self._reader.execute(statement, values).fetchall()

    def meta(self, name: str) -> Any:
        """A value that the database keeps about itself, or None."""
        rows = self.read("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _make(path: Path) -> None:
    """A new file for its owner alone. SQLite gives its log the same mode."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise SandboxError(f"{path} can't be opened: {error.strerror}") from None
