"""Data flows one way: a file uses only what lies below it. Read from #include lines and imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "csrc"

# The layers of csrc/, and what each may include beside the system's headers and itself. A layer is a folder, but:
# the tables that are written by a program are part of the curve; the contract that engines fulfil, engine.hpp, is a
# layer of its own, so that schemes can call an engine without knowing one; and so is the public header, for its
# statuses.
LAYER_OF = {
    "generated": "curve",
    "generated/pedersen_table.cpp": "hash",
    "engine/engine.hpp": "contract",
    "starkcore.h": "header",
}
BELOW = {
    "base": set(),
    "header": set(),
    "field": {"base"},
    "curve": {"base", "field"},
    "hash": {"base", "field", "curve"},
    "contract": {"base", "curve"},
    "ecdsa": {"base", "field", "curve", "hash", "contract"},
    "starkex": {"base", "field", "curve", "hash", "ecdsa", "contract", "header"},
    "starknet": {"base", "field", "curve", "hash", "contract"},
    "engine": {"base", "field", "curve", "hash", "ecdsa", "contract"},
    "interface": {"base", "field", "curve", "hash", "ecdsa", "starkex", "starknet", "contract", "header"},
}

# The same for starkcore/, by room: a room is a package, or a module beside the packages. Those that know no venue, no
# protocol and no network are one room, the core.
CORE = {
    "__init__",
    "_native",
    "build_info",
    "described",
    "engine",
    "errors",
    "exact",
    "extras",
    "files",
    "hashing",
    "keys",
    "lazy",
    "saved_text",
    "terminal",
    "values",
}
ROOMS = {
    "core": set(),
    "http": {"core"},
    "ethereum": {"core", "http"},
    "starkex": {"core", "ethereum"},
    "starknet": {"core", "http"},
    "keystore": {"core", "http"},
    "dydx": {"core", "ethereum", "http", "keystore", "starkex"},
    "paradex": {"core", "ethereum", "keystore", "starkex", "starknet"},
    "extended": {"core", "ethereum", "keystore", "starkex", "starknet"},
    "compat": {"core", "dydx", "extended", "starkex", "starknet"},
    "sandbox": {"core", "ethereum", "http", "starkex"},
    "demo": {"core", "dydx", "extended", "http", "paradex", "sandbox", "starkex"},
    "commands": {
        "core",
        "demo",
        "dydx",
        "ethereum",
        "extended",
        "http",
        "keystore",
        "paradex",
        "sandbox",
        "starkex",
        "starknet",
    },
    "cli": {"commands", "core", "sandbox"},
}
ROOM_OF = {
    "keyfile": "keystore",
    "__main__": "cli",
    "transport": "http",
    "sockets": "http",
    "delivery": "http",
    "answers": "http",
}
# What these may import of their own room; and of the others, nothing but errors, what is given beside it.
APART = {
    "errors": set(),
    "files": set(),
    "http.redaction": set(),
    "http.strict_json": set(),
    "sandbox.book": set(),  # matching, which the audit in sandbox.checks must not share anything with
    "sandbox.checks": {"sandbox.markets", "starkex.__init__"},
    "starknet.felts": {"errors", "exact", "hashing"},
}
# Arrows that run up today, and are to go.
UPWARD: set[tuple[str, str]] = set()
# Rooms above that are named in a text, and imported only when somebody asks for what is there: no code below them waits
# for them or knows what they have.
BY_NAME = {
    ("core", "dydx"): "starkcore.Client and AsyncClient",
    ("ethereum", "dydx"): "two names of dYdX's that were in starkcore.ethereum",
    ("keystore", "dydx"): "whose Credentials a file of that venue holds, as codecs are found",
    ("keystore", "paradex"): "the same",
    ("keystore", "extended"): "the same",
}


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


MODULES = {
    ".".join(path.relative_to(ROOT / "starkcore").with_suffix("").parts): path
    for path in (ROOT / "starkcore").rglob("*.py")
}


def room(module):
    first = module.partition(".")[0]
    return "core" if first in CORE else ROOM_OF.get(first, first)


def imports(path):
    """The modules of ours that a module imports, wherever in the file: but not those that it offers under a name.

    A package's `__getattr__` imports what somebody above asks for; the package itself doesn't use it. Nor does the
    package use what it tells type checkers that those names are.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    offered = "__getattr__" in {getattr(node, "name", "") for node in tree.body}
    tree.body = [node for node in tree.body if not (offered and is_for_others(node))]
    for node in ast.walk(tree):
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


def is_for_others(node):
    """The `__getattr__` of a module, and its `if TYPE_CHECKING`."""
    guard = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return guard or getattr(node, "name", "") == "__getattr__"


def resolve(name):
    """A dotted name as a module: the longest that is one."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        for candidate in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if candidate in MODULES or candidate == "_native":
                return candidate
    return "__init__"


def test_no_import_runs_up():
    wrong = set()
    for module, path in MODULES.items():
        here = room(module)
        assert here in ROOMS, f"{module}: say in this test which rooms may be below {here}"
        wrong |= {(here, room(target)) for target in imports(path) if room(target) not in ROOMS[here] | {here}}
    assert wrong == UPWARD


def named(path):
    """The modules of ours whose names stand in a module's texts by themselves, as `import_module` takes them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(r"starkcore(?:\.\w+)+", text):
            yield resolve(text)


def test_what_is_found_by_name_is_known():
    found = {(room(module), room(target)) for module, path in MODULES.items() for target in named(path)}
    assert {arrow for arrow in found if arrow[1] not in ROOMS[arrow[0]] | {arrow[0]}} == BY_NAME.keys()


def test_what_stands_apart():
    assert {module: set(imports(MODULES[module])) - {module} for module in APART} == APART


def test_no_import_goes_round():
    """Within a room, too: what a module imports was there before it. A package's `__init__` hands on what is in it."""
    graph = {module: set(imports(path)) - {module} for module, path in MODULES.items()} | {"_native": set()}
    placed = set()
    while len(placed) < len(graph):
        ready = {module for module in graph if module not in placed and graph[module] <= placed}
        assert ready, sorted(set(graph) - placed)
        placed |= ready


def test_the_order_is_one():
    """Neither table has a circle: whatever is below something isn't above it, too."""
    for table in (BELOW, ROOMS):
        placed: set[str] = set()
        while len(placed) < len(table):
            ready = [name for name in table if name not in placed and table[name] <= placed]
            assert ready, sorted(set(table) - placed)
            placed.update(ready)
