"""What a command exits with when nobody listens: in real processes, with standard streams closed, broken, full or in
ASCII.

0 means that everything was done and said. So the status is the command's verdict; and 3 in the place of 0, where its
output was lost.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("eth_keyfile")

from vectors import layout

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name != "posix", reason="descriptors and devices are POSIX's")]

ENTRY = layout.read("published.json")["orders"][0]
PUBLIC = "0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd"
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
ORDER = [
    "--market", "ETH-USD", "--side", "BUY", "--size", "145.0005", "--price", "350.00067", "--limit-fee", "0.125",
]  # fmt: skip
HOST = ["--host", "http://127.0.0.1:1"]

TYPED = layout.read("snip12.json")["cases"][0]["typed_data"]

# A command's arguments, where {} is a folder of its own, and its verdict.
COMMANDS = {
    "help": (["--help"], 0),
    "version": (["--version"], 0),
    "nonsense": (["nonsense"], 2),
    "info": (["info"], 0),
    "selftest": (["selftest", "--json"], 0),
    "keygen to a file": (["keygen", "--out", "{}/new"], 0),
    "keygen over a file": (["keygen", "--out", "{}/key"], 2),
    "keygen on the screen": (["keygen", "--show"], 0),
    "pubkey": (["pubkey", "--key-file", "{}/key"], 0),
    "pubkey of nothing": (["pubkey", "--key-file", "{}/nothing"], 2),
    "pubkey of standard input": (["pubkey"], 0),
    "hash": (["hash", "0x1", "0x2"], 0),
    "hash, Poseidon": (["hash", "--poseidon", "0x1", "0x2", "0x3"], 0),
    "sign typed data": (["sign", "--typed-data", "{}/typed", "--account", "0x1", "--key-file", "{}/key"], 0),
    "sign": (["sign", ENTRY["hash"], "--key-file", "{}/key"], 0),
    "verify, right": (["verify", PUBLIC, ENTRY["hash"], ENTRY["signature"]], 0),
    "verify, wrong": (["verify", PUBLIC, "0x1", ENTRY["signature"]], 1),
    "order sign": (
        ["order", "sign", "--position-id", "1", *ORDER, "--expiration", "2099-01-01T00:00:00Z", "--nonce", "1",
         "--key-file", "{}/key"],
        0,
    ),
    "order sign at Paradex": (
        ["order", "sign", "--venue", "paradex", "--market", "BTC-USD-PERP", "--side", "BUY", "--size", "1", "--price",
         "1", "--key-file", "{}/key"],
        0,
    ),
    "order list": (["order", "list", "--keys", "{}/schlüssel", *HOST], 1),
    "order place": (["order", "place", "--keys", "{}/schlüssel", *HOST, *ORDER], 1),
    "order cancel": (["order", "cancel", "--all", "--keys", "{}/schlüssel", *HOST], 1),
    "keys list": (["keys", "list", "--keys", "{}/schlüssel"], 0),
    "keys show-public": (["keys", "show-public", "--keys", "{}/schlüssel"], 0),
    "keys derive": (["keys", "derive", "--show"], 0),
    "keys derive at Extended": (["keys", "derive", "--venue", "extended", "--show"], 0),
    "keys export": (["keys", "export", "--keys", "{}/schlüssel", "--show"], 0),
    "keys import": (
        ["keys", "import", "--venue", "paradex", "--keys", "{}/folder", "--account", "0x5", "--stark-key-file",
         "{}/key"],
        0,
    ),
    "keys passphrase": (["keys", "passphrase", "--keys", "{}/again"], 0),
    "keys import-browser": (["keys", "import-browser", "--keys", "{}/folder", "--api-key-pairs", "{}/api"], 0),
    "onboard": (["onboard", "--keys", "{}/folder/of/its/own", *HOST], 1),
    "sandbox": (["sandbox", "--port", "0", "--database", "{}"], 1),
    "demo": (["demo", "--offline", "--orders", "100"], 0),
}  # fmt: skip
# How the streams are, in the shell's words; and whether what is printed is lost.
STREAMS = {
    "output closed": (">&-", True),
    "output full": (">/dev/full", True),
    "output to a closed pipe": ("", True),
    "errors closed": ("2>&-", False),
    "errors full": ("2>/dev/full", False),
    "input closed": ("<&-", False),
    "all closed": ("<&- >&- 2>&-", True),
    "ASCII": ("", False),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder for each way that the streams may be."""
    from starkcore import PrivateKey, keystore
    from starkcore.dydx.credentials import ApiKey, Credentials

    whole = Credentials(
        ethereum_address=ADDRESS, stark_key=PrivateKey(ENTRY["d"]), api_key=ApiKey("k", "c2VjcmV0", "p"), position_id=1
    )
    made = {}
    for name in STREAMS:
        made[name] = folder = tmp_path_factory.mktemp("streams")
        for file, text in (("key", ENTRY["d"]), ("api", json.dumps({ADDRESS: whole.api_key.as_dict()}))):
            (folder / file).write_text(text)
            (folder / file).chmod(0o600)
        (folder / "typed").write_text(json.dumps(TYPED))
        for keys in ("schlüssel", "again"):
            (folder / keys).mkdir()
            keystore.save(folder / keys / "one.json", whole, "passphrase", scrypt_n=4096)
    return made


