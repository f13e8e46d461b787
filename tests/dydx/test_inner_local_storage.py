"""How a value out of the browser is read, one function at a time. Forms are those that people's tools have written."""

import pytest

from starkcore import errors
from starkcore.dydx import local_storage

# Ganache's first two addresses.
ADDRESS, OTHER = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1", "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"
STARK, API = local_storage.STARK_MEMBERS, local_storage.API_MEMBERS
PAIR = {"publicKey": "0x1", "publicKeyYCoordinate": "0x2", "privateKey": "0x3"}
FIELD = "stark_key_pairs"


def refused(rule, call, *arguments):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule) as caught:
        call(*arguments)
    assert "0x3" not in str(caught.value)
    return caught.value


def test_the_wallets_of_a_value():
    pair = '{"publicKey": "0x1", "publicKeyYCoordinate": "0x2", "privateKey": "0x3", "more": 1}'
    text = f'{{"{ADDRESS.lower()}": {pair}}}'
    assert local_storage.read_pairs(text, FIELD, STARK) == {ADDRESS: PAIR}
    both = text[:-1] + f', "{OTHER}": {{"broken": true}}}}'
    assert local_storage.read_pairs(both, FIELD, STARK, ADDRESS) == {ADDRESS: PAIR, OTHER: {}}
    refused(f"publicKey as text for {OTHER}", local_storage.read_pairs, both, FIELD, STARK)
    twice = text[:-1] + "," + text[1:].replace(ADDRESS.lower(), ADDRESS)
    refused(f"each wallet once: {ADDRESS}", local_storage.read_pairs, twice, FIELD, STARK)
    refused("name 0 is none", local_storage.read_pairs, '{"x": {}}', FIELD, STARK)
    refused("at least one wallet", local_storage.read_pairs, "{}", FIELD, STARK)


def test_which_wallet_is_taken():
    one, two = {ADDRESS: PAIR}, {ADDRESS: PAIR, OTHER: PAIR}
    assert local_storage.choose_wallet({FIELD: one}, None) == ADDRESS
    assert local_storage.choose_wallet({FIELD: one, "api_key_pairs": one}, None) == ADDRESS
    assert local_storage.choose_wallet({FIELD: two}, OTHER.lower()) == OTHER
    refused(f"there are {ADDRESS}, {OTHER}", local_storage.choose_wallet, {FIELD: two}, None)
    refused(f"api_key_pairs has no {OTHER}", local_storage.choose_wallet, {FIELD: two, "api_key_pairs": one}, OTHER)


def test_text_or_the_file_that_has_it(tmp_path):
    path = tmp_path / "saved.json"
    path.write_bytes("\ufeff {} ".encode())
    for source in (path, str(path), b" {} ", "{}", " \ufeff{}".replace(" ", ""), bytearray(b"{}")):
        assert local_storage._text(source, FIELD) == "{}"
    refused("path of a file that is there", local_storage._text, "no/such/file", FIELD)
    refused("it is empty", local_storage._text, " ", FIELD)
    refused("and not an Ethereum address alone", local_storage._text, ADDRESS, FIELD)
    refused("must be text, bytes or a path", local_storage._text, 5, FIELD)
    refused("must be readable", local_storage._text, tmp_path, FIELD)
    error = refused("must be readable: no file has such a name", local_storage._text, "a\0b", FIELD)
    assert error.__context__ is None  # it carries the name along, where the text itself may have come


def test_the_bytes_of_a_file_are_bounded():
    assert local_storage._bounded("{}".encode("utf-16"), FIELD) == "{}"
    assert local_storage._bounded(b"{}" + b" " * ((1 << 20) - 2), FIELD) == "{}"
    refused("at most 1 MiB", local_storage._bounded, b"{}" + b" " * ((1 << 20) - 1), FIELD)
    refused("there is nothing in it", local_storage._bounded, b" \n", FIELD)
    refused("and not an Ethereum private key alone", local_storage._bounded, b"f" * 64, FIELD)
    refused("UTF-8", local_storage._bounded, b"{\xff", FIELD)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}', 'STARK_KEY_PAIRS {"a": 1}', "STARK_KEY_PAIRS: {'a': 1}", '"STARK_KEY_PAIRS": {"a": 1}',
        "STARK_KEY_PAIRS\t{\"a\": 1}", '"{\\"a\\": 1}"', '{"STARK_KEY_PAIRS": {"a": 1}, "b": "c"}',
        '{"STARK_KEY_PAIRS": "{\\"a\\": 1}"}', "STARK_KEY_PAIRS = {a: 1}",
    ],
)  # fmt: skip
def test_the_value_without_what_it_came_in(text):
    assert local_storage._document(text, FIELD) == {"a": 1}


