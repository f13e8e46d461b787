"""SNIP-12 against values of starknet.py and starknet.js, and each rule against a smallest document that breaks it.

tests/vectors/snip12.json and paradex.json say where their values come from.
"""

import copy
import json

import pytest
from vectors import layout

from starkcore import PrivateKey
from starkcore.errors import InputTypeError, InvalidInput, InvalidTypedData
from starkcore.starknet import StarknetSigner, TypedData, selector, short_string, typed_data

CASES = layout.read("snip12.json")["cases"]
PARADEX = layout.read("paradex.json")["cases"]
P = 2**251 + 17 * 2**192 + 1

DOMAIN_0 = [{"name": name, "type": "felt"} for name in ("name", "version", "chainId")]
DOMAIN_1 = [{"name": name, "type": "shortstring"} for name in ("name", "version", "chainId", "revision")]


def document(members, message, *, types=None, revision=1):
    """A document whose primary type M has these members: (name, type) or (name, type, contains)."""
    keys = ("name", "type", "contains")
    domain = {"name": "t", "version": "1", "chainId": "SN_SEPOLIA"}
    return {
        "types": {
            **({"StarkNetDomain": DOMAIN_0} if revision == 0 else {"StarknetDomain": DOMAIN_1}),
            "M": [dict(zip(keys, member, strict=False)) for member in members],
            **{name: [dict(zip(keys, m, strict=False)) for m in own] for name, own in (types or {}).items()},
        },
        "primaryType": "M",
        "domain": domain if revision == 0 else domain | {"revision": "1"},
        "message": message,
    }


def struct_hash(*arguments, **options):
    return TypedData.from_dict(document(*arguments, **options)).struct_hash


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_published_and_recorded_documents(case):
    data = TypedData.from_dict(case["typed_data"])
    for name, text in case["type_strings"].items():
        assert data.type_text(name) == text
        assert data.type_hash(name) == int(case["type_hashes"][name], 16)
    assert data.domain_hash == int(case["domain_hash"], 16)
    assert data.struct_hash == int(case["struct_hash"], 16)
    assert data.hash(case["account"]) == int(case["message_hash"], 16)
    signature = StarknetSigner(PrivateKey("0x1234567")).sign(data, case["account"])
    assert tuple(signature) == tuple(int(part, 16) for part in case["signature_seed32_key_0x1234567"])


@pytest.mark.parametrize("case", PARADEX, ids=[case["name"] for case in PARADEX])
def test_the_messages_of_paradex(case):
    data = TypedData.from_dict(case["typed_data"])
    assert data.hash(int(case["account"], 16)) == int(case["message_hash"], 16)
    signature = StarknetSigner(PrivateKey(case["private_key"])).sign(data, case["account"])
    assert [str(part) for part in signature] == case["signature"]


def test_another_message_of_the_same_types():
    orders = [case for case in PARADEX if case["name"].startswith("order") and case["name"].endswith("MAINNET")]
    first, second = orders[:2]
    data = TypedData.from_dict(first["typed_data"]).with_message(second["typed_data"]["message"])
    assert data.hash(second["account"]) == int(second["message_hash"], 16)
    with pytest.raises(InvalidTypedData, match=r"message must have the member 'size'"):
        data.with_message({k: v for k, v in second["typed_data"]["message"].items() if k != "size"})


# ---- Values. What is equal must hash alike, and what isn't must not.

SAME = [
    ("felt", ["10", 10, "0xa", "0x0A", "0010"]),
    ("felt", ["0xa", "\n"]),  # the short string of the letter is 10 as well
    ("felt", ["ab", 0x6162, "24930"]),
    ("felt", ["", 0, "0x0"]),
    ("shortstring", ["1", 1]),
    ("bool", [True, 1, "1", "true", "0x1"]),
    ("bool", [False, 0, "0", "false", "0x0"]),
    ("u128", [2**128 - 1, str(2**128 - 1), hex(2**128 - 1)]),
    ("i128", [-1, "-1", P - 1, hex(P - 1)]),
    ("i128", [-(2**127), P - 2**127, f"-{2**127}"]),
    ("timestamp", [1_700_000_000, "1700000000"]),
    ("selector", ["transfer", hex(selector("transfer")), selector("transfer")]),
    ("selector", ["__default__", 0]),
    ("ContractAddress", ["0x12", 18]),
]


