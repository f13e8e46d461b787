"""Paradex's messages against its own SDK's (tests/vectors/paradex.json says how), and what its signer refuses."""

from decimal import Decimal, localcontext

import pytest
from recorded_orders import decimal, terms
from vectors import layout

from starkcore import PrivateKey, paradex
from starkcore.errors import InputTypeError, InvalidAmount, InvalidInput, StarkcoreError, UnknownNetwork
from starkcore.starknet import TypedData

CASES = {case["name"]: case for case in layout.read("paradex.json")["cases"]}
NETWORKS = {"PRIVATE_SN_POTC_SEPOLIA": "testnet", "PRIVATE_SN_PARACLEAR_MAINNET": "mainnet"}
ORDERS = [name for name in CASES if name.startswith(("order", "modify"))]
OFFERS = [name for name in CASES if name.startswith("block offer")]
ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
ORDER = {"market": "BTC-USD-PERP", "side": "BUY", "order_type": "LIMIT", "size": "0.5", "price": "60000"}


def signer_of(case):
    network = NETWORKS[case["name"].rpartition(" ")[2]]
    return paradex.OrderSigner(PrivateKey(case["private_key"]), account=case["account"], network=network)


@pytest.mark.parametrize("name", ORDERS)
def test_orders_are_the_sdks(name):
    case = CASES[name]
    signed = signer_of(case).sign_order(**terms(case))
    assert signed.hash == int(case["message_hash"], 16)
    assert [str(part) for part in signed.signature] == case["signature"]
    assert signed.signature_text == '["{}","{}"]'.format(*case["signature"])
    message = case["typed_data"]["message"]
    assert (signed.timestamp, signed.size, signed.price) == tuple(
        int(message[key]) for key in ("timestamp", "size", "price")
    )


@pytest.mark.parametrize("name", OFFERS)
def test_offers_for_block_trades_are_the_sdks(name):
    case = CASES[name]
    message = case["typed_data"]["message"]

    def order(recorded):
        if recorded["side"] == "0":
            return None
        return recorded | {
            "side": {"1": "BUY", "2": "SELL"}[recorded["side"]],
            "size": decimal(recorded["size"]),
            "price": decimal(recorded["price"]),
        }

    amounts = ("price", "size", "min_size", "max_size", "min_price", "max_price", "oracle_tolerance")
    trades = [
        {"market": leaf["market"], "maker_order": order(leaf["maker_order"]), "taker_order": order(leaf["taker_order"])}
        | {key: decimal(leaf[key]) for key in amounts}
        for leaf in reversed(message["trades"])  # the signer sorts them
    ]
    signed = signer_of(case).sign_block_trade(
        nonce=message["nonce"],
        expiration=int(message["expiration"]),
        block_trade_id=message["block_trade_id"],
        trades=trades,
    )
    assert signed.hash == int(case["message_hash"], 16)
    assert [str(part) for part in signed.signature] == case["signature"]


def test_a_block_trade_is_another_message_than_an_offer():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    parts = {"nonce": 1, "expiration": 1_796_000_000_123, "trades": [{"market": "BTC-USD-PERP", "size": "1"}]}
    trade, offer = signer.sign_block_trade(**parts), signer.sign_block_trade(**parts, block_trade_id="7")
    assert trade.hash != offer.hash
    assert PrivateKey(5).public_key.verify(trade.hash, trade.signature)


@pytest.mark.parametrize("network", NETWORKS)
def test_headers_of_onboarding(network):
    onboarding = CASES[f"onboarding {network}"]
    signer = signer_of(onboarding)
    headers = signer.onboarding_headers("0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1")
    assert headers == {
        "PARADEX-ETHEREUM-ACCOUNT": "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1",
        "PARADEX-STARKNET-ACCOUNT": hex(ACCOUNT),
        "PARADEX-STARKNET-SIGNATURE": '["{}","{}"]'.format(*onboarding["signature"]),
    }


