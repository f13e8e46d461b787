"""Docstrings for the fields of named tuples, out of the one that the class has."""

from __future__ import annotations

# For this package's own classes.
__all__: list[str] = []

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T", bound=type)


def described(kind: T) -> T:
    """A class decorator: each field of a named tuple gets the text that `Attributes:` has for it.

    >>> from typing import NamedTuple
    >>> @described
    ... class Point(NamedTuple):
    ...     '''A point.
    ...
    ...     Attributes:
    ...         x, y: the coordinates,
    ...             in metres.
    ...     '''
    ...
    ...     x: int
    ...     y: int
    >>> Point.y.__doc__
    'the coordinates, in metres.'
    """
    for names, text in _attributes(kind.__doc__ or ""):
        for name in names.split(","):
            getattr(kind, name.strip()).__doc__ = text
    return kind


def _attributes(text: str) -> list[tuple[str, str]]:
    """The names, and what is said of them, of the section `Attributes:`; a longer indent goes on with the line
    before.
    """
    lines = text.partition("Attributes:\n")[2].splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    found: list[tuple[str, str]] = []
    for line in lines:
        here = len(line) - len(line.lstrip())
        if not line.strip() or here < indent:
            break
        if here > indent:
            names, said = found.pop()
            found.append((names, f"{said} {line.strip()}"))
        else:
            names, _, said = line.strip().partition(": ")
            found.append((names, said))
    return found
