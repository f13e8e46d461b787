"""Functions of starkcore.demo by themselves: what is compared, timed and shown, and how the demo's traders decide."""

import asyncio
import json
import random
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest

pytest.importorskip("rich")
pytest.importorskip("eth_account")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")
pytest.importorskip("httpcore2")

from rich.console import Console

from starkcore import PrivateKey, Signature, sandbox
from starkcore.demo import live, offline, trading
from starkcore.dydx import events
from starkcore.errors import StarkcoreError
from starkcore.http.answer import Answer
from starkcore.http.rules import ApiError
from starkcore.sandbox import checks
from starkcore.starkex import DYDX

# ---- demo.offline


def test_the_published_wallet_signs_what_dydx_published():
    """The Stark key that follows from the signature is the published one, on each network."""
    for network, expected in offline.WALLET_KEYS.items():
        typed = offline.stark_key_signature(DYDX.network(network).chain_id)
        assert len(typed) == 65
        assert hex(PrivateKey.from_eth_signature(typed).public_key.x) == expected


def test_published_messages_are_signed_as_they_were():
    assert offline.published_messages() == offline.SIGNATURES


def test_venue_checks_find_another_account_or_key(monkeypatch):
    assert set(offline.venue_checks().values()) == {True}
    monkeypatch.setattr(offline, "PARADEX_ACCOUNT", offline.PARADEX_ACCOUNT + 1)
    monkeypatch.setattr(offline, "EXTENDED_PUBLIC_KEY", offline.EXTENDED_PUBLIC_KEY + 1)
    assert set(offline.venue_checks().values()) == {False}


@pytest.mark.parametrize("name", ["mainnet", "order", "withdrawal"])
def test_published_checks_find_a_value_that_differs(monkeypatch, name):
    assert set(offline.published_checks().values()) == {True}
    table = offline.WALLET_KEYS if name in offline.WALLET_KEYS else offline.SIGNATURES
    monkeypatch.setitem(table, name, "0")
    (wrong,) = [said for said, right in offline.published_checks().items() if not right]
    assert wrong.endswith(name)


def test_a_market_making_day_is_the_same_each_time_and_quotes_both_sides():
    day = list(offline.market_making_day(200))
    assert day == list(offline.market_making_day(200))
    assert [quote["side"] for quote in day[:4]] == ["BUY", "SELL", "BUY", "SELL"]
    assert {quote["market"] for quote in day} == set(DYDX.markets)
    assert len({quote["client_id"] for quote in day}) == 200
    moments = [quote["expiration"] for quote in day]
    assert moments == sorted(moments)
    assert offline.DAY < moments[0] <= moments[-1] <= offline.DAY + offline.SECONDS_A_DAY + 300
    for buy, sell in zip(day[::2], day[1::2], strict=True):
        assert buy["market"] == sell["market"]
        assert 0 < Decimal(buy["price"]) < Decimal(sell["price"]) * Decimal("1.01")


def test_sign_and_verify_tells_an_order_that_is_signed_otherwise():
    day, told = list(offline.market_making_day(4)), []
    venue = offline.venues(PrivateKey(5))[0]
    rows, agreed = offline.sign_and_verify(day, lambda name, done: told.append(done), venue)
    assert agreed
    assert [row["what"] for row in rows] == ["sign, one by one", "sign, by 1000", "verify, by 1000"]
    assert {row["venue"] for row in rows} == {venue.name}
    assert max(told) == 4

    for changed in ({"signature": Signature(1, 1)}, {"nonce": 7}):

        def many(orders, changed=changed):
            *signed, last = venue.many(orders)
            return [*signed, last._replace(**changed)]

        otherwise = venue._replace(many=many)
        assert not offline.sign_and_verify(day, lambda name, done: None, otherwise)[1]


def test_timed_takes_everything_in_slices(monkeypatch):
    clock = iter(range(0, 1000, 5))
    monkeypatch.setattr(offline, "time", SimpleNamespace(perf_counter_ns=lambda: next(clock)))
    told = []

    def doubled(part):
        return [2 * item for item in part]

    def advance(name, done):
        told.append((name, done))

    results, times = offline._timed([1, 2, 3, 4, 5], 2, doubled, advance, "name")
    assert results == [2, 4, 6, 8, 10]
    assert times == [(2, 5), (2, 5), (1, 5)]
    assert told == [("name", 5)]


def test_a_row_has_a_rate_and_quantiles_of_calls():
    row = offline._row("dydx", "sign", [(10, 1000 * call) for call in range(1, 101)], 10)
    assert (row["venue"], row["what"], row["per_call"]) == ("dydx", "sign", 10)
    assert row["orders_per_second"] == round(1000 / 5_050_000 * 1e9)
    assert (row["p50_us"], row["p99_us"], row["p99.9_us"]) == (51.0, 100.0, 100.0)


