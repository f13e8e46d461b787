"""Integers, Fp and Fn of the native core against Python's integers: every operation, at the limits of what it
accepts.
"""

import functools
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import curve
from reference.curve import N, P
from whitebox import values
from whitebox.model import MASK, N_INVERSE_R, P_INVERSE_R, R, held, meant

BOUNDS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 16, 29, 30, 31)
PRODUCTS = [(a, b) for a in BOUNDS for b in BOUNDS if a * b <= 31]
SUMS = [(a, b) for a in BOUNDS for b in BOUNDS if a + b == 31 or (a <= 4 and b <= 4)]
MUL_ADDS = [
    (4, 4, 3, 2),  # the addition formula
    (2, 4, 3, 2),  # the doubling formula
    (1, 1, 1, 1),
    *[(1, 1, 1, 30), (1, 1, 30, 1), (30, 1, 1, 1), (1, 30, 1, 1), (5, 5, 3, 2), (5, 5, 2, 3)],  # at the limit, 31
    *[(1, 16, 1, 15), (16, 1, 15, 1), (1, 15, 16, 1), (3, 5, 4, 4), (2, 8, 5, 3)],
]
MUL_SUBS = [(2, 2, 2), (1, 1, 6), (1, 31, 1), (31, 1, 29), (5, 6, 29)]  # the addition's; at the limits, 31
SQR_SUBS = [(4, 6), (2, 4), (5, 1), (1, 5), (5, 28), (5, 29)]
SOME_EDGES = [0, 1, P - 1, 2**64 - 1, 2**192, 2**251 - 1, 2**255 - 1]


def extremes(bound: int) -> list[int]:
    """The ends of [0, bound·p), the ends of its last multiple of p, and all the edges in between that fit."""
    limit = bound * P
    return sorted({0, 1, limit - 1, limit - 2, limit - P, limit - P - 1 if bound > 1 else 0, *values.edges(limit)[-6:]})


@functools.cache
def operands(bounds):
    """Values for these bounds."""
    return st.tuples(*(values.below(bound * P) for bound in bounds))


def check_product(out: int | None, expected: int) -> None:
    """A Montgomery product: in (0, 2p), where zero comes out as p (field/fp_kernel.hpp)."""
    assert out is not None
    assert 0 < out < 2 * P
    assert out % P == expected % P


# ---- Integers ------------------------------------------------------------------------------------------------------