def start(arguments, folder, how):
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("STARKCORE_", "PYTHON", "LC_"))
    }
    variables |= {
        "STARKCORE_NEW_PASSPHRASE": "another",
        "STARKCORE_PASSPHRASE": "passphrase",
        "STARKCORE_ETH_PRIVATE_KEY": WALLET,
    }
    variables |= {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"} if how == "ASCII" else {"PYTHONIOENCODING": "utf-8"}
    read, write = os.pipe()
    os.close(read)
    with (folder / "key").open() as stdin:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" {STREAMS[how][0]}', "sh", sys.executable, "-P", "-m", "starkcore",
             *(text.replace("{}", str(folder)) for text in arguments)],
            stdin=stdin, stdout=write if how == "output to a closed pipe" else subprocess.PIPE, stderr=subprocess.PIPE,
            env=variables,
        )  # fmt: skip
    os.close(write)
    return process


@pytest.mark.parametrize("name", COMMANDS)
def test_the_status_is_the_verdict_or_3(name, folders):
    if name == "demo":
        pytest.importorskip("rich")
    if name == "sandbox":
        pytest.importorskip("uvicorn")
    arguments, verdict = COMMANDS[name]
    processes = {how: start(arguments, folders[how], how) for how in STREAMS}
    results = {how: process.communicate(timeout=300) for how, process in processes.items()}
    for how, process in processes.items():
        out, err = results[how]
        out = out or b""  # None where the test gave the pipe
        expected = verdict
        if name == "pubkey of standard input" and "<&-" in STREAMS[how][0]:
            expected = 2
        elif verdict == 0 and STREAMS[how][1]:
            expected = 3
        assert process.returncode == expected, (how, err)
        for text in (out, err):
            assert b"Traceback" not in text, (how, text)
            assert b"Exception ignored" not in text, (how, text)
            assert how != "ASCII" or text.isascii()
        if verdict == 0 or STREAMS[how][1]:
            assert bool(out) == (expected == 0), (how, out)


def test_what_was_done_stays_done(folders):
    """A key whose public half couldn't be shown is there all the same, and whole; a descriptor that was closed isn't
    it.
    """
    for how, folder in folders.items():
        path = folder / "made"
        with start(["keygen", "--out", "{}/made"], folder, how) as process:
            process.communicate(timeout=300)
        assert len(path.read_text()) > 50
        assert path.read_text().startswith("0x")
        assert path.read_text().endswith("\n")


def test_help_says_what_a_status_means():
    from starkcore.commands.output import STATUSES

    shown = subprocess.run(
        [sys.executable, "-P", "-m", "starkcore", "--help"], capture_output=True, text=True, check=True
    )
    assert " ".join(STATUSES.split()) in " ".join(shown.stdout.split())
    for text in ("0 done and right", "1 a no", "2 bad input", "3 done and right, but"):
        assert text in STATUSES
    assert "Exit status" in (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")


def test_a_full_disk_leaves_no_file(tmp_path):
    """keygen's file is whole or isn't there: the limit of file size stands for a disk."""
    limited = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
    limited += "from starkcore.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", limited, "keygen", "--out", str(tmp_path / "key")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("starkcore: --out can't be used: File too large")
    assert list(tmp_path.iterdir()) == []
