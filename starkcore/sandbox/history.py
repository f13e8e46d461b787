"""What the database is asked: orders, fills, transfers, positions and trades of the past, with the API's filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from starkcore import exact
from starkcore.sandbox.accounts import Account
from starkcore.sandbox.auth import iso
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.rows import PART, SPANS, fill_of, order_of, position_of, trade_of, transfer_of
from starkcore.sandbox.views import Json

__all__ = ["candles", "day_figures", "fills", "historical_pnl", "order_by", "orders", "positions", "statistics"]

_MOST = 100
_HOUR = 3600 * 1000
_DAY = 24 * _HOUR
_RESOLUTIONS = {
    "1DAY": _DAY, "4HOURS": _DAY // 6, "1HOUR": _DAY // 24, "30MINS": 1_800_000, "15MINS": 900_000, "5MINS": 300_000,
    "1MIN": 60_000,
}  # fmt: skip
# Of orders with a trigger there are none here: whoever asks for them finds none.
_ORDER_TYPES = ("LIMIT", "MARKET", "STOP_LIMIT", "TRAILING_STOP", "TAKE_PROFIT")
_ORDER_STATUS = ("PENDING", "OPEN", "FILLED", "CANCELED", "UNTRIGGERED")
_FILLS = (
    "SELECT f.*, t.number, t.is_buy AS taker_buys, t.price, t.size, t.cost "
    "FROM fills f JOIN trades t ON t.number = f.trade"
)


class Filter:
    """The rows of a table that a request's parameters ask for; each method uses one, and `rows` refuses what is left.

    Rows are found along an index whose columns are those of `equal`, in their order, and then the time: whatever is
    asked for, no more is read than is shown. A parameter with several values, or one that is left out, is several such
    searches.
    """

    def __init__(self, query: Mapping[str, str], exchange: Exchange, **equal: Any) -> None:
        self._left = dict(query)
        self._exchange = exchange
        self._equal: dict[str, Sequence[Any]] = {column: (value,) for column, value in equal.items()}
        self._since: int | None = None
        self._until: int | None = None
        self.limit = _MOST

    def take(self, name: str) -> str | None:
        return self._left.pop(name, None)

    def equal(self, column: str, *values: Any) -> Filter:
        """Rows with one of these values."""
        self._equal[column] = values
        return self

    def market(self) -> Filter:
        name = self.take("market")
        return self if name is None else self.equal("market", market_name(self._exchange, name))

    def choice(self, name: str, column: str, choices: Mapping[str, Any], default: Sequence[str] = ()) -> Filter:
        """A parameter with one value, or several with commas between; of those that there are, or of `default`."""
        text = self.take(name)
        values = text.split(",") if text is not None else default or list(choices)
        if not set(values) <= choices.keys():
            raise Refused(f"{name} must be one of {', '.join(choices)}")
        return self.equal(column, *dict.fromkeys(choices[value] for value in values))

    def side(self) -> Filter:
        return self.choice("side", "is_buy", {"BUY": 1, "SELL": 0})

    def since(self, name: str) -> Filter:
        """Not earlier than a time."""
        after = self.take(name)
        self._since = None if after is None else moment(after, name)
        return self

    def page(self, name: str = "createdBeforeOrAt") -> Filter:
        """At most `limit`, and not later than a time."""
        limit = self.take("limit")
        if limit is not None:
            if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= _MOST and len(limit) < 4):
                raise Refused(f"limit must be a number from 1 to {_MOST}")
            self.limit = int(limit)
        before = self.take(name)
        self._until = None if before is None else moment(before, name)
        return self

    def within(self, time: int) -> bool:
        """Whether a time is one of those that are asked for."""
        return (self._since is None or self._since <= time) and (self._until is None or time <= self._until)

    def whole(self, length: int) -> Filter:
        """Times that are the beginnings of spans of such a length: what lies within one belongs to it."""
        self._since = None if self._since is None else -(-self._since // length) * length
        self._until = None if self._until is None else self._until // length * length + length - 1
        return self

    def all_taken(self) -> None:
        """Refuses parameters that nothing has asked for."""
        for name in self._left:
            raise Refused(f"{name[:40]!a} is no parameter of this request")

    def rows(self, select: str, time: str = "created_at", number: str = "number") -> list[Any]:
        """The newest rows first, all their columns.

        Args:
            select: a SELECT without its WHERE, in which the table is called f.
            time: the column that they are sorted by; number: the one that sorts those of one time.
        """
        where = [f"f.{column} = ?" if column[0] != "(" else f"{column} = ?" for column in self._equal]
        where += [] if self._until is None else [f"f.{time} <= ?"]
        where += [] if self._since is None else [f"f.{time} >= ?"]
        times = [value for value in (self._until, self._since) if value is not None]
        self.all_taken()
        query = f"{select} WHERE {' AND '.join(where)} ORDER BY f.{time} DESC, f.{number} DESC LIMIT {self.limit}"
        searches = list(product(*self._equal.values()))
        found = [row for values in searches for row in self._exchange.store.read(query, [*values, *times])]
        if len(searches) > 1:
            found.sort(key=lambda row: (row[time], row[number]), reverse=True)
        return found[: self.limit]


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
    filters = Filter(query, exchange, account_id=account.id).market()
    latest = filters.take("returnLatestOrders")
    if latest is not None:
        latest = latest.lower()  # dYdX's own client writes True
    if latest not in (None, "true", "false"):
        raise Refused("returnLatestOrders must be true or false")
    filters.choice("status", "status", {name: name for name in _ORDER_STATUS}, () if latest == "true" else ("OPEN",))
    filters.side().choice("type", "type", {name: name for name in _ORDER_TYPES}).page()
    return [exchange.views.order(order_of(row)) for row in filters.rows("SELECT * FROM orders f")]


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
    filters = Filter(query, exchange, account_id=account.id)
    order_id, market = filters.take("orderId"), None
    if order_id is not None:
        # All of an order's fills are in one market: whether it is the one asked for is known without reading them.
        filters.equal("order_id", order_id)
        market = filters.take("market")
    filters.market().page()
    found = filters.rows(_FILLS, number="trade")
    if market is not None and found and found[0]["market"] != market_name(exchange, market):
        return []
    return [exchange.views.fill(fill_of(row)) for row in found]


def transfers(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    names = ("DEPOSIT", "WITHDRAWAL", "FAST_WITHDRAWAL", "TRANSFER_OUT", "TRANSFER_IN")
    filters = Filter(query, exchange, account_id=account.id)
    filters.choice("type", "type", {name: name for name in names}).page()
    return [exchange.views.transfer(transfer_of(row)) for row in filters.rows("SELECT * FROM transfers f")]


def positions(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """An account's positions, of the states asked for."""
    filters = Filter(query, exchange, account_id=account.id).market()
    filters.choice("status", "(closed_at IS NULL)", {"OPEN": 1, "CLOSED": 0, "LIQUIDATED": -1}).page()
    return [exchange.views.position(position_of(row)) for row in filters.rows("SELECT * FROM positions f")]


