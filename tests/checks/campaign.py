"""Campaigns: the long checks, in sittings, each of which adds to the figures of the ones before.

    python tests/checks/campaign.py                                  what was asked for and what is reached
    python tests/checks/campaign.py NAME --seconds N --folder F      one sitting: NAME for N seconds
    python tests/checks/campaign.py --write-docs                     the table of docs/checks.md again, from the record

The record is campaigns.json beside this program: for each campaign, its figures by the commit that it ran on, and where
it consists of single tests or mutants, the result of each, so that the next sitting goes on with what is missing. What
has passed once isn't run again for a later commit; the table says on which commits a campaign ran. --folder keeps
builds and corpora between sittings. Only what is committed is worth a figure: a tree with changes is refused.

Exit status 1 when something failed in this sitting. Ctrl-C ends a sitting; what is done by then counts.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

CHECKS = Path(__file__).resolve().parent
ROOT = CHECKS.parents[1]
RECORD = CHECKS / "campaigns.json"
PAGE = ROOT / "docs" / "checks.md"
# Results and figures that end a sitting with 1.
BAD = ("failures", "reports", "findings", "failed", "survived", "wrong", "deaths", "lost or twice")
Figures: TypeAlias = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What is asked for, and how a sitting is run.

    Attributes:
        asked: the figures that make it a campaign, by name; None: every item that there is.
        shown: the command that the documentation shows.
        command: the sitting's command; {seconds}, {minutes}, {folder} and {state} stand for what they say.
        figures: what the command prints, each a pattern whose first group is a number; all that are found are added up.
        items: whether the command keeps results in {state}, as {name: {"result": …}}.
    """

    asked: Figures | None
    shown: str
    command: tuple[str, ...]
    figures: dict[str, str] = field(default_factory=dict)
    items: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def program(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(CHECKS / name), *arguments)


MUTANTS = ("--folder", "{folder}/{name}", "--state", "{state}", "--minutes", "{minutes}")
SANITIZED = ("--folder", "{folder}/sanitizers", "--state", "{state}", "--minutes", "{minutes}")
# The modules that meet what others wrote: client, transport, wallets, key store, local exchange.
FOREIGN = (
    "starkcore/dydx", "starkcore/http", "starkcore/ethereum", "starkcore/keystore", "starkcore/keyfile.py",
    "starkcore/files.py", "starkcore/sandbox",
)  # fmt: skip
CAMPAIGNS = {
    "fuzz_native": Campaign(
        asked={"seconds of processor time": 7200},
        shown="fuzz_native.py --seconds 7200",
        command=program(
            "fuzz_native.py", "--seconds", "{seconds}", "--build", "{folder}/fuzz", "--keep", "{folder}/kept"
        ),
        # One number for each run of libFuzzer; the runs with planted faults print other lines.
        figures={"inputs": r"stat::number_of_executed_units: +(\d+)"},
    ),
    "fuzz_python": Campaign(
        asked={"cases": 1_000_000},
        shown="fuzz_python.py --seconds 1000",
        command=program("fuzz_python.py", "--seconds", "{seconds}"),
        figures={"cases": r"(\d+) cases of", "findings": r": (\d+) findings"},
    ),
    "address": Campaign(
        asked=None,
        shown="sanitize.py address --whole",
        command=program("sanitize.py", "address", "--whole", *SANITIZED),
        figures={"tests": r": (\d+) passed", "reports": r": reports (\d+)"},
        items=True,
    ),
    "thread": Campaign(
        asked=None, shown="sanitize.py thread", command=program("sanitize.py", "thread", *SANITIZED),
        figures={"tests": r": (\d+) passed", "reports": r": reports (\d+)"}, items=True,
    ),
    "allocations": Campaign(
        asked=None,
        shown="allocations.py",
        command=program("allocations.py"),
        figures={
            "calls": r"(\d+) calls with a failing allocation: \d+ deaths",
            "deaths": r"failing allocation: (\d+) deaths",
            "findings": r"failing allocation: \d+ deaths, (\d+) findings",
        },
    ),
    "faults": Campaign(
        asked=None,
        shown="faults.py",
        command=program("faults.py"),
        figures={"cases": r"s: cases (\d+)", "wrong": r"s: cases \d+, wrong (\d+)"},
    ),
    "sandbox_kills": Campaign(
        asked={"kills": 100},
        shown="sandbox_kills.py",
        command=program("sandbox_kills.py"),
        # The last line's: another such line is the planted exchange's, which loses orders.
        figures={
            "kills": r"kills (\d+), [^\n]*\s*\Z",
            "orders": r"orders acknowledged (\d+),[^\n]*\s*\Z",
            "lost or twice": r", (?:lost|duplicated) (\d+)(?=[^\n]*\s*\Z)",
        },
    ),
    "constant_time": Campaign(
        asked=None,
        shown="STARKCORE_CTIME_LEVELS=all pytest tests/core/test_constant_time.py",
        command=program("one_by_one.py", "--state", "{state}", "--minutes", "{minutes}",
                        "tests/core/test_constant_time.py"),
        environment={"STARKCORE_CTIME_LEVELS": "all"},
        items=True,
    ),
    "mutants_cpp": Campaign(
        asked={"mutants": 400},
        shown="mutate.py cpp --sample 400",
        command=program("mutate.py", "cpp", "--sample", "400", *MUTANTS),
        items=True,
    ),
    "mutants_python": Campaign(
        asked={"mutants": 150},
        shown=f"mutate.py python {' '.join(FOREIGN)} --sample 150",
        command=program("mutate.py", "python", *FOREIGN, "--sample", "150", *MUTANTS),
        items=True,
    ),
}  # fmt: skip


