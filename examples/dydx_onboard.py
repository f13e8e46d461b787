"""A program of dYdX's old Python client: from an Ethereum key to a Stark key, a user and API credentials.

It imports dydx3, and is run with starkcore in that package's place, unchanged, against a local exchange:

    starkcore sandbox
    python -m starkcore.compat --only dydx3 examples/dydx_onboard.py http://127.0.0.1:8080
"""

import sys

from dydx3 import Client
from dydx3.constants import NETWORK_ID_MAINNET

# The first key of every local Ethereum node: never for money.
ETHEREUM_KEY = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"

host = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
client = Client(host=host, network_id=NETWORK_ID_MAINNET, eth_private_key=ETHEREUM_KEY)

pair = client.onboarding.derive_stark_key()
client.stark_private_key = pair["private_key"]
print("Stark public key:", pair["public_key"])

if client.public.check_if_user_exists(client.default_address).data["exists"]:
    client.api_key_credentials = client.onboarding.recover_default_api_key_credentials(client.default_address)
else:
    created = client.onboarding.create_user(
        stark_public_key=pair["public_key"], stark_public_key_y_coordinate=pair["public_key_y_coordinate"]
    )
    client.api_key_credentials = created.data["apiKey"]

account = client.private.get_account(client.default_address).data["account"]
print("position:", account["positionId"], "of", client.default_address)
print("API keys:", len(client.private.get_api_keys().data["apiKeys"]))
