"""Whether two classes of times differ, and which difference would have been seen: the statistics of
tests/checks/timing.py.

Two tests, each of times and of their spread, with all values and with the most extreme cropped:

- Welch's t-test as in O. Reparaz, J. Balasch, I. Verbauwhede, "Dude, is my code constant time?" (DATE 2017, eprint
  2016/1123).
- The t-test of the differences within pairs, one of each class, timed one after the other in random order (A. A. Ding,
  C. Chen, T. Eisenbarth, "Simpler, Faster, and More Robust T-test Based Leakage Detection", COSADE 2016, eprint
  2015/1215). What makes the machine slower for a while is the same in both and drops out. It asks for no independence:
  if the classes don't differ, each difference is as likely as its negative, whatever its size. So cropping is by size,
  on both sides.

Times are whole ticks, and all sums are exact integers.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

THRESHOLD = 4.5  # |t|; that of leakage assessment since Goodwill, Jun, Jaffe and Rohatgi, 2011
KEPT = (1.0, 0.99, 0.95, 0.9, 0.8, 0.65, 0.5)  # shares of the values that are kept
FEWEST = 200  # values of a class, for a test


@dataclass(frozen=True)
class Moments:
    """Number, mean and variance (with n − 1) of a sample, and the same of the squares of its distances from the
    mean.
    """

    count: int
    mean: float
    variance: float
    square: float
    square_variance: float


def ratio(mean: float, error: float) -> float:
    if error == 0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / error


def welch(mean: float, variance: float, count: int, mean_2: float, variance_2: float, count_2: int) -> float:
    """t = (m1 − m2)/√(s1²/n1 + s2²/n2)"""
    return ratio(mean - mean_2, math.sqrt(variance / count + variance_2 / count_2))


class Sample:
    """Whole numbers: sums of the first powers of those up to any value, without going through them again."""

    def __init__(self, numbers: Iterable[int], powers: int = 4) -> None:
        self.values = sorted(numbers)
        self.pivot = self.values[len(self.values) // 2] if self.values else 0
        near = [value - self.pivot for value in self.values]
        power = [1] * len(near)
        self._sums = [[0, *accumulate(power)]]
        for _ in range(powers):
            power = list(map(mul, power, near))
            self._sums.append([0, *accumulate(power)])

    def sums(self, least: float, most: float) -> list[int]:
        """Of 1, v − pivot, (v − pivot)², … for all v with least <= v <= most."""
        first, last = bisect_left(self.values, least), bisect_right(self.values, most)
        return [sums[max(first, last)] - sums[first] for sums in self._sums]

    def moments(self, most: float = math.inf) -> Moments | None:
        """Of those that are at most so large; None when there are fewer than two."""
        n, s1, s2, s3, s4 = self.sums(-math.inf, most)
        if n < 2:
            return None
        second = n * s2 - s1 * s1  # n²·(the second central moment)
        fourth = n**3 * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1**4  # n⁴·(the fourth)
        return Moments(
            count=n,
            mean=self.pivot + s1 / n,
            variance=second / (n * (n - 1)),
            square=second / (n * n),
            square_variance=(fourth - second * second) / (n**3 * (n - 1)),
        )


def quantiles(numbers: Iterable[int], shares: Sequence[float]) -> list[int]:
    """For each share the least number that at least so much of all does not exceed."""
    values = sorted(numbers)
    return [values[math.ceil(share * len(values)) - 1] for share in shares]


@dataclass(frozen=True)
class Test:
    """The outcome of one test. smallest: the least difference, in ticks, that it is to notice, where that was asked."""

    which: str
    t: float
    smallest: float = math.inf


def welch_tests(first: Sample, other: Sample) -> list[Test]:
    """Times and their spread; the slowest are cropped, at quantiles of both classes together."""
    found = []
    for kept, most in zip(KEPT, quantiles(first.values + other.values, KEPT), strict=True):
        a, b = first.moments(most), other.moments(most)
        if a is None or b is None or min(a.count, b.count) < FEWEST:
            continue
        means = welch(b.mean, b.variance, b.count, a.mean, a.variance, a.count)
        spreads = welch(b.square, b.square_variance, b.count, a.square, a.square_variance, a.count)
        found += [Test(f"Welch, times, {kept:.0%}", means), Test(f"Welch, spread, {kept:.0%}", spreads)]
    return found


class Differences:
    """Differences within pairs."""

    def __init__(self, differences: Iterable[int]) -> None:
        self.sample = Sample(differences, powers=2)

    def mean(self, size: float, shift: float = 0) -> tuple[int, float, float]:
        """Number, mean and standard error of those that are at most so large, all of them being larger by `shift`."""
        n, s1, s2 = self.sample.sums(-size - shift, size - shift)
        if n < 2:
            return n, math.nan, math.inf
        return n, self.sample.pivot + shift + s1 / n, math.sqrt((n * s2 - s1 * s1) / (n * (n - 1)) / n)

    def smallest_shift(self, size: float) -> float:
        """The least shift that moves the mean of what is kept by THRESHOLD standard errors; inf when none does.

        When nothing is cropped it is THRESHOLD·s/√n. A crop stays where it is, and takes part of a shift away.
        """
        _, mean, error = self.mean(size)
        wanted = THRESHOLD * error
        low, high = 0.0, max(wanted, 1e-9)
        while self.mean(size, high)[1] - mean < wanted:
            low, high = high, 2 * high
            if high > 64 * max(wanted, 1):
                return math.inf
        while high - low > 0.01 * high:
            middle = (low + high) / 2
            if self.mean(size, middle)[1] - mean < wanted:
                low = middle
            else:
                high = middle
        return high

    def tests(self, what: str, *, smallest: bool) -> list[Test]:
        found = []
        for kept, most in zip(KEPT, quantiles(map(abs, self.sample.values), KEPT), strict=True):
            size = most if kept < 1 else math.inf
            n, mean, error = self.mean(size)
            if n >= FEWEST:
                least = self.smallest_shift(size) if smallest else math.inf
                found.append(Test(f"pairs, {what}, {kept:.0%}", ratio(mean, error), least))
        return found


@dataclass(frozen=True)
class Pair:
    """Times of the first class and of another that followed each other, and what was usual at the time."""

    first: int
    other: int
    usual: int

    @property
    def difference(self) -> int:
        return self.other - self.first

    @property
    def spread(self) -> int:
        """The squares of the distances from what is usual: that of the other minus that of the first."""
        return (self.other - self.usual) ** 2 - (self.first - self.usual) ** 2


def compare(pairs: Sequence[Pair]) -> list[Test]:
    """Every test of the two classes."""
    if not pairs:
        return []
    found = welch_tests(Sample(pair.first for pair in pairs), Sample(pair.other for pair in pairs))
    found += Differences(pair.difference for pair in pairs).tests("times", smallest=True)
    found += Differences(pair.spread for pair in pairs).tests("spread", smallest=False)
    return found
