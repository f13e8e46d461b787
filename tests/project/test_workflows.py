"""What the workflows run is here, and takes what it is given: none of them has run where it is meant to.

Each job of each workflow, with each row of its matrix, is read as its shell will read it. Programs, lists and folders
that it names have to exist, options to be known to the program that gets them, and tools to be installed before they
are used.
"""

import itertools
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / ".github").is_dir():
    pytest.skip("not a checkout", allow_module_level=True)
import yaml  # noqa: E402

sys.path.append(str(ROOT / "tests" / "checks"))
import emulated_tests  # noqa: E402
import platforms  # noqa: E402

from starkcore import cli  # noqa: E402

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What the hosts that are asked for are called as of today: https://github.com/actions/runner-images. An image that was
# retired fails each job that asks for it; macos-14 went in November 2026, macos-15-intel goes in August 2027.
HOSTS = {"ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2022", "windows-11-arm"}
INPUTS = {
    "actions/checkout": {"persist-credentials", "repository", "ref", "path"},
    "actions/setup-python": {"python-version"},
    "actions/setup-node": {"node-version"},
    "actions/upload-artifact": {"name", "path"},
    "actions/download-artifact": {"path", "merge-multiple"},
    "actions/attest-build-provenance": {"subject-path"},
    "pypa/gh-action-pypi-publish": {"attestations"},
}
# The package of Debian and Ubuntu that has a tool, where it isn't called so. Hosts have g++ and what is of the shell.
PACKAGES = {
    "aarch64-linux-gnu-g++": "g++-aarch64-linux-gnu",
    "s390x-linux-gnu-g++": "g++-s390x-linux-gnu",
    "riscv64-linux-gnu-g++": "g++-riscv64-linux-gnu",
    "x86_64-w64-mingw32-g++-posix": "g++-mingw-w64-x86-64-posix",
    **{f"qemu-{machine}-static": "qemu-user-static" for machine in ("aarch64", "s390x", "riscv64", "x86_64")},
    **{f"qemu-{machine}": "qemu-user" for machine in emulated_tests.MACHINES},
    "clang++": "clang",
}
ON_HOSTS = {"c++", "env", "x86_64-linux-gnu-g++", "apt-get", "dpkg-deb"}
# What builds the package by itself, each time in its own way.
BUILDERS = {"platforms", "emulated_tests", "reproduce", "sdk_suites"}
# A script's own reading of its words, without what it does after that.
READER = """
import argparse, json, os, runpy, sys

class Accepted(BaseException):
    pass

def parse_args(parser, *words, **named):
    before(parser, *words, **named)
    raise Accepted

before, argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_args, parse_args
places = sys.path[1:]
for line in sys.stdin:
    safe, *sys.argv = json.loads(line)
    sys.path[:] = ([] if safe else [os.path.dirname(os.path.abspath(sys.argv[0]))]) + places
    for name, module in list(sys.modules.items()):  # ours, that another script has imported
        if os.path.join(os.getcwd(), "tests", "") in (getattr(module, "__file__", None) or ""):
            del sys.modules[name]
    verdict = "reads no words"
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except Accepted:
        verdict = ""
    except BaseException as error:
        verdict = f"{type(error).__name__}: {error}"
    print(json.dumps(verdict), flush=True)
"""


@dataclass
class Job:
    """One row of a job's matrix: what its steps have made so far, and what is wrong with them."""

    name: str
    made: set[str] = field(default_factory=set)  # virtual environments, checkouts
    packages: set[str] = field(default_factory=set)  # of the system
    lists: list[str] = field(default_factory=list)  # of requirements, installed together
    scripts: list[list[str]] = field(default_factory=list)  # each begins with -P, or with nothing
    installed: bool = False  # starkcore itself, for whatever Python is started
    wrong: list[str] = field(default_factory=list)

    def tools(self, wanted: set[str]) -> None:
        """They have to be installed by now."""
        lacking = {PACKAGES.get(tool, tool) for tool in wanted - ON_HOSTS} - self.packages
        self.wrong += [f"{package} isn't installed" for package in sorted(lacking)]


