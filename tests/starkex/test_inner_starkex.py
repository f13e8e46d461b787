"""Inner functions of StarkEx's amounts, expiries, venues and columns, one at a time."""

import random
from array import array
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext

import pytest

from starkcore import PrivateKey, errors
from starkcore.starkex import DYDX, Market, OrderSigner, amounts, columns, expiry, venue


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("145.0005", (1_450_005, -4)), ("1e3", (1, 3)), (Decimal("7.0"), (7, 0)), ("0", (0, 0)),
        ("1e-96", (1, -96)), ("9e96", (9, 96)),
    ],
)  # fmt: skip
def test_an_amount_of_bounded_size(given, value):
    assert amounts._bounded(given, "size") == value


@pytest.mark.parametrize(
    ("digits", "exponent", "text"),
    [(15, 0, "15"), (15, 2, "1500"), (15, -1, "1.5"), (15, -4, "0.0015"), (0, -2, "0.00"), (0, 3, "0")],
)
def test_a_number_without_an_exponent(digits, exponent, text):
    assert amounts._plain(digits, exponent) == text == f"{Decimal((0, tuple(map(int, str(digits))), exponent)):f}"


def test_powers_of_ten_from_one_on():
    assert [amounts._power(exponent) for exponent in (-5, 0, 3)] == [1, 1, 1000]


def test_steps_are_those_of_decimals_own_arithmetic():
    """With 400 digits it is exact for all numbers that are taken here."""
    chance = random.Random(7)
    ways = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "nearest": ROUND_HALF_EVEN}

    def number(least):
        digits = chance.choice((5, 25, 10, chance.randrange(least, 10**3), chance.randrange(least, 10**60)))
        return Decimal(f"{digits}e{chance.randrange(-30, 20)}").normalize()

    for _ in range(2000):
        value, unit, rounding = number(0), number(1), chance.choice(list(ways))
        with localcontext(Context(prec=400)):
            expected = (value / unit).to_integral_value(rounding=ways[rounding]) * unit
        assert amounts.to_step(value, unit, rounding) == f"{expected:f}"


@pytest.mark.parametrize("given", ["1e-97", "1e97"])
def test_an_amount_that_no_decimal_holds_exactly(given):
    with pytest.raises(errors.InvalidInput, match=r"^size must be in \[10\^-96, 10\^97\)"):
        amounts._bounded(given, "size")


def test_decimals_of_each_market():
    assert columns.decimals_of(3, 2, "d") == [3, 3]
    assert tuple(columns.decimals_of([1, 2], 2, "d")) == (1, 2)
    for wrong in ([1], [1, 2, 3], range(2**40)):
        with pytest.raises(errors.InvalidInput, match=r"^d must be one for each market, or one for all"):
            columns.decimals_of(wrong, 2, "d")
    for wrong in ("12", 1.5, None, {1, 2}):
        with pytest.raises(errors.InputTypeError, match=r"^d must be an int, or a sequence of ints"):
            columns.decimals_of(wrong, 2, "d")


def test_hours_that_are_no_seconds():
    assert "after the year 2500" in expiry._out_of_range(10**9)
    assert "before the year 2015" in expiry._out_of_range(0)


def test_a_text_that_tells_a_time():
    assert expiry._parse("2030-01-02T03:04:05Z").timestamp() == 1_893_553_445  # date -u -d 2030-01-02T03:04:05Z +%s
    for wrong in ("", "2030", "2030-01-02", "2030-13-02T03:04:05Z", "2030-01-02T03:04:05.1234567Z", "1893553445"):
        with pytest.raises(errors.InvalidExpiration, match="must be ISO 8601 text"):
            expiry._parse(wrong)


def test_what_all_messages_but_orders_have():
    """StarkEx: hours are whole ones, rounded up. dydx3's nonce of "1" is 3079101259."""
    signer = OrderSigner(PrivateKey(1), 1, position_id=7)
    assert signer._common(1_893_553_445, "1", None, None) == (7, 3_079_101_259, 525_988)
    assert signer._common(1_893_553_200, None, 5, 9) == (9, 5, 525_987)
    with pytest.raises(errors.InputTypeError, match=r"^position_id must be"):
        signer._common(1_893_553_445, "1", None, "9")
    with pytest.raises(errors.InvalidExpiration, match="must be in the future"):
        signer._common(1_500_000_000, "1", None, None)


def test_the_market_that_may_have_been_meant():
    assert DYDX._hint("BTC-USDT") == "; is it BTC-USD?"
    assert DYDX._hint("btc-usd") == "; is it BTC-USD?"
    assert DYDX._hint("0123456789") == ""


def test_a_venues_name():
    assert venue._name("x") == "x"
    with pytest.raises(errors.InvalidInput, match=r"^name must not be empty"):
        venue._name("")
    with pytest.raises(errors.InputTypeError):
        venue._name(5)


def test_whole_numbers_of_so_many_bits():
    assert (venue._whole(0, "x", 8), venue._whole(255, "x", 8)) == (0, 255)
    for wrong, least in ((256, 0), (-1, 0), (0, 1)):
        with pytest.raises(errors.InvalidInput, match=rf"^x must be in \[{least}, 2\^8\)"):
            venue._whole(wrong, "x", 8, least)
    with pytest.raises(errors.InputTypeError):
        venue._whole(True, "x", 8)


