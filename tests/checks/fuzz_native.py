"""Fuzz every function of the C interface with libFuzzer, under the sanitizers of addresses and undefined behaviour.

    python tests/checks/fuzz_native.py                       60 seconds for all targets together, then a planted fault
    python tests/checks/fuzz_native.py --seconds 86400 --keep CORPUS   for a day; inputs that reach more stay in CORPUS
    python tests/checks/fuzz_native.py --target verify       one target: see tests/native/fuzz/fuzz.cpp
    python tests/checks/fuzz_native.py --planted             the planted faults alone
    python tests/checks/fuzz_native.py --minimize            write tests/checks/corpus/ again from what --keep has

Needs clang with its runtimes (Debian: clang, libclang-rt-*-dev). Building takes two to four minutes of one core. What
fails is left in the current folder as crash-…, and runs again by `--input FILE`.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kept_builds
import native_build
from native_build import CSRC, LANGUAGE, TESTS, Unit

CORPUS = TESTS / "checks" / "corpus"
SOURCE = TESTS / "native" / "fuzz" / "fuzz.cpp"
FLAGS = ["-g1", "-O1", "-DSTARKCORE_VERIFY", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
LONGEST = 1024  # bytes of an input


@dataclass(frozen=True)
class Fault:
    """A mistake in one source, or in a header as that source sees it, and the target that has to find it."""

    unit: str
    file: str
    right: str
    wrong: str
    target: str
    seconds: int = 120


FAULTS = {
    "columns of 16 bits lose their sign": Fault(
        "interface/order_table.cpp",
        "interface/columns.hpp",
        "read_as<std::int16_t,",
        "read_as<std::uint16_t,",
        "columns",
    ),
    "a table of another hour's last word": Fault(
        "interface/order_table.cpp", "interface/order_table.cpp", "known_ = made_ = 0;", "known_ = 0;", "columns", 600
    ),
    "a number of a table loses its sign": Fault(
        "interface/message_table.cpp",
        "interface/message_table.cpp",
        "if (number.negative) sub(out, kP, out);",
        "",
        "message_table",
    ),
    "a template forgets an outer constant without a second": Fault(
        "starknet/message_template.cpp", "starknet/message_template.cpp", "parts.outer_count % 2", "0", "messages"
    ),
    "lanes forget exceptions of a prepared key": Fault(
        "engine/avx2.cpp",
        "ecdsa/verify_prepared_lanes.hpp",
        "!in[i].covered || ((redo >> i) & 1) != 0",
        "!in[i].covered",
        "verify",
        600,
    ),
    "a list that moves to another place forgets its padding": Fault(
        "interface/poseidon.cpp",
        "interface/poseidon.cpp",
        "states_[to] = states_[from], padded_[to] = padded_[from];",
        "states_[to] = states_[from];",
        "lists",
    ),
    "lanes of Poseidon give the first element for the second": Fault(
        "engine/avx2.cpp",
        "hash/poseidon_lanes.hpp",
        "out(g, &PoseidonState::b, fold(mixed.b));",
        "out(g, &PoseidonState::b, fold(mixed.a));",
        "lists",
        300,
    ),
}
CHEAP = ("columns of 16 bits lose their sign",)  # compiled and found within seconds


def clang() -> list[str]:
    path = shutil.which("clang++")
    if path is None:
        raise SystemExit("no clang++, which has libFuzzer")
    return [path]


def build(folder: Path) -> Path:
    """The fuzzer, unless it is there from the same sources; its objects stay beside it."""
    program, units = folder / "fuzz", [Unit(SOURCE), *native_build.core_units()]
    made_of = kept_builds.made_of(kept_builds.sources(), *clang(), *FLAGS)
    if not kept_builds.is_kept(program, made_of):
        print("building", flush=True)
        shutil.rmtree(program.with_suffix(".objects"), ignore_errors=True)
        native_build.build(program, units, FLAGS, clang(), shared=False)
        kept_builds.keep(program, made_of)
    return program


def faulty(fault: Fault) -> str:
    """The text of the file with the fault."""
    text = (CSRC / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.right) == 1, f"{fault.file} no longer has, once: {fault.right}"
    return text.replace(fault.right, fault.wrong)


def build_fault(program: Path, folder: Path, fault: Fault) -> Path:
    """The same with one object compiled from a source with the fault."""
    changed = folder / fault.file
    changed.parent.mkdir(parents=True)
    changed.write_text(faulty(fault), encoding="utf-8")
    source = changed if fault.file == fault.unit else CSRC / fault.unit
    replaced = folder / "fault.o"
    native_build.run([*clang(), "-iquote", str(folder), *LANGUAGE, *FLAGS, "-c", str(source), "-o", str(replaced)])
    name = Unit(CSRC / fault.unit).object_name
    objects = [path for path in program.with_suffix(".objects").iterdir() if path.name != name]
    # First of all: of a header's functions that stand in several objects, a linker takes the first.
    native_build.run([*clang(), *FLAGS, str(replaced), *map(str, objects), "-o", str(folder / "fuzz")])
    return folder / "fuzz"


def command(program: Path, seconds: int, target: str | None, *more: str) -> list[str]:
    """libFuzzer's command line; the target is an environment variable's, since libFuzzer takes all arguments."""
    chosen = ["env", f"STARKCORE_FUZZ_TARGET={target}"] if target else []
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-len_control=20",
        "-print_final_stats=1",
        "-timeout=60",
    ]
    return [*chosen, str(program), *options, *more]


def targets() -> list[str]:
    """By number: what the first byte of an input chooses."""
    return re.findall(r"\{\"(\w+)\", \w+\}", SOURCE.read_text(encoding="utf-8"))


def write_seeds(folder: Path, chosen: Iterable[str]) -> Path:
    """Inputs to begin with: random ones, but for the target. libFuzzer's own would stay too short for long."""
    folder.mkdir()
    for name in chosen:
        source = random.Random(name)
        for size in (40, 150, 400, 400, 1000, 1000):
            data = bytes([targets().index(name)]) + source.randbytes(size)
            (folder / f"{name}-{source.randrange(10**9)}").write_bytes(data)
    return folder


