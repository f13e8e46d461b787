"""The command line as a person or a script meets it: a process with arguments, input, output and an exit code."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from reference import keys
from vectors import layout

import starkcore

PUBLISHED = layout.read("published.json")
ENTRY = PUBLISHED["orders"][0]
SECRET = ENTRY["d"]
POSIX = os.name == "posix"


def run(*arguments, stdin="", environment=None):
    # -P: what is installed is what runs, not a folder that happens to be the current one.
    variables = {name: value for name, value in os.environ.items() if name != "STARKCORE_PRIVATE_KEY"}
    return subprocess.run(
        [sys.executable, "-P", "-m", "starkcore", *arguments],
        input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
        env=variables | {"PYTHONIOENCODING": "utf-8"} | (environment or {}),
    )  # fmt: skip


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def test_help_of_every_command():
    top = run("-h")
    assert top.returncode == 0
    for command in (
        "demo",
        "info",
        "selftest",
        "keygen",
        "pubkey",
        "hash",
        "sign",
        "verify",
        "order",
        "onboard",
        "keys",
        "sandbox",
    ):
        assert command in top.stdout
        helped = run(command, "--help")
        assert helped.returncode == 0
        assert "usage: starkcore" in helped.stdout
    assert run("--version").stdout.strip() == starkcore.__version__


def test_info_and_selftest():
    info = json.loads(run("info", "--json").stdout)
    assert info["version"] == starkcore.__version__
    assert info["engine"] in info["engines"]
    assert "portable" in info["engines"]
    forced = json.loads(run("info", "--json", environment={"STARKCORE_ENGINE": "portable"}).stdout)
    assert forced["engine"] == "portable"
    done = run("selftest", "--json")
    assert done.returncode == 0
    assert set(json.loads(done.stdout).values()) == {"ok"}


def test_the_key_comes_from_a_file_the_environment_or_standard_input(key_file):
    expected = json.loads(run("pubkey", "--json", "--key-file", str(key_file)).stdout)
    assert expected["public_key"] == "0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd"  # dydx3 tests
    assert json.loads(run("pubkey", "--json", environment={"STARKCORE_PRIVATE_KEY": SECRET}).stdout) == expected
    assert json.loads(run("pubkey", "--json", stdin=SECRET + "\n").stdout) == expected
    assert json.loads(run("pubkey", "--json", "--key-file", "-", stdin=SECRET).stdout) == expected


@pytest.mark.skipif(not POSIX, reason="file modes are POSIX's")
def test_a_file_that_others_can_read_is_warned_of(key_file):
    assert run("pubkey", "--key-file", str(key_file)).stderr == ""
    key_file.chmod(0o644)
    warned = run("pubkey", "--key-file", str(key_file))
    assert warned.returncode == 0
    assert "others can read" in warned.stderr


def test_keygen_writes_a_file_once(tmp_path):
    path = tmp_path / "new"
    made = run("keygen", "--out", str(path), "--json")
    assert made.returncode == 0
    secret = path.read_text().strip()
    assert secret not in made.stdout
    if POSIX:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = json.loads(run("pubkey", "--json", "--key-file", str(path)).stdout)
    assert shown == json.loads(made.stdout)
    again = run("keygen", "--out", str(path))
    assert again.returncode == 2
    assert "exists" in again.stderr
    assert path.read_text().strip() == secret


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_key_as_windows_saves_it(key_file, encoding):
    right = run("pubkey", "--key-file", str(key_file)).stdout
    key_file.write_bytes((SECRET + "\r\n").encode(encoding))
    assert run("pubkey", "--key-file", str(key_file)).stdout == right


def test_an_empty_name_is_no_folder():
    for arguments in (("pubkey", "--key-file", ""), ("keygen", "--show", "--from", "grind", "--input", "")):
        refused = run(*arguments)
        assert refused.returncode == 2
        assert "must name a file, or be - for standard input: it is empty" in refused.stderr


def test_keygen_derives():
    wallet = PUBLISHED["stark_keys_of_wallets"][0]
    made = json.loads(
        run("keygen", "--show", "--json", "--from", "eth-signature", stdin=wallet["typed_signature"]).stdout
    )
    assert made == {"private_key": wallet["d"], "public_key": wallet["x"], "public_key_y_coordinate": wallet["y"]}
    bare = wallet["typed_signature"][:-2]
    asked = run("keygen", "--show", "--from", "eth-signature", stdin=bare)
    assert asked.returncode == 2
    assert "--signature-type must say how the wallet made this signature" in asked.stderr
    arguments = ("keygen", "--show", "--json", "--from", "eth-signature", "--signature-type")
    assert json.loads(run(*arguments, "typed-data", stdin=bare).stdout) == made
    assert json.loads(run(*arguments, "personal", stdin=bare).stdout)["private_key"] == hex(
        keys.key_from_eth_signature(bytes.fromhex(bare.removeprefix("0x") + "03"))
    )
    assert run(*arguments, "typed-data", stdin=wallet["typed_signature"]).returncode == 2
    ground = PUBLISHED["grind_key"][0]
    made = json.loads(run("keygen", "--show", "--json", "--from", "grind", stdin=ground["seed"]).stdout)
    assert made["private_key"] == ground["d"]
    assert run("keygen").returncode == 2


def test_hash():
    entry = PUBLISHED["pedersen"][0]
    assert run("hash", entry["a"], entry["b"]).stdout.strip() == entry["hash"]
    assert run("hash", entry["a"].removeprefix("0x"), entry["b"]).stdout.strip() == entry["hash"]
    assert run("hash", "--chain", "starkex", entry["a"], entry["b"]).stdout.strip() == entry["hash"]
    assert json.loads(run("hash", "--json", "--chain", "starknet", "7").stdout)["hash"] == hex(
        starkcore.pedersen_chain_starknet([7])
    )


def test_digits_that_could_be_decimal_or_hex_are_refused(key_file):
    """As everywhere: `starkcore sign 1234` must not sign another number than `key.sign("1234")`."""
    digits = str(int(PUBLISHED["pedersen"][0]["a"], 16))
    public = "0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd"
    for arguments in (
        ("hash", "1234", "2"), ("hash", "2", digits[:60]), ("sign", "1234", "--key-file", str(key_file)),
        ("verify", public, "1234", ENTRY["signature"]), ("verify", "1234", "0x1234", ENTRY["signature"]),
    ):  # fmt: skip
        outcome = run(*arguments)
        assert outcome.returncode == 2
        assert "must have 0x before its hex digits" in outcome.stderr
    assert run("hash", "0x4d2", "2").stdout.strip() == hex(starkcore.pedersen_hash(1234, 2))


def test_sign_and_verify(key_file):
    signature = run("sign", ENTRY["hash"], "--key-file", str(key_file)).stdout.strip()
    assert signature == ENTRY["signature"]
    public = "0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd"
    right = run("verify", public, ENTRY["hash"], signature)
    assert (right.returncode, right.stdout) == (0, "valid\n")
    wrong = run("verify", public, "1", signature, "--json")
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout) == {"valid": False}
    seeded = json.loads(run("sign", ENTRY["hash"], "--seed", "32", "--json", stdin=SECRET).stdout)
    assert seeded["signature"] != signature
    assert run("verify", public, ENTRY["hash"], seeded["signature"]).returncode == 0


ORDER = [
    "order", "sign", "--network", "sepolia", "--position-id", "12345", "--market", "ETH-USD", "--side", "BUY",
    "--size", "145.0005", "--price", "350.00067", "--limit-fee", "0.125", "--client-id", ENTRY["client_id"],
    "--expiration", ENTRY["expiration"],
]  # fmt: skip


def test_order():
    done = run(*ORDER, "--allow-past", "--json", stdin=SECRET)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    for name in ("signature", "hash", "quantums_synthetic", "quantums_collateral", "quantums_fee", "expiration_hours"):
        assert values[name] == ENTRY[name]
    past = run(*ORDER, stdin=SECRET)
    assert past.returncode == 2
    assert "expiration must be in the future" in past.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        [SECRET],
        ["sign"],
        ["sign", "1", SECRET],
        ["sign", "1", f"--key={SECRET}"],
        ["sign", "--seed", "x", "1"],
        ["sign", "1 "],
        ["sign", "-1"],
        ["sign", hex(1 << 251)],
        ["sign", "1" * 5000],
        ["hash", "1"],
        ["hash", "1", "x"],
        ["hash", "1", "2", "3"],
        ["hash", "--chain", SECRET, "1"],
        ["verify", "0x5", "1", "0" * 128],
        ["verify", "zz", "1", "0" * 128],
        ["verify", "0x1", "1", "0" * 127],
        ["pubkey", "--key-file", "no/such/file"],
        ["pubkey", "--key-file", "."],
        ["pubkey", "--key-file", SECRET],
        ["keygen", "--show", "--from", "grind"],
        ["keygen", "--out", "."],
        ["keygen", "--out", "no/such/file"],
        ["keygen", "--show", "--from", "grind", "--input", "no/such/file"],
        ["order", "list", "--host", "http://127.0.0.1:1", "--keys", "no/such/folder"],
        ["keys", "derive", "--passphrase-fd", "-1"],
        ["keys", "derive", "--passphrase-fd", "77"],
        ["demo", "--offline", "--orders", "0"],
        ["demo", "--offline", "--orders", "many"],
        ["demo", "--orders", "5"],
        ["demo", "--seconds", "0"],
        ["demo", "--markets", "39"],
        ["order"],
        ["order", SECRET],
        [*ORDER[:-2], "--expiration", "tomorrow"],
        [*ORDER, "--nonce", "5"],
        [*ORDER[:-2]],
    ],
)
def test_bad_usage(arguments):
    done = run(*arguments, stdin="0x" + "g" * 10)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
    assert SECRET[2:] not in done.stderr


@pytest.mark.parametrize(
    "stdin", ["", "\n", "0x", SECRET + "0", SECRET[:-1] + "g", SECRET + " 1", "0x0", "é" + SECRET, "\0"]
)
def test_bad_secrets(stdin):
    done = run("pubkey", stdin=stdin)
    assert done.returncode == 2
    assert done.stderr.startswith("starkcore: ")
    assert SECRET[2:-1] not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_tells_the_truth():
    pytest.importorskip("eth_account")
    pytest.importorskip("rich")
    done = run("demo", "--offline", "--orders", "2500", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["ok"] is True
    assert len(result["published"]) == 9
    assert all(result["published"].values())
    assert [row["orders_per_second"] > 0 for row in result["measured"]] == [True] * 9
    # The names stay: programs read them.
    assert result.keys() == {"ok", "orders", "venues", "published", "measured"}
    assert list(result["venues"]) == ["dydx", "paradex", "extended"]
    for rates in result["venues"].values():
        assert list(rates) == ["sign_one_by_one", "sign_in_batches", "verify_in_batches"]


def test_the_demo_fails_when_something_differs(monkeypatch, capsys):
    pytest.importorskip("eth_account")
    pytest.importorskip("rich")
    from starkcore import cli
    from starkcore.demo import offline

    monkeypatch.setitem(offline.SIGNATURES, "order", "0" * 128)
    assert cli.main(["demo", "--offline", "--orders", "100"]) == 1
    assert "DIFFERS" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(offline, "_verify", lambda key, part: [False] * len(part))
    assert cli.main(["demo", "--offline", "--orders", "100"]) == 1


def test_the_demo_says_what_it_lacks(monkeypatch, capsys):
    from starkcore import cli

    monkeypatch.setitem(sys.modules, "rich.console", None)
    for name in ("live", "offline", "trading"):
        monkeypatch.delitem(sys.modules, f"starkcore.demo.{name}", raising=False)
        if "starkcore.demo" in sys.modules:
            monkeypatch.delattr(sys.modules["starkcore.demo"], name, raising=False)
    for arguments in (["demo"], ["demo", "--offline"]):
        assert cli.main(arguments) == 2
        assert "starkcore-native[demo]" in capsys.readouterr().err


@pytest.mark.skipif(not POSIX, reason="a signal is sent as POSIX does")
def test_ctrl_c_ends_it_cleanly_and_soon():
    code = (
        "import sys, starkcore.cli as cli; from starkcore import PrivateKey\n"
        "key = PrivateKey(5); messages = bytes(32 * 3_000_000)\n"
        "cli.build.info = lambda args: print('ready', flush=True) or key.sign_many(messages)\n"
        "sys.exit(cli.main(['info']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "starkcore: interrupted\n"
    assert time.monotonic() - before < 5  # the tenth of a second is measured in test_batches.py; this includes the exit
