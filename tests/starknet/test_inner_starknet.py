"""Inner functions of Starknet's typed data, transactions, tables and forms, one at a time.

Rules are SNIP-12's; values are worked out by hand, or are hashes of public texts by the reference implementations in
tests/reference.
"""

from array import array
from types import SimpleNamespace

import pytest
from reference import keccak, pedersen, poseidon

from starkcore import PrivateKey, errors
from starkcore.starknet import columns, felts, form, sdk, transactions, type_table, typed_data
from starkcore.starknet.felts import Unreadable
from starkcore.starknet.type_table import Member, TypeTable
from starkcore.starknet.typed_data import TypedData, _Misfit, _Schema

P = 2**251 + 17 * 2**192 + 1
LOW_250 = 2**250 - 1


def keccak_250(text):
    return int.from_bytes(keccak.keccak256(text.encode()), "big") & LOW_250


# ---- Felts ----


def test_a_text_as_cairo_has_it():
    assert felts.byte_array("") == [0, 0, 0]
    assert felts.byte_array("ab") == [0, 0x6162, 2]
    assert felts.byte_array("a" * 31) == [1, int.from_bytes(b"a" * 31, "big"), 0, 0]
    assert felts.byte_array("a" * 31 + "\u00e9") == [1, int.from_bytes(b"a" * 31, "big"), 0xC3A9, 2]


def test_text_that_utf_8_can_write():
    assert felts._utf8("\u00e9") == b"\xc3\xa9"
    with pytest.raises(Unreadable, match="half of a surrogate pair") as caught:
        felts._utf8("\ud800")
    assert caught.value.__context__ is None


def test_numbers_of_so_many_bits():
    assert felts.read_uint(2**64 - 1, 64, "tip") == 2**64 - 1
    for wrong in (-1, 2**64):
        with pytest.raises(errors.InvalidInput, match=r"^tip must be in \[0, 2\^64\)"):
            felts.read_uint(wrong, 64, "tip")
    with pytest.raises(errors.InputTypeError):
        felts.read_uint(True, 64, "tip")


# ---- Values of basic types ----


def unreadable(call, *values):
    for value in values:
        with pytest.raises(Unreadable):
            call(value)


def test_text():
    assert typed_data._text("x") == "x"
    unreadable(typed_data._text, 5, None, b"x")


def test_numbers():
    for given, number in ((5, 5), ("5", 5), ("0x10", 16), (-1, -1)):
        assert typed_data._number(given) == number
    unreadable(typed_data._number, "x", "", "1.5", "-1", True, None, 1.5)


def test_truth():
    for given, number in ((True, 1), (False, 0), (1, 1), (0, 0), ("true", 1), ("false", 0)):
        assert typed_data._bool(given) == number
    unreadable(typed_data._bool, 2, "yes", "", None, 1.0, "True ")


def test_numbers_of_128_bits():
    assert typed_data._u128(2**128 - 1) == typed_data._u128(hex(2**128 - 1)) == 2**128 - 1
    unreadable(typed_data._u128, 2**128, -1, "x")


def test_signed_numbers_of_128_bits():
    for given, number in (
        (5, 5),
        (-1, P - 1),
        ("-1", P - 1),
        (P - 1, P - 1),
        (-(2**127), P - 2**127),
        (2**127 - 1, 2**127 - 1),
    ):
        assert typed_data._i128(given) == number
    unreadable(typed_data._i128, 2**127, -(2**127) - 1, P, P - 2**127 - 1, "--1", "-", "x")


def test_an_address_is_no_short_string():
    assert typed_data._address(P - 1) == P - 1
    assert typed_data._address("0x10") == 16
    unreadable(typed_data._address, P, -1, "abc", "")


def test_a_revision():
    for domain, revision in (({}, 0), ({"revision": 1}, 1), ({"revision": "1"}, 1), ({"revision": "0x0"}, 0)):
        assert typed_data._revision(domain) == revision
    for wrong in ({"revision": 2}, {"revision": "x"}, {"revision": None}, {"revision": True}):
        with pytest.raises(errors.InvalidTypedData, match=r"^domain\.revision must be 0 or 1"):
            typed_data._revision(wrong)
    with pytest.raises(errors.InvalidTypedData, match=r"^domain must be an object"):
        typed_data._revision([])


