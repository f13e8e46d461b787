"""Amounts as people write them, and as StarkEx signs them: whole numbers of quantums.

quantums = amount × resolution, where the resolution is the number of quantums in one unit of the asset: 10^9 for
dYdX's ETH, 10^6 for USDC. The arithmetic is exact and done natively; this module only says what an amount may be.
"""

from __future__ import annotations

from starkcore import _native, exact
from starkcore.errors import InputTypeError, InvalidAmount, _invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Literal

    # What an amount may be given as. A float may not.
    Amount = str | Decimal | int

__all__ = ["Amount", "to_quantums", "to_step"]

_ROUNDING = {"exact": _native.ROUND_EXACT, "down": _native.ROUND_DOWN, "up": _native.ROUND_UP}

# What the native core says of a text, for those who read one before it does.
NO_DECIMAL = "must be a decimal number in ASCII digits, with at most one point and an exponent, such as 12.5 or 1e-7"
NEGATIVE = "must not be negative"
ZERO = "must be more than zero"
TOO_LONG = "may have 96 significant digits and an exponent of 4 digits"

# Longer than any amount that a message has room for; int's own conversion to text stops at some thousand digits.
_MOST_BITS = 320
_MOST_CHARACTERS = 4096


def amount_text(value: Amount, field: str) -> str:
    """An amount as the text that the native core reads; `field` is the parameter's name for errors."""
    if type(value) is str:
        return value
    if exact.is_a(value, float):
        raise InputTypeError(
            field,
            "must be text, a Decimal or an int, not float: a float such as 0.1 is not the number that it prints, "
            "and what is signed must be exact",
        )
    from decimal import Decimal

    if exact.is_a(value, Decimal):
        return str(exact.unscaled(value))  # type: ignore[arg-type]
    if not exact.is_a(value, int):
        return exact.text(value, field, "text, a Decimal or an int")
    number = exact.integer(value, field, "text, a Decimal or an int")
    if number.bit_length() > _MOST_BITS:
        raise InvalidAmount(field, TOO_LONG)
    return str(number)


def to_quantums(amount: Amount, resolution: int, rounding: Literal["exact", "down", "up"] = "exact") -> int:
    """An amount in whole quantums.

    Args:
        amount: decimal text ("12.5", "1e-7"), a Decimal or an int; not negative. A float is refused.
        resolution: quantums in one unit, an int in [1, 2^64).
        rounding: "exact" refuses what isn't a whole number of quantums.

    Returns:
        An int in [0, 2^64).

    Raises:
        InvalidAmount, InvalidInput, InputTypeError

    >>> to_quantums("145.0005", 10**9)
    145000500000
    >>> to_quantums("0.0000001", 10**6, "up")
    1
    >>> to_quantums("0.0000001", 10**6)
    Traceback (most recent call last):
    ...
    starkcore.errors.InvalidAmount: amount must be a whole number of quantums
    """
    return quantums(amount, resolution, "amount", rounding)


def to_step(amount: Amount | float, step: Amount, rounding: Literal["down", "up", "nearest"] = "down") -> str:
    """An amount rounded to a multiple of a market's step, on purpose: nothing else here rounds a size or a price.

    Args:
        amount: as elsewhere, not negative; a float as well, which stands for the number that it prints.
        step: the market's `stepSize` for sizes, its `tickSize` for prices: "0.001".
        rounding: "nearest" rounds halves to even.

    Returns:
        Plain decimal text.

    Raises:
        InvalidAmount, InvalidInput, InputTypeError

    >>> to_step(0.1 + 0.2, "0.001"), to_step("1799.96", "0.1", "up"), to_step("25", "10", "nearest")
    ('0.300', '1800.0', '20')
    """
    way = exact.text(rounding, "rounding")
    if way not in ("down", "up", "nearest"):
        raise _invalid("rounding", 'must be "down", "up" or "nearest"')
    if exact.is_a(amount, float):
        amount = repr(exact.real(amount))  # type: ignore[arg-type]
    value, exponent = _bounded(amount, "amount")  # type: ignore[arg-type]
    unit, decimals = _bounded(step, "step")
    if unit == 0:
        raise _invalid("step", "must be more than zero")
    # In ints: `decimal` ends the process where there is no memory for its context (CPython 3.11).
    apart = exponent - decimals
    steps, rest = divmod(value * _power(apart), unit * _power(-apart))
    twice = 2 * rest - unit * _power(-apart)
    if rest and (way == "up" or (way == "nearest" and (twice > 0 or (twice == 0 and steps % 2)))):
        steps += 1
    # As many decimals as the step has; fewer, where the amount itself is a multiple that has fewer.
    spare = 0
    while not rest and spare < apart and steps % _power(spare + 1) == 0:
        spare += 1
    return _plain(steps * unit // _power(spare), decimals + spare)


def digits_of(amount: Amount, field: str) -> tuple[int, int]:
    """An amount as (digits, exponent), digits × 10^exponent: for those whose numbers have no room in 64 bits.

    What is a number is the native core's rule, and so are the words for what is none.

    >>> digits_of("145.0050", "amount"), digits_of("1e3", "amount"), digits_of(".5", "amount")
    ((145005, -3), (1, 3), (5, -1))
    """
    import re

    text = amount_text(amount, field)
    if len(text) > _MOST_CHARACTERS:
        raise InvalidAmount(field, TOO_LONG)
    match = re.fullmatch(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]+))?", text, flags=re.ASCII)
    if match is None or not (match[2] or match[3]):
        raise InvalidAmount(field, NO_DECIMAL)
    fraction = match[3] or ""
    digits = (match[2] + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if len(match[5] or "") > 4 or len(significant) > 96:
        raise InvalidAmount(field, TOO_LONG)
    if not significant:
        return 0, 0
    if match[1] == "-":
        raise InvalidAmount(field, NEGATIVE)
    exponent = int((match[4] or "") + (match[5] or "0")) - len(fraction) + len(digits) - len(significant)
    return int(significant), exponent


def _bounded(amount: Amount, field: str) -> tuple[int, int]:
    """`digits_of` a number of at most 96 digits on either side of the point."""
    digits, exponent = digits_of(amount, field)
    if digits and abs(len(str(digits)) - 1 + exponent) > 96:
        raise _invalid(field, "must be in [10^-96, 10^97), or zero")
    return digits, exponent


def _power(exponent: int) -> int:
    """10^exponent; 1 where the exponent is negative."""
    return 10 ** max(exponent, 0)  # type: ignore[no-any-return]


def _plain(digits: int, exponent: int) -> str:
    """digits × 10^exponent without an exponent."""
    if exponent >= 0:
        return str(digits * _power(exponent))
    text = str(digits).rjust(1 - exponent, "0")
    return f"{text[:exponent]}.{text[exponent:]}"


def quantums(amount: Amount, resolution: int, field: str, rounding: str = "exact") -> int:
    """`to_quantums` under the parameter name of the caller."""
    direction = _ROUNDING.get(exact.text(rounding, "rounding"))
    if direction is None:
        raise _invalid("rounding", 'must be "exact", "down" or "up"')
    return _native.quantums(amount_text(amount, field), resolution, direction, field)


def __getattr__(name: str) -> object:
    """`Amount`, the type: made when it is asked for, with `decimal`."""
    if name == "Amount":
        from decimal import Decimal

        return str | Decimal | int
    raise AttributeError(f"module 'starkcore.starkex.amounts' has no attribute {name!r}")
