"""Mutation: whether the tests notice small faults in the sources.

Makes one small change of a source at a time (an operator, a constant, a condition; a statement gone), compiles what
depends on it, and runs the tests that should notice, those that are quickest and nearest first, until one fails. A
mutant that lives is listed, unless survivors.json explains it. One of C++ that lives is tried with every engine for
which the compiler makes another machine code of it; where that is the same in all of them, no test could tell, and it
isn't counted with those that live. Works on a copy of the tree in --folder.

Needs: what the tests need, g++ (and clang++, to be quicker), Linux. A C++ mutant takes 3 seconds of processor time or
more, a minute when it lives; one of Python 2 to 20. There are some thousands: take a sample, and go on with the same
--state for more. Exit status 1 when a mutant lives that isn't explained, 2 when the planted fault is not found or a
change without effect is.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path

from mutants import Mutant, mutants
from workbench import ROOT, UNOPTIMIZED, X86, NotCompiledError, Outcome, Workbench, test_files

EXPLAINED = Path(__file__).with_name("survivors.json")
NOT_MUTATED = ("generated", "tools")  # tables, which tests compare, and what makes them
FOLDERS = {
    "cpp": tuple(
        f"csrc/{room.name}"
        for room in sorted((ROOT / "csrc").iterdir())
        if room.is_dir() and room.name not in NOT_MUTATED
    ),
    "python": ("starkcore",),
}
NAMES = {name: engine.called for name, engine in X86.items()} | {"sha": "x86_64-adx-sha"}
SAME_CODE = "same machine code"
LANES = {"avx2": "four_lanes", "avx512ifma": "eight_lanes"}  # engines with a native test program of their own
# Parts of names (of the portable engine: whole names): which of the engines that compile a source uses all of it.
PORTABLE_ONLY = ("portable.cpp", "fp_portable.hpp", "blinding.hpp")
AVX2_ONLY = ("avx2", "fp4", "_lanes", "window_points4", "pedersen_batch", "pedersen_room", "montgomery", "float_state")
ARM_ONLY = ("aarch64", "_arm")  # none here: nothing of it is compiled
AVX512_ONLY = ("avx512", "fp8", "fp_lanes", "lanes8", "window_points8")

# Files of the core's rooms that take long, and look at builds of their own, at memory or at time.
LONG = tuple(
    f"test_{name}"
    for name in (
        "aarch64", "allocations", "cache_lines", "constant_time", "constant_time_traces", "differential", "exhaustive",
        "fuzz_native", "leaks", "native", "tables", "timing_statistics",
    )
)  # fmt: skip

# Python modules and the tests that know them, by the beginnings of their paths; the first that fits counts.
PYTHON_TESTS = {
    "starkcore/starkex/columns": "columns batches",
    "starkcore/starkex": "starkex bad_input columns batches vectors_starkex sandbox_orders",
    "starkcore/keys": "keys bad_input batches secrets_stay_inside vectors",
    "starkcore/hashing": "hashing bad_input batches vectors",
    "starkcore/errors": "bad_input keys starkex batches secrets_stay_inside",
    "starkcore/engine": "native bad_input hashing keys",
    "starkcore/ethereum/transactions": "l1_client l1_flow",
    "starkcore/ethereum/erc20": "l1_client l1_flow l1_contracts",
    "starkcore/ethereum": "l1_client l1_contracts bad_input",
    "starkcore/keystore": "keystore keystore_venues keystore_loss",
    "starkcore/keyfile": "keyfile keystore",
    "starkcore/files": "keystore_loss keystore",
    "starkcore/terminal": "cli_foreign",
    "starkcore/http/strict_json": "strict_json",
    "starkcore/http/redaction": "redaction transport",
    "starkcore/http/sockets": "this_machine transport faults",
    "starkcore/http": "transport dydx_client",
    "starkcore/dydx/settling": "settling",
    "starkcore/dydx/batches": "settling dydx_flow",
    "starkcore/dydx/__init__": "feed sync_feed old_names",
    "starkcore/dydx/local_storage": "local_storage",
    "starkcore/dydx/orderbook": "feed sync_feed",
    "starkcore/dydx/websocket": "feed sync_feed feed_at_the_sandbox",
    "starkcore/dydx/sync_feed": "sync_feed",
    "starkcore/dydx/events": "feed sync_feed",
    "starkcore/dydx/address": "l1_client",
    "starkcore/dydx/eth_private": "dydx_client dydx_flow",
    "starkcore/dydx/eth": "l1_client l1_flow",
    "starkcore/dydx/contracts": "l1_client l1_flow l1_contracts",
    "starkcore/dydx": "dydx_client dydx_flow secrets_of_accounts",
    "starkcore/sandbox/l1": "l1_flow l1_contracts",
    "starkcore/sandbox/book": "sandbox_book",
    "starkcore/sandbox/connections": "sandbox_sockets",
    "starkcore/sandbox/history": "sandbox_queries sandbox_orders",
    "starkcore/sandbox/checks": "sandbox_queries sandbox_orders",
    "starkcore/sandbox": "sandbox_orders sandbox_auth sandbox_durability sandbox_websocket sandbox_attack",
    "starkcore/cli": "cli cli_pipes cli_foreign cli_trading",
    "starkcore/commands": "cli cli_foreign cli_pipes cli_trading",
    "starkcore/demo": "demo",
    "starkcore/__main__": "cli",
    "starkcore/": "keys hashing starkex bad_input secrets_stay_inside cli",
}


def engine_of(path: str) -> str:
    """The engine that runs what a source says."""
    name = Path(path).name
    if name == "sha256_x86.cpp":
        return "sha"
    if name in PORTABLE_ONLY:
        return "portable"
    if any(part in name for part in AVX512_ONLY):
        return "avx512ifma"
    return "avx2" if any(part in name for part in AVX2_ONLY) else "adx"


def cpp_outcome(bench: Workbench, mutant: Mutant, engine: str, *, deep: bool) -> Outcome:
    bench.hasty = () if deep else (UNOPTIMIZED if engine == "adx" and shutil.which("clang++") else ("g++", "-Og"))
    bench.change(mutant.path, mutant.text, engine)
    bench.link_extension()
    if not bench.fresh:
        raise RuntimeError(f"no object of {engine} depends on {mutant.path}")
    chosen = environment_of(mutant.path, engine)
    orders = mutant.path.startswith(("csrc/starkex", "csrc/interface/order"))
    lists = "poseidon" in mutant.path or "list" in mutant.path
    quickest = ["test_vectors_starkex"] if orders else ["test_vectors", "test_vectors_starkex"]
    left_out = any(f"{name}.py" in option for name in quickest for option in bench.broken)
    outcome = Outcome(True) if left_out else bench.call(quickest, 20, chosen)
    if not outcome.passed:
        return outcome
    runs = [test_files(["poseidon"]), test_files(["hashing"])] if lists else []
    runs += near_tests(NAMES[engine], orders=orders)
    runs += [test_files(["large_tables"])] if "hash/pedersen" in mutant.path else []
    if deep:
        only = {"portable": ["-k", "not adx"], "adx": ["-k", "not portable"]}.get(engine, [])
        layers = [] if orders or engine in LANES else [*test_files([f"whitebox_{layer_of(mutant.path)}"])]
        runs += [[*layers, *([] if bench.shared(mutant.path) else only)]] if layers else []
        more = " or rooms" if "hash/pedersen" in mutant.path else ""
        more += " or hashed_chunk" if "chunk" in mutant.path else ""
        runs += [[*test_files(["native"]), "-k", LANES.get(engine, "hash_amounts") + more]]
        runs += [test_files(["c_interface", "engines"]), test_files(["batches"])]
        runs += [[*files, "-k", of_engine(NAMES[engine])] for files in tests_of_core(mutant.path)]
    for arguments in runs:
        outcome = bench.test([*arguments, *bench.broken], 400 if deep else 60, chosen)
        if not outcome.passed:
            return outcome
    return Outcome(True)


def environment_of(path: str, engine: str) -> dict[str, str]:
    """The engine, and the mode that meets a source of C++."""
    # The inversion in constant time serves strict mode, and the one in variable time the other.
    strict = path.startswith("csrc/field/inversion.")
    return {"STARKCORE_ENGINE": NAMES[engine], "STARKCORE_STRICT": "1" if strict else "0"}


def near_tests(engine: str, *, orders: bool) -> list[list[str]]:
    """The quick tests, those that are the likeliest to fail first."""
    vectors = [*test_files(["vectors"]), "-k", f"{engine}-blinded" + ("" if orders else f" or {engine}-strict")]
    names = ["columns", "vectors_starkex", "starkex", "keys", "hashing", "bad_input"]
    others = [*test_files(names), "-k", of_engine(engine)]
    return [others, vectors] if orders else [vectors, others]


def of_engine(name: str) -> str:
    """What leaves out the tests of other engines, for pytest's -k."""
    return f"not x86_64 and not portable or {name}"


