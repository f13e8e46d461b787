"""Between the engine's objects and the database's rows."""

from __future__ import annotations

from dataclasses import fields
from sqlite3 import Row as Record
from typing import Any

from starkcore.sandbox.accounts import Account, Fill, Position, Trade, Transfer
from starkcore.sandbox.book import Order
from starkcore.sandbox.engine import Changes, Engine
from starkcore.sandbox.store import Row, Store

__all__ = ["PART", "SPANS", "fill_of", "load", "order_of", "position_of", "rows_of", "trade_of", "transfer_of"]

_ORDER = [field.name for field in fields(Order)]
_POSITION = [field.name for field in fields(Position)]
_TRADE = [field.name for field in fields(Trade)]
_TRANSFER = [field.name for field in fields(Transfer)]


def _insert(table: str, columns: list[str], verb: str = "INSERT") -> str:
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_INSERT_ORDER = _insert("orders", _ORDER)
_UPDATE_ORDER = "UPDATE orders SET remaining = ?, status = ?, cancel_reason = ?, unfillable_at = ? WHERE number = ?"
_INSERT_TRADE = _insert("trades", _TRADE)
_FILL = ["id", "trade", "order_id", "account_id", "is_buy", "type", "is_maker", "fee", "market", "created_at"]
_INSERT_FILL = _insert("fills", _FILL)
_PUT_POSITION = _insert("positions", _POSITION, "REPLACE")
_INSERT_TRANSFER = _insert("transfers", _TRANSFER)
_PUT_MARKET = _insert("markets", ["name", "price", "fees"], "REPLACE")
_UPDATE_ACCOUNT = "UPDATE accounts SET quote = ? WHERE id = ?"
_INSERT_ACCOUNT = _insert(
    "accounts", ["id", "address", "position_id", "stark_key", "stark_key_y", "created_at", "country", "quote"]
)


# Spans of candles that are kept, in milliseconds: a minute, an hour, a day. Others are made of these.
SPANS = (60_000, 3_600_000, 86_400_000)
# Sums that may outgrow 63 bits are kept in two parts, of which the lower has so many bits.
PART = 32
_LOW = (1 << PART) - 1
_SUMS = ["size_high", "size_low", "cost_high", "cost_low", "fees_high", "fees_low"]
_CANDLE = ["market", "span", "start", "first", "last", "open", "high", "low", "close", *_SUMS, "trades", "updated_at"]
_ADD_TO_CANDLE = (
    _insert("candles", _CANDLE)
    + " ON CONFLICT DO UPDATE SET last = excluded.last, close = excluded.close, high = max(high, excluded.high), "
    "low = min(low, excluded.low), updated_at = max(updated_at, excluded.updated_at), "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in [*_SUMS, "trades"])
)


def account_row(account: Account) -> Row:
    """The row of a new account."""
    x, y = (f"{number:#x}" for number in account.stark_key)
    values = (account.id, account.address, account.position_id, x, y, account.created_at, account.country)
    return _INSERT_ACCOUNT, (*values, account.quote)


def rows_of(changes: Changes) -> list[Row]:
    """What a transition changed, as rows; they are of now, whatever the objects become."""
    placed = {order.id for order in changes.placed}
    rows: list[Row] = [(_INSERT_ORDER, [getattr(order, name) for name in _ORDER]) for order in changes.placed]
    for order in changes.orders.values():
        if order.id not in placed:
            end = (order.remaining, order.status, order.cancel_reason, order.unfillable_at, order.number)
            rows.append((_UPDATE_ORDER, end))
    for trade in changes.trades:
        rows.append((_INSERT_TRADE, [getattr(trade, name) for name in _TRADE]))
    for fill in changes.fills:
        rows.append(
            (
                _INSERT_FILL,
                (
                    fill.id, fill.trade.number, fill.order_id, fill.account_id, fill.is_buy, fill.type,
                    fill.is_maker, fill.fee, fill.trade.market, fill.trade.created_at,
                ),
            )
        )  # fmt: skip
    # A position that was turned round: the old one is closed before the new one takes its place.
    for position in sorted(changes.positions.values(), key=lambda position: position.number):
        rows.append((_PUT_POSITION, [getattr(position, name) for name in _POSITION]))
    rows += [(_UPDATE_ACCOUNT, (account.quote, account.id)) for account in changes.accounts.values()]
    for transfer in changes.transfers:
        rows.append((_INSERT_TRANSFER, [getattr(transfer, name) for name in _TRANSFER]))
    for name, market in changes.markets.items():
        rows.append((_PUT_MARKET, (name, market.price, market.fees)))
        rows += _candle_rows(name, changes)
    return rows


