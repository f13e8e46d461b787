"""Between the engine's objects and the database's rows."""

from __future__ import annotations

from dataclasses import fields
from sqlite3 import Row as Record
from typing import Any

from starkcore.sandbox.accounts import Account, Fill, Position, Trade, Transfer
from starkcore.sandbox.book import Order
from starkcore.sandbox.engine import Changes, Engine
from starkcore.sandbox.store import Row, Store

__all__ = ["fill_of", "load", "order_of", "position_of", "rows_of", "trade_of", "transfer_of"]

_ORDER = [field.name for field in fields(Order)]
_POSITION = [field.name for field in fields(Position)]
_TRADE = [field.name for field in fields(Trade)]
_TRANSFER = [field.name for field in fields(Transfer)]


def _insert(table: str, columns: list[str], verb: str = "INSERT") -> str:
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_INSERT_ORDER = _insert("orders", _ORDER)
_UPDATE_ORDER = "UPDATE orders SET remaining = ?, status = ?, cancel_reason = ?, unfillable_at = ? WHERE number = ?"
_INSERT_TRADE = _insert("trades", _TRADE)
_INSERT_FILL = _insert("fills", ["id", "trade", "order_id", "account_id", "is_buy", "type", "is_maker", "fee"])
_PUT_POSITION = _insert("positions", _POSITION, "REPLACE")
_INSERT_TRANSFER = _insert("transfers", _TRANSFER)
_PUT_MARKET = _insert("markets", ["name", "price", "fees"], "REPLACE")
_UPDATE_ACCOUNT = "UPDATE accounts SET quote = ? WHERE id = ?"
_INSERT_ACCOUNT = _insert(
    "accounts", ["id", "address", "position_id", "stark_key", "stark_key_y", "created_at", "country", "quote"]
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
                    fill.is_maker, fill.fee,
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
    return rows


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
    for table in ("orders", "transfers"):
        for account_id, nonce in store.read(
            f"SELECT account_id, nonce FROM {table} WHERE nonce IS NOT NULL"  # noqa: S608
        ):
            engine.accounts[account_id].nonces.add(nonce)
    for record in store.read("SELECT * FROM positions WHERE closed_at IS NULL"):
        position = position_of(record)
        engine.accounts[position.account_id].positions[position.market] = position
    for record in store.read("SELECT * FROM orders WHERE status = 'OPEN' ORDER BY number"):
        engine.restore(order_of(record))
    for table in engine.counts:
        engine.counts[table] = store.read(f"SELECT coalesce(max(number), 0) FROM {table}")[0][0]  # noqa: S608
