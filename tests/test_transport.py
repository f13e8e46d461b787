"""Both clients on a bad network: faults on a real socket, what is said of them, and how often anything was sent."""

import gc
import json
import socket
import ssl
import time
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

httpcore2 = pytest.importorskip("httpcore2")
pytest.importorskip("web3")

from both_clients import opened  # noqa: E402
from fault_server import fault_server, http  # noqa: E402

from starkcore.delivery import Retries, Timeouts  # noqa: E402
from starkcore.dydx import AsyncClient, Client  # noqa: E402
from starkcore.dydx.errors import (  # noqa: E402
    ApiError,
    ConnectionFailed,
    ConnectionLost,
    InvalidInput,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    ServerError,
    TransportError,
    UnreadableAnswer,
)  # fmt: skip

CREDENTIALS = {"key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "secret": "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9",
               "passphrase": "12_1LuuJMZUxcj3kGBWc"}  # fmt: skip
# The budget is short: the longest wait of a test is far below the 20 s that the server can keep silent.
QUICK = Timeouts(connect=1, read=0.4, write=0.4, pool=1, total=1.5)
SOON = Retries(attempts=3, backoff=0.01, longest_wait=0.6)
GOOD = http(200, b'{"user":{"ethereumAddress":"0x0"}}')
ORDER = http(201, b'{"order":{"id":"1","market":"ETH-USD","side":"BUY","price":"1"}}')
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


# What happens, how the error of a GET is called, how often a GET is sent, how an order's error is called.
LOST = [
    ("reset", ConnectionLost, 3),
    ("close", ConnectionLost, 3),
    ("silence", ConnectionLost, None),  # as often as the budget allows
    (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n", ConnectionLost, None),
    (http(200, b'{"user":', length=100) + b"", ConnectionLost, None),
    ((http(200, b'{"user":', length=100),), ConnectionLost, 3),
    (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", ConnectionLost, 3),
    (http(502, b"<html>bad gateway</html>", kind="text/html"), ServerError, 3),
    (http(503), ServerError, 3),
    (http(504), ServerError, 3),
    (http(500, b'{"errors":[{"msg":"oops"}]}'), ServerError, 1),
    (http(200, b"<html>welcome</html>", kind="text/html"), UnreadableAnswer, 1),
    (http(200, b"{}", kind=None), UnreadableAnswer, 1),
    (http(200, b'{"user":'), UnreadableAnswer, 1),
    (http(200, b'{"user":{},"user":{}}'), UnreadableAnswer, 1),
    (http(200, b'{"order":{"id":NaN},"user":{}}'), UnreadableAnswer, 1),
    (http(200, b"[]"), UnreadableAnswer, 1),
    (http(200, b'{"other":1}'), UnreadableAnswer, 1),
    (http(200, b'{"user":[],"order":[]}'), UnreadableAnswer, 1),
    (http(200, b"\xff\xfe{}"), UnreadableAnswer, 1),
    (http(200, b"[" * 60_000), UnreadableAnswer, 1),
    (http(200, b"{" + b" " * 70_000 + b"}"), ConnectionLost, 1),
    (http(200, b"{", length=10**12), ConnectionLost, 1),
    (http(200, b"\x1f\x8b", headers=["content-encoding: gzip"]), ConnectionLost, 1),
    (http(302, b"", headers=["location: https://elsewhere.example/v3/users?a=b"]), RedirectRefused, 1),
    (http(307, b"", headers=["location: /v3/other"]), RedirectRefused, 1),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("answer", "error", "times"), LOST, ids=[str(number) for number in range(len(LOST))])
def test_an_answer_that_does_not_come_or_is_none(kind, answer, error, times, method):
    with fault_server(answer) as server:
        outcome, seconds = call(kind, server, method, largest_answer=65_536)
    assert seconds < LONGEST
    if method == "GET":
        assert type(outcome) is error
        assert len(server.requests) == times or (times is None and len(server.requests) > 1)
    else:
        assert type(outcome) is OutcomeUnknown
        assert type(outcome.reason) is error
        assert len(server.requests) == 1, "an order was sent twice"
    if error in (ServerError, UnreadableAnswer, RedirectRefused):
        assert outcome.status == int(answer[9:12])


def test_a_trickle_ends_with_the_budget(kind):
    whole = http(200, b"{}", headers=["x: " + "y" * 3000])
    for method, error in (("GET", ConnectionLost), ("POST", OutcomeUnknown)):
        with fault_server(tuple(whole[i : i + 1] for i in range(len(whole))), pause=0.05) as server:
            outcome, seconds = call(kind, server, method)
        assert type(outcome) is error
        assert seconds < QUICK.total + 1
        assert len(server.requests) == 1


def test_nothing_is_sent_where_nobody_listens(kind):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for method in ("GET", "POST"):
        outcome, seconds = call(kind, url, method)
        assert type(outcome) is ConnectionFailed
        assert "nothing was sent" in str(outcome)
        assert seconds < LONGEST


def test_tls_with_somebody_who_has_none(kind):
    with fault_server(b"HTTP/1.1 400 Bad\r\n\r\n") as server:
        outcome, _ = call(kind, server.url.replace("http", "https"), "POST")
    assert type(outcome) is ConnectionFailed


def test_a_certificate_that_nobody_vouches_for(kind, tmp_path):
    trustme_pem = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trustme_pem)
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for _ in range(3):
                try:
                    connection, _ = listener.accept()
                    with connection, context.wrap_socket(connection, server_side=True) as secure:
                        secure.recv(1)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        outcome, _ = call(kind, f"https://127.0.0.1:{listener.getsockname()[1]}", "POST")
    assert type(outcome) is ConnectionFailed
    assert "certificate" in str(outcome).lower()


def _certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(),
                                      now - timedelta(1), now + timedelta(1))  # fmt: skip
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(*encoding) + pem)
    return path


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_told_and_not_repeated(kind, method):
    with fault_server(http(400, b'{"errors":[{"msg":"price must be positive"}]}')) as server:
        outcome, _ = call(kind, server, method)
    assert type(outcome) is ApiError
    assert outcome.status == outcome.status_code == 400
    assert outcome.msg == {"errors": [{"msg": "price must be positive"}]}
    assert "price must be positive" in str(outcome)
    assert len(server.requests) == 1