def fuzz(program: Path, seconds: int, target: str | None, folders: list[Path]) -> bool:
    """Whether nothing was found. libFuzzer's own lines are the progress."""
    done = subprocess.run(command(program, seconds, target, *map(str, folders)), check=False)
    return done.returncode == 0


def find_fault(program: Path, folder: Path, name: str, fault: Fault) -> bool:
    """Whether the fault shows, from random inputs instead of the corpus."""
    mutant = build_fault(program, folder, fault)
    options = [f"-artifact_prefix={folder}/", "-seed=1"]
    kept, seeds = folder / "kept", write_seeds(folder / "seeds", [fault.target])
    kept.mkdir()
    done = subprocess.run(
        command(mutant, fault.seconds, fault.target, *options, str(kept), str(seeds)),
        capture_output=True,
        text=True,
        check=False,
    )
    what = re.search(r"does not hold: .*|.*invariant broken: .*|.*ERROR: AddressSanitizer.*", done.stderr)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    found = done.returncode != 0 and what is not None
    print(f"planted, {name}: {what[0] if found else 'NOT FOUND'} after {runs[1] if runs else '?'} runs", flush=True)
    return found


def minimize(program: Path, kept: Path) -> None:
    """Replace the tree's corpus by the smallest inputs that reach as much as it and `kept` do."""
    with tempfile.TemporaryDirectory() as name:
        merged = Path(name)
        subprocess.run(
            [str(program), "-merge=1", "-use_counters=0", f"-max_len={LONGEST}", str(merged), str(kept), str(CORPUS)],
            check=True,
        )
        for path in CORPUS.iterdir():
            path.unlink()
        for path in merged.iterdir():
            shutil.copy(path, CORPUS / path.name[:12])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--target", choices=targets(), help="one target only")
    parser.add_argument("--keep", type=Path, help="a folder for inputs that reach something new")
    parser.add_argument("--input", type=Path, help="run this input, once")
    parser.add_argument("--planted", action="store_true", help="all planted faults, and nothing else")
    parser.add_argument("--minimize", action="store_true")
    parser.add_argument(
        "--build", type=Path, help="build into this folder, or use what was built there of the same sources"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = options.build or work
        folder.mkdir(exist_ok=True)
        program = build(folder)
        if options.input:
            return subprocess.run([str(program), str(options.input)], check=False).returncode
        kept = options.keep or work / "kept"
        kept.mkdir(parents=True, exist_ok=True)
        if options.minimize:
            minimize(program, kept)
            return 0
        seeds = write_seeds(work / "seeds", [options.target] if options.target else targets())
        right = options.planted or fuzz(program, options.seconds, options.target, [kept, CORPUS, seeds])
        for number, (fault_name, fault) in enumerate(FAULTS.items()):
            if options.planted or fault_name in CHEAP:
                (work / str(number)).mkdir()
                right &= find_fault(program, work / str(number), fault_name, fault)
    return 0 if right else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
