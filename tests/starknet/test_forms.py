"""Orders that a form reads natively, against the Python code that knows every rule: the same signature, or the same
error.
"""

from __future__ import annotations

import random
from collections import UserDict
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo, available_timezones

import pytest

from starkcore import PrivateKey, _native, extended, paradex
from starkcore.errors import StarkcoreError
from starkcore.starknet.form import Form, Key, Known, Of, Term
from starkcore.starknet.template import MessageTemplate

KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3)


class Side(StrEnum):
    BUY = "BUY"


class Lie(str):
    """Text that says it is other text."""

    __slots__ = ()

    def __eq__(self, other):
        return other == "BUY"

    def __hash__(self):
        return hash("BUY")


class Moment(datetime):
    """A datetime that a form leaves alone."""


class Zone(tzinfo):
    """A zone of a program's own, which a form leaves alone."""

    def utcoffset(self, when):
        return timedelta(hours=2)


class Zones(ZoneInfo):
    """Likewise."""


class Number(IntEnum):
    SEVEN = 7


def market(name="BTC-USD", synthetic=10**6, collateral=10**6):
    return extended.Market(
        name, synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=synthetic, collateral_id=1,
        collateral_resolution=collateral,
    )  # fmt: skip


MARKETS = [
    market(), market("ETH-USD", 10**4, 10**6), market("X-USD", 1, 1), market("Y-USD", 7 * 10**9, 10**9),
    market("WIDE", (1 << 64) - 1, (1 << 64) - 1), market("WIDER", 1 << 64, 10**6),
]  # fmt: skip

AMOUNTS = [
    "0", "0.0", "-1", "+1", "1e3", "1E-3", ".5", "5.", ".", "", " 1", "1 ", "1_0", "١", "1.2.3", "0x10", "NaN", "inf",
    "1" * 19, "1" * 20, "9" * 19, "18446744073709551615", "18446744073709551616", "0.000000000000000001",
    "0.0000000000000000001", "1.000000000000000000", "1" * 96, "1" * 97, "0" * 63 + "1", "0" * 80 + "1", "1\x00",
    "\ud800", 0, -1, 10**19, 1 << 64, (1 << 64) - 1, 10**400, True, 1.5, None, b"1", Decimal("1E+3"),
    Decimal("1E-7"), Decimal("NaN"), Decimal("Infinity"), Decimal("-0"), Decimal("-2"), Number.SEVEN, Side.BUY, [],
    "0.00000001", "0.000000001", "123456789.12345678", "92233720368547.75807", "92233720368547.75808",
]  # fmt: skip
FEES = [
    "0.000000000001", "0.0000000000001", "0.999999999999", "1", "1.0", "0.9999999999999", 1, None, Decimal("5E-4"),
    "5e-4", "-0.1", 0.0005, "0.00000000000100", "\ud800",
]  # fmt: skip
TIMES = [
    10**9 - 14 * 86_400, 10**9 - 14 * 86_400 + 1, 2 * 10**10 - 14 * 86_400 - 1, 2 * 10**10 - 14 * 86_400, 0, -1, None,
    1_800_000_000.5, "2030-01-02T03:04:05Z", datetime(2030, 1, 1), True, 1 << 70, date(2030, 1, 1),
    Moment(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=Zone()), datetime(2030, 1, 1, tzinfo=Zones("UTC")),
    datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(1969, 12, 31, tzinfo=UTC), datetime(2603, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=ZoneInfo("UTC")),
    datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(2030, 1, 1, tzinfo=timezone(timedelta(), "UTC")), Decimal("1800000000.25"),
]  # fmt: skip
MILLISECONDS = [10**11, 10**11 - 1, 10**14 - 1, 10**14, True, "1", 1.5, -1]
SIDES = ["buy", "", Side.BUY, Lie("SELL"), None, 1, b"BUY", "BUY "]
NONCES = [1, 7, 1 << 31, (1 << 31) + 1, 0, -1, True, Number.SEVEN, "1", 1.0, 1 << 80]
NAMES = ["", "X" * 31, "X" * 32, "é", "\ud800", Side.BUY, Lie("A"), 1]
KINDS = ["LIMIT", "MARKET", "STOP_MARKET", "limit", "", None, Lie("LIMIT")]


def usual_amount(chance):
    text = f"{chance.randrange(10 ** chance.randrange(1, 9))}.{chance.randrange(1, 10 ** chance.randrange(1, 9))}"
    return chance.choice([text, Decimal(text), chance.randrange(1, 10**6), f"{chance.randrange(1, 1000)}00.50"])


ZONES = [
    UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-11)), timezone(timedelta(microseconds=1)),
    timezone(-timedelta(seconds=1, microseconds=1)), ZoneInfo("UTC"),
    *(ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York") if name in available_timezones()),
]  # fmt: skip


def usual_moment(chance):
    moment = datetime(2002, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(18_000_000_000))
    moment = moment.replace(microsecond=chance.choice([0, 1, 999_999])).astimezone(chance.choice(ZONES))
    return moment.replace(fold=chance.choice([moment.fold, 1 - moment.fold]))


