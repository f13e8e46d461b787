"""Measures signing where it is paid: in a program that does something else between two orders.

    python benchmarks/loop.py                  with this Python and the peers that are installed in it
    python benchmarks/loop.py --write-docs     and with this CPU's other engines, shortly; and then the tables of
                                               docs/benchmarks.md and README.md
    python benchmarks/loop.py --json FILE      and the numbers

What comes before each call, and is not measured:

    tight      nothing: the call before
    book       25 KB of JSON are parsed, and applied to a book
    slept      a millisecond's sleep
    flushed    more memory is read than the caches hold
    warmed     the same, and then the signer's `warm()`, where it has one
    demo       whatever asyncio, the client and its WebSocket do in `starkcore demo`: StarkEx orders alone

All cells take turns, round by round, so that a busy machine is busy for all of them. Microseconds: the median, the 99th
and the 99.9th percentile of single calls. A percentile of which fewer than one call lies above is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import peers  # noqa: E402
import report  # noqa: E402
import run  # noqa: E402
import venues  # noqa: E402
import workload  # noqa: E402
from caches import ColdCaches  # noqa: E402

import starkcore  # noqa: E402
from starkcore.starkex import OrderSigner  # noqa: E402

ROUNDS = 10
BOOK_BYTES = 25_000
WARM_UP = 3  # calls that open a cell's turn, unmeasured: what came before was another cell's
OTHER_CALLS = 150  # of each cell, with other engines than the fastest
SLOW = 0.01  # seconds: to a call that is longer, what came before it makes no difference
PERCENTILES = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9}

Call = Callable[[Any], object]


@dataclass
class Subject:
    """Somebody's way to do something, and how long it took under each condition, in nanoseconds."""

    operation: str
    who: str
    call: Call
    cases: list[Any]
    warm: Callable[[], object] | None = None
    times: dict[str, list[int]] = field(default_factory=dict)
    next_case: int = 0

    def case(self) -> Any:
        self.next_case += 1
        return self.cases[self.next_case % len(self.cases)]


# ---- Conditions ----


class Book:
    """A message of the size of a book's first state, and the book that it is applied to."""

    def __init__(self) -> None:
        levels = [[f"{60_000 + i / 10:.1f}", f"{(i * 7919) % 100_000 / 1000:.3f}"] for i in range(2000)]
        half = 0
        while len(text := json.dumps({"bids": levels[:half], "asks": levels[half : 2 * half]})) < BOOK_BYTES:
            half += 1
        self.text = text
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def __call__(self) -> None:
        for name, levels in json.loads(self.text).items():
            side = self.sides[name]
            for price, size in levels:
                side[price] = size
            max(side, key=float)


def conditions(names: list[str]) -> dict[str, Callable[[], object]]:
    made: dict[str, Callable[[], Callable[[], object]]] = {
        "tight": lambda: lambda: None,
        "book": Book,
        "slept": lambda: lambda: time.sleep(0.001),
        "flushed": ColdCaches,
        "warmed": ColdCaches,
    }
    return {name: make() for name, make in made.items() if name in names}


# ---- Subjects ----


def nothing(**order: object) -> None:
    """What Python takes by itself to call something with an order's words."""


def subjects(with_peers: bool) -> list[Subject]:
    """Ours, and a call that does nothing; then those peers that are installed, whose answers have been compared with
    ours.
    """
    work = workload.make()
    key = starkcore.PrivateKey(workload.KEY)
    starkex = OrderSigner(key, position_id=workload.POSITION_ID)
    paradex, extended = venues.paradex_signer(), venues.extended_signer()
    of_paradex, of_extended = venues.paradex_orders(workload.CASES), venues.extended_orders(workload.CASES)
    found = [
        Subject("order", report.OURS, lambda order: starkex.sign_order(**order), work.orders, starkex.warm),
        Subject("paradex_order", report.OURS, lambda order: paradex.sign_order(**order), of_paradex, paradex.warm),
        Subject("extended_order", report.OURS, lambda order: extended.sign_order(**order), of_extended, extended.warm),
        Subject("sign", report.OURS, key.sign, work.hashes),
        Subject("call", report.OURS, lambda order: nothing(**order), work.orders),
    ]
    if with_peers:
        for peer in installed_peers():
            found += of_peer(peer, [subject for subject in found if subject.who == report.OURS])
    return found


