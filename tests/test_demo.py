"""The main job as a person starts it: it ends with a table, tells the truth, and stops when it is told to."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rich")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")
pytest.importorskip("httpcore2")

from starkcore import errors, sandbox
from starkcore.demo import live, trading
from starkcore.dydx.events import Disconnected, Gap, Reconnected, Subscribed, Update
from starkcore.dydx.orderbook import OrderBook

COMMAND = [sys.executable, "-P", "-m", "starkcore", "demo"]


def environment(folder):
    return os.environ | {"PYTHONIOENCODING": "utf-8", "TMPDIR": str(folder), "COLUMNS": "120"}


def test_from_a_wallet_to_a_market_maker(tmp_path):
    done = subprocess.run(
        [*COMMAND, "--seconds", "2"], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env=environment(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "maker: wallet 0x", "taker: wallet 0x", "Stark key derived", "registered, with position", "API keys: ",
        "quoting BTC-USD, ETH-USD, ", "trading", "orders signed", "orders sent", "orders filled", "p99.9",
        "10 of 10 books over REST are those of the database", "everything agrees",
    ):  # fmt: skip
        assert words in done.stdout, words
    assert "✗" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_as_json(tmp_path, capsys):
    assert live.run(seconds=1, markets=3, as_json=True) is True
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    orders = result["orders"]
    assert result["ok"] is True
    assert orders["signed"] == orders["sent"] == orders["accepted"] + orders["replaced_too_late"]
    assert 0 < orders["trades"] < orders["accepted"]
    assert orders["trades"] < orders["filled"] <= 2 * orders["trades"] + orders["accepted"]
    for times in result["latency"].values():
        assert 0 < times["p50_us"] <= times["p99_us"] <= times["p99.9_us"]
    assert len(result["checks"]) == 7


def spoiled_audit(change):
    real = sandbox.audit

    def audit(database):
        found = real(database)
        values = {name: getattr(found, name) for name in ("books", "orders", "trades", "problems")}
        return sandbox.Audit(**values | change(values))

    return audit


SPOILED = {
    "a book": lambda found: {"books": found["books"] | {"BTC-USD": {"bids": [], "asks": []}}},
    "the orders": lambda found: {"orders": found["orders"] + 1},
    "the trades": lambda found: {"trades": found["trades"] - 1},
    "the money": lambda found: {"problems": ["balances and fees aren't what was paid in and out: (1, 2, 3)"]},
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_wrong_in_the_database_is_told(name, monkeypatch, capsys):
    monkeypatch.setattr(live, "_PATIENCE", 0.3)
    monkeypatch.setattr(sandbox, "audit", spoiled_audit(SPOILED[name]), raising=False)
    assert live.run(seconds=1, markets=2, as_json=True) is False
    result = json.loads(capsys.readouterr().out)
    assert result["ok"] is False
    assert not all(result["checks"].values())


def test_an_order_that_is_refused_ends_it(monkeypatch, capsys):
    monkeypatch.setattr(trading, "LIMIT_FEE", "0.0001")  # below the exchange's fee
    assert live.run(seconds=5, markets=2, as_json=False) is False
    out = capsys.readouterr().out
    assert "limitFee" in out
    assert "something is WRONG" in out


def test_an_exchange_that_dies(monkeypatch, capsys):
    subscribe, start, started = live.Watch.subscribe, subprocess.Popen, []

    class Remembered(start):
        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **keywords)
            started.append(self)

    async def and_kill(self):
        await subscribe(self)
        started[0].kill()

    monkeypatch.setattr(subprocess, "Popen", Remembered)
    monkeypatch.setattr(live.Watch, "subscribe", and_kill)
    assert live.run(seconds=20, markets=2, as_json=False) is False
    out = capsys.readouterr().out
    assert "something is WRONG" in out
    assert "✗" in out


@pytest.mark.skipif(os.name != "posix", reason="a signal is sent as POSIX does")
def test_ctrl_c_stops_it_cleanly(tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "--seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=environment(tmp_path),
    )  # fmt: skip
    for line in process.stdout:
        if line.startswith("quoting"):
            break
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith("starkcore: interrupted\n")
    assert list(tmp_path.iterdir()) == []
    assert not [line for line in command_lines() if str(tmp_path) in line]


def command_lines():
    """Of all processes, where the system shows them."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode(errors="replace")


def test_quantiles():
    assert trading.quantiles(list(range(1000, 1_001_000, 1000))) == {
        "p50_us": 501.0,
        "p99_us": 991.0,
        "p99.9_us": 1000.0,
    }
    assert trading.quantiles([]) == {"p50_us": 0.0, "p99_us": 0.0, "p99.9_us": 0.0}


# ---- The book that follows the WebSocket ----


def state(bids, asks):
    def levels(side):
        return [{"price": price, "size": size, "offset": offset} for price, size, offset in side]

    return Subscribed("v3_orderbook", "ETH-USD", {"bids": levels(bids), "asks": levels(asks)})


def change(offset, bids=(), asks=(), market="ETH-USD"):
    return Update("v3_orderbook", market, {"offset": str(offset), "bids": list(bids), "asks": list(asks)}, 5)


def test_a_book_follows():
    book = OrderBook("ETH-USD")
    assert not book.known
    book.apply(state([("99", "1", "5"), ("100", "2", "5")], [("101", "3", "5")]))
    assert book.known
    assert (book.bids(), book.asks()) == ([("100", "2"), ("99", "1")], [("101", "3")])
    book.apply(change(6, bids=[["100", "0"], ["98.5", "4"]], asks=[["100.5", "1"]]))
    assert (book.bids(), book.asks()) == ([("99", "1"), ("98.5", "4")], [("100.5", "1"), ("101", "3")])
    book.apply(change(8, asks=[["101", "7"]]))
    book.apply(change(7, asks=[["101", "6"]]))  # an older change that came later
    assert book.asks() == [("100.5", "1"), ("101", "7")]
    book.apply(change(9, asks=[["101", "1"]], market="BTC-USD"))
    assert book.asks() == [("100.5", "1"), ("101", "7")]


@pytest.mark.parametrize("event", [Gap(1, 2), Disconnected("it broke")])
def test_a_book_says_when_it_is_not_known(event):
    book = OrderBook("ETH-USD")
    book.apply(state([("99", "1", "5")], []))
    book.apply(event)
    assert not book.known
    book.apply(Reconnected(1))
    assert not book.known
    book.apply(state([], [("101", "3", "2")]))
    assert (book.known, book.bids(), book.asks()) == (True, [], [("101", "3")])


def test_errors_of_a_group():
    one, two = errors.StarkcoreError("one"), errors.StarkcoreError("two")
    assert live.leaves(ExceptionGroup("", [ExceptionGroup("", [one]), two])) == [one, two]