def test_each_item_of_a_list():
    assert typed_data._encoded([1, "2"], typed_data._number) == [1, 2]
    assert typed_data._encoded((), typed_data._number) == []
    unreadable(lambda values: typed_data._encoded(values, typed_data._number), "12", {1: 2}, None)
    with pytest.raises(_Misfit) as caught:
        typed_data._encoded([1, 2, "x"], typed_data._number)
    assert caught.value.place == "[2]"
    with pytest.raises(_Misfit) as caught:
        typed_data._encoded([[1], [1, "x"]], lambda value: typed_data._encoded(value, typed_data._number))
    assert caught.value.place == "[1][1]"


def test_a_member_of_a_struct_is_told_with_its_place():
    encode = typed_data._read_member(Member("x y", "felt"), typed_data._number, "A")
    assert encode({"x y": "7", "more": 1}) == 7
    for wrong, rule, place in (({}, "must have the member 'x y' of type 'A'", ""), ({"x y": "z"}, "must be", ".x y")):
        with pytest.raises(_Misfit) as caught:
            encode(wrong)
        assert caught.value.rule.startswith(rule)
        assert caught.value.place == place
    assert caught.value.member == "'x y' of type 'A', a 'felt'"


def test_the_fields_of_a_variant():
    encoders = [typed_data._number, lambda value: typed_data._encoded(value, typed_data._number)[0]]
    assert typed_data._fields(["7", [8]], encoders, ".v") == [7, 8]
    for wrong, place in (
        ([1], ".v"),
        ("12", ".v"),
        ((1, [2], 3), ".v"),
        (["x", [8]], ".v[0]"),
        ([7, ["x"]], ".v[1][0]"),
    ):
        with pytest.raises(_Misfit) as caught:
            typed_data._fields(wrong, encoders, ".v")
        assert caught.value.place == place


def test_the_name_of_a_chain():
    assert felts.chain_text("SN_MAIN") == "SN_MAIN"
    for wrong in ("", "7", "0x7", "0xz", "é", "x" * 32, 7, None):
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^chain must"):
            felts.chain_text(wrong)


def test_text_that_can_be_written():
    assert felts.utf8_text("é", "f") == "é"
    for wrong in ("\ud800", 7, None, b"x"):
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^f must"):
            felts.utf8_text(wrong, "f")


# ---- Tables of types ----


def table(revision=1, **types):
    """Types, unchecked: members as pairs of name and type, or with what they contain."""
    whole = {name: tuple(Member(*member) for member in members) for name, members in types.items()}
    enums = {member.contains for members in whole.values() for member in members if member.type == "enum"}
    return TypeTable(revision, whole, frozenset(enums))


def test_a_name_in_a_document():
    assert type_table._name("a b", "f") == "a b"
    for wrong in ("", 'a"', "a\\", "\ud800", 5, None):
        with pytest.raises(errors.InvalidTypedData, match=r"^f must be"):
            type_table._name(wrong, "f")


def test_types_by_name():
    assert list(type_table._items({"A": [1], "B": 2}, "types")) == [("A", [1]), ("B", 2)]
    for wrong in ([], "A", None, {"A*": []}, {"A,B": []}, {"(A)": []}, {"": []}, {f"T{i}": [] for i in range(10_000)}):
        with pytest.raises(errors.InvalidTypedData, match=r"^types must"):
            list(type_table._items(wrong, "types"))


def test_members_have_names_of_their_own():
    members = type_table._members("A", [{"name": "x", "type": "felt"}, {"name": "y", "type": "felt"}], 1)
    assert members == (Member("x", "felt"), Member("y", "felt"))
    for wrong in ({}, "x", None, [{"name": "x", "type": "felt"}] * 2):
        with pytest.raises(errors.InvalidTypedData, match=r"^types\.A must"):
            type_table._members("A", wrong, 1)


