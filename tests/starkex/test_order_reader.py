"""The native reader of orders beside the one in Python: the same orders, and the same errors, word for word.

Python's reader takes all that may be given, and makes each error; the native one takes the plain case. So whatever goes
through both must come out alike, wherever the border between them runs.
"""

import ast
import gc
import inspect
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import odd_values as odd
import pytest

from starkcore import PrivateKey, StarkcoreError, _native
from starkcore.errors import InvalidAmount, InvalidExpiration
from starkcore.starkex import (
    DYDX,
    HumanOrder,
    Market,
    Network,
    OrderSigner,
    OrderTerms,
    SignedOrder,
    Venue,
    expiration_hours,
)  # fmt: skip
from starkcore.starkex.orders import amount_told, signed_order

FIRST = Venue(
    name="first bytes, rounded down",
    markets={"ETH-USD": Market("ETH-USD", 5, 10**9)},
    networks={"mainnet": Network("mainnet", 1, 7, 10**6)},
    order_buffer_hours=2**31 - 1,
    round_expiration="down",
    nonce_bytes="first",
)
SIGNERS = {
    "dydx": OrderSigner(PrivateKey(5), position_id=1),
    "no clock": OrderSigner(PrivateKey(6), position_id=2**64 - 1, check_expiration=False),
    "first": OrderSigner(PrivateKey(7), position_id=0, venue=FIRST),
}
ORDER = {
    "market": "ETH-USD", "side": "BUY", "size": "1.5", "price": "2000", "limit_fee": "0.001",
    "expiration": 4_102_444_800, "client_id": "one",
}  # fmt: skip


def read_by_python(signer, order, now):
    """What sign_orders made of an order before there was a native reader."""
    reader, terms = signer._reader, None
    try:
        parts, terms = reader.parts_of(order, now)
        return signed_order(_native.sign_order(signer._secret, parts), terms)
    except InvalidAmount as error:
        return error if terms is None else amount_told(error, reader.venue, terms.market)
    except StarkcoreError as error:
        return error


def outcome(made):
    """An order or an error, with all that can be seen of it."""
    if isinstance(made, StarkcoreError):
        return type(made), str(made), made.args
    assert type(made) is SignedOrder
    assert type(made.terms) is OrderTerms
    words = {name: getattr(made.terms, name) for name in OrderTerms.__slots__}
    assert {type(words[name]) for name in ("market", "side", "size", "price", "limit_fee")} == {str}
    assert {type(words[name]) for name in ("client_id", "nonce", "position_id")} <= {str, int, type(None)}
    assert type(words["expiration"]) in (str, int, float, Decimal, datetime)
    return tuple(made), words, made.to_dict(), hash(made), hash(made.terms)


def single(signer, order):
    try:
        return signer.sign_order(**order)
    except StarkcoreError as error:
        return error


SIDES = StrEnum("SIDES", {"BUY": "BUY"})
# Days that there are and aren't, hours' borders, and forms near the plain one.
TIMES = [
    *(f"{day}T00:00:00Z" for day in (
        "2099-02-28", "2099-02-29", "2096-02-29", "2100-02-29", "2400-02-29", "2400-02-28", "2099-12-31", "2099-00-01",
        "2099-13-01", "2099-01-00", "2099-01-32", "2099-04-31", "2500-01-01", "2499-12-31", "2500-01-02", "1969-12-31",
        "1970-01-01", "2015-01-01", "2014-12-31", "0000-01-01", "9999-12-31", "2020-09-17", "2099-1-01", "209９-01-01",
    )),
    *(f"2099-06-30T{time}" for time in (
        "23:59:59Z", "23:59:60Z", "24:00:00Z", "23:60:00Z", "04:00:00.000001Z", "04:00:00.0Z", "04:00:00.000000Z",
        "04:00:00.0000000Z", "04:00:00.Z", "04:00:00.1234567Z", "03:59:59.999999Z", "04:00:00.12345Z", "04:00:00z",
        "04:00:00", "04:00:00+00:00", "04:00Z", "04:00:00Z ", "04:00:00.5", "04:00:00,5Z", "04:00:00.-1Z", "4:00:00ZZ",
        "04:00:00.1 Z", "04:00:0\x00Z", "04-00-00Z", "04:00:00.12Z5Z",
    )),
    "2099-06-30 04:00:00Z", "2099-06-30t04:00:00Z", "2099/06/30T04:00:00Z", "2099-06-30T04:00:00\xe9",
    "20990630T040000Z", "2015-01-01T00:00:00.5Z", "2014-12-31T23:00:00.000001Z", "2499-12-31T23:59:59.999999Z",
    "2500-01-01T00:00:00.000001Z",
]  # fmt: skip