def rows(matrix: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The combinations of a matrix, as far as its forms are used here."""
    if "include" in matrix:
        assert matrix.keys() == {"include"}
        yield from matrix["include"]
        return
    for values in itertools.product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))


def filled(text: Any, row: dict[str, Any]) -> str:
    """A value with its matrix's row in it; what is known only there is a 1."""
    text = re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda match: str(row[match[1]]), str(text))
    text = re.sub(r"\$\{\{ github\.run_id \}\}|\$\(git log -1 --format=%ct\)", "1", text)
    assert "${{" not in text, text
    return text


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command."""
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, "&&"]:
            if word in ("&&", "||", ";", "|"):
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def installed(job: Job, words: list[str]) -> None:
    """`pip install …`: its lists, and that those that are installed together don't contradict each other."""
    lists = [after for before, after in itertools.pairwise(words) if before == "-r"]
    job.wrong += [f"no list {name}" for name in lists if not (ROOT / name).is_file()]
    here = [name for name in lists if (ROOT / name).is_file()]
    job.lists += here
    pins: dict[str, set[str]] = {}
    for name in here:
        own: dict[str, set[str]] = {}  # several for several Pythons
        for package, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE):
            own.setdefault(package, set()).add(version)
        for package, versions in own.items():
            if not versions & pins.setdefault(package, versions):
                job.wrong.append(f"{package} {', '.join(pins[package])} and {', '.join(versions)} together")
    if "." in words:
        job.installed = True
        job.wrong += [] if ".ci/requirements/build.txt" in job.lists else ["installed without what builds it"]
    known = {"-q", "-r", "--require-hashes", "--no-deps", "--no-build-isolation", "-e", ".", *lists}
    job.wrong += [f"pip install {word}" for word in words if word not in known]


def python(job: Job, program: str, words: list[str]) -> None:
    if "/" in program and program.partition("/")[0] not in job.made:
        job.wrong.append(f"no virtual environment {program}")
    match words:
        case ["-m", "pip", "install", *rest]:
            installed(job, rest)
        case ["-m", "venv", *folders]:
            job.made |= set(folders)
        case ["-m", "cibuildwheel", *rest]:
            if ".ci/requirements/wheels.txt" not in job.lists or rest[:1] != ["--output-dir"] or len(rest) != 2:
                job.wrong.append("cibuildwheel isn't installed, or has other words")
        case ["setup.py", *rest]:
            if rest != ["-q", "build_ext", "--inplace"] or ".ci/requirements/build.txt" not in job.lists:
                job.wrong.append("setup.py is given other words, or not what it needs")
        case ["-P", script, *rest] | [script, *rest] if script.endswith(".py"):
            if not (ROOT / script).is_file():
                job.wrong.append(f"no script {script}")
                return
            job.scripts.append(["-P" if words[0] == "-P" else "", script, *rest])
            if not job.installed and Path(script).stem not in BUILDERS and imports_starkcore(ROOT / script):
                job.wrong.append(f"{script} without starkcore")
            used_by(job, script, rest)
        case _:
            job.wrong.append(f"python {' '.join(words)}")


@cache
def helpers() -> dict[str, Path]:
    """The modules that tests and checks are made of, by name."""
    return {path.stem: path for path in (ROOT / "tests").rglob("*.py")}


@cache
def imports_starkcore(path: Path) -> bool:
    """Whether it, or what it imports of our tests, does; by its own Python or by one that it starts."""
    text = path.read_text(encoding="utf-8")
    if re.search(r"\b(?:from|import) starkcore\b", text):
        return True
    names = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) - {path.stem}
    return any(imports_starkcore(helpers()[name]) for name in names & helpers().keys())


