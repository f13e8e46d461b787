"""Threads, processes and interpreters: the serial answers from many threads, after a fork, in spawned processes; and what a
second interpreter is told. tests/checks/threads.py does the same for as long as one likes.
"""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from concurrent_calls import Calls, differences, names_of

import starkcore
from starkcore import PrivateKey, pedersen_hash

CALLS = Calls()
# Of the package that is tested: installed, or in the tree.
ROOT = Path(starkcore.__file__).parents[1]


def test_many_threads_get_the_serial_answers():
    wrong, done = differences(CALLS, names_of(CALLS), threads=8, rounds=6)
    assert wrong == []
    assert done == 8 * 6 * len(names_of(CALLS))


def test_a_call_that_shares_its_argument_is_found():
    wrong, _ = differences(CALLS, names_of(CALLS, planted=True), threads=4, rounds=400)
    assert wrong


def test_while_mode_and_engine_change():
    """A call under way finishes as it began; the answers are the same."""
    stop, engine, strict = threading.Event(), starkcore.engine(), starkcore.strict()

    def change():
        while not stop.is_set():
            for name in starkcore.engines():
                starkcore.use_engine(name)
                starkcore.use_strict(not starkcore.strict())
                time.sleep(0.0005)

    changer = threading.Thread(target=change)
    changer.start()
    try:
        wrong, _ = differences(CALLS, names_of(CALLS), threads=3, rounds=6)
    finally:
        stop.set()
        changer.join()
        starkcore.use_engine(engine)
        starkcore.use_strict(strict)
    assert wrong == []


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def in_a_fork(check, seconds=60):
    """Whether check() is true in a forked process that ends in time."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


@needs_fork
@pytest.mark.parametrize("name", names_of(CALLS))
def test_after_a_fork(name):
    wanted = CALLS.run(name, 0)
    assert in_a_fork(lambda: CALLS.run(name, 0) == wanted)
    assert not in_a_fork(lambda: CALLS.run(name, 0) != wanted)


@needs_fork
def test_after_a_fork_amid_a_batch():
    """Another thread is inside a batch, with threads of its own, which the child doesn't have."""
    wanted = CALLS.run("sign_many", 0)
    working, stop = threading.Event(), threading.Event()

    def work():
        while not stop.is_set():
            working.set()
            CALLS.keys[0].sign_many(bytes(32 * 2000), threads=3)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        working.wait()
        for _ in range(10):
            assert in_a_fork(lambda: CALLS.run("sign_many", 0) == wanted)
    finally:
        stop.set()
        worker.join()


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_worker_processes(method):
    context = multiprocessing.get_context(method)
    key = PrivateKey(99)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(pedersen_hash, range(8), range(8))) == [pedersen_hash(i, i) for i in range(8)]
        assert all(pool.map(key.public_key.verify, range(8), [key.sign(i) for i in range(8)]))
        with pytest.raises(TypeError, match="can't be copied or pickled"):
            pool.submit(key.sign, 5).result(30)


IN_A_SUBINTERPRETER = """
    import sys
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _interpreters as interpreters
    first = sys.argv[1] == "after"
    if first:
        import starkcore
    other = interpreters.create()
    interpreters.run_string(other, '''if True:
        import os
        try:
            import starkcore
        except ImportError as error:
            os.write(1, str(error).encode())
        ''')
    interpreters.destroy(other)
    import starkcore
    key = starkcore.PrivateKey(5)
    assert key.public_key.verify(1, key.sign(1))
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the private module has another interface there")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_second_interpreter_is_refused(when):
    """Before the main one has imported it, and after; the main one works on."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(IN_A_SUBINTERPRETER), when],
        capture_output=True,
        timeout=60,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "main interpreter only" in done.stdout
