"""A program of dYdX's old Python client: an order, another in its place, and their cancels.

python -m starkcore.compat --only dydx3 examples/dydx_orders.py http://127.0.0.1:8080
"""

import sys
import time

from dydx3 import Client, DydxApiError
from dydx3.constants import (
    MARKET_BTC_USD,
    NETWORK_ID_MAINNET,
    ORDER_SIDE_BUY,
    ORDER_STATUS_OPEN,
    ORDER_TYPE_LIMIT,
    TIME_IN_FORCE_GTT,
)

host = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
key = "0x6cbed15c793ce57650b9877cf6fa156fbef513c4e6134f022a85b1ffdd59b2a1"  # of local nodes: never for money

client = Client(host=host, network_id=NETWORK_ID_MAINNET, eth_private_key=key)
pair = client.onboarding.derive_stark_key()
client.stark_private_key = pair["private_key"]
if not client.public.check_if_user_exists(client.default_address).data["exists"]:
    client.onboarding.create_user(pair["public_key"], pair["public_key_y_coordinate"])
position_id = client.private.get_account().data["account"]["positionId"]

order = {
    "position_id": position_id,
    "market": MARKET_BTC_USD,
    "side": ORDER_SIDE_BUY,
    "order_type": ORDER_TYPE_LIMIT,
    "post_only": True,
    "size": "0.0777",
    "limit_fee": "0.015",
    "time_in_force": TIME_IN_FORCE_GTT,
}
placed = client.private.create_order(**order, price="20", expiration_epoch_seconds=time.time() + 120).data["order"]
print("placed:", placed["side"], placed["size"], "at", placed["price"])

replacement = client.private.create_order(
    **order, price="21", expiration_epoch_seconds=time.time() + 120, cancel_id=placed["id"]
).data["order"]
opened = client.private.get_orders(market=MARKET_BTC_USD, status=ORDER_STATUS_OPEN).data["orders"]
print("open:", [one["price"] for one in opened])

client.private.cancel_order(order_id=replacement["id"])
try:
    client.private.create_order(**{**order, "position_id": int(position_id) + 1}, price="20",
                                expiration_epoch_seconds=time.time() + 120)  # fmt: skip
except DydxApiError as error:
    print("refused with status", error.status_code)
client.private.cancel_all_orders(market=MARKET_BTC_USD)
print("left:", client.private.get_orders(market=MARKET_BTC_USD, status=ORDER_STATUS_OPEN).data["orders"])
