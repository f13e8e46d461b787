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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from starkcore.http.redaction import REMOVED

__all__ = ["Record", "Response"]

D = TypeVar("D")

_SECRET = frozenset(("secret", "passphrase", "privateKey", "private_key"))


class Record(dict[str, Any]):
    """A JSON object. Its members are attributes, too, in Python's spelling: `record["clientId"]` is `record.client_id`.

    What is declared here and may be missing is None then. What is secret is left out of the repr; `dict(record)` has it.
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
    """The exchange's spelling of a name.

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
    result = dict(value)
    for key, (hint, required) in _members(cast(type, kind)).items():
        if key in value:
            result[key] = _shaped_member(hint, value[key], key)
        elif required:
            raise LookupError(key)
    return cast(Any, kind)(result)  # type: ignore[no-any-return]


def _shaped_member(hint: Any, value: Any, key: str) -> Any:
    if value is None:
        return None
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Record):
        return shaped(hint, _instance(value, dict, key))
    if origin is list:
        return [_shaped_member(arguments[0], item, key) for item in _instance(value, list, key)]
    if origin is dict:
        members = _instance(value, dict, key).items()
        return Record({name: _shaped_member(arguments[1], item, key) for name, item in members})
    if hint is str:
        return _instance(value, str, key)
    return value


def _instance(value: Any, kind: type, key: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(key)
    return value


@cache
def _members(kind: type) -> dict[str, tuple[Any, bool]]:
    """Of a kind of record, by the exchange's spelling: the type of the member, and whether it must be there."""
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
