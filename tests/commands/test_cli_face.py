"""What a person sees at the terminal: words in any encoding, options by name, and where a figure comes from."""

import argparse
import os
import re
import subprocess
import sys

import pytest

from starkcore import PrivateKey, cli, keystore


def starkcore(folder, *arguments, **variables):
    environment = os.environ | {"HOME": str(folder), "STARKCORE_KEYS": ""} | variables
    del environment["STARKCORE_KEYS"]
    return subprocess.run(
        [sys.executable, "-P", "-m", "starkcore", *arguments],
        cwd=folder, env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_the_demo_is_readable_in_any_encoding(tmp_path, encoding):
    for library in ("rich", "eth_account"):
        pytest.importorskip(library)
    done = starkcore(tmp_path, "demo", "--offline", "--orders", "100", PYTHONIOENCODING=encoding)
    text = done.stdout.decode(encoding)
    assert done.returncode == 0, done.stderr
    assert "everything agrees" in text
    assert "\\u" not in text
    assert "\\x" not in text
    assert "README" in text  # why its p50 is another figure


def test_an_empty_store_says_so(tmp_path, capsys):
    pytest.importorskip("eth_keyfile")
    assert cli.main(["keys", "list", "--keys", str(tmp_path)]) == 0
    (said,) = capsys.readouterr().out.splitlines()
    assert (
        said == "no key files: onboard, keys derive, keys import and keys import-browser make them; --keys says where"
    )
    assert cli.main(["keys", "list", "--json", "--keys", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "[]\n"


WALLET = "0x" + "5a" * 20
AT_EXTENDED = ["--venue", "extended", "--address", WALLET, "--vault", "1"]
ORDER = ["--market", "ETH-USD", "--side", "BUY", "--size", "1", "--price", "1", "--expiration", "4102444800"]
# Each option that names a file which must be there, or whose folder must: what else its command wants.
MISSING = {
    ("keygen", "--input"): ["--show", "--from", "grind"],
    ("keygen", "--out"): [],
    ("pubkey", "--key-file"): [],
    ("sign", "--key-file"): ["0x1"],
    ("sign", "--typed-data"): ["--account", "0x1"],
    ("onboard", "--eth-key-file"): ["--host", "http://127.0.0.1:1"],
    ("keys derive", "--eth-key-file"): [],
    ("keys import-browser", "--stark-key-pairs"): [],
    ("keys import-browser", "--api-key-pairs"): ["--address", WALLET],
    ("keys import", "--stark-key-file"): AT_EXTENDED,
    ("keys import", "--api-key-file"): AT_EXTENDED,
    ("order sign", "--key-file"): ["--position-id", "1", "--client-id", "a", "--limit-fee", "0", *ORDER],
    ("order sign", "--market-file"): [
        "--venue",
        "extended",
        "--vault",
        "1",
        "--taker-fee",
        "0",
        "--nonce",
        "1",
        *ORDER,
    ],
    ("keys export", "--out"): [],
    ("sandbox", "--database"): ["--port", "0"],
    ("keys list", "--keys"): [],
}


def commands(parser, name=""):
    """Each command's name and parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, sub in action.choices.items():
                yield from commands(sub, f"{name} {word}".strip())
            return
    yield name, parser


def test_every_file_s_option_is_among_them():
    found = {
        (name, option)
        for chosen in ("keygen", "onboard", "keys", "order", "sandbox")  # whose options come when they are chosen
        for name, parser in commands(cli._parser(chosen))
        for action in parser._actions
        for option in action.option_strings
        if action.metavar == "FILE" or option == "--database"
    }
    assert found == MISSING.keys() - {("keys list", "--keys")}


@pytest.mark.parametrize(("command", "option"), MISSING)
def test_a_file_that_is_missing_is_named_with_its_option(capsys, monkeypatch, tmp_path, command, option):
    for library in ("eth_keyfile", "uvicorn", "httpcore2"):
        pytest.importorskip(library)
    if command == "keys export":
        kept = keystore.Entry.of("another", "mainnet", WALLET, keystore.Secret(PrivateKey(5)), {})
        keystore.save(tmp_path / "another-mainnet-0x5a.json", kept, "passphrase", scrypt_n=1 << 12)
    monkeypatch.setenv("STARKCORE_KEYS", str(tmp_path))
    monkeypatch.setenv("STARKCORE_PASSPHRASE", "passphrase")
    monkeypatch.setenv("STARKCORE_PRIVATE_KEY", "0x5")
    file = "/no/such/file" if option in ("--out", "--database") else "/no/such"
    assert cli.main([*command.split(), *MISSING[command, option], option, file]) != 0
    assert re.search(rf"{option}(?: must name|: /no/such/file can't be opened)", capsys.readouterr().err)


@pytest.mark.parametrize("command", [["keys", "list"], ["order", "place"], ["onboard"]])
def test_help_says_where_the_passphrase_comes_from(capsys, command):
    pytest.importorskip("eth_keyfile")
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])
    assert "$STARKCORE_PASSPHRASE" in capsys.readouterr().out
