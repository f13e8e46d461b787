"""Programs that were written for dYdX's own client, dydx-v3-python 2.1.0, run on ours; each line is what they do."""

import json
import sys
import time

import pytest

pytest.importorskip("eth_account")
pytest.importorskip("uvicorn")
pytest.importorskip("httpcore2")

from starkcore import Client, PrivateKey, Signature, compat, errors, sandbox
from starkcore.dydx.errors import ApiError, DydxApiError, OutcomeUnknown
from starkcore.dydx.websocket import Feed
from starkcore.http.answer import Answer, Headers
from starkcore.http.rules import ConnectionLost, ServerError
from starkcore.starkex import Order, OrderSigner, registration_hash, sign_registration, to_step

# Published by dYdX: the wallet, its default API credentials, and the order of its tests.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
API_KEY = "50fdcaa0-62b8-e827-02e8-a9520d46cb9f"
KEY = "0x58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3"
SIGNATURE = (
    "0500a22a8c8b14fbb3b7d26366604c446b9d059420d7db2a8f94bc52691d2626"
    "003e38aa083f72c9db89a7a80b98a6eb92edce7294d917d8489767740affc6ed"
)
NOWHERE = "http://localhost:1"


@pytest.fixture
def dydx3():
    compat.install("dydx3")
    try:
        import dydx3

        yield dydx3
    finally:
        compat.uninstall()
        assert "dydx3" not in sys.modules


def test_names(dydx3):
    from dydx3.constants import (
        ASSET_RESOLUTION,
        COLLATERAL_ASSET_ID_BY_NETWORK_ID,
        MARKET_BTC_USD,
        MARKET_ONEINCH_USD,
        SYNTHETIC_ASSET_ID_MAP,
        SYNTHETIC_ASSET_MAP,
    )
    from dydx3.helpers.db import get_account_id
    from dydx3.helpers.request_helpers import generate_query_path, iso_to_epoch_seconds, remove_nones

    assert len(dydx3.constants.__all__) == len(set(dydx3.constants.__all__)) == 131
    assert (MARKET_BTC_USD, MARKET_ONEINCH_USD, SYNTHETIC_ASSET_MAP["1INCH-USD"]) == ("BTC-USD", "1INCH-USD", "1INCH")
    assert SYNTHETIC_ASSET_ID_MAP["BTC"] == 0x4254432D3130000000000000000000
    assert (ASSET_RESOLUTION["DOGE"], ASSET_RESOLUTION["USDC"]) == ("1e5", "1e6")
    assert hex(COLLATERAL_ASSET_ID_BY_NETWORK_ID[1]).endswith("3a0a5d")
    assert get_account_id(ADDRESS) == get_account_id(ADDRESS.lower())
    assert generate_query_path("/v3/orders", {"limit": 5, "side": None}) == "/v3/orders?limit=5"
    assert dydx3.epoch_seconds_to_iso(iso_to_epoch_seconds("2021-01-08T10:06:12.500Z")) == "2021-01-08T10:06:12.500Z"
    assert remove_nones({"a": None, "b": 0}) == {"b": 0}
    assert (dydx3.DydxApiError, dydx3.Client) == (DydxApiError, Client)


def test_messages(dydx3):
    from dydx3.starkex.helpers import nonce_from_client_id, private_key_to_public_key_pair_hex, to_quantums_exact
    from dydx3.starkex.transfer import SignableTransfer

    end = dydx3.iso_to_epoch_seconds("2020-09-17T04:15:55.028Z")
    text = "This is an ID that the client came up with to describe this order"
    order = dydx3.SignableOrder(11155111, "ETH-USD", "BUY", 12345, "145.0005", "350.00067", "0.125", text, end)
    assert order.sign(KEY) == SIGNATURE
    assert order.verify_signature(SIGNATURE, private_key_to_public_key_pair_hex(KEY)[0])
    transfer = SignableTransfer(
        12345, 67890, "0x05135ef87716b0faecec3ba672d145a6daad0aa46437c365d490022115aba674", "49.478023",
        "This is an ID that the client came up with to describe this transfer", end, 11155111,
    )  # fmt: skip
    assert hex(transfer.hash) == "0x2b851ee776b34b0a626b82fdbed069b3365050080f04d6811b3e185b2f5ae5a"
    assert (nonce_from_client_id("1"), to_quantums_exact("145.0005", "ETH")) == (3079101259, 145000500000)


