#!/usr/bin/env python3
"""Call every public function of starkcore and starkcore.starkex with each of its allocations failing in turn.

A function is called with good arguments, and with each of them wrong, until a call comes through without a failing
allocation. The n-th allocation fails; in a second round, all from the n-th on; in a third, each call is the first one
of its process. Allocations are malloc and its kin, hence C++'s operator new, the interpreter's own (each of its objects
is one: PYTHONMALLOC=malloc), mappings of memory, and threads. Batches are long enough for threads. Looked for are:

- an end of the process by a signal or without a word, or none within a minute of processor time
- an outcome that is neither MemoryError nor that of the call without failures: another exception, another answer

Each function has a process of its own; one that died is started again with the next allocation. Begins with faults that
are planted for it to find. Needs Linux with glibc, a C++ compiler, and no more of Python than starkcore itself.

CPython itself loses an exception when there is no memory to note a frame that it passes, and raises a SystemError which
says so. Functions of plain Python show it as well; it is counted apart.
"""

import argparse
import array
import ctypes
import os
import random
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "checks")]
sys.path.append(str(TESTS.parent))  # for a package that was built in the tree and not installed

import message_surface as messages  # noqa: E402
import native_build  # noqa: E402
import python_surface as surface  # noqa: E402

SOURCE = TESTS / "native" / "failing_allocations.cpp"
MARK = "STARKCORE_FAILING_ALLOCATIONS"  # the preloaded library, in the process that it is loaded into
SECONDS = 60  # of processor time, for one function's calls: a hang is a finding
WAITING = 20  # times as long, by the clock, for what waits and uses none
MOST = 100  # findings of one function in one round: then it is given up
WRONG = (None, -1, "x", b"", 1.5)
ROUNDS = {"one fails": (False, True), "all later ones fail": (True, True), "the first call": (False, False)}
LOST = ("SystemError: <function ", "SystemError: error return without exception set")  # the interpreter's own
DONE, MORE, BROKEN = 0, 10, 11  # how a child ends

# Batches in threads, which python_surface has too few items for.
ITEMS = 300
HASHES = surface.prepared_buffers(random.Random(1)) * 100
PREPARED = surface.PUBLIC.prepare()
ORDER = {
    "market": "BTC-USD", "side": "BUY", "size": "0.5", "price": 30000, "limit_fee": "0.001",
    "expiration": 4_102_444_800, "client_id": "é",
}  # fmt: skip
COLUMNS = {
    "markets": ["BTC-USD"], "size_decimals": 3, "price_decimals": 0, "market": 0, "side": 1, "size": 500,
    "price": 30_000, "limit_fee": 1000, "nonce": array.array("I", range(ITEMS)), "expiration": 4_102_444_800,
}  # fmt: skip
NUMBERS = range(1, ITEMS + 1)
PARADEX_ORDER = {
    "market": "BTC-USD-PERP", "side": "BUY", "order_type": "LIMIT", "size": "0.5", "price": 30000, "timestamp": 10**12,
}  # fmt: skip
PARADEX_COLUMNS = {
    "markets": ["BTC-USD-PERP"], "order_types": ["LIMIT"], "size_decimals": 3, "price_decimals": 0, "market": 0,
    "side": 1, "order_type": 0, "size": 500, "price": 30_000,
    "timestamp": array.array("Q", range(10**12, 10**12 + ITEMS)),
}  # fmt: skip
EXTENDED_ORDER = {
    "market": messages.MARKET, "side": "BUY", "size": "0.5", "price": 30000, "taker_fee": "0.001",
    "expire_time": 4_102_444_800, "nonce": 1,
}  # fmt: skip
EXTENDED_COLUMNS = {
    "market": messages.MARKET, "size_decimals": 3, "price_decimals": 0, "side": 1, "size": 500, "price": 30_000,
    "taker_fee": 500, "expire_time": 4_102_444_800, "nonce": array.array("I", range(1, ITEMS + 1)),
}  # fmt: skip
GUARDED = surface.KEY.guarded(self_check=True, hedged=True)
BATCHES = {
    "sign_many in threads": lambda: surface.KEY.sign_many(NUMBERS, threads=4),
    "sign_many of a buffer in threads": lambda: surface.KEY.sign_many(HASHES, threads=4),
    "sign_many, guarded, in threads": lambda: GUARDED.sign_many(HASHES, threads=4) and None,
    "verify_many in threads": lambda: surface.starkcore.verify_many(
        [surface.PUBLIC] * ITEMS, NUMBERS, [surface.SIGNATURE] * ITEMS, threads=4
    ),
    "verify_many of buffers in threads": lambda: surface.starkcore.verify_many(
        surface.PUBLIC.to_bytes() * ITEMS, HASHES, surface.SIGNATURE.to_bytes() * ITEMS, threads=4
    ),
    "PreparedPublicKey.verify_many in threads": lambda: PREPARED.verify_many(
        HASHES, surface.SIGNATURE.to_bytes() * ITEMS, threads=4
    ),
    "pedersen_hash_many in threads": lambda: surface.starkcore.pedersen_hash_many([(i, i) for i in NUMBERS], threads=4),
    "pedersen_hash_many of buffers in threads": lambda: surface.starkcore.pedersen_hash_many(HASHES, HASHES, threads=4),
    "sign_orders in threads": lambda: surface.SIGNER.sign_orders([ORDER] * 150, threads=4),
    "sign_columns in threads": lambda: surface.SIGNER.sign_columns(**COLUMNS, threads=4),
    "paradex.sign_orders in threads": lambda: messages.PARADEX.sign_orders([PARADEX_ORDER] * 150, threads=4),
    "paradex.sign_columns in threads": lambda: messages.PARADEX.sign_columns(**PARADEX_COLUMNS, threads=4),
    "extended.sign_orders in threads": lambda: messages.EXTENDED.sign_orders([EXTENDED_ORDER] * 150, threads=4),
    "extended.sign_columns in threads": lambda: messages.EXTENDED.sign_columns(**EXTENDED_COLUMNS, threads=4),
    "use_tables, large": lambda: (surface.starkcore.use_tables(9), surface.starkcore.use_tables(1)),
    "PrivateKey.guarded with a table": lambda: surface.KEY.guarded(self_check=True) and None,
}


