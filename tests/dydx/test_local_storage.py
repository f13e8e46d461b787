"""Browser local storage: what a person copies out of the developer tools becomes credentials, or a clear error."""

import json
import traceback

import pytest
from vectors import layout

from starkcore import errors
from starkcore.dydx.address import checksum_address
from starkcore.dydx.credentials import ApiKey, Credentials

# Published: dydx-v3-python 2.1.0, tests/test_onboarding.py.
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
WALLET = layout.read("published.json")["stark_keys_of_wallets"][0]
API = {
    "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f",
    "secret": "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9",
    "passphrase": "12_1LuuJMZUxcj3kGBWc",
}
STARK = {"publicKey": WALLET["x"], "publicKeyYCoordinate": WALLET["y"], "privateKey": WALLET["d"]}
OTHER = "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"  # the second address of Ganache's test chain
NEEDLES = [WALLET["d"][2:], API["secret"], API["passphrase"], API["secret"][1:]]


def both(stark=None, api=None, **keywords):
    return Credentials.from_local_storage(
        stark_key_pairs=json.dumps({ADDRESS: STARK}) if stark is None else stark,
        api_key_pairs=json.dumps({ADDRESS: API}) if api is None else api,
        **keywords,
    )


def refused(field, rule, function, *arguments, **keywords):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        function(*arguments, **keywords)
    assert caught.value.field == field, caught.value
    assert rule in caught.value.rule, caught.value
    text = "".join(traceback.format_exception(caught.value))
    assert not any(needle in text for needle in NEEDLES)


def right(credentials):
    assert credentials.ethereum_address == ADDRESS
    assert credentials.stark_key.secret_hex() == WALLET["d"]
    assert credentials.api_key == ApiKey(**API)
    return True


def test_text():
    assert right(both())
    assert right(both(json.dumps({ADDRESS.lower(): STARK}), " \n" + json.dumps({ADDRESS: API}, indent=4)))


def test_a_text_inside_a_text():
    assert right(both(json.dumps(json.dumps({ADDRESS: STARK}))))


def test_files(tmp_path):
    stark, api = tmp_path / "stark.json", tmp_path / "api.json"
    stark.write_text(json.dumps({ADDRESS: STARK}), encoding="utf-8-sig")
    api.write_text(json.dumps({ADDRESS: API}))
    assert right(both(stark, str(api)))


INNER_STARK = {"walletAddress": ADDRESS.lower(), "walletType": "METAMASK", "legacySigning": True} | STARK
INNER_API = {"walletAddress": ADDRESS.lower()} | API