def test_rates_have_names_that_stay():
    rows = [{"venue": venue, "orders_per_second": rate} for venue, rate in zip("aaabbb", range(6), strict=True)]
    assert offline._rates(rows) == {
        "a": {"sign_one_by_one": 0, "sign_in_batches": 1, "verify_in_batches": 2},
        "b": {"sign_one_by_one": 3, "sign_in_batches": 4, "verify_in_batches": 5},
    }


def shown(thing):
    console = Console(file=StringIO(), width=160)
    console.print(thing)
    return console.file.getvalue()


def test_the_offline_table_has_a_line_for_each_row():
    rows = [
        {"venue": "dydx", "what": "sign, one", "orders_per_second": 54321, "p50_us": 18.04, "p99_us": 999.9,
         "p99.9_us": 1500.0},
    ]  # fmt: skip
    text = shown(offline._table(rows))
    for words in (f"{offline.TITLES['dydx']}: sign, one", "54,321", "18.0 µs", "999.9 µs", "1.5 ms"):
        assert words in text


def test_advance_makes_one_bar_for_each_name():
    made, moved = [], []
    progress = SimpleNamespace(
        add_task=lambda name, total: made.append((name, total)) or name,
        update=lambda task, completed: moved.append((task, completed)),
    )
    advance = offline._advance(progress, 9)
    for name, done in (("a", 1), ("b", 2), ("a", 3)):
        advance(name, done)
    assert made == [("a", 9), ("b", 9)]
    assert moved == [("a", 1), ("b", 2), ("a", 3)]


# ---- demo.live


def outcome(**changed):
    figures = trading.Figures(signed=2, sent=2, accepted=2, signing=[1500, 2500], round_trips=[3_000_000, 5_000_000])
    return live.Outcome(**{"figures": figures, "seconds": 2.0, "filled": 1234, "trades": 7} | changed)


def test_the_live_table_counts_and_times():
    text = shown(live._table(outcome()))
    for words in ("2.0 s of market making: 1 orders/s", "orders signed", "2.5 µs", "5.0 ms", "1,234"):
        assert words in text


def books_agree(right):
    return {"nothing_lost": live.Check("books agree", right)}


def keys(value):
    """All names within a value, one within the other."""
    return {name: keys(inner) for name, inner in value.items()} if isinstance(value, dict) else None


