"""What a run of the tests says that it left out: by marks, and by skips that nobody expected.

The environment variable STARKCORE_EXPECTED_SKIPS names a list of the skips that are right where it is given
(tests/skips.txt is continuous integration's): any other fails the run, since a test that is skipped everywhere is no
test.
"""

import os
import shlex
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # xdist's workers report to the process that started them
        config.pluginmanager.register(
            LeftOut(
                config.option.markexpr,
                os.environ.get("STARKCORE_EXPECTED_SKIPS"),
                config.getini("markers"),
                config.invocation_params.args,
            )
        )


def the_rest(marks, words, program):
    """The command that runs what one with these marks and these words leaves out."""
    parts = marks.split(" and ")
    names = [part.removeprefix("not ") for part in parts]
    simple = all(name.isidentifier() and part == f"not {name}" for part, name in zip(parts, names, strict=True))
    other = " or ".join(names) if simple else f"not {marks}" if marks.isidentifier() else f"not ({marks})"
    kept = list(words)
    for place in [place for place, word in enumerate(kept[:-1]) if word == "-m" and kept[place + 1] == marks]:
        kept[place : place + 2] = []
    start = [sys.executable, "-m", "pytest"] if Path(program).name == "__main__.py" else [program]
    start[0] = min(start[0], os.path.relpath(start[0]), key=len)
    return shlex.join([*start, *kept, "-m", other])


class LeftOut:
    """What a run left out by marks, and which skips nobody expected: with a list of those that are, any other fails the
    run.
    """

    def __init__(self, marks, path, known, words):
        self.marks, self.path, self.unexpected = marks, path, []
        self.known, self.words = known, words
        lines = Path(path).read_text(encoding="utf-8").splitlines() if path else []
        self.expected = [line for line in lines if line and not line.startswith("#")]

    def pytest_runtest_logreport(self, report):
        if self.path and report.skipped and isinstance(report.longrepr, tuple):
            place = report.nodeid.partition("::")[0].removeprefix("tests/")
            line = f"{place}: {report.longrepr[2].removeprefix('Skipped: ')}"
            if not any(fnmatchcase(line, pattern) for pattern in self.expected):
                self.unexpected.append(line)

    pytest_collectreport = pytest_runtest_logreport

    def pytest_sessionfinish(self, session):
        if self.unexpected and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for line in sorted(set(self.unexpected)):
            terminalreporter.write_line(f"skipped, which {self.path} doesn't expect: {line}", red=True)
        if self.marks:
            said = [line for line in self.known if line.partition(":")[0] in self.marks.split()]
            terminalreporter.write_line(f"Left out: all but what is {self.marks}. ({'; '.join(said)})")
            terminalreporter.write_line(f"This runs it: {the_rest(self.marks, self.words, sys.argv[0])}")
