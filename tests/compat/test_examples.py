"""The programs in examples/ run as they are, offline, and what they sign verifies."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from new_interpreter import ROOT

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
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


def test_there_is_one_for_each():
    assert [path.stem for path in EXAMPLES] == ["ccxt_orders", "extended_sdk", "paradex_sdk", "starknet_py"]
