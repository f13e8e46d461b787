"""Nothing loses a private key: what is new is merged, and what is replaced is kept, whatever is broken off, whoever
writes.
"""

import contextlib
import errno
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("eth_keyfile")

import keystore_ways as ways

from starkcore import PrivateKey, errors, files, keystore
from starkcore.dydx.credentials import Credentials
from starkcore.keystore import store

FAST = 1 << 12
PASSPHRASE = ways.PASSPHRASES[0]
POSIX = pytest.mark.skipif(os.name != "posix", reason="forks, links and locks are POSIX's")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "wallet.json"


def put(path, **parts):
    keystore.save(path, ways.credentials(**parts), PASSPHRASE, scrypt_n=FAST)


def add(path, passphrase=PASSPHRASE, options=(), **parts):
    return keystore.merge(path, ways.credentials(**parts), passphrase, scrypt_n=FAST, **dict(options))


def names(path):
    return sorted(found.name for found in path.parent.iterdir())


# ---- Broken off at every step ----


def run_ways(*arguments):
    done = subprocess.run(
        [sys.executable, str(Path(ways.__file__)), *arguments], capture_output=True, text=True, check=True, timeout=1800
    )
    return json.loads(done.stdout)


# Those of the command line, each of whose steps pays for a passphrase: the library's ways under them are in the others.
LONG = {"derive", "import"}
KINDS = sorted({name.replace(",", "").split()[0] for name in ways.WAYS})


@POSIX
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.long) if kind in LONG else kind for kind in KINDS]
)
def test_no_way_of_writing_loses_a_key_at_any_step(kind):
    chosen = [name for name in ways.WAYS if name.startswith(kind)]
    found = run_ways("", *chosen)
    assert list(found["steps"]) == chosen
    assert min(found["steps"].values()) > 40
    assert found["lost"] == {}


@POSIX
@pytest.mark.parametrize(
    "writer", [*(pytest.param(name, marks=pytest.mark.long) for name in ("in_place", "without_keeping")), "keeps_one"]
)
def test_a_writer_that_loses_keys_is_found(writer):
    lost = run_ways(writer, "save, replace", "import API key")["lost"]
    assert {step.partition(":")[0] for step in lost} >= {"save, replace"}


@POSIX
def test_the_order_of_what_reaches_the_disk(path, monkeypatch):
    """A crash of the machine may undo whatever wasn't flushed: the old file's second name is, before its first is
    taken.
    """
    put(path, stark=0)
    steps = []

    class Recorded:
        def __getattr__(self, name):
            real = getattr(os, name)
            if name not in ("write", "fsync", "link", "replace"):
                return real

            def call(*arguments, **keywords):
                folder = name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode)
                steps.append("fsync of the folder" if folder else name)
                return real(*arguments, **keywords)

            return call

    monkeypatch.setattr(files, "os", Recorded())
    add(path, api=0)
    folder = "fsync of the folder"
    assert steps == ["write", "fsync", "link", folder, "replace", folder]


# ---- Merging ----


def test_what_is_new_is_added(path):
    add(path, stark=0)
    assert names(path) == [path.name]
    add(path, api=0)
    whole = add(path, position=5)
    assert whole == keystore.load(path, PASSPHRASE) == ways.credentials(0, 0, 5)
    before = path.read_bytes()
    assert add(path, stark=0, api=0, position=5) == whole
    assert add(path) == whole
    assert path.read_bytes() == before  # nothing was new
    assert names(path) == [path.name, f"{path.name}.old-1", f"{path.name}.old-2"]


@pytest.mark.parametrize("parts", [{"stark": 1}, {"api": 1}, {"position": 6}, {"stark": 1, "api": 1}])
def test_what_would_replace_something_is_refused(path, parts):
    put(path, stark=0, api=0, position=5)
    before = path.read_bytes()
    with pytest.raises(errors.KeyStoreExists):
        add(path, **parts)
    if "stark" in parts:
        for options in (
            {"replace": True},
            {"replace_key": ways.public(1)},
            {"replace": True, "replace_key": ways.public(2)},
        ):
            with pytest.raises(errors.KeyStoreExists, match=ways.public(0)):
                add(path, options=options, **parts)
    assert path.read_bytes() == before
    assert names(path) == [path.name]


def test_what_is_replaced_is_kept(path):
    put(path, stark=0, api=0, position=5)
    assert add(path, api=1, options={"replace": True}) == ways.credentials(0, 1, 5)
    assert keystore.load(path.with_name(f"{path.name}.old-1"), PASSPHRASE) == ways.credentials(0, 0, 5)
    # The position was that of the other key.
    assert add(path, stark=1, options={"replace_key": ways.public(0)}) == ways.credentials(1, 1)
    assert keystore.load(path.with_name(f"{path.name}.old-2"), PASSPHRASE) == ways.credentials(0, 1, 5)
    assert add(path, stark=2, options={"replace_key": ways.STARK[1].public_key}) == ways.credentials(2, 1)
    # Once more, as who repeats a command does it.
    assert add(path, stark=2, options={"replace_key": ways.public(1)}) == ways.credentials(2, 1)
    assert len(names(path)) == 4


