"""Messages, amounts and whole orders against every vector: published, constructed, and recorded from others.

Where each value comes from is said in the `provenance` of its file and in its `source` or `why`.
"""

import itertools

import pytest
from vectors import layout

import starkcore
from starkcore import PrivateKey, errors
from starkcore.starkex import (
    DYDX,
    ConditionalTransfer,
    Order,
    OrderSigner,
    Transfer,
    Withdrawal,
    WithdrawalToAddress,
    fact_to_condition,
    to_quantums,
    transfer_erc20_fact,
)

PUBLISHED = layout.read("published.json")
CONSTRUCTED = layout.read("constructed.json")
CAIRO = layout.read("cairo_lang.json")
DYDX3 = layout.read("dydx3.json")

KINDS = {
    "limit_order": Order,
    "transfer": Transfer,
    "conditional_transfer": ConditionalTransfer,
    "withdrawal": Withdrawal,
    "withdrawal_to_address": WithdrawalToAddress,
}

# StarkWare's names for the fields, and ours.
COMMON = {"expiration": "expiration_hours", "max_amount_fee": "quantums_max_fee", "amount": "quantums_amount"}
FIELDS = {
    "limit_order": COMMON
    | {
        "asset_id_synthetic": "synthetic_id",
        "asset_id_collateral": "collateral_id",
        "asset_id_fee": "fee_asset_id",
        "amount_synthetic": "quantums_synthetic",
        "amount_collateral": "quantums_collateral",
        "max_amount_fee": "quantums_fee",
    },
    "withdrawal": COMMON | {"asset_id_collateral": "collateral_id"},
    "withdrawal_to_address": COMMON | {"asset_id_collateral": "collateral_id"},
}
TRANSFER = COMMON | {
    "asset_id_fee": "fee_asset_id",
    "receiver_public_key": "receiver_key",
    "src_fee_position_id": "fee_position_id",
}


@pytest.fixture(params=itertools.product(starkcore.engines(), ["blinded", "strict"]), ids="-".join, autouse=True)
def engine(request):
    """Each test once with every engine that this CPU can run, in either mode."""
    name, mode = request.param
    before = starkcore.engine(), starkcore.strict()
    starkcore.use_engine(name)
    starkcore.use_strict(mode == "strict")
    yield name
    starkcore.use_engine(before[0])
    starkcore.use_strict(before[1])


def our_name(kind, name):
    return FIELDS.get(kind, TRANSFER).get(name, name)


def value_of(kind, name, value):
    if name == "eth_address":
        return "0x" + value[2:].rjust(40, "0")
    return int(value, 16) if isinstance(value, str) else value


def message_of(entry):
    kind = entry["kind"]
    fields = {
        our_name(kind, name): value_of(kind, name, value)
        for name, value in entry.items()
        if name not in ("kind", "hash", "why", "source", "refused")
    }
    return KINDS[kind](**fields)


def test_messages():
    entries = [
        entry for file in (PUBLISHED, CONSTRUCTED, CAIRO) for entry in file["messages"] if "refused" not in entry
    ]
    assert len(entries) > 150
    assert {entry["kind"] for entry in entries} == set(KINDS)
    for entry in entries:
        assert message_of(entry).hash() == int(entry["hash"], 16), entry


def test_messages_refused():
    entries = [entry for entry in CONSTRUCTED["messages"] if "refused" in entry]
    assert len(entries) > 20
    for entry in entries:
        with pytest.raises(errors.StarkcoreError) as caught:
            message_of(entry).hash()
        assert caught.value.field == our_name(entry["kind"], entry["refused"]), entry


def test_amounts():
    for entry in CONSTRUCTED["amounts"]:
        if entry["quantums"] is None:
            with pytest.raises(errors.InvalidAmount):
                to_quantums(entry["amount"], entry["resolution"])
        else:
            assert to_quantums(entry["amount"], entry["resolution"]) == entry["quantums"], entry


def signer_of(entry):
    key = PrivateKey(entry["d"])
    position = entry.get("position_id", entry.get("sender_position_id"))
    return OrderSigner(key, network=entry["network"], position_id=position, check_expiration=False)


def order_of(entry):
    names = ("market", "side", "size", "price", "limit_fee", "client_id", "expiration")
    return {name: entry[name] for name in names}


def check_signed(signed, entry):
    assert signed.hash == int(entry.get("hash", hex(signed.hash)), 16), entry  # dydx3 publishes some signatures alone
    assert signed.signature.to_hex() == entry["signature"], entry
    for name in ("nonce", "expiration_hours", "quantums_synthetic", "quantums_collateral", "quantums_fee"):
        if name in entry:
            assert getattr(signed, name) == entry[name], entry


