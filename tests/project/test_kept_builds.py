"""What the long checks keep between sittings: it is used again for the same sources alone.

A fuzzer that had been built of an older commit once ran for sittings that were written down under later ones.
"""

import os
import sys
from pathlib import Path

import native_build
import pytest

sys.path.append(str(Path(__file__).parents[1] / "checks"))
import fuzz_native
import kept_builds
import timing
import workbench


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree of two sources, and where its compiler was called."""
    (tmp_path / "csrc").mkdir()
    for name in ("a.cpp", "b.hpp"):
        (tmp_path / "csrc" / name).write_text("int a;\n")
    built = []

    def build(output, units, flags, command, **how):
        output.with_suffix(".objects").mkdir()
        output.write_text("built")
        built.append(output)

    monkeypatch.setattr(kept_builds, "ROOT", tmp_path)
    monkeypatch.setattr(kept_builds.sources, "__defaults__", (tmp_path,))
    monkeypatch.setattr(kept_builds.made_of, "__kwdefaults__", {"root": tmp_path})
    monkeypatch.setattr(native_build, "build", build)
    monkeypatch.setattr(fuzz_native, "clang", lambda: ["clang++"])
    monkeypatch.setattr(native_build, "compiler", lambda: ["true"])
    return tmp_path, built


@pytest.mark.parametrize("program_in", [fuzz_native.build, timing.program_in])
def test_a_program_is_built_anew_for_another_source_however_old_its_file(tree, program_in):
    root, built = tree
    folder = root / "kept"
    folder.mkdir()
    for _ in range(2):
        program_in(folder)
    assert len(built) == 1, "built for no reason"
    changed = root / "csrc" / "b.hpp"
    changed.write_text("int b;\n")
    os.utime(changed, (0, 0))
    program_in(folder)
    assert len(built) == 2, "a program of other sources was used"


def test_what_is_kept_knows_sources_places_and_flags(tree):
    root, _ = tree
    output, places = root / "a.o", kept_builds.sources()
    assert places == ["csrc/a.cpp", "csrc/b.hpp"]
    of = kept_builds.made_of(places, "g++", "-O2")
    assert not kept_builds.is_kept(output, of)
    kept_builds.keep(output, of)
    assert not kept_builds.is_kept(output, of), "the output itself isn't there"
    output.write_text("object")
    assert kept_builds.is_kept(output, of)
    others = [kept_builds.made_of(places, "g++", "-O1"), kept_builds.made_of(places[:1], "g++", "-O2")]
    (root / "csrc" / "b.hpp").rename(root / "csrc" / "c.hpp")
    others.append(kept_builds.made_of(kept_builds.sources(), "g++", "-O2"))
    assert len({of, *others}) == 4
    assert not any(kept_builds.is_kept(output, other) for other in others)


def test_the_mutants_objects_are_compiled_anew_for_another_source(tmp_path, monkeypatch):
    root, compiled = tmp_path / "tree", []
    (root / "csrc").mkdir(parents=True)
    (root / "csrc" / "a.cpp").write_text('#include "b.hpp"\n')
    (root / "csrc" / "b.hpp").write_text("int b;\n")
    monkeypatch.setattr(workbench, "ROOT", root)
    workbench.included.cache_clear()

    def made(self, unit, flags, output):
        compiled.append(unit)
        output.write_text("object")
        return output

    monkeypatch.setattr(workbench.Workbench, "compile", made)
    for text in ("int b;\n", "int b;\n", "int c;\n"):
        (root / "csrc" / "b.hpp").write_text(text)
        os.utime(root / "csrc" / "b.hpp", (0, 0))
        bench = workbench.Workbench(tmp_path / "kept")
        bench.objects.mkdir(parents=True, exist_ok=True)
        bench.object("csrc/a.cpp")
        bench.object("csrc/a.cpp")
    assert compiled == ["csrc/a.cpp"] * 2
    workbench.included.cache_clear()
