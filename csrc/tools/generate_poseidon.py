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
RAISED_LANES = 1650  # in eight lanes, more than S there
RAISED_ENDS = 160  # and more than what is mixed in full rounds
ENTRY = pow(INSIDE, pow(3**ENDS, -1, P - 1), P)  # ENTRY^(3^4) = INSIDE
LEAVING = 2 * INSIDE % P  # the last full rounds begin with 2a, 2b, 2c
EXIT = pow(LEAVING, 3**ENDS, P)


def limbs(value: int, bits: int, count: int) -> str:
    return ", ".join(f"0x{value >> bits * i & 2**bits - 1:0{(bits + 3) // 4}x}" for i in range(count))


def raised_digits(value: int, raised: int) -> str:
    """The digits of value and of raised·p, added one by one, but for the 2^251 that a fold sets: see fp8_kernel.hpp."""
    multiple = [raised, 0, 0, raised * 17 * 2**36, (raised - 1) * 2**43] if raised else [0] * 5
    return ", ".join(f"0x{(value >> 52 * i & 2**52 - 1) + multiple[i]:013x}" for i in range(5))


def forms(value: int, power: int = 1, raised: int = 0, raised_lanes: int = 0, lanes: int | None = None) -> str:
    """value·R^power for each engine's R: four words for R = 2^256; five digits of 51 bits for R = 1, of 52 for
    R = 2^260.

    The words and the digits of 52 bits are raised by so many multiples of p. Those digits are of `lanes`, where that is
    given.
    """
    word, digit4 = (value * pow(2, exponent * power, P) % P for exponent in (256, 0))
    digit8 = (value if lanes is None else lanes) * pow(2, 260 * power, P) % P
    digits = f"{{{limbs(digit4, 51, 5)}}}, {{{raised_digits(digit8, raised_lanes)}}}"
    return f"{{{{{{{limbs(word + raised * P, 64, 4)}}}}}, {digits}}}"


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
    before, after = [], []
    for r, triple in enumerate([*first, between]):
        before += [forms(x * pow(ENTRY, 3**r, P), raised_lanes=RAISED_ENDS) for x in triple]
    for r, triple in enumerate(last):
        factor = pow(LEAVING, 3**r, P)
        # The last rounds' state is doubled as a whole, so these need no doubling of their own.
        after += [
            forms(x * factor, raised_lanes=RAISED_ENDS, lanes=x * factor + y * INSIDE)
            for x, y in zip(triple, left, strict=True)
        ]
        left = [0, 0, 0]
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
                    forms(x * INSIDE, raised=RAISED, raised_lanes=RAISED_LANES, lanes=y * INSIDE)
                    for x, y in zip(inside, sums, strict=False)
                ],
            ),
            *array("kPoseidonLast", "Three for each of the four last rounds.", after),
            *single("kPoseidonEnter", forms(ENTRY, power=2)),
            *single("kPoseidonLeave", forms(pow(EXIT, -1, P), power=0)),
            "}  // namespace starkcore",
            "",
        ]
    )


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "generated"
    (directory / "poseidon_constants.cpp").write_text(render(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
