"""Coverage: the lines and branches that the tests run, of C++ and of Python apart.

C++: compiles core and module with clang's counters in a copy of the tree, runs the tests of the core with every engine,
and adds up what they ran. Python: coverage.py over the same tests and those of the client. Lines that no test runs are
listed, and explained by uncovered.json or not.

Needs: what the tests need; clang++, llvm-profdata and llvm-cov of one version for C++; the package coverage for Python.
Some minutes of processor time each. Exit status 1 when a line is neither covered nor explained, 2 when a test fails.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench import ROOT, Workbench, test_files

EXPLAINED = Path(__file__).with_name("uncovered.json")
CORE = [
    "keys",
    "hashing",
    "starkex",
    "bad_input",
    "columns",
    "vectors",
    "vectors_starkex",
    "large_tables",
    "threads",
]
# For C++ alone; tracing Python would stretch the times that batches bound.
LAYERS = [
    "batches",
    "c_interface",
    "engines",
    "whitebox_field",
    "whitebox_inversion",
    "whitebox_curve",
    "whitebox_ecdsa",
    "native",
]
CLIENT = [
    "transport", "dydx_client", "dydx_flow", "keystore", "keystore_loss", "keyfile", "local_storage", "feed",
    "sync_feed", "feed_at_the_sandbox", "cli", "cli_foreign", "cli_pipes", "cli_trading", "demo", "l1_client",
    "l1_flow", "l1_contracts", "sandbox_auth", "sandbox_book", "sandbox_orders", "sandbox_durability",
    "sandbox_websocket", "secrets_of_accounts", "secrets_stay_inside",
]  # fmt: skip
COUNTERS = ("-O1", "-fprofile-instr-generate", "-fcoverage-mapping")

SETTINGS = """[run]
branch = true
parallel = true
source = starkcore
concurrency = thread
sigterm = true
data_file = {data}
[report]
exclude_also =
    if TYPE_CHECKING:
    @overload
"""


@dataclass
class File:
    """How often each line ran; and of each branch, by its line, whether it was ever taken."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: list[tuple[int, bool]] = field(default_factory=list)

    def missed(self) -> list[int]:
        return sorted(line for line, count in self.lines.items() if count == 0)

    def half_seen(self) -> list[int]:
        """Lines that ran, but with a branch that was never taken."""
        return sorted({line for line, taken in self.branches if not taken and self.lines.get(line)})


def tool(name: str) -> str:
    """An LLVM tool: as it is called, or with clang's version behind."""
    found = shutil.which(name)
    for version in range(30, 13, -1):
        found = found or shutil.which(f"{name}-{version}")
    if not found:
        raise SystemExit(f"{name} is not installed")
    return found


# ---- C++ -----------------------------------------------------------------------------------------------------------


def cpp(folder: Path, names: list[str]) -> dict[str, File]:
    # Checked invariants have branches that no test may take, so they are left out here.
    bench = Workbench(folder, command="clang++", flags=COUNTERS, whitebox_flags=(), runs_exit_handlers=True)
    bench.prepare(lambda line: print(line, flush=True))
    profiles, libraries = folder / "profiles", folder / "libraries"
    for place in (profiles, libraries):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    environment = {"LLVM_PROFILE_FILE": f"{profiles}/%p-%m.profraw"}
    objects = [bench.extension]
    for path in test_files(names or [*CORE, *LAYERS]):
        print(path, flush=True)
        outcome = bench.test([path, f"--basetemp={libraries / Path(path).stem}"], 900, environment)
        if not outcome.passed:
            print(f"{outcome.by}: see {folder / 'tests.log'}")
            raise SystemExit(2)
    built = [path for path in libraries.rglob("*") if path.is_file() and path.suffix in (".so", "")]
    objects += [path for path in built if path.read_bytes()[:4] == b"\x7fELF"]
    merged = folder / "all.profdata"
    subprocess.run(
        [tool("llvm-profdata"), "merge", "-sparse", *map(str, profiles.glob("*.profraw")), "-o", str(merged)],
        check=True,
    )
    command = [tool("llvm-cov"), "export", "-format=lcov", f"-instr-profile={merged}", str(objects[0])]
    command += [f"-object={path}" for path in objects[1:]]
    done = subprocess.run(command, cwd=bench.tree, capture_output=True, text=True, check=True)
    return dict(of_lcov(done.stdout, bench.tree))