@given(values.below(R), values.below(R))
def test_integers(scalars, a, b):
    assert scalars.with_carry("limbs_add", a, b) == ((a + b) % R, (a + b) // R)
    assert scalars.with_carry("limbs_sub", a, b) == ((a - b) % R, a < b)
    assert scalars.compare("limbs_less", a, b) == (MASK if a < b else 0)
    assert scalars.compare("limbs_less", a, a) == 0
    assert scalars.compare("limbs_equal", a, b) == (MASK if a == b else 0)
    assert scalars.compare("limbs_equal", a, a) == MASK
    assert scalars.compare("limbs_below_2_251", a) == (MASK if a < 2**251 else 0)
    assert scalars.to_bytes(a) == (a.to_bytes(32, "big"), a)


@given(values.below(R), st.integers(0, 255), st.integers(0, 63), st.integers(1, 63))
def test_bits_and_shifts(scalars, a, position, width, count):
    assert scalars.bits(a, position, width) == a >> position & (1 << width) - 1
    assert scalars.shift(a, count) == (a << count & R - 1, a >> count)


# ---- Fp ------------------------------------------------------------------------------------------------------------


def test_constants(engine):
    assert engine.constants()[:2] == [R % P, R * R % P]
    assert meant(engine.constants()[2]) == curve.BETA


@given(st.data())
@settings(max_examples=300)
def test_products(engine, data):
    a_bound, b_bound = data.draw(st.sampled_from(PRODUCTS))
    a, b = data.draw(operands((a_bound, b_bound)))
    check_product(engine.fp("fp_mul", (a_bound, a), (b_bound, b)), a * b * P_INVERSE_R)


def test_products_at_every_bound(engine):
    for a_bound, b_bound in PRODUCTS:
        for a, b in itertools.product(extremes(a_bound), extremes(b_bound)):
            check_product(engine.fp("fp_mul", (a_bound, a), (b_bound, b)), a * b * P_INVERSE_R)
    assert engine.fp("fp_mul", (4, 1), (8, 1)) is None  # 32: no such product


def test_products_of_all_edges(engine):
    edges = values.edges(5 * P)
    for a, b in itertools.product(edges, edges[::3]):
        check_product(engine.fp("fp_mul", (5, a), (6, b)), a * b * P_INVERSE_R)


@given(st.data())
@settings(max_examples=200)
def test_squares(engine, data):
    bound = data.draw(st.integers(1, 5))
    a = data.draw(values.below(bound * P))
    check_product(engine.fp("fp_sqr", (bound, a)), a * a * P_INVERSE_R)


def test_squares_of_all_edges(engine):
    for bound in range(1, 6):
        for a in {*values.edges(bound * P), *extremes(bound)}:
            check_product(engine.fp("fp_sqr", (bound, a)), a * a * P_INVERSE_R)
    assert engine.fp("fp_sqr", (6, 1)) is None


@given(st.data())
@settings(max_examples=300)
def test_sums_of_products(engine, data):
    bounds = data.draw(st.sampled_from(MUL_ADDS))
    a, b, c, d = data.draw(operands(bounds))
    check_product(engine.fp_of("fp_mul_add", bounds, (a, b, c, d)), (a * b + c * d) * P_INVERSE_R)


def test_sums_of_products_at_every_bound(engine):
    for bounds in MUL_ADDS:
        ends = [(0, bound * P - 1, (bound - 1) * P + 2**192, bound * P // 2 | 2**64 - 1) for bound in bounds]
        for a, b, c, d in itertools.product(*ends):
            check_product(engine.fp_of("fp_mul_add", bounds, (a, b, c, d)), (a * b + c * d) * P_INVERSE_R)
    assert engine.fp_of("fp_mul_add", (4, 4, 4, 4), (1, 1, 1, 1)) is None


def check_difference(found, product, less, less_bound):
    """A product's bound, and that of what was subtracted from it."""
    assert found is not None
    assert (found - product + less) % P == 0
    assert 0 < found < (2 + less_bound) * P


def test_products_less_a_number_at_every_bound(engine):
    """And where the product is small and what is subtracted is all that it may be."""
    for bounds in MUL_SUBS:
        ends = [(0, 1, bound * P - 1, (bound - 1) * P + 2**192, bound * P // 2 | 2**64 - 1) for bound in bounds]
        for a, b, c in itertools.product(*ends):
            check_difference(engine.fp_of("fp_mul_sub", bounds, (a, b, c)), a * b * P_INVERSE_R, c, bounds[2])
    assert engine.fp_of("fp_mul_sub", (4, 4, 4), (1, 1, 1)) is None


def test_squares_less_a_number_at_every_bound(engine):
    """a₂² is −7 mod 2^64, where 7 more would carry; and the upper word of a₀·a₃ is all that it can be."""
    root = 1
    for bit in range(3, 65):
        root += 2 ** (bit - 2) if (root * root + 7) % 2**bit else 0
    assert (root * root + 7) % 2**64 == 0
    for bounds in SQR_SUBS:
        top = bounds[0] * P - 1
        numbers = [0, 1, top, root << 128, (top >> 192) - 1 << 192 | 2**64 - 1]
        for a, c in itertools.product(numbers, (0, 1, bounds[1] * P - 1)):
            check_difference(engine.fp_of("fp_sqr_sub", bounds, (a, c)), a * a * P_INVERSE_R, c, bounds[1])
    assert engine.fp_of("fp_sqr_sub", (6, 1), (1, 1)) is None


@given(st.data())
@settings(max_examples=300)
def test_products_less_a_number(engine, data):
    bounds = data.draw(st.sampled_from(MUL_SUBS))
    a, b, c = data.draw(operands(bounds))
    check_difference(engine.fp_of("fp_mul_sub", bounds, (a, b, c)), a * b * P_INVERSE_R, c, bounds[2])
    bounds = data.draw(st.sampled_from(SQR_SUBS))
    a, c = data.draw(operands(bounds))
    check_difference(engine.fp_of("fp_sqr_sub", bounds, (a, c)), a * a * P_INVERSE_R, c, bounds[1])


@given(st.data())
@settings(max_examples=200)
def test_sums_and_differences(engine, data):
    a_bound, b_bound = data.draw(st.sampled_from(SUMS))
    a, b = data.draw(operands((a_bound, b_bound)))
    assert engine.fp("fp_add", (a_bound, a), (b_bound, b)) == a + b
    assert engine.fp("fp_sub", (a_bound, a), (b_bound, b)) == a - b + b_bound * P


def test_sums_and_differences_at_every_bound(engine):
    for a_bound, b_bound in SUMS:
        for a, b in itertools.product(extremes(a_bound), extremes(b_bound)):
            assert engine.fp("fp_add", (a_bound, a), (b_bound, b)) == a + b
            assert engine.fp("fp_sub", (a_bound, a), (b_bound, b)) == a - b + b_bound * P
    assert engine.fp("fp_add", (16, 1), (16, 1)) is None


def test_negation_at_every_bound(engine):
    for bound in BOUNDS[:-1]:
        for a in {*extremes(bound), *values.edges(bound * P)}:
            out = engine.fp("fp_neg", (bound, a))
            assert 0 <= out < (bound + 1) * P
            assert (out + a) % P == 0
    for a in extremes(1):
        assert engine.fp_negate_if(0, a) == a
        negative = engine.fp_negate_if(MASK, a)
        assert 0 <= negative < 2 * P
        assert (negative + a) % P == 0


def check_reductions(engine, bound, a):
    weak = engine.fp("fp_weak_reduce", (bound, a))
    assert 0 <= weak < 2 * P
    assert weak % P == a % P
    assert engine.fp("fp_reduce", (bound, a)) == a % P
    assert engine.fp("fp_from", (bound, a)) == meant(a)
    assert engine.fp_is_zero(bound, a) == (MASK if a % P == 0 else 0)


@given(st.data())
@settings(max_examples=200)
def test_reductions(engine, data):
    bound = data.draw(st.sampled_from(BOUNDS))
    check_reductions(engine, bound, data.draw(values.below(bound * P)))


def test_reductions_at_every_bound(engine):
    for bound in BOUNDS:
        close = {k * m + d for k in range(bound + 1) for m in (P, 2**251) for d in range(-2, 3)}
        for a in sorted(a for a in {*close, *extremes(bound)} if 0 <= a < bound * P):
            check_reductions(engine, bound, a)


def test_equality_of_different_representatives(engine):
    for value in SOME_EDGES:
        value %= P
        for i, j in itertools.product(range(15), range(16)):
            assert engine.fp_equal_var((15, value + i * P), (16, value + j * P)) == 1
            assert engine.fp_equal_var((15, value + i * P), (16, (value + 1) % P + j * P)) == 0
            assert engine.fp_equal_var((15, value + i * P), (16, (value + 2**192) % P + j * P)) == 0


@given(values.below(P))
def test_in_and_out(engine, a):
    inside = engine.fp_plain("fp_to", a)
    check_product(inside, a * R)
    assert engine.fp("fp_from", (2, inside)) == a


# ---- Fp: powers, roots and inverses ----------------------------------------------------------------------------------


def check_inverses(engine, a):
    expected = held(pow(meant(a), -1, P)) if a % P else 0
    for name in ("fp_inverse", "fp_inverse_var"):
        for bound in (1, 2) if a < P else (2,):
            assert engine.fp(name, (bound, a)) == expected


@given(values.below(2 * P))
@settings(max_examples=200)
def test_inverses(engine, a):
    check_inverses(engine, a)


def test_inverses_of_edges(engine):
    for a in values.edges(2 * P):
        check_inverses(engine, a)
    for a in range(200):
        check_inverses(engine, held(a))
        check_inverses(engine, held(pow(2, a, P)))


@pytest.mark.parametrize("var", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 64])
def test_inverses_of_many(engine, var, count):
    elements = [a if a % P else 1 for a in (values.edges(2 * P)[2:] + values.some(64, 2 * P, "many"))[:count]]
    out = engine.fp_invert_many(elements, var=var)
    assert [meant(b) for b in out] == [pow(meant(a), -1, P) for a in elements]
    equal = engine.fp_invert_many([elements[0]] * count, var=var)
    assert {meant(b) for b in equal} == {pow(meant(elements[0]), -1, P)}


@given(values.below(2 * P))
@settings(max_examples=60)
def test_squares_are_told_from_the_rest(engine, a):
    plain = meant(a)
    check_product(engine.fp_plain("fp_odd_power", a), held(pow(plain, 2**59 + 17, P)))
    assert engine.fp_is_square_var(a) == curve.is_square(plain)


def check_root(engine, square):
    root = engine.fp_plain("fp_square_root_var", held(square))
    assert 0 <= root < 2 * P
    assert pow(meant(root), 2, P) == square


@given(values.below(P))
@settings(max_examples=60)
def test_square_roots(engine, a):
    check_root(engine, pow(a, 2, P) or 1)


def test_square_roots_of_every_order(engine):
    """Squares whose odd power has each order 2^j there is; so each digit of the discrete logarithm is 0 in some."""
    generator = pow(3, 2**59 + 17, P)
    for j in range(192):
        root_of_unity = pow(generator, 2 ** (191 - j), P)  # of order 2^(j + 1)
        check_root(engine, pow(root_of_unity, 2, P))
        check_root(engine, pow(root_of_unity * 5, 2, P))
    for digit in (1, 127, 128, 255):
        exponent = sum(digit << 8 * i for i in range(24))
        check_root(engine, pow(generator, 2 * exponent, P))


# Pairs (modulus, a) whose inversion takes long, found by a beam search backwards from (1, 0) for the paths of division
# steps that grow the least: 563 steps for 252 bits, 572 for 256, where random pairs take about 507 and 515.
SLOW = [
    (
        0xBA8AF3E5E9146A943DF29FF8DAC43045B7E09F7835D4EA152458EA26164787D,
        0xB3E4CDB612681E5E000EA282E78515506357A5C770384F762A2A3C57D2EA13B,
    ),
    (
        0xDC0625525C6F66A638B244D85E21EAE1ED5962F324A41237673AD2338DBBCB1,
        0xA3405BDE563D944A0FF7428862CACDF5626B739291AB286653B0E97631ADDF3,
    ),
    (
        0xCF4EB92411DDE0135877D8AF6558F5E44F3E5DED1B7A15E350FA3042A3F23AF9,
        0xC131BFE00E2C41BC4CF30379828CD89E3D6E50EBF08935168733F61EEED0D45F,
    ),
    (
        0xD9F426EE8A3B96E02AED47ACE52C759DD539B7A471D74225874B650736CD53E9,
        0x79E9D2EE797833F0D3ED4B19E52F53CB60A7DF917E4025ED9B2124176DDF9DF5,
    ),
]


def division_steps(m, a):
    """How many steps take (m, a) to g = 0, from δ = ½ (Bernstein and Yang, eprint 2019/266; 2·δ is kept)."""
    delta, f, g, count = 1, m, a, 0
    while g:
        if g % 2 and delta > 0:
            delta, f, g = 2 - delta, g, (g - f) // 2
        else:
            delta, g = delta + 2, (g + g % 2 * f) // 2
        count += 1
    return count


@pytest.mark.parametrize(("m", "a"), SLOW)
def test_inversions_that_take_long(scalars, m, a):
    """Nine batches of 59 steps would not do; the tenth is there for such as these."""
    assert 9 * 59 < division_steps(m, a) <= 590
    for start in (1, 2**512 % m):
        assert scalars.inversion(a, m, start) == start * pow(a, -1, m) % m


@given(values.below(2**255), values.below(R))
def test_inversions_for_any_odd_modulus(scalars, m, a):
    m = 2 * m + 1
    a %= m
    if math.gcd(a, m) != 1:
        return
    expected = pow(a, -1, m) if m > 1 else 0
    assert scalars.inversion(a, m, 1 % m) == expected


# ---- Fn --------------------------------------------------------------------------------------------------------------


def check_scalars(scalars, a, b):
    assert scalars.fn("fn_add", a, b) == (a + b) % N
    assert scalars.fn("fn_mul", a, b) == a * b * N_INVERSE_R % N
    assert scalars.fn("fn_sqr", a) == a * a * N_INVERSE_R % N
    assert scalars.fn("fn_from", a) == a * N_INVERSE_R % N
    assert scalars.fn_is_zero(a) == (MASK if a == 0 else 0)


@given(values.below(N), values.below(N))
@settings(max_examples=300)
def test_scalars(scalars, a, b):
    check_scalars(scalars, a, b)


def test_scalars_at_the_edges(scalars):
    edges = [*values.edges(N), *range(N - 20, N)]
    for a, b in itertools.product(edges, edges[::2]):
        check_scalars(scalars, a, b)


def check_scalar_inverses(scalars, a):
    expected = pow(a * N_INVERSE_R, -1, N) * R % N if a else 0
    assert scalars.fn("fn_inverse", a) == expected
    assert scalars.fn("fn_inverse_var", a) == expected


@given(values.below(N))
@settings(max_examples=200)
def test_scalar_inverses(scalars, a):
    check_scalar_inverses(scalars, a)


def test_scalar_inverses_of_edges(scalars):
    for a in [*values.edges(N), *range(N - 100, N), *(pow(2, j, N) * R % N for j in range(-252, 253))]:
        check_scalar_inverses(scalars, a)


@pytest.mark.parametrize("var", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 33, 64])
def test_scalar_inverses_of_many(scalars, var, count):
    elements = [a or 1 for a in (values.edges(N)[1:] + values.some(64, N, "scalars"))[:count]]
    expected = [pow(a * N_INVERSE_R, -1, N) * R % N for a in elements]
    assert scalars.fn_invert_many(elements, var=var) == expected


@given(values.below(2 * N))
def test_integers_below_2n_become_scalars(scalars, a):
    """Coordinates too: p < 2n."""
    inside = scalars.fn("fn_to", a)
    assert inside == a * R % N
    assert scalars.fn("fn_from", inside) == a % N


def test_integers_at_n_and_p_become_scalars(scalars):
    for a in [*range(10), *range(N - 5, N + 5), *range(P - 5, P + 1), *range(2 * N - 5, 2 * N), *values.edges(2 * N)]:
        assert scalars.fn("fn_to", a) == a * R % N


@given(values.below(31 * N))
def test_ground_keys_are_reduced(scalars, a):
    assert scalars.reduce_mod_n(a) == a % N


def test_ground_keys_are_reduced_at_every_multiple(scalars):
    for k in range(32):
        for d in (-2, -1, 0, 1, 2, N // 2):
            if 0 <= k * N + d < 31 * N:
                assert scalars.reduce_mod_n(k * N + d) == (k * N + d) % N
