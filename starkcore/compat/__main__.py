"""Run a program with starkcore in the place of the libraries that it signs with; its child processes, too.

    python -m starkcore.compat [--only NAMES] script.py args…
    python -m starkcore.compat [--only NAMES] -m module args…

NAMES are separated by commas. Children of the same Python get it through PYTHONPATH, unless they are started with -I,
-E or -S.
"""

from __future__ import annotations

import io
import os
import runpy
import sys
from pathlib import Path
from types import ModuleType

from starkcore.compat.child import VARIABLE
from starkcore.compat.installing import install
from starkcore.errors import StarkcoreError

__all__ = ["main"]

_USAGE = "usage: python -m starkcore.compat [--only NAMES] (script.py | -m module) args…"


def main(arguments: list[str]) -> None:
    """Install, then become the program."""
    names: list[str] = []
    rest = list(arguments)
    if rest[:1] == ["--only"] and len(rest) > 1:
        names, rest = rest[1].split(","), rest[2:]
    is_module = rest[:1] == ["-m"]
    rest = rest[1:] if is_module else rest
    if not rest or rest[0].startswith("-"):
        sys.exit(_USAGE)
    try:
        installed = install(*names)
    except StarkcoreError as error:
        sys.exit(f"starkcore.compat: {error}")
    os.environ[VARIABLE] = ",".join(installed)
    folder = str(Path(__file__).with_name("child"))
    paths = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, *([paths] if paths else [])])
    sys.argv = rest
    if is_module:
        if not sys.flags.safe_path:
            sys.path[0] = str(Path.cwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        _run_script(rest[0])


def _run_script(path: str) -> None:
    """As the interpreter runs one: it is `__main__` until the process ends, also for threads and pickles."""
    try:
        with io.open_code(str(Path(path).absolute())) as file:
            source = file.read()
    except OSError as error:
        sys.exit(f"starkcore.compat: can't open {path}: {error.strerror}")
    module = ModuleType("__main__")
    module.__file__ = path
    vars(module)["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(path).resolve().parent)
    exec(compile(source, path, "exec"), vars(module))  # noqa: S102


if __name__ == "__main__":
    main(sys.argv[1:])
