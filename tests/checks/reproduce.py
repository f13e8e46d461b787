"""Two builds, one hash: builds wheel and source distribution twice, as differently as can be, and compares them byte
for byte.

    python tests/checks/reproduce.py              the planted faults, then the real thing
    python tests/checks/reproduce.py --planted    the planted faults alone: half a minute
    python tests/checks/reproduce.py --keep DIR   leave wheel and source distribution in DIR

The first wheel is built from the tree, the second from the unpacked source distribution that the second builder made:
one comparison shows that the wheel is repeatable, that the source distribution is complete, and that nothing but the
source decides. The two builders have folders of different length, files in another order with other dates, another
umask, locale, time zone, hash seed, home, number of jobs, and another time of day. Both have the same
SOURCE_DATE_EPOCH, Python and compiler.

Needs git, a C++ compiler, and either the network (it installs .ci/requirements/build.txt in an environment of its own,
by hash) or --python with those packages. Takes about two whole compilations: five to ten minutes of CPU time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "project"))

from distributions import ROOT, differences, extension_faults, members, wheel_faults

REQUIREMENTS = ROOT / ".ci" / "requirements" / "build.txt"


@dataclass(frozen=True)
class Builder:
    """Whoever builds, and where."""

    folder: str
    umask: int
    newest: bool  # whether files are as new as can be, or old
    environment: dict[str, str] = field(default_factory=dict)


FIRST = Builder("a", 0o022, True, {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "STARKCORE_BUILD_JOBS": "1"})
SECOND = Builder(
    "another/and much/longer place",
    0o077,
    False,
    {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4242", "STARKCORE_BUILD_JOBS": "2"},
)
# A source distribution with one line of C++ in it takes a second to compile; all the rest is the real tree's.
STUB = 'extern "C" const char* PyInit__native();\nextern "C" const char* PyInit__native() { return PLACE; }\n'


class Failed(RuntimeError):
    """A build did not end well."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split("\0") if name]


def lay_out(work: Path, builder: Builder, *, stub: bool = False) -> Path:
    """A copy of the tree for a builder: what git knows, as it is in the working tree."""
    folder = work / builder.folder / "tree"
    paths = [path for path in tracked() if not (stub and path.suffix == ".cpp")]
    before = os.umask(builder.umask)
    try:
        for path in paths if builder.newest else reversed(paths):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            # Opened anew, so that the mode is what the umask makes of it.
            (folder / path).write_bytes((ROOT / path).read_bytes())
            if not builder.newest:
                os.utime(folder / path, (10**9, 10**9))
        if stub:
            (folder / "bindings" / "stub.cpp").write_text(STUB.replace("PLACE", '"nowhere"'), encoding="utf-8")
    finally:
        os.umask(before)
    return folder


