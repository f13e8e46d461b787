"""What a person sees at the terminal: words in any encoding, options by name, and where a figure comes from."""

import os
import subprocess
import sys

import pytest

from starkcore import cli


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
    assert capsys.readouterr().out.startswith("no key files: onboard, keys derive")
    assert cli.main(["keys", "list", "--json", "--keys", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "[]\n"


MISSING = [
    ("--key-file", ["sign", "0x1", "--key-file", "/no/such"]),
    ("--input", ["keygen", "--show", "--from", "grind", "--input", "/no/such"]),
    ("--out", ["keygen", "--out", "/no/such"]),
    ("--keys", ["keys", "list", "--keys", "/no/such"]),
    ("--stark-key-pairs", ["keys", "import-browser", "--stark-key-pairs", "/no/such"]),
    ("--eth-key-file", ["onboard", "--host", "http://127.0.0.1:1", "--eth-key-file", "/no/such"]),
    ("--database", ["sandbox", "--port", "0", "--database", "/no/such/file"]),
]


@pytest.mark.parametrize(("option", "arguments"), MISSING)
def test_a_file_that_is_missing_is_named_with_its_option(capsys, option, arguments):
    for library in ("eth_keyfile", "uvicorn", "httpcore2"):
        pytest.importorskip(library)
    assert cli.main(arguments) != 0
    assert option in capsys.readouterr().err


@pytest.mark.parametrize("command", [["keys", "list"], ["order", "place"], ["onboard"]])
def test_help_says_where_the_passphrase_comes_from(capsys, command):
    pytest.importorskip("eth_keyfile")
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])
    assert "$STARKCORE_PASSPHRASE" in capsys.readouterr().out
