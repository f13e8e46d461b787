"""The main job as a person starts it: it ends with a table, tells the truth, and stops when it is told to."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("rich")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")
pytest.importorskip("httpcore2")

from sandbox_trader import Trader

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


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to one process there")
def test_it_keeps_running_until_it_is_interrupted(tmp_path):
    """Its checks done, it trades on for whoever watches the page that it names; Ctrl-C ends all of it, with what it
    found.
    """
    command = [*COMMAND, "--seconds", "1", "--markets", "2", "--keep-running"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment(tmp_path), start_new_session=True
    ) as process:
        guard = threading.Timer(120, process.kill)
        guard.start()
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "it goes on at" in line:
                    break
            assert "everything agrees" in "".join(lines)
            (url,) = re.findall(r"it goes on at (http://\S+)", lines[-1])
            assert sum(url in line for line in lines) == 2  # named at the start, too
            with urllib.request.urlopen(url) as page:
                assert b"<title>starkcore" in page.read()
            counts = []
            while len(set(counts)) < 3:
                with urllib.request.urlopen(f"{url}v3/sandbox") as answer:
                    counts.append(json.load(answer)["orders"])
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        finally:
            guard.cancel()
        assert process.wait(60) == 0
    assert "agrees" not in rest
    assert list(tmp_path.iterdir()) == []


def test_keep_running_needs_an_exchange(tmp_path):
    done = subprocess.run([*COMMAND, "--offline", "--keep-running"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "--keep-running must not stand beside --offline" in done.stderr


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
    assert result["checks"] == dict.fromkeys(live.CHECKS, True)


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
    assert result["checks"].keys() == set(live.CHECKS)
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


def children(parent):
    """The processes that a process has started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                yield int(path.parent.name)


def runs(process):
    """Whether there is such a process, and it isn't one that has ended and wasn't asked for."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def left_behind(exchange, folder):
    """What is still there after a while of an exchange and its database."""
    until = time.monotonic() + 60
    while (found := [exchange] * runs(exchange) + list(folder.iterdir())) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def kill(number):
    return lambda process: process.send_signal(number)


def close_the_pipe(process):
    process.stdout.close()
    process.stderr.close()


ENDS = {
    "SIGTERM": kill(signal.SIGTERM),
    "SIGHUP": kill(getattr(signal, "SIGHUP", signal.SIGTERM)),
    "SIGINT": kill(signal.SIGINT),
    "SIGKILL": kill(getattr(signal, "SIGKILL", signal.SIGTERM)),
    "SIGQUIT": kill(getattr(signal, "SIGQUIT", signal.SIGTERM)),
    "a closed pipe": close_the_pipe,
}
LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for as Linux shows them")


@pytest.mark.long
@LINUX
@pytest.mark.parametrize("name", ENDS)
def test_whatever_ends_it_ends_its_exchange_and_removes_the_database(name, tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "--seconds", "5" if name == "a closed pipe" else "60"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment(tmp_path),
    )  # fmt: skip
    with process:
        for line in process.stdout:
            if line.startswith("quoting"):
                break
        (exchange,) = children(process.pid)
        assert [path.suffix for path in tmp_path.glob("*/*.db")] == [".db"]
        ENDS[name](process)
        process.wait(60)
        assert left_behind(exchange, tmp_path) == []


@LINUX
@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
        pytest.param(getattr(signal, "SIGHUP", signal.SIGTERM), marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("command", [["starkcore", "sandbox"], ["starkcore.sandbox"]], ids=" ".join)
def test_a_temporary_exchange_takes_its_database_along(command, number, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *command, "--port", "0", "--temporary"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment(tmp_path),
    )  # fmt: skip
    database = Path(process.stdout.readline().rpartition(": ")[2].strip())
    url = process.stdout.readline().split()[-1]
    with contextlib.closing(Trader(url)) as trader:
        trader.onboard()
        assert database.parent.parent == tmp_path
        assert database.stat().st_mode & 0o77 == database.parent.stat().st_mode & 0o77 == 0
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (0, False)
    assert list(tmp_path.iterdir()) == []


@LINUX
def test_an_exchange_ends_with_its_starter_although_another_holds_the_pipe(tmp_path):
    """A child that was forked has the other end of the pipe, too."""
    code = (
        "import os, sys, time; from starkcore import sandbox\n"
        "with sandbox.running_process() as exchange:\n"
        "    if os.fork() == 0: time.sleep(600)\n"
        "    print(exchange.process.pid, flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code], stdout=subprocess.PIPE, text=True, env=environment(tmp_path),
        start_new_session=True,
    )  # fmt: skip
    try:
        exchange = int(process.stdout.readline())
        process.kill()
        assert left_behind(exchange, tmp_path) == []
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@LINUX
def test_a_temporary_exchange_that_is_killed_leaves_nothing_either(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with sandbox.running_process() as exchange:
        assert exchange.database.exists()
        exchange.process.kill()
        exchange.process.wait()
    assert list(tmp_path.iterdir()) == []


@LINUX
def test_a_program_of_others_ends_with_the_test_that_started_it(tmp_path):
    code = "from tied_process import tied; import time; print(tied(['sleep', '600']).pid, flush=True); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )  # fmt: skip
    with process:
        keeper = int(process.stdout.readline())
        until = time.monotonic() + 30
        while not (program := list(children(keeper))) and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
        assert left_behind(*program, tmp_path) == left_behind(keeper, tmp_path) == []


def test_what_is_ignored_stays_ignored(tmp_path):
    """As nohup has it."""
    if not hasattr(signal, "SIGHUP"):
        pytest.skip("there is no SIGHUP")
    from starkcore.sandbox import ending

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending.ended_by_signals():
            signal.raise_signal(signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


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
