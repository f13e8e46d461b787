"""From a wallet to orders on the command line, against the local exchange; secrets never in arguments nor on the
screen.
"""

import json
import os
import stat
import subprocess
import sys
import threading

import pytest

pytest.importorskip("eth_keyfile")
pytest.importorskip("uvicorn")
pytest.importorskip("httpcore2")

from sandbox_trader import Trader

from starkcore import Client, PrivateKey, cli, errors, keystore, sandbox

pytestmark = pytest.mark.long

# Published: dydx-v3-python 2.1.0, tests/test_onboarding.py. The wallet is the first of Ganache's test chain.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
STARK_PRIVATE = "0x170d807cafe3d8b5758f3f698331d292bf5aeb71f6fd282f0831dee094ee891"
STARK_PUBLIC = "0x39d88860b99b1809a63add01f7dfa59676ae006bbcdf38ff30b6a69dcf55ed3"
STARK_Y = "0x2bdd58a2c2acb241070bc5d55659a85bba65211890a8c47019a33902aba8400"
SEPOLIA_PUBLIC = "0x15e2e074a7ac9e78edb2ee9f11a0c0c0a080c79758ab81616eea9c032c75265"
API = {
    "key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f",
    "secret": "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9",
    "passphrase": "12_1LuuJMZUxcj3kGBWc",
}
PASSPHRASE = "a passphrase that nobody guesses"
SECRETS = (WALLET[2:], STARK_PRIVATE[2:], API["secret"], API["passphrase"], PASSPHRASE)


@pytest.fixture(scope="module")
def exchange():
    with sandbox.running(initial_balance=100_000) as running:
        yield running


@pytest.fixture
def run(tmp_path):
    """Runs starkcore with a key store of its own; nothing that it prints may hold a secret, unless `shows` says so."""

    def starkcore(*arguments, stdin="", shows=(), **variables):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STARKCORE_")}
        settings = {
            "STARKCORE_KEYS": str(tmp_path / "keys"),
            "STARKCORE_PASSPHRASE": PASSPHRASE,
            "PYTHONIOENCODING": "utf-8",
        }
        chosen = {name: value for name, value in (settings | variables).items() if value is not None}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "starkcore", *arguments],
            input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, env=clean | chosen,
        )  # fmt: skip
        for secret in SECRETS:
            assert secret in shows or secret not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return starkcore


