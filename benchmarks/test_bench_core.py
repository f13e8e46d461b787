"""Every operation of starkcore from Python, as its users call it. Nothing here fails for being slow."""

from __future__ import annotations

from array import array

import pytest
from workload import BATCH, KEY, LIST, POSITION_ID, packed

import starkcore
from starkcore import (
    PrivateKey,
    PublicKey,
    pedersen_hash,
    pedersen_hash_elements,
    pedersen_hash_lists,
    pedersen_hash_many,
    poseidon_hash,
    poseidon_hash_lists,
    poseidon_hash_many,
    poseidon_hash_pairs,
    verify_many,
)
from starkcore.starkex import OrderSigner

NATIVE_CASES = 64  # kCases of native/operations.cpp
WARM_AND_COLD = pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
THREADS = pytest.mark.parametrize("threads", [1, 2])


def singles(values):
    return [(value,) for value in values]


@pytest.fixture(scope="module")
def signed(work):
    """Signatures under many keys: (key, message hash, signature)."""
    keys = [PrivateKey(key) for key in work.keys]
    return [(key, m, key.sign(m)) for key, m in zip(keys, work.hashes, strict=True)]


@pytest.fixture(scope="module")
def signer():
    return OrderSigner(PrivateKey(KEY), position_id=POSITION_ID)


@pytest.mark.operation("call")
@WARM_AND_COLD
def test_call(measure, cold):
    measure(starkcore.engine, [()], cold=cold)


@pytest.mark.operation("pedersen")
@WARM_AND_COLD
def test_pedersen(measure, work, cold):
    measure(pedersen_hash, work.pairs, cold=cold)


@pytest.mark.operation("pedersen_batch")
@THREADS
def test_pedersen_batch(measure, work, threads):
    pairs = work.batch(work.pairs)
    columns = packed([a for a, _ in pairs]), packed([b for _, b in pairs])
    measure(lambda: pedersen_hash_many(*columns, threads=threads), [()], items=BATCH, threads=threads)


@pytest.fixture
def large_tables():
    before = starkcore.tables()
    starkcore.use_tables(9)
    yield
    starkcore.use_tables(before)


@pytest.mark.operation("pedersen_large")
def test_pedersen_large(measure, work, large_tables):
    measure(pedersen_hash, work.pairs)


@pytest.mark.operation("pedersen_large_batch")
@THREADS
def test_pedersen_large_batch(measure, work, large_tables, threads):
    test_pedersen_batch(measure, work, threads)


