"""The tests of the core's inner layers, of its C interface and of the extension on another processor, under qemu.

    python tests/checks/emulated_tests.py                    all of it, on 64-bit Arm
    python tests/checks/emulated_tests.py --machine s390x    on a big-endian one
    python tests/checks/emulated_tests.py --part extension   the extension alone, built for that processor's CPython
    python tests/checks/emulated_tests.py FILE …             files of the inner layers; words after -- are pytest's

On Debian and Ubuntu. The interpreter and its libraries are the distribution's, unpacked into a folder of its own:
nothing is installed. The core and the extension are compiled by the cross compiler, which runs as it is; what it made
is loaded under qemu. Of the answers of each engine, everything is compared that is compared on other processors. It
takes an hour or more: with --keep FOLDER what was unpacked stays there, and so do the names of the tests that have
passed, which aren't run again while the sources are the same. It needs

    apt install g++-aarch64-linux-gnu qemu-user        # or g++-s390x-linux-gnu
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platforms import CORE_TESTS, ROOT

FILES = [
    *(f"tests/core/test_whitebox_{layer}.py" for layer in ("field", "inversion", "curve", "ecdsa", "poseidon")),
    "tests/core/test_exhaustive.py",
    "tests/core/test_engines.py",
    "tests/core/test_c_interface.py",
]
SOURCES = ("csrc", "bindings", "starkcore", "tests")
REQUIREMENTS = ROOT / ".ci" / "requirements"
LISTS = ("core.txt", "build.txt")  # as they are; and of the tests' list:
PACKAGES = ("cffi", "pycparser")
PARTS = ("layers", "extension")
NOTHING_LEFT = 5  # pytest's status where each test was left out: here because it has passed


@dataclass(frozen=True)
class Machine:
    """Its names: Debian's, that of its compilers and qemu's."""

    debian: str
    triple: str
    emulator: str
    wheels: tuple[str, ...]

    @property
    def compiler(self) -> str:
        return f"{self.triple}-g++"


MACHINES = {
    name: Machine(debian, f"{name}-linux-gnu", f"qemu-{name}", (f"manylinux_2_17_{name}", f"manylinux2014_{name}"))
    for name, debian in (("aarch64", "arm64"), ("s390x", "s390x"))
}

APT = """
APT::Architecture "{1}";
APT::Architectures {{ "{1}"; }};
APT::Sandbox::User "root";
Dir::State "{0}/state";
Dir::State::status "{0}/state/status";
Dir::Cache "{0}/cache";
"""
# Tests start the interpreter again, by the name that it has for itself, and programs that they have compiled: the
# kernel runs neither without the emulator.
SITE = """
import os, subprocess, sys

sys.executable = os.environ["EMULATED_PYTHON"]


def machine(path):
    try:
        with open(path, "rb") as file:
            start = file.read(20)
    except OSError:
        return None
    return start[18:] if start[:4] == b"\\x7fELF" else None


class Popen(subprocess.Popen):
    def __init__(self, args, *more, **named):
        words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
        if not named.get("shell") and machine(words[0]) == OURS:
            args = [*RUNNER, *words]
        super().__init__(args, *more, **named)


RUNNER = os.environ["EMULATED_RUNNER"].split()
OURS = machine(os.environ["EMULATED_INTERPRETER"])
subprocess.Popen = Popen
"""
# A plugin of pytest's: tests that have passed are written down, and left out from then on.
KEPT = """
import os

PATH = os.environ["EMULATED_PASSED"]


def pytest_collection_modifyitems(config, items):
    before = set()
    if os.path.exists(PATH):
        with open(PATH, encoding="utf-8") as file:
            before = set(file.read().splitlines())
    passed = [item for item in items if item.nodeid in before]
    if passed:
        config.hook.pytest_deselected(items=passed)
        items[:] = [item for item in items if item.nodeid not in before]


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        with open(PATH, "a", encoding="utf-8") as file:
            file.write(report.nodeid + "\\n")
"""


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ends with {done.returncode}")
    return done.stdout


def unpack(folder: Path, machine: Machine) -> None:
    """Debian's python3 for that machine, with the libraries and headers that it needs, into folder/system."""
    apt, system = folder / "apt", folder / "system"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "state" / "status").touch()
    settings = apt / "apt.conf"
    settings.write_text(APT.format(apt, machine.debian), encoding="utf-8")
    run(["apt-get", "update", "-qq"], APT_CONFIG=str(settings))
    wanted = ["python3", "libpython3-dev", "libstdc++6"]
    run(["apt-get", "install", "-qq", "-y", "-d", "--no-install-recommends", *wanted], APT_CONFIG=str(settings))
    system.mkdir()
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(system)])
    link_merged(system)
    shutil.rmtree(apt)


def link_merged(system: Path) -> None:
    """From Debian 13 on packages have nothing outside of /usr, and count on links that are made before them."""
    for name in ("bin", "lib", "sbin"):
        if not (system / name).exists():
            (system / name).symlink_to(Path("usr", name))


def pinned(names: Sequence[str]) -> str:
    """The lines of the tests' list for those packages, with their hashes."""
    text = (REQUIREMENTS / "test.txt").read_text(encoding="utf-8")
    blocks = re.findall(r"^\S+==[^\\\n]*(?:\\\n[^\\\n]*)*\n", text, re.MULTILINE)
    found = {block.partition("==")[0]: block for block in blocks}
    return "".join(found[name] for name in names)