def installed_peers() -> list[peers.Peer]:
    found = []
    for name, load in peers.LOADERS.items():
        if name == "pure-python":
            continue
        try:
            found.append(load())
        except ImportError:
            continue
    return found


def of_peer(peer: peers.Peer, ours: list[Subject]) -> list[Subject]:
    """What a peer can do of it.

    Raises:
        SystemExit: its answer isn't ours.
    """
    expected: dict[str, Callable[[Any], object]] = {
        "order": lambda signed: signed.signature.to_hex(),
        "extended_order": lambda signed: tuple(signed.signature),
        "sign": tuple,
    }
    calls: dict[str, Call] = {}
    if peer.sign is not None:
        calls["sign"] = lambda m: peer.sign(workload.KEY, m)
    if peer.sign is not None and peer.pedersen is not None:
        calls["order"] = peers.order_signer(peer, workload.KEY)
    if peer.sign is not None and peer.extended_hash is not None:
        calls["extended_order"] = peers.extended_order_signer(peer, workload.KEY)
    found = []
    for subject in ours:
        if subject.operation not in calls:
            continue
        call = calls[subject.operation]
        for case in subject.cases[:2]:
            if call(case) != expected[subject.operation](subject.call(case)):
                raise SystemExit(f"{peer.name}: another answer to {subject.operation}")
        found.append(Subject(subject.operation, peer.name, call, subject.cases))
    return found


# ---- Measuring ----


@dataclass
class Cell:
    """A subject under a condition.

    Attributes:
        calls: of all rounds.
        warm_up: calls that open a turn, unmeasured.
        seconds: what one call takes, with what comes before it.
    """

    subject: Subject
    condition: str
    before: Callable[[], object]
    calls: int
    warm_up: int
    seconds: float

    def turn(self, number: int) -> None:
        """The calls of that round; of few, some rounds have none."""
        share = spread(self.calls, number)
        clock, subject = time.perf_counter_ns, self.subject
        call, times, before = subject.call, subject.times.setdefault(self.condition, []), self.before
        for i in range(self.warm_up + share if share else 0):
            case = subject.case()
            before()
            begun = clock()
            call(case)
            taken = clock() - begun
            if i >= self.warm_up:
                times.append(taken)

    def estimate(self) -> float:
        """Seconds that all rounds take."""
        turns = sum(1 for number in range(ROUNDS) if spread(self.calls, number))
        return (self.calls + turns * self.warm_up) * self.seconds


def spread(calls: int, number: int) -> int:
    """How many of a cell's calls are that round's."""
    return calls * (number + 1) // ROUNDS - calls * number // ROUNDS


