"""One user of the exchange can't stop another: planted exceptions, positions at the bounds, two exchanges on one
database.

The sockets of hostile clients are in test_sandbox_sockets.py, and what the database is asked in
test_sandbox_queries.py.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from sandbox_books import MARKET, STEP, close, new_account, new_order, opened, place, state, stored_state, whole_state
from sandbox_trader import Trader, compact

import starkcore.sandbox
from starkcore import sandbox
from starkcore.sandbox import book, engine
from starkcore.sandbox.auth import ApiKey
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.websocket import Hub

# ---- What goes wrong within a request undoes that request alone ----


class PlantedError(Exception):
    """Raised where nothing ever raises."""


class Planted:
    """Raises at the nth line that the sandbox's modules execute."""

    folder = str(Path(starkcore.sandbox.__file__).parent)

    def __init__(self, nth):
        self.left = nth

    def __enter__(self):
        sys.settrace(self._frame)

    def __exit__(self, *error):
        sys.settrace(None)

    def _frame(self, frame, event, argument):
        return self._line if frame.f_code.co_filename.startswith(self.folder) else None

    def _line(self, frame, event, argument):
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise PlantedError
        return self._line


class World:
    """An exchange with two makers, a taker with a position and a reduce-only order, and a bystander."""

    def __init__(self):
        self.exchange = opened()
        self.hub = Hub(self.exchange)
        self.a, self.b, self.taker, self.other = (new_account(self.exchange, number=i).id for i in (11, 12, 13, 14))
        place(self.exchange, new_order(self.account("a"), "BUY", 30))
        place(self.exchange, new_order(self.account("taker"), "SELL", 20))
        place(self.exchange, new_order(self.account("a"), "SELL", 10, 10_001))
        place(self.exchange, new_order(self.account("b"), "SELL", 10, 10_001))
        place(self.exchange, new_order(self.account("taker"), "BUY", 10, 9_000, reduce_only=True))
        self.exchange.add_api_key(self.account("taker"))

    def account(self, name):
        return self.exchange.engine.accounts[getattr(self, name)]

    def order(self, name):
        return next(iter(self.account(name).orders.values()))

    # What may be asked

    def trade(self):
        place(self.exchange, new_order(self.account("taker"), "BUY", 25, 10_001))

    def rest(self):
        place(self.exchange, new_order(self.account("taker"), "BUY", 25, 9_990))

    def replace(self):
        place(self.exchange, new_order(self.account("taker"), "BUY", 15, 10_001), self.order("taker"))

    def cancel(self):
        self.exchange.cancel(list(self.account("a").orders.values()))

    def expire(self):
        self.order("taker")
        place(self.exchange, new_order(self.account("taker"), "BUY", 25, 9_980, expires_at=5))
        self.exchange.ready()

    def onboard(self):
        with self.exchange._step():
            account = self.exchange._add("0x" + "ab" * 20, (77, 78), None)
            self.exchange._add_key(ApiKey("key", account.id, "secret", "passphrase"))
            self.exchange._pay(account, "DEPOSIT", 5, 5, to_address=account.address)

    def deposit(self):
        self.exchange.deposit(self.account("taker"), 5)

    def pay(self):
        account, receiver = self.account("taker"), self.account("a")
        with self.exchange._step():
            self.exchange._pay(account, "TRANSFER_OUT", -7, 7, "id", 4, "", to_address="", receiver=receiver)

    def add_key(self):
        self.exchange.add_api_key(self.account("taker"))

    def delete_key(self):
        self.exchange.delete_api_key(self.account("taker"), self.exchange.keys_of(self.account("taker"))[0])