def files(tmp_path):
    folder = tmp_path / "keys"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def right(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_keys_are_derived_and_kept(run, tmp_path):
    made = right(run("keys", "derive", "--json", STARKCORE_ETH_PRIVATE_KEY=WALLET))
    assert made["stark_public_key"] == STARK_PUBLIC
    assert made["stark_public_key_y_coordinate"] == STARK_Y
    path = tmp_path / "keys" / f"mainnet-{ADDRESS.lower()}.json"
    kept = keystore.load(path, PASSPHRASE)
    assert kept.stark_key.secret_hex() == STARK_PRIVATE
    assert kept.api_key is None
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    sepolia = right(run("keys", "derive", "--json", "--network", "sepolia", STARKCORE_ETH_PRIVATE_KEY=WALLET))
    assert sepolia["stark_public_key"] == SEPOLIA_PUBLIC
    assert len(files(tmp_path)) == 2

    listed = run("keys", "list", STARKCORE_PASSPHRASE=None)
    assert max(map(len, listed.stdout.splitlines())) <= 80
    heading, *rows = (line.split() for line in listed.stdout.splitlines())
    assert heading == ["WALLET", "VENUE", "NETWORK", "STARK", "KEY", "API"]
    for row, network, key in zip(rows, ("mainnet", "sepolia"), (STARK_PUBLIC, SEPOLIA_PUBLIC), strict=True):
        assert row[:3] == [ADDRESS, "dydx", network]
        begin, _, end = row[3].partition("..")
        assert (key.startswith(begin), key.endswith(end), len(row[3])) == (True, True, 11)
    which = run("keys", "show-public", STARKCORE_PASSPHRASE=None)
    assert which.returncode == 2
    assert f"{ADDRESS} on mainnet, {ADDRESS} on sepolia" in which.stderr
    shown = right(run("keys", "show-public", "--network", "sepolia", "--json", STARKCORE_PASSPHRASE=None))
    assert shown["stark_public_key"] == SEPOLIA_PUBLIC

    # Once more, nothing is new, and nothing is written; another passphrase isn't the file's.
    before = path.read_bytes()
    for options in ((), ("--replace",)):
        assert run("keys", "derive", *options, STARKCORE_ETH_PRIVATE_KEY=WALLET).returncode == 0
        other = run("keys", "derive", *options, STARKCORE_ETH_PRIVATE_KEY=WALLET, STARKCORE_PASSPHRASE="x")
        assert other.returncode == 2
        assert "must be the one that opens it" in other.stderr
    assert path.read_bytes() == before
    assert len(files(tmp_path)) == 2


def test_a_secret_is_shown_when_it_is_asked_for(run, tmp_path):
    shown = right(
        run("keys", "derive", "--show", "--json", STARKCORE_ETH_PRIVATE_KEY=WALLET, shows=(STARK_PRIVATE[2:],))
    )
    assert shown["private_key"] == STARK_PRIVATE
    assert files(tmp_path) == []


@pytest.mark.parametrize("kind", ["hex", "key file"])
def test_a_wallet_in_a_file(run, tmp_path, kind):
    from eth_account import Account

    path = tmp_path / "wallet"
    path.write_text(WALLET if kind == "hex" else json.dumps(Account.encrypt(WALLET, "wallet's", iterations=4096)))
    path.chmod(0o600)
    arguments = ("keys", "derive", "--json", "--eth-key-file", str(path))
    assert right(run(*arguments, STARKCORE_ETH_PASSPHRASE="wallet's"))["stark_public_key"] == STARK_PUBLIC
    if kind == "key file":
        wrong = run(*arguments, STARKCORE_ETH_PASSPHRASE="another")
        assert wrong.returncode == 2
        assert "must be an Ethereum key file that the passphrase opens" in wrong.stderr
        assert "passphrase must be given: by a terminal, by $STARKCORE_ETH_PASSPHRASE or by --eth-passphrase-fd" in (
            run(*arguments).stderr
        )


@pytest.mark.skipif(os.name != "posix", reason="descriptors are inherited as on POSIX")
def test_a_passphrase_from_a_descriptor(run, tmp_path):
    read, write = os.pipe()
    os.write(write, b"from a pipe\nand more\n")
    os.close(write)
    command = [sys.executable, "-P", "-m", "starkcore", "keys", "derive", "--passphrase-fd", str(read)]
    variables = os.environ | {"STARKCORE_KEYS": str(tmp_path / "keys"), "STARKCORE_ETH_PRIVATE_KEY": WALLET}
    done = subprocess.run(command, pass_fds=(read,), capture_output=True, text=True, check=False, env=variables)
    os.close(read)
    assert done.returncode == 0, done.stderr
    (name,) = files(tmp_path)
    assert keystore.load(tmp_path / "keys" / name, "from a pipe").ethereum_address == ADDRESS


@pytest.mark.skipif(os.name != "posix", reason="a terminal as on POSIX")
def test_a_passphrase_that_is_typed(tmp_path):
    """At a terminal it is asked for, twice, and not shown."""
    import pty

    variables = os.environ | {"STARKCORE_KEYS": str(tmp_path / "keys"), "STARKCORE_ETH_PRIVATE_KEY": WALLET}
    outcomes = []
    for second in ("typed", "mistyped"):
        main, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "starkcore", "keys", "derive"],
            stdin=terminal, stdout=terminal, stderr=terminal, env=variables, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(terminal)
        seen = read_until(main, b"passphrase of the key store: ")
        os.write(main, b"typed\n")
        seen += read_until(main, b"again: ")
        os.write(main, second.encode() + b"\n")
        seen += read_until(main, None)
        outcomes.append((process.wait(60), seen))
        os.close(main)
        for path in (tmp_path / "keys").glob("*"):
            assert keystore.load(path, "typed").ethereum_address == ADDRESS
            path.unlink()
    assert [code for code, _ in outcomes] == [0, 2]
    assert STARK_PUBLIC.encode() in outcomes[0][1]
    assert b"must be the same twice" in outcomes[1][1]
    for _, seen in outcomes:
        assert b"typed" not in seen


