"""The programs that measure the native layers compile: nothing else of the suite has a look at them."""

import importlib.util
import subprocess
from pathlib import Path

import native_build
import pytest

NATIVE = Path(__file__).resolve().parents[2] / "benchmarks" / "native"
# By its path: the benchmarks have another program of that name.
spec = importlib.util.spec_from_file_location("native_run", NATIVE / "run.py")
run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run)

UNITS = [unit for unit in run.units() if unit.source.parent == NATIVE]


@pytest.mark.native
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.object_name)
def test_a_measuring_program_compiles(unit):
    command = [*native_build.compiler(), *native_build.LANGUAGE, *run.flags(native_build.compiler()), *unit.flags]
    done = subprocess.run([*command, "-fsyntax-only", str(unit.source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_engine_of_this_machine_is_measured():
    flags = {flag for unit in UNITS for flag in unit.flags if flag.startswith("-DLAYERS_ENGINE=")}
    assert "-DLAYERS_ENGINE=portable" in flags
    assert len(flags) >= 2
