"""The matching engine against a naive one: a list, sorted anew for every order, in steps and dollars.

The naive one is written from the rules alone, in docs/sandbox.md: price, then time; trades at the resting order's
price; an order of one's own ends the match; reduce-only never more than the position.
"""

import itertools

import pytest

pytest.importorskip("starlette")

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from starkcore.sandbox.accounts import Account, Transfer
from starkcore.sandbox.book import Order
from starkcore.sandbox.engine import Engine
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.markets import rules_of
from starkcore.starkex import DYDX

MARKET = "BTC-USD"
STEP = 10**6  # quantums in the market's step, 0.0001 BTC
STEP_AT_A_DOLLAR = 100  # quantums of USDC
MAKER, TAKER = 200, 500  # millionths
DEPOSIT = 10**13
NAMES = "abcd"


def fresh_engine():
    engine = Engine(rules_of(DYDX, DYDX.network("mainnet")).values(), maker_fee=MAKER, taker_fee=TAKER)
    for i, name in enumerate(NAMES):
        account = Account(id=name, address=name, position_id=i, stark_key=(i, i), created_at=0)
        engine.add_account(account, 0)
        transfer = Transfer(
            number=0, id=name, account_id=name, type="DEPOSIT", amount=DEPOSIT, credit_amount=DEPOSIT, created_at=0
        )
        engine.pay(account, transfer)
    return engine


_numbers = itertools.count(1)