def test_headers_of_a_request_to_a_full_node():
    """The recorded message, with another payload: a ByteArray of one whole word, one rest of two bytes, hashed
    by hand.
    """
    from starkcore import poseidon_hash_many

    case = CASES["fullnode PRIVATE_SN_POTC_SEPOLIA"]
    payload = poseidon_hash_many([1, int.from_bytes(b"a" * 31, "big"), int.from_bytes(b"bc", "big"), 2])
    document = case["typed_data"] | {"message": case["typed_data"]["message"] | {"payload": payload}}
    signer = signer_of(case)
    headers = signer.full_node_headers("a" * 31 + "bc", timestamp=document["message"]["timestamp"])
    r, s = PrivateKey(case["private_key"]).sign(TypedData.from_dict(document).hash(ACCOUNT), 32)
    assert headers["PARADEX-STARKNET-SIGNATURE"] == f'["{r}","{s}"]'
    assert headers["PARADEX-STARKNET-SIGNATURE-TIMESTAMP"] == str(document["message"]["timestamp"])


def test_authentication_signs_what_the_document_says():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT, network="testnet")
    headers = signer.auth_headers(timestamp=1_796_000_000, expiration=1_796_000_300)
    data = TypedData.from_dict(
        {
            "types": {
                "StarkNetDomain": [{"name": name, "type": "felt"} for name in ("name", "chainId", "version")],
                "Request": [
                    {"name": name, "type": "felt"} for name in ("method", "path", "body", "timestamp", "expiration")
                ],
            },
            "primaryType": "Request",
            "domain": {"name": "Paradex", "chainId": "PRIVATE_SN_POTC_SEPOLIA", "version": "1"},
            "message": {
                "method": "POST", "path": "/v1/auth", "body": "", "timestamp": 1_796_000_000,
                "expiration": 1_796_000_300,
            },
        }
    )  # fmt: skip
    r, s = PrivateKey(5).sign(data.hash(ACCOUNT), 32)
    assert headers["PARADEX-STARKNET-SIGNATURE"] == f'["{r}","{s}"]'
    assert headers["PARADEX-TIMESTAMP"] == "1796000000"
    assert headers["PARADEX-SIGNATURE-EXPIRATION"] == "1796000300"
    now = signer.auth_headers()
    assert int(now["PARADEX-SIGNATURE-EXPIRATION"]) - int(now["PARADEX-TIMESTAMP"]) == 86400


def test_key_and_address_of_a_wallet():
    """The Ethereum key and the Stark key of paradex-py's tests, which its typed data and eth-account give."""
    from starkcore.ethereum import LocalKey, WrongSigner

    wallet = LocalKey("0xf8e4d1d772cdd44e5e77615ad11cc071c94e4c06dc21150d903f28e6aa6abdff")
    key = paradex.derive_key(wallet, network="testnet")
    assert key.secret_hex() == "0x543b6cf6c91817a87174aaea4fb370ac1c694e864d7740d728f8344d53e815"
    assert paradex.account_address(key.public_key, "testnet") == ACCOUNT
    assert paradex.derive_key(wallet) != key
    with pytest.raises(WrongSigner):
        paradex.derive_key(wallet, address="0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1")


