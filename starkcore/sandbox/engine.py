"""The exchange as a state and its transitions: orders, trades, fees, positions, balances. Pure: no clock, no storage.

Every transition first checks, then changes; what it refuses changes nothing. It answers with `Changes`: all that is
different now, which is what the database gets and what subscribers hear of.

Conserved, to the quantum: a market's positions add up to zero, and balances, fees included, to what was paid in less
what was paid out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from uuid import UUID, uuid5

from starkcore.sandbox.accounts import Account, Fill, Position, Trade, Transfer
from starkcore.sandbox.book import Book, Match, Order, room_to_reduce
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.markets import MarketRules

__all__ = ["MOST_MONEY", "MOST_QUANTUMS", "Changes", "Engine", "Market"]

_MILLION = 10**6
# A billion of the collateral: what an account may have after money came.
MOST_MONEY = 10**15
# Whatever a database's column keeps is at most so much, whichever orders are filled: SQLite has 63 bits.
MOST_QUANTUMS = 4 * 10**18
# What one account may have in the books, so that nothing that goes over its orders takes long.
_MOST_ORDERS = 2000
_MOST_REDUCE_ONLY = 100
# So many orders at most end at once because their time is over; the next ones a moment later.
_MOST_EXPIRED = 500
_FEWEST_EXPIRIES = 1024
_TRADES = UUID("9a3d1c80-6d0b-4d0e-9d9e-0a3b6d1f7a11")


@dataclass(slots=True, eq=False)
class Market:
    """A market as it stands.

    Attributes:
        price: the index price in ticks, which is that of the last trade.
        fees: collected. They are never more than a database can keep: then trades are free of charge.
        open_interest: the size of all long positions.
    """

    rules: MarketRules
    price: int
    fees: int = 0
    open_interest: int = 0
    book: Book = field(default_factory=Book)


@dataclass(slots=True)
class Changes:
    """What a transition changed; objects as they are now, each once."""

    sequence: int
    at: int
    placed: list[Order] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    positions: dict[int, Position] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    levels: dict[tuple[str, bool, int], None] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)


class Engine:
    """The state of the exchange, in memory.

    Args:
        rules: the markets.
        maker_fee, taker_fee: parts per million of a trade's value.
    """

    def __init__(self, rules: Iterable[MarketRules], *, maker_fee: int, taker_fee: int) -> None:
        self.markets = {rule.name: Market(rule, rule.first_price) for rule in rules}
        self.maker_fee = maker_fee
        self.taker_fee = taker_fee
        self.accounts: dict[str, Account] = {}
        self.sequence = 0
        self.counts = {"orders": 0, "trades": 0, "positions": 0, "transfers": 0}
        self._expiries: list[tuple[int, int, Order]] = []
        self._most_expiries = _FEWEST_EXPIRIES

    # Orders

    def place(self, order: Order, replaced: Order | None = None) -> Changes:
        """Take an order: it trades, rests, or is canceled at once; `order.status` says which.

        Args:
            order: its number is given here. `created_at` is now.
            replaced: an open order of the same account, which is canceled first.

        Raises:
            Refused: nothing has changed.
        """
        account = self.accounts[order.account_id]
        market = self.markets[order.market]
        room = room_to_reduce(account.size(order.market), order.is_buy)
        if order.reduce_only and not room:
            raise Refused(f"reduceOnly must be false: there is no position in {order.market} that this would reduce")
        self._check_count(account, order, replaced)
        # What stands already was checked: to cancel the replaced order moves no position.
        match = Match([]) if order.post_only else self._match(order, market, replaced)
        self._check_bounds(account, order, replaced, match)
        self._check_margin(account, order, replaced)
        changes = self._changes(order.created_at)
        if replaced is not None:
            self._cancel(replaced, "USER_CANCELED", changes)
        order.number = self._next("orders")
        account.nonces.add(order.nonce)
        changes.placed.append(order)
        changes.orders[order.id] = order
        reason = self._trade(order, account, market, match, changes)
        if not order.remaining:
            self._end(order, "FILLED", None, changes.at)
        elif reason:
            self._end(order, "CANCELED", reason, changes.at)
        else:
            market.book.side(order.is_buy).add(order)
            account.add_order(order)
            self._expect(order)
            changes.levels[order.market, order.is_buy, order.price] = None
        return changes

    def _match(self, order: Order, market: Market, without: Order | None) -> Match:
        return market.book.match(order, lambda account_id: self.accounts[account_id].size(order.market), without)

    def _trade(self, order: Order, account: Account, market: Market, match: Match, changes: Changes) -> str | None:
        """Trade what can be traded. The reason why nothing of the rest may stay, if there is one."""
        if order.post_only:
            return "POST_ONLY_WOULD_CROSS" if market.book.crosses(order.is_buy, order.price) else None
        stopped = "SELF_TRADE" if match.self_trade else "COULD_NOT_FILL"
        if order.time_in_force == "FOK" and sum(size for _, size in match.fills) < order.size:
            return stopped
        for maker, size in match.fills:
            self._settle(order, maker, size, market, changes)
        for touched in {maker.account_id: None for maker, _ in match.fills}:
            self._drop_reduce_only(self.accounts[touched], market, changes)
        if match.fills:
            self._drop_reduce_only(account, market, changes)
        if order.time_in_force == "IOC" or match.self_trade or match.cut_short:
            return stopped
        if order.reduce_only and not room_to_reduce(account.size(order.market), order.is_buy):
            return "COULD_NOT_FILL"
        return None

    def _settle(self, taker: Order, maker: Order, size: int, market: Market, changes: Changes) -> None:
        """One trade: both orders, both positions, both balances, two fees."""
        rules = market.rules
        cost = rules.cost(size, maker.price)
        trade = Trade(self._next("trades"), rules.name, taker.is_buy, maker.price, size, cost, changes.at)
        changes.trades.append(trade)
        for order in (taker, maker):
            is_maker = order is maker
            account = self.accounts[order.account_id]
            # Rounded down, so that the parts of an order never pay more than the whole may.
            fee = min(
                cost * (self.maker_fee if is_maker else self.taker_fee) // _MILLION,
                order.fee_limit * size // order.size,
                MOST_QUANTUMS - market.fees,
            )
            account.quote += (-cost if order.is_buy else cost) - fee
            market.fees += fee
            self._move(account, rules.name, size if order.is_buy else -size, cost, changes)
            fill_id = str(uuid5(_TRADES, f"{trade.number} {order.id}"))
            changes.fills.append(Fill(trade, fill_id, order.id, account.id, order.is_buy, order.type, is_maker, fee))
            changes.orders[order.id] = order
            changes.accounts[account.id] = account
        self.accounts[maker.account_id].reduce_order(maker, size)
        market.book.side(maker.is_buy).reduce(maker, size)
        taker.remaining -= size
        if not maker.remaining:
            self._end(maker, "FILLED", None, changes.at)
        market.price = maker.price
        changes.levels[rules.name, maker.is_buy, maker.price] = None
        changes.markets[rules.name] = market

    def _move(self, account: Account, market: str, size: int, cost: int, changes: Changes) -> None:
        """Change a position by a signed size; one that is turned round is closed, and another opened."""
        position = account.positions.get(market)
        before = account.size(market)
        self.markets[market].open_interest += max(before + size, 0) - max(before, 0)
        left = abs(size)
        if position is not None and position.is_long != (size > 0):
            part = min(left, abs(position.size))
            part_cost = cost * part // left  # exact: a cost is its number of steps times something whole
            position.decrease(part, part_cost, changes.at)
            changes.positions[position.number] = position
            left, cost = left - part, cost - part_cost
            if position.closed_at is not None:
                del account.positions[market]
                position = None
        if left:
            if position is None:
                position = Position(
                    number=self._next("positions"),
                    account_id=account.id,
                    market=market,
                    created_at=changes.at,
                    is_long=size > 0,
                )
                account.positions[market] = position
            position.increase(left, cost)
            changes.positions[position.number] = position

    def _drop_reduce_only(self, account: Account, market: Market, changes: Changes) -> None:
        """Cancel the resting reduce-only orders that have nothing left to reduce."""
        name = market.rules.name
        for order in list(account.reduce_only.get(name, {}).values()):
            if not room_to_reduce(account.size(name), order.is_buy):
                self._cancel(order, "COULD_NOT_FILL", changes)

    def cancel(self, orders: Iterable[Order], at: int, reason: str = "USER_CANCELED") -> Changes:
        """Cancel open orders."""
        changes = self._changes(at)
        for order in orders:
            self._cancel(order, reason, changes)
        return changes

    def overdue(self, now: int) -> bool:
        """Whether `expired` has something to do."""
        return bool(self._expiries) and self._expiries[0][0] <= now

    def expired(self, now: int) -> list[Order]:
        """Some of the open orders whose time is over; to be canceled with the reason EXPIRED."""
        orders: list[Order] = []
        while self.overdue(now) and len(orders) < _MOST_EXPIRED:
            order = heappop(self._expiries)[2]
            if order.status == "OPEN":
                orders.append(order)
        return orders

    def _expect(self, order: Order) -> None:
        """Remember when an open order's time is over; and forget those that are over, once they are most."""
        heappush(self._expiries, (order.expires_at, order.number, order))
        if len(self._expiries) >= self._most_expiries:
            self._expiries = [item for item in self._expiries if item[2].status == "OPEN"]
            heapify(self._expiries)
            self._most_expiries = 2 * len(self._expiries) + _FEWEST_EXPIRIES

    def _cancel(self, order: Order, reason: str, changes: Changes) -> None:
        self.accounts[order.account_id].reduce_order(order, order.remaining)
        self.markets[order.market].book.side(order.is_buy).remove(order)
        self._end(order, "CANCELED", reason, changes.at)
        changes.orders[order.id] = order
        changes.levels[order.market, order.is_buy, order.price] = None

    def _end(self, order: Order, status: str, reason: str | None, at: int) -> None:
        order.status, order.cancel_reason, order.unfillable_at = status, reason, at

    # Margin

    def equity(self, account: Account) -> int:
        """The balance and what the positions are worth at the index price, in quantums of the collateral."""
        return account.quote + sum(
            self._worth(position.market, position.size) for position in account.positions.values()
        )

    def free_collateral(self, account: Account) -> int:
        """What of the equity no position and no open order needs; negative when it isn't enough."""
        return self.equity(account) - self._requirement(account)

    def _worth(self, market: str, size: int) -> int:
        state = self.markets[market]
        return state.rules.cost(size, state.price)

    def _requirement(self, account: Account, order: Order | None = None, replaced: Order | None = None) -> int:
        """The initial margin of the positions as they would be if all open orders of one side were filled."""
        names = account.positions.keys() | account.resting.keys()
        if order is not None:
            names.add(order.market)
        total = 0
        for name in names:
            buys, sells = account.resting.get(name, (0, 0))
            for other, sign in ((order, 1), (replaced, -1)):
                if other is not None and other.market == name:
                    buys, sells = (
                        buys + sign * other.remaining * other.is_buy,
                        sells + sign * other.remaining * (not other.is_buy),
                    )
            size = account.size(name)
            worst = max(abs(size + buys), abs(size - sells))
            total += self._worth(name, worst) * self.markets[name].rules.initial_margin
        return total // _MILLION

    def _check_count(self, account: Account, order: Order, replaced: Order | None) -> None:
        if order.time_in_force == "GTT" and len(account.orders) - (replaced is not None) >= _MOST_ORDERS:
            raise Refused(
                f"timeInForce must be FOK or IOC: the account has {_MOST_ORDERS} open orders, cancel some first"
            )
        if order.reduce_only and len(account.reduce_only.get(order.market, ())) >= _MOST_REDUCE_ONLY:
            raise Refused(
                f"reduceOnly must be false: {_MOST_REDUCE_ONLY} open orders in {order.market} have it already"
            )

    def _check_bounds(self, account: Account, order: Order, replaced: Order | None, match: Match) -> None:
        """Refuses an order with which some sums of the account could outgrow the database, whichever of its orders are
        filled.

        A position's sizes and costs only grow until it is closed. An open order trades at its own price, so that what
        all of them can add is known; what the new one trades at once is in `match`, and its rest is at its own price,
        too.
        """
        volume = sum(size * maker.price for maker, size in match.fills)
        volume += (order.remaining - sum(size for _, size in match.fills)) * order.price
        money = 0
        for name in account.volume.keys() | {order.market}:
            here = account.volume.get(name, 0)
            if replaced is not None and replaced.market == name:
                here -= replaced.remaining * replaced.price
            if name == order.market:
                here += volume
            cost = self.markets[name].rules.cost(here, 1)
            money += cost
            if name == order.market:
                position = account.positions.get(name)
                size = order.remaining + sum(account.resting.get(name, ()))
                if position is not None:
                    size, cost = size + position.opened, cost + position.open_cost + position.close_cost
                if max(size, cost) > MOST_QUANTUMS:
                    raise Refused(
                        f"size must be smaller: with it, the account would trade more in {name} than can be counted"
                    )
        # Each order's fee is at most what it costs.
        if abs(account.quote) + 2 * money > MOST_QUANTUMS:
            raise Refused("size must be smaller: with it, the account would owe or own more than can be counted")

    def _check_margin(self, account: Account, order: Order, replaced: Order | None) -> None:
        if order.reduce_only:
            return
        needed = self._requirement(account, order, replaced)
        if needed > self.equity(account) and needed > self._requirement(account):
            raise Refused("size would put the account under its collateralization minimum: deposit, or order less")

    # Money

    def add_account(self, account: Account, at: int) -> Changes:
        """A new account; it is empty."""
        self.accounts[account.id] = account
        changes = self._changes(at)
        changes.accounts[account.id] = account
        return changes

    def pay(
        self, account: Account, transfer: Transfer, receiver: Account | None = None, *, unlimited: bool = False
    ) -> Changes:
        """Money comes (a positive amount) or goes; with a receiver, it goes to another account.

        Args:
            transfer: its number is given here.
            unlimited: the receiver may have more than others, until it pays out.

        Raises:
            Refused: there isn't so much, or an account would have too much. Nothing has changed.
        """
        amount = transfer.amount
        if amount < 0 and self.free_collateral(account) < -amount:
            raise Refused("amount would put the account under its collateralization minimum")
        if amount < 0 and abs(account.quote + amount) + 2 * self._resting_cost(account) > MOST_QUANTUMS:
            raise Refused("amount must be smaller: with it, the account would owe more than can be counted")
        if amount > 0 and account.quote + amount > MOST_MONEY:
            raise Refused(f"amount must be smaller: an account may have {MOST_MONEY // _MILLION} USDC")
        if receiver is not None and not unlimited and receiver.quote - amount > MOST_MONEY:
            raise Refused(f"amount must be smaller: the receiver's account may have {MOST_MONEY // _MILLION} USDC")
        changes = self._changes(transfer.created_at)
        account.quote += amount
        account.paid += amount
        if transfer.nonce is not None:
            account.nonces.add(transfer.nonce)
        changes.transfers.append(replace(transfer, number=self._next("transfers")))
        changes.accounts[account.id] = account
        if receiver is not None:
            receiver.quote -= amount
            receiver.paid -= amount
            changes.accounts[receiver.id] = receiver
            changes.transfers.append(
                replace(
                    transfer,
                    number=self._next("transfers"),
                    id=str(uuid5(_TRADES, f"in {transfer.id}")),
                    account_id=receiver.id,
                    type="TRANSFER_IN",
                    amount=-amount,
                    client_id=None,
                    nonce=None,
                    signature=None,
                )
            )
        return changes

    def _resting_cost(self, account: Account) -> int:
        """What the account's open orders cost, all together."""
        return sum(self.markets[name].rules.cost(volume, 1) for name, volume in account.volume.items())

    # What is read back from a database

    def restore_position(self, position: Position) -> None:
        """Give an open position back to its account."""
        self.accounts[position.account_id].positions[position.market] = position
        self.markets[position.market].open_interest += max(position.size, 0)

    def restore(self, order: Order) -> None:
        """Put an open order back into its book. Orders come in the order of their numbers."""
        self.markets[order.market].book.side(order.is_buy).add(order)
        self.accounts[order.account_id].add_order(order)
        self._expect(order)

    def _changes(self, at: int) -> Changes:
        self.sequence += 1
        return Changes(self.sequence, at)

    def _next(self, what: str) -> int:
        self.counts[what] += 1
        return self.counts[what]
