"""Poseidon over the Stark field, from its definition: every round adds its three constants, cubes, and mixes.

Nothing is compressed, scaled or shared with the library. Constant number i is SHA-256 of the text "Hades" followed by i
in decimal, mod p (StarkWare's parameters: three elements, rate two, 8 full rounds around 83 partial ones, x³).
"""

import hashlib
from collections.abc import Sequence

from reference.curve import P

FULL_ROUNDS, PARTIAL_ROUNDS = 8, 83
MDS = ((3, 1, 1), (1, -1, 1), (1, 1, -2))

State = tuple[int, int, int]


def round_constant(i: int) -> int:
    return int.from_bytes(hashlib.sha256(f"Hades{i}".encode()).digest(), "big") % P


CONSTANTS = [tuple(round_constant(3 * r + i) for i in range(3)) for r in range(FULL_ROUNDS + PARTIAL_ROUNDS)]


def mix(state: Sequence[int]) -> State:
    a, b, c = (sum(weight * x for weight, x in zip(row, state, strict=True)) % P for row in MDS)
    return a, b, c


def permutation(state: State) -> State:
    for r, constants in enumerate(CONSTANTS):
        a, b, c = (x + k for x, k in zip(state, constants, strict=True))
        if FULL_ROUNDS // 2 <= r < FULL_ROUNDS // 2 + PARTIAL_ROUNDS:
            state = mix((a, b, pow(c, 3, P)))
        else:
            state = mix((pow(a, 3, P), pow(b, 3, P), pow(c, 3, P)))
    return state


def hash_two(a: int, b: int) -> int:
    return permutation((a, b, 2))[0]


def hash_single(a: int) -> int:
    return permutation((a, 0, 1))[0]


def hash_many(elements: Sequence[int]) -> int:
    padded = [*elements, 1, *([0] if len(elements) % 2 == 0 else [])]
    a = b = c = 0
    for x, y in zip(padded[::2], padded[1::2], strict=True):
        a, b, c = permutation(((a + x) % P, (b + y) % P, c))
    return a