@pytest.mark.parametrize(("kind", "values"), SAME)
def test_values_that_are_the_same(kind, values):
    assert len({struct_hash([("x", kind)], {"x": value}) for value in values}) == 1


DIFFERENT = [
    ("felt", ["-1", 1, P - 1]),  # text with a sign is a short string
    ("felt", ["+7", 7]),
    ("felt", ["0b11", 3]),
    ("felt", [" 1", 1]),
    ("felt", ["1_0", 10]),
    ("felt", ["a", 10]),  # hex letters without 0x are a short string
    ("selector", ["add", 0xADD]),  # and here a name
    ("selector", ["12", 12]),
    ("string", ["", "a", "a" * 31, "a" * 32, "ä"]),
]


@pytest.mark.parametrize(("kind", "values"), DIFFERENT)
def test_values_that_are_not_the_same(kind, values):
    assert len({struct_hash([("x", kind)], {"x": value}) for value in values}) == len(values)


REFUSED_VALUES = [
    ("felt", P), ("felt", -1), ("felt", True), ("felt", 1.0), ("felt", None), ("felt", []), ("felt", b"a"),
    ("felt", hex(P)), ("felt", "0x"), ("felt", "0xg"), ("felt", "0X1"), ("felt", "0x" + "1" * 65), ("felt", "9" * 79),
    ("felt", "9" * 100_000), ("felt", "a" * 32), ("felt", "ä"), ("felt", "\udc80"), ("felt", "²"), ("felt", "٣"),
    ("bool", 2), ("bool", "yes"), ("bool", 1.0), ("bool", "True"), ("bool", None),
    ("u128", 2**128), ("u128", -1), ("u128", "a"), ("u128", "-1"), ("u128", True),
    ("i128", 2**127), ("i128", -(2**127) - 1), ("i128", P), ("i128", P - 2**127 - 1), ("i128", "--1"), ("i128", "-0x1"),
    ("i128", "-"), ("i128", "-²"),
    ("timestamp", 2**128), ("ClassHash", P), ("ContractAddress", "Bob"), ("selector", None), ("selector", P),
    ("selector", "0xz"), ("string", 5), ("string", "\ud800"), ("string", None),
    ("felt*", 5), ("felt*", "ab"), ("felt*", {"0": 1}), ("felt*", [[1]]), ("felt*", [1, P]),
    ("u256", 5), ("u256", {"low": 1}), ("u256", {"low": 2**128, "high": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), REFUSED_VALUES)
def test_refused_values_are_named(kind, value):
    with pytest.raises(InvalidTypedData) as caught:
        struct_hash([("x", kind)], {"x": value})
    assert caught.value.field.startswith("message.x")
    assert len(str(caught.value)) < 400


def test_the_place_of_a_value_in_lists_and_structs():
    members, types = [("trades", "T*")], {"T": [("maker", "O")], "O": [("price", "felt")]}
    with pytest.raises(InvalidTypedData) as caught:
        struct_hash(members, {"trades": [{"maker": {"price": 1}}, {"maker": {"price": -1}}]}, types=types)
    assert caught.value.field == "message.trades[1].maker.price"
    assert "'O'" in caught.value.rule
    with pytest.raises(InvalidTypedData, match="'price' of type 'O'") as caught:
        struct_hash(members, {"trades": [{"maker": {}}]}, types=types)
    assert caught.value.field == "message.trades[0].maker"


def test_members_that_the_type_lacks_are_passed_over():
    assert struct_hash([("x", "felt")], {"x": 1, "y": object()}) == struct_hash([("x", "felt")], {"x": 1})


# ---- Enums, trees and presets, against the rule written out with the hashes alone

ENUM = {"E": [("None", "()"), ("Two", "(u128,S*)")], "S": [("x", "felt")]}


def test_enums():
    from starkcore import poseidon_hash_many

    data = TypedData.from_dict(document([("e", "enum", "E")], {"e": {"None": []}}, types=ENUM))
    assert data.type_text("M") == '"M"("e":"E")"E"("None":(),"Two":("u128","S*"))"S"("x":"felt")'
    assert data.struct_hash == poseidon_hash_many([data.type_hash("M"), poseidon_hash_many([0])])
    two = data.with_message({"e": {"Two": [5, [{"x": 6}]]}})
    inner = poseidon_hash_many([poseidon_hash_many([data.type_hash("S"), 6])])
    assert two.struct_hash == poseidon_hash_many([data.type_hash("M"), poseidon_hash_many([1, 5, inner])])


@pytest.mark.parametrize(
    "value",
    [{}, {"None": [], "Two": [1, []]}, {"Three": []}, {"None": [1]}, {"Two": [1]}, {"Two": 5}, {"None": None}, [],
     {1: []}, {"Two": [1, [{"x": -1}]]}],
)  # fmt: skip
def test_refused_enum_values(value):
    with pytest.raises(InvalidTypedData, match=r"^message\.e"):
        struct_hash([("e", "enum", "E")], {"e": value}, types=ENUM)


@pytest.mark.parametrize("revision", [0, 1])
def test_merkle_trees(revision):
    from starkcore import pedersen_hash, poseidon_hash

    pair = pedersen_hash if revision == 0 else poseidon_hash

    def root(leaves):
        return TypedData.from_dict(
            document([("r", "merkletree", "felt")], {"r": leaves}, revision=revision)
        ).struct_hash

    def naive(leaves):
        if len(leaves) == 1:
            return leaves[0]
        padded = [*leaves, 0] if len(leaves) % 2 else leaves
        return naive([pair(*sorted(padded[i : i + 2])) for i in range(0, len(padded), 2)])

    for leaves in ([7], [9, 3], [3, 9], [1, 2, 3], [5, 4, 3, 2, 1, 6, 7]):
        assert root(leaves) == root([naive(leaves)])
    with pytest.raises(InvalidTypedData, match=r"message\.r must have at least one leaf"):
        root([])


def test_a_tree_in_a_leaf_and_a_leaf_that_is_no_dependency():
    types = {"Leaf": [("x", "felt"), ("r", "merkletree", "felt")]}
    data = TypedData.from_dict(document([("r", "merkletree", "Leaf")], {"r": [{"x": 1, "r": [1, 2]}]}, types=types))
    assert data.type_text("M") == '"M"("r":"merkletree")'


def test_presets_are_structs_and_dependencies():
    data = TypedData.from_dict(
        document([("n", "NftId")], {"n": {"collection_address": "0x1", "token_id": {"low": 1, "high": 0}}})
    )
    assert data.type_text("M") == (
        '"M"("n":"NftId")"NftId"("collection_address":"ContractAddress","token_id":"u256")'
        '"u256"("low":"u128","high":"u128")'
    )


# ---- Documents that break a rule

BROKEN = {
    "contains itself": document([("x", "M")], {}),
    "contains itself through a list": document([("x", "A*")], {}, types={"A": [("y", "M")]}),
    "contains itself through an enum": document([("x", "enum", "E")], {}, types={"E": [("A", "(M)")]}),
    "contains itself through a tree": document([("x", "merkletree", "A")], {}, types={"A": [("y", "merkletree", "A")]}),
    "list of lists": document([("x", "felt**")], {}),
    "list of trees": document([("x", "merkletree*")], {}),
    "quote in a member": document([('x"', "felt")], {}),
    "backslash in a member": document([("x\\", "felt")], {}),
    "quote in a type": document([("x", 'T"')], {}, types={'T"': [("y", "felt")]}),
    "basic type defined": document([("x", "felt")], {}, types={"felt": [("y", "u128")]}),
    "preset defined": document([("x", "u256")], {}, types={"u256": [("y", "u128")]}),
    "empty name": document([("x", "felt")], {}, types={"": [("y", "u128")]}),
    "name with a star": document([("x", "felt")], {}, types={"A*": [("y", "u128")]}),
    "name with a comma": document([("x", "A,B")], {}, types={"A,B": [("y", "u128")]}),
    "name in parentheses": document([("x", "felt")], {}, types={"(A)": [("y", "u128")]}),
    "unused type": document([("x", "felt")], {"x": 1}, types={"A": [("y", "felt")]}),
    "unused types that use each other": document(
        [("x", "felt")], {"x": 1}, types={"A": [("y", "B")], "B": [("y", "A")]}
    ),
    "undefined type": document([("x", "A")], {}),
    "undefined leaf": document([("x", "merkletree", "A")], {}),
    "undefined field of a variant": document([("x", "enum", "E")], {}, types={"E": [("A", "(B)")]}),
    "undefined enum": document([("x", "enum", "E")], {}),
    "an enum that is a struct": document([("x", "enum", "S")], {}, types={"S": [("y", "felt")]}),
    "a struct that is an enum": document([("x", "E")], {}, types={"E": [("A", "(felt)")]}),
    "an enum in revision 0": document([("x", "enum", "E")], {}, types={"E": [("A", "(felt)")]}, revision=0),
    "revision 1's type in revision 0": document([("x", "u128")], {"x": 1}, revision=0),
    "a tree without contains": document([("x", "merkletree")], {}),
    "a member twice": document([("x", "felt"), ("x", "felt")], {"x": 1}),
    "revision 2": document([("x", "felt")], {"x": 1}) | {"domain": {"revision": "2"}},
    "revision 1 in the domain only": document([("x", "felt")], {"x": 1}, revision=0)
    | {"domain": {"name": "t", "version": "1", "chainId": "1", "revision": "1"}},
    "no primary type": document([("x", "felt")], {"x": 1}) | {"primaryType": "Q"},
    "primary type that is no text": document([("x", "felt")], {"x": 1}) | {"primaryType": ["M"]},
    "types that are no object": document([("x", "felt")], {"x": 1}) | {"types": []},
    "a member that is no object": {
        **document([("x", "felt")], {"x": 1}),
        "types": {"StarknetDomain": DOMAIN_1, "M": ["x"]},
    },
    "a domain that lacks a member": document([("x", "felt")], {"x": 1}) | {"domain": {"name": "t", "revision": 1}},
    "no message": {k: v for k, v in document([("x", "felt")], {}).items() if k != "message"},
    "colon in a member of revision 0": document([("x:felt,y", "felt")], {"x:felt,y": 1}, revision=0),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_documents_are_refused(name):
    before = copy.deepcopy(BROKEN[name])
    with pytest.raises(InvalidTypedData) as caught:
        TypedData.from_dict(BROKEN[name])
    assert caught.value.field.split(".")[0].split("[")[0] in ("types", "primaryType", "domain", "message", "typed_data")
    assert BROKEN[name] == before


def test_deep_and_wide_types_end_in_an_error_and_not_in_a_crash():
    chain = {f"T{i}": [("x", f"T{i + 1}")] for i in range(200)} | {"T200": [("x", "felt")]}
    with pytest.raises(InvalidTypedData, match="deep"):
        TypedData.from_dict(document([("x", "T0")], {}, types=chain))
    with pytest.raises(InvalidTypedData, match="at most 256 types"):
        TypedData.from_dict(document([("x", "felt")], {}, types={f"T{i}": [] for i in range(300)}))
    # A lattice has 2^60 ways down, and each type is looked at once.
    lattice = {f"T{i}": [("a", f"T{i + 1}"), ("b", f"T{i + 1}")] for i in range(60)} | {"T60": [("x", "felt")]}
    with pytest.raises(InvalidTypedData, match=r"message must have the member 'x'"):
        TypedData.from_dict(document([("x", "T0")], {}, types=lattice))


def test_types_that_all_use_a_large_one_have_a_bound():
    """Each type's text holds those of the types that it uses: 500 kB of document came to 100 MB of text."""
    users = {f"T{i}": [("large", "L")] for i in range(250)}
    types = users | {"L": [("m" * 90 + str(i), "felt") for i in range(1000)]}
    with pytest.raises(InvalidTypedData, match="types must have texts of at most 16777216 characters"):
        TypedData.from_dict(document([(name, name) for name in users], {}, types=types))
    few = dict(list(types.items())[:20]) | {"L": types["L"]}
    with pytest.raises(InvalidTypedData, match="must have the member 'T0'"):
        TypedData.from_dict(document([(name, name) for name in few if name != "L"], {}, types=few))


HARMFUL = "\x1b[2J\r\n\u202e" + "x" * 10_000


@pytest.mark.parametrize(
    "made",
    [
        document([(HARMFUL, "felt")], {HARMFUL: -1}),
        document([(HARMFUL, "felt")], {}),
        document([("a", HARMFUL)], {}),
        document([("a", "felt")], {}, types={HARMFUL: [("a", "felt")]}),
        document([("a", HARMFUL)], {}, types={HARMFUL: [("a", HARMFUL)]}),
        document([("a", "felt")], {}, types={HARMFUL: [("a", "felt"), ("a", "felt")]}),
        document([("e", "enum", "E")], {"e": {HARMFUL: [-1]}}, types={"E": [(HARMFUL, "(felt)")]}),
        document([("e", "enum", "E")], {"e": {HARMFUL: 5}}, types={"E": [(HARMFUL, "(felt)")]}),
        document([("a", "B*")], {"a": [{HARMFUL: [-1]}]}, types={"B": [(HARMFUL, "felt*")]}),
        document([("a", "u256")], {}, types={"u256": [("a", "felt")]}) | {"primaryType": HARMFUL},
    ],
)
def test_no_error_repeats_a_document_as_it_is(made):
    """A document is anybody's: its names neither move a terminal's cursor nor fill a log."""
    with pytest.raises(InvalidTypedData) as caught:
        TypedData.from_dict(made)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_hostile_text_is_its_text():
    class Liar(str):
        __slots__ = ()

        def __str__(self):
            return "9"

        def __eq__(self, other):
            return True

        __hash__ = str.__hash__

    class LyingInt(int):
        def __index__(self):
            return 9

        def __lt__(self, other):
            return True

        __le__ = __gt__ = __ge__ = __lt__

    assert struct_hash([("x", "felt")], {"x": Liar("1")}) == struct_hash([("x", "felt")], {"x": 1})
    assert struct_hash([("x", "felt")], {"x": LyingInt(1)}) == struct_hash([("x", "felt")], {"x": 1})
    with pytest.raises(InvalidTypedData):
        struct_hash([("x", "felt")], {"x": LyingInt(P)})


def test_parameters():
    data = TypedData.from_dict(CASES[0]["typed_data"])
    assert repr(data) == "<TypedData 'Mail', revision 0>"
    for account in (P, -1, "12", "Bob", "0x" + "f" * 64):
        with pytest.raises(InvalidInput, match="account"):
            data.hash(account)
    for account in (True, 1.0, None, b"1"):
        with pytest.raises(InputTypeError, match="account"):
            data.hash(account)
    with pytest.raises(InvalidInput, match="name"):
        data.type_hash("Nobody")
    with pytest.raises(InputTypeError, match="typed_data"):
        TypedData.from_dict([])
    with pytest.raises(TypeError):
        TypedData()
    with pytest.raises(InputTypeError, match="data must be a TypedData"):
        StarknetSigner(PrivateKey(1)).sign({}, 1)
    assert short_string("t") == 0x74


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_documents_that_are_json(case):
    text = json.dumps(case["typed_data"])
    for form in (text, text.encode(), f"  {text}\n"):
        assert TypedData.from_json(form).hash(case["account"]) == int(case["message_hash"], 16)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "isn't whole JSON, at line 1 and column 1"), ("{", "isn't whole JSON"), ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"), ('{"a": 1, "a": 2}', "has a name twice in one object"),
        ('{"a": NaN}', "has NaN, which is no JSON"), (b"\xff", "isn't UTF-8 text"),
        ("[" * 100, "isn't whole JSON|nested"), ('{"a": ' + "1" * 101 + "}", "has a number of more than 100 digits"),
        (" " * (4 << 20) + "{}", "is larger than"),
    ],
)  # fmt: skip
def test_documents_that_are_no_json(text, words):
    with pytest.raises(InvalidTypedData, match=words) as caught:
        TypedData.from_json(text)
    assert caught.value.field == "document"


