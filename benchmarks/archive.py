"""What a core does with an archive of signed messages: docs/scale.md's figure, measured.

    python benchmarks/archive.py               rows a second
    python benchmarks/archive.py --write-docs  and the page, and the published record

As examples/archive_dask.py's task: a range of rows is read from files of fixed-width columns, hashed by Pedersen and
verified, with the key's x. In one thread, without Dask. Processor time of the thread, the least of all ranges: what
else runs only adds to it.
"""

from __future__ import annotations

import argparse
import json
import mmap
import random
import sys
import tempfile
import time
from pathlib import Path

import report
import run

import starkcore

WIDTHS = {"left": 32, "right": 32, "keys": 32, "signatures": 64}


def made(folder: Path, rows: int) -> None:
    """An archive whose signatures are all right."""
    chance = random.Random(1)
    left, right = (b"".join(b"\0" + chance.randbytes(31) for _ in range(rows)) for _ in range(2))
    key = starkcore.PrivateKey(0x1234)
    signatures = key.sign_many(starkcore.pedersen_hash_many(left, right))
    keys = key.public_key.x.to_bytes(32, "big") * rows
    for name, content in zip(WIDTHS, (left, right, keys, signatures), strict=True):
        (folder / name).write_bytes(content)


def seconds_of(folder: Path, start: int, stop: int) -> float:
    """A task: processor time of a range, its reading included."""
    begun = time.thread_time()
    columns = {}
    for name, width in WIDTHS.items():
        with (folder / name).open("rb") as file:
            columns[name] = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))[start * width : stop * width]
    hashes = starkcore.pedersen_hash_many(columns["left"], columns["right"])
    right = starkcore.verify_many(columns["keys"], hashes, columns["signatures"])
    taken = time.thread_time() - begun
    assert right == b"\1" * (stop - start)
    return taken


def record_of(ranges: int, rows: int) -> dict:
    with tempfile.TemporaryDirectory() as name:
        made(Path(name), rows * 2)
        samples = [seconds_of(Path(name), rows * (i % 2), rows * (i % 2 + 1)) for i in range(ranges)]
    facts = run.about(Path(sys.executable))
    return {
        "machine": run.machine(), "commit": run.commit(),
        **{name: facts[name] for name in ("version", "python", "engine", "compiler")},
        "rows": rows, "ranges": ranges, "row_bytes": sum(WIDTHS.values()),
        "microseconds": round(1e6 * min(samples) / rows, 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranges", type=int, default=20)
    parser.add_argument("--rows", type=int, default=50_000, help="of a range")
    parser.add_argument("--write-docs", action="store_true")
    arguments = parser.parse_args()
    record = record_of(arguments.ranges, arguments.rows)
    print(report.archive({"archive": record}))
    if arguments.write_docs:
        published = json.loads(report.PUBLISHED.read_text(encoding="utf-8")) | {"archive": record}
        report.write(published)
        run.write_json(report.PUBLISHED, published)


if __name__ == "__main__":
    main()
