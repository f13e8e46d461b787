"""benchmarks/loop.py, shortly: each cell has its calls, percentiles are what they say, peers are compared before
timing.
"""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "benchmarks").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "benchmarks"))
import loop  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402

HERE = ("tight", "book", "slept", "flushed")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    path = tmp_path_factory.mktemp("loop") / "record.json"
    conditions = [word for name in HERE for word in ("--condition", name)]
    assert loop.main(["--calls", "20", "--no-peers", "--json", str(path), *conditions]) == 0
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_cell_has_its_calls(record):
    cells = {(row["operation"], row["who"], row["condition"]): row for row in record["rows"]}
    assert cells.keys() == {
        (operation, "starkcore", condition)
        for operation in ("order", "paradex_order", "extended_order", "sign")
        for condition in HERE
    }
    assert all(row["calls"] == 20 and row["p50"] > 0 and row["p99.9"] is None for row in cells.values())


def test_the_tables_have_every_row(record):
    text = report.loop({"loop": record})
    assert text.count("| starkcore |") == 4
    assert all(f"{head}" in text for head in report.CONDITIONS.values())
    assert "after a book of 25 KB was parsed" in report.loop_summary(record)
    assert "the demo's" not in report.loop_summary(record)  # it wasn't asked for


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, (0.001, None, None)), (100, (0.051, 0.1, None)), (1000, (0.501, 0.991, 1.0))],
)
def test_percentiles(count, expected):
    """Of 1 … count nanoseconds, in microseconds; what needs more calls is left out."""
    assert tuple(loop.percentiles(list(range(1, count + 1))).values()) == expected


def test_the_book_is_as_long_as_said_and_is_applied():
    book = loop.Book()
    assert loop.BOOK_BYTES <= len(book.text) < loop.BOOK_BYTES + 100
    book()
    assert {name: len(side) for name, side in book.sides.items()} == {
        name: len(levels) for name, levels in json.loads(book.text).items()
    }


def test_a_peer_with_another_answer_is_not_timed():
    ours = loop.subjects(with_peers=False)
    with pytest.raises(SystemExit, match="a liar: another answer to sign"):
        loop.of_peer(peers.Peer("a liar", sign=lambda key, m: (1, 1)), ours)
