"""What the exchange asks of its database goes along an index, however much there is: by the plan, and by counting
steps.

All statements of an exchange that is asked everything are traced. A plan that goes over a table which grows, or sorts,
is an error unless the statement is listed here with a reason.
"""

import re
import sqlite3
from contextlib import closing
from functools import partial
from urllib.parse import urlencode

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from sandbox_books import MARKET, close, new_account, new_order, opened, place

from starkcore import sandbox
from starkcore.sandbox import checks, history, rest
from starkcore.sandbox.websocket import Hub

TIMES = ("2020-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z")
# What may be asked of each: every parameter alone, and some together.
ASKED = {
    "orders": [
        {}, {"returnLatestOrders": "true"}, {"status": "FILLED"}, {"status": "CANCELED,OPEN"}, {"market": MARKET},
        {"market": MARKET, "returnLatestOrders": "true", "side": "BUY"}, {"type": "MARKET"},
        {"side": "SELL", "type": "MARKET", "status": "FILLED", "createdBeforeOrAt": TIMES[1], "limit": "7"},
        {"returnLatestOrders": "true", "createdBeforeOrAt": TIMES[0]}, {"market": "UNI-USD", "status": "FILLED"},
    ],
    "fills": [
        {}, {"market": MARKET}, {"market": "UNI-USD"}, {"createdBeforeOrAt": TIMES[1]}, {"orderId": "x"},
        {"createdBeforeOrAt": TIMES[0]}, {"orderId": "order", "market": "UNI-USD"},
        {"orderId": "order", "market": MARKET},
    ],
    "transfers": [{}, {"type": "DEPOSIT"}, {"type": "WITHDRAWAL,TRANSFER_IN"}, {"createdBeforeOrAt": TIMES[0]}],
    "positions": [{}, {"status": "OPEN"}, {"status": "CLOSED,OPEN", "market": MARKET}, {"createdBeforeOrAt": TIMES[0]}],
    "trades": [{}, {"startingBeforeOrAt": TIMES[0]}, {"startingBeforeOrAt": TIMES[1], "limit": "5"}],
    "candles": [
        *({"resolution": name} for name in history._RESOLUTIONS), {"fromISO": TIMES[0], "toISO": TIMES[1]},
        {"resolution": "4HOURS", "toISO": TIMES[0]},
    ],
    "statistics": [{"days": days} for days in ("1", "7", "30")],
}  # fmt: skip


def ask(exchange, account, order):
    """Yields the name of each question, and its answer as a function."""
    for name, queries in ASKED.items():
        asked, of = getattr(history, name), MARKET if name in ("trades", "candles", "statistics") else account
        for query in queries:
            exact = {key: order.id if value == "order" else value for key, value in query.items()}
            yield f"{name} {query}", partial(asked, exchange, of, exact)
    yield "all statistics", lambda: history.statistics(exchange, None, {})
    yield "markets", lambda: history.day_figures(exchange)
    yield "an order", lambda: history.order_by(exchange, account, "id", order.id)
    yield "an order by client id", lambda: history.order_by(exchange, account, "client_id", order.client_id)
    yield "profit", lambda: history.historical_pnl(exchange, account, {})


def test_every_answer_that_comes_from_the_database_is_asked_for():
    """Each route says whether its answer does."""
    past = {route.path.split("/")[1] for route in rest.ROUTES if route.past}
    names = {"stats": "statistics", "markets": "markets", "historical-pnl": "profit"}
    asked = {*ASKED, "markets", "profit"}
    assert {names.get(name, name) for name in past} - asked == {"users"}  # which memory answers


class Clock:
    """A minute passes at each look."""

    def __init__(self):
        self.now = 1_700_000_000

    def __call__(self):
        self.now += 60
        return self.now


