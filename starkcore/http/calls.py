"""How one definition of a call serves both clients.

A module's method is written once, as steps (see `starkcore.http.rules`): it says what to send and makes something of
the answer. Called on a module of a `Client`, it runs, and returns its result; on one of an `AsyncClient`, it returns an
awaitable. `call` is the decorator that makes it so, for Python and for type checkers.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper, wraps
from inspect import signature
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from starkcore.http.rules import Steps

__all__ = ["Async", "Module", "Sync", "call", "call_with"]

P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V")


class Sync:
    """Marks the modules of a `Client`."""


class Async:
    """Marks the modules of an `AsyncClient`."""


Mode = TypeVar("Mode", Sync, Async)


class HasEndpoint(Protocol):
    """What a client knows of itself, whatever else that is at its venue: where its requests go."""

    endpoint: Any


Session = TypeVar("Session", bound=HasEndpoint)


class Module(Generic[Session, Mode]):
    """A group of calls. It has no state but its client's."""

    def __init__(self, session: Session, run: Callable[[Steps[Any]], Any]) -> None:
        self._session = session
        self._run = run

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._session.endpoint}>"


class call(Generic[P, T]):  # noqa: N801 - a decorator
    """Makes a method that returns steps into one that runs them."""

    def __init__(self, function: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        update_wrapper(self, function)  # type: ignore[arg-type]

        @wraps(function)
        def run(module: Module[Any, Any], *arguments: P.args, **keywords: P.kwargs) -> Any:
            return module._run(function(module, *arguments, **keywords))

        self._run = run

    @overload
    def __get__(self, module: None, owner: type) -> call[P, T]: ...
    @overload
    def __get__(self, module: Module[Any, Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, module: Module[Any, Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, module: Any, owner: type) -> Any:
        return self if module is None else MethodType(self._run, module)


def call_with(kind: Callable[P, V]) -> Callable[[Callable[[Any, V], Steps[T]]], call[P, T]]:
    """`call`, for a method of one value, a dataclass: whoever calls it gives the fields of that.

    So the parameters stand in one place, and have there the types and defaults that `help` and type checkers show.
    """

    def decorate(function: Callable[[Any, V], Steps[T]]) -> call[P, T]:
        def of_fields(module: Any, /, *arguments: P.args, **keywords: P.kwargs) -> Steps[T]:
            return function(module, kind(*arguments, **keywords))

        first, returned = next(iter(signature(function).parameters.values())), signature(function).return_annotation
        update_wrapper(of_fields, function)
        del of_fields.__wrapped__  # type: ignore[attr-defined]  # whose parameters are others
        shown = signature(kind)
        of_fields.__signature__ = shown.replace(  # type: ignore[attr-defined]
            parameters=[first, *shown.parameters.values()], return_annotation=returned
        )
        return call(of_fields)

    return decorate
