"""Web pages that the user opens: their names may lead to this machine, and their WebSockets anywhere."""

import base64
import logging
import socket
import struct
from ipaddress import ip_address

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from starlette.datastructures import Headers

from starkcore import errors, sandbox
from starkcore.sandbox import __main__ as program
from starkcore.sandbox import connections, hosts, server
from starkcore.sandbox.hosts import KnownHosts

OURS = [
    "127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LocalHost.", "[::1]:8080", "exchange.localhost:1", "0.0.0.0:8080",
    "192.168.1.5:8080", "203.0.113.5", "[2001:db8::1]:80", "localhost:", "given.example:8080", "GIVEN.example",
    socket.gethostname() + ":8080",
]  # fmt: skip
OTHERS = [
    "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", "", ":80",
    "a@localhost", "localhost/evil", "localhost:80:80", "[evil.example]", "[::1", "::1", "127.1.evil", "127.0.0.1 ",
    "localhost,evil.example", "evil.given.example", "http://localhost", "localhost\x00", "ℓocalhost", ".", "x" * 10_000,
]  # fmt: skip


def refused(hosts, origins=()):
    known = KnownHosts(None, ["given.example", "10.0.0.1"])
    raw = [(b"host", host.encode()) for host in hosts] + [(b"origin", origin.encode()) for origin in origins]
    found = known.refusal(Headers(raw=raw))
    return found and found.status


def test_a_name_that_leads_here_is_not_answered_unless_it_is_ours():
    assert [refused([host]) for host in OURS] == [None] * len(OURS)
    assert [refused([host]) for host in OTHERS] == [421] * len(OTHERS)
    assert refused([]) is None  # no browser leaves it out
    assert refused(["localhost", "localhost"]) == 421


def test_pages_of_this_machine_are_answered_and_no_others():
    for origin in ("http://localhost:3000", "http://127.0.0.1:8080", "https://app.localhost", "http://[::1]:1",
                   "http://given.example:3000", "https://127.9.9.9"):  # fmt: skip
        assert refused(["127.0.0.1:8080"], [origin]) is None, origin
    for origin in ("http://evil.example", "https://evil.example:8080", "null", "http://203.0.113.5", "file://", "",
                   "http://localhost.evil.example", "http://evil.example/localhost", "localhost", "http://",
                   "chrome-extension://abcdef", "http://192.168.1.5:8080"):  # fmt: skip
        assert refused(["127.0.0.1:8080"], [origin]) == 403, origin
    # The page of an exchange that listens on a network.
    assert refused(["192.168.1.5:8080"], ["http://192.168.1.5:8080"]) is None
    assert refused(["localhost"], ["http://localhost", "http://evil.example"]) == 403


def test_a_host_is_an_address_or_a_name_or_neither():
    for host, address, name in (("127.0.0.1:80", "127.0.0.1", ""), ("[::1]:80", "::1", ""), ("A.b.:1", None, "a.b")):
        assert hosts._parts(host) == (address and ip_address(address), name)
    for host in ("", "a b", "[a]", "::1", "a:b", "a:123456"):
        assert hosts._parts(host) == (None, "")
    known = KnownHosts(None, [])
    assert known._is_ours("x.localhost")
    assert not known._is_ours("x.localhost.y")
    assert known._is_from_here("http://y", ["y:80"])
    assert not known._is_from_here("http://", [""])
    assert connections._is_utf8("é".encode())
    assert not connections._is_utf8(b"\xc3")


def asked(url, host, *, origin=None, upgrade=False):
    """The status and the rest of what a raw request is answered."""
    where, port = url.removeprefix("http://").rsplit(":", 1)
    lines = [f"GET {'/v3/ws' if upgrade else '/v3/time'} HTTP/1.1", f"Host: {host}"]
    lines += [f"Origin: {origin}"] if origin else []
    lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"] if upgrade else []
    lines += [f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}"] if upgrade else []
    lines += ["Connection: upgrade" if upgrade else "Connection: close"]
    with socket.create_connection((where.strip("[]"), int(port)), timeout=30) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while part := client.recv(65536):
            answer += part
            if upgrade and b"101 Switching" in answer:
                break
    return int(answer.split()[1]), answer


