"""Human amounts to quantums, with `decimal` exactly as dydx3 uses it, plus the bounds that dydx3 leaves out.

Source: dydx3 `starkex/helpers.py` and `starkex/order.py`. All contexts have Python's default precision of 28 digits.
Stricter than dydx3 on purpose: plain ASCII numbers only (no spaces, underscores, other digits, NaN, Infinity), no
negative amount, and every result below 2^64.
"""

import decimal
import re
from decimal import Decimal
from fractions import Fraction

DOWN = decimal.Context(rounding=decimal.ROUND_DOWN)
UP = decimal.Context(rounding=decimal.ROUND_UP)
EXACT = decimal.Context(
    traps=[decimal.Inexact, decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
MICRO = Decimal("0.000001")  # limit fees are cut to six decimals

SECONDS_PER_HOUR = 3600
ORDER_BUFFER_HOURS = 24 * 7


def parse(text: str | int | Decimal) -> Decimal:
    """A finite non-negative decimal, all its digits kept; −0 is 0."""
    if isinstance(text, str) and not NUMBER.fullmatch(text):
        raise ValueError("not a decimal number")
    try:
        value = Decimal(text)
    except decimal.InvalidOperation as error:
        raise ValueError("exponent is out of range") from error
    if not value.is_finite():
        raise ValueError("not finite")
    if value < 0:
        raise ValueError("negative")
    return value


def bounded(quantums: Decimal) -> int:
    """As an integer below 2^64; compared as a decimal, since "1e999999" is a very long integer."""
    if quantums >= 2**64:
        raise ValueError("quantums do not fit in 64 bits")
    return int(quantums) if quantums else 0


def to_quantums(amount: Decimal, resolution: int, context: decimal.Context) -> int:
    """amount × resolution, made an integer under the context."""
    try:
        product = decimal.DefaultContext.multiply(context.create_decimal(amount), Decimal(resolution))
        return bounded(product.to_integral_exact(context=context))
    except decimal.DecimalException as error:
        raise ValueError("not a multiple of the quantum size, or out of range") from error


def exact_quantums(amount: str | int | Decimal, resolution: int) -> int:
    """Quantums of an amount that must be a whole number of them and have at most 28 significant digits."""
    return to_quantums(parse(amount), resolution, EXACT)


def collateral_quantums(size: str, price: str, is_buy: bool, resolution: int) -> int:
    """size × price to 28 digits, then to quantums, both rounded up for a buy and down for a sell."""
    context = UP if is_buy else DOWN
    try:
        cost = context.multiply(parse(size), parse(price))
    except decimal.DecimalException as error:
        raise ValueError("cost is out of range") from error
    return to_quantums(cost, resolution, context)


def fee_quantums(limit_fee: str, collateral: int) -> int:
    """The fee, cut to six decimals, times the collateral quantums, rounded up. dYdX's own client takes any fee."""
    if parse(limit_fee) >= 1:
        raise ValueError("a fee is a fraction below 1")
    try:
        fee = DOWN.quantize(parse(limit_fee), MICRO)
        return bounded(UP.multiply(fee, Decimal(collateral)).to_integral_value(context=UP))
    except decimal.DecimalException as error:
        raise ValueError("fee is out of range") from error


def expiration_hours(seconds: int | float | Decimal, is_order: bool) -> int:
    """ceil(seconds / 3600), and for orders seven days more, so that a settled order is still valid on chain."""
    exact = Fraction(seconds)
    hours = -(-exact // SECONDS_PER_HOUR) + (ORDER_BUFFER_HOURS if is_order else 0)
    if not (exact >= 0 and hours < 2**32):
        raise ValueError("expiration does not fit in 32 bits")
    return hours
