"""pytest in sittings: --state FILE keeps each test's result, and what has passed isn't run again; --minutes says when
to end.

python tests/checks/one_by_one.py --state FILE [--minutes N] WHAT PYTEST TAKES
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest


class Sittings:
    """The plugin: leaves out what has passed, and writes down what happens."""

    def __init__(self, state: Path, minutes: float) -> None:
        self.path, self.until = state, time.monotonic() + 60 * minutes if minutes else None
        self.state: dict[str, dict[str, str]] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self.state.get(item.nodeid, {}).get("result") != "passed"]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Of a test's three parts the call tells; the others where they fail or skip."""
        if report.when != "call" and report.outcome == "passed":
            return
        if (
            report.nodeid in self.state
            and self.state[report.nodeid]["result"] == "failed"
            and report.when == "teardown"
        ):
            return
        self.state[report.nodeid] = {"result": report.outcome}
        self.path.write_text(json.dumps(self.state, indent=1), encoding="utf-8")

    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if self.until and time.monotonic() > self.until:
            item.session.shouldstop = "the sitting is over"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=0)
    options, words = parser.parse_known_args()
    sittings = Sittings(options.state, options.minutes)
    code = pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", *words], plugins=[sittings])
    # Interrupted is a sitting that is over, and nothing collected one with nothing left to do.
    return 1 if code == pytest.ExitCode.TESTS_FAILED else 0 if code in (0, 2, 5) else int(code)


if __name__ == "__main__":
    sys.exit(main())
