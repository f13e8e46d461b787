"""Orders in columns: against orders that dYdX's own client made, and against every form of column."""

import ctypes
import random
import sys
from array import array
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from itertools import groupby

import odd_values
import pytest
from vectors import layout

import starkcore
from starkcore import PrivateKey, errors
from starkcore.starkex import DYDX, OrderSigner
from starkcore.starkex.venue import Venue

DYDX3 = layout.read("dydx3.json")

KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3)
LATER = 4_070_908_800  # 2099-01-01
ONE = {
    "markets": ["BTC-USD"],
    "size_decimals": 3,
    "price_decimals": 1,
    "market": 0,
    "side": 1,
    "size": 1500,
    "price": 300_000,
    "limit_fee": 1000,
    "nonce": array("I", [7]),
    "expiration": LATER,
}


def released_memory():
    """A buffer that gives none."""
    view = memoryview(bytes(8))
    view.release()
    return view


@pytest.fixture
def signer():
    return OrderSigner(KEY, position_id=12345)


@pytest.fixture(params=starkcore.engines())
def engine(request):
    before = starkcore.engine()
    starkcore.use_engine(request.param)
    yield request.param
    starkcore.use_engine(before)


def scaled(text):
    """An amount as an integer and how many decimals it has; None where a column has no room for it."""
    value = Decimal(text).normalize()
    decimals = max(0, -value.as_tuple().exponent)
    integer = int(value.scaleb(decimals))
    return (integer, decimals) if decimals <= 36 and integer < 2**64 else None


def dydx3_tables():
    """dYdX's orders by key, network, position and decimals of size and price, which a table has in common."""

    def common(entry):
        size, price = scaled(entry["size"]), scaled(entry["price"])
        return entry["d"], entry["network"], entry["position_id"], size[1], price[1]

    entries = [
        e for e in DYDX3["orders"] if scaled(e["size"]) and scaled(e["price"]) and isinstance(e["expiration"], int)
    ]
    return [(table, list(group)) for table, group in groupby(sorted(entries, key=common), common)]


@pytest.mark.usefixtures("engine")
def test_orders_of_dydx3():
    seen = 0
    for (key, network, position_id, size_decimals, price_decimals), entries in dydx3_tables():
        markets = sorted({entry["market"] for entry in entries})
        millionths = [
            int(Decimal(e["limit_fee"]).quantize(Decimal("1e-6"), rounding=ROUND_DOWN).scaleb(6)) for e in entries
        ]
        signed = OrderSigner(
            PrivateKey(key), network=network, position_id=position_id, check_expiration=False
        ).sign_columns(
            markets=markets,
            size_decimals=size_decimals,
            price_decimals=price_decimals,
            market=array("H", [markets.index(entry["market"]) for entry in entries]),
            side=array("b", [entry["side"] == "BUY" for entry in entries]),
            size=array("Q", [scaled(entry["size"])[0] for entry in entries]),
            price=array("Q", [scaled(entry["price"])[0] for entry in entries]),
            limit_fee=array("Q", millionths),
            nonce=array("I", [entry["nonce"] for entry in entries]),
            expiration=array("q", [entry["expiration"] for entry in entries]),
        )
        assert signed.all_signed
        for i, entry in enumerate(entries):
            assert signed.signature(i).to_hex() == entry["signature"], entry
            assert signed.hashes[32 * i : 32 * i + 32] == int(entry["hash"], 16).to_bytes(32, "big")
            assert signed.quantums_synthetic[i] == entry["quantums_synthetic"]
            assert signed.quantums_collateral[i] == entry["quantums_collateral"]
            assert signed.quantums_fee[i] == entry["quantums_fee"]
            assert signed.expiration_hours[i] == entry["expiration_hours"]
            seen += 1
    assert seen > 100


def random_columns(count, seed=1):
    chance = random.Random(seed)
    return {
        "markets": ["BTC-USD", "ETH-USD", "DOGE-USD"],
        "size_decimals": [3, 2, 0],
        "price_decimals": [0, 1, 6],
        "market": array("B", [chance.randrange(3) for _ in range(count)]),
        "side": array("B", [chance.randrange(2) for _ in range(count)]),
        "size": array("q", [chance.randrange(1, 10**6) for _ in range(count)]),
        "price": array("L", [chance.randrange(1, 10**6) for _ in range(count)]),
        "limit_fee": array("i", [chance.randrange(10**5) for _ in range(count)]),
        "nonce": array("I", [chance.randrange(2**32) for _ in range(count)]),
        # Hundreds of hours, more than are kept at a time.
        "expiration": array("Q", [LATER + chance.randrange(500 * 3600) for _ in range(count)]),
    }