def test_settings():
    with Client(NOWHERE, 5, None, WALLET, None, "1", crypto_c_exports_path="libcrypto.so") as client:
        assert client.network_id == 1
        assert client.api_key_credentials["key"] == API_KEY  # before any call
        assert client.private.sign("/v3/api-keys", "GET", "2021-01-08T10:06:12.500Z", {}) == (
            "VIuKVa3zCeRHZAVp1AUvSq2ejoCAWmhWV1g4WY_LbKs="
        )
        Feed("https://api.dydx.exchange", api_key=client.api_key_credentials)
        client.stark_private_key = KEY
        x = client.stark_public_key
        client.network_id, client.api_timeout = "11155111", 3
        assert (client.network_id, client.api_timeout.total) == (11155111, 3)
        client.stark_private_key = None
        client.stark_public_key = x
        assert client.stark_public_key == x


class Node:
    """What of web3 is asked for the chain, and for nonces."""

    default_account = None

    def __init__(self, chain):
        self.eth, self.chain, self.asked = self, chain, 0

    @property
    def chain_id(self):
        self.asked += 1
        return self.chain

    def get_transaction_count(self, address, block):
        return 7


class AsyncWeb3(Node):
    pass


def test_the_chain_of_the_node():
    node = Node(11155111)
    with Client(NOWHERE, eth_private_key=WALLET, web3=node) as client:
        assert (node.asked, "not asked for" in repr(client)) == (0, True)
        assert (client.network_id, client.network_id, node.asked) == (11155111, 11155111, 1)
        # Published: this wallet's key on Sepolia.
        assert client.onboarding.derive_stark_key().public_key.startswith("0x15e2e074a7ac9e78")
    with (
        Client(NOWHERE, web3=Node(1337)) as client,
        pytest.raises(errors.InvalidInput, match="network_id must be a chain"),
    ):
        _ = client.network_id
    with pytest.raises(errors.InputTypeError, match="AsyncWeb3"):
        Client(NOWHERE, web3=AsyncWeb3(1))


def test_eth_without_a_host():
    with Client(web3=Node(1), eth_private_key=WALLET, network_id=1) as client:
        assert client.eth.get_next_nonce(ADDRESS) == 7
        options = {"to": ADDRESS, "nonce": 7, "gas": 21000, "gasPrice": 1}
        assert bytes(client.eth.sign_tx(None, options).raw_transaction)
        with pytest.raises(errors.InvalidInput, match="file_path"):
            client.eth.get_contract(ADDRESS, "abi/other.json")
        with pytest.raises(errors.InvalidInput, match="host must be given"):
            client.public.get_time()
        client._session._remember({"account": {"starkKey": "0x5", "positionId": "12"}})
        with pytest.raises(errors.InvalidInput, match="position_id must be the account's of this Stark key, 12"):
            client.eth.deposit_to_exchange(13, "1", stark_public_key="0x5")


def test_errors_with_an_answer():
    answer = Answer(503, Headers({"Content-Type": "application/json"}), b'{"errors":[{"msg":"busy"}]}')
    unknown = OutcomeUnknown(ServerError("POST", "/v3/orders", answer))
    assert isinstance(unknown, DydxApiError)
    assert not isinstance(unknown, ApiError)
    assert (unknown.status_code, unknown.response.status_code, unknown.request.path) == (503, 503, "/v3/orders")
    assert unknown.response.json()["errors"][0]["msg"] == "busy"
    assert unknown.response.headers["CONTENT-TYPE"] == unknown.headers["content-type"] == "application/json"
    lost = OutcomeUnknown(ConnectionLost("POST", "/v3/orders", "lost"))
    assert (lost.status_code, lost.response) == (None, None)


