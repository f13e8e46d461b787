"""starkcore.h as it says it is: statuses, outputs that are zero on failure, aliasing, empty batches.

The declarations are read from the header itself. The build is the one that checks the invariants.
"""

import hashlib
import random
from datetime import UTC, datetime

import native_build
import pytest
from native_build import HEADER
from reference import amounts, curve, ecdsa, keys, messages, pedersen, poseidon
from reference.curve import G, N, P
from reference.keccak import keccak256
from vectors.layout import read
from whitebox import values
from whitebox.interface import FIELDS, OK, RULES, Interface, Status, be32, functions

pytestmark = pytest.mark.native

CONSTRUCTED = read("constructed.json")
BOUND = ecdsa.BOUND
KEY = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3  # published in dydx3's tests
PUBLIC = keys.public_key(KEY)
TOO_BIG = [P, P + 1, 2**252, 2**256 - 1]
BAD_KEYS = [0, N, N + 1, P, 2**256 - 1]
BAD_HASHES = [BOUND, BOUND + 1, N, P, 2**256 - 1]
OFF_CURVE = [(0, 0), (G[0], (G[1] + 1) % P), (G[1], G[0]), (P - 1, 1), (1, 0)]
NOT_AN_X = [x for x in range(40) if curve.lift_x(x) is None]

PRIVATE_KEY = Status("PRIVATE_KEY", "PRIVATE_KEY")
MESSAGE_HASH = Status("MESSAGE_HASH", "MESSAGE_HASH")
SEED = Status("SEED", "SEED")
SIGNATURE = Status("SIGNATURE", "SIGNATURE")
NOT_BELOW_P = Status("BELOW_P", "PUBLIC_KEY")
NOT_ON_CURVE = Status("ON_CURVE", "PUBLIC_KEY")


@pytest.fixture(scope="module", params=["portable", "fastest"])
def c(request, check_build):
    interface = Interface(check_build.ffi, check_build.c)
    before = interface.in_use()
    assert interface.use("portable" if request.param == "portable" else interface.engines()[0]) == OK
    yield interface
    assert interface.use(before) == OK


def number(text):
    return None if text is None else int(text, 16)


# ---- The header ------------------------------------------------------------------------------------------------------


def test_header_is_plain_c(tmp_path):
    source = tmp_path / "use.c"
    source.write_text('#include "starkcore.h"\nint use(void) { return STARKCORE_STATUS_RULE(STARKCORE_OK); }\n')
    flags = ["-x", "c", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{HEADER.parent}"]
    native_build.run([*native_build.compiler(), *flags, "-c", str(source), "-o", str(tmp_path / "use.o")])


def test_every_declared_function_is_there(check_build):
    assert len(functions()) > 30
    for name in functions():
        assert getattr(check_build.c, name)


def test_rules_and_fields_have_texts(c):
    texts = {rule: c.text(c.rule_text(rule)) for rule in RULES}
    assert len(set(texts.values())) == len(texts)
    assert all(texts.values())
    for field, name in FIELDS.items():
        for rule in RULES:
            status = rule | field << 8
            assert c.text(c.field_name(status)) == ("" if name == "NONE" else name.lower())
            assert c.text(c.rule_text(status)) == texts[rule]
    unknown = c.text(c.rule_text(255))
    assert unknown
    assert unknown not in texts.values()
    assert c.text(c.field_name(255 << 8)) == c.text(c.field_name((max(FIELDS) + 1) << 8)) == ""
    assert sorted(RULES) == list(range(len(RULES)))
    assert sorted(FIELDS) == list(range(len(FIELDS)))


def test_build_says_what_it_is(c):
    assert c.text(c.version())
    assert any(name in c.text(c.compiler()) for name in ("gcc", "clang"))
    assert c.selftest() == 0


# ---- Hashes ----------------------------------------------------------------------------------------------------------


def test_keccak_and_sha256(c):
    data = random.Random("hashes").randbytes(400)
    for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 135, 136, 137, 271, 272, 273, 400):
        assert c.hash_of("keccak256", data[:size]) == keccak256(data[:size])
        assert c.hash_of("sha256", data[:size]) == hashlib.sha256(data[:size]).digest()
    assert c.hash_of("keccak256", None) == keccak256(b"")
    assert c.hash_of("sha256", None) == hashlib.sha256(b"").digest()


def test_pedersen_refuses_what_is_no_field_element(c):
    for bad in TOO_BIG:
        assert c.pedersen_of(bad, 1) == (Status("BELOW_P", "A"), 0)
        assert c.pedersen_of(1, bad) == (Status("BELOW_P", "B"), 0)
        assert c.pedersen_of(bad, bad) == (Status("BELOW_P", "A"), 0)
    for row in CONSTRUCTED["pedersen_refused"]:
        status, out = c.pedersen_of(number(row["a"]), number(row["b"]))
        assert (status, out) == (Status("BELOW_P", row["refused"].upper()), 0)