def trade(exchange, a, b, count):
    """Orders of every kind, a minute after the other: filled, canceled, left; positions that open and close; money."""
    order = None
    for i in range(count):
        now = exchange.now()
        sides = ("BUY", "SELL") if i % 2 else ("SELL", "BUY")
        order = place(exchange, new_order(a, sides[0], 10, now=now))
        place(exchange, new_order(b, sides[1], 10, now=now, kind="IOC", type=("LIMIT", "MARKET")[i // 2 % 2]))
        gone = place(exchange, new_order(a, "BUY", 10, 1, now=now))
        exchange.cancel([gone])
        exchange.deposit(a, 1)
        with exchange._step():
            exchange._pay(a, "TRANSFER_OUT", -1, 1, to_address="", receiver=b)
            exchange._pay(a, "WITHDRAWAL", -1, 1, to_address="")
    exchange.committer.flush()
    return order


# What may go over a table, or sort: the beginning of the statement, and why.
ALLOWED = {
    "SELECT * FROM markets": "38 rows",
    "SELECT * FROM accounts": "the start: all of it is memory's",
    "SELECT key, account_id, secret, passphrase FROM api_keys": "the start: all of it is memory's",
    "SELECT account_id, nonce FROM orders": "the start: which nonces were used",
    "SELECT account_id, nonce, amount FROM transfers": "the start: which nonces were used, and what was paid",
    "SELECT * FROM positions WHERE closed_at IS NULL": "the start: along an index of the open ones",
    "SELECT count(*) FROM sqlite_master": "the start: the tables are a dozen",
    "SELECT * FROM orders WHERE status = 'OPEN' ORDER BY number": "the start: along an index of the open ones",
    "SELECT * FROM trades ORDER BY number DESC LIMIT 10000": "the start: from the end, so many and no more",
}
GROWING = "accounts|api_keys|orders|trades|fills|positions|transfers|candles"


def plans(connection, statements):
    """Each statement with the lines of its plan that go over a growing table, or sort."""
    for statement in statements:
        if re.match("(?i)begin|commit|rollback|savepoint|release|pragma|create|drop|alter", statement.lstrip()):
            continue
        lines = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        yield statement, [line for line in lines if re.match(rf"SCAN ({GROWING}|f|t|o)\b|USE TEMP B-TREE", line)]


def test_no_statement_goes_over_a_table_that_grows(tmp_path):
    traced = []
    connect = sandbox.Settings and sqlite3.connect

    class Traced(sqlite3.Connection):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            self.set_trace_callback(traced.append)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Traced, **k))
        exchange = opened(tmp_path / "exchange.db", clock=Clock())
        hub = Hub(exchange)
        a, b = new_account(exchange), new_account(exchange)
        order = trade(exchange, a, b, 3)
        exchange.add_api_key(a)
        exchange.delete_api_key(a, exchange.keys_of(a)[0])
        for _, question in ask(exchange, a, order):
            question()
        for topic in (("v3_orderbook", MARKET), ("v3_trades", MARKET), ("v3_markets", ""), ("v3_accounts", a.id)):
            hub._state(topic)
        exchange._undo()
        close(exchange)
    assert len(set(traced)) > 100
    connection = sqlite3.connect(tmp_path / "exchange.db")
    wrong = [
        (statement, lines)
        for statement, lines in plans(connection, sorted(set(traced)))
        if lines and not any(statement.startswith(allowed) for allowed in ALLOWED)
    ]
    connection.close()
    assert wrong == []
    assert all(any(statement.startswith(allowed) for statement in traced) for allowed in ALLOWED)


def test_a_plan_that_is_wrong_is_seen(tmp_path):
    """Planted: the queries as they were."""
    exchange = opened(tmp_path / "exchange.db")
    close(exchange)
    connection = sqlite3.connect(tmp_path / "exchange.db")
    connection.execute("DROP INDEX orders_account")
    connection.execute("DROP INDEX orders_market")
    statements = [
        "SELECT * FROM orders WHERE account_id = 'x' AND status = 'OPEN' ORDER BY number DESC LIMIT 100",
        "SELECT market, sum(size) FROM positions WHERE size > 0 GROUP BY market",
        "SELECT market, count(*) FROM trades WHERE created_at > 5 GROUP BY market",
        "SELECT t.market, sum(f.fee) FROM fills f JOIN trades t ON t.number = f.trade WHERE t.created_at > 5 GROUP BY "
        "t.market",
    ]
    assert all(lines for _, lines in plans(connection, statements))
    connection.close()


def steps(connection, question):
    """How many steps SQLite takes for an answer."""
    count = 0

    def tick():
        nonlocal count
        count += 1

    connection.set_progress_handler(tick, 1)
    try:
        question()
    finally:
        connection.set_progress_handler(None, 0)
    return count


def test_no_answer_takes_more_steps_when_there_is_more(tmp_path):
    """The same questions at 300 and at 1800 orders of each kind: a page of each is full already."""
    exchange = opened(tmp_path / "exchange.db", clock=Clock())
    a, b = new_account(exchange), new_account(exchange)
    counted = []
    for count in (300, 1500):
        order = trade(exchange, a, b, count)
        counted.append({name: steps(exchange.store._reader, question) for name, question in ask(exchange, a, order)})
    close(exchange)
    few, many = counted
    # Candles of days and statistics of a month are made of up to so many hours and minutes, whatever the trades.
    grown = {name: (few[name], many[name]) for name in few if many[name] > 1.1 * few[name] + 50}
    spans = {name for name in grown if name.startswith(("candles", "statistics", "all statistics", "markets"))}
    assert grown.keys() - spans == set()
    assert all(grown[name][1] < 60_000 for name in spans)


def test_the_audit_is_linear(tmp_path, monkeypatch):
    """Four times as many orders take four times as many steps, not sixteen."""
    counted = []
    connect = sqlite3.connect

    class Counted(sqlite3.Connection):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            self.set_progress_handler(lambda: counted.__setitem__(-1, counted[-1] + 1), 10)

    for name, count in (("few", 100), ("many", 400)):
        database = tmp_path / f"{name}.db"
        exchange = opened(database, clock=Clock())
        trade(exchange, new_account(exchange), new_account(exchange), count)
        close(exchange)
        counted.append(0)
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Counted, **k))
            assert sandbox.audit(database).problems == []
    assert counted[1] < 5 * counted[0]


