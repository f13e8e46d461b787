"""An archive of signed messages, hashed and verified by Dask: `python archive_dask.py [ROWS [WORKERS [CHUNK]]]`.

Here an archive is made, with one signature that is wrong, and Dask's cluster is on this machine. In yours the columns
are on a disk that all machines see, and `Client("tcp://…:8786")` is the whole difference. See docs/scale.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import starkcore

try:
    import numpy
    from dask.distributed import Client, LocalCluster
except ImportError:
    sys.exit("this example needs NumPy and Dask: pip install numpy distributed")  # which brings Dask

# Bytes of an item in each column: two elements that are hashed, the signer's public key (x), and the signature.
WIDTHS = {"left": 32, "right": 32, "keys": 32, "signatures": 64}


def make_archive(folder: Path, rows: int, wrong: int) -> None:
    """Columns as files of fixed-width items, one after the other."""
    chance = numpy.random.default_rng(1)
    left, right = (chance.integers(0, 256, (rows, 32), dtype="u1") for _ in range(2))
    left[:, 0] = right[:, 0] = 0  # below the field's prime
    hashes = starkcore.pedersen_hash_many(left, right)
    key = starkcore.PrivateKey(0x1234)
    signatures = bytearray(key.sign_many(hashes))
    signatures[64 * wrong + 63] ^= 1
    keys = key.public_key.x.to_bytes(32, "big") * rows
    for name, column in (("left", left), ("right", right), ("keys", keys), ("signatures", signatures)):
        (folder / name).write_bytes(column)


def column(folder: str, name: str, start: int, stop: int) -> numpy.ndarray:
    """Rows of a column, read where they are used: nothing of the archive goes through the scheduler."""
    width = WIDTHS[name]
    return numpy.memmap(Path(folder) / name, "u1", "r", start * width, ((stop - start) * width,))


def wrong_rows(folder: str, start: int, stop: int) -> tuple[list[int], float]:
    """The rows whose signature isn't right, and the seconds that it took: a task."""
    left, right, keys, signatures = (column(folder, name, start, stop) for name in WIDTHS)
    begun = time.perf_counter()
    hashes = starkcore.pedersen_hash_many(left, right)
    right_ones = starkcore.verify_many(keys, hashes, signatures)
    seconds = time.perf_counter() - begun
    return [start + row for row, is_right in enumerate(right_ones) if not is_right], seconds


def main(rows: int, workers: int, chunk: int) -> None:
    wrong = rows * 2 // 3
    with tempfile.TemporaryDirectory() as folder:
        make_archive(Path(folder), rows, wrong)
        # One thread a worker: a call computes on one core; the workers are the machine's cores.
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            starts = range(0, rows, chunk)
            ends = [min(start + chunk, rows) for start in starts]
            begun = time.perf_counter()
            answers = client.gather(client.map(wrong_rows, [folder] * len(starts), starts, ends, retries=2))
            seconds = time.perf_counter() - begun
    found = [row for rows_of, _ in answers for row in rows_of]
    print(
        f"{rows} rows by {workers} workers in {seconds:.2f} s; a core does {rows / sum(s for _, s in answers):.0f} a "
        "second"
    )
    print("rows whose signature is wrong:", found)
    print("the rest verifies:", found == [wrong])


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    # Rows, workers, and rows a task: 8 MB read, and much more work than it costs to send a task.
    main(*given, *(100_000, os.cpu_count() or 1, 50_000)[len(given) :])