def extended_order(chance):
    def either(usual, odd):
        return chance.choice(odd) if chance.random() < 0.07 else usual

    order = {
        "market": chance.choice(MARKETS), "side": either(chance.choice(["BUY", "SELL"]), SIDES),
        "size": either(usual_amount(chance), AMOUNTS), "price": either(usual_amount(chance), AMOUNTS),
        "taker_fee": either(chance.choice(["0.0005", "0", 0, Decimal("0.0001")]), FEES),
        "expire_time": either(chance.choice([1_800_000_000, usual_moment(chance)]), TIMES), "nonce": either(5, NONCES),
    }  # fmt: skip
    if chance.random() < 0.3:
        order["builder_fee"] = either(chance.choice(["0.0001", None]), FEES)
    if chance.random() < 0.3:
        order["rounding"] = either("exact", ["venue", None, "up", 1])
    return order


def paradex_order(chance):
    def either(usual, odd):
        return chance.choice(odd) if chance.random() < 0.07 else usual

    order = {
        "market": either(chance.choice(["BTC-USD-PERP", "ETH-USD-PERP"]), NAMES),
        "side": either(chance.choice(["BUY", "SELL"]), SIDES), "size": either(usual_amount(chance), AMOUNTS),
        "price": either(usual_amount(chance), AMOUNTS),
        "order_type": either(chance.choice(["LIMIT", "STOP_LIMIT"]), KINDS),
        "timestamp": either(1_700_000_000_000, MILLISECONDS),
    }  # fmt: skip
    if chance.random() < 0.3:
        order["price"] = either(None, [*AMOUNTS, "5"])
        order["order_type"] = either(chance.choice(["MARKET", "STOP_MARKET", "TAKE_PROFIT_MARKET"]), [*KINDS, "LIMIT"])
        if order["price"] is None and chance.random() < 0.5:
            del order["price"]
    if chance.random() < 0.3:
        order["order_id"] = either(chance.choice(["123", "1681462103821101699400000", None, "ab"]), ["", "0", 5, "0x7"])
    if chance.random() < 0.3:
        order["rounding"] = either("exact", ["down", None, "up", 1])
    return order


def spoiled(chance, order):
    """The same with a key too many or too few, now and then, or in another kind of mapping."""
    what = chance.randrange(40)
    if what == 0:
        del order[chance.choice([name for name in order if name not in ("nonce", "timestamp")])]
    elif what == 1:
        order[chance.choice(["extra", 1, Lie("q"), None])] = chance.choice([None, 1])
    elif what == 2:
        return UserDict(order)
    elif what == 3:
        return chance.choice([None, 5, "order", [], tuple(order)])
    return order


def what(outcome):
    if isinstance(outcome, StarkcoreError):
        return type(outcome), str(outcome), outcome.field, outcome.rule
    return outcome


SIGNERS = {
    "extended": (lambda: extended.OrderSigner(KEY, vault=10002), extended_order),
    "paradex": (lambda: paradex.OrderSigner(KEY, account=0x1234), paradex_order),
}


def forms_of(signer):
    return signer._forms if isinstance(signer, paradex.OrderSigner) else (signer._form,)


@pytest.mark.parametrize("venue", SIGNERS)
def test_a_form_comes_to_what_the_rules_come_to(venue):
    make, draw = SIGNERS[venue]
    signer, reference = make(), make()
    chance = random.Random(f"forms {venue}")
    orders = [spoiled(chance, draw(chance)) for _ in range(4000)]
    signer.sign_orders(orders)  # so that names and markets are known
    expected = reference._sign_unusual(orders, 1)
    total = 0
    for form in forms_of(signer):
        read = form.sign(KEY, orders, 32 if venue == "paradex" else None)
        signed = sum(outcome is not None for outcome in read)
        total += signed
        assert signed > 100
        for order, native, rules in zip(orders, read, expected, strict=True):
            if native is not None:
                assert native == rules, order
                assert type(native) is type(rules)
    assert 500 < total < len(orders) - 500
    assert list(map(what, signer.sign_orders(orders, threads=2))) == list(map(what, expected))


@pytest.mark.parametrize("venue", SIGNERS)
def test_one_order_is_signed_as_in_a_batch(venue):
    make, draw = SIGNERS[venue]
    signer, chance = make(), random.Random(f"singles {venue}")
    for _ in range(300):
        order = draw(chance)
        (batch,) = signer.sign_orders([order])
        try:
            one = signer.sign_order(**order)
        except StarkcoreError as error:
            one = error
        assert what(one) == what(batch), order


