"""Calls from Python in threads whose stack is small: 64 KiB, where musl gives 128, and glibc eight megabytes.

What a call takes below the binding is measured by test_stack.py. Here Python's own part is under it, and what counts is
that the process lives: whoever comes to the end of a thread's stack is ended by the system.
"""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="how little a thread may have is the system's to say"),
]

PROGRAM = """
import sys, threading
import starkcore
from starkcore import PrivateKey, extended, paradex, starkex, starknet

key = PrivateKey(5)
order = {"market": "BTC-USD", "side": "BUY", "size": "0.5", "price": 30000, "limit_fee": "0.001",
         "expiration": 4_102_444_800, "client_id": "a"}
signer = starkex.OrderSigner(key, position_id=1)
at_paradex, at_extended = paradex.OrderSigner(key, 5), extended.OrderSigner(key, 1)
market = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
prepared = key.public_key.prepare()
one, other = (
    {"market": "A", "side": "BUY", "order_type": "LIMIT", "size": 1, "price": 1, "timestamp": 10**12},
    {"market": market, "side": "BUY", "size": 1, "price": 2, "taker_fee": 0, "expire_time": 1_900_000_000},
)
numbers = bytes(32 * 100)
CALLS = {
    "sign": lambda: key.sign(1),
    "sign_many": lambda: key.sign_many(numbers, threads=2),
    "public_key": lambda: PrivateKey(7).public_key,
    "grind_key": lambda: starkcore.grind_key(bytes(32)),
    "verify": lambda: key.public_key.verify(1, key.sign(1)),
    "verify_many": lambda: prepared.verify_many(numbers, bytes(64 * 100)),
    "pedersen_hash": lambda: starkcore.pedersen_hash(1, 2),
    "pedersen_hash_many": lambda: starkcore.pedersen_hash_many(numbers, numbers),
    "pedersen_hash_lists": lambda: starkcore.pedersen_hash_lists(numbers, 2),
    "poseidon_hash_lists": lambda: starkcore.poseidon_hash_lists(numbers, 2),
    "sign_order": lambda: signer.sign_order(**order),
    "sign_orders": lambda: signer.sign_orders([order] * 40, threads=2),
    "sign_columns": lambda: signer.sign_columns(
        markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=bytes(40), size=500, price=3,
        limit_fee=1000, nonce=1, expiration=4_102_444_800),
    "paradex, one": lambda: at_paradex.sign_order(**one),
    "paradex, many": lambda: at_paradex.sign_orders([one] * 40),
    "extended, one": lambda: at_extended.sign_order(**other),
    "extended, many": lambda: at_extended.sign_orders([other] * 40),
    "typed data": lambda: starknet.TypedData.from_dict(DOCUMENT).hash(5),
}
DOCUMENT = {
    "types": {"StarkNetDomain": [{"name": "name", "type": "felt"}], "A": [{"name": "b", "type": "felt*"}]},
    "primaryType": "A", "domain": {"name": "x"}, "message": {"b": [1, 2, 3]},
}


def planted():
    nested = []
    for _ in range(900):
        nested = [nested]
    repr(nested)


def run():
    for name, call in CALLS.items():
        print(name, flush=True)
        call()
    print("done", flush=True)


if "planted" in sys.argv:
    CALLS = {"planted": planted}
threading.stack_size(int(sys.argv[1]) << 10)
for engine in starkcore.engines():
    starkcore.use_engine(engine)
    for strict in (False, True):
        starkcore.use_strict(strict)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
"""


def run(kib, *words):
    return subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(kib), *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_calls_fit_into_64_kib():
    done = run(64)
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]} {done.stderr[-2000:]}"
    assert done.stdout.count("done") >= 4
    assert done.stderr == ""


def test_a_call_that_takes_more_is_found():
    done = run(64, "planted")
    assert (done.returncode < 0, done.stdout) == (True, "planted\n")
    assert run(8192, "planted").returncode == 0
