"""The tables of csrc/generated are what their generator writes, and what the oracle says they hold."""

import random
import re
import subprocess
import sys

import pytest
from native_build import CSRC
from reference import curve, pedersen
from reference.curve import G, N, P
from whitebox.model import meant

GENERATED = CSRC / "generated"
TABLES = ["generator_table.cpp", "pedersen_table.cpp"]
GENERATED_FILES = [*TABLES, "poseidon_constants.cpp"]
HALF = (N + 1) // 2


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    for name in ("generate_tables.py", "generate_poseidon.py"):
        subprocess.run([sys.executable, "-I", str(CSRC / "tools" / name), str(folder)], check=True)
    return folder


def test_nothing_else_is_generated(regenerated):
    assert sorted(path.name for path in regenerated.iterdir()) == GENERATED_FILES
    assert sorted(path.name for path in GENERATED.glob("*.cpp")) == GENERATED_FILES


@pytest.mark.parametrize("name", GENERATED_FILES)
def test_regenerated_tables_have_the_same_bytes(regenerated, name):
    assert (regenerated / name).read_bytes() == (GENERATED / name).read_bytes()


def stored_points(name, array):
    """An array's points as their limbs are written, least significant first; each coordinate canonical."""
    text = (GENERATED / name).read_text(encoding="utf-8")
    (body,) = re.findall(rf"StoredPoint {array}\[\d+\] = \{{\n(.*?)\n\}};", text, re.DOTALL)
    limbs = [int(word, 16) for word in re.findall(r"0x([0-9a-f]{16})\b", body)]
    values = [sum(limb << 64 * i for i, limb in enumerate(limbs[at : at + 4])) for at in range(0, len(limbs), 4)]
    assert all(value < P for value in values)
    return [(meant(x), meant(y)) for x, y in zip(values[::2], values[1::2], strict=True)]


def poseidon_rows():
    """Each constant as what its four words, its digits of 51 bits and its digits of 52 bits stand for, without R."""
    text = (GENERATED / "poseidon_constants.cpp").read_text(encoding="utf-8")
    rows = []
    for row in re.findall(r"\{\{\{(.*?)\}\}, \{(.*?)\}, \{(.*?)\}\}", text):
        parts = [[int(word, 16) for word in part.split(", ")] for part in row]
        rows.append(
            [sum(word << bits * i for i, word in enumerate(p)) for p, bits in zip(parts, (64, 51, 52), strict=True)]
        )
    return rows


def without_constants(inside):
    """What constants alone make of S by S' = 4·(S + S before) − S − c' + k: 0 at first, and after each."""
    before, s = 0, 0
    found = [s]
    for k in inside:
        before, s = s, (4 * (s + before) - s + k) % P
        found.append(s)
    return found


FOLDED = 2**251 + 2**208  # what eight lanes' folding adds
HELD = pow(2, 260, P)


def mixed(a, b, c):
    return [3 * a + b + c, a - b + c, a + b - 2 * c]


def test_poseidon_constants_are_the_same_in_all_forms():
    """All but the two factors between scales, which tests of hashes show to be right.

    Eight lanes keep S apart from what constants make of it, so theirs are other ones from the partial rounds on; and
    they add them to products before these are divided by R, mixed and folded.
    """
    rows = poseidon_rows()
    assert len(rows) == 15 + 83 + 12 + 2
    sums = without_constants([plain for _, plain, _ in rows[15:98]])
    assert len(sums) == 84
    in_lanes = [plain for _, plain, _ in rows[:15]] + sums[:83] + [plain for _, plain, _ in rows[98:-2]]
    in_lanes[98] += 2 * sums[82] + sums[83]
    in_lanes[99] += sums[83] - 2 * sums[82]
    added = [low * pow(HELD, -1, P) for _, _, low in rows[:-2]]
    for i in [*range(3, 15, 3), *range(101, 110, 3)]:
        added[i : i + 3] = mixed(*added[i : i + 3])
    for i, (word, plain, low) in enumerate(rows[:-2]):
        raised = 7 if 15 <= i < 98 else 0
        assert plain < P
        assert raised * P <= word < (raised + 1) * P
        assert word * pow(2, -256, P) % P == plain
        if 98 <= i < 101:
            assert 0 <= low - (160 * P - FOLDED) < P
            added[i] = low
        else:
            assert low < P
        folded = FOLDED if i >= 3 else 0
        assert (added[i] + folded) * pow(HELD, -1, P) % P == in_lanes[i] % P