def test_usual_orders_are_read_natively():
    signer = extended.OrderSigner(KEY, vault=10002)
    order = {
        "market": MARKETS[0], "side": "BUY", "size": "0.001", "price": Decimal("43445.1168"), "taker_fee": "0.0005",
        "expire_time": 1_800_000_000, "nonce": None,
    }  # fmt: skip
    assert signer._form.sign(KEY, [order], None) == [None], "the market isn't known yet"
    signer.sign_order(**order)
    (first,), (second,) = signer._form.sign(KEY, [order], None), signer._form.sign(KEY, [order], None)
    assert first.nonce != second.nonce
    assert 1 <= first.nonce <= 1 << 31
    assert first.hash == signer.sign_order(**order | {"nonce": first.nonce}).hash
    assert KEY.public_key.verify(first.hash, first.signature)

    signer = paradex.OrderSigner(KEY, account=1)
    order = {
        "market": "BTC-USD-PERP",
        "side": "BUY",
        "order_type": "LIMIT",
        "size": 1,
        "price": "2.5",
        "timestamp": None,
    }
    signer.sign_order(**order)
    ((signed,),) = [signer._forms[0].sign(KEY, [order], 32, now=1_700_000_000_000)]
    assert signed.timestamp == 1_700_000_000_000
    changed = order | {"order_id": "1681462103821101699400000"}
    at_market = {"order_type": "MARKET", "price": None}
    signer.sign_order(**changed)
    for form, usual in zip(signer._forms, (order, order | at_market, changed, changed | at_market), strict=True):
        now = {"timestamp": 1_700_000_000_000}
        assert form.sign(KEY, [usual], 32, now=now["timestamp"]) == [signer.sign_order(**usual | now)]


def test_times_are_those_of_python():
    signer = extended.OrderSigner(KEY, vault=1)
    chance = random.Random("moments")
    moments = [usual_moment(chance) for _ in range(500)]
    moments += [
        datetime(year, month, day, 23, 59, 59, 1, tzinfo=UTC)
        for year in range(2004, 2600, 4)
        for month, day in ((2, 28), (3, 1), (12, 31))
    ]
    orders = [
        {"market": MARKETS[0], "side": "BUY", "size": 1, "price": 1, "taker_fee": 0, "expire_time": moment, "nonce": 1}
        for moment in moments
    ]  # fmt: skip
    signer.sign_order(**orders[0])
    read = signer._form.sign(KEY, orders, None)
    assert None not in read
    assert [signed.expiration for signed in read] == [
        -(-(moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)) + 14 * 86_400 for moment in moments
    ]


def test_what_is_forgotten_is_learnt_again():
    known = Known(2)
    markets = [market(f"M{i}-USD") for i in range(5)]
    for each in markets:
        known.add_object(each, (1, 2), ((10, 0, 100, 0),))
        known.add_object(each, (1, 2), ((10, 0, 100, 0),))
        assert 1 <= len(known.records) <= 2
        assert id(each) in known.records


def test_another_object_at_the_same_place_is_none():
    """An id alone says nothing: the record must be that of this very object."""
    shape = MessageTemplate(1, 1, 2, [3, None])
    known = Known(10)
    first, second = market("A"), market("B")
    known.add_object(first, (5,), ())
    form = Form(shape, tuple, [Key.known_object("m", known)], [Term(("m",))], [Of("m", 0)], [])
    assert form.sign(KEY, [{"m": first}], None)[0] is not None
    known.records[id(second)] = known.records[id(first)]
    assert form.sign(KEY, [{"m": second}], None) == [None]


@pytest.mark.parametrize(
    "parts",
    [
        {"keys": ((1, 0, True, 0, 0, None),)},
        {"keys": (("a", 9, True, 0, 0, None),)},
        {"keys": (("a", 5, True, 0, 0, None),)},
        {"keys": (("a", 0, True, 0, 0),)},
        {"terms": (((), None, None, 0, 0, 0, 0, 0, None, 0, (), (1, 0, 1, 0)),)},
        {"terms": (((0,) * 4, None, None, 0, 0, 0, 0, 0, None, 0, (), (1, 0, 1, 0)),)},
        {"terms": (((0,), None, None, 0, 0, 0, 0, 0, 7, 0, (), None),)},
        {"terms": (((0,), None, None, 0, 0, 0, 0, 0, None, 0, (3,), (1, 0, 1, 0)),)},
        {"terms": (((0,), None, None, 0, 0, 0, 0, 0, None, 0, (0, 0, 0), (1, 0, 1, 0)),)},
        {"slots": ()},
        {"slots": ((0, 1),)},
        {"slots": ((0, None, (1,)),)},
        {"results": (1,)},
        {"made": int},
        {"template": 5},
    ],
)
def test_a_form_must_fit(parts):
    given = {
        "template": MessageTemplate(1, 1, 2, [3, None]).native, "made": tuple, "make": bytes, "decimal": Decimal,
        "keys": (("a", 2, True, 0, 9, None),),
        "terms": (((0,), None, None, 0, 0, 0, 0, 0, None, 0, (), (1, 0, 1, 0)),), "slots": ((0,),), "results": (0,),
    }  # fmt: skip
    assert _native.MessageForm.of(*given.values())
    with pytest.raises(StarkcoreError):
        _native.MessageForm.of(*(given | parts).values())
