"""The JSON that a host answers, with attributes, and still a dictionary.

    >>> class Order(Record):
    ...     id: str
    ...     limit_fee: str | None
    >>> order = Order({"id": "1", "clientId": "a"})
    >>> order["clientId"], order.client_id, order.limit_fee
    ('a', 'a', None)

What a host sends beyond the fields that are declared is there as well, under the same two names.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from starkcore.http.redaction import REMOVED

__all__ = ["Record", "Response"]

D = TypeVar("D")
Shape: TypeAlias = Callable[[Any, str], Any]

_SECRET = frozenset(("secret", "passphrase", "privateKey", "private_key"))


class Record(dict[str, Any]):
    """A JSON object. Its members are attributes, too, in Python's spelling: `record["clientId"]` is `record.client_id`.

    What is declared here and may be missing is None then. What is secret is left out of the repr; `dict(record)` has
    it.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for key in (name, camel(name)):
                if key in self:
                    return self[key]
            if not _members(type(self)).get(camel(name), (None, True))[1]:
                return None
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def __repr__(self) -> str:
        shown = (f"{key!r}: {REMOVED if key in _SECRET else repr(value)}" for key, value in self.items())
        return f"{{{', '.join(shown)}}}"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *get_type_hints(type(self))]


def camel(name: str) -> str:
    """The host's spelling of a name.

    >>> camel("stark_key_y_coordinate")
    'starkKeyYCoordinate'
    """
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def shaped(kind: type[D], value: Any) -> D:
    """A Record, and those within it, as the kind that says what they hold.

    Raises:
        LookupError: a member that must be there isn't; its name is the argument.
        TypeError: a member isn't of the kind that it should be; its name is the argument.
    """
    if kind is Record or kind is Any:
        return value  # type: ignore[no-any-return]
    result = cast(Any, kind)(value)
    for key, shape, required in _shapes(cast(type, kind)):
        if key in value:
            member = value[key]
            if shape is not None and member is not None:
                result[key] = shape(member, key)
        elif required:
            raise LookupError(key)
    return result  # type: ignore[no-any-return]


def _shape_of(hint: Any) -> Shape | None:
    """What makes a member, given with its name, what its type says; None where it may be anything."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Record):
        return lambda value, key: shaped(hint, _instance(value, dict, key))
    if origin is list:
        of_each = _shape_of(arguments[0])
        return lambda value, key: [_member(of_each, item, key) for item in _instance(value, list, key)]
    if origin is dict:
        of_value = _shape_of(arguments[1])
        return lambda value, key: Record(
            {name: _member(of_value, item, key) for name, item in _instance(value, dict, key).items()}
        )
    return _text if hint is str else None


def _member(shape: Shape | None, value: Any, key: str) -> Any:
    return value if shape is None or value is None else shape(value, key)


def _text(value: Any, key: str) -> str:
    return value if type(value) is str else _instance(value, str, key)


def _instance(value: Any, kind: type, key: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(key)
    return value


@cache
def _shapes(kind: type) -> tuple[tuple[str, Shape | None, bool], ...]:
    """Of a kind of record, its members: the host's name, what makes it of its kind, and whether it must be
    there.
    """
    return tuple((key, _shape_of(hint), required) for key, (hint, required) in _members(kind).items())


@cache
def _members(kind: type) -> dict[str, tuple[Any, bool]]:
    """Of a kind of record, by the host's spelling: the type of the member, and whether it must be there."""
    members = {}
    for name, hint in get_type_hints(kind).items():
        optional = get_origin(hint) in (Union, types.UnionType)
        inner = next(part for part in get_args(hint) if part is not type(None)) if optional else hint
        members[camel(name)] = (inner, not optional)
    return members


@dataclass(frozen=True, slots=True)
class Response(Generic[D]):
    """An answer whose body was JSON.

    Attributes:
        data: its JSON. `response["order"]` and `response.order` are short for `response.data["order"]`.
        headers: of the HTTP answer, names in lower case.
        status: HTTP's.
    """

    data: D
    headers: Mapping[str, str] = field(repr=False)
    status: int = 200

    def __getitem__(self, key: str) -> Any:
        return self.data[key]  # type: ignore[index]

    def __contains__(self, key: object) -> bool:
        return key in self.data  # type: ignore[operator]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)  # type: ignore[call-overload,no-any-return]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.data, name)
