"""The exchange's matching, positions, margin and bounds, one function at a time. Expected numbers are worked out by
hand.

BTC-USD, after docs/sandbox.md: a step is 0.0001 BTC (10^6 quantums), a tick 1 USDC, and one step at one tick costs 100
quantums of USDC, of which 10^6 are one USDC. 10 steps at 10 000 are 10 USDC.
"""

import pytest

pytest.importorskip("starlette")

from sandbox_books import MARKET, STEP, new_order

from starkcore.sandbox.accounts import Account, Position, Transfer
from starkcore.sandbox.book import Book, Match
from starkcore.sandbox.engine import MOST_QUANTUMS, Changes, Engine
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.markets import rules_of
from starkcore.starkex import DYDX

USDC = 10**6
TEN_DOLLARS = 10 * USDC  # 10 steps at 10 000


def made(*names, quote=10**6 * USDC):
    engine = Engine(rules_of(DYDX, DYDX.network("mainnet")).values(), maker_fee=200, taker_fee=500)
    for i, name in enumerate(names):
        account = Account(id=name, address=name, position_id=i, stark_key=(i, i), created_at=0, quote=quote)
        engine.add_account(account, 0)
    return engine, *(engine.accounts[name] for name in names)


def position(account, size, cost=0, market=MARKET):
    """A position that somebody has, of so many steps."""
    whole = Position(number=1, account_id=account.id, market=market, created_at=0, is_long=size > 0)
    whole.increase(abs(size) * STEP, cost)
    account.positions[market] = whole
    return whole


def rest(engine, order):
    """An order in its book, as if it had been placed."""
    engine.markets[order.market].book.side(order.is_buy).add(order)
    engine.accounts[order.account_id].add_order(order)
    return order


# ---- Positions ----


def test_a_position_grows():
    whole = Position(number=1, account_id="a", market=MARKET, created_at=0, is_long=False)
    whole.increase(3, 30)
    whole.increase(2, 25)
    assert (whole.size, whole.opened, whole.open_cost, whole.max_size) == (-5, 5, 55, 5)


def test_a_position_shrinks_and_ends():
    whole = Position(number=1, account_id="a", market=MARKET, created_at=0, is_long=True)
    whole.increase(5, 50)
    whole.decrease(2, 24, 7)
    assert (whole.size, whole.closed, whole.close_cost, whole.closed_at, whole.max_size) == (3, 2, 24, None, 5)
    whole.decrease(3, 30, 8)
    assert (whole.size, whole.closed_at) == (0, 8)


@pytest.mark.parametrize(
    ("is_long", "opened", "cost", "left", "worth", "profit"),
    [
        (True, 4, 40, 4, 50, 10), (False, 4, 40, 4, 50, -10), (False, 4, 40, 4, 30, 10),
        (True, 4, 40, 1, 15, 5),  # a quarter of it is left, bought for 10
        (True, 3, 10, 1, 3, -1),  # 3 - 10/3 is a third under nothing: down
        (True, 4, 40, 0, 0, 0),
    ],
)  # fmt: skip
def test_profit_that_is_not_taken(is_long, opened, cost, left, worth, profit):
    whole = Position(number=1, account_id="a", market=MARKET, created_at=0, is_long=is_long)
    whole.increase(opened, cost)
    if opened > left:
        whole.decrease(opened - left, 0, 1)
    assert whole.unrealized(worth) == profit


def test_profit_is_taken_of_what_was_closed():
    whole = Position(number=1, account_id="a", market=MARKET, created_at=0, is_long=True)
    whole.increase(4, 40)
    assert whole.realized() == 0
    whole.decrease(2, 25, 1)
    assert whole.realized() == 5


# ---- What an account has open ----


def test_open_orders_are_added_up():
    _, account = made("a")
    buy, sell = new_order(account, "BUY", 10, 100), new_order(account, "SELL", 4, 200, reduce_only=True)
    account.add_order(buy)
    account.add_order(sell)
    assert account.resting == {MARKET: [10 * STEP, 4 * STEP]}
    assert account.volume == {MARKET: 10 * STEP * 100 + 4 * STEP * 200}
    assert account.reduce_only == {MARKET: {sell.id: sell}}


