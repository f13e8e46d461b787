"""Whoever sends us JSON without end, by whichever door: the process lives, and says in its own words what is wrong.

On CPython 3.11, with a recursion limit as eth-account's libraries set it, Python's parser overruns the stack. So each
door is tried in a process of its own.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

pytest.importorskip("eth_account")
# What a door needs besides.
NEEDS = {
    "a body for the exchange": "starlette",
    "a body for the exchange, of objects": "starlette",
    "a message for the exchange": "starlette",
    "a message for the feed": "websockets",
    "an answer to the client": "httpcore2",
    "a refusal to the client": "httpcore2",
    "an answer of a node": "web3",
}

BEGIN = """
import asyncio, sys
sys.path.insert(0, {tests!r})
import eth_account
assert sys.getrecursionlimit() >= 100_000 or sys.setrecursionlimit(100_000) is None
deep = "[" * {count}
"""
DOORS = {
    "a body for the exchange": (65_536, """
from starkcore.sandbox.errors import Refused as Expected
from starkcore.sandbox.requests import read_json
act = lambda: read_json(deep.encode(), frozenset())
"""),
    "a body for the exchange, of objects": (10_000, """
from starkcore.sandbox.errors import Refused as Expected
from starkcore.sandbox.requests import read_json
act = lambda: read_json(deep.replace("[", '{"a":').encode(), frozenset())
"""),
    "a message for the exchange": (4096, """
from starkcore.sandbox.errors import Refused as Expected
from starkcore.sandbox.websocket import _parse
act = lambda: _parse(deep)
"""),
    "a message for the feed": (1_000_000, """
from starkcore.dydx.websocket import Disconnected, Feed, FeedFailed as Expected
from websockets.asyncio.server import serve
async def follow():
    async with serve(lambda socket: socket.send(deep), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Feed(f"http://127.0.0.1:{port}") as feed:
            await feed.subscribe("v3_markets")
            async for event in feed:
                if isinstance(event, Disconnected) and "values" in event.reason:
                    raise Expected(event.reason)
act = lambda: asyncio.run(asyncio.wait_for(follow(), 60))
"""),
    "an answer to the client": (1_000_000, """
from fault_server import fault_server, http
from starkcore.dydx import Client
from starkcore.dydx.errors import UnreadableAnswer as Expected
def act():
    with fault_server(http(200, deep.encode())) as server, Client(server.url) as client:
        client.public.get_time()
"""),
    "a refusal to the client": (60_000, """
from fault_server import fault_server, http
from starkcore.dydx import Client
from starkcore.dydx.errors import ApiError as Expected
def act():
    with fault_server(http(400, deep.encode())) as server, Client(server.url) as client:
        client.public.get_time()
"""),
    "an answer of a node": (1_000_000, """
from fault_server import fault_server, http
from starkcore.ethereum.node import NodeFailed as Expected, web3_at
def act():
    with fault_server(http(200, deep.encode())) as server:
        web3_at(server.url).eth.chain_id
"""),
    "a key file": (60_000, """
import tempfile
from starkcore import keystore
from starkcore.errors import KeyStoreVersion as Expected
def act():
    with tempfile.NamedTemporaryFile() as file:
        file.write(deep.encode())
        file.flush()
        keystore.load(file.name, "x")
"""),
    "local storage": (1_000_000, """
from starkcore.dydx.credentials import Credentials
from starkcore.errors import InvalidInput as Expected
act = lambda: Credentials.from_local_storage(stark_key_pairs=deep)
"""),
    "an Ethereum key file": (60_000, """
import argparse, os, tempfile
from starkcore.commands import store
from starkcore.errors import InvalidInput as Expected
os.environ[store.WALLET_PASSPHRASE_VARIABLE] = "x"
def act():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b'{"a":' + deep.encode())
        file.flush()
        store._wallet_key(argparse.Namespace(eth_key_file=file.name, eth_passphrase_fd=None))
"""),
}  # fmt: skip
END = """
try:
    act()
except Expected as error:
    assert len(str(error)) < 1000
    print("alive")
"""


@pytest.mark.parametrize("door", DOORS)
def test_json_without_end_ends_no_process(door):
    if door in NEEDS:
        pytest.importorskip(NEEDS[door])
    count, code = DOORS[door]
    program = BEGIN.format(tests=str(Path(__file__).parent), count=count) + code + END
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr[-1000:]
