"""The key store's inner functions, one at a time: what is read, what is bound to what, and what may replace what."""

import json
from pathlib import Path

import pytest

pytest.importorskip("eth_keyfile")

from Crypto.Cipher import AES

from starkcore import PrivateKey, PublicKey, errors, extended, keyfile, keystore, paradex
from starkcore.dydx import credentials as dydx
from starkcore.keystore import Entry, Secret, entry, kinds, sealing, store

# The Stark curve's generator (StarkWare, "STARK curve"): the public key of the private key 1. Twice and thrice that
# point's x-coordinates differ, and n - 1 has the same one with the other y.
X = 0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA
Y = 0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
ONE, TWO, MINUS_ONE = PrivateKey(1), PrivateKey(2), PrivateKey(N - 1)
PUBLIC = {"stark_public_key": hex(X), "stark_public_key_y_coordinate": hex(Y), "has_api_key": False}
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"  # Ganache's first


def opened(key=None, api=None, venue="elsewhere", network="mainnet", address="0x1", **facts):
    return Entry.of(venue, network, address, Secret(key, api), facts)


# ---- What an entry says ----


def test_a_public_part_has_what_each_has():
    assert entry._public(PUBLIC | {"vault": 7}) == PUBLIC | {"vault": 7}
    nothing = dict.fromkeys(PUBLIC) | {"has_api_key": True}
    assert entry._public(nothing) == nothing


@pytest.mark.parametrize(
    "changes",
    [
        {"stark_public_key": None}, {"stark_public_key_y_coordinate": None}, {"stark_public_key": hex(X).upper()},
        {"stark_public_key": X}, {"has_api_key": 1}, {"has_api_key": None}, {f"n{i}": i for i in range(30)},
    ],
)  # fmt: skip
def test_a_public_part_that_is_refused(changes):
    with pytest.raises(errors.InvalidInput, match=r"^public must have"):
        entry._public(PUBLIC | changes)
    with pytest.raises(errors.InvalidInput, match=r"^public must have stark_public_key"):
        entry._public({})
    with pytest.raises(errors.InputTypeError, match=r"^public must be a mapping"):
        entry._public([])


def test_names_of_facts():
    assert entry._name("a" + "b_9" * 13) == "a" + "b_9" * 13
    for name in ("", "A", "9a", "_a", "a-b", "a" * 41, "\u0430", "a\n"):
        with pytest.raises(errors.InvalidInput, match="names of small letters"):
            entry._name(name)


@pytest.mark.parametrize("value", [None, True, False, 0, 2**64 - 1, "", " ~" * 100])
def test_facts(value):
    assert entry._fact(value) is value or entry._fact(value) == value


@pytest.mark.parametrize("value", [-1, 2**64, "a\n", "\u00e9", "a" * 201, "\x7f"])
def test_what_is_no_fact(value):
    with pytest.raises(errors.InvalidInput, match=r"^public must have"):
        entry._fact(value)
    with pytest.raises(errors.InputTypeError, match=r"^public must be None, a bool, an int or text"):
        entry._fact(1.5)


def test_the_public_part_that_belongs_to_a_key():
    assert entry._key_part(Secret(ONE)) == PUBLIC
    assert entry._key_part(Secret(None, {"key": "k"})) == dict.fromkeys(PUBLIC) | {"has_api_key": True}


def test_the_texts_of_an_api_key():
    assert dict(entry._texts({"key": "k"})) == {"key": "k"}
    with pytest.raises(TypeError):
        entry._texts({"key": "k"})["key"] = "another"
    for wrong in ({"key": 1234567}, {1234567: "k"}, "1234567"):
        with pytest.raises(errors.InputTypeError, match=r"^api_key must be") as caught:
            entry._texts(wrong)
        assert "1234567" not in str(caught.value)


def test_a_venues_own_type():
    assert kinds.kind_of("dydx") is dydx.Credentials
    assert kinds.kind_of("paradex") is paradex.Credentials
    assert kinds.kind_of("extended") is extended.Credentials
    assert kinds.kind_of("elsewhere") is None


