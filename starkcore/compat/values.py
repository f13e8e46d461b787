"""Arguments as the libraries that are stood in for take them; what they would reduce or choke on is refused by name.

An int is whatever Python takes for an index: True is 1 here, numpy's integers are what they hold. A number that is out
of range raises `InvalidInput`, which is a ValueError; what is no number `InputTypeError`, a TypeError. No value is in a
message.
"""

from __future__ import annotations

import operator
from itertools import islice
from typing import Any

from starkcore import PrivateKey, PublicKey, Signature, exact
from starkcore.errors import (
    InvalidInput,
    InvalidMessageHash,
    InvalidPrivateKey,
    InvalidPublicKey,
    _invalid,
    _wrong_type,
)

# For this package's own modules: the names of parameters that they give are shown in messages.
__all__: list[str] = []

_MOST = 1 << 24
FIELD_PRIME = 2**251 + 17 * 2**192 + 1
ORDER = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F


def number(value: Any, field: str) -> int:
    """An int of any size, a bool, or what has an index."""
    if type(value) is int:
        return value
    if exact.is_a(value, int):
        return int.__index__(value)
    index = None
    if hasattr(type(value), "__index__"):
        index = operator.index(value)
    if not exact.is_a(index, int):
        raise _wrong_type(field, "an int", type(value))
    return int.__index__(index)  # type: ignore[arg-type]


def numbers(values: Any, field: str) -> list[int]:
    """The numbers of a list, or of anything that can be iterated over.

    A buffer may say that it has 2^62 items, out of one byte.
    """
    if isinstance(values, (str, bytes, bytearray, memoryview)) or not hasattr(type(values), "__iter__"):
        raise _wrong_type(field, "a list of ints", type(values))
    exact.one_by_one(values, field, "a list of ints")
    found = [value if type(value) is int else number(value, field) for value in islice(values, _MOST + 1)]
    if len(found) > _MOST:
        raise _invalid(field, f"must be at most {_MOST} numbers")
    return found


def word(value: Any, field: str) -> int:
    """A number of 256 bits."""
    whole = number(value, field)
    if not 0 <= whole < 1 << 256:
        raise _invalid(field, "must be in [0, 2^256)")
    return whole


def felt(value: Any, field: str) -> int:
    """A field element."""
    whole = number(value, field)
    if not 0 <= whole < FIELD_PRIME:
        raise _invalid(field, "must be in [0, p)")
    return whole


def texts_number(value: Any, field: str, least: int, end: int) -> int:
    """An int in [least, end), or the text of its decimal digits. A bool is none: its text isn't a number.

    Whatever else it may be raises ValueError, as its text isn't digits: the originals read all of it as text.
    """
    if exact.is_a(value, str):
        text = exact.text(value, field)
        digits = text[1:] if text[:1] in ("+", "-") else text
        if not digits.isascii() or not digits.isdigit() or len(digits) > 80:
            raise _invalid(field, "must be a number of decimal digits")
        whole = int(text)
    elif type(value) is bool or not (exact.is_a(value, int) or hasattr(type(value), "__index__")):
        raise _invalid(field, "must be an int, and no bool, or the text of one")
    else:
        whole = number(value, field)
    if not least <= whole < end:
        raise _invalid(field, f"must be in [{_power(least)}, {_power(end)})")
    return whole


def _power(value: int) -> str:
    if value == FIELD_PRIME:
        return "p"
    sign = "-" if value < 0 else ""
    return f"{sign}2^{abs(value).bit_length() - 1}" if value else "0"


def key(value: Any, field: str) -> PrivateKey:
    """A private key out of a number in [1, n)."""
    whole = number(value, field)
    try:
        return PrivateKey(whole)
    except InvalidInput as error:
        rule = error.rule
    raise InvalidPrivateKey(field, rule)


def sign(private_key: Any, key_field: str, message_hash: Any, seed: Any) -> tuple[int, int]:
    """(r, s) of a message hash in [0, 2^251)."""
    secret = key(private_key, key_field)
    whole = number(message_hash, "msg_hash")
    if not 0 <= whole < 1 << 251:
        raise InvalidMessageHash("msg_hash", "must be in [0, 2^251)")
    first = None if seed is None else word(seed, "seed")
    signature = secret.sign(whole, first)
    return signature.r, signature.s


def is_signed(public_key: int, message_hash: int, r: int, s: int) -> bool:
    """Whether a signature is right under either point with this x; False for what isn't a key, a hash or a
    signature.
    """
    if not 0 <= message_hash < 1 << 251:
        return False
    try:
        return PublicKey.from_x(public_key).verify(message_hash, Signature(r, s))
    except InvalidPublicKey:
        return False
