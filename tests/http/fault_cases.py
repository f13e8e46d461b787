"""Every fault of the network that the client must survive, as a table: what happens, what a GET and an order are told,
how often each is sent. For `test_faults.py`, which runs it once, and `checks/faults.py`, which runs it for long.

The client is real and so is its socket; the host is `fault_server`, or nobody.
"""

import asyncio
import gc
import json
import os
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
from fault_server import fault_server, http

from starkcore.dydx import AsyncClient, Client
from starkcore.dydx.errors import (
    ConnectionFailed,
    ConnectionLost,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    ServerError,
    TransportError,
    UnreadableAnswer,
)
from starkcore.http.rules import Retries, Timeouts

# Published: dydx-v3-python 2.1.0, tests/test_onboarding.py.
CREDENTIALS = {"key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "secret": "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9",
               "passphrase": "12_1LuuJMZUxcj3kGBWc"}  # fmt: skip
PROXY_PASSWORD = "Tr0ub4dor&3 of a proxy"
SECRETS = (
    CREDENTIALS["secret"],
    CREDENTIALS["passphrase"],
    PROXY_PASSWORD,
    "Tr0ub4dor%263",
    "VHIwdWI0ZG9yJjMgb2YgYSBwcm94",
)
QUICK = Timeouts(connect=0.6, read=0.4, write=0.4, pool=1, total=1.5)
SOON = Retries(attempts=3, backoff=0.01, longest_wait=0.6)
GOOD = http(200, b'{"user":{"ethereumAddress":"0x0"}}')
ORDER = http(201, b'{"order":{"id":"1","market":"ETH-USD","side":"BUY","price":"1"}}')
# An order may live 28 days.
IN_20_DAYS = int(time.time()) + 20 * 24 * 3600
ASKED = {"position_id": 1, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "1",
         "price": "1", "limit_fee": "0.1", "expiration_epoch_seconds": IN_20_DAYS, "client_id": "mine"}  # fmt: skip
KINDS = ("sync", "asyncio", "trio")


@dataclass
class Host:
    """Where a client is sent.

    Attributes:
        url: the host's.
        arrived: the requests that anybody got.
        wrong: what a look at the host's side found.
        settings: more for the client.
    """

    url: str
    arrived: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """What happens, and what must come of it.

    Attributes:
        get: the error of a GET, or None where it succeeds after all.
        times: how often a GET arrives; None: more than once, as often as the budget allows.
        sent: how often an order arrives. Where it does, once, its error is OutcomeUnknown with `get` as the reason.
        told: what the error's text must have.
    """

    name: str
    host: Callable[[str], Any] = field(repr=False)
    get: type[TransportError] | None
    times: int | None
    sent: int = 1
    told: str = ""


@dataclass(frozen=True)
class Outcome:
    result: Any
    seconds: float
    arrived: int
    leaked: int
    wrong: list

    @property
    def duplicates(self):
        """Orders that arrived more than once, not counting those that a host had refused to carry out."""
        return max(0, self.arrived - 1)


# ---- The hosts ----


def answering(*answers, largest=65_536, **options):
    @contextmanager
    def host(method):
        with fault_server(*answers, **options) as server:
            yield Host(server.url, server.requests, {"largest_answer": largest})

    return host


def limited(headers):
    """429 once, with these headers, then what was asked for."""

    @contextmanager
    def host(method):
        with fault_server(http(429, headers=headers()), GOOD if method == "GET" else ORDER) as server:
            yield Host(server.url, server.requests)

    return host


@contextmanager
def nobody(method):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield Host(url)


@contextmanager
def full_backlog(address="127.0.0.1", port=0):
    """A port that drops whoever wants to connect: its queue is full, and nobody accepts."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextmanager
def dropping(method):
    with full_backlog() as port:
        yield Host(f"http://127.0.0.1:{port}")


@contextmanager
def dropping_everywhere(method):
    """A name with twelve addresses, each of which drops packets. The name server alone is made up."""
    real = socket.getaddrinfo
    addresses = [f"127.0.0.{number}" for number in range(1, 13)]

    def found(host, *arguments, **keywords):
        if host not in ("dead.localhost", b"dead.localhost"):
            return real(host, *arguments, **keywords)
        return [entry for address in addresses for entry in real(address, *arguments, **keywords)]

    with ExitStack() as stack:
        port = 0
        for address in addresses:
            port = stack.enter_context(full_backlog(address, port))
        stack.enter_context(mock.patch("socket.getaddrinfo", found))
        yield Host(f"http://dead.localhost:{port}")


def address_of_the_network():
    """An address of this machine that other machines use; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing
        address = probe.getsockname()[0]
        return None if address.startswith(("127.", "0.")) else address
    return None