class Moment(datetime):
    """Of another class, which might say anything."""


class Zone(tzinfo):
    """UTC, of another class."""

    def utcoffset(self, when):
        return timedelta()


MOMENTS = [
    *(datetime(*day, tzinfo=UTC) for day in (
        (2099, 2, 28), (2096, 2, 29), (2400, 2, 29), (2500, 1, 1), (2500, 1, 2), (1969, 12, 31), (1, 1, 1),
        (1970, 1, 1), (9999, 12, 31), (2099, 12, 31, 23, 59, 59, 999999), (2099, 6, 30, 4, 0, 0, 1),
        (2099, 6, 30, 3, 59, 59, 999999),
        (2020, 9, 17), (2499, 12, 31, 23, 59, 59, 999999), (2500, 1, 1, 0, 0, 0, 1),
    )),
    datetime(2099, 6, 30, 4, fold=1, tzinfo=UTC), datetime(2099, 6, 30, 4, tzinfo=timezone(timedelta(0), "UTC")),
    datetime(2099, 6, 30, 4, tzinfo=timezone(timedelta(hours=1))), datetime(2099, 6, 30, 4, tzinfo=Zone()),
    Moment(2099, 6, 30, 4, tzinfo=UTC), datetime(2099, 6, 30, 4).date(), datetime(2099, 6, 30, 4).timetz(),
]  # fmt: skip
VALUES = {
    "market": ["ETH-USD", "NOPE", "eth-usd", "", b"ETH-USD", None, 5, SIDES.BUY],
    "side": ["BUY", "SELL", "buy", "SELL ", "".join(["SE", "LL"]), SIDES.BUY, None, 1],
    "size": ["1", "0", "1e-9", "1e-10", "1e3", "", "-1", "1.", 1, 0, -1, 2**63, 2**64, 10**400, True, Decimal("2.50"),
             Decimal("NaN"), 1.5, None, "\u0661", "\ud800", "9" * 97],
    "price": ["1", "0.0000001", 3, Decimal("1E+3"), -(2**70), 2.0, "1e30", None, "\xe9"],
    "limit_fee": ["0", "0.9999999", "1", 0, 1, Decimal("0.1"), "", None],
    "expiration": [
        4_102_444_800, 4_102_444_801, 4_102_444_800.5, 1_420_070_400, 1_420_066_799, 1_420_070_399.5, 16_725_225_600,
        16_725_225_601, 16_725_229_200, 1e300, float("nan"), float("inf"), -0.0, -5, 0, 10**30, -(10**30), 2**40, 2**62,
        1_600_000_000, 1.6e9, True, "2099-01-01T00:00:00Z", "2099-01-01", Decimal("4102444800.000001"), None,
        datetime(2100, 1, 1, tzinfo=UTC), datetime(2100, 1, 1), *TIMES, *MOMENTS,
    ],
    "client_id": ["one", "", "\xe9", "\u6f22", "\ud800", None, 5, b"one", SIDES.BUY, "x" * 200],
    "nonce": [None, 0, 7, 2**32 - 1, 2**32, -1, 2**64, 10**30, True, "5", 5.0],
    "position_id": [None, 0, 1, 2, 2**64 - 1, 2**64, -1, True, "1", 1.0],
}  # fmt: skip


def cases():
    """Each value in an order that is otherwise good, then several at once, by chance; with names too many and
    too few.
    """
    for name, values in VALUES.items():
        for value in (*values, *odd.ODD_TEXTS, *odd.EDGES):
            yield ORDER | ({"client_id": None} if name == "nonce" else {}) | {name: value}
    chance = random.Random(12)
    for _ in range(2000):
        order = dict(ORDER)
        for name in chance.sample(list(VALUES), chance.choice((1, 2, 2, 3, 9))):
            order[name] = chance.choice(VALUES[name])
        if chance.random() < 0.1:
            del order[chance.choice(list(order))]
        if chance.random() < 0.05:
            order[chance.choice(("colour", "Market", "", SIDES.BUY))] = 5
        items = list(order.items())
        chance.shuffle(items)
        yield dict(items)


