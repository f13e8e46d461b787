"""Keys of one network at an exchange on another: the refusal says so, and costs one question, once."""

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from both_clients import opened
from fault_cases import IN_20_DAYS
from fault_server import fault_server, http
from test_dydx_client import WALLET

from starkcore import PrivateKey
from starkcore.dydx import ApiKey, AsyncClient, Client, SyncFeed
from starkcore.dydx.errors import ApiError
from starkcore.dydx.networks import network_of
from starkcore.dydx.websocket import SubscriptionRefused
from starkcore.sandbox import running

KEY = {"key": "k", "secret": "c2VjcmV0", "passphrase": "p"}
SEPOLIA = b'{"collateralAssetId":"0x01e70c509c4c6bfafe8b73d2fc1819444b2c0b435d4b82c0f24addff9565ce25"}'
TOLD = "the exchange is on sepolia, chain 11155111, and this client has keys of mainnet: network_id must be 11155111"
REFUSED = http(400, b'{"errors":[{"msg":"Invalid signature"}]}')
ORDER = {"position_id": 1, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "1",
         "price": "1000", "limit_fee": "0.01", "expiration_epoch_seconds": IN_20_DAYS}  # fmt: skip


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def kind(request):
    return request.param


def asked(server):
    return [request.split(b" ")[1] for request in server.requests]


def test_keys_of_mainnet_at_sepolia(kind):
    """Each first call that such a client can make: by its wallet, by the wallet's default credentials, by a
    Stark key.
    """
    with running(network="sepolia") as exchange:
        with opened(kind, exchange.url, network_id=11155111, eth_private_key=WALLET) as right:
            right.onboarding.derive_stark_key()
            user = right.onboarding.create_user()
            credentials = right._client.api_key_credentials
        calls = [
            lambda client: client.onboarding.create_user(),
            lambda client: client.api_keys.create_api_key(),
            lambda client: client.private.get_account(),
        ]
        for first in calls:
            with opened(kind, exchange.url, eth_private_key=WALLET) as client:
                client.onboarding.derive_stark_key()
                with pytest.raises(ApiError, match=TOLD) as caught:
                    first(client)
                assert caught.value.status in (400, 401)
                assert "errors" in caught.value.msg
        with opened(kind, exchange.url, api_key_credentials=credentials, stark_private_key=PrivateKey(5)) as client:
            assert client.private.get_accounts().accounts[0].position_id == user.account.position_id
            order = ORDER | {"position_id": user.account.position_id}
            with pytest.raises(ApiError, match=TOLD):
                client.private.create_order(**order)
            assert all(TOLD in str(error) for error in client.private.create_orders([order, order]))


def test_everything_that_a_stark_key_signs(kind):
    """Orders, transfers and withdrawals: each is the first call of its client, with credentials that the exchange
    knows.
    """
    with running(network="sepolia", initial_balance=1000) as exchange:
        with opened(kind, exchange.url, network_id=11155111, eth_private_key=WALLET) as right:
            right.onboarding.derive_stark_key()
            position = right.onboarding.create_user().account.position_id
            credentials, key = right._client.api_key_credentials, right._client.stark_private_key
        money = {"amount": "1", "position_id": position, "expiration_epoch_seconds": IN_20_DAYS}
        receiver = {"receiver_account_id": "x", "receiver_public_key": "0x5", "receiver_position_id": 2}
        fast = {"credit_asset": "USDC", "credit_amount": "1", "debit_amount": "1", "to_address": "0x" + "11" * 20,
                "lp_position_id": 2, "lp_stark_public_key": hex(PrivateKey(7).public_key.x)}  # fmt: skip
        calls = [
            lambda private: private.create_order(**ORDER | {"position_id": position}),
            lambda private: private.create_transfer(**money | receiver),
            lambda private: private.create_withdrawal(**money, asset="USDC", to_address=None),
            lambda private: private.create_fast_withdrawal(
                **fast, **{name: money[name] for name in ("position_id", "expiration_epoch_seconds")}
            ),
        ]
        for call in calls:
            with (
                opened(kind, exchange.url, api_key_credentials=credentials, stark_private_key=key) as client,
                pytest.raises(ApiError, match=TOLD),
            ):
                call(client.private)


