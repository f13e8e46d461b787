"""The value of an argument itself, taken once, where it comes in.

A subclass of int or str may hash like 1, equal everything and print as something else, and what is compared, looked up
or formatted is then another value than what is signed. Here the base type's own methods read what an object holds;
nothing of a subclass runs. Past the border there are only plain ints, texts, Decimals and datetimes. Members of an
IntEnum or a StrEnum are such subclasses, and stand for their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starkcore.errors import _invalid, _wrong_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from typing import Any

# For this package's own modules: the names of parameters that they give are shown in messages.
__all__: list[str] = []


_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold")


def is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    """`isinstance` that an object can't answer for itself, by its `__class__`."""
    return issubclass(type(value), kind)


def text(value: Any, field: str, expected: str = "text") -> str:
    """The text of a str.

    Raises:
        InputTypeError: no str; `field` and `expected` are for its message.
    """
    if type(value) is str:
        return value
    if not is_a(value, str):
        raise _wrong_type(field, expected, type(value))
    return str.__str__(value)


def named(values: Mapping[Any, Any], field: str, expected: str = "a mapping with texts as names") -> dict[str, Any]:
    """A plain dict of what a mapping holds, by the texts of its names.

    Raises:
        InputTypeError: a name is no str.
        InvalidInput: two names are one text, which subclasses can bring about: one of both would count, in silence.
    """
    copy = {}
    for name, value in values.items():
        content = text(name, field, expected)
        if content in copy:
            raise _invalid(field, "must not have two names of one text")
        copy[content] = value
    return copy


def some_text(value: Any, field: str) -> str:
    """The text of a str that isn't empty: a default is for what isn't given, not for what is empty.

    Raises:
        InputTypeError: no str.
        InvalidInput: empty.
    """
    content = text(value, field)
    if not content:
        raise _invalid(field, "must not be empty")
    return content


def one_of(value: Any, field: str, *known: str) -> str:
    """The text of a str that is one of those; nothing else decides by comparing what a caller gave.

    Raises:
        InputTypeError: no str.
        InvalidInput: another one.
    """
    content = value if type(value) is str else text(value, field)
    if content not in known:
        listed = [f'"{name}"' for name in known]
        raise _invalid(field, f"must be {', '.join(listed[:-1])} or {listed[-1]}")
    return content


def integer(value: Any, field: str, expected: str = "an int") -> int:
    """The number of an int; a bool is none.

    Raises:
        InputTypeError: no int.
    """
    if type(value) is int:
        return value
    if not is_a(value, int) or type(value) is bool:
        raise _wrong_type(field, expected, type(value))
    return int.__index__(value)


def real(value: float) -> float:
    """The number of a float."""
    return float.__float__(value)


def unscaled(value: Decimal) -> Decimal:
    """The number of a Decimal, with its exponent."""
    from decimal import Decimal

    return value if type(value) is Decimal else Decimal(value)


def several(value: object, field: str, expected: str) -> None:
    """Check that this can be iterated over for objects: no text, no mapping, no buffer of numbers.

    A buffer may say that it has 2^62 items, out of one byte; who keeps an outcome for each never comes to an end.

    Raises:
        InputTypeError: it is one of those.
    """
    one_by_one(value, field, expected)
    try:
        with memoryview(value) as view:  # type: ignore[arg-type]
            numbers = view.format != "O"
    except (TypeError, BufferError, ValueError, NotImplementedError):
        numbers = False
    if numbers or isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        raise _wrong_type(field, expected, type(value))


def one_by_one(value: object, field: str, expected: str) -> None:
    """Check that a buffer, where it is one, gives its items one by one: it has one dimension, and isn't released.

    Iterating over another raises what each library likes, a SystemError of the interpreter's own among it.

    Raises:
        InputTypeError: it doesn't.
    """
    try:
        with memoryview(value) as view:  # type: ignore[arg-type]
            flat = view.ndim == 1
    except (TypeError, BufferError, ValueError, NotImplementedError):
        flat = type(value) is not memoryview  # no buffer, or none that Python knows: its own iterator says what it has
    if not flat:
        raise _wrong_type(field, expected, type(value))


def moment(value: datetime) -> datetime | None:
    """A datetime with the offset that its zone has then, for which the zone is asked once; None where it has none."""
    from datetime import datetime, timedelta, timezone

    local = datetime(**{name: getattr(datetime, name).__get__(value) for name in _PARTS})
    offset = local.utcoffset()
    return None if offset is None else local.replace(tzinfo=timezone(timedelta.__add__(offset, timedelta())))


def iso_8601(content: str) -> datetime | None:
    """The time that a text of the form 2030-01-02T03:04:05.678Z tells; None where it has another form.

    A space may stand for the T; seconds and their decimals, at most six, may be missing, and so may the zone, Z or an
    offset.
    """
    # On its own, `fromisoformat` takes any letter for the T, and more with each version of Python.
    import re
    from datetime import datetime

    if not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
        r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
        content,
    ):
        return None
    try:
        return datetime.fromisoformat(content)
    except ValueError:
        return None


def plain_fields(instance: Any, names: tuple[str, ...]) -> None:
    """Make what is an int, text or bytes of a subclass plain, in these fields of a frozen dataclass; leave the
    others.
    """
    for name in names:
        value = getattr(instance, name)
        kind = type(value)
        if kind in (int, bool, str, bytes):
            continue
        if issubclass(kind, int):
            object.__setattr__(instance, name, int.__index__(value))
        elif issubclass(kind, str):
            object.__setattr__(instance, name, str.__str__(value))
        elif issubclass(kind, bytes):
            object.__setattr__(instance, name, bytes.__getitem__(value, slice(None)))
