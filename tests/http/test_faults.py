"""The table of `fault_cases`, once; and faults that take more than one call to show.

`checks/faults.py` runs it for long.
"""

import socket
import sys
import threading
from functools import partial

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("trustme")

import anyio
import fault_cases
from both_clients import opened
from fault_cases import (
    ASKED,
    CREDENTIALS,
    FAULTS,
    GOOD,
    ORDER,
    QUICK,
    STORMS,
    meet,
    meet_storm,
    problems,
    storm_problems,
)
from fault_server import fault_server, http

from starkcore.dydx import AsyncClient, Client
from starkcore.dydx.errors import (
    ConnectionFailed,
    InvalidInput,
    OutcomeUnknown,
    ServerError,
    TransportError,
    UnreadableAnswer,
)
from starkcore.http.rules import Retries, Timeouts

CALLS = [("GET", "sync"), ("POST", "sync"), ("GET", "asyncio"), ("POST", "asyncio")]
KEYS = {"api_key_credentials": CREDENTIALS, "stark_private_key": "0x5"}
# Nobody waits longer than the budget and what a busy machine adds.
LONGEST = QUICK.total + 4


@pytest.mark.parametrize(("method", "kind"), CALLS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault(fault, method, kind):
    outcome = meet(fault, kind, method)
    assert problems(fault, method, outcome) == []
    assert outcome.seconds < LONGEST


@pytest.mark.parametrize(
    "name", ["reset", "silence", "TLS isn't answered", "packets are dropped", "a proxy that works"]
)
def test_a_fault_under_trio(name):
    pytest.importorskip("trio")
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    for method in ("GET", "POST"):
        assert problems(fault, method, meet(fault, "trio", method)) == []


def test_the_table_can_fail():
    """A host that does something else than the table says is noticed."""
    fault = fault_cases.Fault("planted", fault_cases.answering("reset"), UnreadableAnswer, 1, told="HTML")
    for method in ("GET", "POST"):
        found = " ".join(problems(fault, method, meet(fault, "sync", method)))
        assert "came of it" in found
        assert "is not in" in found
    assert "it arrived 3 times" in " ".join(problems(fault, "GET", meet(fault, "sync", "GET")))


def test_whoever_has_connected_is_counted():
    """A host that is slow to look has them all once it is closed; else "nothing arrived" would hold of everything."""
    with fault_server(GOOD) as server, server._lock:  # it can count nobody yet
        for _ in range(5):
            with socket.create_connection(server.address) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert (server.connections, len(server.requests)) == (5, 5)


@pytest.mark.parametrize("name", STORMS)
def test_a_host_that_breaks_every_connection(name):
    pytest.importorskip("websockets")
    assert storm_problems(*meet_storm(name)) == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_comes_behind_an_answer_is_no_answer_to_the_next_request(kind):
    """Otherwise an order would be acknowledged by what was told of another one."""
    old, new = http(200, b'{"user":{"ethereumAddress":"old"}}'), http(200, b'{"user":{"ethereumAddress":"new"}}')
    chunked = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    body = GOOD.partition(b"\r\n\r\n")[2]
    in_chunks = chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    for first in (GOOD + old, in_chunks + old, GOOD + old[:40], b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD + old):
        with fault_server(first, new) as server, opened(kind, server.url, **KEYS) as client:
            assert client.private.get_user().user.ethereum_address == "0x0"
            assert client.private.get_user().user.ethereum_address == "new"
            assert (len(server.requests), server.connections) == (2, 2)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_connection_that_was_closed_while_idle_is_not_used(kind):
    """The host says nothing of it: an order goes out on a new one, and its outcome is known."""
    with fault_server((ORDER,), pause=0.05) as server, opened(kind, server.url, **KEYS) as client:
        for _ in range(2):
            assert client.private.create_order(**ASKED).order.id == "1"
            server.closed_one.wait(5)
            server.closed_one.clear()
        assert (len(server.requests), server.connections) == (2, 2)


@pytest.mark.parametrize("levels", [65, 330, 600, 980, 5000])
@pytest.mark.parametrize(("method", "kind"), CALLS)
def test_depth_is_told_as_what_it_is_where_the_stack_is_short(method, kind, levels):
    """With Python's own recursion limit, which whatever else the tests import has raised."""
    fault = fault_cases.Fault("deep", fault_cases.answering(http(500, b"[" * levels + b"]" * levels)), ServerError, 1)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        outcome = meet(fault, kind, method)
    finally:
        sys.setrecursionlimit(limit)
    assert problems(fault, method, outcome) == []


WAITING = Timeouts(connect=1, write=1, read=3, pool=0.5, total=5)
ONCE = Retries(attempts=1)


def all_at_once(count, url):
    """So many orders from as many threads."""
    outcomes = []
    with Client(url, api_timeout=WAITING, retries=ONCE, **KEYS) as client:

        def order(number):
            try:
                client.private.create_order(**ASKED | {"client_id": f"n{number}"})
            except TransportError as error:
                outcomes.append(error)

        threads = [threading.Thread(target=order, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return outcomes


async def all_at_once_async(count, url):
    outcomes = []
    async with AsyncClient(url, api_timeout=WAITING, retries=ONCE, **KEYS) as client:

        async def order(number):
            try:
                await client.private.create_order(**ASKED | {"client_id": f"n{number}"})
            except TransportError as error:
                outcomes.append(error)

        async with anyio.create_task_group() as group:
            for number in range(count):
                group.start_soon(order, number)
    return outcomes


@pytest.mark.parametrize("kind", ["sync", "asyncio"])
def test_orders_for_which_no_connection_is_free_are_not_sent(kind):
    """32 connections, all busy with a host that is silent."""
    with fault_server("silence") as server:
        ask = all_at_once if kind == "sync" else partial(anyio.run, all_at_once_async, backend=kind)
        outcomes = ask(35, server.url)
        unsent = [outcome for outcome in outcomes if type(outcome) is ConnectionFailed]
        assert [type(outcome) for outcome in outcomes if outcome not in unsent] == [OutcomeUnknown] * 32
        assert [str(outcome) for outcome in unsent] == [
            "POST /v3/orders: no connection was free in time; nothing was sent"
        ] * 3
    assert len(server.requests) == server.connections == 32


def test_a_proxy_is_not_told_what_is_for_this_machine(monkeypatch):
    with fault_server(http(502)) as proxy, fault_server(GOOD) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with opened(Client, server.url, **KEYS) as client:
            client.private.get_user()
    assert (len(server.requests), proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    "url", ["socks5://u:geheimnis@127.0.0.1:1", "http://u:geheimnis@:1", "ftp://h", "http://h:geheimnis"]
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_proxy_that_is_none_is_refused_without_its_password(monkeypatch, kind, url):
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(InvalidInput) as caught:
        kind("https://exchange.test", **KEYS)
    assert caught.value.field == "proxy"
    error = caught.value
    while error is not None:
        assert "geheim" not in f"{error}{error!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
