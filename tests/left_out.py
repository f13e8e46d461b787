"""What a run of the tests says that it left out: by marks, and by skips that nobody expected.

The environment variable STARKCORE_EXPECTED_SKIPS names a list of the skips that are right where it is given
(tests/skips.txt is continuous integration's): any other fails the run, since a test that is skipped everywhere is no
test.
"""

import os
from fnmatch import fnmatchcase
from pathlib import Path

import pytest


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # xdist's workers report to the process that started them
        config.pluginmanager.register(LeftOut(config.option.markexpr, os.environ.get("STARKCORE_EXPECTED_SKIPS")))


class LeftOut:
    """What a run left out by marks, and which skips nobody expected: with a list of those that are, any other fails the
    run.
    """

    def __init__(self, marks, path):
        self.marks, self.path, self.unexpected = marks, path, []
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
            terminalreporter.write_line(
                f"Left out: all but what is {self.marks}. README.md says what that is, and how to run it."
            )