@contextmanager
def resolved(name, address):
    """A name server that says so of this one name."""
    real = socket.getaddrinfo

    def found(host, *arguments, **keywords):
        host = host.decode() if isinstance(host, bytes) else host
        return real(address if host == name else host, *arguments, **keywords)

    with mock.patch("socket.getaddrinfo", found):
        yield


@contextmanager
def a_lying_resolver(method):
    """A name of this machine leads to an address of the network: nothing is sent there, least of all in the clear."""
    with (
        fault_server(GOOD, address=address_of_the_network()) as server,
        resolved("trading.localhost", address_of_the_network()),
    ):
        yield Host(f"http://trading.localhost:{server.url.rpartition(':')[2]}", server.requests)


@contextmanager
def a_name_that_is_none(method):
    yield Host("https://no-such-host.invalid")


@contextmanager
def redirecting(method):
    """To another host, which is there, and must not hear of it."""
    with fault_server(GOOD) as other:
        target = f"location: {other.url}/v3/users"
        with fault_server(http(307, b"", headers=[target])) as server:
            host = Host(server.url, server.requests)
            yield host
    if other.connections:
        host.wrong.append("the redirect was followed")


def encrypted(*answers, name="127.0.0.1", expired=False, trusted=True):
    """A host with a certificate for that name."""

    @contextmanager
    def host(method):
        import trustme

        authority = trustme.CA()
        ends = datetime.now(UTC) - timedelta(days=1) if expired else None
        begins = None if ends is None else ends - timedelta(days=9)
        certificate = authority.issue_cert(name, not_before=begins, not_after=ends)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        settings = {}
        if trusted:
            settings["ssl_context"] = ssl.create_default_context()
            authority.configure_trust(settings["ssl_context"])
        with fault_server(*answers, tls=context) as server:
            yield Host(server.url, server.requests, settings)

    return host


def unencrypted(*answers):
    """Somebody who doesn't speak TLS where it is expected."""

    @contextmanager
    def host(method):
        with fault_server(*answers) as server:
            yield Host(server.url.replace("http", "https"))

    return host


