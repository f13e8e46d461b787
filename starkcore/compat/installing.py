"""Putting functions in the place of others, and taking them away again.

What a program imports later comes from a finder at the head of `sys.meta_path`. What it has imported before is found by
identity: wherever a module's global is the library's function, it becomes ours. Names in modules are what is looked up
at each call; a function that was put into a list, a closure or a default before isn't found, so install first.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any

from starkcore import exact
from starkcore.compat.registry import LIBRARIES, Library
from starkcore.errors import _invalid

__all__ = ["install", "status", "uninstall"]

_lock = threading.RLock()
_installed: dict[str, Library] = {}
# {id of ours: (library's name, ours, the original)}, for modules that import ours meanwhile.
_originals: dict[int, tuple[str, object, object]] = {}
# What was bound before: (library's name, a module's globals, name, ours, the original).
_rebound: list[tuple[str, dict[str, Any], str, object, object]] = []


def install(*names: str) -> list[str]:
    """Put starkcore in the place of these libraries; of all that are known, when none is named.

    May be called again and from several threads. Libraries that were imported before keep their modules: their
    functions are replaced in them, and wherever modules have imported them by name.

    Returns:
        The names of all libraries whose place is taken now.

    Raises:
        InvalidInput: a name that isn't known.
    """
    chosen = _chosen(names)
    with _lock:
        for library in chosen:
            if library.name in _installed:
                continue
            _finish_imports(library)
            _installed[library.name] = library
            if _FINDER not in sys.meta_path:
                sys.meta_path.insert(0, _FINDER)
            for original, functions in list(_loaded(library)):
                _replace(library, original, functions)
        return list(_installed)


def uninstall() -> None:
    """Put everything back as it was, also in modules that were imported since, where the originals are installed."""
    with _lock:
        if _FINDER in sys.meta_path:
            sys.meta_path.remove(_FINDER)
        for _, namespace, name, ours, original in reversed(_rebound):
            if namespace.get(name) is ours:
                namespace[name] = original
        _rebound.clear()
        taken = [(name, sys.modules[name]) for name in list(sys.modules) if _stands_for(name)]
        for name, module in taken:
            del sys.modules[name]
            parent = sys.modules.get(name.rpartition(".")[0])
            if parent is not None and not _is_ours(parent) and vars(parent).get(name.rpartition(".")[2]) is module:
                delattr(parent, name.rpartition(".")[2])
        _installed.clear()
        for name, module in taken:
            _remember_imported(name, module)
        originals = {key: original for key, (_, _, original) in _originals.items()}
        for namespace in _namespaces():
            for key, value in list(namespace.items()):
                if id(value) in originals:
                    namespace[key] = originals[id(value)]
        _originals.clear()


def status() -> dict[str, str]:
    """{library: what is so}: "not installed", "installed" (nobody has imported it yet), "in use" (imported from here),
    or "replaced" (the library itself was imported, and its functions are replaced)."""
    with _lock:
        return {name: _state(library) for name, library in LIBRARIES.items()}


def _state(library: Library) -> str:
    if library.name not in _installed:
        return "not installed"
    if any(name == library.name for name, *_ in _originals.values()):
        return "replaced"
    return "in use" if library.package and _stands_for(library.name) else "installed"


def _chosen(names: tuple[str, ...]) -> list[Library]:
    known = ", ".join(LIBRARIES)
    plain = [exact.text(name, "names") for name in names]
    if not LIBRARIES.keys() >= set(plain):
        raise _invalid("names", f"must be among {known}")
    return [LIBRARIES[name] for name in plain] if plain else list(LIBRARIES.values())


def _is_ours(module: object) -> bool:
    return isinstance(module, ModuleType) and module.__name__.partition(".")[0] == "starkcore"


def _stands_for(name: str) -> bool:
    """Whether one of our modules is under this name, a library's."""
    return name.partition(".")[0] in LIBRARIES and _is_ours(sys.modules.get(name))


def _of(library: Library, name: str) -> bool:
    return name == library.name or name.startswith(library.name + ".")


def _finish_imports(library: Library) -> None:
    """Wait for another thread that is in the middle of importing the library."""
    for name in list(sys.modules):
        spec = getattr(sys.modules.get(name), "__spec__", None) if _of(library, name) else None
        if getattr(spec, "_initializing", False):
            importlib.import_module(name)


