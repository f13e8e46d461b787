"""Other platforms than this one, by cross compilers and emulators: does the core compile there, and is every answer the
same?

`python tests/checks/platforms.py` tries all that this machine has the tools for; with names, those. For each the core,
the binding's files that ask the system for something, and tests/native/digest.cpp are compiled, with warnings as
errors, and where there is an emulator run: the self test, and one digest over the answers of each function of the C
interface, which has to be that of a build for this machine. It says what was compiled, linked and run, and by what.
Besides the names in PLATFORMS:

    g++-16, clang++-23, …    a compiler's warnings, at the level that is shipped, and its digest; with them the
                             binding's, for the Python that runs this
    python3.14, python3.15t  the extension, built in a virtual environment for that interpreter, and the core's tests;
                             without the interpreter's lock tests/checks/threads.py, too

On Debian and Ubuntu:

    apt install g++-aarch64-linux-gnu g++-s390x-linux-gnu g++-riscv64-linux-gnu qemu-user-static   # emulated, old CPUs
    apt install g++-mingw-w64-x86-64-posix wine wine64                                              # Windows
    apt install clang                                                # frame pointers, Visual Studio's branches
    pip install ziglang                                                            # musl, macOS, Windows on Arm
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ("-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-Icsrc", '-DSTARKCORE_VERSION="check"')
# Of bindings/: they need no Python, and other headers on each system.
SYSTEM_FILES = ("clock.cpp", "entropy.cpp", "thread.cpp")
SECONDS = 1800
CORE_TESTS = ("keys", "hashing", "starkex", "columns", "vectors", "bad_input", "changing_arguments")


@dataclass(frozen=True)
class Platform:
    """How one is compiled for, and by what its programs run; nothing runs them where `runner` is empty.

    Attributes:
        engines: which must be the ones that are chosen from, where the platform's point is that.
        traps: the program has to die of an instruction that the CPU lacks: a control of the emulator.
        binding: the binding is compiled, too, for the Python that runs this.
    """

    compiler: tuple[str, ...]
    runner: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    link: tuple[str, ...] = ("-pthread",)
    engines: tuple[str, ...] = ()
    traps: bool = False
    binding: bool = False


def _emulated(triple: str, machine: str) -> Platform:
    return Platform((f"{triple}-g++",), (f"qemu-{machine}-static",), link=("-static", "-pthread"))


def _zig(target: str, *runner: str, link: tuple[str, ...] = (), flags: tuple[str, ...] = ()) -> Platform:
    return Platform((sys.executable, "-m", "ziglang", "c++", "-target", target), runner, flags, link)


def _old(model: str, *flags: str, engines: tuple[str, ...] = (), traps: bool = False) -> Platform:
    runner = ("qemu-x86_64-static", "-cpu", model)
    return Platform(("x86_64-linux-gnu-g++",), runner, flags, ("-static", "-pthread"), engines, traps)


FRAMES = ("-fno-omit-frame-pointer", "-fomit-frame-pointer")  # asked for by a system or a Python; added by setup.py
MSVC = ("-fms-extensions", "-msha", "-msse4.1", "-Wno-unknown-pragmas", "-Itests/native/msvc")

PLATFORMS = {
    "aarch64-linux": _emulated("aarch64-linux-gnu", "aarch64"),
    "s390x-linux": _emulated("s390x-linux-gnu", "s390x"),  # big-endian
    "riscv64-linux": _emulated("riscv64-linux-gnu", "riscv64"),
    "x86_64-musl": _zig("x86_64-linux-musl", "env", link=("-static",), flags=FRAMES),  # zig keeps them, too
    "aarch64-musl": _zig("aarch64-linux-musl", "qemu-aarch64-static", link=("-static",)),
    "x86_64-windows": Platform(("x86_64-w64-mingw32-g++-posix",), ("wine",), link=("-static", "-lbcrypt")),
    "aarch64-windows": _zig("aarch64-windows-gnu", link=("-lbcrypt",)),
    "x86_64-macos": _zig("x86_64-macos", flags=FRAMES),
    "aarch64-macos": _zig("aarch64-macos"),
    "x86_64-frame-pointers": Platform(("clang++",), ("env",), FRAMES, binding=True),
    "visual-studio": Platform(("clang++",), ("env",), (*MSVC, "-include", "tests/native/msvc/compiler.h")),
    "old-cpu-nehalem": _old("Nehalem", engines=("portable",)),  # 2008: no AVX2, BMI2, ADX, SHA
    "old-cpu-haswell": _old("Haswell", engines=("portable",)),  # 2013: AVX2 and BMI2, and no ADX
    "old-cpu-control": _old("Nehalem", "-march=x86-64-v3", traps=True),
}
NATIVE = Platform(("c++",), ("env",))
COMPILER = re.compile(r"(g|clang)\+\+(-\d+)?")
PYTHON = re.compile(r"python(3\.\d+t?)")


class NotHereError(Exception):
    """A tool that isn't installed."""


