"""An error's class says what was wrong, and its field is the parameter of the function that was called."""

import asyncio
import re
from array import array
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from starkcore import PrivateKey, _native, errors, pedersen_hash_lists
from starkcore.starkex import DYDX, Market, Network, OrderSigner, Venue, amounts, to_quantums

KEY = PrivateKey(5)
BARE = Venue(
    name="bare",
    markets={"A-USD": Market("A-USD", 1, 10)},
    networks={"main": Network("main", chain_id=1, collateral_id=2, collateral_resolution=10**6)},
)
FAST = {
    "lp_position_id": 1,
    "lp_key": 7,
    "to_address": "0x" + "11" * 20,
    "debit_amount": "1",
    "credit_amount": "1",
    "expiration": "2090-01-02T03:04:05Z",
    "client_id": "a",
}
SIGNER = OrderSigner(KEY, "mainnet", position_id=1)


def told(kind, field, function, *arguments, **keywords):
    with pytest.raises(errors.StarkcoreError) as refused:
        function(*arguments, **keywords)
    assert (type(refused.value), refused.value.field) == (kind, field), refused.value
    assert refused.value.__context__ is None
    return refused.value.rule


def test_a_class_is_for_what_was_wrong():
    told(errors.UnknownMarket, "market", DYDX.market, "X-USD")
    told(errors.UnknownNetwork, "network", DYDX.network, "other")
    told(errors.InvalidInput, "message_hashes", KEY.sign_many, b"123")
    told(errors.InvalidMessageHash, "message_hash", KEY.sign, 1 << 251)
    told(errors.InvalidPrivateKey, "private_key", PrivateKey, 0)
    told(errors.InvalidAmount, "amount", to_quantums, "x", 10)
    bare = OrderSigner(KEY, "main", position_id=1, venue=BARE)
    told(errors.InvalidInput, "network", bare.sign_fast_withdrawal, **FAST)


HEADER = (Path(__file__).parents[2] / "csrc" / "starkcore.h").read_text(encoding="utf-8")
# The rules and the fields of the core, by their numbers in its header.
RULES, FIELDS = (
    {name: int(number) for name, number in re.findall(rf"STARKCORE_{kind}_(\w+) = (\d+)", HEADER)}
    for kind in ("RULE", "FIELD")
)
OF_RULES = {
    errors.InvalidPrivateKey: "PRIVATE_KEY",
    errors.InvalidMessageHash: "MESSAGE_HASH",
    errors.InvalidPublicKey: "ON_CURVE",
    errors.InvalidAmount: "SYNTAX TOO_LONG MULTIPLE FEE",
    errors.InvalidExpiration: "PAST SECONDS",
}
OF_FIELDS = {
    errors.InvalidPrivateKey: "PRIVATE_KEY",
    errors.InvalidMessageHash: "MESSAGE_HASH",
    errors.InvalidPublicKey: "PUBLIC_KEY",
    errors.InvalidSignature: "SIGNATURE",
    errors.InvalidAmount: "SIZE PRICE LIMIT_FEE AMOUNT QUANTUMS_SYNTHETIC QUANTUMS_COLLATERAL QUANTUMS_FEE",
    errors.InvalidExpiration: "EXPIRATION",
}


def by_name(kinds):
    return {name: kind for kind, names in kinds.items() for name in names.split()}


def test_a_rule_that_says_it_all_needs_no_field():
    of_rules, of_fields = by_name(OF_RULES), by_name(OF_FIELDS)
    assert of_rules.keys() <= RULES.keys()
    assert of_fields.keys() <= FIELDS.keys()
    for rule, field in product(RULES.keys() - {"SELFTEST", "FAULT"}, FIELDS):
        error = _native.order_error(RULES[rule] | FIELDS[field] << 8, 0)
        assert type(error) is of_rules.get(rule, of_fields.get(field, errors.InvalidInput)), (rule, field)
    assert type(_native.order_error(RULES["SELFTEST"], 0)) is errors.SelfTestFailed
    assert type(_native.order_error(RULES["FAULT"], 2)) is errors.SigningFault


@pytest.mark.parametrize("name", ["private_key", "x", "message_hash", "r", "size", "price", "expiration", "anything"])
def test_a_class_doesn_t_follow_from_what_a_parameter_is_called(name):
    told(errors.InvalidInput, name, _native.number, "zz", name)
    told(errors.InvalidInput, name, _native.fixed_bytes, b"123", 20, name)
    told(errors.InvalidAmount, name, _native.quantums, "x", 10, _native.ROUND_EXACT, name)


