"""Inner functions of what speaks to a host, one at a time: what may be repeated, what is hidden, what is taken for
JSON.
"""

import dataclasses
import inspect
import json
import math
import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("httpcore2")
import anyio
import httpcore2

from starkcore import errors
from starkcore.http import answer as of_answers
from starkcore.http import calls, concurrency, redaction, request, rules, sockets, strict_json, task_stream, wire
from starkcore.http import records as made_of
from starkcore.http.answer import Answer, Unreadable, parse_json
from starkcore.http.endpoint import Endpoint
from starkcore.http.host import Host
from starkcore.http.records import Record
from starkcore.http.rules import Failure, Timeouts

SECRET = frozenset({"s3cret-of-an-account"})


def answer(status, body=b"", **headers):
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


# ---- Calls ----


class Questions(calls.Module):
    @calls.call
    def ask(self, what: str, days: int = 1):
        """What is asked."""
        yield what
        return days


def test_a_call_is_told_as_the_function_that_it_runs():
    """By the class, where documentation looks for it, as by an instance."""
    for told in (Questions.ask, Questions(None, list).ask):
        assert (told.__name__, told.__doc__, told.__module__) == ("ask", "What is asked.", __name__)
    assert list(inspect.signature(Questions(None, list).ask).parameters) == ["what", "days"]
    assert Questions(None, list).ask("a") == ["a"]


# ---- What may be sent again, and what an outcome means ----


@pytest.mark.parametrize(
    ("method", "outcome", "may"),
    [
        ("GET", Failure(True, "lost"), True), ("GET", Failure(False, "no connection"), True),
        ("POST", Failure(False, "no connection"), True), ("POST", Failure(True, "lost"), False),
        ("DELETE", Failure(True, "lost"), False), ("PUT", Failure(True, "lost"), False),
        ("GET", Failure(False, "can't be said", again=False), False), ("POST", Failure(False, "x", again=False), False),
        ("POST", answer(429), True), ("GET", answer(429), True),
        ("GET", answer(502), True), ("GET", answer(503), True), ("GET", answer(504), True),
        ("POST", answer(502), False), ("POST", answer(503), False), ("DELETE", answer(504), False),
        ("GET", answer(500), False), ("GET", answer(501), False), ("GET", answer(404), False),
        ("GET", answer(301), False),
    ],
)  # fmt: skip
def test_what_may_be_sent_again(method, outcome, may):
    """An order that may have arrived is never sent a second time (RFC 9110, 9.2.2: POST isn't idempotent)."""
    assert rules._may_repeat(method, outcome) is may


@pytest.mark.parametrize(
    ("method", "outcome", "kind"),
    [
        ("POST", Failure(False, "no connection"), rules.ConnectionFailed),
        ("GET", Failure(True, "x"), rules.ConnectionLost), ("POST", Failure(True, "x"), rules.OutcomeUnknown),
        ("GET", answer(302), rules.RedirectRefused), ("POST", answer(302), rules.OutcomeUnknown),
        ("POST", answer(429), rules.RateLimited), ("GET", answer(500), rules.ServerError),
        ("POST", answer(500), rules.OutcomeUnknown), ("DELETE", answer(504), rules.OutcomeUnknown),
        ("POST", answer(400), rules.ApiError), ("POST", answer(499), rules.ApiError),
    ],
)  # fmt: skip
def test_what_an_outcome_is_called(method, outcome, kind):
    error = rules._error(request.Request(method, "/v3/orders"), outcome, 7.0)
    assert type(error) is kind
    assert (error.method, error.path) == (method, "/v3/orders")
    if kind is rules.RateLimited:
        assert error.retry_after == 7.0


def test_where_a_redirect_leads_is_told_without_its_query():
    error = rules._error(request.Request("GET", "/"), answer(301, location="https://other/x?key=1234"), None)
    assert (error.status, error.excerpt) == (301, "https://other/x")


# ---- Answers ----


def test_an_answers_json_without_secrets():
    body = b'{"a": "s3cret-of-an-account", "n": 5, "token": "abc"}'
    shown = Answer(400, {"content-type": "application/json"}, body).redacted_json(SECRET)
    assert shown == {"a": "[removed]", "n": 5, "token": "[removed]"}
    assert Answer(400, {"content-type": "text/html"}, body).redacted_json(SECRET) is None
    assert Answer(400, {"content-type": "application/json"}, b"{").redacted_json(SECRET) is None
    large = json.dumps(["a"] * 20_000).encode()
    assert Answer(400, {"content-type": "application/json"}, large).redacted_json(SECRET) is None