# ---- How it is sealed ----


def document(**changes):
    return {
        "format": "starkcore key store", "version": 2, "venue": "dydx", "public": {"b": 1, "a": None},
        "keyfile": {"k": 1}, "sealed": {"cipher": "aes-256-gcm", "nonce": "00" * 12, "ciphertext": "", "tag": ""},
    } | changes  # fmt: skip


def test_all_but_what_the_cipher_made_is_bound():
    assert sealing._associated(document()) == (
        b'{"format":"starkcore key store","keyfile":{"k":1},"public":{"a":null,"b":1},'
        b'"sealed":{"cipher":"aes-256-gcm","nonce":"000000000000000000000000"},"venue":"dydx","version":2}'
    )
    assert sealing._associated(document(version=1)) == b'["starkcore key store",1,{"a":null,"b":1}]'


def test_a_data_key_is_a_key_of_secp256k1(monkeypatch):
    order = bytes.fromhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")  # SEC 2, 2.4.1
    most = order[:-1] + b"\x40"
    drawn = iter([bytes(32), order, b"\xff" * 32, most])
    monkeypatch.setattr(sealing.secrets, "token_bytes", lambda size: next(drawn))
    assert sealing._data_key() == most


@pytest.fixture
def sealed(monkeypatch):
    """A document whose secret part pycryptodome encrypted, with the associated data as text above."""
    made = document()
    cipher = AES.new(b"k" * 32, AES.MODE_GCM, nonce=bytes(12))
    cipher.update(sealing._associated(made))
    ciphertext, tag = cipher.encrypt_and_digest(b"the secret part")
    made["sealed"] |= {"ciphertext": ciphertext.hex(), "tag": tag.hex()}
    monkeypatch.setattr(sealing, "open_keyfile", lambda keyfile, password: b"k" * 32)
    return made


def test_what_is_unsealed(sealed):
    assert sealing.unseal(sealed, b"x") == b"the secret part"


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("cipher", "aes-128-gcm", "cipher isn't aes-256-gcm"), ("nonce", "00" * 11, "another length"),
        ("nonce", "0g", "can't be read"), ("nonce", 5, "can't be read"), ("tag", "00" * 4, "another length"),
        ("tag", "00" * 16, "was changed"), ("nonce", "01" + "00" * 11, "was changed"),
        ("ciphertext", "", "was changed"), ("more", 1, "was changed"),
    ],
)  # fmt: skip
def test_what_is_not_unsealed(sealed, part, value, reason):
    sealed["sealed"][part] = value
    with pytest.raises(errors.KeyStoreDamaged, match=reason):
        sealing.unseal(sealed, b"x")


def test_a_changed_head_is_not_unsealed(sealed):
    sealed["public"]["b"] = 2
    with pytest.raises(errors.KeyStoreDamaged, match="was changed"):
        sealing.unseal(sealed, b"x")


# ---- Ethereum's key files ----

# Published: Web3 Secret Storage Definition, "Test Vectors".
IV, SALT = "6087dab2f9fdbbfaddc31a909735c1e6", "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
CIPHERTEXT = "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46"
MAC = "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
PBKDF2 = {"c": 262144, "dklen": 32, "prf": "hmac-sha256", "salt": SALT}
SCRYPT = {"dklen": 32, "n": 262144, "r": 1, "p": 8, "salt": SALT}


def published(**changes):
    return {
        "cipher": "aes-128-ctr", "cipherparams": {"iv": IV}, "ciphertext": CIPHERTEXT, "mac": MAC, "kdf": "pbkdf2",
        "kdfparams": PBKDF2,
    } | changes  # fmt: skip


def test_the_parts_of_a_key_file_and_no_others():
    given = {"Crypto": published(more=1), "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6"}
    assert keyfile._checked(given) == {"version": 3, "crypto": published()}


