"""Threads, processes and interpreters: the serial answers from many threads, after a fork, in spawned processes; and
what a second interpreter is told. tests/checks/threads.py does the same for as long as one likes.
"""

import multiprocessing
import os
import sys
import sysconfig
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from concurrent_calls import Calls, differences, names_of
from new_interpreter import python

import starkcore
from starkcore import PrivateKey, pedersen_hash
from starkcore.starkex import OrderSigner

# CPython 3.12 and later warn of every fork while there are threads; here that is meant.
pytestmark = pytest.mark.filterwarnings("ignore:.* multi-threaded, use of fork:DeprecationWarning")

CALLS = Calls()


def test_many_threads_get_the_serial_answers():
    wrong, done = differences(CALLS, names_of(CALLS), threads=8, rounds=6)
    assert wrong == []
    assert done == 8 * 6 * len(names_of(CALLS))


def test_a_call_that_shares_its_argument_is_found():
    """Two threads have to meet in it: they change places often, and have many goes."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        assert any(differences(CALLS, names_of(CALLS, planted=True), threads=4, rounds=400)[0] for _ in range(50))
    finally:
        sys.setswitchinterval(interval)


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


def in_threads(work, count=8):
    """work(i) in so many threads that start together: the results, in order."""
    start = threading.Barrier(count)

    def run(i):
        start.wait()
        return work(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


ORDER = {
    "market": "BTC-USD", "side": "BUY", "size": 1, "price": 1, "limit_fee": 0, "nonce": 1, "expiration": 4_102_444_800
}  # fmt: skip


def test_first_uses_of_one_key_and_one_signer():
    """Public key, markets, and last words of more positions than are kept: by whichever thread comes first."""
    orders = [ORDER | {"position_id": position} for position in range(100)]
    wanted = [OrderSigner(CALLS.keys[0], position_id=1).sign_order(**each) for each in orders]
    for _ in range(5):
        key = PrivateKey(CALLS.keys[0].secret_hex())
        signer = OrderSigner(key, position_id=1)

        def work(i, key=key, signer=signer):
            return key.public_key, [signer.sign_order(**each) for each in orders[i:] + orders[:i]]

        for i, (public_key, signed) in enumerate(in_threads(work)):
            assert public_key == CALLS.keys[0].public_key
            assert signed == wanted[i:] + wanted[:i]


def test_a_key_that_is_let_go_of_while_it_signs():
    holder, hashes = [PrivateKey(5)], bytes(32 * 200)
    wanted = {PrivateKey(secret).sign_many(hashes) for secret in (5, 6)}

    def work(i):
        if i == 0:
            for secret in (6, 5) * 50:
                holder[0] = PrivateKey(secret)
                time.sleep(0.001)
        return {holder[0].sign_many(hashes) for _ in range(20)}

    for found in in_threads(work):
        assert found <= wanted


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
    # The second is CPython's own, from 3.13 on.
    printed = python(IN_A_SUBINTERPRETER, when)
    assert "main interpreter only" in printed or "does not support loading in subinterpreters" in printed


FIRST_CALLS = """
    import threading
    start, results = threading.Barrier(8), []
    def work():
        start.wait()
        import starkcore.starkex
        key = starkcore.PrivateKey(5)
        signature = key.sign(1)
        results.append(signature.to_hex() if key.public_key.verify(1, signature) else "wrong")
    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    print(len(results), *set(results))
"""


def test_first_calls_of_a_process():
    """Imported and called by eight threads at once."""
    assert python(FIRST_CALLS).split() == ["8", PrivateKey(5).sign(1).to_hex()]


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="not a free-threaded interpreter")
def test_the_lock_stays_off():
    """Importing a module that doesn't declare itself turns the lock on, with a warning."""
    assert python("import sys, starkcore.starkex; print(sys._is_gil_enabled())").strip() == "False"


def test_the_environment_is_read_on_loading():
    """Later another thread may be writing to it."""
    code = """
        import os, starkcore
        os.environ |= {"STARKCORE_STRICT": "1", "STARKCORE_ENGINE": "portable"}
        print(starkcore.strict(), starkcore.engine())
    """
    assert python(code, STARKCORE_STRICT="", STARKCORE_ENGINE="").split() == ["False", starkcore.engines()[0]]
    assert python(code, STARKCORE_STRICT="1", STARKCORE_ENGINE="portable").split() == ["True", "portable"]
