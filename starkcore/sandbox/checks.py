"""What a database must satisfy, worked out from its rows alone: the check of the engine, which shares nothing with it.

It may be run while the exchange runs: it reads one moment, of which it first makes a copy of its own.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starkcore.sandbox.markets import rules_of
from starkcore.starkex import DYDX

__all__ = ["Audit", "audit"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found.

    Attributes:
        books: by market, bids and asks, the best first: (price, size) as text, as the API has them.
        orders, trades: how many there are; problems: what is wrong, in words. Empty when all is right.
    """

    books: dict[str, dict[str, list[tuple[str, str]]]]
    orders: int
    trades: int
    problems: list[str]


# Each finds what must not be; the text says what it found. What belongs to an order or a trade is added up first, in
# one pass over the fills, and then joined: a search for each of them would take time that grows with the square.
_PROBLEMS = {
    "an order's fills aren't what is gone of it": (
        "SELECT o.id FROM orders o LEFT JOIN gone g ON g.order_id = o.id WHERE o.size - o.remaining <> "
        "coalesce(g.size, 0)"
    ),
    "an order's status isn't that of what remains": (
        "SELECT id FROM orders WHERE (status = 'FILLED') <> (remaining = 0) OR (status = 'CANCELED') <> "
        "(cancel_reason IS NOT NULL)"
    ),
    "an order traded outside its limit": (
        "SELECT o.id FROM gone g CROSS JOIN orders o ON o.id = g.order_id "
        "WHERE CASE WHEN o.is_buy THEN g.highest > o.price ELSE g.lowest < o.price END"
    ),
    "an order paid more fees than it had signed": (
        "SELECT o.id FROM gone g CROSS JOIN orders o ON o.id = g.order_id WHERE g.fee > o.fee_limit"
    ),
    "a fill is of no order": (
        "SELECT g.order_id FROM gone g LEFT JOIN orders o ON o.id = g.order_id WHERE o.id IS NULL"
    ),
    "a trade hasn't two sides": (
        "SELECT t.number FROM trades t LEFT JOIN (SELECT trade, count(*) AS fills, sum(is_buy) AS buys, "
        "sum(is_maker) AS makers FROM fills GROUP BY trade) f ON f.trade = t.number "
        "WHERE f.fills IS NOT 2 OR f.buys <> 1 OR f.makers <> 1"
    ),
    "a book is crossed": (
        "SELECT market, max(CASE WHEN is_buy THEN price END) AS bid, min(CASE WHEN is_buy THEN NULL ELSE price END) "
        "AS ask FROM orders WHERE status = 'OPEN' GROUP BY market HAVING bid >= ask"
    ),
}
_GONE = (
    "CREATE TEMP TABLE gone AS SELECT f.order_id, sum(t.size) AS size, sum(f.fee) AS fee, max(t.price) AS highest, "
    "min(t.price) AS lowest FROM fills f JOIN trades t ON t.number = f.trade GROUP BY f.order_id"
)
_TRADED = "fills f JOIN trades t ON t.number = f.trade"
_SHOWN = 3


