"""The programs in examples/ run as they are, offline, and what they sign verifies."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from new_interpreter import ROOT

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
ARCHIVE = next(path for path in EXAMPLES if path.stem == "archive_dask")
OLD = [path for path in EXAMPLES if path.stem.startswith("dydx_")]
OFFLINE = [path for path in EXAMPLES if path not in (ARCHIVE, *OLD)]


@pytest.mark.parametrize("path", OFFLINE, ids=lambda path: path.stem)
def test_an_example(path):
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error::UserWarning", str(path)], capture_output=True, text=True, timeout=60,
        check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    if path.stem.startswith("ccxt") and importlib.util.find_spec("ccxt") is None:
        assert done.stderr == "this example needs CCXT: pip install ccxt\n"
        return
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().endswith("verifies: True")


def test_dask_finds_the_row_that_is_wrong():
    """On its local cluster, by its number in the archive and not in a task; a task that has none gives none."""
    pytest.importorskip("distributed")
    done = subprocess.run(
        [sys.executable, "-P", str(ARCHIVE), "1400", "2", "200"], capture_output=True, text=True, timeout=120,
        check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.stdout.splitlines()[0].startswith("1400 rows by 2 workers in "), done.stderr
    assert done.stdout.splitlines()[1:] == ["rows whose signature is wrong: [933]", "the rest verifies: True"]


def test_there_is_one_for_each():
    assert [path.stem for path in EXAMPLES] == [
        "archive_dask", "ccxt_orders", "dydx_onboard", "dydx_orders", "dydx_websockets", "extended_sdk", "paradex_sdk",
        "starknet_py",
    ]  # fmt: skip


# ---- Programs of the old client, which import dydx3, against the local exchange

ONBOARDED = """\
Stark public key: 0x39d88860b99b1809a63add01f7dfa59676ae006bbcdf38ff30b6a69dcf55ed3
position: {position} of 0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1
API keys: 1
"""  # the key is the published one of this wallet
PRINTED = {
    "dydx_onboard": ONBOARDED,
    "dydx_orders": "placed: BUY 0.0777 at 20\nopen: ['21']\nrefused with status 400\nleft: []\n",
    "dydx_websockets": "< connected\n< subscribed\n< [('SELL', '0.5', 'OPEN')]\nthe order that was placed: True\n",
}


@pytest.fixture(scope="module")
def exchange():
    for module in ("httpcore2", "uvicorn", "starlette", "websockets", "eth_account"):
        pytest.importorskip(module)
    from starkcore import sandbox

    with sandbox.running(initial_balance=100_000) as running:
        yield running


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_program_of_the_old_client(path, exchange):
    """Twice: the wallet is new to the exchange, then it isn't."""
    command = [sys.executable, "-P", "-W", "error::UserWarning", "-m", "starkcore.compat", "--only", "dydx3", str(path)]
    for _ in range(2):
        done = subprocess.run(
            [*command, exchange.url, exchange.ws_url], capture_output=True, text=True, timeout=120, check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        position = re.search(r"position: ([0-9]+) ", done.stdout + "position: 0 ")[1]
        assert done.stdout == PRINTED[path.stem].format(position=position)
