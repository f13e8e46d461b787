"""Write the tables of csrc/generated/: fixed multiples of Pedersen's points and of the generator.

    python csrc/tools/generate_tables.py [directory]

Plain integers only, and no code shared with the library: tests/core/test_tables.py runs this again and compares bytes.

A point (x, y) is stored as (x·2^256 mod p, y·2^256 mod p), four 64-bit limbs each, least significant first.
Both tables hold *signed* combinations: a bit b counts as (2b − 1), so a window of w bits has 2^w values in pairs of
opposite sign, and half of them suffice (docs/mathematics.md).

Sources: the curve and P0 … P4 are StarkWare's published constants.
"""

import sys
from pathlib import Path

P = 2**251 + 17 * 2**192 + 1
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
G = (
    0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA,
    0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F,
)
SHIFT = (
    0x49EE3EBA8C1600700EE1B87EB599F16716B0B1022947733551FDE4050CA6804,
    0x3CA0CFE4B3BC6DDF346D49D06EA0ED34E621062C0E056C1D0405D266E10268A,
)
PEDERSEN = (
    (
        0x234287DCBAFFE7F969C748655FCA9E58FA8120B6D56EB0C1080D17957EBE47B,
        0x3B056F100F96FB21E889527D41F4E39940135DD7A6C94CC6ED0268EE89E5615,
    ),
    (
        0x4FA56F376C83DB33F9DAB2656558F3399099EC1DE5E3018B7A6932DBA8AA378,
        0x3FA0984C931C9E38113E0C0E47E4401562761F92A7A23B45168F4E80FF5B54D,
    ),
    (
        0x4BA4CC166BE8DEC764910F75B45F74B40C690C74709E90F3AA372F0BD2D6997,
        0x40301CF5C1751F4B971E46C4EDE85FCAC5C59A5CE5AE7C48151F27B24B219C,
    ),
    (
        0x54302DCB0E6CC1C6E44CCA8F61A63BB2CA65048D53FB325D36FF12C49A58202,
        0x1B77B3E37D13504B348046268D8AE25CE98AD783C25561A879DCC77E99C2426,
    ),
)

INPUT_BITS = 252  # of a field element
LOW_BITS = 248  # the rest, four bits, multiply the second point of the pair
PEDERSEN_WINDOW = 9
GENERATOR_WINDOWS = {"kGeneratorTable": 6, "kGeneratorTable5": 5, "kGeneratorTable4": 4}

Point = tuple[int, int]


def inverses(values: list[int]) -> list[int]:
    """The inverses mod p of all values, by one inversion (Montgomery's trick). No value may be 0."""
    prefix = [1]
    for value in values:
        prefix.append(prefix[-1] * value % P)
    inverse = pow(prefix[-1], -1, P)
    out = [0] * len(values)
    for i in reversed(range(len(values))):
        out[i] = prefix[i] * inverse % P
        inverse = inverse * values[i] % P
    return out


def add_pairs(pairs: list[tuple[Point, Point]]) -> list[Point]:
    """The affine sums of pairs of points; equal points are doubled, opposite ones are not supported."""
    denominators = [(2 * a[1]) % P if a == b else (b[0] - a[0]) % P for a, b in pairs]
    sums = []
    for (a, b), inverse in zip(pairs, inverses(denominators), strict=True):
        slope = ((3 * a[0] * a[0] + 1) if a == b else (b[1] - a[1])) * inverse % P
        x = (slope * slope - a[0] - b[0]) % P
        sums.append((x, (slope * (a[0] - x) - a[1]) % P))
    return sums


def add(a: Point, b: Point) -> Point:
    return add_pairs([(a, b)])[0]


def negate(a: Point) -> Point:
    return (a[0], -a[1] % P)


def multiply(k: int, a: Point) -> Point:
    """k·a for 0 < k < n."""
    out = None
    for bit in bin(k)[2:]:
        if out is not None:
            out = add(out, out)
        if bit == "1":
            out = a if out is None else add(out, a)
    return out


def doublings(a: Point, count: int) -> list[Point]:
    """a, 2a, 4a, … (count points)."""
    out = [a]
    while len(out) < count:
        out.append(add(out[-1], out[-1]))
    return out


