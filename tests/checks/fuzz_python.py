#!/usr/bin/env python3
"""Call every public function of starkcore and starkcore.starkex with good and odd arguments, for as long as one likes.

Odd are: wrong types, bools, numbers at and beyond each edge, text that is almost a number, buffers of every shape, and
objects whose methods raise or answer what they shouldn't (tests/odd_values.py). Looked for are:

- an end of the process by a signal, or none within a minute
- an exception that isn't in starkcore.errors (but those that odd objects raise, or Python about objects that lie; and
  MemoryError where a buffer says that it is longer than memory)
- an argument that the documentation refuses and the function takes
- an error whose text has characters that can't be seen, or is longer than a screen
- an argument that was changed
- another outcome than the plain value's for its twin, an int, text, … of a subclass whose every method lies
- a result that isn't the oracle's (tests/reference), where all arguments are good

Each case is made from a seed and a number, so that a finding can be had again: --seed S --case N. Needs no more than
starkcore itself. By default half a minute; Ctrl-C stops it.
"""

import argparse
import contextlib
import copy
import ctypes
import mmap
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]
sys.path.append(str(TESTS.parent))  # for a package that was built in the tree and not installed

import odd_values as odd  # noqa: E402
import python_surface as surface  # noqa: E402
from odd_values import Mine, Refused  # noqa: E402

BATCH = 2000  # cases of a process
LONGEST = 2000  # characters of an error's text
TWINS_IN = 5  # one in so many is made with twins as well
ORACLE_IN = 15  # one case in so many is given to the oracle, which is slow
PLANTED = {
    "crash": lambda value: os.kill(os.getpid(), signal.SIGSEGV) if value == "" else None,
    "wrong exception": lambda value: {}[value],
    "takes a bool": lambda value: int.__add__(value, 0) if isinstance(value,
                                                                      int) else surface.starkcore.keccak256(None),
    "changes its argument": lambda value: value.clear() if isinstance(value,
                                                                      bytearray) else surface.starkcore.keccak256(5),
    "believes a subclass": lambda value: {0: 0, value: 1}[value] if isinstance(value, int) else 1,
    "a column whose product wraps": lambda value: fill(value, 64),
    "wrong answer": lambda value: (surface.KEY.sign(value), 5)[1],
    "shows what it was given": lambda value: refuse_with(value),
    "no end": lambda value: never_ends() if isinstance(value, str) else surface.KEY.sign(value),
}  # fmt: skip


def refuse_with(value):
    if isinstance(value, str):
        raise surface.starkcore.errors.InvalidInput(f"place.{str.__str__(value)}", "must be another one")
    surface.KEY.sign(value)


def never_ends():
    while True:
        pass


def fill(column, each):
    """As C would: `each` bytes of result an item, their number without its carry, and then all of them written."""
    if isinstance(column, int):
        return
    try:
        count = len(memoryview(column))
    except (TypeError, ValueError, NotImplementedError):
        surface.starkcore.keccak256(None)
    size = count * each % (1 << 64)
    if size < 1 << 20:
        ctypes.memset(ctypes.create_string_buffer(size), 0, min(count * each, 1 << 40))


class Finding(Exception):
    pass


def snapshot(value):
    """What a mutable argument holds."""
    if type(value) in (list, dict):
        return copy.copy(value)
    with contextlib.suppress(ValueError):  # a view that was released
        if type(value) is bytearray or (type(value) is memoryview and type(value.obj) is bytearray):
            return bytes(value)
    return None


def arguments(function, chance):
    """(positional, keywords, whether any is odd)."""
    odd.LIARS.clear()
    odd.HUGE.clear()
    share = chance.choice((0, 0.15, 0.15, 0.5))
    made, any_odd = [], False
    for kind in (*function.positional, *function.keywords.values()):
        is_odd = chance.random() < share
        any_odd |= is_odd
        made.append(kind.odd(chance) if is_odd else kind.good(chance))
    count = len(function.positional)
    return made[:count], dict(zip(function.keywords, made[count:], strict=True)), any_odd


