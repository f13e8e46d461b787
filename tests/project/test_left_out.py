"""A run says what it left out, and fails over a skip that its list doesn't expect."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import left_out
import pytest

TESTS = Path(__file__).parents[1]
SUITE = """
import pytest

def test_that_runs():
    pass

@pytest.mark.skipif(True, reason="no fish here")
def test_that_needs_a_fish():
    pass

@pytest.mark.long
def test_that_is_long():
    pytest.skip("no time [now]")
"""


# Whatever else is installed for pytest isn't waited for.
ALONE = {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "conftest.py").write_text("from left_out import pytest_configure\n", encoding="utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    long: is\n", encoding="utf-8")

    def run(*options, skips=None):
        environment = {name: value for name, value in os.environ.items() if name != "STARKCORE_EXPECTED_SKIPS"}
        if skips is not None:
            (tmp_path / "skips.txt").write_text("# those that are right\n" + skips, encoding="utf-8")
            environment["STARKCORE_EXPECTED_SKIPS"] = "skips.txt"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist.plugin", *options],
            cwd=tmp_path, env=environment | ALONE, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_skip_that_is_not_in_the_list_fails_the_run(run, workers):
    known = "test_suite.py: no fish here\n"
    status, output = run(workers, skips=known)
    assert status == 1
    assert "skipped, which skips.txt doesn't expect: test_suite.py: no time [now]" in output
    assert "fish" not in output.partition("expect:")[2]
    assert run(workers, skips=known + "test_suite.py: no time*\n")[0] == 0


def test_without_a_list_any_skip_will_do(run):
    assert run()[0] == 0


def test_what_marks_leave_out_is_said(run):
    status, output = run("-m", "not long")
    assert status == 0
    assert "Left out: all but what is not long. (long: is)" in output
    assert "Left out" not in run("-m", "")[1]
    (command,) = [line for line in output.splitlines() if line.startswith("This runs it: ")]
    _, *words = shlex.split(command.removeprefix("This runs it: "))
    assert words[:2] == ["-m", "pytest"]
    assert "1 skipped, 2 deselected" in run(*words[-2:])[1]
    assert "Left out" not in run()[1]


@pytest.mark.parametrize(
    ("marks", "rest"),
    [
        ("not native and not long", "'native or long'"),
        ("not long", "long"),
        ("long", "'not long'"),
        ("native or long", "'not (native or long)'"),
        ("long and not native", "'not (long and not native)'"),
    ],
)
def test_the_command_of_the_rest(marks, rest):
    words = ("-n", "auto", "-m", marks, "tests/core")
    assert left_out.the_rest(marks, words, ".venv/bin/pytest") == f".venv/bin/pytest -n auto tests/core -m {rest}"
    assert left_out.the_rest(marks, ("-q", f"-m{marks}"), "x/pytest").endswith(f" -m {rest}")
