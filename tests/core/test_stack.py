"""No call takes more of the stack than starkcore.h says, in any engine: measured on painted stacks by
native/stack.cpp.
"""

import re
import subprocess

import native_build
import pytest

pytestmark = pytest.mark.native

HEADER = native_build.declarations(native_build.HEADER)
BOUND = int(re.search(r"#define STARKCORE_STACK (\d+)", native_build.HEADER.read_text(encoding="utf-8"))[1])


@pytest.fixture(scope="module")
def measured(tmp_path_factory, core_objects):
    """[(engine, mode, function, bytes)]"""
    command, folder = native_build.compiler(), tmp_path_factory.mktemp("stack")
    flags = native_build.shipped_flags(command)
    own = native_build.compiled(
        folder, [native_build.Unit(native_build.TESTS / "native" / "stack.cpp")], flags, command
    )
    program = native_build.link(folder / "stack", [*own, *core_objects], [*flags, "-pthread"], command, shared=False)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(engine, mode, function, int(size)) for engine, mode, function, size in rows]


def test_no_call_takes_more_than_is_said(measured):
    assert [row for row in measured if row[2] != "planted" and row[3] > BOUND] == []


def test_every_function_was_measured_in_every_mode(measured):
    declared = set(re.findall(r"\b(starkcore_\w+)\(", HEADER))
    runs = {(engine, mode) for engine, mode, _, _ in measured}
    assert len(runs) >= 4  # one engine at least: blinded and strict, both sizes of tables
    for run in runs:
        assert {function for *other, function, _ in measured if tuple(other) == run} - {"planted"} == declared


def test_a_planted_call_that_takes_more_is_found(measured):
    assert all(size > BOUND for _, _, function, size in measured if function == "planted")


def test_what_is_measured_is_what_is_used(measured):
    """A signature's work and the wipe after it can't take less than the wipe."""
    assert all(size > 8 << 10 for _, _, function, size in measured if function == "starkcore_sign")
    assert all(size > 24 << 10 for _, _, function, size in measured if function == "starkcore_sign_many")
