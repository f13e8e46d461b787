"""A process that uses a private key, lets go of it, and waits to be searched: what tests/core/test_key_in_memory.py
starts.

The secret comes through standard input, straight into a bytearray that is then cleared. Nothing here turns it into any
other Python object, unless that is what the scenario is about.
"""

import ctypes
import gc
import os
import sys
from array import array

import starkcore
from starkcore import PrivateKey, StarkcoreError, extended, grind_key, paradex, starknet
from starkcore.starkex import OrderSigner

MESSAGE = 0x1234567890ABCDEF1234567890ABCDEF
ORDER = {
    "market": "ETH-USD", "side": "BUY", "size": "1", "price": "2000", "limit_fee": "0.001",
    "expiration": "2200-01-01T00:00:00Z", "client_id": "a",
}  # fmt: skip
KEPT = []


def sign(buffer):
    key = PrivateKey(buffer)
    for _ in range(3):
        key.sign(MESSAGE)


def sign_with_options(buffer):
    PrivateKey(buffer).sign(MESSAGE, 32, bytes(range(32)))


def public_key(buffer):
    key = PrivateKey(buffer)
    assert key.public_key.verify(MESSAGE, key.sign(MESSAGE))


def batch(buffer):
    PrivateKey(buffer).sign_many([MESSAGE] * 300)


def batch_in_threads(buffer):
    PrivateKey(buffer).sign_many(MESSAGE.to_bytes(32, "big") * 2000, threads=4)


def orders(buffer):
    signer = OrderSigner(PrivateKey(buffer), position_id=1)
    signer.sign_order(**ORDER)
    signer.sign_orders([ORDER] * 100, threads=2)
    signer.sign_withdrawal(amount=1, nonce=1, expiration=ORDER["expiration"])


def columns(buffer):
    OrderSigner(PrivateKey(buffer), position_id=1).sign_columns(
        markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=1, size=500, price=30_000,
        limit_fee=1000, nonce=array("I", range(200)), expiration=4_102_444_800, threads=2,
    )  # fmt: skip


def messages(buffer):
    key = PrivateKey(buffer)
    signer = paradex.OrderSigner(key, 5)
    order = {
        "market": "BTC-USD-PERP",
        "side": "BUY",
        "order_type": "LIMIT",
        "size": "1",
        "price": "2",
        "timestamp": 10**12,
    }
    signer.sign_order(**order)
    signer.sign_orders([order] * 100, threads=2)
    signer.sign_block_trade(nonce=1, expiration=10**12, trades=[{"market": "BTC-USD-PERP"}])
    starknet.StarknetSigner(key).sign_hash(MESSAGE)
    market = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
    order = {"market": market, "side": "BUY", "size": 1, "price": 2, "taker_fee": "0.001", "expire_time": 1_900_000_000}
    extended.OrderSigner(key, 1).sign_order(**order)
    extended.OrderSigner(key, 1).sign_orders([order] * 100, threads=2)


def message_columns(buffer):
    key = PrivateKey(buffer)
    paradex.OrderSigner(key, 5).sign_columns(
        markets=["BTC-USD-PERP"], order_types=["LIMIT"], size_decimals=3, price_decimals=0, market=0, side=1,
        order_type=0, size=500, price=30_000, timestamp=array("Q", range(10**12, 10**12 + 200)), threads=2,
    )  # fmt: skip
    extended.OrderSigner(key, 1).sign_columns(
        market=extended.Market("BTC-USD", 5, 10**6, 1, 10**6), size_decimals=3, price_decimals=0, side=1, size=500,
        price=30_000, taker_fee=500, expire_time=1_900_000_000, nonce=array("I", range(1, 201)), threads=2,
    )  # fmt: skip


def compare(buffer):
    key, other = PrivateKey(buffer), PrivateKey(5)
    assert key == PrivateKey(buffer)
    assert key != other


def from_seed(buffer):
    PrivateKey.from_seed(buffer).sign(MESSAGE)


def from_eth_signature(buffer):
    typed = bytearray(66)  # at once: a bytearray that grows leaves what it had behind
    for i in range(32):
        typed[i], typed[32 + i] = buffer[i], buffer[31 - i]  # r is the secret, s is it backwards
    typed[64] = 27
    for legacy in (False, True):
        PrivateKey.from_eth_signature(typed, legacy_python=legacy).sign(MESSAGE)
    typed[:] = bytes(66)


def grind(buffer):
    for strip in (False, True):
        grind_key(buffer, strip_zeros=strip).sign(MESSAGE)


def refused(buffer):
    """Out of range, because its first byte is; and in pieces."""
    buffer[0] = 0xFF
    view = memoryview(buffer)
    for wrong in (view, view[1:], view[::2]):
        try:
            PrivateKey(wrong)
        except StarkcoreError:
            continue
        raise AssertionError("a key out of range passed")


def strict(buffer):
    starkcore.use_strict(True)
    sign(buffer)


def alive(buffer):
    KEPT.append(PrivateKey(buffer))


def forgotten_copy(buffer):
    """The planted fault: a native copy that nobody wipes."""
    copy = ctypes.create_string_buffer(32)
    ctypes.memmove(copy, (ctypes.c_char * 32).from_buffer(buffer), 32)
    KEPT.append(copy)
    sign(buffer)


def kept_text(buffer):
    """What the documentation says: text of a key is Python's."""
    KEPT.append(PrivateKey(buffer).secret_hex())


def main():
    scenario, engine = sys.argv[1:]
    starkcore.use_engine(engine)
    buffer = bytearray(32)
    os.readv(0, [buffer])
    globals()[scenario](buffer)
    buffer[:] = bytes(len(buffer))
    del buffer
    gc.collect()
    os.write(1, b"ready\n")
    os.read(0, 1)


if __name__ == "__main__":
    main()
