"""What a machine lacks for a build is told in a sentence: which Python, which compiler, how many bits."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.native

SETUP = Path(__file__).parents[2] / "setup.py"


def refused(tmp_path, *, command=("setup.py",), **environment):
    """The last line of a build that must not succeed."""
    if not SETUP.exists():
        pytest.skip("the tests run without the tree that they are of")
    arguments = ["-q", "build_ext", "--build-lib", str(tmp_path), "--build-temp", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=SETUP.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode != 0
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def compiler_that(tmp_path, *flags):
    """A compiler of another kind, as far as its preprocessor tells."""
    path = tmp_path / "compiler"
    path.write_text(f'#!/bin/sh\nexec c++ {" ".join(flags)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return {"CC": str(path), "CXX": str(path)}


def test_no_compiler(tmp_path):
    line = refused(tmp_path, CC="/nonexistent/cc", CXX="/nonexistent/c++")
    assert line.startswith("error: no compiler: starkcore is built by a C++20 compiler")
    assert "/nonexistent/c++ isn't there" in line


def test_an_old_compiler(tmp_path):
    versions = "-U__GNUC__", "-D__GNUC__=9", "-U__clang__"
    line = refused(tmp_path, **compiler_that(tmp_path, *versions))
    assert line.startswith("error: starkcore needs a compiler for C++20: gcc 10")


def test_32_bits(tmp_path):
    line = refused(tmp_path, **compiler_that(tmp_path, "-U__SIZEOF_POINTER__", "-D__SIZEOF_POINTER__=4"))
    assert line == "error: starkcore needs a 64-bit Python"


def test_32_bits_whatever_the_compiler(tmp_path):
    """Visual Studio isn't asked: it has no such preprocessor, and its 32-bit compiler knows no __umulh."""
    code = "import setuptools, sys; sys.maxsize = 2**31 - 1; sys.argv[0] = 'setup.py'; exec(open('setup.py').read())"
    code = f"__file__ = 'setup.py'; {code}"
    assert refused(tmp_path, command=("-c", code), CC="/nonexistent/cc") == "error: starkcore needs a 64-bit Python"


@pytest.mark.parametrize(("language", "told"), [("201703L", True), ("202002L", False)])
def test_an_old_visual_studio(language, told):
    """It passes over the option that it doesn't know, and would go on."""
    command = [
        "c++",
        "-std=c++20",
        "-fsyntax-only",
        "-Icsrc",
        f"-D_MSVC_LANG={language}",
        "-x",
        "c++",
        "csrc/base/config.hpp",
    ]
    done = subprocess.run(command, cwd=SETUP.parent, capture_output=True, text=True, check=False)
    sentence = "starkcore needs a compiler for C++20: Visual Studio 2019 16.11 or newer"
    assert (done.returncode != 0, sentence in done.stderr) == (told, told)


def test_an_old_python(tmp_path):
    code = "import sys; sys.version_info = (3, 10, 13, 'final', 0); sys.argv[0] = 'setup.py';"
    code += "exec(open('setup.py').read())"
    line = refused(tmp_path, command=("-c", code))
    assert line.startswith("starkcore needs Python 3.11 or newer, and this is ")


def test_the_source_tree_without_its_compiled_part(tmp_path):
    """In the checkout, after an ordinary installation, `import starkcore` finds the source folder."""
    for path in (SETUP.parent / "starkcore").glob("*.py"):
        target = tmp_path / "starkcore" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", "import starkcore"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = done.stderr.strip().splitlines()
    assert lines[-1].startswith("ImportError: this is starkcore's source tree, without its compiled part: ")


def test_clang_builds_the_kernels_where_a_python_asks_for_frame_pointers(tmp_path):
    """As macOS does, and CPython 3.15 with its own flags."""
    clang = shutil.which("clang++")
    if clang is None or platform.machine() != "x86_64":
        pytest.skip("needs clang, and x86-64")
    recorder = tmp_path / "compiler"
    recorder.write_text(
        f'#!/bin/sh\ncase "$*" in *--version*|*" -E "*) exec {clang} "$@";; esac\n'
        f'printf "%s\\n" "$@" > {tmp_path}/arguments\nexit 1\n',
        encoding="utf-8",
    )
    recorder.chmod(0o755)
    # The build asks pybind11 for its headers, which this source doesn't need, and which may not be installed.
    headers = tmp_path / "pybind11"
    headers.mkdir()
    (headers / "__init__.py").write_text("def get_include(): return ''\n", encoding="utf-8")
    (headers / "setup_helpers.py").write_text(
        "from contextlib import nullcontext\ndef ParallelCompile(*a, **k): return nullcontext()\n", encoding="utf-8"
    )
    asked = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer"
    refused(tmp_path, CC=str(recorder), CXX=str(recorder), CFLAGS=asked, CXXFLAGS=asked, PYTHONPATH=str(tmp_path))
    arguments = (tmp_path / "arguments").read_text(encoding="utf-8").splitlines()
    assert "-fno-omit-frame-pointer" in arguments
    files = [i for i, argument in enumerate(arguments) if argument.endswith(".cpp")]
    assert len(files) == 1
    arguments[files[0]] = "csrc/engine/adx.cpp"
    arguments[arguments.index("-o") + 1] = str(tmp_path / "adx.o")
    subprocess.run([clang, *arguments], cwd=SETUP.parent, check=True, timeout=300)