@dataclass
class Tally:
    """What came of calls."""

    calls: int = 0
    allocations: int = 0
    lost: int = 0
    deaths: int = 0
    findings: list = field(default_factory=list)

    def add(self, other):
        self.calls += other.calls
        self.allocations += other.allocations
        self.lost += other.lost
        self.deaths += other.deaths
        self.findings += other.findings


def arguments(function, name, wrong=None):
    """Good ones, but for the one at that place: made anew each time, since iterators are used up."""
    chance = random.Random(name)
    made = [kind.good(chance) for kind in (*function.positional, *function.keywords.values())]
    if wrong is not None:
        made[wrong] = WRONG[wrong % len(WRONG)]
    count = len(function.positional)
    return made[:count], dict(zip(function.keywords, made[count:], strict=True))


def case(function, name, wrong=None):
    """Makes what is to be called, without arguments."""

    def make():
        positional, keywords = arguments(function, name, wrong)
        return lambda: function.call(*positional, **keywords)

    return make


def cases():
    """{name: what makes the function to be called}: with good arguments, with each of them wrong, and batches."""
    found = {}
    for name, function in surface.FUNCTIONS.items():
        # Python's files and libraries: os and pathlib tell a MemoryError as another.
        if name.startswith("keystore.") or name in messages.WITH_A_WALLET:
            continue
        found[name] = case(function, name)
        for place in range(len(function.positional) + len(function.keywords)):
            found[f"{name}, argument {place} wrong"] = case(function, name, place)
    return found | {name: lambda call=call: call for name, call in BATCHES.items()}


def planted(library):
    """Those that the check must find, with how; and one that it must not."""

    def swallows():
        try:
            return len(bytes(10**5))
        except MemoryError:
            return 5

    def raises():
        raise ValueError("as it should")

    return {
        "a null pointer": (lambda: lambda: library.failing_planted_null(), "died of SIGSEGV"),
        "an exception that nobody catches": (lambda: lambda: library.failing_planted_throw(), "died of SIGABRT"),
        "another answer": (lambda: swallows, "'5', not '100000'"),
        "an endless wait": (lambda: lambda: swallows() == 5 and signal.pause(), "died of SIGALRM"),
        "plain Python": (lambda: raises, None),
    }


def described(value):
    """What of an answer is the same each time."""
    text = repr(value)
    return type(value).__name__ if "object at 0x" in text else text


def outcome(library, make, n, for_good):
    """(what came of a call whose n-th allocation fails, how many allocations there were)."""
    call, count = make(), ctypes.c_long()
    try:
        answer = described(library.failing_call(call, n, for_good, ctypes.byref(count)))
    except MemoryError:
        answer = "MemoryError"
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    return answer, count.value


def expected(library, make):
    """The outcome without failures, and whether it is the same each time."""
    answers = {outcome(library, make, 0, False)[0] for _ in range(3)}
    return answers.pop(), not answers


