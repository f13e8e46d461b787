"""Ethereum key files: published ones open, and none makes us work without end."""

import copy
import json

import pytest

from starkcore import errors

pytest.importorskip("eth_keyfile")

import eth_keyfile

from starkcore import cli, keyfile

# Published: Ethereum's Web3 Secret Storage Definition, test vectors, whose passphrase and key they share.
PASSPHRASE = b"testpassword"
KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
PUBLISHED = {
    "pbkdf2": {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    },
    "scrypt": {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
            "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
            "kdf": "scrypt",
            "kdfparams": {
                "dklen": 32,
                "n": 262144,
                "r": 1,
                "p": 8,
                "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
            },
            "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    },
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_published_files_open(kind):
    assert keyfile.open_keyfile(PUBLISHED[kind], PASSPHRASE).hex() == KEY
    with pytest.raises(errors.WrongPassphrase):
        keyfile.open_keyfile(PUBLISHED[kind], b"another")
    # Names in another case are taken, as wallets of old write them.
    other_case = {name.upper(): part for name, part in PUBLISHED[kind].items()}
    other_case["CRYPTO"] = {name.title(): part for name, part in PUBLISHED[kind]["crypto"].items()}
    assert keyfile.open_keyfile(other_case, PASSPHRASE).hex() == KEY


@pytest.mark.parametrize("bytes_of_key", [1, 31, 32])
def test_a_key_without_its_zeros(bytes_of_key):
    """Some wallets leave out the zeros in front."""
    from eth_keyfile.keyfile import encrypt_aes_ctr, keccak

    derived = bytes(range(32))
    key = bytes(range(1, bytes_of_key + 1))
    ciphertext = encrypt_aes_ctr(key, derived[:16], 5)
    document = copy.deepcopy(PUBLISHED["scrypt"])
    document["crypto"] |= {"ciphertext": ciphertext.hex(), "mac": keccak(derived[16:] + ciphertext).hex()}
    document["crypto"]["cipherparams"]["iv"] = (5).to_bytes(16, "big").hex()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eth_keyfile.keyfile._scrypt_hash", lambda *_, **__: derived)
        assert keyfile.open_keyfile(document, PASSPHRASE) == key.rjust(32, b"\0")


def within(document, *names):
    for name in names:
        document = document[name]
    return document


# Each is (which file, where in it, what is changed there).
REFUSED = {
    "16 GiB of scrypt": ("scrypt", ("crypto", "kdfparams"), {"n": 1 << 24, "r": 8, "p": 1}),
    "a byte over 1 GiB": ("scrypt", ("crypto", "kdfparams"), {"n": 1 << 20, "r": 3, "p": 3}),
    "memory by r": ("scrypt", ("crypto", "kdfparams"), {"n": 2, "r": 1 << 29, "p": 1}),
    "time by p": ("scrypt", ("crypto", "kdfparams"), {"n": 1 << 12, "r": 8, "p": 1 << 20}),
    "no power of two": ("scrypt", ("crypto", "kdfparams"), {"n": 4097}),
    "n of one": ("scrypt", ("crypto", "kdfparams"), {"n": 1}),
    "n below nothing": ("scrypt", ("crypto", "kdfparams"), {"n": -4096}),
    "r of nothing": ("scrypt", ("crypto", "kdfparams"), {"r": 0}),
    "n as text": ("scrypt", ("crypto", "kdfparams"), {"n": "262144"}),
    "n as a float": ("scrypt", ("crypto", "kdfparams"), {"n": 262144.0}),
    "n in another case": ("scrypt", ("crypto", "kdfparams"), {"N": 1 << 27}),
    "crypto in another case": ("scrypt", (), {"Crypto": {"kdf": "scrypt", "kdfparams": {"n": 1 << 27}}}),
    "ten million rounds and one": ("pbkdf2", ("crypto", "kdfparams"), {"c": 10_000_001}),
    "no rounds": ("pbkdf2", ("crypto", "kdfparams"), {"c": 0}),
    "another hash": ("pbkdf2", ("crypto", "kdfparams"), {"prf": "hmac-md5"}),
    "a hash that is no text": ("pbkdf2", ("crypto", "kdfparams"), {"prf": ["hmac-sha256"]}),
    "a long key": ("pbkdf2", ("crypto", "kdfparams"), {"dklen": 1 << 31}),
    # With 16 bytes none is left for the tag, and any passphrase fits.
    "a short key": ("scrypt", ("crypto", "kdfparams"), {"dklen": 16}),
    "a long salt": ("scrypt", ("crypto", "kdfparams"), {"salt": "00" * 65}),
    "no salt": ("scrypt", ("crypto", "kdfparams"), {"salt": ""}),
    "another kdf": ("scrypt", ("crypto",), {"kdf": "argon2"}),
    "parameters that are none": ("scrypt", ("crypto",), {"kdfparams": []}),
    "another cipher": ("scrypt", ("crypto",), {"cipher": "aes-256-ctr"}),
    "a long ciphertext": ("scrypt", ("crypto",), {"ciphertext": "00" * 33}),
    "no ciphertext": ("scrypt", ("crypto",), {"ciphertext": ""}),
    "a short tag": ("scrypt", ("crypto",), {"mac": "00"}),
    "version 4": ("scrypt", (), {"version": 4}),
    "a version that is true": ("scrypt", (), {"version": True}),
    "no crypto": ("scrypt", (), {"crypto": None}),
}


@pytest.fixture
def no_work(monkeypatch):
    def worked(*_):
        raise AssertionError("work was done")

    monkeypatch.setattr(eth_keyfile, "decode_keyfile_json", worked)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_any_work(name, no_work):
    kind, place, changes = REFUSED[name]
    document = copy.deepcopy(PUBLISHED[kind])
    within(document, *place).update(changes)
    with pytest.raises(errors.KeyStoreDamaged):
        keyfile.open_keyfile(document, PASSPHRASE)


@pytest.mark.parametrize("document", [None, [], "x", 5, {}, {5: 5}])
def test_what_is_no_key_file(document, no_work):
    with pytest.raises(errors.KeyStoreDamaged):
        keyfile.open_keyfile(document, PASSPHRASE)


def test_the_command_line_says_the_bound(tmp_path, monkeypatch, capsys, no_work):
    path = tmp_path / "wallet.json"
    path.touch(0o600)
    monkeypatch.setenv("STARKCORE_ETH_PASSPHRASE", PASSPHRASE.decode())
    for name, words in (
        ("16 GiB of scrypt", "128 · n · r · p = 2^30"),
        ("ten million rounds and one", "ten million rounds"),
        ("n in another case", "a name twice"),
    ):
        kind, place, changes = REFUSED[name]
        document = copy.deepcopy(PUBLISHED[kind])
        within(document, *place).update(changes)
        path.write_text(json.dumps(document))
        assert cli.main(["keys", "derive", "--show", "--eth-key-file", str(path)]) == 2
        told = capsys.readouterr().err
        assert told.startswith("starkcore: --eth-key-file must be")
        assert words in told
