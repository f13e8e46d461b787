"""What was acknowledged is still there: after kill -9 in the midst of orders, after a restart, after a full disk.

The server is a process of its own, on a file. Every answer that a trader got is compared with the database afterwards,
with the exchange that is started again on it, and with a book that is added up from the answers.
"""

import asyncio
import os
import signal
import stat
import time

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import sqlite3

from sandbox_makers import MARKETS, Maker, as_numbers, book_of, books, check_it_goes_on, compare
from sandbox_trader import Trader, dump

from starkcore import sandbox
from starkcore.errors import UnknownNetwork
from starkcore.sandbox.committer import Committer
from starkcore.sandbox.exchange import Exchange, Settings
from starkcore.sandbox.store import Store


@pytest.fixture
def database(tmp_path):
    return tmp_path / "exchange.db"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 on this system")
def test_kill_9_loses_nothing_that_was_acknowledged(database):
    with sandbox.running_process(database) as exchange:
        makers = [Maker(exchange.url, number) for number in range(4)]
        for maker in makers:
            maker.start()
        while sum(len(maker.placed) for maker in makers) < 600:
            assert all(maker.is_alive() for maker in makers)
            time.sleep(0.01)
        os.kill(exchange.process.pid, signal.SIGKILL)
        assert exchange.process.wait(30) == -signal.SIGKILL
        for maker in makers:
            maker.join(30)
            assert maker.unknown or maker.sent_cancel  # killed in the midst
    audited = sandbox.audit(database)
    assert audited.problems == []
    with sandbox.running_process(database) as exchange:
        found = compare(makers, exchange.url)
        assert found.problems == []
        assert found.orders >= 600
        assert (
            as_numbers(books(exchange.url)) == as_numbers({m: audited.books[m] for m in MARKETS}) == book_of(found.open)
        )
        check_it_goes_on(makers[0], exchange.url)
        for maker in makers:
            maker.trader.close()
    assert sandbox.audit(database).problems == []


def test_a_restart_changes_nothing(database):
    with sandbox.running(database=database) as exchange:
        a, b, c = traders = [Trader(exchange.url) for _ in range(3)]
        for trader in traders:
            trader.onboard()
            trader.fund()
        a.order("BUY", "0.5", "10000")
        first, second = a.order("BUY", "0.2", "10000"), c.order("BUY", "0.2", "10000")
        b.order("SELL", "0.6", "10000")
        b.order("SELL", "0.1", "10100")
        a.order("SELL", "0.1", "10200", reduceOnly=True)
        paths = ("/v3/accounts", "/v3/orders", "/v3/fills", "/v3/positions")
        told = [trader.get(path) for trader in traders for path in paths]
        registration = a.get("/v3/registration")
        book = a.book()
    before = dump(database)
    with sandbox.running(database=database) as exchange:
        for trader in traders:
            trader.close()
            trader.parts = Trader(exchange.url).parts
        assert [trader.get(path) for trader in traders for path in paths] == told
        assert a.get("/v3/registration") == registration
        assert a.book() == book == {"bids": [("10000", "0.3")], "asks": [("10100", "0.1"), ("10200", "0.1")]}
        assert dump(database) == before
        # Time priority is kept: what is left of the order that came first is what trades first.
        b.order("SELL", "0.15", "9000")
        left = [t.get(f"/v3/orders/{o['id']}")["order"]["remainingSize"] for t, o in ((a, first), (c, second))]
        assert left == ["0", "0.15"]
        for trader in traders:
            trader.close()
    assert sandbox.audit(database).problems == []


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_files_are_their_owners_alone(database):
    with sandbox.running(database=database) as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        trader.close()
        files = list(database.parent.iterdir())
        assert {file.name for file in files} >= {"exchange.db", "exchange.db-wal"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_another_networks_database_is_refused(database):
    with sandbox.running(database=database):
        pass
    before = dump(database)
    with (
        pytest.raises(sandbox.SandboxError, match="is of the network mainnet, not of sepolia"),
        sandbox.running(database=database, network="sepolia"),
    ):
        pass
    assert dump(database) == before


def test_an_unknown_chain_is_refused(database):
    with pytest.raises(UnknownNetwork, match="network must be one of"), sandbox.running(database=database, network=5):
        pass
    assert not database.exists()


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("my notes, which are longer than SQLite's header of 100 bytes. " * 10)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    for path in (text, other):
        path.chmod(0o640)
        before = path.read_bytes(), path.stat().st_mode
        with pytest.raises(sandbox.SandboxError, match=path.name), sandbox.running(database=path):
            pass
        assert (path.read_bytes(), path.stat().st_mode) == before
    with (
        pytest.raises(sandbox.SandboxError, match="can't be opened"),
        sandbox.running(database=tmp_path / "no" / "x.db"),
    ):
        pass


def test_a_taken_port_is_refused(database):
    with sandbox.running() as exchange:
        port = int(exchange.url.rpartition(":")[2])
        with pytest.raises(sandbox.SandboxError, match="can't be listened on"), sandbox.running(port=port):
            pass


def test_a_second_writer_is_noticed(database):
    """What another program writes would be unknown to the engine: the exchange stops rather than go on."""
    with sandbox.running(database=database) as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE accounts SET quote = 1")
        connection.close()
        answer = trader.call("POST", "/v3/testnet/tokens", {"amount": "5"})
        assert answer.status == 503
        assert "was changed by another program" in answer.error
        assert trader.call("GET", "/v3/accounts").status == 503
        trader.close()


class FullDisk(Store):
    """A store whose disk is full from a moment on."""

    full = False

    def commit(self):
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()


def test_what_cannot_be_written_is_not_acknowledged():
    """The committer alone: its callers are told, subscribers hear nothing, and nothing is taken any more."""

    async def scenario():
        store = FullDisk(":memory:")
        committer = Committer(store)
        task = asyncio.create_task(committer.run())
        heard = []
        committer.add([("INSERT INTO meta VALUES ('a', 1)", ())], heard.append)
        await committer.durable()
        store.full = True
        committer.add([("INSERT INTO meta VALUES ('b', 1)", ())], heard.append)
        with pytest.raises(sandbox.SandboxError, match="disk is full"):
            await committer.durable()
        with pytest.raises(sandbox.SandboxError, match="disk is full"):
            committer.check()
        committer.close()
        await task
        store.close()
        return heard

    assert asyncio.run(scenario()) == [True, False]


def test_answers_share_a_transaction():
    """While one is written, others gather: three requests, two transactions."""

    async def scenario():
        exchange = Exchange(Settings())
        commits = []
        commit = exchange.store.commit
        exchange.store.commit = lambda: (commits.append(1), commit())
        task = asyncio.create_task(exchange.committer.run())
        await exchange.durable()
        commits.clear()
        for i in range(3):
            exchange.committer.add([(f"INSERT INTO meta VALUES ('{i}', 1)", ())])
        await exchange.durable()
        exchange.committer.close()
        await task
        exchange.store.close()
        return len(commits)

    assert asyncio.run(scenario()) == 1


def test_the_process_stops_cleanly(database):
    with sandbox.running_process(database, "--initial-balance", "50") as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        assert trader.balance() == "50"
        trader.close()
        exchange.process.terminate()
        exchange.process.wait(30)
    assert not database.with_name("exchange.db-wal").exists()  # SQLite removes it when the last one closes
