"""Extended's amounts: whole units of an asset, from decimal text, exactly.

What is signed for an order, in units of 1/resolution:

- base = size × base's resolution, and quote = size × price × quote's resolution; both rounded away from zero in a buy,
  and towards zero in a sell. In a buy the quote is negative, in a sell the base.
- fee = (taker fee + builder fee) × size × price × quote's resolution, rounded up.

The exchange's own SDK computes this in the program's decimal context, 28 digits unless the program has chosen
otherwise; here it is exact. The two differ where size × price has more than 28 digits, or the program's context fewer.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from starkcore import exact
from starkcore.errors import InvalidAmount
from starkcore.starkex.amounts import Amount, amount_text

__all__ = ["Exact", "OrderAmounts", "order_amounts", "read", "transfer_units"]

# Digits, a point among them, an exponent: no sign, no spaces. Each part is bounded, so reading takes no time to speak
# of.
_NUMBER = re.compile(r"([0-9]{0,96})(?:\.([0-9]{0,96}))?(?:[eE]([+-]?[0-9]{1,3}))?", re.ASCII)
_MOST = 1 << 63


def _power(exponent: int) -> int:
    """10^exponent, of an exponent that isn't negative."""
    power: int = 10**exponent
    return power


class Exact(NamedTuple):
    """A decimal number: digits × 10^exponent."""

    digits: int
    exponent: int

    def times(self, other: Exact) -> Exact:
        return Exact(self.digits * other.digits, self.exponent + other.exponent)

    def plus(self, other: Exact) -> Exact:
        exponent = min(self.exponent, other.exponent)
        digits = self.digits * _power(self.exponent - exponent) + other.digits * _power(other.exponent - exponent)
        return Exact(digits, exponent)

    def units(self, resolution: int, *, up: bool) -> int:
        """Units of 1/resolution, rounded up or down."""
        digits = self.digits * resolution
        if self.exponent >= 0:
            return digits * _power(self.exponent)
        whole, rest = divmod(digits, _power(-self.exponent))
        return whole + (1 if up and rest else 0)

    def is_whole(self, resolution: int) -> bool:
        """Whether it is a whole number of units."""
        return self.exponent >= 0 or self.digits * resolution % _power(-self.exponent) == 0


class OrderAmounts(NamedTuple):
    """Signed amounts in units, the signs as the exchange has them; the fee is positive."""

    base: int
    quote: int
    fee: int


def read(value: Amount, field: str) -> Exact:
    """A decimal amount, not negative: text, a Decimal or an int.

    Raises:
        InvalidAmount, InputTypeError: it is none; a float is refused.
    """
    text = amount_text(value, field)
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        raise InvalidAmount(field, "must be a plain decimal number, not negative, of at most 96 digits on each side")
    fraction = match[2] or ""
    exponent = int(match[3] or "0") - len(fraction)
    digits = int(match[1] + fraction)
    if digits == 0:
        return Exact(0, 0)
    if not -200 <= exponent <= 100:
        raise InvalidAmount(field, "must have an exponent in [-200, 100]")
    return Exact(digits, exponent)


def order_amounts(
    is_buy: bool,
    size: Exact,
    price: Exact,
    fee: Exact,
    base_resolution: int,
    quote_resolution: int,
) -> OrderAmounts:
    """What an order signs. `fee` is the sum of all fee rates.

    Raises:
        InvalidAmount: an amount doesn't fit: base and quote in 63 bits and a sign, the fee in 64 bits.
    """
    cost = size.times(price)
    base = size.units(base_resolution, up=is_buy)
    quote = cost.units(quote_resolution, up=is_buy)
    fee_units = fee.times(cost).units(quote_resolution, up=True)
    if base >= _MOST:
        raise InvalidAmount("size", "must come to less than 2^63 units")
    if quote >= _MOST:
        raise InvalidAmount("price", "must come to less than 2^63 units of the collateral with this size")
    if fee_units >= 2 * _MOST:
        raise InvalidAmount("taker_fee", "must come to a fee of less than 2^64 units")
    return OrderAmounts(base, -quote, fee_units) if is_buy else OrderAmounts(-base, quote, fee_units)


def transfer_units(amount: Amount, resolution: int, field: str, rounding: str) -> int:
    """An amount of a transfer or a withdrawal in units: exact, or rounded half to even as the exchange's SDK
    does it.
    """
    value = read(amount, field)
    exactly = exact.one_of(rounding, "rounding", "exact", "half_even") == "exact"
    if exactly and not value.is_whole(resolution):
        raise InvalidAmount(field, "must be a whole number of units")
    whole = value.units(resolution, up=False)
    if not value.is_whole(resolution):
        twice = 2 * value.digits * resolution - (2 * whole + 1) * _power(-value.exponent)
        whole += 1 if twice > 0 or (twice == 0 and whole % 2) else 0
    if whole >= 2 * _MOST:
        raise InvalidAmount(field, "must come to less than 2^64 units")
    return whole


def decimal_text(value: Amount) -> str:
    """An amount as a request has it: plain digits, as they were given.

    Raises:
        InvalidAmount, InputTypeError: as `read`; digits are written out, and an exponent may have any number of digits.
    """
    read(value, "amount")
    if exact.is_a(value, Decimal):
        return format(exact.unscaled(value), "f")  # type: ignore[arg-type]
    return exact.text(value, "amount") if exact.is_a(value, str) else str(exact.integer(value, "amount"))