def taken(function, positional, keywords):
    """What the documentation takes each argument for. Raises Refused; `...` stands for what isn't told."""
    kinds = [*function.positional, *function.keywords.values()]
    values = [
        kind.takes(value) if kind.takes else ...
        for kind, value in zip(kinds, [*positional, *keywords.values()], strict=True)
    ]
    return values[: len(positional)], dict(zip(keywords, values[len(positional) :], strict=True))


def check_case(function, chance):
    positional, keywords, any_odd = arguments(function, chance)
    kept = [(value, snapshot(value)) for value in [*positional, *keywords.values()]]
    refused = told = None
    try:
        told = taken(function, positional, keywords)
    except Refused:
        refused = True
    except Mine:
        refused = False
    outcome = error = None
    try:
        outcome = function.call(*positional, **keywords)
    except (*surface.ALLOWED, *function.allowed) as caught:
        error = caught
        repr(error)
        if isinstance(error, surface.StarkcoreError) and not (str(error).isprintable() and len(str(error)) < LONGEST):
            raise Finding("an error shows what can't be seen, or more than can be read") from None
    except Mine:
        if not any_odd:
            raise Finding("an odd object's exception without an odd object") from None
        error = Mine()
    except MemoryError:
        if not odd.HUGE:
            raise Finding("no memory, and nothing asked for much") from None
        return
    except Exception as caught:
        if odd.LIARS:  # Python's own words about an object that isn't what it says
            return
        raise Finding(f"{type(caught).__name__} isn't starkcore's: {caught}\n{traceback.format_exc()}") from None
    if refused and error is None:
        raise Finding("took an argument that the documentation refuses")
    for value, before in kept:
        if before is not None and snapshot(value) != before:
            raise Finding("changed an argument")
    if chance.randrange(TWINS_IN) == 0:
        check_twins(function, chance.getstate())
    if told and not any_odd and function.answer and chance.randrange(ORACLE_IN) == 0:
        compare(function, told, outcome, error)


def outcome_of(function, positional, keywords):
    try:
        return odd.plain(function.call(*positional, **keywords))
    except (*surface.ALLOWED, *function.allowed) as error:
        return odd.plain(error)
    except AssertionError as error:
        raise Finding(str(error)) from None


def check_twins(function, state):
    """The outcome for good arguments and for their twins."""
    outcomes = []
    for change in (lambda value: value, odd.twin):
        chance = random.Random()
        chance.setstate(state)
        positional = [change(kind.good(chance)) for kind in function.positional]
        keywords = {name: change(kind.good(chance)) for name, kind in function.keywords.items()}
        try:
            outcomes.append(outcome_of(function, positional, keywords))
        except Finding:
            raise
        except Exception as error:
            raise Finding(f"{type(error).__name__} of a twin isn't starkcore's\n{traceback.format_exc()}") from None
    if outcomes[0] != outcomes[1] and function.repeats:
        raise Finding("another outcome for a value's twin of a lying subclass than for the value")


def compare(function, told, outcome, error):
    try:
        expected = function.answer(*told[0], **told[1])
    except Refused:
        return
    if error is not None:
        raise Finding(f"refused what the oracle answers: {error}")
    if expected is not None and function.shape(outcome) != expected:
        raise Finding("another answer than the oracle's")


def functions(planted):
    if planted is None:
        return surface.FUNCTIONS
    kind = {
        "takes a bool": surface.int_kind(256),
        "believes a subclass": surface.int_kind(256),
        "changes its argument": surface.BYTES,
        "a column whose product wraps": surface.COLUMN,
    }.get(planted, surface.HASH)
    answer = (lambda _: 6) if planted == "wrong answer" else None
    return {"planted": surface.Function(PLANTED[planted], (kind,), {}, answer)}


def run_case(seed, number, planted):
    chance = random.Random(f"{seed} {number}")
    table = functions(planted)
    name = chance.choice(list(table))
    try:
        check_case(table[name], chance)
    except Finding as finding:
        positional, keywords, _ = arguments(table[name], again(seed, number, table))
        shown = ", ".join([*map(safe, positional), *(f"{n}={safe(v)}" for n, v in keywords.items())])
        print(f"--seed {seed} --case {number}: {name}({shown}): {finding}", flush=True)
        return False
    return True