@pytest.mark.parametrize("name", SIGNERS)
def test_both_readers_agree_about_what_is_past(name):
    """About now to the microsecond, for a clock that is anywhere in that second."""
    signer, expiry = SIGNERS[name], "2030-01-02T03:04:05"
    whole = datetime.fromisoformat(expiry + "Z").timestamp()
    orders = [ORDER | {"expiration": f"{expiry}{end}Z"} for end in ("", ".000001", ".1", ".999999")]
    orders += [ORDER | {"expiration": kind(whole)} for kind in (int, float)]
    orders += [
        ORDER | {"expiration": datetime(2030, 1, 2, 3, 4, 5, part, tzinfo=UTC)} for part in (0, 1, 100_000, 999_999)
    ]
    for now in (whole - 1, whole - 1e-6, whole, whole + 1e-6, whole + 0.1, whole + 0.999999, whole + 1, None):

        def otherwise(order, now=now):
            try:
                return signer._reader.parts_of(order, now)
            except StarkcoreError as error:
                return error

        made = _native.sign_human_orders(signer._secret, signer._reader.native, orders, now, 1, otherwise, amount_told)
        assert [outcome(one) for one in made] == [outcome(read_by_python(signer, order, now)) for order in orders]


def test_a_time_in_its_plain_form_is_read_natively():
    signer, seen = SIGNERS["dydx"], []
    times = "2099-06-30T04:00:00Z", "2099-06-30T04:00:00.678Z", datetime(2099, 6, 30, 4, tzinfo=UTC)
    orders = [ORDER | {"expiration": time} for time in times]
    made = _native.sign_human_orders(signer._secret, signer._reader.native, orders, None, 1, seen.append, amount_told)
    assert [type(one) for one in made] == [SignedOrder] * 3
    assert not seen


@pytest.mark.parametrize("name", SIGNERS)
def test_both_readers_agree(name):
    signer, orders = SIGNERS[name], list(cases())
    now = signer._now()
    expected = [outcome(read_by_python(signer, order, now)) for order in orders]
    assert [outcome(made) for made in signer.sign_orders(orders)] == expected
    assert [outcome(made) for made in signer.sign_orders(iter(orders), threads=2)] == expected
    alone = 0
    for order, wanted in zip(orders, expected, strict=True):
        if order.keys() <= VALUES.keys() and all(order.get(word, 0) is not None for word in list(VALUES)[:6]):
            if not VALUES.keys() - {"client_id", "nonce", "position_id"} <= order.keys():
                continue
            assert outcome(single(signer, order)) == wanted
            assert outcome(signer.sign_orders([HumanOrder(**order)])[0]) == wanted
            alone += 1
    assert alone > 2000
    kinds = {wanted[0] for wanted in expected if isinstance(wanted[0], type)}
    assert len(kinds) >= 5
    assert sum(not isinstance(wanted[0], type) for wanted in expected) > 300


def test_the_native_reader_takes_the_plain_case(monkeypatch):
    """Python's isn't asked for texts, ints and floats, however the dict came to be; and it is for the rest."""
    signer = OrderSigner(PrivateKey(5), position_id=1)
    signer.sign_order(**ORDER)  # which makes the market ready
    asked = []
    kind, read = type(signer._reader), type(signer._reader).read
    monkeypatch.setattr(kind, "read", lambda self, *args: asked.append(1) or read(self, *args))
    plain = [
        ORDER, {"".join(list(name)): value for name, value in ORDER.items()}, ORDER | {"expiration": 4_102_444_800.25},
        ORDER | {"size": 1, "price": 2000, "limit_fee": 0}, ORDER | {"client_id": None, "nonce": 7},
        HumanOrder(**ORDER), ORDER | {"position_id": 5, "side": "SELL"},
    ]  # fmt: skip
    assert all(type(made) is SignedOrder for made in signer.sign_orders(plain))
    for order in plain:
        if isinstance(order, dict):
            signer.sign_order(**order)
    assert asked == []
    signer.sign_orders([ORDER | {"size": Decimal(1)}])
    assert asked == [1]


def test_one_value_carries_an_order_from_its_words_to_its_signature():
    """What comes with a signature is what was given, as far as that was plain, and can be signed again."""
    signer = OrderSigner(PrivateKey(5), position_id=1)
    words = {"expiration": "2099-01-01T00:00:00Z"}, {"client_id": None, "nonce": 7}, {"position_id": 5, "side": "SELL"}
    for changed in ({}, *words):
        given = OrderTerms(**ORDER | changed)
        (signed,) = signer.sign_orders([given])
        assert signed.terms == given
        assert signer.sign_order(**ORDER | changed).terms == given
        assert signer.sign_orders([signed.terms]) == [signed]
    with pytest.raises(AttributeError):
        given.market = "BTC-USD"
    as_decimals = signer.sign_order(**ORDER | {"size": Decimal("1.50"), "expiration": datetime(2100, 1, 1, tzinfo=UTC)})
    assert (as_decimals.terms.size, as_decimals.terms.expiration) == ("1.50", datetime(2100, 1, 1, tzinfo=UTC))
    assert signer.sign_orders([as_decimals.terms]) == [as_decimals]


