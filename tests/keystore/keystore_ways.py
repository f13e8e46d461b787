"""All ways of writing a key file, broken off at every step, and repeated: is each private key that was ever stored
still there?

A step is a line of `starkcore/files.py`, which everything is written by, in a process that is killed before it; or a
call of the operating system that this module makes, which fails before or after its work. Run as a program, because it
forks: `python tests/keystore/keystore_ways.py [planted writer] [way …]` prints what was lost, as JSON.
"""

import contextlib
import errno
import io
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from starkcore import PrivateKey, StarkcoreError, cli, extended, files, keystore, paradex
from starkcore.commands import store
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.errors import WrongPassphrase
from starkcore.keystore import sealing

ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
PASSPHRASES = ("first passphrase", "second passphrase")
NAME = f"mainnet-{ADDRESS.lower()}.json"
STARK = [PrivateKey(number) for number in (0xA1, 0xB2, 0xC3)]
API = [ApiKey(f"key-{n}", "c2VjcmV0" + "ABCD" * n, f"passphrase-{n}") for n in range(3)]


def credentials(stark=None, api=None, position=None):
    return Credentials(
        ethereum_address=ADDRESS,
        stark_key=None if stark is None else STARK[stark],
        api_key=None if api is None else API[api],
        position_id=position,
    )


def secrets_of(whole):
    """What must not be lost."""
    found = set()
    if whole.stark_key is not None:
        found.add(whole.stark_key.secret_hex())
    api = getattr(whole, "api_key", None)
    if api is not None:
        found.add(api if isinstance(api, str) else api.secret)
    return found


# ---- The ways ----


class Wallet:
    """What stands for a client and the exchange: it issues an API key each time that it is asked."""

    default_address, network_id = ADDRESS, 1

    def __init__(self, stark, registered, api):
        self._stark, self._registered, self._issued = STARK[stark], registered, API[api]
        self.onboarding = self.public = self.api_keys = self.private = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def derive_stark_key(self, _):
        return SimpleNamespace(private_key=self._stark.secret_hex(), public_key=hex(self._stark.public_key.x))

    def check_if_user_exists(self, _):
        return SimpleNamespace(exists=self._registered)

    def recovery(self, _):
        return SimpleNamespace(stark_key=hex(self._stark.public_key.x))

    def delete_api_key(self, *_):
        pass

    def create_api_key(self, _=None, **__):
        return SimpleNamespace(api_key=SimpleNamespace(**self._issued.as_dict()))

    create_user = create_api_key

    def get_account(self, _):
        return SimpleNamespace(account=SimpleNamespace(stark_key=hex(self._stark.public_key.x), position_id="77"))


def command(*arguments, wallet=None, passphrase=PASSPHRASES[0]):
    """A command line, in this process. It raises what a person would see as a failure."""
    if wallet is not None:
        store.client_of_wallet = lambda *_: wallet
    os.environ["STARKCORE_PASSPHRASE"] = passphrase
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
        status = cli.main(list(arguments))
    if status != 0:
        raise StarkcoreError(told.getvalue())


def imported(folder, *, stark=None, api=None, options=()):
    arguments = []
    for option, number in (("--stark-key-pairs", stark), ("--api-key-pairs", api)):
        if number is None:
            continue
        point = STARK[number].public_key
        pair = API[number].as_dict() if option == "--api-key-pairs" else {
            "publicKey": hex(point.x), "publicKeyYCoordinate": hex(point.y), "privateKey": STARK[number].secret_hex(),
        }  # fmt: skip
        path = folder.parent / f"{folder.name}{option}"
        path.write_text(json.dumps({ADDRESS: pair}))
        path.chmod(0o600)
        arguments += [option, str(path)]
    command("keys", "import-browser", "--keys", str(folder), *arguments, *options)


@dataclass(frozen=True)
class Way:
    """A way of writing.

    Attributes:
        start: what is in the key file beforehand; None for no file.
        write: writes, with the values of that number, into a folder.
        gives: what it stores with the values of that number when it succeeds.
        first: whether what is in the file beforehand is of version 1.
    """

    start: object
    write: Callable[[Path, int], object]
    gives: Callable[[int], set]
    first: bool = False


def library(function, passphrase=PASSPHRASES[0], **options):
    """A call of the library; `stark` and `api` are first numbers, to which that of the values is added."""
    keywords = {name: value for name, value in options.items() if name in ("replace", "replace_key")}

    def made(number):
        parts = {name: (options[name] + number) % 3 for name in ("stark", "api") if name in options}
        return credentials(**parts, position=options.get("position"))

    return (
        lambda folder, number: function(folder / NAME, made(number), passphrase, **keywords),
        lambda number: secrets_of(made(number)),
    )


def public(number):
    return hex(STARK[number].public_key.x)


def change_passphrase(folder, _):
    whole = keystore.load(folder / NAME, PASSPHRASES[0])
    keystore.save(folder / NAME, whole, PASSPHRASES[1], replace=True)


def other_passphrase(folder, _):
    keystore.change_passphrase(folder / NAME, *PASSPHRASES)