def test_the_negative_of_a_key_is_another_key(path):
    from reference.curve import N

    put(path, stark=0)
    negative = Credentials(ethereum_address=ways.ADDRESS, stark_key=PrivateKey(N - 0xA1))
    assert negative.stark_key.public_key.x == ways.STARK[0].public_key.x
    with pytest.raises(errors.KeyStoreExists):
        keystore.merge(path, negative, PASSPHRASE, scrypt_n=FAST)
    with pytest.raises(errors.KeyStoreExists):
        keystore.save(path, negative, PASSPHRASE, replace=True, scrypt_n=FAST)


def test_only_the_same_wallet_and_passphrase(path):
    put(path, stark=0)
    before = path.read_bytes()
    with pytest.raises(errors.WrongPassphrase):
        add(path, "another", api=0)
    for changes in ({"network_id": 5}, {"ethereum_address": "0x" + "11" * 20}):
        other = Credentials(**{"ethereum_address": ways.ADDRESS, "api_key": ways.API[0]} | changes)
        with pytest.raises(errors.InvalidInput, match="wallet and the network"):
            keystore.merge(path, other, PASSPHRASE, scrypt_n=FAST)
    assert path.read_bytes() == before


@pytest.mark.parametrize("named", ["", "0x5", "zz", 5, b"", "0x" + "f" * 64])
def test_a_name_that_is_no_public_key(path, named):
    put(path, stark=0)
    for call in (keystore.save, keystore.merge):
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^replace_key "):
            call(path, ways.credentials(1), PASSPHRASE, replace=True, replace_key=named, scrypt_n=FAST)


def test_saving_over_another_key(path):
    put(path, stark=0, api=0)
    before = path.read_bytes()
    for parts in ({"stark": 1}, {"api": 0}, {}):
        with pytest.raises(errors.KeyStoreExists, match=ways.public(0)):
            keystore.save(path, ways.credentials(**parts), PASSPHRASE, replace=True, scrypt_n=FAST)
    assert path.read_bytes() == before
    path.write_text("what nobody knows")
    keystore.save(path, ways.credentials(1), PASSPHRASE, replace=True, scrypt_n=FAST)
    assert path.with_name(f"{path.name}.old-1").read_text() == "what nobody knows"


def test_older_files_are_not_written_over(path):
    put(path, stark=0)
    for number in (1, 2, 4):
        path.with_name(f"{path.name}.old-{number}").write_text(str(number))
    for position in range(3):
        add(path, position=position, options={"replace": True})
    assert [path.with_name(f"{path.name}.old-{number}").read_text()[:1] for number in range(1, 7)] == list("12{4{{")
    assert [entry for _, entry in keystore.entries(path.parent)] == [keystore.public_part(path)]


@POSIX
@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_links(path, monkeypatch, code):
    def link(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    put(path, stark=0)
    before = path.read_bytes()
    with pytest.raises(errors.KeyStoreExists):
        put(path, stark=1)
    add(path, api=0)
    assert path.with_name(f"{path.name}.old-1").read_bytes() == before
    assert names(path) == [path.name, f"{path.name}.old-1"]


# ---- Several writers ----


@POSIX
@pytest.mark.parametrize("locks", [True, False])
def test_writers_wait_for_each_other(path, monkeypatch, locks):
    """Both have read the file before one writes: unless a lock keeps the second out."""
    put(path, position=5)
    both, load = threading.Barrier(2), store.load_entry

    def slow(*arguments):
        whole = load(*arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)
        return whole

    monkeypatch.setattr(store, "load_entry", slow)
    if not locks:
        monkeypatch.setattr(files, "_lock", lambda _: None)
    threads = [threading.Thread(target=add, args=(path,), kwargs=parts) for parts in ({"stark": 0}, {"api": 0})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (keystore.load(path, PASSPHRASE) == ways.credentials(0, 0, 5)) == locks


WRITER = """
import sys, keystore_ways as ways
from pathlib import Path
sys.stdin.read()
for number in range(5):
    ways.keystore.merge(Path(sys.argv[1]), ways.Credentials(
        ethereum_address=ways.ADDRESS, api_key=ways.ApiKey(f"{sys.argv[2]}-{number}", "c2VjcmV0", "x")),
        ways.PASSPHRASES[0], replace=True, scrypt_n=4096)
"""


@POSIX
def test_processes_at_once(path):
    put(path, stark=0)
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, cwd=Path(ways.__file__).parent)
        for number in range(3)
    ]
    for process in processes:
        process.stdin.close()
    assert [process.wait(300) for process in processes] == [0, 0, 0]
    kept = [keystore.load(found, PASSPHRASE) for found in path.parent.iterdir()]
    assert {whole.api_key.key for whole in kept if whole.api_key} == {f"{p}-{n}" for p in range(3) for n in range(5)}
    assert all(whole.stark_key == ways.STARK[0] for whole in kept)
