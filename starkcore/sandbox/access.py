"""Who calls: each kind of signature that dYdX v3's REST API asks for, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from starkcore.sandbox.accounts import Account
from starkcore.sandbox.auth import (
    address_of,
    check_hmac,
    check_timestamp,
    compact_body,
    onboarding_signer,
    request_signer,
)
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.peers import peer_of

__all__ = ["Access", "Call", "by_api_key", "by_ethereum", "onboarding", "public"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature was right."""

    exchange: Exchange
    body: bytes
    query: dict[str, str]
    path: dict[str, str]
    address: str = ""
    signature: str = ""
    user: str | None = None

    @property
    def account(self) -> Account:
        """The user's account as it is now: what was looked up earlier may be of before a restart."""
        if self.user is None:
            raise Refused("DYDX-ETHEREUM-ADDRESS must be onboarded: this address isn't", 404)
        return self.exchange.engine.accounts[self.user]


Access = Callable[[Exchange, Request, bytes], Call]


def _call(exchange: Exchange, request: Request, body: bytes, **who: Any) -> Call:
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in query:
            raise Refused(f"{name[:40]!a} must not be given twice")
        query[name] = value
    return Call(exchange, body, query, request.path_params, **who)


def public(exchange: Exchange, request: Request, body: bytes) -> Call:
    """Anybody."""
    return _call(exchange, request, body)


def onboarding(exchange: Exchange, request: Request, body: bytes) -> Call:
    """Whose Ethereum key signed the onboarding action."""
    signature, address = (_header(request, f"DYDX-{name}") for name in ("SIGNATURE", "ETHEREUM-ADDRESS"))
    address = address_of(address, "DYDX-ETHEREUM-ADDRESS")
    _same(onboarding_signer(signature, exchange.network.chain_id), address)
    return _call(exchange, request, body, address=address, signature=signature)


def by_ethereum(exchange: Exchange, request: Request, body: bytes) -> Call:
    """Whose Ethereum key signed this request."""
    signature, timestamp, address = (
        _header(request, f"DYDX-{name}") for name in ("SIGNATURE", "TIMESTAMP", "ETHEREUM-ADDRESS")
    )
    address = address_of(address, "DYDX-ETHEREUM-ADDRESS")
    check_timestamp(timestamp, exchange.now(), exchange.window, "DYDX-TIMESTAMP")
    signer = request_signer(
        signature,
        exchange.network.chain_id,
        request.method,
        _signed_path(request).decode("latin-1"),
        compact_body(body).decode("utf-8", "replace"),
        timestamp,
    )
    _same(signer, address)
    account = exchange.find(address)
    return _call(exchange, request, body, address=address, user=account and account.id)


def by_api_key(exchange: Exchange, request: Request, body: bytes) -> Call:
    """Whose API key made the HMAC of this request."""
    names = ("DYDX-SIGNATURE", "DYDX-API-KEY", "DYDX-TIMESTAMP", "DYDX-PASSPHRASE")
    compact = compact_body(body)
    if compact and request.method in ("GET", "DELETE"):
        raise Refused(f"body must be empty, or {{}}: {request.method} has none")
    signed = request.method.encode() + _signed_path(request) + compact
    key = check_hmac(
        {name: _header(request, name) for name in names}, exchange.api_keys, signed, exchange.now(), exchange.window
    )
    peer_of(request.scope).sign(key.account_id)
    return _call(exchange, request, body, user=key.account_id)


def _header(request: Request, name: str) -> str:
    values = request.headers.getlist(name)
    if len(values) != 1 or not values[0]:
        raise Refused(f"{name} must be given once, as a header", 401)
    return values[0]


def _signed_path(request: Request) -> bytes:
    """Path and query as they came."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return path + b"?" + query if query else path


def _same(signer: str, address: str) -> None:
    if signer != address:
        raise Refused("DYDX-SIGNATURE must be by the key of DYDX-ETHEREUM-ADDRESS: this is another's signature", 401)