def build(python: Path, tree: Path, builder: Builder, kind: str, epoch: int) -> Path:
    """kind: "wheel" or "sdist"."""
    home = tree.parent / "home"
    home.mkdir(exist_ok=True)
    output = tree.parent / "dist"
    environment = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "CC", "CXX", "CFLAGS", "CXXFLAGS"}},
        "HOME": str(home),
        "SOURCE_DATE_EPOCH": str(epoch),
        **builder.environment,
    }
    command = [str(python), "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(output), str(tree)]
    done = subprocess.run(
        command, env=environment, umask=builder.umask, cwd=home, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failed(f"{kind} in {tree}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    (made,) = output.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def unpack(archive: Path, folder: Path, builder: Builder) -> Path:
    before = os.umask(builder.umask)
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    finally:
        os.umask(before)
    (tree,) = folder.iterdir()
    return tree


@dataclass(frozen=True)
class Built:
    wheels: tuple[Path, Path]
    sources: tuple[Path, Path]

    def differences(self) -> list[str]:
        return [
            f"{first.name}: {line}"
            for first, second in (self.sources, self.wheels)
            for line in differences(first, second)
        ]


def build_twice(python: Path, work: Path, epoch: int, *, stub: bool = False, plant=None) -> Built:
    """plant: called with the second builder's tree before it builds."""

    def say(text: str) -> None:
        if not stub:
            print(text, flush=True)

    trees = [lay_out(work, builder, stub=stub) for builder in (FIRST, SECOND)]
    if plant is not None:
        plant(trees)
    say("source distributions …")
    sources = [build(python, tree, who, "sdist", epoch) for tree, who in zip(trees, (FIRST, SECOND), strict=True)]
    say("wheel from the tree …")
    first = build(python, trees[0], FIRST, "wheel", epoch)
    say("wheel from the source distribution …")
    unpacked = unpack(sources[1], work / SECOND.folder / "unpacked", SECOND)
    second = build(python, unpacked, SECOND, "wheel", epoch)
    return Built((first, second), (sources[0], sources[1]))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise Failed(f"{path}: the planted fault finds no place for itself: {old!r}")
    path.write_text(text.replace(old, new), encoding="utf-8")


# Each is made in both trees, and must show in the member that is named.
def plant_place(trees: list[Path]) -> None:
    """The folder that it was built in is compiled into the extension."""
    for tree in trees:
        (tree / "bindings" / "stub.cpp").write_text(STUB.replace("PLACE", "PLACE_OF_BUILD"), encoding="utf-8")
        edit(
            tree / "setup.py", "macros = [", "macros = [('PLACE_OF_BUILD', repr(str(ROOT)).replace(chr(39), chr(34))), "
        )


def plant_file_name(trees: list[Path]) -> None:
    """A source names its own file, and the flags that hide its folder are not there."""
    for tree in trees:
        (tree / "bindings" / "stub.cpp").write_text(
            '#include "place.hpp"\n' + STUB.replace("PLACE", "place()"), encoding="utf-8"
        )
        header = "inline const char* place() { return __FILE__; }\n"
        (tree / "bindings" / "place.hpp").write_text(header, encoding="utf-8")
        edit(tree / "setup.py", 'include_dirs=["csrc"]', 'include_dirs=["csrc", str(ROOT / "bindings")]')
        edit(tree / "setup.py", 'f"-ffile-prefix-map={ROOT}=."', '"-pthread"')
        edit(tree / "bindings" / "stub.cpp", '"place.hpp"', "<place.hpp>")


def plant_mode(trees: list[Path]) -> None:
    """Modes are those of the builder's umask."""
    for tree in trees:
        edit(tree / "setup_archives.py", "path.chmod(", "print(")


def plant_owner(trees: list[Path]) -> None:
    """The source distribution keeps the dates of the files."""
    for tree in trees:
        edit(tree / "setup_archives.py", "member.mtime = epoch", "pass")


def plant_left_out(trees: list[Path]) -> None:
    """The source distribution lacks a file that a wheel from the tree has."""
    for tree in trees:
        edit(tree / "MANIFEST.in", "contracts.json ", "")
        edit(tree / "MANIFEST.in", "global-exclude ", "global-exclude contracts.json ")


PLANTED = {
    plant_place: "_native",
    plant_file_name: "_native",
    plant_mode: "mode",
    plant_owner: "date",
    plant_left_out: "contracts.json",
}


def planted_faults(python: Path, epoch: int) -> list[str]:
    """Those that were not found, and what was found where nothing was planted."""
    missed = []
    for plant, expected in {None: "", **PLANTED}.items():
        with tempfile.TemporaryDirectory() as name:
            found = build_twice(python, Path(name), epoch, stub=True, plant=plant).differences()
        what = plant.__doc__ if plant else "Nothing is planted."
        if plant is None:
            missed += [f"{what} {line}" for line in found]
        elif not any(expected in line for line in found):
            missed.append(f"not found: {what} {found}")
        print(f"  {what} {'→ ' + found[0] if found else '→ no difference'}", flush=True)
    return missed


def builder_python(folder: Path) -> Path:
    """A Python with the pinned build requirements."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(REQUIREMENTS)]
    subprocess.run(install, check=True)
    return python


def faults_within(built: Built, work: Path) -> list[str]:
    """What is in the first wheel that shouldn't be."""
    wheel = built.wheels[0]
    inside = members(wheel)
    faults = [f"{wheel.name}: {line}" for line in wheel_faults(set(inside))]
    for name, member in inside.items():
        if name.endswith(".so"):
            extension = work / "extension.so"
            extension.write_bytes(member.content)
            faults += [f"{name}: {line}" for line in extension_faults(extension)]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planted", action="store_true", help="only show that faults are found")
    parser.add_argument("--python", type=Path, help="build with this Python's build, setuptools and pybind11")
    parser.add_argument("--epoch", type=int, default=1577836800, help="SOURCE_DATE_EPOCH of both builds")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the first wheel and source distribution here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        python = arguments.python.absolute() if arguments.python else builder_python(work / "venv")
        print("planted faults:", flush=True)
        faults = planted_faults(python, arguments.epoch)
        if not arguments.planted and not faults:
            built = build_twice(python, work, arguments.epoch)
            faults = built.differences() + faults_within(built, work)
            for path in (built.sources[0], built.wheels[0]):
                print(f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
                if arguments.keep:
                    arguments.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, arguments.keep)
    for line in faults:
        print(f"fault: {line}", file=sys.stderr)
    print("0 differences" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Failed as error:
        sys.exit(f"failed: {error}")
