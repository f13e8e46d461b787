"""Keys of Paradex and Extended in key files, by the library and the command line; and another passphrase."""

import copy
import json
import os
import pickle
import stat

import pytest

pytest.importorskip("eth_keyfile")


from starkcore import PrivateKey, cli, errors, extended, keystore, paradex
from starkcore.dydx.credentials import Credentials
from starkcore.keystore import sealing

# Published: the first wallet of Ganache's test chain. Keys of Paradex and Extended: see the vectors' provenance.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
FAST = 1 << 12
KEY, OTHER = PrivateKey(0xA1), PrivateKey(0xB2)
MADE = {
    "paradex": paradex.Credentials(account=0x123, stark_key=KEY, network="testnet", ethereum_address=ADDRESS.lower()),
    "extended": extended.Credentials(ethereum_address=ADDRESS, stark_key=KEY, api_key="an-api-key", vault=10002),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """What a guess costs isn't what is tested here."""
    real = sealing.seal
    monkeypatch.setattr(sealing, "seal", lambda head, secret, password, _: real(head, secret, password, FAST))


@pytest.mark.parametrize("venue", MADE)
def test_what_goes_in_comes_out(tmp_path, venue):
    path = tmp_path / "keys.json"
    keystore.save(path, MADE[venue], "x")
    opened = keystore.load(path, "x")
    assert opened == MADE[venue]
    assert type(opened) is type(MADE[venue])
    listed = keystore.public_part(path)
    assert (listed.venue, listed.network, listed.secret) == (venue, MADE[venue].network, None)
    assert listed.stark_public_key == hex(KEY.public_key.x)
    assert listed.ethereum_address == ADDRESS
    entry = keystore.load_entry(path, "x")
    assert entry.public == listed.public
    assert keystore.merged(entry, MADE[venue]) == MADE[venue]
    document = json.loads(path.read_text())
    assert (document["version"], document["venue"]) == (2, venue)
    assert opened.order_signer().public_key == KEY.public_key.x


@pytest.mark.parametrize("venue", MADE)
def test_no_secret_is_shown(tmp_path, venue):
    keystore.save(tmp_path / "keys.json", MADE[venue], "x")
    entry = keystore.load_entry(tmp_path / "keys.json", "x")
    for thing in (MADE[venue], entry, entry.secret):
        text = repr(thing) + str(thing)
        assert KEY.secret_hex() not in text
        assert "an-api-key" not in text
    for thing in (MADE[venue], entry.secret):
        for way in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="pickle"):
                way(thing)


def test_what_is_new_is_added_and_nothing_is_lost(tmp_path):
    path = tmp_path / "keys.json"
    account = {"ethereum_address": ADDRESS}
    keystore.merge(path, extended.Credentials(**account, stark_key=KEY), "x")
    keystore.merge(path, extended.Credentials(**account, api_key="one"), "x")
    assert keystore.merge(path, extended.Credentials(**account, vault=7), "x") == extended.Credentials(
        **account, stark_key=KEY, api_key="one", vault=7
    )
    for other in ({"api_key": "two"}, {"vault": 8}, {"stark_key": OTHER}, {"account_index": 1}):
        with pytest.raises(errors.KeyStoreExists):
            keystore.merge(path, extended.Credentials(**account, **other), "x")
    with pytest.raises(errors.KeyStoreExists):
        keystore.merge(path, extended.Credentials(**account, stark_key=OTHER), "x", replace=True)
    # The vault was the old key's.
    new = extended.Credentials(**account, stark_key=OTHER)
    assert keystore.merge(path, new, "x", replace_key=KEY.public_key).vault is None
    kept = {keystore.load(found, "x").stark_key.secret_hex() for found in tmp_path.iterdir()}
    assert kept == {KEY.secret_hex(), OTHER.secret_hex()}


def test_venues_do_not_mix(tmp_path):
    path = tmp_path / "keys.json"
    keystore.save(path, MADE["extended"], "x")
    for other in (Credentials(ethereum_address=ADDRESS, stark_key=KEY), MADE["paradex"]):
        with pytest.raises(errors.InvalidInput, match="must be of the venue"):
            keystore.merge(path, other, "x")


