"""Key files: what goes in comes out, and nothing else does; a failure leaves what was there."""

import copy
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
import traceback
import unicodedata

import pytest
from vectors import layout

from starkcore import PrivateKey, errors
from starkcore.dydx.credentials import ApiKey, Credentials

pytest.importorskip("eth_keyfile")

from starkcore import keystore
from starkcore.keystore import sealing

WALLET = layout.read("published.json")["stark_keys_of_wallets"][0]
POSIX = os.name == "posix"
FAST = 1 << 12
PASSPHRASE = "correct horse battery stäple"

# Published: the mainnet credentials of dydx-v3-python 2.1.0, tests/test_onboarding.py.
KEY = "50fdcaa0-62b8-e827-02e8-a9520d46cb9f"
SECRET = "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9"
API_PASSPHRASE = "12_1LuuJMZUxcj3kGBWc"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"


def credentials(**changes):
    return Credentials(
        **{
            "ethereum_address": ADDRESS,
            "stark_key": PrivateKey(WALLET["d"]),
            "api_key": ApiKey(KEY, SECRET, API_PASSPHRASE),
            "position_id": 12345,
        }
        | changes
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def needles():
    digits = WALLET["d"][2:]
    return [digits, digits.upper(), str(int(digits, 16)), SECRET, API_PASSPHRASE, PASSPHRASE, "battery"]


def shows_no_secret(text):
    return not any(needle in text for needle in needles())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "wallet.json"


@pytest.fixture
def saved(path):
    keystore.save(path, credentials(), PASSPHRASE, scrypt_n=FAST)
    return path


def edit(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stark_key": None},
        {"api_key": None},
        {"position_id": None, "network_id": 11155111},
        {"stark_key": PrivateKey(1)},
    ],
)
def test_what_goes_in_comes_out(path, changes):
    before = credentials(**changes)
    keystore.save(path, before, PASSPHRASE, scrypt_n=FAST)
    assert keystore.load(path, PASSPHRASE) == before
    entry = keystore.public_part(path)
    assert entry.ethereum_address == ADDRESS
    assert entry.has_api_key == (before.api_key is not None)
    if before.stark_key is not None:
        assert entry.stark_public_key == hex(before.stark_key.public_key.x)


def test_the_default_cost_is_that_of_ethereum_wallets(path):
    keystore.save(path, credentials(), PASSPHRASE)
    cost = json.loads(path.read_text())["keyfile"]["crypto"]["kdfparams"]
    assert (cost["n"], cost["r"], cost["p"]) == (262144, 8, 1)  # geth's StandardScryptN and StandardScryptP
    assert keystore.load(path, PASSPHRASE) == credentials()


def test_the_inner_key_file_is_one_that_others_open(saved):
    from eth_account import Account

    aead = pytest.importorskip(
        "cryptography.hazmat.primitives.ciphers.aead"
    )  # another AES-GCM than the one we write with
    document = json.loads(saved.read_text())
    data_key = Account.decrypt(document["keyfile"], unicodedata.normalize("NFKD", PASSPHRASE).encode())
    sealed = {name: bytes.fromhex(document["sealed"][name]) for name in ("nonce", "ciphertext", "tag")}
    bound = document | {"sealed": {name: document["sealed"][name] for name in ("cipher", "nonce")}}
    associated = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    opened = aead.AESGCM(bytes(data_key)).decrypt(sealed["nonce"], sealed["ciphertext"] + sealed["tag"], associated)
    assert json.loads(opened)["api_key"]["secret"] == SECRET


def test_the_file_shows_no_secret(saved):
    text = saved.read_text()
    assert shows_no_secret(text)
    assert SECRET.encode().hex() not in text
    other = saved.with_name("other.json")
    keystore.save(other, credentials(), PASSPHRASE, scrypt_n=FAST)
    one, two = (json.loads(file.read_text()) for file in (saved, other))
    assert one["keyfile"]["address"] != two["keyfile"]["address"]  # another data key
    assert one["sealed"]["ciphertext"] != two["sealed"]["ciphertext"]
    assert one["sealed"]["nonce"] != two["sealed"]["nonce"]