class Emulated:
    """An interpreter for another processor, in a folder: what starts it, and what it finds there."""

    def __init__(self, folder: Path, machine: Machine):
        self.folder, self.machine = folder, machine
        self.system, self.site, self.python = folder / "system", folder / "site", folder / "python"
        if not self.python.exists():
            for rest in (self.system, self.site, folder / "apt"):  # of an attempt that was stopped
                shutil.rmtree(rest, ignore_errors=True)
            unpack(folder, machine)
            self.make()
        self.passed = folder / f"passed-{self.digest()}"

    @property
    def interpreter(self) -> Path:
        return (self.system / "usr" / "bin" / "python3").resolve()

    @property
    def runner(self) -> str:
        return f"{self.machine.emulator} -L {self.system}"

    def make(self) -> None:
        """The libraries that the tests need, as wheels for that interpreter, and the script that starts it."""
        version = self.interpreter.name.removeprefix("python")
        platforms = [word for name in self.machine.wheels for word in ("--platform", name)]
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(self.site), *platforms]
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", version]
        own = self.folder / "packages.txt"
        own.write_text(pinned(PACKAGES), encoding="utf-8")
        lists = [*(REQUIREMENTS / name for name in LISTS), own]
        run([*command, "--require-hashes", *(word for path in lists for word in ("-r", str(path)))])
        (self.site / "sitecustomize.py").write_text(SITE, encoding="utf-8")
        (self.site / "kept.py").write_text(KEPT, encoding="utf-8")
        # The cross compiler looks for headers of its own system and of this one, not of what was unpacked.
        headers = self.folder / "headers"
        headers.mkdir(exist_ok=True)
        link = headers / self.machine.triple
        if not link.is_symlink():
            link.symlink_to(self.system / "usr" / "include" / self.machine.triple)
        script = self.folder / "python.new"
        script.write_text(f'#!/bin/sh\nexec {self.runner} {self.interpreter} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        script.rename(self.python)  # last: who finds it finds the rest

    def digest(self) -> str:
        """Of the sources, whose tests' outcomes are kept."""
        state = hashlib.sha256()
        paths = [path for name in SOURCES for path in (ROOT / name).rglob("*") if path.is_file()]
        for path in sorted(path for path in paths if path.suffix not in (".so", ".pyc")):
            state.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
        return state.hexdigest()[:16]

    def environment(self, *places: Path) -> dict[str, str]:
        return {
            **os.environ,
            "CXX": self.machine.compiler,
            "CPATH": str(self.folder / "headers"),
            "PYTHONPATH": os.pathsep.join(map(str, [*places, self.site])),
            "EMULATED_PYTHON": str(self.python),
            "EMULATED_INTERPRETER": str(self.interpreter),
            "EMULATED_RUNNER": self.runner,
            "EMULATED_PASSED": str(self.passed),
        }

    def pytest(self, words: list[str], **environment: str) -> int:
        """The status of a run; 0 too where all that was asked for has passed before."""
        command = [str(self.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "kept", *words]
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        return 0 if status == NOTHING_LEFT and self.passed.exists() else status

    def extension(self, words: list[str]) -> int:
        """Build the extension by its own setup.py, and run the core's tests on it."""
        package = self.folder / "package"
        shutil.rmtree(package, ignore_errors=True)
        built = [f"--build-base={self.folder / 'objects'}", f"--build-lib={package}"]
        command = [str(self.python), "setup.py", "-q", "build", *built]
        environment = {**self.environment(), "STARKCORE_WERROR": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        if done.returncode != 0:
            return done.returncode
        environment = {**self.environment(package), "PYTHONSAFEPATH": "1"}
        what = "import starkcore, platform; print(platform.machine(), starkcore.engines(), starkcore.__file__)"
        done = subprocess.run([str(self.python), "-c", what], cwd=ROOT, env=environment, check=False)
        tests = [str(path) for test in CORE_TESTS for path in (ROOT / "tests").rglob(f"test_{test}.py")]
        return done.returncode or self.pytest([*tests, *words], **environment)


def main() -> int:
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="of the inner layers; all by default")
    parser.add_argument("--machine", choices=MACHINES, default="aarch64")
    parser.add_argument("--part", choices=PARTS, help="both by default; layers where files are named")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep what was unpacked, and what has passed, there"
    )
    arguments, more = parser.parse_args(words[:split]), words[split + 1 :]
    machine = MACHINES[arguments.machine]
    needed = (machine.emulator, machine.compiler, "apt-get", "dpkg-deb")
    if lacking := [tool for tool in needed if shutil.which(tool) is None]:
        print(f"not installed: {', '.join(lacking)}", file=sys.stderr)
        return 2
    parts = [arguments.part] if arguments.part else PARTS[:1] if arguments.files else PARTS
    with tempfile.TemporaryDirectory() as name:
        folder = (arguments.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        emulated = Emulated(folder, machine)
        status = (
            emulated.pytest([*(arguments.files or FILES), *more], **emulated.environment()) if "layers" in parts else 0
        )
        return max(status, emulated.extension(more) if "extension" in parts else 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