def other_passphrase_by_command(folder, _):
    os.environ["STARKCORE_NEW_PASSPHRASE"] = PASSPHRASES[1]
    command("keys", "passphrase", "--keys", str(folder))


def elsewhere(stark=None, api=None):
    return extended.Credentials(
        ethereum_address=ADDRESS,
        stark_key=None if stark is None else STARK[stark],
        api_key=None if api is None else API[api].secret,
    )


def kept_elsewhere(**parts):
    def made(number):
        return elsewhere(**{name: (first + number) % 3 for name, first in parts.items()})

    return (
        lambda folder, number: keystore.merge(folder / NAME, made(number), PASSPHRASES[0], replace=True),
        lambda number: secrets_of(made(number)),
    )


def at_paradex(folder, number):
    whole = paradex.Credentials(account=0x123, stark_key=STARK[number])
    keystore.merge(folder / NAME, whole, PASSPHRASES[0], replace_key=public(0))


def derive(*options):
    def write(folder, number):
        command("keys", "derive", "--keys", str(folder), *options, wallet=Wallet(number, False, 0))

    return write, lambda number: {STARK[number].secret_hex()}


def onboard(*options, registered=False):
    def write(folder, number):
        wallet = Wallet(0, registered, number)
        command("onboard", "--host", "http://localhost", "--keys", str(folder), *options, wallet=wallet)

    return write, lambda number: {STARK[0].secret_hex(), API[number].secret}


WHOLE = credentials(0, 0, 5)
WAYS = {
    "save, new": Way(None, *library(keystore.save, stark=0, api=0)),
    "save, replace": Way(WHOLE, *library(keystore.save, stark=0, api=1, replace=True)),
    "save, replace without API key": Way(WHOLE, *library(keystore.save, stark=0, replace=True)),
    "save, replace without Stark key": Way(WHOLE, *library(keystore.save, api=0, replace=True)),
    "save, a named key": Way(WHOLE, *library(keystore.save, stark=1, replace=True, replace_key=public(0))),
    "save, another passphrase": Way(WHOLE, change_passphrase, lambda _: secrets_of(WHOLE)),
    "passphrase": Way(WHOLE, other_passphrase, lambda _: secrets_of(WHOLE)),
    "passphrase, by command": Way(WHOLE, other_passphrase_by_command, lambda _: secrets_of(WHOLE)),
    "passphrase, version 1": Way(WHOLE, other_passphrase, lambda _: secrets_of(WHOLE), first=True),
    "upgrade": Way(credentials(stark=0), *library(keystore.merge, api=0), first=True),
    "extended, Stark key": Way(elsewhere(api=0), *kept_elsewhere(stark=0)),
    "extended, API key": Way(elsewhere(0, 0), *kept_elsewhere(api=1)),
    "paradex, a named key": Way(
        paradex.Credentials(account=0x123, stark_key=STARK[0]), at_paradex, lambda n: {STARK[n].secret_hex()}
    ),
    "merge, new": Way(None, *library(keystore.merge, stark=0)),
    "merge, Stark key": Way(credentials(api=0), *library(keystore.merge, stark=0)),
    "merge, API key": Way(credentials(stark=0), *library(keystore.merge, api=0)),
    "merge, another API key": Way(WHOLE, *library(keystore.merge, api=1, replace=True)),
    "merge, another Stark key": Way(WHOLE, *library(keystore.merge, stark=1, replace=True)),
    "merge, a named key": Way(WHOLE, *library(keystore.merge, stark=1, replace_key=public(0))),
    "import Stark key": Way(
        credentials(api=0), lambda f, n: imported(f, stark=n), lambda n: {STARK[n].secret_hex()}
    ),
    "import API key": Way(credentials(stark=0), lambda f, n: imported(f, api=n), lambda n: {API[n].secret}),
    "import API key, replace": Way(
        WHOLE, lambda f, n: imported(f, api=n, options=("--replace",)), lambda n: {API[n].secret}
    ),
    "import both, a named key": Way(
        WHOLE,
        lambda f, n: imported(f, stark=n, api=n, options=("--replace", "--replace-key", public(0))),
        lambda n: {STARK[n].secret_hex(), API[n].secret},
    ),
    "derive": Way(None, *derive()),
    "derive, into a file": Way(credentials(api=0, position=5), *derive("--replace")),
    "derive, a named key": Way(WHOLE, *derive("--replace-key", public(0))),
    "onboard": Way(None, *onboard()),
    "onboard, again": Way(WHOLE, *onboard("--replace", registered=True)),
    "onboard, Stark key there": Way(credentials(stark=0), *onboard(registered=True)),
}  # fmt: skip


# ---- Steps ----


class Calls:
    """Stands for the module os in files.py: its n-th call fails, before its work, after it, or after half of a
    write.
    """

    NAMES = ("open", "write", "fsync", "close", "link", "rename", "replace", "unlink", "mkdir", "read", "stat", "fstat")

    def __init__(self, at, how):
        self.count, self._at, self._how = 0, at, how

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in self.NAMES:
            return real

        def call(*arguments, **keywords):
            self.count += 1
            if self.count != self._at:
                return real(*arguments, **keywords)
            if self._how == "half" and name == "write":
                real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            elif self._how == "after" or name == "close":  # whatever close() answers, it closes
                real(*arguments, **keywords)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        return call


