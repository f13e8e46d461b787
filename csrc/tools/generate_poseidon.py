"""Write csrc/generated/poseidon_constants.cpp: the constants of Poseidon's permutation, as each engine holds them.

    python csrc/tools/generate_poseidon.py [directory]

Plain integers only, and no code shared with the library: tests/core/test_tables.py runs this again and compares bytes.

What is derived here, in order; docs/mathematics.md has the arguments:

 1. StarkWare's constants: SHA-256 of the text "Hades" followed by the constant's number in decimal, mod p; three a
    round.
 2. The compressed ones: a partial round cubes its third element only, so what it adds to the two others can be added
    later, after the mixing. 12 + 83 + 12 are left.
 3. Those of the recurrence: u' = S + u³ and S' = 4·(S + S_before) − S − u' + k, in place of the partial rounds.
 4. What all constants of that recurrence together make of S, for eight lanes, which leave them out of it.
 5. All of them times the scale that elements have when they are added (g in docs/mathematics.md).
"""

import hashlib
import sys
from pathlib import Path

P = 2**251 + 17 * 2**192 + 1
FULL, PARTIAL = 8, 83
ENDS = FULL // 2
MDS = ((3, 1, 1), (1, -1, 1), (1, 1, -2))

Triple = tuple[int, int, int]


def mix(state: Triple) -> Triple:
    a, b, c = (sum(weight * x for weight, x in zip(row, state, strict=True)) % P for row in MDS)
    return a, b, c


def hades(i: int) -> int:
    return int.from_bytes(hashlib.sha256(f"Hades{i}".encode()).digest(), "big") % P


def compressed() -> tuple[list[Triple], list[int], list[Triple]]:
    """The constants of the four first rounds; of the partial rounds, for their third element; of the four last
    rounds.
    """
    constants = [(hades(3 * r), hades(3 * r + 1), hades(3 * r + 2)) for r in range(FULL + PARTIAL)]
    first, last = constants[:ENDS], constants[ENDS + PARTIAL :]
    partial = []
    a = b = c = 0  # what is still to be added before a round
    for constant in constants[ENDS : ENDS + PARTIAL]:
        a, b, c = (x + k for x, k in zip((a, b, c), constant, strict=True))
        partial.append(c % P)
        a, b, c = mix((a, b, 0))
    a, b, c = ((x + k) % P for x, k in zip((a, b, c), last[0], strict=True))
    return first, partial, [(a, b, c), *last[1:]]


def recurrence(partial: list[int]) -> tuple[Triple, list[int]]:
    """What is added to a, b and c before the first partial round, and k of each of them."""
    k = [*partial, 0, 0]
    inside = [(k[2] - 4 * k[1]) % P]
    inside += [(k[i + 2] - 2 * k[i + 1] - 4 * k[i]) % P for i in range(1, PARTIAL)]
    return (k[1], 0, k[0]), inside


def apart(inside: list[int]) -> list[int]:
    """What the constants have made of S before each partial round, and after the last, where S is kept without them.

    With t = S − 4·S_before, the recurrence is t' = k − t − u and S' = 4·S + t'.
    """
    t, sums = 0, [0]
    for k in inside:
        t = k - t
        sums.append((4 * sums[-1] + t) % P)
    return sums


