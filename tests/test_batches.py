"""Batches beside other work: the interpreter's lock is let go, and Ctrl-C is heard within a tenth of a second."""

import gc
import os
import signal
import threading
import time

import pytest

from starkcore import PrivateKey, _native, pedersen_hash_many, verify_many
from starkcore.starkex import DYDX
from starkcore.starkex.orders import OrderReader

KEY = PrivateKey(0x1234567)
PUBLIC, SIGNATURE = KEY.public_key, KEY.sign(5)
PARTS = OrderReader(DYDX, DYDX.network("mainnet"), 1).parts("BTC-USD", "BUY", "0.5", "30000", "0.001", 4102444800, "x")

# Each on so many items.
BATCHES = {
    "sign_many": lambda count: KEY.sign_many(bytes(32 * count)),
    "sign_many of ints": lambda count: KEY.sign_many([5] * count),
    "pedersen_hash_many": lambda count: pedersen_hash_many(bytes(32 * count), bytes(32 * count)),
    "pedersen_hash_many of pairs": lambda count: pedersen_hash_many([(1, 2)] * count),
    "verify_many": lambda count: verify_many([PUBLIC] * count, [5] * count, [SIGNATURE] * count),
    "sign_orders": lambda count: _native.sign_orders(KEY._secret, [PARTS] * count),  # without the loops in Python
}


@pytest.mark.skipif(os.name != "posix", reason="a signal is raised as POSIX does")
@pytest.mark.parametrize("name", BATCHES)
def test_ctrl_c_is_heard(name):
    sent = []

    def interrupt():
        time.sleep(0.3)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    gc.disable()  # an interrupt that falls into a callback of the collector is lost
    sender.start()
    try:
        BATCHES[name](2_000_000)
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
    BATCHES[name](20_000)
    took = time.monotonic() - before
    stop.set()
    ticker.join()
    assert len(ticks) > took / 0.2