def failing(way, folder, at, how):
    """Run a way with its n-th call failing; whether there was such a call, and what was stored for certain."""
    files.os = calls = Calls(at, how)
    try:
        way.write(folder, 0)
    except (StarkcoreError, OSError):
        stored = set()
    else:
        stored = way.gives(0)
    finally:
        files.os = os
    return calls.count >= at, stored


def killed(way, folder, at, where):
    """Run a way in a process that is killed before the n-th line of those files."""
    child = os.fork()
    if child == 0:
        count = 0

        def trace(frame, _, __):
            return lines if frame.f_code.co_filename in where else None

        def lines(frame, event, _):
            nonlocal count
            count += event in ("line", "return")
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return lines

        sys.settrace(trace)
        with contextlib.suppress(StarkcoreError, OSError):
            way.write(folder, 0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), set()


# ---- What is left ----

_read: dict[bytes, set] = {}


def readable(folder):
    """Every secret that a file of the folder gives for one of the passphrases; temporary files don't count."""
    found = set()
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        data = path.read_bytes()
        if data not in _read:
            _read[data] = set()
            for passphrase in PASSPHRASES:
                with contextlib.suppress(StarkcoreError):
                    _read[data] |= secrets_of(keystore.load(path, passphrase))
        found |= _read[data]
    return found


def quick():
    """What is sealed isn't what is tested: a file holds its passphrase and its secrets, and is otherwise what it would
    be.
    """

    def seal(head, secret, password, _):
        opened = {"passphrase": password.hex(), "secret": secret.hex()}
        return {"format": keystore.FORMAT, "version": keystore.VERSION, **head, "keyfile": {}, "sealed": opened}

    def unseal(document, password):
        if document["sealed"]["passphrase"] != password.hex():
            raise WrongPassphrase("another passphrase")
        return bytes.fromhex(document["sealed"]["secret"])

    sealing.seal, sealing.unseal = seal, unseal


def as_first_version(path):
    """What version 1 would have written; nothing authenticates here."""
    document = json.loads(path.read_text())
    public = {"ethereum_address": document.pop("address")} | document["public"]
    document |= {"version": 1, "public": public}
    del document["venue"], document["network"]
    path.write_text(json.dumps(document))


def lost_by(way, folder, run):
    """Whether the run came to its step, and what is missing at the end: after it, and after repeating it with any
    values.
    """
    folder.mkdir(mode=0o700)
    stored = set()
    if way.start is not None:
        keystore.save(folder / NAME, way.start, PASSPHRASES[0])
        if way.first:
            as_first_version(folder / NAME)
        stored = secrets_of(way.start)
    came, more = run(way, folder)
    stored |= more
    missing = stored - readable(folder)
    for number in (0, 1, 2):
        with contextlib.suppress(StarkcoreError):
            way.write(folder, number)
            stored |= way.gives(number)
        missing |= stored - readable(folder)
    return came, missing


def steps_of(way, root, where):
    """(what is done at the step, whether it came, what was lost) for every step of a way."""
    manners = {
        f"fails {how}": lambda at, how=how: lambda w, f: failing(w, f, at, how) for how in ("before", "after", "half")
    }
    manners["killed"] = lambda at: lambda w, f: killed(w, f, at, where)
    for manner, at_step in manners.items():
        for at in range(1, 1000):
            folder = root / "keys"
            came, missing = lost_by(way, folder, at_step(at))
            shutil.rmtree(folder)
            if not came:
                break
            yield f"{manner} {at}", missing


# ---- Writers that lose keys ----


def in_place(path, data):
    """Truncates what is there."""
    with path.open("wb") as file:
        file.write(data)


def without_keeping(path, data):
    """In one step, and nothing is kept."""
    temporary = path.with_name(".temporary")
    temporary.write_bytes(data)
    temporary.replace(path)


def keeps_one(path, data):
    """Writes over the last file that was kept."""
    path.replace(path.with_name(f"{path.name}.old-1"))
    files.write_new(path, data)


PLANTED = {writer.__name__: writer for writer in (in_place, without_keeping, keeps_one)}


def main(planted=None, *chosen):
    quick()
    where = {files.__file__, __file__} if planted else {files.__file__}
    if planted:
        files.replace = PLANTED[planted]
    counts, lost = {}, {}
    memory = Path("/dev/shm")  # where it is there: what is asked is what is in files, not what is on a disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        for name, way in WAYS.items():
            if chosen and name not in chosen:
                continue
            for step, missing in steps_of(way, Path(root), where):
                counts[name] = counts.get(name, 0) + 1
                if missing:
                    lost[f"{name}: {step}"] = len(missing)
    print(json.dumps({"steps": counts, "lost": lost}))


if __name__ == "__main__":
    main(*sys.argv[1:])