def order(
    account, side, steps, price, *, kind="GTT", post_only=False, reduce_only=False, limit_fee=TAKER, expires=10**15
):
    number = next(_numbers)
    worth = steps * price * STEP_AT_A_DOLLAR
    return Order(
        number=0, id=f"order {number}", account_id=account, client_id=str(number), market=MARKET, is_buy=side == "BUY",
        type="LIMIT", time_in_force=kind, post_only=post_only, reduce_only=reduce_only, price=price, size=steps * STEP,
        fee_limit=-(-worth * limit_fee // 10**6), limit_fee="0", nonce=number, signature="", created_at=1,
        expires_at=expires, remaining=steps * STEP,
    )  # fmt: skip


class Naive:
    """The rules, without a thought for speed. Sizes in steps, prices in dollars, money in quantums."""

    def __init__(self):
        self.resting = []  # [order, steps left], in the order of their coming
        self.position = dict.fromkeys(NAMES, 0)
        self.money = dict.fromkeys(NAMES, DEPOSIT)
        self.fees = 0
        self.ended = {}  # order id: reason, None when filled

    def reducible(self, order, position):
        held = -position[order.account_id] if order.is_buy else position[order.account_id]
        return max(held, 0)

    def plan(self, new):
        """(resting entry, steps) in order, and whether an order of one's own ended it."""
        sign = 1 if new.is_buy else -1
        crossing = [e for e in self.resting if e[0].is_buy != new.is_buy and sign * (new.price - e[0].price) >= 0]
        crossing.sort(key=lambda entry: sign * entry[0].price)  # stable: time stays
        position = dict(self.position)
        left, plan = new.size // STEP, []
        if new.reduce_only:
            left = min(left, self.reducible(new, position))
        for entry in crossing:
            old, available = entry
            if left == 0:
                break
            if old.account_id == new.account_id:
                return plan, True
            steps = min(left, available)
            if old.reduce_only:
                steps = min(steps, self.reducible(old, position))
            if steps:
                plan.append((entry, steps))
                left -= steps
                position[old.account_id] += steps if old.is_buy else -steps
        return plan, False

    def place(self, new):
        plan, own = self.plan(new)
        steps = new.size // STEP
        sign = 1 if new.is_buy else -1
        if new.post_only:
            if any(e[0].is_buy != new.is_buy and sign * (new.price - e[0].price) >= 0 for e in self.resting):
                self.ended[new.id] = "POST_ONLY_WOULD_CROSS"
            else:
                self.resting.append([new, steps])
            return
        if new.time_in_force == "FOK" and sum(n for _, n in plan) < steps:
            self.ended[new.id] = "SELF_TRADE" if own else "COULD_NOT_FILL"
            return
        for entry, traded in plan:
            self.trade(new, entry[0], traded)
            entry[1] -= traded
            steps -= traded
        for entry in [e for e in self.resting if e[1] == 0]:
            self.ended[entry[0].id] = None
            self.resting.remove(entry)
        for entry in [e for e in self.resting if e[0].reduce_only and not self.reducible(e[0], self.position)]:
            self.ended[entry[0].id] = "COULD_NOT_FILL"
            self.resting.remove(entry)
        if steps == 0:
            self.ended[new.id] = None
        elif own or new.time_in_force == "IOC":
            self.ended[new.id] = "SELF_TRADE" if own else "COULD_NOT_FILL"
        elif new.reduce_only and not self.reducible(new, self.position):
            self.ended[new.id] = "COULD_NOT_FILL"
        else:
            self.resting.append([new, steps])

    def trade(self, new, old, steps):
        cost = steps * old.price * STEP_AT_A_DOLLAR
        for order, rate in ((new, TAKER), (old, MAKER)):
            before = self.position[order.account_id]
            after = before + (steps if order.is_buy else -steps)
            if order.reduce_only:
                assert abs(after) < abs(before)
                assert after * before >= 0
            self.position[order.account_id] = after
            fee = min(cost * rate // 10**6, order.fee_limit * steps // (order.size // STEP))
            self.money[order.account_id] += (-cost if order.is_buy else cost) - fee
            self.fees += fee

    def cancel(self, order_id, reason):
        self.resting = [entry for entry in self.resting if entry[0].id != order_id]
        self.ended[order_id] = reason

    def side(self, buys):
        entries = [entry for entry in self.resting if entry[0].is_buy == buys]
        entries.sort(key=lambda entry: -entry[0].price if buys else entry[0].price)
        return [(e[0].id, e[0].price, e[1] * STEP) for e in entries]


class BookMachine(RuleBasedStateMachine):
    """Any orders, cancels, replacements and expiries, in any order."""

    def __init__(self):
        super().__init__()
        self.engine = fresh_engine()
        self.naive = Naive()
        self.placed = {}

    @property
    def market(self):
        return self.engine.markets[MARKET]

    def place(self, new, replaced=None):
        room = self.naive.reducible(new, self.naive.position)
        if new.reduce_only and not room:
            before = self.state()
            with pytest.raises(Refused, match="reduceOnly"):
                self.engine.place(new, replaced)
            assert self.state() == before
            return
        held = {name: self.engine.accounts[name].size(MARKET) for name in NAMES}
        changes = self.engine.place(new, replaced)
        self.placed[new.id] = new
        if replaced is not None:
            self.naive.cancel(replaced.id, "USER_CANCELED")
        self.naive.place(new)
        for fill in changes.fills:
            after = held[fill.account_id] + (fill.trade.size if fill.is_buy else -fill.trade.size)
            if self.placed[fill.order_id].reduce_only:
                assert abs(after) < abs(held[fill.account_id])
            held[fill.account_id] = after

    def state(self):
        orders = [(o.id, o.remaining, o.status) for book in (self.market.book,) for o in book.bids.orders()]
        money = [(a.id, a.quote, a.size(MARKET)) for a in self.engine.accounts.values()]
        return orders, [(o.id, o.remaining) for o in self.market.book.asks.orders()], money, dict(self.engine.counts)

    @rule(
        account=st.sampled_from(NAMES),
        side=st.sampled_from(("BUY", "SELL")),
        steps=st.integers(10, 40),
        price=st.integers(9_997, 10_003),
        kind=st.sampled_from(("GTT", "GTT", "GTT", "IOC", "FOK")),
        reduce_only=st.sampled_from((False, False, True)),
        limit_fee=st.sampled_from((TAKER, 2 * TAKER)),
    )
    def order(self, account, side, steps, price, kind, reduce_only, limit_fee):
        self.place(order(account, side, steps, price, kind=kind, reduce_only=reduce_only, limit_fee=limit_fee))

    @rule(account=st.sampled_from(NAMES), side=st.sampled_from(("BUY", "SELL")), price=st.integers(9_997, 10_003))
    def post_only(self, account, side, price):
        self.place(order(account, side, 25, price, post_only=True))

    @precondition(lambda self: self.naive.resting)
    @rule(data=st.data())
    def cancel(self, data):
        chosen = data.draw(st.sampled_from(self.naive.resting))[0]
        self.engine.cancel([chosen], 2)
        self.naive.cancel(chosen.id, "USER_CANCELED")

    @precondition(lambda self: self.naive.resting)
    @rule(data=st.data(), price=st.integers(9_997, 10_003))
    def replace(self, data, price):
        old = data.draw(st.sampled_from(self.naive.resting))[0]
        self.place(order(old.account_id, "BUY" if old.is_buy else "SELL", 15, price), old)

    @rule(account=st.sampled_from(NAMES), price=st.integers(9_997, 10_003))
    def short_lived(self, account, price):
        self.place(order(account, "BUY", 10, price, expires=100))

    @rule()
    def time_passes(self):
        over = self.engine.expired(100)
        self.engine.cancel(over, 100, "EXPIRED")
        expected = [e[0].id for e in self.naive.resting if e[0].expires_at <= 100]
        assert sorted(o.id for o in over) == sorted(expected)
        for order_id in expected:
            self.naive.cancel(order_id, "EXPIRED")

    @invariant()
    def same_book(self):
        for buys, side in ((True, self.market.book.bids), (False, self.market.book.asks)):
            assert [(o.id, o.price, o.remaining) for o in side.orders()] == self.naive.side(buys)
            for price, size in side.levels():
                assert size == sum(o.remaining for o in side.orders() if o.price == price)

    @invariant()
    def same_ends(self):
        for order_id, placed in self.placed.items():
            if order_id in self.naive.ended:
                reason = self.naive.ended[order_id]
                expected = ("FILLED", None) if reason is None else ("CANCELED", reason)
                assert (placed.status, placed.cancel_reason) == expected
            else:
                assert placed.status == "OPEN"

    @invariant()
    def same_accounts(self):
        for account in self.engine.accounts.values():
            assert account.size(MARKET) == self.naive.position[account.id] * STEP
            assert account.quote == self.naive.money[account.id]
            mine = {e[0].id for e in self.naive.resting if e[0].account_id == account.id}
            assert account.orders.keys() == mine
            left = [sum(e[1] for e in self.naive.resting if e[0].account_id == account.id and e[0].is_buy == b) * STEP
                    for b in (True, False)]  # fmt: skip
            assert account.resting.get(MARKET, [0, 0]) == left

    @invariant()
    def conserved(self):
        accounts = self.engine.accounts.values()
        assert sum(account.size(MARKET) for account in accounts) == 0
        assert sum(account.quote for account in accounts) + self.market.fees == DEPOSIT * len(NAMES)
        assert self.market.fees == self.naive.fees
        for account in accounts:
            position = account.positions.get(MARKET)
            if position:
                assert position.size == (1 if position.is_long else -1) * (position.opened - position.closed)
                assert position.closed_at is None

    @invariant()
    def not_crossed(self):
        bid, ask = self.market.book.bids.best(), self.market.book.asks.best()
        assert bid is None or ask is None or bid < ask


TestBook = BookMachine.TestCase
TestBook.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_price_then_time():
    """By hand: the better price first, then who came first, and each trade at the resting order's price."""
    engine = fresh_engine()
    first, second, better = order("a", "SELL", 10, 101), order("b", "SELL", 10, 101), order("c", "SELL", 10, 100)
    for resting in (first, second, better):
        engine.place(resting)
    changes = engine.place(order("d", "BUY", 25, 105))
    assert [(f.order_id, f.trade.price, f.trade.size // STEP) for f in changes.fills if f.is_maker] == [
        (better.id, 100, 10), (first.id, 101, 10), (second.id, 101, 5),
    ]  # fmt: skip


def test_a_position_turned_round_is_closed_and_another_opened():
    engine = fresh_engine()
    engine.place(order("a", "SELL", 10, 100))
    engine.place(order("b", "BUY", 10, 100))
    (long,) = engine.accounts["b"].positions.values()
    engine.place(order("a", "BUY", 30, 110))
    engine.place(order("b", "SELL", 30, 110))
    (short,) = engine.accounts["b"].positions.values()
    assert (long.size, long.closed_at, long.realized()) == (0, 1, 10 * 10 * STEP_AT_A_DOLLAR)
    assert (short.size, short.is_long, short.open_cost) == (-20 * STEP, False, 20 * 110 * STEP_AT_A_DOLLAR)
    assert short.number > long.number


def test_a_fee_stays_within_what_was_signed():
    """A sell at twice its limit: its share of the trade would be more than it signed for."""
    engine = fresh_engine()
    engine.place(order("a", "BUY", 10, 200))
    sell = order("b", "SELL", 10, 100)
    (fee,) = [f.fee for f in engine.place(sell).fills if not f.is_maker]
    assert fee == sell.fee_limit == 10 * 100 * STEP_AT_A_DOLLAR * TAKER // 10**6


@pytest.mark.parametrize("name", DYDX.markets)
def test_every_market_is_exact(name):
    """A step at a tick costs whole quantums: nothing is ever rounded. 38 markets, of the old client's constants."""
    rules = rules_of(DYDX, DYDX.network("mainnet"))[name]
    assert rules.tick >= 1
    assert rules.cost(rules.step, 1) * rules.resolution == rules.step * rules.tick


def test_reduce_only_counts_what_trades_before_it_in_the_same_match():
    """Short by 10; three reduce-only buys of 10 at one price: one trades, and the others go."""
    engine = fresh_engine()
    engine.place(order("a", "SELL", 10, 100))
    engine.place(order("b", "BUY", 10, 100))
    buys = [order("a", "BUY", 10, 99, reduce_only=True) for _ in range(3)]
    for buy in buys:
        engine.place(buy)
    sell = order("b", "SELL", 30, 99)
    engine.place(sell)
    assert engine.accounts["a"].size(MARKET) == 0
    assert [buy.remaining // STEP for buy in buys] == [0, 10, 10]
    assert [(buy.status, buy.cancel_reason) for buy in buys[1:]] == [("CANCELED", "COULD_NOT_FILL")] * 2
    assert (sell.status, sell.remaining // STEP) == ("OPEN", 20)
