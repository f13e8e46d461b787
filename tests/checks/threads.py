#!/usr/bin/env python3
"""Call the whole native surface from many threads at once, for as long as one likes: are the answers the serial ones?

Each round has new keys, signers and tables, which all threads share. In between the process forks while batches are
under way, and the child must give the serial answers as well. Engine and strict mode change meanwhile. By default a
minute with eight threads; Ctrl-C stops it. Needs no more than starkcore itself.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "core")]
sys.path.append(str(TESTS.parent))  # for a package that was built in the tree and not installed

from concurrent_calls import Calls, differences, names_of  # noqa: E402

import starkcore  # noqa: E402


def change_modes(stop):
    """Engine and strict mode, until `stop`."""
    while not stop.is_set():
        for name in starkcore.engines():
            starkcore.use_engine(name)
            starkcore.use_strict(not starkcore.strict())
            stop.wait(0.01)


def forked(calls, name, wanted):
    """Whether a child that is forked now gives the answer, within a minute."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if calls.run(name, 0) == wanted else 1)
        finally:
            os._exit(2)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def fork_amid(calls, names, stop, wrong):
    """Fork again and again while the others are at work; returns how often."""
    wanted, count = {name: calls.run(name, 0) for name in names}, 0
    while not stop.is_set():
        for name in names:
            count += 1
            if not forked(calls, name, wanted[name]):
                wrong.append((name, "after a fork"))
    return count


def round_of(calls, options, end):
    """One set of keys. (what was wrong, calls, forks)"""
    names, over = names_of(calls), threading.Event()
    found, result = [], [None]

    def work():
        result[0] = differences(calls, names, options.threads, 5, stop=lambda: time.monotonic() > end)
        over.set()

    worker = threading.Thread(target=work)
    worker.start()
    forks = fork_amid(calls, names, over, found) if hasattr(os, "fork") else 0
    worker.join()
    wrong, done = result[0]
    return wrong + found, done, forks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--threads", type=int, default=8, help="at once (default: 8); batches have more of their own")
    options = parser.parse_args()
    planted, _ = differences(Calls(0), ["planted_fault"], options.threads, 400)
    print(f"planted fault: {'found' if planted else 'NOT found'}", flush=True)
    wrong, done, forks, stop, begun = [], 0, 0, threading.Event(), time.monotonic()
    changer = threading.Thread(target=change_modes, args=(stop,))
    changer.start()
    try:
        while time.monotonic() < begun + options.seconds and not wrong:
            new, calls, children = round_of(Calls(time.time_ns()), options, begun + options.seconds)
            wrong, done, forks = wrong + new, done + calls, forks + children
            if sys.stderr.isatty():
                print(f"\r{done} calls, {forks} forks", end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    finally:
        stop.set()
        changer.join()
    for name, number in wrong:
        print(f"{name} ({number}): not the serial answer")
    print(f"{options.threads} threads, {done} calls, {forks} forks amid batches: {len(wrong)} differences")
    return 1 if wrong or not planted else 0


if __name__ == "__main__":
    sys.exit(main())
