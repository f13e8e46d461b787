"""CONTRIBUTING.md's walk: its shell blocks, one after the other, in a copy of the tree; and what it names is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
if not PAGE.exists():
    pytest.skip("not a checkout", allow_module_level=True)

TEXT = PAGE.read_text(encoding="utf-8")
WALK = re.findall(r"<!-- walk -->\n```sh\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the tree, with an environment that has this one's libraries instead of downloads."""
    tree = tmp_path_factory.mktemp("walk") / "starkcore"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "*.so", "results")
    shutil.copytree(ROOT, tree, ignore=ignored)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=tree, check=True)
    site = next((tree / ".venv").glob("lib/python*/site-packages"))
    # Behind the tree itself, which comes first when a module is run from its root.
    libraries = "\n".join(path for path in sys.path if path.endswith("-packages"))
    (site / "libraries.pth").write_text(libraries + "\n", encoding="utf-8")
    pip = tree / ".venv" / "bin" / "pip"
    pip.write_text("#!/bin/sh\n", encoding="utf-8")
    pip.chmod(0o755)
    return tree


def walk(tree, block):
    commands = "\n".join(line for line in block.splitlines() if not line.startswith("python3 -m venv"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    # The extension comes from here, where it is built already: the walk's own build is long.
    extension = next(Path(__import__("starkcore")._native.__file__).parent.glob("_native*.so"))
    shutil.copy(extension, tree / "starkcore")
    commands = re.sub(r".*build_ext --inplace.*", "true", commands)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_walk(copy):
    build, add, ask = WALK
    for block in (build, add, ask):
        status, output = walk(copy, block)
        assert status == 0, output
        if block is add:
            assert "Market(name='WIF-USD'" in output


def test_a_wrong_digit_is_found(copy):
    markets = copy / "starkcore" / "starkex" / "venues" / "dydx_v3.py"
    text = markets.read_text(encoding="utf-8")
    assert "0x5749462D33" in text  # the walk's
    markets.write_text(text.replace("0x5749462D33", "0x5749462D34"), encoding="utf-8")
    status, output = walk(copy, WALK[2].splitlines()[1])
    assert status != 0
    assert "failed" in output


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[\w*]+\.py)`", TEXT))))
def test_the_tests_that_it_names_are_there(name):
    assert list((ROOT / "tests").rglob(name)), name


def test_the_walks_first_commands_are_real():
    """What the walk above stands in for: pip's extra, and the build, are those of pyproject.toml and setup.py."""
    assert "'.[test]'" in WALK[0]
    assert "build_ext --inplace" in WALK[0]