TERMS = {"market": "ETH-USD", "side": "BUY", "price": "10", "limit_fee": "0.01", "expiration": 4070908800, "nonce": 1}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"size": "0.30000000000000004"}, "size", "ETH-USD: a quantum is 10^-9, so at most 9 decimals; to_step()"),
        ({"size": "1e20"}, "size", "must be below 18446744074"),
        ({"size": "1e9", "price": "1e9"}, "price", "times size"),
    ],
)
def test_amounts_are_told_as_the_order_has_them(change, field, words):
    signer, order = OrderSigner(PrivateKey(5), position_id=1), TERMS | change
    with pytest.raises(errors.InvalidAmount, match=field) as caught:
        signer.sign_order(**order)
    with pytest.raises(errors.InvalidAmount) as other:
        Order.from_human(position_id=1, **order)
    for error in (caught.value, other.value, *signer.sign_orders([order])):
        assert (error.field, words in error.rule) == (field, True)


def test_to_step():
    assert [to_step(0.1 + 0.2, "0.001"), to_step("7", 5), to_step("7", "5", "up")] == ["0.300", "5", "10"]
    for bad in ("x", "-1", float("inf"), "1e999"):
        with pytest.raises(errors.InvalidInput):
            to_step(bad, "0.1")
    with pytest.raises(errors.InvalidInput, match="step"):
        to_step("1", "0")


def test_register_after_the_closing():
    """As the contract checks it, by eth-utils' Keccak: keccak256(…) mod n, r ‖ s ‖ y."""
    from eth_utils import keccak

    key = PrivateKey(KEY)
    signature = sign_registration(key, ADDRESS)
    packed = b"UserRegistration:" + bytes.fromhex(ADDRESS[2:]) + key.public_key.x.to_bytes(32, "big")
    order = 0x0800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
    expected = int.from_bytes(keccak(packed), "big") % order
    assert registration_hash(ADDRESS, key.public_key) == expected
    r, s, y = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32, 64))
    assert (len(signature), y) == (96, key.public_key.y)
    assert key.public_key.verify(expected, Signature(r, s))


def test_an_old_program(dydx3):
    """Onboarding, orders and a WebSocket's signature, as the old repository's examples do them."""
    from dydx3.constants import MARKET_ETH_USD, ORDER_SIDE_BUY, ORDER_STATUS_OPEN, ORDER_TYPE_LIMIT

    with sandbox.running(initial_balance=100_000) as exchange:
        client = dydx3.Client(host=exchange.url, network_id=1, eth_private_key=WALLET)
        pair = client.onboarding.derive_stark_key()
        client.stark_private_key = pair["private_key"]
        client.onboarding.create_user()
        position = client.private.get_account().data["account"]["positionId"]
        placed = client.private.create_order(
            position, MARKET_ETH_USD, ORDER_SIDE_BUY, ORDER_TYPE_LIMIT, True, "0.1", "900", "0.015",
            expiration_epoch_seconds=time.time() + 3600,
        )  # fmt: skip
        assert placed.headers["Content-Type"].startswith("application/json")
        order = placed.data["order"]
        listed = client.private.get_orders(MARKET_ETH_USD, ORDER_STATUS_OPEN).data["orders"]
        assert [one["id"] for one in listed] == [order["id"]]
        now = dydx3.helpers.request_helpers.generate_now_iso()
        assert client.private.sign(request_path="/ws/accounts", method="GET", iso_timestamp=now, data={})
        client.private.cancel_order(order_id=order["id"])
        with pytest.raises(dydx3.DydxApiError) as caught:
            client.private.cancel_order(order_id=order["id"])
        assert caught.value.status_code == caught.value.response.status_code
        client.close()


def test_what_is_cut_off_keeps_its_client_id(monkeypatch):
    """Ctrl-C while an order is under way, whose client id was made up."""
    with Client(NOWHERE, eth_private_key=WALLET, stark_private_key=KEY, network_id=1) as client:
        sent = []

        def interrupted(step):
            sent.append(json.loads(step.outgoing.body))
            raise KeyboardInterrupt

        monkeypatch.setattr(client._transport, "_perform", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.private.create_order(
                1, "ETH-USD", "BUY", "LIMIT", True, "0.1", "900", "0.015", expiration_epoch_seconds=time.time() + 3600
            )
        (cut,) = client.private.cut_off
        assert isinstance(cut, OutcomeUnknown)
        assert cut.client_id == sent[0]["clientId"]
        assert cut.signed_at is not None