def test_reprs_and_pickles_show_no_secret():
    whole = credentials()
    for text in (repr(whole), str(whole), f"{whole}", repr(whole.api_key), repr([whole])):
        assert shows_no_secret(text)
    for thing in (whole, whole.api_key):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(thing)
        with pytest.raises(TypeError, match="pickle"):
            copy.deepcopy(thing)


@pytest.mark.skipif(not POSIX, reason="file modes are POSIX's")
def test_it_is_for_the_owner_alone_from_the_start(tmp_path, monkeypatch):
    modes = []
    real = os.fsync

    def fsync(descriptor):
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    old = os.umask(0)
    try:
        keystore.save(tmp_path / "a.json", credentials(), PASSPHRASE, scrypt_n=FAST)
    finally:
        os.umask(old)
    assert modes[0] == 0o600
    assert len(modes) == 2  # the file, and the folder that has its name
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


def test_it_is_not_written_over_unless_told(saved):
    before = saved.read_bytes()
    with pytest.raises(errors.KeyStoreExists):
        keystore.save(saved, credentials(api_key=None), PASSPHRASE, scrypt_n=FAST)
    assert saved.read_bytes() == before
    keystore.save(saved, credentials(api_key=None), "another", replace=True, scrypt_n=FAST)
    assert keystore.load(saved, "another").api_key is None
    assert names(saved.parent) == [saved.name, f"{saved.name}.old-1"]
    assert saved.with_name(f"{saved.name}.old-1").read_bytes() == before


def test_of_many_writers_one_wins(path):
    outcomes = []

    def write(number):
        try:
            keystore.save(path, credentials(position_id=number), PASSPHRASE, scrypt_n=FAST)
            outcomes.append(number)
        except errors.KeyStoreExists:
            outcomes.append(None)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [number for number in outcomes if number is not None]
    assert len(outcomes) == 8
    assert len(winners) == 1
    assert keystore.load(path, PASSPHRASE).position_id == winners[0]
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize("wrong", ["", "correct horse", PASSPHRASE + " ", PASSPHRASE.upper(), "\ud800", 5, None])
def test_a_wrong_passphrase(saved, wrong):
    before = saved.read_bytes()
    with pytest.raises((errors.WrongPassphrase, errors.InvalidInput, errors.InputTypeError)) as caught:
        keystore.load(saved, wrong)
    assert isinstance(caught.value, errors.WrongPassphrase) == (isinstance(wrong, str) and wrong not in ("", "\ud800"))
    assert saved.read_bytes() == before
    assert shows_no_secret("".join(traceback.format_exception(caught.value)))


def test_a_passphrase_typed_on_another_keyboard(saved):
    for form in ("NFC", "NFD"):
        assert keystore.load(saved, unicodedata.normalize(form, PASSPHRASE)) == credentials()


def test_every_truncation_is_an_error(saved):
    data = saved.read_bytes().rstrip()
    short = saved.with_name("short.json")
    for length in range(0, len(data), 7):
        short.write_bytes(data[:length])
        with pytest.raises((errors.KeyStoreDamaged, errors.KeyStoreVersion)) as caught:
            keystore.load(short, PASSPHRASE)
        assert shows_no_secret("".join(traceback.format_exception(caught.value)))
        assert short.read_bytes() == data[:length]


