"""Requests that were sent and not answered: what became of them, and what a batch that was cut off knows of its
orders.
"""

import asyncio
import os
import re
import signal
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("uvicorn")
pytest.importorskip("eth_keys")

from both_clients import opened
from fault_cases import ASKED, CREDENTIALS, IN_20_DAYS, LATE, ORDER, late_problems, meet_late
from fault_server import fault_server, http
from fault_time import exchange, late_host, world

from starkcore.dydx import AsyncClient, Client, OrderBatch, settling
from starkcore.dydx.errors import (
    ApiError,
    ConnectionFailed,
    InputTypeError,
    InvalidInput,
    OutcomeUnknown,
    RateLimited,
    StarkcoreError,
)
from starkcore.http.rules import ConnectionLost, Outgoing, Retries, Send, Timeouts, UnreadableAnswer

KINDS = ["sync", "asyncio"]
NEVER = float("inf")


def order(position_id, **terms):
    return ASKED | {"position_id": position_id, "size": "0.1", "price": "1000", "client_id": None} | terms


@pytest.fixture(params=[Client, AsyncClient], ids=KINDS)
def kind(request):
    return request.param


@contextmanager
def trading(kind, **settings):
    """A world, a late host and a client of an account with money."""
    with ExitStack() as stack:
        where = stack.enter_context(world(**settings))
        url = stack.enter_context(exchange(where)).url
        host, late_url = stack.enter_context(late_host(where, url))
        client = stack.enter_context(
            opened(kind, late_url, eth_private_key=os.urandom(32), retries=Retries(backoff=0.01))
        )
        client.onboarding.derive_stark_key()
        client.onboarding.create_user()
        yield where, host, client, client.private.get_account().account.position_id


def lost(host, delay, call, *arguments, **keywords):
    """What a call raises of which no answer comes, and which the exchange gets so much later."""
    host.delay = delay
    with pytest.raises(OutcomeUnknown) as caught:
        call(*arguments, **keywords)
    host.delay = None
    return caught.value


def standing(client):
    return [found.client_id for found in client.private.get_orders(status="OPEN").orders]


@pytest.mark.parametrize("late", LATE, ids=lambda late: late.name)
@pytest.mark.parametrize("kind", KINDS)
def test_one_order_stands_whenever_the_first_arrives(late, kind):
    assert late_problems(late, meet_late(late, kind)) == []


def test_a_look_at_once_proves_nothing(kind):
    """What clients are told to do elsewhere, and what came of it: the order twice."""
    with trading(kind) as (where, host, client, position):
        unknown = lost(host, 0.3, client.private.create_order, **order(position))
        with pytest.raises(ApiError, match="404"):
            client.private.get_order_by_client_id(unknown.client_id)
        again = client.private.create_order(**order(position)).order
        where.pass_(1)
        assert sorted(standing(client)) == sorted([unknown.client_id, again.client_id])


def test_the_same_client_id_again_is_taken_once(kind):
    with trading(kind) as (where, host, client, position):
        asked = order(position, client_id="mine")
        unknown = lost(host, 0.3, client.private.create_order, **asked)
        client.private.create_order(**asked | {"client_id": unknown.client_id})
        where.pass_(1)
        assert b"clientId must be new" in host.late_answers[0]
        assert standing(client) == ["mine"]


def test_the_error_says_how_to_find_the_order(kind):
    with trading(kind) as (_, host, client, position):
        for given in (None, "mine"):
            unknown = lost(host, NEVER, client.private.create_order, **order(position, client_id=given))
            assert unknown.client_id == given or (given is None and unknown.client_id.isdigit())
            assert unknown.client_id in str(unknown)
            assert unknown.signed_at.endswith("Z")
        unknown = lost(host, NEVER, client.private.cancel_all_orders)
        assert (unknown.client_id, "client id" in str(unknown)) == (None, False)


def test_a_no_takes_as_long_as_the_request_is_good(kind):
    """No answer ends it sooner, and the exchange isn't asked all the time."""
    with trading(kind) as (where, host, client, position):
        unknown, begun, told = lost(host, NEVER, client.private.create_order, **order(position)), where.now(), []
        host.questions.clear()
        assert client.private.settle(unknown, progress=told.append) is None
        assert 40 <= where.now() - begun < 70
        assert told == sorted(told, reverse=True)
        assert len(told) == len(where.waits)
        assert 40 >= told[0] > 35
        assert len(host.questions) == 2 * len(told) + 2 < 40
        assert host.questions[-2:] == ["/v3/time", f"/v3/orders/client/{unknown.client_id}"]