def orders_of(columns):
    """The same as `sign_orders` takes them."""
    for i in range(len(columns["nonce"])):
        place = columns["market"][i]
        yield {
            "market": columns["markets"][place],
            "side": "BUY" if columns["side"][i] else "SELL",
            "size": Decimal(columns["size"][i]).scaleb(-columns["size_decimals"][place]),
            "price": Decimal(columns["price"][i]).scaleb(-columns["price_decimals"][place]),
            "limit_fee": Decimal(columns["limit_fee"][i]).scaleb(-6),
            "nonce": columns["nonce"][i],
            "expiration": columns["expiration"][i],
        }


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 31, 33, 1200])
def test_columns_are_orders(signer, count, threads):
    columns = random_columns(count)
    signed = signer.sign_columns(**columns, threads=threads)
    assert len(signed) == count
    assert signed.all_signed
    for i, order in enumerate(signer.sign_orders(orders_of(columns))):
        assert order.signature == signed.signature(i)
        assert order.hash == int.from_bytes(signed.hashes[32 * i : 32 * i + 32], "big")
        assert order[3:6] == (signed.quantums_synthetic[i], signed.quantums_collateral[i], signed.quantums_fee[i])
        assert order.expiration_hours == signed.expiration_hours[i]


def test_rounding_down_and_no_buffer():
    venue = Venue("another", DYDX.markets, DYDX.networks, order_buffer_hours=0, round_expiration="down")
    signer = OrderSigner(KEY, position_id=1, venue=venue)
    signed = signer.sign_columns(**ONE | {"expiration": LATER + 3599})
    assert signed.expiration_hours[0] == LATER // 3600


NUMPY_TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "?"]


@pytest.mark.parametrize("kind", NUMPY_TYPES)
def test_numpy_columns(signer, kind):
    numpy = pytest.importorskip("numpy")
    table = numpy.zeros(6, dtype=[("side", kind), ("other", "u1"), ("nonce", "u4")])  # strided, and unaligned
    table["side"] = [1, 0, 1, 1, 0, 0]
    table["nonce"] = range(6)
    backwards = table[::-1]
    signed = signer.sign_columns(**ONE | {"side": backwards["side"], "nonce": backwards["nonce"]})
    plain = signer.sign_columns(
        **ONE | {"side": array("b", [0, 0, 1, 1, 0, 1]), "nonce": array("I", [5, 4, 3, 2, 1, 0])}
    )
    assert signed.signatures == plain.signatures
    assert numpy.asarray(signed.quantums_collateral).tolist() == list(plain.quantums_collateral)


def hours_since_1970(*date):
    """Of a moment in UTC, from Python's calendar."""
    return int(datetime(*date, tzinfo=UTC).timestamp()) // 3600


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [
        (hours_since_1970(2015, 1, 1) * 3600 - 3600, None),  # the hour before; rounded up, what comes later is in 2015
        (hours_since_1970(2015, 1, 1) * 3600 - 3599, hours_since_1970(2015, 1, 1)),
        (hours_since_1970(2015, 1, 1) * 3600 + 1, hours_since_1970(2015, 1, 1) + 1),
        (hours_since_1970(2500, 1, 1) * 3600, hours_since_1970(2500, 1, 1)),
        (hours_since_1970(2500, 1, 1) * 3600 + 1, None),
    ],
)
def test_the_first_and_the_last_hour(seconds, hours):
    """Expiries are from 2015 to 2500, which tells milliseconds from seconds."""
    signer = OrderSigner(KEY, position_id=12345, check_expiration=False)
    signed = signer.sign_columns(**ONE | {"expiration": seconds})
    assert signed.all_signed == (hours is not None)
    assert signed.expiration_hours[0] == (0 if hours is None else hours + DYDX.order_buffer_hours)
    if hours is None:
        (error,) = signed.errors()
        assert error.field == "expiration"
        assert "seconds since the epoch" in error.rule


def test_an_expiry_is_later_than_now(signer, monkeypatch):
    monkeypatch.setattr("starkcore.starkex.signer.time", lambda: LATER + 0.5)
    signed = signer.sign_columns(**ONE | {"nonce": array("I", [7, 7]), "expiration": array("q", [LATER, LATER + 1])})
    (error,) = signed.errors()
    assert (error.index, error.field) == (0, "expiration")
    assert "in the future" in error.rule


