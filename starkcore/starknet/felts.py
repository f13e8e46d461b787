"""Field elements as Starknet's programs write them: numbers, short strings, selectors, byte arrays.

A field element ("felt") is an int in [0, p), p = 2^251 + 17·2^192 + 1. What is out of range is refused, never reduced.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.hashing import keccak256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["P", "selector", "short_string", "starknet_keccak"]

P = 2**251 + 17 * 2**192 + 1
"""The field's prime."""

_250_BITS = 2**250 - 1
_DEFAULT_ENTRY_POINTS = frozenset({"__default__", "__l1_default__"})
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
# The most digits of a number, without leading zeros. Python's own reader takes a square of the length in time.
_MOST_HEX, _MOST_DECIMAL = 64, 78
_RANGE = "must be a field element in [0, p)"


# Far more than a transaction takes. A buffer may say that it has 2^62 items, and an iterator may never end.
_MOST_ELEMENTS = 1 << 18


class Unreadable(Exception):
    """Why a value has no encoding: a clause that follows the value's name. Whoever knows the name raises the error."""


def number_of_text(text: str) -> int | None:
    """The number that a text writes: 0x and hex digits, or decimal digits. None for any other text.

    Only these are numbers: "-1", "+7", "0b11" and " 1" aren't, whatever Python's `int` says.

    Raises:
        Unreadable: a text that begins with 0x and isn't hex, or has more digits than any field element.
    """
    if text[:2] in ("0x", "0X"):
        digits = text[2:].lstrip("0")
        if text[1] == "X" or len(text) == 2 or len(digits) > _MOST_HEX or not _HEX_DIGITS.issuperset(digits):
            raise Unreadable("must have at most 64 hex digits after 0x")
        return int(digits or "0", 16)
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0")
        if len(digits) > _MOST_DECIMAL:
            raise Unreadable(_RANGE)
        return int(digits or "0")
    return None


def short_string_value(text: str) -> int:
    """`short_string`, which raises Unreadable."""
    if len(text) > 31 or not text.isascii():
        raise Unreadable("must be a short string: at most 31 characters of ASCII")
    return int.from_bytes(text.encode(), "big")


def element(value: object) -> int:
    """A felt out of an int, or of a text as SNIP-12 reads one: a number, and any other text is a short string.

    Raises:
        Unreadable: neither, or out of range.
    """
    if exact.is_a(value, str):
        text = exact.text(value, "value")
        number = number_of_text(text)
        if number is None:
            return short_string_value(text)
    else:
        number = whole(value)
    if not 0 <= number < P:
        raise Unreadable(_RANGE)
    return number


def whole(value: object) -> int:
    """The number of an int; a bool is none."""
    if not exact.is_a(value, int) or type(value) is bool:
        raise Unreadable("must be an int or text")
    return exact.integer(value, "value")


def selector_value(name: str) -> int:
    """`selector`, of the exact text."""
    return 0 if name in _DEFAULT_ENTRY_POINTS else keccak_value(_utf8(name))


def keccak_value(data: bytes) -> int:
    """Keccak-256 with its 250 low bits kept."""
    return int.from_bytes(keccak256(data), "big") & _250_BITS


def byte_array(text: str) -> list[int]:
    """A text as Cairo serializes its ByteArray: how many words of 31 bytes, the words, the rest, the rest's length.

    Text that isn't ASCII is its UTF-8, as in Cairo.
    """
    data = _utf8(text)
    whole = len(data) // 31
    words = [int.from_bytes(data[31 * i : 31 * i + 31], "big") for i in range(whole)]
    rest = data[31 * whole :]
    return [whole, *words, int.from_bytes(rest, "big"), len(rest)]


def _utf8(text: str) -> bytes:
    data = None
    with suppress(UnicodeEncodeError):  # which carries the text along
        data = text.encode()
    if data is None:
        raise Unreadable("must be text that UTF-8 can write: it has half of a surrogate pair")
    return data


def read_element(value: object, field: str) -> int:
    """A felt parameter: an int in [0, p), or "0x…" text of one. Raises the error that names the parameter."""
    if not exact.is_a(value, str):
        exact.integer(value, field, "an int or 0x… text")
    elif not exact.text(value, field).startswith("0x"):
        raise _invalid(field, "must be an int, or text that begins with 0x")
    try:
        return element(value)
    except Unreadable as error:
        raise _invalid(field, str(error)) from None


def chain_text(value: object) -> str:
    """The parameter `chain`: a Starknet chain's id as people write it, a short string that isn't empty.

    What is written like a number is refused: it could stand for that number.
    """
    text = exact.some_text(value, "chain")
    try:
        if number_of_text(text) is not None:
            raise Unreadable("must be a chain's name, and not a number")
        short_string_value(text)
    except Unreadable as error:
        raise _invalid("chain", str(error)) from None
    return text


def utf8_text(value: object, field: str) -> str:
    """A text parameter that UTF-8 can write."""
    text = exact.text(value, field)
    try:
        _utf8(text)
    except Unreadable as error:
        raise _invalid(field, str(error)) from None
    return text


def read_elements(values: Iterable[object], field: str) -> list[int]:
    """A parameter that is a list of felts."""
    if isinstance(values, (str, bytes, bytearray)) or not hasattr(values, "__iter__"):
        raise _wrong_type(field, "a list of field elements", type(values))
    exact.one_by_one(values, field, "a list of field elements")
    elements = [read_element(value, f"{field}[{i}]") for i, value in enumerate(islice(values, _MOST_ELEMENTS + 1))]
    if len(elements) > _MOST_ELEMENTS:
        raise _invalid(field, f"must be at most {_MOST_ELEMENTS} elements")
    return elements


def read_uint(value: object, bits: int, field: str) -> int:
    """An int parameter in [0, 2^bits)."""
    number = exact.integer(value, field)
    if not 0 <= number < 1 << bits:
        raise _invalid(field, f"must be in [0, 2^{bits})")
    return number


def short_string(text: str) -> int:
    """The felt of a short string: its ASCII characters, at most 31, as one big-endian number. That of "" is 0.

    >>> hex(short_string("StarkNet Message"))
    '0x537461726b4e6574204d657373616765'
    """
    plain = exact.text(text, "text")
    try:
        return short_string_value(plain)
    except Unreadable as error:
        raise _invalid("text", str(error)) from None


def starknet_keccak(data: bytes | str) -> int:
    """Keccak-256 of bytes, or of a text's UTF-8, with its 250 low bits kept: an int below 2^250.

    >>> hex(starknet_keccak("transfer"))
    '0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e'
    """
    if not exact.is_a(data, str):
        return int.from_bytes(keccak256(data), "big") & _250_BITS  # type: ignore[arg-type]
    try:
        return keccak_value(_utf8(exact.text(data, "data")))
    except Unreadable as error:
        raise _invalid("data", str(error)) from None


def selector(name: str) -> int:
    """The selector of an entry point of a contract: `starknet_keccak` of its name.

    Those of `__default__` and `__l1_default__` are 0, as in starknet.py; starknet.js hashes these two names.

    >>> hex(selector("__execute__"))
    '0x15d40a3d6ca2ac30f4031e42be28da9b056fef9bb7357ac5e85627ee876e5ad'
    """
    plain = exact.text(name, "name")
    try:
        return selector_value(plain)
    except Unreadable as error:
        raise _invalid("name", str(error)) from None