def signed_sums(halves: list[Point], start: Point) -> list[Point]:
    """start + Σ (2·i_j − 1)·halves[j] for every i of len(halves) bits, i_0 the lowest."""
    sums = [start]
    for half in halves:
        minus = add_pairs([(s, negate(half)) for s in sums])
        plus = add_pairs([(s, half) for s in sums])
        sums = minus + plus
    return sums


def pedersen_tables() -> list[list[Point]]:
    """For each input, 28 windows of 9 bits. Σ b_i·B_i = ½·ΣB_i + Σ (2b_i − 1)·½·B_i, for the bit weights B_i.

    The first window of an input has all 512 sums, with the constant ½·ΣB_i (and, for the first input, the shift
    point) already in them. The others have the 256 sums whose highest sign is plus. After both inputs' windows come the
    second one's rests.
    """
    half = (N + 1) // 2
    tables = []
    halves: list[Point] = []
    for low, high, start in ((PEDERSEN[0], PEDERSEN[1], SHIFT), (PEDERSEN[2], PEDERSEN[3], None)):
        halves = doublings(multiply(half, low), LOW_BITS) + doublings(multiply(half, high), INPUT_BITS - LOW_BITS)
        constant = add(multiply(half, multiply(2**LOW_BITS - 1, low)), multiply(half, multiply(15, high)))
        if start is not None:
            constant = add(constant, start)
        tables.append(signed_sums(halves[:PEDERSEN_WINDOW], constant))
        for i in range(PEDERSEN_WINDOW, INPUT_BITS, PEDERSEN_WINDOW):
            window = halves[i : i + PEDERSEN_WINDOW]
            tables.append(signed_sums(window[:-1], window[-1]))
    return [*tables, rests(halves)]


def rests(halves: list[Point]) -> list[Point]:
    """What the windows from the second on, from the third on, …, the two last ones come to where their bits are 0."""
    sums = [negate(halves[-1])]
    for half in reversed(halves[PEDERSEN_WINDOW:-1]):
        sums.append(add(sums[-1], negate(half)))
    return sums[2 * PEDERSEN_WINDOW - 1 :: PEDERSEN_WINDOW][::-1]


def generator_tables(width: int) -> list[list[Point]]:
    """Windows of that many bits: (2i + 1)·2^(width·w)·G for i < 2^(width − 1)."""
    tables = []
    base = G
    for _ in range(0, INPUT_BITS, width):
        double = add(base, base)
        row = [base]
        for _ in range(2 ** (width - 1) - 1):
            row.append(add(row[-1], double))
        tables.append(row)
        for _ in range(width):
            base = add(base, base)
    return tables


def limbs(value: int) -> str:
    stored = value * 2**256 % P
    return ", ".join(f"0x{stored >> 64 * i & 2**64 - 1:016x}" for i in range(4))


def render(comment: str, header: str, named: dict[str, list[list[Point]]]) -> str:
    lines = [
        "// Written by csrc/tools/generate_tables.py; do not edit.",
        f"// {comment}",
        f'#include "{header}"',
        "",
        "namespace starkcore {",
        "",
    ]
    for name, tables in named.items():
        points = [point for table in tables for point in table]
        lines += [
            f"alignas(64) const StoredPoint {name}[{len(points)}] = {{",
            *(f"    {{{{{{{limbs(x)}}}}}, {{{{{limbs(y)}}}}}}}," for x, y in points),
            "};",
            "",
        ]
    return "\n".join([*lines, "}  // namespace starkcore", ""])


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "generated"
    files = {
        "pedersen_table.cpp": render(
            "Pedersen: for each input a window of 512 points, then 27 windows of 256; then 26 rests.",
            "hash/pedersen_layout.hpp",
            {"kPedersenTable": pedersen_tables()},
        ),
        "generator_table.cpp": render(
            "The generator: odd multiples by windows of six bits, of five and of four.",
            "curve/generator_table.hpp",
            {name: generator_tables(width) for name, width in GENERATOR_WINDOWS.items()},
        ),
    }
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
