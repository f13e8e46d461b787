"""Every function that isn't trivial has a test that calls it by its name: one that breaks alone.

Trivial is what takes no decision, or has fewer than three statements: it is right or wrong in all that its callers do.
A test of a function says its name and its package, and where the name is a private one also the module or the class.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "starkcore"
DECISIONS = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match, ast.BoolOp, ast.Compare, ast.comprehension,
)  # fmt: skip
FEWEST_STATEMENTS = 3


class Function(NamedTuple):
    """A function or a method, with the rooms that it stands in."""

    package: str
    module: str
    owner: str
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def name(self):
        return self.node.name

    @property
    def place(self):
        return f"{self.package}.{self.module}.{self.owner}{'.' * bool(self.owner)}{self.name}"


def functions(path):
    relative = path.relative_to(PACKAGE)
    package = relative.parts[0] if len(relative.parts) > 1 else "starkcore"
    module = relative.stem if relative.stem not in ("__init__", "__main__") else relative.parent.name

    def inside(body, owner):
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from inside(node.body, node.name)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield Function(package, module, owner, node)

    yield from inside(ast.parse(path.read_text(encoding="utf-8")).body, "")


def is_trivial(function):
    inside = [node for statement in function.node.body for node in ast.walk(statement)]
    docstring = ast.get_docstring(function.node) is not None
    statements = sum(isinstance(node, ast.stmt) for node in inside) - docstring
    return statements < FEWEST_STATEMENTS or not any(isinstance(node, DECISIONS) for node in inside)


def is_command(function):
    """What a command of the terminal runs, by a name of its own: `args`, and a status. tests/commands run them
    by that.
    """
    arguments, returns = function.node.args.args, function.node.returns
    takes = [argument.arg for argument in arguments] == ["args"]
    return function.package == "commands" and takes and isinstance(returns, ast.Name) and returns.id == "int"


def words(path):
    return frozenset(re.findall(r"\w+", path.read_text(encoding="utf-8")))


def is_named(function, tests):
    rooms = {function.module, function.owner}
    private = function.name.startswith("_")
    return any(function.name in said and function.package in said and (not private or rooms & said) for said in tests)


def unnamed(paths, tests):
    """Functions that no test names, but special methods and commands."""
    found = [function for path in paths for function in functions(path) if not function.name.startswith("__")]
    return {one.place for one in found if not (is_trivial(one) or is_command(one) or is_named(one, tests))}


def test_every_function_has_a_test():
    tests = [words(path) for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__).resolve()]
    assert unnamed(sorted(PACKAGE.rglob("*.py")), tests) == set()


PLANTED = '''
def _decides(a):
    """With a text that isn't counted."""
    if a:
        return 1
    return 2

def _straight(a):
    b = a
    c = b
    return c

class Room:
    async def _loops(self):
        for x in self:
            await x
        return 5

def _listed(args) -> int:
    if args:
        return 1
    return 2
'''


def test_the_check_finds_what_has_none(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    for package in ("http", "commands"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "planted.py").write_text(PLANTED)
    paths = sorted(tmp_path.rglob("*.py"))
    none = {f"{package}.planted.{name}" for package in ("http", "commands") for name in ("_decides", "Room._loops")}
    assert unnamed(paths, []) == none | {"http.planted._listed"}
    # The name alone is no test of it: another module's function may be called the same.
    assert unnamed(paths, [frozenset({"_decides", "http"})]) == none | {"http.planted._listed"}
    assert unnamed(paths, [frozenset({"_decides", "http", "planted"})]) == none - {"http.planted._decides"} | {
        "http.planted._listed"
    }  # fmt: skip
    assert "http.planted.Room._loops" not in unnamed(paths, [frozenset({"_loops", "http", "Room"})])
