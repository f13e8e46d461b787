"""Arguments that another thread changes during the call: a list that is emptied, a buffer that is written to.

Nobody should do that; who does gets the answer of what was there at some moment, or one of our exceptions, and never a
crash or an answer to what was never asked. With the interpreter's lock the buffers of batches can change, without it
everything that isn't immutable.
"""

import contextlib
import random
import sys
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from starkcore import (
    PrivateKey,
    PublicKey,
    StarkcoreError,
    extended,
    paradex,
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

COUNT = 1024
FAR = 4_102_444_800
KEY = PrivateKey(0x1234567)
SIGNER = OrderSigner(KEY, position_id=1)
PARADEX, EXTENDED = paradex.OrderSigner(KEY, 5), extended.OrderSigner(KEY, 7)
MARKET = extended.Market("A", 5, 10**6, 1, 10**6)
POINT = KEY.public_key.to_bytes()
# A first byte of 0xff puts every number out of range; single bytes, because a number is not written at once.
OUT_OF_RANGE = 0xFF
PAIR = KEY.sign(0).to_bytes()
PAIR_OF_TEXTS = "1" + "0" * 50, "2" + "0" * 60


def sign_nonces(nonces):
    signed = SIGNER.sign_columns(
        markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=1, size=500, price=30_000,
        limit_fee=1000, nonce=nonces, expiration=FAR, threads=2,
    )  # fmt: skip
    return signed_items(signed)


def signed_items(signed):
    return {(signed.hashes[32 * i : 32 * i + 32], signed.signature(i)) for i in range(len(signed))}


def sign_timestamps(timestamps):
    return signed_items(
        PARADEX.sign_columns(
            markets=["A"],
            order_types=["LIMIT"],
            size_decimals=3,
            price_decimals=0,
            market=0,
            side=1,
            order_type=0,
            size=500,
            price=30_000,
            timestamp=timestamps,
            threads=2,
        )
    )


def sign_sizes(sizes):
    return signed_items(
        EXTENDED.sign_columns(
            market=MARKET,
            size_decimals=3,
            price_decimals=0,
            side=1,
            size=sizes,
            price=30_000,
            taker_fee=500,
            expire_time=FAR,
            nonce=1,
            threads=2,
        )
    )


def paradex_order(size):
    return {"market": "A", "side": "BUY", "order_type": "LIMIT", "size": size, "price": 1, "timestamp": 10**12}


def extended_order(size):
    return {"market": MARKET, "side": "BUY", "size": size, "price": 1, "taker_fee": 0, "nonce": 1, "expire_time": FAR}


def sign_markets(arguments):
    markets, decimals = arguments
    signed = SIGNER.sign_columns(
        markets=markets, size_decimals=decimals, price_decimals=0, market=0, side=1, size=500, price=30_000,
        limit_fee=1000, nonce=bytes(1), expiration=FAR,
    )  # fmt: skip
    return {signed.signature(0)}


def order(size):
    return {"market": "BTC-USD", "side": "BUY", "size": size, "price": 1, "limit_fee": 0, "nonce": 1, "expiration": FAR}


def put_and_take_back(data, place, value, chance):
    """There and back, after different times."""
    before = data[place]
    for to in (value, before):
        data[place] = to
        for _ in range(chance.randrange(2000)):
            pass


def spoil(data, chance):
    """The first byte of an item in the middle."""
    put_and_take_back(data, len(data) // 64 * 32, OUT_OF_RANGE, chance)


def spoil_the_end(data, chance):
    put_and_take_back(data, len(data) - 1, data[-1] ^ 1, chance)


def renumber(nonces, chance):
    nonces[chance.randrange(COUNT)] ^= 1


def shorten(items, _):
    items.append(items.pop(0))
    items.append(items.pop())


def empty(pairs, _):
    pairs[0].clear()
    pairs[0].extend(map(int, PAIR_OF_TEXTS))  # objects that nobody else holds


@dataclass(frozen=True)
class Change:
    """A call, what its argument is, and what another thread does to that during the call.

    `answers` are all that may come of it, as a set of items; besides, one of our exceptions.
    """

    argument: Callable[[], Any]
    change: Callable[[Any, random.Random], None]
    call: Callable[[Any], set]
    answers: set


def pieces(data, size):
    return {data[i : i + size] for i in range(0, len(data), size)}


CHANGES = {
    "pedersen_hash_many": Change(
        lambda: bytearray(32 * COUNT), spoil,
        lambda data: pieces(pedersen_hash_many(data, bytes(32 * COUNT)), 32),
        {pedersen_hash(0, 0).to_bytes(32, "big")},
    ),
    "pedersen_hash_many of pairs": Change(
        lambda: [list(map(int, PAIR_OF_TEXTS)) for _ in range(20)], empty, lambda pairs: set(pedersen_hash_many(pairs)),
        {pedersen_hash(*map(int, PAIR_OF_TEXTS))},
    ),
    "pedersen_hash_lists": Change(
        lambda: bytearray(32 * COUNT), spoil, lambda data: pieces(pedersen_hash_lists(data, 2, threads=2), 32),
        {pedersen_hash_elements([0, 0]).to_bytes(32, "big")},
    ),
    "poseidon_hash_lists": Change(
        lambda: bytearray(32 * COUNT), spoil, lambda data: pieces(poseidon_hash_lists(data, 2, threads=2), 32),
        {poseidon_hash_many([0, 0]).to_bytes(32, "big")},
    ),
    "poseidon_hash_pairs": Change(
        lambda: bytearray(32 * COUNT), spoil,
        lambda data: pieces(poseidon_hash_pairs(data, bytes(32 * COUNT)), 32),
        {poseidon_hash(0, 0).to_bytes(32, "big")},
    ),
    "sign_many": Change(
        lambda: bytearray(32 * COUNT), spoil, lambda data: pieces(KEY.sign_many(data, threads=2), 64),
        {KEY.sign(0).to_bytes()},
    ),
    "sign_many, another hash": Change(
        lambda: bytearray(32 * COUNT), spoil_the_end, lambda data: pieces(KEY.sign_many(data, threads=2), 64),
        {KEY.sign(0).to_bytes(), KEY.sign(1).to_bytes()},
    ),
    "sign_many of ints": Change(
        lambda: [10**50, *range(20)], shorten, lambda items: set(KEY.sign_many(items)),
        {KEY.sign(m) for m in (10**50, *range(20))},
    ),
    "sign": Change(
        lambda: bytearray(32), spoil, lambda data: {KEY.sign(data)}, {KEY.sign(0)},
    ),
    "extra_entropy": Change(
        lambda: bytearray(32), spoil_the_end, lambda data: {KEY.sign(0, extra_entropy=data)},
        {KEY.sign(0, extra_entropy=bytes(31) + bytes([last])) for last in (0, 1)},
    ),
    "sign_columns": Change(
        lambda: array("I", bytes(4 * COUNT)), renumber, sign_nonces,
        sign_nonces(array("I", [0, 1])),
    ),
    "sign_columns of markets": Change(
        lambda: (["BTC-USD"] * 3, [3] * 3), lambda arguments, chance: shorten(chance.choice(arguments), chance),
        sign_markets, sign_markets((["BTC-USD"], [3])),
    ),
    "sign_orders": Change(
        lambda: [order(size) for size in range(1, 6)], shorten, lambda orders: set(SIGNER.sign_orders(orders)),
        set(SIGNER.sign_orders([order(size) for size in range(1, 6)])),
    ),
    "sign_columns at Paradex": Change(
        lambda: array("Q", [10**12] * COUNT), renumber, sign_timestamps,
        sign_timestamps(array("Q", [10**12, 10**12 + 1])),
    ),
    "sign_columns at Extended": Change(
        lambda: array("I", [2, 3] * (COUNT // 2)), renumber, sign_sizes, sign_sizes(array("I", [2, 3])),
    ),
    "sign_orders at Paradex": Change(
        lambda: [paradex_order(size) for size in range(1, 6)], shorten, lambda orders: set(PARADEX.sign_orders(orders)),
        set(PARADEX.sign_orders([paradex_order(size) for size in range(1, 6)])),
    ),
    "sign_orders at Extended": Change(
        lambda: [extended_order(size) for size in range(1, 6)], shorten,
        lambda orders: set(EXTENDED.sign_orders(orders)),
        set(EXTENDED.sign_orders([extended_order(size) for size in range(1, 6)])),
    ),
    "PublicKey.from_bytes": Change(
        lambda: bytearray(POINT), spoil_the_end, lambda data: {PublicKey.from_bytes(data)}, {KEY.public_key},
    ),
    "PrivateKey": Change(
        lambda: bytearray((5).to_bytes(32, "big")), spoil, lambda data: {PrivateKey(data).secret_hex()}, {"0x5"},
    ),
    "verify_many": Change(
        lambda: bytearray(POINT * COUNT), spoil_the_end,
        lambda data: set(verify_many(data, bytes(32 * COUNT), PAIR * COUNT, threads=2)), {1},
    ),
}  # fmt: skip


MOST_SECONDS = 120  # to the first answer, where most calls are refused and a call takes long


def answers_meanwhile(change, argument, call, seconds):
    """Call again and again while another thread changes the argument: all items of all answers, and how many answers.

    For that time, and on until there is an answer: an emulated machine may take longer to the first.
    """
    stop, found, count = threading.Event(), set(), 0

    def work():
        chance = random.Random(1)
        while not stop.is_set():
            change(argument, chance)

    changer = threading.Thread(target=work)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    changer.start()
    try:
        start = time.monotonic()
        while time.monotonic() < start + (seconds if count else MOST_SECONDS):
            with contextlib.suppress(StarkcoreError):
                found |= call(argument)
                count += 1
    finally:
        stop.set()
        changer.join()
        sys.setswitchinterval(before)
    return found, count


@pytest.mark.parametrize("name", CHANGES)
def test_an_argument_that_changes_during_the_call(name):
    """The answer is that of one state of each item, or one of our exceptions says what is wrong."""
    case = CHANGES[name]
    found, count = answers_meanwhile(case.change, case.argument(), case.call, seconds=1)
    assert count > 0
    assert found <= case.answers
