"""The native core, its binding and the tests under sanitizers: nothing may be reported, and planted faults must be.

address   AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer, with every invariant checked
          (STARKCORE_VERIFY): the native test programs, the C interface and the inner layers through cffi, and the
          Python tests of the core; with --whole every test of the suite, the clients' and the exchange's among them, a
          file at a time.
thread    ThreadSanitizer: the C interface from eight threads at once, and the Python tests that share batches between
          threads.

The interpreter itself isn't instrumented: the sanitizer is preloaded into it. Each kind of fault is planted in a
program, and called from the interpreter, in the very environment that the tests run in; a fault that isn't reported
fails the check.

Needs g++ with its sanitizers (Linux), pybind11, and what the tests need. Takes 15 to 30 minutes on two processors, most
of it to compile; --whole some hours. With --state, a file of results, what has passed isn't run again; --minutes says
when to begin nothing more. Exits with 1 when something was reported, or a planted fault was not. Ctrl-C stops it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS))

import kept_builds  # noqa: E402
import native_build  # noqa: E402
from native_build import Unit  # noqa: E402
from timed_tests import TIMED  # noqa: E402

# Whose memory may be left at the end: the interpreter's, which keeps objects until its process ends, and that of other
# modules (src/c/ is cffi's). Told by the function that asked for it: LeakSanitizer's own suppressions look at all
# callers, and all are the interpreter's.
INTERPRETER = re.compile(r" (Objects|Modules|Python|Parser|Include|src/c)/\S+\.[ch]\b")
CUT = "\f"  # between what several processes wrote
ALLOCATORS = ("__interceptor_", "malloc", "calloc", "realloc", "posix_memalign", "operator")
LEAK = "a leak"


@dataclass(frozen=True, kw_only=True)
class Sanitizer:
    """A build, what to preload into the interpreter, and what has to be run.

    Attributes:
        environment: what else is set for what runs.
        faults: the planted ones, each with what its report has to say.
        programs: native tests, with their arguments.
        suites: what pytest is given, one run each.
    """

    flags: tuple[str, ...]
    library: str
    options: dict[str, str]
    environment: dict[str, str]
    faults: dict[str, str]
    programs: tuple[tuple[str, ...], ...]
    suites: tuple[tuple[str, ...], ...]


# Tests that are left out, and why they can't be run here. Each is named whole: tests/project/test_campaigns.py looks
# for them.
LATE = "bounds a time, which here is another"
SIGNAL = "ends its process by a signal, which would be reported"
LEFT_OUT = {
    **dict.fromkeys(TIMED, LATE),
    "core/test_large_tables.py::test_memory_is_given_back": "counts memory, and what is free stays with the sanitizer",
    "core/test_large_tables.py::test_without_memory_nothing_changes": "limits addresses, of which the sanitizer takes "
    "too many",
    "core/test_native_objects.py::test_a_planted_one_is_found": SIGNAL,
    "keystore/test_keystore.py::test_a_full_disk_leaves_the_original": "limits files, of which the sanitizer's log is "
    "one, and that is tried again without an end",
    "sandbox/test_sandbox_sockets.py::test_three_that_never_read_take_no_more_than_is_documented": "counts memory, of "
    "which the sanitizer keeps what is free",
}
# Files that --whole leaves out.
BUILD, PAPER = "compiles builds of its own, or runs those", "is of types, pages and packages: nothing of an extension's"
FILES_LEFT_OUT = {
    "compat/test_examples.py": "runs programs in an environment of their own, without what is preloaded",
    "core/test_aarch64.py": BUILD,
    "core/test_allocations.py": "preloads another allocator",
    "core/test_constant_time.py": "runs a program under valgrind",
    "core/test_constant_time_traces.py": "runs a program instruction by instruction",
    "core/test_differential.py": "compares with libraries that are compiled without",
    "core/test_engines.py": BUILD,
    "core/test_exhaustive.py": BUILD,
    "core/test_fuzz_native.py": BUILD,
    "core/test_key_in_memory.py": "searches memory, of which the sanitizer keeps what is free",
    "core/test_leaks.py": "counts the interpreter's blocks, which the sanitizer's allocator delays",
    "core/test_native.py": BUILD,
    "core/test_small_stacks.py": "gives threads less stack than the sanitizer takes",
    "core/test_stack.py": "measures the stack, of which the sanitizer takes more",
    "core/test_tables.py": "compares what is generated with its generator",
    "core/test_timing_statistics.py": "is of statistics alone",
    "sandbox/test_sandbox_page.py": "begins a browser, which doesn't take what is preloaded",
    "project/test_campaigns.py": PAPER,
    "project/test_contributing.py": BUILD,
    "project/test_distributions.py": BUILD,
    "project/test_figures.py": PAPER,
    "project/test_layers.py": PAPER,
    "project/test_linear_patterns.py": PAPER,
    "project/test_pins.py": PAPER,
    "project/test_prose.py": PAPER,
    "project/test_readme.py": PAPER,
    "project/test_setup.py": BUILD,
    "project/test_typing.py": PAPER,
}
ADDRESS = Sanitizer(
    flags=("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    library="libasan.so",
    options={
        # As without it, what is too large to allocate is no error of the program: tests ask for it.
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
        ":allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "LSAN_OPTIONS": "exitcode=0",  # what counts is said by leaks()
    },
    # Each object of Python's in memory of its own: one that is used after it was freed is reported, and what an object
    # holds that the interpreter keeps to the end is told from what nobody holds.
    environment={"PYTHONMALLOC": "malloc"},
    faults={
        "heap": "heap-buffer-overflow",
        "stack": "stack-buffer-overflow",
        "shift": "shift exponent 32 is too large",
        "leak": LEAK,
    },
    programs=(("test_hash_amounts",), ("test_four_lanes",), ("test_eight_lanes",), ("test_threads", "1")),
    suites=(
        (
            "core/test_keys.py",
            "core/test_hashing.py",
            "starkex/test_starkex.py",
            "core/test_bad_input.py",
            "starkex/test_columns.py",
        ),
        ("core/test_native_objects.py",),
        ("core/test_batches.py",),
        ("core/test_vectors.py", "starkex/test_vectors_starkex.py", "core/test_secrets_stay_inside.py"),
        ("core/test_large_tables.py", "core/test_threads.py"),
        ("core/test_c_interface.py",),
        (
            "core/test_whitebox_field.py",
            "core/test_whitebox_inversion.py",
            "core/test_whitebox_curve.py",
            "core/test_whitebox_ecdsa.py",
        ),
    ),
)
THREAD = Sanitizer(
    flags=("-fsanitize=thread",),
    library="libtsan.so",
    options={"TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1"},
    environment={},
    faults={"race": "data race"},
    programs=(("test_threads", "3"),),
    suites=(("core/test_batches.py", "core/test_large_tables.py"),),
)
SANITIZERS = {"address": ADDRESS, "thread": THREAD}
MARKS = {0: "passed", 5: "nothing to run"}  # exit statuses of pytest
REPORTS = ("ERROR: AddressSanitizer", "WARNING: ThreadSanitizer", "runtime error:")


def leaks(text: str, folder: Path) -> list[str]:
    """The leaks in a report that are of core or binding, or of nobody known."""
    found = []
    # A blank line ends each. One without was cut off: a test has killed the process that wrote it.
    for leak in re.findall(rf"^(?:Direct|Indirect) leak of [^{CUT}]*?\n\n", text, re.MULTILINE):
        frames = re.findall(r"#\d+ 0x\w+ +(?:in )?((\S+).*)", leak)
        caller = next((line for line, name in frames if not name.startswith(ALLOCATORS)), "")
        module = re.search(r"\((\S+)\+0x", caller)  # where there are no lines
        elsewhere = module and not module[1].startswith(str(folder))
        if not elsewhere and not INTERPRETER.search(caller):
            found.append(leak)
    return found


Suites: TypeAlias = tuple[tuple[str, ...], ...]


def every_file() -> Suites:
    """The whole suite, a file at a time, but for what can't run here; the core's first: the likeliest to find
    something.
    """
    names = [path.relative_to(TESTS).as_posix() for path in sorted(TESTS.glob("*/test_*.py"))]
    first = [word for suite in ADDRESS.suites for word in suite if word.endswith(".py")]
    chosen = dict.fromkeys(name for name in (*first, *names) if name not in FILES_LEFT_OUT)
    return tuple((name,) for name in chosen)


class Sitting:
    """What has passed before, and when to begin nothing more."""

    def __init__(self, state: Path | None, minutes: float) -> None:
        self.path, self.until = state, time.monotonic() + 60 * minutes if minutes else None
        self.state = json.loads(state.read_text(encoding="utf-8")) if state and state.exists() else {}

    def leaves_out(self, what: str) -> bool:
        done = self.state.get(what, {}).get("result") in MARKS.values()
        return done or bool(self.until and time.monotonic() > self.until)

    def note(self, what: str, result: str) -> None:
        self.state[what] = {"result": result}
        if self.path:
            self.path.write_text(json.dumps(self.state, indent=1), encoding="utf-8")


class Check:
    """One sanitizer's builds and runs, in a folder of their own."""

    def __init__(self, name: str, folder: Path, suites: Suites, sitting: Sitting) -> None:
        self.name = name
        self.kind, self.suites, self.sitting = SANITIZERS[name], suites, sitting
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.reports = self.missed = self.failures = self.runs = 0
        # -g1: lines in reports. -fomit-frame-pointer: the engine in assembly needs the register.
        self.flags = ["-O2", "-g1", "-fomit-frame-pointer", "-pthread", "-DSTARKCORE_VERIFY", *self.kind.flags]
        self.core: list[Path] = []

    def build_programs(self) -> None:
        """The core, and what runs without an interpreter."""
        self.core = self.objects(native_build.core_units())
        native = TESTS / "native"
        for program in (words[0] for words in self.kind.programs):
            self.link(self.folder / program, [*self.objects(native_build.program_units(program)), *self.core])
        faults = self.objects([Unit(native / "sanitizer_faults.cpp")])
        self.link(self.folder / "faults", faults)
        self.link(self.folder / "faults.so", faults, shared=True)

    def build_package(self) -> None:
        """The package with the instrumented extension; and the inner layers' library, where tests ask for it."""
        import pybind11

        binding = [Unit(path) for path in sorted((ROOT / "bindings").glob("*.cpp"))]
        # Templates without end, and nothing slow: not worth the optimizer's minutes.
        more = [f"-I{pybind11.get_include()}", f"-I{sysconfig.get_path('include')}", "-fvisibility=hidden", "-O0"]
        package = self.folder / "starkcore"
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(ROOT / "starkcore", package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        extension = package / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
        self.link(extension, [*self.core, *self.objects(binding, *more)], shared=True)
        if any("whitebox" in word for suite in self.suites for word in suite):
            # As conftest.py builds it: whitebox.cpp includes the derivation of keys.
            engines = (("-DSTARKCORE_ENGINE=portable",), ("-DSTARKCORE_ENGINE=adx", "-DSTARKCORE_ENGINE_ADX=1"))
            inner = self.objects([Unit(TESTS / "native" / "whitebox.cpp", flags) for flags in engines])
            rest = [path for path in self.core if path.stem != "ecdsa_key_derivation"]
            self.link(self.folder / "libwhitebox.so", [*inner, *rest], shared=True)

    def objects(self, units: list[Unit], *more: str) -> list[Path]:
        """The units' objects; those that were made of the same sources are taken as they are."""
        folder = self.folder / "objects"
        folder.mkdir(exist_ok=True)
        made_of = kept_builds.made_of(kept_builds.sources(), *self.flags, *more)
        paths = [folder / unit.object_name for unit in units]
        stale = [unit for unit, path in zip(units, paths, strict=True) if not kept_builds.is_kept(path, made_of)]
        for path in native_build.compiled(folder, stale, [*self.flags, *more], ["g++"]):
            kept_builds.keep(path, made_of)
        return paths

    def link(self, output: Path, objects: list[Path], *, shared: bool = False) -> None:
        native_build.link(output, objects, self.flags, ["g++"], shared=shared)

    def run(self, what: str, command: list[str], *, preload: bool, expected: str = "", last: str = "") -> None:
        """Run it, but for what has passed in another sitting; count its reports, or whether the one that was planted is
        there.

        `last`: what its last line has to say.
        """
        if not expected and self.sitting.leaves_out(what):
            return
        log = self.folder / "log"
        environment = os.environ | {"PYTHONPATH": str(self.folder)}
        environment["STARKCORE_CHECK_BUILD"] = str(self.folder / "libwhitebox.so")
        # A library of eth-account's would load itself in a way that AddressSanitizer refuses.
        environment["PYCRYPTODOME_DISABLE_DEEPBIND"] = "1"
        environment |= self.kind.environment
        for name, value in self.kind.options.items():
            environment[name] = value.format(folder=self.folder) + f":log_path={log}"
        if preload:
            # libstdc++ comes with it: the sanitizer looks for its exceptions before the extension has loaded it.
            names = (self.kind.library, "libstdc++.so.6")
            environment["LD_PRELOAD"] = " ".join(self._library(name) for name in names)
        before = time.monotonic()
        done = subprocess.run(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        logs = [path.read_text(errors="replace") for path in self.folder.glob("log.*")]
        for path in self.folder.glob("log.*"):
            path.unlink()
        text = f"\n{CUT}\n".join([done.stdout, *logs])  # UBSan heeds log_path only where it is alone
        count = sum(text.count(report) for report in REPORTS) + len(leaks(text, self.folder))
        seconds = time.monotonic() - before
        if expected:
            found = (
                expected in text if expected != LEAK else any("fault_leak" in leak for leak in leaks(text, self.folder))
            )
            self.missed += not found
            print(f"  {what}: {'reported' if found else 'NOT REPORTED'} ({seconds:.0f} s)", flush=True)
            if not found:
                print(text[-4000:])
            return
        self.runs += 1
        self.reports += count
        said = (done.stdout.strip().splitlines() or [""])[-1]
        failed = done.returncode not in (MARKS if last else {0: ""}) or (done.returncode == 0 and last not in said)
        self.failures += failed
        self.sitting.note(what, "failed" if count or failed else MARKS[done.returncode])
        print(f"  {what}: reports {count}, exit status {done.returncode}, {seconds:.0f} s: {said}", flush=True)
        if count or failed:
            print(*re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.MULTILINE), text[-12000:], sep="\n", flush=True)

    @staticmethod
    def _library(name: str) -> str:
        found = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        return found.stdout.strip()

    def run_programs(self, *, tests: bool) -> None:
        """The planted faults, and the native tests."""
        for name, expected in self.kind.faults.items():
            command = [str(self.folder / "faults"), name]
            self.run(f"planted {name}, program", command, preload=False, expected=expected)
        for words in self.kind.programs if tests else ():
            self.run(" ".join(words), [str(self.folder / words[0]), *words[1:]], preload=False)

    def run_python(self, *, tests: bool) -> None:
        """The same in the interpreter."""
        python = [sys.executable, "-P"]
        for name, expected in self.kind.faults.items():
            code = f"import ctypes, starkcore; ctypes.CDLL({str(self.folder / 'faults.so')!r}).fault_{name}(0)"
            self.run(f"planted {name}, interpreter", [*python, "-c", code], preload=True, expected=expected)
        if not tests:
            return
        code = f"import starkcore._native as n; assert n.__file__.startswith({str(self.folder)!r}), n.__file__"
        self.run("the package is the instrumented one", [*python, "-c", code], preload=True)
        options = ["-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--no-header"]
        for suite in self.suites:
            files = [str(TESTS / word) for word in suite]
            files += [f"--deselect=tests/{name}" for name in LEFT_OUT if name.partition("::")[0] in suite]
            what = " ".join(suite)
            self.run(what, [*python, "-m", "pytest", *options, *files], preload=True, last=" passed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sanitizers", nargs="*", help="address, thread (default: both)")
    parser.add_argument("--planted", action="store_true", help="the planted faults alone")
    parser.add_argument(
        "--folder", type=Path, help="keep the builds there; what is there and still right isn't compiled again"
    )
    parser.add_argument("--whole", action="store_true", help="every test of the suite, a file at a time")
    parser.add_argument(
        "--state", type=Path, help="results are kept in this JSON file, and what has passed isn't run again"
    )
    parser.add_argument("--minutes", type=float, default=0, help="begin nothing more after so long")
    options = parser.parse_args()
    names = options.sanitizers or list(SANITIZERS)
    if unknown := set(names) - set(SANITIZERS):
        parser.error(f"no such sanitizer: {', '.join(unknown)}")
    bad = False
    with ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="sanitize-"))
        for name in names:
            before = time.monotonic()
            suites = every_file() if options.whole else SANITIZERS[name].suites
            check = Check(name, Path(folder), suites, Sitting(options.state, options.minutes))
            print(f"{name}: compiling the core", flush=True)
            check.build_programs()
            check.run_programs(tests=not options.planted)
            print(f"{name}: compiling the extension, after {time.monotonic() - before:.0f} s", flush=True)
            check.build_package()
            check.run_python(tests=not options.planted)
            took = time.monotonic() - before
            print(
                f"{name}: runs {check.runs}, reports {check.reports}, failed runs {check.failures}, "
                f"planted faults missed {check.missed} of {2 * len(check.kind.faults)}, {took:.0f} s",
                flush=True,
            )
            bad = bad or bool(check.reports or check.failures or check.missed)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
