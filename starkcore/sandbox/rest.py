"""The REST API of dYdX v3: what answers each call, beside it which signature the call needs."""

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
from starkcore.sandbox.access import Access, Call, by_api_key, by_ethereum, onboarding, public
from starkcore.sandbox.auth import ApiKey, iso
from starkcore.sandbox.book import Order
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.sandbox.exchange import Exchange
from starkcore.sandbox.views import Json

__all__ = ["ROUTES", "error_handlers", "routes"]

_LARGEST_BODY = 64 * 1024
Handler = Callable[[Call], Json]


# ---- Routes ----


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A call of the API.

    Attributes:
        path: below /v3, as Starlette has it.
        access: who may call.
        handler: what answers.
        status: of the answer.
        past: whether the answer comes from the database, so that all that came before must be there.
    """

    method: str
    path: str
    access: Access
    handler: Handler
    status: int
    past: bool


ROUTES: list[ApiRoute] = []
"""All of them, in the order in which a request is compared with them: those that are asked for most come first."""


def answers(
    method: str, path: str, access: Access, *, status: int = 200, past: bool = False
) -> Callable[[Handler], Handler]:
    """Says which call a function answers; the parameters are `ApiRoute`'s."""

    def note(handler: Handler) -> Handler:
        ROUTES.append(ApiRoute(method, path, access, handler, status, past))
        return handler

    return note


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


def _endpoint(exchange: Exchange, route: ApiRoute) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        call = route.access(exchange, request, await _body(request))
        if route.past:
            await exchange.durable()
            exchange.ready()
            await exchange.durable()
        values = route.handler(call)
        await exchange.durable()
        return JSONResponse(values, route.status)

    return answer


def routes(exchange: Exchange) -> list[Route]:
    """The calls of the API, answered by an exchange."""
    return [Route(f"/v3{route.path}", _endpoint(exchange, route), methods=[route.method]) for route in ROUTES]


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


# ---- Orders ----


@answers("POST", "/orders", by_api_key, status=201)
def create_order(call: Call) -> Json:
    return {"order": call.exchange.views.order(call.exchange.place(call.account, call.body))}


@answers("DELETE", "/orders/{id}", by_api_key)
def cancel_order(call: Call) -> Json:
    call.exchange.ready()
    order = call.account.orders.get(call.path["id"])
    if order is None:
        raise Refused("order must be an open one of this account's: there is none of that id", 404)
    call.exchange.cancel([order])
    return {"cancelOrder": call.exchange.views.order(order)}


@answers("DELETE", "/orders", by_api_key)
def cancel_orders(call: Call) -> Json:
    market = call.query.get("market")
    if market is not None:
        history.market_name(call.exchange, market)
    if call.query.keys() - {"market"}:
        raise Refused("market is the only parameter of this request")
    orders = [order for order in call.account.orders.values() if market in (None, order.market)]
    return {"cancelOrders": [call.exchange.views.order(order) for order in call.exchange.cancel(orders)]}


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


@answers("DELETE", "/active-orders", by_api_key)
def cancel_active_orders(call: Call) -> Json:
    canceled = call.exchange.cancel(_active(call))
    return {"cancelOrders": [call.exchange.views.active_order(order) for order in canceled]}


@answers("GET", "/active-orders", by_api_key)
def get_active_orders(call: Call) -> Json:
    call.exchange.ready()
    return {"orders": [call.exchange.views.active_order(order) for order in _active(call)]}


@answers("GET", "/orders", by_api_key, past=True)
def get_orders(call: Call) -> Json:
    return {"orders": history.orders(call.exchange, call.account, call.query)}


@answers("GET", "/orders/client/{id:path}", by_api_key, past=True)
def get_order_by_client_id(call: Call) -> Json:
    return {"order": history.order_by(call.exchange, call.account, "client_id", call.path["id"])}


@answers("GET", "/orders/{id}", by_api_key, past=True)
def get_order(call: Call) -> Json:
    return {"order": history.order_by(call.exchange, call.account, "id", call.path["id"])}


# ---- Users and accounts ----


@answers("POST", "/onboarding", onboarding, status=201)
def create_user(call: Call) -> Json:
    account, key = call.exchange.onboard(call.address, call.signature, call.body)
    views = call.exchange.views
    return {"apiKey": _api_key(key), "user": views.user(account), "account": views.account(account)}


@answers("POST", "/api-keys", by_ethereum, status=201)
def create_api_key(call: Call) -> Json:
    return {"apiKey": _api_key(call.exchange.add_api_key(call.account))}


@answers("DELETE", "/api-keys", by_ethereum)
def delete_api_key(call: Call) -> Json:
    call.exchange.delete_api_key(call.account, call.query.get("apiKey", ""))
    return {}


def _api_key(key: ApiKey) -> Json:
    return {"key": key.key, "secret": key.secret, "passphrase": key.passphrase}


@answers("GET", "/recovery", by_ethereum)
def recovery(call: Call) -> Json:
    account = call.exchange.views.account(call.account)
    names = ("starkKey", "positionId", "equity", "freeCollateral", "quoteBalance")
    return {name: account[name] for name in names} | {"positions": list(account["openPositions"].values())}


@answers("GET", "/api-keys", by_api_key)
def get_api_keys(call: Call) -> Json:
    return {"apiKeys": [{"key": key} for key in call.exchange.keys_of(call.account)]}


