"""What is compiled for tests and long checks, kept for the next run: whether it is of the sources of now.

Times of change don't tell: a clone, or another tree that uses the same folder, has its own. Objects are kept in a
folder of the user's, `STARKCORE_TEST_CACHE` or starkcore-tests in the user's cache, by a digest of their sources, flags
and compiler: a run compiles what has changed, and no more. What no run has used for a fortnight is removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = (".c", ".cpp", ".h", ".hpp")
FORTNIGHT = 14 * 86400
# What a compiler reads besides its arguments.
VARIABLES = ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH",
             "MACOSX_DEPLOYMENT_TARGET", "SDKROOT")  # fmt: skip
# With these something else than the object is made.
MORE_IS_MADE = ("--coverage", "-ftest-coverage", "-fprofile-generate", "-gsplit-dwarf", "-save-temps", "--save-temps")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"\n]+)"|<([^>\n]+)>|(\S))', re.MULTILINE)


def sources(root: Path = ROOT) -> list[str]:
    """All that is compiled for tests, by its place in the tree: the core, the binding, the test programs."""
    parts = (root / "csrc", root / "bindings", root / "tests" / "native")
    paths = (path for part in parts for path in part.rglob("*") if path.suffix in SUFFIXES)
    return sorted(path.relative_to(root).as_posix() for path in paths)


def made_of(places: Iterable[str], *words: str, root: Path = ROOT) -> str:
    """A digest of what something is made of: files with their places in the tree, and words such as a
    compiler's flags. Of a file that stands elsewhere its name counts, and not the folder.
    """
    digest = hashlib.sha256(repr(words).encode())
    for place in places:
        text = (root / place).read_bytes()
        said = Path(place).name if Path(place).is_absolute() else place
        digest.update(f"{said} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def is_kept(output: Path, of: str) -> bool:
    """Whether this was made, in an earlier run, of just that."""
    stamp = _stamp(output)
    return output.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == of


def keep(output: Path, of: str) -> None:
    _stamp(output).write_text(of, encoding="ascii")


def _stamp(output: Path) -> Path:
    return output.with_name(f"{output.name}.made-of")


# ---- Objects, in the user's cache


def object_of(source: Path, command: Sequence[str], flags: Sequence[str], root: Path = ROOT) -> str:
    """A digest of the object that a compiler's command makes of a source: what it reads, and how it is called."""
    places = sorted({_place(path, root) for path in read_by(source, flags, root)})
    told = [f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ]
    return made_of(places, _place(source, root), *identity(tuple(command)), *_said(flags, root), *told, root=root)


def read_by(source: Path, flags: Sequence[str], root: Path = ROOT) -> set[Path]:
    """The files that a compiler may read for a source: all that have a name which is included, wherever that is looked
    for. The system's own aren't among them, which come with the compiler.
    """
    found: set[Path] = set()
    todo, folders = [source], []
    for flag, value in _options(flags):
        if flag == "-include":
            todo.append(Path(value))
        else:
            folders.append(Path(value))
    while todo:
        path = todo.pop().resolve()
        if path in found:
            continue
        found.add(path)
        for quoted, pointed, computed in _INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
            if computed:  # a macro's, which may be any
                todo += [root / place for place in sources(root)]
            looked = folders if pointed else [path.parent, *folders]
            todo += [place for folder in looked if (place := folder / (quoted or pointed)).is_file()]
    return found


@cache
def identity(command: tuple[str, ...]) -> tuple[str, ...]:
    """What tells one compiler from another: its version, and its program's size and time of change."""
    path = Path(shutil.which(command[0]) or command[0]).resolve()
    status = path.stat()
    asked = [*command, "--version"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return (*command, str(path), str(status.st_size), str(status.st_mtime_ns), version)


def folder() -> Path:
    if told := os.environ.get("STARKCORE_TEST_CACHE"):
        return Path(told)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "starkcore-tests"


def fetch(of: str, output: Path) -> bool:
    """Put the object of that digest there, if there is one."""
    kept = folder() / of
    try:
        shutil.copyfile(kept, output)
        os.utime(kept)
    except OSError:
        return False
    return True


def store(of: str, output: Path) -> None:
    """Keep an object under its digest, whole or not at all. Where nothing can be kept, nothing is."""
    _remove_old()
    half = folder() / f"{of}.{os.getpid()}.{time.monotonic_ns()}"
    try:
        half.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(output, half)
        half.replace(folder() / of)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink()


@cache
def _remove_old() -> None:
    """Once in a process."""
    for path in folder().glob("*"):
        with contextlib.suppress(OSError):  # another run removes it, too
            if time.time() - path.stat().st_mtime > FORTNIGHT:
                path.unlink()


def _options(flags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The flags that name a folder to look in, or a file to read, each with its value."""
    rest = iter(flags)
    for flag in rest:
        for name in ("-include", "-iquote", "-isystem", "-I"):
            if flag == name:
                yield name, next(rest, "")
            elif flag.startswith(name) and name != "-include":
                yield name, flag[len(name) :]
            else:
                continue
            break


def _said(flags: Sequence[str], root: Path) -> list[str]:
    """The flags, without where the tree is and where a test has its folder: of these what is read counts."""
    elsewhere = {value for _, value in _options(flags) if not Path(value).resolve().is_relative_to(root)}
    return ["elsewhere" if flag in elsewhere else flag.replace(str(root), ".") for flag in flags]


def _place(path: Path, root: Path) -> str:
    """A file's place in the tree; elsewhere, where it is."""
    path = path.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