def least_seconds(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def both(first: Callable[[], object], then: Callable[[], object]) -> Callable[[], object]:
    return lambda: (first(), then())


def cells_of(found: list[Subject], names: list[str], calls: int, seconds: float) -> list[Cell]:
    """Every subject under every condition, condition by condition, with as many calls as fit into so many seconds."""
    made = {name: (before, least_seconds(before)) for name, before in conditions(names).items()}
    own = [least_seconds(lambda subject=subject: subject.call(subject.case())) for subject in found]
    out = []
    for name, (before, takes) in made.items():
        for subject, taken in zip(found, own, strict=True):
            if name == "warmed" and subject.warm is None:
                continue
            prepare = both(before, subject.warm) if name == "warmed" and subject.warm else before
            warm_up = WARM_UP if taken < SLOW else 0
            room = int(seconds / (taken + takes)) - ROUNDS * warm_up
            out.append(Cell(subject, name, prepare, max(1, min(calls, room)), warm_up, taken + takes))
    return out


def measure(found: list[Subject], names: list[str], calls: int, seconds: float) -> None:
    cells = cells_of(found, names, calls, seconds)
    begun, whole = time.monotonic(), sum(cell.estimate() for cell in cells)
    for number in range(ROUNDS):
        run.say(f"round {number + 1} of {ROUNDS}; {time.monotonic() - begun:.0f} s of some {whole:.0f} s …")
        for cell in cells:
            cell.turn(number)


def percentiles(times: list[int]) -> dict[str, float | None]:
    """Microseconds; None where no call of so few lies above."""
    ordered = sorted(times)
    out: dict[str, float | None] = {}
    for name, percent in PERCENTILES.items():
        above = len(ordered) * (100 - percent) / 100
        at = min(len(ordered) - 1, int(len(ordered) * percent / 100))
        out[name] = float(f"{ordered[at] / 1000:.4g}") if above >= 0.999 or name == "p50" else None
    return out


def rows_of(found: list[Subject]) -> list[dict]:
    return [
        {"operation": subject.operation, "who": subject.who, "condition": condition, "calls": len(times)}
        | percentiles(times)
        for subject in found
        for condition, times in subject.times.items()
    ]


def demo_row(seconds: float) -> dict | None:
    """Signing in the demo's loop; None where its libraries aren't installed."""
    command = [sys.executable, "-P", "-m", "starkcore", "demo", "--json", "--seconds", str(max(1, int(seconds)))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)
    if done.returncode != 0:
        run.say("no demo: " + (done.stderr.strip().splitlines() or ["it failed"])[-1])
        return None
    told = json.loads(done.stdout)
    quantiles = {name: told["latency"]["signing"][f"{name}_us"] for name in PERCENTILES}
    return {
        "operation": "order",
        "who": report.OURS,
        "condition": "demo",
        "calls": told["orders"]["signed"],
    } | quantiles


def record_of(arguments: argparse.Namespace) -> dict:
    found = subjects(not arguments.no_peers)
    measure(found, arguments.condition or list(report.CONDITIONS), arguments.calls, arguments.seconds)
    rows = rows_of(found)
    if "demo" in (arguments.condition or report.CONDITIONS):
        rows += [row for row in [demo_row(arguments.seconds)] if row is not None]
    facts = run.about(Path(sys.executable))
    return {
        "machine": run.machine(),
        "commit": run.commit(),
        **{name: facts[name] for name in ("version", "python", "engine", "compiler", "peers")},
        "rows": rows,
    }


def of_other_engines(own: str) -> list[dict]:
    """Records of the same, shortly and without peers and demo, with each other engine of this CPU."""
    found = []
    names = [name for name in report.CONDITIONS if name != "demo"]
    for engine in (name for name in starkcore.engines() if name != own):
        run.say(f"with the engine {engine} …")
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "record.json"
            command = [sys.executable, "-P", __file__, "--no-peers", "--calls", str(OTHER_CALLS), "--json", str(output)]
            command += [word for name in names for word in ("--condition", name)]
            subprocess.run(command, check=True, env=os.environ | {"STARKCORE_ENGINE": engine}, cwd=HERE)
            found.append(json.loads(output.read_text(encoding="utf-8")))
    return found


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000, help="of each cell (default: 1000)")
    parser.add_argument(
        "--seconds", type=float, default=5, help="at most for a cell, with what comes before its calls; and of the demo"
    )
    parser.add_argument("--condition", action="append", choices=list(report.CONDITIONS), help="may be repeated")
    parser.add_argument("--no-peers", action="store_true", help="starkcore alone")
    parser.add_argument("--json", type=Path, help="write the numbers there")
    parser.add_argument("--write-docs", action="store_true", help="write the tables of the pages")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    try:
        record = record_of(options)
        if options.write_docs:
            record["other_engines"] = of_other_engines(record["engine"])
    except KeyboardInterrupt:
        print("\nstopped; no result was written", file=sys.stderr)
        return 130
    run.say("\n" + report.loop_terminal(record))
    if options.json:
        run.write_json(options.json, record)
    if options.write_docs:
        published = json.loads(report.PUBLISHED.read_text(encoding="utf-8")) | {"loop": record}
        report.write(published)
        run.write_json(report.PUBLISHED, published)
        run.say("README.md, docs/benchmarks.md and benchmarks/results/published.json are written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
