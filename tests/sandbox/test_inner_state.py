"""What the exchange keeps, tells and takes back, one function at a time."""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("uvicorn")

from sandbox_books import MARKET, STEP, close, new_account, new_order, opened, place, stored_state
from sandbox_books import state as state_of

from starkcore import sandbox
from starkcore.sandbox import __main__ as program
from starkcore.sandbox import (
    app,
    checks,
    committer,
    connections,
    ending,
    exchange,
    markets,
    page,
    peers,
    rows,
    server,
    store,
    websocket,
)
from starkcore.sandbox.accounts import Fill, Trade
from starkcore.sandbox.auth import ApiKey
from starkcore.sandbox.committer import Committer
from starkcore.sandbox.engine import Changes, Engine
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.sandbox.exchange import Settings
from starkcore.sandbox.history import _since
from starkcore.sandbox.store import Store
from starkcore.starkex import DYDX

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and modes are POSIX's")


def run(work):
    """Run it, with a generous end."""

    async def main():
        async with asyncio.timeout(60):
            return await work()

    return asyncio.run(main())


@pytest.fixture
def market():
    made = opened()
    yield made
    close(made)


# ---- The database ----


def test_a_file_is_its_owners(tmp_path):
    store._make(tmp_path / "db")
    assert (tmp_path / "db").stat().st_mode & 0o777 == 0o600 or os.name != "posix"
    (tmp_path / "db").write_bytes(b"x")
    store._make(tmp_path / "db")
    assert (tmp_path / "db").read_bytes() == b"x"
    for wrong, rule in (
        (tmp_path, "isn't a file"),
        (tmp_path / "no" / "db", "can't be opened"),
        (Path("a\0b"), "can't be opened"),
    ):
        with pytest.raises(SandboxError, match=rule):
            store._make(wrong)


def test_another_programs_database_is_left_as_it_is(tmp_path):
    for number, script in enumerate(("CREATE TABLE t (x)", "PRAGMA user_version = 77")):
        path = tmp_path / f"{number}.db"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        before = path.read_bytes()
        with pytest.raises(SandboxError, match="no database of the sandbox's, or one of another version"):
            Store(path)
        assert path.read_bytes() == before


def test_a_databases_version_is_checked(tmp_path):
    with contextlib.closing(Store(tmp_path / "db")) as made:
        assert made._check() == store.VERSION
        made._writer.execute("PRAGMA user_version = 77")
        with pytest.raises(SandboxError, match="another version"):
            made._check()
        made._writer.execute(f"PRAGMA user_version = {store.VERSION}")


def test_one_exchange_takes_a_database(tmp_path):
    with contextlib.closing(Store(tmp_path / "db")) as first:
        second = Store.__new__(Store)
        second.path, second._closing, second._lock = str(tmp_path / "db"), contextlib.ExitStack(), None
        with pytest.raises(SandboxError, match="in use by another exchange"):
            second._take(tmp_path / "db")
        second.close()
        assert first._lock is not None
    again = Store(tmp_path / "db")
    again.close()


def test_a_new_database_is_begun_with_what_keeps_it_whole(tmp_path):
    with contextlib.closing(Store(tmp_path / "db")) as made:
        made._open(store.VERSION)  # one that is there stays
        asked = {
            name: made._writer.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        }
        assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "user_version": store.VERSION}
    memory = Store.__new__(Store)
    memory.path, memory.in_memory, memory._closing, memory._lock = ":memory:", True, contextlib.ExitStack(), None
    memory._begin()
    assert memory._reader is memory._writer
    assert memory._check() == store.VERSION
    memory.close()


def test_a_step_is_written_whole_or_not_at_all():
    with contextlib.closing(Store(":memory:")) as made:
        insert = "INSERT INTO meta VALUES (?, ?)"
        made._writer.execute("BEGIN")
        made._write([(insert, ("a", 1)), (insert, ("b", 2))])
        with pytest.raises(sqlite3.IntegrityError):
            made._write([(insert, ("c", 3)), (insert, ("a", 4))])
        made._writer.execute("ROLLBACK TO step")
        made.commit()
        assert made.read("SELECT name FROM meta ORDER BY name") == [("a",), ("b",)] or [
            tuple(row) for row in made.read("SELECT name FROM meta ORDER BY name")
        ] == [("a",), ("b",)]


@pytest.mark.parametrize("value", [None, 0, True, 2**63 - 1, -(2**63) + 1, "x", b"x"])
def test_what_a_database_takes(value):
    committer._check_value(value)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800", 1.5, [], object()])