def tests_of_core(path: str) -> list[list[str]]:
    """The tests of the core's rooms, each room for itself: what lives has met all that don't compile, trace or measure.
    A source of Starknet's messages is met by the venues that sign them, too.
    """
    rooms = ["core", "starkex"]
    if any(part in path for part in ("message", "poseidon", "starknet")):
        rooms = ["starknet", "paradex", "extended", *rooms]
    found = ([file for file in sorted((ROOT / "tests" / room).glob("test_*.py")) if file.stem not in LONG]
             for room in rooms)  # fmt: skip
    return [[file.relative_to(ROOT).as_posix() for file in files] for files in found]


def layer_of(path: str) -> str:
    """The test of a layer that is the nearest to a source."""
    if any(part in path for part in ("inversion", "gcd", "jacobi")):
        return "inversion"
    if "poseidon" in path:
        return "poseidon"
    folder = Path(path).parent.name
    return folder if folder in ("field", "curve", "ecdsa") else "curve"


def python_outcome(bench: Workbench, mutant: Mutant) -> Outcome:
    bench.change(mutant.path, mutant.text, "")
    names = next((names for start, names in PYTHON_TESTS.items() if mutant.path.startswith(start)), "")
    if "sys.modules[__name__]" in (ROOT / mutant.path).read_text(encoding="utf-8"):  # an old name of another module
        names = "old_names"
    runs = [saying] if (saying := tests_that_say(names_at(mutant), mutant.path)) else []
    nearest = dict.fromkeys(test_files([*inner_tests(mutant.path), *names.split()]))
    for name in nearest | dict.fromkeys(tests_of_room(mutant.path)):
        runs.append([name, *(["-k", "x86_64-avx2-blinded"] if name.endswith("test_vectors.py") else [])])
    for arguments in runs:
        outcome = bench.test([*arguments, *bench.broken], 120)
        while not outcome.passed and not of_the_change(bench, mutant, outcome):
            bench.change(mutant.path, mutant.text, "")
            outcome = bench.test([*arguments, *bench.broken], 120)
        if not outcome.passed:
            return outcome
    return Outcome(True)


