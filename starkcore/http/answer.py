"""What an HTTP host answered: bytes that are to be JSON, and what may be shown of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starkcore.http.redaction import REMOVED, excerpt, redact, redact_values
from starkcore.http.strict_json import BadJson, Bounds, strict_json

__all__ = ["REMOVED", "Answer", "Headers", "Unreadable", "excerpt_of", "parse_json", "redact"]

# Whoever is refused is told why in a few lines. Of what is larger, the beginning is told as text.
_LARGEST_REFUSAL = 64 << 10
_DEFAULT = Bounds()


class Unreadable(Exception):
    """An answer that isn't what it should be. `what` is a clause that says why."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Headers(dict[str, str]):
    """Headers of an answer. Names are in lower case, and are found in any."""

    def __init__(self, headers: Mapping[str, str] = {}) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header; without one, the default."""
        return super().get(name.lower(), default)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self, make_object: Callable[[dict[str, Any]], Any] = dict) -> Any:
        """The body as JSON; None when it is empty.

        Args:
            make_object: makes something of each JSON object.

        Raises:
            Unreadable: no JSON by its type or by its text, or with a name twice.
        """
        if not self.body.strip():
            return None
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise Unreadable(f"the answer isn't JSON but {excerpt(kind, longest=40) or 'of no type'!r}")
        return parse_json(self.body, make_object)

    def excerpt(self, secrets: frozenset[str]) -> str:
        """The beginning of the body, secrets removed."""
        return excerpt_of(self.body, secrets)

    def redacted_json(self, secrets: frozenset[str]) -> Any:
        """The body as JSON with secrets removed from its texts; None when it isn't JSON, or larger than 64 KiB."""
        if len(self.body) > _LARGEST_REFUSAL:
            return None
        try:
            return redact_values(self.json(), secrets)
        except Unreadable:
            return None


def parse_json(body: bytes | str, make_object: Callable[[dict[str, Any]], Any] = dict) -> Any:
    """JSON, strictly: see `starkcore.http.strict_json`.

    Raises:
        Unreadable
    """
    try:
        return strict_json(body, _bounds(len(body)), make_object)
    except BadJson as error:
        problem = error.what
    raise Unreadable(f"the answer {problem}")


def _bounds(size: int) -> Bounds:
    """Whoever lets an answer be larger than the default lets it have more values, too."""
    return _DEFAULT if size <= _DEFAULT.size else Bounds(size=size, values=max(size // 64, _DEFAULT.values))


def excerpt_of(body: bytes, secrets: frozenset[str] = frozenset()) -> str:
    """The beginning of a body as printable text on one line, secrets removed."""
    return excerpt(body[:_LARGEST_REFUSAL].decode(errors="replace"), secrets)
