"""The four-lane arithmetic at its extremes, and its engine against the portable one: native/test_vector.cpp."""

import subprocess

import native_build
from native_build import TESTS, Unit


def test_four_lanes(tmp_path):
    command = native_build.compiler()
    units = [Unit(TESTS / "native" / "test_vector.cpp"), *native_build.core_units()]
    program = native_build.build(tmp_path / "vector", units, native_build.shipped_flags(command), command, shared=False)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
