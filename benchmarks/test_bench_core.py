"""Every operation of starkcore from Python, as its users call it. Nothing here fails for being slow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from workload import BATCH, KEY, POSITION_ID, packed

import starkcore
from starkcore import PrivateKey, PublicKey, pedersen_hash, pedersen_hash_many, verify_many
from starkcore.starkex import OrderSigner

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


@pytest.fixture
def split():
    """split(function, parts): a function without arguments that runs function(*part) for each part in its thread."""
    pools = []

    def make(function, parts):
        if len(parts) == 1:
            return lambda: function(*parts[0])
        pool = ThreadPoolExecutor(len(parts))
        pools.append(pool)
        return lambda: [future.result() for future in [pool.submit(function, *part) for part in parts]]

    yield make
    for pool in pools:
        pool.shutdown()


def slices(threads, *columns, width=1):
    """The columns cut for so many threads; width: elements of a column that make an item."""
    size = BATCH // threads * width
    return [tuple(column[i * size : (i + 1) * size] for column in columns) for i in range(threads)]


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
def test_pedersen_batch(measure, work, split, threads):
    pairs = work.batch(work.pairs)
    columns = packed([a for a, _ in pairs]), packed([b for _, b in pairs])
    run = split(pedersen_hash_many, slices(threads, *columns, width=32))
    measure(run, [()], items=BATCH, threads=threads)


@pytest.mark.operation("pedersen_batch_ints")
@THREADS
def test_pedersen_batch_ints(measure, work, split, threads):
    run = split(pedersen_hash_many, slices(threads, work.batch(work.pairs)))
    measure(run, [()], items=BATCH, threads=threads)


@pytest.mark.operation("public_key")
@WARM_AND_COLD
def test_public_key(measure, work, cold):
    measure(lambda key: PrivateKey(key).public_key, singles(work.keys), cold=cold)


@pytest.mark.operation("sign")
@WARM_AND_COLD
def test_sign(measure, work, cold):
    measure(PrivateKey(KEY).sign, singles(work.hashes), cold=cold)


@pytest.mark.operation("sign_batch")
@THREADS
def test_sign_batch(measure, work, split, threads):
    run = split(PrivateKey(KEY).sign_many, slices(threads, packed(work.batch(work.hashes)), width=32))
    measure(run, [()], items=BATCH, threads=threads)


@pytest.mark.operation("sign_batch_ints")
@THREADS
def test_sign_batch_ints(measure, work, split, threads):
    run = split(PrivateKey(KEY).sign_many, slices(threads, work.batch(work.hashes)))
    measure(run, [()], items=BATCH, threads=threads)


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


def verify_batch(measure, work, split, signed, threads, public_key):
    items = work.batch([(public_key(key), m, signature) for key, m, signature in signed])
    run = split(verify_many, slices(threads, *zip(*items, strict=True)))
    measure(run, [()], items=BATCH, threads=threads)


@pytest.mark.operation("verify_batch_x")
@THREADS
def test_verify_batch_x(measure, work, split, signed, threads):
    verify_batch(measure, work, split, signed, threads, lambda key: PublicKey.from_x(key.public_key.x))


@pytest.mark.operation("verify_batch")
@THREADS
def test_verify_batch(measure, work, split, signed, threads):
    verify_batch(measure, work, split, signed, threads, lambda key: key.public_key)


@pytest.mark.operation("order")
@WARM_AND_COLD
def test_order(measure, work, signer, cold):
    measure(lambda order: signer.sign_order(**order).signature.to_hex(), singles(work.orders), cold=cold)


@pytest.mark.operation("order_batch")
@THREADS
def test_order_batch(measure, work, signer, split, threads):
    def run(orders):
        return [signed.signature.to_hex() for signed in signer.sign_orders(orders)]

    measure(split(run, slices(threads, work.batch(work.orders))), [()], items=BATCH, threads=threads)


@pytest.mark.operation("key_from_eth_signature")
def test_key_from_eth_signature(measure, work):
    measure(lambda text: PrivateKey.from_eth_signature(text).public_key.x, singles(work.eth_signatures))


@pytest.mark.operation("import")
@pytest.mark.parametrize("module", ["starkcore", "starkcore.starkex"])
def test_import(measure_import, module):
    measure_import(module, who="starkcore", form=module)
