"""The large tables of the Pedersen hash: the same hashes, from every entry, in every engine; shared, and freed."""

import gc
import mmap
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from new_interpreter import python
from reference import pedersen
from reference.curve import P
from vectors.layout import read

import starkcore
from starkcore.starkex import OrderSigner

pytestmark = pytest.mark.long

# Windows of the large tables, from the lowest bit up (csrc/hash/pedersen_layout.hpp).
WIDTHS = [12] * 8 + [13] * 12
ORDER = {"market": "BTC-USD", "size": "1.5", "limit_fee": "0.001", "client_id": "a", "expiration": 4070908800}


@pytest.fixture(autouse=True)
def tables_as_before():
    engine, tables = starkcore.engine(), starkcore.tables()
    yield
    starkcore.use_engine(engine)
    starkcore.use_tables(tables)


@pytest.fixture(params=starkcore.engines())
def large(request):
    """The large tables, built by the engine that then uses them."""
    starkcore.use_tables(1)
    starkcore.use_engine(request.param)
    starkcore.use_tables(9)
    return request.param


def packed(values):
    return b"".join(value.to_bytes(32) for value in values)


def every_entry():
    """Inputs whose windows go through all values, as far as they stay below p."""
    inputs = []
    for v in range(2**13):
        value, at = 0, 0
        for width in WIDTHS:
            value |= v % 2**width << at
            at += width
        inputs.append(value if value < P else value % 2**251)
    return inputs


ENTRIES = every_entry()
EDGES = [0, 1, 2**248 - 1, 2**248, 2**251 - 1, 2**251, P - 1]


def hashes_of_every_entry():
    return starkcore.pedersen_hash_many(packed(ENTRIES), packed(ENTRIES[1:] + ENTRIES[:1]))


def test_every_entry_gives_the_hash_of_the_tables_built_in(large):
    got = hashes_of_every_entry()
    singles = [starkcore.pedersen_hash(a, b) for a, b in pairwise(ENTRIES[::97])]
    starkcore.use_tables(1)
    assert starkcore.tables() == 1
    assert got == hashes_of_every_entry()
    assert singles == [starkcore.pedersen_hash(a, b) for a, b in pairwise(ENTRIES[::97])]


def test_hashes_are_those_of_the_oracle_and_the_published_ones(large):
    pairs = [(a, b) for a in EDGES for b in EDGES]
    expected = [pedersen.pedersen_hash(a, b) for a, b in pairs]
    assert [starkcore.pedersen_hash(a, b) for a, b in pairs] == expected
    assert starkcore.pedersen_hash_many(packed(a for a, _ in pairs), packed(b for _, b in pairs)) == packed(expected)
    for row in read("published.json")["pedersen"]:
        assert starkcore.pedersen_hash(int(row["a"], 16), int(row["b"], 16)) == int(row["hash"], 16)


def test_orders_are_signed_alike(large):
    def signed():
        signer = OrderSigner(starkcore.PrivateKey(5), position_id=12345)
        orders = [ORDER | {"side": side, "price": f"{price}.5"} for price in range(1, 12) for side in ("BUY", "SELL")]
        return [signer.sign_order(**orders[0]), *signer.sign_orders(orders)]

    got = signed()
    starkcore.use_tables(1)
    assert got == signed()


def test_sizes():
    for megabytes, used in [(1, 1), (8, 1), (9, 9), (2**32 - 1, 9), (8, 1), (1, 1)]:
        starkcore.use_tables(megabytes)
        assert starkcore.tables() == used


def test_tables_come_and_go_under_threads_that_hash():
    """Each answer is right whatever the tables are at that moment, and the old ones are not read after they are
    freed.
    """
    starkcore.use_tables(1)
    left, right = packed(ENTRIES[:400]), packed(ENTRIES[-400:])
    expected = starkcore.pedersen_hash_many(left, right)
    done = threading.Event()

    def hash_on():
        count = 0
        while not done.is_set() or count < 5:
            assert starkcore.pedersen_hash_many(left, right) == expected
            count += 1
        return count

    def change():
        for _ in range(20):
            starkcore.use_tables(9)
            starkcore.use_tables(1)

    with ThreadPoolExecutor(5) as pool:
        hashing = [pool.submit(hash_on) for _ in range(3)]
        for changing in [pool.submit(change), pool.submit(change)]:
            changing.result()
        done.set()
        assert all(future.result() >= 5 for future in hashing)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")
def test_memory_is_given_back():
    def resident():
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE

    starkcore.use_tables(9)
    starkcore.use_tables(1)
    before = resident()
    starkcore.use_tables(9)
    assert resident() > before + 8_000_000
    for _ in range(20):
        starkcore.use_tables(1)
        starkcore.use_tables(9)
    starkcore.use_tables(1)
    assert resident() < before + 8_000_000


@pytest.mark.skipif(os.name != "posix", reason="a signal is raised as POSIX does")
def test_ctrl_c_while_they_are_built_leaves_one_or_the_other():
    """Signals at moments that walk through building and freeing: each ends Python's loop, and hashes stay right."""
    expected = pedersen.pedersen_hash(5, 7)
    interrupted = 0
    for i in range(20):
        sender = threading.Timer(0.002 * i + 0.001, os.kill, (os.getpid(), signal.SIGINT))
        gc.disable()  # an interrupt that falls into a callback of the collector is lost
        try:
            sender.start()
            while True:
                starkcore.use_tables(9)
                starkcore.use_tables(1)
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            gc.enable()
        sender.join()
        assert starkcore.tables() in (1, 9)
        assert starkcore.pedersen_hash(5, 7) == expected
    assert interrupted == 20
    starkcore.use_tables(9)
    assert (starkcore.tables(), starkcore.pedersen_hash(5, 7)) == (9, expected)


WITHOUT_MEMORY = """
    import pathlib, resource, starkcore
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, ((pages * resource.getpagesize() + 6_000_000),) * 2)
    try:
        starkcore.use_tables(9)
    except MemoryError:
        print(starkcore.tables(), starkcore.pedersen_hash(5, 7))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory and reads /proc/self/statm")
def test_without_memory_nothing_changes():
    """The tables take 8.7 MB, and 6 MB more are all that there may be."""
    assert python(WITHOUT_MEMORY) == f"1 {pedersen.pedersen_hash(5, 7)}\n"
