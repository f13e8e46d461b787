"""Other platforms than this one, by cross compilers and emulators: does the core compile there, and is every answer the same?

`python tests/checks/platforms.py` compares all of them that this machine can build for; with names, those. For each the core
and tests/native/digest.cpp are compiled, and where there is an emulator run: the self test, and one digest over the answers of
each function of the C interface, which has to be that of a build for this machine. It says what was compiled, linked and run,
and by what. On Debian and Ubuntu:

    apt install g++-aarch64-linux-gnu g++-s390x-linux-gnu g++-riscv64-linux-gnu qemu-user-static   # emulated
    apt install g++-mingw-w64-x86-64-posix wine64                                                   # Windows
    apt install clang                                                                               # frame pointers
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ("-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-Icsrc", '-DSTARKCORE_VERSION="check"')
SECONDS = 900


@dataclass(frozen=True)
class Platform:
    compiler: tuple[str, ...]
    runner: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    link: tuple[str, ...] = ("-pthread",)


def _emulated(triple: str, machine: str) -> Platform:
    return Platform((f"{triple}-g++",), (f"qemu-{machine}-static",), link=("-static", "-pthread"))


PLATFORMS = {
    "aarch64-linux": _emulated("aarch64-linux-gnu", "aarch64"),
    "s390x-linux": _emulated("s390x-linux-gnu", "s390x"),  # big-endian
    "riscv64-linux": _emulated("riscv64-linux-gnu", "riscv64"),
    "x86_64-windows": Platform(("x86_64-w64-mingw32-g++-posix",), ("wine64",), link=("-static", "-lbcrypt")),
    "x86_64-frame-pointers": Platform(("clang++",), ("env",), ("-fno-omit-frame-pointer", "-fomit-frame-pointer")),
}
NATIVE = Platform(("c++",), ("env",))


class NotHereError(Exception):
    """A compiler that isn't installed."""


def sources() -> list[Path]:
    core = [path for path in sorted((ROOT / "csrc").rglob("*.cpp")) if "tools" not in path.parts]
    return [*core, ROOT / "tests" / "native" / "digest.cpp"]


def run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(platform: Platform, folder: Path) -> Path:
    if shutil.which(platform.compiler[0]) is None:
        raise NotHereError(platform.compiler[0])

    def compiled(numbered: tuple[int, Path]) -> str:
        number, path = numbered
        target = str(folder / f"{number}.o")
        run([*platform.compiler, *FLAGS, *platform.flags, "-c", str(path), "-o", target])
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compiled, enumerate(sources())))
    program = folder / "digest.exe"
    run([*platform.compiler, *objects, *platform.link, "-o", str(program)])
    return program


def digests(platform: Platform, folder: Path) -> list[tuple[str, str]] | None:
    """Digest, and engine with mode, of each that runs there; None without what runs it."""
    program = build(platform, folder)
    if shutil.which(platform.runner[0]) is None:
        return None
    lines = run([*platform.runner, str(program)]).splitlines()
    return [(digest, what) for digest, _, what in (line.partition(" ") for line in lines)]


def check(name: str, expected: str) -> bool:
    """Print what became of a platform; False where an answer differs."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = digests(PLATFORMS[name], Path(folder))
        except NotHereError as error:
            print(f"{name}: not tried: {error} isn't here")
            return True
    if found is None:
        print(f"{name}: compiled and linked by {PLATFORMS[name].compiler[0]}; {PLATFORMS[name].runner[0]} isn't here")
        return True
    wrong = [what for digest, what in found if digest != expected]
    verdict = f"other answers in {', '.join(wrong)}" if wrong or not found else "the same answers"
    print(f"{name}: {verdict} ({', '.join(what for _, what in found)})", flush=True)
    return bool(found) and not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PLATFORMS)}; all by default")
    parser.add_argument("--need", action="store_true", help="fail where a compiler or an emulator isn't here")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(PLATFORMS):
        parser.error(f"no such platform: {', '.join(sorted(unknown))}")
    names = arguments.names or list(PLATFORMS)
    if arguments.need:
        needed = {tool[0] for name in names for tool in (PLATFORMS[name].compiler, PLATFORMS[name].runner)}
        if lacking := sorted(tool for tool in needed if shutil.which(tool) is None):
            raise SystemExit(f"not found: {', '.join(lacking)}")
    with tempfile.TemporaryDirectory() as folder:
        here = digests(NATIVE, Path(folder))
    assert here
    expected = here[0][0]
    print(f"this machine: {expected[:16]}… ({', '.join(what for _, what in here)})", flush=True)
    return 0 if min([check(name, expected) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
