"""The hooks inside the SDKs' own clients, and CCXT: what arrives at a server is signed as the SDK itself hashes it.

The SDKs are in an environment of their own, without their engines: STARKCORE_SDK_PYTHON names its Python.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from new_interpreter import ROOT
from reference import ecdsa
from reference import keys as reference_keys

from starkcore.extended import Market, OrderSigner
from starkcore.keys import PrivateKey

PYTHON = os.environ.get("STARKCORE_SDK_PYTHON")
PROGRAM = Path(__file__).with_name("inside_the_sdks.py")
MODULES = {"paradex": "paradex_py", "extended": "x10", "starknet_py": "starknet_py", "ccxt": "ccxt"}
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        PYTHON is None,
        reason="STARKCORE_SDK_PYTHON names no Python with the venues' SDKs: see .ci/requirements/sdks.in",
    ),
]
D = 0x1234567
PUBLIC = reference_keys.public_key(D)


@pytest.fixture(scope="module")
def inside():
    """What the program found, an SDK a process."""
    found = {}

    def run(name):
        if name not in found:
            there = subprocess.run(
                [PYTHON, "-c", f"import {MODULES[name]}"], capture_output=True, text=True, check=False
            )
            if "ModuleNotFoundError" in there.stderr and MODULES[name] in there.stderr.splitlines()[-1]:
                pytest.skip(f"{MODULES[name]} isn't installed there")
            done = subprocess.run(
                [PYTHON, "-P", "-m", "starkcore.compat", str(PROGRAM), name], capture_output=True, text=True,
                timeout=240, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            found[name] = json.loads(done.stdout.splitlines()[-1])
        return found[name]

    return run


def signed(message_hash, signature, seed):
    """Exactly the reference's signature of RFC 6979."""
    if isinstance(signature, str):
        signature = [int(number) for number in json.loads(signature)]
    return list(signature) == list(ecdsa.sign(message_hash, D, seed))


def test_paradex_orders_over_rest(inside):
    """By `Paradex(signer=…)` and by each call's own; one by one, as a batch, and changed."""
    found = inside("paradex")
    hashes, rest = found["hashes"], found["rest"]
    assert len(rest) == 14
    for half in (rest[:7], rest[7:]):
        single, batch, changed = half[:5], half[5], half[6]
        assert [order["type"] for order in single] == [
            "LIMIT",
            "MARKET",
            "STOP_LIMIT",
            "STOP_MARKET",
            "TAKE_PROFIT_LIMIT",
        ]
        assert batch == single
        for order, message_hash in zip(single, hashes, strict=True):
            assert signed(message_hash, order["signature"], 32)
        assert changed["id"] == "77"
        assert signed(found["modified"], changed["signature"], 32)
    assert len({*hashes, found["modified"]}) == 6


def test_paradex_orders_over_the_websocket(inside):
    found = inside("paradex")
    *single, batch, changed = found["websocket"]
    assert batch == single == found["rest"][:5]
    assert changed == found["rest"][6]


def test_paradex_signs_everything_else_by_an_external_signer(inside):
    external = inside("paradex")["external"]
    assert len(external) == 2
    for message_hash, signature in external:
        assert signed(message_hash, signature, 32)


def test_paradex_signs_block_trades_by_an_external_signer(inside):
    """A block of two markets, whose trades are a Merkle tree, an offer for it, and its execution."""
    blocks = inside("paradex")["blocks"]
    assert len({theirs for theirs, _, _ in blocks}) == 3
    for theirs, ours, signature in blocks:
        assert theirs == ours
        assert signed(theirs, signature, 32)


def test_extended_orders(inside):
    """A trading client places a buy and a sell; the order's id is the hash that the SDK computed."""
    found = inside("extended")
    sides = []
    for request, message_hash in zip(found["placed"], found["hashes"], strict=True):
        order = json.loads(request["body"])
        sides.append(order["side"])
        assert int(order["id"]) == message_hash
        settlement = order["settlement"]
        assert int(settlement["starkKey"], 16) == PUBLIC[0]
        assert signed(message_hash, [int(settlement["signature"][part], 16) for part in "rs"], None)
        assert request["headers"]["X-Api-Key"] == "the api key"
        assert f"{D:x}" not in request["body"]
    assert sides == ["BUY", "SELL"]


def test_an_account_of_starknet_py(inside):
    found = inside("starknet_py")
    for message_hash, signature in [*found["messages"], found["transaction"]]:
        assert signed(message_hash, signature, 32)
    assert found["sent"] == found["transaction"][1]


WAYS = ("ccxt", "ccxt.async_support", "ccxt.pro")


@pytest.mark.parametrize("way", WAYS)
def test_ccxt_at_paradex(inside, way):
    """The order's hash is that of CCXT's own encoding."""
    placed = inside("ccxt")[f"{way} paradex"]
    message_hash, signature = placed["signed"]
    assert placed["id"] == "1"
    assert signed(message_hash, signature, 32)


@pytest.mark.parametrize("way", WAYS)
def test_ccxt_at_extended(inside, way):
    """Its order is that of our own signer, given the same terms: amounts, expiry, fee and hash."""
    placed = inside("ccxt")[f"{way} extended"]
    body, signature = placed["signed"]
    market = Market("BTC-USD", 0x4254432D3600000000000000000000, 10**6, 1, 10**6)
    ours = OrderSigner(PrivateKey(D), 10002).sign_order(
        market=market, side=body["side"], size=body["qty"], price=body["price"], taker_fee=body["fee"],
        builder_fee=body["builderFee"], nonce=int(body["nonce"]), expire_time=-(-body["expiryEpochMillis"] // 1000),
    )  # fmt: skip
    assert signed(ours.hash, signature, 32)
