"""Python imports this at its start: installs what the parent process had installed, then runs the environment's own
file.
"""

import contextlib
import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

_here = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _here]

if os.environ.get("STARKCORE_COMPAT"):
    # Another Python than the parent's may have no starkcore, and then goes its own way.
    with contextlib.suppress(ImportError):
        from starkcore.compat import install

        install(*os.environ["STARKCORE_COMPAT"].split(","))

_own = PathFinder.find_spec("sitecustomize", sys.path)
if _own is not None and _own.loader is not None:
    sys.modules["sitecustomize"] = _module = module_from_spec(_own)
    _own.loader.exec_module(_module)
