"""Classes of values – `dataclass` and `NamedTuple` – that a program can have without waiting for `dataclasses` and
`typing`.

Those two modules, and what they import, take longer than all of this package. What is made here is the same:
constructor, comparison, text, pickles, and `dataclasses.fields`, `replace` and `asdict`, which find what they look for,
made when they first do. Type checkers read `dataclasses` and `typing` in the place of this module:

    TYPE_CHECKING = False
    if TYPE_CHECKING:
        from dataclasses import dataclass
    else:
        from starkcore.values import dataclass
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# For this package's own modules.
__all__: list[str] = []

_set = object.__setattr__


class field:  # noqa: N801 - as in dataclasses
    """What is said of a field, in the place of its default: it has none."""

    def __init__(self, *, repr: bool = True, hash: bool = True) -> None:  # noqa: A002
        self.repr = repr
        self.hash = hash


def dataclass(
    *,
    frozen: bool,
    slots: bool,
    kw_only: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002
) -> Callable[[type], type]:
    """`dataclasses.dataclass`, for frozen classes with slots.

    >>> @dataclass(frozen=True, slots=True)
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1)
    Point(x=1, y=0)
    >>> import dataclasses
    >>> dataclasses.replace(Point(1), y=5)
    Point(x=1, y=5)
    """
    if not (frozen and slots):
        raise TypeError("only frozen classes with slots are made here")
    return lambda kind: _made(kind, kw_only, eq, repr)


def _made(kind: type, kw_only: bool, eq: bool, shown: bool) -> type:
    names = tuple(kind.__annotations__)
    said = {name: vars(kind)[name] for name in names if name in vars(kind)}
    defaults = {name: value for name, value in said.items() if not isinstance(value, field)}
    known = [(name, said.get(name)) for name in names]
    body = {
        name: value for name, value in vars(kind).items() if name not in (*names, "__dict__", "__weakref__")
    }  # fmt: skip
    body |= {
        "__slots__": names,
        "__match_args__": () if kw_only else names,
        "__init__": _Constructor(kind, names, defaults, kw_only),
        "__dataclass_fields__": _Lazy("__dataclass_fields__"),
        "__dataclass_params__": _Lazy("__dataclass_params__"),
        "__getstate__": _state,
        "__setstate__": _set_state,
        "__replace__": _replace,
    }
    made = type(kind)(kind.__name__, kind.__bases__, body)
    made.__qualname__ = kind.__qualname__
    body["__init__"].made = made
    options = {"frozen": True, "kw_only": kw_only, "eq": eq, "repr": shown}
    _MADE[made] = names, said, options
    for name, method in _methods(made, known, eq, shown):
        if name not in vars(kind):
            method.__name__, method.__qualname__ = name, f"{made.__qualname__}.{name}"
            setattr(made, name, method)
    return made


# Of each class: its fields' names, what stands in the place of their defaults, and how it was made.
_MADE: dict[type, tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]] = {}


class _Constructor:
    """The `__init__` of a class: compiled when it is first asked for, which takes longer than the class itself."""

    def __init__(self, kind: type, names: tuple[str, ...], defaults: dict[str, Any], kw_only: bool) -> None:
        self._parts = kind, names, defaults, kw_only
        self.made: type = kind

    def __get__(self, instance: object, owner: type) -> Any:
        init = _init(*self._parts)
        self.made.__init__ = init  # type: ignore[misc]  # two threads at once may both do it
        return init if instance is None else init.__get__(instance, owner)


def _init(kind: type, names: tuple[str, ...], defaults: dict[str, Any], kw_only: bool) -> Callable[..., None]:
    """The constructor, with the signature that its fields give it."""
    parameters = [f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names]
    lines = [f" _set(self, {name!r}, {name})" for name in names]
    if hasattr(kind, "__post_init__"):
        lines.append(" self.__post_init__()")
    head = f"def __init__({', '.join(['self', *(['*'] if kw_only and names else []), *parameters])}):"
    space: dict[str, Any] = {"_defaults": defaults, "_set": _set, "__name__": kind.__module__}
    exec("\n".join([head, *lines]), space)  # noqa: S102 - of the names of our own fields
    init: Callable[..., None] = space["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    init.__annotations__ = {name: kind.__annotations__[name] for name in names} | {"return": None}
    return init


def _methods(made: type, known: list[tuple[str, Any]], eq: bool, shown: bool) -> list[tuple[str, Any]]:
    """The methods that fields give a class, by name; `known`: what is said of each field."""
    names = [name for name, _ in known]
    visible = [name for name, said in known if not (isinstance(said, field) and not said.repr)]
    hashed = [name for name, said in known if not (isinstance(said, field) and not said.hash)]

    def values(self: Any, which: list[str] = names) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in which])

    def text(self: Any) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in visible)
        return f"{type(self).__qualname__}({fields})"

    def equal(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def number(self: Any) -> int:
        return hash(values(self, hashed))

    def refuse(self: Any, name: str, what: str) -> None:
        if type(self) is made or name in names:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot {what} field {name!r}")

    def assign(self: Any, name: str, value: object) -> None:
        refuse(self, name, "assign to")
        super(made, self).__setattr__(name, value)  # type: ignore[arg-type]

    def delete(self: Any, name: str) -> None:
        refuse(self, name, "delete")
        super(made, self).__delattr__(name)  # type: ignore[arg-type]

    methods: list[tuple[str, Any]] = [("__setattr__", assign), ("__delattr__", delete)]
    if shown:
        methods.append(("__repr__", text))
    if eq:
        methods += [("__eq__", equal), ("__hash__", number)]
    return methods


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in _names_of(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(_names_of(self), state, strict=True):
        _set(self, name, value)


def _names_of(instance: Any) -> tuple[str, ...]:
    return next(_MADE[kind][0] for kind in type(instance).__mro__ if kind in _MADE)


def _replace(self: Any, /, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(self, **changes)


class _Lazy:
    """What `dataclasses` looks for in a class of its own: taken from a twin, which it makes itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        made = next(kind for kind in owner.__mro__ if kind in _MADE)
        names, said, options = _MADE[made]
        body = {
            name: dataclasses.field(repr=value.repr, hash=None if value.hash else False)
            if isinstance(value, field)
            else value
            for name, value in said.items()
        }
        body["__annotations__"] = {name: made.__annotations__[name] for name in names}
        body["__module__"] = made.__module__
        found = getattr(dataclasses.dataclass(**options)(type(made.__name__, (), body)), self._name)
        setattr(made, self._name, found)
        return found


class _NamedTuples(type):
    """A class whose base is NamedTuple becomes a named tuple, with the methods that it defines."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        annotations = body.pop("__annotations__", {})
        made = namedtuple(name, annotations, module=body["__module__"])  # type: ignore[misc]
        made.__annotations__ = made.__new__.__annotations__ = dict(annotations)
        for key, value in body.items():
            if key not in ("__module__", "__qualname__", "__classcell__"):
                setattr(made, key, value)
        return made


class NamedTuple(metaclass=_NamedTuples):
    """`typing.NamedTuple`, of fields without defaults."""


class Generic:
    """`typing.Generic`: a class that may be written with brackets."""

    __slots__ = ()

    def __class_getitem__(cls, item: object) -> Any:
        from types import GenericAlias

        return GenericAlias(cls, item)