def test_what_isn_t_the_caller_s_amount_is_none():
    """How many elements a list has is called a size as well, and so is what an order's column of sizes is kept in."""
    told(errors.InvalidInput, "size", pedersen_hash_lists, bytes(32), 0)
    columns = {"market": 0, "side": 1, "price": 1, "limit_fee": 0, "nonce": array("I", [1]), "expiration": 4 * 10**9}
    told(
        errors.InvalidInput, "size", SIGNER.sign_columns, markets=["ETH-USD"], size_decimals=0, price_decimals=0,
        size=memoryview(bytes(4)).cast("B", (2, 2)), **columns,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kind", "field"),
    [
        ({"lp_key": "zz"}, errors.InvalidInput, "lp_key"),
        ({"lp_key": 1 << 255}, errors.InvalidInput, "lp_key"),
        ({"lp_position_id": 1 << 64}, errors.InvalidInput, "lp_position_id"),
        ({"to_address": "0x12"}, errors.InvalidInput, "to_address"),
        ({"credit_amount": "x"}, errors.InvalidAmount, "credit_amount"),
        ({"debit_amount": "x"}, errors.InvalidAmount, "debit_amount"),
    ],
)
def test_a_fast_withdrawal_names_what_it_was_given(given, kind, field):
    told(kind, field, SIGNER.sign_fast_withdrawal, **FAST | given)


def test_amounts_are_refused_in_the_core_s_words():
    assert told(errors.InvalidAmount, "amount", to_quantums, "x", 10) == amounts.NO_DECIMAL
    assert told(errors.InvalidAmount, "amount", to_quantums, "-1", 10) == amounts.NEGATIVE
    assert told(errors.InvalidAmount, "amount", to_quantums, "1" * 97, 10) == amounts.TOO_LONG
    order = {
        "market": "ETH-USD",
        "side": "BUY",
        "price": "1",
        "limit_fee": "0.1",
        "expiration": 4 * 10**9,
        "client_id": "a",
    }
    assert told(errors.InvalidAmount, "size", SIGNER.sign_order, size="0", **order) == amounts.ZERO


ORDER = {
    "position_id": 1, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "1",
    "price": "1", "limit_fee": "0.1",
}  # fmt: skip
PAYMENT = {"amount": "1", "position_id": 1}
TRANSFER = PAYMENT | {"receiver_account_id": "a", "receiver_public_key": "0x7", "receiver_position_id": 2}
LATER = "2090-01-02T03:04:05Z"


class TestOfTheClient:
    @pytest.fixture
    def client(self):
        pytest.importorskip("httpcore2")
        from starkcore.dydx import Client

        keys = {"key": "a" * 36, "secret": "c2VjcmV0", "passphrase": "p"}
        with Client("http://localhost:9", stark_private_key=5, api_key_credentials=keys) as client:
            yield client

    @pytest.mark.parametrize("seconds", [1e9, 1.6e9, 4e12])
    def test_an_expiry_in_seconds(self, client, seconds):
        given = {"expiration_epoch_seconds": seconds}
        for method, parameters in (
            ("create_order", ORDER),
            ("create_transfer", TRANSFER),
            ("create_withdrawal", PAYMENT | {"asset": "USDC"}),
        ):
            function = getattr(client.private, method)
            told(errors.InvalidExpiration, "expiration_epoch_seconds", function, **parameters, **given)
        (outcome,) = client.private.create_orders([ORDER | given])
        assert outcome.field == "expiration_epoch_seconds"

    def test_keys(self, client):
        wrong = TRANSFER | {"receiver_public_key": "zz"}
        told(errors.InvalidInput, "receiver_public_key", client.private.create_transfer, **wrong, expiration=LATER)
        fast = {
            "position_id": 1, "credit_asset": "USDC", "credit_amount": "1", "debit_amount": "1", "lp_position_id": 1,
            "to_address": "0x" + "11" * 20, "lp_stark_public_key": "zz", "expiration": LATER,
        }  # fmt: skip
        told(errors.InvalidInput, "lp_stark_public_key", client.private.create_fast_withdrawal, **fast)

    def test_amounts_have_one_text_for_one_mistake(self):
        from starkcore.dydx.eth import _units
        from starkcore.dydx.messages import amount_text

        for value, rule in (
            ("x", amounts.NO_DECIMAL),
            ("-1", amounts.NEGATIVE),
            ("0", amounts.ZERO),
        ):
            assert told(errors.InvalidAmount, "human_amount", _units, value, 6, "human_amount") == rule
        for value, rule in (
            (Decimal("NaN"), amounts.NO_DECIMAL),
            (Decimal("1e99"), amounts.TOO_LONG),
            (10**97, amounts.TOO_LONG),
        ):
            assert told(errors.InvalidAmount, "size", amount_text, value, "size") == rule
        assert told(errors.InputTypeError, "size", amount_text, 0.1, "size") == told(
            errors.InputTypeError, "amount", to_quantums, 0.1, 10
        )

    def test_a_channel_without_its_market(self):
        pytest.importorskip("websockets")
        from starkcore.dydx.websocket import Feed

        def subscribe():
            asyncio.run(Feed("http://localhost:9").subscribe("v3_orderbook"))

        told(errors.InvalidInput, "market", subscribe)