def calls(library, make, n, wanted, how, seconds):
    """In a child: the calls from the n-th allocation on, or that one alone where each is to be a process's first.
    Yields a line for each, and returns how the child is to end."""
    answer, steady = wanted
    for_good, warm = how
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, WAITING * seconds)
    if warm:
        outcome(library, make, 0, False)
    while True:
        yield f"call {n}"
        got, count = outcome(library, make, n, for_good)
        if got.startswith(LOST):
            yield "lost"
        elif got not in ("MemoryError", answer) and (steady or "Error" in got):
            yield f"allocation {n}: {got[:200]!r}, not {answer[:100]!r}"
        if count < n or not warm:
            return DONE if count < n else MORE
        n += 1


def child(read, write, *what):
    """Runs calls() in a fork, which tells its lines through a pipe. Returns its process id."""
    pid = os.fork()
    if pid != 0:
        os.close(write)
        return pid
    status = BROKEN
    try:
        os.close(read)
        lines = calls(*what)
        while True:
            os.write(write, next(lines).encode("ascii", "backslashreplace") + b"\n")
    except StopIteration as stop:
        status = stop.value
    except BaseException as error:
        os.write(write, f"the check itself failed: {error!r}\n".encode())
    finally:
        os._exit(status)


def tally_of(library, name, make, round_name, seconds=SECONDS):
    """All calls of one function in one round."""
    tally, n, status = Tally(), 1, MORE
    wanted = expected(library, make)
    while status == MORE and len(tally.findings) < MOST:
        read, write = os.pipe()
        pid = child(read, write, library, make, n, wanted, ROUNDS[round_name], seconds)
        with os.fdopen(read) as pipe:
            for line in map(str.strip, pipe):
                if line.startswith("call "):
                    n, tally.calls = int(line.split()[1]), tally.calls + 1
                elif line == "lost":
                    tally.lost += 1
                else:
                    tally.findings.append(f"{name}, {round_name}, {line}")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status not in (DONE, MORE, BROKEN):
            how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
            tally.findings.append(f"{name}, {round_name}, allocation {n}: died of {how}")
            tally.deaths += 1
            status = BROKEN if status in (-signal.SIGALRM, -signal.SIGPROF) else MORE
        n += 1
    tally.allocations = n - 2
    return tally


def planted_not_found(library):
    """The planted faults that go unnoticed, and whether plain Python gives what is taken for the interpreter's own."""
    missed = []
    for name, (make, how) in planted(library).items():
        tally = tally_of(library, name, make, "one fails", seconds=0.3)
        found = any(how in finding for finding in tally.findings) if how else tally.lost > 0 and not tally.findings
        print(f"planted: {name}: {'found' if found and how else 'as expected' if found else 'NOT FOUND'}")
        missed += [] if found else [name]
    return missed


def load():
    library = ctypes.PyDLL(os.environ[MARK])
    library.failing_call.argtypes = [ctypes.py_object, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long)]
    library.failing_call.restype = ctypes.py_object
    library.failing_planted_null.restype = library.failing_planted_throw.restype = None
    return library


def build(folder):
    """The library that is to be preloaded."""
    command = native_build.compiler()
    flags = ["-O1", "-fno-builtin"]
    return native_build.build(Path(folder) / "failing.so", [native_build.Unit(SOURCE)], flags, command, shared=True)


def preloaded_run(arguments, **options):
    """This program again, with the library preloaded."""
    with tempfile.TemporaryDirectory() as folder:
        library = str(build(folder))
        environment = os.environ | {"LD_PRELOAD": library, MARK: library, "PYTHONMALLOC": "malloc"}
        return subprocess.run([sys.executable, __file__, *arguments], env=environment, check=False, **options)


def check(patterns):
    library = load()
    missed = planted_not_found(library)
    chosen = {name: make for name, make in cases().items() if not patterns or any(map(name.startswith, patterns))}
    total = Tally()
    for round_name in ROUNDS:
        tally = Tally()
        for name, make in chosen.items():
            tally.add(tally_of(library, name, make, round_name))
        for finding in tally.findings:
            print(f"FOUND: {finding}")
        own = f"{tally.lost} of them the interpreter's own"
        print(f"{round_name}: {len(chosen)} functions and arguments, {tally.calls} calls, {own}", flush=True)
        total.add(tally)
    print(f"{total.calls} calls with a failing allocation: {total.deaths} deaths, {len(total.findings)} findings")
    return 1 if total.findings or missed or not chosen else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="functions, by how their names begin (default: all)")
    names = parser.parse_args().names
    if MARK in os.environ:
        return check(names)
    if missing := surface.uncovered():
        print(f"not covered: {missing}")
        return 1
    return preloaded_run(names).returncode


if __name__ == "__main__":
    sys.exit(main())