def test_what_it_does_not_take(value):
    with pytest.raises(ValueError, match=r"outgrown|can't be kept|surrogates"):
        committer._check_value(value)


def test_who_is_told_of_what_was_written():
    told = []
    steps = [committer._Step([], told.append), committer._Step([], None), committer._Step([], told.append)]
    committer._tell(steps, 1)
    assert told == [True, False]
    committer._tell(steps, 3)
    assert told == [True, False, True, True]


@pytest.mark.parametrize(
    ("error", "restart", "stopped"),
    [(sqlite3.OperationalError("full"), None, False), (SandboxError("changed"), None, True),
     (sqlite3.OperationalError("full"), SandboxError("no"), True)],
)  # fmt: skip
def test_what_can_not_be_written_is_taken_back(error, restart, stopped):
    begun, rolled = [], []

    def again():
        begun.append(1)
        if restart is not None:
            raise restart

    one = Committer(SimpleNamespace(roll_back=lambda: rolled.append(1), in_memory=True), again)
    one.add([("x", (1,))])
    waiting = one._give_up(error)
    assert (len(waiting), one._steps, rolled) == (1, [], [1])
    assert bool(begun) is not isinstance(error, SandboxError)
    if stopped:
        with pytest.raises(SandboxError, match="the exchange has stopped"):
            one.check()
    else:
        one.check()
    one._thread.shutdown()


# ---- Rows ----


def test_an_accounts_row():
    account = SimpleNamespace(
        stark_key=(255, 16), id="a", address="0x1", position_id=7, created_at=5, country=None, quote=9
    )
    assert rows.account_row(account)[1] == ("a", "0x1", 7, "0xff", "0x10", 5, None, 9)


def trade(number, price, size=STEP, at=3_661_001, market=MARKET):
    return Trade(number, market, True, price, size, size * price // 10**4, at)


def test_candles_of_each_span():
    """Minute, hour and day of 3 661 001 ms: they began at 3 660 000, 3 600 000 and 0."""
    trades = [trade(1, 10), trade(2, 12), trade(3, 9), trade(4, 99, market="ETH-USD")]
    changes = Changes(1, 3_661_001)
    changes.trades.extend(trades)
    changes.fills.append(Fill(trades[0], "f", "o", "a", True, "LIMIT", False, (1 << 32) + 7))
    made = rows._candle_rows(MARKET, changes)
    assert [(values[1], values[2]) for _, values in made] == [
        (60_000, 3_660_000),
        (3_600_000, 3_600_000),
        (86_400_000, 0),
    ]
    named = dict(zip(rows._CANDLE, made[0][1], strict=True))
    assert (named["open"], named["high"], named["low"], named["close"]) == (10, 12, 9, 9)
    assert (named["first"], named["last"], named["trades"]) == (1, 3, 3)
    assert (named["size_high"], named["size_low"], named["fees_high"], named["fees_low"]) == (0, 3 * STEP, 1, 7)


def test_what_changed_becomes_rows_of_that_moment(market):
    maker, taker = new_account(market), new_account(market)
    resting = place(market, new_order(maker, "SELL", 10))
    bought = new_order(taker, "BUY", 4)
    changes = market.engine.place(bought)
    made = rows.rows_of(changes)
    verbs = [" ".join(statement.split()[:3]) for statement, _ in made]
    assert verbs == [
        "INSERT INTO orders", "UPDATE orders SET", "INSERT INTO trades", "INSERT INTO fills", "INSERT INTO fills",
        "REPLACE INTO positions", "REPLACE INTO positions", "UPDATE accounts SET", "UPDATE accounts SET",
        "REPLACE INTO markets", "INSERT INTO candles", "INSERT INTO candles", "INSERT INTO candles",
    ]  # fmt: skip
    assert made[1][1] == (6 * STEP, "OPEN", None, None, resting.number)
    placed = dict(zip(rows._ORDER, made[0][1], strict=True))
    assert (placed["id"], placed["remaining"], placed["status"]) == (bought.id, 0, "FILLED")


# ---- The audit ----


@pytest.fixture
def traded(tmp_path):
    made = opened(tmp_path / "db")
    maker, taker = new_account(made), new_account(made)
    place(made, new_order(maker, "SELL", 10, 10_000))
    place(made, new_order(maker, "SELL", 10, 11_000))
    place(made, new_order(taker, "BUY", 4, 10_000))
    made.committer.flush()
    yield made
    close(made)


@contextlib.contextmanager
def copied(made):
    with contextlib.closing(sqlite3.connect(":memory:")) as copy:
        with contextlib.closing(sqlite3.connect(made.store.path)) as source:
            source.backup(copy)
        yield copy


def test_sums_that_sqlite_can_not_hold():
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (k, v)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [("a", 2**63 - 1)] * 3 + [("b", -5), ("b", 5), ("c", -7)])
        assert checks._sums(connection, "k", "v", "t") == {("a",): 3 * (2**63 - 1), ("c",): -7}


