"""CONTRIBUTING.md's walk, in a copy of the tree, without installing and compiling; and what it names is there.

`.ci/run` takes the walk as it stands, with `tests/project/run_page.py`.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import engine_table
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
    build, _, add, ask = WALK  # the second has the tools of formatting, which nothing else here needs
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
    status, output = walk(copy, WALK[3].splitlines()[1])
    assert status != 0
    assert "failed" in output


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[\w*]+\.py)`", TEXT))))
def test_the_tests_that_it_names_are_there(name):
    assert list((ROOT / "tests").rglob(name)), name


def test_the_map_has_each_room():
    """Each folder of the core, and each package."""
    table = TEXT.partition("\n## Where things are\n")[2].partition("\n## ")[0]
    rooms = {path.name for folder in ("csrc", "starkcore") for path in (ROOT / folder).iterdir() if path.is_dir()}
    rooms -= {"__pycache__"}
    assert len(rooms) > 20
    named = {
        word for cell in re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE) for word in re.findall(r"[\w.]+", cell)
    }
    assert rooms - named == set()


def test_the_engines_of_the_table_are_those_of_the_core():
    made = [path for path in (ROOT / "csrc" / "engine").glob("*.cpp") if "make_engine(" in path.read_text("utf-8")]
    assert {path.stem for path in made} == engine_table.ENGINES.keys()
    called = (ROOT / "csrc" / "base" / "cpu.cpp").read_text(encoding="utf-8")
    assert [engine.called for engine in engine_table.ENGINES.values() if f'{{"{engine.called}", ' not in called] == []


def test_who_else_knows_engines_by_name_is_listed():
    """What adds one has to look there."""
    told = TEXT.partition("- **An engine**")[2]
    knowing = [
        path.relative_to(ROOT).as_posix()
        for folder in ("tests", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".cpp")
        and re.search(r"[\"'](?:x86_64-)?avx2(?:-sha)?[\"']", path.read_text(encoding="utf-8"))
    ]
    assert "tests/engine_table.py" in knowing
    assert [name for name in knowing if name not in told] == []


def test_the_walk_is_all_of_its_shell():
    assert re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) == WALK


@pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="a source distribution")
def test_the_tools_are_those_of_ci():
    """Of the extra `dev`, what formats: another release of either formats otherwise."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    pinned = (ROOT / ".ci" / "requirements" / "lint.in").read_text(encoding="utf-8").split()
    tools = {"clang-format", "ruff"}
    formats = {each for each in extras["dev"] if each.partition("==")[0] in tools}
    assert len(formats) == len(tools)
    assert formats <= set(pinned)


def test_the_environment_of_the_walk_can_compile():
    """What setup.py imports stands beside what the walk installs, for it builds without pip's own environment."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = settings["project"]["optional-dependencies"]
    (asked,) = re.findall(r"pip install '\.\[([\w,]+)\]'", WALK[0])
    brought = {each.replace(" ", "") for extra in asked.split(",") for each in extras[extra]}
    assert set(settings["build-system"]["requires"]) <= brought
