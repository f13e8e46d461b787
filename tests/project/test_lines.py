"""No line of C, C++ or Python that people write is longer than 120 characters: code, comments and text alike."""

import re
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
FOLDERS = [".", "starkcore", "csrc", "bindings", "tests", "benchmarks", "examples"]
ENDINGS = (".c", ".h", ".cpp", ".hpp", ".py", ".pyi")
MOST = 120
# What ruff is told of a line stands at its end, and isn't counted by ruff either.
_NOTE = re.compile(r"  # (?:noqa|type): .*$")


def sources(folder: Path) -> list[Path]:
    """Files of code, but for those that programs write; of the root those that stand in no folder."""
    found = folder.glob("*") if folder == TREE else folder.rglob("*")
    return [path for path in sorted(found) if path.suffix in ENDINGS and "generated" not in path.parts]


def too_long(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if len(_NOTE.sub("", line)) > MOST]


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


def test_what_ruff_is_told_is_not_counted():
    assert too_long("x" * MOST + "  # noqa: S608") == []
    assert too_long("x" * MOST + "  # a remark") == [1]