CHANGES = {
    "another address": lambda d: d["public"].update(ethereum_address="0x" + "11" * 20),
    "another network": lambda d: d["public"].update(network_id=5),
    "another position": lambda d: d["public"].update(position_id=5),
    "another key shown": lambda d: d["public"].update(stark_public_key="0x1"),
    "less shown": lambda d: d["public"].pop("has_api_key"),
    "more shown": lambda d: d["public"].update(more=1),
    "a bit of the ciphertext": lambda d: d["sealed"].update(ciphertext=flip(d["sealed"]["ciphertext"])),
    "a bit of the tag": lambda d: d["sealed"].update(tag=flip(d["sealed"]["tag"])),
    "a short tag": lambda d: d["sealed"].update(tag=d["sealed"]["tag"][:8]),
    "no tag": lambda d: d["sealed"].pop("tag"),
    "a nonce that is no text": lambda d: d["sealed"].update(nonce=5),
    "no nonce": lambda d: d["sealed"].update(nonce=""),
    "no key file": lambda d: d.pop("keyfile"),
    "a list for a part": lambda d: d.update(sealed=[]),
    "no cost": lambda d: d["keyfile"]["crypto"].pop("kdfparams"),
    "no salt": lambda d: d["keyfile"]["crypto"]["kdfparams"].pop("salt"),
    "a salt that is no hex": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(salt="zz"),
    "memory of 128 GiB": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(n=1 << 27),
    "no power of two": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(n=4097),
    "work without end": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(p=1 << 20),
    "another kind of work": lambda d: d["keyfile"]["crypto"].update(kdf="pbkdf2"),
    "an int that isn't": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(n=True),
    "an inner version": lambda d: d["keyfile"].update(version=4),
    "another cipher named": lambda d: d["sealed"].update(cipher="aes-256-ctr"),
    "no cipher named": lambda d: d["sealed"].pop("cipher"),
    "an inner address": lambda d: d["keyfile"].update(address="11" * 20),
    "an inner id": lambda d: d["keyfile"].update(id="x"),
    "an inner cipher": lambda d: d["keyfile"]["crypto"].update(cipher="aes-256-ctr"),
    "more in the inner file": lambda d: d["keyfile"].update(more=1),
    "more in the sealed part": lambda d: d["sealed"].update(more=1),
    "more in the file": lambda d: d.update(more=1),
    "the first version's name": lambda d: d.update(version=1),
    "a name in two cases": lambda d: d["keyfile"].update(Crypto=d["keyfile"]["crypto"]),
    "work that hides in another case": lambda d: d["keyfile"]["crypto"]["kdfparams"].update(N=1 << 27),
    "no inner iv": lambda d: d["keyfile"]["crypto"].pop("cipherparams"),
}  # fmt: skip


def flip(text):
    return f"{int(text[0], 16) ^ 1:x}" + text[1:]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_an_error(saved, change):
    edit(saved, CHANGES[change])
    before = saved.read_bytes()
    with pytest.raises(errors.KeyStoreDamaged) as caught:
        keystore.load(saved, PASSPHRASE)
    assert saved.read_bytes() == before
    assert shows_no_secret("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("part", ["ciphertext", "mac"])
def test_a_change_of_what_the_passphrase_protects(saved, part):
    edit(saved, lambda d: d["keyfile"]["crypto"].update({part: flip(d["keyfile"]["crypto"][part])}))
    with pytest.raises(errors.WrongPassphrase):
        keystore.load(saved, PASSPHRASE)


def test_a_public_part_that_is_sealed_but_not_that_of_the_keys(saved):
    document = json.loads(saved.read_text())
    document["public"]["stark_public_key"] = "0x1"
    members = {"stark_private_key": WALLET["d"], "api_key": None}
    password = unicodedata.normalize("NFKD", PASSPHRASE).encode()
    head = {name: document[name] for name in ("venue", "network", "address", "public")}
    document = sealing.seal(head, json.dumps(members).encode(), password, FAST)
    saved.write_text(json.dumps(document))
    with pytest.raises(errors.KeyStoreDamaged, match="public part isn't that of its keys"):
        keystore.load(saved, PASSPHRASE)


def test_parts_of_two_files_do_not_mix(saved):
    other = saved.with_name("other.json")
    keystore.save(other, credentials(api_key=None), PASSPHRASE, scrypt_n=FAST)
    parts = json.loads(other.read_text())
    edit(saved, lambda d: d.update(sealed=parts["sealed"]))
    with pytest.raises(errors.KeyStoreDamaged):
        keystore.load(saved, PASSPHRASE)
    edit(saved, lambda d: d.update(keyfile=parts["keyfile"]))  # now all but the public part
    with pytest.raises(errors.KeyStoreDamaged):
        keystore.load(saved, PASSPHRASE)


# A file of version 1, as starkcore 0.1.0 wrote it.
FIRST_VERSION = {
    "format": "starkcore key store",
    "version": 1,
    "public": {
        "ethereum_address": ADDRESS,
        "network_id": 1,
        "position_id": 12345,
        "stark_public_key": WALLET["x"],
        "stark_public_key_y_coordinate": WALLET["y"],
        "has_api_key": True,
    },
    "keyfile": {
        "address": "09bF44c0ea1fd427dd6910b64365c0F587DBbB14",
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "820cb647092d3371d62d93530d20e5e9"},
            "ciphertext": "ec4ca190a5ceda86edcb28325a87ca4b5569e309978a30b15d7cecafc2be3847",
            "kdf": "scrypt",
            "kdfparams": {"dklen": 32, "n": 4096, "r": 8, "p": 1, "salt": "3a89fec12be46bbcca4494b80163f2d7"},
            "mac": "c72ce5a8664330a2e539fa66ab466a382df5c5f04d7016ca3efd97cf122c1d01",
        },
        "id": "832a71d6-b236-49ca-b990-620e1893451b",
        "version": 3,
    },
    "sealed": {
        "cipher": "aes-256-gcm",
        "nonce": "50272202b1fecb1f08e96e5b",
        "ciphertext": (
            "2f304ee14bc06d45d89bffa7c42f7ecc4a0cb849bc186a6278cc3288824fa4c4a90e3f3fb6e941fe507ad7fc5affb0047d88"
            "14e0bf865d2d7cde3184e556c34b3d328e68ffe6fb8b01365f33db8dd68b2248d9f02976069065190699c767ead7694b383f"
            "37d4af473b2a00c4c145df08e54fc2e67da5f9a13b761760d401985cf091c7bf5688d01a9c014fc596d801bd114c70c122f3"
            "edca892656dd4fe38a75730ae5ae918bddbe4aeb960fc517c9c9515c4addb130dc8d6459cd9bd8c9531e9f886f98d810a1c7"
            "97c0c9b4538269b8a6a6cd2bca76f4cf94b34832b4724ef646db6bb4448bbd90d1ff5b99c35253a9861e"
        ),
        "tag": "d0fd5958d7e9974af7231d769ef3fdac",
    },
}