def test_pedersen_of_constructed_pairs(c):
    rows = [(number(row["a"]), number(row["b"]), number(row["hash"])) for row in CONSTRUCTED["pedersen"]]
    assert c.pedersen_of_many([row[:2] for row in rows]) == (OK, len(rows), [row[2] for row in rows])
    for a, b, expected in rows[::4]:
        assert c.pedersen_of(a, b) == (OK, expected)


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 65])
def test_pedersen_of_many_names_the_first_bad_pair(c, count):
    pairs = [(i, P - 1 - i) for i in range(count)]
    status, bad, out = c.pedersen_of_many(pairs)
    assert (status, bad) == (OK, count)
    assert out[:2] == [pedersen.pedersen_hash(*pair) for pair in pairs[:2]]
    for place in {0, count // 2, count - 1} if count else ():
        for wrong, field in (((P, 0), "A"), ((0, P), "B"), ((P, P), "A")):
            changed = [*pairs[:place], wrong, *pairs[place + 1 :]]
            assert c.pedersen_of_many(changed) == (Status("BELOW_P", field), place, [0] * count)
            changed = [*changed[:-1], (P, P)]
            assert c.pedersen_of_many(changed)[1] == place


NO_ELEMENT = Status("BELOW_P", "ELEMENT")
LISTS = {
    "pedersen": ("pedersen_elements", "pedersen_lists", pedersen.hash_on_elements),
    "poseidon": ("poseidon_many", "poseidon_lists", poseidon.hash_many),
}


def test_poseidon_refuses_what_is_no_field_element(c):
    for bad in TOO_BIG:
        assert c.poseidon_of(bad, 1) == (Status("BELOW_P", "A"), 0)
        assert c.poseidon_of(1, bad) == (Status("BELOW_P", "B"), 0)
        assert c.poseidon_of(bad, bad) == (Status("BELOW_P", "A"), 0)
        assert c.poseidon_of(bad) == (Status("BELOW_P", "A"), 0)


def test_poseidon_is_that_of_the_definition(c):
    assert c.poseidon_of(5, 6) == (OK, poseidon.hash_two(5, 6))
    assert c.poseidon_of(P - 1) == (OK, poseidon.hash_single(P - 1))


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 65])
def test_poseidon_of_pairs_names_the_first_bad_pair(c, count):
    pairs = [(i, P - 1 - i) for i in range(count)]
    status, bad, out = c.poseidon_of_pairs(pairs)
    assert (status, bad) == (OK, count)
    assert out == [poseidon.hash_two(*pair) for pair in pairs]
    for place in {0, count // 2, count - 1} if count else ():
        for wrong, field in (((P, 0), "A"), ((0, P), "B"), ((P, P), "A")):
            changed = [*pairs[:place], wrong, *pairs[place + 1 :]]
            assert c.poseidon_of_pairs(changed) == (Status("BELOW_P", field), place, [0] * count)


@pytest.mark.parametrize("kind", LISTS)
def test_hashes_of_one_list(c, kind):
    one, _, oracle = LISTS[kind]
    for size in range(6):
        elements = [P - 1 - i if i % 2 else i for i in range(size)]
        assert c.hash_of_list(one, elements) == (OK, size, oracle(elements))
    for bad in TOO_BIG:
        assert c.hash_of_list(one, [bad]) == (NO_ELEMENT, 0, 0)
        assert c.hash_of_list(one, [1, 2, bad, bad]) == (NO_ELEMENT, 2, 0)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 65])