def test_an_audit_doesnt_hold_up_the_log(tmp_path, monkeypatch):
    """What the exchange writes while an audit goes on is written over once it is in the database, as always.

    Pages are 4 KiB, and 1 000 of them are carried over at a time. Each of these transactions writes one or more.
    """
    database = tmp_path / "exchange.db"
    exchange = opened(database, clock=Clock())
    trade(exchange, new_account(exchange), new_account(exchange), 5)
    different, quote = checks._different, []

    def meanwhile(connection):
        """In the midst of the audit."""
        quote.append(connection.execute("SELECT min(quote) FROM accounts").fetchone()[0])
        writer = exchange.store._writer
        writer.execute("PRAGMA synchronous = OFF")
        for _ in range(4000):
            writer.execute("UPDATE accounts SET quote = quote + 1")
        quote.append(connection.execute("SELECT min(quote) FROM accounts").fetchone()[0])
        return different(connection)

    monkeypatch.setattr(checks, "_different", meanwhile)
    assert sandbox.audit(database).problems == []
    assert quote[0] == quote[1]  # of one moment
    assert (tmp_path / "exchange.db-wal").stat().st_size < 1200 * 4096
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("exchange.db")] == []
    close(exchange)


def test_an_audits_copy_has_no_name_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    database = tmp_path / "exchange.db"
    exchange = opened(database, clock=Clock())
    trade(exchange, new_account(exchange), new_account(exchange), 100)
    close(exchange)
    with closing(checks._copy(database)) as copy:
        assert copy.execute("SELECT count(*) FROM trades").fetchone()[0] > 50
        assert copy.execute("PRAGMA database_list").fetchone()[2] == ""
        assert {path.name[:11] for path in tmp_path.iterdir()} == {"exchange.db"}  # with its log and lock
    with pytest.raises(sqlite3.Error):
        sandbox.audit(tmp_path / "none.db")


WRONG = {
    "an order's fills aren't what is gone of it": "UPDATE orders SET remaining = remaining + 1 WHERE number = 2",
    "an order's status isn't that of what remains": "UPDATE orders SET status = 'CANCELED' WHERE number = 2",
    "an order traded outside its limit": "UPDATE orders SET price = price + iif(is_buy, -1, 1) WHERE number = 1",
    "an order paid more fees than it had signed": "UPDATE orders SET fee_limit = 0 WHERE number = 2",
    "a fill is of no order": "UPDATE fills SET order_id = 'x' WHERE trade = 1 AND is_maker",
    "a trade hasn't two sides": "DELETE FROM fills WHERE trade = 1 AND is_maker",
    "a book is crossed": "UPDATE orders SET status = 'OPEN', price = CASE WHEN is_buy THEN 5 ELSE 4 END",
    "positions of a market don't add up to zero": "UPDATE positions SET size = size + 1",
    "balances and fees aren't what was paid in and out": "UPDATE accounts SET quote = quote + 1",
    "an account's position isn't what it traded": "UPDATE positions SET size = -size",
    "an account's balance isn't what it was paid and traded": "UPDATE transfers SET amount = amount - 1 "
    "WHERE number = 3",
    "a market's fees aren't those of its fills": "UPDATE markets SET fees = fees + 1",
    "candles of 60 seconds aren't what was traded": "UPDATE candles SET size_low = size_low + 1 WHERE span = 60000",
    "candles of 86400 seconds aren't what was traded": "DELETE FROM candles WHERE span = 86400000",
}


@pytest.mark.parametrize("problem", WRONG)
def test_the_audit_finds_each_kind_of_problem(tmp_path, problem):
    database = tmp_path / "exchange.db"
    exchange = opened(database, clock=Clock())
    trade(exchange, new_account(exchange), new_account(exchange), 5)
    close(exchange)
    assert sandbox.audit(database).problems == []
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(WRONG[problem])
    connection.commit()
    connection.close()
    assert any(found.startswith(problem) for found in sandbox.audit(database).problems)


