"""What the exchange answers when it refuses: an HTTP status and messages in the real API's shape."""

from __future__ import annotations

from starkcore.errors import StarkcoreError

__all__ = ["Refused", "SandboxError"]


class SandboxError(StarkcoreError, RuntimeError):
    """The exchange can't start or go on: its database is another's, is in use or can't be written."""


class CantOpen(SandboxError):
    """The database that was named can't be opened."""


class Refused(Exception):
    """A request that the exchange refuses. Nothing has changed.

    Attributes:
        status: the HTTP status.
        message: names the field and the rule that it broke.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def body(self) -> dict[str, list[dict[str, str]]]:
        """The answer's JSON, as the real API had it."""
        return {"errors": [{"msg": self.message}]}
