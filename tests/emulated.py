"""Programs for 64-bit Arm, built by cross compilers and followed under qemu's user mode.

How many instructions are executed between two functions of a program, or which ones and at which addresses of memory,
is told by a plugin of qemu's, native/qemu/follow.c. On Debian and Ubuntu:

    apt install g++-aarch64-linux-gnu clang qemu-user
"""

import re
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from native_build import TESTS, BuildError

EMULATOR = "qemu-aarch64"  # the dynamic one: a static qemu loads no plugins
COMPILERS = {"gcc": ["aarch64-linux-gnu-g++"], "clang": ["clang++", "--target=aarch64-linux-gnu"]}
ENGINES = ("aarch64-sha", "aarch64", "portable")
OBJDUMP = "aarch64-linux-gnu-objdump"
LINE = re.compile(r"^\s*([0-9a-f]+):\t(\S.*)$")


def lacking(compiler: str) -> list[str]:
    """The programs that are needed and not there."""
    tools = (COMPILERS[compiler][0], COMPILERS["gcc"][0], EMULATOR, OBJDUMP, "cc")  # clang links with what gcc brings
    return sorted({tool for tool in tools if shutil.which(tool) is None})


def plugin(folder: Path) -> Path:
    """The plugin, compiled for the emulator that is there."""
    version = subprocess.run([EMULATOR, "--version"], capture_output=True, text=True, check=True).stdout
    major = re.search(r"version (\d+)", version)
    interface = 1 if major and int(major[1]) < 9 else 2
    path = folder / "follow.so"
    source = TESTS / "native" / "qemu" / "follow.c"
    command = ["cc", "-O2", "-shared", "-fPIC", f"-DPLUGIN_VERSION={interface}", str(source), "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(done.stderr)
    return path


def address(program: Path, function: str) -> int:
    """Where a C function of the program is."""
    text = subprocess.run([OBJDUMP, "-t", str(program)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in text.splitlines() if line.split()[-1:] == [function])


def disassembly(program: Path) -> list[str]:
    command = [OBJDUMP, "-d", "--no-show-raw-insn", str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def instructions(program: Path) -> dict[int, str]:
    """Address → text of each instruction of the program."""
    found = map(LINE.match, disassembly(program))
    return {int(match[1], 16): match[2].split("//")[0].strip() for match in found if match}


def follow(
    plugin: Path, program: Path, arguments: Sequence[str], between: tuple[str, str], *, trace: bool
) -> tuple[str, list[int]]:
    """What the program printed, and the numbers that the plugin wrote down for what ran between the two functions."""
    output = plugin.with_name("followed")
    begin, end = (address(program, function) for function in between)
    options = f"{plugin},begin={begin:#x},end={end:#x},output={output},trace={'on' if trace else 'off'}"
    command = [EMULATOR, "-plugin", options, str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ends with {done.returncode}: {done.stderr}")
    numbers = [number for (number,) in struct.iter_unpack("<Q", output.read_bytes())]
    output.unlink()
    return done.stdout, numbers
