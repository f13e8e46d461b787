"""Plain HTTP is for this machine alone: not by what a name says, but by where the connection leads."""

import asyncio
import errno
import os
import socket
from contextlib import contextmanager
from unittest import mock

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("websockets")

from both_clients import opened
from fault_cases import CREDENTIALS, address_of_the_network, resolved
from fault_server import fault_server, http

from starkcore.dydx import AsyncClient, Client
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.errors import ConnectionFailed
from starkcore.dydx.events import Backoff
from starkcore.dydx.websocket import Feed, FeedFailed
from starkcore.http.rules import Retries
from starkcore.http.sockets import NOT_THIS_MACHINE, is_loopback, why_not_to

GOOD = http(200, b'{"user":{"ethereumAddress":"0x0"}}')
ELSEWHERE = address_of_the_network()
needs_a_network = pytest.mark.skipif(ELSEWHERE is None, reason="this machine has no address but its own")
KEYS = {"api_key_credentials": CREDENTIALS, "retries": Retries(attempts=1)}
NAMES = ["trading.localhost", "localhost"]


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True), ("127.255.255.254", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("0:0:0:0:0:0:0:1", True), ("0.0.0.0", False), ("128.0.0.1", False), ("10.0.0.1", False), ("::", False),
        ("::ffff:10.0.0.1", False), ("fe80::1%1", False), ("localhost", False), ("127.1", False), ("", False),
        ("127.0.0.1.example.com", False),
    ],
)  # fmt: skip
def test_which_addresses_are_this_machine(address, ours):
    assert is_loopback(address) is ours


@pytest.mark.parametrize(
    ("peer", "why"),
    [
        (("127.0.0.1", 80), ""), (("::1", 80, 0, 0), ""), (("10.0.0.1", 80), NOT_THIS_MACHINE),
        (None, "whoever was there has closed the connection at once"),
    ],
)  # fmt: skip
def test_who_is_spoken_to_in_the_clear(peer, why):
    assert why_not_to(peer) == why


@contextmanager
def gone():
    """Whoever is connected to has gone before anybody could ask who it was, as after a reset."""
    sockets = []

    def nobody(self):
        sockets.append(self)
        raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))

    with mock.patch.object(socket.socket, "getpeername", nobody, create=True):
        yield sockets


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_connection_that_is_closed_at_once_is_a_failure_like_any_other(kind):
    """It was left open here, until the garbage collector found it."""
    with fault_server(GOOD) as server, gone() as sockets:
        with opened(kind, server.url, **KEYS) as client, pytest.raises(ConnectionFailed) as caught:
            client.private.get_user()
        assert [each.fileno() for each in sockets] == [-1]
    assert "closed the connection at once" in str(caught.value)
    assert server.requests == []


@needs_a_network
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_name_that_leads_elsewhere_gets_nothing(kind, name):
    with fault_server(GOOD, address=ELSEWHERE) as server, resolved(name, ELSEWHERE):
        port = server.url.rpartition(":")[2]
        with opened(kind, f"http://{name}:{port}", **KEYS) as client, pytest.raises(ConnectionFailed) as caught:
            client.private.get_user()
    assert "leads to another machine" in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_name_that_leads_here_is_spoken_to(kind, name):
    with fault_server(GOOD) as server, resolved(name, "127.0.0.1"):
        port = server.url.rpartition(":")[2]
        with opened(kind, f"http://{name}:{port}", **KEYS) as client:
            assert client.private.get_user().user.ethereum_address == "0x0"


@needs_a_network
def test_of_several_addresses_ours_is_taken():
    """The synchronous client tries one after the other."""
    real = socket.getaddrinfo

    def both(host, *arguments, **keywords):
        if host not in ("trading.localhost", b"trading.localhost"):
            return real(host, *arguments, **keywords)
        return [entry for address in (ELSEWHERE, "127.0.0.1") for entry in real(address, *arguments, **keywords)]

    with fault_server(GOOD, address="0.0.0.0") as server, mock.patch("socket.getaddrinfo", both):
        port = server.url.rpartition(":")[2]
        with opened(Client, f"http://trading.localhost:{port}", **KEYS) as client:
            client.private.get_user()
    assert (len(server.requests), server.connections) == (1, 2)


@needs_a_network
def test_the_feed_is_as_careful():
    async def follow(port):
        feed = Feed(f"http://trading.localhost:{port}", api_key=ApiKey(**CREDENTIALS), backoff=Backoff(attempts=1))
        await feed.subscribe("v3_accounts")
        async with feed:
            await anext(aiter(feed))

    with (
        fault_server("silence", address=ELSEWHERE) as server,
        resolved("trading.localhost", ELSEWHERE),
        pytest.raises(FeedFailed, match="leads to another machine"),
    ):
        asyncio.run(asyncio.wait_for(follow(server.url.rpartition(":")[2]), 60))
    assert server.requests == []
    assert server.connections


def test_a_feed_whose_connection_is_closed_at_once_says_so():
    async def follow(host):
        feed = Feed(host, api_key=ApiKey(**CREDENTIALS), backoff=Backoff(attempts=1))
        await feed.subscribe("v3_accounts")
        async with feed:
            await anext(aiter(feed))

    with fault_server("silence") as server, gone(), pytest.raises(FeedFailed, match="closed the connection at once"):
        asyncio.run(asyncio.wait_for(follow(server.url), 60))
