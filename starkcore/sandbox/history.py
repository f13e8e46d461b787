"""What the database is asked: orders, fills, transfers, positions and trades of the past, with the API's filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starkcore import exact
from starkcore.sandbox.accounts import Account
from starkcore.sandbox.auth import iso
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.rows import fill_of, order_of, position_of, trade_of, transfer_of
from starkcore.sandbox.views import Json

__all__ = ["candles", "day_figures", "fills", "historical_pnl", "order_by", "orders", "positions", "statistics"]

_MOST = 100
_DAY = 24 * 3600 * 1000
_RESOLUTIONS = {
    "1DAY": _DAY, "4HOURS": _DAY // 6, "1HOUR": _DAY // 24, "30MINS": 1_800_000, "15MINS": 900_000, "5MINS": 300_000,
    "1MIN": 60_000,
}  # fmt: skip
_ORDER_STATUS = ("PENDING", "OPEN", "FILLED", "CANCELED", "UNTRIGGERED")
_FILLS = (
    "SELECT f.*, t.number, t.market, t.is_buy AS taker_buys, t.price, t.size, t.cost, t.created_at "
    "FROM fills f JOIN trades t ON t.number = f.trade"
)


class Filter:
    """The WHERE of a query, from a request's parameters; each method uses one, and `done` refuses what is left."""

    def __init__(self, query: Mapping[str, str], exchange: Exchange) -> None:
        self._left = dict(query)
        self._exchange = exchange
        self._terms: list[str] = []
        self._values: list[Any] = []
        self.limit = _MOST

    def add(self, term: str, *values: Any) -> Filter:
        self._terms.append(term)
        self._values.extend(values)
        return self

    def take(self, name: str) -> str | None:
        return self._left.pop(name, None)

    def market(self, column: str = "market") -> Filter:
        name = self.take("market")
        return self if name is None else self.add(f"{column} = ?", market_name(self._exchange, name))

    def choice(self, name: str, column: str, choices: Mapping[str, Any]) -> Filter:
        """A parameter with one value, or several with commas between."""
        text = self.take(name)
        if text is None:
            return self
        values = text.split(",")
        if not set(values) <= choices.keys():
            raise Refused(f"{name} must be one of {', '.join(choices)}")
        return self.add(f"{column} IN ({', '.join('?' * len(values))})", *(choices[value] for value in values))

    def side(self) -> Filter:
        return self.choice("side", "is_buy", {"BUY": 1, "SELL": 0})

    def page(self, column: str = "created_at", name: str = "createdBeforeOrAt") -> Filter:
        """At most `limit`, and not later than a time."""
        limit = self.take("limit")
        if limit is not None:
            if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= _MOST and len(limit) < 4):
                raise Refused(f"limit must be a number from 1 to {_MOST}")
            self.limit = int(limit)
        before = self.take(name)
        return self if before is None else self.add(f"{column} <= ?", moment(before, name))

    def done(self) -> Filter:
        for name in self._left:
            raise Refused(f"{name[:40]!a} is no parameter of this request")
        return self

    def rows(self, select: str, order: str, *selected: Any, group: str | None = None) -> list[Any]:
        """The newest rows first; `selected` are values for the SELECT itself."""
        groups = f" GROUP BY {group}" if group else ""
        where = f" WHERE {' AND '.join(self._terms)}" if self._terms else ""
        query = f"{select}{where}{groups} ORDER BY {order} DESC LIMIT {self.limit}"
        return self._exchange.store.read(query, [*selected, *self._values])


def market_name(exchange: Exchange, name: str) -> str:
    if name not in exchange.engine.markets:
        raise Refused(f"market must be one of this exchange's {len(exchange.engine.markets)}; see /v3/markets")
    return name


def moment(text: str, name: str) -> int:
    """A time as milliseconds since the epoch."""
    time = exact.iso_8601(text)
    if time is None or time.utcoffset() is None:
        raise Refused(f"{name} must be ISO 8601 with a time zone, as 2021-01-08T10:06:12.500Z")
    return int(time.timestamp() * 1000)


