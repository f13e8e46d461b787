"""What tests and long checks keep between runs: it is used again for the same sources alone.

A fuzzer that had been built of an older commit once ran for sittings that were written down under later ones.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import kept_builds
import native_build
import pytest

sys.path.append(str(Path(__file__).parents[1] / "checks"))
import fuzz_native
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


# ---- Objects that tests compile

COMPILER = """#!{python}
import sys
if "--version" in sys.argv:
    print("version {version}")
else:
    output, source = (sys.argv[sys.argv.index(word) + 1] for word in ("-o", "-c"))
    open({calls!r}, "a").write(".")
    open(output, "w").write("object of " + open(source).read())
"""


@pytest.fixture
def compile_anew(tmp_path, monkeypatch):
    """compile_anew(flags): whether the compiler was called for a.cpp, which includes b.hpp, which includes c.hpp."""
    monkeypatch.setenv("STARKCORE_TEST_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("STARKCORE_TEST_FLAGS", raising=False)
    texts = {"a.cpp": '#include "b.hpp"\n', "b.hpp": "#  include <c.hpp>\n", "c.hpp": "int c;\n", "d.hpp": "int d;\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    calls = tmp_path / "calls"
    calls.touch()
    program(tmp_path, "1")

    def compile_anew(*flags):
        before = calls.stat().st_size
        target = tmp_path / f"{time.monotonic_ns()}.o"
        unit = native_build.Unit(tmp_path / "a.cpp", flags)
        native_build.compile_unit(target, unit, [f"-I{tmp_path}"], [str(tmp_path / "compiler")])
        assert target.read_text(encoding="utf-8") == "object of " + (tmp_path / "a.cpp").read_text(encoding="utf-8")
        return calls.stat().st_size > before

    return compile_anew


def program(folder, version):
    """A compiler that says this version, and counts its calls."""
    text = COMPILER.format(python=sys.executable, version=version, calls=str(folder / "calls"))
    (folder / "compiler").write_text(text, encoding="utf-8")
    (folder / "compiler").chmod(0o755)
    kept_builds.identity.cache_clear()


needs_scripts = pytest.mark.skipif(os.name == "nt", reason="a script isn't a program there")


@needs_scripts
def test_an_object_is_compiled_once(compile_anew):
    assert compile_anew("-O1")
    assert not compile_anew("-O1")


@needs_scripts
@pytest.mark.parametrize("name", ["a.cpp", "b.hpp", "c.hpp"])
def test_an_object_is_compiled_anew_for_another_source(compile_anew, tmp_path, name):
    assert compile_anew()
    (tmp_path / "d.hpp").write_text("int other;\n", encoding="utf-8")
    assert not compile_anew(), "for a file that it doesn't include"
    text = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text + "int more;\n", encoding="utf-8")
    os.utime(tmp_path / name, (0, 0))
    assert compile_anew()
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert not compile_anew(), "the former one is kept as well"


@needs_scripts
def test_an_object_is_compiled_anew_for_other_flags_and_another_compiler(compile_anew, tmp_path, monkeypatch):
    assert compile_anew()
    assert compile_anew("-O2")
    assert compile_anew("-include", str(tmp_path / "d.hpp"))
    monkeypatch.setenv("CPATH", str(tmp_path))
    assert compile_anew()
    assert not compile_anew()
    program(tmp_path, "2")
    assert compile_anew()


@needs_scripts
def test_what_makes_more_than_an_object_is_compiled_each_time(compile_anew):
    assert compile_anew("--coverage")
    assert compile_anew("--coverage")


@needs_scripts
def test_without_a_folder_everything_is_compiled(compile_anew, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("STARKCORE_TEST_CACHE", str(tmp_path / "file" / "cache"))
    assert compile_anew()
    assert compile_anew()


@needs_scripts
def test_what_nobody_used_for_a_fortnight_goes(compile_anew, tmp_path):
    old, young = tmp_path / "cache" / "old", tmp_path / "cache" / "young"
    old.parent.mkdir()
    for path, days in ((old, 15), (young, 13)):
        path.write_text("object", encoding="utf-8")
        os.utime(path, (time.time() - days * 86400,) * 2)
    kept_builds._remove_old.cache_clear()
    assert compile_anew()
    assert (old.exists(), young.exists()) == (False, True)


def test_where_a_tree_or_a_test_s_folder_is_makes_no_other_object(tmp_path):
    made = set()
    for name in ("one", "two"):
        root, outside = tmp_path / name, tmp_path / f"of {name}"
        (root / "csrc").mkdir(parents=True)
        outside.mkdir()
        (root / "csrc" / "a.cpp").write_text('#include "b.hpp"\n', encoding="utf-8")
        (outside / "b.hpp").write_text("int b;\n", encoding="utf-8")
        flags = [f"-I{root / 'csrc'}", "-iquote", str(outside)]
        made.add(kept_builds.object_of(root / "csrc" / "a.cpp", [sys.executable], flags, root))
    assert len(made) == 1
    (outside / "b.hpp").write_text("int c;\n", encoding="utf-8")
    assert kept_builds.object_of(root / "csrc" / "a.cpp", [sys.executable], flags, root) not in made


def test_a_name_that_a_macro_includes_may_be_any(tmp_path):
    (tmp_path / "csrc").mkdir()
    (tmp_path / "csrc" / "b.hpp").write_text("int b;\n", encoding="utf-8")
    source = tmp_path / "a.cpp"
    source.write_text("#include SOME(NAME)\n", encoding="utf-8")
    assert kept_builds.read_by(source, [], tmp_path) == {source, tmp_path / "csrc" / "b.hpp"}


@pytest.mark.native
def test_every_header_of_the_core_is_found():
    """Beside the compiler's own list of what it reads, for a source that includes most of it."""
    source = native_build.CSRC / "engine" / "portable.cpp"
    flags = [*native_build.LANGUAGE, "-MM"]
    command = [*native_build.compiler(), *flags, str(source)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    paths = {Path(word).resolve() for word in listed.partition(":")[2].replace("\\\n", " ").split()}
    assert len(paths) > 20
    assert paths <= kept_builds.read_by(source, flags)


def test_each_compiler_is_one_though_ccache_stands_before_it(tmp_path, monkeypatch):
    """ccache's folder has a link of every compiler's name, all to ccache: clang passed for gcc, and wasn't tested."""
    behind, before = tmp_path / "bin", tmp_path / "ccache"
    for folder in (behind, before):
        folder.mkdir()
    for name in ("gcc-12", "clang-14", "ccache"):
        (behind / name).write_text("#!/bin/sh\n")
        (behind / name).chmod(0o755)
    for name, target in (("c++", "gcc-12"), ("g++", "gcc-12"), ("clang++", "clang-14")):
        (behind / name).symlink_to(behind / target)
        (before / name).symlink_to(behind / "ccache")
    monkeypatch.delenv("CXX", raising=False)
    for folders in ((before, behind), (behind,)):
        monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
        assert native_build.compilers() == [["c++"], ["clang++"]]
    monkeypatch.setenv("PATH", str(before))
    assert native_build.compilers() == [["c++"]]  # what is behind can't be known
    monkeypatch.setenv("CXX", f"{behind}/clang++ -m64")
    assert native_build.compilers()[0] == [f"{behind}/clang++", "-m64"]
