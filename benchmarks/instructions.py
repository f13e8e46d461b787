"""Counts the instructions of each native operation, and names what takes more of them than it did.

    python benchmarks/instructions.py            compare with results/instructions.json; status 1 where one got worse
    python benchmarks/instructions.py --update   write the counts of this tree there, and the page's table of Arm's
    python benchmarks/instructions.py --aarch64  the same for 64-bit Arm, by each cross compiler that is here

Instructions are counted by valgrind's callgrind: the same in every run, however busy the machine. They depend on the
compiler, so counts are kept for each and compared with those of the same one only. They are not times: an instruction
of four lanes counts as one. Engines that valgrind can't run, with SHA extensions or AVX-512, are left out; their other
parts are those of engines that it can. Those of 64-bit Arm are counted under qemu (tests/emulated.py), and compared
with the portable build that Arm had before it got an engine, too: the status is 1 where one gained less than was asked.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import emulated  # noqa: E402
import native_build  # noqa: E402

RESULTS = HERE / "results" / "instructions.json"
# The same operations of commit 9835b0e's portable engine, which was the one that Arm ran.
BEFORE = HERE / "results" / "aarch64_before.json"
PAGE = HERE.parent / "docs" / "benchmarks.md"
ENGINES = ("portable", "x86_64-adx", "x86_64-avx2")
# A change of the compiler's patch release, or of an allocation's place, moves counts a little.
ALLOWED = 0.01
# Of an operation on Arm: what people call it, and what its engine's instructions may be to those of before.
ARM = {
    "pedersen": ("Pedersen hash", 0.65),
    "sign": ("sign, blinded", 0.65),
    "sign_order": ("order", 0.65),
    "verify": ("verify", 0.65),
    "poseidon": ("Poseidon hash", 0.65),
    "nonce": ("nonce (RFC 6979)", 0.3),
}

Counts = dict[str, dict[str, float]]


def compiler_name(command: list[str]) -> str:
    """ "gcc 12.2": what counts are comparable within."""
    text = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+\.\d+)\.\d+", text)
    return f"{'clang' if 'clang' in text else 'gcc'} {version[1] if version else text.splitlines()[0]}"


def counted(program: Path, engine: str, folder: Path) -> dict[str, float]:
    """Instructions an item, by operation."""
    command = [
        "valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={folder}/{engine}",
        str(program), engine,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{engine}: {done.stderr}")
    items = dict(line.split() for line in done.stdout.splitlines())
    found = {}
    for path in folder.glob(f"{engine}.*"):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = re.search(r"^desc: Trigger: Client Request: (\w+)$", text, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if name and total and name[1] in items:
            found[name[1]] = int(total[1]) / int(items[name[1]])
    if found.keys() != items.keys():
        raise SystemExit(f"{engine}: no counts of {sorted(items.keys() - found.keys())}")
    return {name: round(found[name], 1) for name in items}


def count_emulated(command: list[str]) -> Counts:
    """Of the engines for 64-bit Arm."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"compiling with {command[0]} …", file=sys.stderr, flush=True)
        units = [native_build.Unit(HERE / "native" / "instructions.cpp"), *native_build.core_units()]
        flags = [*native_build.shipped_flags(command), "-static", "-pthread"]
        program = native_build.build(folder / "instructions", units, flags, command, shared=False)
        plugin = emulated.plugin(folder)
        counts = {}
        for engine in emulated.ENGINES:
            text, totals = emulated.follow(plugin, program, [engine], ("count_begin", "count_end"), trace=False)
            items = [line.split() for line in text.splitlines()]
            counts[engine] = {
                name: round(total / int(count), 1) for (name, count), total in zip(items, totals, strict=True)
            }
        return counts


def count_all(command: list[str]) -> Counts:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("compiling …", file=sys.stderr, flush=True)
        units = [native_build.Unit(HERE / "native" / "instructions.cpp"), *native_build.core_units()]
        flags = native_build.shipped_flags(command)
        program = native_build.build(folder / "instructions", units, flags, command, shared=False)
        available = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
        counts = {}
        for engine in ENGINES:
            if engine in available:
                print(f"counting {engine} …", file=sys.stderr, flush=True)
                counts[engine] = counted(program, engine, folder)
        return counts


