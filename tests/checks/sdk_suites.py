"""The SDKs' own test suites with their engine and with ours: each test must have the same outcome.

    python tests/checks/sdk_suites.py --python VENV/bin/python --engines FOLDER SOURCE…

VENV has the SDKs, pytest and what their tests need, and not the libraries that compat stands in for; these are in
FOLDER (`pip install --no-deps --target FOLDER crypto-cpp-py ecdsa sympy mpmath poseidon-py fast-stark-crypto
starknet-crypto-py`). A SOURCE is an unpacked source archive, `path` or `path:tests`; its suite is in `tests`, unless
told otherwise: `starknet_py-0.30.0:starknet_py/tests/unit`. Tests that want the network fail with either engine, and
must fail the same way. What didn't pass is told with its reasons: the exceptions, and how many tests each. A file that
can't be collected is an error with either engine, and the others run: starknet.py's source archive leaves out ABIs that
one of its files reads, its repository has them. By name, and weekly; no SDK is in this tree.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

# Where the package is that runs this: the tree only if it is built in place.
PACKAGE = Path(importlib.util.find_spec("starkcore").origin).parents[1]
SECONDS = 1800


def outcomes(
    python: str, source: Path, tests: str, before: list[str], path: list[Path]
) -> tuple[dict[str, str], Counter[str]]:
    """{test: "passed", "failed", "error" or "skipped"}, and for what reasons how many of them didn't pass."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [python, *before, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors",
             f"--junitxml={report}", tests], cwd=source,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}, capture_output=True, text=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip
        if not report.exists():
            sys.exit(f"{source.name}: pytest didn't run\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return read(report), reasons(report)


def reasons(report: Path) -> Counter[str]:
    """The exceptions' names, or what a skipped test says."""
    found: Counter[str] = Counter()
    for kind in ("failure", "error", "skipped"):
        for problem in ElementTree.parse(report).iter(kind):
            message = (problem.get("message") or "").strip() or "no message"
            found[message.splitlines()[0].split(":")[0][:100]] += 1
    return found


def read(report: Path) -> dict[str, str]:
    """The outcomes of pytest's XML report."""
    names = {"failure": "failed", "error": "error", "skipped": "skipped"}
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        marks = [names[child.tag] for child in case if child.tag in names]
        found[f"{case.get('classname')}::{case.get('name')}"] = marks[0] if marks else "passed"
    return found


def differences(theirs: dict[str, str], ours: dict[str, str]) -> list[str]:
    """What isn't the same, a line a test."""
    return [
        f"{test}: {theirs.get(test, 'missing')} with its own engine, {ours.get(test, 'missing')} with ours"
        for test in sorted(theirs.keys() | ours.keys())
        if theirs.get(test) != ours.get(test)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--engines", required=True, type=Path)
    parser.add_argument("sources", nargs="+")
    arguments = parser.parse_args()
    failed = False
    for given in arguments.sources:
        name, _, tests = given.partition(":")
        source = Path(name).resolve()
        ours, why = outcomes(arguments.python, source, tests or "tests", ["-m", "starkcore.compat"], [PACKAGE, source])
        theirs, _ = outcomes(arguments.python, source, tests or "tests", [], [arguments.engines.resolve(), source])
        wrong = differences(theirs, ours)
        passed = sum(outcome == "passed" for outcome in ours.values())
        print(f"{source.name}: {len(ours)} tests, {passed} passed, {len(wrong)} differ from its own engine")
        print("".join(f"  {line}\n" for line in wrong), end="")
        print(
            "".join(
                f"  not passed: {count} by {reason}\n"
                for reason, count in sorted(why.items(), key=lambda item: (-item[1], item[0]))
            ),
            end="",
        )
        failed = failed or bool(wrong) or not passed
    sys.exit(failed)


if __name__ == "__main__":
    main()