@pytest.mark.parametrize(
    ("member", "revision", "made"),
    [
        ({"name": "x", "type": "felt"}, 0, Member("x", "felt")),
        ({"name": "x", "type": "A*", "more": 1}, 1, Member("x", "A*")),
        ({"name": "t", "type": "merkletree", "contains": "A"}, 0, Member("t", "merkletree", "A")),
        ({"name": "e", "type": "enum", "contains": "E"}, 1, Member("e", "enum", "E")),
        ({"name": "a(b)", "type": "felt"}, 1, Member("a(b)", "felt")),
    ],
)  # fmt: skip
def test_a_member(member, revision, made):
    assert type_table._member(member, "f", revision) == made


@pytest.mark.parametrize(
    ("member", "revision", "field"),
    [
        ([], 1, "f"), ({"name": "x"}, 1, "f"), ({"name": "", "type": "felt"}, 1, r"f\.name"),
        ({"name": "a,b", "type": "felt"}, 0, r"f\.name"),
        ({"name": "e", "type": "enum", "contains": "E"}, 0, r"f\.type"),
        ({"name": "v", "type": "(felt)"}, 0, r"f\.type"), ({"name": "t", "type": "merkletree"}, 1, "f"),
        ({"name": "t", "type": "merkletree", "contains": "A*"}, 1, r"f\.contains"),
        ({"name": "e", "type": "enum", "contains": "felt"}, 1, r"f\.contains"),
        ({"name": "e", "type": "enum", "contains": "u256"}, 1, r"f\.contains"),
    ],
)  # fmt: skip
def test_a_member_that_is_refused(member, revision, field):
    with pytest.raises(errors.InvalidTypedData, match=f"^{field} must"):
        type_table._member(member, "f", revision)


def test_types_that_are_named_are_there():
    good = table(A=[("x", "B*"), ("e", "enum", "E")], B=[("y", "felt")], E=[("v", "(B,felt*)")])
    good._check_references(good.types)
    for wrong, rule in (
        (table(A=[("x", "B")]), r"^types\.A\[0\] must use types that are defined"),
        (table(A=[("x", "felt"), ("v", "(felt)")]), r"^types\.A\[1\]\.type must not be in parentheses"),
        (table(A=[("e", "enum", "E")], E=[("v", "felt")]), r"^types\.E\[0\]\.type must be a list of types"),
    ):
        with pytest.raises(errors.InvalidTypedData, match=rule):
            wrong._check_references(wrong.types)


@pytest.mark.parametrize(
    ("used", "member", "rule"),
    [
        ("felt", Member("x", "felt"), None), ("A*", Member("x", "A*"), None), ("E", Member("e", "enum", "E"), None),
        ("A**", Member("x", "A**"), "list of lists"), ("enum*", Member("x", "enum*"), "by contains"),
        ("merkletree", Member("x", "merkletree*"), "by contains"), ("E", Member("x", "E"), "by contains"),
        ("Z", Member("x", "Z"), "Z.* isn't"),
    ],
)  # fmt: skip
def test_one_type_that_is_named(used, member, rule):
    whole = table(A=[("x", "felt"), ("e", "enum", "E")], E=[("v", "()")])
    if rule is None:
        whole._check_reference(used, "p", member)
        return
    with pytest.raises(errors.InvalidTypedData, match=rf"^p(\.type)? must.*{rule}"):
        whole._check_reference(used, "p", member)


def test_what_a_member_names():
    used = table()._used_by
    assert used(Member("x", "A*")) == ["A*"]
    assert used(Member("v", "(A,B*)")) == ["A", "B*"]
    assert used(Member("v", "()")) == []
    assert used(Member("e", "enum", "E")) == ["E"]
    assert used(Member("t", "merkletree", "A")) == ["A"]
    assert used(Member("t", "merkletree")) == []


def test_no_type_stands_there_unused():
    whole = table(A=[("x", "B*")], B=[("y", "felt")], C=[("z", "felt")])
    whole._check_use(whole.types, {"A", "C"})
    with pytest.raises(errors.InvalidTypedData, match=r"^types\.C must be used"):
        whole._check_use(whole.types, {"A"})


