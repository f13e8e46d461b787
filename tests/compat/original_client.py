"""What a program of dYdX's own client does, dydx-v3-python 2.1.0, unmodified: run by CPython 3.10 with that package.

    python original_client.py URL WEBSOCKET_URL

Prints one JSON object: what each call answered, or how it failed. Uses nothing of starkcore.
"""

import asyncio
import json
import sys
import time

import aiohttp
from dydx3 import Client, DydxApiError, constants
from dydx3.helpers.db import get_account_id
from dydx3.helpers.request_helpers import generate_now_iso
from eth_account import Account

WEEK = 7 * 24 * 3600
found = {}


def note(name, call, *arguments, **named):
    """What a call answers, kept under a name."""
    try:
        found[name] = call(*arguments, **named).data
    except DydxApiError as error:
        found[name] = {"refused": str(error)}
    return found[name]


def on_board(url, name, stark_private_key):
    """A new user's client, with money."""
    wallet = Account.create()
    terms = {"host": url, "network_id": constants.NETWORK_ID_SEPOLIA, "eth_private_key": wallet.key.hex()}
    if stark_private_key is None:
        stark_private_key = Client(**terms).onboarding.derive_stark_key()["private_key"]
    client = Client(**terms, stark_private_key=stark_private_key)
    created = note(f"{name} onboarding", client.onboarding.create_user)
    client.api_key_credentials = created["apiKey"]
    note(f"{name} money", client.private.request_testnet_tokens)
    return client, created["account"]


def keys(client):
    made = note("create_api_key", client.eth_private.create_api_key)["apiKey"]
    note("get_api_keys", client.private.get_api_keys)
    note("delete_api_key", client.eth_private.delete_api_key, api_key=made["key"])
    note("get_registration", client.private.get_registration)
    note("recovery", client.eth_private.recovery)


def orders(client, position):
    def order(name, **changes):
        terms = {
            "position_id": position, "market": constants.MARKET_BTC_USD, "side": constants.ORDER_SIDE_BUY,
            "order_type": constants.ORDER_TYPE_LIMIT, "post_only": False, "size": "0.01", "price": "9000",
            "limit_fee": "0.001", "expiration_epoch_seconds": time.time() + 120,
        }  # fmt: skip
        return note(name, client.private.create_order, **{**terms, **changes}).get("order", {})

    limit = order("limit", client_id='é " \\ , : {} 中', size="0.0100")
    order("replaced", cancel_id=limit["id"], price="9001")
    order("post only", post_only=True, price="8000")
    order("sell", side=constants.ORDER_SIDE_SELL, price="11000")
    order("market", order_type=constants.ORDER_TYPE_MARKET, time_in_force=constants.TIME_IN_FORCE_IOC)
    order("fill or kill", time_in_force=constants.TIME_IN_FORCE_FOK)
    order("stop", order_type=constants.ORDER_TYPE_STOP, trigger_price="8000")
    order("short", expiration_epoch_seconds=time.time() + 30)
    order("long", expiration_epoch_seconds=time.time() + 29 * 24 * 3600)
    order("other position", position_id=int(position) + 1)
    note("get_order_by_id", client.private.get_order_by_id, limit["id"])
    note("get_orders", client.private.get_orders, market="BTC-USD", status="CANCELED", returnLatestOrders=True)
    note("stop orders", client.private.get_orders, order_type="STOP_LIMIT")
    note("get_active_orders", client.private.get_active_orders, market="BTC-USD", side="BUY")
    open_orders = note("open orders", client.private.get_orders)["orders"]
    note("cancel_order", client.private.cancel_order, open_orders[0]["id"])
    note("cancel_active_orders", client.private.cancel_active_orders, market="BTC-USD", side="BUY")
    note("cancel_all_orders", client.private.cancel_all_orders)
    note("no orders", client.private.get_orders)


def money(client, account, receiver):
    until = time.time() + WEEK + 120
    position = account["positionId"]
    note(
        "transfer", client.private.create_transfer, amount="10.5", position_id=position,
        receiver_account_id=receiver["id"], receiver_public_key=receiver["starkKey"],
        receiver_position_id=receiver["positionId"], expiration_epoch_seconds=until,
    )  # fmt: skip
    note(
        "withdrawal", client.private.create_withdrawal, position_id=position, amount="5", asset="USDC",
        to_address=client.default_address, expiration_epoch_seconds=until,
    )  # fmt: skip
    providers = note("providers", client.public.get_fast_withdrawal)["liquidityProviders"]
    ((lp_position, provider),) = providers.items()
    note(
        "fast withdrawal", client.private.create_fast_withdrawal, position_id=position, credit_asset="USDC",
        credit_amount="4", debit_amount="5", to_address=client.default_address, lp_position_id=lp_position,
        lp_stark_public_key=provider["starkKey"], expiration_epoch_seconds=until,
    )  # fmt: skip


def lists(client):
    private, public = client.private, client.public
    for name in ("get_user", "get_accounts", "get_positions", "get_fills", "get_transfers"):
        note(name, getattr(private, name))
    note("get_account", private.get_account)
    note("get_funding_payments", private.get_funding_payments, market="BTC-USD", limit="5")
    note("bad funding", private.get_funding_payments, market="NONE-USD")
    note("get_historical_pnl", private.get_historical_pnl, created_before_or_at="2021-01-01T00:00:00.000Z")
    note("bad pnl", private.get_historical_pnl, created_before_or_at="yesterday")
    note("exists", public.check_if_user_exists, client.default_address)
    note("some text exists", public.check_if_user_exists, "foo")
    note("username", public.check_if_username_exists, "foo")
    for name in ("get_markets", "get_stats", "get_time", "get_config", "get_insurance_fund_balance"):
        note(name, getattr(public, name))
    for name in ("get_orderbook", "get_trades", "get_candles", "get_historical_funding"):
        note(name, getattr(public, name), constants.MARKET_BTC_USD)
    note("bad historical funding", public.get_historical_funding, "BTC-USD", effective_before_or_at="x")


async def listen(client, url):
    """The WebSocket as their example has it; a request for money meanwhile is what it is told of."""
    now = generate_now_iso()
    signature = client.private.sign(request_path="/ws/accounts", method="GET", iso_timestamp=now, data={})
    request = {
        "type": "subscribe", "channel": "v3_accounts", "accountNumber": "0",
        "apiKey": client.api_key_credentials["key"], "passphrase": client.api_key_credentials["passphrase"],
        "timestamp": now, "signature": signature,
    }  # fmt: skip
    # Their example has the package websockets, whose version of then doesn't run on CPython 3.10.
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_str(json.dumps(request))
        told = [await socket.receive_json() for _ in range(2)]
        await asyncio.get_running_loop().run_in_executor(None, client.private.request_testnet_tokens)
        found["websocket"] = [*told, await socket.receive_json()]


def main(url, websocket_url):
    client, account = on_board(url, "first", None)
    _, receiver = on_board(url, "second", "0x1234")
    found["account ids"] = [get_account_id(client.default_address), account["id"]]
    keys(client)
    orders(client, account["positionId"])
    money(client, account, receiver)
    lists(client)
    asyncio.run(asyncio.wait_for(listen(client, websocket_url), 30))
    found["position"] = account["positionId"]
    found["stark key"] = account["starkKey"]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
