"""Who is at the other end of a connection, as the application sees it, whichever server runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

__all__ = ["PEER", "Peer", "peer_of"]

PEER = "peer"


class Peer(Protocol):
    """One connection of the server that is being served."""

    def sign(self, account_id: str) -> None:
        """It has proved to be the account's."""

    def hold(self, size: int) -> None:
        """So many bytes wait to be written to it, beside those that were written; negative: so many no longer wait."""

    def waiting(self) -> int:
        """How many bytes wait, whether or not they were written."""

    def abort(self) -> None:
        """Close it at once: what waits is lost."""


class _Unknown:
    """Under a server that says nothing about its connections."""

    def __init__(self) -> None:
        self._held = 0

    def sign(self, account_id: str) -> None:
        pass

    def hold(self, size: int) -> None:
        self._held += size

    def waiting(self) -> int:
        return self._held

    def abort(self) -> None:
        pass


def peer_of(scope: Mapping[str, Any]) -> Peer:
    """The peer of an ASGI scope."""
    return cast(Peer, scope.get("state", {}).get(PEER)) or _Unknown()
