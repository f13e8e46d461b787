"""Requests as data: what is sent to a host, before anybody signs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

from starkcore import exact
from starkcore.errors import _invalid

__all__ = ["Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a host.

    Attributes:
        method: "GET", "POST", "PUT" or "DELETE".
        path: from its first slash on, with its query, as it is signed and sent.
        body: compact JSON without nulls, as it is signed and sent; empty where there is none.
        auth: who signs it, in the venue's own words.
        ethereum_address: the wallet, where that is who signs.
        client_id: of the order, transfer or withdrawal that is asked for; None for other requests.
        secrets: texts that no error may show of what a host sends back.
    """

    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    auth: Enum | None = None
    ethereum_address: str | None = None
    client_id: str | None = None
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def hiding(self, secrets: frozenset[str]) -> Request:
        """The same, of whose answer no error shows these texts."""
        return Request(self.method, self.path, self.body, self.auth, self.ethereum_address, self.client_id, secrets)


_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def path_of(segments: tuple[str, ...], query: Mapping[str, Any], root: str = "") -> str:
    """The root and the segments, then what of the query isn't None. Nothing in a segment can lead to another path.

    >>> path_of(("orders", "client", "my/id"), {"limit": 5, "side": None, "newest": True}, root="/v3")
    '/v3/orders/client/my%2Fid?limit=5&newest=true'
    """
    parts = [root]
    for segment in segments:
        segment = exact.text(segment, "path")
        if segment in (".", "..", ""):
            raise _invalid("path", "must have no empty part, and none that leads elsewhere")
        parts.append(_quoted(segment, "path"))
    members = [f"{name}={_quoted(_text(value, name), name)}" for name, value in query.items() if value is not None]
    return "/".join(parts) + ("?" + "&".join(members) if members else "")


def body_of(members: Mapping[str, Any]) -> bytes:
    """Compact JSON of what isn't None; nothing, where nothing is left.

    >>> body_of({"size": "1", "cancelId": None})
    b'{"size":"1"}'
    """
    left = {name: value for name, value in members.items() if value is not None}
    if not left:
        return b""
    return _json(left).encode()


def _quoted(text: object, name: str) -> str:
    quoted = None
    plain = exact.text(text, name)
    try:
        quoted = quote(plain, safe=":,")
    except UnicodeEncodeError:
        quoted = None
    if quoted is None:
        raise _invalid(name, "must be text that UTF-8 can encode")
    return quoted


def _text(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if exact.is_a(value, int):
        return str(exact.integer(value, name))
    return exact.text(value, name, "text or an int")
