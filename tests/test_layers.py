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
    "commands.__init__": set(),
    "demo.__init__": set(),
    "dydx.events": set(),
    "errors": set(),
    "http.__init__": set(),
    "http.redaction": set(),
    "http.strict_json": set(),
    "sandbox.book": set(),
    "sandbox.ending": set(),
    "files": set(),
    "sockets": set(),
    "starkex._markets": set(),
    "terminal": set(),
    "answers": {"http.redaction", "http.strict_json"},
    "build_info": {"_native"},
    "commands.common": {"commands.output", "errors", "terminal"},
    "commands.output": {"terminal"},
    "delivery": {"answers", "errors"},
    "dydx.orderbook": {"dydx.events"},
    "dydx.results": {"answers"},
    "exact": {"errors"},
    "extras": {"errors"},
    "hashing": {"_native"},
    "keys": {"_native", "errors"},
    "sandbox.accounts": {"sandbox.book"},
    "sandbox.errors": {"errors"},
    "starkex.amounts": {"_native", "errors", "exact"},
    "starkex.expiry": {"errors", "exact"},
    "starkex.transfers": {"_native", "errors", "exact"},
    "starkex.venue": {"_native", "errors", "exact", "starkex._markets", "starkex.facts"},
    "__init__": {"_native", "build_info", "errors", "hashing", "keys"},
    "sandbox.peers": set(),
    "sandbox.schema": set(),
    "sandbox.connections": {"sandbox.peers"},
    "sandbox.store": {"sandbox.errors", "sandbox.schema"},
    "starkex.facts": {"_native", "errors", "exact", "starkex.amounts"},
    "starkex.orders": {"_native", "errors", "exact", "keys", "starkex.amounts", "starkex.expiry", "starkex.venue"},
    "starkex.columns": {"_native", "errors", "keys"},
    "dydx.address": {"errors", "starkex.facts"},
    "ethereum": {"_native", "errors", "exact", "extras", "starkex.facts"},
    "sandbox.auth": {"_native", "errors", "sandbox.errors", "starkex.facts"},
    "sandbox.committer": {"sandbox.errors", "sandbox.store"},
    "starkex.withdrawals": {"_native", "exact", "starkex.facts"},
    "transport": {"__init__", "answers", "delivery", "errors", "exact", "extras", "sockets"},
    "dydx.errors": {"delivery", "errors", "ethereum"},
    "dydx.local_storage": {"dydx.address", "errors", "http.strict_json"},
    "dydx.networks": {"ethereum"},
    "dydx.requests": {"dydx.address", "errors", "exact"},
    "dydx.transactions": {"dydx.address", "errors", "exact", "extras"},
    "starkex.signer": {
        "_native", "errors", "exact", "keys", "starkex.amounts", "starkex.columns", "starkex.expiry",
        "starkex.facts", "starkex.orders", "starkex.transfers", "starkex.venue", "starkex.withdrawals",
    },
    "dydx.credentials": {"__init__", "dydx.address", "dydx.local_storage", "errors", "exact"},
    "starkex.__init__": {
        "starkex.amounts", "starkex.columns", "starkex.expiry", "starkex.facts", "starkex.orders", "starkex.signer",
        "starkex.transfers", "starkex.venue", "starkex.withdrawals",
    },
    "starknet.felts": {"errors", "exact", "hashing"},
    "starknet.address": {"hashing", "starknet.felts"},
    "starknet.template": {"errors", "hashing", "starknet.felts"},
    "starknet.type_table": {"errors", "exact"},
    "starknet.transactions": {"errors", "exact", "hashing", "starknet.address", "starknet.felts"},
    "starknet.typed_data": {"errors", "exact", "hashing", "starknet.felts", "starknet.template", "starknet.type_table"},
    "starknet.signer": {"errors", "keys", "starknet.typed_data"},
    "starknet.__init__": {
        "starknet.address", "starknet.felts", "starknet.signer", "starknet.transactions", "starknet.typed_data",
    },
    "paradex.networks": {"errors", "exact"},
    "paradex.account": {"errors", "ethereum", "keys", "paradex.networks", "starknet.address", "starknet.felts"},
    "paradex.messages": {
        "_native", "errors", "exact", "paradex.networks", "starkex.amounts", "starknet.felts", "starknet.typed_data",
    },
    "paradex.signer": {
        "errors", "exact", "ethereum", "hashing", "keys", "paradex.messages", "paradex.networks", "starkex.amounts",
        "starknet.felts", "starknet.template",
    },
    "paradex.__init__": {"paradex.account", "paradex.networks", "paradex.signer"},
    "extended.networks": {"errors", "exact"},
    "extended.market": {"errors", "exact", "starknet.felts"},
    "extended.amounts": {"errors", "starkex.amounts"},
    "extended.account": {"errors", "ethereum", "extended.networks", "hashing", "keys", "starknet.felts"},
    "extended.messages": {
        "errors", "exact", "extended.networks", "hashing", "starkex.expiry", "starknet.felts", "starknet.template",
    },
    "extended.signer": {
        "errors", "exact", "extended.amounts", "extended.market", "extended.messages", "extended.networks", "keys",
        "starkex.amounts", "starkex.expiry", "starknet.felts",
    },
    "extended.__init__": {"extended.account", "extended.market", "extended.networks", "extended.signer"},
    "demo.offline": {"__init__", "build_info", "starkex.__init__"},
    "dydx.auth": {"__init__", "dydx.credentials", "dydx.requests"},
    "dydx.contracts": {"errors", "starkex.__init__"},
    "keyfile": {"errors", "extras"},
    "keystore": {
        "__init__", "dydx.address", "dydx.credentials", "errors", "extras", "files", "http.strict_json", "keyfile",
    },
    "sandbox.markets": {"sandbox.errors", "starkex.__init__", "starkex.amounts"},
    "dydx.eth": {
        "_native", "dydx.address", "dydx.contracts", "dydx.transactions", "errors", "exact", "starkex.amounts",
    },
    "dydx.messages": {"dydx.auth", "errors", "exact", "starkex.__init__"},
    "dydx.session": {
        "__init__", "answers", "delivery", "dydx.address", "dydx.auth", "dydx.credentials", "dydx.networks",
        "dydx.requests", "dydx.results", "errors", "ethereum", "exact", "starkex.__init__", "transport",
    },
    "dydx.websocket": {
        "answers", "dydx.auth", "dydx.credentials", "dydx.events", "errors", "extras", "http.redaction", "sockets",
        "transport",
    },
    "sandbox.checks": {"sandbox.markets", "starkex.__init__"},
    "sandbox.engine": {"sandbox.accounts", "sandbox.book", "sandbox.errors", "sandbox.markets"},
    "sandbox.l1.deploy": {
        "_native", "dydx.contracts", "errors", "extras", "http.strict_json", "starkex.__init__", "starkex.facts",
    },
    "sandbox.requests": {
        "__init__", "_native", "errors", "http.strict_json", "sandbox.accounts", "sandbox.book",
        "sandbox.errors", "sandbox.markets", "starkex.__init__", "starkex.amounts", "starkex.expiry", "starkex.orders",
    },
    "dydx.calls": {"delivery", "dydx.session"},
    "dydx.batches": {"answers", "delivery", "dydx.auth", "dydx.results", "errors"},
    "dydx.settling": {"delivery", "dydx.requests", "dydx.results", "dydx.session", "errors"},
    "dydx.sync_feed": {"dydx.events", "dydx.websocket"},
    "sandbox.l1.__init__": {"sandbox.l1.deploy"},
    "sandbox.rows": {"sandbox.accounts", "sandbox.book", "sandbox.engine", "sandbox.store"},
    "sandbox.views": {"sandbox.accounts", "sandbox.auth", "sandbox.book", "sandbox.engine", "sandbox.markets"},
    "dydx.eth_private": {"delivery", "dydx.calls", "dydx.requests", "dydx.results", "dydx.session"},
    "dydx.onboarding": {
        "__init__", "delivery", "dydx.auth", "dydx.calls", "dydx.networks", "dydx.requests", "dydx.results",
        "dydx.session", "errors",
    },
    "dydx.private": {
        "delivery", "dydx.address", "dydx.batches", "dydx.calls", "dydx.messages", "dydx.requests", "dydx.results",
        "dydx.settling", "errors", "starkex.__init__",
    },
    "dydx.public": {"delivery", "dydx.calls", "dydx.requests", "dydx.results"},
    "sandbox.exchange": {
        "__init__", "sandbox.accounts", "sandbox.auth", "sandbox.book", "sandbox.committer", "sandbox.engine",
        "sandbox.errors", "sandbox.markets", "sandbox.requests", "sandbox.rows", "sandbox.store",
        "sandbox.views", "starkex.__init__", "starkex.amounts"},
    "dydx.base": {
        "__init__", "delivery", "dydx.calls", "dydx.contracts", "dydx.eth", "dydx.eth_private", "dydx.onboarding",
        "dydx.private", "dydx.public", "dydx.results", "dydx.session", "dydx.transactions", "errors", "ethereum",
        "extras", "transport",
    },
    "sandbox.history": {
        "exact", "sandbox.accounts", "sandbox.auth", "sandbox.errors", "sandbox.exchange", "sandbox.rows",
        "sandbox.views",
    },
    "dydx.async_client": {"delivery", "dydx.base", "dydx.calls", "dydx.eth", "dydx.session", "extras", "transport"},
    "dydx.client": {"delivery", "dydx.base", "dydx.calls", "dydx.eth", "dydx.session", "transport"},
    "sandbox.rest": {
        "sandbox.accounts", "sandbox.auth", "sandbox.book", "sandbox.errors", "sandbox.exchange",
        "sandbox.history", "sandbox.views", "sandbox.peers"},
    "sandbox.websocket": {
        "sandbox.accounts", "sandbox.auth", "sandbox.engine", "sandbox.errors", "sandbox.exchange",
        "sandbox.history", "sandbox.requests", "sandbox.rows", "sandbox.views", "sandbox.peers"},
    "dydx.__init__": {"delivery", "dydx.async_client", "dydx.batches", "dydx.client", "dydx.credentials"},
    "sandbox.app": {"sandbox.errors", "sandbox.exchange", "sandbox.rest", "sandbox.websocket"},
    "commands.store": {
        "commands.common", "commands.output", "dydx.__init__", "dydx.address", "dydx.credentials", "errors", "exact",
        "files", "http.strict_json", "keyfile", "keystore", "starkex.__init__",
    },
    "demo.trading": {"__init__", "delivery", "dydx.__init__", "starkex.__init__"},
    "sandbox.server": {"sandbox.app", "sandbox.errors", "sandbox.exchange", "sandbox.store", "sandbox.connections"},
    "commands.keys": {
        "__init__", "commands.common", "commands.output", "commands.store", "dydx.credentials", "errors", "keystore",
    },
    "commands.orders": {
        "__init__", "commands.common", "commands.output", "commands.store", "dydx.__init__", "errors",
        "starkex.__init__", "terminal",
    },
    "sandbox.__init__": {"sandbox.app", "sandbox.checks", "sandbox.errors", "sandbox.exchange", "sandbox.server"},
    "demo.live": {
        "build_info", "demo.trading", "dydx.__init__", "dydx.credentials", "dydx.events", "dydx.orderbook",
        "dydx.websocket", "errors", "sandbox.__init__",
    },
    "sandbox.__main__": {"errors", "sandbox.__init__", "sandbox.ending", "terminal"},
    "cli": {
        "__init__", "build_info", "commands.common", "commands.keys", "commands.orders", "commands.output", "demo.live",
        "demo.offline", "errors", "files", "sandbox.__main__",
    },
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
    """The modules of ours that a module imports, wherever in the file: but not those that it offers under a name.

    A package's `__getattr__` imports what somebody above asks for; the package itself doesn't use it.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", "") != "__getattr__"]
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
