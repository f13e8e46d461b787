"""The statistics of tests/checks/timing.py, and that its program times every entry that takes a secret.

No time is asserted.
"""

import importlib.util
import math
import platform
import random
import re
import statistics
import subprocess
import sys
from array import array

import native_build
import pytest
import timing_statistics
from native_build import TESTS, Unit
from timing_statistics import KEPT, THRESHOLD, Differences, Pair, Sample, compare, quantiles, welch

SECURITY = TESTS.parent / "docs" / "security.md"


def check():
    """tests/checks/timing.py, which is a program and in no package."""
    spec = importlib.util.spec_from_file_location("checks_timing", TESTS / "checks" / "timing.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["checks_timing"] = module  # for its dataclasses
    spec.loader.exec_module(module)
    return module


def skewed(count, seed, shift=0):
    """Times: even numbers, as the counter gives them, with a long tail."""
    draw = random.Random(seed)
    return [2 * round(10_000 + draw.gauss(0, 30) + draw.expovariate(1 / 40) ** 2 / 50) + shift for _ in range(count)]


def test_welch():
    # Miles per gallon of cars, AUTO83B.DAT, without the assumption of equal variances: NIST's Dataplot, and the example
    # of Boost.Math's documentation, "Comparing the means of two samples with the Students-t test".
    t = welch(20.14458, 6.41470**2, 249, 30.48101, 6.10771**2, 79)
    assert t == pytest.approx(-12.94627, abs=1e-5)
    assert welch(1.0, 0.0, 9, 1.0, 0.0, 9) == 0
    assert welch(2.0, 0.0, 9, 1.0, 0.0, 9) == math.inf


@pytest.mark.parametrize("most", [math.inf, 20_200, 20_040])
def test_moments(most):
    numbers = skewed(3000, seed=1)
    kept = [number for number in numbers if number <= most]
    assert len(kept) < len(numbers) or most == math.inf
    mean = statistics.mean(kept)  # of integers: exact but for the last rounding
    squares = [(number - mean) ** 2 for number in kept]
    found = Sample(numbers).moments(most)
    assert found.count == len(kept)
    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.variance == pytest.approx(statistics.variance(kept), rel=1e-9)
    assert found.square == pytest.approx(statistics.fmean(squares), rel=1e-9)
    assert found.square_variance == pytest.approx(statistics.variance(squares), rel=1e-9)


def test_moments_of_too_few():
    assert Sample([]).moments() is None
    assert Sample([5, 9]).moments(8) is None
    assert Sample([5, 9]).moments().variance == statistics.variance([5, 9])


def test_quantiles():
    numbers = [7, 1, 3, 3, 9, 3, 5, 2, 8, 6]
    assert quantiles(numbers, (0.1, 0.5, 0.51, 0.9, 1.0)) == [1, 3, 5, 8, 9]


def test_differences_in_full():
    """Student's one-sample t, and the formula for what is missed."""
    draw = random.Random(2)
    numbers = [draw.choice([-8, -2, 0, 4, 6]) + i % 3 for i in range(1000)]
    first = Differences(numbers).tests("times", smallest=True)[0]
    error = statistics.stdev(numbers) / math.sqrt(len(numbers))
    assert first.t == pytest.approx(statistics.fmean(numbers) / error, rel=1e-9)
    assert first.smallest == pytest.approx(THRESHOLD * error, rel=0.011)


@pytest.mark.parametrize("kept", KEPT[1:])
def test_what_is_missed_when_values_are_cropped(kept):
    """A shift of so much moves the mean of what is kept by 4.5 standard errors, and a smaller one doesn't."""
    draw = random.Random(3)
    numbers = [round(draw.gauss(0, 10_000)) for _ in range(40_000)]
    size = quantiles(map(abs, numbers), [kept])[0]
    cropped = [number for number in numbers if abs(number) <= size]
    error = statistics.stdev(cropped) / math.sqrt(len(cropped))
    smallest = Differences(numbers).smallest_shift(size)

    def moved(shift):
        shifted = [number + shift for number in numbers if abs(number + shift) <= size]
        return (statistics.fmean(shifted) - statistics.fmean(cropped)) / error

    assert moved(smallest) >= THRESHOLD > moved(0.9 * smallest)
    # For a normal distribution, cropped at z: the density at the crop takes its part of the shift.
    normal = statistics.NormalDist()
    z = normal.inv_cdf((1 + kept) / 2)
    lost = 2 * z * normal.pdf(z) / kept
    expected = THRESHOLD * 10_000 * math.sqrt((1 - lost) / (kept * 40_000)) / (1 - lost)
    assert smallest == pytest.approx(expected, rel=0.25)


def drifting(other):
    """Pairs amid a drift that is far larger than what differs; other(draw) is added to the other class."""
    draw = random.Random(4)
    usual = [20_000 + round(3000 * math.sin(i / 500)) for i in range(20_000)]
    return [
        Pair(level + draw.randrange(-20, 21), level + draw.randrange(-20, 21) + other(draw), level) for level in usual
    ]


def largest(tests, what):
    return max(abs(test.t) for test in tests if test.which.startswith(what))


def test_compare_likes():
    tests = compare(drifting(lambda draw: 0))
    assert len(tests) == 4 * len(KEPT)
    assert largest(tests, "") < THRESHOLD


def test_compare_finds_a_shift_that_drift_hides_from_welch():
    tests = compare(drifting(lambda draw: 3))
    assert largest(tests, "Welch") < THRESHOLD
    assert largest(tests, "pairs, times, 100%") > 2 * THRESHOLD
    assert all(test.t > 0 for test in tests if test.which.startswith("pairs, times"))


def test_compare_finds_a_spread():
    tests = compare(drifting(lambda draw: draw.choice([-9, 9])))
    assert largest(tests, "pairs, times, 100%") < THRESHOLD
    assert largest(tests, "pairs, spread, 100%") > THRESHOLD


def test_compare_finds_with_welch_alone_what_crops_take_from_pairs():
    first, other = skewed(4000, seed=5), skewed(4000, seed=6, shift=20)
    tests = compare([Pair(a, b, 20_000) for a, b in zip(first, other, strict=True)])
    assert largest(tests, "Welch, times, 95%") > THRESHOLD


def test_too_few_for_a_test():
    for count in (0, timing_statistics.FEWEST - 1):
        assert compare([Pair(1, 2, 1)] * count) == []


def test_measurements_are_read_in_pairs():
    """Either of a pair may come first; each goes to its class."""
    module = check()
    words, draw = array("I"), random.Random(7)
    for _ in range(100):
        for _ in range(module.BATCH // 2):
            kind = draw.choice([1, 2])
            pair = [1000 + draw.randrange(9), kind << module.CLASS_SHIFT | 1000 + draw.randrange(9) + 50 * (kind == 2)]
            draw.shuffle(pair)
            words.extend(pair)
    outcome = module.evaluate(words, ("random", "small", "sparse"))
    assert outcome.pairs == len(words) // 2
    assert outcome.suspects() == {"sparse", "all"}
    assert outcome.worst("sparse")[1].t > 0
    with pytest.raises(SystemExit):
        module.evaluate(words[: module.BATCH], ("random", "small", "sparse"))


@pytest.fixture(scope="module")
def program(tmp_path_factory, core_objects):
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the check reads the time stamp counter of x86-64, on Linux")
    command = native_build.compiler()
    flags = native_build.shipped_flags(command)
    folder = tmp_path_factory.mktemp("timing")
    own = native_build.compiled(folder, [Unit(TESTS / "native" / "timing.cpp")], flags, command)
    return native_build.link(folder / "timing", [*own, *core_objects], flags, command, shared=False)


def test_the_program_times_every_entry(program):
    module = check()
    plan = list(module.Check(program, 0.1).entries())
    documented = re.search(r"^\| entry points \| (.*?):", SECURITY.read_text(encoding="utf-8"), re.MULTILINE)[1]
    # Extra entropy is a secret of its own.
    assert {one.operation for one in plan} == {*re.findall(r"`(\w+)`", documented), "sign_with_entropy"}
    for operation in dict.fromkeys(one.operation for one in plan):
        one = next(one for one in plan if one.operation == operation)
        command = [program, one.engine, "1", operation, ",".join(one.kinds), "0.1", "1", "0"]
        words = array("I", subprocess.run([*map(str, command)], stdout=subprocess.PIPE, check=True).stdout)
        classes = [word >> module.CLASS_SHIFT for word in words]
        assert words, operation
        assert len(words) % module.BATCH == 0
        assert all((a == 0) != (b == 0) for a, b in zip(classes[::2], classes[1::2], strict=True)), operation
        assert max(classes) < len(one.kinds)


def test_the_program_refuses_what_it_does_not_know(program):
    for changed in (1, 3, 4):
        words = [str(program), "portable", "1", "sign", "random,one", "0.1", "1", "0"]
        words[changed] = "other"
        assert subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode == 2
