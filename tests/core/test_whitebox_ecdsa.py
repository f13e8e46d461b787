"""Signing and verification below the C interface: nonces from outside, refused nonces, batches, and points that
meet.
"""

import functools
import random

import pytest
from hypothesis import given, settings
from reference import curve, ecdsa, sha256
from reference.curve import G, N, P
from reference.ecdsa import BOUND
from vectors.layout import read
from whitebox import values
from whitebox.model import multiple

CONSTRUCTED = read("constructed.json")
PUBLISHED = read("published.json")
KEY = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3  # published in dydx3's tests


def number(text):
    return None if text is None else int(text, 16)


def inverse(a):
    return pow(a, -1, N)


@functools.cache
def expected_signature(m, d, k):
    """The oracle's, or None where it refuses the nonce."""
    try:
        return ecdsa.sign_with_nonce(m, d, k)
    except ecdsa.Rejected:
        return None


# ---- One attempt with a given nonce ----------------------------------------------------------------------------------

GIVEN = [
    (number(row["m"]), number(row["d"]), number(row["k"]), row["r"] and (number(row["r"]), number(row["s"])))
    for row in [*CONSTRUCTED["given_nonces"], *PUBLISHED["signatures_with_nonce"]]
    if 0 < number(row["k"]) < N  # an engine's precondition
]


def test_vectors_have_every_refusal():
    refused = {row["rejected"] for row in CONSTRUCTED["given_nonces"]}
    assert {"m + r·d is 0 mod n", "w is not in [1, 2^251)", None} <= refused
    assert sum(row[3] is None for row in GIVEN) > 20


def test_given_nonces_one_by_one(engine):
    """Signatures with w or s in [2^251, n), and m + r·d = 0."""
    for m, d, k, signature in GIVEN:
        assert engine.sign([m], [k], d) == [signature]


def test_refused_nonces_spoil_nobody_else(engine):
    """They share an inversion with the others, where m + r·d = 0 would make every result zero."""
    for m, d, k, signature in GIVEN:
        if signature is not None:
            continue
        good = expected_signature(5, d, 77)
        for place in (0, 16, 31, 32, 63):
            hashes, nonces, expected = [5] * 64, [77] * 64, [good] * 64
            hashes[place], nonces[place], expected[place] = m, k, None
            assert engine.sign(hashes, nonces, d) == expected
            if place == 0:
                assert engine.sign([m] * 40, [k] * 40, d) == [None] * 40


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 63, 64, 65, 100])
def test_batches_of_any_size(engine, count):
    source = random.Random(count)
    messages = [0, 1, BOUND - 1, *values.some(20, BOUND, "messages")]
    hashes = source.choices(messages, k=count)
    nonces = source.choices([1, 2, N - 1, N - 2, *values.some(6, N, "nonces")], k=count)
    nonces = [k or 1 for k in nonces]
    expected = {(m, k): expected_signature(m, KEY, k) for m, k in set(zip(hashes, nonces, strict=True))}
    assert engine.sign(hashes, nonces, KEY) == [expected[m, k] for m, k in zip(hashes, nonces, strict=True)]


@given(values.below(BOUND), values.below(N - 1), values.below(N - 1))
@settings(max_examples=60)
def test_signatures_with_any_nonce(engine, m, d, k):
    assert engine.sign([m], [k + 1], d + 1) == [expected_signature(m, d + 1, k + 1)]