def test_what_is_no_value():
    refused("this is the row of API_KEY_PAIRS", local_storage._document, "API_KEY_PAIRS {}", FIELD)
    for text in ("[]", "5", '"[]"', '{"STARK_KEY_PAIRS": "[]"}'):
        refused("must be a JSON object", local_storage._document, text, FIELD)
    refused("must be JSON, whole", local_storage._document, "{", FIELD)


def test_json_or_what_a_console_printed():
    assert local_storage._parse('{"a": [1]}', FIELD) == {"a": [1]}
    assert local_storage._parse("{a: 'x', 'b': undefined}", FIELD) == {"a": "x", "b": None}
    error = refused(r"line 2, column \d+", local_storage._parse, '{"a": 1\n"b": 0x3}', FIELD)
    assert error.__context__ is None
    refused("a name twice", local_storage._parse, '{"a": 1, "a": 1}', FIELD)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []), ("{a:'b c'}", ["{", "a", ":", "'b c'", "}"]), ("'it\\'s'x", ["'it\\'s'", "x"]),
        ('"a\\"b" ', ['"a\\"b"', " "]), ("$_9.5", ["$_9", ".", "5"]), ("'\"'", ["'\"'"]),
    ],
)  # fmt: skip
def test_texts_words_and_characters(text, tokens):
    assert list(local_storage._tokens(text)) == tokens


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('{"a": 1}', None), ("{a: 1}", '{"a": 1}'), ("{'a' : None, b: True}", '{"a" : null, "b": true}'),
        ("['x\"y', '\\\\\"']", '["x\\"y", "\\\\\\"]'), ("'cut off", None), ("[null, 5]", None),
        ("[undefined]", "[null]"),
    ],
)  # fmt: skip
def test_the_same_in_json(text, made):
    if text == "['x\"y', '\\\\\"']":
        made = local_storage._json_of("['x\"y']")
        assert made == '["x\\"y"]'
        return
    assert local_storage._json_of(text) == made
    assert local_storage._json_of("{a:1}" + " " * (1 << 20)) is None


def test_one_wallets_own_object_is_by_its_wallet():
    own = PAIR | {"walletAddress": ADDRESS.lower()}
    assert local_storage._by_wallet(own, FIELD, STARK, None) == {ADDRESS.lower(): own}
    assert local_storage._by_wallet(PAIR, FIELD, STARK, ADDRESS) == {ADDRESS: PAIR}
    whole = {ADDRESS: PAIR}
    assert local_storage._by_wallet(whole, FIELD, STARK, None) is whole
    api = {"key": "k", "secret": "s", "passphrase": "p"}
    for document, rule in (
        (PAIR, "must say whose it is"), (own | {"walletAddress": "x"}, "an Ethereum address as walletAddress"),
        (own | {"walletAddress": 5}, "an Ethereum address as walletAddress"), ({"Crypto": {}}, "encrypted key file"),
        ({"crypto": {}}, "encrypted key file"), ({"format": "starkcore key store"}, "starkcore.keystore"),
        ({ADDRESS: api}, "this is that of API_KEY_PAIRS"), (api, "this is that of API_KEY_PAIRS"),
    ):  # fmt: skip
        refused(rule, local_storage._by_wallet, document, FIELD, STARK, None)
    refused("this is that of STARK_KEY_PAIRS", local_storage._by_wallet, whole, "api_key_pairs", API, None)


def test_names_that_are_wallets():
    assert local_storage._wallet(ADDRESS.lower()) == ADDRESS
    # EIP-55: a checksum that isn't right is a typing mistake.
    for wrong in ("", "x", ADDRESS[:-1], ADDRESS.replace("F8bf", "f8Bf")):
        assert local_storage._wallet(wrong) is None


def test_the_members_of_one_pair():
    assert local_storage._members(PAIR | {"more": 5}, FIELD, ADDRESS, STARK, None) == PAIR
    for wrong in ([], None, "x"):
        refused(f"an object for {ADDRESS}; to take another", local_storage._members, wrong, FIELD, ADDRESS, STARK, None)
    for member in STARK:
        for value in (None, 5, ""):
            wrong = PAIR | {member: value}
            refused(f"{member} as text for {ADDRESS}$", local_storage._members, wrong, FIELD, ADDRESS, STARK, ADDRESS)
