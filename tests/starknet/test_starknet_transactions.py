"""Addresses, selectors, short strings and transaction hashes against values of starknet.py and starknet.js.

Their source is in tests/vectors/starknet.json.
"""

import pytest
from vectors import layout

from starkcore import PrivateKey
from starkcore.errors import InputTypeError, InvalidInput
from starkcore.starknet import (
    StarknetSigner,
    contract_address,
    declare_hash_v3,
    deploy_account_hash_v3,
    invoke_hash_v1,
    invoke_hash_v3,
    selector,
    short_string,
    starknet_keccak,
)

VECTORS = layout.read("starknet.json")
P = 2**251 + 17 * 2**192 + 1
RESOURCES = ("l1_gas", "l2_gas", "l1_data_gas")


def number(text):
    return int(text, 16)


def common(row):
    """The parameters that all kinds of transaction have."""
    bounds = row["bounds(l1_gas,l2_gas,l1_data_gas: amount,price)"]
    pairs = {name: (number(most), number(price)) for name, (most, price) in zip(RESOURCES, bounds, strict=True)}
    return {
        "chain_id": row["chain_id"],
        "nonce": row["nonce"],
        "resource_bounds": pairs,
        "tip": number(row["tip"]),
        "paymaster_data": row["paymaster_data"],
        "nonce_data_availability_mode": row["nonce_da"],
        "fee_data_availability_mode": row["fee_da"],
        "query": number(row["version"]) > 3,
    }


def own(row):
    """The function of a kind, and the parameters that it alone has."""
    if row["kind"] == "deploy_account":
        names = {"contract_address": "address", "class_hash": "class_hash", "salt": "salt"}
        calldata = {"constructor_calldata": row["constructor_calldata"]}
        return deploy_account_hash_v3, {ours: row[name] for ours, name in names.items()} | calldata
    names = ["account_deployment_data"]
    names += ["calldata", "proof_facts"] if row["kind"] == "invoke" else ["class_hash", "compiled_class_hash"]
    function = invoke_hash_v3 if row["kind"] == "invoke" else declare_hash_v3
    return function, {"sender_address": row["address"]} | {name: row[name] for name in names}


@pytest.mark.parametrize("row", VECTORS["v3"], ids=lambda row: row["kind"])
def test_transactions(row):
    function, parameters = own(row)
    assert function(**parameters, **common(row)) == number(row["hash"])


def test_every_part_of_a_transaction_is_in_its_hash():
    changes = {
        "nonce": 1, "tip": 1, "chain_id": 1, "paymaster_data": [1], "nonce_data_availability_mode": "L2",
        "fee_data_availability_mode": "L2", "query": True, "calldata": [1], "sender_address": 1, "salt": 1,
        "account_deployment_data": [1], "proof_facts": [1], "class_hash": 1, "compiled_class_hash": 1,
        "constructor_calldata": [1], "contract_address": 1,
        "resource_bounds": {"l1_data_gas": {"max_amount": 1, "max_price_per_unit": 0}},
    }  # fmt: skip
    for row in VECTORS["v3"]:
        function, parameters = own(row)
        zeros = {name: [] if isinstance(value, (list, type(None))) else 0 for name, value in parameters.items()}
        zeros |= {"chain_id": 0, "nonce": 0, "resource_bounds": {}}
        base = function(**zeros)
        shared = set(common(row))
        for name in set(parameters) | shared:
            assert function(**zeros | {name: changes[name]}) != base, name


def test_a_deployed_accounts_address_follows_from_its_parts():
    parts = {"class_hash": 5, "salt": 6, "constructor_calldata": [7], "chain_id": 8, "nonce": 9, "resource_bounds": {}}
    address = contract_address(class_hash=5, salt=6, calldata=[7])
    assert deploy_account_hash_v3(**parts) == deploy_account_hash_v3(**parts, contract_address=address)


@pytest.mark.parametrize("row", VECTORS["address"])
def test_addresses(row):
    names = ("class_hash", "salt", "deployer", "calldata")
    assert contract_address(**{name: row[name] for name in names}) == number(row["address"])


