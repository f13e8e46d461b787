"""No line of C, C++ or Python that people write is longer than 120 characters: code, comments and text alike.

And of what is shipped, no file or function is longer than people read without being told why.
"""

import ast
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


# A file reads in a sitting, a function fits a screen: CONTRIBUTING.md says about 400 and 40.
FILE, FUNCTION = 500, 45
SHIPPED = [
    path for folder in ("starkcore", "csrc", "bindings") for path in sources(TREE / folder) if path.suffix != ".pyi"
]
WHY = re.compile(r"\b[Ll]ong(?:er)?\b")


def opening(text: str) -> str:
    """A file's docstring, or the comment that it begins with."""
    return re.match(r'\s*(?:"""(?:.*?)"""|/\*.*?\*/|(?://[^\n]*\n)*)', text, re.DOTALL)[0]


def long_functions(text: str) -> dict[str, str]:
    """The docstrings of the functions that are long without them."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            said = ast.get_docstring(node) or ""
            first = node.body[0]
            own = (first.end_lineno - first.lineno + 1) if said else 0
            if node.end_lineno - node.lineno + 1 - own > FUNCTION:
                found[node.name] = said
    return found


def test_what_is_long_says_why():
    texts = {path.relative_to(TREE).as_posix(): path.read_text(encoding="utf-8") for path in SHIPPED}
    files = [name for name, text in texts.items() if len(text.splitlines()) > FILE and not WHY.search(opening(text))]
    functions = [
        f"{name}: {function}"
        for name, text in texts.items()
        if name.endswith(".py")
        for function, said in long_functions(text).items()
        if not WHY.search(said)
    ]
    assert (files, functions) == ([], [])


def test_a_long_function_is_found():
    body = "    pass\n" * FUNCTION
    assert long_functions(f"def f():\n{body}") == {"f": ""}
    assert long_functions(f'def f():\n    """Long, because."""\n{body}') == {"f": "Long, because."}
    assert long_functions(f"def f():\n{body[9:]}") == {}
    assert opening("// One.\n// Two.\n#pragma once\n// Three.\n") == "// One.\n// Two.\n"