def test_hashes_of_lists_name_the_first_bad_element(c, kind, count):
    _, many, oracle = LISTS[kind]
    lists = [[7] * (i % 5) for i in range(count)]
    total = sum(map(len, lists))
    by_size = [oracle([7] * size) for size in range(5)]
    assert c.hashes_of_lists(many, lists) == (OK, total, [by_size[i % 5] for i in range(count)])
    for place in {0, total // 2, total - 1} if total else ():
        flat = [P if i >= place else 7 for i in range(total)]
        changed, at = [], 0
        for some in lists:
            changed.append(flat[at : at + len(some)])
            at += len(some)
        assert c.hashes_of_lists(many, changed) == (NO_ELEMENT, place, [0] * count)


@pytest.mark.parametrize("kind", LISTS)
def test_a_state_takes_a_list_in_any_parts(c, kind):
    elements = list(range(1, 6))
    expected = LISTS[kind][2](elements)
    for first in range(6):
        for second in range(first, 6):
            parts = [elements[:first], elements[first:second], elements[second:]]
            answers, status, out = c.hash_in_parts(kind, parts)
            assert (answers, status, out) == ([(OK, len(part)) for part in parts], OK, expected)


def state_of(c, kind):
    return c.ffi.new(f"starkcore_{kind}_state *"), getattr(c, f"{kind}_absorb"), getattr(c, f"{kind}_finish")


@pytest.mark.parametrize("kind", LISTS)
def test_a_state_that_gave_a_hash_goes_on(c, kind):
    bad, out = c.ffi.new("size_t *"), c.out(32)
    state, absorb, finish = state_of(c, kind)
    getattr(c, f"{kind}_init")(state)
    for size in range(6):
        assert finish(out, state) == 0
        assert c.integers(out) == [LISTS[kind][2](list(range(size)))]
        assert absorb(state, bad, be32(size), 1) == 0


@pytest.mark.parametrize("kind", LISTS)
def test_a_state_that_failed_is_of_no_more_use(c, kind):
    bad, out = c.ffi.new("size_t *"), c.out(32)
    state, absorb, finish = state_of(c, kind)
    getattr(c, f"{kind}_init")(state)
    assert c.status(absorb(state, bad, be32(1) + be32(2) + be32(P), 3)) == NO_ELEMENT
    assert bad[0] == 2
    assert not any(state.opaque)
    assert c.status(finish(out, state)) == NO_ELEMENT
    assert c.integers(out) == [0]
    assert c.status(absorb(state, bad, be32(1), 1)) == NO_ELEMENT
    assert c.status(absorb(state, bad, c.ffi.NULL, 0)) == NO_ELEMENT


# ---- Keys ------------------------------------------------------------------------------------------------------------


def test_private_keys_are_checked(c):
    for d in (1, 2, N - 1, BOUND, KEY):
        assert c.check_private(d) == OK
    for d in BAD_KEYS:
        assert c.check_private(d) == PRIVATE_KEY
        assert c.public(d) == (PRIVATE_KEY, 0, 0)


def test_public_keys_of_constructed_keys(c):
    for row in CONSTRUCTED["public_keys"]:
        assert c.public(number(row["d"])) == (OK, number(row["x"]), number(row["y"]))


def test_public_keys_are_checked(c):
    assert c.check_public(*G) == c.check_public(G[0], P - G[1]) == OK
    for bad in TOO_BIG:
        assert c.check_public(bad, G[1]) == c.check_public(G[0], bad) == c.check_public(bad, bad) == NOT_BELOW_P
        assert c.check_public_x(bad) == NOT_BELOW_P
        assert c.y_of(bad, odd=0) == (NOT_BELOW_P, 0)
    for x, y in OFF_CURVE:
        assert c.check_public(x, y) == NOT_ON_CURVE
    for x in NOT_AN_X:
        assert c.check_public_x(x) == NOT_ON_CURVE
        assert c.y_of(x, odd=1) == (NOT_ON_CURVE, 0)


def test_coordinates_are_never_reduced(c):
    """x + p and y + p fit 32 bytes, and are other ways to write the same residues."""
    assert c.check_public(G[0] + P, G[1]) == c.check_public(G[0], G[1] + P) == NOT_BELOW_P
    assert c.check_public_x(G[0] + P) == NOT_BELOW_P


def test_y_from_x(c):
    for x, y in (G, PUBLIC, pedersen.P1):
        assert c.check_public_x(x) == OK
        assert c.y_of(x, odd=y % 2) == (OK, y)
        assert c.y_of(x, odd=1 - y % 2) == (OK, P - y)
        assert c.y_of(x, odd=-1) == c.y_of(x, odd=2) == c.y_of(x, odd=1)  # any value but 0


def test_keys_from_data(c):
    for data in (b"", b"0", b"a", bytes(200)):
        assert c.derived("key_from_data", data) == (OK, keys.key_from_seed(data))
    assert c.derived("key_from_data", None) == (OK, keys.key_from_seed(b""))


def test_keys_from_ethereum_signatures(c):
    for row in CONSTRUCTED["eth_signatures"]:
        signature = bytes.fromhex(row["signature"])
        assert c.derived("key_from_eth_signature", signature, 0) == (OK, number(row["d"]))
        assert c.derived("key_from_eth_signature", signature, 1) == (OK, number(row["d_legacy"]))
        assert c.derived("key_from_eth_signature", signature, -1) == (OK, number(row["d_legacy"]))


def test_ethereum_signatures_are_checked(c):
    body = bytes(range(1, 65))
    for kind in range(4):  # dydx3's constants.py has four: how what was signed had been prefixed
        for v, plain in ((0, 27), (1, 28), (27, 27), (28, 28)):
            expected = keys.key_from_eth_signature(body + bytes((plain, kind)))
            assert c.derived("key_from_eth_signature", body + bytes((v, kind)), 0) == (OK, expected)
    for size in (0, 1, 63, 64, 67, 100):
        assert c.derived("key_from_eth_signature", bytes(size), 0) == (Status("LENGTH", "SIGNATURE"), 0)
    assert c.derived("key_from_eth_signature", None, 0) == (Status("LENGTH", "SIGNATURE"), 0)
    for end in (b"\x02", b"\x1a", b"\x1d", b"\xff", b"\x1b\x04", b"\x1b\xff", b"\x02\x00", b"\xff\xff"):
        for legacy in (0, 1):
            assert c.derived("key_from_eth_signature", body + end, legacy) == (Status("TYPED", "SIGNATURE"), 0)


def test_ground_keys(c):
    assert {row["index"] for row in CONSTRUCTED["grind_keys"]} >= {0, 1, 2, 3}
    for row in CONSTRUCTED["grind_keys"]:
        seed = bytes.fromhex(row["seed"])
        assert c.derived("grind_key", seed, 0) == (OK, number(row["d"]))
        assert c.derived("grind_key", seed, 1) == (OK, number(row["d_stripped"]))
    for size in (1, 31, 33, 54, 55, 56, 63, 64):
        seed = random.Random(size).randbytes(size)
        assert c.derived("grind_key", seed, 0) == (OK, keys.grind_key(seed))
        assert c.derived("grind_key", bytes(size), 1) == (OK, keys.grind_key_stripped(bytes(size)))
    for seed in (None, b"", bytes(65), bytes(1000)):
        assert c.derived("grind_key", seed, 0) == c.derived("grind_key", seed, 1) == (Status("LENGTH", "SEED"), 0)


# ---- Signing ---------------------------------------------------------------------------------------------------------


def test_signatures_of_constructed_inputs(c):
    for row in CONSTRUCTED["signatures"]:
        seed = row["seed"] and be32(number(row["seed"]))
        extra = row["extra_entropy"] and bytes.fromhex(row["extra_entropy"])
        signature = number(row["r"]), number(row["s"])
        assert c.signed(number(row["m"]), number(row["d"]), seed, extra) == (OK, signature)


def test_seeds_are_numbers(c):
    """Leading zeros don't count; empty, NULL and zero are no seed."""
    plain = c.signed(7, KEY)
    assert plain == (OK, ecdsa.sign(7, KEY))
    assert c.signed(7, KEY, b"") == c.signed(7, KEY, bytes(1)) == c.signed(7, KEY, bytes(32)) == plain
    for seed in (b"\x20", b"\x00\x20", bytes(31) + b"\x20"):
        assert c.signed(7, KEY, seed) == (OK, ecdsa.sign(7, KEY, seed=32))
    for seed in (2**256 - 1, 2**255, 2**248 - 1, 256):
        assert c.signed(7, KEY, be32(seed)) == (OK, ecdsa.sign(7, KEY, seed=seed))
    assert c.signed(7, KEY, b"\x01", bytes(32)) == (OK, ecdsa.sign(7, KEY, seed=1, extra_entropy=bytes(32)))
    assert c.signed(7, KEY, None, bytes(32))[1] != plain[1]


def test_signing_refuses(c):
    nothing = (0, 0)
    for d in BAD_KEYS:
        assert c.signed(1, d) == (PRIVATE_KEY, nothing)
    for m in BAD_HASHES:
        assert c.signed(m, KEY) == (MESSAGE_HASH, nothing)
    for seed in (bytes(33), b"\x01" + bytes(32), bytes(1000)):
        assert c.signed(1, KEY, seed) == (SEED, nothing)


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 65])
def test_signing_many(c, count):
    hashes = [random.Random(count).randrange(BOUND) for _ in range(count)]
    signatures = [ecdsa.sign(m, KEY, seed=32) for m in hashes[:3]]
    status, statuses, out = c.signed_many(hashes, KEY, b"\x20")
    assert (status, statuses) == (OK, [OK] * count)
    assert out[:3] == signatures
    assert out == [c.signed(m, KEY, b"\x20")[1] for m in hashes]
    for d in (0, N):
        assert c.signed_many(hashes, d) == (PRIVATE_KEY, [PRIVATE_KEY] * count, [(0, 0)] * count)
    assert c.signed_many(hashes, KEY, bytes(33)) == (SEED, [SEED] * count, [(0, 0)] * count)


