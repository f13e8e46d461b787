"""The variable-time inversion against Python's integers, and against a model of it that tells when a comparison went
wrong.

Its steps compare numbers by 64 of their bits, so some comparisons are wrong and a batch ends with a negative number
(field/binary_gcd.hpp). Random inputs meet that once in a hundred thousand; those below were found by search, or made
for it.
"""

import math
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.curve import N, P
from whitebox import values
from whitebox.model import MASK, R

STEPS = 62
LEAST_PROGRESS = 49  # bits of a·b in a batch: docs/mathematics.md

# (m, x, batch, row) with a negative number where a comparison of exact numbers would have none; found by search among
# random x.
NEGATIVE = [
    (P, 0x07A35130E639752DDBF9589D7855209F1198B398F48ED46B03583A0704A650E6, 1, "a"),
    (P, 0x02D516C020467ACEC24AE558EA160AC0D1DA67EC4E2E477ED4106EE853972DFF, 2, "a"),
    (P, 0x074D4FDE4FA9CB3E7E51972971790BBD87DBCAED932C202BEBA105139813D580, 3, "a"),
    (P, 0x04F3EA4377A2482F15E8C5A57FDCD09285C0AC58AB484EAFB4F1E2817602F283, 4, "a"),
    (P, 0x02AD7C9164529EDCDE098DB9ACF1489D8363C68002B652B5B747C4D350D4D327, 5, "a"),
    (P, 0x006F17450D1607BF4F87313CD1E40A33DFC29410B9A7B78F81161D50CE1B4505, 1, "b"),
    (P, 0x00397DE9EE1D1AD58ED58D56C5C904EF27593A9149DFFBB56207189D2A14F80C, 2, "b"),
    (P, 0x04C6DF6C5FA58B5C01CCE7B605A369336996BF462C88FBADD6B1143A8E72C0AD, 3, "b"),
    (P, 0x0202270CD6B72E9E19434C3BF8FC30B5EACEB7265D0172600A71C2CDFC937F79, 4, "b"),
    (P, 0x06BBF28BFE33F25DDDAD2C836E62FBC4793F750A1630624705324CFBD80F063E, 5, "b"),
    (N, 0x03B6BE2B8102799983EC61F1DF0B34B5826B685053895BE61E2D13F00C230A56, 1, "a"),
    (N, 0x025C48EE1943403CB1EA5F65D1342553CA5DC7D921B38AB09793C552E16B8B02, 2, "a"),
    (N, 0x06D99EBB6370A9784C405F3CA9FB0CFEB6C4639C04645E97AB8B53E951469BF1, 3, "a"),
    (N, 0x044B46ABA2DEDC46DCD0DBA6EA98F0A2A34683B2581F929F7D25DDF8CBA33446, 4, "a"),
    (N, 0x04541F521C44CE0C2DD3BE9E939DD0B530379A2E682AA42BB404173B38DFFB6F, 5, "a"),
    (N, 0x0189D569726E26E141C267579387D5E6FF8BF18A0A5268CA5026E9601175BEE8, 1, "b"),
    (N, 0x025DA7A251706F8213096C24175141A3C8DB91FD563A9758B1B53BABD08E5295, 2, "b"),
    (N, 0x052AF59EE472E169E5F632B39B85E78C4C573A7EE27164D17946A4F9F4C9A54E, 3, "b"),
    (N, 0x011429E067954806F2BB56B9D239557132FC59C3260B6BA1E8D7E29C9481E869, 4, "b"),
    (N, 0x0190C07A841D928A7CF24C0E0BE39734BBA9332957E94766380FFAC736226B3C, 5, "b"),
]


@pytest.fixture(scope="module", params=[False, True], ids=["portable", "bmi2"])
def bmi2(request, scalars):
    if request.param and not scalars.has_bmi2():
        pytest.skip("this compiler or CPU has no BMI2")
    return request.param


# ---- The model -------------------------------------------------------------------------------------------------------


@dataclass
class Batch:
    words: list[int]  # a_low, a_high, b_low, b_high
    rows: list[int]  # a0, b0, a1, b1
    swaps: int