@pytest.mark.parametrize(
    "given",
    [
        {"crypto": published(), "version": 1}, {"crypto": published(), "version": True}, {"version": 3}, [], None,
        {"crypto": published(cipher="aes-128-cbc"), "version": 3}, {"crypto": published(mac=MAC[2:]), "version": 3},
        {"crypto": published(), "CRYPTO": published(), "version": 3},
        {"crypto": published(ciphertext=CIPHERTEXT + "00"), "version": 3},
        {"crypto": published(cipherparams={"iv": IV + "00"}), "version": 3},
    ],
)  # fmt: skip
def test_what_is_no_key_file(given):
    with pytest.raises(errors.KeyStoreDamaged):
        keyfile._checked(given)


def test_work_within_its_bounds():
    assert keyfile._cost("pbkdf2", PBKDF2 | {"more": 1}) == PBKDF2
    assert keyfile._cost("scrypt", SCRYPT) == SCRYPT
    assert keyfile._cost("scrypt", SCRYPT | {"n": 1 << 20, "r": 8, "p": 1})["n"] == 1 << 20  # 128 · 2^20 · 8 = 2^30
    assert keyfile._cost("pbkdf2", PBKDF2 | {"c": 10_000_000})["c"] == 10_000_000


@pytest.mark.parametrize(
    ("kdf", "parameters", "reason"),
    [
        ("scrypt", SCRYPT | {"n": 1 << 20, "r": 8, "p": 2}, "asks for more work"),
        ("scrypt", SCRYPT | {"n": 262143}, "no power of two"), ("scrypt", SCRYPT | {"n": True}, "n, r and p"),
        ("scrypt", SCRYPT | {"r": 0}, "n, r and p"), ("scrypt", SCRYPT | {"p": -1}, "n, r and p"),
        ("scrypt", SCRYPT | {"dklen": 31}, "dklen"), ("scrypt", SCRYPT | {"dklen": 33}, "dklen"),
        ("scrypt", SCRYPT | {"dklen": 16}, "dklen"), ("scrypt", SCRYPT | {"dklen": 64}, "dklen"),
        ("scrypt", SCRYPT | {"salt": ""}, "salt"), ("scrypt", SCRYPT | {"salt": "00" * 65}, "salt"),
        ("pbkdf2", PBKDF2 | {"c": 10_000_001}, "ten million"), ("pbkdf2", PBKDF2 | {"c": 0}, "ten million"),
        ("pbkdf2", PBKDF2 | {"prf": "hmac-sha512"}, "another hash"), ("argon2", SCRYPT, "neither scrypt nor pbkdf2"),
        (None, SCRYPT, "neither scrypt nor pbkdf2"),
    ],
)  # fmt: skip
def test_work_that_is_not_done(kdf, parameters, reason):
    with pytest.raises(errors.KeyStoreDamaged, match=reason):
        keyfile._cost(kdf, parameters)


def test_names_in_lower_case_each_once():
    assert keyfile._lower({"Crypto": 1, "version": 3}) == {"crypto": 1, "version": 3}
    for wrong in ({"a": 1, "A": 2}, None, [], {1: 2}):
        with pytest.raises(errors.KeyStoreDamaged):
            keyfile._lower(wrong)


def test_hex_digits_for_so_many_bytes():
    assert keyfile._hex({"iv": "0xAb01"}, "iv", 2, 2) == "Ab01"
    assert keyfile._hex({"iv": "ab"}, "iv", 1, 2) == "ab"
    for text in ("", "abc", "ab", "ababab", "0xab", "ab c", "\u0661\u0661\u0661\u0661", 0xABAB, None):
        with pytest.raises(errors.KeyStoreDamaged, match="iv can't be read"):
            keyfile._hex({"iv": text}, "iv", 2, 2)


# ---- What the store takes, and what may replace what ----


