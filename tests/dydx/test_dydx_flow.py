"""The guide's flow against the local exchange: with an Ethereum key, with a wallet behind web3, and with
offline keys.
"""

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from both_clients import opened
from fault_cases import IN_20_DAYS
from test_dydx_client import ADDRESS, SIGNERS, WALLET

from starkcore.dydx import AsyncClient, Client
from starkcore.dydx.errors import ApiError
from starkcore.sandbox import running

# The market makers' guide, character by character; the two addresses that it leaves to the reader are filled in below.
GUIDE = """\
key_pair_with_y_coordinate = client.onboarding.derive_stark_key(
  # Optional if eth_private_key or web3.eth.defaultAccount was provided.
  ethereum_address='ethereumAddress',
)
---
api_key_response = client.api_keys.create_api_key(
  # Optional if eth_private_key or web3.eth.defaultAccount was provided.
  ethereum_address='0x0123...',
)
---
api_keys = client.private.get_api_keys()
"""


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def kind(request):
    return request.param


@pytest.fixture
def exchange():
    with running(initial_balance=100_000) as sandbox:
        yield sandbox


def order(position_id, **terms):
    return {"position_id": position_id, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False,
            "size": "0.1", "price": "1000", "limit_fee": "0.01",
            "expiration_epoch_seconds": IN_20_DAYS} | terms  # fmt: skip


@pytest.mark.parametrize("signer", SIGNERS)
def test_the_guide(kind, exchange, signer):
    derive, create, listing = GUIDE.replace("ethereumAddress", ADDRESS).replace("0x0123...", ADDRESS).split("---\n")
    with opened(kind, exchange.url, **SIGNERS[signer]()) as client:
        names = {"client": client}
        exec(derive, names)
        client.onboarding.create_user()
        exec(create, names)
        exec(listing, names)
        new = names["api_key_response"]
        assert new["apiKey"]["key"] == new.data["apiKey"]["key"] == new.data.api_key.key == new.api_key.key
        listed = names["api_keys"].data["apiKeys"]
        assert new["apiKey"]["key"] in [item["key"] for item in listed]
        assert len(listed) == 2
        client.api_keys.delete_api_key(new.api_key.key)
        assert len(client.private.get_api_keys()["apiKeys"]) == 1 or client.api_key_credentials.key == new.api_key.key


def test_trading(kind, exchange):
    with opened(kind, exchange.url, eth_private_key=WALLET) as client:
        pair = client.onboarding.derive_stark_key()
        client.onboarding.create_user()
        account = client.private.get_account().account
        assert account.stark_key == pair.public_key
        first = client.private.create_order(**order(account.position_id, client_id="one")).order
        assert client.private.get_order_by_client_id("one").order.id == first.id
        second = client.private.create_order(**order(account.position_id, price="1001", cancel_id=first["id"]))
        assert [one.id for one in client.private.get_orders(status="OPEN").orders] == [second["order"]["id"]]
        several = [order(account.position_id, client_id=f"many {number}", price=900 + number) for number in range(20)]
        assert [one.order.client_id for one in client.private.create_orders(several)] == [
            one["client_id"] for one in several
        ]
        with pytest.raises(ApiError):
            client.private.create_order(**order(account.position_id, client_id="one"))
        client.private.cancel_order(second.order.id)
        client.private.cancel_all_orders()
        assert client.private.get_orders(status="OPEN")["orders"] == []
        assert client.api_keys.recovery().stark_key == pair.public_key
        assert client.public.get_markets().markets["ETH-USD"].tick_size
        assert client.private.get_registration().signature.startswith("0x")
    offline = {"stark_private_key": pair, "default_ethereum_address": ADDRESS,
               "api_key_credentials": client.api_key_credentials}  # fmt: skip
    with opened(kind, exchange.url, **offline) as client:
        assert client.private.get_account().data["account"]["id"] == account.id
        assert client.private.create_order(**order(account.position_id)).order.status
