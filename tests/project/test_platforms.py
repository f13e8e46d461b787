"""The comparison of platforms finds what differs, and what docs/install.md and the weekly run name is what it knows."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / ".github").is_dir():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.append(str(ROOT / "tests" / "checks"))
import emulated_tests  # noqa: E402
import extras  # noqa: E402
import platforms  # noqa: E402

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
WEEKLY = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
GATE = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
RUNS = platforms.Platform(("c++",), ("env",), engines=("portable",))


def says(monkeypatch, *lines, code=0):
    """A program that prints that, whatever it is run by."""
    done = SimpleNamespace(returncode=code, stdout="".join(f"{line}\n" for line in lines), stderr="")
    monkeypatch.setattr(platforms, "started", lambda *arguments: done)


def test_the_same_answers_pass(monkeypatch):
    says(monkeypatch, "ab portable blinded", "ab portable strict")
    assert platforms.compared(RUNS, Path(), "ab") == "the same answers (portable; blinded and strict)"


@pytest.mark.parametrize(
    ("lines", "code", "told"),
    [
        (["ab portable blinded", "cd portable strict"], 0, "other answers in portable strict"),
        ([], 0, "other answers in nothing"),
        (
            ["ab x86_64-adx blinded", "ab portable blinded"],
            0,
            "chooses from x86_64-adx, portable, and not from portable",
        ),
        (["portable: the self test fails"], 1, "it ends with 1"),
        (["ab portable blinded"], -4, "it ends with -4"),
    ],
)
def test_other_answers_other_engines_and_failures_are_found(monkeypatch, lines, code, told):
    says(monkeypatch, *lines, code=code)
    with pytest.raises(platforms.FailedError, match=f"^{told}"):
        platforms.compared(RUNS, Path(), "ab")


def test_a_control_that_does_not_trap_is_found(monkeypatch):
    says(monkeypatch, code=-4)
    assert "dies of an illegal instruction" in platforms.trapped(RUNS, Path())
    says(monkeypatch, "ab portable blinded")
    with pytest.raises(platforms.FailedError, match="ends with 0"):
        platforms.trapped(RUNS, Path())


@pytest.mark.parametrize(("compiler", "writes"), [("clang++-23", False), ("g++-16", True)])
def test_warnings_alone_ask_for_no_output(monkeypatch, tmp_path, compiler, writes):
    """clang 23 calls -c beside -fsyntax-only an unused argument, which is a warning, too."""
    monkeypatch.setitem(sys.modules, "pybind11", SimpleNamespace(get_include=lambda: "include"))
    commands = []
    monkeypatch.setattr(platforms, "output", lambda command, **environment: commands.append(command))
    platforms.compile_binding(platforms.compiler_platform(compiler), tmp_path)
    assert len(commands) == len(list((ROOT / "bindings").glob("*.cpp")))
    assert all((("-c" in command), ("-fsyntax-only" in command)) == (writes, not writes) for command in commands)


def test_what_lacks_fails_where_it_is_needed(tmp_path):
    """And is told before anything is built; without --need it is said, and passed over."""
    command = [sys.executable, str(ROOT / "tests" / "checks" / "platforms.py"), "x86_64-windows"]
    done = subprocess.run(
        [*command, "--need"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.strip() == "not found: c++, env, wine, x86_64-w64-mingw32-g++-posix"


def test_unknown_names_are_refused():
    command = [sys.executable, str(ROOT / "tests" / "checks" / "platforms.py"), "vax"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such platform: vax" in done.stderr


def weekly_names():
    lines = re.findall(r"^ +platforms: (.+)$", WEEKLY, re.MULTILINE)
    lines += re.findall(r"platforms\.py --need ([^$\n\"]+)$", WEEKLY, re.MULTILINE)
    return " ".join(lines).split()


def test_the_weekly_run_has_every_platform_and_none_that_is_unknown():
    names = weekly_names()
    assert set(platforms.PLATFORMS) <= set(names)
    others = set(names) - set(platforms.PLATFORMS)
    assert all(platforms.COMPILER.fullmatch(name) or platforms.PYTHON.fullmatch(name) for name in others)
    assert {"g++-16", "clang++-23", "python3.15"} <= others


def test_the_weekly_run_has_every_emulated_machine():
    assert f"machine: [{', '.join(emulated_tests.MACHINES)}]" in WEEKLY


def test_emulated_tests_that_have_passed_are_left_out(tmp_path):
    """And no others: not what failed, nor what was skipped."""
    (tmp_path / "kept.py").write_text(emulated_tests.KEPT, encoding="utf-8")
    (tmp_path / "test_three.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_bad(): assert False\n@pytest.mark.skip\ndef test_away(): "
        "pass\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "EMULATED_PASSED": str(tmp_path / "passed")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "kept", "-c", os.devnull]
    for told in ("1 failed, 1 passed, 1 skipped", "1 failed, 1 skipped, 1 deselected"):
        done = subprocess.run(
            [*command, "test_three.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert told in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert (tmp_path / "passed").read_text(encoding="utf-8") == "test_three.py::test_good\n"


def test_what_was_unpacked_has_the_folders_of_every_release(tmp_path):
    """Programs name their loader as /lib/ld-…; in Debian 12 there is such a folder, in 13 the package has /usr/lib."""
    for name in ("12/lib", "12/usr/lib", "13/usr/lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "12" / "lib" / "ld.so").touch()
    (tmp_path / "13" / "usr" / "lib" / "ld.so").touch()
    for release in ("12", "13"):
        emulated_tests.link_merged(tmp_path / release)
        assert (tmp_path / release / "lib" / "ld.so").exists()
    assert not (tmp_path / "12" / "lib").is_symlink()


def test_emulated_packages_are_pinned():
    lines = emulated_tests.pinned(emulated_tests.PACKAGES).splitlines()
    assert [line.partition("==")[0] for line in lines if not line.startswith(" ")] == list(emulated_tests.PACKAGES)
    assert all("--hash=sha256:" in line for line in lines if line.startswith(" "))
    assert len(lines) > len(emulated_tests.PACKAGES)


def test_the_gate_needs_what_it_runs():
    names = re.search(r"platforms\.py --need \\\n\s+(.+)\n", GATE)[1].split()
    assert {"aarch64-linux", "x86_64-windows", "x86_64-frame-pointers", "old-cpu-nehalem"} <= set(names)
    assert set(names) <= set(platforms.PLATFORMS)
    assert "export STARKCORE_WERROR=1" in GATE


def test_the_page_has_every_platform():
    table = PAGE.partition("\n## Platforms\n")[2].partition("\n## ")[0]
    assert [name for name in platforms.PLATFORMS if f"`{name}`" not in table] == []


def test_tables_of_engines_are_seen_outside_their_files():
    """constexpr at a declaration that is extern has internal linkage in Visual Studio before 2022 17.6."""
    files = sorted((ROOT / "csrc" / "engine").glob("*.cpp"))
    definitions = [
        line for path in files for line in re.findall(r"^.*\bEngine \w+_engine =.*$", path.read_text(), re.M)
    ]
    assert len(definitions) >= 4
    assert all(line.startswith("constinit const Engine ") for line in definitions)


def test_headers_that_an_old_clang_cannot_read_are_left_out():
    """clang 14 and 15 stop at <chrono> of gcc's library 14, which they take where that is the newest."""
    paths = [path for name in ("csrc", "bindings") for path in (ROOT / name).rglob("*.[ch]pp")]
    included = {path.name: re.findall(r"^#include <(\w+)>", path.read_text(encoding="utf-8"), re.M) for path in paths}
    assert len(included) > 100
    assert {name for name, headers in included.items() if {"chrono", "format", "ranges"} & set(headers)} == set()