def read_until(descriptor, ending):
    """What a terminal shows, up to an ending, or to the end."""
    seen, guard = b"", threading.Timer(60, os.close, (descriptor,))
    guard.start()
    try:
        while ending is None or not seen.endswith(ending):
            part = os.read(descriptor, 1000)
            if not part:
                break
            seen += part
    except OSError:
        assert ending is None, seen
    finally:
        guard.cancel()
    return seen


def browser_files(tmp_path, **changes):
    stark = {"publicKey": STARK_PUBLIC, "publicKeyYCoordinate": STARK_Y, "privateKey": STARK_PRIVATE}
    paths = tmp_path / "stark.json", tmp_path / "api.json"
    for path, pairs in zip(paths, ({ADDRESS: stark | changes}, {ADDRESS: API}), strict=True):
        path.write_text(json.dumps(pairs))
        path.chmod(0o600)
    return "--stark-key-pairs", str(paths[0]), "--api-key-pairs", str(paths[1])


def test_keys_out_of_the_browser(run, tmp_path):
    made = right(run("keys", "import-browser", "--json", *browser_files(tmp_path)))
    assert (made["ethereum_address"], made["has_api_key"]) == (ADDRESS, True)
    kept = keystore.load(made["key_file"], PASSPHRASE)
    assert kept.api_key.as_dict() == API
    assert kept.stark_key.secret_hex() == STARK_PRIVATE


def test_keys_as_they_were_saved(run, tmp_path):
    """The command line reads what the library reads: see test_local_storage."""
    stark = {"publicKey": STARK_PUBLIC, "publicKeyYCoordinate": STARK_Y, "privateKey": STARK_PRIVATE}
    row, api = f"STARK_KEY_PAIRS\t{json.dumps({ADDRESS: stark})}", tmp_path / "api"
    api.write_bytes(str(API | {"walletAddress": ADDRESS}).encode("utf-16"))
    api.chmod(0o600)
    made = right(
        run("keys", "import-browser", "--json", "--stark-key-pairs", "-", "--api-key-pairs", str(api), stdin=row)
    )
    kept = keystore.load(made["key_file"], PASSPHRASE)
    assert (kept.stark_key.secret_hex(), kept.api_key.as_dict()) == (STARK_PRIVATE, API)
    for arguments, stdin, words in (
        (("--stark-key-pairs", ""), "", "must name a file, or be - for standard input: it is empty"),
        (("--stark-key-pairs", "-"), STARK_PRIVATE, "and not a private key or a public key alone"),
        (("--stark-key-pairs", "-", "--api-key-pairs", "-"), row, "must not both be standard input"),
        (("--api-key-pairs", "-"), row, "this is the row of STARK_KEY_PAIRS"),
    ):
        refused = run("keys", "import-browser", *arguments, stdin=stdin)
        assert refused.returncode == 2
        assert words in refused.stderr


def test_one_after_the_other_out_of_the_browser(run, tmp_path):
    """The way that lost the only copy of a key: the Stark key first, then the API key."""
    arguments = browser_files(tmp_path)
    for first, second in ((arguments[:2], arguments[2:]), (arguments[2:], arguments[:2])):
        right(run("keys", "import-browser", "--json", *first))
        made = right(run("keys", "import-browser", "--json", "--replace", *second))
        kept = keystore.load(made["key_file"], PASSPHRASE)
        assert (kept.stark_key.secret_hex(), kept.api_key.as_dict()) == (STARK_PRIVATE, API)
        for found in (tmp_path / "keys").iterdir():
            found.unlink()