def test_whatever_is_given_becomes_an_opened_entry():
    whole = opened(ONE)
    assert store._entry(whole, "credentials") is whole
    kept = store._entry(paradex.Credentials(account=0x123, stark_key=ONE, network="testnet"), "credentials")
    assert (kept.venue, kept.network, kept.address, kept.secret.stark_key) == ("paradex", "testnet", "0x123", ONE)
    unopened = Entry(venue="a", network="b", address="0x1", public=PUBLIC)
    with pytest.raises(errors.InvalidInput, match="must have its secret part"):
        store._entry(unopened, "credentials")
    for wrong in (None, {}, ONE, type("Liar", (), {"to_entry": lambda self: 5, "from_entry": None})()):
        with pytest.raises(errors.InputTypeError, match=r"^credentials must be a venue's Credentials"):
            store._entry(wrong, "credentials")


def test_what_is_new_is_added():
    whole = store._merged(opened(ONE, vault=None), opened(None, {"key": "k"}, vault=7), False, None)
    assert whole == opened(ONE, {"key": "k"}, vault=7)
    assert store._merged(whole, opened(None, vault=None), False, None) == whole


@pytest.mark.parametrize("other", [{"venue": "another"}, {"network": "testnet"}, {"address": "0x2"}])
def test_entries_of_two_accounts_are_not_one(other):
    with pytest.raises(errors.InvalidInput, match=r"^credentials must be of the venue"):
        store._merged(opened(ONE), opened(ONE, **other), True, X)


def test_a_stark_key_goes_where_it_is_named_alone():
    old, new = opened(ONE, {"key": "k"}, vault=7), opened(TWO, vault=None)
    for replace, named in ((False, None), (True, None), (True, X + 1), (True, TWO.public_key.x)):
        with pytest.raises(errors.KeyStoreExists, match="another Stark key"):
            store._merged(old, new, replace, named)
    # What was the old key's goes with it; of a venue that nobody knows, that is every fact.
    assert store._merged(old, new, False, X) == opened(TWO, {"key": "k"}, vault=None)


def test_of_a_venue_that_is_known_only_its_keys_facts_go():
    def made(key, **facts):
        return dydx.Credentials(ethereum_address=ADDRESS, stark_key=key, **facts).to_entry()

    whole = store._merged(made(ONE, position_id=5), made(TWO), False, X)
    assert (whole.facts, whole.secret.stark_key) == ({"network_id": 1, "position_id": None}, TWO)


def test_api_keys_and_facts_are_replaced_when_told():
    old, new = opened(ONE, {"key": "k"}, vault=7), opened(None, {"key": "other"}, vault=7)
    with pytest.raises(errors.KeyStoreExists, match="API credentials"):
        store._merged(old, new, False, None)
    assert store._merged(old, new, True, None) == opened(ONE, {"key": "other"}, vault=7)
    with pytest.raises(errors.KeyStoreExists, match="another vault"):
        store._merged(old, opened(None, vault=8), False, None)
    assert store._merged(old, opened(None, vault=8), True, None).facts == {"vault": 8}


def test_no_key_is_lost_unnamed():
    old = opened(ONE)
    store._refuse_loss(old, ONE, None)
    store._refuse_loss(old, TWO, X)
    store._refuse_loss(old, None, X)
    store._refuse_loss(opened(None), TWO, None)
    for new in (TWO, None, MINUS_ONE):  # the negative of a key has the same x
        for named in (None, X + 1, TWO.public_key.x):
            with pytest.raises(errors.KeyStoreExists, match=hex(X)):
                store._refuse_loss(old, new, named)


def test_the_key_that_may_be_replaced():
    assert store._named(None) is None
    assert store._named(hex(X)) == X
    assert store._named(PublicKey(X, Y)) == X
    for wrong in ("", "xyz", "0x0"):
        with pytest.raises(errors.InvalidInput, match=r"^replace_key must be the hex"):
            store._named(wrong)
    with pytest.raises(errors.InputTypeError, match=r"^replace_key must be a PublicKey"):
        store._named(X)


