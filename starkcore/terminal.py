"""Text of others on a person's terminal: nothing in it may move the cursor, change what is seen, or hide."""

from __future__ import annotations

import unicodedata

__all__ = ["escape"]

# Control characters (terminals take some as commands), marks of direction and others that aren't seen, halves of pairs,
# which stand for bytes that aren't UTF-8, what is unassigned or somebody's own, and ends of lines and paragraphs.
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def escape(value: object, keep: str = "") -> str:
    r"""A value's text, with what isn't a visible character as an escape of Python's.

    Args:
        keep: characters that stay as they are, such as the ends of lines.

    >>> escape("ETH\x1b[2J-USD\u202e")
    'ETH\\x1b[2J-USD\\u202e'
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _ESCAPED and c not in keep else c
        for c in text
    )