def of_lcov(text: str, tree: Path) -> Iterator[tuple[str, File]]:
    """The files below csrc/ and bindings/, without the tables."""
    name, found = "", File()
    for line in text.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = Path(rest) if Path(rest).is_absolute() else tree / rest
            name = (
                str(path.resolve().relative_to(tree.resolve())) if path.resolve().is_relative_to(tree.resolve()) else ""
            )
            found = File()
        elif kind == "DA":
            number, count = rest.split(",")[:2]
            found.lines[int(number)] = int(count)
        elif kind == "BRDA":
            number, *_, taken = rest.split(",")
            found.branches.append((int(number), taken not in ("-", "0")))
        elif line == "end_of_record" and name.startswith(("csrc", "bindings")) and "generated" not in name:
            yield name, found


# ---- Python --------------------------------------------------------------------------------------------------------


def python(folder: Path, names: list[str]) -> dict[str, File]:
    """In a copy with the module that is built in the tree."""
    bench = Workbench(folder)
    bench.copy_with_module()
    base = [sys.executable, "-m", "coverage"]
    settings = folder / "coveragerc"
    settings.write_text(SETTINGS.format(data=folder / "data"), encoding="utf-8")
    for old in folder.glob("data*"):
        old.unlink()
    for path in test_files(names or [*CORE, *CLIENT]):
        print(path, flush=True)
        run = [*base, "run", f"--rcfile={settings}", "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", path]
        done = subprocess.run(run, cwd=bench.tree, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout[-3000:])
            raise SystemExit(2)
    subprocess.run([*base, "combine", "-q", f"--rcfile={settings}"], cwd=bench.tree, check=True)
    result = folder / "coverage.json"
    subprocess.run([*base, "json", "-q", f"--rcfile={settings}", "-o", str(result)], cwd=bench.tree, check=True)
    files = json.loads(result.read_text(encoding="utf-8"))["files"]
    return {name: of_coverage(entry) for name, entry in files.items()}


def of_coverage(entry: dict) -> File:
    lines = dict.fromkeys(entry["executed_lines"], 1) | dict.fromkeys(entry["missing_lines"], 0)
    taken = [(abs(start), True) for start, _ in entry["executed_branches"]]
    return File(lines, taken + [(abs(start), False) for start, _ in entry["missing_branches"]])


# ---- Report --------------------------------------------------------------------------------------------------------


def share(done: int, all_of_them: int) -> str:
    return f"{done}/{all_of_them} ({100 * done / all_of_them:.1f} %)" if all_of_them else "none"


def report(files: dict[str, File], *, branches: bool) -> int:
    """Figures, and what is not covered; how many lines of that have no explanation."""
    explained = json.loads(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else {}
    unexplained = 0
    for name, found in sorted(files.items()):
        text = (ROOT / name).read_text(encoding="utf-8").splitlines()
        taken = sum(taken for _, taken in found.branches)
        missed, first = found.missed(), 0
        ran = share(len(found.lines) - len(missed), len(found.lines))
        print(f"{name}: lines {ran}, branches {share(taken, len(found.branches))}")
        for line in missed:
            first = line if line - 1 not in missed else first  # of a run of lines, which is explained by its first
            known = f"{name}: {text[first - 1].strip()}" in explained
            unexplained += not known
            print(f"  {line}{' (explained)' if known else ''}: {text[line - 1].strip()}")
        for line in found.half_seen() if branches else ():
            print(f"  {line} (a branch): {text[line - 1].strip()}")
    every = [found.lines for found in files.values()]
    ran = sum(bool(count) for lines in every for count in lines.values())
    all_branches = [taken for found in files.values() for _, taken in found.branches]
    print(f"in all: lines {share(ran, sum(map(len, every)))}, branches {share(sum(all_branches), len(all_branches))}")
    print(f"{unexplained} lines not covered and not explained")
    return unexplained


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=("cpp", "python"))
    parser.add_argument(
        "tests", nargs="*", metavar="test", help="starkex for tests/starkex/test_starkex.py (default: all that matter)"
    )
    parser.add_argument("--folder", type=Path, help="the copy of the tree and its objects, kept for the next run")
    parser.add_argument("--branches", action="store_true", help="list the branches, too, that were never taken")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (args.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        files = (cpp if args.language == "cpp" else python)(folder, args.tests)
        return 1 if report(files, branches=args.branches) else 0


if __name__ == "__main__":
    sys.exit(main())
