"""Points, scalar multiplication and Pedersen of the native core against the oracle, special cases included."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import curve, pedersen
from reference.curve import G, N, P
from whitebox import values
from whitebox.model import (
    MASK,
    affine,
    from_jacobian,
    from_xyzz,
    held,
    jacobian,
    meant,
    multiple,
    scaled,
    unscaled,
    xyzz,
)

# Some points: small multiples of G, which meet each other in sums, and two others.
POINTS = [multiple(k) for k in (1, 2, 3, 4, 5, N - 1, N - 2, (N + 1) // 2, 0xC0FFEE)] + [pedersen.SHIFT, pedersen.P1]

NONZERO = st.integers(1, P - 1) | st.sampled_from((1, P - 1, 2**251, 2**192))
LIFTS = st.integers(0, 15)
A_POINT = st.sampled_from(POINTS)


def around(*centres: int) -> list[int]:
    return [centre + d for centre in centres for d in range(-3, 4)]


def scalars() -> list[int]:
    """Multipliers in (0, n): the ends, and whatever is special for a window or a form."""
    found = {*range(1, 67), *range(N - 66, N), *around((N - 1) // 2, N // 3, N // 33)}
    found.update(around(*(2**j for j in (5, 6, 63, 64, 128, 192, 245, 246, 247, 250, 251))))
    found.update(around(33 << 246, N - (33 << 246), (33 << 246) - N, 31 << 246, N - (31 << 246), 32 << 246))
    found.update(digit * (2**252 - 1) // 63 for digit in range(-63, 64, 2))  # every window of six is the same
    found.update(digit * (2**250 - 1) // 31 for digit in (1, 15, 16, 17, 31))  # every five bits are
    found.update(N - 2 * d for d in range(1, 64))
    found.update(values.some(30, N, "scalars"))
    return sorted(k for k in found if 0 < k < N)


SCALARS = scalars()


# ---- Addition and doubling -----------------------------------------------------------------------------------------


@given(A_POINT, A_POINT, NONZERO, LIFTS, LIFTS)
def test_addition_of_an_affine_point(engine, a, b, z, lift_a, lift_b):
    """Incomplete: equal and opposite points, and infinity, must come out as ZZ = 0."""
    out = engine.xyzz_add(xyzz(a, z, lift_a), affine(b, (lift_b & 1, lift_b >> 1 & 1)))
    assert from_xyzz(out) == (None if a[0] == b[0] else curve.add(a, b))


@given(A_POINT, NONZERO, LIFTS)
def test_addition_keeps_infinity(engine, b, z, lift):
    out = engine.xyzz_add(xyzz(None, z, lift), affine(b))
    assert from_xyzz(out) is None
    assert from_xyzz(engine.xyzz_add(out, affine(G))) is None


@given(A_POINT, NONZERO, LIFTS)
def test_doubling(engine, a, z, lift):
    assert from_xyzz(engine.point("xyzz_twice", 4, xyzz(a, z, lift))) == curve.add(a, a)


@given(NONZERO, LIFTS)
def test_doubling_keeps_infinity(engine, z, lift):
    assert from_xyzz(engine.point("xyzz_twice", 4, xyzz(None, z, lift))) is None


@given(st.sampled_from([None, *POINTS]), st.sampled_from([None, *POINTS]), NONZERO, NONZERO, LIFTS, LIFTS)
@settings(max_examples=300)
def test_complete_addition(engine, a, b, za, zb, lift_a, lift_b):
    out = engine.point("xyzz_add_complete_var", 4, xyzz(a, za, lift_a), xyzz(b, zb, lift_b))
    assert from_xyzz(out) == curve.add(a, b)


def test_complete_addition_of_every_pair(engine):
    source = random.Random("pairs")
    for a, b in itertools.product([None, *POINTS], repeat=2):
        za, zb, lift = source.randrange(1, P), source.randrange(1, P), source.randrange(16)
        out = engine.point("xyzz_add_complete_var", 4, xyzz(a, za, lift), xyzz(b, zb, lift))
        assert from_xyzz(out) == curve.add(a, b)


@given(A_POINT, st.integers(0, 3), values.below(P))
def test_curve_equation(engine, point, lift, other):
    assert engine.on_curve_var(affine(point, (lift & 1, lift >> 1)))
    assert engine.on_curve_var(affine((point[0], other))) == curve.on_curve((point[0], other))
    assert engine.on_curve_var(affine((other, point[1]))) == curve.on_curve((other, point[1]))


def test_curve_equation_of_what_is_no_point(engine):
    assert not engine.on_curve_var((0, 0))
    assert not engine.on_curve_var((P, P))
    for x, y in POINTS:
        assert not engine.on_curve_var(affine((x, (y + 1) % P)))
        assert not engine.on_curve_var(affine((x, y ^ 2**250)))


def check_lifted(engine, x):
    point = curve.lift_x(x)
    assert engine.x_on_curve(x) == (point is not None)
    if point is not None:
        for odd in (False, True):
            y = engine.lift_x(x, odd=odd)
            assert y % 2 == odd
            assert y in (point[1], P - point[1])


@given(values.below(P))
@settings(max_examples=60)
def test_points_from_x(engine, x):
    check_lifted(engine, x)


def test_points_from_x_at_the_edges(engine):
    for x in [*range(20), *range(P - 20, P), 2**251, 2**251 - 1, 2**192, 2**64 - 1, N, N - 1, *(x for x, _ in POINTS)]:
        check_lifted(engine, x)


# ---- Multiples of a point given anew: windowed non-adjacent form -----------------------------------------------------


@given(A_POINT, NONZERO, NONZERO, LIFTS)
def test_modified_jacobian_doubling(engine, point, z, scale, lift):
    """On any curve that the Stark curve is scaled to; T stays a·Z⁴."""
    out = engine.jacobian_twice(jacobian(point, z, scale, lift))
    assert all(0 <= part < bound * P for part, bound in zip(out, (2, 5, 2, 1.25), strict=True))
    assert unscaled(from_jacobian(out), scale) == curve.add(point, point)
    assert meant(out[3]) == pow(scale * meant(out[2]), 4, P)


@given(A_POINT, A_POINT, NONZERO, NONZERO, LIFTS)
def test_addition_of_distinct_points(engine, a, b, z, scale, lift):
    """The ratio of the Zs; 0 for equal points, and for opposite ones."""
    start = jacobian(a, z, scale, lift)
    out, ratio = engine.jacobian_add_distinct(start, scaled(b, scale, (lift & 1, lift >> 1 & 1)))
    assert all(0 <= part < 2 * P for part in out[:3])
    if a[0] == b[0]:
        assert ratio == 0
    else:
        assert unscaled(from_jacobian(out), scale) == curve.add(a, b)
        assert meant(out[2]) == meant(start[2]) * meant(ratio) % P


@given(A_POINT, NONZERO)
@settings(max_examples=40)
def test_odd_multiples(engine, point, scale):
    """Affine on the curve scaled by z: 1·Q, 3·Q, … 15·Q."""
    odd, z, scaled_a = engine.make_naf_table(scaled(point, scale), held(pow(scale, 4, P)))
    total = scale * meant(z) % P
    assert meant(scaled_a) == pow(total, 4, P)
    for i, entry in enumerate(odd):
        assert all(0 <= part < 2 * P for part in entry)
        assert unscaled((meant(entry[0]), meant(entry[1])), total) == multiple(2 * i + 1, point)


def check_form(scalars, u):
    digits, count = scalars.recode_naf_var(u)
    assert sum(digit << i for i, digit in enumerate(digits)) == u
    assert all(digit == 0 or (digit % 2 and abs(digit) < 16) for digit in digits)
    places = [i for i, digit in enumerate(digits) if digit]
    assert all(low + 5 <= high for low, high in itertools.pairwise(places))
    assert count == (places[-1] + 1 if places else 0)


@given(values.below(2**252))
@settings(max_examples=300)
def test_non_adjacent_form(scalars, u):
    check_form(scalars, u)


def test_non_adjacent_form_of_edges(scalars):
    for u in [*range(300), *range(2**252 - 40, 2**252), *SCALARS]:
        check_form(scalars, u)


def check_multiple(engine, u, point, scale=1):
    a = held(pow(scale, 4, P))
    out = engine.point("mul_naf_var", 4, (u,), scaled(point, scale), (a,))
    assert all(0 <= part < bound * P for part, bound in zip(out[:3], (2, 5, 2), strict=True))
    assert unscaled(from_jacobian(out), scale) == multiple(u, point)


def test_multiples_of_the_generator(engine):
    for u in SCALARS:
        check_multiple(engine, u, G)


def test_the_one_scalar_whose_form_ends_in_a_doubling(engine, scalars):
    """n − 30 is 2·(n/2 − …) − 15 at position 0, where the sum is −15·Q itself (curve/var_mul.hpp)."""
    digits, _ = scalars.recode_naf_var(N - 30)
    before = sum(digit << i for i, digit in enumerate(digits) if i > 0)
    assert digits[0] == -15
    assert before % N == digits[0] % N
    others = [N - 2 * d for d in range(1, 64)]
    for u in others:
        digits, _ = scalars.recode_naf_var(u)
        sums = list(itertools.accumulate(digit << i for i, digit in reversed(list(enumerate(digits)))))
        for i, total in zip(range(251, -1, -1), sums, strict=False):
            meets = digits[i] and total % N == (digits[i] << i) % N
            assert not meets or u == N - 30
    for point in POINTS:
        for u in (N - 30, N - 29, N - 31, N - 28, N - 32, 30):
            check_multiple(engine, u, point)
            check_multiple(engine, u, point, scale=5)


@given(values.below(N - 1), A_POINT, NONZERO)
@settings(max_examples=40)
def test_multiples_on_scaled_curves(engine, u, point, scale):
    check_multiple(engine, u + 1, point, scale)


# ---- Multiples from tables of odd multiples --------------------------------------------------------------------------


@given(values.below(N - 1))
def test_signed_bits(engine, k):
    """Σ (2·b − 1)·2^j is k or n − k, whichever is odd."""
    k += 1
    bits, negative = engine.recode_odd(k)
    assert 0 <= bits < 2**252
    assert negative == (0 if k % 2 else MASK)
    assert 2 * bits - (2**252 - 1) == (k if k % 2 else N - k)


@pytest.mark.parametrize("secret", [True, False])
def test_multiples_from_the_generator_table(engine, secret):
    for k in SCALARS:
        assert from_xyzz(engine.mul_table(k, secret=secret)) == multiple(k)


def test_single_multiples_of_the_generator(engine):
    """By the table of narrower windows, whose neighbours of exceptions are other ones."""
    borders = around(*(d << 250 for d in range(1, 3)), *(d << 248 for d in range(1, 9)), N - (1 << 248), N - (1 << 250))
    for k in [*SCALARS, *(k for k in borders if 0 < k < N)]:
        assert from_xyzz(engine.mul_generator(k)) == multiple(k)


def digits(k: int, width: int) -> list[int]:
    """An odd scalar's odd digits, times their weights."""
    count = -(-252 // width)
    bits = (k + 2 ** (width * count) - 1) // 2
    return [(2 * (bits >> width * w & 2**width - 1) - 2**width + 1) << width * w for w in range(count)]


def added(first: int, second: int) -> int:
    """The sum of two multiples of G by a formula that can't add equal or opposite ones."""
    assert (first - second) % N != 0 != (first + second) % N
    return first + second


@pytest.mark.parametrize(("width", "lanes"), [(6, 1), (5, 1), (6, 4), (5, 4), (6, 8), (4, 8)])
def test_no_addition_meets_its_exception(width, lanes):
    """What curve/base_mul.hpp and base_mul_lanes.hpp prove, tried on every scalar at the top windows' borders."""
    top = width * (-(-252 // width) - 1)
    heads = range(1, 2 ** (252 - top))
    borders = around(*(d << top for d in heads), *(N - (d << top) for d in heads), *range(1, 200))
    for k in {k if k % 2 else N - k for k in [*borders, *SCALARS] if 0 < k < N}:
        steps = digits(k, width)
        sums = steps[:lanes]
        for w in range(lanes, len(steps)):
            sums[w % lanes] = added(sums[w % lanes], steps[w])
        while len(sums) > 1:
            half = len(sums) // 2
            sums = [added(sums[i], sums[i + half]) for i in range(half)]
        assert sums == [k]


@pytest.mark.parametrize("secret", [True, False])
def test_public_keys_and_secret_scalars_agree(engine, secret):
    keys = SCALARS[:: 1 if secret else 7]
    if secret:
        assert engine.public_key(keys) == [multiple(k) for k in keys]
    else:
        assert [from_xyzz(engine.mul_table(k, secret=False)) for k in keys] == engine.public_key(keys)


@pytest.mark.parametrize("index", [0, 1, 5, 9])
def test_prepared_keys(engine, index):
    """A prepared key is the generator's table for another point."""
    point = POINTS[index]
    prepared = engine.prepare(point)
    data = engine.prepared_bytes(prepared)
    assert len(data) == 42 * 32 * 64
    for w, i in [(0, 0), (0, 1), (0, 31), (1, 0), (20, 16), (41, 0), (41, 31), (41, 1), (40, 31)]:
        stored = [int.from_bytes(data[at : at + 32], "little") for at in (64 * (32 * w + i), 64 * (32 * w + i) + 32)]
        assert all(part < P for part in stored)
        assert tuple(map(meant, stored)) == multiple((2 * i + 1) << 6 * w, point)
    for k in SCALARS[::9]:
        assert from_xyzz(engine.mul_table(k, secret=False, prepared=prepared)) == multiple(k, point)


# ---- Pedersen --------------------------------------------------------------------------------------------------------


def inputs() -> list[int]:
    found = {0, 1, 2, 8, 255, 256, 511, 512, P - 1, P - 2, N, N - 1, 2**248 - 1, 2**248, 2**251 - 1, 2**251, 2**251 + 1}
    found.update(digit * (2**252 - 1) // 511 for digit in (1, 128, 255))  # each window of nine is the same
    found.update(high << 248 | low for high in range(8) for low in (0, 2**248 - 1))
    found.update(ones << 9 * w for w in range(28) for ones in (1, 256, 511))
    found.update(values.some(20, P, "pedersen"))
    return sorted(a for a in found if a < P)


INPUTS = inputs()


def left(a: int) -> curve.Point:
    return curve.add(pedersen.SHIFT, pedersen.half(a, pedersen.P1, pedersen.P2))


def right(b: int) -> curve.Point:
    return pedersen.half(b, pedersen.P3, pedersen.P4)


LEFT = {a: left(a) for a in INPUTS}
RIGHT = {b: right(b) for b in INPUTS}


def test_pedersen_halves(engine):
    for a in INPUTS:
        assert from_xyzz(engine.point("pedersen_left_sum", 4, (a,))) == LEFT[a]
        if a:
            assert from_xyzz(engine.point("pedersen_right_sum", 4, (a,))) == RIGHT[a]


def test_pedersen_second_half_onto_the_first(engine):
    source = random.Random("onto")
    for b in INPUTS:
        a = source.choice(INPUTS)
        start = xyzz(LEFT[a], source.randrange(1, P), source.randrange(16))
        assert from_xyzz(engine.pedersen_add_right(start, b)) == curve.add(LEFT[a], RIGHT[b])


def stored(points):
    return [held(part) for point in points for part in point]


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 64, 65])
def test_pedersen_in_batches(engine, count):
    """Around the size that shares an inversion; equal items, and the same answer for an item wherever it stands."""
    source = random.Random(count)
    a, b = source.choices(INPUTS, k=count), source.choices(INPUTS, k=count)
    a[-1], b[-1] = a[0], b[0]
    assert engine.many("pedersen", 1, a, b) == [curve.add(LEFT[x], RIGHT[y])[0] for x, y in zip(a, b, strict=True)]
    assert engine.many("pedersen_left", 2, a) == stored(LEFT[x] for x in a)
    b = [x or 1 for x in b]
    assert engine.many("pedersen_right", 2, b) == stored(RIGHT[x] for x in b)


def test_pedersen_of_all_pairs_of_edges(engine):
    edges = [0, 1, 2**248 - 1, 2**248, 2**251 - 1, 2**251, P - 1]
    pairs = list(itertools.product(edges, repeat=2))
    out = engine.many("pedersen", 1, [a for a, _ in pairs], [b for _, b in pairs])
    assert out == [curve.add(LEFT[a], RIGHT[b])[0] for a, b in pairs]


@given(values.below(P), values.below(P))
@settings(max_examples=40)
def test_pedersen(engine, a, b):
    assert engine.many("pedersen", 1, [a], [b]) == [pedersen.pedersen_hash(a, b)]


@pytest.mark.parametrize("count", [1, 33])
def test_order_hashes(engine, count):
    """H(H(first, word), tail) from the points of first and tail."""
    source = random.Random(f"orders {count}")
    firsts, words = source.choices(INPUTS, k=count), source.choices(INPUTS, k=count)
    tails = [b or 1 for b in source.choices(INPUTS, k=count)]
    out = engine.pedersen_order(stored(LEFT[a] for a in firsts), words, stored(RIGHT[b] for b in tails))
    inner = [curve.add(LEFT[a], RIGHT[b])[0] for a, b in zip(firsts, words, strict=True)]
    assert out == [curve.add(left(a), RIGHT[b])[0] for a, b in zip(inner, tails, strict=True)]