def test_the_exchange_s_own_clock_counts(kind):
    """A client's clock that is ahead makes its requests good for longer."""
    with trading(kind, client_ahead=25) as (_, host, client, position):
        unknown = lost(host, 50, client.private.create_order, **order(position))
        assert client.private.settle(unknown).order.client_id == unknown.client_id
    with trading(kind, client_ahead=-25) as (_, host, client, position):
        unknown = lost(host, 10, client.private.create_order, **order(position))
        assert client.private.settle(unknown) is None
        assert b" 401 " in host.late_answers[0]
        assert standing(client) == []


def test_what_passes_is_waited_for_and_what_does_not_is_told(kind):
    with trading(kind) as (where, host, client, position):
        unknown = lost(host, 5, client.private.create_order, **order(position))
        limited = http(429, headers=["retry-after: 20"])
        troubles = iter(["close", http(503), http(200, b"<html>"), limited, http(502)] * 2)
        host.broken = lambda request: next(troubles, None)
        assert client.private.settle(unknown).order.client_id == unknown.client_id
        assert where.waits.count(20) == 2  # as the exchange asked for

        unknown = lost(host, NEVER, client.private.create_order, **order(position))
        host.broken = lambda request: http(404, b"<html>no such page</html>") if b"/client/" in request else None
        with pytest.raises(ApiError, match="404"):  # of a proxy: it knows of no orders
            client.private.settle(unknown)
        host.broken = lambda request: http(403, b'{"errors":[{"msg":"no"}]}') if b"/client/" in request else None
        with pytest.raises(ApiError, match="403"):
            client.private.settle(unknown)
        for times in ("5", "2026-01-01T00:00:00", "soon"):
            answer = http(200, f'{{"iso":"{times}"}}'.encode())
            host.broken = lambda request, answer=answer: answer if b"/time" in request else None
            with pytest.raises(OutcomeUnknown) as caught:
                client.private.settle(unknown)
            assert caught.value is unknown


def test_patience_ends(kind):
    with trading(kind) as (where, host, client, position):
        unknown, begun = lost(host, NEVER, client.private.create_order, **order(position)), where.now()
        with pytest.raises(OutcomeUnknown) as caught:
            client.private.settle(unknown, patience=20)
        assert caught.value is unknown
        assert 10 < where.now() - begun <= 21
        host.broken = lambda request: "close"
        with pytest.raises(OutcomeUnknown):
            client.private.settle(unknown)
        host.broken = None
        assert client.private.settle(unknown) is None


class Enough(Exception):
    pass


def test_it_can_be_interrupted_and_called_again(kind):
    def enough(left):
        raise Enough

    with trading(kind) as (_, host, client, position):
        unknown = lost(host, 9, client.private.create_order, **order(position))
        with pytest.raises(Enough):
            client.private.settle(unknown, progress=enough)
        assert client.private.settle(unknown).order.status == "OPEN"


def test_transfers_and_withdrawals(kind, monkeypatch):
    """Looked for page by page, behind those that came since."""
    monkeypatch.setattr(settling, "_PAGE", 3)
    with (
        trading(kind) as (_, host, client, position),
        opened(Client, client.host, eth_private_key=os.urandom(32)) as other,
    ):
        other.onboarding.derive_stark_key()
        account = other.onboarding.create_user().account
        provider, found = client.public.get_fast_withdrawal().data["liquidityProviders"], {}
        common = {"position_id": position, "expiration_epoch_seconds": IN_20_DAYS}
        calls = {
            "transfer": (client.private.create_transfer, {"amount": "1", "receiver_account_id": account.id,
             "receiver_public_key": other.stark_public_key, "receiver_position_id": account.position_id}),
            "withdrawal": (client.private.create_withdrawal, {"amount": "2", "asset": "USDC"}),
            "fast": (client.private.create_fast_withdrawal, {"credit_asset": "USDC", "credit_amount": "3",
             "debit_amount": "4", "to_address": client.default_address, "lp_position_id": next(iter(provider)),
             "lp_stark_public_key": next(iter(provider.values()))["starkKey"]}),
        }  # fmt: skip
        unknown = {name: lost(host, 0.1, call, **terms | common) for name, (call, terms) in calls.items()}
        never = lost(host, NEVER, client.private.create_withdrawal, amount="9", asset="USDC", **common)
        host.where.pass_(1)
        for _ in range(7):
            client.private.create_withdrawal(amount="0.5", asset="USDC", **common)
        found = {name: client.private.settle(error) for name, error in unknown.items()}
        assert found["transfer"].transfer.debit_amount == "1"
        assert found["withdrawal"].withdrawal.debit_amount == "2"
        assert found["fast"].withdrawal.credit_amount == "3"
        assert [unknown[name].client_id for name in unknown] == [
            found["transfer"].transfer.client_id, found["withdrawal"].withdrawal.client_id,
            found["fast"].withdrawal.client_id,
        ]  # fmt: skip
        assert client.private.settle(never) is None


