"""The native test programs: hashes, nonces and amounts; vector arithmetic at its extremes; many threads at once."""

import re
import subprocess

import native_build
import pytest

pytestmark = pytest.mark.native


@pytest.mark.parametrize("name", native_build.PROGRAMS)
def test_program(tmp_path, core_objects, name):
    command = native_build.compiler()
    flags = native_build.shipped_flags(command)
    own = native_build.compiled(tmp_path, native_build.program_units(name), flags, command)
    program = native_build.link(tmp_path / name, [*own, *core_objects], flags, command, shared=False)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    if "nothing tested" in done.stdout:
        pytest.skip(done.stdout.strip())
    assert re.search(r"[1-9]\d* passed, 0 failed", done.stdout)