def test_a_lost_connection_is_tried_again_by_a_get(kind):
    with fault_server("reset", http(503), GOOD) as server:
        outcome, _ = call(kind, server, "GET")
    assert outcome.user.ethereum_address == "0x0"
    assert len(server.requests) == 3


def soon(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("asked", "sent"),
    [("0", 2), (None, 2), ("soon", 2), ("-5", 2), ("1e3", 2), ("٣", 2), ("", 2), (lambda: soon(-100), 2),
     ("Wed, 99 Foo 2026", 2), ("1", 1), ("99999999999999999999", 1), (lambda: soon(3600), 1),
     ("Fri, 31 Dec 9999 23:59:59 GMT", 1), ("Mon, 01 Jan 0001 00:00:00 GMT", 2)],
)  # fmt: skip
def test_too_many_requests(kind, method, asked, sent):
    """429 was not carried out: it is repeated after the time that the host asked for, if that is bearable."""
    asked = asked() if callable(asked) else asked
    limited = http(429, headers=[] if asked is None else [f"retry-after: {asked}".encode().decode("latin-1")])
    with fault_server(limited, GOOD if method == "GET" else ORDER) as server:
        outcome, seconds = call(kind, server, method)
    assert len(server.requests) == sent
    assert seconds < LONGEST
    if sent == 1:
        assert type(outcome) is RateLimited
        assert outcome.retry_after >= 1
    else:
        assert outcome.status in (200, 201)


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
    assert len(server.requests) == 42, "an order was sent twice, or one that is wrong was sent"


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