@pytest.mark.parametrize(
    ("signed_type", "unsigned_type", "value"), [("b", "B", 2**8 - 6), ("h", "H", 2**16 - 6), ("i", "I", 2**32 - 6)]
)
def test_every_width_has_its_sign(signer, signed_type, unsigned_type, value):
    """The bits of -6 are a large number without a sign, and no size with one."""
    negative = array(signed_type, [-6])
    assert bytes(negative) == bytes(array(unsigned_type, [value]))
    (error,) = signer.sign_columns(**ONE | {"size": negative}).errors()
    assert (error.field, error.rule) == ("size", "must not be negative")
    large = signer.sign_columns(**ONE | {"size": array(unsigned_type, [value])})
    assert large.all_signed
    assert large.quantums_synthetic[0] == value * 10**7  # BTC has ten decimals, the size three


def test_the_most_decimals(signer):
    signed = signer.sign_columns(**ONE | {"price_decimals": 36})
    assert signed.all_signed
    assert signed.quantums_collateral[0] == 1  # 1.5 · 3 · 10^-31, rounded up for a buyer


BAD_ITEMS = {
    "market": [(1, "place of one of the markets"), (-1, "place of one of the markets")],
    "side": [(2, "1 to buy or 0 to sell"), (-1, "1 to buy or 0 to sell")],
    "size": [(0, "more than zero"), (-5, "must not be negative"), (2**62, "fit the width", "quantums_synthetic")],
    "price": [(0, "more than zero"), (-5, "must not be negative"), (2**62, "fit the width", "quantums_collateral")],
    "limit_fee": [(-1, "must not be negative"), (10**6, "must be below 1"), (2**62, "must be below 1")],
    "nonce": [(-1, "must not be negative"), (2**32, "fit the width")],
    "expiration": [
        (0, "seconds since the epoch"),
        (-LATER, "seconds since the epoch"),
        (LATER * 1000, "seconds since the epoch"),
        (2**63 - 1, "seconds since the epoch"),
        (1_500_000_000, "in the future"),
    ],
}


@pytest.mark.parametrize(("field", "case"), [(field, case) for field, cases in BAD_ITEMS.items() for case in cases])
def test_a_bad_item_spoils_itself_alone(signer, field, case):
    value, rule, named = (*case, field)[:3]
    good = ONE[field][0] if field == "nonce" else ONE[field]
    columns = ONE | {"nonce": array("I", [7, 7, 7])} | {field: array("q", [good, value, good])}
    signed = signer.sign_columns(**columns)
    (error,) = signed.errors()
    assert isinstance(error, errors.InvalidInput)
    assert error.index == 1
    assert rule in error.rule
    assert error.field == named
    alone = signer.sign_columns(**ONE)
    assert signed.signatures == alone.signatures + bytes(64) + alone.signatures
    assert signed.hashes == alone.hashes + bytes(32) + alone.hashes
    for name in ("quantums_synthetic", "quantums_collateral", "quantums_fee", "expiration_hours"):
        one = getattr(alone, name)[0]
        assert list(getattr(signed, name)) == [one, 0, one]
    with pytest.raises(type(error)):
        signed.signature(1)
    assert signed.signature(-1) == alone.signature(0)
    assert not signed.all_signed


def test_a_size_off_the_quantum(signer):
    signed = signer.sign_columns(**ONE | {"size_decimals": 36})
    (error,) = signed.errors()
    assert (error.field, error.rule) == ("size", "must be a whole number of quantums")


