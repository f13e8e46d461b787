"""Code that runs in an interpreter of its own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import starkcore

# Of the package that is tested: installed, or in the tree.
ROOT = Path(starkcore.__file__).parents[1]


def python(code, *arguments, **environment):
    """What a new interpreter prints that runs the code, with this package."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", textwrap.dedent(code), *arguments],
        capture_output=True, timeout=60, text=True, check=False, env=os.environ | {"PYTHONPATH": path} | environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