@contextmanager
def mute(method):
    """Takes the connection, and says nothing in the handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Host(f"https://127.0.0.1:{listener.getsockname()[1]}")


def proxied(connect, then="close"):
    """A host that is reached through a proxy, whose name and password the environment has: what each answers."""

    @contextmanager
    def host(method):
        import trustme

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("exchange.test").configure_cert(context)
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        last = (GOOD if method == "GET" else ORDER) if then == "good" else then

        def answer(request):
            return connect if request.startswith(b"CONNECT") else last

        with fault_server(answer, tls=context, proxy=True) as server:
            proxy = server.url.replace("//", "//someone:Tr0ub4dor%263%20of%20a%20proxy@")
            found = Host("https://exchange.test", [], {"ssl_context": trusting})
            with mock.patch.dict(os.environ, {"HTTPS_PROXY": proxy, "NO_PROXY": ""}):
                yield found
            connects = [request for request in server.requests if request.startswith(b"CONNECT")]
            found.arrived += [request for request in server.requests if not request.startswith(b"CONNECT")]
            if any(b"Basic c29tZW9uZTpUcjB1YjRkb3ImMyBvZiBhIHByb3h5" not in request for request in connects):
                found.wrong.append("the proxy wasn't given name and password")
            if any(b"Basic" in request for request in found.arrived):
                found.wrong.append("the host was given the proxy's password")

    return host


def soon(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


# ---- The table ----

_HTML = {"kind": "text/html"}
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"transfer-encoding: chunked\r\n\r\n"
_LARGE = {"largest": 16 << 20}
NOT_SENT = [
    Fault("nobody listens", nobody, ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("packets are dropped", dropping, ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("packets are dropped at twelve addresses", dropping_everywhere, ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("no such name", a_name_that_is_none, ConnectionFailed, 0, 0, "nothing was sent"),
    *(
        [Fault("a resolver that lies", a_lying_resolver, ConnectionFailed, 0, 0, "another machine")]
        if address_of_the_network()
        else []
    ),
    Fault("no TLS there", unencrypted(b"HTTP/1.1 400 Bad\r\n\r\n"), ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("TLS is reset", unencrypted("reset"), ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("TLS isn't answered", mute, ConnectionFailed, 0, 0, "nothing was sent"),
]
CERTIFICATES = [
    Fault(
        "a certificate that nobody vouches for", encrypted(GOOD, trusted=False), ConnectionFailed, 0, 0, "certificate"
    ),
    Fault(
        "a certificate that is over", encrypted(GOOD, expired=True), ConnectionFailed, 0, 0, "certificate has expired"
    ),
    Fault("a certificate of another host", encrypted(GOOD, name="other.test"), ConnectionFailed, 0, 0, "mismatch"),
    Fault("TLS ends in the midst", encrypted((http(200, b'{"user":', length=100),)), ConnectionLost, 3),
    Fault("TLS is cut off", encrypted("reset"), ConnectionLost, 3),
]
LOST = [
    Fault("reset", answering("reset"), ConnectionLost, 3),
    Fault("closed", answering("close"), ConnectionLost, 3),
    Fault("silence", answering("silence"), ConnectionLost, None),
    Fault("silence after the headers", answering(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n"), ConnectionLost, None),
    Fault("silence in the body", answering(http(200, b'{"user":', length=100)), ConnectionLost, None),
    Fault("truncated", answering((http(200, b'{"user":', length=100),)), ConnectionLost, 3),
    Fault("truncated chunks", answering((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",)),
          ConnectionLost, 3),
    Fault("a trickle", answering(tuple(bytes([b]) for b in http(200, b"{}", headers=["x: " + "y" * 999])), pause=0.05),
          ConnectionLost, 1),
    Fault("a trickle in the body", answering((http(200, b"", length=9999), *[b" "] * 900), pause=0.05), ConnectionLost,
          1),
    Fault("not HTTP", answering(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), ConnectionLost, 3),
    Fault("endless headers", answering(_OK + b"x: y\r\n" * 40_000), ConnectionLost, 1, 1, "before an answer"),
    Fault("one endless header", answering(_OK + b"x: " + b"y" * 400_000), ConnectionLost, 1, 1, "before an answer"),
    Fault("hints without end", answering(b"HTTP/1.1 103 Hints\r\n\r\n" * 200_000), ConnectionLost, 1, 1,
          "before an answer"),
    Fault("hundreds of headers", answering(http(200, headers=[f"x{n}: y" for n in range(300)])), ConnectionLost, 1, 1,
          "256"),
    Fault("chunks of a byte", answering(_CHUNKED + b"1\r\n \r\n" * 66_000), ConnectionLost, 1, 1, "pieces"),
    Fault("larger than bearable", answering(http(200, b"{" + b" " * 70_000 + b"}")), ConnectionLost, 1),
    Fault("larger than bearable, in chunks",
          answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                    + (b"8000\r\n" + b" " * 32768 + b"\r\n") * 4),
          ConnectionLost, 1),
    Fault("larger than memory", answering(http(200, b"{", length=10**12)), ConnectionLost, 1),
    Fault("compressed", answering(http(200, b"\x1f\x8b", headers=["content-encoding: gzip"])), ConnectionLost, 1),
]  # fmt: skip
REFUSED = [
    Fault("502", answering(http(502, b"<html>bad gateway</html>", **_HTML)), ServerError, 3),
    Fault("503", answering(http(503)), ServerError, 3),
    Fault("504", answering(http(504)), ServerError, 3),
    Fault("500", answering(http(500, b'{"errors":[{"msg":"oops"}]}')), ServerError, 1, 1, "oops"),
    Fault("HTML", answering(http(200, b"<html>welcome</html>", **_HTML)), UnreadableAnswer, 1, 1, "text/html"),
    Fault("no content type", answering(http(200, b"{}", kind=None)), UnreadableAnswer, 1),
    Fault("half a JSON", answering(http(200, b'{"user":')), UnreadableAnswer, 1),
    Fault("a name twice", answering(http(200, b'{"user":{},"user":{}}')), UnreadableAnswer, 1, 1, "a name twice"),
    Fault(
        "a name twice, deep", answering(http(200, b'{"user":{"a":[{"b":1,"b":1}]}}')), UnreadableAnswer, 1, 1, "twice"
    ),
    Fault("NaN", answering(http(200, b'{"order":{"id":NaN},"user":{}}')), UnreadableAnswer, 1),
    Fault("a list", answering(http(200, b"[]")), UnreadableAnswer, 1),
    Fault("something else", answering(http(200, b'{"other":1}')), UnreadableAnswer, 1),
    Fault("members of other types", answering(http(200, b'{"user":[],"order":[]}')), UnreadableAnswer, 1),
    Fault("not UTF-8", answering(http(200, b"\xff\xfe{}")), UnreadableAnswer, 1),
    Fault("nested without end", answering(http(200, b"[" * 1_000_000), **_LARGE), UnreadableAnswer, 1, 1, "values"),
    Fault("nested too deeply", answering(http(200, b"[" * 900 + b"]" * 900)), UnreadableAnswer, 1, 1, "deeper than 64"),
    Fault(
        "a refusal that is nested too deeply", answering(http(500, b"[" * 900 + b"]" * 900)), ServerError, 1, 1, "[[[["
    ),
    Fault(
        "a refusal that is nested without end",
        answering(http(500, b"[" * 1_000_000), **_LARGE),
        ServerError,
        1,
        1,
        "[[[[",
    ),
    Fault(
        "values without end",
        answering(http(200, b"[" + b"{}," * 5_000_000 + b"{}]"), **_LARGE),
        UnreadableAnswer,
        1,
        1,
        "values",
    ),
    Fault(
        "a refusal that is slow to read", answering(http(500, b'{"msg":"' + b"token" * 12_000 + b'"}')), ServerError, 1
    ),
    Fault("a page that is slow to read", answering(http(500, b"token" * 3_000_000, **_HTML), **_LARGE), ServerError, 1),
    Fault(
        "half a surrogate pair", answering(http(200, b'{"user":{"a":"\\ud800"}}')), UnreadableAnswer, 1, 1, "surrogate"
    ),
    Fault("a number beyond floats", answering(http(200, b'{"user":{"a":1e400}}')), UnreadableAnswer, 1, 1, "too large"),
    Fault(
        "a number of many digits",
        answering(http(200, b'{"user":{"a":' + b"1" * 9999 + b"}}")),
        UnreadableAnswer,
        1,
        1,
        "digits",
    ),
    Fault("a redirect to another host", redirecting, RedirectRefused, 1),
    Fault("a redirect to another path", answering(http(307, b"", headers=["location: /v3/x"])), RedirectRefused, 1),
]
LIMITED = [
    Fault(f"429, {text}", limited(headers), None, 2, 2)
    for text, headers in {
        "0 s": lambda: ["retry-after: 0"],
        "without a wait": list,
        "in words": lambda: ["retry-after: soon"],
        "negative": lambda: ["retry-after: -5"],
        "an exponent": lambda: ["retry-after: 1e3"],
        "empty": lambda: ["retry-after:"],
        "two of them": lambda: ["retry-after: 0", "retry-after: 0"],
        "a date that was": lambda: [f"retry-after: {soon(-100)}"],
        "a date of no calendar": lambda: ["retry-after: Wed, 99 Foo 2026"],
        "a year before reason": lambda: ["retry-after: Mon, 01 Jan 0001 00:00:00 GMT"],
        "by a clock that is off": lambda: [f"date: {soon(3600)}", f"retry-after: {soon(3600)}"],
    }.items()
] + [
    Fault(f"429, {text}", limited(headers), RateLimited, 1)
    for text, headers in {
        "longer than bearable": lambda: ["retry-after: 1"],
        "for ever": lambda: ["retry-after: 99999999999999999999"],
        "until a date": lambda: [f"retry-after: {soon(3600)}"],
        "until the last year": lambda: ["retry-after: Fri, 31 Dec 9999 23:59:59 GMT"],
    }.items()
]
PROXIES = [
    Fault("a proxy that works", proxied("tunnel", "good"), None, 1, 1),
    Fault("a proxy that refuses", proxied(http(407)), ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("a proxy that can't reach the host", proxied(http(502)), ConnectionFailed, 0, 0, "nothing was sent"),
    Fault("a proxy whose tunnel breaks", proxied("tunnel", "close"), ConnectionLost, 3),
]
FAULTS = [*NOT_SENT, *CERTIFICATES, *LOST, *REFUSED, *LIMITED, *PROXIES]


# ---- Meeting them ----


def sockets():
    """The sockets that this process has open, each by its number in the system; none where the system doesn't tell."""
    found = set()
    for path in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # it is closed by now
            found.add(str(path.readlink()))
    return {name for name in found if name.startswith("socket:")}


