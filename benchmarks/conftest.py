"""How a measurement is taken, told while it runs, and recorded.

    pytest benchmarks                             everything, in pytest-benchmark's own tables
    python benchmarks/run.py                      everything, with peers installed, as ratios

Warm: the same operation again and again, each time with other values; the engine's tables are in the caches. Cold: a
buffer larger than all caches is read before each call, so code, tables and the interpreter itself come from memory.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys

import pytest
import workload
from caches import ColdCaches
from targets import OPERATIONS

import starkcore

COLD_ROUNDS = 60
ORDER = [operation.key for operation in OPERATIONS]


def pytest_addoption(parser):
    parser.addoption("--progress", action="store_true", help="one line a measurement instead of tables")


def pytest_sessionstart(session):
    wanted = os.environ.get("STARKCORE_ENGINE")
    if wanted and starkcore.engine() != wanted:
        raise pytest.UsageError(f"this CPU has no engine {wanted!r}; it has {', '.join(starkcore.engines())}")


def operation_of(item) -> str:
    return item.get_closest_marker("operation").args[0]


def pytest_collection_modifyitems(items):
    """Those that are compared run one after the other: on a busy machine, what is near in time is near in trouble."""
    items.sort(key=lambda item: ORDER.index(operation_of(item)))


def pytest_benchmark_update_machine_info(machine_info):
    machine_info.pop("node", None)  # whose machine it is belongs in no file
    machine_info["engine"] = starkcore.engine()
    machine_info["starkcore_compiler"] = starkcore.build_info.compiler()


def pytest_report_teststatus(report, config):
    """With --progress the line below stands for the dot; what a peer can't do is no news."""
    if config.getoption("--progress") and report.outcome in ("passed", "skipped"):
        counted = report.skipped or report.when == "call"
        return report.outcome if counted else "", "", ""
    return None


@pytest.fixture(autouse=True)
def told(request):
    """A line when a measurement is done."""
    yield
    benchmark = (request.node.funcargs or {}).get("benchmark")  # None when Ctrl-C came in between
    if request.config.getoption("--progress") and benchmark is not None and benchmark.stats is not None:
        session, info = request.session, benchmark.extra_info
        place = f"[{session.items.index(request.node) + 1:3}/{len(session.items)}]"
        per_item = info["seconds"]["min"] if "seconds" in info else benchmark.stats.stats.min / info["items"]
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"{place} {info['operation']:24} {info['label']:44} {per_item * 1e6:12.2f} µs", flush=True)


@pytest.fixture(scope="session")
def work():
    return workload.make()


@pytest.fixture(scope="session")
def cold_caches():
    return ColdCaches()


@pytest.fixture
def measure(request, benchmark):
    """measure(function, cases): time function(*case), each call with the next case."""
    operation = operation_of(request.node)
    benchmark.group = operation

    def run(function, cases, *, who="starkcore", items=1, threads=1, form="", cold=False):
        benchmark.group = operation + (" (cold)" if cold else "")
        label = " ".join(filter(None, (who, form, f"{threads} threads" if threads > 1 else "", "cold" if cold else "")))
        benchmark.extra_info.update(
            operation=operation, who=who, items=items, threads=threads, form=form, cold=cold, label=label
        )
        # Steps through the cases without a line of Python: what is measured is the call and some 40 ns.
        step = itertools.starmap(function, itertools.cycle(cases)).__next__
        if cold:
            flush = request.getfixturevalue("cold_caches")
            step()
            benchmark.pedantic(step, setup=lambda: flush() and None, rounds=COLD_ROUNDS)
        else:
            benchmark(step)

    return run


# What a new process tells of an import: seconds, and bytes that stay in memory (0 where the system doesn't say).
IMPORT = """
import sys, time
def resident():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0
before = resident()
start = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - start, resident() - before)
"""


@pytest.fixture
def measure_import(measure, benchmark):
    """measure_import(module): what the import takes of a new process, without the process itself."""

    def run(module, *, who, form=""):
        seen = []

        def start():
            command = [sys.executable, "-I", "-c", IMPORT, module]
            seconds, size = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            seen.append((float(seconds), int(size)))

        start()  # fills the disk's cache
        seen.clear()
        measure(start, [()], who=who, form=form)
        seconds, sizes = zip(*seen, strict=True)
        benchmark.extra_info.update(
            seconds={"min": min(seconds), "median": statistics.median(seconds)},
            resident_bytes=statistics.median(sizes),
        )

    return run
