"""benchmarks/loop.py, shortly: each cell has its calls, percentiles are what they say, peers are compared before
timing.
"""

import json
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "benchmarks").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "benchmarks"))
import caches  # noqa: E402
import loop  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
import two_threads  # noqa: E402

HERE = ("tight", "book", "slept", "flushed", "warmed")


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
        for operation in ("order", "paradex_order", "extended_order", "sign", "call")
        for condition in HERE
        if operation not in ("sign", "call") or condition != "warmed"  # those have nothing to warm
    }
    assert all(row["calls"] == 20 and row["p50"] > 0 and row["p99.9"] is None for row in cells.values())


def test_the_tables_have_every_row(record):
    text = report.loop({"loop": record})
    assert text.count("| starkcore |") == 5
    assert all(f"{head}" in text for head in report.CONDITIONS.values())
    assert "after a book of 25 KB was parsed" in report.loop_summary(record)
    assert "the demo's" not in report.loop_summary(record)  # it wasn't asked for


def test_each_engine_has_its_medians_and_ratios(record):
    other = {"engine": "portable", "rows": [row | {"p50": 2.0} for row in record["rows"]]}
    text = report.loop_engines({"loop": record | {"other_engines": [other]}})
    assert text.count("| portable | 2.00 | 2.00 (1.00×) | 2.00 (1.00×) | 2.00 |") == 2  # the order, the signature
    assert text.count(f"| {record['engine']} |") == 2


def test_other_engines_are_measured_shortly(monkeypatch):
    monkeypatch.setattr(loop, "OTHER_CALLS", 1)
    monkeypatch.setattr(loop.starkcore, "engines", lambda: ["own", "portable"])
    (other,) = loop.of_other_engines("own")
    assert other["engine"] == "portable"
    assert {row["calls"] for row in other["rows"]} == {1}


@pytest.mark.parametrize(
    ("fastest", "engines", "expected"),
    [
        ("fast, avx512", ["fast, avx512", "avx512, by itself", "third"], "third"),
        ("third", ["third", "portable"], None),
        ("aarch64", ["aarch64", "portable"], None),
    ],
)
def test_what_a_cpu_without_avx512_would_run(fastest, engines, expected):
    assert report.next_without_avx512(fastest, engines) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, (0.001, None, None)), (100, (0.051, 0.1, None)), (1000, (0.501, 0.991, 1.0))],
)
def test_percentiles(count, expected):
    """Of 1 … count nanoseconds, in microseconds; what needs more calls is left out."""
    assert tuple(loop.percentiles(list(range(1, count + 1))).values()) == expected


@pytest.mark.parametrize("calls", [1, 9, 10, 11, 36, 1000])
def test_every_call_of_a_cell_is_some_round_s(calls):
    shares = [loop.spread(calls, number) for number in range(loop.ROUNDS)]
    assert (sum(shares), max(shares) - min(shares) <= 1) == (calls, True)


def test_a_cell_has_no_more_calls_than_fit_into_its_seconds(monkeypatch):
    """With what comes before each: of a slow peer a few, in some of the rounds, and without warming up."""
    took = iter([0.005, 0.001, 0.3])  # what is read to empty the caches, a quick way, a slow one
    monkeypatch.setattr(loop, "least_seconds", lambda call: next(took))
    ways = [loop.Subject("sign", who, lambda case: case, [5]) for who in ("quick", "slow")]
    quick, slow = loop.cells_of(ways, ["flushed"], calls=1000, seconds=2)
    assert (quick.calls, quick.warm_up, round(quick.estimate(), 2)) == (303, 3, 2.0)
    assert (slow.calls, slow.warm_up, round(slow.estimate(), 2)) == (6, 0, 1.83)
    for number in range(loop.ROUNDS):
        slow.turn(number)
    assert len(ways[1].times["flushed"]) == 6


def test_least_seconds_are_the_least():
    moments = iter([0.0, 3.0, 10.0, 11.0, 20.0, 22.0])
    clock = types.SimpleNamespace(perf_counter=lambda: next(moments))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "time", clock)
        assert loop.least_seconds(lambda: None) == 1.0


@pytest.mark.skipif(sys.platform == "win32", reason="processor time has steps of 16 ms there")
def test_two_threads_are_measured_and_told(tmp_path):
    """benchmarks/two_threads.py, one round: each batch has its figures, and they are what they say of each other."""
    path = tmp_path / "threads.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["two_threads.py", "--rounds", "1", "--json", str(path)])
        assert two_threads.main() == 0
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert {name.rpartition(", ")[2] for name in rows} == {"buffers", "columns", "dicts"}
    for row in rows.values():
        assert 0.5 <= row["larger"] <= 1
        assert row["gain"] == pytest.approx(row["one"] / row["two"], rel=0.05)
        assert row["bound"] == pytest.approx(1 / (row["work"] * row["larger"]), rel=0.05)


def test_the_caches_are_emptied_by_reading_all_of_it():
    """What is looked for isn't there, so nothing ends the reading early; and it is larger than any cache."""
    flush = caches.ColdCaches()
    assert len(flush.buffer) >= 4 * caches.largest_cache()
    assert flush() == -1


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
