"""A local exchange to trade against: dYdX v3's API, with every signature checked. `starkcore sandbox` starts it.

It needs the extra `sandbox`. See docs/sandbox.md for what it does, and what it leaves out.
"""

from __future__ import annotations

from importlib import import_module

from starkcore.sandbox.errors import SandboxError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.sandbox.app import create_app
    from starkcore.sandbox.checks import Audit, audit
    from starkcore.sandbox.exchange import Settings
    from starkcore.sandbox.server import Sandbox, running, running_process, serve

__all__ = [
    "Audit", "Sandbox", "SandboxError", "Settings", "audit", "create_app", "running", "running_process", "serve",
]  # fmt: skip

_WHERE = {
    "create_app": "app", "Audit": "checks", "audit": "checks", "Settings": "exchange", "Sandbox": "server",
    "running": "server", "running_process": "server", "serve": "server",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"starkcore.sandbox.{_WHERE[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "starkcore":
            raise
        raise SandboxError(
            f"the sandbox needs {error.name}: install it with pip install 'starkcore-native[sandbox]'"
        ) from None