def test_a_cancel(kind):
    with trading(kind) as (_, host, client, position):
        placed = client.private.create_order(**order(position)).order
        unknown = lost(host, 7, client.private.cancel_order, placed.id)
        assert client.private.settle(unknown).cancel_order.status == "CANCELED"
        placed = client.private.create_order(**order(position)).order
        unknown = lost(host, NEVER, client.private.cancel_order, placed.id)
        assert client.private.settle(unknown) is None
        assert standing(client) == [placed.client_id]


def test_what_can_not_be_settled(kind):
    with trading(kind) as (_, host, client, position):
        for call in (client.private.cancel_all_orders, client.private.send_verification_email):
            with pytest.raises(InvalidInput, match=r"^unknown must be of an order, a transfer"):
                client.private.settle(lost(host, NEVER, call))
        by_hand = OutcomeUnknown(ConnectionLost("POST", "/v3/orders", "x"))
        by_hand.client_id = "a"
        with pytest.raises(InvalidInput, match=r"^unknown must be of a request that was signed"):
            client.private.settle(by_hand)
        unknown = lost(host, NEVER, client.private.create_order, **order(position))
        for wrong, field in (({"window": -1}, "window"), ({"patience": True}, "patience"), ({"window": "1"}, "window")):
            with pytest.raises((InvalidInput, InputTypeError), match=f"^{field} "):
                client.private.settle(unknown, **wrong)
        with pytest.raises(InputTypeError, match=r"^unknown "):
            client.private.settle(unknown.reason)


ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    not (ROOT / "docs").exists(), reason="the documentation is not here: an installed package is tested"
)
@pytest.mark.parametrize("late", LATE, ids=lambda late: late.name)
def test_the_recipes_of_the_documentation(late):
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8").partition("## After OutcomeUnknown")[2]
    single, many_at_once = re.findall(r"```python\n(.*?)```", text.partition("## Events")[0], re.DOTALL)
    for recipe, count in ((single, 1), (many_at_once, 2)):
        with trading(Client, client_ahead=late.client_ahead) as (where, host, client, position):
            host.delay, host.most = NEVER if late.delay is None else late.delay, count
            orders = [order(position, client_id=f"n{number}") for number in range(count)]
            del (first := order(position))["client_id"]
            exec(recipe, {"client": client, "order": first, "orders": orders, "print": lambda *_: None})
            where.pass_(100)
            if recipe is single:
                assert len(standing(client)) == 1
            else:
                assert sorted(standing(client)) == ([f"n{number}" for number in range(count)] if late.stands else [])


@pytest.mark.parametrize("client_id", [".", ".."])
def test_an_order_that_could_not_be_asked_for_is_not_sent(kind, client_id):
    with fault_server(ORDER) as server, opened(kind, server.url, **KEYS) as client:
        with pytest.raises(InvalidInput, match=r"^client_id must not be"):
            client.private.create_order(**ASKED | {"client_id": client_id})
        (refused,) = client.private.create_orders([ASKED | {"client_id": client_id}])
    assert (type(refused), server.requests) == (InvalidInput, [])


# ---- Batches ----

KEYS = {"api_key_credentials": CREDENTIALS, "stark_private_key": "0x5"}
ANSWERED, CONNECTIONS, MANY = 10, 32, 60
PATIENT = Timeouts(connect=100, read=100, write=100, pool=100, total=200)


class HoldingHost:
    """Answers the first orders; holds the answers to others until `release`.

    `full` is set once no more can be under way.
    """

    def __init__(self):
        self.count = 0
        self.full, self.release = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def answer(self, request):
        with self._lock:
            self.count += 1
            number = self.count
        if number <= ANSWERED:
            return ORDER
        if number == ANSWERED + CONNECTIONS:
            self.full.set()
        self.release.wait(100)
        return ORDER


def many():
    return [ASKED | {"client_id": f"n{number}"} for number in range(MANY)]


def counts(batch):
    return {name: len(getattr(batch, name)) for name in ("answered", "refused", "unknown", "not_sent")}


def test_nothing_is_sent_once_a_batch_is_cut_off():
    """An order whose turn comes just then: its steps are not handed on to who sends."""

    def steps():
        yield Send(Outgoing("POST", "/v3/orders", {}, b"{}"), NEVER)

    before, after = OrderBatch(), OrderBatch()
    for batch in (before, after):
        batch._begin([{"clientId": "mine"}])
    assert next(before._watch(before.orders[0], steps())).outgoing.path == "/v3/orders"
    assert [one.client_id for one in before.unknown] == ["mine"]
    after._end()
    with pytest.raises(ConnectionFailed, match="the batch was cut off before this was sent"):
        next(after._watch(after.orders[0], steps()))
    assert [one.client_id for one in after.not_sent] == ["mine"]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a signal is sent as POSIX does")