def test_a_file_of_the_first_version(path):
    path.write_text(json.dumps(FIRST_VERSION))
    assert keystore.load(path, PASSPHRASE) == credentials()
    assert [entry for _, entry in keystore.entries(path.parent)] == [keystore.public_part(path)]
    for change in (
        lambda d: d["public"].update(position_id=5),
        lambda d: d["sealed"].update(cipher="aes-256-ctr"),
        lambda d: d["sealed"].pop("cipher"),
        lambda d: d.update(version=2),
    ):
        path.write_text(json.dumps(FIRST_VERSION))
        edit(path, change)
        with pytest.raises(errors.KeyStoreDamaged):
            keystore.load(path, PASSPHRASE)
    path.write_text(json.dumps(FIRST_VERSION))
    other = credentials(stark_key=None, api_key=None, position_id=54321)
    keystore.merge(path, other, PASSPHRASE, replace=True, scrypt_n=FAST)
    assert keystore.load(path, PASSPHRASE) == credentials(position_id=54321)
    assert json.loads(path.read_text())["version"] == 2
    assert json.loads(path.with_name(f"{path.name}.old-1").read_text()) == FIRST_VERSION


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "null", '{"version": 3, "crypto": {}}', '{"format": "starkcore key store"}', "x" * 70000, "[" * 60000],
)
def test_a_file_that_is_not_ours(path, text):
    path.write_text(text)
    with pytest.raises(errors.KeyStoreVersion):
        keystore.load(path, PASSPHRASE)
    assert list(keystore.entries(path.parent)) == []


@pytest.mark.parametrize("version", [0, 3, "1", None, True, 1.0, [1]])
def test_another_version(saved, version):
    edit(saved, lambda d: d.update(version=version))
    with pytest.raises(errors.KeyStoreVersion, match="reads 1 and 2"):
        keystore.load(saved, PASSPHRASE)


def test_a_folder_is_listed_without_its_passphrases(saved):
    keystore.save(saved.with_name("b.json"), credentials(stark_key=None), "another", scrypt_n=FAST)
    saved.with_name("c.json").write_text("{}")
    listed = list(keystore.entries(saved.parent))
    assert [(path.name, entry.stark_public_key) for path, entry in listed] == [
        ("b.json", None),
        (saved.name, WALLET["x"]),
    ]


FULL_DISK = """
import resource, signal, sys
from starkcore import PrivateKey, keystore
from starkcore.dydx.credentials import Credentials
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    key = PrivateKey(int(sys.argv[3], 16))
    keystore.save(sys.argv[1], Credentials(ethereum_address="0x" + "11" * 20, stark_key=key),
                  "x", replace=True, scrypt_n=4096)
except OSError as error:
    print(error.strerror)
else:
    print("written")
"""