def used_by(job: Job, script: str, words: list[str]) -> None:
    """The tools that a script needs for those words."""
    if script.endswith("/platforms.py"):
        for name in words[1:]:
            if match := platforms.PYTHON.fullmatch(name):
                job.tools({f"{name}-dev", f"{name}-venv"} if job.packages else set())  # else by setup-python
                assert job.packages or f"python-version {match[1]}" in job.made, name
                continue
            compiler = name.replace("clang++", "clang") if platforms.COMPILER.fullmatch(name) else None
            known = platforms.PLATFORMS.get(name) or platforms.compiler_platform(name)
            job.tools({compiler} if compiler else {known.compiler[0], *known.runner[:1]} - {sys.executable})
            for needed, module, package in (
                ("ziglang" in known.compiler, "platforms", "ziglang"),
                (known.binding, "build", "python3-pybind11"),
            ):
                if needed and f".ci/requirements/{module}.txt" not in job.lists and package not in job.packages:
                    job.wrong.append(f"{package} isn't installed")
    if script.endswith("/emulated_tests.py"):
        machine = emulated_tests.MACHINES[words[words.index("--machine") + 1]]
        job.tools({machine.emulator, machine.compiler, "python3-pip"})


def command(job: Job, words: list[str]) -> None:
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        name = words.pop(0).partition("=")[0]
        if not any(
            name in path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)
        ):
            job.wrong.append(f"nothing reads {name}")
    program, *rest = words[1:] if words[0] == "sudo" else words
    if re.fullmatch(r"([\w./-]+/bin/)?python3?", program):
        python(job, program, rest)
    elif program == "apt-get":
        names = [word for word in rest if not word.startswith("-")]
        options = [word for word in rest if word.startswith("-")]
        if names[0] == "install":
            job.packages |= set(names[1:])
            if options != ["-y", "-qq", "--no-install-recommends"]:
                job.wrong.append(f"apt-get {' '.join(rest)}")
    elif program == "pytest":
        job.wrong += [f"no tests {word}" for word in rest if word != "-q" and not (ROOT / word).is_file()]
    elif program == "starkcore":
        try:
            cli._parser(rest[0]).parse_args(rest)
        except SystemExit:
            job.wrong.append(f"starkcore {' '.join(rest)}")
    elif program == "npm":
        if rest[0] != "ci" or not (ROOT / rest[-1] / "package-lock.json").is_file() or rest[-2] != "--prefix":
            job.wrong.append(f"npm {' '.join(rest)}")
    elif program == "bash":
        if not (ROOT / rest[0]).is_file():
            job.wrong.append(f"no {rest[0]}")
    elif program != "echo":
        job.wrong.append(f"{program}: not known here")


def used(job: Job, step: dict[str, Any], row: dict[str, Any]) -> None:
    action, given = step["uses"].partition("@")[0], step.get("with", {})
    job.wrong += [f"{action} takes no {name}" for name in given.keys() - INPUTS[action]]
    if action == "actions/checkout":
        job.made.add(given.get("path", "checkout"))
    if action == "actions/setup-python":
        version = filled(given["python-version"], row)
        if not re.fullmatch(r"3\.\d\dt?", version):
            job.wrong.append(f"Python {version}")
        job.made.add(f"python-version {version}")


def read(name: str, described: dict[str, Any], row: dict[str, Any]) -> Job:
    """A job for one row of its matrix, step by step."""
    job = Job(f"{name} {' '.join(str(value)[:24] for value in row.values())}".strip())
    if (host := filled(described["runs-on"], row)) not in HOSTS:
        job.wrong.append(f"{host} isn't to be had")
    for step in described["steps"]:
        if "uses" in step:
            used(job, step, row)
            continue
        for words in commands(filled(step["run"], row)):
            if words[0] not in ("sudo", "apt-get", "echo") and "checkout" not in job.made:
                job.wrong.append(f"{words[0]} before the tree is here")
            command(job, words)
    return job


def jobs(workflow: dict[str, Any]) -> list[Job]:
    found = []
    for name, described in workflow["jobs"].items():
        found += [read(name, described, row) for row in rows(described.get("strategy", {}).get("matrix", {}))]
    return found


