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
        (WALLET["d"], "path of a file that is there"),
        ("no/such/file", "path of a file that is there"),
        (".", "must be readable"),
        ("a\0b", "must be readable"),
        ("", "must be readable"),
    ],
)
def test_bad_text(text, rule):
    refused("stark_key_pairs", rule, both, text)


def test_bad_files(tmp_path):
    long, binary = tmp_path / "long", tmp_path / "binary"
    long.write_bytes(b" " * ((1 << 20) + 1))
    binary.write_bytes(b'{"\xff": 1}')
    refused("stark_key_pairs", "at most 1 MiB", both, long)
    refused("stark_key_pairs", "must be UTF-8", both, binary)
    refused("stark_key_pairs", "JSON text or a path", both, b"{}")
    refused("api_key_pairs", "JSON text or a path", both, None, 5)


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