def test_a_venue_without_a_type_of_its_own(tmp_path):
    path = tmp_path / "keys.json"
    entry = keystore.Entry.of("edgex", "mainnet", "0x5", keystore.Secret(KEY), {"account_id": 5})
    keystore.save(path, entry, "x")
    assert keystore.load(path, "x") == entry
    with pytest.raises(errors.InvalidInput, match="secret part"):
        keystore.save(tmp_path / "other.json", keystore.public_part(path), "x")


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(venue="dydx"), lambda d: d.update(venue="edgex"), lambda d: d.update(venue=5),
        lambda d: d.pop("venue"), lambda d: d.update(network="mainnet"), lambda d: d.update(address="0x124"),
        lambda d: d.update(address="0x0123"), lambda d: d.update(address=5), lambda d: d.pop("address"),
        lambda d: d["public"].update(ethereum_address=None), lambda d: d["public"].update(more=1),
        lambda d: d["public"].update(stark_public_key=hex(OTHER.public_key.x)),
    ],
)  # fmt: skip
def test_every_change_is_an_error(tmp_path, change):
    path = tmp_path / "keys.json"
    keystore.save(path, MADE["paradex"], "x")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(errors.KeyStoreDamaged):
        keystore.load(path, "x")


def test_another_passphrase(tmp_path):
    path = tmp_path / "keys.json"
    keystore.save(path, MADE["extended"], "old")
    before = json.loads(path.read_text())
    with pytest.raises(errors.WrongPassphrase):
        keystore.change_passphrase(path, "wrong", "new")
    with pytest.raises(errors.InvalidInput, match=r"^new_passphrase must not be empty"):
        keystore.change_passphrase(path, "old", "")
    kept = keystore.change_passphrase(path, "old", "new")
    assert keystore.load(path, "new") == keystore.load(kept, "old") == MADE["extended"]
    assert json.loads(path.read_text())["keyfile"]["address"] != before["keyfile"]["address"]  # another data key
    with pytest.raises(errors.WrongPassphrase):
        keystore.load(path, "old")


