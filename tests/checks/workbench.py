"""A copy of the tree in which a source may be changed, compiled and tested, one after another, as cheaply as that goes.

Objects are compiled once, at -O1; after a change, only those that depend on it and that the next test needs. Tests run
in a fork of this process, which has imported pytest already. A fork that uses too much processor time is ended by the
kernel.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import kept_builds
from engine_table import X86
from timed_tests import TIMED

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("bindings", "csrc", "starkcore", "tests", "benchmarks", "docs", "pyproject.toml", "README.md", "setup.py")
# A third of -O1's time. The macro is what the sources ask for before they use the processor's own instructions.
UNOPTIMIZED = ("clang++", "-O0", "-D__OPTIMIZE__", "-fomit-frame-pointer")
HEADERS = (
    "cwchar",
    "string_view",
    "array",
    "algorithm",
    "atomic",
    "bit",
    "cstdio",
    "cstring",
    "utility",
    "immintrin.h",
)
LINKER = ("-fuse-ld=gold",) if shutil.which("ld.gold") else ()
ENGINES = tuple(X86)
# What fails for want of time would pass for a fault that is found.
UNTIMED = tuple(f"--deselect=tests/{name}" for name in TIMED)
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # what was imported before the fork
# Comments and texts, of which some name the environment variable that is called as the engine's macros are.
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"[^"\n]*"', re.DOTALL)
COMPILE_SECONDS, MEMORY = 90, 6 << 30
INTERRUPTED = 2  # pytest's exit status after Ctrl-C


@dataclass(frozen=True)
class Outcome:
    passed: bool
    by: str = ""  # the test that failed, or what else ended the run


class NotCompiledError(Exception):
    """The compiler or the linker refused the change."""


@dataclass
class Workbench:
    folder: Path
    command: str = "g++"
    flags: tuple[str, ...] = ("-O1",)
    whitebox_flags: tuple[str, ...] = ("-DSTARKCORE_VERIFY",)
    hasty: tuple[str, ...] = ()  # compiler and flags for what depends on the change, instead
    runs_exit_handlers: bool = False  # in the forks: counters are written there
    patience: float = 600  # seconds by the clock for a fork, whose processor time has a bound of its own
    changed: str = ""  # the path of the file that differs from the original
    engine: str = ""  # where the change is compiled for several engines: the one that is tested
    fresh: dict[str, Path] = field(default_factory=dict)  # objects of the change
    checked: set[Path] = field(default_factory=set)  # objects that are known to be of today's sources
    sound: set[str] = field(default_factory=set)  # tests that are known to pass without a change
    broken: list[str] = field(default_factory=list)  # options for pytest that leave out those that don't

    def __post_init__(self) -> None:
        self.tree, self.objects = self.folder / "tree", self.folder / "objects"
        self.extension = self.tree / "starkcore" / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"

    def copy(self) -> None:
        shutil.rmtree(self.tree, ignore_errors=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.so", "checks")
                shutil.copytree(source, self.tree / part, ignore=ignored)
            elif source.exists():
                shutil.copy(source, self.tree / part)

    def copy_with_module(self) -> None:
        """Copy the tree, with the module that is built in it: for changes of Python alone."""
        built = [path for path in (ROOT / "starkcore").glob("_native*") if path.suffix in (".so", ".pyd")]
        if not built:
            raise SystemExit("build the module first: python setup.py build_ext --inplace")
        self.copy()
        shutil.copy(built[0], self.tree / "starkcore")

    def prepare(self, say: Callable[[str], None]) -> None:
        """Copy the tree, and compile what is not compiled yet, or has changed since."""
        self.copy()
        self.objects.mkdir(parents=True, exist_ok=True)
        units = [*self.core(), *self.bindings()]
        for i, unit in enumerate(units):
            say(f"compiling {i + 1}/{len(units)} {unit}")
            self.object(unit)
        self.link_extension()

    # ---- Compiling

    def core(self) -> list[str]:
        return sorted(str(path.relative_to(self.tree)) for path in (self.tree / "csrc").rglob("*.cpp"))

    def bindings(self) -> list[str]:
        return sorted(str(path.relative_to(self.tree)) for path in (self.tree / "bindings").glob("*.cpp"))

    def change(self, path: str, text: str, engine: str) -> None:
        """Put another text in the place of a file's."""
        if self.changed == path and self.engine == engine and (self.tree / path).read_text(encoding="utf-8") == text:
            return  # what is compiled of it stays
        (self.tree / path).write_text(text, encoding="utf-8")
        self.forget_bytecode(path)
        self.changed, self.engine = path, engine
        self.fresh.clear()

    def restore(self) -> None:
        if self.changed:
            shutil.copy(ROOT / self.changed, self.tree / self.changed)
            self.forget_bytecode(self.changed)
        self.changed = self.engine = ""
        self.fresh.clear()

    def forget_bytecode(self, path: str) -> None:
        """Python tells a source from another by its size and the second of its change, which is too coarse here."""
        shutil.rmtree((self.tree / path).parent / "__pycache__", ignore_errors=True)

    def object(self, unit: str, flags: tuple[str, ...] = ()) -> Path:
        """The object of a source: of the change, when that matters to it."""
        name = re.sub(r"\W+", "_", stem(unit) + "".join(flags)) + ".o"
        if self.changed and self.concerned(unit, flags):
            if name not in self.fresh:
                self.fresh[name] = self.compile(unit, flags, self.folder / f"changed_{name}")
            return self.fresh[name]
        output = self.objects / name
        if output not in self.checked:
            made_of = kept_builds.made_of(sorted(self.includes(unit)), *self.flags, *flags, root=ROOT)
            if not kept_builds.is_kept(output, made_of):
                assert not self.changed or not self.concerned(unit, flags)
                self.compile(unit, flags, output)
                kept_builds.keep(output, made_of)
            self.checked.add(output)
        return output

    def concerned(self, unit: str, flags: tuple[str, ...]) -> bool:
        """Whether an object depends on the change; of the engines, only the one that is tested."""
        if self.changed not in self.includes(unit):
            return False
        engines = [engine for engine in ENGINES if unit == f"csrc/engine/{engine}.cpp"]
        if "STARKCORE_ENGINE" in "".join(flags) and not self.shared(self.changed):
            engines = [engine for engine in ENGINES if f"-DSTARKCORE_ENGINE={engine}" in flags]
        elsewhere = not engines and unit.startswith("csrc") and not self.shared(self.changed)
        return self.engine in engines if engines else not elsewhere

    def shared(self, path: str) -> bool:
        """Whether a source is compiled once for all engines: its code doesn't name the engine's macros."""
        return "STARKCORE_ENGINE" not in NOT_CODE.sub("", (ROOT / path).read_text(encoding="utf-8"))

    def includes(self, unit: str) -> set[str]:
        """The files of the tree that a source includes, and itself."""
        found, todo = set(), [unit]
        while todo:
            path = todo.pop()
            if path not in found and (ROOT / path).exists():
                found.add(path)
                todo += included(path)
        return found

    def compile(self, unit: str, flags: tuple[str, ...], output: Path) -> Path:
        own: tuple[str, ...] = ("-DSTARKCORE_VERSION=0.1.0",) if unit == "csrc/interface/build.cpp" else ()
        if unit.startswith("bindings/"):
            import pybind11

            own = ("-fvisibility=hidden", f"-I{pybind11.get_include()}", f"-I{sysconfig.get_path('include')}")
        if unit == "tests/native/whitebox.cpp":
            own = self.whitebox_flags
        start = self.hasty if self.hasty and self.changed else (self.command, *self.flags)
        if start == UNOPTIMIZED:
            start = (*start, "-include-pch", str(self.headers()))
        self.run([*start, "-std=c++20", "-fPIC", "-Icsrc", "-w", *own, *flags, "-c", unit, "-o", str(output)])
        return output

    def headers(self) -> Path:
        """The standard library's headers, read once."""
        output = self.folder / "headers.pch"
        if not output.exists():
            text = "".join(f"#include <{name}>\n" for name in HEADERS)
            (self.folder / "headers.hpp").write_text(text, encoding="utf-8")
            flags = ["-std=c++20", "-fPIC", "-x", "c++-header", str(self.folder / "headers.hpp")]
            self.run([*UNOPTIMIZED, *flags, "-o", str(output)])
        return output

    def run(self, command: list[str]) -> None:
        def limit() -> None:
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]  # less in a fork, and not to be raised
            seconds = COMPILE_SECONDS if hard == resource.RLIM_INFINITY else min(hard, COMPILE_SECONDS)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

        done = subprocess.run(command, cwd=self.tree, capture_output=True, text=True, check=False, preexec_fn=limit)
        if done.returncode != 0:
            raise NotCompiledError(done.stderr[-2000:])

    def link(self, output: Path, objects: list[Path], *, shared: bool = True) -> Path:
        """Changed objects first: of an inline function that several have, the linker takes the first."""
        ordered = sorted(dict.fromkeys(objects), key=lambda path: path not in self.fresh.values())
        output.unlink(missing_ok=True)
        kind = ["-shared"] if shared else []
        self.run([self.command, *self.flags, *LINKER, *kind, *map(str, ordered), "-pthread", "-o", str(output)])
        return output

    def link_extension(self) -> None:
        self.link(self.extension, [self.object(unit) for unit in (*self.core(), *self.bindings())])

    def is_same_code(self) -> bool:
        """Whether the compiler makes of the change what it makes of the original, in all objects that it concerns.

        Precondition: the change is compiled as the originals are, not hastily.
        """
        assert not self.hasty
        concerned = [unit for unit in (*self.core(), *self.bindings()) if self.concerned(unit, ())]
        changed = [self.object(unit) for unit in concerned]
        originals = [self.objects / path.name.removeprefix("changed_") for path in changed]
        return all(one.read_bytes() == other.read_bytes() for one, other in zip(changed, originals, strict=True))

    # ---- Testing

    def stand_in(self, native_build: ModuleType, refused: list[NotCompiledError]) -> None:
        """Have the tests take this bench's objects, whatever flags they ask for."""

        def compile_unit(target: Path, unit: Any, flags: list[str], command: list[str]) -> None:
            try:
                target.symlink_to(self.object(str(unit.source.relative_to(self.tree)), tuple(unit.flags)).resolve())
            except NotCompiledError as error:
                refused.append(error)
                raise

        def link(output: Path, objects: list[Path], flags: list[str], command: list[str], *, shared: bool) -> Path:
            return self.link(output, [path.resolve() for path in objects], shared=shared)

        native_build.compile_unit, native_build.link = compile_unit, link  # type: ignore[attr-defined]
        native_build.os.cpu_count = lambda: 1  # type: ignore[attr-defined]  # objects are shared

    def test(self, arguments: list[str], seconds: int, environment: dict[str, str] | None = None) -> Outcome:
        """Run pytest in a fork, until the first failure."""
        return self.in_fork(lambda: self.pytest(arguments), seconds, environment or {})

    def call(self, names: list[str], seconds: int, environment: dict[str, str]) -> Outcome:
        """Call the tests of these modules that take no fixtures, without pytest: most faults show there, and at
        once.
        """
        return self.in_fork(lambda: call_tests(names), seconds, environment)

    def in_fork(self, work: Callable[[], int], seconds: int, environment: dict[str, str]) -> Outcome:
        log = self.folder / "tests.log"
        child = os.fork()
        if child == 0:
            self.in_child(work, seconds, environment, log)
        try:
            status = ended(child, self.patience)
        except BaseException:
            os.killpg(child, signal.SIGKILL)
            raise
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return Outcome(True)
        text = log.read_text(encoding="utf-8", errors="replace")
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # which the fork may have got alone
        if code == 97:
            raise NotCompiledError(text[-2000:])
        if code == 5 and self.broken:
            return Outcome(True)  # all that was chosen is left out
        if code in (4, 5):
            raise RuntimeError(f"pytest found nothing to do: {text[-2000:]}")
        failed = re.findall(r"^(?:FAILED|ERROR) (?:tests/(?:\w+/)?)?(\S+)", text, re.MULTILINE)
        if code < 0:
            return Outcome(
                False, "time-out" if -code in (signal.SIGXCPU, signal.SIGKILL) else signal.Signals(-code).name
            )
        return Outcome(False, failed[0] if failed else f"exit status {code}")

    def in_child(self, work: Callable[[], int], seconds: int, environment: dict[str, str], log: Path) -> None:
        code = 98
        try:
            os.setsid()
            with log.open("wb") as file:
                for stream in (1, 2):
                    os.dup2(file.fileno(), stream)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.environ.update(environment)
            os.chdir(self.tree)
            sys.path[:] = [str(self.tree), *map(str, places_of_tests(self.tree)), *sys.path[1:]]
            code = work()
        except KeyboardInterrupt:
            code = INTERRUPTED
        except BaseException as error:  # whatever it is, the fork ends here
            print(repr(error), flush=True)
        finally:
            if self.runs_exit_handlers:
                ctypes.CDLL(None).exit(code)
            os._exit(code)

    def pytest(self, arguments: list[str]) -> int:
        import native_build
        import pytest

        refused: list[NotCompiledError] = []
        self.stand_in(native_build, refused)
        options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0", "--hypothesis-seed=0", *QUIET, *UNTIMED]
        code = int(pytest.main([*options, *arguments]))
        if refused:
            print(refused[0], flush=True)
            return 97
        sys.stdout.flush()
        return code