def call(kind, url, method, **settings):
    """get_user or create_order, once: the result or the error, and the seconds that it took."""
    settings = {"api_timeout": QUICK, "retries": SOON, "stark_private_key": "0x5",
                "api_key_credentials": CREDENTIALS} | settings  # fmt: skip

    async def awaited():
        async with AsyncClient(url, **settings) as client:
            return await _caught_async(client, method)

    if kind != "sync":
        return anyio.run(awaited, backend=kind)
    with Client(url, **settings) as client:
        before = time.monotonic()
        try:
            result = client.private.get_user() if method == "GET" else client.private.create_order(**ASKED)
        except TransportError as error:
            result = error
        return result, time.monotonic() - before


async def _caught_async(client, method):
    before = time.monotonic()
    try:
        result = await (client.private.get_user() if method == "GET" else client.private.create_order(**ASKED))
    except TransportError as error:
        result = error
    return result, time.monotonic() - before


def meet(fault, kind, method):
    """One client, one call, one fault."""
    before = sockets()
    with fault.host(method) as host:
        result, seconds = call(kind, host.url, method, **host.settings)
    gc.collect()
    return Outcome(result, seconds, len(host.arrived), len(sockets() - before), host.wrong)


def problems(fault, method, outcome):
    """What is not as the table says: a list of sentences."""
    found = list(outcome.wrong)
    result, text = outcome.result, str(outcome.result)
    if method == "GET":
        right = type(result) is fault.get if fault.get else getattr(result, "status", None) == 200
        times_right = outcome.arrived > 1 if fault.times is None else outcome.arrived == fault.times
    else:
        unknown = fault.get not in (None, ConnectionFailed, RateLimited)
        right = (
            getattr(result, "status", None) == 201
            if fault.get is None
            else type(result) is OutcomeUnknown and type(result.reason) is fault.get
            if unknown
            else type(result) is fault.get
        )
        times_right = outcome.arrived == fault.sent
    if not right:
        found.append(f"{result!r} came of it")
    if not times_right:
        found.append(f"it arrived {outcome.arrived} times")
    if fault.get and fault.told not in text:
        found.append(f"{fault.told!r} is not in {text!r}")
    found += [f"a secret is in {text!r}" for secret in SECRETS if secret in text + repr(result)]
    if outcome.leaked:
        found.append(f"{outcome.leaked} sockets are still open")
    return found


