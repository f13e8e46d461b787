"""What the tests share: builds of the core, hypothesis' settings, and what a run says that it left out."""

import gc
import os
import platform
import signal
import time
from pathlib import Path

import engine_table
import native_build
import pytest
from hypothesis import HealthCheck, settings
from left_out import pytest_configure  # noqa: F401 - a hook
from native_build import TESTS, Unit

# No examples are kept on disk; a failure prints what reproduces it.
settings.register_profile(
    "starkcore",
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("starkcore")

# A shell that starts us in the background, nohup, or the end of a terminal lets us ignore what asks a program to end;
# the tests of it, and the programs that they start, must not.
for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL), ("SIGQUIT", signal.SIG_DFL)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

WHITEBOX = TESTS / "native" / "whitebox.cpp"
PORTABLE, ADX, AARCH64 = map(engine_table.defines, ("portable", "adx", "aarch64"))


class Library:
    """A shared library of the core: `ffi`, `c` with the functions, `path`."""

    def __init__(self, path, *headers):
        from cffi import FFI  # only these tests need it

        self.path = path
        self.ffi = FFI()
        for header in headers:
            self.ffi.cdef(native_build.declarations(header))
        self.c = self.ffi.dlopen(str(path))


def once(tmp_path_factory, name, make):
    """What make(folder) returns, a path in a new folder: made once in a run, by whichever of xdist's workers is
    first.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return make(tmp_path_factory.mktemp(name))
    folder = tmp_path_factory.getbasetemp().parent / name
    done, failed = folder / "done", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        while not done.exists():
            if failed.exists():
                raise native_build.BuildError(failed.read_text(encoding="utf-8")) from None
            time.sleep(0.1)
        return folder / done.read_text(encoding="utf-8")
    try:
        path = make(folder)
    except Exception as error:
        failed.write_text(str(error), encoding="utf-8")
        raise
    (folder / "name").write_text(path.name, encoding="utf-8")
    (folder / "name").rename(done)
    return path


def make_check_build(folder):
    if ready := os.environ.get("STARKCORE_CHECK_BUILD"):  # one with sanitizers: tests/checks/sanitize.py
        return Path(ready)
    units = [Unit(WHITEBOX, PORTABLE), Unit(WHITEBOX, ADX), Unit(WHITEBOX, AARCH64)]
    units += native_build.core_units("ecdsa/key_derivation.cpp")  # whitebox.cpp includes it
    flags = ["-O1", "-DSTARKCORE_VERIFY"]
    return native_build.build(folder / "libwhitebox.so", units, flags, native_build.compiler(), shared=True)


def make_core(folder):
    command = native_build.compiler()
    flags = native_build.shipped_flags(command)
    return native_build.build(folder / "libstarkcore.so", native_build.core_units(), flags, command, shared=True)


@pytest.fixture(scope="session")
def check_build(tmp_path_factory):
    """The core with its invariants checked (-DSTARKCORE_VERIFY), and its inner layers."""
    path = once(tmp_path_factory, "check-build", make_check_build)
    return Library(path, native_build.HEADER, TESTS / "whitebox" / "whitebox.h")


@pytest.fixture(scope="session")
def core(tmp_path_factory):
    """The core as it is shipped: optimized, nothing checked, C interface only."""
    return Library(once(tmp_path_factory, "core", make_core), native_build.HEADER)


@pytest.fixture(scope="session")
def core_objects(tmp_path_factory):
    """The objects of the same, for programs that call what lies below the C interface."""
    return sorted(once(tmp_path_factory, "core", make_core).with_suffix(".objects").glob("*.o"))


@pytest.fixture(scope="session")
def whitebox_engines(check_build):
    """Every engine that was compiled and that this CPU can run, by name."""
    from whitebox.engine import Engine

    found, i = {}, 0
    while (table := check_build.c.whitebox_engine_at(i)) != check_build.ffi.NULL:
        engine = Engine(check_build.ffi, table)
        found[engine.name] = engine
        i += 1
    return found


@pytest.fixture(scope="session")
def scalars(check_build):
    """Fn, and the integers below it."""
    from whitebox.engine import Scalars

    return Scalars(check_build.ffi, check_build.c)


@pytest.fixture(
    scope="session", params=["portable", "aarch64" if platform.machine() in ("aarch64", "arm64") else "adx"]
)
def engine(request, whitebox_engines):
    """Each of the engines in turn."""
    if request.param not in whitebox_engines:
        pytest.skip(f"this compiler or CPU has no {request.param} engine")
    return whitebox_engines[request.param]


BUILDS = {"check_build", "core", "core_objects", "whitebox_engines", "scalars", "engine"}


def pytest_collection_modifyitems(items):
    """What asks for a build of the core is `native`, and needn't say so itself."""
    for item in items:
        if BUILDS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("native")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """`-n auto`: half as many again as there are processors.

    A third of the time is waited, for silent hosts and processes.
    """
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + processors // 2


def pytest_collection_finish():
    """What is there by now, hundreds of thousands of objects, stays: who collects garbage looks at what came since."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """It goes at the end, with what native code made for it: sanitize.py looks for what nobody frees."""
    gc.unfreeze()
