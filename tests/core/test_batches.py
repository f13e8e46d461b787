"""Batches: beside other work, as the interpreter's lock is let go; heard by Ctrl-C; and shared by threads."""

import gc
import os
import random
import signal
import threading
import time

import pytest

import starkcore
from starkcore import (
    PrivateKey,
    PublicKey,
    errors,
    pedersen_hash_lists,
    pedersen_hash_many,
    poseidon_hash_lists,
    poseidon_hash_many,
    poseidon_hash_pairs,
    verify_many,
)
from starkcore.starkex import OrderSigner

KEY = PrivateKey(0x1234567)
PUBLIC, SIGNATURE = KEY.public_key, KEY.sign(5)
ORDER = {
    "market": "BTC-USD", "side": "BUY", "size": "0.5", "price": "30000", "limit_fee": "0.001", "expiration": 4102444800,
    "client_id": "x",
}  # fmt: skip
SIGNER = OrderSigner(KEY, position_id=1)
POINT, PAIR, HASH = PUBLIC.to_bytes(), SIGNATURE.to_bytes(), (5).to_bytes(32, "big")
PREPARED = PUBLIC.prepare()


def sign_columns(count, threads):
    return SIGNER.sign_columns(
        markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=1, size=500, price=30_000,
        limit_fee=1000, nonce=bytes(count), expiration=4102444800, threads=threads,
    )  # fmt: skip


# Each on so many items, in so many threads.
BATCHES = {
    "sign_many": lambda count, threads: KEY.sign_many(bytes(32 * count), threads=threads),
    "sign_many of ints": lambda count, threads: KEY.sign_many([5] * count, threads=threads),
    "pedersen_hash_many": lambda count, threads: pedersen_hash_many(
        bytes(32 * count), bytes(32 * count), threads=threads
    ),
    "pedersen_hash_many of pairs": lambda count, threads: pedersen_hash_many([(1, 2)] * count, threads=threads),
    "pedersen_hash_lists": lambda count, threads: pedersen_hash_lists(bytes(32 * count), 1, threads=threads),
    "poseidon_hash_pairs": lambda count, threads: poseidon_hash_pairs(
        bytes(32 * count), bytes(32 * count), threads=threads
    ),
    "poseidon_hash_lists": lambda count, threads: poseidon_hash_lists([[1]] * count, threads=threads),
    "poseidon_hash_many": lambda count, _: poseidon_hash_many(bytes(32 * count)),
    "verify_many": lambda count, threads: verify_many(
        [PUBLIC] * count, [5] * count, [SIGNATURE] * count, threads=threads
    ),
    "verify_many of buffers": lambda count, threads: verify_many(
        POINT * count, HASH * count, PAIR * count, threads=threads
    ),
    "prepared verify_many": lambda count, threads: PREPARED.verify_many(HASH * count, PAIR * count, threads=threads),
    "sign_orders": lambda count, threads: SIGNER.sign_orders([ORDER] * count, threads=threads),
    "sign_columns": sign_columns,
}


# How many take seconds in any engine and with any number of threads.
SECONDS = {name: 300_000 if "verify" in name else 3_000_000 for name in BATCHES}


@pytest.mark.skipif(os.name != "posix", reason="a signal is raised as POSIX does")
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", BATCHES)
def test_ctrl_c_is_heard(name, threads):
    sent = []

    def interrupt():
        time.sleep(0.3)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    gc.disable()  # an interrupt that falls into a callback of the collector is lost
    sender.start()
    try:
        BATCHES[name](SECONDS[name], threads)
        pytest.fail("the batch was done before the signal: it measures nothing")
    except KeyboardInterrupt:
        heard = time.monotonic()
    finally:
        gc.enable()
    sender.join()
    # A tenth of a second, and what a busy machine may add.
    assert heard - sent[0] < 0.1 + 0.4


@pytest.mark.parametrize("name", BATCHES)
def test_other_threads_run_meanwhile(name):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    before = time.monotonic()
    BATCHES[name](20_000, 1)
    took = time.monotonic() - before
    stop.set()
    ticker.join()
    assert len(ticks) > took / 0.2