@pytest.mark.parametrize("given", ["the client's", "recovered", "an ApiKey"])
def test_the_websocket(given):
    """It has no network of its own; a wallet's own credentials know theirs."""
    with running(network="sepolia") as exchange, Client(exchange.url, eth_private_key=WALLET) as client:
        credentials = {
            "the client's": lambda: client.api_key_credentials,
            "recovered": client.onboarding.recover_default_api_key_credentials,
            "an ApiKey": lambda: ApiKey(**client.api_key_credentials, network_id=1),
        }[given]()
        with SyncFeed(exchange.url, api_key=credentials) as feed:
            feed.subscribe("v3_accounts")
            with pytest.raises(SubscriptionRefused, match=r"a wallet's credentials for mainnet, chain 1: on another"):
                feed.next(timeout=10)
        stranger = {name: client.api_key_credentials[name] for name in ("key", "secret", "passphrase")}
        with SyncFeed(exchange.url, api_key=stranger) as feed:
            feed.subscribe("v3_accounts")
            with pytest.raises(SubscriptionRefused) as caught:
                feed.next(timeout=10)
            assert "mainnet" not in str(caught.value)


def test_the_right_network_is_asked_once_and_the_refusal_stands(kind):
    mainnet = http(200, b'{"collateralAssetId":"0x02893294412a4c8f915f75892b395ebbf6859ec246ec365c3b1f56f47c3a0a5d"}')
    with (
        fault_server(REFUSED, mainnet, REFUSED) as server,
        opened(kind, server.url, api_key_credentials=KEY) as client,
    ):
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                client.private.get_user()
            assert "network_id" not in str(caught.value)
        assert asked(server) == [b"/v3/users", b"/v3/config", b"/v3/users", b"/v3/users"]


@pytest.mark.parametrize("settings", [
    http(404), http(500), http(200, b"[]"), http(200, b"no JSON"), http(200, b"{}"), http(302), "reset",
    http(200, b'{"collateralAssetId":5}'), http(200, b'{"collateralAssetId":[]}'),
    http(200, b'{"collateralAssetId":"0x5"}'),
], ids=repr)  # fmt: skip
def test_settings_that_cannot_be_had_change_nothing(kind, settings):
    with (
        fault_server(REFUSED, settings, REFUSED) as server,
        opened(kind, server.url, api_key_credentials=KEY) as client,
    ):
        for _ in range(2):
            with pytest.raises(ApiError, match=r"refused with status 400: .*Invalid signature") as caught:
                client.private.get_user()
            assert "network_id" not in str(caught.value)
        assert asked(server) == [b"/v3/users", b"/v3/config", b"/v3/users"]


def test_what_is_not_asked(kind):
    """No call that is answered, none that nobody signs, and none that fails for another reason."""
    with (
        fault_server(http(200, b'{"apiKeys":[]}'), http(404), http(400), http(503)) as server,
        opened(kind, server.url, api_key_credentials=KEY) as client,
    ):
        client.private.get_api_keys()
        for call in (client.private.get_user, client.public.get_time):
            with pytest.raises(ApiError):
                call()
        assert b"/v3/config" not in asked(server)


def test_batches_say_it_of_each_order():
    with (
        fault_server(REFUSED, http(200, SEPOLIA), REFUSED) as server,
        Client(server.url, api_key_credentials=KEY, stark_private_key=PrivateKey(5)) as client,
    ):
        with pytest.raises(ApiError, match=TOLD):
            client.private.create_order(**ORDER)
        for error in client.private.create_orders([ORDER] * 3):
            assert type(error) is ApiError
            assert TOLD in str(error)
        assert asked(server).count(b"/v3/config") == 1
        assert client.private.cut_off == []


def test_an_order_that_was_refused_is_refused_also_where_nobody_answers_the_question():
    with (
        fault_server(REFUSED, "reset") as server,
        Client(server.url, api_key_credentials=KEY, stark_private_key=PrivateKey(5)) as client,
    ):
        batch = client.private.create_orders([ORDER])
        assert [type(error) for error in batch] == [ApiError]
        assert client.private.cut_off == []


def test_networks_by_their_settings():
    assert network_of({"collateralAssetId": "0x" + "0" * 66}) is None
    assert network_of({}) is None