# ---- Faults that take time: they are met in a time of their own (fault_time.py) ----


@dataclass(frozen=True)
class Late:
    """An order that isn't answered, and reaches the exchange so many seconds later.

    Attributes:
        delay: seconds; None: it never does.
        stands: whether that order is the one that stands in the end; otherwise the client sent another.
        client_ahead: by how many seconds the client's clock is ahead of the exchange's.
    """

    name: str
    delay: float | None
    stands: bool
    client_ahead: float = 0.0


LATE = [
    Late("an order that is carried out at once, and not answered", 0, True),
    Late("an order that is carried out 0.3 s later", 0.3, True),
    Late("an order that is carried out 29 s later", 29, True),
    Late("an order that comes too late to be taken", 31, False),
    Late("an order that comes 50 s later, by a clock that is ahead", 50, True, client_ahead=25),
    Late("an order that is lost", None, False),
]


@dataclass(frozen=True)
class LateOutcome:
    """Attributes: sent, the client ids that the client used, in order; standing: those of the orders that stand."""

    sent: list
    standing: list

    @property
    def duplicates(self):
        return max(0, len(self.standing) - 1)


def meet_late(late, kind):
    """The recipe of docs/client.md: one order is wanted; after an unknown outcome, another is sent only when settle
    says no.
    """
    from both_clients import opened
    from fault_time import exchange, late_host, world

    with ExitStack() as stack:
        where = stack.enter_context(world(client_ahead=late.client_ahead))
        host, url = stack.enter_context(late_host(where, stack.enter_context(exchange(where)).url))
        client = stack.enter_context(
            opened(Client if kind == "sync" else AsyncClient, url, eth_private_key=os.urandom(32))
        )
        client.onboarding.derive_stark_key()
        position = client.onboarding.create_user().account.position_id
        order = ASKED | {"position_id": position, "size": "0.1", "price": "1000", "client_id": None}
        host.delay, sent = float("inf") if late.delay is None else late.delay, []
        try:
            sent.append(client.private.create_order(**order).order.client_id)
        except OutcomeUnknown as unknown:
            sent.append(unknown.client_id)
            host.delay = None
            if client.private.settle(unknown) is None:
                sent.append(client.private.create_order(**order).order.client_id)
        where.pass_(100)
        return LateOutcome(sent, [one.client_id for one in client.private.get_orders(status="OPEN").orders])