def test_the_words_of_an_order_are_the_class_s_wherever_they_stand():
    """In `sign_order`'s signature, in the binding's list, in what is written of the binding's functions."""
    words = tuple(inspect.signature(OrderTerms).parameters)
    shown = inspect.signature(OrderSigner.sign_order)
    assert list(shown.parameters.values())[1:] == list(inspect.signature(OrderTerms).parameters.values())
    assert shown.return_annotation == "SignedOrder"
    assert words == _native.ORDER_WORDS
    stub = Path(_native.__file__).with_name("_native.pyi").read_text(encoding="utf-8")
    written = {
        node.name: [argument.arg for argument in node.args.posonlyargs]
        for node in ast.walk(ast.parse(stub))
        if isinstance(node, ast.FunctionDef) and node.name == "terms"
    }
    assert written == {"terms": ["self", *words]}


def test_the_binding_takes_an_order_s_words_in_the_class_s_order():
    """Values of no use for signing come back as the terms that they were given as."""
    values = {name: [name] for name in _native.ORDER_WORDS}
    assert SIGNERS["dydx"]._reader.native.terms(*values.values()) == OrderTerms(**values)


def frames(call):
    """The names of the Python functions that a call runs."""
    ran = []
    sys.setprofile(lambda frame, event, _: ran.append(frame.f_code.co_name) if event == "call" else None)
    try:
        call()
    finally:
        sys.setprofile(None)
    return ran[1:]  # but for the call itself


def test_a_plain_order_is_signed_without_a_frame_of_python_s():
    signer = SIGNERS["dydx"]
    signer.sign_order(**ORDER)
    assert frames(lambda: signer.sign_order(**ORDER)) == []
    assert frames(lambda: signer.sign_order(**ORDER | {"price": Decimal(2000)}))[0] == "sign_order"
    past = ORDER | {"expiration": 1_600_000_000}
    assert frames(lambda: SIGNERS["no clock"].sign_order(**past)) == []
    with pytest.raises(InvalidExpiration):
        signer.sign_order(**past)
    signer.warm()
    assert "sign_order" not in frames(signer.warm)


def test_however_an_order_is_called_it_is_the_same_one():
    class Own(OrderSigner):
        def sign_order(self, **words):
            return super().sign_order(**words)

    signer = SIGNERS["dydx"]
    expected = signer.sign_order(**ORDER)
    backwards = dict(reversed(ORDER.items()))
    assert signer.sign_order(**backwards) == expected
    assert signer.sign_order(**ORDER, nonce=None, position_id=1).terms.position_id == 1
    assert signer.sign_order(**{"".join(list(name)): value for name, value in ORDER.items()}) == expected
    assert OrderSigner.sign_order(signer, **ORDER) == expected
    assert OrderSigner.sign_order(self=signer, **ORDER) == expected
    assert Own(PrivateKey(5), position_id=1).sign_order(**ORDER) == expected
    assert OrderSigner.sign_order.__wrapped__(signer, **ORDER) == expected


def test_a_call_that_is_none_of_an_order_is_refused_as_the_function_refuses_it():
    method, function = OrderSigner.sign_order, OrderSigner.sign_order.__wrapped__
    assert (method.__name__, method.__doc__, repr(method)) == ("sign_order", function.__doc__, repr(function))
    signer = SIGNERS["dydx"]
    empty = object.__new__(OrderSigner)
    calls = (((), {}), ((signer,), {}), ((signer, 1), {}), ((signer,), {"size": 1}), ((signer,), ORDER | {"fee": 1}),
             ((signer, "ETH-USD"), ORDER), ((5,), ORDER), ((empty,), ORDER))  # fmt: skip
    for arguments, words in calls:
        with pytest.raises((TypeError, AttributeError)) as ours:
            method(*arguments, **words)
        with pytest.raises(type(ours.value)) as theirs:
            function(*arguments, **words)
        assert str(ours.value) == str(theirs.value)


def test_a_method_is_one_class_s():
    with pytest.raises(StarkcoreError, match="function"):
        _native.OrderMethod.of(5)
    with pytest.raises(StarkcoreError, match="one class"):
        vars(OrderSigner)["sign_order"].__set_name__(OrderSigner, "sign_order")
    with pytest.raises(RuntimeError) as error:
        type("Other", (), {"sign_order": _native.OrderMethod.of(lambda self: None)})
    assert isinstance(error.value.__cause__, AttributeError)