def random_items(count):
    chance = random.Random(count)
    keys = [PrivateKey(chance.randrange(1, 1 << 250)) for _ in range(7)]
    hashes = [chance.randrange(1 << 251) for _ in range(count)]
    signatures = [keys[i % 7].sign(m) for i, m in enumerate(hashes)]
    signatures[count // 2] = signatures[0]
    return [keys[i % 7].public_key for i in range(count)], hashes, signatures


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 63, 65, 700])
def test_threads_give_the_same_answers(count, threads):
    points, hashes, signatures = random_items(count)
    packed = b"".join(m.to_bytes(32, "big") for m in hashes)
    pairs = b"".join(signature.to_bytes() for signature in signatures)
    singly = [point.verify(m, s) for point, m, s in zip(points, hashes, signatures, strict=True)]
    assert verify_many(points, hashes, signatures, threads=threads) == singly
    in_full = b"".join(point.to_bytes() for point in points)
    assert verify_many(in_full, packed, pairs, threads=threads) == bytes(singly)
    by_x = b"".join(point.to_bytes()[:32] for point in points)
    assert verify_many(bytearray(by_x), packed, memoryview(pairs), threads=threads) == bytes(singly)

    first = PublicKey.from_x(points[0].x).prepare(), points[0].prepare()
    under_first = bytes(points[0].verify(m, s) for m, s in zip(hashes, signatures, strict=True))
    for prepared in first:
        assert prepared.verify_many(packed, pairs, threads=threads) == under_first

    key = PrivateKey(99)
    assert key.sign_many(packed, threads=threads) == b"".join(key.sign(m).to_bytes() for m in hashes)
    assert key.sign_many(hashes, threads=threads) == [key.sign(m) for m in hashes]
    both = [starkcore.pedersen_hash(m, m) for m in hashes]
    assert pedersen_hash_many(list(zip(hashes, hashes, strict=True)), threads=threads) == both
    assert pedersen_hash_many(packed, packed, threads=threads) == b"".join(h.to_bytes(32, "big") for h in both)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_first_bad_item_is_named(threads):
    """However many are bad, and whichever thread meets one first."""
    count, bad = 5000, (611, 612, 2000, 4999)
    hashes = bytearray(HASH * count)
    for i in bad:
        hashes[32 * i] = 0xFF
    calls = {
        "message_hash": [
            lambda: KEY.sign_many(hashes, threads=threads),
            lambda: verify_many(POINT * count, hashes, PAIR * count, threads=threads),
            lambda: PREPARED.verify_many(hashes, PAIR * count, threads=threads),
        ],
        "b": [lambda: pedersen_hash_many(HASH * count, hashes, threads=threads)],
    }
    for field, attempts in calls.items():
        for attempt in attempts:
            with pytest.raises(errors.InvalidInput) as caught:
                attempt()
            assert (caught.value.field, caught.value.index) == (field, 611)
    points = bytearray(POINT * count)
    points[64 * 611 + 63] ^= 1
    with pytest.raises(errors.InvalidPublicKey) as caught:
        verify_many(points, HASH * count, PAIR * count, threads=threads)
    assert caught.value.index == 611


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((POINT, HASH[1:], PAIR), "message_hashes"),
        ((POINT, HASH, PAIR + b"0"), "signatures"),
        ((POINT + b"0", HASH, PAIR), "public_keys"),
        ((POINT, 5, PAIR), "message_hashes"),
        ((POINT, [5], PAIR), "message_hashes"),
        ((POINT, HASH, [SIGNATURE]), "signatures"),
    ],
)
def test_buffers_that_do_not_fit(arguments, field):
    with pytest.raises(errors.StarkcoreError) as caught:
        verify_many(*arguments)
    assert caught.value.field == field
    if field != "public_keys":
        with pytest.raises(errors.StarkcoreError) as caught:
            PREPARED.verify_many(*arguments[1:])
        assert caught.value.field == field


@pytest.mark.parametrize("value", [0, 257, -1, 1 << 70, True, 1.0, "1", None])
def test_threads_are_a_number(value):
    for name, batch in BATCHES.items():
        if name == "poseidon_hash_many":
            continue  # one list, whose elements follow from each other: it has no threads
        with pytest.raises(errors.StarkcoreError) as caught:
            batch(1, value)
        assert caught.value.field == "threads", name