def late_problems(late, outcome):
    """What is not as the table says: a list of sentences."""
    found = []
    if outcome.duplicates or not outcome.standing:
        found.append(f"{len(outcome.standing)} orders stand where one was wanted")
    elif (outcome.standing == outcome.sent[:1]) != late.stands:
        found.append("the other one stands")
    if len(outcome.sent) != 2 - late.stands:
        found.append(f"{len(outcome.sent)} were sent")
    return found


async def _greet(socket):
    await socket.send(json.dumps({"type": "connected", "connection_id": "c", "message_id": 0}))


async def _confirm(socket):
    await _greet(socket)
    asked = json.loads(await socket.recv())
    head = {"type": "subscribed", "connection_id": "c", "message_id": 1, "channel": asked["channel"], "contents": {}}
    await socket.send(json.dumps(head))


async def _confirm_and_skip(socket):
    await _confirm(socket)
    await socket.send(json.dumps({"type": "channel_data", "connection_id": "c", "message_id": 5}))
    await socket.wait_closed()


async def _close(socket):
    pass


# What a host of the WebSocket does to every connection, before it closes it.
STORMS = {
    "closes": _close,
    "greets and closes": _greet,
    "confirms and closes": _confirm,
    "confirms and skips a message": _confirm_and_skip,
}
_ATTEMPTS, _STORM = 5, 40


def meet_storm(name):
    """A feed that follows one channel of such a host until it fails: how many connections it made, and what it waited
    for.

    It is stopped after 40 connections.
    """
    from websockets.asyncio.server import serve

    from starkcore.dydx.events import Backoff
    from starkcore.dydx.websocket import Feed, FeedFailed

    made, waits = [], []

    async def handle(socket):
        made.append(socket)
        await STORMS[name](socket)

    async def pause(seconds):
        waits.append(seconds)
        if len(waits) > _STORM:
            raise FeedFailed("a storm")

    async def main():
        async with serve(handle, "127.0.0.1", 0) as server:
            feed = Feed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", backoff=Backoff(attempts=_ATTEMPTS))
            await feed.subscribe("v3_markets")
            try:
                async with feed:
                    async for _ in feed:
                        pass
            except FeedFailed:
                pass

    with mock.patch("starkcore.dydx.websocket._pause", pause):
        asyncio.run(asyncio.wait_for(main(), 60))
    return len(made), waits


def storm_problems(connections, waits):
    """What is not as `Backoff` says: a list of sentences."""
    found = []
    if connections != _ATTEMPTS + 1:
        found.append(f"{connections} connections were made where {_ATTEMPTS + 1} should be")
    if any(wait > 0.5 * 2 ** max(0, number - 1) for number, wait in enumerate(waits)) or not any(waits):
        found.append("the waits are not those of Backoff")
    return found