def test_the_cost_of_a_guess():
    class Liar(int):
        def bit_count(self):
            return 1

    for cost in (1 << 12, 1 << 18, 1 << 20):
        assert store._cost(cost) == cost
    for cost in (0, 1 << 11, 1 << 21, 5000, Liar(5000)):
        with pytest.raises(errors.InvalidInput, match=r"^scrypt_n must be a power of two"):
            store._cost(cost)
    for cost in (True, 4096.0, "4096"):
        with pytest.raises(errors.InputTypeError, match=r"^scrypt_n must be an int"):
            store._cost(cost)


def test_names_that_files_can_have():
    assert store._path("a/b", "path") == Path("a/b")
    assert store._path(Path("a"), "path") == Path("a")
    for wrong in ("a\0b", "\ud800", ""):
        with pytest.raises(errors.InvalidInput, match=r"^folder must be a name that files can have"):
            store._path(wrong, "folder")
    for wrong in (b"a", 5, None):
        with pytest.raises((errors.InputTypeError, errors.InvalidInput), match=r"^path must be"):
            store._path(wrong)


def test_a_new_file_is_written_once(tmp_path):
    assert store._write_new(tmp_path / "keys.json", b"first") is True
    assert store._write_new(tmp_path / "keys.json", b"second") is False
    assert (tmp_path / "keys.json").read_bytes() == b"first"


def test_what_a_sealed_file_holds(monkeypatch):
    """The names are the format's: a file that is there must still open with them."""
    seen = {}
    monkeypatch.setattr(
        sealing,
        "seal",
        lambda head, secret, password, n: seen.update(head=head, secret=secret, given=(password, n)) or {},
    )
    data = store._sealed_file(opened(ONE, {"key": "k"}, vault=7), b"x", 4096)
    assert data.endswith(b"}\n")
    assert json.loads(seen["secret"]) == {"stark_private_key": "0x1", "api_key": {"key": "k"}}
    assert seen["head"] == {
        "venue": "elsewhere", "network": "mainnet", "address": "0x1",
        "public": PUBLIC | {"has_api_key": True, "vault": 7},
    }  # fmt: skip
    assert seen["given"] == (b"x", 4096)
    store._sealed_file(opened(), b"x", 4096)
    assert json.loads(seen["secret"]) == {"stark_private_key": None, "api_key": None}


FIRST = {"ethereum_address": ADDRESS, "network_id": 1, "position_id": None, **PUBLIC}


def test_what_a_document_says_of_itself():
    head = {"venue": "elsewhere", "network": "mainnet", "address": "0x1", "public": PUBLIC}
    assert store._public_entry(head | {"sealed": {}}) == Entry(**head)
    first = store._public_entry({"public": FIRST})
    assert (first.venue, first.network, first.address, first.network_id) == ("dydx", "mainnet", ADDRESS, 1)
    for wrong in (head | {"venue": None}, {"venue": "elsewhere"}, head | {"venue": "dydx"}, {"public": {}}):
        with pytest.raises(errors.KeyStoreDamaged, match="public part"):
            store._public_entry(wrong)


@pytest.mark.parametrize(
    "changes",
    [{"ethereum_address": ADDRESS.lower()}, {"network_id": 0}, {"network_id": True}, {"more": 1}, {"position_id": []}],
)
def test_a_first_entry_that_is_none(changes):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^public must"):
        dydx.Credentials.first_entry(FIRST | changes)


@pytest.mark.parametrize(
    ("address", "facts", "fits"),
    [
        (ADDRESS, {"network_id": 1, "position_id": None}, True), (ADDRESS, {"network_id": 1, "position_id": 5}, True),
        (ADDRESS.lower(), {"network_id": 1, "position_id": None}, False), (ADDRESS, {"network_id": 1}, False),
        (ADDRESS, {"network_id": True, "position_id": None}, False),
        (ADDRESS, {"network_id": 1, "position_id": "5"}, False),
        (ADDRESS, {"network_id": 1, "position_id": 5, "more": None}, False),
    ],
)  # fmt: skip
def test_facts_are_those_of_the_venue(address, facts, fits):
    assert store._is_of_its_kind(opened(ONE, venue="dydx", address=address, **facts)) is fits
    assert store._is_of_its_kind(opened(ONE, address=address, **facts)) is True  # of a venue that nobody knows