def of_the_change(bench: Workbench, mutant: Mutant, outcome: Outcome) -> bool:
    """Whether what failed fails again, and passes without the change, which is undone for it. What doesn't pass, for
    want of something here, is left out.
    """
    name, _, function = outcome.by.partition("::")
    function = function.partition("[")[0]
    if not function:
        return True
    test = f"{test_files([name.removeprefix('test_').removesuffix('.py')])[0]}::{function}"
    engine = bench.engine
    environment = environment_of(mutant.path, engine) if engine else {}
    if bench.test([test], 240, environment).passed:
        print(f"passed when it was run again: {test}", flush=True)
        return False
    if outcome.by in bench.sound:
        return True
    bench.restore()
    if engine:  # it is C++
        bench.link_extension()
    sound = bench.test([test], 240, environment).passed
    if sound:
        bench.sound.add(outcome.by)
    else:
        print(f"left out, as it fails without any change: {test}", flush=True)
        bench.broken.append(f"--deselect={test}")
    return sound


def names_at(mutant: Mutant) -> list[str]:
    """What a test would call the place of a Python mutant: the functions, classes and names that it is in; innermost
    first.
    """
    found = []
    for node in ast.walk(ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or node.lineno):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.append(node.name)
            elif isinstance(node, ast.Assign):
                found += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in reversed(found) if not name.startswith("__")]


def room_of(path: str) -> str:
    """The folder of the tests of a Python module."""
    package = Path(path).parts[1]
    return {"keyfile.py": "keystore", "files.py": "keystore", "demo": "commands"}.get(package, package)


def inner_tests(path: str) -> list[str]:
    """The tests of single functions in a module's room, which are the quickest."""
    inner = sorted((ROOT / "tests" / room_of(path)).glob("test_inner_*.py"))
    return [test.stem.removeprefix("test_") for test in inner]