def test_no_type_contains_itself():
    chain = {f"T{i}": [("x", f"T{i + 1}")] for i in range(type_table.MOST_DEPTH - 1)}
    last = f"T{type_table.MOST_DEPTH - 1}"
    deep = table(**chain, **{last: [("x", "felt")]})
    assert deep._from_inside()[:2] == [last, f"T{type_table.MOST_DEPTH - 2}"]
    deeper = table(**chain, **{last: [("x", "Z")]}, Z=[("x", "felt")])
    with pytest.raises(errors.InvalidTypedData, match="more than"):
        deeper._from_inside()
    for whole in (table(A=[("x", "A*")]), table(A=[("x", "B")], B=[("t", "merkletree", "A")]),
                  table(A=[("e", "enum", "E")], E=[("v", "(felt,A)")])):  # fmt: skip
        with pytest.raises(errors.InvalidTypedData, match="must not contain itself"):
            whole._from_inside()


def test_what_stands_below_a_type():
    whole = table(A=[("x", "B*"), ("y", "felt"), ("e", "enum", "E"), ("t", "merkletree", "B")], B=[], E=[])
    assert list(whole._below("A")) == ["B", "E", "B"]


def test_a_place_shows_a_name_that_can_be_read():
    assert type_table.at("a b.é") == "a b.é"
    assert type_table.at("\x1b[2J") == "'\\x1b[2J'"
    assert type_table.at("\u202e") == "'\\u202e'"
    assert type_table.at("x" * 61) == "'" + "x" * 56 + "…'"


def test_the_texts_of_types_are_written_once(monkeypatch):
    """However many types use a large one, each of its members is looked at once, and what all are is bounded."""
    users = {f"T{i}": [("large", "L")] for i in range(200)}
    whole = table(**users, L=[(f"m{i}", "felt") for i in range(1000)], A=[(name, name) for name in users])
    written = []
    text_of = TypeTable._own_text
    monkeypatch.setattr(TypeTable, "_own_text", lambda self, name: written.append(name) or text_of(self, name))
    whole._write_texts(whole._from_inside())
    assert sorted(written) == sorted(whole.types)
    assert whole.needed["A"] == sorted(["L", *users])
    assert whole.text("T7") == text_of(whole, "T7") + text_of(whole, "L")
    monkeypatch.setattr(type_table, "MOST_TEXT", sum(len(whole.text(name)) for name in whole.types) - 1)
    with pytest.raises(errors.InvalidTypedData, match=r"^types must have texts of at most"):
        whole._write_texts(whole._from_inside())


def test_the_text_of_a_member():
    """SNIP-12: revision 1 has quotes; an enum is its own name, a variant its fields in parentheses."""
    one, zero = table(), table(0)
    assert one._member_text(Member("x", "felt*")) == '"felt*"'
    assert zero._member_text(Member("x", "felt*")) == "felt*"
    assert one._member_text(Member("v", "(A,u128*)")) == '("A","u128*")'
    assert one._member_text(Member("v", "()")) == "()"
    assert one._member_text(Member("e", "enum", "E")) == '"E"'
    assert one._member_text(Member("t", "merkletree", "A")) == '"merkletree"'


# ---- Encoders ----

TYPES = {
    "StarknetDomain": [("name", "shortstring")], "A": [("x", "felt"), ("e", "enum", "E"), ("b", "B*")],
    "B": [("y", "u128")], "E": [("none", "()"), ("some", "(u128,felt*)")],
    "T": [("t", "merkletree", "B"), ("f", "felt")],
}  # fmt: skip


@pytest.fixture
def schema():
    return schema_of(1, **TYPES)


def schema_of(revision, **types):
    whole = table(revision, **types)
    whole._write_texts(whole._from_inside())
    return _Schema(whole, "A")


