"""Packages whose names are imported when they are first asked for: whoever needs one doesn't wait for the others."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# For this package's own modules.
__all__: list[str] = []


def names_of(package: dict[str, Any], homes: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package.

    Args:
        package: its `globals()`, in which a name is kept once it was asked for.
        homes: by module, "starkcore.paradex.signer", the names that it has, with blanks between.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}

    def find(name: str) -> Any:
        from importlib import import_module

        if name in home_of:
            package[name] = found = getattr(import_module(home_of[name]), name)
            return found
        module = f"{package['__name__']}.{name}"
        if not name.startswith("__"):
            try:
                return import_module(module)  # which a program could reach when the package imported all of them
            except ModuleNotFoundError as error:
                if error.name != module:
                    raise
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")

    return find, lambda: sorted(package.keys() | home_of.keys())
