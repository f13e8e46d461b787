"""Every engine gives the same answers through the C interface, in a build as it is shipped."""

import json
import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

import engine_table
import native_build
import pytest
from native_build import TESTS
from whitebox.answers import ABOUT_THE_BUILD, answers, digests
from whitebox.interface import OK, Interface, Status, functions

pytestmark = pytest.mark.native

NO_ENGINE = Status("ENGINE", "ENGINE")


@pytest.fixture(scope="module")
def interface(core):
    c = Interface(core.ffi, core.c)
    before = c.in_use()
    yield c
    assert c.use(before) == OK


@pytest.fixture(scope="module")
def expected(interface):
    """The portable engine's answers; tests/core/test_c_interface.py and others compare them with the oracle."""
    assert interface.use("portable") == OK
    return answers(interface)


def test_every_function_is_asked(expected):
    asked = {f"starkcore_{name}" for name in (*expected, *ABOUT_THE_BUILD)}
    assert asked == functions()


def test_portable_is_the_last_engine(interface):
    names = interface.engines()
    assert names[-1] == "portable"
    assert len(set(names)) == len(names)


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not Path("/proc/cpuinfo").exists(), reason="of x86-64, as Linux tells of it"
)
def test_engines_are_what_the_system_says_that_this_cpu_has(interface):
    """Linux reads the same registers by itself, and says what it found."""
    flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    names = {engine.called for engine in engine_table.X86.values() if flags.issuperset(engine.features)}
    if "sha_ni" in flags:
        names |= {"x86_64-sha" if name == "portable" else f"{name}-sha" for name in names}
    assert set(interface.engines()) == names


def test_engines_agree(interface, expected):
    for name in interface.engines():
        assert interface.use(name) == OK
        assert interface.in_use() == name
        assert interface.selftest() == 0
        found = answers(interface)
        for function, wanted in expected.items():
            assert found[function] == wanted, f"{function} with {name}"


def test_prepared_keys_markets_and_tails_serve_every_engine(interface):
    """Made by one engine, used by another."""
    names = interface.engines()
    assert interface.use("portable") == OK
    _, x, y = interface.public(7)
    _, (r, s) = interface.signed(5, 7)
    for maker in names:
        interface.use(maker)
        status, prepared = interface.prepared(x, y)
        _, market = interface.market(1, 2, 2, (10**6, 10**6))
        order = {"market": market, "tail": interface.tail(1, 2), "size": "3", "price": "4", "limit_fee": "0"}
        signed = interface.orders([order], 9)
        assert status == signed[0] == OK
        for user in names:
            interface.use(user)
            assert interface.verified_prepared(5, r, s, prepared) == OK
            assert interface.verified_prepared(5, r, s ^ 1, prepared) != OK
            assert interface.orders([order], 9) == signed


def test_arithmetic_without_128_bit_integers(tmp_path, expected):
    """What compilers such as MSVC get: other carries, other products, and inversion by Fermat's theorem."""
    flags = ["-O0", "-include", str(TESTS / "native" / "no_int128.h")]
    path = native_build.build(
        tmp_path / "libplain.so", native_build.core_units(), flags, native_build.compiler(), shared=True
    )
    answer = in_another_process(path, "portable")
    assert answer["digests"] == digests(expected)


def test_a_build_reports_the_engines_that_it_has(tmp_path):
    """Unoptimized code has no engine in x86-64's assembly, whatever the CPU could run; nor has MSVC's."""
    units = native_build.core_units()
    path = native_build.build(tmp_path / "libplain.so", units, ["-O0"], native_build.compiler(), shared=True)
    code = "import sys; from conftest import Library; from native_build import HEADER;"
    code += "library = Library(sys.argv[1], HEADER);"
    code += "names = iter(range(9)); at = library.c.starkcore_engine_at;"
    code += "print(*(library.ffi.string(at(i)).decode() for i in names if at(i) != library.ffi.NULL))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=TESTS, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) <= {"x86_64-sha", "aarch64-sha", "aarch64", "portable"}
    assert "portable" in done.stdout.split()


def test_unknown_engines_are_refused(interface):
    before = interface.in_use()
    for name in ("", "Portable", "portable ", "x86_64", "arm64-neon", "x86_64-adx-sha-512", "x" * 1000):
        assert interface.use(name) == NO_ENGINE
        assert interface.in_use() == before


def test_engines_that_this_cpu_lacks_are_refused(interface):
    before = interface.in_use()
    named = {engine.called for engine in engine_table.ENGINES.values()} - {"portable"} | {"x86_64"}
    for name in ({f"{name}-sha" for name in named} | named) - {"x86_64", *interface.engines()}:
        assert interface.use(name) == NO_ENGINE
        assert interface.in_use() == before


@cache
def in_another_process(path, name):
    """The engine that a new process chooses, and its digests; name is STARKCORE_ENGINE there, or None."""
    environment = {key: value for key, value in os.environ.items() if key != "STARKCORE_ENGINE"}
    if name is not None:
        environment["STARKCORE_ENGINE"] = name
    command = [sys.executable, "-m", "whitebox.answers", str(path)]
    done = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_engines_forced_by_the_environment(core, interface, expected):
    for name in interface.engines():
        answer = in_another_process(core.path, name)
        assert answer["engine"] == name
        assert answer["digests"] == digests(expected)


@pytest.mark.parametrize("name", [None, "", "nonsense"])
def test_the_fastest_engine_is_the_default(core, interface, name):
    """A name that this CPU can't run is ignored."""
    assert in_another_process(core.path, name)["engine"] == interface.engines()[0]
