"""What continuous integration runs and installs is pinned: actions by commit, packages by hash.

No file names a registry.
"""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from distributions import ROOT

if not (ROOT / ".github").is_dir():
    pytest.skip("not a checkout", allow_module_level=True)

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REQUIREMENTS = ROOT / ".ci" / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("*.txt"))
# An action at a commit, and beside it, for people, the release that the commit is.
ACTION = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
PINNED = re.compile(
    r"(?P<name>[\w.\[\],-]+)==(?P<version>[\w.!]+)(?: ;[^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)
INSTALL = re.compile(
    r"\bpip3?\"?\s+(?:install|download|wheel)\b.*|\b(?:npx|pipx|uvx)\s+\w.*"
    r"|\b(?:npm|uv)\s+(?:ci|exec|i|install|pip|run|tool)\b.*"
)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def unpinned_actions(text):
    return [use for use in re.findall(r"uses:\s*(.+)", text) if not ACTION.fullmatch(use.strip())]


def unpinned_installs(text):
    """Commands that install something by anything but its hash; what is here already (`.`) comes without
    dependencies.
    """
    found = []
    for line in text.splitlines():
        for match in INSTALL.finditer(line):
            rest = match[0]
            local = re.search(r"--no-build-isolation --no-deps (?:-e )?\.\s*$", rest)
            if not ("--require-hashes" in rest or local or re.search(r"npm ci .*--ignore-scripts", rest)):
                found.append(line.strip())
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows(path):
    text = path.read_text(encoding="utf-8")
    assert "uses:" in text
    assert unpinned_actions(text) == []
    assert unpinned_installs(text) == []


def test_the_script_of_checks():
    """But for the README's own command, which is run as people run it."""
    assert unpinned_installs((ROOT / ".ci" / "run").read_text(encoding="utf-8")) == []


def test_wheels_are_built_with_pinned_tools():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text[text.index("[tool.cibuildwheel]") :]
    assert unpinned_installs(section) == []
    assert '"--no-isolation"' in section
    assert "test-requires" not in section


def test_wheels_are_built_for_each_python_that_is_claimed():
    """docs/install.md's table names them, the free-threaded ones from the first that is supported as such."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    built = {name.removesuffix("-*") for name in settings["build"].split()}
    table = (
        (ROOT / "docs" / "install.md").read_text(encoding="utf-8").partition("\n## Pythons\n")[2].partition("\n## ")[0]
    )
    claimed = re.findall(r"^\| (3\.\d+t?) \| yes \|", table, re.MULTILINE)
    assert "3.15t" in claimed
    assert built == {"cp" + version.replace(".", "") for version in claimed}


def test_packages_without_wheels_for_a_python_are_left_out_there():
    """coincurve's newest release has none from 3.14 on, and its source doesn't build there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    everything = [line for lines in project["optional-dependencies"].values() for line in lines]
    found = [line for line in everything if line.startswith("coincurve")]
    assert found
    assert all(line.endswith("; python_version < '3.14'") for line in found)


@pytest.mark.parametrize(
    "line",
    ["uses: actions/checkout@v5", "uses: pypa/gh-action-pypi-publish@release/v1",
     "uses: actions/checkout@93cb6efe18208431cddfb8368fd83d5badbf9bfd", "uses: actions/checkout@93cb6ef # v5.0.1"],
)  # fmt: skip
def test_actions_without_a_commit_are_found(line):
    assert len(unpinned_actions(f"    steps:\n      - {line}\n")) == 1


@pytest.mark.parametrize(
    "command",
    ["python -m pip install build", ".venv/bin/pip install -q 'ruff==0.17.6'", "pip install -r list.txt",
     "pip install .", "npm install x@1.0.0", "npm ci", "npx x", "uv pip install x", "pipx run x"],
)  # fmt: skip
def test_installs_without_hashes_are_found(command):
    assert len(unpinned_installs(f"      - run: {command}\n")) == 1


@pytest.mark.parametrize("path", LOCKS, ids=name_of)
def test_lock_files(path):
    text = path.read_text(encoding="utf-8")
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert PINNED.sub("", body) == ""
    pinned = {match["name"].partition("[")[0].lower().replace("_", "-") for match in PINNED.finditer(body)}
    source = path.with_suffix(".in")
    if source.exists():
        lines = source.read_text(encoding="utf-8").splitlines()
        asked = {re.split(r"[\[=<>]", line)[0] for line in lines if line and not line.startswith("#")}
        assert asked <= pinned


def test_every_list_has_its_lock_file():
    assert {path.stem for path in REQUIREMENTS.glob("*.in")} | {"test"} == {path.stem for path in LOCKS}


@pytest.mark.parametrize("folder", sorted(path.parent for path in (ROOT / ".ci").glob("*/package.json")), ids=name_of)
def test_the_lock_files_of_npm(folder):
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    wanted = wanted.get("optionalDependencies", {}) | wanted.get("dependencies", {})
    assert wanted
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packages.pop("")
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    for package in packages.values():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])


def test_no_file_names_a_registry():
    """Where packages come from is the machine's matter: an address in a file could lead elsewhere unseen."""
    hosts = re.compile(
        "|".join([r"--(extra-)?index-url", r'"resolved"', r"files\.python" + "hosted", r"registry\.npm" + "js"])
    )
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name] or [*LOCKS, *(ROOT / ".ci").rglob("*.json")]
    text = {path: path.read_bytes().decode("utf-8", "replace") for path in paths if path != Path(__file__).resolve()}
    assert [name_of(path) for path in text if hosts.search(text[path])] == []
    assert len(text) > 5