def test_many_orders_are_the_single_ones():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    orders = [ORDER | {"timestamp": 1_796_000_000_000 + i, "size": str(i + 1)} for i in range(40)]
    orders[7] = orders[7] | {"order_id": "1681462770114000000"}
    orders[9] = orders[9] | {"size": "0.000000001"}
    orders[11] = "no order"
    orders[13] = orders[13] | {"post_only": True}
    for threads in (1, 2):
        signed = signer.sign_orders(orders, threads=threads)
        for i, (order, outcome) in enumerate(zip(orders, signed, strict=True)):
            if i in (9, 11, 13):
                assert isinstance(outcome, StarkcoreError)
            else:
                assert outcome == signer.sign_order(**order)
    for wrong in (ORDER, memoryview(b"123")):
        with pytest.raises(InputTypeError, match="orders"):
            signer.sign_orders(wrong)


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"size": 0.5}, InputTypeError, "size"), ({"size": "0.000000001"}, InvalidAmount, "size"),
        ({"size": "0"}, InvalidAmount, "size"), ({"size": "-1"}, InvalidAmount, "size"),
        ({"size": "1e30"}, InvalidAmount, "size"), ({"size": True}, InputTypeError, "size"),
        ({"price": None}, InvalidAmount, "price"), ({"price": "0"}, InvalidAmount, "price"),
        ({"price": 60000.0}, InputTypeError, "price"), ({"order_type": "MARKET"}, InvalidAmount, "price"),
        ({"order_type": "limit"}, InvalidInput, "order_type"), ({"order_type": None}, InputTypeError, "order_type"),
        ({"side": "buy"}, InvalidInput, "side"), ({"side": 1}, InputTypeError, "side"),
        ({"market": ""}, InvalidInput, "market"), ({"market": "A" * 32}, InvalidInput, "market"),
        ({"market": 5}, InputTypeError, "market"), ({"timestamp": 1_796_000_000}, InvalidInput, "timestamp"),
        ({"timestamp": "now"}, InputTypeError, "timestamp"), ({"order_id": ""}, InvalidInput, "order_id"),
        ({"order_id": 5}, InputTypeError, "order_id"), ({"order_id": "a" * 32}, InvalidInput, "order_id"),
        ({"rounding": "up"}, InvalidInput, "rounding"),
    ],
)  # fmt: skip
def test_bad_orders_are_named(change, error, field):
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    signer.sign_order(**ORDER)
    with pytest.raises(error) as caught:
        signer.sign_order(**ORDER | change)
    assert caught.value.field == field
    [outcome] = signer.sign_orders([ORDER | change])
    assert type(outcome) is error
    assert outcome.field == field


def test_rounding_is_the_callers_wish():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    fine = ORDER | {"size": "0.123456789", "price": "1.000000019", "timestamp": 1_796_000_000_000}
    signed = signer.sign_order(**fine, rounding="down")
    assert (signed.size, signed.price) == (12_345_678, 100_000_001)
    assert signed == signer.sign_order(**fine | {"size": "0.12345678", "price": "1.00000001"})


def test_the_programs_decimal_context_changes_nothing():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    order = ORDER | {"size": Decimal("123456.12345678"), "price": Decimal("98765.4321"), "timestamp": 1_796_000_000_000}
    expected = signer.sign_order(**order)
    with localcontext() as context:
        context.prec = 3
        assert signer.sign_order(**order) == expected


def test_orders_at_the_market_have_no_price():
    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    for kind in ("MARKET", "STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP_LOSS_MARKET"):
        order = {name: value for name, value in ORDER.items() if name != "price"} | {"order_type": kind}
        assert signer.sign_order(**order).price == 0
        assert signer.sign_order(**order, price=0).price == 0


def test_parameters_of_the_signer():
    key = PrivateKey(5)
    for network in ("Mainnet", "sepolia", ""):
        with pytest.raises(UnknownNetwork):
            paradex.OrderSigner(key, account=1, network=network)
    with pytest.raises(InputTypeError, match="network"):
        paradex.OrderSigner(key, account=1, network=1)
    with pytest.raises(InputTypeError, match="key"):
        paradex.OrderSigner("0x5", account=1)
    with pytest.raises(InvalidInput, match="account"):
        paradex.OrderSigner(key, account="129c135e")
    signer = paradex.OrderSigner(key, account=hex(ACCOUNT))
    assert repr(signer) == f"<OrderSigner for Paradex mainnet, account {ACCOUNT:#x}>"
    with pytest.raises(InvalidInput, match="trades"):
        signer.sign_block_trade(nonce=1, expiration=1_796_000_000_000, trades=[])
    with pytest.raises(InvalidInput, match=r"trades\[0\]"):
        signer.sign_block_trade(nonce=1, expiration=1_796_000_000_000, trades=[{"size": "1"}])


def test_a_subkeys_activation():
    from starkcore import pedersen_hash

    signer = paradex.OrderSigner(PrivateKey(5), account=ACCOUNT)
    signed = signer.sign_subkey(1_796_000_000)
    assert signed.hash == pedersen_hash(1_796_000_000, signer.public_key)
    assert PrivateKey(5).public_key.verify(signed.hash, signed.signature)
