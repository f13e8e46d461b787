"""The native test programs: hashes, nonces and amounts; vector arithmetic at its extremes, and engines that have it."""

import re
import subprocess

import native_build
import pytest
from native_build import TESTS, Unit

PROGRAMS = {
    "test_hash_amounts": (),
    "test_vector": ("vector_engine",),
    "test_vector8": ("vector_engine",),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(tmp_path, name):
    command = native_build.compiler()
    units = [*(Unit(TESTS / "native" / f"{unit}.cpp") for unit in (name, *PROGRAMS[name])), *native_build.core_units()]
    program = native_build.build(tmp_path / name, units, native_build.shipped_flags(command), command, shared=False)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    if "nothing tested" in done.stdout:
        pytest.skip(done.stdout.strip())
    assert re.search(r"[1-9]\d* passed, 0 failed", done.stdout)