def test_sums_are_compared():
    assert checks._differences({("a",): 1, ("b",): 2}, {("a",): 1, ("c",): 3}) == [("b", 2, 0), ("c", 0, 3)]


def test_candles_that_are_not_what_was_traded(traded):
    with copied(traded) as copy:
        for span in rows.SPANS:
            assert checks._wrong_candles(copy, span) == []
        copy.execute("UPDATE candles SET size_low = size_low + 1 WHERE span = 60000")
        (wrong,) = checks._wrong_candles(copy, 60_000)
        assert (wrong[0], wrong[2] - wrong[3]) == (MARKET, 1)
        assert checks._wrong_candles(copy, 3_600_000) == []


def test_the_books_of_a_database(traded):
    with copied(traded) as copy:
        books = checks._books(copy)
    assert books[MARKET] == {"bids": [], "asks": [("10000", "0.0006"), ("11000", "0.001")]}
    assert books["ETH-USD"] == {"bids": [], "asks": []}


# ---- The exchange ----


def test_settings_that_are_amounts():
    assert exchange._quantums(Settings(maker_fee="0.0002"), "maker_fee", 10**6, 1) == 200
    assert exchange._quantums(Settings(maker_fee="1"), "maker_fee", 10**6, 1) == 10**6
    with pytest.raises(SandboxError, match="maker_fee must be at most 1"):
        exchange._quantums(Settings(maker_fee="1.000001"), "maker_fee", 10**6, 1)


def test_news_are_told_once_they_are_durable():
    told = []
    then = exchange._when_durable([lambda: told.append(1), lambda: told.append(2)])
    then(False)
    assert told == []
    then(True)
    assert told == [1, 2]


def test_nothing_changes_outside_a_step(market):
    with pytest.raises(RuntimeError, match="within a step"):
        market._collect([("x", ())])
    with market._step():
        market._collect(iter([]))
        assert market._rows == []


def test_what_an_empty_database_gets(market):
    assert market.store.meta("network") == "mainnet"
    assert len(market.store.meta("ethereum_key")) == 32
    assert market.provider.address == market.ethereum_key.public_key.to_address()
    rows_, market._rows = market._rows, []
    market._by_address.clear()
    market._found(b"k" * 32)
    assert [statement.split()[2] for statement, _ in market._rows] == ["meta", "meta", "accounts", "SET"]
    market._rows = rows_


def test_an_exchange_begins_again_from_its_database(traded):
    told = []
    traded.restarted.append(lambda: told.append(1))
    before, sequence = stored_state(traded), traded.engine.sequence
    account = next(iter(traded.engine.accounts.values()))
    account.quote += 5  # what no database has
    traded._restart()
    assert state_of(traded.engine) == before
    assert (told, traded.engine.sequence) == ([1], sequence)
    account = next(iter(traded.engine.accounts.values()))
    account.quote += 5
    traded._again()
    assert state_of(traded.engine) == before
    assert told == [1]
    traded.store.meta = lambda name: None
    with pytest.raises(SandboxError, match="couldn't even be begun"):
        traded._again()


def test_a_database_of_another_network_or_key_is_refused(tmp_path):
    close(opened(tmp_path / "db"))
    with pytest.raises(SandboxError, match="of the network mainnet, not of sepolia"):
        opened(tmp_path / "db", network="sepolia")
    with pytest.raises(SandboxError, match=r"^ethereum_key must be 32 bytes"):
        opened(ethereum_key=b"short")
    with pytest.raises(SandboxError, match="a key of Ethereum's curve"):
        opened(ethereum_key=bytes(32))


def test_what_was_loaded_is_what_was_there(traded):
    known = dict(traded._by_address)
    traded._by_address = traded._by_stark_key = None
    traded.engine = Engine(traded._rules.values(), maker_fee=200, taker_fee=500)
    traded._load()
    assert state_of(traded.engine) == stored_state(traded)
    assert traded._by_address.keys() == known.keys()
    assert traded._next_position == max(account.position_id for account in known.values()) + 1