def test_no_exception_of_json_carries_the_text_along():
    assert parse_json(b'{"a": [1]}') == {"a": [1]}
    assert parse_json('{"a": {}}', lambda members: sorted(members)) == ["a"]
    with pytest.raises(Unreadable, match=r"^the answer isn't whole JSON$") as caught:
        parse_json(b'{"a": s3cret')
    assert caught.value.__context__ is None


# ---- What is hidden ----


def test_where_known_secrets_stand():
    assert list(redaction._known("ab xaby ab", ["ab"])) == [(0, 2), (4, 6), (8, 10)]
    assert list(redaction._known("aaaa", ["aa", "zz"])) == [(0, 2), (2, 4)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"secret": "a b"}', '{"secret": "*"}'), ("passphrase=abc&x=1", "passphrase=*&x=1"),
        ("api_secret_2: abc, x", "api_secret_2: *, x"), ("PrivateKey='it\\'s'", "PrivateKey='*'"),
        ('{\\"token\\": \\"abc\\"}', '{\\"token\\": \\"*"}'), ('"mnemonic":"cut off', '"mnemonic":"*'),
        ("token=x", "token=*"), ("the secret is out", "the secret is out"), ('"secret": ""', '"secret": ""'),
        ("token", "token"),
    ],
)  # fmt: skip
def test_what_stands_behind_a_telling_name(text, shown):
    spans = list(redaction._named(text))
    for begin, end in reversed(spans):
        text = text[:begin] + "*" + text[end:]
    assert text == shown


def test_all_that_is_hidden_in_order():
    text = "k 0123456789abcdef0123456789 password: x s3cret-of-an-account"
    assert redaction._hidden(text, ["s3cret-of-an-account"]) == [(2, 28), (39, 40), (41, 61), (41, 61)]
    # An Ethereum address, a UUID and words name what may be told.
    plain = (
        "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1 50fdcaa0-62b8-e827-02e8-a9520d46cb9f invalid/transaction-request"
    )
    assert redaction._hidden(plain, []) == []


# ---- Requests ----


def test_parts_of_a_path_are_quoted():
    """RFC 3986, 2.2: a reserved character stands as %XX unless it is meant as one."""
    assert request._quoted("a/b?c=d&e f\u00e9%", "path") == "a%2Fb%3Fc%3Dd%26e%20f%C3%A9%25"
    assert request._quoted("2021-01-01T00:00:00.000Z,x", "at") == "2021-01-01T00:00:00.000Z,x"
    with pytest.raises(errors.InvalidInput, match=r"^at must be text that UTF-8 can encode") as caught:
        request._quoted("\ud800", "at")
    assert caught.value.__context__ is None


def test_a_body_is_of_what_there_is():
    assert request.body_of({"size": "1", "cancelId": None}) == b'{"size":"1"}'
    assert request.body_of({"cancelId": None}) == request.body_of({}) == b""


@pytest.mark.parametrize(
    "rest",
    ["/v3", "/#part", "?a=b", "#part", "/\x7f", "#a\u00a0b"],
    ids=["path", "both", "query", "fragment", "odd", "odder"],
)
def test_an_endpoint_is_a_host_and_no_more(rest):
    with pytest.raises(errors.InvalidInput, match="nothing else"):
        Endpoint.parse(f"https://api.test{rest}")
    with pytest.raises(errors.InvalidInput, match="nothing else"):
        Endpoint.parse(f"https://me@api.test{rest}")
    assert Endpoint.parse("https://api.test/") == Endpoint("https", "api.test", 443)


def test_members_of_a_query():
    assert [request._text(value, "limit") for value in (True, False, 5, -1, "x")] == ["true", "false", "5", "-1", "x"]
    for wrong in (1.5, b"x", [], None):
        with pytest.raises(errors.InputTypeError, match=r"^limit must be text or an int"):
            request._text(wrong, "limit")


# ---- Records ----


class Order(Record):
    id: str
    limit_fee: str | None