@pytest.mark.parametrize("bad", [{0}, {5}, {31, 32}, {39}, set(range(40)), set(range(0, 40, 2))])
def test_a_bad_hash_spoils_its_own_item_only(c, bad):
    hashes = [2**256 - 1 - i if i in bad else 1000 + i for i in range(40)]
    status, statuses, out = c.signed_many(hashes, KEY)
    assert status == MESSAGE_HASH
    assert statuses == [MESSAGE_HASH if i in bad else OK for i in range(40)]
    for i in range(40):
        assert out[i] == ((0, 0) if i in bad else c.signed(1000 + i, KEY)[1])


def test_equal_items_have_equal_signatures(c):
    _, _, out = c.signed_many([5] * 70, KEY)
    assert set(out) == {ecdsa.sign(5, KEY)}


# ---- Verification ----------------------------------------------------------------------------------------------------


def expected_status(row):
    """What verify answers to a constructed vector."""
    if row["breaks"] == "key":
        x, y = number(row["x"]), number(row["y"])
        return NOT_BELOW_P if x >= P or (y or 0) >= P else NOT_ON_CURVE
    return {None: OK, "m": MESSAGE_HASH}.get(row["breaks"], SIGNATURE)


def parts(row):
    return tuple(number(row[name]) for name in "mrsxy")


def test_constructed_verifications(c):
    for row in CONSTRUCTED["verify"]:
        m, r, s, x, y = parts(row)
        if y is not None:
            assert c.verified(m, r, s, x, y) == expected_status(row)
            status, prepared = c.prepared(x, y)
            assert status == (expected_status(row) if row["breaks"] == "key" else OK)
            if status == OK:
                assert c.verified_prepared(m, r, s, prepared) == expected_status(row)
        assert (c.verified(m, r, s, x) == OK) == row["valid_x"]


def test_constructed_verifications_in_batches(c):
    rows = [parts(row) for row in CONSTRUCTED["verify"]]
    single = [c.verified(*row) for row in rows]
    first = next(status for status in single if status != OK)
    assert c.verified_many(rows) == (first, single)
    with_y = [row for row in rows if row[4] is not None]
    assert c.verified_many(with_y, plain_y=True)[1] == [c.verified(*row) for row in with_y]
    assert c.verified_many(rows, no_y=True)[1] == [c.verified(*row[:4]) for row in rows]
    assert c.verified_many(rows, no_y=True, plain_y=True)[1] == [c.verified(*row[:4]) for row in rows]
    good = [row for row, status in zip(rows, single, strict=True) if status == OK]
    assert c.verified_many(good * 3) == (OK, [OK] * (3 * len(good)))
    assert c.verified_many([good[0]] * 33) == (OK, [OK] * 33)


def test_every_rule_of_verification_is_met(c):
    found = {c.verified(*parts(row)) for row in CONSTRUCTED["verify"]}
    assert found == {OK, SIGNATURE, MESSAGE_HASH, NOT_BELOW_P, NOT_ON_CURVE}


def test_refused_keys_leave_nothing_prepared(c):
    for x, y in [*OFF_CURVE, (P, 1), (1, P), (G[0] + P, G[1])]:
        status, prepared = c.prepared(x, y)
        assert status == (NOT_BELOW_P if max(x, y) >= P else NOT_ON_CURVE)
        assert not any(c.prepared_bytes(prepared))


def test_nothing_verifies_under_a_refused_key(c):
    """An unchecked failure of prepare: zeros count as infinity in the formulas, and m·w·G alone would decide."""
    _, prepared = c.prepared(0, 0)
    for m, w in ((1, 1), (0, 5), (12345, BOUND - 1), (BOUND - 1, 2)):
        point = curve.mul(m * w, G)
        r = point[0] if point else 1
        assert r < BOUND
        assert c.verified_prepared(m, r, pow(w, -1, N), prepared) != OK


# ---- Messages and amounts --------------------------------------------------------------------------------------------

# The oracle's names of fields, and the header's.
STRUCTS = {
    "limit_order": "order",
    "transfer": "transfer",
    "conditional_transfer": "transfer",
    "withdrawal": "withdrawal",
    "withdrawal_to_address": "withdrawal",
}
MEMBERS = {
    "asset_id_synthetic": "synthetic_id",
    "asset_id_collateral": "collateral_id",
    "asset_id_fee": "fee_asset_id",
    "amount_synthetic": "quantums_synthetic",
    "amount_collateral": "quantums_collateral",
    "max_amount_fee": "quantums_fee",
    "receiver_public_key": "receiver_key",
    "src_fee_position_id": "fee_position_id",
    "amount": "quantums_amount",
    "expiration": "expiration_hours",
}


def message_fields(row):
    """The struct's members; wide ids are texts in the vectors."""
    skip = {"kind", "hash", "why", "refused"}
    fields = {k: int(v, 16) if isinstance(v, str) else int(v) for k, v in row.items() if k not in skip}
    names = MEMBERS if row["kind"] == "limit_order" else MEMBERS | {"max_amount_fee": "quantums_max_fee"}
    extra = {"conditional_transfer": {"conditional": 1}, "withdrawal_to_address": {"to_address": 1}}.get(
        row["kind"], {}
    )
    return {names.get(name, name): value for name, value in fields.items()} | extra


