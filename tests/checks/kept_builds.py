"""What is kept between runs of a long check, and whether it is of the sources of now.

Times of change don't tell: a clone, or another tree that uses the same folder, has its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".c", ".cpp", ".h", ".hpp")


def sources(root: Path = ROOT) -> list[str]:
    """All that is compiled for tests, by its place in the tree: the core, the binding, the test programs."""
    parts = (root / "csrc", root / "bindings", root / "tests" / "native")
    paths = (path for part in parts for path in part.rglob("*") if path.suffix in SUFFIXES)
    return sorted(path.relative_to(root).as_posix() for path in paths)


def made_of(places: Iterable[str], *words: str, root: Path = ROOT) -> str:
    """A digest of what something is made of: files with their places in the tree, and words such as a
    compiler's flags.
    """
    digest = hashlib.sha256(repr(words).encode())
    for place in places:
        text = (root / place).read_bytes()
        digest.update(f"{place} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def is_kept(output: Path, of: str) -> bool:
    """Whether this was made, in an earlier run, of just that."""
    stamp = _stamp(output)
    return output.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == of


def keep(output: Path, of: str) -> None:
    _stamp(output).write_text(of, encoding="ascii")


def _stamp(output: Path) -> Path:
    return output.with_name(f"{output.name}.made-of")
