"""Whole orders of Paradex and Extended from Python. Nothing here fails for being slow."""

from __future__ import annotations

from array import array

import pytest
from workload import BATCH, KEY

from starkcore import PrivateKey, extended, paradex

THREADS = pytest.mark.parametrize("threads", [1, 2])
TIMESTAMP = 1_700_000_000_000
MARKET = extended.Market(
    "BTC-USD", synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=10**6,
    collateral_id=0x31857064564ED0FF978E687456963CBA09C2C6985D8F9300A1DE4962FAFA054, collateral_resolution=10**6,
)  # fmt: skip


@pytest.fixture(scope="module")
def of_paradex():
    return paradex.OrderSigner(
        PrivateKey(KEY), account=0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
    )


@pytest.fixture(scope="module")
def of_extended():
    return extended.OrderSigner(PrivateKey(KEY), vault=10002)


def paradex_orders():
    return [
        {"market": ("BTC-USD-PERP", "ETH-USD-PERP")[i % 2], "side": ("BUY", "SELL")[i // 2 % 2], "order_type": "LIMIT",
         "size": f"{i + 1}.125", "price": f"{60_000 + i}.5", "timestamp": TIMESTAMP + i}
        for i in range(BATCH)
    ]  # fmt: skip


def extended_orders():
    return [
        {"market": MARKET, "side": ("BUY", "SELL")[i % 2], "size": f"0.{i + 1001}", "price": f"{43_000 + i}.1168",
         "taker_fee": "0.0005", "expire_time": 1_800_000_000, "nonce": i + 1}
        for i in range(BATCH)
    ]  # fmt: skip


@pytest.mark.operation("paradex_order")
def test_paradex_order(measure, of_paradex):
    measure(lambda order: of_paradex.sign_order(**order), [(order,) for order in paradex_orders()])


@pytest.mark.operation("paradex_order_batch")
@THREADS
def test_paradex_order_batch(measure, of_paradex, threads):
    orders = paradex_orders()
    measure(lambda: of_paradex.sign_orders(orders, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("paradex_order_columns")
@THREADS
def test_paradex_order_columns(measure, of_paradex, threads):
    columns = {
        "markets": ["BTC-USD-PERP", "ETH-USD-PERP"],
        "order_types": ["LIMIT"],
        "size_decimals": 3,
        "price_decimals": 1,
        "market": array("B", [i % 2 for i in range(BATCH)]),
        "side": array("B", [i // 2 % 2 for i in range(BATCH)]),
        "order_type": 0,
        "size": array("Q", [1125 + i for i in range(BATCH)]),
        "price": array("Q", [600_005 + i for i in range(BATCH)]),
        "timestamp": TIMESTAMP,
    }
    assert of_paradex.sign_columns(**columns).all_signed
    measure(lambda: of_paradex.sign_columns(**columns, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("extended_order")
def test_extended_order(measure, of_extended):
    measure(lambda order: of_extended.sign_order(**order), [(order,) for order in extended_orders()])


@pytest.mark.operation("extended_order_batch")
@THREADS
def test_extended_order_batch(measure, of_extended, threads):
    orders = extended_orders()
    measure(lambda: of_extended.sign_orders(orders, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("extended_order_columns")
@THREADS
def test_extended_order_columns(measure, of_extended, threads):
    columns = {
        "market": MARKET,
        "size_decimals": 3,
        "price_decimals": 2,
        "side": array("B", [i % 2 for i in range(BATCH)]),
        "size": array("Q", [1 + i for i in range(BATCH)]),
        "price": array("Q", [4_344_511 + i for i in range(BATCH)]),
        "taker_fee": 500,
        "expire_time": 1_800_000_000,
        "nonce": array("I", range(1, BATCH + 1)),
    }
    assert of_extended.sign_columns(**columns).all_signed
    measure(lambda: of_extended.sign_columns(**columns, threads=threads), [()], items=BATCH, threads=threads)
