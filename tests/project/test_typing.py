"""The package is what its stubs and annotations say, and its examples run."""

import doctest
import importlib
import os
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import FunctionType

import pytest

import starkcore

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
MODULES = ["starkcore"] + [
    info.name for info in pkgutil.walk_packages(starkcore.__path__, "starkcore.") if not info.name.endswith("__main__")
]


def run(tmp_path, *arguments):
    environment = os.environ | {"MYPY_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs_are_true(tmp_path):
    pytest.importorskip("mypy.stubtest")
    run(tmp_path, "mypy.stubtest", "starkcore._native", "--mypy-config-file", str(ROOT / "pyproject.toml"))


def test_types_are_sound(tmp_path):
    pytest.importorskip("mypy")
    run(tmp_path, "mypy", "--config-file", str(ROOT / "pyproject.toml"), "-p", "starkcore")


USER = """
from typing import assert_type
import starkcore
from starkcore import PrivateKey, PublicKey, Signature, StarkcoreError, pedersen_hash_many, verify_many
from starkcore import pedersen_hash_elements, pedersen_hash_lists, poseidon_hash_lists, poseidon_hash_many
from starkcore.starkex import OrderSigner, SignedColumns, SignedOrder

key = PrivateKey("0x5")
assert_type(key.public_key, PublicKey)
assert_type(key.sign(b"\\0" * 32), Signature)
assert_type(key.sign_many([1, "2", bytes(32)]), list[Signature])
assert_type(key.sign_many(bytearray(64)), bytes)
assert_type(pedersen_hash_many([(1, 2)]), list[int])
assert_type(pedersen_hash_many(b"", memoryview(b"")), bytes)
assert_type(pedersen_hash_elements([1]), int)
assert_type(poseidon_hash_many(b""), int)
assert_type(pedersen_hash_lists([[1], b""]), list[int])
assert_type(poseidon_hash_lists(b"", 3), bytes)
assert_type(verify_many([key.public_key], [1], [key.sign(1)]), list[bool])
assert_type(verify_many(b"", bytearray(), memoryview(b""), threads=2), bytes)
r, s = key.sign(1)
assert_type(r, int)
signer = OrderSigner(key, position_id=1)
assert_type(signer.sign_orders([]), list[SignedOrder | StarkcoreError])
assert_type(starkcore.Client("http://localhost").host, str)
assert_type(starkcore.AsyncClient("http://localhost").network_id, int)
starkcore.Client(5)  # WRONG: host
starkcore.Client("http://localhost", stark_private_key=5)  # WRONG: a number could be any key's
private = starkcore.Client("http://localhost").private
placed = private.create_order(
    1, "ETH-USD", "BUY", "LIMIT", False, "1", 2, "0", expiration_epoch_seconds=5, client_id="mine"
)
assert_type(placed.data.order.id, str)
private.create_order(1, "ETH-USD", "BUY", "LIMIT", False, 0.5, 2, "0")  # WRONG: a float is no amount
private.create_order(1, "ETH-USD", "BUY", "LIMIT", False, "1", 2, "0", colour="red")  # WRONG: no such parameter
private.create_order(1, "ETH-USD")  # WRONG: more are needed
feed = starkcore.dydx.Feed("http://localhost", api_key=starkcore.Client("http://localhost").api_key_credentials)
assert_type(feed, starkcore.dydx.websocket.Feed)
signed = signer.sign_order(market="ETH-USD", side="BUY", size="1", price=2, limit_fee="0", expiration=5, nonce=1)
assert_type(signed, SignedOrder)
assert_type(signed.price, str)
assert_type(signed.nonce, int)
columns = signer.sign_columns(
    markets=["ETH-USD"], size_decimals=[0], price_decimals=0, market=0, side=1, size=1, price=1, limit_fee=0,
    nonce=memoryview(b""), expiration=5)
assert_type(columns, SignedColumns)
assert_type(columns.signature(0), Signature)
signer.sign_order(market="ETH-USD", side="buy", size="1", price=2, limit_fee="0", expiration=5)  # WRONG: side
signer.sign_order(market="ETH-USD", side="BUY", size=1.5, price=2, limit_fee="0", expiration=5)  # WRONG: size
key.sign(1.5)  # WRONG: message hash
"""


def test_users_are_told_by_the_type_checker(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "user.py"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    wrong = {number for number, line in enumerate(USER.splitlines(), 1) if "# WRONG" in line}
    told = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    assert told == wrong, done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert name == "starkcore.demo"
        pytest.skip(f"needs {error.name}")
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_what_is_exported_is_there_and_explained():
    for name in MODULES:
        if name in ("starkcore._native", "starkcore.demo"):
            continue
        module = importlib.import_module(name)
        assert module.__doc__
        for public in getattr(module, "__all__", []):
            value = getattr(module, public)
            assert value.__doc__ or not isinstance(value, (type, FunctionType)), f"{name}.{public}"


@pytest.mark.skipif(not (ROOT / "csrc").exists(), reason="only in the source tree")
def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert starkcore.__version__ == project["version"]


def test_import_is_light():
    """No heavy module of the standard library comes with `import starkcore`; the time is in docs/benchmarks.md."""
    code = "import sys; before = set(sys.modules); import starkcore; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "starkcore.keys" in loaded
    heavy = {"typing", "dataclasses", "datetime", "decimal", "enum", "re", "inspect", "asyncio", "starkcore.starkex"}
    assert not loaded & heavy