def test_a_documents_json_is_text_or_bytes():
    for value in (None, 5, {}, ["{}"], bytearray(b"{}")):
        with pytest.raises(InputTypeError, match=r"^document must be"):
            TypedData.from_json(value)


def test_one_object_in_many_places_counts_in_each(monkeypatch):
    """What isn't out of JSON may be small in memory and have as many values as its lists multiply to."""
    types = {name: [{"name": "all", "type": kind}] for name, kind in (("A", "B*"), ("B", "C*"), ("C", "D*"))}
    types |= {"D": [{"name": "one", "type": "felt"}], "StarknetDomain": [{"name": "revision", "type": "felt"}]}
    read = []
    monkeypatch.setitem(typed_data._BASIC_ENCODERS, "felt", lambda value: read.append(value) or 1)
    message = {"one": 7}
    for _ in range(3):
        message = {"all": [message] * 8}
    whole = {"types": types, "primaryType": "A", "domain": {"revision": 1}, "message": message}
    TypedData.from_dict(whole)
    assert read.count(7) == 8**3
    for most, refused in ((2000, False), (400, True)):
        read.clear()
        monkeypatch.setattr(typed_data, "MOST_VALUES", most)
        if refused:
            with pytest.raises(InvalidTypedData, match="at most 400 values"):
                TypedData.from_dict(whole)
            assert read.count(7) == 0
        else:
            TypedData.from_dict(whole)
    assert typed_data._check_count({"a": [1, (2,)]}) is None
