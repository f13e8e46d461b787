"""Poseidon, typed data and orders of each venue on the command line, against recorded values."""

import json

import pytest
from recorded_orders import terms
from vectors import layout

from starkcore import cli

POSEIDON = layout.read("poseidon.json")
TYPED = {case["name"]: case for case in layout.read("snip12.json")["cases"]}
PARADEX = {case["name"]: case for case in layout.read("paradex.json")["cases"]}
MESSAGES = layout.read("extended-messages.json")
KEY = "0x1234567"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    for name in ("STARKCORE_PRIVATE_KEY", "STARKCORE_KEYS"):
        monkeypatch.delenv(name, raising=False)

    def starkcore(*arguments, status=0):
        try:
            code = cli.main([str(argument).replace("{}", str(tmp_path)) for argument in arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        assert code == status, err
        return out.strip() if status == 0 else err

    return starkcore


def test_poseidon(run):
    for a, b, result in POSEIDON["hash_published"] + POSEIDON["hash"][:4]:
        assert run("hash", "--poseidon", a, b) == result
    for a, result in POSEIDON["hash_single"][:4]:
        assert run("hash", "--poseidon", a) == result
    for elements, result in POSEIDON["hash_many_published"] + POSEIDON["hash_many"]:
        if elements and len(elements) < 40:
            assert json.loads(run("hash", "--poseidon", "--list", "--json", *elements))["hash"] == result
            if len(elements) > 2:
                assert run("hash", "--poseidon", *elements) == result


@pytest.mark.parametrize("name", list(TYPED)[:6])
def test_typed_data(run, tmp_path, name):
    case = TYPED[name]
    (tmp_path / "data.json").write_text(json.dumps(case["typed_data"]))
    signed = json.loads(
        run("sign", "--typed-data", "{}/data.json", "--account", case["account"], "--key-file", "{}/key", "--json")
    )
    assert signed["hash"] == hex(int(case["message_hash"], 16))
    assert [int(signed[part], 16) for part in "rs"] == [int(x, 16) for x in case["signature_seed32_key_0x1234567"]]
    plain = ("sign", case["message_hash"], "--key-file", "{}/key", "--json")
    other = run("sign", "--typed-data", "{}/data.json", "--account", case["account"], "--key-file", "{}/key",
                "--seed", "none", "--json")  # fmt: skip
    assert json.loads(other)["signature"] == json.loads(run(*plain))["signature"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hash", "--poseidon", "--chain", "starknet", "0x1"), "--chain must be left out"),
        (("hash", "--list", "0x1"), "--list must stand beside --poseidon"),
        (("hash", "--poseidon", "0x" + "f" * 64), "must be"),
        (("sign", "--key-file", "{}/key"), "message_hash must be given"),
        (("sign", "0x1", "--account", "0x1", "--key-file", "{}/key"), "message_hash must be given"),
        (("sign", "0x1", "--typed-data", "{}/bad", "--account", "0x1"), "--typed-data must stand beside --account"),
        (("sign", "--typed-data", "{}/bad"), "--typed-data must stand beside --account"),
        (("sign", "--typed-data", "{}/bad", "--account", "0x1"),
         "document must be JSON: it isn't whole JSON, at line 1"),
        (("sign", "--typed-data", "{}/endless", "--account", "0x1"), "--typed-data must be at most 4096 KiB"),
        (("sign", "--typed-data", "{}/nothing", "--account", "0x1"), "--typed-data must name what is there"),
        (("sign", "--typed-data", "-", "--key-file", "-", "--account", "0x1"), "must not both be standard input"),
    ],
)  # fmt: skip
def test_what_is_refused(run, tmp_path, arguments, words):
    (tmp_path / "bad").write_text("{")
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(1 << 40)  # no disk holds it, and no memory
    assert words in run(*arguments, status=2)


@pytest.mark.parametrize("name", [name for name in PARADEX if name.startswith(("order", "modify"))])
def test_orders_of_paradex(run, tmp_path, name):
    case = PARADEX[name]
    (tmp_path / "key").write_text(case["private_key"])
    given = terms(case)
    arguments = [
        part for key, value in given.items() if value is not None for part in (f"--{key.replace('_', '-')}", value)
    ]
    network = "testnet" if "POTC" in name else "mainnet"
    signed = json.loads(
        run("order", "sign", "--venue", "paradex", "--network", network, "--account", case["account"], *arguments,
            "--key-file", "{}/key", "--json")
    )  # fmt: skip
    assert int(signed["hash"], 16) == int(case["message_hash"], 16)


MARKET = {
    "name": "BTC-USD",
    "l2Config": {
        "syntheticId": "0x4254432d3600000000000000000000", "syntheticResolution": 1000000,
        "collateralId": "0x1", "collateralResolution": 1000000,
    },
}  # fmt: skip
EXTENDED = (
    "order", "sign", "--venue", "extended", "--network", "testnet", "--market", "BTC-USD", "--market-file",
    "{}/markets", "--side", "BUY", "--size", "0.001", "--price", "43445.1168", "--taker-fee", "0.0005", "--key-file",
    "{}/key", "--vault", "10002", "--json",
)  # fmt: skip


def test_the_sdks_order_at_extended(run, tmp_path):
    """x10-python-trading-starknet's test_create_buy_order: see tests/extended/test_extended.py."""
    row = next(row for row in MESSAGES["order"] if "test_create_buy_order" in row["note"])
    (tmp_path / "key").write_text(MESSAGES["key"]["private"])
    (tmp_path / "markets").write_text(json.dumps({"status": "OK", "data": [{"name": "ETH-USD"}, MARKET]}))
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(row["args"]["expiration"] - 14 * 86400, UTC).isoformat()
    signed = json.loads(run(*EXTENDED, "--network", "mainnet", "--nonce", row["args"]["salt"], "--expiration", when))
    assert int(signed["hash"], 16) == int(row["hash"], 16)
    assert signed["settlement"]["collateralPosition"] == "10002"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--limit-fee", "0.1"), "--limit-fee must be left out: an order at extended has none"),
        (("--order-type", "LIMIT"), "--order-type must be left out"),
        (("--market", "ETH-USD"), "--market-file must have the exchange's answer on markets: it has no market"),
        (("--market-file", "{}/key"), "--market-file must have the exchange's answer"),
        (("--wallet", "0x1"), "--key-file must be left out"),
        (("--venue", "paradex"), "must be left out: an order at paradex has none"),
        (("--venue", "dydx"), "must be"),
        (("--size", "0.0000001"), "size must be a whole number of units"),
    ],
)
def test_orders_that_are_refused(run, tmp_path, arguments, words):
    (tmp_path / "markets").write_text(json.dumps(MARKET))
    run(*EXTENDED, "--expiration", "2099-01-01T00:00:00Z")
    assert words in run(*EXTENDED, "--expiration", "2099-01-01T00:00:00Z", *arguments, status=2)
    assert "--expiration must be given" in run(*EXTENDED, status=2)