def test_figures_since_a_minute(market):
    """From days where they are whole, before them hours, before them minutes; the first minute is whole."""
    minute, hour, day = rows.SPANS
    candles = [(day, 2 * day, 100), (hour, 2 * day - hour, 10), (minute, 2 * day - hour - minute, 1),
               (minute, 2 * day - hour - 2 * minute, 1000)]  # fmt: skip
    with market._step():
        for span, start, count in candles:
            values = [MARKET, span, start, start, start, 5, 9, 1, 7, 0, count, 0, 0, 0, 0, count, start]
            market._collect([(rows._ADD_TO_CANDLE, values)])
    market.committer.flush()
    figures = _since(market, MARKET, 2 * day - hour - minute + 30_000)
    assert (figures.trades, figures.size) == (111, 111)
    assert _since(market, "ETH-USD", 0) is None


# ---- What subscribers are told ----


class Peer:
    def __init__(self):
        self.held, self.signed = 0, []

    def hold(self, size):
        self.held += size

    def waiting(self):
        return self.held

    def sign(self, account_id):
        self.signed.append(account_id)


def subscriber():
    return websocket._Connection(None, Peer())


def texts(connection):
    found = []
    while not connection.waiting.empty():
        message = connection.waiting.get_nowait()
        found.append(None if message is None else json.loads(message.text("c", len(found))))
    return found


def test_text_of_a_request():
    assert websocket._text({"id": "x"}, "id") == "x"
    for wrong in ({}, {"id": ""}, {"id": 5}, {"id": None}):
        with pytest.raises(Refused, match=r"^id must be given, as text"):
            websocket._text(wrong, "id")


def test_what_waits_is_forgotten():
    connection = subscriber()
    connection.topics[MARKET, ""] = 1
    for _ in range(3):
        connection.put(websocket.Message("pong"))
    connection.waiting.put_nowait(None)
    assert connection.peer.held > 0
    connection.forget()
    assert (connection.peer.held, connection.topics, connection.waiting.empty()) == (0, {}, True)


@pytest.fixture
def hub(market):
    return websocket.Hub(market)


def test_who_may_subscribe_to_what(hub, market):
    connection, account = subscriber(), new_account(market)
    assert hub._topic({"channel": "v3_markets"}, connection.peer) == ("v3_markets", "")
    assert hub._topic({"channel": "v3_trades", "id": MARKET}, connection.peer) == ("v3_trades", MARKET)
    hub._signed = lambda request: account
    assert hub._topic({"channel": "v3_accounts"}, connection.peer) == ("v3_accounts", account.id)
    assert connection.peer.signed == [account.id]
    for wrong in ({}, {"channel": "x"}, {"channel": "v3_orderbook"}, {"channel": "v3_orderbook", "id": "x"}):
        with pytest.raises(Refused):
            hub._topic(wrong, connection.peer)


def test_whose_account_a_subscription_is(hub, market, monkeypatch):
    account, seen = new_account(market), []
    key = ApiKey("k", account.id, "s", "p")
    monkeypatch.setattr(websocket, "check_hmac", lambda *arguments: seen.append(arguments) or key)
    request = {"signature": "a", "apiKey": "k", "timestamp": "t", "passphrase": "p", "accountNumber": 0}
    assert hub._signed(request) is account
    assert seen[0][2] == b"GET/ws/accounts"
    for wrong in ({"accountNumber": "1"}, {"signature": ""}, {"passphrase": None}):
        with pytest.raises(Refused):
            hub._signed(request | wrong)


def test_a_subscription_begins_with_the_state_once_that_is_durable(hub, market):
    connection = subscriber()
    hub._subscribe(connection, {"channel": "v3_orderbook", "id": MARKET})
    topic = ("v3_orderbook", MARKET)
    assert connection.topics == {topic: market.engine.sequence}
    assert texts(connection) == []
    market.committer.flush()
    committer._tell(market.committer._steps, len(market.committer._steps))
    (told,) = texts(connection)
    assert (told["type"], told["id"], sorted(told["contents"])) == ("subscribed", MARKET, ["asks", "bids"])
    with pytest.raises(Refused, match="must not be subscribed to twice: v3_orderbook BTC-USD"):
        hub._subscribe(connection, {"channel": "v3_orderbook", "id": MARKET})


