"""Time every entry that takes a secret, for secrets of several kinds, and ask statistics whether the times differ.

    python tests/checks/timing.py                        every engine, entry and mode, controls; 8 to 15 minutes
    python tests/checks/timing.py --seconds 60           longer for each measurement: smaller differences are found
    python tests/checks/timing.py --engine portable --entry sign --entry public_key
    python tests/checks/timing.py --planted              the controls alone

For x86-64 on Linux with a C++20 compiler; best as root: nice -n -5 python tests/checks/timing.py --core 1.

Random secrets are compared with secrets of kinds that code in variable time would notice: 1; below 2^32; n minus such a
number; three bits set; runs of equal bits; and with all of these together. tests/native/timing.cpp measures, and says
how the comparison is kept fair; tests/core/timing_statistics.py has the tests. Shown for each measurement: the
largest |t| of all tests, and where it was; the median time in ticks of the time stamp counter; and the largest
difference that would have been missed, in ticks and as a share of the median, for all kinds together and for the kind
that is known least. That is what moves the mean of the differences by 4.5 of its standard errors: 4.5·s/√n, where
nothing is cropped.

A |t| above 4.5 has the measurement repeated with fresh secrets. When it is above 4.5 again, for the same kind, the
check fails. Controls come first: leaks that must be found, and a comparison of like with like.
"""

import argparse
import math
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))

import kept_builds
import native_build
from native_build import TESTS, Unit
from timing_statistics import THRESHOLD, Pair, Test, compare

BATCH = 62  # measurements that native/timing.cpp makes one after the other
CLASS_SHIFT = 29
MODES = ("blinded", "strict")
KINDS = ("small", "large", "sparse", "runs")
CHAIN = 100  # multiplications of which the time is taken


@dataclass(frozen=True)
class Measurement:
    """What is timed: the first kind of secrets, and the others. chain: multiplications in front of all but the
    first.
    """

    operation: str
    engine: str
    mode: str
    kinds: tuple[str, ...]
    chain: int = 0

    def __str__(self) -> str:
        return f"{self.operation:22} {self.engine:21} {self.mode:7}"


@dataclass(frozen=True)
class Outcome:
    pairs: int
    median: int
    tests: dict[str, list[Test]]  # by kind, and for all together
    shift: float  # the mean difference, without the tenth of the pairs that differ most

    def worst(self, kind: str | None = None) -> tuple[str, Test]:
        """The kind and the test with the largest |t|."""
        rows = ((name, test) for name, tests in self.tests.items() if kind in (None, name) for test in tests)
        return max(rows, key=lambda row: abs(row[1].t))

    def suspects(self) -> set[str]:
        return {kind for kind in self.tests if abs(self.worst(kind)[1].t) > THRESHOLD}

    def smallest(self, kind: str) -> float:
        return min(test.smallest for test in self.tests[kind])

    def __str__(self) -> str:
        kind, test = self.worst()
        together, least_known = self.smallest("all"), max(map(self.smallest, self.tests))
        return (
            f"|t| {abs(test.t):6.2f}  ({kind}; {test.which})  {self.pairs:,} pairs, median {self.median:,}, missed "
            f"below {together:.1f} = {together / self.median:.3%}, {least_known:.1f} = {least_known / self.median:.3%}"
        )