class Orders(Record):
    orders: list[Order]
    by_id: dict[str, Order] | None
    anything: Any


def test_a_kind_of_record_and_its_members():
    assert made_of._members(Order) == {"id": (str, True), "limitFee": (str, False)}
    assert made_of._members(Orders)["byId"] == (dict[str, Order], False)


def test_the_shape_of_each_type():
    assert made_of._shape_of(Any) is None
    assert made_of._shape_of(int) is None
    assert made_of._shape_of(str)("x", "id") == "x"
    order = made_of._shape_of(Order)({"id": "1"}, "order")
    assert (type(order), order.id) == (Order, "1")
    some = made_of._shape_of(list[Order])([{"id": "1"}, None], "orders")
    assert [type(one) for one in some] == [Order, type(None)]
    assert type(made_of._shape_of(dict[str, Order])({"a": {"id": "1"}}, "byId")["a"]) is Order
    for hint, wrong in (
        (str, 5),
        (Order, []),
        (list[Order], {}),
        (list[Order], [5]),
        (dict[str, Order], []),
        (Order, "x"),
    ):
        with pytest.raises(TypeError, match=r"^order$"):
            made_of._shape_of(hint)(wrong, "order")


def test_what_is_of_another_kind_is_told_by_name():
    assert made_of._instance([], list, "orders") == []
    with pytest.raises(TypeError, match=r"^orders$"):
        made_of._instance({}, list, "orders")


def test_an_answer_takes_its_shape():
    made = made_of.shaped(Orders, {"orders": [{"id": "1", "limitFee": None, "more": 2}], "anything": 5})
    assert (type(made), type(made.orders[0]), made.orders[0]["more"], made.by_id) == (Orders, Order, 2, None)
    plain = {"a": 1}
    assert made_of.shaped(Record, plain) is plain
    with pytest.raises(LookupError, match="id"):
        made_of.shaped(Orders, {"orders": [{}], "anything": 5})
    with pytest.raises(LookupError, match="anything"):
        made_of.shaped(Orders, {"orders": []})
    with pytest.raises(TypeError, match=r"^id$"):
        made_of.shaped(Order, {"id": 5})


# ---- JSON ----


def test_text_and_its_bytes():
    assert strict_json._both_forms("\u00e9", "utf-8") == ("\u00e9", b"\xc3\xa9")
    assert strict_json._both_forms(b"\xc3\xa9", "utf-8") == ("\u00e9", b"\xc3\xa9")
    assert strict_json._both_forms(b"\xef\xbb\xbf1", "utf-8-sig") == ("1", b"1")
    for wrong in (b"\xff", "\ud800"):
        with pytest.raises(strict_json.BadJson, match="isn't UTF-8 text"):
            strict_json._both_forms(wrong, "utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[[[1]]]", None), (b"[[[[1]]]]", "deeper than 3 levels"),
        (b"[1,2,3,4]", None), (b"[1,2,3,4,5]", "more than 5 values"),
        (b'"[[[[[[[["', None), (b'"\\"[[[["', None), (b'"a\\\\",[[', None), (b'"a\\\\",[[[[', "values"),
        (b"]]]", "isn't whole"),
        (rb'"\ud83d\ude00"', None), (rb'"\ud83d"', "surrogate"), (rb'"\ude00"', "surrogate"),
        (rb'"\\ud83d"', None), (rb'"\ude00\ud83d"', "surrogate"), (b" " * 101, "larger than 100 bytes"),
        (b'"","","","","",""', "more than 5 values"),
    ],
)  # fmt: skip
def test_the_structure_is_bounded_before_it_is_parsed(text, reason):
    bounds = strict_json.Bounds(size=100, depth=3, values=5)
    if reason is None:
        strict_json._check_structure(text, bounds)
        return
    with pytest.raises(strict_json.BadJson, match=reason):
        strict_json._check_structure(text, bounds)


def test_numbers_and_names_of_a_parser():
    decode = strict_json._decoder(dict, 5).decode
    assert decode('{"a": [12345, 1e300, -0.5]}') == {"a": [12345, 1e300, -0.5]}
    for text, reason in (
        ('{"a": 1, "a": 1}', "a name twice"), ("123456", "more than 5 digits"), ("1.2345", "more than 5 digits"),
        ("1e999", "too large"), ("NaN", "NaN, which is no JSON"), ("-Infinity", "-Infinity, which is no JSON"),
    ):  # fmt: skip
        with pytest.raises(strict_json.BadJson, match=reason):
            decode(text)
    assert math.isfinite(decode("1e308"))


