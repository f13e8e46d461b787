"""One market's order book: price, then time. Pure: no clock, no storage, no money.

An order that comes in meets the best price first, and at one price whoever has waited longest; it trades at the price
of the order that was there. `match` only says what would trade: the engine decides, and then applies it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["MOST_MET", "Book", "Match", "Order", "room_to_reduce"]

# So many resting orders one order may meet: whoever sends it must not keep everybody else waiting.
MOST_MET = 1000


@dataclass(slots=True, eq=False, kw_only=True)
class Order:
    """An order, and how far it has come. Sizes in quantums, price in ticks, times in milliseconds since the epoch.

    Attributes:
        number: the exchange's count of orders: earlier orders have smaller ones.
        fee_limit: the most that the whole order may pay in fees, in quantums of the collateral: what was signed.
        limit_fee: the same as a fraction, as the client wrote it.
    """

    number: int
    id: str
    account_id: str
    client_id: str
    market: str
    is_buy: bool
    type: str
    time_in_force: str
    post_only: bool
    reduce_only: bool
    price: int
    size: int
    fee_limit: int
    limit_fee: str
    nonce: int
    signature: str
    created_at: int
    expires_at: int
    remaining: int
    status: str = "OPEN"
    cancel_reason: str | None = None
    unfillable_at: int | None = None


class Match(NamedTuple):
    """What an incoming order would trade.

    Attributes:
        fills: (resting order, size) in order.
        self_trade: an order of its own account stopped it; cut_short: so many orders were in its way that it was
            stopped.
    """

    fills: list[tuple[Order, int]]
    self_trade: bool = False
    cut_short: bool = False


def room_to_reduce(position: int, is_buy: bool) -> int:
    """By how much an order of this side can reduce a position (positive: long) before it would turn it round."""
    return max(-position if is_buy else position, 0)


class _Level:
    """The orders at one price, in the order of their coming."""

    __slots__ = ("orders", "size")

    def __init__(self) -> None:
        self.orders: OrderedDict[str, Order] = OrderedDict()
        self.size = 0


class _Side:
    """The orders of one side. Keys sort so that the best price is the last: that end of a list is the quick one."""

    __slots__ = ("_keys", "_levels", "_sign")

    def __init__(self, is_buy: bool) -> None:
        self._sign = 1 if is_buy else -1
        self._keys: list[int] = []
        self._levels: dict[int, _Level] = {}

    def add(self, order: Order) -> None:
        level = self._levels.get(order.price)
        if level is None:
            level = self._levels[order.price] = _Level()
            insort(self._keys, self._sign * order.price)
        level.orders[order.id] = order
        level.size += order.remaining

    def reduce(self, order: Order, size: int) -> None:
        """Part of an order is gone; an order of which nothing is left goes."""
        level = self._levels[order.price]
        level.size -= size
        order.remaining -= size
        if not order.remaining:
            self._drop(order, level)

    def remove(self, order: Order) -> None:
        level = self._levels[order.price]
        level.size -= order.remaining
        self._drop(order, level)

    def _drop(self, order: Order, level: _Level) -> None:
        del level.orders[order.id]
        if not level.orders:
            del self._levels[order.price]
            del self._keys[bisect_left(self._keys, self._sign * order.price)]

    def best(self) -> int | None:
        return self._sign * self._keys[-1] if self._keys else None

    def orders(self) -> Iterator[Order]:
        """From the best price on, in the order of their coming at each."""
        for key in reversed(self._keys):
            yield from self._levels[self._sign * key].orders.values()

    def levels(self) -> Iterator[tuple[int, int]]:
        """(price, size) from the best price on."""
        for key in reversed(self._keys):
            price = self._sign * key
            yield price, self._levels[price].size

    def size_at(self, price: int) -> int:
        level = self._levels.get(price)
        return level.size if level else 0


class Book:
    """The open orders of one market."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = _Side(is_buy=True)
        self.asks = _Side(is_buy=False)

    def side(self, is_buy: bool) -> _Side:
        """The orders of that side: the bids, or the asks."""
        return self.bids if is_buy else self.asks

    def crosses(self, is_buy: bool, price: int) -> bool:
        """Whether an order would trade at once."""
        best = self.side(not is_buy).best()
        return best is not None and (price >= best if is_buy else price <= best)

    def match(self, taker: Order, position_of: Callable[[str], int], without: Order | None = None) -> Match:
        """What the order would trade now. Nothing changes.

        A reduce-only order, on either side, trades no more than its account's position at that moment, counting what
        trades before it in this very match. An order of the taker's own account ends the match. An order whose time is
        over doesn't trade, though it may still have to be canceled.

        Args:
            position_of: an account's position in this market, in quantums, positive for long.
            without: a resting order that counts as gone.
        """
        fills: list[tuple[Order, int]] = []
        moved: dict[str, int] = {}
        left = taker.remaining
        if taker.reduce_only:
            left = min(left, room_to_reduce(position_of(taker.account_id), taker.is_buy))
        for met, maker in enumerate(self.side(not taker.is_buy).orders()):
            if not left or (maker.price > taker.price if taker.is_buy else maker.price < taker.price):
                break
            if met == MOST_MET:
                return Match(fills, cut_short=True)
            if maker is without or maker.expires_at <= taker.created_at:
                continue
            account = maker.account_id
            if account == taker.account_id:
                return Match(fills, self_trade=True)
            size = min(left, maker.remaining)
            if maker.reduce_only:
                size = min(size, room_to_reduce(position_of(account) + moved.get(account, 0), maker.is_buy))
                if not size:
                    continue
            moved[account] = moved.get(account, 0) + (size if maker.is_buy else -size)
            fills.append((maker, size))
            left -= size
        return Match(fills)
