"""Inputs that tests are fond of: where carries run through, where limbs end, and the neighbourhoods of p and n."""

import functools
import random

from hypothesis import strategies as st
from reference.curve import N, P

LIMB_EDGES = (0, 1, 2, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1)


def runs(lengths: list[int], first: int) -> int:
    """Runs of ones and zeros, the lowest first."""
    value, position, bit = 0, 0, first
    for length in lengths:
        value |= ((1 << length) - 1) * bit << position
        position, bit = position + length, 1 - bit
    return value


def limbs(words: list[int]) -> int:
    return sum(word << 64 * i for i, word in enumerate(words))


def shaped(seed: int, limit: int) -> int:
    """A value of [0, limit) of a kind that the seed chooses."""
    source = random.Random(seed)
    kind = seed % 6
    if kind == 0:
        value = runs([source.randrange(1, 130) for _ in range(8)], source.randrange(2))
    elif kind == 1:
        value = limbs([source.choice(LIMB_EDGES) for _ in range(4)])
    elif kind == 2:
        value = source.choice((P, N)) * source.randrange(limit // N + 2) + source.randrange(-4, 5)
    elif kind == 3:
        value = 2 ** source.randrange(257) + source.randrange(-3, 4)
    elif kind == 4:
        value = limit - 1 - source.randrange(5)
    else:
        value = source.getrandbits(source.randrange(257))
    return value % limit


@functools.cache
def below(limit: int) -> st.SearchStrategy[int]:
    """Integers in [0, limit): small ones, any, and made of long runs, with limbs at their edges, near multiples of p or
    n.
    """
    return st.integers(0, limit - 1) | st.integers(0, 2**32).map(lambda seed: shaped(seed, limit))


def edges(limit: int) -> list[int]:
    """A fixed list of such values, for tests that go through all pairs."""
    found = {0, 1, 2, 3, limit // 2, limit - 3, limit - 2, limit - 1}
    found.update(m * k + d for m in (P, N) for k in range(32) for d in (-1, 0, 1))
    found.update(
        2**j + d for j in (32, 63, 64, 127, 128, 191, 192, 193, 196, 250, 251, 252, 255, 256) for d in (-1, 0, 1)
    )
    found.update(limbs([2**64 - 1 if mask >> i & 1 else 0 for i in range(4)]) for mask in range(16))
    return sorted(value for value in found if 0 <= value < limit)


def some(count: int, limit: int, seed: str) -> list[int]:
    """The same random values every time: half of them uniform, half made of runs."""
    source = random.Random(seed)
    uniform = [source.randrange(limit) for _ in range(count - count // 2)]
    made = [runs([source.randrange(1, 100) for _ in range(8)], source.randrange(2)) % limit for _ in range(count // 2)]
    return uniform + made