def test_a_batch_that_is_interrupted():
    host, batch = HoldingHost(), OrderBatch()

    def interrupt():
        host.full.wait(100)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    with fault_server(host.answer) as server:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with opened(Client, server.url, api_timeout=PATIENT, **KEYS) as client:
            with pytest.raises(KeyboardInterrupt):
                client.private.create_orders([*many(), {}], batch)
            assert counts(batch) == {"answered": ANSWERED, "refused": 1, "unknown": CONNECTIONS, "not_sent": 18}
            assert {one.outcome.client_id for one in batch.unknown} == {one.client_id for one in batch.unknown}
            assert all(one.outcome.signed_at for one in batch.unknown)
            host.release.set()
            until = time.monotonic() + 100
            while batch.unknown and time.monotonic() < until:
                time.sleep(0.01)
        # The client is closed: its threads have ended. What was under way is answered, and nothing more was sent.
        assert counts(batch) == {"answered": ANSWERED + CONNECTIONS, "refused": 1, "unknown": 0, "not_sent": 18}
        assert host.count == ANSWERED + CONNECTIONS
        sent = {name for name in (f"n{i}" for i in range(MANY)) if f'"{name}"'.encode() in b"".join(server.requests)}
        assert sent == {one.client_id for one in batch.answered}
        thread.join()


def test_a_batch_whose_task_is_cancelled():
    host, batch = HoldingHost(), OrderBatch()

    async def main(url):
        async with AsyncClient(url, api_timeout=PATIENT, **KEYS) as client:
            task = asyncio.create_task(client.private.create_orders(many(), batch))
            await asyncio.to_thread(host.full.wait, 100)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with fault_server(host.answer) as server:
        asyncio.run(main(server.url))
        host.release.set()
        assert counts(batch) == {"answered": ANSWERED, "refused": 0, "unknown": CONNECTIONS, "not_sent": 18}
        assert host.count == ANSWERED + CONNECTIONS


def test_a_batch_that_a_fault_of_ours_ends(kind, monkeypatch):
    from starkcore.dydx.session import Session

    headers, made = Session._headers, []

    def failing(session, request):
        made.append(request)
        if len(made) == 3:
            raise MemoryError
        return headers(session, request)

    monkeypatch.setattr(Session, "_headers", failing)
    batch = OrderBatch()
    with fault_server(ORDER) as server:
        with opened(kind, server.url, **KEYS) as client, pytest.raises((MemoryError, BaseExceptionGroup)):
            client.private.create_orders(many(), batch)
        total = counts(batch)
        assert sum(total.values()) == MANY
        assert total["not_sent"] >= 1
        assert total["answered"] + total["unknown"] >= len(server.requests)


def test_every_fate_in_a_batch(kind):
    """None is interrupted here: each order is in one list, as what is returned says."""

    def answer(request):
        for name, reply in (("n1", "close"), ("n2", http(400, b'{"errors":[{"msg":"no"}]}')), ("n3", http(429))):
            if f'"{name}"'.encode() in request:
                return reply
        return ORDER

    batch = OrderBatch()
    with (
        fault_server(answer) as server,
        opened(kind, server.url, retries=Retries(attempts=2, backoff=0), **KEYS) as client,
    ):
        results = client.private.create_orders([*many()[:5], many()[5] | {"size": 1.5}], batch)
        assert [one.outcome for one in batch.orders] == results
        assert [type(result) for result in results if isinstance(result, StarkcoreError)] == [
            OutcomeUnknown, ApiError, RateLimited, InputTypeError,
        ]  # fmt: skip
        assert counts(batch) == {"answered": 2, "refused": 3, "unknown": 1, "not_sent": 0}
        assert repr(batch) == "<OrderBatch: 2 answered, 3 refused, 1 unknown, 0 not_sent>"
        with pytest.raises(InvalidInput, match=r"^batch must be a new one"):
            client.private.create_orders(many(), batch)
        with pytest.raises(InputTypeError, match=r"^batch "):
            client.private.create_orders(many(), [])
    with opened(kind, "http://127.0.0.1:1", retries=Retries(attempts=1), **KEYS) as client:
        batch = OrderBatch()
        results = client.private.create_orders(many()[:3], batch)
        assert [type(result) for result in results] == [ConnectionFailed] * 3
        assert counts(batch)["not_sent"] == 3


@pytest.mark.parametrize(
    "text", ["2026-01-01A00:00:00Z", "20260101T000000Z", "2026-01-01T00:00:00", "2026-W01-4T00:00:00Z", "", None]
)
def test_a_host_time_has_one_form(text):
    with pytest.raises(UnreadableAnswer):
        settling._moment(text, "iso")
    assert settling._moment("2026-01-01T00:00:00.500Z", "iso").timestamp() == 1767225600.5
