"""What may be shown of a text that somebody else wrote: its beginning, without what is, or looks like, a secret.

All of it is linear in the text, whatever it says: patterns are matched at one place and can't fail behind a repetition,
or are of bounded length; what has to look further is a scanner that never goes back.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote

__all__ = ["REMOVED", "excerpt", "redact", "redact_values"]

REMOVED = "[removed]"
LONGEST_EXCERPT = 200
_SHORTEST_SECRET = 4

Span: TypeAlias = tuple[int, int]

# What stands behind a name with one of these in it is removed, whole or cut off; and so is every run of letters and
# digits that is as long as a key: but not an Ethereum address or a UUID, which names an order or an account, and not
# words.
_next_name = re.compile(r"secret|passphrase|password|private_?key|signature|mnemonic|token", re.IGNORECASE).search
_rest_of_name = re.compile(r"[\w-]*").match
# Within a JSON text, the quotes of another JSON text have backslashes before them.
_separator = re.compile(r"""\\{0,7}["']?\s*[:=]\s*(\\{0,7})(["']?)""").match
_bare_value = re.compile(r"""[^"'\s,}&]*""").match
_quoted_value = {
    '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL).match,
    "'": re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match,
}
_escaped_value = re.compile(r"""[^"']*""").match
_runs = re.compile(r"[A-Za-z0-9+/_=%-]{20,}").finditer
_harmless = re.compile(
    r"0x[0-9a-fA-F]{40}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z]{1,20}(?:[_/-][A-Za-z]{1,20}){0,8}"
).fullmatch


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Text without these secrets, and without what looks like one.

    >>> redact('{"secret": "a b", "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "note": "0123456789abcdef0123456789"}')
    '{"secret": "[removed]", "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "note": "[removed]"}'
    """
    return _without(text, _hidden(text, _forms(secrets)), len(text))


def excerpt(text: str, secrets: frozenset[str] = frozenset(), longest: int = LONGEST_EXCERPT) -> str:
    """The first characters of a text, printable and on one line, without secrets; "…" where there is more.

    What is looked at is longer than what is shown, by more than a secret's length: one that is cut by the end of either
    isn't shown in part.
    """
    forms = _forms(secrets)
    looked_at = text[: longest + max(3 * longest, *map(len, forms), 0)]
    shown = _without(looked_at, _hidden(looked_at, forms), longest)
    line = " ".join("".join(c if c.isprintable() else " " for c in shown).split())
    return line if len(text) <= longest else line + "…"


def redact_values(value: Any, secrets: frozenset[str] = frozenset()) -> Any:
    """JSON values with secrets removed from their texts, and members removed whose name says that they are secret.

    However deep the values are, this takes no stack.
    """
    top = [value]
    holders: list[Any] = [top]
    while holders:
        holder = holders.pop()
        for key, item in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            made: Any = item
            if isinstance(item, str):
                made = redact(item, secrets)
            elif isinstance(item, dict):
                made = {redact(name, secrets): _unless_secret(name, member) for name, member in item.items()}
                holders.append(made)
            elif isinstance(item, list):
                made = list(item)
                holders.append(made)
            holder[key] = made
    return top[0]


def _unless_secret(name: str, member: Any) -> Any:
    return REMOVED if member is not None and _next_name(name) else member


def _forms(secrets: frozenset[str]) -> list[str]:
    """Known secrets as a host may repeat them: as they are, in JSON, in HTML, in a URL."""
    forms: set[str] = set()
    for secret in secrets:
        in_json = json.dumps(secret)[1:-1]
        forms |= {secret, in_json, in_json.replace("/", "\\/"), html.escape(secret), quote(secret, safe="")}
    return [form for form in forms if len(form) >= _SHORTEST_SECRET]


def _hidden(text: str, forms: list[str]) -> list[Span]:
    spans = [*_known(text, forms), *_named(text)]
    spans += [found.span() for found in _runs(text) if not _harmless(found[0])]
    return sorted(spans)


def _known(text: str, forms: list[str]) -> Iterator[Span]:
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _named(text: str) -> Iterator[Span]:
    """What stands behind a telling name.

    Nothing is looked at more than twice: the search goes on behind what was matched.
    """
    at = 0
    while found := _next_name(text, at):
        at = _end(_rest_of_name, text, found.end())
        separator = _separator(text, at)
        if separator is not None:
            begin, (escape, mark) = separator.end(), separator.groups()
            value = _bare_value if not mark else _escaped_value if escape else _quoted_value[mark]
            at = _end(value, text, begin)
            if begin < at:
                yield begin, at


def _end(pattern: Callable[[str, int], re.Match[str] | None], text: str, begin: int) -> int:
    found = pattern(text, begin)
    return begin if found is None else found.end()


def _without(text: str, spans: list[Span], end: int) -> str:
    """The first `end` characters, each span replaced; those that touch each other by one mark."""
    parts: list[str] = []
    at = 0
    for begin, behind in spans:
        if begin >= end:
            break
        if begin > at or not parts:
            parts += [text[at:begin], REMOVED]
        at = max(at, behind)
    parts.append(text[at:end])
    return "".join(parts)