class FailedError(Exception):
    """What a command that failed had printed."""


def lacking(platform: Platform, *, runner: bool) -> list[str]:
    """The tools that aren't here of a platform's, its runner if that is asked for."""
    tools = [platform.compiler[0], *platform.runner[: int(runner)]]
    away = [tool for tool in tools if shutil.which(tool) is None]
    away += [name for name in ("ziglang",) if name in platform.compiler and importlib.util.find_spec(name) is None]
    return away + (["pybind11"] if platform.binding and importlib.util.find_spec("pybind11") is None else [])


def sources() -> list[Path]:
    core = [path for path in sorted((ROOT / "csrc").rglob("*.cpp")) if "tools" not in path.parts]
    core.sort(key=lambda path: path.parent.name != "engine")  # they take longest
    return [*core, *(ROOT / "bindings" / name for name in SYSTEM_FILES), ROOT / "tests" / "native" / "digest.cpp"]


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=SECONDS, errors="replace"
    )


def output(command: list[str], **environment: str) -> str:
    done = run(command, **environment)
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-4000:]
        raise FailedError(f"{' '.join(command)} ends with {done.returncode}:\n{said}")
    return done.stdout


def compile_all(
    platform: Platform, folder: Path, paths: list[Path], *more: str, warnings_only: bool = False
) -> list[str]:
    """The objects; with `warnings_only` none is written, which clang does quicker."""

    def compiled(numbered: tuple[int, Path]) -> str:
        number, path = numbered
        target = str(folder / f"{number}.o")
        kind = ["-fsyntax-only"] if warnings_only else ["-c", "-o", target]
        output([*platform.compiler, *FLAGS, *platform.flags, *more, *kind, str(path)])
        return target

    with ThreadPoolExecutor(int(os.environ.get("STARKCORE_BUILD_JOBS", 0)) or os.cpu_count()) as pool:
        return list(pool.map(compiled, enumerate(paths)))


def build(platform: Platform, folder: Path) -> Path:
    """The program of all that, linked."""
    objects = compile_all(platform, folder, sources())
    program = folder / "digest.exe"
    output([*platform.compiler, *objects, *platform.link, "-o", str(program)])
    return program


def compile_binding(platform: Platform, folder: Path) -> None:
    """For the Python that runs this. clang's warnings need no code to be made of it."""
    import pybind11

    headers = [f"-isystem{path}" for path in (pybind11.get_include(), sysconfig.get_path("include"))]
    clang = platform.compiler[0].startswith("clang")
    compile_all(platform, folder, sorted((ROOT / "bindings").glob("*.cpp")), "-fPIC", *headers, warnings_only=clang)


