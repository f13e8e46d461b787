"""A venue's own type for what a key file holds, found by the venue's name when a file of it is met, as codecs are.

So the store imports no venue, and a venue that is added says here where its type is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar, Protocol

from starkcore.keystore.entry import Entry

__all__ = ["Kind", "entry_without_venue", "kind_of", "kinds"]

_MODULES = {
    "dydx": "starkcore.dydx.credentials",
    "paradex": "starkcore.paradex.credentials",
    "extended": "starkcore.extended.credentials",
}


class Kind(Protocol):
    """What the store asks of a venue's `Credentials`."""

    ADDRESS: ClassVar[Callable[[Any], bool]]
    """Whether a text is an address as the venue's key files have it."""

    FACTS: ClassVar[Mapping[str, Callable[[Any], bool]]]
    """The names of the venue's facts, and what their values may be."""

    KEY_FACTS: ClassVar[frozenset[str]]
    """The facts that go when another Stark key takes the old one's place: they were the old key's."""

    def to_entry(self) -> Entry:
        """The entry, with its secret part."""

    @classmethod
    def from_entry(cls, entry: Entry) -> Kind:
        """The venue's own type of an entry that was opened.

        Raises:
            InvalidInput, InputTypeError: it is none of this venue's.
        """


# Of files that name no venue: they were written when there was one.
_FIRST = "starkcore.dydx.credentials"


def kinds() -> tuple[str, ...]:
    """The venues that have a type of their own."""
    return tuple(_MODULES)


def kind_of(venue: str) -> type[Kind] | None:
    """A venue's type; None for a venue that has none, whose entries are kept as they are."""
    if venue not in _MODULES:
        return None
    kind: type[Kind] = import_module(_MODULES[venue]).Credentials
    return kind


def entry_without_venue(public: Mapping[str, Any]) -> Entry:
    """The entry, without its secret part, of a file that names no venue.

    Raises:
        InvalidInput, InputTypeError, KeyError: it is none.
    """
    entry: Entry = import_module(_FIRST).Credentials.first_entry(public)
    return entry
