"""JSON that somebody else wrote, read strictly. All foreign JSON comes through here: no other module calls a parser.

    try:
        value = strict_json(body)
    except BadJson as error:
        raise MyError(f"the answer {error.what}") from None

What is too large, too deep or has too many values is found by counting, in time linear in the bytes and before the
parser sees them: Python's parser is bounded by its recursion limit alone, which other libraries raise beyond the stack
(a process that reads 1 MB of "[" then dies), and what it makes of sixteen megabytes of "{}," takes half a gigabyte.
So the result is never deeper than `Bounds.depth`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

__all__ = ["BadJson", "BeyondBounds", "Bounds", "strict_json"]


class BadJson(Exception):
    """Not JSON as it is read here. It carries nothing of the text.

    Attributes:
        what: the rule that was broken, a clause to follow a noun: "isn't whole JSON".
        place: line and column, both from 1, where the parser knows them.
    """

    def __init__(self, what: str, place: tuple[int, int] | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


class BeyondBounds(BadJson):
    """More than `Bounds` allows, whether or not it is JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most that a text may have. The defaults are for a host's answers, which have far less.

    Attributes:
        size: bytes in UTF-8.
        depth: arrays and objects within each other.
        values: arrays, objects, names, texts, numbers and constants together; an empty array or object counts as two.
        digits: characters of one number. A word of 256 bits has 78.
    """

    size: int = 16 << 20
    depth: int = 64
    values: int = 1 << 18
    digits: int = 100


_ANSWER = Bounds()


def strict_json(
    data: bytes | str,
    bounds: Bounds = _ANSWER,
    make_object: Callable[[dict[str, Any]], Any] = dict,
    *,
    encoding: str = "utf-8",
) -> Any:
    """The value of a JSON text (RFC 8259).

    Beside what the RFC asks, an object has each name once; numbers are finite, as a float holds them; and texts are
    Unicode: a half of a surrogate pair is none.

    Args:
        data: the text, as bytes or decoded.
        make_object: makes something of each object, from the inside out.
        encoding: of bytes; "utf-8-sig" for files that may begin with a byte order mark.

    Raises:
        BadJson: and nothing else, whatever the data.
    """
    if len(data) > bounds.size:
        raise BeyondBounds(f"is larger than {bounds.size} bytes")
    text, raw = _both_forms(data, encoding)
    _check_structure(raw, bounds)
    what, place = "isn't whole JSON", None
    try:
        return _decoder(make_object, bounds.digits).decode(text)
    except json.JSONDecodeError as error:
        place = error.lineno, error.colno
    except RecursionError:  # the caller had used up the stack
        what = "finds no room on the stack"
    # Out here: the exceptions above carry the whole text along.
    raise BadJson(what, place)


def _both_forms(data: bytes | str, encoding: str) -> tuple[str, bytes]:
    """The text, and its bytes in UTF-8."""
    try:
        if isinstance(data, str):
            return data, data.encode()
        text = data.decode(encoding)
        return text, data if encoding == "utf-8" else text.encode()
    except UnicodeError:
        pass
    raise BadJson(f"isn't {encoding.upper()} text")


# What stands here of a surrogate pair has no other half beside it. Its length is fixed, so the search is linear.
_HALF = re.compile(
    rb"\\u[dD](?:[89abAB](?![0-9a-fA-F]{2}\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F])"
)


def _check_structure(raw: bytes, bounds: Bounds) -> None:
    """The bounds but that of digits, by counting; and surrogates.

    What isn't JSON is counted wrongly from its first mistake on, where the parser won't come.
    """
    if len(raw) > bounds.size:
        raise BeyondBounds(f"is larger than {bounds.size} bytes")
    too_many = BeyondBounds(f"has more than {bounds.values} values")
    # Of the backslashes, those are left that begin an escape; of the quotes, those that begin or end a text.
    bare = raw.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    if _HALF.search(bare):
        raise BadJson("has half a surrogate pair")
    if bare.count(b'"') > 2 * bounds.values:
        raise too_many
    outside = b"".join(bare.split(b'"')[::2])
    opened = outside.count(b"[") + outside.count(b"{")
    if opened + outside.count(b",") + outside.count(b":") >= bounds.values:
        raise too_many
    brackets = outside.translate(None, _NO_BRACKETS)
    if len(brackets) > 2 * opened:
        raise BadJson("isn't whole JSON")
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > bounds.depth:
        raise BeyondBounds(f"is nested deeper than {bounds.depth} levels")


_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())


@lru_cache(maxsize=16)
def _decoder(make_object: Callable[[dict[str, Any]], Any], digits: int) -> json.JSONDecoder:
    def once(members: list[tuple[str, Any]]) -> Any:
        names = dict(members)
        if len(names) < len(members):
            raise BadJson("has a name twice in one object")
        return make_object(names)

    def whole(text: str) -> int:
        if len(text) > digits:
            raise BeyondBounds(f"has a number of more than {digits} digits")
        return int(text)

    def fraction(text: str) -> float:
        if len(text) > digits:
            raise BeyondBounds(f"has a number of more than {digits} digits")
        value = float(text)
        if math.isinf(value):
            raise BadJson("has a number that is too large")
        return value

    def constant(text: str) -> Any:
        raise BadJson(f"has {text}, which is no JSON")

    return json.JSONDecoder(object_pairs_hook=once, parse_int=whole, parse_float=fraction, parse_constant=constant)