def test_open_orders_are_taken_off_again():
    _, account = made("a")
    buy, sell = new_order(account, "BUY", 10, 100), new_order(account, "SELL", 4, 200, reduce_only=True)
    account.add_order(buy)
    account.add_order(sell)
    account.reduce_order(buy, 3 * STEP)
    assert account.resting == {MARKET: [7 * STEP, 4 * STEP]}
    assert account.volume == {MARKET: 7 * STEP * 100 + 4 * STEP * 200}
    account.reduce_order(sell, 4 * STEP)
    assert (list(account.orders), account.reduce_only) == ([buy.id], {MARKET: {}})
    buy.remaining = 7 * STEP
    account.reduce_order(buy, 7 * STEP)
    assert (account.orders, account.resting, account.volume) == ({}, {}, {})


def test_the_last_order_at_a_price_takes_the_price_along():
    _, account = made("a")
    book = Book()
    orders = [new_order(account, "SELL", 1, price) for price in (7, 7, 9, 8)]
    for order in orders:
        book.asks.add(order)
    book.asks._drop(orders[0], book.asks._levels[7])
    assert [level for level, _ in book.asks.levels()] == [7, 8, 9]
    book.asks._drop(orders[1], book.asks._levels[7])
    assert ([level for level, _ in book.asks.levels()], book.asks.best()) == ([8, 9], 8)


def test_sizes_off_the_step_are_refused():
    rules = rules_of(DYDX, DYDX.network("mainnet"))["BTC-USD"]
    rules.check_size(10 * STEP)
    rules.check_size(11 * STEP)
    with pytest.raises(Refused, match=r"^size must be a multiple of the step size of BTC-USD, 0\.0001$"):
        rules.check_size(10 * STEP + 1)
    with pytest.raises(Refused, match=r"^size must be at least the minimum order size of BTC-USD, 0\.001$"):
        rules.check_size(9 * STEP)


# ---- A trade ----


def test_a_trade_moves_both_positions_both_balances_and_two_fees():
    engine, maker, taker = made("maker", "taker", quote=100 * USDC)
    sell, buy = rest(engine, new_order(maker, "SELL", 20, 10_000)), new_order(taker, "BUY", 10, 11_000)
    changes = Changes(1, 5)
    engine._settle(buy, sell, 10 * STEP, engine.markets[MARKET], changes)
    # 10 USDC at the resting order's price; 0.05 % of it is 5 000 quantums, 0.02 % 2 000.
    assert (taker.quote, maker.quote) == (90 * USDC - 5000, 110 * USDC - 2000)
    assert (taker.size(MARKET), maker.size(MARKET)) == (10 * STEP, -10 * STEP)
    assert engine.markets[MARKET].fees == 7000
    assert (buy.remaining, sell.remaining, sell.status) == (0, 10 * STEP, "OPEN")
    assert [fill.is_maker for fill in changes.fills] == [False, True]


def test_no_fee_is_more_than_was_signed():
    engine, maker, taker = made("maker", "taker", quote=100 * USDC)
    sell, buy = rest(engine, new_order(maker, "SELL", 20, 10_000)), new_order(taker, "BUY", 20, 10_000, fee_limit=3001)
    engine._settle(buy, sell, 10 * STEP, engine.markets[MARKET], Changes(1, 5))
    assert taker.quote == 90 * USDC - 1500  # half of the order: half of 3 001, rounded down


def test_a_position_that_is_turned_round_is_closed_and_another_opened():
    engine, account = made("a")
    old = position(account, 4, 40)
    changes = Changes(1, 9)
    engine._move(account, MARKET, -10 * STEP, 100, changes)
    new = account.positions[MARKET]
    assert (old.size, old.closed, old.close_cost, old.closed_at) == (0, 4 * STEP, 40, 9)
    assert (new.size, new.opened, new.open_cost, new.is_long) == (-6 * STEP, 6 * STEP, 60, False)
    assert set(changes.positions) == {old.number, new.number} or old.number == new.number
    engine._move(account, MARKET, 6 * STEP, 66, changes)
    assert (account.positions, new.close_cost) == ({}, 66)


def test_open_interest_is_what_is_long():
    engine, account = made("a")
    market = engine.markets[MARKET]
    for size, interest in ((5, 5), (3, 8), (-10, 0), (4, 2), (-2, 0)):
        engine._move(account, MARKET, size * STEP, abs(size), Changes(1, 9))
        assert market.open_interest == interest * STEP