def test_a_struct_is_its_type_and_its_members(schema):
    encode = schema._struct_encoder("B")
    type_hash = keccak_250('"B"("y":"u128")')
    assert encode({"y": 5, "more": 1}) == poseidon.hash_many([type_hash, 5])
    for wrong, rule, place in (
        ([], "must be an object", ""),
        ({}, "must have the member 'y'", ""),
        ({"y": -1}, "must be in", ".y"),
    ):
        with pytest.raises(_Misfit, match=rule) as caught:
            encode(wrong)
        assert caught.value.place == place


def test_an_encoder_is_made_once(schema):
    made = schema._encoder_of("B*")
    assert schema._encoder_of("B*") is made
    type_hash = keccak_250('"B"("y":"u128")')
    item = poseidon.hash_many([type_hash, 5])
    assert made([{"y": 5}, {"y": 5}]) == poseidon.hash_many([item, item])


def test_the_encoder_of_a_member(schema):
    assert schema._member_encoder(Member("x", "u128")) is typed_data._u128
    assert schema._member_encoder(Member("e", "enum", "E"))({"none": []}) == poseidon.hash_many([0])
    leaf = schema._encoder_of("B")({"y": 5})
    assert schema._member_encoder(Member("t", "merkletree", "B"))([{"y": 5}]) == leaf


def test_a_merkle_tree_sorts_each_pair_and_fills_with_zero(schema):
    """SNIP-12, "Merkle tree"; revision 1 hashes pairs with Poseidon, revision 0 with Pedersen."""
    encode = schema._tree_encoder(typed_data._number)
    assert encode([7]) == 7
    assert encode([9, 7]) == encode([7, 9]) == poseidon.hash_two(7, 9)
    left, right = poseidon.hash_two(7, 9), poseidon.hash_two(0, 3)
    assert encode([9, 7, 3]) == poseidon.hash_two(*sorted((left, right)))
    old = schema_of(0, StarkNetDomain=[("name", "felt")], A=[("x", "felt")])
    assert old._tree_encoder(typed_data._number)([9, 7]) == pedersen.pedersen_hash(7, 9)
    unreadable(encode, [], "12")


def test_an_enum_is_its_variants_place_and_fields(schema):
    encode = schema._enum_encoder("E")
    assert encode({"none": []}) == poseidon.hash_many([0])
    assert encode({"some": [5, [6, 7]]}) == poseidon.hash_many([1, 5, poseidon.hash_many([6, 7])])
    unreadable(encode, [], {}, {"none": [], "some": [5, []]}, {"other": []}, {5: []})
    for wrong, place in (({"none": [1]}, ".none"), ({"some": [5]}, ".some"), ({"some": [-1, []]}, ".some[0]"),
                         ({"some": [1, [2, "\u00e9"]]}, ".some[1][1]")):  # fmt: skip
        with pytest.raises(_Misfit) as caught:
            encode(wrong)
        assert caught.value.place == place


def test_a_type_of_a_document():
    document = TypedData.from_dict({
        "types": {"StarknetDomain": [{"name": "name", "type": "shortstring"},
                                     {"name": "revision", "type": "shortstring"}],
                  "A": [{"name": "x", "type": "felt"}]},
        "primaryType": "A", "domain": {"name": "d", "revision": "1"}, "message": {"x": 1},
    })  # fmt: skip
    assert document._known("A") == "A"
    for wrong in ("B", "felt"):
        with pytest.raises(errors.InvalidInput, match=r"^name must be one of the document's types"):
            document._known(wrong)


# ---- Transactions ----


def test_bounds_of_resources():
    """Starknet, "Transaction structure": name, most amount and highest price in 60, 64 and 128 bits, in this order."""
    words = transactions._bounds({"l1_gas": (1, 2), "l2_gas": {"max_amount": 3, "max_price_per_unit": 4}})
    assert words == [
        int.from_bytes(b"L1_GAS", "big") << 192 | 1 << 128 | 2, int.from_bytes(b"L2_GAS", "big") << 192 | 3 << 128 | 4,
        int.from_bytes(b"L1_DATA", "big") << 192,
    ]  # fmt: skip
    with pytest.raises(errors.InvalidInput, match=r"^resource_bounds must have no names but"):
        transactions._bounds({"l3_gas": (1, 2)})
    with pytest.raises(errors.InputTypeError, match=r"^resource_bounds must be a mapping"):
        transactions._bounds([(1, 2)])