def test_another_stark_key_must_be_named(run, tmp_path):
    other = PrivateKey(0x123456789)
    point = other.public_key
    stark = {"publicKey": hex(point.x), "publicKeyYCoordinate": hex(point.y), "privateKey": other.secret_hex()}
    right(run("keys", "import-browser", "--json", *browser_files(tmp_path, **stark)))
    derive = ("keys", "derive", "--json")
    for options in ((), ("--replace",), ("--replace-key", STARK_PUBLIC)):
        refused = run(*derive, *options, STARKCORE_ETH_PRIVATE_KEY=WALLET)
        assert refused.returncode == 2
        assert "--replace-key (replace_key) with that public key" in refused.stderr
        assert hex(point.x) in refused.stderr
    assert len(files(tmp_path)) == 1
    made = right(run(*derive, "--replace-key", hex(point.x), STARKCORE_ETH_PRIVATE_KEY=WALLET))
    assert (made["stark_public_key"], made["has_api_key"]) == (STARK_PUBLIC, True)
    old = keystore.load(f"{made['key_file']}.old-1", PASSPHRASE)
    assert (old.stark_key, old.api_key.as_dict()) == (other, API)


def test_keys_out_of_the_browser_that_are_wrong(run, tmp_path):
    wrong = run("keys", "import-browser", *browser_files(tmp_path, publicKey=SEPOLIA_PUBLIC))
    assert wrong.returncode == 2
    assert "stark_key_pairs must" in wrong.stderr
    assert run("keys", "import-browser").returncode == 2
    (tmp_path / "secret").write_text(STARK_PRIVATE)
    (tmp_path / "secret").chmod(0o600)
    bare = run("keys", "import-browser", "--stark-key-pairs", str(tmp_path / "secret"))
    assert bare.returncode == 2
    # The value itself where its file's name belongs.
    pasted = run("keys", "import-browser", "--stark-key-pairs", json.dumps({ADDRESS: {"privateKey": STARK_PRIVATE}}))
    assert pasted.returncode == 2
    assert files(tmp_path) == []