def console(value):
    """As a console shows an object: names without quotes, texts in single ones."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(n) if n[:2] == '0x' else n}: {console(v)}" for n, v in value.items()) + "}"
    return repr(value) if isinstance(value, str) else {True: "true", None: "undefined"}[value]


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param(lambda _, pairs, inner: json.dumps(inner), id="one wallet's own object"),
        pytest.param(lambda _, pairs, inner: console(inner), id="in single quotes"),
        pytest.param(lambda _, pairs, inner: console(pairs), id="by wallet, in single quotes"),
        pytest.param(lambda _, pairs, inner: str(pairs), id="as Python prints it"),
        pytest.param(lambda _, pairs, inner: f"'{json.dumps(pairs)}'", id="a text in single quotes"),
        pytest.param(lambda _, pairs, inner: json.dumps(pairs).encode("utf-8-sig"), id="a byte order mark"),
        pytest.param(lambda _, pairs, inner: "\ufeff" + json.dumps(pairs), id="the mark as text"),
        pytest.param(lambda _, pairs, inner: json.dumps(pairs).encode("utf-16"), id="UTF-16"),
        pytest.param(lambda _, pairs, inner: json.dumps(pairs).encode("utf-16-be"), id="UTF-16 without a mark"),
        pytest.param(lambda name, pairs, inner: f"{name}\t{json.dumps(pairs)}\n", id="a row of the table"),
        pytest.param(lambda name, pairs, inner: f"{name}: {json.dumps(json.dumps(pairs))}", id="a row with a colon"),
        pytest.param(
            lambda name, pairs, inner: json.dumps({name: json.dumps(pairs), "x": "1"}), id="all of the storage"
        ),
        pytest.param(lambda name, pairs, inner: f'"{name}"\t{json.dumps(inner)}', id="a quoted name, one wallet"),
    ],
)
def test_as_people_have_saved_it(saved, tmp_path):
    stark = saved("STARK_KEY_PAIRS", {ADDRESS: STARK}, INNER_STARK)
    api = saved("API_KEY_PAIRS", {ADDRESS: API}, INNER_API)
    assert right(both(stark, api))
    path = tmp_path / "stark"
    path.write_bytes(stark if isinstance(stark, bytes) else stark.encode())
    assert right(both(path, api))


@pytest.mark.parametrize("entry", [None, {}, "", {"privateKey": 5}, {"publicKey": "0x1"}])
def test_another_wallets_entry_doesnt_matter(entry):
    stark, api = json.dumps({OTHER: entry, "junk": entry, ADDRESS: STARK}), json.dumps({ADDRESS: API, OTHER: entry})
    assert right(both(stark, api, ethereum_address=ADDRESS))
    refused("stark_key_pairs", "name it with ethereum_address", both, json.dumps({OTHER: entry, ADDRESS: STARK}), api)
    refused("ethereum_address", f"must be one of {OTHER}, {ADDRESS}", both, stark, api,
            ethereum_address="0x22d491Bde2303f2f43325b2108D26f1eAbA1e32b")  # fmt: skip


def test_one_wallets_object_without_its_address():
    assert right(both(json.dumps(STARK), json.dumps(API), ethereum_address=ADDRESS))
    refused("stark_key_pairs", "give ethereum_address, too", both, json.dumps(STARK))
    refused("stark_key_pairs", "as walletAddress", both, json.dumps(STARK | {"walletAddress": "me"}))
    refused("ethereum_address", f"must be one of {ADDRESS}", both, json.dumps(INNER_STARK), ethereum_address=OTHER)


def test_another_value():
    for stark in (json.dumps({ADDRESS: API}), json.dumps(INNER_API)):
        refused("stark_key_pairs", "must be the value of STARK_KEY_PAIRS: this is that of API_KEY_PAIRS", both, stark)
    refused("api_key_pairs", "this is that of STARK_KEY_PAIRS", both, None, json.dumps({ADDRESS: STARK}))
    refused("stark_key_pairs", "this is the row of API_KEY_PAIRS", both, "API_KEY_PAIRS\t" + json.dumps({ADDRESS: API}))
    refused("stark_key_pairs", "a wallet's encrypted key file", both, '{"version": 3, "crypto": {}}')
    refused("stark_key_pairs", "a key file of starkcore", both, '{"format": "starkcore key store", "public": {}}')


def test_a_console_names_a_member_twice():
    refused("stark_key_pairs", "each name once", both, "{'" + ADDRESS + "': {privateKey: '1', 'privateKey': '2'}}")


def test_hex_without_0x():
    bare = {name: value[2:] for name, value in STARK.items()}
    assert right(both(json.dumps({ADDRESS: bare})))


def test_one_of_the_two():
    only = Credentials.from_local_storage(stark_key_pairs=json.dumps({ADDRESS: STARK}))
    assert only.stark_key is not None
    assert only.api_key is None
    only = Credentials.from_local_storage(api_key_pairs=json.dumps({ADDRESS: API}), network_id=11155111)
    assert only.stark_key is None
    assert only.network_id == 11155111
    refused("stark_key_pairs", "must be given", Credentials.from_local_storage)


def test_several_wallets():
    stark = json.dumps({OTHER: STARK, ADDRESS: STARK})
    api = json.dumps({ADDRESS: API, OTHER: API})
    refused("ethereum_address", f"must say which wallet: there are {OTHER}, {ADDRESS}", both, stark, api)
    assert right(both(stark, api, ethereum_address=ADDRESS.lower()))
    third = "0x22d491Bde2303f2f43325b2108D26f1eAbA1e32b"
    refused("ethereum_address", f"must be one of {OTHER}, {ADDRESS}", both, stark, api, ethereum_address=third)
    # One has a wallet more: whether that one is meant, only a person knows.
    refused("ethereum_address", "must say which wallet", both, stark)
    refused("ethereum_address", "api_key_pairs has no " + OTHER, both, stark, ethereum_address=OTHER)
    refused("ethereum_address", "must say which wallet", both, json.dumps({OTHER: STARK}))


def test_a_public_key_of_another_private_key():
    generator = layout.read("published.json")["stark_keys_of_wallets"][1]
    for change in (
        {"publicKey": generator["x"], "publicKeyYCoordinate": generator["y"]},
        {"privateKey": generator["d"]},
        {"publicKeyYCoordinate": hex((1 << 251) + (17 << 192) + 1 - int(WALLET["y"], 16))},  # −y
    ):
        refused(
            "stark_key_pairs",
            f"public key of its private key for {ADDRESS}",
            both,
            json.dumps({ADDRESS: STARK | change}),
        )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"privateKey": "0x0"}, "keys of the Stark curve"),
        ({"privateKey": WALLET["d"] + "0" * 5}, "keys of the Stark curve"),
        ({"privateKey": WALLET["d"] + "g"}, "keys of the Stark curve"),
        ({"privateKey": ""}, "privateKey as text"),
        ({"privateKey": int(WALLET["d"], 16)}, "privateKey as text"),
        ({"publicKey": None}, "publicKey as text"),
        ({"publicKey": "0x5"}, "keys of the Stark curve"),
        ({"publicKeyYCoordinate": []}, "publicKeyYCoordinate as text"),
    ],
)
def test_a_bad_stark_key(change, rule):
    refused("stark_key_pairs", rule, both, json.dumps({ADDRESS: STARK | change}))


@pytest.mark.parametrize(
    "change",
    [{"key": ""}, {"secret": API["secret"] + "A"}, {"secret": API["secret"] + " "}, {"passphrase": None}, {"key": 5}],
)
def test_bad_api_credentials(change):
    refused("api_key_pairs", f"for {ADDRESS}", both, None, json.dumps({ADDRESS: API | change}))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "must be JSON"),
        (json.dumps({ADDRESS: STARK})[:-3], "must be JSON, whole and with each name once (line 1, column"),
        (json.dumps({ADDRESS: STARK}) + "x", "must be JSON"),
        ("'" + json.dumps({ADDRESS: STARK}) + "x", "must be JSON"),
        (json.dumps({ADDRESS: STARK}) + "'", "must be JSON"),
        ('{"a": 1, "a": 2}', "each name once"),
        ("[" * 100_000, "more than 10000 values"),
        ("[" * 9, "must be JSON"),
        ("[" * 9 + "]" * 9, "nested deeper than 8 levels"),
        ("[1]", "object by wallet address"),
        ('"5"', "object by wallet address"),
        ("{}", "at least one wallet"),
        (json.dumps({"wallet": STARK}), "by wallet address"),
        (json.dumps({WALLET["d"]: STARK}), "by wallet address"),
        (json.dumps({ADDRESS: [STARK]}), "must have an object for"),
        (json.dumps({ADDRESS: STARK, ADDRESS.lower(): STARK}), "is there twice"),
        (json.dumps({ADDRESS.replace("F", "f", 1): STARK}), "by wallet address"),
        (WALLET["d"], "the whole value out of the browser, and not a private key or a public key alone"),
        ("0x" + "f" * 64, "and not an Ethereum private key alone"),
        ("test " * 11 + "junk", "and not a wallet's recovery phrase alone"),
        ("someone.eth", "and not a name of ENS alone"),
        ("no/such/file", "path of a file that is there"),
        (".", "must be readable"),
        ("a\0b", "must be readable"),
        ("", "it is empty"),
        (" \n", "it is empty"),
    ],
)
def test_bad_text(text, rule):
    refused("stark_key_pairs", rule, both, text)


def test_bad_files(tmp_path):
    long, binary = tmp_path / "long", tmp_path / "binary"
    long.write_bytes(b" " * ((1 << 20) + 1))
    binary.write_bytes(b'{"\xff": 1}')
    refused("stark_key_pairs", "at most 1 MiB", both, long)
    refused("stark_key_pairs", "must be text in UTF-8, or in UTF-16", both, binary)
    refused("stark_key_pairs", "must have the value", both, b"")
    refused("stark_key_pairs", "text, bytes or a path", both, [])
    refused("api_key_pairs", "text, bytes or a path", both, None, 5)


def test_credentials_themselves():
    refused("network_id", "must be an int", both, network_id=True)
    refused("network_id", "must be in", both, network_id=0)
    refused("position_id", "must be in", Credentials, ethereum_address=ADDRESS, position_id=-1)
    refused("stark_key", "must be a PrivateKey or None", Credentials, ethereum_address=ADDRESS, stark_key=WALLET["d"])
    refused("api_key", "must be a ApiKey or None", Credentials, ethereum_address=ADDRESS, api_key=API)
    arguments = both().client_arguments()
    assert arguments == {
        "default_ethereum_address": ADDRESS,
        "network_id": 1,
        "stark_private_key": WALLET["d"],
        "api_key_credentials": API,
    }


# The examples of ERC-55.
@pytest.mark.parametrize(
    "address",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)  # fmt: skip
def test_checksums(address):
    assert checksum_address(address) == address
    assert checksum_address(address.lower()) == address
    mixed = "0x" + address[2:].swapcase()
    if mixed[2:] not in (address[2:].lower(), address[2:].upper()):
        refused("ethereum_address", "checksum", checksum_address, mixed)


@pytest.mark.parametrize(
    "address", ["", "0x", "0x" + "1" * 39, "1" * 42, "0x" + "g" * 40, "0x" + "1" * 41, "0x" + "١" * 40, 5, None]
)
def test_what_is_no_address(address):
    refused("ethereum_address", "must", checksum_address, address)