def traded(order, match, prepare=lambda engine: None):
    engine, account, other = made("a", "b")
    prepare(engine)
    fills = [(rest(engine, new_order(other, "SELL", size, 10_000)), size * STEP) for size in match[0]]
    taker = new_order(account, "BUY", 10, 10_000, **order)
    reason = engine._trade(taker, account, engine.markets[MARKET], Match(fills, *match[1:]), Changes(1, 5))
    return reason, taker.remaining // STEP


@pytest.mark.parametrize(
    ("order", "match", "reason", "left"),
    [
        ({}, ([10],), None, 0), ({}, ([4],), None, 6), ({"kind": "IOC"}, ([4],), "COULD_NOT_FILL", 6),
        ({"kind": "IOC"}, ([4], True), "SELF_TRADE", 6), ({"kind": "FOK"}, ([4],), "COULD_NOT_FILL", 10),
        ({"kind": "FOK"}, ([4, 6],), None, 0), ({"kind": "FOK"}, ([4], True), "SELF_TRADE", 10),
        ({}, ([4], True), "SELF_TRADE", 6), ({}, ([4], False, True), "COULD_NOT_FILL", 6),
        ({"post_only": True}, ([],), None, 10), ({"reduce_only": True}, ([],), "COULD_NOT_FILL", 10),
    ],
)  # fmt: skip
def test_what_trades_and_why_the_rest_may_not_stay(order, match, reason, left):
    assert traded(order, match) == (reason, left)


def test_a_post_only_order_that_would_cross_does_not_trade():
    def asked(engine):
        rest(engine, new_order(engine.accounts["b"], "SELL", 10, 10_000))

    assert traded({"post_only": True}, ([],), asked) == ("POST_ONLY_WOULD_CROSS", 10)


def test_orders_with_nothing_left_to_reduce_go():
    engine, account = made("a")
    position(account, 4)
    sell, buy = (
        rest(engine, new_order(account, side, 4, price, reduce_only=True))
        for side, price in (("SELL", 20_000), ("BUY", 1))
    )
    changes = Changes(1, 5)
    engine._drop_reduce_only(account, engine.markets[MARKET], changes)
    assert (sell.status, buy.status, buy.cancel_reason) == ("OPEN", "CANCELED", "COULD_NOT_FILL")
    assert list(changes.orders) == [buy.id]


def test_times_that_are_over_are_forgotten_once_they_are_most():
    engine, account = made("a")
    engine._most_expiries = 4
    orders = [new_order(account, expires_at=time, number=time) for time in (9, 3, 7)]
    for order in orders:
        engine._expect(order)
    orders[1].status = "CANCELED"
    engine._expect(new_order(account, expires_at=5, number=5))
    assert [item[0] for item in sorted(engine._expiries, key=lambda item: item[0])] == [5, 7, 9]
    assert engine._expiries[0][0] == 5
    assert engine._most_expiries > 4


# ---- Margin ----


def test_the_margin_is_of_the_worst_side():
    """5 % of a BTC position at the index price: docs/sandbox.md."""
    engine, account = made("a")
    engine.markets[MARKET].price = 10_000
    position(account, 10)  # 10 USDC
    assert engine._requirement(account) == TEN_DOLLARS * 5 // 100
    rest(engine, new_order(account, "BUY", 30, 9_000))
    rest(engine, new_order(account, "SELL", 25, 11_000))
    # 40 long if all is bought, 15 short if all is sold.
    assert engine._requirement(account) == 4 * TEN_DOLLARS * 5 // 100
    more = new_order(account, "SELL", 40, 12_000)
    # 10 - 25 - 40 = 55 short.
    assert engine._requirement(account, more) == 55 * USDC * 5 // 100
    assert engine._requirement(account, more, account.orders[next(iter(account.orders))]) == 55 * USDC * 5 // 100
    eth = new_order(account, "BUY", 10, 10_000, market="LINK-USD")
    assert engine._requirement(account, eth) > engine._requirement(account)


def test_an_order_beyond_the_margin_is_refused():
    engine, account = made("a", quote=USDC)
    engine.markets[MARKET].price = 10_000
    engine._check_margin(account, new_order(account, "BUY", 20, 10_000), None)  # 20 USDC, of which 5 % are 1
    with pytest.raises(Refused, match="collateralization minimum"):
        engine._check_margin(account, new_order(account, "BUY", 21, 10_000), None)
    engine._check_margin(account, new_order(account, "BUY", 1000, 10_000, reduce_only=True), None)
    position(account, 100)
    account.quote = -99 * USDC - USDC // 2  # under its minimum already; what makes it smaller may be ordered
    engine._check_margin(account, new_order(account, "SELL", 50, 10_000), None)
    with pytest.raises(Refused, match="collateralization minimum"):
        engine._check_margin(account, new_order(account, "BUY", 1, 10_000), None)


