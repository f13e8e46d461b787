"""What is built holds what it should and nothing else: the extension, the wheel, the source distribution."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import native_build
import pytest
from distributions import ROOT, extension_faults, members, package_files, wheel_faults

import starkcore
from starkcore import _native

pytestmark = pytest.mark.native

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at ELF files")


def installed_files():
    """The files that a wheel brought, by the names they had in it."""
    try:
        distribution = importlib.metadata.distribution("starkcore-native")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("starkcore was not installed")
    if Path(distribution.locate_file("starkcore")).resolve() != Path(starkcore.__file__).parent:
        pytest.skip("starkcore was not installed from a wheel")
    later = {"INSTALLER", "REQUESTED", "direct_url.json"}
    return {
        file.as_posix()
        for file in distribution.files
        if not file.as_posix().startswith("..") and file.suffix != ".pyc" and file.name not in later
    }


@linux
def test_the_extension():
    assert extension_faults(Path(_native.__file__)) == []


FOREIGN = "int foreign() { return 1; }"
SOUND = 'extern "C" __attribute__((visibility("default"))) int PyInit__native() { return 0; }'
TIGHT = ("-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack", "-fvisibility=hidden")


@linux
@pytest.mark.parametrize(
    ("source", "flags", "fault"),
    [
        (SOUND, TIGHT, None),
        (SOUND + "\n__attribute__((visibility(\"default\"))) int more() { return 0; }", TIGHT, "exports _Z4morev"),
        (SOUND, (*TIGHT, "-Wl,--no-as-needed", "-lforeign"), "links to libforeign.so"),
        (SOUND, (*TIGHT, "-Wl,--enable-new-dtags,-rpath,$ORIGIN"), "has a RUNPATH"),
        (SOUND, (*TIGHT, "-Wl,--disable-new-dtags,-rpath,$ORIGIN"), "has a RPATH"),
        (SOUND, (*TIGHT, "-Wl,-z,lazy"), "resolves addresses as they are called"),
        (SOUND, (*TIGHT, "-Wl,-z,norelro"), "has no GNU_RELRO segment"),
        (SOUND, (*TIGHT, "-Wl,-z,execstack"), "asks for an executable stack"),
        (SOUND + r'asm(".section .wx,\"awx\"\n.byte 0\n.text");', TIGHT,
         "has a segment that is both writable and executable"),
        (SOUND + '\nconst char* place = "/home/builder/tree/x.cpp";', TIGHT,
         "names the place /home/builder/tree/x.cpp"),
    ],
)  # fmt: skip
def test_faults_of_an_extension_are_found(tmp_path, source, flags, fault):
    compiler = native_build.compiler()
    (tmp_path / "foreign.cpp").write_text(FOREIGN, encoding="utf-8")
    (tmp_path / "sound.cpp").write_text(source, encoding="utf-8")
    shared = [*compiler, "-shared", "-fPIC", "-O1", "-g0"]
    native_build.run([*shared, str(tmp_path / "foreign.cpp"), "-o", str(tmp_path / "libforeign.so")])
    output = tmp_path / "_native.so"
    native_build.run([*shared, str(tmp_path / "sound.cpp"), f"-L{tmp_path}", *flags, "-o", str(output)])
    found = extension_faults(output)
    assert found == [] if fault is None else any(line.startswith(fault) for line in found), found


def test_the_wheel_that_is_installed():
    assert wheel_faults(installed_files()) == []


def test_the_core_asks_for_no_other_package():
    installed_files()  # or skip
    required = importlib.metadata.requires("starkcore-native")
    assert required
    assert [line for line in required if "extra ==" not in line.partition(";")[2]] == []


def test_faults_of_a_wheel_are_found():
    folder = "starkcore_native-0.1.0.dist-info"
    metadata = (
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "top_level.txt",
        "licenses/LICENSE",
        "sboms/x.cdx.json",
    )
    sound = package_files(ROOT) | {"starkcore/_native.cpython-311-x86_64-linux-gnu.so"}
    sound |= {f"{folder}/{name}" for name in metadata}
    assert wheel_faults(sound) == []
    for name in ("tests/conftest.py", "csrc/starkcore.h", "starkcore/left_over.py", f"{folder}/direct_url.json"):
        assert len(wheel_faults(sound | {name})) == 1, name
    for name in (
        "starkcore/py.typed",
        "starkcore/_native.pyi",
        "starkcore/sandbox/l1/contracts.json",
        f"{folder}/METADATA",
    ):
        assert wheel_faults(sound - {name}) == [f"{name.removeprefix(folder + '/')}: missing"]
    assert wheel_faults(sound - {f"{folder}/sboms/x.cdx.json"}) == ["sboms/: no bill of materials"]
    assert wheel_faults({name for name in sound if not name.endswith(".so")}) == ["0 extensions instead of one"]


def test_the_bill_of_materials():
    names = [name for name in installed_files() if "/sboms/" in name]
    assert len(names) == 1
    distribution = importlib.metadata.distribution("starkcore-native")
    bill = json.loads(Path(distribution.locate_file(names[0])).read_text(encoding="utf-8"))
    own = bill["metadata"]["component"]
    assert (own["name"], own["version"]) == (distribution.name, distribution.version)
    assert own["purl"] == f"pkg:pypi/starkcore-native@{distribution.version}"
    assert bill["components"][0]["name"] == "pybind11"
    assert "timestamp" not in bill["metadata"]


def copy_of_the_tree(folder, *without):
    unwanted = (".git", ".*_cache", ".venv*", "*.egg-info", "*.pyd", "*.so", "__pycache__", "build", "dist", *without)
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*unwanted))


def test_a_wheel_holds_nothing_of_an_earlier_build(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    pytest.importorskip("pybind11")
    copy_of_the_tree(tmp_path / "tree", "*.cpp")
    stub = tmp_path / "tree" / "bindings" / "stub.cpp"
    stub.write_text('extern "C" const char* PyInit__native() { return SWITCH; }', encoding="utf-8")
    removed = tmp_path / "tree" / "starkcore" / "removed.py"
    removed.write_bytes(b"")
    command = [sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", str(tmp_path)]
    for switch in ("earlier", "later"):
        flags = f"-DSWITCH='\"{switch}\"'"
        environment = {**os.environ, "CFLAGS": flags, "CXXFLAGS": flags}
        done = subprocess.run(
            command, cwd=tmp_path / "tree", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        removed.unlink(missing_ok=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = members(wheel)
    assert "starkcore/removed.py" not in inside
    (extension,) = (member.content for name, member in inside.items() if name.endswith((".so", ".pyd")))
    assert b"later" in extension
    assert b"earlier" not in extension
    assert [name for name in inside if name.endswith("sboms/starkcore-native.cdx.json")]


@pytest.fixture(scope="module")
def source_distribution(tmp_path_factory):
    """Made from a copy of the tree, by setuptools, which is in the extra `test`."""
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("sdist")
    copy_of_the_tree(folder / "tree")
    # What a careless tree might hold.
    for name in (
        "starkcore/_native.cpython-311-x86_64-linux-gnu.so",
        "starkcore/__pycache__/keys.pyc",
        "tests/key.pem",
    ):
        (folder / "tree" / name).parent.mkdir(exist_ok=True)
        (folder / "tree" / name).write_bytes(b"")
    command = [sys.executable, "setup.py", "-q", "sdist", "--dist-dir", str(folder / "dist")]
    done = subprocess.run(command, cwd=folder / "tree", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (archive,) = (folder / "dist").glob("*.tar.gz")
    return {name.partition("/")[2]: member for name, member in members(archive).items()}


@pytest.mark.parametrize("folder", ["csrc", "bindings", "starkcore", "tests", "benchmarks", "docs"])
def test_the_source_distribution_is_whole(source_distribution, folder):
    kept = {".c", ".cpp", ".h", ".hpp", ".ini", ".json", ".map", ".md", ".py", ".pyi", ".svg", ".typed", ".vy"}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and (path.suffix in kept or path.name == "py.typed")
    }
    assert there - source_distribution.keys() == set()
    assert len(there) >= 5


def test_the_source_distribution_holds_nothing_else(source_distribution):
    generated = {"PKG-INFO", "setup.cfg"}
    suffixes = {".so", ".pyd", ".pyc", ".o", ".pem"}
    strange = {
        name
        for name in source_distribution
        if name
        and name not in generated
        and not name.startswith("starkcore_native.egg-info")
        and not (ROOT / name).exists()
    }
    assert strange == set()
    assert {name for name in source_distribution if Path(name).suffix in suffixes} == set()
    assert {"setup.py", "setup_archives.py", "pyproject.toml", "LICENSE"} <= source_distribution.keys()


def test_the_source_distribution_does_not_show_who_built_it(source_distribution):
    files = {name: member for name, member in source_distribution.items() if name}
    assert {member.date for member in files.values()} == {315532800}  # 1980-01-01, as no SOURCE_DATE_EPOCH is set
    assert {member.owner[:4] for member in files.values()} == {(0, 0, "", "")}
    assert {member.mode for member in files.values()} == {0o644, 0o755}