def test_signatures_of_edge_keys(engine):
    for d in (1, 2, N - 1, N - 2, BOUND, (N + 1) // 2):
        for m in (0, 1, BOUND - 1):
            for k in (1, 2, N - 1):
                assert engine.sign([m], [k], d) == [expected_signature(m, d, k)]


# ---- The next nonce after a refused one ------------------------------------------------------------------------------


@functools.cache
def oracle_nonce(m, d, counter, extra):
    return ecdsa.nonce_and_rejections(m, d, ecdsa.extra_data(counter, extra))[0]


@pytest.mark.parametrize("extra", [None, bytes(32), b"\xff" * 32])
@pytest.mark.parametrize("seed", [0, 1, 31, 32, 254, 255, 2**64 - 2, 2**256 - 4])
@pytest.mark.parametrize("refusals", [0, 1, 2, 3])
def test_retries_count_on_from_the_seed(engine, seed, extra, refusals):
    """Counter seed + j after j refusals, as minimal bytes: across 0, 255 and 2^64 − 1 too, and up to 2^256 − 1."""
    m = 0x1234567890ABCDEF
    signatures, tried = engine.sign_refusing([m], [refusals], KEY, seed=seed, extra=extra)
    nonces = [oracle_nonce(m, KEY, seed + j, extra) for j in range(refusals + 1)]
    assert tried == {m: nonces}
    assert signatures == [ecdsa.sign_with_nonce(m, KEY, nonces[-1])]


def test_retries_stop_at_the_highest_counter(engine):
    signatures, tried = engine.sign_refusing([7], [2], KEY, seed=2**256 - 2)
    assert signatures is None
    assert tried == {7: [oracle_nonce(7, KEY, 2**256 - 2 + j, None) for j in range(2)]}


def test_refusals_in_a_batch_are_each_items_own(engine):
    """Across the size of a chunk; every item tries its own counters and no others."""
    source = random.Random("refusals")
    hashes = [source.randrange(BOUND) for _ in range(70)]
    refusals = [source.choice((0, 0, 0, 1, 2, 5)) for _ in hashes]
    refusals[0] = refusals[31] = refusals[32] = refusals[69] = 1
    signatures, tried = engine.sign_refusing(hashes, refusals, KEY, seed=32)
    for m, refused, signature in zip(hashes, refusals, signatures, strict=True):
        nonces = [oracle_nonce(m, KEY, 32 + j, None) for j in range(refused + 1)]
        assert tried[m] == nonces
        assert signature == ecdsa.sign_with_nonce(m, KEY, nonces[-1])


def test_tries_are_capped(engine):
    """128 in all; the last one may still succeed, and one more refusal gives up on the whole batch."""
    signatures, tried = engine.sign_refusing([3, 4], [127, 0], KEY)
    assert len(tried[3]) == 128
    assert signatures == [ecdsa.sign_with_nonce(3, KEY, tried[3][-1]), ecdsa.sign(4, KEY)]
    assert tried[3][-1] == oracle_nonce(3, KEY, 127, None)
    signatures, tried = engine.sign_refusing([3, 4], [128, 0], KEY)
    assert signatures is None
    assert len(tried[3]) == 128


def test_constructed_nonces(engine):
    """Among them messages at both borders of the nibble shift, and up to twelve candidates out of range."""
    assert max(row["rejections"] for row in CONSTRUCTED["nonces"]) >= 12
    for row in CONSTRUCTED["nonces"]:
        m, seed, extra = number(row["m"]), number(row["seed"]) or 0, row["extra_entropy"]
        _, tried = engine.sign_refusing([m], [0], number(row["d"]), seed=seed, extra=extra and bytes.fromhex(extra))
        assert tried == {m: [number(row["k"])]}


# ---- Verification ----------------------------------------------------------------------------------------------------


def acceptable(row):
    """Whether an engine may be asked: it has checked nothing itself."""
    m, r, s = (number(row[name]) for name in "mrs")
    return 0 <= m < BOUND and 1 <= r < BOUND and 1 <= s < N and curve.lift_x(number(row["x"])) is not None


ASKED = [row for row in CONSTRUCTED["verify"] if acceptable(row)]


def item(row, y=None):
    """(r, s, m, x, y), with another y if one is given."""
    r, s, m, x = (number(row[name]) for name in "rsmx")
    return r, s, m, x, y or number(row["y"]) or 0


def with_good_y(rows):
    return [row for row in rows if row["y"] and curve.on_curve((number(row["x"]), number(row["y"])))]


def test_vectors_have_every_special_case():
    reasons = " ".join(row["why"] for row in ASKED)
    for wanted in (
        "last addition is a doubling",
        "the sum is infinity",
        "a valid doubling under −Q",
        "m = 0",
        "u1 = 0x0",
    ):
        assert wanted in reasons
    assert {row["valid"] for row in ASKED} == {row["valid_x"] for row in ASKED} == {True, False}


def test_verification_with_a_full_key(engine):
    rows = with_good_y(ASKED)
    assert engine.verify([item(row) for row in rows]) == [row["valid"] for row in rows]
    for row in rows[::5]:
        assert engine.verify([item(row)]) == [row["valid"]]


def test_verification_with_x_alone(engine):
    """y is ignored: its opposite, or nonsense, changes nothing."""
    for y in (None, 1, P - 1):
        items = [item(row, y) for row in ASKED]
        for start in range(0, len(items), 100):
            part = slice(start, start + 100)
            answers = engine.verify(items[part], x_only=[True] * len(items[part]))
            assert answers == [row["valid_x"] for row in ASKED[part]]


@functools.cache
def answers_to_opposite_keys():
    """Vectors with the other y, and the oracle's answers."""
    rows = with_good_y(ASKED)[::6]
    items = [item(row, P - number(row["y"])) for row in rows]
    return items, [ecdsa.verify(m, r, s, (x, y)) for r, s, m, x, y in items]


def test_verification_with_the_opposite_key(engine):
    items, expected = answers_to_opposite_keys()
    assert set(expected) == {True, False}
    assert engine.verify(items) == expected


def test_verification_with_prepared_keys(engine):
    by_key = {}
    for row in with_good_y(ASKED):
        by_key.setdefault((number(row["x"]), number(row["y"])), []).append(row)
    for key, rows in by_key.items():
        prepared = engine.prepare(key)
        # the key in an item is ignored
        items = [(*item(row)[:3], 0, 0) for row in rows]
        assert engine.verify_prepared(items, prepared) == [row["valid"] for row in rows]


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 64, 65, 100])
def test_verification_in_batches(engine, count):
    """Mixed kinds, equal items, and each answer where it belongs."""
    source = random.Random(count)
    rows = source.choices(with_good_y(ASKED), k=count)
    x_only = [source.random() < 0.5 for _ in rows]
    expected = [row["valid_x"] if only else row["valid"] for row, only in zip(rows, x_only, strict=True)]
    assert engine.verify([item(row) for row in rows], x_only=x_only) == expected
    assert engine.verify([item(rows[0])] * count) == [rows[0]["valid"]] * count