@answers("GET", "/registration", by_api_key)
def get_registration(call: Call) -> Json:
    return {"signature": call.exchange.registration(call.account)}


@answers("GET", "/users", by_api_key)
def get_user(call: Call) -> Json:
    return {"user": call.exchange.views.user(call.account)}


@answers("GET", "/accounts", by_api_key)
def get_accounts(call: Call) -> Json:
    return {"accounts": [call.exchange.views.account(call.account)]}


@answers("GET", "/accounts/{id}", by_api_key)
def get_account(call: Call) -> Json:
    if call.path["id"] != call.account.id:
        raise Refused("account must be this user's: there is none of that id", 404)
    return {"account": call.exchange.views.account(call.account)}


@answers("GET", "/positions", by_api_key, past=True)
def get_positions(call: Call) -> Json:
    return {"positions": history.positions(call.exchange, call.account, call.query)}


@answers("GET", "/fills", by_api_key, past=True)
def get_fills(call: Call) -> Json:
    return {"fills": history.fills(call.exchange, call.account, call.query)}


@answers("GET", "/funding", by_api_key)
def get_funding(call: Call) -> Json:
    return {"fundingPayments": history.funding(call.exchange, call.account, call.query)}


@answers("GET", "/historical-pnl", by_api_key, past=True)
def get_historical_pnl(call: Call) -> Json:
    return {"historicalPnl": history.historical_pnl(call.exchange, call.account, call.query)}


# ---- Money ----


@answers("POST", "/withdrawals", by_api_key, status=201)
def create_withdrawal(call: Call) -> Json:
    return {"withdrawal": call.exchange.views.transfer(call.exchange.withdraw(call.account, call.body))}


@answers("POST", "/transfers", by_api_key, status=201)
def create_transfer(call: Call) -> Json:
    return {"transfer": call.exchange.views.transfer(call.exchange.transfer(call.account, call.body))}


@answers("POST", "/fast-withdrawals", by_api_key, status=201)
def create_fast_withdrawal(call: Call) -> Json:
    return {"withdrawal": call.exchange.views.transfer(call.exchange.fast_withdraw(call.account, call.body))}


@answers("POST", "/testnet/tokens", by_api_key, status=201)
def request_testnet_tokens(call: Call) -> Json:
    return {"transfer": call.exchange.views.transfer(call.exchange.faucet(call.account, call.body))}


@answers("GET", "/transfers", by_api_key, past=True)
def get_transfers(call: Call) -> Json:
    return {"transfers": history.transfers(call.exchange, call.account, call.query)}


@answers("GET", "/fast-withdrawals", public)
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


# ---- Markets ----


@answers("GET", "/markets", public, past=True)
def get_markets(call: Call) -> Json:
    exchange = call.exchange
    name = call.query.get("market")
    names = exchange.engine.markets if name is None else [history.market_name(exchange, name)]
    days = history.day_figures(exchange)
    return {"markets": {name: exchange.views.market(exchange.engine.markets[name], days[name]) for name in names}}


@answers("GET", "/orderbook/{market}", public)
def get_orderbook(call: Call) -> Json:
    call.exchange.ready()
    market = call.exchange.engine.markets[history.market_name(call.exchange, call.path["market"])]
    return call.exchange.views.book(market.rules, market.book)


@answers("GET", "/trades/{market}", public, past=True)
def get_trades(call: Call) -> Json:
    return {"trades": history.trades(call.exchange, call.path["market"], call.query)}


@answers("GET", "/candles/{market}", public, past=True)
def get_candles(call: Call) -> Json:
    return {"candles": history.candles(call.exchange, call.path["market"], call.query)}


@answers("GET", "/stats", public, past=True)
def get_all_stats(call: Call) -> Json:
    return {"markets": history.statistics(call.exchange, None, call.query)}


@answers("GET", "/stats/{market}", public, past=True)
def get_stats(call: Call) -> Json:
    return {"markets": history.statistics(call.exchange, call.path["market"], call.query)}


@answers("GET", "/historical-funding/{market}", public)
def get_historical_funding(call: Call) -> Json:
    return {"historicalFunding": history.historical_funding(call.exchange, call.path["market"], call.query)}


# ---- The exchange ----


@answers("GET", "/time", public)
def get_time(call: Call) -> Json:
    now = call.exchange.now()
    return {"iso": iso(now), "epoch": now / 1000}


@answers("GET", "/config", public)
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


@answers("GET", "/sandbox", public)
def get_sandbox(call: Call) -> Json:
    """What the page shows of the exchange itself, and the real one had no call for."""
    exchange = call.exchange
    return {
        "engine": engine(),
        "version": __version__,
        "network": exchange.network.name,
        "orders": exchange.engine.counts["orders"],
    }


@answers("GET", "/insurance-fund/balance", public)
def get_insurance_fund_balance(call: Call) -> Json:
    return {"balance": "0"}


@answers("GET", "/users/exists", public, past=True)
def user_exists(call: Call) -> Json:
    """Whatever text is asked about: what is no address is nobody's."""
    exists = call.exchange.find(_parameter(call, "ethereumAddress").lower()) is not None
    return {"exists": exists, "isProxySigner": False, "contractAddress": ""}


@answers("GET", "/usernames", public)
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