@pytest.mark.operation("pedersen_batch_ints")
@THREADS
def test_pedersen_batch_ints(measure, work, threads):
    pairs = work.batch(work.pairs)
    measure(lambda: pedersen_hash_many(pairs, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("poseidon")
@WARM_AND_COLD
def test_poseidon(measure, work, cold):
    measure(poseidon_hash, work.pairs, cold=cold)


@pytest.mark.operation("poseidon_batch")
@THREADS
def test_poseidon_batch(measure, work, threads):
    pairs = work.batch(work.pairs)
    columns = packed([a for a, _ in pairs]), packed([b for _, b in pairs])
    measure(lambda: poseidon_hash_pairs(*columns, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("pedersen_elements")
def test_pedersen_elements(measure, work):
    measure(pedersen_hash_elements, singles(work.lists))


@pytest.mark.operation("pedersen_short")
def test_pedersen_short(measure, work):
    measure(pedersen_hash_elements, singles(work.short_lists))


@pytest.mark.operation("pedersen_lists")
@THREADS
def test_pedersen_lists(measure, work, threads):
    data = b"".join(map(packed, work.batch(work.lists)))
    measure(lambda: pedersen_hash_lists(data, LIST, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("poseidon_elements")
def test_poseidon_elements(measure, work):
    measure(poseidon_hash_many, singles(work.lists))


@pytest.mark.operation("poseidon_lists")
@THREADS
def test_poseidon_lists(measure, work, threads):
    data = b"".join(map(packed, work.batch(work.lists)))
    measure(lambda: poseidon_hash_lists(data, LIST, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("public_key")
@WARM_AND_COLD
def test_public_key(measure, work, cold):
    measure(lambda key: PrivateKey(key).public_key, singles(work.keys), cold=cold)


@pytest.mark.operation("sign")
@WARM_AND_COLD
def test_sign(measure, work, cold):
    measure(PrivateKey(KEY).sign, singles(work.hashes), cold=cold)


@pytest.mark.operation("sign_strict")
def test_sign_strict(measure, work):
    starkcore.use_strict(True)
    try:
        measure(PrivateKey(KEY).sign, singles(work.hashes))
    finally:
        starkcore.use_strict(False)


@pytest.mark.operation("sign_batch")
@THREADS
def test_sign_batch(measure, work, threads):
    key, hashes = PrivateKey(KEY), packed(work.batch(work.hashes))
    measure(lambda: key.sign_many(hashes, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("sign_batch_ints")
@THREADS
def test_sign_batch_ints(measure, work, threads):
    key, hashes = PrivateKey(KEY), work.batch(work.hashes)
    measure(lambda: key.sign_many(hashes, threads=threads), [()], items=BATCH, threads=threads)


def verify(key, message_hash, signature):
    return key.verify(message_hash, signature)


@pytest.mark.operation("verify_x")
@WARM_AND_COLD
def test_verify_x(measure, signed, cold):
    cases = [(PublicKey.from_x(key.public_key.x), m, signature) for key, m, signature in signed]
    assert all(verify(*case) for case in cases)
    measure(verify, cases, cold=cold)


@pytest.mark.operation("verify")
@WARM_AND_COLD
def test_verify(measure, signed, cold):
    cases = [(key.public_key, m, signature) for key, m, signature in signed]
    assert all(verify(*case) for case in cases)
    measure(verify, cases, cold=cold)


@pytest.mark.operation("verify_prepared")
@WARM_AND_COLD
def test_verify_prepared(measure, work, cold):
    key = PrivateKey(KEY)
    cases = [(m, key.sign(m)) for m in work.hashes]
    prepared = key.public_key.prepare()
    assert all(prepared.verify(*case) for case in cases)
    measure(prepared.verify, cases, cold=cold)


@pytest.mark.operation("prepare")
def test_prepare(measure, signed):
    measure(PublicKey.prepare, [(key.public_key,) for key, _, _ in signed])


def verify_batch(measure, work, signed, threads, size):
    """Over buffers; size: 32 for keys by x alone, 64 for keys in full."""
    items = work.batch(signed)
    keys = b"".join(key.public_key.to_bytes()[:size] for key, _, _ in items)
    hashes = packed([m for _, m, _ in items])
    signatures = b"".join(signature.to_bytes() for _, _, signature in items)
    assert all(verify_many(keys, hashes, signatures))
    measure(lambda: verify_many(keys, hashes, signatures, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("verify_batch_x")
@THREADS
def test_verify_batch_x(measure, work, signed, threads):
    verify_batch(measure, work, signed, threads, 32)


@pytest.mark.operation("verify_batch")
@THREADS
def test_verify_batch(measure, work, signed, threads):
    verify_batch(measure, work, signed, threads, 64)


@pytest.mark.operation("order")
@WARM_AND_COLD
def test_order(measure, work, signer, cold):
    measure(lambda order: signer.sign_order(**order).signature.to_hex(), singles(work.orders), cold=cold)


@pytest.mark.operation("order_call")
def test_order_call(measure, work, signer):
    """The call alone, in a loop over as many orders as the native measurement has."""
    orders, sign_order = work.orders[:NATIVE_CASES], signer.sign_order

    def sign_all():
        for order in orders:
            sign_order(**order)

    measure(sign_all, [()], items=NATIVE_CASES)


@pytest.mark.operation("order_batch")
@THREADS
def test_order_batch(measure, work, signer, threads):
    orders = work.batch(work.orders)

    def run():
        return [signed.signature.to_hex() for signed in signer.sign_orders(orders, threads=threads)]

    measure(run, [()], items=BATCH, threads=threads)


@pytest.mark.operation("order_columns")
@THREADS
def test_order_columns(measure, signer, threads):
    columns = {
        "markets": ["BTC-USD", "ETH-USD"],
        "size_decimals": 4,
        "price_decimals": 1,
        "market": array("B", [i % 2 for i in range(BATCH)]),
        "side": array("B", [i // 2 % 2 for i in range(BATCH)]),
        "size": array("Q", [10_000 + i for i in range(BATCH)]),
        "price": array("Q", [200_000 + 7 * i for i in range(BATCH)]),
        "nonce": array("I", range(BATCH)),
        "limit_fee": 1500,
        "expiration": 4_070_908_800,
    }
    assert signer.sign_columns(**columns).all_signed
    measure(lambda: signer.sign_columns(**columns, threads=threads), [()], items=BATCH, threads=threads)


@pytest.mark.operation("key_from_eth_signature")
def test_key_from_eth_signature(measure, work):
    measure(lambda text: PrivateKey.from_eth_signature(text).public_key.x, singles(work.eth_signatures))


@pytest.mark.operation("import")
@pytest.mark.parametrize("module", ["starkcore", "starkcore.starkex"])
def test_import(measure_import, module):
    measure_import(module, who="starkcore", form=module)
