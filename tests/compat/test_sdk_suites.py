"""tests/checks/sdk_suites.py finds a test whose outcome is another with our engine: planted, beside a file that won't
load.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CHECK = Path(__file__).parents[1] / "checks" / "sdk_suites.py"
SUITE = """
from crypto_cpp_py.cpp_bindings import cpp_hash
def test_hash(): assert cpp_hash(0, 0) == 0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804
def test_planted(): assert cpp_hash.__module__.startswith("crypto_cpp_py")
def test_network(): raise OSError
"""
ENGINE = "def cpp_hash(a, b): return 0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804\n"


def test_a_difference_is_found(tmp_path):
    for name, content in {"engines/crypto_cpp_py/__init__.py": "", "engines/crypto_cpp_py/cpp_bindings.py": ENGINE,
                          "sdk/tests/test_sdk.py": SUITE,
                          "sdk/tests/test_other.py": "open('not/there')\n"}.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    done = subprocess.run(
        [sys.executable, str(CHECK), "--python", sys.executable, "--engines", str(tmp_path / "engines"),
         str(tmp_path / "sdk")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "sdk: 4 tests, 1 passed, 1 differ from its own engine",
        "  tests.test_sdk::test_planted: passed with its own engine, failed with ours",
        "  not passed: 1 by AssertionError",
        "  not passed: 1 by OSError",
        "  not passed: 1 by collection failure",
    ]


def test_differences():
    spec = importlib.util.spec_from_file_location("sdk_suites", CHECK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.differences({"a": "passed", "b": "failed"}, {"a": "passed", "b": "failed"}) == []
    assert len(module.differences({"a": "passed"}, {"b": "passed"})) == 2