def _candle_rows(market: str, changes: Changes) -> list[Row]:
    """What a transition's trades in a market add to its candles of each span. They are of one moment."""
    trades = [trade for trade in changes.trades if trade.market == market]
    prices = [trade.price for trade in trades]
    fees = sum(fill.fee for fill in changes.fills if fill.trade.market == market)
    sums = (sum(trade.size for trade in trades), sum(trade.cost for trade in trades), fees)
    parts = [part for number in sums for part in (number >> PART, number & _LOW)]
    values = (
        trades[0].number, trades[-1].number, prices[0], max(prices), min(prices), prices[-1], *parts,
        len(trades), changes.at,
    )  # fmt: skip
    return [(_ADD_TO_CANDLE, (market, span, changes.at // span * span, *values)) for span in SPANS]


def order_of(record: Record) -> Order:
    """An order of its row."""
    values: dict[str, Any] = {name: record[name] for name in _ORDER}
    for name in ("is_buy", "post_only", "reduce_only"):
        values[name] = bool(values[name])
    return Order(**values)


def position_of(record: Record) -> Position:
    """A position of its row."""
    return Position(**{name: record[name] for name in _POSITION} | {"is_long": bool(record["is_long"])})


def transfer_of(record: Record) -> Transfer:
    """A transfer of its row."""
    return Transfer(**{name: record[name] for name in _TRANSFER})


def trade_of(record: Record) -> Trade:
    """A trade of its row."""
    return Trade(**{name: record[name] for name in _TRADE} | {"is_buy": bool(record["is_buy"])})


def fill_of(record: Record) -> Fill:
    """A fill of a row of both, fill and trade; the trade's side is `taker_buys`."""
    values = {name: record[name] for name in _TRADE} | {"is_buy": bool(record["taker_buys"])}
    return Fill(
        Trade(**values),
        record["id"],
        record["order_id"],
        record["account_id"],
        bool(record["is_buy"]),
        record["type"],
        bool(record["is_maker"]),
        record["fee"],
    )


def load(store: Store, engine: Engine) -> None:
    """Rebuild the engine's state from the database."""
    for record in store.read("SELECT * FROM markets"):
        market = engine.markets[record["name"]]
        market.price, market.fees = record["price"], record["fees"]
    for record in store.read("SELECT * FROM accounts"):
        engine.accounts[record["id"]] = Account(
            id=record["id"],
            address=record["address"],
            position_id=record["position_id"],
            stark_key=(int(record["stark_key"], 16), int(record["stark_key_y"], 16)),
            created_at=record["created_at"],
            country=record["country"],
            quote=record["quote"],
        )
    for account_id, nonce in store.each("SELECT account_id, nonce FROM orders"):
        engine.accounts[account_id].nonces.add(nonce)
    for account_id, nonce, amount in store.each("SELECT account_id, nonce, amount FROM transfers"):
        account = engine.accounts[account_id]
        account.paid += amount
        if nonce is not None:
            account.nonces.add(nonce)
    for record in store.read("SELECT * FROM positions WHERE closed_at IS NULL"):
        engine.restore_position(position_of(record))
    for record in store.read("SELECT * FROM orders WHERE status = 'OPEN' ORDER BY number"):
        engine.restore(order_of(record))
    for table in engine.counts:
        engine.counts[table] = store.read(f"SELECT coalesce(max(number), 0) FROM {table}")[0][0]  # noqa: S608