def test_an_order_s_value_has_its_former_name_and_needs_a_market():
    assert HumanOrder is OrderTerms
    with pytest.raises(TypeError, match="market"):
        OrderSigner(PrivateKey(5), position_id=1).sign_order(
            **{name: ORDER[name] for name in ORDER if name != "market"}
        )


def test_orders_are_read_as_they_come():
    """One dict that is changed for each order, as a generator may have it."""

    def orders():
        order = dict(ORDER)
        for price in (1, Decimal(2), 3):
            order["price"] = price
            yield order

    assert [signed.price for signed in SIGNERS["dydx"].sign_orders(orders())] == ["1", "2", "3"]


def test_what_an_iterable_raises_passes():
    def orders():
        yield ORDER
        raise odd.Mine

    with pytest.raises(odd.Mine):
        SIGNERS["dydx"].sign_orders(orders())


def test_the_garbage_collector_has_nothing_to_walk_over():
    signer, orders = SIGNERS["dydx"], [ORDER | {"client_id": str(i)} for i in range(1000)]
    gc.collect()
    before = len(gc.get_objects())
    signed = signer.sign_orders(orders)
    assert len(gc.get_objects()) - before < 50
    one = signed[0]
    assert not any(gc.is_tracked(thing) for thing in (one, one.terms, one.signature, vars(one)))
    counts = [sys.getrefcount(signed[5].signature), sys.getrefcount(signed[5].terms)]
    assert counts == [2, 2]


# ---- The rule of whole hours, once in each language ------------------------------------------------------------------


@pytest.mark.parametrize("up", [True, False])
def test_the_hours_of_both_languages(up):
    """Python's rule, that of single orders and that of columns, at and around every border."""
    venue = Venue("V", DYDX.markets, DYDX.networks, round_expiration="up" if up else "down")
    signer = OrderSigner(PrivateKey(5), position_id=1, venue=venue, check_expiration=False)
    borders = [*(1_420_070_400 + 3600 * i for i in (-1, 0, 1)), *(16_725_225_600 + 3600 * i for i in (-1, 0, 1))]
    moments = [border + away for border in borders for away in (-1, 0, 1)] + [0, -1, 2**40, 2**62]
    columns = signer.sign_columns(
        markets=["ETH-USD"], size_decimals=0, price_decimals=0, market=0, side=1, size=1, price=2000, limit_fee=1000,
        nonce=7, expiration=memoryview(b"".join(moment.to_bytes(8, "little",
                                                                signed=True) for moment in moments)).cast("q"),
    )  # fmt: skip
    for moment, hours in zip(moments, columns.expiration_hours, strict=True):
        try:
            expected = expiration_hours(moment, buffer_hours=168, round_up=up)
        except StarkcoreError:
            expected = 0
        assert hours == expected
        made = signer.sign_orders([ORDER | {"expiration": moment}, ORDER | {"expiration": float(moment)}])
        assert [one.expiration_hours if isinstance(one, SignedOrder) else 0 for one in made] == [expected] * 2
    halves = [
        4_102_444_800.000001,
        4_102_444_799.999999,
        1_420_070_399.5,
        1_420_070_400.5,
        16_725_225_599.5,
        16_725_225_600.5,
    ]
    for moment, made in zip(halves, signer.sign_orders([ORDER | {"expiration": at} for at in halves]), strict=True):
        assert outcome(made) == outcome(read_by_python(signer, ORDER | {"expiration": moment}, None))
    assert (
        sum(isinstance(made, SignedOrder) for made in signer.sign_orders([ORDER | {"expiration": at} for at in halves]))
        > 3
    )


def test_first_bytes_are_the_nonce_there():
    made = SIGNERS["first"].sign_orders([ORDER, ORDER | {"size": Decimal("1.5")}])
    assert [one.nonce for one in made] == [FIRST.nonce("one")] * 2
    assert FIRST.nonce("one") == int("7692c3ad", 16)  # sha256sum


# The class of signers refers to its native method, which refers to it. Where the collector doesn't know of that, the
# class outlives the interpreter, and with it its module and the key of nobody that it signs with to warm up.
FORGOTTEN = """
import gc, sys, weakref
import starkcore.starkex
signers = weakref.ref(starkcore.starkex.OrderSigner)
del starkcore
for name in [name for name in sys.modules if name.startswith("starkcore")]:
    del sys.modules[name]
gc.collect()
print("forgotten" if signers() is None else "kept")
"""


def test_the_class_of_signers_goes_with_its_module():
    done = subprocess.run([sys.executable, "-P", "-c", FORGOTTEN], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("forgotten\n", "")