def audit(database: str | Path) -> Audit:
    """Check a database of the exchange's.

    All of it is of one moment. The exchange goes on meanwhile; its log keeps what it writes while the database is
    copied, and no longer.

    Raises:
        sqlite3.Error: it can't be read, or there is no room for its copy where temporary files are.
    """
    with closing(_copy(database)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(_GONE)
        connection.execute("CREATE INDEX temp.gone_order ON gone (order_id)")
        problems = [
            f"{text}: {row}" for text, query in _PROBLEMS.items() for row in connection.execute(query).fetchmany(_SHOWN)
        ]
        for text, found in _different(connection).items():
            problems += [f"{text}: {row}" for row in found[:_SHOWN]]
        orders, trades = (
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in ("orders", "trades")
        )
        return Audit(_books(connection), orders, trades, problems)


def _copy(database: str | Path) -> sqlite3.Connection:
    """A copy of one moment: a file without a name, which is nobody's any more once it is closed, however that comes
    about.

    A log is cut back when nobody reads what was before it; so nobody reads for longer than a copy takes.
    """
    copy = sqlite3.connect("")
    try:
        with closing(sqlite3.connect(Path(os.path.realpath(database)).as_uri() + "?mode=ro", uri=True)) as source:
            source.backup(copy)
    except BaseException:
        copy.close()
        raise
    return copy


Sums = dict[tuple[Any, ...], int]


def _different(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Sums that must be the same and aren't, by what that means."""
    quotes = _sums(connection, "id", "quote", "accounts")
    paid = _sums(connection, "account_id", "amount", "transfers")
    fees = _sums(connection, "name", "fees", "markets")
    moved = _sums(connection, "f.account_id", "CASE WHEN f.is_buy THEN -t.cost ELSE t.cost END - f.fee", _TRADED)
    traded = _sums(
        connection, "f.account_id, t.market", "CASE WHEN f.is_buy THEN t.size ELSE -t.size END", _TRADED
    )  # fmt: skip
    whole = {(): sum(quotes.values()) + sum(fees.values())}, {(): sum(paid.values())}
    due = {key: paid.get(key, 0) + moved.get(key, 0) for key in paid.keys() | moved.keys()}
    found = {
        "positions of a market don't add up to zero": _differences(
            _sums(connection, "market", "size", "positions"), {}
        ),
        "balances and fees aren't what was paid in and out": _differences(*whole),
        "an account's position isn't what it traded": _differences(
            _sums(connection, "account_id, market", "size", "positions"), traded
        ),
        "an account's balance isn't what it was paid and traded": _differences(quotes, due),
        "a market's fees aren't those of its fills": _differences(
            fees, _sums(connection, "t.market", "f.fee", _TRADED)
        ),
    }
    if connection.execute("PRAGMA user_version").fetchone()[0] > 1:  # earlier ones have no candles
        for span in (60_000, 3_600_000, 86_400_000):
            found[f"candles of {span // 1000} seconds aren't what was traded"] = _wrong_candles(connection, span)
    return found


def _sums(connection: sqlite3.Connection, keys: str, value: str, source: str) -> Sums:
    """Added up in two parts, since a sum may be larger than SQLite's integers; zeros are left out."""
    query = f"SELECT {keys}, sum(({value}) >> 32), sum(({value}) & 4294967295) FROM {source} GROUP BY {keys}"  # noqa: S608
    found = {tuple(row[:-2]): (row[-2] << 32) + row[-1] for row in connection.execute(query)}
    return {key: number for key, number in found.items() if number}


def _differences(left: Sums, right: Sums) -> list[tuple[Any, ...]]:
    """Keys with both numbers, where they aren't one."""
    keys = [key for key in left.keys() | right.keys() if left.get(key, 0) != right.get(key, 0)]
    return [(*key, left.get(key, 0), right.get(key, 0)) for key in sorted(keys)]


def _wrong_candles(connection: sqlite3.Connection, span: int) -> list[tuple[Any, ...]]:
    start = f"t.created_at / {span} * {span}"
    kept = connection.execute("SELECT * FROM candles WHERE span = ?", (span,))
    names = [column[0] for column in kept.description]
    rows = [dict(zip(names, row, strict=True)) for row in kept]
    wrong = []
    for name, value, source in (
        ("size", "t.size", "trades t"), ("cost", "t.cost", "trades t"), ("fees", "f.fee", _TRADED)
    ):  # fmt: skip
        sums = {(row["market"], row["start"]): (row[f"{name}_high"] << 32) + row[f"{name}_low"] for row in rows}
        wrong += _differences(sums, _sums(connection, f"t.market, {start}", value, source))
    return wrong


def _books(connection: sqlite3.Connection) -> dict[str, dict[str, list[tuple[str, str]]]]:
    rules = rules_of(DYDX, DYDX.network("mainnet"))
    books: dict[str, dict[str, list[tuple[str, str]]]] = {name: {"bids": [], "asks": []} for name in rules}
    levels = connection.execute(
        "SELECT market, is_buy, price, sum(remaining) FROM orders WHERE status = 'OPEN' "
        "GROUP BY market, is_buy, price ORDER BY market, is_buy, CASE WHEN is_buy THEN -price ELSE price END"
    )
    for market, is_buy, price, size in levels:
        side = books[market]["bids" if is_buy else "asks"]
        side.append((rules[market].price_text(price), rules[market].size_text(size)))
    return books