def again(seed, number, table):
    chance = random.Random(f"{seed} {number}")
    chance.choice(list(table))
    return chance


def safe(value):
    try:
        text = str.__getitem__(repr(value), slice(None))  # it may be a text that lies about its length
    except BaseException as error:
        text = f"<{type(value).__mro__[:2]}: {type(error).__name__}>"
    return text if len(text) < 100 else text[:100] + "…"


def work(seed, first, count, planted, place):
    """The cases of one process; `place`: where it says which it is at."""
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(0)  # for messages here; the library must not depend on it
    seconds = time_for(count, planted)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with Path(place).open("r+b") as file, mmap.mmap(file.fileno(), 16) as told:
        good = True
        for number in range(first, first + count):
            told[:8] = number.to_bytes(8, "big")
            good &= run_case(seed, number, planted)
            told[8:] = (number - first + 1).to_bytes(8, "big")
    return 0 if good else 1


def time_for(count, planted):
    """Seconds of processor time that so many cases need at most, some fifty times what they take."""
    return 3 if planted else 60 + count // 20


def start(options, first, count, planted, place):
    """Run a process of cases. (findings, cases done).

    What doesn't end is told by processor time: a busy machine makes nothing a finding. What waits and never wakes up
    uses none, and is ended later.
    """
    command = [sys.executable, __file__, "--seed", options.seed, "--work", str(first), str(count), place]
    process = subprocess.Popen(
        command + (["--planted", planted] if planted else []),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=20 * time_for(count, planted))
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0] + "no end in time\n"
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise
    told = Path(place).read_bytes()
    findings = [output] if output else []
    if process.returncode not in (0, 1):
        at = int.from_bytes(told[:8], "big")
        findings.append(f"--seed {options.seed} --case {at}: the process ended with {process.returncode}\n")
    elif process.returncode == 1 and not output:
        findings.append("failed without a word\n")
    return findings, int.from_bytes(told[8:], "big")


def planted_faults(options, place):
    missed = [name for name in PLANTED if not start(options, 0, 400, name, place)[0]]
    print(f"planted faults: {len(PLANTED) - len(missed)} of {len(PLANTED)} found", flush=True)
    return [f"the planted fault isn't found: {name}\n" for name in missed]


def fuzz(options, place):
    missing = surface.uncovered()
    findings = [f"public, and not in python_surface.py: {name}\n" for name in missing]
    findings += planted_faults(options, place)
    begun, first, done = time.monotonic(), 0, 0
    try:
        while time.monotonic() - begun < options.seconds and len(findings) < 10:
            new, cases = start(options, first, BATCH, None, place)
            findings += new
            first, done = first + BATCH, done + cases
            if sys.stderr.isatty():
                print(f"\r{done} cases, {len(findings)} findings", end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    print("".join(findings), end="")
    print(f"{done} cases of {len(surface.FUNCTIONS)} functions, {seconds:.0f} s of CPU: {len(findings)} findings")
    return 1 if findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="how long (default: 30)")
    parser.add_argument("--seed", default=None, help="any text (default: another each time)")
    parser.add_argument("--case", type=int, help="run this case alone, in this process")
    parser.add_argument("--planted", choices=PLANTED, help="with --case: a planted fault instead of the library")
    parser.add_argument("--work", nargs=3, metavar=("FIRST", "COUNT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.seed = options.seed or str(time.time_ns())
    if options.work:
        return work(options.seed, int(options.work[0]), int(options.work[1]), options.planted, options.work[2])
    if options.case is not None:
        return 0 if run_case(options.seed, options.case, options.planted) else 1
    with tempfile.NamedTemporaryFile() as place:
        place.write(bytes(16))
        place.flush()
        return fuzz(options, place.name)


if __name__ == "__main__":
    sys.exit(main())