def test_one_bound():
    assert transactions._bound([2**64 - 1, 2**128 - 1], "b") == (2**64 - 1, 2**128 - 1)
    assert transactions._bound({"max_amount": 1, "max_price_per_unit": 2}, "b") == (1, 2)
    for wrong in (
        (2**64, 1),
        (1, 2**128),
        (-1, 1),
        {"max_amount": 1},
        {"max_amount": 1, "max_price_per_unit": 2, "c": 3},
    ):
        with pytest.raises(errors.InvalidInput, match=r"^b"):
            transactions._bound(wrong, "b")
    for wrong in ((1,), (1, 2, 3), 5, "12", None):
        with pytest.raises(errors.InputTypeError, match=r"^b must be a pair of ints"):
            transactions._bound(wrong, "b")


def test_modes_of_data_availability():
    assert transactions._modes(0, 0) == transactions._modes("L1", "L1") == 0
    assert transactions._modes("L2", 0) == 1 << 32
    assert transactions._modes(0, "L2") == 1
    for wrong in (2, -1, "L3", "l1", ""):
        with pytest.raises(errors.InvalidInput, match=r"^fee_data_availability_mode must be 0 or 'L1'"):
            transactions._modes(0, wrong)
    with pytest.raises(errors.InputTypeError):
        transactions._modes(True, 0)


def test_what_all_kinds_of_transaction_have():
    bounds = {"l1_gas": (1, 2)}
    own = [11, 12]

    def hashed(query):
        return transactions._hash("invoke", 5, 0x534E, 7, bounds, 3, [8, 9], 1, query, own)

    fee = poseidon.hash_many([3, *transactions._bounds(bounds)])
    for query, version in ((False, 3), (True, 3 + 2**128)):
        common = [int.from_bytes(b"invoke", "big"), version, 5, fee, poseidon.hash_many([8, 9]), 0x534E, 7, 1]
        assert hashed(query) == poseidon.hash_many([*common, *own])
    with pytest.raises(errors.InputTypeError, match=r"^query must be True or False"):
        hashed(1)


# ---- starknet.py's objects ----


def test_a_member_as_starknet_py_has_it():
    assert sdk._member("x", "felt", None) == {"name": "x", "type": "felt"}
    assert sdk._member("e", "enum", "E") == {"name": "e", "type": "enum", "contains": "E"}
    for kind in ("enum", "merkletree"):
        with pytest.raises(errors.InvalidTypedData, match="must say what"):
            sdk._member("e", kind, None)


def theirs(chain, number, revision=None):
    member = SimpleNamespace(name="x", type="felt")
    domain = "StarknetDomain" if revision is not None else "StarkNetDomain"
    names = ("name", "version", "chainId", *(() if revision is None else ("revision",)))
    members = [SimpleNamespace(name=name, type="felt" if revision is None else "shortstring") for name in names]
    return SimpleNamespace(
        types={domain: members, "A": [member]}, primary_type="A", message={"x": number},
        domain=SimpleNamespace(name="d", version="1", chain_id=chain, revision=revision),
    )  # fmt: skip


def test_typed_data_of_starknet_py():
    signer = sdk.AccountSigner(PrivateKey(1), 0x534E)
    first, second = signer._read(theirs("a", 1)), signer._read(theirs("a", 2))
    assert len(signer._documents) == 1
    assert first.domain_hash == second.domain_hash
    assert first.struct_hash == pedersen.hash_on_elements([keccak_250("A(x:felt)"), 1])
    assert second.struct_hash == pedersen.hash_on_elements([keccak_250("A(x:felt)"), 2])
    assert signer._read(theirs("a", 1, 1)).revision == 1
    # 1 and "1" are one key of a dict, and not one value.
    assert signer._read(theirs(1, 1)).domain_hash == signer._read(theirs("1", 1)).domain_hash
    assert len(signer._documents) == 4
    with pytest.raises(errors.InputTypeError, match=r"^typed_data must be a TypedData"):
        signer._read(object())