def tests_of_room(path: str) -> list[str]:
    """All files of tests in a module's room: what lives has met each of them."""
    return [test.relative_to(ROOT).as_posix() for test in sorted((ROOT / "tests" / room_of(path)).glob("test_*.py"))]


def tests_that_say(names: list[str], path: str) -> list[str]:
    """The tests of a module's room, single functions, that say the innermost of these names that any of them says."""
    said = words_of_tests(room_of(path))
    every = ([test for test, words in said.items() if name in words] for name in names)
    return next((tests for tests in every if tests), [])


@cache
def words_of_tests(room: str) -> dict[str, set[str]]:
    """What each test function of a room says."""
    said = {}
    for test in sorted((ROOT / "tests" / room).glob("test_*.py")):
        lines = test.read_text(encoding="utf-8").splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                words = re.findall(r"\w+", " ".join(lines[node.lineno - 1 : node.end_lineno]))
                said[f"{test.relative_to(ROOT).as_posix()}::{node.name}"] = set(words)
    return said


def chosen_mutants(args: argparse.Namespace) -> list[Mutant]:
    """Those of the files asked for, in an order by the seed, and taken from each file in turn.

    Where a mutant stands in its file's order depends on its own name alone: the sample stays, but for what was changed.
    """
    suffixes = (".py",) if args.language == "python" else (".cpp", ".hpp")
    places = args.files or FOLDERS[args.language]
    paths = [
        path
        for place in places
        for path in ([ROOT / place] if (ROOT / place).is_file() else sorted((ROOT / place).rglob("*")))
    ]
    names = [path.relative_to(ROOT).as_posix() for path in paths if path.suffix in suffixes]
    names = [name for name in names if not any(part in Path(name).name for part in ARM_ONLY)]
    by_file = [sorted(found, key=lambda mutant: random.Random(args.seed + mutant.name).random())
               for name in names if (found := mutants(ROOT, name))]  # fmt: skip
    longest = max((len(found) for found in by_file), default=0)
    return [found[i] for i in range(longest) for found in by_file if i < len(found)][: args.sample or None]


# For each language a file, what is in it once, a change that must be noticed and one that changes nothing.
PLANTED = {
    "cpp": ("csrc/field/fp.hpp", "- 17 * q + sign", "- 18 * q + sign", "- q * 17 + sign"),
    "python": ("starkcore/starkex/expiry.py", "= 3600 * denominator", "= 3601 * denominator", "= denominator * 3600"),
}


def planted_mutants(language: str) -> list[Mutant]:
    """The fault, and the change without effect."""
    path, right, wrong, same = PLANTED[language]
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{path} no longer has, once: {right}"
    return [Mutant(path, 0, change, text.replace(right, change)) for change in (wrong, same)]


def planted(bench: Workbench, language: str) -> bool:
    """Whether the fault is found, and what changes nothing lives."""
    outcomes = []
    for mutant in planted_mutants(language):
        outcomes.append(outcome_of(bench, mutant, language, deep=False))
        bench.restore()
    found, lives = not outcomes[0].passed, outcomes[1].passed
    print(
        f"planted fault {'found' if found else 'NOT FOUND'}; change without effect {'lives' if lives else 'FAILS'}",
        flush=True,
    )
    return found and lives


def outcome_of(bench: Workbench, mutant: Mutant, language: str, *, deep: bool) -> Outcome:
    if language == "python":
        return python_outcome(bench, mutant)
    first = engine_of(mutant.path)
    others = [] if bench.shared(mutant.path) else [name for name in X86 if name != first]
    if deep and is_same_code(bench, mutant, [first, *others]):
        return Outcome(True, SAME_CODE)
    outcome = sound_outcome(bench, mutant, first, deep=deep)
    for engine in others if deep else ():
        if outcome.passed and not is_same_code(bench, mutant, [engine]):
            outcome = sound_outcome(bench, mutant, engine, deep=True)
    return outcome


def is_same_code(bench: Workbench, mutant: Mutant, engines: list[str]) -> bool:
    """Whether the compiler makes nothing else of a change in these engines: no test could tell. A condition that is
    checked in builds for tests alone is told there.
    """
    if "STARKCORE_CHECK" in mutant.name:
        return False
    bench.hasty = ()
    for engine in engines:
        bench.change(mutant.path, mutant.text, engine)
        if not bench.is_same_code():
            return False
    return True


