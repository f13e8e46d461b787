"""Data flows one way: a file uses only what lies below it. Read from #include lines and imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CSRC = ROOT / "csrc"

# The layers of csrc/, and what each may include beside the system's headers and itself. A layer is a folder, but:
# the tables that are written by a program are part of the curve; the contract that engines fulfil, engine.hpp, is a layer
# of its own, so that schemes can call an engine without knowing one; and so is the public header, for its statuses.
LAYER_OF = {"generated": "curve", "engine/engine.hpp": "contract", "starkcore.h": "header"}
BELOW = {
    "base": set(),
    "header": set(),
    "field": {"base"},
    "curve": {"base", "field"},
    "hash": {"base", "field", "curve"},
    "contract": {"base", "curve"},
    "ecdsa": {"base", "field", "curve", "hash", "contract"},
    "starkex": {"base", "field", "curve", "hash", "ecdsa", "contract", "header"},
    "engine": {"base", "field", "curve", "hash", "ecdsa", "contract"},
    "interface": {"base", "field", "curve", "hash", "ecdsa", "starkex", "contract", "header"},
}

# The same for the modules of starkcore/. "starkcore" is its __init__.py, which imports the public names.
PYTHON = {
    "_native": set(),
    "errors": set(),
    "build_info": {"_native"},
    "hashing": {"_native"},
    "keys": {"_native", "errors"},
    "__init__": {"_native", "errors", "build_info", "hashing", "keys"},
    "starkex._markets": set(),
    "starkex.amounts": {"_native", "errors"},
    "starkex.expiry": {"errors"},
    "starkex.venue": {"_native", "errors", "starkex._markets"},
    "starkex.facts": {"_native", "errors", "starkex.amounts"},
    "starkex.transfers": {"_native", "errors"},
    "starkex.withdrawals": {"_native", "starkex.facts"},
    "starkex.orders": {"_native", "errors", "keys", "starkex.amounts", "starkex.expiry", "starkex.venue"},
    "starkex.columns": {"_native", "errors", "keys"},
    "starkex.signer": {
        "_native", "errors", "keys", "starkex.amounts", "starkex.columns", "starkex.expiry", "starkex.facts", "starkex.orders",
        "starkex.transfers", "starkex.venue", "starkex.withdrawals",
    },
    "starkex.__init__": {
        "starkex.amounts", "starkex.columns", "starkex.expiry", "starkex.facts", "starkex.orders", "starkex.signer",
        "starkex.transfers", "starkex.venue", "starkex.withdrawals",
    },
    "demo": {"__init__", "build_info", "starkex.__init__"},
    "cli": {"__init__", "errors", "build_info", "demo", "starkex.__init__"},
    "__main__": {"cli"},
}  # fmt: skip


def native_files():
    return [path for suffix in ("*.hpp", "*.cpp", "*.h") for path in CSRC.rglob(suffix)]


def includes(path):
    """The files of ours that a file includes, as paths."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        found = [folder / name for folder in (path.parent, CSRC) if (folder / name).exists()]
        assert found, f"{path}: {name} is not there"
        yield found[0].resolve()


def layer(path):
    relative = path.relative_to(CSRC)
    return LAYER_OF.get(relative.as_posix()) or LAYER_OF.get(relative.parts[0], relative.parts[0])


SOURCES = pytest.mark.skipif(not CSRC.exists(), reason="the sources are not here: an installed package is tested")


@SOURCES
def test_no_include_runs_up():
    wrong = []
    for path in native_files():
        if path.relative_to(CSRC).parts[0] == "tools":
            continue
        above = layer(path)
        for target in includes(path):
            if layer(target) != above and layer(target) not in BELOW[above]:
                wrong.append(f"{path.relative_to(ROOT)} includes {target.relative_to(ROOT)}")
    assert not wrong


@SOURCES
def test_no_include_goes_round():
    graph = {path.resolve(): set(includes(path)) for path in native_files()}
    placed = set()
    while len(placed) < len(graph):
        ready = {path for path in graph if path not in placed and graph[path] <= placed}
        assert ready, sorted(str(path) for path in set(graph) - placed)
        placed |= ready


@SOURCES
def test_bindings_include_the_c_interface_alone():
    for path in (ROOT / "bindings").iterdir():
        for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
            assert name == "starkcore.h" or (path.parent / name).exists(), (path, name)


def module_of(path):
    return ".".join(path.relative_to(ROOT / "starkcore").with_suffix("").parts)


def imports(path):
    """The modules of ours that a module imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "starkcore":
                yield resolve(name)


def resolve(name):
    """A dotted name as a module of the table: the longest that is one."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        for candidate in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if candidate in PYTHON:
                return candidate
    return "__init__"


def test_no_import_runs_up():
    wrong = []
    for path in (ROOT / "starkcore").rglob("*.py"):
        module = module_of(path)
        assert module in PYTHON, f"{module}: say in this test what it may import"
        wrong += [f"{module} imports {target}" for target in imports(path) if target not in PYTHON[module] | {module}]
    assert not wrong


def test_the_order_is_one():
    """Neither table has a circle: whatever is below something isn't above it, too."""
    for table in (BELOW, PYTHON):
        placed: set[str] = set()
        while len(placed) < len(table):
            ready = [name for name in table if name not in placed and table[name] <= placed]
            assert ready, sorted(set(table) - placed)
            placed.update(ready)
