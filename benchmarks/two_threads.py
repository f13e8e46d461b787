"""Measures what a second thread brings to a batch, and what it waits for where that isn't twice as much.

    python benchmarks/two_threads.py                 each batch of 4096 items, in one thread and in two
    python benchmarks/two_threads.py --rounds 5      quicker
    python benchmarks/two_threads.py --json FILE     and the numbers

One thread, two threads and two calls of one thread each, in two threads of Python, take turns. Of each the least of all
rounds counts, in microseconds an item:

    gain       one thread's time over two threads': 2 where nobody waits for anything
    machine    the same of the two calls: what the machine gives two threads that have nothing in common
    work       processor time of two threads over that of one: 1 where the second makes nothing dearer (shared caches,
               memory, clock rate)
    larger     the larger of the two threads' shares of that time: 0.5 where both have as much to do, so that none is
               waited for at the end
    bound      what two free cores could give, by the last two: 1 / (work × larger)

A gain below the bound is the machine's: a core that had something else to do. A bound below 2 is the library's:
`larger`, what the caller does alone under the interpreter's lock, and `work`, what the threads do to each other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import workload
from workload import BATCH, KEY, POSITION_ID

import starkcore
from starkcore import PrivateKey, pedersen_hash_lists, pedersen_hash_many, poseidon_hash_pairs, verify_many
from starkcore.starkex import OrderSigner

Batch = Callable[[int], object]
"""A call with so many threads."""


def packed(numbers: list[int]) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def columns() -> dict[str, object]:
    return {
        "markets": ["BTC-USD", "ETH-USD"], "size_decimals": 4, "price_decimals": 1,
        "market": array("B", [i % 2 for i in range(BATCH)]), "side": array("B", [i // 2 % 2 for i in range(BATCH)]),
        "size": array("Q", [10_000 + i for i in range(BATCH)]),
        "price": array("Q", [200_000 + 7 * i for i in range(BATCH)]),
        "nonce": array("I", range(BATCH)), "limit_fee": 1500, "expiration": workload.EXPIRATION,
    }  # fmt: skip


def batches() -> dict[str, Batch]:
    """By name, with what is in it: buffers, columns, lists of Python's objects."""
    work, key = workload.make(), PrivateKey(KEY)
    signer, table = OrderSigner(key, position_id=POSITION_ID), columns()
    pairs, orders = work.batch(work.pairs), work.batch(work.orders)
    first, second = packed([a for a, _ in pairs]), packed([b for _, b in pairs])
    lists = b"".join(map(packed, work.batch(work.lists)))
    hashes = packed(work.batch(work.hashes))
    signatures, public = key.sign_many(hashes), key.public_key.to_bytes() * BATCH
    made = b"".join(signature.to_bytes() for signature in signatures) if isinstance(signatures, list) else signatures
    return {
        "Pedersen, buffers": lambda threads: pedersen_hash_many(first, second, threads=threads),
        "Pedersen of lists, buffers": lambda threads: pedersen_hash_lists(lists, workload.LIST, threads=threads),
        "Poseidon, buffers": lambda threads: poseidon_hash_pairs(first, second, threads=threads),
        "sign, buffers": lambda threads: key.sign_many(hashes, threads=threads),
        "verify, buffers": lambda threads: verify_many(public, hashes, made, threads=threads),
        "StarkEx orders, columns": lambda threads: signer.sign_columns(**table, threads=threads),  # type: ignore[arg-type]
        "StarkEx orders, dicts": lambda threads: signer.sign_orders(orders, threads=threads),
    }


class Times:
    """The least of each, in seconds; and the shares of the round with the least processor time in two threads."""

    def __init__(self) -> None:
        self.one = self.two = self.apart = self.work_of_one = self.work_of_two = float("inf")
        self.larger = 1.0

    def take(self, batch: Batch) -> None:
        wall, work, _ = timed(lambda: batch(1))
        self.one, self.work_of_one = min(self.one, wall), min(self.work_of_one, work)
        wall, work, own = timed(lambda: batch(2))
        self.two, self.work_of_two = min(self.two, wall), min(self.work_of_two, work)
        self.larger = min(self.larger, max(own, work - own) / work)
        self.apart = min(self.apart, side_by_side(batch))

    def row(self) -> dict[str, float]:
        work = self.work_of_two / self.work_of_one
        return {
            "one": self.one / BATCH * 1e6, "two": self.two / BATCH * 1e6, "gain": self.one / self.two,
            "machine": 2 * self.one / self.apart, "work": work, "larger": self.larger,
            "bound": 1 / (work * self.larger),
        }  # fmt: skip


def timed(call: Callable[[], object]) -> tuple[float, float, float]:
    """Seconds: of the clock, of processor time in all threads, and in this one."""
    begun = time.perf_counter(), time.process_time(), time.thread_time()
    call()
    return time.perf_counter() - begun[0], time.process_time() - begun[1], time.thread_time() - begun[2]


def side_by_side(batch: Batch) -> float:
    """Seconds that two calls take in two threads, from when both are ready."""
    ready, ends = threading.Barrier(2), []

    def run() -> None:
        ready.wait()
        batch(1)
        ends.append(time.perf_counter())

    other = threading.Thread(target=run)
    other.start()
    ready.wait()
    begun = time.perf_counter()
    batch(1)
    ends.append(time.perf_counter())
    other.join()
    return max(ends) - begun


def measure(rounds: int) -> dict[str, dict[str, float]]:
    found = batches()
    times = {name: Times() for name in found}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", file=sys.stderr, flush=True)
        for name, batch in found.items():
            times[name].take(batch)
    return {name: {key: round(value, 3) for key, value in one.row().items()} for name, one in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    rows = measure(options.rounds)
    print(f"{starkcore.engine()}, {os.cpu_count()} cores, CPython {platform.python_version()}")
    names = list(next(iter(rows.values())))
    print(f"{'':27}" + "".join(f"{name:>9}" for name in names))
    for operation, row in rows.items():
        print(f"{operation:27}" + "".join(f"{row[name]:9.2f}" for name in names))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