def test_strings():
    for text, value in VECTORS["shortstring"]:
        assert short_string(text) == number(value)
    for name, value in VECTORS["selector"]:
        assert selector(name) == number(value)
    assert starknet_keccak(b"transfer") == starknet_keccak("transfer") == selector("transfer")
    assert selector("__l1_default__") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nonce": -1}, "nonce"), ({"nonce": P}, "nonce"), ({"nonce": True}, "nonce"), ({"nonce": "5"}, "nonce"),
        ({"tip": 2**64}, "tip"), ({"tip": 1.0}, "tip"), ({"chain_id": "SN_MAIN"}, "chain_id"),
        ({"sender_address": None}, "sender_address"), ({"calldata": [1, P]}, "calldata[1]"),
        ({"calldata": 5}, "calldata"), ({"calldata": "0x1"}, "calldata"), ({"query": 1}, "query"),
        ({"nonce_data_availability_mode": 2}, "nonce_data_availability_mode"),
        ({"fee_data_availability_mode": "L3"}, "fee_data_availability_mode"),
        ({"resource_bounds": []}, "resource_bounds"), ({"resource_bounds": {"gas": (1, 1)}}, "resource_bounds"),
        ({"resource_bounds": {"l1_gas": (2**64, 0)}}, "resource_bounds['l1_gas'].max_amount"),
        ({"resource_bounds": {"l1_gas": (0, 2**128)}}, "resource_bounds['l1_gas'].max_price_per_unit"),
        ({"resource_bounds": {"l1_gas": 5}}, "resource_bounds['l1_gas']"),
        ({"resource_bounds": {"l1_gas": {"max_amount": 1}}}, "resource_bounds['l1_gas']"),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(change, field):
    good = {"sender_address": 1, "calldata": [], "chain_id": 2, "nonce": 3, "resource_bounds": {}}
    invoke_hash_v3(**good)
    with pytest.raises((InvalidInput, InputTypeError)) as caught:
        invoke_hash_v3(**good | change)
    assert caught.value.field == field


def test_texts_that_are_no_short_string_or_name():
    for text in ("a" * 32, "ä", "\ud800"):
        with pytest.raises(InvalidInput, match="text"):
            short_string(text)
    with pytest.raises(InvalidInput, match="name"):
        selector("\ud800")
    with pytest.raises(InputTypeError, match="text"):
        short_string(b"a")


def test_the_signer():
    signer = StarknetSigner(PrivateKey(5))
    assert signer.public_key == PrivateKey(5).public_key.x
    assert signer.sign_hash(7) == PrivateKey(5).sign(7, 32)
    assert StarknetSigner(PrivateKey(5), seed=None).sign_hash(7) == PrivateKey(5).sign(7)
    assert repr(signer) == f"StarknetSigner(public_key={signer.public_key:#x})"
    with pytest.raises(InputTypeError, match="key"):
        StarknetSigner(5)
    with pytest.raises(InputTypeError, match="seed"):
        StarknetSigner(PrivateKey(5), seed="a")


@pytest.mark.parametrize("row", VECTORS["v1"])
def test_invoke_transactions_of_version_1(row):
    own = {"sender_address": row["sender"], "chain_id": row["chain_id"], "nonce": row["nonce"]}
    own |= {"calldata": row["calldata"], "max_fee": number(row["max_fee"])}
    assert row["version"] in (1, (1 << 128) + 1)
    assert invoke_hash_v1(**own, query=row["version"] != 1) == number(row["hash"])
    assert invoke_hash_v1(**own, query=row["version"] == 1) != number(row["hash"])
    for name, bad in (("max_fee", 1 << 128), ("max_fee", -1), ("nonce", P), ("calldata", "0x1"), ("query", 1)):
        with pytest.raises((InvalidInput, InputTypeError), match=f"^{name}"):
            invoke_hash_v1(**own | {name: bad})
