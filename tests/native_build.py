"""The core, compiled for tests; and C headers, read for cffi.

A compiler is a requirement of these tests: without one they fail and say so. Nothing is kept in the tree:
kept_builds.py keeps what was compiled for the next run, in a folder of the user's, by source, flags and compiler. The
environment variable STARKCORE_TEST_FLAGS adds flags, such as -fsanitize=address,undefined.
"""

import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import kept_builds

TESTS = Path(__file__).resolve().parent
CSRC = TESTS.parent / "csrc"
HEADER = CSRC / "starkcore.h"
LANGUAGE = ("-std=c++20", "-fPIC", f"-I{CSRC}")

# The native test programs, and the sources in tests/native/ that each is made of, besides the core.
PROGRAMS = {
    "test_hash_amounts": ("test_hash_amounts",),
    "test_four_lanes": ("test_four_lanes", "vector_engine"),
    "test_eight_lanes": ("test_eight_lanes", "vector_engine"),
    "test_threads": ("test_threads",),
    "test_pedersen_rooms": ("test_pedersen_rooms",),
    "test_chunks": ("test_chunks",),
    "test_hashed_chunk": ("test_hashed_chunk",),
}


class BuildError(RuntimeError):
    """No compiler, or it refused."""


@dataclass(frozen=True)
class Unit:
    """One source with the flags that are its own."""

    source: Path
    flags: tuple[str, ...] = ()

    @property
    def object_name(self) -> str:
        return "_".join((self.source.parent.name, self.source.stem, *self.flags)).replace("=", "_") + ".o"


def compilers() -> list[list[str]]:
    """The C++ compilers found, each as the start of a command; CXX first, none twice."""
    found = {}
    for name in (os.environ.get("CXX", ""), "c++", "g++", "clang++"):
        command = shlex.split(name)
        path = command and _program(command[0])
        if path:
            found.setdefault((path, *command[1:]), command)
    return list(found.values())


def _program(name: str) -> str | None:
    """The program that a name stands for. Of ccache's links, which all lead to ccache, it is the compiler behind it."""
    folders = os.get_exec_path()
    paths = [shutil.which(name)] if os.sep in name else [shutil.which(name, path=folder) for folder in folders]
    programs = [os.path.realpath(path) for path in paths if path]
    return next((path for path in programs if Path(path).name != "ccache"), next(iter(programs), None))


def compiler() -> list[str]:
    found = compilers()
    if not found:
        raise BuildError("these tests need a C++20 compiler: set CXX, or install c++, g++ or clang++")
    return found[0]


def shipped_flags(command: list[str], level: str = "-O3") -> list[str]:
    """The flags that setup.py compiles with."""
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    return [level] if "clang" in version else [level, "-fno-tree-slp-vectorize"]


def core_units(*without: str) -> list[Unit]:
    """Every source of the core but those named, the slowest to compile first."""
    sources = [path for path in CSRC.rglob("*.cpp") if path.relative_to(CSRC).as_posix() not in without]
    return [Unit(path) for path in sorted(sources, key=lambda path: (path.parent.name != "engine", path.as_posix()))]


def program_units(name: str) -> list[Unit]:
    """The sources of a native test program, without the core's."""
    return [Unit(TESTS / "native" / f"{source}.cpp") for source in PROGRAMS[name]]


def run(command: list[str]) -> None:
    # What is preloaded, a sanitizer's library, is meant for the tests and not for the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise BuildError(f"{shlex.join(command)}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")


def build(output: Path, units: list[Unit], flags: list[str], command: list[str], *, shared: bool) -> Path:
    """Compile the units at once, as many at a time as there are processors, and link them."""
    folder = output.with_suffix(".objects")
    folder.mkdir()
    return link(output, compiled(folder, units, flags, command), flags, command, shared=shared)


def compiled(folder: Path, units: list[Unit], flags: list[str], command: list[str]) -> list[Path]:
    """The units' objects, in that folder."""
    objects = [folder / unit.object_name for unit in units]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(lambda unit, target: compile_unit(target, unit, flags, command), units, objects))
    return objects


def compile_unit(target: Path, unit: Unit, flags: list[str], command: list[str]) -> None:
    """The unit's object: one that an earlier run made of the same sources, or compiled, and kept for the next."""
    options = [*LANGUAGE, *flags, *more_flags(), *unit.flags]
    keeps = not any(option.startswith(kept_builds.MORE_IS_MADE) for option in options)
    of = kept_builds.object_of(unit.source, command, options) if keeps else ""
    if keeps and kept_builds.fetch(of, target):
        return
    run([*command, *options, "-c", str(unit.source), "-o", str(target)])
    if keeps:
        kept_builds.store(of, target)


def link(output: Path, objects: list[Path], flags: list[str], command: list[str], *, shared: bool) -> Path:
    run([*command, *flags, *more_flags(), *(["-shared"] if shared else []), *map(str, objects), "-o", str(output)])
    return output


def more_flags() -> list[str]:
    return shlex.split(os.environ.get("STARKCORE_TEST_FLAGS", ""))


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


def declarations(header: Path) -> str:
    """What a C header declares, without comments and preprocessor: parts for C++ go, all other lines stay."""
    text = re.sub(
        r"#ifdef __cplusplus\n.*?#endif\n", "", without_comments(header.read_text(encoding="utf-8")), flags=re.DOTALL
    )
    text = re.sub(r"\\\n", " ", text)
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