def orders(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """Open orders; or of the statuses asked for; or, with returnLatestOrders, of all."""
    filters = Filter(query, exchange).add("account_id = ?", account.id).market().side()
    latest = filters.take("returnLatestOrders")
    if latest not in (None, "true", "false"):
        raise Refused("returnLatestOrders must be true or false")
    if latest != "true" and "status" not in query:
        filters.add("status = 'OPEN'")
    filters.choice("status", "status", {name: name for name in _ORDER_STATUS})
    filters.choice("type", "type", {"LIMIT": "LIMIT", "MARKET": "MARKET"}).page().done()
    return [exchange.views.order(order_of(row)) for row in filters.rows("SELECT * FROM orders", "number")]


def order_by(exchange: Exchange, account: Account, column: str, value: str) -> Json:
    """One order, by `id` or `client_id`."""
    rows = exchange.store.read(
        f"SELECT * FROM orders WHERE account_id = ? AND {column} = ?",  # noqa: S608
        (account.id, value),
    )
    if not rows:
        raise Refused("order must be one of this account's: there is none of that id", 404)
    return exchange.views.order(order_of(rows[0]))


def fills(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """An account's fills, the newest first."""
    filters = Filter(query, exchange).add("f.account_id = ?", account.id).market("t.market")
    order_id = filters.take("orderId")
    if order_id is not None:
        filters.add("f.order_id = ?", order_id)
    filters.page("t.created_at").done()
    return [exchange.views.fill(fill_of(row)) for row in filters.rows(_FILLS, "f.trade")]


def transfers(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    names = ("DEPOSIT", "WITHDRAWAL", "FAST_WITHDRAWAL", "TRANSFER_OUT", "TRANSFER_IN")
    filters = Filter(query, exchange).add("account_id = ?", account.id)
    filters.choice("type", "type", {name: name for name in names}).page().done()
    return [exchange.views.transfer(transfer_of(row)) for row in filters.rows("SELECT * FROM transfers", "number")]


def positions(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """An account's positions, of the states asked for."""
    filters = Filter(query, exchange).add("account_id = ?", account.id).market()
    states = {"OPEN": 1, "CLOSED": 0, "LIQUIDATED": -1}
    filters.choice("status", "closed_at IS NULL", states).page().done()
    return [exchange.views.position(position_of(row)) for row in filters.rows("SELECT * FROM positions", "number")]


def historical_pnl(exchange: Exchange, account: Account) -> list[Json]:
    """One point: now. The real exchange kept one an hour."""
    paid = exchange.store.read("SELECT coalesce(sum(amount), 0) FROM transfers WHERE account_id = ?", (account.id,))
    equity, net = exchange.engine.equity(account), paid[0][0]
    amount = exchange.views.amount
    return [
        {
            "accountId": account.id,
            "equity": amount(equity),
            "totalPnl": amount(equity - net),
            "netTransfers": amount(net),
            "createdAt": iso(exchange.now()),
        }
    ]


def trades(exchange: Exchange, name: str, query: Mapping[str, str]) -> list[Json]:
    filters = Filter(query, exchange).add("market = ?", market_name(exchange, name))
    filters.page(name="startingBeforeOrAt").done()
    return [exchange.views.trade(trade_of(row)) for row in filters.rows("SELECT * FROM trades", "number")]


def candles(exchange: Exchange, name: str, query: Mapping[str, str]) -> list[Json]:
    """A market's candles, the newest first; spans without a trade have none."""
    rules = exchange.engine.markets[market_name(exchange, name)].rules
    filters = Filter(query, exchange).add("market = ?", name)
    resolution = filters.take("resolution")
    length = _RESOLUTIONS.get("1DAY" if resolution is None else resolution)
    if length is None:
        raise Refused(f"resolution must be one of {', '.join(_RESOLUTIONS)}")
    since = filters.take("fromISO")
    if since is not None:
        filters.add("created_at >= ?", moment(since, "fromISO"))
    filters.page(name="toISO").done()
    found = filters.rows(
        "SELECT created_at / ? AS start, min(price) AS low, max(price) AS high, sum(size) AS size, "
        "sum(cost) AS cost, count(*) AS count, max(created_at) AS updated, min(number) AS first, "
        "max(number) AS last FROM trades",
        "start",
        length,
        group="start",
    )
    return [
        {
            "market": name,
            "resolution": resolution,
            "startedAt": iso(row["start"] * length),
            "updatedAt": iso(row["updated"]),
            "low": rules.price_text(row["low"]),
            "high": rules.price_text(row["high"]),
            "open": rules.price_text(_price_of(exchange, row["first"])),
            "close": rules.price_text(_price_of(exchange, row["last"])),
            "baseTokenVolume": rules.size_text(row["size"]),
            "usdVolume": exchange.views.amount(row["cost"]),
            "trades": str(row["count"]),
            "startingOpenInterest": "0",
        }
        for row in found
    ]


def _price_of(exchange: Exchange, trade: int) -> int:
    return int(exchange.store.read("SELECT price FROM trades WHERE number = ?", (trade,))[0][0])


_SUMS = (
    "SELECT market, min(price) AS low, max(price) AS high, sum(size) AS size, sum(cost) AS cost, count(*) AS count, "
    "min(number) AS first, max(number) AS last FROM trades WHERE created_at > ? GROUP BY market"
)


def day_figures(exchange: Exchange) -> dict[str, Json]:
    """Of the last 24 hours, by market, for the list of markets."""
    figures: dict[str, Json] = {
        name: {"priceChange24H": "0", "volume24H": "0", "trades24H": "0"} for name in exchange.engine.markets
    }
    for row in exchange.store.read(_SUMS, (exchange.now() - _DAY,)):
        rules = exchange.engine.markets[row["market"]].rules
        change = _price_of(exchange, row["last"]) - _price_of(exchange, row["first"])
        figures[row["market"]] = {
            "priceChange24H": rules.price_text(change),
            "volume24H": exchange.views.amount(row["cost"]),
            "trades24H": str(row["count"]),
        }
    return figures


def open_interest(exchange: Exchange) -> dict[str, int]:
    """By market, in quantums."""
    found = exchange.store.read("SELECT market, sum(size) FROM positions WHERE size > 0 GROUP BY market")
    return {row[0]: row[1] for row in found}


def statistics(exchange: Exchange, name: str | None, query: Mapping[str, str]) -> dict[str, Json]:
    """Of the last 1, 7 or 30 days, of one market or of all."""
    days = query.get("days", "1")
    if days not in ("1", "7", "30") or query.keys() - {"days"}:
        raise Refused("days must be 1, 7 or 30")
    names = list(exchange.engine.markets) if name is None else [market_name(exchange, name)]
    since = exchange.now() - int(days) * _DAY
    found = {row["market"]: row for row in exchange.store.read(_SUMS, (since,))}
    fees: dict[str, int] = {
        row[0]: row[1]
        for row in exchange.store.read(
            "SELECT t.market, sum(f.fee) FROM fills f JOIN trades t ON t.number = f.trade "
            "WHERE t.created_at > ? GROUP BY t.market",
            (since,),
        )
    }
    answer = {}
    for market in names:
        rules, row = exchange.engine.markets[market].rules, found.get(market)
        prices = (
            dict.fromkeys(("open", "high", "low", "close"), "0")
            if row is None
            else {
                "open": rules.price_text(_price_of(exchange, row["first"])),
                "high": rules.price_text(row["high"]),
                "low": rules.price_text(row["low"]),
                "close": rules.price_text(_price_of(exchange, row["last"])),
            }
        )
        answer[market] = {
            "market": market,
            **prices,
            "baseVolume": rules.size_text(row["size"] if row else 0),
            "quoteVolume": exchange.views.amount(row["cost"] if row else 0),
            "type": "PERPETUAL",
            "fees": exchange.views.amount(fees.get(market, 0)),
        }
    return answer