def scale_inside() -> int:
    """A square root of −2: ζ + ζ³ for ζ of order 8, as (ζ + ζ³)² = ζ²·(1 + ζ⁴) + 2·ζ⁴ and ζ⁴ = −1."""
    zeta = pow(3, (P - 1) // 8, P)
    root = (zeta + pow(zeta, 3, P)) % P
    return min(root, P - root)


INSIDE = scale_inside()
RAISED = 7  # more than S + u in multiples of p, so that k − S − u is above p
RAISED_LANES = 160  # in eight lanes, more than what comes out of the partial rounds
FOLDED = 2**251 + 2**208  # what folding adds there (fold_digits in fp8_kernel.hpp)
ENTRY = pow(INSIDE, pow(3**ENDS, -1, P - 1), P)  # ENTRY^(3^4) = INSIDE
LEAVING = 2 * INSIDE % P  # the last full rounds begin with 2a, 2b, 2c
EXIT = pow(LEAVING, 3**ENDS, P)


def limbs(value: int, bits: int, count: int) -> str:
    return ", ".join(f"0x{value >> bits * i & 2**bits - 1:0{(bits + 3) // 4}x}" for i in range(count))


def held(value: int, power: int = 1) -> int:
    """value·R^power for the R = 2^260 of eight lanes."""
    return value * pow(2, 260 * power, P) % P


def raised_digits(value: int) -> str:
    """The digits of value and of RAISED_LANES·p, added one by one, without what folding adds to them."""
    multiple = [RAISED_LANES, 0, 0, RAISED_LANES * 17 * 2**36, (RAISED_LANES - 1) * 2**43 - 1]
    return ", ".join(f"0x{(value >> 52 * i & 2**52 - 1) + multiple[i]:013x}" for i in range(5))


def low_digits(value: int) -> str:
    """The digits of value·R: what the columns of a product begin with, so that value is added to it."""
    return limbs(held(value), 52, 5)


def before_mixing(state: Triple) -> Triple:
    """What mix() makes these of: 4c = a' − b' − 2c', 2a = b' + c' + c, b = a + c − b'."""
    mixed_a, mixed_b, mixed_c = state
    c = (mixed_a - mixed_b - 2 * mixed_c) * pow(4, -1, P)
    a = (mixed_b + mixed_c + c) * pow(2, -1, P)
    return a % P, (a + c - mixed_b) % P, c % P


def forms(value: int, digits8: str, power: int = 1, raised: int = 0) -> str:
    """value·R^power for each engine's R: four words for R = 2^256, raised by so many multiples of p; five digits of 51
    bits for R = 1; and digits of 52 bits as eight lanes want them.
    """
    word, digit4 = (value * pow(2, exponent * power, P) % P for exponent in (256, 0))
    return f"{{{{{{{limbs(word + raised * P, 64, 4)}}}}}, {{{limbs(digit4, 51, 5)}}}, {{{digits8}}}}}"


def after_full_round(triple: Triple) -> list[str]:
    """Of constants that are added after mixing. In eight lanes they are added to the cubes, before it."""
    a, b, c = (held(x) - FOLDED for x in triple)
    return [forms(x, low_digits(y)) for x, y in zip(triple, before_mixing((a, b, c)), strict=True)]


def array(name: str, comment: str, rows: list[str]) -> list[str]:
    lines = [f"    {row}," for row in rows]
    return [f"// {comment}", f"alignas(64) const PoseidonConstant {name}[{len(rows)}] = {{", *lines, "};", ""]


def single(name: str, row: str) -> list[str]:
    return [f"alignas(64) const PoseidonConstant {name} = {row};", ""]


def render() -> str:
    first, partial, last = compressed()
    between, inside = recurrence(partial)
    sums = apart(inside)
    # The last rounds begin with 2a = 2·S_before + S and 2b = S − 2·S_before.
    left = [2 * sums[-2] + sums[-1], sums[-1] - 2 * sums[-2], 0]
    leave = pow(EXIT, -1, P)
    a, b, c = (x * ENTRY % P for x in first[0])
    before = [forms(x, low_digits(held(x))) for x in (a, b, c)]
    for r, (a, b, c) in enumerate([*first[1:], between], 1):
        factor = pow(ENTRY, 3**r, P)
        before += after_full_round((a * factor % P, b * factor % P, c * factor % P))
    # The last rounds' state is doubled as a whole, so these need no doubling of their own.
    after = [
        forms(x * LEAVING, raised_digits(held(x * LEAVING + y * INSIDE))) for x, y in zip(last[0], left, strict=True)
    ]
    for r, (a, b, c) in enumerate(last[1:], 1):
        factor = pow(LEAVING, 3**r, P)
        after += after_full_round((a * factor % P, b * factor % P, c * factor % P))
    return "\n".join(
        [
            "// Written by csrc/tools/generate_poseidon.py; do not edit.",
            '#include "generated/poseidon_constants.hpp"',
            "",
            "namespace starkcore {",
            "",
            *array("kPoseidonFirst", "Three for each of the four first rounds, and three after them.", before),
            *array(
                "kPoseidonInside",
                "One for each partial round, raised.",
                [
                    forms(x * INSIDE, low_digits(held(y * INSIDE) - FOLDED), raised=RAISED)
                    for x, y in zip(inside, sums, strict=False)
                ],
            ),
            *array("kPoseidonLast", "Three for each of the four last rounds.", after),
            *single("kPoseidonEnter", forms(ENTRY, limbs(held(ENTRY, power=2), 52, 5), power=2)),
            *single("kPoseidonLeave", forms(leave, limbs(leave, 52, 5), power=0)),
            "}  // namespace starkcore",
            "",
        ]
    )


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "generated"
    (directory / "poseidon_constants.cpp").write_text(render(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
