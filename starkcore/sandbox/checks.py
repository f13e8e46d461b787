"""What a database must satisfy, worked out from its rows alone: the check of the engine, which shares nothing with it.

It may be run while the exchange runs: it reads one moment.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

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


# Each finds what must not be; the text says what it found.
_PROBLEMS = {
    "positions of a market don't add up to zero": (
        "SELECT market, sum(size) FROM positions GROUP BY market HAVING sum(size) <> 0"
    ),
    "balances and fees aren't what was paid in and out": (
        "SELECT a, f, t FROM (SELECT (SELECT coalesce(sum(quote), 0) FROM accounts) AS a, "
        "(SELECT coalesce(sum(fees), 0) FROM markets) AS f, "
        "(SELECT coalesce(sum(amount), 0) FROM transfers) AS t) WHERE a + f <> t"
    ),
    "an order's fills aren't what is gone of it": (
        "SELECT o.id FROM orders o LEFT JOIN fills f ON f.order_id = o.id LEFT JOIN trades t ON t.number = f.trade "
        "GROUP BY o.number HAVING o.size - o.remaining <> coalesce(sum(t.size), 0)"
    ),
    "an order's status isn't that of what remains": (
        "SELECT id FROM orders WHERE (status = 'FILLED') <> (remaining = 0) OR (status = 'CANCELED') <> "
        "(cancel_reason IS NOT NULL)"
    ),
    "an order traded outside its limit": (
        "SELECT o.id FROM fills f JOIN orders o ON o.id = f.order_id JOIN trades t ON t.number = f.trade "
        "WHERE CASE WHEN o.is_buy THEN t.price > o.price ELSE t.price < o.price END"
    ),
    "an order paid more fees than it had signed": (
        "SELECT o.id FROM fills f JOIN orders o ON o.id = f.order_id GROUP BY o.id HAVING sum(f.fee) > o.fee_limit"
    ),
    "a trade hasn't two sides": (
        "SELECT t.number FROM trades t LEFT JOIN fills f ON f.trade = t.number GROUP BY t.number "
        "HAVING count(*) <> 2 OR sum(f.is_buy) <> 1 OR sum(f.is_maker) <> 1"
    ),
    "an account's position isn't what it traded": (
        "SELECT * FROM (SELECT f.account_id, t.market, sum(CASE WHEN f.is_buy THEN t.size ELSE -t.size END) AS traded "
        "FROM fills f JOIN trades t ON t.number = f.trade GROUP BY f.account_id, t.market) AS x "
        "WHERE traded <> (SELECT coalesce(sum(size), 0) FROM positions p WHERE p.account_id = x.account_id "
        "AND p.market = x.market)"
    ),
    "an account's balance isn't what it was paid and traded": (
        "SELECT id FROM accounts a WHERE quote <> (SELECT coalesce(sum(amount), 0) FROM transfers "
        "WHERE account_id = a.id) + (SELECT coalesce(sum(CASE WHEN f.is_buy THEN -t.cost ELSE t.cost END - f.fee), 0) "
        "FROM fills f JOIN trades t ON t.number = f.trade WHERE f.account_id = a.id)"
    ),
    "a book is crossed": (
        "SELECT market, max(CASE WHEN is_buy THEN price END) AS bid, min(CASE WHEN is_buy THEN NULL ELSE price END) "
        "AS ask FROM orders WHERE status = 'OPEN' GROUP BY market HAVING bid >= ask"
    ),
}


def audit(database: str | Path) -> Audit:
    """Check a database of the exchange's.

    Raises:
        sqlite3.Error: it can't be read.
    """
    with closing(sqlite3.connect(Path(database).resolve().as_uri() + "?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        problems = [
            f"{text}: {row}" for text, query in _PROBLEMS.items() for row in connection.execute(query).fetchmany(3)
        ]
        orders, trades = (
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in ("orders", "trades")
        )
        return Audit(_books(connection), orders, trades, problems)


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
