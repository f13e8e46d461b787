"""What an HTTP host answered: bytes that are to be JSON, and what may be shown of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starkcore.http.strict_json import BadJson, Bounds, strict_json

__all__ = ["Answer", "Unreadable", "excerpt_of", "redact"]

_LONGEST_EXCERPT = 200
REMOVED = "[removed]"

# What stands behind these names is removed, whole or cut off; and so is every run of letters and digits that is as long as
# a key: but not an Ethereum address or a UUID, which names an order or an account.
_NAMED = re.compile(
    r"""((?:secret|passphrase|password|private_?key|signature|mnemonic|token)[\w-]*["']?\s*[:=]\s*["']?)[^"'\s,}&]+""",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9+/_=%-]{20,}")
_HARMLESS = re.compile(
    r"0x[0-9a-fA-F]{40}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z]{1,20}(?:[_/-][A-Za-z]{1,20}){0,8}"
)


class Unreadable(Exception):
    """An answer that isn't what it should be. `what` is a clause that says why."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


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
            raise Unreadable(f"the answer isn't JSON but {kind[:40] or 'of no type'!r}")
        return parse_json(self.body, make_object)

    def excerpt(self, secrets: frozenset[str]) -> str:
        """The beginning of the body, secrets removed."""
        return excerpt_of(self.body, secrets)

    def redacted_json(self, secrets: frozenset[str]) -> Any:
        """The body as JSON with secrets removed from its texts; None when it isn't JSON."""
        try:
            return _redacted(self.json(), secrets)
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
    default = Bounds()
    return Bounds(size=max(size, default.size), values=max(size // 64, default.values))


def excerpt_of(body: bytes, secrets: frozenset[str] = frozenset()) -> str:
    """The beginning of a body as printable text on one line, secrets removed."""
    # Redaction comes before the cut, and over more than is shown: a secret must not survive by being cut in two.
    text = redact(body[: 4 * _LONGEST_EXCERPT].decode(errors="replace"), secrets)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST_EXCERPT else text[:_LONGEST_EXCERPT] + "…"


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Text without these secrets, and without what looks like one.

    >>> redact('{"secret": "abc", "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "note": "0123456789abcdef0123456789"}')
    '{"secret": "[removed]", "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "note": "[removed]"}'
    """
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, REMOVED)
    text = _NAMED.sub(lambda found: found[1] + REMOVED, text)
    return _RUN.sub(lambda found: found[0] if _HARMLESS.fullmatch(found[0]) else REMOVED, text)


def _redacted(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, dict):
        return {redact(name, secrets): _redacted_member(name, item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, secrets) for item in value]
    return value


def _redacted_member(name: str, value: Any, secrets: frozenset[str]) -> Any:
    return REMOVED if _NAMED.match(f"{name}:x") and value is not None else _redacted(value, secrets)