# ---- The command line ----


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STARKCORE_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("STARKCORE_PASSPHRASE", "x")
    monkeypatch.setenv("STARKCORE_ETH_PRIVATE_KEY", WALLET)

    def starkcore(*arguments, status=0):
        try:
            code = cli.main([*arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        assert code == status, err
        return (json.loads(out) if "--json" in arguments and status == 0 else out), err

    return starkcore


@pytest.mark.parametrize("venue", ["paradex", "extended"])
@pytest.mark.parametrize("network", ["mainnet", "testnet"])
def test_keys_are_derived_and_kept(run, tmp_path, venue, network):
    from starkcore.ethereum import LocalKey

    room = {"paradex": paradex, "extended": extended}[venue]
    expected = room.derive_key(LocalKey(WALLET), network)
    made, _ = run("keys", "derive", "--venue", venue, "--network", network, "--json")
    assert made["stark_public_key"] == hex(expected.public_key.x)
    kept = keystore.load(made["key_file"], "x")
    assert kept.stark_key == expected
    assert (kept.network, kept.ethereum_address) == (network, ADDRESS)
    if venue == "paradex":
        assert kept.account == paradex.account_address(expected.public_key, network)
    shown, _ = run("keys", "show-public", "--venue", venue, "--wallet", ADDRESS, "--json")
    assert shown == made
    listed, _ = run("keys", "list", "--json")
    assert listed == [made]
    run("keys", "derive", "--venue", venue, "--network", network)
    assert len(list((tmp_path / "keys").iterdir())) == 1
    secret, _ = run("keys", "derive", "--venue", venue, "--network", network, "--show", "--json")
    assert int(secret["private_key"], 16) == int(expected.secret_hex(), 16)


def test_the_published_key_of_paradex(run, monkeypatch):
    """paradex-py's own test: the key of a wallet on the chain 11155111."""
    secret = "0xf8e4d1d772cdd44e5e77615ad11cc071c94e4c06dc21150d903f28e6aa6abdff"
    monkeypatch.setenv("STARKCORE_ETH_PRIVATE_KEY", secret)
    made, _ = run("keys", "derive", "--venue", "paradex", "--network", "testnet", "--json")
    assert made["stark_public_key"] == "0x2c144d2f2d4fc61b6f8967f3ba0012a87d90140bcfe5a3e92e8df83258c960f"
    assert made["address"] == "0x129c135ed63df9353885e292be4426b8ed6122b13c6c0e1bb787288a1f5adfa"


def test_accounts_of_one_wallet(run):
    files = {run("keys", "derive", "--venue", "extended", "--account-index", n, "--json")[0]["key_file"] for n in "012"}
    assert len(files) == 3
    _, err = run("keys", "show-public", status=2)
    assert f"{ADDRESS} (2) at extended on mainnet" in err
    shown, _ = run("keys", "show-public", "--account-index", "2", "--json")
    assert shown["account_index"] == 2


def test_keys_are_imported_and_exported(run, tmp_path):
    for name, text in (("stark", KEY.secret_hex()), ("api", "an-api-key\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    account = ("--venue", "extended", "--address", ADDRESS)
    stark, api = ("--stark-key-file", str(tmp_path / "stark")), ("--api-key-file", str(tmp_path / "api"))
    run("keys", "import", *account, *stark)
    made, _ = run("keys", "import", *account, *api, "--vault", "7", "--json")
    expected = extended.Credentials(ethereum_address=ADDRESS, stark_key=KEY, api_key="an-api-key", vault=7)
    assert keystore.load(made["key_file"], "x") == expected
    run("keys", "import", "--venue", "paradex", "--account", "0x123", *stark)
    out = tmp_path / "out.json"
    text, _ = run("keys", "export", "--venue", "extended", "--out", str(out))
    assert KEY.secret_hex() not in text
    whole = json.loads(out.read_text())
    assert (whole["stark_private_key"], whole["api_key"]) == (KEY.secret_hex(), {"key": "an-api-key"})
    if os.name == "posix":
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
    run("keys", "export", "--venue", "extended", "--out", str(out), status=2)
    shown, _ = run("keys", "export", "--venue", "paradex", "--wallet", "0x0123", "--show", "--json")
    assert (shown["address"], shown["stark_private_key"]) == ("0x123", KEY.secret_hex())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--venue", "paradex"), "--stark-key-file or --api-key-file must"),
        (("--venue", "paradex", "--stark-key-file", "{}"), "--account must"),
        (("--venue", "paradex", "--api-key-file", "{}"), "--api-key-file must be left out: only Extended"),
        (("--venue", "paradex", "--stark-key-file", "{}", "--vault", "5"), "--vault must be left out: only Extended"),
        (("--venue", "extended", "--stark-key-file", "{}"), "--address must"),
        (("--venue", "extended", "--stark-key-file", "{}", "--account", "5"),
         "--account must be left out: only Paradex"),
        (("--venue", "dydx", "--stark-key-file", "{}"), "invalid choice"),
        (("--venue", "extended", "--stark-key-file", "{}", "--address", ADDRESS, "--network", "sepolia"),
         "network must be"),
    ],
)  # fmt: skip
def test_what_is_refused(run, tmp_path, arguments, words):
    (tmp_path / "stark").write_text(KEY.secret_hex())
    _, err = run("keys", "import", *(str(tmp_path / "stark") if a == "{}" else a for a in arguments), status=2)
    assert words in err
    assert not (tmp_path / "keys").exists()


def test_another_passphrase_by_command(run, monkeypatch):
    made, _ = run("keys", "derive", "--venue", "extended", "--json")
    _, err = run("keys", "passphrase", status=2)
    assert "$STARKCORE_NEW_PASSPHRASE" in err
    monkeypatch.setenv("STARKCORE_NEW_PASSPHRASE", "y")
    changed, err = run("keys", "passphrase", "--json")
    assert changed["old_file"] in err
    assert keystore.load(made["key_file"], "y") == keystore.load(changed["old_file"], "x")
    run("keys", "passphrase", status=2)