def test_a_subscription_ends(hub):
    connection = subscriber()
    for topic in (("v3_trades", MARKET), ("v3_trades", "ETH-USD"), ("v3_accounts", "a")):
        connection.topics[topic] = 0
        hub._topics.setdefault(topic, set()).add(connection)
    hub._unsubscribe(connection, {"channel": "v3_trades", "id": MARKET})
    hub._unsubscribe(connection, {"channel": "v3_accounts"})
    assert list(connection.topics) == [("v3_trades", "ETH-USD")]
    assert hub._topics["v3_trades", MARKET] == set()
    assert [(told["channel"], told["id"]) for told in texts(connection)] == [
        ("v3_trades", MARKET),
        ("v3_accounts", "a"),
    ]
    for wrong in ({"channel": "v3_trades", "id": MARKET}, {"channel": "v3_trades"}, {}):
        with pytest.raises(Refused, match="must be subscribed to"):
            hub._unsubscribe(connection, wrong)


def test_a_change_is_told_to_those_who_came_before_it(hub):
    topic, early, late, other = ("v3_markets", ""), subscriber(), subscriber(), subscriber()
    early.topics[topic], late.topics[topic], other.topics["v3_trades", MARKET] = 4, 5, 0
    hub._topics[topic] = {early, late, other}
    hub._publish(5, [(topic, {"a": 1})])
    assert [told["contents"] for told in texts(early)] == [{"a": 1}]
    assert texts(late) == texts(other) == []


def test_the_news_of_a_change(hub, market):
    maker, taker = new_account(market), new_account(market)
    place(market, new_order(maker, "SELL", 10, 10_000))
    hub._topics["v3_accounts", maker.id] = {subscriber()}
    changes = market.engine.place(new_order(taker, "BUY", 4, 10_000))
    news = hub._news(changes)
    assert news["v3_orderbook", MARKET] == {"offset": str(changes.sequence), "bids": [], "asks": [["10000", "0.0006"]]}
    assert [one["size"] for one in news["v3_trades", MARKET]["trades"]] == ["0.0004"]
    assert news["v3_markets", ""] == {MARKET: {"indexPrice": "10000", "oraclePrice": "10000"}}
    assert ("v3_accounts", taker.id) not in news  # nobody asks for it
    assert [fill["liquidity"] for fill in news["v3_accounts", maker.id]["fills"]] == ["MAKER"]


def test_subscribers_begin_again_with_the_exchange(hub, market):
    maker, taker = new_account(market), new_account(market)
    place(market, new_order(maker, "SELL", 10, 10_000))
    place(market, new_order(taker, "BUY", 4, 10_000))
    market.committer.flush()
    connection = subscriber()
    hub._topics["v3_markets", ""] = {connection}
    hub._trades.clear()
    hub._restarted()
    assert (hub._topics, texts(connection), connection._end[0]) == (
        {},
        [None],
        1012,
    )  # RFC 6455's registry: Service Restart
    assert [one["size"] for one in hub._trades[MARKET]] == ["0.0004"]
    hub._trades[MARKET].clear()
    hub._load()
    assert [one["size"] for one in hub._trades[MARKET]] == ["0.0004"]


def test_what_is_refused_is_told_and_the_connection_stays(hub):
    connection = subscriber()
    events = [{"type": "websocket.receive", "text": '{"type": "ping", "id": 5}'},
              {"type": "websocket.receive", "text": "{"}, {"type": "websocket.receive"},
              {"type": "websocket.disconnect"}]  # fmt: skip

    async def receive():
        return events.pop(0)

    connection.socket = SimpleNamespace(receive=receive)
    run(lambda: hub._receive(connection))
    assert [told["type"] for told in texts(connection)] == ["pong", "error", "error"]


# ---- Connections ----


class Client:
    def __init__(self, name, everybody):
        self.name, self.owner, self.everybody = name, "", everybody

    def abort(self):
        self.everybody.gone.append(self.name)
        self.everybody.remove(self)

    def late(self, now):
        return now > 100 and self.name == "a"


@pytest.fixture
def everybody():
    made = connections.Connections()
    made.gone = []
    return made


def test_the_oldest_goes_where_somebody_has_too_many(everybody):
    limits = everybody.limits
    strangers = [Client(f"s{i}", everybody) for i in range(limits.strangers + 1)]
    for one in strangers:
        everybody._own(one, "")
    assert everybody.gone == ["s0"]
    everybody.gone.clear()
    for i in range(limits.each + 2):
        everybody._own(Client(f"a{i}", everybody), "account")
    assert everybody.gone == ["a0", "a1"]


def test_who_is_late_is_looked_for_as_long_as_anybody_is_there(everybody, monkeypatch):
    later = []
    loop = SimpleNamespace(time=lambda: 50, call_later=lambda seconds, call: later.append(call))
    monkeypatch.setattr(connections.asyncio, "get_running_loop", lambda: loop)
    everybody.add(Client("a", everybody))
    everybody._sweep_on()
    assert (everybody.gone, len(later)) == ([], 2)
    loop.time = lambda: 101
    everybody._sweep_on()
    assert (everybody.gone, len(later), everybody._sweeping) == (["a"], 2, False)