def naive_candles(connection, span):
    """Candles from the trades alone, each by hand."""
    found = {}
    for number, market, price, size, cost, at in connection.execute(
        "SELECT number, market, price, size, cost, created_at FROM trades ORDER BY number"
    ):
        fees = connection.execute("SELECT sum(fee) FROM fills WHERE trade = ?", (number,)).fetchone()[0]
        key = market, span, at // span * span
        old = found.get(key)
        if old is None:
            found[key] = [number, number, price, price, price, price, size, cost, fees, 1, at]
        else:
            _, _, first, high, low, _, *sums = old
            added = [x + y for x, y in zip(sums, (size, cost, fees, 1), strict=False)]
            found[key] = [old[0], number, first, max(high, price), min(low, price), price, *added, max(at, sums[-1])]
    return found


def stored_candles(connection):
    return {
        row[:3]: [*row[3:9], (row[9] << 32) + row[10], (row[11] << 32) + row[12], (row[13] << 32) + row[14], *row[15:]]
        for row in connection.execute("SELECT * FROM candles")
    }


def make_version_1(database):
    """The database as the first version had it."""
    connection = sqlite3.connect(database)
    for name in ("orders_account", "orders_market", "fills_account", "fills_market", "fills_order"):
        connection.execute(f"DROP INDEX {name}")
    for name in ("positions_account", "positions_market", "transfers_account"):
        connection.execute(f"DROP INDEX {name}")
    connection.executescript(
        "DROP TABLE candles; ALTER TABLE fills DROP COLUMN market; ALTER TABLE fills DROP COLUMN created_at;"
        "CREATE INDEX fills_account ON fills (account_id, trade);"
        "CREATE INDEX positions_account ON positions (account_id, number);"
        "CREATE INDEX transfers_account ON transfers (account_id, number); PRAGMA user_version = 1;"
    )
    connection.close()


def test_candles_are_what_was_traded_and_an_older_database_gets_them(tmp_path):
    database = tmp_path / "exchange.db"
    exchange = opened(database, clock=Clock())
    a, b = new_account(exchange), new_account(exchange)
    trade(exchange, a, b, 60)
    for price in (9_000, 11_000, 10_500):
        for _ in range(2):
            place(exchange, new_order(a, "SELL", 10, price, now=exchange.now()))
        place(exchange, new_order(b, "BUY", 20, price, now=exchange.now()))
    exchange.committer.flush()
    told = history.day_figures(exchange)[MARKET]
    days = history.statistics(exchange, MARKET, {"days": "1"})[MARKET]
    close(exchange)
    connection = sqlite3.connect(database)
    naive = {
        key: value for span in (60_000, 3_600_000, 86_400_000) for key, value in naive_candles(connection, span).items()
    }
    kept, tables = stored_candles(connection), list(connection.iterdump())
    connection.close()
    assert kept == naive
    assert len(kept) > 60
    assert (told["trades24H"], told["priceChange24H"]) == ("66", "500")
    assert [days[name] for name in ("open", "high", "low", "close")] == ["10000", "11000", "9000", "10500"]
    make_version_1(database)
    assert sandbox.audit(database).problems == []
    exchange = opened(database, clock=Clock())
    exchange.settings.clock.now += 10**6
    close(exchange)
    connection = sqlite3.connect(database)
    assert stored_candles(connection) == naive
    assert sorted(line for line in connection.iterdump() if "INSERT" in line) == sorted(
        line for line in tables if "INSERT" in line
    )
    connection.close()
    assert sandbox.audit(database).problems == []


def test_pages_are_what_a_list_of_all_would_be(tmp_path):
    """Every filter of orders against a list that is filtered here."""
    exchange = opened(tmp_path / "exchange.db", clock=Clock())
    a, b = new_account(exchange), new_account(exchange)
    trade(exchange, a, b, 20)
    for i in range(5):
        place(exchange, new_order(a, ("BUY", "SELL")[i % 2], 10, (1, 90_000)[i % 2], now=exchange.now()))
    exchange.committer.flush()
    everything = history.orders(exchange, a, {"returnLatestOrders": "true"})
    assert len(everything) == 45
    for query in ASKED["orders"]:
        statuses = query.get("status", "" if query.get("returnLatestOrders") else "OPEN").split(",")
        expected = [
            order
            for order in everything
            if order["status"] in statuses or statuses == [""]
            if query.get("market", order["market"]) == order["market"]
            if query.get("side", order["side"]) == order["side"]
            if query.get("type", order["type"]) == order["type"]
            if order["createdAt"] <= query.get("createdBeforeOrAt", TIMES[1])
        ]
        assert history.orders(exchange, a, query) == expected[: int(query.get("limit", 100))], urlencode(query)
    fills = history.fills(exchange, a, {})
    assert history.fills(exchange, a, {"orderId": fills[3]["orderId"], "market": MARKET}) == [fills[3]]
    assert history.fills(exchange, a, {"orderId": fills[3]["orderId"], "market": "UNI-USD"}) == []
    close(exchange)