def commit() -> str:
    """What is checked out. Ends the program where something of it was changed."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "csrc", "bindings", "starkcore", "tests")
    if [line for line in changed.splitlines() if not line.endswith(RECORD.name)]:
        raise SystemExit(f"a sitting needs a tree without changes:\n{changed}")
    return git("rev-parse", "--short=7", "HEAD")


# ---- The record ----------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path) -> Iterator[dict[str, Any]]:
    """The record, to be changed; nobody else changes it meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        yield record
        whole = path.with_suffix(".new")
        whole.write_text(json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        whole.replace(path)
    finally:
        os.close(folder)


def add(path: Path, name: str, on: str, figures: Figures, items: dict[str, str]) -> None:
    """Add a sitting to the record."""
    with opened(path) as record:
        entry = record.setdefault(name, {})
        for figure, count in figures.items():
            sums = entry.setdefault("figures", {}).setdefault(on, {})
            sums[figure] = sums.get(figure, 0) + count
        for item, result in items.items():
            entry.setdefault("items", {})[item] = f"{result} {on}"


def reached(name: str, entry: dict[str, Any]) -> Figures:
    """The sums of all commits, or how many items had which result."""
    sums: Counter[str] = Counter()
    for figures in entry.get("figures", {}).values():
        sums.update(figures)
    for result in entry.get("items", {}).values():
        sums[result.rpartition(" ")[0]] += 1
    if name.startswith("mutants"):
        sums["mutants"] = len(entry.get("items", {}))
    return dict(sums)


def commits(entry: dict[str, Any]) -> list[str]:
    found = dict.fromkeys(entry.get("figures", {}))
    found |= dict.fromkeys(result.rpartition(" ")[2] for result in entry.get("items", {}).values())
    return list(found)


# ---- A sitting -----------------------------------------------------------------------------------------------------


def sit(name: str, options: argparse.Namespace) -> Figures:
    """Run it, and add to the record. Returns what this sitting gave."""
    campaign, on = CAMPAIGNS[name], commit()
    with tempfile.TemporaryDirectory() as temporary:
        state = Path(temporary) / "state.json"
        with opened(options.record) as record:
            kept = record.get(name, {}).get("items", {})
        before = {item: {"result": result.rpartition(" ")[0]} for item, result in kept.items()}
        before = {item: entry for item, entry in before.items() if entry["result"] not in BAD}  # those are tried again
        state.write_text(json.dumps(before), encoding="utf-8")
        words = {
            "seconds": str(options.seconds),
            "minutes": f"{options.seconds / 60:.2f}",
            "folder": str(options.folder or temporary),
            "state": str(state),
            "name": name,
        }
        text, cpu, status = ran([word.format(**words) for word in campaign.command], campaign.environment)
        items = {}
        if campaign.items:
            after = json.loads(state.read_text(encoding="utf-8"))
            items = {item: entry["result"] for item, entry in after.items() if item not in before}
    figures = {
        figure: sum(int(number) for number in re.findall(pattern, text)) for figure, pattern in campaign.figures.items()
    }
    if figures:
        figures["seconds of processor time"] = cpu
    found = figures | Counter(items.values())
    if status != 0 and not any(found.get(bad) for bad in BAD):  # a planted fault, say, that isn't found any more
        figures["failures"] = found["failures"] = 1
    add(options.record, name, on, figures, items)
    return found


def ran(command: list[str], environment: dict[str, str]) -> tuple[str, int, int]:
    """What it printed, which is shown, too; the processor time that it took, in seconds; and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env=os.environ | environment, start_new_session=True,
    )  # fmt: skip
    lines = []
    try:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        lines += list(process.stdout or ())
    status = process.wait()
    if process.stdout:
        process.stdout.close()
    if status not in (0, 1):
        print(f"ended with {status}", flush=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    interrupted = status in (130, -signal.SIGINT)
    return "".join(lines), round(used), 0 if interrupted else status


# ---- What people read ----------------------------------------------------------------------------------------------


def number(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def table(record: dict[str, Any]) -> str:
    lines = ["| campaign | asked | reached | on commits |", "| --- | --- | --- | --- |"]
    for name, campaign in CAMPAIGNS.items():
        entry = record.get(name, {})
        asked = (
            ", ".join(f"{number(count)} {what}" for what, count in (campaign.asked or {}).items()) or "all there are"
        )
        sums = sorted(reached(name, entry).items(), key=lambda item: item[0] not in (campaign.asked or {}))
        said = ", ".join(f"{number(count)} {what}" for what, count in sums) or "nothing yet"
        lines.append(f"| `{campaign.shown}` | {asked} | {said} | {', '.join(commits(entry))} |")
    return "\n".join(lines)


def filled(document: str, record: dict[str, Any]) -> str:
    """The page with the record's table."""
    return re.sub(
        r"(<!-- measured: campaigns -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}{table(record)}\n{match[2]}",
        document,
        flags=re.DOTALL,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=CAMPAIGNS)
    parser.add_argument("--seconds", type=int, default=600, help="of this sitting (default: 600)")
    parser.add_argument("--folder", type=Path, help="for builds and corpora, kept for the next sitting")
    parser.add_argument("--record", type=Path, default=RECORD, help="another record than the tree's")
    parser.add_argument("--write-docs", action="store_true")
    options = parser.parse_args()
    sitting: Figures = {}
    if options.name:
        if options.folder:
            options.folder.mkdir(parents=True, exist_ok=True)
            options.folder = options.folder.resolve()
        sitting = sit(options.name, options)
        print(f"this sitting: {sitting}")
    record = json.loads(options.record.read_text(encoding="utf-8")) if options.record.exists() else {}
    if options.write_docs:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    else:
        print(table(record))
    return 1 if any(sitting.get(name) for name in BAD) else 0


if __name__ == "__main__":
    # A shell that starts us in the background ignores the first; the second ends a sitting, too.
    for number_of_signal in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number_of_signal, signal.default_int_handler)
    sys.exit(main())