def _namespaces() -> Iterator[dict[str, Any]]:
    """The globals of every module but starkcore's own."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and not _is_ours(module):
            yield vars(module)


def _functions_for(library: Library, name: str) -> dict[str, Any]:
    """{name: ours} for a module of the library."""
    if library.patched:
        table: dict[str, dict[str, Any]] = importlib.import_module(library.patched).FUNCTIONS
        return table.get(name, {})
    ours = library.package + name[len(library.name) :]
    if importlib.util.find_spec(ours) is None:
        return {}
    module = importlib.import_module(ours)
    return {name: getattr(module, name) for name in getattr(module, "__all__", ())}


def _loaded(library: Library) -> Iterator[tuple[ModuleType, dict[str, Any]]]:
    """The library's own modules that are imported, and what stands for their functions."""
    for name, module in list(sys.modules.items()):
        if _of(library, name) and isinstance(module, ModuleType) and not _is_ours(module):
            yield module, _functions_for(library, name)


def _pairs(original: ModuleType, functions: dict[str, Any]) -> list[tuple[object, object]]:
    """(the library's, ours) of the functions and classes that are the library's own."""
    top = original.__name__.partition(".")[0]
    pairs: list[tuple[object, object]] = []
    for name, ours in functions.items():
        theirs = vars(original).get(name)
        if isinstance(theirs, (FunctionType, type)) and theirs.__module__.partition(".")[0] == top:
            pairs.append((theirs, ours))
    return pairs


def _replace(library: Library, original: ModuleType, functions: dict[str, Any]) -> None:
    """In every module, the library's functions by ours."""
    replaced = {}
    for theirs, ours in _pairs(original, functions):
        replaced[id(theirs)] = (theirs, ours)
        _originals[id(ours)] = (library.name, ours, theirs)
    if not replaced:
        return
    for namespace in _namespaces():
        for key, value in list(namespace.items()):
            if id(value) in replaced:
                theirs, ours = replaced[id(value)]
                namespace[key] = ours
                _rebound.append((library.name, namespace, key, ours, theirs))


def _remember_imported(name: str, module: ModuleType) -> None:
    """The originals of functions that were imported from one of our modules: from the library, where it is
    installed.
    """
    held = {id(value) for namespace in _namespaces() for value in list(namespace.values())}
    ours = {key: getattr(module, key) for key in getattr(module, "__all__", ())}
    if not any(id(value) in held for value in ours.values()):
        return
    try:
        original = importlib.import_module(name)
    except Exception:  # it isn't installed, or doesn't work here: then ours stay where they are
        return
    for theirs, replacement in _pairs(original, ours):
        _originals.setdefault(id(replacement), (name.partition(".")[0], replacement, theirs))


class _Alias:
    """Loads one of our modules under a library's name: the very module, not another copy."""

    def __init__(self, ours: str) -> None:
        self.ours = ours

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.ours)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # which the import system has overwritten


class _Patching:
    """Loads a library's module, then replaces functions in it."""

    def __init__(self, library: Library, spec: ModuleSpec) -> None:
        self.library, self.spec, self.loader = library, spec, spec.loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec) if self.loader else None

    def exec_module(self, module: ModuleType) -> None:
        if self.loader is None:
            return
        self.spec.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        with _lock:
            if self.library.name in _installed:
                _replace(self.library, module, _functions_for(self.library, module.__name__))


class _Finder:
    """First among the import system's finders: knows the installed libraries' modules."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        library = _installed.get(name.partition(".")[0])
        if library is None:
            return None
        if library.patched:
            return self._patching(library, name, path, target)
        ours = library.package + name[len(library.name) :]
        found = importlib.util.find_spec(ours)
        if found is None:
            return None
        return ModuleSpec(name, _Alias(ours), is_package=found.submodule_search_locations is not None)  # type: ignore[arg-type]

    def _patching(
        self, library: Library, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        if not _functions_for(library, name):
            return None
        for finder in list(sys.meta_path):
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _Patching(library, spec)  # type: ignore[assignment]
                return spec
        return None


_FINDER: Any = _Finder()
