"""The client under every fault of the network that tests/http/fault_cases.py lists, on real sockets, again and again.

Each fault is met by the synchronous client and by the asynchronous one on asyncio and on trio, with a GET and with an
order. Shown at the end: how many cases, how many were not as the table says, orders that arrived twice (duplicates),
sockets that were still open after the client was closed (leaked), and the longest wait, which the budget of 1.5 seconds
bounds.

Then orders that reach the exchange late, and hosts of the WebSocket that break every connection, in a time of their
own.

First, four faults are planted in the client, which must be found: it repeats what may have been carried out; it closes
nothing; it takes the first "there is no such order" for final; it counts every connection that was answered as one that
lived.

Needs the client's and the tests' packages, trustme and trio; sockets are counted on Linux. A round takes four minutes,
most of it spent waiting. Exits with 1 when something was found. Ctrl-C stops it, and shows what there was so far.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

from fault_cases import (
    FAULTS,
    KINDS,
    LATE,
    QUICK,
    STORMS,
    late_problems,
    meet,
    meet_late,
    meet_storm,
    problems,
    storm_problems,
)

# What a busy machine may add to the budget.
SLACK = 1.5


class Tally:
    """What came of all cases so far."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.longest = 0.0
        self.slowest = ""

    def meet(self, fault, kind, method) -> None:
        outcome = meet(fault, kind, method)
        found = problems(fault, method, outcome)
        self.count["leaked sockets"] += max(0, outcome.leaked)
        if method == "POST" and fault.sent <= 1:
            self.count["duplicates"] += outcome.duplicates
        if outcome.seconds > self.longest:
            self.longest, self.slowest = outcome.seconds, f"{fault.name}, {kind}, {method}"
        if outcome.seconds > QUICK.total + SLACK:
            found.append(f"it took {outcome.seconds:.1f} s")
        self._found(f"{fault.name}, {kind}, {method}", found)

    def meet_late(self, late, kind) -> None:
        outcome = meet_late(late, kind)
        self.count["duplicates"] += outcome.duplicates
        self._found(f"{late.name}, {kind}", late_problems(late, outcome))

    def meet_storm(self, name) -> None:
        self._found(f"a host that {name}", storm_problems(*meet_storm(name)))

    def _found(self, case, found) -> None:
        self.count["cases"] += 1
        self.count["wrong"] += bool(found)
        for problem in found:
            print(f"  {case}: {problem}", flush=True)

    def summary(self) -> str:
        counts = ", ".join(f"{name} {self.count[name]}" for name in ("cases", "wrong", "duplicates", "leaked sockets"))
        return f"{counts}, longest wait {self.longest:.2f} s ({self.slowest})"


def planted() -> bool:
    """Whether faults that are planted in the client are found."""
    reset = next(fault for fault in FAULTS if fault.name == "reset")
    missed = 0
    with mock.patch("starkcore.http.rules._may_repeat", return_value=True):
        outcome = meet(reset, "sync", "POST")
        missed += not (outcome.duplicates and problems(reset, "POST", outcome))
        print(f"planted repetition: {outcome.duplicates} duplicates counted")
    good = next(fault for fault in FAULTS if fault.name == "HTML")
    kept = []
    with mock.patch("starkcore.http.transport.SyncTransport.close", autospec=True, side_effect=kept.append):
        outcome = meet(good, "sync", "GET")
        missed += not (outcome.leaked and problems(good, "GET", outcome))
        print(f"planted leak: {outcome.leaked} sockets counted")
    for transport in kept:
        transport.close()
    with mock.patch("starkcore.dydx.settling._LATE", -1e9):  # every look is final, as one at once would be
        outcome = meet_late(LATE[1], "sync")
        missed += not (outcome.duplicates and late_problems(LATE[1], outcome))
        print(f"planted look at once: {outcome.duplicates} duplicates counted")
    with mock.patch("starkcore.dydx.events.Backoff.lived", return_value=True):
        found = meet_storm("confirms and closes")
        missed += not storm_problems(*found)
        print(f"planted storm: {found[0]} connections counted")
    return not missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often the whole table is met (default: %(default)s)")
    parser.add_argument("--planted", action="store_true", help="the planted faults alone")
    options = parser.parse_args()
    warnings.simplefilter("error", ResourceWarning)
    if not planted():
        print("a planted fault was not found: this check proves nothing")
        return 1
    if options.planted:
        return 0
    tally, before = Tally(), time.monotonic()
    with suppress(KeyboardInterrupt):
        for number in range(1, options.rounds + 1):
            for place, fault in enumerate(FAULTS, 1):
                print(f"round {number} of {options.rounds}, fault {place} of {len(FAULTS)}: {fault.name}", flush=True)
                for kind in KINDS:
                    for method in ("GET", "POST"):
                        tally.meet(fault, kind, method)
            for late in LATE:
                for kind in ("sync", "asyncio"):
                    tally.meet_late(late, kind)
            for name in STORMS:
                tally.meet_storm(name)
    print(f"{len(FAULTS) + len(LATE) + len(STORMS)} faults, {time.monotonic() - before:.0f} s: {tally.summary()}")
    return 1 if tally.count["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
