"""Counts the distinct cache lines that one call of each native operation touches, and names what touches more than it
did.

    python benchmarks/cache_lines.py            compare with results/cache_lines.json; exit status 1 where one got worse
    python benchmarks/cache_lines.py --update   write the counts of this tree there

What a program has done since the last order has taken the library's lines out of the caches; each of them that a call
touches is then fetched again. Native code alone, of the C interface: Python and the binding come on top. A call is
followed instruction by instruction (Linux on x86-64), with those engines that this CPU has, AVX-512 and SHA extensions
included. Lines have 64 bytes, and are counted as

    code     that were executed
    tables   of precomputed points and constants: read-only data
    stack    read, written or wiped
    other    the caller's own arguments and results, and what the library may write to

Counts depend on compiler and C library, a little, and are kept for each compiler, as counts of instructions are.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import native_build  # noqa: E402
import single_step  # noqa: E402
from instructions import compared_with, compiler_name  # noqa: E402

RESULTS = HERE / "results" / "cache_lines.json"
KINDS = ("code", "tables", "stack", "other")
# One for each engine of the curve, and SHA extensions once.
ENGINES = ("portable", "x86_64-adx", "x86_64-avx2", "x86_64-avx512ifma-sha")
# Another patch release of the compiler or the C library moves a few lines.
ALLOWED = 0.03
LINE = 64
STACK_SIZE = 8 << 20
_VECTOR = {"z": 64, "y": 32, "x": 16}
_FIXED = re.compile(r"# ([0-9a-f]+) <")
_ACROSS = re.compile(r"\{1to\d+\}|^v?p?broadcast")

Counts = dict[str, dict[str, dict[str, int]]]


def width(text: str) -> int:
    """Bytes of an instruction's memory operand; those of general registers are taken for eight."""
    if _ACROSS.search(text):
        parts = re.search(r"x([248]) ", text)
        return 8 * int(parts[1]) if parts else 8
    if re.match(r"v?mov(q|d|ss|sd|lps|hps|lpd|hpd)\b", text):
        return 8
    return max((_VECTOR[name] for name in re.findall(r"%([xyz])mm\d", text)), default=8)


def implied(text: str) -> int | None:
    """Where an instruction without a memory operand uses the stack, from %rsp; None: it doesn't."""
    if re.match(r"(push|call)", text):
        return -8
    return 0 if re.match(r"(pop|ret|repz ret|leave)", text) else None


class Program:
    """The counting program, and what is known of each of its instructions."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        text = single_step.instructions(path)
        self.width = {at: width(line) for at, line in text.items()}
        ends = sorted(text)
        self.length = {at: after - at for at, after in itertools.pairwise(ends)}
        self.fixed = {at: int(match[1], 16) for at, line in text.items() if (match := self.fixed_operand(line))}
        operands = {}
        for at, line in text.items():
            found = single_step.operand(line.split("#")[0].strip())
            offset = implied(line)
            if offset is not None and found is None:
                found = (single_step.NUMBERS["rsp"], single_step.NONE, 1, offset % 2**64)
            if found:
                operands[at] = found
        self.operands = single_step.write_operands(folder / "operands", operands)
        self.read_only = sections(path)

    @staticmethod
    def fixed_operand(line: str) -> re.Match[str] | None:
        """The address of an operand that is relative to the instruction."""
        return None if line.startswith(("lea", "nop")) else _FIXED.search(line)

    def names(self) -> list[str]:
        return subprocess.run([self.path], capture_output=True, text=True, check=True).stdout.split()

    def touched(self, engine: str, operation: str) -> dict[str, int]:
        """Lines by kind."""
        output = self.folder / "trace"
        done = subprocess.run([self.path, engine, operation, self.operands, output], check=False, env={})
        if done.returncode != 0:
            raise SystemExit(f"{engine}, {operation}: following a process is not allowed here")
        lines: dict[str, set[int]] = {kind: set() for kind in KINDS}
        for at, address in set(single_step.read_trace(output)):
            lines["code"].update(spanned(at, self.length.get(at, 1)))
            address = address or self.fixed.get(at, 0)
            if address:
                lines[self.kind(address)].update(spanned(address, self.width[at]))
        return {kind: len(found) for kind, found in lines.items()}

    def kind(self, address: int) -> str:
        if address >= (1 << 47) - STACK_SIZE:
            return "stack"
        return "tables" if any(first <= address < end for first, end in self.read_only) else "other"


def spanned(address: int, size: int) -> range:
    return range(address // LINE, (address + size - 1) // LINE + 1)


def sections(program: Path) -> list[tuple[int, int]]:
    """First and last address of read-only data."""
    text = subprocess.run(["objdump", "-h", program], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s*\d+ (\S*rodata\S*|\.data\.rel\.ro\S*)\s+([0-9a-f]+)\s+([0-9a-f]+)", text, re.MULTILINE)
    return [(int(first, 16), int(first, 16) + int(size, 16)) for _, size, first in found]


def build(folder: Path, command: list[str]) -> Program:
    flags = native_build.shipped_flags(command)
    units = [native_build.Unit(HERE / "native" / "cache_lines.cpp"), *native_build.core_units()]
    (folder / "objects").mkdir()
    objects = native_build.compiled(folder / "objects", units, flags, command)
    fixed = [*flags, "-static", "-no-pie"]
    return Program(native_build.link(folder / "cache_lines", objects, fixed, command, shared=False), folder)


def count_all(command: list[str], only: list[str] | None = None) -> Counts:
    with tempfile.TemporaryDirectory() as name:
        print("compiling …", file=sys.stderr, flush=True)
        program = build(Path(name), command)
        names = program.names()
        operations = names[names.index("operations:") + 1 :]
        counts: Counts = {}
        for engine in [name for name in names if name in (only or ENGINES)]:
            print(f"following {engine} …", file=sys.stderr, flush=True)
            counts[engine] = {operation: program.touched(engine, operation) for operation in operations}
        return counts


def report(counts: Counts, before: Counts) -> list[str]:
    """Prints a table; returns what got worse."""
    worse = []
    print(f"{'engine':22} {'operation':18}" + "".join(f"{kind:>8}" for kind in (*KINDS, "all")) + "   before")
    for engine, operations in counts.items():
        for operation, lines in operations.items():
            old, new = before.get(engine, {}).get(operation), sum(lines.values())
            figures = "".join(f"{lines[kind]:8,}" for kind in KINDS)
            print(f"{engine:22} {operation:18}{figures}{new:8,} {'new' if old is None else sum(old.values()):>8}")
            if old is not None and new > sum(old.values()) * (1 + ALLOWED):
                worse.append(f"{engine}: {operation} touches {new:,} lines; before {sum(old.values()):,}")
    return worse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the counts, to be compared with from now on")
    parser.add_argument("--engine", action="append", help="this one only; may be repeated")
    arguments = parser.parse_args()
    if not sys.platform.startswith("linux") or shutil.which("objdump") is None:
        print("calls are followed on Linux, with objdump", file=sys.stderr)
        return 2
    command = native_build.compiler()
    counts = count_all(command, arguments.engine)
    return compared_with(RESULTS, compiler_name(command), counts, report, update=arguments.update, keep=True)


if __name__ == "__main__":
    sys.exit(main())