# ---- Tables and forms ----


def test_decimals_of_each_thing():
    assert columns._decimals_each(3, 2, 8, "d") == [3, 3]
    assert columns._decimals_each([0, 8], 2, 8, "d") == [0, 8]
    for wrong in ([1], [1, 2, 3], range(2**40)):
        with pytest.raises(errors.InvalidInput, match=r"^d must be one for each market"):
            columns._decimals_each(wrong, 2, 8, "d")
    for wrong in (9, -1, [0, 9]):
        with pytest.raises(errors.InvalidInput, match=r"d must be in \[0, 8\]$"):
            columns._decimals_each(wrong, 2, 8, "d")
    for wrong in ("12", 1.5, None, [1, True]):
        with pytest.raises(errors.InputTypeError, match=r"^d must be"):
            columns._decimals_each(wrong, 2, 8, "d")


def test_integers_become_a_buffer():
    assert columns._integers([1, -2], "size") == array("q", [1, -2])
    assert columns._integers((1, 2**64 - 1), "size") == array("Q", [1, 2**64 - 1])
    given = array("i", [1])
    assert columns._integers(given, "size") is given
    assert columns._integers(5, "size") == 5
    for wrong in ([2**64], [-1, 2**63], ["1"], [1.5], [None]):
        with pytest.raises(errors.InvalidInput, match=r"^size must be integers of at most 64 bits"):
            columns._integers(wrong, "size")


def test_a_term_is_blamed_on_its_last_factor():
    one = columns.Table()
    assert [one.column("a", 1), one.column("b", 2)] == [0, 1]
    assert (one.term(0, 1), one.term(0, 1, blame=0, plus=7)) == (0, 1)
    assert [term[-2:] for term in one._terms] == [(1, 0), (0, 7)]


def test_what_is_known_is_forgotten_when_it_is_too_much():
    known = form.Known(2)
    for name in "abc":
        known._add(name, name.upper())
    assert known.records == {"c": "C"}


def test_the_keys_of_an_order():
    required, optional = frozenset({"a"}), frozenset({"b"})
    for order in ({"a": 1}, {"a": 1, "b": 2}):
        assert form.check_keys(order, required, optional) is order
    for wrong in ({}, {"b": 1}, {"a": 1, "c": 2}):
        with pytest.raises(errors.InvalidInput, match=r"^order must have a, and may have b; nothing else"):
            form.check_keys(wrong, required, optional)
    with pytest.raises(errors.InputTypeError, match=r"^order must be a mapping"):
        form.check_keys([("a", 1)], required, optional)


def test_what_fills_a_slot():
    places = {"market": 3}
    assert form._slot(places, 5) == (5,)
    assert form._slot(places, form.Of("market", 1)) == (3, 1)
    assert form._slot(places, form.Of("market", elements=("x",))) == (3, None, ("x",))


def test_what_a_form_leaves_is_asked_for_in_order():
    class Some(form.Form):
        __slots__ = ()

        def __init__(self):
            pass

        def sign(self, key, rows, seed, *, now=0, threads=1):
            return [row if row % 2 else None for row in rows]

    asked = []
    outcomes = Some().sign_all(
        None, iter([1, 2, 3, 4]), None, lambda left: asked.append(left) or [-one for one in left]
    )
    assert (outcomes, asked) == ([1, -2, 3, -4], [[2, 4]])
    assert Some().sign_all(None, [1], None, None) == [1]
    with pytest.raises(errors.InputTypeError, match=r"^orders must be a sequence of orders"):
        Some().sign_all(None, "12", None, None)


def test_a_place_is_gathered_from_the_inside_out():
    error = _Misfit("must be more").inside("[2]").inside(".x", "'x' of type 'B'").inside(".y", "'y' of type 'A'")
    assert (error.place, error.member, error.rule) == (".y.x[2]", "'x' of type 'B'", "must be more")