def evaluate(words: array, kinds: tuple[str, ...]) -> Outcome:
    """What native/timing.cpp wrote: pairs of a measurement of the first kind and one of another."""
    pairs: dict[int, list[Pair]] = {number: [] for number in range(1, len(kinds))}
    medians = []
    for start in range(0, len(words), BATCH):
        batch = words[start : start + BATCH]
        ticks = [word & ((1 << CLASS_SHIFT) - 1) for word in batch]
        usual = sorted(ticks)[BATCH // 2]
        medians.append(usual)
        for i in range(0, BATCH, 2):
            first, other = (i + 1, i) if batch[i] >> CLASS_SHIFT else (i, i + 1)
            pairs[batch[other] >> CLASS_SHIFT].append(Pair(ticks[first], ticks[other], usual))
    together = [pair for some in pairs.values() for pair in some]
    tests = {"all": compare(together)} | {
        kinds[number]: compare(some) for number, some in pairs.items() if len(pairs) > 1
    }
    if not all(tests.values()):
        raise SystemExit(f"too few measurements ({len(words)}): more --seconds, please")
    differences = sorted((pair.difference for pair in together), key=abs)[: len(together) * 9 // 10]
    return Outcome(len(together), sorted(medians)[len(medians) // 2], tests, sum(differences) / len(differences))


class Check:
    """The program, and what it found."""

    def __init__(self, program: Path, seconds: float) -> None:
        self.program = program
        self.seconds = seconds
        self.failures: list[str] = []
        self.engines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()

    def measure(self, what: Measurement, seconds: float | None = None) -> Outcome:
        command = [self.program, what.engine, MODES.index(what.mode), what.operation, ",".join(what.kinds)]
        command += [seconds or self.seconds, secrets.randbits(63), what.chain]
        done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, check=True)
        return evaluate(array("I", done.stdout), what.kinds)

    def fail(self, text: str) -> None:
        self.failures.append(text)
        print(f"  FAILED: {text}", flush=True)

    def must_not_differ(self, what: Measurement, label: str = "") -> Outcome:
        """Measure once, and again where something looks like a difference."""
        outcome = self.measure(what)
        print(f"{label}{what}  {outcome}", flush=True)
        if suspects := outcome.suspects():
            again = self.measure(what)
            print(f"{label}{what}  {again}  (repeated: {', '.join(sorted(suspects))})", flush=True)
            if both := suspects & again.suspects():
                self.fail(f"{what.operation}, {what.engine}, {what.mode}: times differ for {', '.join(sorted(both))}")
        return outcome

    def must_differ(self, what: Measurement, seconds: float | None = None) -> None:
        outcome = self.measure(what, seconds)
        print(f"planted: {what}  {outcome}", flush=True)
        if not outcome.suspects():
            self.fail(f"{what.operation}: not found")

    def controls(self) -> None:
        """Leaks that must be found, likes that must not differ, and a delay of about twice what is missed."""
        fastest, alike = self.engines[0], ("random", "random")
        for operation in ("leak_branch", "leak_lookup", "leak_inverse_var"):
            self.must_differ(Measurement(operation, fastest, "strict", ("random", "one")), 1)
        # By design: one key has one blind, and so one of the times that an inversion behind a blind can take.
        self.must_differ(Measurement("public_key", fastest, "blinded", ("random", "one")), 1)
        outcome = self.must_not_differ(Measurement("public_key", fastest, "blinded", alike), "alike:   ")
        delay = Measurement("delay_alone", fastest, "strict", alike, CHAIN)
        one = self.measure(delay, 1).shift / CHAIN
        delay = replace(delay, chain=max(1, math.ceil(2 * outcome.smallest("all") / one)))
        alone = self.measure(delay, 1).shift
        print(f"planted: {delay.chain} multiplications, which take {alone:.1f} ticks by themselves:", flush=True)
        self.must_differ(replace(delay, operation="delayed_public_key", mode="blinded"))

    def entries(self) -> Iterator[Measurement]:
        """Every entry that takes a secret, with each engine and in each mode on which its code depends."""
        random, with_one = ("random", *KINDS), ("random", "one", *KINDS)
        for operation in ("private_key_check", "key_from_data", "key_from_eth_signature"):
            yield Measurement(operation, self.engines[0], "strict", with_one)
        plain = self.engines[0].removesuffix("-sha")
        for engine in dict.fromkeys((self.engines[0], plain)):  # SHA-256 by instructions of its own, and without
            yield Measurement("grind_key", engine, "strict", with_one)
            yield Measurement("sign_with_entropy", engine, "strict", with_one)
        for engine in self.engines:
            for mode in MODES:
                # The same value behind its blind is always the same: where a key decides it alone, no key comes twice.
                yield Measurement("public_key", engine, mode, with_one if mode == "strict" else random)
                yield Measurement("sign", engine, mode, with_one)
                yield Measurement("sign_many", engine, mode, with_one)
                yield Measurement("sign_orders", engine, mode, random)
                yield Measurement("sign_order_table", engine, mode, random)
                yield Measurement("sign_messages", engine, mode, random)
                yield Measurement("sign_message_table", engine, mode, random)


def program_in(folder: Path) -> Path:
    """The core, as it is shipped, and native/timing.cpp; what is there already of the same sources is taken."""
    program, command = folder / "timing", native_build.compiler()
    flags = native_build.shipped_flags(command)
    made_of = kept_builds.made_of(kept_builds.sources(), *command, *flags)
    if not kept_builds.is_kept(program, made_of):
        print("compiling the core", flush=True)
        shutil.rmtree(program.with_suffix(".objects"), ignore_errors=True)
        units = [*native_build.core_units(), Unit(TESTS / "native" / "timing.cpp")]
        native_build.build(program, units, flags, command, shared=False)
        kept_builds.keep(program, made_of)
    return program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seconds",
        type=float,
        default=5,
        help="of processor time for each measurement, unless a million times are enough (default: 5)",
    )
    parser.add_argument("--engine", action="append", help="this engine; all by default")
    parser.add_argument("--entry", action="append", help="this entry; all by default")
    parser.add_argument("--planted", action="store_true", help="the controls alone")
    parser.add_argument("--core", type=int, help="the processor to run on (default: the last)")
    parser.add_argument("--folder", type=Path, help="keep what is compiled there, for the next run")
    options = parser.parse_args()
    if platform.machine() != "x86_64" or sys.platform != "linux":
        print("This check reads the time stamp counter of x86-64, on Linux: nothing is measured here.")
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        check = Check(program_in(folder), options.seconds)
        plan = [one for one in check.entries() if options.engine is None or one.engine in options.engine]
        plan = [one for one in plan if options.entry is None or one.operation in options.entry]
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if options.core is None else options.core})
        start = time.monotonic()
        check.controls()
        for number, one in enumerate([] if options.planted else plan, 1):
            check.must_not_differ(one, f"{number}/{len(plan)}: ")
    print(f"{len(check.failures)} failures, {time.monotonic() - start:.0f} s")
    return 1 if check.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