@pytest.mark.skipif(not POSIX, reason="the limit is POSIX's")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes that have names")
@pytest.mark.parametrize("by_link", [False, True])
def test_what_is_no_file_is_not_written_over(tmp_path, by_link):
    """A pipe, or a device that a link leads to, stays what it is, and nothing is left beside it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    path = tmp_path / "link" if by_link else pipe
    if by_link:
        path.symlink_to(pipe)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OSError, match="no regular file"):
        keystore.save(path, Credentials(ethereum_address="0x" + "11" * 20), "x", replace=True, scrypt_n=4096)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("room", [0, 1, 500, 100_000])
def test_a_full_disk_leaves_the_original(saved, room):
    before = saved.read_bytes()
    done = subprocess.run(
        [sys.executable, "-P", "-c", FULL_DISK, str(saved), str(room), WALLET["d"]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == ("written" if room == 100_000 else "File too large"), done.stderr
    assert (saved.read_bytes() == before) == (room != 100_000)
    assert names(saved.parent) == [saved.name] + [f"{saved.name}.old-1"] * (room == 100_000)


@pytest.mark.skipif(not POSIX, reason="symbolic links as on POSIX")
def test_a_symbolic_link_stays_one(saved):
    link = saved.with_name("link.json")
    link.symlink_to(saved)
    with pytest.raises(errors.KeyStoreExists):
        keystore.save(link, credentials(), PASSPHRASE, scrypt_n=FAST)
    keystore.save(link, credentials(api_key=None), PASSPHRASE, replace=True, scrypt_n=FAST)
    assert link.is_symlink()
    assert keystore.load(saved, PASSPHRASE).api_key is None
    assert names(saved.parent) == [link.name, saved.name, f"{saved.name}.old-1"]


@pytest.mark.parametrize(
    ("arguments", "keywords", "field"),
    [
        (({"stark": 1}, "x"), {}, "credentials"),
        ((None, "x"), {"replace": 1}, "replace"),
        ((None, "x"), {"replace_key": 5}, "replace_key"),
        ((None, ""), {}, "passphrase"),
        ((None, ["x"]), {}, "passphrase"),
        ((None, "x"), {"scrypt_n": 5}, "scrypt_n"),
        ((None, "x"), {"scrypt_n": 1 << 21}, "scrypt_n"),
        ((None, "x"), {"scrypt_n": True}, "scrypt_n"),
    ],
)
def test_bad_arguments_write_nothing(path, arguments, keywords, field):
    first, passphrase = arguments
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=f"^{field} "):
        keystore.save(path, first or credentials(), passphrase, **keywords)
    assert names(path.parent) == []


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", 5, None, b"wallet.json"])
def test_a_name_that_no_file_has(name):
    calls = (
        lambda: keystore.save(name, credentials(), PASSPHRASE, scrypt_n=FAST),
        lambda: keystore.merge(name, credentials(), PASSPHRASE, scrypt_n=FAST),
        lambda: keystore.load(name, PASSPHRASE),
        lambda: keystore.public_part(name),
        lambda: list(keystore.entries(name)),
    )
    for call in calls:
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^(path|folder) must be"):
            call()


def test_without_the_extra(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "eth_keyfile", None)
    with pytest.raises(errors.MissingExtra, match=r"starkcore-native\[client\]"):
        keystore.save(path, credentials(), PASSPHRASE)
    assert names(path.parent) == []


def test_links_in_a_circle_are_an_error_of_the_system(tmp_path):
    path = tmp_path / "loop.json"
    path.symlink_to(path.name)
    given = Credentials(ethereum_address="0x" + "11" * 20, stark_key=PrivateKey(5))
    for write in (
        lambda: keystore.save(path, given, "one"),
        lambda: keystore.save(path, given, "one", replace=True),
        lambda: keystore.merge(path, given, "one"),
        lambda: keystore.change_passphrase(path, "one", "two"),
        lambda: keystore.load(path, "one"),
    ):
        with pytest.raises((OSError, keystore.KeyStoreError)):
            write()
    assert path.is_symlink()