def test_the_type_of_an_entry():
    nobodys = opened(ONE)
    assert store._own_type(nobodys) is nobodys
    facts = {"network_id": 1, "position_id": 5}
    own = store._own_type(opened(ONE, venue="dydx", address=ADDRESS, **facts))
    assert own == dydx.Credentials(ethereum_address=ADDRESS, stark_key=ONE, position_id=5)
    with pytest.raises(errors.KeyStoreDamaged, match="doesn't hold what a key file holds") as caught:
        store._own_type(opened(ONE, {"key": "s3cret-of-an-api"}, venue="dydx", address=ADDRESS, **facts))
    assert caught.value.__context__ is None  # it may carry the secret along


def test_the_secret_part_that_was_opened():
    assert store._opened(b'{"stark_private_key": "0x1", "api_key": {"key": "k"}}') == Secret(ONE, {"key": "k"})
    assert store._opened(b'{"stark_private_key": null, "api_key": null}') == Secret()
    for wrong in (b"", b"{", b"[]", b"{}", b'{"stark_private_key": "0x0", "api_key": null}',
                  b'{"stark_private_key": null, "api_key": 5}', b'{"stark_private_key": null}'):  # fmt: skip
        assert store._opened(wrong) is None


# ---- A venue's credentials ----


def test_credentials_of_dydx_to_an_entry_and_back():
    api = dydx.ApiKey("key", "c2VjcmV0", "passphrase")
    whole = dydx.Credentials(ethereum_address=ADDRESS, stark_key=ONE, api_key=api, network_id=5, position_id=7)
    entry_ = dydx.Credentials.to_entry(whole)
    assert dict(entry_.public) == PUBLIC | {"has_api_key": True, "network_id": 5, "position_id": 7}
    assert dict(entry_.secret.api_key) == {"key": "key", "secret": "c2VjcmV0", "passphrase": "passphrase"}
    assert (entry_.venue, entry_.address) == ("dydx", ADDRESS)
    assert dydx.Credentials.from_entry(entry_) == whole


def test_credentials_of_extended_to_an_entry_and_back():
    whole = extended.Credentials(ethereum_address=ADDRESS, stark_key=ONE, api_key="k", vault=10002, account_index=3)
    entry_ = extended.Credentials.to_entry(whole)
    assert dict(entry_.public) == PUBLIC | {"has_api_key": True, "account_index": 3, "vault": 10002}
    assert (entry_.venue, entry_.network, dict(entry_.secret.api_key)) == ("extended", "mainnet", {"key": "k"})
    assert extended.Credentials.from_entry(entry_) == whole


def test_credentials_of_paradex_to_an_entry_and_back():
    whole = paradex.Credentials(account=0x123, stark_key=ONE, network="testnet", ethereum_address=ADDRESS)
    entry_ = paradex.Credentials.to_entry(whole)
    assert dict(entry_.public) == PUBLIC | {"ethereum_address": ADDRESS}
    assert paradex.Credentials.from_entry(entry_) == whole


@pytest.mark.parametrize("kind", [dydx.Credentials, extended.Credentials, paradex.Credentials])
def test_no_entry_of_another_venue_is_taken(kind):
    closed = Entry(venue=kinds_name(kind), network="mainnet", address="0x1", public=PUBLIC)
    for wrong in (opened(ONE), closed, None, {}):
        with pytest.raises(errors.InvalidInput, match=r"^entry must be an opened entry of"):
            kind.from_entry(wrong)


def kinds_name(kind):
    return kind.__module__.split(".")[1]