def test_a_page_whose_name_leads_to_the_exchange_gets_nothing():
    with sandbox.running(names=["exchange.test"]) as exchange:
        port = exchange.url.rpartition(":")[2]
        assert asked(exchange.url, f"127.0.0.1:{port}")[0] == 200
        assert asked(exchange.url, f"exchange.test:{port}")[0] == 200
        status, answer = asked(exchange.url, f"evil.example:{port}")
        assert status == 421
        assert b'{"errors":[{"msg":"Host must be an address in figures, localhost, or a name' in answer
        assert asked(exchange.url, f"evil.example:{port}", upgrade=True)[0] == 421
        assert asked(exchange.url, f"127.0.0.1:{port}", origin="https://evil.example", upgrade=True)[0] == 403
        assert asked(exchange.url, f"127.0.0.1:{port}", origin=f"http://127.0.0.1:{port}", upgrade=True)[0] == 101
        assert asked(exchange.url, f"localhost:{port}", upgrade=True)[0] == 101


def test_the_host_that_is_listened_on_is_a_name():
    with sandbox.running(host="localhost") as exchange:
        assert asked(exchange.url, "localhost")[0] == 200
    asgi = server._server(sandbox.Settings(), "my.machine.example", ["another"]).config.app
    assert asgi.refusal(Headers({"host": "my.machine.example:1"})) is None
    assert asgi.refusal(Headers({"host": "another"})) is None
    for name in ("", "a b", "http://localhost", "a/b", "*"):
        with pytest.raises(sandbox.SandboxError, match="is no host's name"):
            KnownHosts(None, [name])
    with pytest.raises(errors.InputTypeError, match="names"):
        KnownHosts(None, [5])


def test_the_program_takes_names(monkeypatch):
    taken = []
    monkeypatch.setattr(program, "serve", lambda *_, names: taken.append(names))
    assert program.main(["--name", "one.test", "--name", "two.test", "--database", ":memory:"]) == 0
    assert program.main(["--database", ":memory:"]) == 0
    assert taken == [["one.test", "two.test"], []]


def frame(opcode, data=b"", fin=True):
    """A masked frame; the mask is zero."""
    return bytes([opcode | (0x80 if fin else 0), 0x80 | len(data)]) + bytes(4) + data


BROKEN = "é".encode()[:1]
NOT_UTF8 = {
    "a byte": frame(1, b"\xff"),
    "half a character": frame(1, b'{"a":"' + BROKEN),
    "a surrogate": frame(1, "\ud800".encode("utf-8", "surrogatepass")),
    "in the second part": frame(1, b"{", fin=False) + frame(0, b"\xc0\xaf"),
    "twice": frame(1, b"\xff") + frame(1, b"\xfe"),
    "at the end of parts": frame(1, BROKEN, fin=False) + frame(0, b"", fin=False) + frame(0),
    "why it is closed": frame(8, struct.pack(">H", 1000) + b"\xff"),
}


def heard(client, what):
    """What comes until something has come."""
    answer = b""
    while what not in answer:
        part = client.recv(65536)
        assert part, answer
        answer += part
    return answer


def greeted(exchange):
    """A WebSocket that the exchange has said a word over."""
    where, port = exchange.url.removeprefix("http://").split(":")
    client = socket.create_connection((where, int(port)), timeout=30)
    client.sendall(
        b"GET /v3/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
    )
    heard(client, b'"message_id":0}')
    return client


@pytest.mark.parametrize("sent", NOT_UTF8.values(), ids=NOT_UTF8)
def test_a_text_that_is_not_utf_8_is_one_close_and_no_traceback(sent, caplog, monkeypatch):
    with sandbox.running() as exchange:
        for name in ("uvicorn", "uvicorn.error"):  # which hand nothing on to others, once the exchange runs
            log = logging.getLogger(name)
            monkeypatch.setattr(log, "handlers", [caplog.handler])
        with greeted(exchange) as client:
            client.sendall(sent)
            end = b""
            while part := client.recv(65536):
                end += part
        assert (end[0], struct.unpack(">H", end[2:4])[0], len(end)) == (0x88, 1007, 2 + end[1])
        assert asked(exchange.url, "localhost")[0] == 200
    assert caplog.records == []


def test_a_character_in_two_parts_is_whole():
    with sandbox.running() as exchange, greeted(exchange) as client:
        text = '{"type":"ping","id":"é"}'.encode()
        at = text.index(BROKEN) + 1
        client.sendall(frame(1, text[:at], fin=False) + frame(0, text[at:]))
        assert b'"id":"\\u00e9"' in heard(client, b'"pong"')


def test_a_text_that_comes_after_the_close_is_dropped():
    one = connections.WebSocket.__new__(connections.WebSocket)
    one.curr_msg_data_type, one.frames, one.close_sent = "text", [b"\xff"], True
    one.send_receive_event_to_app()
    assert one.frames == []
