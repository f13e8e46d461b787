"""crypto-cpp-py's arithmetic, of public numbers."""

from __future__ import annotations

from contextlib import suppress

from starkcore.compat import values
from starkcore.errors import _invalid

__all__ = ["EC_ORDER", "cpp_div_mod", "cpp_inv_mod_curve_size"]

EC_ORDER = values.ORDER


def cpp_div_mod(n: int, m: int, p: int) -> int:
    """The x in [0, p) with m·x = n modulo p."""
    dividend, divisor, modulus = values.number(n, "n"), values.number(m, "m"), values.number(p, "p")
    if modulus <= 0:
        raise _invalid("p", "must be more than 0")
    inverse = None
    with suppress(ValueError):
        inverse = pow(divisor, -1, modulus)
    if inverse is None:
        raise _invalid("m", "must have an inverse modulo p")
    return dividend * inverse % modulus


def cpp_inv_mod_curve_size(x: int) -> int:
    """The inverse modulo n: s of w, and w of s."""
    return cpp_div_mod(1, x, EC_ORDER)