# ---- What a transport knows of its host ----


def test_no_wait_is_longer_than_the_budget(monkeypatch):
    monkeypatch.setattr("starkcore.http.host.time.monotonic", lambda: 100.0)
    assert Host._shortened(5.0, 103.0, TimeoutError) == 3.0
    assert Host._shortened(5.0, 200.0, TimeoutError) == 5.0
    for over in (100.0, 99.0):
        with pytest.raises(TimeoutError, match="budget"):
            Host._shortened(5.0, over, TimeoutError)


def test_why_nothing_was_sent():
    host = Host(Endpoint("http", "127.0.0.1", 1), Timeouts(), 1 << 20, None, anywhere=False)
    for kind in (httpcore2.ConnectTimeout, httpcore2.ReadTimeout, httpcore2.WriteTimeout):
        assert host.not_connected(kind("x")) == Failure(False, "no connection in time; nothing was sent")
    told = host.not_connected(httpcore2.ConnectError("refused " * 100))
    assert told == Failure(False, f"no connection; nothing was sent: {('refused ' * 100)[:200]}")
    # What a proxy says is its own text, and may repeat a password.
    assert host.not_connected(ValueError("s3cret")) == Failure(False, "no connection; nothing was sent")


def test_one_context_speaks_http_1_alone(monkeypatch):
    class Context:
        def set_alpn_protocols(self, names):
            self.names = names

    host = Host(Endpoint("http", "127.0.0.1", 1), Timeouts(), 1 << 20, None, anywhere=False)
    given = Context()
    assert host._context(given) is given
    assert given.names == ["http/1.1"]
    monkeypatch.setattr(host.http, "default_ssl_context", Context)
    assert host._context(None).names == ["http/1.1"]


# ---- How large, and in how many pieces, an answer may come ----


def test_an_answer_that_is_too_much():
    bounds = wire.Bounds(1000)
    assert bounds.too_much(1000, 1) is None
    assert bounds.too_much(1001, 1) == Failure(True, "the answer is larger than 1000 bytes", again=False)
    most = wire._MOST_PIECES + 1000 // wire._SMALL_PIECE
    assert bounds.too_much(1000, most) is None
    assert "pieces" in bounds.too_much(1000, most + 1).what


def test_of_several_headers_the_first_counts():
    made = wire._answer(200, [("a", "1"), ("b", "2"), ("a", "3")], b"x")
    assert (made.status, dict(made.headers), made.body) == (200, {"a": "1", "b": "2"}, b"x")


def feed(steps, *pieces):
    """What a reading returns once it was given these pieces."""
    assert next(steps) is None
    try:
        for piece in pieces:
            steps.send(piece)
    except StopIteration as end:
        return end.value
    return "more"


HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "rest", "body"),
    [
        (HEAD + b"3\r\nabc\r\n", [b"2\r\nde\r\n0\r\n\r\n"], b"abcde"),  # RFC 9112, 7.1
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD, [b"1\r\na\r\n0\r\n\r\n"], b"a"),  # RFC 9110, 15.2
        (HEAD[:20], [HEAD[20:] + b"0\r\n\r\n"], b""),
    ],
)  # fmt: skip
def test_answers_that_are_not_plain(first, rest, body):
    steps = wire._read_by_h11(first, wire.Bounds(1000), "GET")
    made = feed(steps, *rest)
    assert (made.status, made.body) == (200, body)


@pytest.mark.parametrize("rest", [b"", b"garbage\r\n", b"2\r\nabc\r\n"])
def test_what_is_not_http(rest):
    steps = wire._read_by_h11(HEAD, wire.Bounds(1000), "GET")
    with pytest.raises(wire.NotHttp):
        feed(steps, rest, b"")


@pytest.mark.parametrize("rest", [b"3e9\r\n" + b"a" * 1001, b"3e8\r\n" + b"a" * 1000 + b"\r\n1\r\na\r\n"])
def test_an_answer_in_chunks_is_bounded(rest):
    import h11

    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    made = feed(wire._read_events(h11, connection, HEAD, wire.Bounds(1000)), rest)
    assert made == Failure(True, "the answer is larger than 1000 bytes", again=False)