def http_protocol(**limits):
    """As much of a connection's HTTP as its own methods look at."""
    told, sent = [], []
    made = connections._Http.__new__(connections._Http)
    names = dict.fromkeys(("pipelined", "fields", "head"), 10**9) | limits
    made.outer = SimpleNamespace(
        limits=SimpleNamespace(**names),
        head_begins=lambda: told.append("begins"),
        head_ends=lambda: told.append("ends"),
    )
    made.transport = SimpleNamespace(write=sent.append, close=lambda: sent.append("closed"))
    return made, told, sent


def bare(monkeypatch, name):
    monkeypatch.setattr(connections.HttpToolsProtocol, name, lambda self, *arguments: None)


def test_a_request_too_many_in_a_row(monkeypatch):
    bare(monkeypatch, "on_message_begin")
    made, told, _ = http_protocol(pipelined=2)
    made.pipeline = [1]
    made.on_message_begin()
    assert (told, made.refusal) == (["begins"], b"")
    made.pipeline = [1, 2]
    with pytest.raises(ValueError, match="429"):
        made.on_message_begin()
    assert made.refusal == b"429 Too Many Requests"


def test_a_head_of_too_many_fields_or_bytes(monkeypatch):
    bare(monkeypatch, "on_header")
    bare(monkeypatch, "on_headers_complete")
    made, told, _ = http_protocol(fields=2, head=10)
    made.headers, made.url = [(b"a", b"1"), (b"b", b"2")], b"/v3/x"
    made.on_header(b"b", b"2")
    made.on_headers_complete()
    assert told == ["ends"]
    made.url = b"/v3/xyz"
    with pytest.raises(ValueError, match="431"):
        made.on_headers_complete()
    made.headers.append((b"c", b"3"))
    with pytest.raises(ValueError, match="431"):
        made.on_header(b"c", b"3")


def test_a_refusal_has_a_status_of_its_own(monkeypatch):
    plain = []
    monkeypatch.setattr(connections.HttpToolsProtocol, "send_400_response", lambda self, msg: plain.append(msg))
    made, _, sent = http_protocol()
    made.send_400_response("Invalid HTTP request received.")
    assert (plain, sent) == (["Invalid HTTP request received."], [])
    made.refusal = b"429 Too Many Requests"
    made.send_400_response("x")
    assert sent == [b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "closed"]


def test_bytes_of_a_head_are_counted():
    got, refusals, aborted = [], [], []
    one = connections.Connection.__new__(connections.Connection)
    one.limits = SimpleNamespace(head=10, head_seconds=5)
    one._loop, one._deadline = SimpleNamespace(time=lambda: 100), None
    one._transport = SimpleNamespace(is_closing=lambda: False)
    one._spoken = SimpleNamespace(
        data_received=got.append, send_400_response=lambda text: refusals.append(one._spoken.refusal), frames=()
    )
    one.abort = lambda: aborted.append(1)
    one._buffer, one._in_head, one._head = bytearray(b"0123456789"), True, 0
    one.buffer_updated(6)
    assert (got, one._head, one._deadline, refusals) == ([b"012345"], 6, 105, [])
    one.buffer_updated(5)
    assert (one._head, refusals) == (11, [b"431 Request Header Fields Too Large"])
    one._in_head, one._head = False, 0
    one.buffer_updated(10)
    assert (one._head, len(refusals), aborted) == (0, 1, [])
    one._spoken.frames = [b""] * 10**5
    one.buffer_updated(1)
    assert aborted == [1]
    one._transport.is_closing = lambda: True
    one.buffer_updated(3)
    assert len(got) == 4


# ---- Beginning and ending ----


def test_orders_expire_until_the_database_can_not_be_written(monkeypatch):
    monkeypatch.setattr(app, "_EXPIRY_SECONDS", 0)
    asked = []

    def ready():
        asked.append(1)
        if len(asked) == 3:
            raise SandboxError("stopped")

    run(lambda: app._expire(SimpleNamespace(ready=ready)))
    assert len(asked) == 3


def test_an_application_opens_and_closes_its_database(tmp_path):
    made = app.create_app(Settings(database=tmp_path / "db"))
    assert {"/v3/ws", "/v3/orders", "/"} <= {route.path for route in made.routes}

    async def work():
        async with made.router.lifespan_context(made):
            with pytest.raises(SandboxError, match="in use"):
                Store(tmp_path / "db")
            own = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.sleep(0)  # what was told to end does so when its turn comes
        assert len(own) == 2
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(work)
    Store(tmp_path / "db").close()


