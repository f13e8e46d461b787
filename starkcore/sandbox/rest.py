"""The REST API: which call needs which signature, and what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from starkcore import __version__, engine
from starkcore.sandbox import history
from starkcore.sandbox.accounts import Account
from starkcore.sandbox.auth import (
    ApiKey,
    address_of,
    check_hmac,
    check_timestamp,
    compact_body,
    iso,
    onboarding_signer,
    request_signer,
)  # fmt: skip
from starkcore.sandbox.book import Order
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.peers import peer_of
from starkcore.sandbox.views import Json

__all__ = ["error_handlers", "routes"]

_LARGEST_BODY = 64 * 1024


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
Handler = Callable[[Call], Json]


# Access


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


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > _LARGEST_BODY:
                raise Refused(f"body must have at most {_LARGEST_BODY} bytes", 413)
            parts.append(part)
    except ClientDisconnect:
        raise Refused("body must come whole") from None
    return b"".join(parts)


# Answers


def _endpoint(
    exchange: Exchange, access: Access, handler: Handler, status: int, past: bool
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        call = access(exchange, request, await _body(request))
        if past:
            await exchange.durable()
            exchange.ready()
            await exchange.durable()
        values = handler(call)
        await exchange.durable()
        return JSONResponse(values, status)

    return answer


def _api_key(key: ApiKey) -> Json:
    return {"key": key.key, "secret": key.secret, "passphrase": key.passphrase}


def create_user(call: Call) -> Json:
    account, key = call.exchange.onboard(call.address, call.signature, call.body)
    views = call.exchange.views
    return {"apiKey": _api_key(key), "user": views.user(account), "account": views.account(account)}


def create_api_key(call: Call) -> Json:
    return {"apiKey": _api_key(call.exchange.add_api_key(call.account))}


def delete_api_key(call: Call) -> Json:
    call.exchange.delete_api_key(call.account, call.query.get("apiKey", ""))
    return {}


def recovery(call: Call) -> Json:
    account = call.exchange.views.account(call.account)
    names = ("starkKey", "positionId", "equity", "freeCollateral", "quoteBalance")
    return {name: account[name] for name in names} | {"positions": list(account["openPositions"].values())}


def get_api_keys(call: Call) -> Json:
    return {"apiKeys": [{"key": key} for key in call.exchange.keys_of(call.account)]}


def get_account(call: Call) -> Json:
    if call.path["id"] != call.account.id:
        raise Refused("account must be this user's: there is none of that id", 404)
    return {"account": call.exchange.views.account(call.account)}


def create_order(call: Call) -> Json:
    return {"order": call.exchange.views.order(call.exchange.place(call.account, call.body))}


def _active(call: Call) -> list[Order]:
    """The open orders of a market, perhaps of one side, perhaps of one id."""
    query = dict(call.query)
    market = history.market_name(call.exchange, query.pop("market", ""))
    side, order_id = query.pop("side", None), query.pop("id", None)
    if side not in (None, "BUY", "SELL"):
        raise Refused("side must be BUY or SELL")
    if order_id is not None and side is None:
        raise Refused("side must be given with id")
    for name in query:
        raise Refused(f"{name[:40]!a} is no parameter of this request")
    return [
        order
        for order in call.account.orders.values()
        if order.market == market and (side is None or order.is_buy == (side == "BUY")) and order_id in (None, order.id)
    ]


def get_active_orders(call: Call) -> Json:
    call.exchange.ready()
    return {"orders": [call.exchange.views.active_order(order) for order in _active(call)]}


def cancel_active_orders(call: Call) -> Json:
    canceled = call.exchange.cancel(_active(call))
    return {"cancelOrders": [call.exchange.views.active_order(order) for order in canceled]}


def cancel_order(call: Call) -> Json:
    call.exchange.ready()
    order = call.account.orders.get(call.path["id"])
    if order is None:
        raise Refused("order must be an open one of this account's: there is none of that id", 404)
    call.exchange.cancel([order])
    return {"cancelOrder": call.exchange.views.order(order)}


def cancel_orders(call: Call) -> Json:
    market = call.query.get("market")
    if market is not None:
        history.market_name(call.exchange, market)
    if call.query.keys() - {"market"}:
        raise Refused("market is the only parameter of this request")
    orders = [order for order in call.account.orders.values() if market in (None, order.market)]
    return {"cancelOrders": [call.exchange.views.order(order) for order in call.exchange.cancel(orders)]}


def get_markets(call: Call) -> Json:
    exchange = call.exchange
    name = call.query.get("market")
    names = exchange.engine.markets if name is None else [history.market_name(exchange, name)]
    days = history.day_figures(exchange)
    return {"markets": {name: exchange.views.market(exchange.engine.markets[name], days[name]) for name in names}}


def get_orderbook(call: Call) -> Json:
    call.exchange.ready()
    market = call.exchange.engine.markets[history.market_name(call.exchange, call.path["market"])]
    return call.exchange.views.book(market.rules, market.book)


def get_historical_funding(call: Call) -> Json:
    return {"historicalFunding": history.historical_funding(call.exchange, call.path["market"], call.query)}


def get_time(call: Call) -> Json:
    now = call.exchange.now()
    return {"iso": iso(now), "epoch": now / 1000}


def get_config(call: Call) -> Json:
    exchange, network = call.exchange, call.exchange.network
    user = exchange.views.user(exchange.provider)
    return {
        "collateralAssetId": f"{network.collateral_id:#066x}",
        "collateralTokenAddress": network.collateral_token,
        "defaultMakerFee": user["makerFeeRate"],
        "defaultTakerFee": user["takerFeeRate"],
        "exchangeAddress": _EXCHANGES[network.chain_id],
        "registrationSigner": exchange.ethereum_key.public_key.to_checksum_address(),
        "maxExpectedBatchLengthMinutes": "0",
        "maxFastWithdrawalAmount": exchange.views.amount(10**15),
        "cancelOrderRateLimiting": _CANCEL_RATES,
        "placeOrderRateLimiting": _PLACE_RATES,
    }


# The L1 contracts that the networks' users deposit into.
_EXCHANGES = {
    1: "0xD54f502e184B6B739d7D27a6410a67dc462D69c8",
    11155111: "0x3D05aaCd0fED84f65dE0D91e4621298E702911E2",
}
# What the real exchange published, for programs that pace themselves by it: here nobody is held to it.
_CANCEL_RATES = {"maxPointsMulti": 3, "maxPointsSingle": 8500, "windowSecMulti": 10, "windowSecSingle": 10}
_PLACE_RATES = {
    "maxPoints": 1750,
    "windowSec": 10,
    "targetNotional": 40000,
    "minLimitConsumption": 4,
    "minMarketConsumption": 20,
    "minTriggerableConsumption": 100,
    "maxOrderConsumption": 100,
}


def get_sandbox(call: Call) -> Json:
    """What the page shows of the exchange itself, and the real one had no call for."""
    exchange = call.exchange
    return {
        "engine": engine(),
        "version": __version__,
        "network": exchange.network.name,
        "orders": exchange.engine.counts["orders"],
    }


def get_fast_withdrawals(call: Call) -> Json:
    provider = call.exchange.provider
    return {
        "liquidityProviders": {
            str(provider.position_id): {
                "availableFunds": call.exchange.views.amount(10**15),
                "starkKey": f"{provider.stark_key[0]:#x}",
                "quote": None,
            }
        }
    }


def user_exists(call: Call) -> Json:
    """Whatever text is asked about: what is no address is nobody's."""
    exists = call.exchange.find(_parameter(call, "ethereumAddress").lower()) is not None
    return {"exists": exists, "isProxySigner": False, "contractAddress": ""}


