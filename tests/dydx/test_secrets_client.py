"""Keys and credentials that a client holds, while the host does everything wrong: in no exception, log, warning or
text.

Every method of every module of both clients is called against a real socket whose answers echo what was sent, break
off, aren't JSON, redirect, or never come whole; and the command line program is given secrets in every place.
"""

import base64
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("httpcore2")
pytest.importorskip("eth_account")

from both_clients import opened
from fault_server import fault_server, http
from secret_search import Search

import starkcore
from starkcore import PrivateKey
from starkcore.dydx import AsyncClient, Client
from starkcore.http.rules import Retries, Timeouts

pytestmark = pytest.mark.long

# Of the package that is tested: installed, or in the tree.
ROOT = Path(starkcore.__file__).parents[1]
STARK = bytes.fromhex("05ec2e70b5e55edfacadec0ffeedeadbeef5afe5afe0ddba111337c0de0123ab")
WALLET = bytes.fromhex("7c4a9e1d52b86f03e5d7a1c94b2f680d3e95c7a1f4b82d60e93c5a7f1b48d26e")
SECRET = base64.urlsafe_b64encode(bytes(range(101, 131))).decode()
PASSPHRASE = "p4ssphr4se-wh1ch-n0b0dy-m4y-s33-1n-4-l0g"
CREDENTIALS = {"key": "2a1f6cb8-0c1e-4c1b-9a6a-0d5b2f7d9c31", "secret": SECRET, "passphrase": PASSPHRASE}


def echo(status):
    """All that was sent comes back, headers included, as a careless host's error page has it."""
    return lambda request: http(
        status, b'{"errors":[{"msg":"' + request.replace(b"\r\n", b" ").replace(b'"', b"'") + b'"}]}'
    )


FAULTS = {
    "echo 400": echo(400), "echo 500": echo(500), "echo 429": echo(429), "echo 200": echo(200),
    "echo as HTML": lambda request: http(502, b"<html>" + request + b"</html>", kind="text/html"),
    "echo as broken JSON": lambda request: http(200, b'{"a":' + request),
    "echo in a redirect": lambda request: http(302, request[:0],
                                               headers=[f"location: https://example.org/{PASSPHRASE}"]),
    "echo, truncated": lambda request: (http(200, request, length=len(request) + 50), b""),
    "reset": "reset", "close": "close", "no HTTP": lambda request: b"\x00" + request + b"\r\n\r\n",
}  # fmt: skip

GOOD = {
    "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "1", "price": "2000",
    "limit_fee": "0.001", "expiration": "2200-01-01T00:00:00Z", "expiration_epoch_seconds": 4_102_444_800,
    "position_id": 1, "amount": "1", "asset": "USDC", "to_address": "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1",
    "receiver_account_id": "a", "receiver_public_key": "0x1", "receiver_position_id": 1, "lp_position_id": 1,
    "lp_stark_public_key": "0x1", "orders": [], "credit_asset": "USDC", "credit_amount": "1", "debit_amount": "1",
    "ethereum_address": None, "limit": 1, "period": "DAILY",
}  # fmt: skip
MODULES = ("public", "private", "onboarding", "api_keys")


def settings():
    return {
        "stark_private_key": PrivateKey(STARK),
        "eth_private_key": "0x" + WALLET.hex(),
        "api_key_credentials": CREDENTIALS,
        "api_timeout": Timeouts(read=2, total=5),
        "retries": Retries(attempts=1),
    }


def methods_of(client):
    for module in MODULES:
        for name, function in inspect.getmembers(getattr(client._client, module), callable):
            if not name.startswith("_"):
                yield module, name, inspect.signature(function)


def arguments_of(signature):
    names = [p for p in signature.parameters.values() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    both = {"expiration", "expiration_epoch_seconds"}
    given = {
        p.name: GOOD.get(p.name, "x") for p in names if p.default is p.empty or p.name in ("limit_fee", "expiration")
    }
    return {k: v for k, v in given.items() if not (k == "expiration_epoch_seconds" and both <= given.keys())}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_method_against_a_bad_host(kind, fault, capfd):
    search = Search(STARK, WALLET, SECRET, PASSPHRASE)
    with search.listening(), fault_server(FAULTS[fault]) as server, opened(kind, server.url, **settings()) as client:
        for module, name, signature in methods_of(client):
            search.call(getattr(getattr(client, module), name), **arguments_of(signature))
        search.object(client._client)
        search.object(client._client._session)
        search.object(client._client.eth_signer)
        asked = len(server.requests)
    assert asked > 40
    assert search.errors > 30
    assert search.found("".join(capfd.readouterr())) == []


def test_an_echo_would_be_found(capfd):
    """What the host sends back is full of it: the server's own text, searched."""
    search = Search(PASSPHRASE)
    with fault_server(echo(400)) as server, opened(Client, server.url, **settings()) as client:
        search.call(client.private.get_user)
        assert search.found() == []
        assert search.found(str(server.requests[0]))


COMMANDS = ["pubkey", "sign 0x1", "sign nonsense", "keys import", "keys list", "order sign", "onboard", "selftest"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_program(command, tmp_path):
    """A secret through standard input and in its environment, well formed and not."""
    search, text = Search(STARK), "0x" + STARK.hex()
    for given in (text + "\n", text + "g\n", "[" + text, f"{text}\n{text}\n", "\ud800" + text):
        done = subprocess.run(
            [sys.executable, "-m", "starkcore", *command.split()], input=given.encode("utf-8", "surrogatepass"),
            capture_output=True, timeout=60, check=False, cwd=tmp_path,
            env=os.environ | {"STARKCORE_KEY": text, "STARKCORE_PRIVATE_KEY": text, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        shown = (done.stdout + done.stderr).decode(errors="replace")
        assert "Traceback" not in shown
        assert search.found(shown) == []