def test_json_has_the_same_keys_whatever_became_of_the_run():
    """No key has a count, and none is missing where it ended before anything was compared."""
    made = {name: live.Check(f"{number} of {number}", True) for number, name in enumerate(live.CHECKS)}
    whole, early = live._values(outcome(checks=made)), live._values(live.Outcome(problems=["refused"]))
    assert keys(whole) == keys(early) == {
        "ok": None,
        "seconds": None,
        "orders": dict.fromkeys(("signed", "sent", "accepted", "replaced_too_late", "filled", "trades")),
        "latency": dict.fromkeys(("signing", "round_trip"), dict.fromkeys(("p50_us", "p99_us", "p99.9_us"))),
        "checks": dict.fromkeys(
            ("books_over_rest", "books_over_websocket", "books_with_both_sides", "orders_in_database", "trades_told",
             "nothing_lost", "money_conserved")
        ),
        "problems": None,
    }  # fmt: skip
    assert set(whole["checks"].values()) == {True}
    assert set(early["checks"].values()) == {None}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"checks": books_agree(True)}, "everything agrees"),
        ({"checks": books_agree(False)}, "something is WRONG"),
        ({"checks": books_agree(True), "problems": ["an order [1] was lost"]}, "something is WRONG"),
        ({}, "something is WRONG"),
        ({"seconds": 0.0}, "something is WRONG"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_report_says_what_was_found(capsys, changed, said, as_json):
    console, found = Console(file=StringIO(), width=160), outcome(**changed)
    live._report(console, found, as_json)
    text = console.file.getvalue()
    assert said in text
    assert found.reported
    assert [problem for problem in found.problems if problem not in text] == []
    printed = capsys.readouterr().out
    assert bool(printed) == as_json
    if as_json:
        json.loads(printed)
    else:
        assert ("orders signed" in text) == bool(found.seconds)
        assert ("books agree" in text) == ("checks" in changed)


class Traders:
    """A maker and a taker that count their turns, and end after some."""

    def __init__(self, most=10**9):
        self.figures, self.ticks, self.crossings, self.most = trading.Figures(), 0, 0, most

    async def tick(self):
        self.ticks += 1
        self.figures.accepted += 2
        self.figures.signing.append(1)
        self.figures.round_trips.append(1)
        await asyncio.sleep(0)
        if self.ticks == self.most:
            raise KeyboardInterrupt

    async def cross(self):
        self.crossings += 1


def test_the_loop_ends_when_the_time_is_up_and_says_how_long_it_was():
    traders, found = Traders(), live.Outcome()
    found.figures = traders.figures
    console = Console(file=StringIO(), width=160)
    asyncio.run(live._loop(traders, traders, 0.05, console, found))
    assert found.seconds >= 0.05
    assert traders.ticks > 0
    assert traders.crossings > 0
    assert f"{2 * traders.ticks:,} orders" in console.file.getvalue()


def test_what_goes_on_for_a_person_keeps_no_times(monkeypatch):
    monkeypatch.setattr(live, "_PAUSE", 0)
    traders, found = Traders(most=5), live.Outcome()
    found.figures = traders.figures
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(live._go_on(traders, traders, found))
    assert (traders.ticks, traders.crossings) == (5, 4)
    assert (found.figures.signing, found.figures.round_trips) == ([1], [1])  # of the turn that was cut off


def level(size, offset, price="900"):
    return {"price": price, "size": size, "offset": offset}


def book_of(bids, asks):
    return SimpleNamespace(
        **{side: [SimpleNamespace(price=price, size=size) for price, size in levels]
           for side, levels in (("bids", bids), ("asks", asks))}
    )  # fmt: skip


class Feed:
    """Hands out events, as a feed of the WebSocket does."""

    def __init__(self, *told):
        self.told = told

    async def __aiter__(self):
        for event in self.told:
            yield event


def followed(*more):
    """A watch that was told of one book with a bid and an ask, and of what else there is."""
    told = (
        events.Subscribed("v3_orderbook", "ETH-USD", {"bids": [level("1", "1")], "asks": [level("2", "1", "901")]}),
        *more,
    )
    watch = live.Watch(Feed(*told), ["ETH-USD"])
    asyncio.run(watch.follow())
    return watch


def filled(*orders):
    return events.Update("v3_accounts", "1", {"fills": [{"orderId": order} for order in orders]}, 2)


def test_a_watch_has_the_books_the_fills_and_each_break():
    change = events.Update("v3_orderbook", "ETH-USD", {"bids": [["899", "3"]], "asks": [], "offset": "2"}, 3)
    watch = followed(filled("a", "b", "a"), events.Update("v3_trades", "ETH-USD", {"fills": [{"orderId": "c"}]}, 4),
                     events.Update("v3_accounts", "1", {}, 5), change)  # fmt: skip
    assert watch.books["ETH-USD"].bids() == [("900", "1"), ("899", "3")]
    assert watch.fills == {"a": 2, "b": 1}
    assert watch.breaks == []
    gap, broken = events.Gap(expected=3, received=5), events.Disconnected("closed")
    assert followed(gap, broken).breaks == [gap, broken]


BIDS, ASKS = [("900", "1")], [("901", "2")]
BOOKS, HALF_BOOKS = ({"ETH-USD": {"bids": BIDS, "asks": asks}} for asks in (ASKS, []))


@pytest.mark.parametrize(
    ("told", "shown_asks", "rows", "wrong"),
    [
        ((filled("a", "b"),), ASKS, (BOOKS, 7, 2, []), []),
        ((filled("a", "b"),), [("901", "3")], (BOOKS, 7, 2, []), ["over REST"]),
        (
            (filled("a", "b"),),
            ASKS,
            ({"ETH-USD": {"bids": BIDS, "asks": []}}, 7, 2, []),
            ["over REST", "WebSocket are"],
        ),
        ((filled("a", "b"),), ASKS, (BOOKS, 8, 2, []), ["as many as were accepted"]),
        ((filled("a"),), ASKS, (BOOKS, 7, 2, []), ["the maker was told of"]),
        ((), ASKS, (BOOKS, 7, 0, []), ["the maker was told of"]),
        ((filled("a", "b"), events.Disconnected("closed")), ASKS, (BOOKS, 7, 2, []), ["WebSocket are", "lost nothing"]),
        ((filled("a", "b"),), ASKS, (BOOKS, 7, 2, ["money was made"]), ["conserved"]),
    ],
)
def test_check_compares_what_is_shown_followed_and_stored(monkeypatch, told, shown_asks, rows, wrong):
    async def get_orderbook(name):
        assert name == "ETH-USD"
        return book_of(BIDS, shown_asks)

    monkeypatch.setattr(live, "_PATIENCE", 0)
    monkeypatch.setattr(live.sandbox, "audit", lambda database: checks.Audit(*rows))
    client = SimpleNamespace(public=SimpleNamespace(get_orderbook=get_orderbook))
    found = live.Outcome(figures=trading.Figures(accepted=7, taken=4))
    asyncio.run(live._check(client, followed(*told), "exchange.db", found))
    assert tuple(found.checks) == live.CHECKS
    failed = [sentence for sentence, right in found.checks.values() if not right]
    assert [sentence for sentence, words in zip(failed, wrong, strict=True) if words not in sentence] == []
    assert found.problems == rows[3]
    orders = {fill["orderId"] for event in told if isinstance(event, events.Update) for fill in event.contents["fills"]}
    assert (found.trades, found.filled) == (rows[2], len(orders) + 4)


def test_compared_says_how_many_books_agree():
    """Of two, one that another account changed behind the feed's back, and one that isn't known yet."""
    watch = live.Watch(Feed(), ["ETH-USD", "BTC-USD"])
    watch.books["ETH-USD"] = followed().books["ETH-USD"]
    both = dict.fromkeys(watch.books, BOOKS["ETH-USD"])
    rows = checks.Audit(both | {"BTC-USD": HALF_BOOKS["ETH-USD"]}, 7, 0, [])
    found = live._compared(both, watch, rows, 7)
    assert found["books_over_rest"] == ("1 of 2 books over REST are those of the database", False)
    assert found["books_over_websocket"] == ("1 of 2 books over the WebSocket are those of the database", False)
    assert found["books_with_both_sides"] == ("2 of 2 books have both sides", True)
    assert found["orders_in_database"] == ("7 orders are in the database, as many as were accepted", True)
    assert [name for name, check in found.items() if not check.right] == [
        "books_over_rest", "books_over_websocket", "trades_told"
    ]  # fmt: skip
    assert watch.book("BTC-USD") is None
    assert not watch.shows(both)


def test_onboard_makes_a_wallet_an_account_with_an_api_key():
    """At an exchange that checks every signature."""
    console = Console(file=StringIO(), width=200)

    async def both(url):
        async with live.AsyncExitStack() as stack:
            first, position = await live._onboard(stack, url, console, "maker")
            second, other = await live._onboard(stack, url, console, "taker")
            keys = (await first.private.get_api_keys()).api_keys
            account = (await second.private.get_account()).account
            return first.default_address, position, [item.key for item in keys], other, int(account.position_id)

    with sandbox.running() as exchange:
        wallet, position, keys, other, told = asyncio.run(both(exchange.url))
    said = console.file.getvalue()
    assert wallet in said
    assert f"with position {position}" in said
    assert f"API keys: {', '.join(keys)}" in said
    assert other == told != position


def test_onboard_misses_a_key_that_the_exchange_does_not_list(monkeypatch):
    monkeypatch.setattr(live, "AsyncClient", lambda url, **options: Unlisted())

    async def one():
        async with live.AsyncExitStack() as stack:
            await live._onboard(stack, "http://localhost:1", Console(file=StringIO()), "maker")

    with pytest.raises(StarkcoreError, match="doesn't list the API key"):
        asyncio.run(one())


class Unlisted:
    """A client of an exchange that forgets the API keys that it makes."""

    default_address = "0x1"

    def __init__(self):
        self.onboarding = self.api_keys = self.private = self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass

    async def derive_stark_key(self):
        return SimpleNamespace(public_key="0x2")

    async def create_user(self):
        return SimpleNamespace(account=SimpleNamespace(position_id="3"))

    async def create_api_key(self):
        return SimpleNamespace(api_key=SimpleNamespace(key="mine"))

    async def get_api_keys(self):
        return SimpleNamespace(api_keys=[SimpleNamespace(key="another")])


@pytest.mark.parametrize("reported", [False, True])
def test_trade_checks_what_it_did_and_goes_on_only_for_whoever_reads_the_report(monkeypatch, reported):
    """At an exchange, for a moment; what goes on is stood for by a step that ends."""
    steps = []

    async def go_on(maker, taker, found):
        steps.append("goes on")

    monkeypatch.setattr(live, "_go_on", go_on)
    console, found = Console(file=StringIO(), width=200), live.Outcome()
    report = (lambda: steps.append("report")) if reported else None
    with sandbox.running_process(None, "--initial-balance", live.BALANCE) as exchange:
        asyncio.run(live._trade(exchange, 0.2, 2, console, found, report))
    assert tuple(found.checks) == live.CHECKS
    assert not found.problems
    # In so short a time on a busy machine nobody may have met a quote.
    assert [name for name, check in found.checks.items() if not (check.right or name == "trades_told")] == []
    assert found.figures.accepted >= 4
    assert steps == ["report", "goes on"] * reported
    assert ("it goes on at" in console.file.getvalue()) == reported


# ---- demo.trading

MARKET = trading.MarketTerms("ETH-USD", tick=Decimal("0.1"), step=Decimal("0.001"), smallest=Decimal("0.01"),
                             price=Decimal(900))  # fmt: skip


class Desk:
    """Takes every order, or answers with the next of `refusals`."""

    def __init__(self, *refusals):
        self.figures, self.placed, self.refusals = trading.Figures(), [], list(refusals)

    async def place(self, market, side, size, price, **options):
        self.placed.append((market, side, size, price, options))
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        remaining = "0" if options["force"] == "IOC" else size
        return SimpleNamespace(id=len(self.placed), size=size, price=price, remaining_size=remaining)


def refused(words):
    body = json.dumps({"errors": [{"msg": words}]}).encode()
    return ApiError("POST", "/v3/orders", Answer(400, {"content-type": "application/json"}, body))


@pytest.mark.parametrize(("move", "first"), [(4, "SELL"), (0, "SELL"), (-4, "BUY")])
def test_requote_moves_the_side_first_that_the_price_goes_to(move, first):
    dice = SimpleNamespace(gauss=lambda mean, spread: move, randint=lambda least, most: least)
    desk = Desk()
    maker = trading.Maker(desk, [MARKET], dice)
    asyncio.run(maker._requote(MARKET))
    assert [order[1] for order in desk.placed] == sorted(("SELL", "BUY"), key=lambda side: side != first)
    prices = {side: Decimal(price) for _, side, _, price, _ in desk.placed}
    middle = 900 + move * MARKET.tick
    assert prices == {"SELL": middle + 3 * MARKET.tick, "BUY": middle - 3 * MARKET.tick}
    assert {order[2] for order in desk.placed} == {"0.010"}
    assert set(maker.quotes) == {("ETH-USD", "SELL"), ("ETH-USD", "BUY")}


def test_replace_gives_up_the_former_quote_with_the_new_one():
    desk = Desk()
    maker = trading.Maker(desk, [MARKET], random.Random(1))
    for _ in range(2):
        asyncio.run(maker._replace("ETH-USD", "BUY", "0.01", "900"))
    assert [order[4]["cancel_id"] for order in desk.placed] == [None, 1]
    assert maker.quotes["ETH-USD", "BUY"].id == 2
    assert desk.figures.overtaken == 0


def test_replace_places_anew_where_the_former_quote_was_filled():
    desk = Desk(None, refused("cancelId is of no open order"))
    maker = trading.Maker(desk, [MARKET], random.Random(1))
    for _ in range(2):
        asyncio.run(maker._replace("ETH-USD", "BUY", "0.01", "900"))
    assert [order[4].get("cancel_id") for order in desk.placed] == [None, 1, None]
    assert desk.figures.overtaken == 1


@pytest.mark.parametrize("earlier", [0, 1])
def test_replace_hands_on_any_other_refusal(earlier):
    desk = Desk(*[None] * earlier, refused("cancelId is wrong" if not earlier else "size must be a multiple"))
    maker = trading.Maker(desk, [MARKET], random.Random(1))
    for _ in range(earlier):
        asyncio.run(maker._replace("ETH-USD", "BUY", "0.01", "900"))
    with pytest.raises(ApiError):
        asyncio.run(maker._replace("ETH-USD", "BUY", "0.01", "900"))


@pytest.mark.parametrize(("side", "crossed"), [("BUY", "SELL"), ("SELL", "BUY")])
@pytest.mark.parametrize(("chance", "size"), [(0.1, "0.5"), (0.9, "0.01")])
def test_cross_takes_the_other_side_whole_or_in_part(side, crossed, chance, size):
    desk = Desk()
    maker = SimpleNamespace(quotes={("ETH-USD", crossed): SimpleNamespace(size="0.5", price="901")})
    choices = iter((MARKET, side))
    dice = SimpleNamespace(choice=lambda of: next(choices), random=lambda: chance)
    asyncio.run(trading.Taker(desk, maker, [MARKET], dice).cross())
    assert desk.placed == [("ETH-USD", side, size, "901", {"post_only": False, "force": "IOC"})]
    assert desk.figures.taken == 1


def test_cross_does_nothing_without_a_quote():
    desk = Desk()
    taker = trading.Taker(desk, SimpleNamespace(quotes={}), [MARKET], random.Random(1))
    asyncio.run(taker.cross())
    assert desk.placed == []