def test_orders():
    entries = DYDX3["orders"] + [entry for entry in PUBLISHED["orders"] if "signature" in entry]
    assert len(entries) > 300
    for entry in entries:
        signer = signer_of(entry)
        check_signed(signer.sign_order(**order_of(entry)), entry)
        (batched,) = signer.sign_orders([order_of(entry)])
        check_signed(batched, entry)
        message = Order.from_human(**order_of(entry), network=entry["network"], position_id=entry["position_id"])
        assert message.hash() == int(entry["hash"], 16)


def test_orders_of_which_one_quantity_is_published():
    for entry in PUBLISHED["orders"]:
        message = Order.from_human(**order_of(entry), network=entry["network"], position_id=entry["position_id"])
        for name in ("quantums_fee", "expiration_hours"):
            assert getattr(message, name) == entry.get(name, getattr(message, name))
    assert {name for entry in PUBLISHED["orders"] for name in entry} >= {"quantums_fee", "expiration_hours"}


def test_amounts_of_orders():
    """What dydx3 refuses, or gives a number for that no message can hold, is refused here too.

    So is a fee of 1 or more.
    """
    outcomes = {"right": 0, "refused": 0}
    for entry in DYDX3["amounts"]:
        theirs = entry.get("quantums")
        try:
            message = Order.from_human(
                **{name: entry[name] for name in ("market", "side", "size", "price", "limit_fee")},
                expiration=1700000000,
                position_id=1,
                nonce=1,
            )
        except errors.InvalidAmount:
            outcomes["refused"] += 1
            strict = any(not c.isascii() or c in "_ \t\n" for c in entry["size"] + entry["price"] + entry["limit_fee"])
            out_of_range = theirs is None or min(theirs) < 0 or max(theirs) >= 2**64 or theirs[0] == 0
            assert strict or out_of_range or float(entry["price"]) <= 0 or float(entry["limit_fee"]) >= 1, entry
        else:
            outcomes["right"] += 1
            assert float(entry["limit_fee"]) < 1
            ours = [message.quantums_synthetic, message.quantums_collateral, message.quantums_fee]
            assert ours == theirs, entry
    assert min(outcomes.values()) > 30


def test_transfers():
    for entry in DYDX3["transfers"] + PUBLISHED["transfers"]:
        signed = signer_of(entry).sign_transfer(
            receiver_position_id=entry["receiver_position_id"],
            receiver_key=entry["receiver_public_key"],
            amount=entry["amount"],
            client_id=entry["client_id"],
            expiration=entry["expiration"],
        )
        check_signed(signed, entry)


def test_conditional_transfers():
    for entry in DYDX3["conditional_transfers"] + PUBLISHED["conditional_transfers"]:
        condition = int(entry["condition"], 16) if "condition" in entry else None
        if "fact_registry" in entry:
            computed = fact_to_condition(entry["fact_registry"], entry["fact"])
            assert condition in (None, computed)
            condition = computed
        signed = signer_of(entry).sign_conditional_transfer(
            receiver_position_id=entry["receiver_position_id"],
            receiver_key=entry["receiver_public_key"],
            condition=condition,
            amount=entry["amount"],
            client_id=entry["client_id"],
            expiration=entry["expiration"],
        )
        check_signed(signed, entry)


def test_withdrawals():
    for entry in DYDX3["withdrawals"] + PUBLISHED["withdrawals"]:
        signed = signer_of(entry).sign_withdrawal(
            amount=entry["amount"], client_id=entry["client_id"], expiration=entry["expiration"]
        )
        check_signed(signed, entry)


def test_facts_and_conditions():
    for entry in DYDX3["facts"] + PUBLISHED["facts"]:
        fact = transfer_erc20_fact(
            recipient=entry["recipient"],
            token_decimals=entry["token_decimals"],
            amount=entry["amount"],
            token_address=entry["token"],
            salt=int(entry["salt"], 16),
        )
        assert fact.hex() == entry["fact"], entry
    for entry in PUBLISHED["conditions"]:
        assert fact_to_condition(entry["fact_registry"], entry["fact"]) == int(entry["condition"], 16)


def test_nonces():
    for entry in DYDX3["nonces"] + PUBLISHED["nonces"]:
        assert DYDX.nonce(entry["client_id"]) == entry["nonce"], entry
