"""Nodes for the tests: an EVM in this process, and anvil, a node of its own over HTTP, wherever it is installed."""

import contextlib
import os
import shutil
import socket
import time
import warnings

import pytest
from tied_process import tied

NODES = ("py-evm", "anvil")
ANVIL = os.environ.get("STARKCORE_ANVIL") or shutil.which("anvil")
NO_ANVIL = "anvil isn't installed: it is npm's @foundry-rs/anvil; put it on the PATH or into STARKCORE_ANVIL"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def in_process():
    pytest.importorskip("eth_tester", reason="eth-tester with py-evm is not installed")
    pytest.importorskip("eth", reason="py-evm is not installed")
    from web3 import EthereumTesterProvider, Web3

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, of their own parts
        yield Web3(EthereumTesterProvider())


@contextlib.contextmanager
def anvil(*arguments):
    if not ANVIL:
        pytest.skip(NO_ANVIL)
    pytest.importorskip("web3")
    from web3 import HTTPProvider, Web3

    port = free_port()
    process = tied([ANVIL, "--port", str(port), "--silent", *arguments])
    web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 10}))
    try:
        for _ in range(200):
            if web3.is_connected():
                break
            assert process.poll() is None, "anvil ended"
            time.sleep(0.05)
        else:
            raise AssertionError("anvil doesn't answer")
        yield web3
    finally:
        process.stdin.close()
        process.wait(10)


@contextlib.contextmanager
def start(name):
    with in_process() if name == "py-evm" else anvil() as web3:
        yield web3