def ended(child: int, patience: float) -> int:
    """How a process ended, which leads its group; one that only waits is killed in the end."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        process, status = os.waitpid(child, os.WNOHANG)
        if process:
            return status
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def places_of_tests(tree: Path) -> list[Path]:
    """The folder of what all tests use, and those of the rooms."""
    rooms = {path.parent for path in (tree / "tests").glob("*/test_*.py")}
    return [tree / "tests", *sorted(rooms)]


def test_files(names: Iterable[str]) -> list[str]:
    """The paths of tests by their names without `test_`, wherever their room is; an unknown one is a KeyError."""
    known = {path.stem.removeprefix("test_"): path for path in sorted((ROOT / "tests").glob("*/test_*.py"))}
    return [known[name].relative_to(ROOT).as_posix() for name in names]


def call_tests(names: list[str]) -> int:
    for name in names:
        try:
            module = importlib.import_module(name)
            for test, function in vars(module).items():
                if (
                    test.startswith("test_")
                    and not function.__code__.co_argcount
                    and not hasattr(function, "pytestmark")
                ):
                    name = f"{module.__name__}.py::{test}"
                    function()
        except Exception:
            traceback.print_exc()
            print(f"FAILED tests/{name}", flush=True)
            return 1
    return 0


def stem(unit: str) -> str:
    return re.sub(r"\W+", "_", unit.removesuffix(".cpp"))


@cache
def included(path: str) -> list[str]:
    """What a file includes by name, from csrc/ or from beside itself."""
    text = (ROOT / path).read_text(encoding="utf-8")
    beside = Path(path).parent
    return [
        str(place)
        for name in re.findall(r'^\s*#include "([^"]+)"', text, re.MULTILINE)
        for place in (Path("csrc") / name, Path(os.path.normpath(beside / name)))
        if (ROOT / place).exists()
    ]
