"""Python's ints in and out of the core: each size, at the borders of bytes, of 64-bit words and of the digits that the
interpreter keeps an int in. What they must be comes from the interpreter's own int.to_bytes.
"""

import random

import pytest

from starkcore import Signature, _native
from starkcore.errors import InvalidSignature

CHANCE = random.Random(256)
AROUND = {(1 << bits) + more for bits in range(257) for more in (-1, 0, 1)}
VALUES = sorted({value for value in AROUND if value < 1 << 256} | {CHANCE.getrandbits(bits) for bits in range(1, 257)})
TOO_LARGE = [-1, -(1 << 255), *(sign << bits for bits in (256, 270, 300) for sign in (-1, 1))]


class Int(int):
    """A subclass, whose value counts."""


@pytest.mark.parametrize("kind", [int, Int])
def test_ints_are_read(kind):
    for value in VALUES:
        expected = value.to_bytes(32, "big")
        assert Signature(kind(value), kind(value)).to_bytes() == expected + expected, value


def test_ints_are_made():
    """Equal, and alike in all that the interpreter derives from its digits."""
    for value in VALUES:
        made = _native.number(value.to_bytes(32, "big"), "x")
        assert (made, type(made), hash(made)) == (value, int, hash(value))
        assert (made.bit_length(), f"{made:x}", made + 1, -made) == (
            value.bit_length(),
            f"{value:x}",
            value + 1,
            -value,
        )


@pytest.mark.parametrize("kind", [int, Int])
@pytest.mark.parametrize("value", TOO_LARGE)
def test_what_does_not_fit_is_refused(kind, value):
    with pytest.raises(InvalidSignature, match=r"r must be in \[0, 2\^256\)"):
        Signature(kind(value), 1)
