"""A venue's order signer with nobody's key, which fetches into a core's caches what the signer's own orders need."""

from __future__ import annotations

from typing import Any, TypeVar

from starkcore.keys import PrivateKey

# For this package's own modules.
__all__: list[str] = []

S = TypeVar("S")


def of_nobody(kind: type[S], signer: S) -> S:
    """A signer that shares all that this one keeps ready, but for its key.

    Args:
        kind: the class whose slots a signer has. It keeps the key in `_key`.
    """
    nobody: Any = object.__new__(kind)
    for name in kind.__slots__:  # type: ignore[attr-defined]
        if name != "_key":
            setattr(nobody, name, getattr(signer, name))
    nobody._key = PrivateKey(1)  # known to everybody
    shared: S = nobody
    return shared