@pytest.mark.parametrize(
    ("asked", "set_to"),
    [("10.9", "10.13"), ("10.12", "10.13"), ("10.13", "10.13"), ("11.0", "11.0"), ("14", "14")],
)
def test_an_old_macos_is_not_built_for(asked, set_to):
    """Aligned new, which the core uses, came with 10.13: the compiler refuses it for older ones."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    function = next(node for node in tree.body if getattr(node, "name", "") == "macos_target")
    environment = {"MACOSX_DEPLOYMENT_TARGET": asked}
    names = {"os": SimpleNamespace(environ=environment), "sys": SimpleNamespace(platform="darwin")}
    exec(compile(ast.Module([function], []), "setup.py", "exec"), names)  # nothing else of it: that would build
    names["macos_target"]()
    assert environment["MACOSX_DEPLOYMENT_TARGET"] == set_to


def test_packages_without_wheels_are_read_from_what_uv_says():
    said = """No solution found when resolving dependencies
    Because ckzg>=0.4.3,<=1.0.0 has no wheels with a matching platform tag (e.g., `win_arm64`) and only
    the following versions are available, and because coincurve==21.0.0 has no usable
    wheels, we can conclude that nothing can be used."""
    assert extras.without_wheels(said) == {"ckzg", "coincurve"}


def test_extras_are_asked_for_each_python_that_has_wheels():
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]["build"]
    assert [f"cp{version.replace('.', '')}-*" for version in extras.PYTHONS] == configured.split()
    assert extras.TAGS.keys() == extras.SYSTEMS.keys()


def pip(command):
    """As pip answers where ckzg has no wheel."""
    lacks = "ckzg==2.1" in command
    said = "ERROR: No matching distribution found for ckzg==2.1\n" if lacks else ""
    return SimpleNamespace(returncode=int(lacks), stderr=said)


def test_packages_without_wheels_for_free_threaded_pythons_are_named(monkeypatch):
    """uv chooses for the Python with its lock; pip says of the packages whether they come as wheels for the other."""
    asked = []
    monkeypatch.setattr("extras.resolved", lambda *words: asked.append(words) or (True, "anyio==4.8\nckzg==2.1 \n"))
    monkeypatch.setattr(extras, "asked_before", cache(lambda python, system: {}))
    runs = []
    monkeypatch.setattr(extras.subprocess, "run", lambda command, **named: runs.append(command[-2:]) or pip(command))
    assert extras.verdict("uv", "3.15t", "linux-x86_64", "client") == "wheels, but for ckzg"
    assert extras.verdict("uv", "3.15t", "linux-x86_64", "demo") == "wheels, but for ckzg"
    assert [[word for word in words if "==" in word] for words in runs] == [["anyio==4.8", "ckzg==2.1"], ["anyio==4.8"]]
    assert asked == [("uv", "3.15", "linux-x86_64", extra) for extra in ("client", "demo")]
