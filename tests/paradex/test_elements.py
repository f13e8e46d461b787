"""The parts of Paradex's messages, one function at a time: names as short strings, ids, prices in 10^-8."""

import pytest

from starkcore import errors
from starkcore.paradex import messages


def test_a_market_is_its_name():
    assert messages.market_element("BTC-USD-PERP") == int.from_bytes(b"BTC-USD-PERP", "big")
    for name in ("", "x" * 32, "é"):
        with pytest.raises(errors.InvalidInput, match=r"^market must"):
            messages.market_element(name)
    with pytest.raises(errors.InputTypeError, match=r"^market must"):
        messages.market_element(5)


def test_an_order_id_is_a_number_or_a_short_string():
    assert messages.order_id_element("1234") == 1234
    assert messages.order_id_element("ab12") == int.from_bytes(b"ab12", "big")
    for text in ("", "0", "x" * 32, "9" * 100):
        with pytest.raises(errors.InvalidInput, match=r"^order_id must"):
            messages.order_id_element(text)


@pytest.mark.parametrize(
    ("order_type", "price", "rounding", "signed"),
    [
        ("LIMIT", "60000", "exact", 60000 * 10**8), ("LIMIT", "0.00000001", "exact", 1),
        ("LIMIT", "0.000000019", "down", 1), ("MARKET", None, "exact", 0), ("MARKET", "0", "exact", 0),
    ],
)  # fmt: skip
def test_the_price_that_is_signed(order_type, price, rounding, signed):
    assert messages.price_of(order_type, price, rounding) == signed


@pytest.mark.parametrize(
    ("order_type", "price", "rounding", "rule"),
    [
        ("LIMIT", None, "exact", "price must be given"), ("LIMIT", "0", "exact", "price must be more than 0"),
        ("LIMIT", "0.000000019", "exact", "price must"), ("MARKET", "1", "exact", "price must be left out"),
        ("limit", "1", "exact", "order_type must be one of"), ("LIMIT", "1", "up", "rounding must be"),
    ],
)  # fmt: skip
def test_a_price_that_is_refused(order_type, price, rounding, rule):
    with pytest.raises(errors.InvalidInput, match=f"^{rule}"):
        messages.price_of(order_type, price, rounding)
