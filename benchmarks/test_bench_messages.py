"""Whole orders of Paradex and Extended, and typed data, from Python. Nothing here fails for being slow."""

from __future__ import annotations

from array import array

import pytest
from venues import (
    EXPIRE_TIME,
    MARKET,
    TIMESTAMP,
    extended_orders,
    extended_signer,
    paradex_orders,
    paradex_signer,
    typed_messages,
    typed_order,
)
from workload import BATCH, KEY

from starkcore import PrivateKey
from starkcore.starknet import StarknetSigner

THREADS = pytest.mark.parametrize("threads", [1, 2])


@pytest.fixture(scope="module")
def of_paradex():
    return paradex_signer()


@pytest.fixture(scope="module")
def of_extended():
    return extended_signer()


@pytest.mark.operation("paradex_order")
def test_paradex_order(measure, of_paradex):
    measure(lambda order: of_paradex.sign_order(**order), [(order,) for order in paradex_orders(BATCH)])


@pytest.mark.operation("paradex_order_batch")
@THREADS
def test_paradex_order_batch(measure, of_paradex, threads):
    orders = paradex_orders(BATCH)
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
    measure(lambda order: of_extended.sign_order(**order), [(order,) for order in extended_orders(BATCH)])


@pytest.mark.operation("extended_order_batch")
@THREADS
def test_extended_order_batch(measure, of_extended, threads):
    orders = extended_orders(BATCH)
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
        "expire_time": EXPIRE_TIME,
        "nonce": array("I", range(1, BATCH + 1)),
    }
    assert of_extended.sign_columns(**columns).all_signed
    measure(lambda: of_extended.sign_columns(**columns, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.parametrize(
    "revision", [pytest.param(revision, marks=pytest.mark.operation(f"typed_data_{revision}")) for revision in (0, 1)]
)
def test_typed_data(measure, revision):
    data, signer, account = typed_order(revision), StarknetSigner(PrivateKey(KEY)), 0xCD2A3D9F938E13CD947EC05ABC7FE734
    measure(
        lambda message: signer.sign(data.with_message(message), account),
        [(message,) for message in typed_messages(BATCH)],
    )
