"""Accounts and positions: who has how much. Whole quantums only."""

from __future__ import annotations

from dataclasses import dataclass, field

from starkcore.sandbox.book import Order

__all__ = ["Account", "Fill", "Position", "Trade", "Transfer"]


@dataclass(slots=True, eq=False, kw_only=True)
class Position:
    """A position in one market, from the trade that opened it to the one that closed it.

    Attributes:
        number: the exchange's count of positions.
        size: in quantums of the asset; positive: long.
        opened, closed: quantums that increased and decreased it, ever; open_cost, close_cost: what they cost.
    """

    number: int
    account_id: str
    market: str
    created_at: int
    size: int = 0
    max_size: int = 0
    opened: int = 0
    open_cost: int = 0
    closed: int = 0
    close_cost: int = 0
    is_long: bool = True
    closed_at: int | None = None

    def increase(self, size: int, cost: int) -> None:
        self.size += size if self.is_long else -size
        self.opened += size
        self.open_cost += cost
        self.max_size = max(self.max_size, abs(self.size))

    def decrease(self, size: int, cost: int, now: int) -> None:
        self.size -= size if self.is_long else -size
        self.closed += size
        self.close_cost += cost
        if not self.size:
            self.closed_at = now

    def realized(self) -> int:
        """Profit of what was closed, in quantums of the collateral, rounded down; fees aside."""
        if not self.closed:
            return 0
        gain = self.close_cost * self.opened - self.open_cost * self.closed
        return (gain if self.is_long else -gain) // self.opened

    def unrealized(self, worth: int) -> int:
        """Profit if it were closed for `worth`, the value of its size at the index price, as a positive number."""
        if not self.size:
            return 0
        gain = worth * self.opened - self.open_cost * abs(self.size)
        return (gain if self.is_long else -gain) // self.opened


@dataclass(slots=True, eq=False, kw_only=True)
class Account:
    """A user's account.

    Attributes:
        stark_key: x and y of the registered key.
        quote: quantums of the collateral; negative when positions were bought on margin.
        resting: size of the open orders by market: buys, sells; volume: the sum of their sizes × prices.
        paid: what was paid in less what was paid out, ever, in quantums of the collateral.
        reduce_only: the ids of the open reduce-only orders, by market.
        nonces: every nonce that was used, of orders, transfers and withdrawals.
    """

    id: str
    address: str
    position_id: int
    stark_key: tuple[int, int]
    created_at: int
    country: str | None = None
    quote: int = 0
    paid: int = 0
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    resting: dict[str, list[int]] = field(default_factory=dict)
    volume: dict[str, int] = field(default_factory=dict)
    reduce_only: dict[str, dict[str, Order]] = field(default_factory=dict)
    nonces: set[int] = field(default_factory=set)

    def size(self, market: str) -> int:
        """The position in a market, in quantums; positive: long."""
        position = self.positions.get(market)
        return position.size if position else 0

    def add_order(self, order: Order) -> None:
        self.orders[order.id] = order
        self.resting.setdefault(order.market, [0, 0])[not order.is_buy] += order.remaining
        self.volume[order.market] = self.volume.get(order.market, 0) + order.remaining * order.price
        if order.reduce_only:
            self.reduce_only.setdefault(order.market, {})[order.id] = order

    def reduce_order(self, order: Order, size: int) -> None:
        """`size` of an open order is gone; with the last of it, the order. Called before the order itself changes."""
        resting = self.resting[order.market]
        resting[not order.is_buy] -= size
        self.volume[order.market] -= size * order.price
        if size == order.remaining:
            del self.orders[order.id]
            if not any(resting):
                del self.resting[order.market], self.volume[order.market]
            if order.reduce_only:
                del self.reduce_only[order.market][order.id]


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade, as the market sees it.

    `is_buy`: the side of the order that came in; `cost`: size × price, in quantums.
    """

    number: int
    market: str
    is_buy: bool
    price: int
    size: int
    cost: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade as one of its two sides sees it. `fee` in quantums of the collateral."""

    trade: Trade
    id: str
    order_id: str
    account_id: str
    is_buy: bool
    type: str
    is_maker: bool
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money that came, went or changed hands; `amount` in quantums of the collateral, positive: to the account."""

    number: int
    id: str
    account_id: str
    type: str
    amount: int
    credit_amount: int
    created_at: int
    client_id: str | None = None
    nonce: int | None = None
    signature: str | None = None
    from_address: str | None = None
    to_address: str | None = None