def solved(u1, u2, d):
    """(r, s, m, key) with A = u1·G, B = u2·Q, or None where m or w is out of range or the sum is infinity."""
    k = (u1 + u2 * d) % N
    if k == 0:
        return None
    r = multiple(k)[0]
    w = u2 * inverse(r) % N
    m = u1 * inverse(w) % N
    return (r, inverse(w), m, *multiple(d)) if m < BOUND and w < BOUND and r < BOUND else None


SPECIAL = [1, 2, 3, N - 1, N - 2, N - 30, N - 29, 30, (N - 1) // 2, (N + 1) // 2, (33 << 246) - N, N - (33 << 246)]


@pytest.mark.parametrize("d", [1, N - 1, 2, N - 2, 15, N - 30, 64], ids=lambda d: f"{d if d < N // 2 else d - N}")
def test_multipliers_that_are_special_for_windows_and_forms(engine, d):
    """u1 and u2 from the lists that curve/base_mul.hpp and curve/var_mul.hpp argue about; A = B and A = −B
    among them.
    """
    source = random.Random(d)
    pairs = [(u1, u2) for u1 in [0, *SPECIAL] for u2 in SPECIAL]
    pairs += [(u2 * d % N, u2) for u2 in SPECIAL] + [(-u2 * d % N, u2) for u2 in SPECIAL]
    found = [solution for u1, u2 in pairs if (solution := solved(u1, u2, d))]
    assert len(found) > 10
    prepared = engine.prepare(multiple(d))
    good = [tuple(solution) for solution in found]
    wrong = [((r + 1) % BOUND or 1, s, m, x, y) for r, s, m, x, y in source.choices(good, k=20)]
    for batch, answer in ((good[:100], True), (good[100:], True), (wrong, False)):
        if not batch:
            continue
        assert engine.verify(batch) == [answer] * len(batch)
        assert engine.verify(batch, x_only=[True] * len(batch)) == [answer] * len(batch)
        assert engine.verify_prepared(batch, prepared) == [answer] * len(batch)


@pytest.mark.parametrize("label", range(6))
def test_points_that_meet(engine, label):
    """A = B: valid, by a doubling. A = −B: infinity, refused; but x alone takes it when r = x(2·A)."""
    source = random.Random(f"meet {label}")
    while True:
        m, w = source.randrange(1, BOUND), source.randrange(1, BOUND)
        u1 = m * w % N
        r = multiple(2 * u1 % N)[0]  # x(2·A)
        d = m * inverse(r) % N  # u2·Q = r·w·d·G = m·w·G = A
        if r < BOUND:
            break
    s = inverse(w)
    same, opposite = multiple(d), multiple(N - d)
    assert ecdsa.verify(m, r, s, same)
    assert not ecdsa.verify(m, r, s, opposite)
    items = [(r, s, m, *same), (r, s, m, *opposite)]
    assert engine.verify(items) == [True, False]
    assert engine.verify(items, x_only=[True, True]) == [True, True]
    assert engine.verify_prepared(items[:1], engine.prepare(same)) == [True]
    assert engine.verify_prepared(items[1:], engine.prepare(opposite)) == [False]
    # another r under which A = ±B still holds: nothing may be accepted, the finite root apart
    for other in (1, 2, r ^ 1, BOUND - 1):
        key = multiple(m * inverse(other) % N)
        item = (other, s, m, *key)
        expected = ecdsa.verify(m, other, s, key)
        assert engine.verify([item, item], x_only=[False, True]) == [expected, ecdsa.verify_x(m, other, s, key[0])]


@pytest.mark.parametrize("d", [1, 3, N - 1, KEY], ids=["1", "3", "n-1", "published"])
def test_message_zero(engine, d):
    """u1 = 0: only r·w·Q counts, and its x is r."""
    key = multiple(d)
    source = random.Random(d)
    for _ in range(4):
        while True:
            k = source.randrange(1, N)
            r = multiple(k)[0]
            w = k * inverse(r * d) % N
            if w < BOUND and r < BOUND:
                break
        item = (r, inverse(w), 0, *key)
        assert ecdsa.verify(0, r, inverse(w), key)
        wrong = (r, inverse(w) ^ 1 or 1, 0, *key)
        assert engine.verify([item, wrong]) == [True, False]
        assert engine.verify([item, wrong], x_only=[True, True]) == [True, False]
        assert engine.verify_prepared([item, wrong], engine.prepare(key)) == [True, False]


@functools.cache
def changed_signatures():
    """Signatures of the oracle, each followed by forms of it with something changed; and what the oracle says
    to them.
    """
    found = []
    for m, d in zip(values.some(6, BOUND, "changed m"), values.some(6, N, "changed d"), strict=True):
        r, s = ecdsa.sign(m, d or 1)
        bit = 1 << m % 250
        parts = [(r, s, m), (r ^ bit, s, m), (r, s ^ bit, m), (r, s, m ^ bit), (s % BOUND, r, m), (r, N - s, m)]
        parts = [(r, s, m) for r, s, m in parts if 1 <= r < BOUND and 1 <= s < N and m < BOUND]
        key = multiple(d or 1)
        full = [ecdsa.verify(m, r, s, key) for r, s, m in parts]
        either = [ecdsa.verify_x(m, r, s, key[0]) for r, s, m in parts]
        found.append(([(*part, *key) for part in parts], key, full, either))
    return found


def test_changed_signatures(engine):
    for items, key, full, either in changed_signatures():
        assert full[0]
        assert engine.verify(items) == full
        assert engine.verify(items, x_only=[True] * len(items)) == either
        assert engine.verify_prepared(items, engine.prepare(key)) == full


def test_the_generator_as_a_key(engine):
    """Both multiplications then walk the same points."""
    prepared = engine.prepare(G)
    for m in (1, 2, BOUND - 1):
        r, s = ecdsa.sign(m, 1)
        assert engine.verify([(r, s, m, *G)]) == engine.verify_prepared([(r, s, m, *G)], prepared) == [True]


# ---- The blind of an inverse -----------------------------------------------------------------------------------------


def blind(x):
    """As csrc/ecdsa/blinding.hpp says: 251 bits of the hash of one block."""
    block = (
        b"".join((x >> 64 * i & (2**64 - 1)).to_bytes(8, "big") for i in range(4)) + b"starkcore: blind of an inverse"
    )
    state = sha256.compress(sha256.INITIAL, block.ljust(64, b"\0"))
    return sum((state[2 * i] << 32 | state[2 * i + 1]) << 64 * i for i in range(4)) % 2**251


@pytest.mark.parametrize("x", [1, N - 1, 2**64, KEY])
def test_only_blinded_values_are_inverted_in_variable_time(scalars, x):
    """No result depends on the blind, so nothing else would notice a wrong one, or none.

    Elements are held as a·2^256 mod n.
    """
    assert scalars.one(scalars.c.blind, scalars.limbs(x)) == blind(x)
    out, inverted = scalars.room(1), scalars.room(1)
    scalars.c.fn_invert_blinded(out, inverted, scalars.limbs(x))
    assert scalars.integers(inverted, 1) == [x * blind(x) * pow(2, -256, N) % N]
    assert scalars.integers(out, 1) == [pow(x, -1, N) * pow(2, 512, N) % N]
