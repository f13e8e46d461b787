"""Poseidon: every engine against published and recorded values, and against the definition; its constants and their
scale.
"""

import hashlib
import importlib.util
import math
import random
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from native_build import CSRC
from reference import poseidon
from reference.curve import P
from vectors.layout import read

import starkcore
from starkcore import (
    errors,
    poseidon_hash,
    poseidon_hash_lists,
    poseidon_hash_many,
    poseidon_hash_pairs,
    poseidon_hash_single,
)

VECTORS = read("poseidon.json")
CONSTANTS = VECTORS["provenance"]["constants"]
EDGES = [0, 1, 2, P - 1, P - 2, 2**251, 2**251 - 1, 2**192, 2**64 - 1, 17 * 2**192 + 1, (P + 1) // 2]


def load_generator():
    spec = importlib.util.spec_from_file_location("generate_poseidon", CSRC / "tools" / "generate_poseidon.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


@pytest.fixture(params=starkcore.engines())
def engine(request):
    before = starkcore.engine()
    starkcore.use_engine(request.param)
    yield request.param
    starkcore.use_engine(before)


def number(text):
    return int(text, 16)


def some(count, seed):
    """Elements of all sizes, edges among them."""
    r = random.Random(f"poseidon {seed}")
    return [r.choice([r.randrange(P), r.getrandbits(r.randint(1, 250)), r.choice(EDGES)]) for _ in range(count)]


def packed(elements):
    return b"".join(element.to_bytes(32, "big") for element in elements)


# ---- Values that others have -----------------------------------------------------------------------------------------


def test_the_definition_has_the_published_values():
    for before, after in VECTORS["permutation_published"] + VECTORS["permutation"]:
        assert poseidon.permutation(tuple(map(number, before))) == tuple(map(number, after))


def test_hashes_of_two(engine):
    rows = [tuple(map(number, row)) for row in VECTORS["hash_published"] + VECTORS["hash"]]
    assert [poseidon_hash(a, b) for a, b, _ in rows] == [out for _, _, out in rows]
    assert poseidon_hash_pairs([row[:2] for row in rows]) == [out for _, _, out in rows]


def test_hashes_of_one(engine):
    for a, out in VECTORS["hash_single"]:
        assert poseidon_hash_single(number(a)) == number(out)


def test_hashes_of_lists(engine):
    rows = [(list(map(number, row)), number(out)) for row, out in VECTORS["hash_many_published"] + VECTORS["hash_many"]]
    assert [poseidon_hash_many(elements) for elements, _ in rows] == [out for _, out in rows]
    assert poseidon_hash_lists([elements for elements, _ in rows]) == [out for _, out in rows]


# ---- The definition --------------------------------------------------------------------------------------------------


def test_edges(engine):
    pairs = [(a, b) for a in EDGES for b in EDGES]
    expected = [poseidon.hash_two(a, b) for a, b in pairs]
    assert poseidon_hash_pairs(pairs) == expected
    assert [poseidon_hash(a, b) for a, b in pairs[::5]] == expected[::5]
    assert [poseidon_hash_single(a) for a in EDGES] == [poseidon.hash_single(a) for a in EDGES]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 70])
def test_batches_of_any_size(engine, count):
    a, b = some(count, f"a {count}"), some(count, f"b {count}")
    expected = [poseidon.hash_two(x, y) for x, y in zip(a, b, strict=True)]
    assert poseidon_hash_pairs(zip(a, b, strict=True)) == expected
    assert poseidon_hash_pairs(packed(a), packed(b)) == packed(expected)


@pytest.mark.parametrize("sizes", [
    [], [0], [1], [2], [3], [10] * 9, list(range(12)), [0] * 40, [1, 0, 33, 2, 2, 8, 1], [5] * 33 + [64] + [1] * 20,
])  # fmt: skip
def test_lists_of_any_sizes(engine, sizes):
    lists = [some(size, f"list {i}") for i, size in enumerate(sizes)]
    expected = [poseidon.hash_many(elements) for elements in lists]
    assert poseidon_hash_lists(lists) == expected
    assert poseidon_hash_lists(packed(elements) for elements in lists) == expected
    assert [poseidon_hash_many(elements) for elements in lists] == expected
    assert [poseidon_hash_many(bytearray(packed(elements))) for elements in lists] == expected
    if len(set(sizes)) == 1 and sizes[0] > 0:
        assert poseidon_hash_lists(b"".join(map(packed, lists)), sizes[0]) == packed(expected)


def test_long_lists_in_parts(engine):
    elements = some(2049, "long")
    assert poseidon_hash_many(elements) == poseidon_hash_lists([elements])[0] == poseidon.hash_many(elements)


@given(st.lists(st.integers(0, P - 1), max_size=9))
@settings(max_examples=30)
def test_any_list(elements):
    assert poseidon_hash_many(elements) == poseidon.hash_many(elements)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(threads):
    a, b = some(300, "a"), some(300, "b")
    assert poseidon_hash_pairs(packed(a), packed(b), threads=threads) == poseidon_hash_pairs(packed(a), packed(b))
    lists = [a[: i % 9] for i in range(300)]
    assert poseidon_hash_lists(lists, threads=threads) == poseidon_hash_lists(lists)


# ---- What is refused -------------------------------------------------------------------------------------------------


def refused(field, index, function, *arguments):
    with pytest.raises(errors.InvalidInput) as caught:
        function(*arguments)
    assert (caught.value.field, caught.value.index) == (field, index)


