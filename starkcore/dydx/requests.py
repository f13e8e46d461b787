"""The requests of dYdX v3: under /v3, and signed by whom."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any

from starkcore.dydx.address import checksum_address
from starkcore.http import request
from starkcore.http.request import Request, body_of

__all__ = ["Auth", "Request", "account_id", "delete", "get", "post", "put"]


class Auth(Enum):
    """Who vouches for a request."""

    NONE = "nobody"
    API_KEY = "an API key: HMAC-SHA256 over time, method, path and body"
    ETHEREUM = "the wallet: typed data of method, path, body and time"
    ONBOARDING = "the wallet: typed data of the onboarding action"


ROOT = "/v3"


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
    """/v3 and the segments, then what of the query isn't None.

    >>> path_of(("orders", "client", "my/id"), {"limit": 5, "side": None, "newest": True})
    '/v3/orders/client/my%2Fid?limit=5&newest=true'
    """
    return request.path_of(segments, query, ROOT)


def account_id(ethereum_address: str, account_number: int = 0) -> str:
    """The exchange's id of a wallet's account: a UUID of version 5 in dYdX's namespace, made twice.

    >>> account_id("0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1") == account_id(
    ...     "0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1")
    True
    """
    namespace = uuid.UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")
    user = uuid.uuid5(namespace, checksum_address(ethereum_address).lower())
    return str(uuid.uuid5(namespace, f"{user}{account_number}"))