@pytest.mark.parametrize("started", [True, False])
def test_a_server_that_never_began_is_told(monkeypatch, capsys, started):
    ran = []
    one = SimpleNamespace(started=started, run=lambda sockets: ran.append(sockets))
    monkeypatch.setattr(server, "_server", lambda settings, host, names: one)
    with contextlib.nullcontext() if started else pytest.raises(SandboxError, match=r"^the exchange couldn't start"):
        server.serve(port=0)
    assert len(ran) == 1
    assert "http://127.0.0.1:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ends", "status", "told"),
    [
        (None, 0, ""),
        (KeyboardInterrupt(), 0, ""),
        (SandboxError("it couldn't"), 1, "error: it couldn't\n"),
        (OSError("no such"), 1, "error: --database, --host and --port must name what can be used: no such\n"),
    ],
)
def test_a_programs_status_says_how_it_ended(monkeypatch, capsys, ends, status, told):
    def serve(host, port, settings, *, names):
        assert (host, port, settings.database, names) == ("127.0.0.1", 5, ":memory:", ["one"])
        if ends is not None:
            raise ends

    monkeypatch.setattr(program, "serve", serve)
    options = SimpleNamespace(
        temporary=False, database=":memory:", until_eof=False, network="mainnet", initial_balance="0",
        host="127.0.0.1", port=5, name=["one"],
    )  # fmt: skip
    assert program.run(options) == status
    assert capsys.readouterr().err == told


def test_what_is_missing_for_an_exchange_is_named(monkeypatch):
    """By its package; a module of our own that is missing is our fault, and stays what it is."""

    def missing(name):
        def fail(_):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        return fail

    monkeypatch.setattr(sandbox, "import_module", missing("uvicorn"))
    with pytest.raises(SandboxError, match=r"^the sandbox needs uvicorn: install it with pip install"):
        _ = sandbox.serve
    monkeypatch.setattr(sandbox, "import_module", missing("starkcore.sandbox.server"))
    with pytest.raises(ModuleNotFoundError, match=r"starkcore\.sandbox\.server"):
        _ = sandbox.serve


def test_what_is_rolled_back_was_never_written(tmp_path):
    rows = [[("INSERT INTO counters VALUES (?, ?)", ("one", 1))]]
    with contextlib.closing(Store(tmp_path / "db")) as made:
        made._writer.execute("CREATE TABLE counters (name TEXT, value INTEGER)")
        made.roll_back()  # of nothing
        for end, left in ((made.roll_back, 0), (made.commit, 1)):
            assert made.write(rows) == (1, None)
            end()
            assert not made._writer.in_transaction
            assert len(made.read("SELECT * FROM counters")) == left


def test_bounds_are_those_that_are_written_down():
    """As docs/sandbox.md tells them, to who runs an exchange and to who speaks to one."""
    bounds = connections.Limits()
    assert (bounds.head, bounds.fields, bounds.head_seconds, bounds.body_seconds) == (16 << 10, 64, 20, 30)
    assert (bounds.connections, bounds.strangers, bounds.each, bounds.pipelined) == (1000, 250, 100, 16)
    assert (bounds.waiting, bounds.everybody, bounds.stalled_seconds) == (4 << 20, 64 << 20, 20)
    assert {rules.first_price for rules in markets.rules_of(DYDX, DYDX.network("mainnet")).values()} == {10_000}


def test_a_page_is_named_by_the_hashes_of_its_parts():
    """CSP, 6.7.2.2: of the text between the tags, without them."""
    text = "<html><style>a {}</style><script>go()</script></html>"
    for element, inner in (("script", b"go()"), ("style", b"a {}")):
        digest = base64.b64encode(hashlib.sha256(inner).digest()).decode()
        assert page._hashed(text, element) == f"'sha256-{digest}'"


def test_of_each_kind_of_problem_three_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "_PROBLEMS", {"odd": "SELECT value FROM json_each('[1, 2, 3, 4, 5]')"})
    monkeypatch.setattr(checks, "_different", lambda connection: {"other": [(6,), (7,), (8,), (9,)]})
    Store(tmp_path / "db").close()
    told = checks.audit(tmp_path / "db").problems
    assert told == ["odd: (1,)", "odd: (2,)", "odd: (3,)", "other: (6,)", "other: (7,)", "other: (8,)"]