@pytest.mark.parametrize("bad", [P, P + 1, 2**256 - 1])
def test_nothing_is_reduced(engine, bad):
    refused("a", None, poseidon_hash, bad, 1)
    refused("b", None, poseidon_hash, 1, bad)
    refused("a", None, poseidon_hash_single, bad)
    refused("b", 2, poseidon_hash_pairs, [(1, 2), (3, 4), (5, bad)])
    refused("a", 1, poseidon_hash_pairs, packed([1, bad]), packed([bad, 1])[:0] + packed([1, 1]))
    refused("element", 3, poseidon_hash_many, [0, 0, 0, bad])
    refused("element", 1300, poseidon_hash_many, packed([0] * 1300 + [bad, bad]))
    refused("element", 2, poseidon_hash_lists, [[1], [], [7, bad], [bad]])
    refused("element", 1, poseidon_hash_lists, packed([1, 1, 1, bad]), 2)
    refused("element", 100, poseidon_hash_lists, [[1]] * 100 + [[bad]])


def test_buffers_are_whole_items():
    refused("elements", None, poseidon_hash_many, bytes(33))
    refused("lists", 1, poseidon_hash_lists, [[1], bytes(31)])
    refused("lists", None, poseidon_hash_lists, bytes(96), 2)
    refused("size", None, poseidon_hash_lists, bytes(64), 0)
    refused("b", None, poseidon_hash_pairs, bytes(64), bytes(32))


# ---- The form that is computed ---------------------------------------------------------------------------------------


def test_constants_are_those_of_the_definition():
    flat = [k for triple in poseidon.CONSTANTS for k in triple]
    assert flat[:3] == [number(k) for k in CONSTANTS["first"]]
    assert flat[-3:] == [number(k) for k in CONSTANTS["last"]]
    assert hashlib.sha256(packed(flat)).hexdigest() == CONSTANTS["sha256, all, 32 bytes each"]
    first, partial, last = GENERATOR.compressed()
    assert [len(first), len(partial), len(last)] == [4, 83, 4]
    left = [*chain(*first), *partial, *chain(*last)]
    assert hashlib.sha256(packed(left)).hexdigest() == CONSTANTS["sha256, compressed, 32 bytes each"]


def cubes(state):
    return tuple(pow(x, 3, P) for x in state)


def plus(state, constants):
    return tuple((x + k) % P for x, k in zip(state, constants, strict=True))


def compressed_permutation(state):
    """With one constant a partial round."""
    first, partial, last = GENERATOR.compressed()
    for constants in first:
        state = poseidon.mix(cubes(plus(state, constants)))
    for constant in partial:
        a, b, c = state
        state = poseidon.mix((a, b, pow(c + constant, 3, P)))
    for constants in last:
        state = poseidon.mix(cubes(plus(state, constants)))
    return state


def scaled_permutation(state):
    """The recurrence, in elements that are scaled: the integers that the library works with, but for R."""
    first, partial, last = GENERATOR.compressed()
    between, inside = GENERATOR.recurrence(partial)
    scale = GENERATOR.ENTRY
    state = plus((x * scale for x in state), (k * scale for k in first[0]))
    for constants in (*first[1:], between):
        scale = pow(scale, 3, P)
        state = plus(poseidon.mix(cubes(state)), (k * scale for k in constants))
    assert scale == GENERATOR.INSIDE
    a, b, u = state
    s, rest = a + b, 6 * a + 2 * b
    for constant in inside:
        u = (s + pow(u, 3, P)) % P
        before, s = s, (rest + constant * scale - s - u) % P
        rest = 4 * (s + before)
    state, scale = (2 * before + s, s - 2 * before, 2 * u), GENERATOR.LEAVING
    for constants in last:
        state = poseidon.mix(cubes(plus(state, (k * scale for k in constants))))
        scale = pow(scale, 3, P)
    assert scale == GENERATOR.EXIT
    return tuple(x * pow(scale, -1, P) % P for x in state)


def test_all_forms_are_one_permutation():
    states = [(0, 0, 0), (P - 1, P - 1, P - 1), (1, 2, 3), *zip(some(9, 1), some(9, 2), some(9, 3), strict=True)]
    for state in states:
        assert compressed_permutation(state) == scaled_permutation(state) == poseidon.permutation(state)


def test_what_makes_it_a_permutation():
    assert math.gcd(3, P - 1) == 1
    determinant = sum(
        poseidon.MDS[0][i] * (poseidon.MDS[1][(i + 1) % 3] * poseidon.MDS[2][(i + 2) % 3])
        - poseidon.MDS[0][i] * (poseidon.MDS[1][(i + 2) % 3] * poseidon.MDS[2][(i + 1) % 3])
        for i in range(3)
    )
    assert determinant % P != 0
    for a, b, c in zip(some(9, 4), some(9, 5), some(9, 6), strict=True):
        t = a + b + c
        assert poseidon.mix((a, b, c)) == ((t + 2 * a) % P, (t - 2 * b) % P, (t - 3 * c) % P)


def test_every_square_submatrix_is_invertible():
    """What makes the mixing maximum distance separable."""
    m = poseidon.MDS
    assert all(m[i][j] % P for i in range(3) for j in range(3))
    pairs = [(0, 1), (0, 2), (1, 2)]
    assert all((m[i][k] * m[j][n] - m[i][n] * m[j][k]) % P for i, j in pairs for k, n in pairs)


def test_the_scale_takes_the_factor_of_the_cube():
    assert pow(GENERATOR.INSIDE, 2, P) == P - 2
    assert pow(GENERATOR.ENTRY, 81, P) == GENERATOR.INSIDE