# What a message may be refused for: the other members are as wide as their fields.
WIDE = {"asset_id_synthetic", "asset_id_collateral", "asset_id_fee", "asset_id", "receiver_public_key", "condition"}


def test_constructed_messages(c):
    refused = set()
    for row in CONSTRUCTED["messages"]:
        if row.get("refused") not in {None, *WIDE}:
            continue
        status, out = c.message(STRUCTS[row["kind"]], **message_fields(row))
        if "hash" in row:
            assert (status, out) == (OK, number(row["hash"]))
        else:
            field = MEMBERS.get(row["refused"], row["refused"]).upper()
            assert (status, out) == (Status("WIDTH", field), 0)
            refused.add(field)
    assert refused == {MEMBERS.get(name, name).upper() for name in WIDE}


def test_messages_refuse_wide_ids(c):
    for wide in (2**250, 2**251, 2**256 - 1):
        assert c.message("order", collateral_id=wide) == (Status("WIDTH", "COLLATERAL_ID"), 0)
        assert c.message("order", fee_asset_id=wide) == (Status("WIDTH", "FEE_ASSET_ID"), 0)
        assert c.message("transfer", asset_id=wide) == (Status("WIDTH", "ASSET_ID"), 0)
        assert c.message("transfer", fee_asset_id=wide) == (Status("WIDTH", "FEE_ASSET_ID"), 0)
        assert c.message("withdrawal", collateral_id=wide) == (Status("WIDTH", "COLLATERAL_ID"), 0)
    for wide in (2**251, 2**256 - 1):
        assert c.message("transfer", receiver_key=wide) == (Status("WIDTH", "RECEIVER_KEY"), 0)
        assert c.message("transfer", condition=wide, conditional=1) == (Status("WIDTH", "CONDITION"), 0)
    assert c.message("order", synthetic_id=2**128) == (Status("WIDTH", "SYNTHETIC_ID"), 0)


QUANTUMS = {
    "": "SYNTAX",
    " 1": "SYNTAX",
    "1_0": "SYNTAX",
    "1,0": "SYNTAX",
    ".": "SYNTAX",
    "1e": "SYNTAX",
    "NaN": "SYNTAX",
    "Infinity": "SYNTAX",
    "\uff11": "SYNTAX",
    "1\0": "SYNTAX",
    "-1": "NEGATIVE",
    "-1e-9999": "NEGATIVE",
    "1" * 97: "TOO_LONG",
    "1e12345": "TOO_LONG",
    "1e-10": "MULTIPLE",
    "0.00000000050": "MULTIPLE",
    "18446744073.709551616": "WIDTH",
    "1e400": "WIDTH",
    "1e9999": "WIDTH",
}


@pytest.mark.parametrize("amount", QUANTUMS)
def test_amounts_are_refused(c, amount):
    for rounding in (0, 1, 2):
        rule = QUANTUMS[amount]
        if rule == "MULTIPLE" and rounding != 0:
            assert c.quantums_of(amount, 10**9, rounding) == (OK, rounding - 1)
        else:
            assert c.quantums_of(amount, 10**9, rounding) == (Status(rule, "AMOUNT"), 0)


def test_amounts(c):
    for row in CONSTRUCTED["amounts"]:
        status, out = c.quantums_of(row["amount"], row["resolution"])
        assert (status == OK) == (row["quantums"] is not None)
        assert out == (row["quantums"] or 0)
    assert c.quantums_of(None, 1) == (Status("SYNTAX", "AMOUNT"), 0)
    for text in ("1.0000000001", "0.9999999999", "7"):
        assert c.quantums_of(text, 10**9, 1) == (OK, int(float(text) * 10**9 + 1e-5))
        assert c.quantums_of(text, 10**9, 2) == (OK, amounts.collateral_quantums(text, "1", True, 10**9))


def test_nonces_of_client_ids(c):
    for text in ("", "1", "a", "Ж漢🙂", "x" * 1000):
        data = text.encode()
        assert c.nonce_from_client_id(data, len(data)) == messages.nonce_from_client_id(text)
        for which, digits in ((0, slice(56, 64)), (1, slice(0, 8))):
            expected = int(hashlib.sha256(data).hexdigest()[digits], 16)
            assert c.nonce_of_client_id(data, len(data), which) == expected
    assert c.nonce_from_client_id(c.ffi.NULL, 0) == messages.nonce_from_client_id("")


