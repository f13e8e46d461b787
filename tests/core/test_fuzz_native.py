"""The fuzzer's corpus, once more, against a build with its invariants checked; tests/checks/fuzz_native.py is the
fuzzer.
"""

import re
import subprocess

import native_build
import pytest
from native_build import HEADER, TESTS, Unit

pytestmark = pytest.mark.native

CORPUS = sorted((TESTS / "checks" / "corpus").iterdir())
FUZZ = TESTS / "native" / "fuzz"


def test_every_function_is_fuzzed():
    declared = set(re.findall(r"\bstarkcore_\w+(?=\()", native_build.declarations(HEADER)))
    sources = "".join(native_build.without_comments(path.read_text(encoding="utf-8")) for path in FUZZ.iterdir())
    assert declared - set(re.findall(r"\bstarkcore_\w+(?=\()", sources)) == set()


def test_corpus(tmp_path, check_build):
    units = [Unit(FUZZ / "fuzz.cpp", ("-DSTARKCORE_FUZZ_REPLAY",))]
    command = native_build.compiler()
    objects = native_build.compiled(tmp_path, units, ["-O1"], command)
    rpath = f"-Wl,-rpath,{check_build.path.parent}"
    program = native_build.link(tmp_path / "replay", [*objects, check_build.path], [rpath], command, shared=False)
    done = subprocess.run([str(program), *map(str, CORPUS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stderr.splitlines()) == len(CORPUS) > 10
