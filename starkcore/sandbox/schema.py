"""The database's tables, and how those of an earlier version become these.

Each index is named for the query that it serves: what the exchange asks while others wait goes along an index, and
never over a table that grows. tests/sandbox/test_sandbox_queries.py holds it to that.
"""

from __future__ import annotations

__all__ = ["SCHEMA", "UPGRADES", "VERSION"]

VERSION = 2

_ORDER_INDEXES = """
CREATE INDEX orders_account ON orders (account_id, status, is_buy, type, created_at);
CREATE INDEX orders_market ON orders (account_id, market, status, is_buy, type, created_at);
"""
_FILL_INDEXES = """
CREATE INDEX fills_account ON fills (account_id, created_at, trade);
CREATE INDEX fills_market ON fills (account_id, market, created_at, trade);
CREATE INDEX fills_order ON fills (account_id, order_id, created_at, trade);
"""
_POSITION_INDEXES = """
CREATE INDEX positions_account ON positions (account_id, (closed_at IS NULL), created_at);
CREATE INDEX positions_market ON positions (account_id, market, (closed_at IS NULL), created_at);
"""
_TRANSFER_INDEXES = """
CREATE INDEX transfers_account ON transfers (account_id, type, created_at);
"""
# Sums have two parts, of which the lower has 32 bits: a day's may be larger than 63.
_CANDLES = """
CREATE TABLE candles (
    market TEXT NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    open INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, close INTEGER NOT NULL,
    size_high INTEGER NOT NULL, size_low INTEGER NOT NULL, cost_high INTEGER NOT NULL, cost_low INTEGER NOT NULL,
    fees_high INTEGER NOT NULL, fees_low INTEGER NOT NULL, trades INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (market, span, start)
) STRICT, WITHOUT ROWID;
"""

SCHEMA = f"""
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
{_ORDER_INDEXES}
CREATE TABLE trades (
    number INTEGER PRIMARY KEY, market TEXT NOT NULL, is_buy INTEGER NOT NULL, price INTEGER NOT NULL,
    size INTEGER NOT NULL, cost INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX trades_market ON trades (market, created_at);
CREATE TABLE fills (
    id TEXT PRIMARY KEY, trade INTEGER NOT NULL REFERENCES trades, order_id TEXT NOT NULL, account_id TEXT NOT NULL,
    is_buy INTEGER NOT NULL, type TEXT NOT NULL, is_maker INTEGER NOT NULL, fee INTEGER NOT NULL,
    market TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
{_FILL_INDEXES}
CREATE TABLE positions (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts, market TEXT NOT NULL,
    created_at INTEGER NOT NULL, size INTEGER NOT NULL, max_size INTEGER NOT NULL, opened INTEGER NOT NULL,
    open_cost INTEGER NOT NULL, closed INTEGER NOT NULL, close_cost INTEGER NOT NULL, is_long INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX positions_open ON positions (account_id, market) WHERE closed_at IS NULL;
{_POSITION_INDEXES}
CREATE TABLE transfers (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts,
    type TEXT NOT NULL, amount INTEGER NOT NULL, credit_amount INTEGER NOT NULL, created_at INTEGER NOT NULL,
    client_id TEXT, nonce INTEGER, signature TEXT, from_address TEXT, to_address TEXT
) STRICT;
{_TRANSFER_INDEXES}
CREATE TABLE markets (name TEXT PRIMARY KEY, price INTEGER NOT NULL, fees INTEGER NOT NULL) STRICT, WITHOUT ROWID;
{_CANDLES}
"""

_FIRST_CANDLES = """
INSERT INTO candles
SELECT market, span, start, first, last, (SELECT price FROM trades WHERE number = first), high, low,
    (SELECT price FROM trades WHERE number = last),
    size_high, size_low, cost_high, cost_low, fees_high, fees_low, count, updated_at
FROM (
    SELECT t.market, s.value AS span, t.created_at / s.value * s.value AS start, min(t.number) AS first,
        max(t.number) AS last, max(t.price) AS high, min(t.price) AS low, sum(t.size >> 32) AS size_high,
        sum(t.size & 4294967295) AS size_low, sum(t.cost >> 32) AS cost_high, sum(t.cost & 4294967295) AS cost_low,
        sum(f.fee >> 32) AS fees_high, sum(f.fee & 4294967295) AS fees_low, count(*) AS count,
        max(t.created_at) AS updated_at
    FROM trades t JOIN (SELECT trade, sum(fee) AS fee FROM fills GROUP BY trade) f ON f.trade = t.number,
        (SELECT 60000 AS value UNION ALL SELECT 3600000 UNION ALL SELECT 86400000) s
    GROUP BY t.market, s.value, t.created_at / s.value
);
"""

_FROM_1 = """
DROP INDEX fills_account;
DROP INDEX positions_account;
DROP INDEX transfers_account;
ALTER TABLE fills ADD COLUMN market TEXT NOT NULL DEFAULT '';
ALTER TABLE fills ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE fills SET (market, created_at) = (SELECT market, created_at FROM trades WHERE number = trade);
"""

# By version: what makes the next one of it.
UPGRADES = {
    1: _FROM_1 + _ORDER_INDEXES + _FILL_INDEXES + _POSITION_INDEXES + _TRANSFER_INDEXES + _CANDLES + _FIRST_CANDLES,
}