def test_hours_of_an_expiry(c):
    """At every border of the rule; 394 464 and 4 645 896 are 2015-01-01 and 2500-01-01 by the calendar."""
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2015, 2500))
    refused = Status("SECONDS", "EXPIRATION"), 0
    for seconds, up, down in (
        (first - 3600, None, None), (first - 3599, first, None), (first - 1, first, None), (first, first, first),
        (first + 1, first + 3600, first), (last - 1, last, last - 3600), (last, last, last), (last + 1, None, last),
        (last + 3599, None, last), (last + 3600, None, None), (0, None, None), (-1, None, None), (2**40, None, None),
        (2**63 - 1, None, None), (-(2**63), None, None),
    ):  # fmt: skip
        for round_down, expected in enumerate((up, down)):
            for buffer in (0, 168):
                wanted = refused if expected is None else (OK, expected // 3600 + buffer)
                assert c.hours_of(seconds, buffer, round_down) == wanted
    assert c.hours_of(last, 2**32 - 1 - last // 3600, 0) == (OK, 2**32 - 1)
    assert c.hours_of(last, 2**32 - last // 3600, 0) == (Status("WIDTH", "EXPIRATION"), 0)


# ---- Whole orders ----------------------------------------------------------------------------------------------------

SYNTHETIC, COLLATERAL = (
    0x4554482D3900000000000000000000,
    0x1E70C509C4C6BFAFE8B73D2FC1819444B2C0B435D4B82C0F24ADDFF9565CE25,
)
RESOLUTIONS = (10**9, 10**6)


@pytest.fixture
def order(c):
    status, market = c.market(SYNTHETIC, COLLATERAL, COLLATERAL, RESOLUTIONS)
    assert status == OK
    return {
        "market": market,
        "tail": c.tail(12345, 444701),
        "size": "145.0005",
        "price": "350.00067",
        "limit_fee": "0.125",
        "client_id": "This is an ID that the client came up with to describe this order",
        "is_buying_synthetic": 1,
    }


def test_published_order(c, order):
    """dYdX's own test vector, all of it but the market's facts, which are others' to test."""
    row = next(row for row in read("published.json")["orders"] if row.get("signature") and row["limit_fee"] == "0.125")
    status, statuses, (out,) = c.orders([order], number(row["d"]))
    assert (status, statuses) == (OK, [OK])
    assert out["hash"] == number(row["hash"])
    assert out["signature"].hex() == row["signature"]
    for name in ("quantums_synthetic", "quantums_collateral", "quantums_fee", "expiration_hours"):
        assert out[name] == row[name]


def test_an_order_is_read_without_its_hash(c, order):
    for change in ({}, {"is_buying_synthetic": 0}, {"client_id": None, "nonce": 5}, {"size": "x"}, {"price": "0"}):
        one = order | change
        status, _, (hashed,) = c.orders([one])
        assert c.read(one) == (status, hashed | {"hash": 0})


def test_orders_agree_with_messages_and_signatures(c, order):
    """Both sides, and both kinds of nonce."""
    for buying in (0, 1, 2):
        for nonce in ({}, {"client_id": None, "nonce": 2**32 - 1}, {"client_id": ""}):
            one = order | {"is_buying_synthetic": buying} | nonce
            _, _, (out,) = c.orders([one])
            assert out["nonce"] == (2**32 - 1 if "nonce" in nonce else messages.nonce_from_client_id(one["client_id"]))
            fields = {name: out[name] for name in out if name not in ("hash", "signature")}
            ids = {"synthetic_id": SYNTHETIC, "collateral_id": COLLATERAL, "fee_asset_id": COLLATERAL}
            assert c.message("order", **ids, **fields, is_buying_synthetic=buying) == (OK, out["hash"])
            assert not any(out["signature"])
            _, _, (signed,) = c.orders([one], KEY, b"\x20")
            r, s = c.signed(out["hash"], KEY, b"\x20")[1]
            assert signed == out | {"signature": be32(r) + be32(s)}


BAD_ORDERS = [
    ({"size": ""}, "SYNTAX", "SIZE"),
    ({"price": "1 "}, "SYNTAX", "PRICE"),
    ({"limit_fee": "NaN"}, "SYNTAX", "LIMIT_FEE"),
    ({"size": "-1"}, "NEGATIVE", "SIZE"),
    ({"price": "-1"}, "NEGATIVE", "PRICE"),
    ({"limit_fee": "-1e-9"}, "NEGATIVE", "LIMIT_FEE"),
    ({"size": "0"}, "ZERO", "SIZE"),
    ({"price": "0.0"}, "ZERO", "PRICE"),
    ({"size": "1" * 97}, "TOO_LONG", "SIZE"),
    ({"price": "1" * 97}, "TOO_LONG", "PRICE"),
    ({"limit_fee": "1" * 97}, "TOO_LONG", "LIMIT_FEE"),
    ({"size": "1e-10"}, "MULTIPLE", "SIZE"),
    ({"size": "1e11"}, "WIDTH", "QUANTUMS_SYNTHETIC"),
    ({"price": "1e30"}, "WIDTH", "QUANTUMS_COLLATERAL"),
    ({"limit_fee": "1e30"}, "FEE", "LIMIT_FEE"),
    ({"limit_fee": "1"}, "FEE", "LIMIT_FEE"),
    ({"limit_fee": "15"}, "FEE", "LIMIT_FEE"),
    ({"limit_fee": "1.0000000"}, "FEE", "LIMIT_FEE"),
]


def test_bad_orders_spoil_their_own_items_only(c, order):
    array = [order if i % 3 else order | BAD_ORDERS[i // 3][0] for i in range(3 * len(BAD_ORDERS))]
    expected = [OK if i % 3 else Status(*BAD_ORDERS[i // 3][1:]) for i in range(len(array))]
    for d in (None, KEY):
        status, statuses, out = c.orders(array, d)
        assert (status, statuses) == (expected[0], expected)
        good = c.orders([order], d)[2][0]
        for item, wanted in zip(out, expected, strict=True):
            assert item == (good if wanted == OK else dict.fromkeys(good, 0) | {"signature": bytes(64)})


@pytest.mark.parametrize("count", [0, 1, 32, 33, 65])
def test_orders_are_refused_as_a_whole(c, order, count):
    nothing = dict.fromkeys(c.orders([order])[2][0], 0) | {"signature": bytes(64)}
    for d in (0, N):
        assert c.orders([order] * count, d) == (PRIVATE_KEY, [PRIVATE_KEY] * count, [nothing] * count)
    assert c.orders([order] * count, KEY, bytes(33)) == (SEED, [SEED] * count, [nothing] * count)
    status, statuses, out = c.orders([order] * count, KEY)
    assert (status, statuses) == (OK, [OK] * count)
    assert out == c.orders([order], KEY)[2] * count


def test_markets_refuse(c):
    good = (SYNTHETIC, COLLATERAL, COLLATERAL, RESOLUTIONS)
    bad = [
        ((2**128, *good[1:]), "WIDTH", "SYNTHETIC_ID"),
        ((2**256 - 1, *good[1:]), "WIDTH", "SYNTHETIC_ID"),
        ((good[0], 2**250, *good[2:]), "WIDTH", "COLLATERAL_ID"),
        ((*good[:2], 2**250, good[3]), "WIDTH", "FEE_ASSET_ID"),
        ((*good[:3], (0, 1)), "ZERO", "RESOLUTION"),
        ((*good[:3], (1, 0)), "ZERO", "RESOLUTION"),
    ]
    for arguments, rule, field in bad:
        status, market = c.market(*arguments)
        assert status == Status(rule, field)
        assert not any(market.opaque)
    assert c.market(0, 0, 0, (1, 1))[0] == c.market(2**128 - 1, 2**250 - 1, 2**250 - 1, (2**64 - 1, 1))[0] == OK


# ---- Messages in columns ---------------------------------------------------------------------------------------------


def give(**fields):
    """A change of a message table: fields of its, or of its first term or slot."""

    def change(table):
        places = {"table": table, "term": table.terms[0], "slot": table.slots[0], "scale": table.terms[0].scales}
        for name, value in fields.items():
            place, _, field = name.partition("_")
            target = getattr(places[place], field)
            if isinstance(value, dict):
                for index, item in value.items():
                    target[index] = item
            else:
                setattr(places[place], field, value)

    return change


NO_TABLES = {
    "too many columns": give(table_column_count=17), "too many terms": give(table_term_count=9),
    "no factors": give(term_factor_count=0), "too many factors": give(term_factor_count=4),
    "no such factor": give(term_factors={0: 2}), "nor the last": give(term_factor_count=3, term_factors={2: 2}),
    "no such addend": give(term_addend=2), "no such scale": give(term_scale=2), "no such side": give(term_side=2),
    "nobody to blame": give(term_blame=2), "no scales": give(term_scale_count=0),
    "too many decimals": give(scale_decimals=201), "no such rounding": give(term_rounding={0: 3}),
    "nor on the other side": give(term_rounding={1: 3}), "no such term": give(slot_from=1),
}  # fmt: skip
TABLES = {
    "as it is": give(), "16 columns": give(table_column_count=16), "8 terms": give(table_term_count=8),
    "3 factors": give(term_factor_count=3, term_factors={1: 1, 2: 1}), "200 decimals": give(scale_decimals=200),
    "an addend": give(term_addend=1), "the last rounding": give(term_rounding={0: 2, 1: 2}),
}  # fmt: skip


@pytest.mark.parametrize("name", [*NO_TABLES, "a column that isn't there", "a template that is none"])
def test_tables_of_messages_that_are_none(c, name):
    """Refused as a whole, as starkcore.h says: INDEX (ELEMENT), and every item is zero."""
    status, template = c.message_template(0, [1], [7, None, None, None])
    assert status == OK
    choice = c.ffi.new("starkcore_message_element *")
    assert c.status(c.message_element_init(choice, be32(9))) == OK
    change = NO_TABLES.get(name, give(slot_choices=choice, slot_choice_count=1, slot_from=2))
    if name == "a template that is none":
        change, template = give(), c.ffi.new("starkcore_message_template *")
    numbers = [2, 4, 6]
    status, statuses, hashes, signatures, found = c.message_table(template, numbers, KEY, change)
    assert (status, statuses) == (Status("INDEX", "ELEMENT"), [Status("INDEX", "ELEMENT")] * 3)
    assert (hashes, signatures, found) == (bytes(96), bytes(192), [0, 0, 0])


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_messages_at_their_bounds(c, name):
    """What the last column, term and factor may be is taken: every row is signed, or refused for what it says."""
    _, template = c.message_template(0, [1], [7, None, None, None])
    status, statuses, hashes, signatures, _ = c.message_table(template, [2, 4, 6], KEY, TABLES[name])
    assert Status("INDEX", "ELEMENT") not in [status, *statuses]
    if name in ("as it is", "16 columns", "8 terms", "an addend", "the last rounding"):
        assert statuses == [OK] * 3
        assert not {bytes(32), bytes(64)} & {hashes[:32], hashes[64:], signatures[:64], signatures[128:]}


# ---- Aliasing, and nothing at all ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["keccak256", "sha256"])
def test_digests_may_overwrite_their_data(c, name):
    buffer = c.ffi.new("uint8_t[32]", bytes(range(32)))
    getattr(c, name)(buffer, buffer, 32)
    assert bytes(buffer) == c.hash_of(name, bytes(range(32)))


@pytest.mark.parametrize("out", [0, 1])
@pytest.mark.parametrize(("one", "many"), [("pedersen", "pedersen_many"), ("poseidon", "poseidon_pairs")])
def test_hashes_may_overwrite_an_input(c, one, many, out):
    def hash_of(*pair):
        return (c.pedersen_of if one == "pedersen" else c.poseidon_of)(*pair)[1]

    inputs = [c.ffi.new("uint8_t[1280]", b"".join(be32(i + start) for i in range(40))) for start in (1, 7)]
    assert getattr(c, many)(inputs[out], c.ffi.new("size_t *"), *inputs, 40) == 0
    assert c.integers(inputs[out], 40) == [hash_of(i + 1, i + 7) for i in range(40)]
    inputs = [c.ffi.new("uint8_t[32]", be32(a)) for a in (3, 4)]
    assert getattr(c, one)(inputs[out], *inputs) == 0
    assert c.integers(inputs[out]) == [hash_of(3, 4)]


def test_outputs_may_be_the_inputs_of_keys(c):
    for out in range(2):
        buffers = [c.ffi.new("uint8_t[32]", be32(KEY)) for _ in range(2)]
        assert c.public_key(*buffers, buffers[out]) == 0
        assert tuple(c.integers(buffer)[0] for buffer in buffers) == PUBLIC
    x = c.ffi.new("uint8_t[32]", be32(PUBLIC[0]))
    assert c.public_key_y(x, x, PUBLIC[1] % 2) == 0
    assert c.integers(x)[0] == PUBLIC[1]


@pytest.mark.parametrize("name", ["key_from_data", "grind_key", "key_from_eth_signature"])
def test_keys_may_overwrite_what_they_come_from(c, name):
    data = bytes(range(1, 65)) + b"\x1b\x00"
    data = data if name == "key_from_eth_signature" else data[:32]
    flags = [] if name == "key_from_data" else [0]
    expected = c.derived(name, data, *flags)
    buffer = c.ffi.new("uint8_t[]", data)
    assert getattr(c, name)(buffer, buffer, len(data), *flags) == 0
    assert c.integers(buffer)[0] == expected[1]


def test_empty_batches_touch_nothing(c):
    null = c.ffi.NULL
    bad = c.ffi.new("size_t *", 9)
    assert c.pedersen_many(null, bad, null, null, 0) == 0
    assert bad[0] == 0
    assert c.poseidon_pairs(null, bad, null, null, 0) == 0
    assert c.pedersen_lists(null, bad, null, null, 0) == c.poseidon_lists(null, bad, null, null, 0) == 0
    assert c.sign_many(null, null, null, 0, be32(KEY), null) == 0
    assert c.status(c.sign_many(null, null, null, 0, be32(0), null)) == PRIVATE_KEY
    assert c.verify_many(null, null, null, null, null, null, 0) == 0
    assert c.hash_orders(null, null, null, 0) == 0
    assert c.sign_orders(null, null, null, 0, be32(KEY), null) == 0
    assert c.status(c.sign_orders(null, null, null, 0, be32(N), null)) == PRIVATE_KEY


def test_random_bytes_never_crash_nor_slip_through(c):
    """Every function of 32-byte inputs, on bytes with no meaning: an answer that fits the oracle's rules."""
    source = random.Random("bytes")
    for _ in range(300):
        a, b = (int.from_bytes(source.randbytes(32), "big") >> source.choice((0, 3, 4, 5, 64)) for _ in range(2))
        assert (c.pedersen_of(a, b)[0] == OK) == (a < P and b < P)
        assert (c.check_private(a) == OK) == (0 < a < N)
        assert c.check_public(a, b) != OK
        assert (c.signed(a, KEY)[0] == OK) == (a < BOUND)
        assert c.verified(a % BOUND, a, b, *PUBLIC) == SIGNATURE
        assert c.verified(a % BOUND, a, b, PUBLIC[0]) == SIGNATURE


def test_edge_scalars_make_round_trips(c):
    for d in [1, 2, N - 1, *values.some(10, N, "round trips")]:
        d = d or 1
        _, x, y = c.public(d)
        for m in (0, 1, BOUND - 1, d % BOUND):
            _, (r, s) = c.signed(m, d)
            assert c.verified(m, r, s, x, y) == c.verified(m, r, s, x) == OK
            assert c.verified(m, r, N - s, x, y) == (OK if ecdsa.verify(m, r, N - s, (x, y)) else SIGNATURE)
            assert c.verified(m ^ 1, r, s, x, y) == SIGNATURE
            # of message 0 the key's sign makes no difference: only r·w·Q counts
            assert c.verified(m, r, s, x, P - y) == (SIGNATURE if m else OK)


# ---- Signatures that are verified before they are handed out ---------------------------------------------------------


TABLE = {"market": [0] * 40, "side": [1] * 40, "size": [1500] * 40, "price": [300_000] * 40, "limit_fee": [1000] * 40}
TABLE |= {"nonce": list(range(40)), "expiration": [1_600_316_155] * 40}


def test_hours_with_the_buffer_do_not_wrap_around(c, order):
    hours = -(-1_600_316_155 // 3600)
    for buffer, refused in (((1 << 32) - 1 - hours, False), ((1 << 32) - hours, True), ((1 << 32) - 1, True)):
        _, (statuses, *_, found) = c.signed_table(order["market"], TABLE, KEY, buffer_hours=buffer)
        assert set(statuses) == {Status("WIDTH", "EXPIRATION") if refused else OK}
        assert set(found) == {0 if refused else hours + buffer}


def test_a_check_of_good_signatures_changes_nothing(c, order):
    _, own = c.prepared(*PUBLIC)
    hashes = [hash_of_item(i) for i in range(70)]
    assert c.signed(hashes[0], KEY, self_check=own) == c.signed(hashes[0], KEY)
    assert c.signed_many(hashes, KEY, self_check=own) == c.signed_many(hashes, KEY)
    assert c.orders([order] * 40, KEY, self_check=own) == c.orders([order] * 40, KEY)
    assert c.signed_table(order["market"], TABLE, KEY, own) == c.signed_table(order["market"], TABLE, KEY)


def test_signatures_that_do_not_verify_are_withheld(c, order):
    """The signer's key is another one than the check's, as it would be after a fault in either."""
    fault = Status("FAULT", "SIGNATURE")
    _, other = c.prepared(*keys.public_key(KEY + 1))
    hashes = [hash_of_item(i) for i in range(70)]
    assert c.signed(hashes[0], KEY, self_check=other) == (fault, (0, 0))
    assert c.signed_many(hashes, KEY, self_check=other) == (fault, [fault] * 70, [(0, 0)] * 70)
    expected = [fault if i != 3 else MESSAGE_HASH for i in range(70)]
    assert c.signed_many([*hashes[:3], BOUND, *hashes[4:]], KEY, self_check=other) == (fault, expected, [(0, 0)] * 70)
    assert c.signed_many(hashes, 0, self_check=other) == (PRIVATE_KEY, [PRIVATE_KEY] * 70, [(0, 0)] * 70)
    nothing = dict.fromkeys(c.orders([order])[2][0], 0) | {"signature": bytes(64)}
    assert c.orders([order] * 40, KEY, self_check=other) == (fault, [fault] * 40, [nothing] * 40)
    status, (statuses, *columns) = c.signed_table(order["market"], TABLE, KEY, other)
    assert (status, statuses) == (fault, [fault] * 40)
    assert not any(value for column in columns for value in column)


def hash_of_item(i: int) -> int:
    return int.from_bytes(hashlib.sha256(b"checked %d" % i).digest(), "big") >> 5