def sound_outcome(bench: Workbench, mutant: Mutant, engine: str, *, deep: bool) -> Outcome:
    """What the tests say of a change of C++ in that engine, those alone that pass without it."""
    outcome = cpp_outcome(bench, mutant, engine, deep=deep)
    while not outcome.passed and not of_the_change(bench, mutant, outcome):
        outcome = cpp_outcome(bench, mutant, engine, deep=deep)
    return outcome


def judge(bench: Workbench, mutant: Mutant, language: str, *, deep: bool) -> dict[str, object]:
    started = time.monotonic()
    try:
        outcome = outcome_of(bench, mutant, language, deep=deep)
        lives = "survived" if deep or language == "python" else "survived the quick tests"
        result, by = (lives if outcome.passed else "killed"), outcome.by
        if outcome.passed and by == SAME_CODE:  # no test can tell it
            result, by = SAME_CODE, ""
    except NotCompiledError:
        result, by = "not compiled", ""
    finally:
        bench.restore()
    return {"name": mutant.name, "result": result, "by": by, "seconds": round(time.monotonic() - started, 1)}


def report(state: dict[str, dict[str, object]], names: dict[str, str]) -> int:
    """Figures and survivors; how many of those have no explanation."""
    counts = Counter(str(entry["result"]) for entry in state.values())
    living = [digest for digest, entry in state.items() if str(entry["result"]).startswith("survived")]
    print(f"{len(state)} mutants: {dict(counts)}")
    for digest in living:
        print(f"survived: {state[digest].get('name') or names.get(digest, digest)}")
    return len(living)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=FOLDERS)
    parser.add_argument("files", nargs="*", help="files or folders from the tree's root (default: all of the language)")
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="so many, spread over the files (default: all)"
    )
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--state", type=Path, help="results are kept in this JSON file, and what is there isn't run again"
    )
    parser.add_argument("--folder", type=Path, help="the copy of the tree and its objects, kept for the next run")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--again", action="store_true", help="run the survivors in --state again, and no others")
    parser.add_argument("--quick", action="store_true", help="C++: leave out the tests of layers and the like")
    parser.add_argument("--minutes", type=float, default=0, help="begin no mutant after so long")
    parser.add_argument("--no-planted", action="store_true", help="leave out the planted fault")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts us in the background ignores it
    todo = chosen_mutants(args)
    if args.list:
        print("\n".join(f"{mutant.line}\t{mutant.name}" for mutant in todo))
        return 0
    explained = json.loads(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else {}
    state = json.loads(args.state.read_text(encoding="utf-8")) if args.state and args.state.exists() else {}
    for mutant in todo:
        if mutant.name in explained and state.get(mutant.digest, {}).get("result", "").startswith("survived"):
            state[mutant.digest]["result"] = "explained"
    if args.again:
        living = {digest for digest, entry in state.items() if entry["result"].startswith("survived")}
        state = {digest: entry for digest, entry in state.items() if digest not in living}
        todo = [mutant for mutant in todo if mutant.digest in living]
    import cffi  # noqa: F401  imported once, for all forks
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Workbench(args.folder or Path(temporary))
        if args.language == "python":
            bench.copy_with_module()
        else:
            bench.prepare(lambda line: print(line, flush=True))
        if not args.no_planted and not planted(bench, args.language):
            return 2
        try:
            for i, mutant in enumerate(todo):
                if mutant.digest in state or (args.minutes and time.monotonic() - began > 60 * args.minutes):
                    continue
                state[mutant.digest] = entry = judge(bench, mutant, args.language, deep=not args.quick)
                if entry["result"] == "survived" and mutant.name in explained:
                    entry["result"] = "explained"
                told = f"{entry['seconds']} s {entry['result']} {entry['by']}: line {mutant.line} of {mutant.name}"
                print(f"{i + 1}/{len(todo)} {told}", flush=True)
                if args.state:
                    args.state.write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
        except KeyboardInterrupt:
            print("interrupted")
    return 1 if report(state, {mutant.digest: mutant.name for mutant in todo}) else 0


if __name__ == "__main__":
    sys.exit(main())