def started(platform: Platform, program: Path) -> subprocess.CompletedProcess[str]:
    """The program's run. wine keeps its registry beside the program, and a server that ends with it."""
    # Without the libraries that wine would ask a person about, and without its own remarks.
    wine = {"WINEPREFIX": str(program.parent / "wine"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml="}
    try:
        return run([*platform.runner, str(program)], **wine)
    finally:
        if platform.runner[0] == "wine":
            run(["wineserver", "-k"], **wine)


def digests(platform: Platform, program: Path) -> list[tuple[str, str]]:
    """Digest, and engine with mode, of each that runs there."""
    done = started(platform, program)
    if done.returncode != 0:
        raise FailedError(f"it ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return [(digest, what) for digest, _, what in (line.partition(" ") for line in done.stdout.splitlines())]


def trapped(platform: Platform, program: Path) -> str:
    """The control: code for newer CPUs must not run."""
    done = started(platform, program)
    if done.returncode not in (-4, 128 + 4):  # SIGILL
        raise FailedError(f"code for a newer CPU ends with {done.returncode}, and not by an illegal instruction")
    return "code for newer CPUs dies of an illegal instruction"


def compared(platform: Platform, program: Path, expected: str) -> str:
    found = digests(platform, program)
    wrong = [what for digest, what in found if digest != expected]
    if wrong or not found:
        raise FailedError(f"other answers in {', '.join(wrong) or 'nothing'}")
    engines = list(dict.fromkeys(what.split()[0] for _, what in found))
    if platform.engines and engines != list(platform.engines):
        raise FailedError(f"chooses from {', '.join(engines)}, and not from {', '.join(platform.engines)}")
    return f"the same answers ({', '.join(engines)}; blinded and strict)"


def tried(platform: Platform, expected: str) -> str:
    """What became of a platform, as a sentence."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = build(platform, Path(folder))
        by = " ".join(Path(part).name for part in platform.compiler)
        if platform.binding:
            compile_binding(platform, Path(folder))
            by += ", the binding compiled"
        if not platform.runner:
            return f"compiled and linked by {by}; not run"
        if shutil.which(platform.runner[0]) is None:
            return f"compiled and linked by {by}; {platform.runner[0]} isn't here"
        answer = trapped(platform, program) if platform.traps else compared(platform, program, expected)
        return f"compiled and linked by {by}, ran by {' '.join(platform.runner)}: {answer}"


def compiler_platform(name: str) -> Platform:
    """A compiler with the flags of setup.py."""
    own = "-fno-tree-slp-vectorize" if name.startswith("g++") else "-fomit-frame-pointer"
    return Platform((name,), ("env",), ("-O3", "-fvisibility=hidden", own), binding=True)


def interpreter(name: str) -> str:
    """Where an interpreter is: on the path, or one of pyenv's."""
    found = [shutil.which(name), *sorted(map(str, Path.home().glob(f".pyenv/versions/*/bin/{name}")))]
    for path in found:
        if path and run([path, "-c", "import venv, ensurepip"]).returncode == 0:
            return path
    raise NotHereError(name)


def extension(name: str) -> str:
    """Build the extension for an interpreter, with warnings as errors, and run the core's tests."""
    path = interpreter(name)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        output([path, "-m", "venv", str(folder / "venv")])
        python = str(folder / "venv" / "bin" / "python")
        lists = ROOT / ".ci" / "requirements"
        required = ["-r", str(lists / "build.txt"), "-r", str(lists / "core.txt")]
        output([python, "-m", "pip", "install", "-q", "--require-hashes", *required])
        built = [f"--build-base={folder / 'objects'}", f"--build-lib={folder / 'package'}"]
        output([python, "setup.py", "-q", "build", *built], STARKCORE_WERROR="1")
        environment = {"PYTHONPATH": str(folder / "package"), "PYTHONSAFEPATH": "1"}
        place = output([python, "-c", "import starkcore; print(starkcore.__file__)"], **environment).strip()
        assert Path(place).is_relative_to(folder), place
        tests = [str(path) for test in CORE_TESTS for path in (ROOT / "tests").rglob(f"test_{test}.py")]
        assert len(tests) == len(CORE_TESTS), tests
        said = output([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], **environment)
        verdict = f"built, and the core's tests: {said.splitlines()[-1].strip('= ')}"
        if name.endswith("t"):
            locked = output([python, "-c", "import starkcore, sys; print(sys._is_gil_enabled())"], **environment)
            assert locked.strip() == "False", "the extension has switched the interpreter's lock on"
            threads = [python, str(ROOT / "tests" / "checks" / "threads.py"), "--seconds", "20"]
            verdict += f"; without its lock: {output(threads, **environment).splitlines()[-1]}"
        return f"CPython {output([python, '-c', 'import sys; print(sys.version.split()[0])']).strip()}: {verdict}"


def check(name: str, expected: str, *, need: bool) -> bool:
    """Print what became of a platform; False where it fails."""
    try:
        if PYTHON.fullmatch(name):
            verdict = extension(name)
        else:
            platform = PLATFORMS.get(name) or compiler_platform(name)
            if platform.binding and not need and importlib.util.find_spec("pybind11") is None:
                platform = replace(platform, binding=False)
            if away := lacking(platform, runner=need):
                raise NotHereError(", ".join(away))
            verdict = tried(platform, expected)
    except NotHereError as error:
        print(f"{name}: {'FAILS' if need else 'not tried'}: {error} isn't here", flush=True)
        return not need
    except FailedError as error:
        print(f"{name}: FAILS: {error}", flush=True)
        return False
    print(f"{name}: {verdict}", flush=True)
    return True


def processor_seconds() -> float:
    """Of all that was started and has ended: what it costs where nothing else runs, divided by the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = f"of {', '.join(PLATFORMS)} (all by default), or a compiler or interpreter such as g++-16 or python3.14"
    parser.add_argument("names", nargs="*", metavar="NAME", help=known)
    parser.add_argument("--need", action="store_true", help="fail where a compiler or an emulator isn't here")
    arguments = parser.parse_args()
    names = arguments.names or list(PLATFORMS)
    others = [name for name in names if name not in PLATFORMS]
    if unknown := [name for name in others if not (COMPILER.fullmatch(name) or PYTHON.fullmatch(name))]:
        parser.error(f"no such platform: {', '.join(unknown)}")
    if arguments.need:
        asked = [PLATFORMS.get(name) or compiler_platform(name) for name in names if not PYTHON.fullmatch(name)]
        if away := sorted({tool for platform in [NATIVE, *asked] for tool in lacking(platform, runner=True)}):
            raise SystemExit(f"not found: {', '.join(away)}")
    expected = ""
    if not all(map(PYTHON.fullmatch, names)):
        with tempfile.TemporaryDirectory() as folder:
            here = digests(NATIVE, build(NATIVE, Path(folder)))
        expected = here[0][0]
        engines = dict.fromkeys(what.split()[0] for _, what in here)
        print(f"this machine: {expected[:16]}… ({', '.join(engines)})", flush=True)
    good = min([check(name, expected, need=arguments.need) for name in names])
    print(f"{processor_seconds():.0f} seconds of processors' time", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
