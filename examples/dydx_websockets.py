"""A program of dYdX's old Python client: one's own account over the WebSocket, whose request the client signs.

python -m starkcore.compat --only dydx3 examples/dydx_websockets.py http://127.0.0.1:8080 ws://127.0.0.1:8080/v3/ws
"""

import asyncio
import json
import sys
import time

import websockets
from dydx3 import Client
from dydx3.constants import MARKET_ETH_USD, NETWORK_ID_MAINNET, ORDER_SIDE_SELL, ORDER_TYPE_LIMIT
from dydx3.helpers.request_helpers import generate_now_iso

host = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
websocket_host = sys.argv[2] if len(sys.argv) > 2 else "ws://127.0.0.1:8080/v3/ws"
key = "0x6370fd033278c143179d81c5526140625662b8daa446c22ee2d73db3707e620c"  # of local nodes: never for money

client = Client(host=host, network_id=NETWORK_ID_MAINNET, eth_private_key=key)
pair = client.onboarding.derive_stark_key()
client.stark_private_key = pair["private_key"]
if not client.public.check_if_user_exists(client.default_address).data["exists"]:
    client.onboarding.create_user(pair["public_key"], pair["public_key_y_coordinate"])
position_id = client.private.get_account().data["account"]["positionId"]

now_iso = generate_now_iso()
signature = client.private.sign(request_path="/ws/accounts", method="GET", iso_timestamp=now_iso, data={})
subscription = {
    "type": "subscribe",
    "channel": "v3_accounts",
    "accountNumber": "0",
    "apiKey": client.api_key_credentials["key"],
    "passphrase": client.api_key_credentials["passphrase"],
    "timestamp": now_iso,
    "signature": signature,
}


def place():
    return client.private.create_order(
        position_id, MARKET_ETH_USD, ORDER_SIDE_SELL, ORDER_TYPE_LIMIT, True, "0.5", "9000", "0.015",
        expiration_epoch_seconds=time.time() + 120,
    ).data["order"]  # fmt: skip


async def main():
    async with websockets.connect(websocket_host) as websocket:
        await websocket.send(json.dumps(subscription))
        for _ in range(2):
            print("<", json.loads(await websocket.recv())["type"])
        placed = await asyncio.to_thread(place)
        told = json.loads(await websocket.recv())["contents"]["orders"]
        print("<", [(one["side"], one["size"], one["status"]) for one in told])
        print("the order that was placed:", [one["id"] for one in told] == [placed["id"]])


asyncio.run(main())
