"""Libraries that only an extra brings, imported when they are first needed."""

from __future__ import annotations

import importlib

from starkcore.errors import MissingExtra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["require"]


def require(module: str, extra: str) -> Any:
    """The module of that name, or an error that says which extra brings it.

    Raises:
        MissingExtra: it isn't installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module and not module.startswith(f"{error.name}."):
            raise  # it is there, and lacks something itself
        raise MissingExtra(module.partition(".")[0], extra) from None