def unread(scripts: list[list[str]]) -> list[str]:
    """What scripts say to words that they don't take."""
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input="".join(json.dumps(words) + "\n" for words in scripts),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(scripts), done.stderr
    said = zip(scripts, verdicts, strict=True)
    return [f"{' '.join(words).strip()}: {verdict}" for words, verdict in said if verdict]


@pytest.fixture(scope="module")
def workflows() -> dict[str, Any]:
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORKFLOWS}


@pytest.mark.parametrize("name", [path.name for path in WORKFLOWS])
def test_each_job_has_what_it_names(workflows, name):
    found = jobs(workflows[name])
    assert [f"{job.name}: {wrong}" for job in found for wrong in job.wrong] == []
    for described in workflows[name]["jobs"].values():
        needed = described.get("needs", [])
        assert {needed} if isinstance(needed, str) else set(needed) <= workflows[name]["jobs"].keys()


def test_each_script_takes_its_words(workflows):
    scripts = [words for workflow in workflows.values() for job in jobs(workflow) for words in job.scripts]
    assert len(scripts) > 20
    assert unread(scripts) == []


def test_words_that_a_script_does_not_take_are_found():
    good = ["", "tests/checks/threads.py", "--seconds", "3"]
    bad = [[*good[:2], "--second-hand"], [*good[:3], "long"], ["", "tests/emulated.py", "--x"]]
    bad += [["-P", "tests/checks/emulated_tests.py"]]  # which finds a neighbour only without -P
    assert [line.rpartition(": ")[2] for line in unread([good, *bad])] == [
        "2",
        "2",
        "reads no words",
        "No module named 'platforms'",
    ]


FIRST = {"uses": "actions/checkout@0", "with": {"persist-credentials": False}}


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("python tests/checks/platform.py", "no script tests/checks/platform.py"),
        ("python -m pip install --require-hashes -r .ci/requirements/all.txt", "no list .ci/requirements/all.txt"),
        ("python -m pip install --pre -r .ci/requirements/build.txt", "pip install --pre"),
        ("pytest -q tests/test_keys.py", "no tests tests/test_keys.py"),
        ("starkcore information", "starkcore information"),
        ("python setup.py -q build_ext --inplace", "setup.py is given other words, or not what it needs"),
        ("sdks/bin/python -m venv x", "no virtual environment sdks/bin/python"),
        ("npm ci --ignore-scripts --prefix .ci/geth", "npm ci --ignore-scripts --prefix .ci/geth"),
        ("STARKCORE_LEVELS=all pytest -q", "nothing reads STARKCORE_LEVELS"),
        ("python tests/checks/platforms.py --need aarch64-linux", "g++-aarch64-linux-gnu isn't installed"),
        ("python tests/checks/platforms.py --need clang++-23", "clang-23 isn't installed"),
        ("python tests/checks/platforms.py --need aarch64-macos", "ziglang isn't installed"),
        ("make check", "make: not known here"),
        ("python tests/checks/answer_memory.py", "tests/checks/answer_memory.py without starkcore"),
        ("python -m pip install --no-build-isolation --no-deps .", "installed without what builds it"),
    ],
)
def test_what_a_job_lacks_is_found(run, told, capsys):
    job = read("planted", {"runs-on": "ubuntu-24.04", "steps": [FIRST, {"run": run}]}, {})
    assert told in job.wrong


def test_hosts_actions_inputs_and_the_order_of_steps_are_looked_at():
    steps = [
        {"run": "bash .ci/run"},
        {"uses": "actions/setup-python@0", "with": {"python-version": "3.1", "node": "22"}},
    ]
    job = read("planted", {"runs-on": "macos-14", "steps": steps}, {})
    assert job.wrong == [
        "macos-14 isn't to be had",
        "bash before the tree is here",
        "actions/setup-python takes no node",
        "Python 3.1",
    ]


def test_updates_are_proposed_for_each_folder_of_packages():
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    asked = {update["directory"] for update in updates if update["package-ecosystem"] == "npm"}
    assert asked == {f"/{path.parent.relative_to(ROOT).as_posix()}" for path in (ROOT / ".ci").glob("*/package.json")}