@pytest.mark.parametrize(
    ("columns", "error", "field"),
    [
        ({"size": [1]}, errors.InputTypeError, "size"),
        ({"size": 1.5}, errors.InputTypeError, "size"),
        ({"size": True}, errors.InputTypeError, "size"),
        ({"size": "1"}, errors.InputTypeError, "size"),
        ({"size": -1}, errors.InvalidInput, "size"),
        ({"size": 2**64}, errors.InvalidInput, "size"),
        ({"size": array("d", [1.0])}, errors.InvalidInput, "size"),
        ({"size": array("I", [1, 2])}, errors.InvalidInput, "nonce"),
        ({"size": memoryview(bytes(4)).cast("B", (2, 2))}, errors.InvalidInput, "size"),
        ({"size": released_memory()}, errors.InvalidInput, "size"),
        ({"nonce": 7}, errors.InvalidInput, "nonce"),
        ({"markets": "BTC-USD"}, errors.InputTypeError, "markets"),
        ({"markets": ["BTC"]}, errors.UnknownMarket, "market"),
        ({"size_decimals": 37}, errors.InvalidInput, "size_decimals"),
        ({"size_decimals": -1}, errors.InvalidInput, "size_decimals"),
        ({"price_decimals": 37}, errors.InvalidInput, "price_decimals"),
        ({"price_decimals": [1, 2]}, errors.InvalidInput, "price_decimals"),
        ({"price_decimals": "1"}, errors.InputTypeError, "price_decimals"),
        ({"price_decimals": 1.5}, errors.InputTypeError, "price_decimals"),
        ({"price_decimals": iter([1])}, errors.InputTypeError, "price_decimals"),
        ({"price_decimals": [True]}, errors.InputTypeError, "price_decimals"),
        ({"threads": 0}, errors.InvalidInput, "threads"),
        ({"threads": 257}, errors.InvalidInput, "threads"),
        ({"threads": 1.0}, errors.InputTypeError, "threads"),
        ({"threads": True}, errors.InputTypeError, "threads"),
    ],
)
def test_no_columns(signer, columns, error, field):
    with pytest.raises(error) as caught:
        signer.sign_columns(**ONE | columns)
    assert caught.value.field == field


def test_numpy_in_the_other_byte_order(signer):
    numpy = pytest.importorskip("numpy")
    other = ">" if sys.byteorder == "little" else "<"
    with pytest.raises(errors.InvalidInput, match="byte order"):
        signer.sign_columns(**ONE | {"nonce": numpy.array([7], dtype=other + "u4")})


def test_columns_of_ctypes(signer):
    """Their buffers have no strides, even where those are asked for."""
    sizes = (ctypes.c_uint64 * 3)(1500, 2500, 10**6)
    nonces = (ctypes.c_uint8 * 3)(7, 8, 9)
    signed = signer.sign_columns(**ONE | {"size": sizes, "nonce": nonces})
    assert (
        signed.signatures == signer.sign_columns(**ONE | {"size": array("Q", sizes), "nonce": bytes(nonces)}).signatures
    )
    assert signed.all_signed


# Lengths of a column that has one item's memory. The results of 2^56 orders and more, 128 bytes each, have no address.
# What wraps in 64 bits: the signatures' bytes at 2^58, those of the hashes at 2^59, of quantums at 2^61, of hours at
# 2^62.
@pytest.mark.parametrize(
    "count", [(1 << bits) + more for bits in range(56, 63) for more in (0, 1, 1000)] + [(1 << 63) - 1]
)
def test_a_column_longer_than_any_memory(signer, count):
    with pytest.raises(errors.InvalidInput) as caught:
        signer.sign_columns(**ONE | {"nonce": odd_values.repeated(count)})
    assert (caught.value.field, caught.value.rule) == ("nonce", "must have no more items than memory can hold")


@pytest.mark.parametrize("name", ["market", "side", "size", "price", "limit_fee", "expiration"])
def test_the_column_that_is_too_long_is_named(signer, name):
    with pytest.raises(errors.InvalidInput) as caught:
        signer.sign_columns(**ONE | {"nonce": 7, name: odd_values.repeated(1 << 62, "Q")})
    assert caught.value.field == name


@pytest.mark.parametrize("bits", [44, 50, 55])
def test_a_column_for_whose_results_there_is_no_memory(signer, bits):
    """More than any computer has, and a number of bytes that could be."""
    with pytest.raises(MemoryError):
        signer.sign_columns(**ONE | {"nonce": odd_values.repeated(1 << bits)})


def test_numpy_s_own_repeated_column(signer):
    numpy = pytest.importorskip("numpy")
    with pytest.raises(errors.InvalidInput, match="no more items than memory"):
        signer.sign_columns(**ONE | {"nonce": numpy.broadcast_to(numpy.uint8(1), 1 << 62)})
    signed = signer.sign_columns(**ONE | {"nonce": numpy.broadcast_to(numpy.uint8(1), 3)})
    assert (len(signed), signed.all_signed) == (3, True)


def test_a_repeated_column_is_as_good_as_any(signer):
    signed = signer.sign_columns(**ONE | {"nonce": odd_values.repeated(1000, "H")})
    assert signed.signatures == signer.sign_columns(**ONE | {"nonce": b"\1" * 1000}).signatures
