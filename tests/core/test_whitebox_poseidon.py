"""The partial rounds of Poseidon at the bounds of what they take, in each engine, and whole permutations, against
Python.
"""

import importlib.util
import random

import pytest
from native_build import CSRC
from reference import poseidon
from reference.curve import P
from whitebox import values
from whitebox.model import P_INVERSE_R, held

SPEC = importlib.util.spec_from_file_location("generate_poseidon", CSRC / "tools" / "generate_poseidon.py")
GENERATOR = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(GENERATOR)
INSIDE = [held(k * GENERATOR.INSIDE % P) for k in GENERATOR.recurrence(GENERATOR.compressed()[1])[1]]


def rounds(u, s, rest, pairs):
    """The recurrence in Montgomery form, mod p."""
    for i in range(2 * pairs):
        before, s = s, (rest - s - u) % P
        u = (s + pow(u, 3, P) * P_INVERSE_R * P_INVERSE_R) % P
        rest = (4 * (s + before) + INSIDE[1 + i]) % P
    return [u, s, rest]


def ends(least, end):
    """The ends of [least·p, end·p), of its multiples of p, and what has full limbs."""
    low, high = least * P, end * P
    found = {low, low + 1, high - 1, high - 2, high - P, (low + high) // 2}
    found.update(value for value in values.edges(high)[-9:] if value >= low)
    return sorted(found)


@pytest.mark.parametrize("pairs", [1, 2])
def test_partial_rounds_at_their_bounds(engine, pairs):
    for u in ends(0, 4):
        for s in ends(0, 2):
            for rest in ends(7, 24):
                out = engine.poseidon_rounds(u, s, rest, pairs)
                assert [value % P for value in out] == rounds(u, s, rest, pairs)
                assert 0 <= out[0] < 4 * P
                assert 0 <= out[1] < 2 * P
                assert 7 * P <= out[2] < 24 * P


def test_partial_rounds_of_any_numbers(engine):
    r = random.Random("rounds")
    for _ in range(500):
        u, s, rest = r.randrange(4 * P), r.randrange(2 * P), r.randrange(7 * P, 24 * P)
        out = engine.poseidon_rounds(u, s, rest, 41)
        assert [value % P for value in out] == rounds(u, s, rest, 41)


def test_permutations(engine):
    edges = [0, 1, P - 1, 2**251, 2**192, 2**64 - 1]
    states = [(a, b, c) for a in edges for b in edges for c in edges]
    states += list(zip(*(values.some(30, P, f"poseidon {i}") for i in range(3)), strict=True))
    assert engine.poseidon(states) == [poseidon.permutation(state) for state in states]