def funding(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """An account's funding payments: none are ever made here."""
    Filter(query, exchange, account_id=account.id).market().page("effectiveBeforeOrAt").all_taken()
    return []


def historical_funding(exchange: Exchange, name: str, query: Mapping[str, str]) -> list[Json]:
    """A market's funding rates of the past: there are none."""
    Filter(query, exchange, market=market_name(exchange, name)).page("effectiveBeforeOrAt").all_taken()
    return []


def historical_pnl(exchange: Exchange, account: Account, query: Mapping[str, str]) -> list[Json]:
    """One point: now, if that is asked for. The real exchange kept one an hour."""
    filters = Filter(query, exchange, account_id=account.id).since("createdOnOrAfter").page()
    filters.all_taken()
    if not filters.within(exchange.now()):
        return []
    equity, amount = exchange.engine.equity(account), exchange.views.amount
    return [
        {
            "accountId": account.id,
            "equity": amount(equity),
            "totalPnl": amount(equity - account.paid),
            "netTransfers": amount(account.paid),
            "createdAt": iso(exchange.now()),
        }
    ]


def trades(exchange: Exchange, name: str, query: Mapping[str, str]) -> list[Json]:
    filters = Filter(query, exchange, market=market_name(exchange, name)).page("startingBeforeOrAt")
    return [exchange.views.trade(trade_of(row)) for row in filters.rows("SELECT * FROM trades f")]


@dataclass(slots=True)
class Figures:
    """What came of some trades of a market: prices in ticks, sums in quantums.

    `first` and `last` are trades' numbers.
    """

    first: int
    last: int
    open: int
    high: int
    low: int
    close: int
    size: int
    cost: int
    fees: int
    trades: int
    updated_at: int

    @classmethod
    def of(cls, row: Any) -> Figures:
        """Those of a row of the table of candles."""
        plain = {name: row[name] for name in ("first", "last", "open", "high", "low", "close", "trades", "updated_at")}
        sums = {name: (row[f"{name}_high"] << PART) + row[f"{name}_low"] for name in ("size", "cost", "fees")}
        return cls(**plain, **sums)

    def add(self, other: Figures) -> None:
        if other.first < self.first:
            self.first, self.open = other.first, other.open
        if other.last > self.last:
            self.last, self.close = other.last, other.close
        self.high, self.low = max(self.high, other.high), min(self.low, other.low)
        self.size, self.cost, self.fees = self.size + other.size, self.cost + other.cost, self.fees + other.fees
        self.trades += other.trades
        self.updated_at = max(self.updated_at, other.updated_at)


def candles(exchange: Exchange, name: str, query: Mapping[str, str]) -> list[Json]:
    """A market's candles, the newest first, by the time that they start at; spans without a trade have none."""
    rules = exchange.engine.markets[market_name(exchange, name)].rules
    filters = Filter(query, exchange, market=name)
    resolution = filters.take("resolution")
    length = _RESOLUTIONS.get("1DAY" if resolution is None else resolution)
    if length is None:
        raise Refused(f"resolution must be one of {', '.join(_RESOLUTIONS)}")
    span = max(span for span in SPANS if span <= length)
    filters.equal("span", span).since("fromISO").page("toISO").whole(length)
    wanted, parts = filters.limit, length // span
    filters.limit = wanted * parts
    found: dict[int, Figures] = {}
    for row in filters.rows("SELECT * FROM candles f", time="start", number="first"):
        start, figures = row["start"] // length * length, Figures.of(row)
        if start in found:
            found[start].add(figures)
        else:
            found[start] = figures
    return [
        {
            "market": name,
            "resolution": resolution,
            "startedAt": iso(start),
            "updatedAt": iso(figures.updated_at),
            "low": rules.price_text(figures.low),
            "high": rules.price_text(figures.high),
            "open": rules.price_text(figures.open),
            "close": rules.price_text(figures.close),
            "baseTokenVolume": rules.size_text(figures.size),
            "usdVolume": exchange.views.amount(figures.cost),
            "trades": str(figures.trades),
            "startingOpenInterest": "0",
        }
        for start, figures in list(found.items())[:wanted]
    ]


def _since(exchange: Exchange, market: str, since: int) -> Figures | None:
    """A market's figures since the minute of a time: from days, and before the first whole one from hours and
    minutes.
    """
    total: Figures | None = None
    until: int | None = None
    for span in reversed(SPANS):
        start = -(-since // span) * span if span > SPANS[0] else since // span * span
        for row in exchange.store.read(_CANDLES, (market, span, start, _NEVER if until is None else until)):
            figures = Figures.of(row)
            if total is None:
                total = figures
            else:
                total.add(figures)
        until = start
    return total


_CANDLES = "SELECT * FROM candles WHERE market = ? AND span = ? AND start >= ? AND start < ?"
_NEVER = 2**62


def day_figures(exchange: Exchange) -> dict[str, Json]:
    """Of the last 24 hours, by market, for the list of markets."""
    now = exchange.now()
    since, funding_at = now - _DAY, iso((now // _HOUR + 1) * _HOUR)
    answer: dict[str, Json] = {}
    for name, market in exchange.engine.markets.items():
        figures = _since(exchange, name, since)
        answer[name] = {
            "priceChange24H": market.rules.price_text(figures.close - figures.open) if figures else "0",
            "volume24H": exchange.views.amount(figures.cost) if figures else "0",
            "trades24H": str(figures.trades if figures else 0),
            "nextFundingAt": funding_at,
        }
    return answer


def statistics(exchange: Exchange, name: str | None, query: Mapping[str, str]) -> dict[str, Json]:
    """Of the last 1, 7 or 30 days, of one market or of all."""
    days = query.get("days", "1")
    if days not in ("1", "7", "30") or query.keys() - {"days"}:
        raise Refused("days must be 1, 7 or 30")
    names = list(exchange.engine.markets) if name is None else [market_name(exchange, name)]
    since = exchange.now() - int(days) * _DAY
    answer = {}
    for market in names:
        rules, figures = exchange.engine.markets[market].rules, _since(exchange, market, since)
        prices = {
            name: rules.price_text(getattr(figures, name)) if figures else "0"
            for name in ("open", "high", "low", "close")
        }
        answer[market] = {
            "market": market,
            **prices,
            "baseVolume": rules.size_text(figures.size if figures else 0),
            "quoteVolume": exchange.views.amount(figures.cost if figures else 0),
            "type": "PERPETUAL",
            "fees": exchange.views.amount(figures.fees if figures else 0),
        }
    return answer