def batch(a_low, a_high, b_low, b_high):
    """62 halvings, one after the other."""
    a_row, b_row, swaps = (1, 0), (0, 1), 0
    for _ in range(STEPS):
        if a_low & 1:
            if a_high < b_high:
                a_low, b_low, a_high, b_high, a_row, b_row = b_low, a_low, b_high, a_high, b_row, a_row
                swaps += 1
            a_low, a_high = a_low - b_low & MASK, a_high - b_high
            a_row = (a_row[0] + b_row[0], a_row[1] + b_row[1])
        a_low, a_high = a_low >> 1, a_high >> 1
        b_row = (2 * b_row[0], 2 * b_row[1])
    return Batch([a_low, a_high, b_low, b_high], [*a_row, *b_row], swaps)


@dataclass
class Trace:
    negative: set[tuple[int, str]]  # (batch, row) with a negative number, where steps on exact numbers would have none
    progress: list[int]  # bits that a·b lost in each batch but the last


def trace(x, m):
    a, b, number, out = x, m, 0, Trace(set(), [])
    while a:
        number += 1
        shift = max(max(a, b).bit_length() - 64, 0)
        done = batch(a & MASK, a >> shift, b & MASK, b >> shift)
        a0, b0, a1, b1 = done.rows
        sign = -1 if done.swaps % 2 else 1
        new_a, new_b = sign * (a0 * a - b0 * b), -sign * (a1 * a - b1 * b)
        assert new_a % 2**STEPS == new_b % 2**STEPS == 0
        out.negative |= {(number, row) for row, new in (("a", new_a), ("b", new_b)) if new < 0}
        new_a, new_b = abs(new_a) >> STEPS, abs(new_b) >> STEPS
        if new_a:
            out.progress.append(math.floor(math.log2(a * b) - math.log2(new_a * new_b)))
        a, b = new_a, new_b
    assert b == 1
    return out


# ---- One batch -------------------------------------------------------------------------------------------------------

WORDS = st.integers(0, MASK) | st.integers(0, 64).map(lambda k: MASK >> k) | st.integers(0, 63).map(lambda k: 1 << k)


@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(["any", "equal", "close", "exact"]))
@settings(max_examples=400)
def test_batches(scalars, bmi2, a_low, a_high, b_low, b_high, kind):
    b_low |= 1
    if kind == "equal":
        b_high = a_high
    elif kind == "close":
        b_high = min(a_high + 1, MASK)
    elif kind == "exact":
        a_high, b_high = a_low, b_low
    words = (a_low, a_high, b_low, b_high)
    expected = batch(*words)
    assert scalars.gcd_batch(words, bmi2=bmi2) == (expected.words, expected.rows)


def test_batches_of_few_and_of_many_bits(scalars, bmi2):
    """Runs of zeros up to the end of the batch and beyond, and numbers that meet."""
    for a_low in [0, MASK, *(1 << k for k in range(64)), *(MASK ^ MASK >> k for k in range(64))]:
        for b_low in (1, 3, MASK, (1 << 62) + 1, (1 << 61) + 1):
            for high in ((a_low, b_low), (0, 0), (MASK, MASK), (0, MASK), (MASK, 0)):
                words = (a_low, high[0], b_low, high[1])
                expected = batch(*words)
                assert scalars.gcd_batch(words, bmi2=bmi2) == (expected.words, expected.rows)


@given(values.below(R), st.integers(1, 256), st.integers(0, 2))
def test_high_words(scalars, a, length, shorter):
    """64 bits from the highest that there is in either number; all there are where there are no more."""
    top, zeros = (length - 1) // 64, -length % 64
    a >>= 256 - length + shorter
    expected = a >> max(length - 64, 0)
    assert scalars.c.gcd_high_word(scalars.limbs(a), top, zeros) == expected


# ---- Inversions ------------------------------------------------------------------------------------------------------


def check(scalars, m, x, bmi2):
    expected = pow(x, -1, m) * R * R % m if x else 0
    assert scalars.gcd_inversion(x, m, bmi2=bmi2) == expected


@pytest.mark.parametrize(("m", "x", "number", "row"), NEGATIVE)
def test_numbers_that_become_negative(scalars, bmi2, m, x, number, row):
    assert trace(x, m).negative == {(number, row)}
    check(scalars, m, x, bmi2)


