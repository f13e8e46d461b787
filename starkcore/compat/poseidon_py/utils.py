"""poseidon-py's conversions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Literal, TypeAlias

from starkcore.compat.values import number
from starkcore.errors import _invalid, _wrong_type

__all__ = ["HASH_BYTES", "Endianness", "blockify", "from_bytes", "to_bytes"]

Endianness: TypeAlias = Literal["big", "little"]
HASH_BYTES = 32
_LONGEST = 1 << 20


def to_bytes(
    value: int, length: int | None = None, byte_order: Endianness | None = None, signed: bool | None = None
) -> bytes:
    """An int as bytes: 32, big-endian and unsigned, unless told otherwise."""
    size = HASH_BYTES if length is None else number(length, "length")
    whole, data = number(value, "value"), None
    order = _order(byte_order)
    if not 0 <= size < _LONGEST:
        raise _invalid("length", "must be in [0, 2^20)")
    with suppress(OverflowError):
        data = whole.to_bytes(size, order, signed=bool(signed))
    if data is None:
        raise _invalid("value", "must fit the length")
    return data


def from_bytes(value: bytes, byte_order: Endianness | None = None, signed: bool | None = None) -> int:
    """An int out of bytes: big-endian and unsigned, unless told otherwise."""
    if not isinstance(value, (bytes, bytearray)):
        raise _wrong_type("value", "bytes", type(value))
    return int.from_bytes(value, _order(byte_order), signed=bool(signed))


def blockify(data: Sequence[Any], chunk_size: int) -> Iterable[Sequence[Any]]:
    """The data in pieces of chunk_size; the last may be shorter."""
    size = number(chunk_size, "chunk_size")
    if size <= 0:
        raise _invalid("chunk_size", "must be more than 0")
    if not isinstance(data, Sequence):
        raise _wrong_type("data", "a sequence", type(data))
    return (data[i : i + size] for i in range(0, len(data), size))


def _order(byte_order: Endianness | None) -> Endianness:
    order = "big" if byte_order is None else byte_order
    if order not in ("big", "little"):
        raise _invalid("byte_order", 'must be "big" or "little"')
    return order
