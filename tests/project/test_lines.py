"""No line of C or C++ that people write is longer than 120 characters: code and comments alike."""

from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
FOLDERS = ["csrc", "bindings", "tests/native", "tests/whitebox", "benchmarks"]
MOST = 120


def sources(folder: Path) -> list[Path]:
    """Files of C and C++, but for those that programs write."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".c", ".h", ".cpp", ".hpp") and "generated" not in path.parts
    ]


def too_long(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if len(line) > MOST]


@pytest.mark.parametrize("folder", FOLDERS)
def test_lines_fit(folder):
    found = sources(TREE / folder)
    assert found
    assert {
        path.relative_to(TREE).as_posix(): numbers
        for path in found
        if (numbers := too_long(path.read_text(encoding="utf-8")))
    } == {}


def test_a_line_is_counted_in_characters():
    assert too_long("x" * MOST + "\n" + "·" * MOST) == []
    assert too_long("\n" + "x" * (MOST + 1)) == [2]
