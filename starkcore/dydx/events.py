"""What a feed of the exchange's WebSocket yields (see `starkcore.dydx.websocket`)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Backoff", "Disconnected", "Event", "Gap", "Reconnected", "Subscribed", "Unsubscribed", "Update"]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A channel begins, at first or again: its whole state.

    `id` is the market or account, empty where there is none.
    """

    channel: str
    id: str
    contents: Any


@dataclass(frozen=True, slots=True)
class Update:
    """A change of a channel's state.

    Attributes:
        message_id: the exchange's number of the message in its connection.
    """

    channel: str
    id: str
    contents: Any
    message_id: int


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A channel ended, as was asked for."""

    channel: str
    id: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages are missing, or came twice or in another order. The feed connects again: each channel begins anew.

    Attributes:
        expected, received: numbers of messages.
    """

    expected: int
    received: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection broke, or was ended because the program read too slowly. The feed connects again.

    Attributes:
        reason: a sentence for people.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Reconnected:
    """There is a connection again; every channel's state follows.

    Attributes:
        attempts: how many it took, 1 or more.
    """

    attempts: int


Event: TypeAlias = Subscribed | Update | Unsubscribed | Gap | Disconnected | Reconnected


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait between attempts to connect: a random time up to first · 2^n, n the attempts that failed.

    An attempt fails when there is no connection, and as well when the connection doesn't live: when it ends before its
    channels began, or within `lives` seconds. A host that answers everything and then closes is not asked more often
    than one that doesn't answer at all. Only a connection that lived sets the count to 0.

    Attributes:
        first, longest: seconds.
        attempts: how many in a row; then the feed fails. None: for ever.
        lives: seconds that a connection must last to count as one that lived. None: as many as `longest`.
    """

    first: float = 0.5
    longest: float = 30.0
    attempts: int | None = None
    lives: float | None = None

    def lived(self, seconds: float) -> bool:
        """Whether a connection that lasted so long counts as one that lived."""
        return seconds >= (self.longest if self.lives is None else self.lives)

    def delay(self, failed: int) -> float:
        """Seconds before the next attempt, after so many in a row that failed. The first comes at once."""
        if not failed:
            return 0.0
        return random.uniform(0, min(self.longest, self.first * 2.0 ** min(failed - 1, 30)))  # noqa: S311