def test_who_speaks_is_known_where_the_server_says_so():
    one = peers._Unknown()
    assert peers.peer_of({"state": {peers.PEER: one}}) is one
    assert isinstance(peers.peer_of({"state": {}}), peers._Unknown)
    assert isinstance(peers.peer_of({}), peers._Unknown)
    assert one.waiting() == 0
    one.hold(5)
    assert one.waiting() == 5


def test_where_is_listened():
    listener = server._listen("127.0.0.1", 0)
    with listener:
        host, port = listener.getsockname()
        assert (host, server._url(listener)) == ("127.0.0.1", f"http://127.0.0.1:{port}")
        with pytest.raises(SandboxError, match=f"127.0.0.1:{port} can't be listened on"):
            server._listen("127.0.0.1", port)
    for host, port, rule in (
        ("127.0.0.1", -1, "from 0 to 65535"),
        ("127.0.0.1", 65536, "65536"),
        ("a\0b", 0, "no host's name"),
    ):
        with pytest.raises(SandboxError, match=rule):
            server._listen(host, port)


def process(code):
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@POSIX
def test_an_exchange_is_ended(monkeypatch):
    quick = process("print('up', flush=True); input()")
    quick.stdout.readline()
    server._stop(quick)
    assert quick.returncode is not None
    monkeypatch.setattr(server, "_PATIENCE", 0.2)
    stubborn = process(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    stubborn.stdout.readline()
    server._stop(stubborn)
    assert stubborn.returncode == -signal.SIGKILL


@POSIX
def test_signals_that_ask_to_end_interrupt_and_what_is_ignored_stays_so():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with ending.ended_by_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        with pytest.raises(KeyboardInterrupt), ending.ended_by_signals():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with pytest.raises(KeyboardInterrupt), ending.ended_by_signals():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_folder_that_goes_with_its_block():
    with ending.temporary_folder(False) as folder:
        assert folder is None
    with ending.temporary_folder(True) as folder:
        (folder / "file").write_bytes(b"x")
        assert folder.stat().st_mode & 0o77 == 0 or os.name != "posix"
    assert not folder.exists()


@POSIX
def test_no_signal_interrupts_the_removal():
    before = signal.getsignal(signal.SIGTERM)
    with ending._undisturbed():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == [signal.SIG_IGN] * 2
    assert signal.getsignal(signal.SIGTERM) == before
    seen = []

    def elsewhere():
        with ending._undisturbed():
            seen.append(signal.getsignal(signal.SIGTERM))

    import threading

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


@POSIX
def test_the_end_of_the_input(monkeypatch):
    monkeypatch.setattr(ending, "_LOOK_EVERY", 0)
    read, write = os.pipe()
    kept = os.dup(0)
    try:
        os.dup2(read, 0)
        assert ending._input_ended() is False
        os.write(write, b"x")
        assert ending._input_ended() is False
        os.close(write)
        assert ending._input_ended() is True
        monkeypatch.setattr(os, "read", lambda descriptor, size: (_ for _ in ()).throw(OSError()))
        assert ending._input_ended() is True
    finally:
        monkeypatch.undo()
        os.dup2(kept, 0)
        os.close(kept)
        os.close(read)


def test_a_watcher_ends_its_process(monkeypatch, tmp_path):
    done = []
    folder = tmp_path / "folder"
    folder.mkdir()
    looks = iter([False, False, True])
    monkeypatch.setattr(ending, "_input_ended", lambda: next(looks))
    monkeypatch.setattr(ending.signal, "raise_signal", lambda number: done.append(number))
    monkeypatch.setattr(ending.time, "sleep", lambda seconds: done.append(seconds))
    monkeypatch.setattr(ending.os, "_exit", lambda status: done.append(("exit", status, folder.exists())))
    ending._watch(os.getppid(), folder)
    assert done == [signal.SIGTERM, ending._GRACE, ("exit", 1, False)]
    assert list(looks) == []  # it looked until the input had ended
    done.clear()
    ending._watch(-1, None)  # whoever started it has gone: nobody looks at the input
    assert done[0] == signal.SIGTERM


def test_an_order_of_its_row(market):
    order = new_order(new_account(market), "SELL", post_only=True, expires_at=7)
    record = {name: getattr(order, name) for name in rows._ORDER} | {"is_buy": 0, "post_only": 1, "reduce_only": 0}
    made = rows.order_of(record)
    assert [made.is_buy, made.post_only, made.reduce_only] == [False, True, False]
    assert [type(made.is_buy), made.expires_at, made.nonce, made.price] == [bool, 7, order.nonce, order.price]
