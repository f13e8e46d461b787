"""Pedersen hashes of words with few bits, which are put together from fewer points, against Python, alone and in
batches.
"""

import random

import pytest
from reference.pedersen import pedersen_hash as reference

from starkcore import engine as engine_in_use
from starkcore import (
    engines,
    pedersen_hash,
    pedersen_hash_elements,
    pedersen_hash_lists,
    pedersen_hash_many,
    use_engine,
)

# Bits up to which windows are taken one by one: 5, 6, 11, 13 and 14 windows of nine bits.
BOUNDS = (45, 54, 99, 117, 126)
P = 2**251 + 17 * 2**192 + 1


def words():
    chance = random.Random("short words")
    bits = sorted({0, 1, 9, 64, 128, 251, *(bound + more for bound in BOUNDS for more in (-1, 0, 1))})
    for size in bits:
        for word in {(1 << size) - 1, 1 << max(size - 1, 0), chance.randrange(1 << size)}:
            yield chance.randrange(P), word % P


@pytest.fixture(scope="module")
def expected():
    return {(a, word): (reference(a, word), reference(reference(0, word), 1)) for a, word in words()}


@pytest.fixture(params=engines())
def each_engine(request):
    before = engine_in_use()
    use_engine(request.param)
    yield
    use_engine(before)


def test_short_words_alone(each_engine, expected):
    for (a, word), (pair, chain) in expected.items():
        assert pedersen_hash(a, word) == pair
        assert pedersen_hash_elements([word]) == chain


@pytest.mark.parametrize("most", [*BOUNDS, *(bound + 1 for bound in BOUNDS), 252])
def test_short_words_in_batches(each_engine, expected, most):
    """One longer word makes the whole batch go the other way."""
    chance = random.Random(most)
    items = [item for item in expected if item[1].bit_length() <= most]
    longest = max(items, key=lambda item: item[1])
    for size in (8, 9, 31, 32):
        some = [longest, *chance.choices(items, k=size - 1)]
        assert pedersen_hash_many(some) == [expected[item][0] for item in some]
        assert pedersen_hash_lists([[word] for _, word in some]) == [expected[item][1] for item in some]