@pytest.mark.parametrize("byte", [b for b in range(256) if b not in b"\r\n"])
def test_which_bytes_are_in_a_plain_head(byte):
    """RFC 9110: visible characters, space and tab; what is beyond ASCII goes to a parser that knows more."""
    head = b"HTTP/1.1 200 OK\r\nx-a: b%cc\r\ncontent-length: 0\r\n\r\n" % byte
    assert (wire.plain_head(head) is not None) == (byte == 9 or 0x20 <= byte < 0x7F)


def test_a_head_without_end_is_not_waited_for():
    steps = wire._read_by_h11(b"HTTP/1.1 200 OK\r\nx: ", wire.Bounds(1000), "GET")
    with pytest.raises(wire.HeadTooLong):
        feed(steps, *[b"a" * 60_000] * 8)


# ---- Side by side ----


def test_what_many_steps_come_to():
    def steps():
        return (yield)

    problem = errors.StarkcoreError("refused")

    def run(one):
        if one is None:
            raise problem
        return one

    assert concurrency._outcome(run, 5) == 5
    assert concurrency._outcome(run, None) is problem
    assert problem.__traceback__ is None
    with pytest.raises(ZeroDivisionError):
        concurrency._outcome(lambda one: 1 // 0, steps())


def test_what_is_done_side_by_side_is_done_once_and_told_in_order():
    """By as many workers as may be, each of which takes the next: not one for each, nor a future for each."""
    threads, most, seen, lock = concurrency.Threads(4), 0, [], threading.Lock()
    problem, under_way = errors.StarkcoreError("refused"), 0
    first = threading.Barrier(4, timeout=20)  # all four are at work at once

    def run(number):
        nonlocal most, under_way
        with lock:
            seen.append(number)
            under_way += 1
            most = max(most, under_way)
        if number < 4:
            first.wait()
        with lock:
            under_way -= 1
        if number == 7:
            raise problem
        return -number

    assert threads.together(run, list(range(50))) == [problem if n == 7 else -n for n in range(50)]
    assert (sorted(seen), most) == (list(range(50)), 4)
    assert threads.together(run, []) == []
    threads.end()


def test_what_is_no_error_of_ours_ends_all_that_has_not_begun():
    threads, begun = concurrency.Threads(1), []

    def run(number):
        begun.append(number)
        if number == 2:
            raise IndexError(number)  # which is also what says that nothing is left

    with pytest.raises(IndexError):
        threads.together(run, list(range(5)))
    threads.end()
    assert begun == [0, 1, 2]


def test_a_request_that_hides_something_is_the_same_request():
    one = request.Request("POST", "/v3/orders", b"{}", None, "0x1", "mine")
    hiding = one.hiding(SECRET)
    assert dataclasses.replace(hiding, secrets=frozenset()) == one
    assert hiding.secrets == SECRET


def test_the_bounds_of_an_answer_grow_with_what_may_come():
    default = strict_json.Bounds()
    assert of_answers._bounds(0) == of_answers._bounds(default.size) == default
    assert of_answers._bounds(8 * default.size) == strict_json.Bounds(size=8 * default.size, values=8 * default.values)


def test_connections_that_nobody_closes_are_closed_with_their_owner():
    class Owner:
        pass

    class Stream:
        closed = False

        def close(self):
            self.closed = True

    owner, stream, idle = Owner(), Stream(), sockets.Idle()
    assert concurrency.Threads(2).close_with(owner, idle).alive
    idle._waiting.append(SimpleNamespace(stream=stream))
    del owner
    assert stream.closed


# ---- Connections ----


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def addresses(monkeypatch, *names):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", name) for name in names]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_each_address_of_a_host_is_tried(monkeypatch, listening):
    backend = sockets.sync_backend(httpcore2, anywhere=True)
    tried = []
    real = httpcore2.SyncBackend.connect_tcp

    def connect(self, host, port, timeout, **options):
        tried.append((host, timeout))
        if host == "127.0.0.2":
            raise httpcore2.ConnectTimeout("dead")
        return real(self, host, port, timeout, **options)

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    addresses(monkeypatch, ("127.0.0.2", listening), ("127.0.0.2", listening), ("127.0.0.1", listening))
    stream = backend.connect_tcp("somewhere", listening, 10.0)
    stream.close()
    assert [host for host, _ in tried] == ["127.0.0.2", "127.0.0.1"]
    assert tried[0][1] <= 5.0 < tried[1][1]  # one that is dead doesn't use up the time of the others


def test_without_tls_no_other_machine_is_spoken_to(monkeypatch, listening):
    monkeypatch.setattr(sockets, "is_loopback", lambda address: False)
    with pytest.raises(httpcore2.ConnectError, match=sockets.NOT_THIS_MACHINE):
        sockets.sync_backend(httpcore2, anywhere=False).connect_tcp("127.0.0.1", listening, 5.0)

    async def connect():
        await sockets.async_backend(httpcore2, anywhere=False).connect_tcp("127.0.0.1", listening, 5.0)

    with pytest.raises(httpcore2.ConnectError, match=sockets.NOT_THIS_MACHINE):
        anyio.run(connect)


def test_another_machine_may_be_spoken_to_in_tls(monkeypatch, listening):
    monkeypatch.setattr(sockets, "is_loopback", lambda address: False)
    sockets.sync_backend(httpcore2, anywhere=True).connect_tcp("127.0.0.1", listening, 5.0).close()

    async def connect():
        stream = await sockets.async_backend(httpcore2, anywhere=True).connect_tcp("127.0.0.1", listening, 5.0)
        await stream.aclose()

    anyio.run(connect)


def test_addresses_in_digits_are_asked_of_nobody(monkeypatch):
    asked = []

    async def getaddrinfo(host, port, **options):
        asked.append(host)
        return [
            (2, 1, 6, "", ("127.0.0.1", port)),
            (2, 1, 6, "", ("127.0.0.1", port)),
            (10, 1, 6, "", ("::1", port, 0, 0)),
        ]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    assert anyio.run(task_stream._addresses, anyio, "127.0.0.9", 80) == [(socket.AF_INET, ("127.0.0.9", 80))]
    assert asked == []
    found = anyio.run(task_stream._addresses, anyio, "somewhere", 80)
    assert (found, asked) == ([(2, ("127.0.0.1", 80)), (10, ("::1", 80, 0, 0))], ["somewhere"])


def test_the_first_address_that_answers(listening):
    dead = (socket.AF_INET, ("127.0.0.1", free_port()))
    good = (socket.AF_INET, ("127.0.0.1", listening))
    sock = anyio.run(task_stream._first, anyio, [dead, good, good])
    assert sock.getpeername() == good[1]
    sock.close()
    with pytest.raises(OSError, match="refused"):
        anyio.run(task_stream._first, anyio, [dead, dead])
    with pytest.raises(OSError, match="no address"):
        anyio.run(task_stream._first, anyio, [])


def test_one_address_is_connected_to(listening):
    sock = anyio.run(task_stream._connected, anyio, socket.AF_INET, ("127.0.0.1", listening))
    assert sock.getblocking() is False
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    sock.close()
    with pytest.raises(ConnectionRefusedError):
        anyio.run(task_stream._connected, anyio, socket.AF_INET, ("127.0.0.1", free_port()))


def test_what_fails_in_a_stream_is_told_by_the_librarys_errors():
    class Stream(task_stream.TaskStream):
        def __init__(self):
            self._anyio = anyio

    async def told(problem):
        with Stream()._told(0.05 if problem is None else 5, httpcore2.ReadTimeout, httpcore2.ReadError):
            if problem is None:
                await anyio.sleep(60)
            raise problem

    with pytest.raises(httpcore2.ReadTimeout):
        anyio.run(told, None)
    with pytest.raises(httpcore2.ReadError, match="reset"):
        anyio.run(told, ConnectionResetError("reset"))
    with pytest.raises(ZeroDivisionError):
        anyio.run(told, ZeroDivisionError())


class Tls:
    """What `_do` has of OpenSSL and of the socket below: scripts, and what was done."""

    def __init__(self, *comes):
        import ssl

        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.comes, self.sent, self.calls = list(comes), [], 0
        self._raw = self

    async def write(self, data, timeout):
        self.sent.append(data)

    async def read(self, most, timeout):
        return self.comes.pop(0)

    def step(self):
        import ssl

        self.calls += 1
        self._goes.write(b"out%d" % self.calls)
        if self._came.pending < 4 and self.comes:
            raise ssl.SSLWantReadError
        if self._came.pending < 4:
            raise ssl.SSLEOFError
        return self._came.read()


def test_what_openssl_wants_is_sent_and_read():
    import ssl

    tls = Tls(b"ab", b"cd")
    assert anyio.run(task_stream.TlsTaskStream._do, tls, 5.0, tls.step) == b"abcd"
    assert tls.sent == [b"out1", b"out2", b"out3"]
    ended = Tls(b"ab", b"")
    with pytest.raises(ssl.SSLEOFError):
        anyio.run(task_stream.TlsTaskStream._do, ended, 5.0, ended.step)
    assert ended.sent[-1] == b"out3"  # an alert is sent as well
    ended._came.read()
    assert ended._came.eof


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (TimeoutError(), "ConnectTimeout"), (httpcore2.ReadTimeout("x"), "ConnectTimeout"),
        (httpcore2.WriteTimeout("x"), "ConnectTimeout"), (ConnectionResetError("gone"), "ConnectError"),
        (httpcore2.ReadError("gone"), "ConnectError"), (httpcore2.WriteError("gone"), "ConnectError"),
    ],
)  # fmt: skip
def test_a_handshake_that_fails_is_no_connection(monkeypatch, problem, kind):
    class Stream:
        def __init__(self, raw, context, name):
            assert (raw, context, name) == ("raw", "context", "host.test")

        async def shake_hands(self, timeout):
            raise problem

    monkeypatch.setattr(task_stream, "TlsTaskStream", Stream)
    with pytest.raises(getattr(httpcore2, kind)):
        anyio.run(task_stream._encrypted, "raw", anyio, httpcore2, "context", "host.test", 5.0)


