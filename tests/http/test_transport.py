"""Both clients and what hosts answer, on a real socket: refusals, repetitions, connections.

Faults: `test_faults.py`.
"""

import gc
import json
import time
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

httpcore2 = pytest.importorskip("httpcore2")

from both_clients import opened  # noqa: E402
from fault_cases import CREDENTIALS, GOOD, ORDER, QUICK, SOON  # noqa: E402
from fault_server import fault_server, http  # noqa: E402

from starkcore.dydx import AsyncClient, Client  # noqa: E402
from starkcore.dydx.errors import (  # noqa: E402
    ApiError,
    InvalidInput,
    TransportError,
)  # fmt: skip
from starkcore.http.rules import Retries  # noqa: E402

LONGEST = 6.0


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def kind(request):
    """Either client; afterwards, no socket of it is left open."""
    yield request.param
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        gc.collect()


def call(kind, server, method, **settings):
    """get_user or create_order, once; the result or the error, and the seconds that it took."""
    settings = {"api_timeout": QUICK, "retries": SOON, "stark_private_key": "0x5"} | settings
    with opened(kind, getattr(server, "url", server), api_key_credentials=CREDENTIALS, **settings) as client:
        before = time.monotonic()
        try:
            result = client.private.get_user() if method == "GET" else client.private.create_order(
                position_id=1, market="ETH-USD", side="BUY", order_type="LIMIT", post_only=False, size="1", price="1",
                limit_fee="0.1", expiration_epoch_seconds=4e9, client_id="mine",
            )  # fmt: skip
        except TransportError as error:
            result = error
        return result, time.monotonic() - before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_told_and_not_repeated(kind, method):
    with fault_server(http(400, b'{"errors":[{"msg":"price must be positive"}]}')) as server:
        outcome, _ = call(kind, server, method)
    assert type(outcome) is ApiError
    assert outcome.status == outcome.status_code == 400
    assert outcome.msg == {"errors": [{"msg": "price must be positive"}]}
    assert "price must be positive" in str(outcome)
    question = server.requests.pop()  # once, which network the exchange is on
    assert question.startswith(b"GET /v3/config ")
    assert len(server.requests) == 1


def test_a_lost_connection_is_tried_again_by_a_get(kind):
    with fault_server("reset", http(503), GOOD) as server:
        outcome, _ = call(kind, server, "GET")
    assert outcome.user.ethereum_address == "0x0"
    assert len(server.requests) == 3


def test_retry_after_is_waited_for(kind):
    with fault_server(http(429, headers=["retry-after: 1"]), ORDER) as server:
        outcome, seconds = call(kind, server, "POST", retries=Retries(longest_wait=2), api_timeout=5)
    assert outcome.order.id == "1"
    assert 1 <= seconds < LONGEST
    first, second = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests)
    assert first == second


def test_a_clock_that_is_off_is_told(kind):
    date = format_datetime(datetime.now(UTC) - timedelta(minutes=7), usegmt=True)
    with fault_server(http(401, b'{"errors":[{"msg":"timestamp"}]}', headers=[f"date: {date}"])) as server:
        outcome, _ = call(kind, server, "GET")
    assert "clock is 420 s ahead" in str(outcome) or "clock is 421 s ahead" in str(outcome)


def test_connections_are_used_again(kind):
    with fault_server(GOOD) as server, opened(kind, server.url, api_key_credentials=CREDENTIALS) as client:
        for _ in range(5):
            client.private.get_user()
        assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_that_the_host_closed_is_not_used_again(kind):
    closing = http(201, ORDER.partition(b"\r\n\r\n")[2], headers=["connection: close"])
    with fault_server(closing) as server:
        for _ in range(3):
            outcome, _ = call(kind, server, "POST")
            assert outcome.order.id == "1"
    assert server.connections == len(server.requests) == 3


def test_what_is_signed_is_what_is_sent(kind):
    with fault_server(ORDER) as server:
        call(kind, server, "POST")
    import base64
    import hashlib
    import hmac

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])
    headers = {name.lower(): value for name, value in headers.items()}
    assert b"null" not in body
    assert b": " not in body
    message = headers["dydx-timestamp"].encode() + b"POST/v3/orders" + body
    signed = hmac.new(base64.urlsafe_b64decode(CREDENTIALS["secret"]), message, hashlib.sha256).digest()
    assert headers["dydx-signature"] == base64.urlsafe_b64encode(signed).decode()


def test_many_orders_are_each_answered_for(kind):
    def answer(request):
        if request.startswith(b"GET /v3/config "):  # asked once, after the first refusal
            return http(404)
        name = json.loads(request.partition(b"\r\n\r\n")[2])["clientId"]
        if name == "bad":
            return http(400, b'{"errors":[{"msg":"no"}]}')
        return "close" if name == "lost" else ORDER

    order = {"position_id": 1, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False,
             "size": "1", "price": "1", "limit_fee": "0.1", "expiration_epoch_seconds": 4e9}  # fmt: skip
    names = [*(f"n{number}" for number in range(40)), "bad", "lost", "odd"]
    orders = [order | {"client_id": name} for name in names]
    orders[-1]["size"] = "0.00000000001"
    keys = {"api_key_credentials": CREDENTIALS, "stark_private_key": "0x5"}
    with fault_server(answer) as server, opened(kind, server.url, **keys) as client:
        outcomes = client.private.create_orders([*orders, {"market": 1}, 5])
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["Response"] * 40 + [
        "ApiError",
        "OutcomeUnknown",
        "InvalidAmount",
        "InvalidInput",
        "InputTypeError",
    ]
    assert len(server.requests) == 42 + 1, "an order was sent twice, or one that is wrong was sent"


@pytest.mark.parametrize(
    "host",
    ["http://example.com", "ftp://localhost", "localhost", "https://", "https://a/b", "https://u:p@a", "https://a?b",
     "https://a#b", "https://a:99999", "https://a:x", "", "https://ex\nample.com", "https://[::1",
     "http://127.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://[2001:db8::1]",
     "http://0.0.0.0", "http://128.0.0.1"],
)  # fmt: skip
def test_hosts_that_are_none(kind, host):
    with pytest.raises(InvalidInput) as caught:
        kind(host)
    assert caught.value.field == "host"


@pytest.mark.parametrize("host", ["localhost", "sandbox.localhost", "127.0.0.1", "127.255.0.1", "[::1]"])
def test_this_machine_needs_no_encryption(kind, host):
    with opened(kind, f"http://{host}:1") as client:
        assert client.host == f"http://{host}:1"


def test_a_closed_client_says_so(kind):
    from starkcore import StarkcoreError

    with fault_server(GOOD) as server, opened(kind, server.url, api_key_credentials=CREDENTIALS) as client:
        private = client.private
        client._client.close() if kind is Client else client._runner.run(client._client.aclose())
        with pytest.raises(StarkcoreError, match="closed"):
            private.get_user()
    assert server.requests == []