def username_exists(call: Call) -> Json:
    """Nobody's: users here have no names."""
    _parameter(call, "username")
    return {"exists": False}


def _parameter(call: Call, name: str) -> str:
    """A parameter that must be given, and the only one."""
    for other in call.query.keys() - {name}:
        raise Refused(f"{other[:40]!a} is no parameter of this request")
    if name not in call.query:
        raise Refused(f"{name} must be given")
    return call.query[name]


def _table() -> list[tuple[str, str, Access, Handler, int, bool]]:
    """Method, path, who may call, what answers, the status, and whether the answer comes from the database."""
    api: Access = by_api_key
    return [
        ("POST", "/orders", api, create_order, 201, False),
        ("DELETE", "/orders/{id}", api, cancel_order, 200, False),
        ("DELETE", "/orders", api, cancel_orders, 200, False),
        ("DELETE", "/active-orders", api, cancel_active_orders, 200, False),
        ("GET", "/active-orders", api, get_active_orders, 200, False),
        ("GET", "/orders", api, lambda c: {"orders": history.orders(c.exchange, c.account, c.query)}, 200, True),
        ("GET", "/orders/client/{id:path}", api, lambda c: {
            "order": history.order_by(c.exchange, c.account, "client_id", c.path["id"])}, 200, True),
        ("GET", "/orders/{id}", api, lambda c: {
            "order": history.order_by(c.exchange, c.account, "id", c.path["id"])}, 200, True),
        ("POST", "/onboarding", onboarding, create_user, 201, False),
        ("POST", "/api-keys", by_ethereum, create_api_key, 201, False),
        ("DELETE", "/api-keys", by_ethereum, delete_api_key, 200, False),
        ("GET", "/recovery", by_ethereum, recovery, 200, False),
        ("GET", "/api-keys", api, get_api_keys, 200, False),
        ("GET", "/registration", api, lambda c: {"signature": c.exchange.registration(c.account)}, 200, False),
        ("GET", "/users", api, lambda c: {"user": c.exchange.views.user(c.account)}, 200, False),
        ("GET", "/accounts", api, lambda c: {"accounts": [c.exchange.views.account(c.account)]}, 200, False),
        ("GET", "/accounts/{id}", api, get_account, 200, False),
        ("GET", "/positions", api, lambda c: {
            "positions": history.positions(c.exchange, c.account, c.query)}, 200, True),
        ("GET", "/fills", api, lambda c: {"fills": history.fills(c.exchange, c.account, c.query)}, 200, True),
        ("GET", "/transfers", api, lambda c: {
            "transfers": history.transfers(c.exchange, c.account, c.query)}, 200, True),
        ("GET", "/funding", api, lambda c: {
            "fundingPayments": history.funding(c.exchange, c.account, c.query)}, 200, False),
        ("GET", "/historical-pnl", api, lambda c: {
            "historicalPnl": history.historical_pnl(c.exchange, c.account, c.query)}, 200, True),
        ("POST", "/withdrawals", api, lambda c: {
            "withdrawal": c.exchange.views.transfer(c.exchange.withdraw(c.account, c.body))}, 201, False),
        ("POST", "/transfers", api, lambda c: {
            "transfer": c.exchange.views.transfer(c.exchange.transfer(c.account, c.body))}, 201, False),
        ("POST", "/fast-withdrawals", api, lambda c: {
            "withdrawal": c.exchange.views.transfer(c.exchange.fast_withdraw(c.account, c.body))}, 201, False),
        ("POST", "/testnet/tokens", api, lambda c: {
            "transfer": c.exchange.views.transfer(c.exchange.faucet(c.account, c.body))}, 201, False),
        ("GET", "/fast-withdrawals", public, get_fast_withdrawals, 200, False),
        ("GET", "/markets", public, get_markets, 200, True),
        ("GET", "/orderbook/{market}", public, get_orderbook, 200, False),
        ("GET", "/trades/{market}", public, lambda c: {
            "trades": history.trades(c.exchange, c.path["market"], c.query)}, 200, True),
        ("GET", "/candles/{market}", public, lambda c: {
            "candles": history.candles(c.exchange, c.path["market"], c.query)}, 200, True),
        ("GET", "/stats", public, lambda c: {"markets": history.statistics(c.exchange, None, c.query)}, 200, True),
        ("GET", "/stats/{market}", public, lambda c: {
            "markets": history.statistics(c.exchange, c.path["market"], c.query)}, 200, True),
        ("GET", "/historical-funding/{market}", public, get_historical_funding, 200, False),
        ("GET", "/time", public, get_time, 200, False),
        ("GET", "/config", public, get_config, 200, False),
        ("GET", "/users/exists", public, user_exists, 200, True),
        ("GET", "/sandbox", public, get_sandbox, 200, False),
        ("GET", "/usernames", public, username_exists, 200, False),
        ("GET", "/insurance-fund/balance", public, lambda c: {"balance": "0"}, 200, False),
    ]  # fmt: skip


def routes(exchange: Exchange) -> list[Route]:
    """The calls of the API."""
    return [
        Route(f"/v3{path}", _endpoint(exchange, access, handler, status, past), methods=[method])
        for method, path, access, handler, status, past in _table()
    ]


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        what = "path must be one of the API's" if error.status_code == 404 else error.detail
        error = Refused(what, error.status_code)
    elif isinstance(error, SandboxError):
        error = Refused(str(error), 503)
    elif not isinstance(error, Refused):
        error = Refused("the exchange made a mistake: see its log", 500)
    return JSONResponse(error.body(), error.status)


def error_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Every error in the real API's shape."""
    return dict.fromkeys((Refused, HTTPException, SandboxError, Exception), _refused)