def test_orders_with_kept_keys(run, tmp_path, monkeypatch):
    pytest.importorskip("eth_keyfile")
    from starkcore import PrivateKey, extended, keystore, paradex

    monkeypatch.setenv("STARKCORE_KEYS", str(tmp_path))
    monkeypatch.setenv("STARKCORE_PASSPHRASE", "x")
    address = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    (tmp_path / "markets").write_text(json.dumps(MARKET))
    whole = extended.Credentials(ethereum_address=address, stark_key=PrivateKey(KEY), vault=10002, network="testnet")
    keystore.save(tmp_path / "one.json", whole, "x", scrypt_n=4096)
    options = ("--expiration", "2099-01-01T00:00:00Z", "--nonce", "5")
    without = [part for part in EXTENDED if part not in ("--key-file", "{}/key", "--vault", "10002")]
    assert run(*without, *options, "--wallet", address) == run(*EXTENDED, *options)
    account = paradex.Credentials(account=0x123, stark_key=PrivateKey(KEY))
    keystore.save(tmp_path / "two.json", account, "x", scrypt_n=4096)
    order = ("order", "sign", "--venue", "paradex", "--market", "BTC-USD-PERP", "--side", "SELL", "--size", "1",
             "--price", "2", "--timestamp", "1796000000000", "--json")  # fmt: skip
    assert run(*order, "--wallet", "0x123") == run(*order, "--key-file", "{}/key", "--account", "0x123")