def test_onboard_and_trade(run, exchange, tmp_path):
    host = ("--host", exchange.url)
    made = right(run("onboard", "--json", *host, STARKCORE_ETH_PRIVATE_KEY=WALLET))
    assert made["stark_public_key"] == STARK_PUBLIC
    assert made["user"] == "new"
    kept = keystore.load(made["key_file"], PASSPHRASE)
    # The first API key is the one that the website makes of the wallet's signature: published.
    assert kept.api_key.as_dict() == API
    assert kept.position_id == made["position_id"]

    terms = ("--market", "ETH-USD", "--limit-fee", "0.001")
    order = right(run("order", "place", "--json", *host, *terms, "--side", "BUY", "--size", "0.02", "--price", "900"))
    assert (order["status"], order["side"], order["size"], order["price"]) == ("OPEN", "BUY", "0.02", "900")
    second = right(
        run("order", "place", "--json", *host, *terms, "--side", "BUY", "--size", "0.03", "--price", "901",
            "--replaces", order["id"], "--client-id", "mine", "--post-only", "--expires-in", "600")
    )  # fmt: skip
    assert (second["clientId"], second["postOnly"]) == ("mine", True)
    listed = right(run("order", "list", "--json", *host, "--market", "ETH-USD", "--status", "OPEN"))
    assert [item["id"] for item in listed] == [second["id"]]
    text = run("order", "list", *host).stdout
    assert second["id"] in text
    assert "0.03 of" in text

    refused = run("order", "place", *host, *terms, "--side", "BUY", "--size", "0.0301", "--price", "901")
    assert refused.returncode == 1
    assert "step size" in refused.stderr
    wrong = run("order", "place", *host, *terms, "--side", "BUY", "--size", "0.03x", "--price", "901")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("starkcore: size must")

    canceled = right(run("order", "cancel", "--json", *host, "--id", second["id"]))
    assert [item["id"] for item in canceled] == [second["id"]]
    third = right(run("order", "place", "--json", *host, *terms, "--side", "SELL", "--size", "0.02", "--price", "1100"))
    canceled = right(run("order", "cancel", "--json", *host, "--all"))
    assert [item["id"] for item in canceled] == [third["id"]]
    assert right(run("order", "list", "--json", *host, "--status", "OPEN")) == []

    again = run("onboard", *host, STARKCORE_ETH_PRIVATE_KEY=WALLET)
    assert again.returncode == 2
    assert "--replace" in again.stderr
    renewed = right(run("onboard", "--json", "--replace", *host, STARKCORE_ETH_PRIVATE_KEY=WALLET))
    assert renewed["user"] == "was there"
    assert keystore.load(made["key_file"], PASSPHRASE).api_key != kept.api_key
    assert right(run("order", "list", "--json", *host, "--status", "OPEN")) == []

    closed = run("order", "list", *host, STARKCORE_PASSPHRASE="another")
    assert closed.returncode == 2
    assert "passphrase is wrong" in closed.stderr
    name = f"mainnet-{ADDRESS.lower()}.json"
    old = [f"{name}.old-{number}" for number in range(1, len(files(tmp_path)))]
    assert files(tmp_path) == [name, *old]
    assert kept in [keystore.load(tmp_path / "keys" / found, PASSPHRASE) for found in old]


def test_a_user_with_another_stark_key(run, exchange, tmp_path):
    """Registered elsewhere with a key that isn't the wallet's: kept keys would sign nothing that counts."""
    trader = Trader(exchange.url)
    trader.stark = PrivateKey(0x123456789)
    trader.onboard()
    for _ in range(2):
        refused = run("onboard", "--host", exchange.url, STARKCORE_ETH_PRIVATE_KEY=trader.wallet.key.hex())
        assert refused.returncode == 1
        assert "another Stark key" in refused.stderr
        assert hex(trader.stark.public_key.x) in refused.stderr
    # Nothing was made, here or there: two tries have left the one API key that the user has.
    assert files(tmp_path) == []
    assert len(trader.get("/v3/api-keys")["apiKeys"]) == 1
    trader.close()


def test_a_user_with_a_key_of_personal_sign(run, exchange, tmp_path):
    """A wallet with `legacySigning`: the exchange has the key of another signature of the same wallet."""
    trader = Trader(exchange.url)
    with Client("http://localhost", eth_private_key=trader.wallet.key.hex()) as client:
        legacy = client.onboarding.derive_all_stark_keys()[4]
    trader.stark = PrivateKey(legacy.private_key)
    trader.onboard()
    trader.close()
    wallet = trader.wallet.key.hex()
    made = right(run("onboard", "--json", "--host", exchange.url, STARKCORE_ETH_PRIVATE_KEY=wallet))
    assert (made["stark_public_key"], made["user"]) == (legacy.public_key, "was there")


def test_an_api_key_that_cannot_be_kept_is_deleted(monkeypatch, exchange, tmp_path, capsys):
    trader = Trader(exchange.url)
    trader.onboard()
    monkeypatch.setenv("STARKCORE_ETH_PRIVATE_KEY", "0x" + bytes(trader.wallet.key).hex())
    monkeypatch.setenv("STARKCORE_PASSPHRASE", PASSPHRASE)

    def full(*_, **__):
        raise errors.KeyStoreError("the disk is full")

    monkeypatch.setattr(keystore, "merge", full)
    assert cli.main(["onboard", "--keys", str(tmp_path / "keys"), "--host", exchange.url]) == 1
    assert "was deleted again: the disk is full" in capsys.readouterr().err
    assert len(trader.get("/v3/api-keys")["apiKeys"]) == 1
    trader.close()


