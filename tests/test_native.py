"""The native test programs: hashes, nonces and amounts; four-lane arithmetic at its extremes; many threads at once."""

import re
import subprocess

import native_build
import pytest
from native_build import TESTS, Unit


@pytest.mark.parametrize("name", ["test_hash_amounts", "test_vector", "test_threads"])
def test_program(tmp_path, name):
    command = native_build.compiler()
    units = [Unit(TESTS / "native" / f"{name}.cpp"), *native_build.core_units()]
    program = native_build.build(tmp_path / name, units, native_build.shipped_flags(command), command, shared=False)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"[1-9]\d* passed, 0 failed", done.stdout)