def report(counts: Counts, before: Counts) -> list[str]:
    """Prints a table; returns what got worse."""
    worse = []
    for engine, operations in counts.items():
        for operation, count in operations.items():
            old = before.get(engine, {}).get(operation)
            change = "new" if old is None else f"{count / old - 1:+.1%}"
            print(f"{engine:12} {operation:22} {count:12,.0f} {change:>8}")
            if old is not None and count > old * (1 + ALLOWED):
                worse.append(f"{engine}: {operation} takes {count:,.0f} instructions, {change}; before {old:,.0f}")
    return worse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the counts, to be compared with from now on")
    parser.add_argument(
        "--aarch64", action="store_true", help="count under qemu what cross compilers make for 64-bit Arm"
    )
    arguments = parser.parse_args()
    if arguments.aarch64:
        found = {kind: command for kind, command in emulated.COMPILERS.items() if not emulated.lacking(kind)}
        if not found:
            print(f"not installed: {', '.join(emulated.lacking('gcc'))}", file=sys.stderr)
            return 2
        return max(compared_on_arm(command, update=arguments.update) for command in found.values())
    if shutil.which("valgrind") is None:
        print("valgrind is not installed", file=sys.stderr)
        return 2
    command = native_build.compiler()
    return compared(compiler_name(command), count_all(command), update=arguments.update)


def compared_on_arm(command: list[str], *, update: bool) -> int:
    name = f"aarch64 {compiler_name(command)}"
    counts = count_emulated(command)
    status = compared(name, counts, update=update)
    if update:
        PAGE.write_text(with_arm_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    slow = too_many(name, counts)
    for line in slow:
        print(f"worse: {line}", file=sys.stderr)
    return 1 if slow else status


def ratios(name: str, counts: Counts) -> dict[str, float]:
    """Instructions of Arm's engine to those of the portable build before it, by the same compiler; none of another."""
    before = json.loads(BEFORE.read_text(encoding="utf-8")).get(name, {})
    return {operation: counts["aarch64-sha"][operation] / before[operation] for operation in ARM if before}


def too_many(name: str, counts: Counts) -> list[str]:
    """Prints the ratios; returns those above what is asked."""
    found = ratios(name, counts)
    for operation, ratio in found.items():
        print(f"{name}: {ARM[operation][0]:18} {ratio:5.2f} of before, at most {ARM[operation][1]}")
    return [f"{ARM[operation][0]}: {ratio:.3f}" for operation, ratio in found.items() if ratio > ARM[operation][1]]


def with_arm_table(page: str) -> str:
    """docs/benchmarks.md with the counts that are written down."""
    before, now = (json.loads(path.read_text(encoding="utf-8")) for path in (BEFORE, RESULTS))
    names = sorted(before, reverse=True)  # gcc first

    def number(count: float) -> str:
        return f"{count:,.0f}".replace(",", " ")

    lines = [
        "| operation | "
        + " | | ".join(f"{name.partition(' ')[2].removesuffix('.0')}: before, now" for name in names)
        + " | |",
        "| --- |" + " ---: | ---: |" * len(names),
    ]
    for operation, (title, _) in ARM.items():
        cells = [title]
        for name in names:
            old, new = before[name][operation], now[name]["aarch64-sha"][operation]
            cells += [f"{number(old)}, {number(new)}", f"{new / old:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    table = "\n".join(lines)
    return re.sub(r"(<!-- counted: aarch64 -->\n).*?(\n<!-- end -->)", rf"\g<1>{table}\g<2>", page, flags=re.DOTALL)


def compared(name: str, counts: Counts, *, update: bool) -> int:
    """The exit status: 1 where something takes more than is written down."""
    return compared_with(RESULTS, name, counts, report, update=update)


def compared_with(
    results: Path, name: str, counts: Any, report: Callable[[Any, Any], list[str]], *, update: bool, keep: bool = False
) -> int:
    """The same for counts of any kind: `report` prints them and returns what got worse.

    Args:
        results: what is written down, by name of compiler.
        keep: engines that weren't counted this time stay written down.
    """
    known = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    worse = report(counts, known.get(name, {}))
    if update:
        known[name] = (known.get(name, {}) if keep else {}) | counts
        results.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    if name not in known:
        print(f"no counts of {name} to compare with: --update writes them", file=sys.stderr)
    for line in worse:
        print(f"worse: {line}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