ACTS = [
    "trade", "rest", pytest.param("replace", marks=pytest.mark.long), "cancel", "expire", "onboard", "deposit", "pay",
    "add_key", "delete_key",
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_an_exception_at_any_line_of_a_request_undoes_that_request_alone(act):
    """Memory is what the database says, after each; what others did before and do next is there."""
    world, nth, undone = World(), 0, 0
    exchange = world.exchange
    while True:
        nth += 1
        before = whole_state(exchange)
        recent = {name: list(trades) for name, trades in world.hub._trades.items()}
        try:
            with Planted(nth):
                getattr(world, act)()
            break
        except PlantedError:
            pass
        exchange.committer.flush()
        after = whole_state(exchange)
        assert {name: after[name] for name in state(exchange.engine)} == stored_state(exchange)
        if after != before:
            # Raised after all had been done: the next try is of the same request in a world that has it.
            world = World()
            exchange = world.exchange
            continue
        assert {name: list(trades) for name, trades in world.hub._trades.items()} == recent
        undone += 1
        if undone % 20:
            continue
        # The next user's request works.
        exchange.deposit(world.account("other"), 1)
        assert place(exchange, new_order(world.account("other"), "BUY", 10, 1)).status == "OPEN"
        exchange.cancel(list(world.account("other").orders.values()))
    assert undone > 10
    close(exchange)


def test_a_request_that_fails_is_told_so_and_the_next_one_works(tmp_path, monkeypatch):
    """Over HTTP: 500 for one, and no trace of it; another's order between and after."""
    database = tmp_path / "exchange.db"
    settle = engine.Engine._settle

    def planted(self, *arguments):
        settle(self, *arguments)
        raise PlantedError

    with sandbox.running(database=database, initial_balance="100000") as exchange:
        alice, bob = Trader(exchange.url), Trader(exchange.url)
        alice.onboard()
        bob.onboard()
        resting = alice.order("SELL")
        with monkeypatch.context() as patch:
            patch.setattr(engine.Engine, "_settle", planted)
            body = bob.order_body("BUY")
            assert bob.call("POST", "/v3/orders", body).status == 500
            bob.close()  # whoever was answered 500 is hung up on
            assert bob.order("BUY", price="9000")["status"] == "OPEN"
        assert alice.get("/v3/accounts")["accounts"][0]["openPositions"] == {}
        assert bob.call("POST", "/v3/orders", body).ok()["order"]["status"] == "FILLED"
        assert alice.get(f"/v3/orders/{resting['id']}")["order"]["status"] == "FILLED"
        alice.close()
        bob.close()
    assert sandbox.audit(database).problems == []


def test_rows_that_the_tables_refuse_stop_nobody_who_came_before(tmp_path):
    """Two requests in one transaction: the second's rows are refused. The first is durable, and memory has it alone."""
    exchange = opened(tmp_path / "exchange.db")
    account = new_account(exchange)
    told = []
    exchange.deposit(account, 5)
    exchange.committer.add(then=told.append)
    exchange.deposit(account, 6)
    exchange.committer.add([("UPDATE orders SET remaining = -1", ()), ("INSERT INTO meta VALUES ('network', 1)", ())])
    exchange.committer.add(then=told.append)
    with pytest.raises(sandbox.SandboxError, match="nothing was changed: UNIQUE"):
        exchange.committer.flush()
    assert exchange.engine.accounts[account.id].quote == 5 * 10**14 + 11
    assert state(exchange.engine) == stored_state(exchange)
    exchange.deposit(exchange.engine.accounts[account.id], 7)
    exchange.committer.flush()
    close(exchange)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800", 0.5])
def test_what_no_database_keeps_is_refused_where_it_is_made(value):
    exchange = opened()
    account = new_account(exchange)
    exchange.committer.flush()
    before = whole_state(exchange)

    def change():
        with exchange._step():
            account.quote += 1
            exchange._write("INSERT INTO meta VALUES ('x', ?)", value)

    with pytest.raises(ValueError, match=r"outgrown|surrogates|a float can"):
        change()
    assert whole_state(exchange) == before
    close(exchange)


# ---- Bounds ----


def largest(exchange):
    """The largest number that the database would have to keep of any account."""
    numbers = [market.fees for market in exchange.engine.markets.values()]
    for account in exchange.engine.accounts.values():
        numbers.append(abs(account.quote))
        for position in account.positions.values():
            numbers += [position.opened, position.closed, position.open_cost, position.close_cost, position.max_size]
    return max(numbers)


def test_a_position_at_the_bound_stops_its_owner_alone():
    """18 500 orders of 10^15 quantums, bought and sold between two accounts whose position never closes."""
    exchange = opened()
    a, b, other = (new_account(exchange).id for _ in range(3))
    accounts = exchange.engine.accounts
    place(exchange, new_order(accounts[a], "BUY", 10, 1))
    place(exchange, new_order(accounts[b], "SELL", 10, 1))

    def turn(i):
        pair = (a, b) if i % 2 else (b, a)
        place(exchange, new_order(accounts[pair[0]], "SELL", 10**9, 1))
        place(exchange, new_order(accounts[pair[1]], "BUY", 10**9, 1))
        assert largest(exchange) < 2**62
        if i % 500 == 0:
            exchange.committer.flush()

    def turns():
        for i in range(18_500):
            turn(i)

    with pytest.raises(Refused, match="can be counted"):
        turns()
    exchange.committer.flush()
    assert place(exchange, new_order(accounts[other])).status == "OPEN"
    exchange.committer.flush()
    assert state(exchange.engine) == stored_state(exchange)
    close(exchange)


@pytest.mark.parametrize("seed", range(3))
def test_no_sequence_of_fills_passes_the_bound(monkeypatch, seed):
    """With a bound that is soon reached: whatever is taken, filled and paid, no sum goes beyond it."""
    bound, paid = 4 * 10**11, 10**11
    monkeypatch.setattr(engine, "MOST_QUANTUMS", bound)
    monkeypatch.setattr(engine, "MOST_MONEY", paid)
    chance = random.Random(seed)
    exchange = opened(maker_fee="0.4", taker_fee="1")
    names = [new_account(exchange, 10**11).id for _ in range(4)]
    refusals, filled = 0, 0
    for _ in range(3000):
        account = exchange.engine.accounts[chance.choice(names)]
        price = chance.choice((1, 5, 100, 90_000))
        order = new_order(account, chance.choice(("BUY", "SELL")), chance.choice((10, 1000, 10**5)), price)
        try:
            filled += place(exchange, order, chance.choice([None, None, *account.orders.values()])).status == "FILLED"
        except Refused as error:
            refusals += "can be counted" in str(error)
        try:
            amount = chance.choice((-1, 1)) * 10 ** chance.randrange(9, 12)
            with exchange._step():
                exchange._pay(account, "DEPOSIT", amount, abs(amount), to_address="")
        except Refused:
            pass
        assert largest(exchange) <= bound + paid
        exchange.committer.flush()
    assert refusals > 20
    assert filled > 20
    assert state(exchange.engine) == stored_state(exchange)
    close(exchange)


def test_no_account_has_more_orders_than_can_be_gone_through(monkeypatch):
    monkeypatch.setattr(engine, "_MOST_ORDERS", 5)
    monkeypatch.setattr(engine, "_MOST_REDUCE_ONLY", 2)
    exchange = opened()
    a, b = new_account(exchange), new_account(exchange)
    place(exchange, new_order(a, "BUY", 100))
    place(exchange, new_order(b, "SELL", 100))
    for _ in range(2):
        place(exchange, new_order(a, "SELL", 10, 11_000, reduce_only=True))
    with pytest.raises(Refused, match="reduceOnly must be false: 2 open orders"):
        place(exchange, new_order(a, "SELL", 10, 11_000, reduce_only=True))
    for _ in range(3):
        last = place(exchange, new_order(a, "BUY", 10, 1))
    with pytest.raises(Refused, match="timeInForce must be FOK or IOC: the account has 5 open orders"):
        place(exchange, new_order(a, "BUY", 10, 1))
    assert place(exchange, new_order(a, "BUY", 10, 1), last).status == "OPEN"
    assert place(exchange, new_order(a, "BUY", 10, 1, kind="IOC")).status == "CANCELED"
    close(exchange)


def test_one_order_meets_no_more_than_so_many(monkeypatch):
    """What of it is left goes: it may not rest where it would cross."""
    monkeypatch.setattr(book, "MOST_MET", 3)
    exchange = opened()
    a, b = new_account(exchange), new_account(exchange)
    for _ in range(5):
        place(exchange, new_order(a, "SELL", 10))
    order = place(exchange, new_order(b, "BUY", 50))
    assert (order.status, order.cancel_reason, order.remaining) == ("CANCELED", "COULD_NOT_FILL", 20 * STEP)
    assert place(exchange, new_order(b, "BUY", 50, kind="FOK")).remaining == 50 * STEP
    assert place(exchange, new_order(b, "BUY", 20)).status == "FILLED"
    close(exchange)


def test_orders_end_some_at_a_time_and_none_trades_after_its_time(monkeypatch):
    monkeypatch.setattr(engine, "_MOST_EXPIRED", 2)
    exchange = opened()
    a, b = new_account(exchange), new_account(exchange)
    for _ in range(5):
        place(exchange, new_order(a, "SELL", 10, expires_at=5))
    assert place(exchange, new_order(b, "BUY", 10, now=5)).status == "OPEN"
    for left in (3, 1, 0, 0):
        exchange.ready()
        assert len(a.orders) == left
    close(exchange)


def test_a_market_full_of_fees_trades_on():
    """What is collected is never more than the database keeps; nobody is stopped by it."""
    exchange = opened()
    a, b = new_account(exchange), new_account(exchange)
    exchange.engine.markets[MARKET].fees = engine.MOST_QUANTUMS - 3
    place(exchange, new_order(a, "SELL", 10))
    assert place(exchange, new_order(b, "BUY", 10)).status == "FILLED"
    assert exchange.engine.markets[MARKET].fees == engine.MOST_QUANTUMS
    close(exchange)


# ---- Money ----


def test_nobody_has_more_than_the_documented_bound():
    """A billion USDC, whether it comes from the faucet or from another account; and the provider never fills up."""
    exchange = opened()
    a, b = new_account(exchange, 10**15), new_account(exchange, 10**15 - 5)

    def pay(account, receiver, amount):
        with exchange._step():
            exchange._pay(account, "TRANSFER_OUT", -amount, amount, to_address="", receiver=receiver)

    with pytest.raises(Refused, match="amount must be smaller: the receiver's account may have 1000000000 USDC"):
        pay(a, b, 6)
    pay(a, b, 5)
    assert (a.quote, b.quote) == (10**15 - 5, 10**15)
    with pytest.raises(Refused, match="amount must be smaller: an account may have 1000000000 USDC"):
        exchange.deposit(b, 1)
    assert state(exchange.engine)["accounts"][b.id]["quote"] == 10**15
    close(exchange)


def test_the_liquidity_provider_takes_out_what_it_earned(monkeypatch):
    exchange = opened()
    a = new_account(exchange, 10**15)
    answers = iter(
        [(6 * 10**14, "x", 1, "", 1, "0x1"), (4 * 10**14 + 1, "y", 2, "", 1, "0x1"), (5, "z", 3, "", 1, "0x1")]
    )
    monkeypatch.setattr(exchange.reader, "fast_withdrawal", lambda *arguments: next(answers))
    exchange.fast_withdraw(a, b"")
    exchange.deposit(a, 10)
    exchange.deposit(a, 10**14)
    exchange.fast_withdraw(a, b"")
    exchange.fast_withdraw(a, b"")
    assert exchange.provider.quote == 5
    exchange.committer.flush()
    assert state(exchange.engine) == stored_state(exchange)
    close(exchange)


# ---- Two exchanges on one database, and start errors ----


def start(*arguments, database):
    """The command line's exchange, which is expected not to run: exit status and what it printed."""
    command = [sys.executable, "-P", "-m", "starkcore.sandbox", "--port", "0", "--database", str(database), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def is_one_sentence(started, text):
    status, out, err = started
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_a_second_exchange_on_a_database_is_refused_and_the_first_goes_on(tmp_path):
    database = tmp_path / "exchange.db"
    link = tmp_path / "link.db"
    with sandbox.running_process(database) as exchange:
        link.symlink_to(database)
        trader = Trader(exchange.url)
        trader.onboard()
        for path in (database, link):
            is_one_sentence(start(database=path), "is in use by another exchange")
            with pytest.raises(sandbox.SandboxError, match="in use by another"), sandbox.running(database=path):
                pass
        trader.fund()
        assert sandbox.audit(database).problems == []
        if hasattr(signal, "SIGKILL"):
            os.kill(exchange.process.pid, signal.SIGKILL)
            exchange.process.wait(30)
        trader.close()
    with sandbox.running(database=database) as exchange:
        trader.parts = Trader(exchange.url).parts
        assert trader.balance() == "100000"
        trader.close()


def test_whoever_gives_up_leaves_no_transaction_open(tmp_path):
    """The exchange notices another program's write, and stops; that program writes on."""
    database = tmp_path / "exchange.db"
    exchange = opened(database)
    account = new_account(exchange)
    exchange.committer.flush()
    other = sqlite3.connect(database, isolation_level=None, timeout=0)
    other.execute("UPDATE accounts SET quote = 1")
    exchange.deposit(account, 5)
    with pytest.raises(sandbox.SandboxError, match="was changed by another program"):
        exchange.committer.flush()
    other.execute("UPDATE accounts SET quote = 2")
    other.close()
    close(exchange)


def damage(path, where, what=bytes(400)):
    data = bytearray(path.read_bytes())
    where %= len(data)
    data[where : where + len(what)] = what
    path.write_bytes(data)


DAMAGES = {
    "no header": lambda path: damage(path, 0),
    "pages gone": lambda path: path.write_bytes(path.read_bytes()[: 2 * 4096]),
    "the tables' page": lambda path: damage(path, 100, bytes(300)),
    "each page": lambda path: [
        damage(path, 4096 * page, b"\xff" * 60) for page in range(1, path.stat().st_size // 4096)
    ],
    "a number": lambda path: change(path, "UPDATE accounts SET stark_key = 'x' WHERE position_id = 1"),
    "no accounts": lambda path: change(path, "DELETE FROM accounts"),
    "a market": lambda path: change(path, "INSERT INTO markets VALUES ('NO-USD', 1, 1)"),
    "the key": lambda path: change(path, "UPDATE meta SET value = 'key' WHERE name = 'ethereum_key'"),
}


def change(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_database_is_told_in_a_sentence(tmp_path, name):
    database = tmp_path / "exchange.db"
    exchange = opened(database)
    new_account(exchange)
    exchange.committer.flush()
    close(exchange)
    DAMAGES[name](database)
    is_one_sentence(start(database=database), "exchange.db")


@pytest.mark.parametrize(
    ("arguments", "database", "text"),
    [
        ((), ".", "can't be opened: it isn't a file"),
        ((), "", "can't be opened: it isn't a file"),
        ((), "no/such/folder.db", "can't be opened: No such file"),
        ((), "/dev/null", "can't be opened: it isn't a file"),
        (("--port", "-1"), "x.db", "port must be a number from 0 to 65535"),
        (("--port", "65536"), "x.db", "port must be a number from 0 to 65535"),
        (("--host", "no.such.host.invalid"), "x.db", "can't be listened on"),
        (("--host", "x" * 100), "x.db", "can't be listened on"),
        (("--initial-balance", "much"), "x.db", "initial_balance"),
        (("--initial-balance", "-1"), "x.db", "initial_balance"),
        (("--initial-balance", "2000000000"), "x.db", "initial_balance"),
    ],
)  # fmt: skip
def test_what_cannot_start_says_why(tmp_path, monkeypatch, arguments, database, text):
    monkeypatch.chdir(tmp_path)
    is_one_sentence(start(*arguments, database=database), text)


# ---- Bodies ----


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-32-be", "utf-8-sig", "latin-1"])
def test_bodies_are_utf_8(encoding):
    with sandbox.running() as exchange:
        trader = Trader(exchange.url)
        trader.onboard()
        body = compact({"amount": "5", "é": None} if encoding == "latin-1" else {"amount": "5"})
        answer = trader.call("POST", "/v3/testnet/tokens", body.decode("unicode-escape").encode(encoding))
        assert (answer.status, "body must be" in answer.error) == (400, True)
        trader.close()