def special(m):
    """x near multiples of m/k, so that high words are equal or twice each other; golden ratios, for which all
    differences are as small as can be; powers of two; and the edges of limbs."""
    found = {*values.edges(m), *range(1, 200), *(m - d for d in range(1, 200))}
    found.update(m * i // k + d for k in range(2, 12) for i in range(1, k) for d in range(-3, 4))
    found.update((m >> k) + d for k in range(1, 252) for d in (-1, 0, 1))
    found.update(m - (1 << k) + d for k in range(1, 251) for d in (-1, 0, 1))
    found.update((1 << k) + d for k in range(1, 252) for d in (-1, 0, 1))
    f, g = 1, 1
    for _ in range(360):
        f, g = g, f + g
        found.update(m * f // g + d for d in (-1, 0, 1))
        found.add(f)
    return sorted(x for x in found if 0 <= x < m)


@pytest.mark.parametrize("m", [P, N], ids=["p", "n"])
def test_special_numbers(scalars, bmi2, m):
    for x in special(m):
        check(scalars, m, x, bmi2)


@pytest.mark.parametrize("m", [P, N], ids=["p", "n"])
def test_special_inverses(scalars, bmi2, m):
    for x in special(m)[1::3]:
        check(scalars, m, pow(x, -1, m), bmi2)


@pytest.mark.parametrize("m", [P, N], ids=["p", "n"])
def test_progress(m):
    """No batch falls short of the bound that says when it ends; and the special numbers do meet wrong comparisons."""
    negative = set()
    for x in [*special(m)[1:], *(x for modulus, x, *_ in NEGATIVE if modulus == m)]:
        found = trace(x, m)
        assert all(bits >= LEAST_PROGRESS for bits in found.progress)
        negative |= found.negative
    assert {(number, row) for number in (1, 2, 3, 4, 5) for row in "ab"} <= negative


@given(st.data())
@settings(max_examples=400)
def test_any_modulus(scalars, bmi2, data):
    m = data.draw(values.below(2 ** data.draw(st.integers(66, 254)))) | 1
    if m < 2**64:
        m += 2**64
    x = data.draw(values.below(m))
    if math.gcd(x, m) == 1:
        check(scalars, m, x, bmi2)


@pytest.mark.parametrize("size", [68, 100, 127, 128, 129, 191, 192, 193, 252, 254])
def test_close_numbers_of_any_size(scalars, bmi2, size):
    """m and x agree in their high 64 bits, so that the first comparison tells nothing."""
    source = random.Random(size)
    wrong = 0
    for _ in range(150):
        m = source.getrandbits(size) | 1 << size - 1 | 1
        x = m - 2 * source.getrandbits(source.randrange(1, size - 64))
        if x > 0 and math.gcd(x, m) == 1:
            wrong += bool(trace(x, m).negative)
            check(scalars, m, x, bmi2)
    assert wrong > 10


# ---- The Jacobi symbol -----------------------------------------------------------------------------------------------

NO_SYMBOL = 2


def symbol(x):
    """By Euler's criterion."""
    power = pow(x, (P - 1) // 2, P)
    return power - P if power > 1 else power


def test_symbols_of_special_numbers(scalars):
    answers = [(scalars.c.jacobi(scalars.limbs(x)), symbol(x)) for x in special(P)]
    assert all(found in (expected, NO_SYMBOL) for found, expected in answers)
    found = [answer for answer, _ in answers]
    assert min(found.count(1), found.count(-1)) > 200
    assert found.count(NO_SYMBOL) > 100
    assert found.count(0) == 1


def test_symbols_of_random_numbers(scalars):
    """Nearly always there is an answer."""
    source = random.Random("jacobi")
    numbers = [source.randrange(P) for _ in range(3000)]
    answers = [scalars.c.jacobi(scalars.limbs(x)) for x in numbers]
    assert answers.count(NO_SYMBOL) < 30
    assert all(found in (symbol(x), NO_SYMBOL) for found, x in zip(answers, numbers, strict=True))


def test_squares_are_told_with_a_symbol_or_without(engine, scalars):
    without = [x for x in special(P) if scalars.c.jacobi(scalars.limbs(x)) == NO_SYMBOL]
    for x in without[::2] + special(P)[::10]:
        assert engine.fp_is_square_var(x) == (symbol(x) >= 0)