def test_one_of_two_words():
    assert venue._one_of("up", "round", ("up", "down")) == "up"
    with pytest.raises(errors.InvalidInput, match=r'^round must be "up" or "down"'):
        venue._one_of("Up", "round", ("up", "down"))


def test_things_by_their_own_names():
    market = DYDX.market("BTC-USD")
    copy = venue._by_name({"BTC-USD": market}, Market, "markets")
    assert dict(copy) == {"BTC-USD": market}
    with pytest.raises(TypeError):
        copy["X"] = market
    with pytest.raises(errors.InvalidInput, match="another name than its own"):
        venue._by_name({"X": market}, Market, "markets")
    for wrong in ([market], {"BTC-USD": 5}, {5: market}):
        with pytest.raises(errors.InputTypeError, match=r"^markets must be a dict of Markets"):
            venue._by_name(wrong, Market, "markets")


def test_dydxs_networks():
    """Collateral and fact registry of mainnet, as dydx3's constants have them; USDC's own address."""
    mainnet = venue._dydx_networks()["mainnet"]
    assert mainnet.collateral_id == 0x02893294412A4C8F915F75892B395EBBF6859EC246EC365C3B1F56F47C3A0A5D
    assert mainnet.fact_registry.lower() == "0xbe9a129909ebcb954bc065536d2bfafbd170d27a"
    assert mainnet.collateral_token.lower() == "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
    assert (mainnet.chain_id, mainnet.collateral_resolution, mainnet.collateral_decimals) == (1, 10**6, 6)


def test_a_buffer_of_decimals():
    assert tuple(columns.decimals_of(array("q", [1, 2]), 2, "d")) == (1, 2)


# 2030-01-02T03:04:05Z, by `date -u -d … +%s`; 525 987 hours and 3 845 seconds of the next.
MOMENT = 1_893_553_445


def test_whole_hours_of_an_exact_expiry():
    assert (expiry.exact_hours(MOMENT, True, None), expiry.exact_hours(MOMENT, False, None)) == (525_988, 525_987)
    assert expiry.exact_hours(525_987 * 3600, True, 525_987 * 3600 - 1) == 525_987
    assert expiry.exact_hours("2030-01-02T03:00:00Z", True, None) == 525_987
    for now in (MOMENT, MOMENT + 0.5):
        with pytest.raises(errors.InvalidExpiration, match="must be in the future"):
            expiry.exact_hours(MOMENT, True, now)
    for wrong in (MOMENT * 1000, 1_000_000_000):
        with pytest.raises(errors.InvalidExpiration, match="must be in seconds since the epoch"):
            expiry.exact_hours(wrong, True, None)


class Text(str):
    """A subclass that says that it is another."""

    __slots__ = ()

    def __str__(self):
        return "2031-01-01T00:00:00Z"


class Moving(tzinfo):
    """A zone that changes its mind each time that it is asked."""

    def __init__(self):
        self.asked = 0

    def utcoffset(self, moment):
        self.asked += 1
        return timedelta(hours=self.asked)

    def dst(self, moment):
        return None


def test_an_expiry_of_pythons_own_types():
    for plain in (MOMENT, float(MOMENT), "2030-01-02T03:04:05Z", datetime(2030, 1, 2, tzinfo=UTC)):
        assert expiry.exact_expiration(plain) is plain
    taken = expiry.exact_expiration(Text("2030-01-02T03:04:05Z"))
    assert (taken, type(taken)) == ("2030-01-02T03:04:05Z", str)
    assert expiry.exact_expiration(Decimal("1.5")) == Decimal("1.5")
    zone = Moving()
    moment = expiry.exact_expiration(datetime(2030, 1, 2, 3, tzinfo=zone))
    assert (zone.asked, moment.utcoffset(), moment.utcoffset()) == (1, timedelta(hours=1), timedelta(hours=1))
    for wrong in (None, True, [], b"2030"):
        with pytest.raises(errors.InputTypeError, match=r"^expiration must be a datetime, seconds since the epoch or"):
            expiry.exact_expiration(wrong)


def test_a_moment_has_a_zone():
    assert expiry._zoned(datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)).timestamp() == MOMENT
    with pytest.raises(errors.InvalidExpiration, match="must have a time zone"):
        expiry._zoned(datetime(2030, 1, 2))


def test_exact_seconds():
    for given, fraction in (
        (MOMENT, (MOMENT, 1)), (1.5, (3, 2)), (Decimal("1.25"), (5, 4)),
        ("2030-01-02T03:04:05.5Z", (MOMENT * 10**6 + 500_000, 10**6)),
        (datetime(2030, 1, 2, 3, 4, 5, 7, tzinfo=UTC), (MOMENT * 10**6 + 7, 10**6)), (-5.0, (-1, 1)),
        (1e300, (10**15, 1)),
    ):  # fmt: skip
        assert expiry._exact_seconds(given) == fraction
    for wrong in (float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")):
        with pytest.raises(errors.InvalidExpiration, match="must be a finite number"):
            expiry._exact_seconds(wrong)
    with pytest.raises(errors.InvalidExpiration, match="must have a time zone"):
        expiry._exact_seconds("2030-01-02T03:04:05")