@pytest.mark.parametrize("module", ["dydx", "paradex", "extended"])
def test_an_address_is_in_checksum_form(module):
    fits = kinds.kind_of(module).__dict__["to_entry"].__globals__["_is_address"]
    # EIP-55's own examples.
    assert fits("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") is True
    assert fits("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359") is True
    for wrong in ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "", None,
                  5, "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"):  # fmt: skip
        assert fits(wrong) is False


def test_an_account_is_a_felt_as_python_writes_it():
    fits = kinds.kind_of("paradex").__dict__["to_entry"].__globals__["_is_felt"]
    assert fits("0x123") is True
    assert fits(hex(2**251 + 17 * 2**192)) is True  # the largest: p - 1
    for wrong in ("0x0123", "0X123", "123", hex(2**251 + 17 * 2**192 + 1), 0x123, None, ""):
        assert fits(wrong) is False


def test_numbers_of_credentials():
    assert dydx._whole(0, "position_id", 0) == 0
    assert dydx._whole(2**64 - 1, "position_id", 1) == 2**64 - 1
    for wrong in (0, 2**64):
        with pytest.raises(errors.InvalidInput, match=r"^network_id must be in \[1, 2\^64\)"):
            dydx._whole(wrong, "network_id", 1)
    with pytest.raises(errors.InputTypeError):
        dydx._whole(True, "network_id", 1)


PAIR = {"privateKey": "1", "publicKey": f"{X:x}", "publicKeyYCoordinate": f"{Y:x}"}


def test_a_pair_of_keys_belongs_together():
    assert dydx._stark_key(PAIR, ADDRESS) == ONE
    with pytest.raises(errors.InvalidInput, match=r"must have the public key of its private key for 0x90F8"):
        dydx._stark_key(PAIR | {"privateKey": "2"}, ADDRESS)
    with pytest.raises(errors.InvalidInput, match="public key of its private key"):
        dydx._stark_key(PAIR | {"privateKey": f"{N - 1:x}"}, ADDRESS)
    with pytest.raises(errors.InvalidInput, match=r"^stark_key_pairs must have keys of the Stark curve for 0x90F8"):
        dydx._stark_key(PAIR | {"publicKey": "5"}, ADDRESS)


def test_an_api_key_out_of_the_browser():
    pair = {"key": "k", "secret": "c2VjcmV0", "passphrase": "p"}
    assert dydx._api_key(pair, ADDRESS) == dydx.ApiKey("k", "c2VjcmV0", "p")
    with pytest.raises(
        errors.InvalidInput, match=r"^api_key_pairs must have well-formed credentials for 0x90F8.*secret"
    ):
        dydx._api_key(pair | {"secret": "\u00e9"}, ADDRESS)


def test_an_api_key_out_of_a_mapping():
    pair = {"key": "k", "secret": "c2VjcmV0", "passphrase": "p"}
    made = dydx.ApiKey("k", "c2VjcmV0", "p")
    assert dydx.api_key_of(pair | {"more": 1}) == made
    assert dydx.api_key_of(made) is made
    assert dydx.api_key_of(None) is None
    for wrong in ({}, {"key": "k"}, "k", ["key", "secret", "passphrase"]):
        with pytest.raises(errors.InvalidInput, match=r"^api_key_credentials must be a dict"):
            dydx.api_key_of(wrong)
    with pytest.raises(errors.InvalidInput, match=r"^api must be well-formed") as caught:
        dydx.api_key_of(pair | {"passphrase": 1234567}, "api")
    assert caught.value.__context__ is None
    assert "1234567" not in str(caught.value)


def test_a_version_that_is_read():
    assert (keystore.VERSION, sealing.FIRST) == (2, 1)


def test_a_passphrase_costs_as_much_as_at_geth():
    """The standard scrypt of go-ethereum's key store: N = 262 144."""
    assert sealing.SCRYPT_N == SCRYPT["n"] == 262144