GENERATORS = {
    6: stored_points("generator_table.cpp", "kGeneratorTable"),
    5: stored_points("generator_table.cpp", "kGeneratorTable5"),
    4: stored_points("generator_table.cpp", "kGeneratorTable4"),
}
PEDERSEN = stored_points("pedersen_table.cpp", "kPedersenTable")
RESTS = 26
COUNTS = [
    (GENERATORS[6], 42 * 32),
    (GENERATORS[5], 51 * 16),
    (GENERATORS[4], 63 * 8),
    (PEDERSEN, 2 * (512 + 27 * 256) + RESTS),
]


@pytest.mark.parametrize(("points", "count"), COUNTS)
def test_points_are_on_the_curve_and_distinct(points, count):
    assert len(points) == count
    assert all(curve.on_curve(point) for point in points)
    twins = 1 if points is PEDERSEN else 0  # the first rest is the opposite of entry 0 of b's first window
    assert len({x for x, _ in points}) == count - twins


@pytest.mark.parametrize("width", GENERATORS)
def test_generator_entries(width):
    """Window w has (2i + 1)·2^(width·w)·G: a row is summed up from its base; bases are compared with the oracle's
    multiples.
    """
    entries = 2 ** (width - 1)
    for w in range(-(-252 // width)):
        row = GENERATORS[width][entries * w : entries * (w + 1)]
        assert row[0] == curve.mul(2 ** (width * w), G)
        step = curve.add(row[0], row[0])
        for i in range(1, entries):
            assert row[i] == curve.add(row[i - 1], step)


def weight(table: int, bit: int) -> curve.Point:
    """What a bit of the input stands for: 248 low ones, then four high ones."""
    low, high = ((pedersen.P1, pedersen.P2), (pedersen.P3, pedersen.P4))[table]
    return curve.mul(2**bit, low) if bit < 248 else curve.mul(2 ** (bit - 248), high)


def total(points):
    result = None
    for point in points:
        result = curve.add(result, point)
    return result


@pytest.mark.parametrize("table", [0, 1])
def test_pedersen_entries_of_the_first_window(table):
    """Entry v is v's bits as they are, plus half of all higher weights, plus the shift point for the first input."""
    low, high = ((pedersen.P1, pedersen.P2), (pedersen.P3, pedersen.P4))[table]
    halves = curve.mul(HALF, curve.add(curve.mul(2**248 - 2**9, low), curve.mul(15, high)))
    constant = curve.add(halves, pedersen.SHIFT) if table == 0 else halves
    first = PEDERSEN[table * (512 + 27 * 256) :][:512]
    for v in [0, 1, 2, 255, 256, 510, 511, *random.Random(table).sample(range(512), 20)]:
        assert first[v] == curve.add(constant, curve.mul(v, low) if v else None)


@pytest.mark.parametrize("table", [0, 1])
def test_pedersen_entries_of_other_windows(table):
    """Entry i is the sum of ± half of the window's weights, the signs i's bits, the highest plus."""
    source = random.Random(f"windows {table}")
    for w in [1, 2, 13, 26, 27]:
        at = table * (512 + 27 * 256) + 512 + 256 * (w - 1)
        halves = [curve.mul(HALF, weight(table, 9 * w + j)) for j in range(9)]
        for i in [0, 1, 128, 255, source.randrange(256)]:
            signed = [halves[j] if i >> j & 1 else curve.neg(halves[j]) for j in range(8)]
            assert PEDERSEN[at + i] == total([*signed, halves[8]])


def test_pedersen_rests():
    """Rest w is the sum of all windows of b from w on, as they are where their bits are 0: minus half of their
    weights.
    """
    rests = PEDERSEN[-RESTS:]
    for w in range(1, RESTS + 1):
        low = curve.mul(HALF * (2**248 - 2 ** (9 * w)) % N, pedersen.P3)
        assert rests[w - 1] == curve.neg(curve.add(low, curve.mul(HALF * 15 % N, pedersen.P4)))