def test_what_is_missing_is_said_before_anything_is_sent(run, exchange, tmp_path):
    host = ("--host", exchange.url)
    for arguments, variables, words in (
        ((), {}, "--eth-key-file or --provider or $STARKCORE_ETH_PRIVATE_KEY must say which wallet"),
        ((), {"STARKCORE_ETH_PRIVATE_KEY": "0x1234"}, "eth_private_key must"),
        ((), {"STARKCORE_ETH_PRIVATE_KEY": WALLET, "STARKCORE_PASSPHRASE": None}, "passphrase must be given"),
        ((), {"STARKCORE_ETH_PRIVATE_KEY": WALLET, "STARKCORE_PASSPHRASE": ""}, "passphrase must not be empty"),
        (("--address", "0x" + "11" * 20), {"STARKCORE_ETH_PRIVATE_KEY": WALLET}, "address must be the wallet's"),
        (("--address", ADDRESS[:-1]), {"STARKCORE_ETH_PRIVATE_KEY": WALLET}, "address must"),
        (("--network", "goerli"), {"STARKCORE_ETH_PRIVATE_KEY": WALLET}, "network must be one of mainnet, sepolia"),
        (("--host", "http://example.org"), {"STARKCORE_ETH_PRIVATE_KEY": WALLET}, "host must be https"),
    ):
        done = run("onboard", *host, *arguments, **variables)
        assert done.returncode == 2, (arguments, done.stderr)
        assert words in done.stderr
    assert "there is none" in run("order", "list", *host).stderr
    assert files(tmp_path) == []


def test_a_wallet_behind_a_provider(run, exchange, tmp_path):
    """A node that holds the key signs; nothing of it comes here."""
    import ethereum_nodes

    with ethereum_nodes.anvil("--accounts", "2", "--chain-id", "1") as web3:
        url, accounts = web3.provider.endpoint_uri, web3.eth.accounts
        host = ("--host", exchange.url, "--provider", url)
        several = run("onboard", *host)
        assert several.returncode == 2
        assert "--address must say which of the provider's 2 accounts" in several.stderr
        made = right(run("onboard", "--json", *host, "--address", accounts[1]))
        assert made["ethereum_address"] == accounts[1]
        assert keystore.load(made["key_file"], PASSPHRASE).api_key is not None


def test_secrets_where_they_do_not_belong(run):
    for arguments in (
        ("onboard", WALLET), ("keys", WALLET), ("order", "place", "--passphrase", PASSPHRASE),
        ("keys", "derive", f"--key={WALLET}"),
        ("keys", "derive", "--eth-key-file", WALLET), ("keys", "show-public", "--wallet", WALLET),
        ("keys", "derive", "--passphrase-fd", PASSPHRASE),
    ):  # fmt: skip
        assert run(*arguments).returncode == 2


def test_help_of_the_actions(run):
    for arguments in (
        ("onboard",), ("sandbox",), ("keys",), ("order",), ("keys", "derive"), ("keys", "import-browser"),
        ("keys", "list"), ("keys", "show-public"), ("order", "sign"), ("order", "place"), ("order", "cancel"),
        ("order", "list"),
    ):  # fmt: skip
        helped = run(*arguments, "--help")
        assert helped.returncode == 0
        assert f"usage: starkcore {' '.join(arguments)}" in helped.stdout


def test_the_exchange_runs_until_it_is_stopped(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "starkcore", "sandbox", "--port", "0", "--database", str(tmp_path / "db")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        url = process.stdout.readline().split()[-1]
        trader = Trader(url)
        trader.onboard()
        trader.close()
    finally:
        process.terminate()
        _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert (tmp_path / "db").exists()
