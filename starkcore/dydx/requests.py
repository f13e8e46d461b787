"""Requests as data: what is sent to the exchange, before anybody signs it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

from starkcore import exact
from starkcore.dydx.address import checksum_address
from starkcore.errors import _invalid

__all__ = ["Auth", "Request", "account_id", "delete", "get", "post", "put"]


class Auth(Enum):
    """Who vouches for a request."""

    NONE = "nobody"
    API_KEY = "an API key: HMAC-SHA256 over time, method, path and body"
    ETHEREUM = "the wallet: typed data of method, path, body and time"
    ONBOARDING = "the wallet: typed data of the onboarding action"


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the exchange.

    Attributes:
        method: "GET", "POST", "PUT" or "DELETE".
        path: from /v3 on, with its query, as it is signed and sent.
        body: compact JSON without nulls, as it is signed and sent; empty where there is none.
        auth: who signs it.
        ethereum_address: the wallet, where that is who signs.
        client_id: of the order, transfer or withdrawal that is asked for; None for other requests.
    """

    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    auth: Auth = Auth.NONE
    ethereum_address: str | None = None
    client_id: str | None = None


def get(*segments: str, auth: Auth = Auth.NONE, address: str | None = None, query: Mapping[str, Any] = {}) -> Request:
    """A GET request of the path that the segments make, with its query."""
    return Request("GET", path_of(segments, query), b"", auth, address)


def delete(*segments: str, auth: Auth, address: str | None = None, query: Mapping[str, Any] = {}) -> Request:
    """A DELETE request of the path that the segments make, with its query."""
    return Request("DELETE", path_of(segments, query), b"", auth, address)


def post(*segments: str, auth: Auth, address: str | None = None, body: Mapping[str, Any]) -> Request:
    """A POST request of the path that the segments make, with a body of compact JSON without nulls."""
    return Request("POST", path_of(segments, {}), body_of(body), auth, address, body.get("clientId"))


def put(*segments: str, auth: Auth = Auth.NONE, body: Mapping[str, Any]) -> Request:
    """A PUT request of the path that the segments make, with a body of compact JSON without nulls."""
    return Request("PUT", path_of(segments, {}), body_of(body), auth)


def path_of(segments: tuple[str, ...], query: Mapping[str, Any]) -> str:
    """/v3 and the segments, then what of the query isn't None. Nothing in a segment can lead to another path.

    >>> path_of(("orders", "client", "my/id"), {"limit": 5, "side": None, "newest": True})
    '/v3/orders/client/my%2Fid?limit=5&newest=true'
    """
    parts = ["", "v3"]
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
    return json.dumps(left, separators=(",", ":"), allow_nan=False).encode()


def account_id(ethereum_address: str, account_number: int = 0) -> str:
    """The exchange's id of a wallet's account: a UUID of version 5 in dYdX's namespace, made twice.

    >>> account_id("0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1") == account_id(
    ...     "0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1")
    True
    """
    namespace = uuid.UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")
    user = uuid.uuid5(namespace, checksum_address(ethereum_address).lower())
    return str(uuid.uuid5(namespace, f"{user}{account_number}"))


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