def test_so_many_orders_may_be_open(monkeypatch):
    from starkcore.sandbox import engine as module

    monkeypatch.setattr(module, "_MOST_ORDERS", 2)
    monkeypatch.setattr(module, "_MOST_REDUCE_ONLY", 1)
    engine, account = made("a")
    engine._check_count(account, new_order(account), None)
    first = rest(engine, new_order(account, "SELL", price=20_000, reduce_only=True))
    engine._check_count(account, new_order(account), None)
    with pytest.raises(Refused, match=r"^reduceOnly must be false: 1 open"):
        engine._check_count(account, new_order(account, reduce_only=True), None)
    rest(engine, new_order(account, "SELL", price=20_000))
    with pytest.raises(Refused, match=r"^timeInForce must be FOK or IOC"):
        engine._check_count(account, new_order(account), None)
    engine._check_count(account, new_order(account, kind="IOC"), None)
    engine._check_count(account, new_order(account), first)  # it goes when the new one comes


def test_no_sum_outgrows_the_database():
    """SQLite's integers have 63 bits and a sign."""
    assert MOST_QUANTUMS < 2**63
    engine, account = made("a", quote=0)
    cost = engine.markets[MARKET].rules.cost
    steps = MOST_QUANTUMS // 2 // 100  # at one tick: as much money as may be, each order's fee being as much again
    engine._check_bounds(account, new_order(account, "BUY", steps // 10**4, 10**4), None, Match([]))
    with pytest.raises(Refused, match=r"^size must be smaller: with it, the account would owe"):
        engine._check_bounds(account, new_order(account, "BUY", steps // 10**4 + 1, 10**4 + 1), None, Match([]))
    with pytest.raises(Refused, match=f"^size must be smaller: with it, the account would trade more in {MARKET}"):
        engine._check_bounds(account, new_order(account, "BUY", MOST_QUANTUMS // STEP + 1, 1), None, Match([]))
    resting = rest(engine, new_order(account, "BUY", steps // 10**4, 10**4))
    another = new_order(account, "SELL", 10, 10**4)
    with pytest.raises(Refused, match="owe or own more"):
        engine._check_bounds(account, another, None, Match([]))
    engine._check_bounds(account, another, resting, Match([]))
    account.quote = -MOST_QUANTUMS
    with pytest.raises(Refused, match="owe or own more"):
        engine._check_bounds(account, another, resting, Match([]))
    assert cost(STEP, 1) == 100


def test_nobody_pays_until_the_debt_outgrows_the_database():
    """Whatever a position is worth: what it backs is bounded as well."""
    engine, account = made("a", quote=10 - MOST_QUANTUMS)
    position(account, 10**9)
    engine.markets[MARKET].price = 10**9
    assert engine.free_collateral(account) > 11

    def pay(amount):
        engine.pay(account, Transfer(
            number=0, id="t", account_id="a", type="WITHDRAWAL", amount=-amount, credit_amount=amount, created_at=1
        ))  # fmt: skip

    with pytest.raises(Refused, match=r"^amount must be smaller: with it, the account would owe more than"):
        pay(11)
    assert account.quote == 10 - MOST_QUANTUMS
    pay(10)
    assert account.quote == -MOST_QUANTUMS


def test_what_is_refused_says_so_with_status_400():
    assert (Refused("size must be smaller").status, Refused("no such order", 404).status) == (400, 404)


def test_what_trades_at_once_counts_at_the_resting_orders_price():
    engine, account, other = made("a", "b", quote=0)
    steps = MOST_QUANTUMS // 2 // 100 // 10**4
    taker = new_order(account, "BUY", steps, 2 * 10**4)
    cheap = new_order(other, "SELL", steps, 10**4)
    engine._check_bounds(account, taker, None, Match([(cheap, steps * STEP)]))
    with pytest.raises(Refused, match="owe or own more"):
        engine._check_bounds(account, taker, None, Match([(cheap, steps // 2 * STEP)]))