def test_whoever_waits_for_addresses_can_be_stopped(monkeypatch):
    """What ends it is told as what it is, and not as a host without an address."""

    async def connected(*_):
        await anyio.sleep_forever()

    async def work():
        with anyio.move_on_after(0.01) as scope:
            await task_stream._first(anyio, [(socket.AF_INET, ("127.0.0.1", 1))])
        return scope.cancelled_caught

    monkeypatch.setattr(task_stream, "_connected", connected)
    assert anyio.run(work) is True


@pytest.mark.parametrize(("closed", "unread"), [(True, True), (True, False), (False, True)])
def test_a_connection_that_may_have_said_something_is_not_used_again(closed, unread):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = SimpleNamespace(get_extra_info=lambda name: ours, unread=False)
        connection = sockets.Connection(stream)
        assert connection.is_silent()
        stream.unread = unread
        if closed:
            ours.close()
        assert not connection.is_silent()


def test_who_is_at_the_other_end_and_that_nobody_is():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as ours:
        stream = task_stream.TaskStream(None, None, ours)
        assert sockets._peer(stream) == listener.getsockname()
        ours.close()
        assert sockets._peer(stream) is None


def test_so_many_requests_may_be_under_way():
    for most in (1, 1000):
        assert concurrency.Threads(most)._places.qsize() == most
    for most in (0, 1001):
        with pytest.raises(errors.InvalidInput, match=r"^most must be in \[1, 1000\]"):
            concurrency.Threads(most)


def test_a_request_isnt_shown_with_what_it_carries():
    shown = repr(rules.Outgoing("POST", "/v3/orders", {"key": "s3cret-of-an-account"}, b"b0dy"))
    assert shown == "Outgoing(method='POST', path='/v3/orders')"


def test_a_type_of_content_is_shown_in_part():
    kind = "ab " * 20
    with pytest.raises(Unreadable) as caught:
        answer(200, b"{}", content_type=kind).json()
    assert str(caught.value) == f"the answer isn't JSON but '{kind[:40]}\u2026'"


def test_so_many_texts_are_within_the_bounds():
    """Quotes are counted before anything is parsed: two for each text."""
    bounds = strict_json.Bounds(values=10)
    texts = ["a"] * 9
    assert strict_json.strict_json(json.dumps(texts), bounds) == texts
    with pytest.raises(strict_json.BeyondBounds, match="more than 10 values"):
        strict_json.strict_json(json.dumps([*texts, "a"]), bounds)
