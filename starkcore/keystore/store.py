"""Writing, merging, opening and listing key files.

What is kept, and never lost, is decided here; how it is sealed, not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from starkcore import PrivateKey, PublicKey, files
from starkcore.errors import (
    KeyStoreDamaged,
    KeyStoreError,
    KeyStoreExists,
    KeyStoreVersion,
    _invalid,
    _wrong_type,
)
from starkcore.http.strict_json import BadJson, strict_json
from starkcore.keystore import sealing
from starkcore.keystore.entry import Entry, Fact, Secret
from starkcore.keystore.kinds import entry_without_venue, kind_of
from starkcore.keystore.sealing import SCRYPT_N, password

__all__ = ["change_passphrase", "entries", "load", "load_entry", "merge", "merged", "public_part", "save"]

_MOST_N = 1 << 20


def save(
    path: str | os.PathLike[str],
    credentials: Any,
    passphrase: str | bytes,
    *,
    replace: bool = False,
    replace_key: PublicKey | str | None = None,
    scrypt_n: int = SCRYPT_N,
) -> None:
    """Write credentials to a key file, which then holds these and no others. `merge` keeps what is there beside them.

    Args:
        path: the file. Its folder must be there.
        credentials: a venue's `Credentials`, or an `Entry` with its secret part.
        passphrase: text is taken in Unicode's form NFKD, encoded as UTF-8.
        replace: write in the place of a key file that is there, with the same Stark key or with none; otherwise that is
            an error. The old file is kept beside the new one, as `<name>.old-1` or the next number that is free.
        replace_key: with `replace`, the public key of the Stark key that the old file holds, where the new one is to
            hold another, or none.
        scrypt_n: scrypt's cost, a power of two in [2^12, 2^20]: 128 · 8 · n bytes of memory. Less only for tests.

    Raises:
        KeyStoreExists: the file is there, and isn't to be replaced, or holds a Stark key that isn't named. OSError: it
            can't be written. Either way what was there still is.
        InvalidInput, InputTypeError, MissingExtra
    """
    entry = _entry(credentials, "credentials")
    _check_bool(replace)
    cost = _cost(scrypt_n)
    secret_bytes, named = password(passphrase), _named(replace_key)
    path = _resolved(path)
    if not replace and os.path.lexists(path):
        raise KeyStoreExists("a file of that name is there: it isn't written over unless told")
    data = _sealed_file(entry, secret_bytes, cost)
    if not os.path.lexists(path) and _write_new(path, data):
        return
    if not replace:
        raise KeyStoreExists("a file of that name is there: it isn't written over unless told")
    with files.locked(path):
        try:
            old = public_part(path)
        except KeyStoreError:  # nobody knows what is in it: it is kept as it is
            pass
        else:
            _refuse_loss(old, _secret(entry).stark_key, named)
        files.replace(path, data)


def merge(
    path: str | os.PathLike[str],
    credentials: Any,
    passphrase: str | bytes,
    *,
    replace: bool = False,
    replace_key: PublicKey | str | None = None,
    scrypt_n: int = SCRYPT_N,
) -> Any:
    """Add credentials to those of a key file, which is made where there is none.

    Where something is replaced, and where something is added, the old file is kept beside the new one, as `save` does
    it. Of several programs that do this at once, each adds to what the others wrote.

    Args:
        path, credentials, scrypt_n: as for `save`.
        passphrase: the file's own, if it is there.
        replace, replace_key: as for `merged`.

    Returns:
        What the file holds now, of the type of `credentials`.

    Raises:
        KeyStoreExists: as `merged`. WrongPassphrase, KeyStoreDamaged, KeyStoreVersion: the file that is there can't be
            opened. OSError: it can't be written. In each case what was there still is.
        InvalidInput, InputTypeError, MissingExtra
    """
    entry = _entry(credentials, "credentials")
    _check_bool(replace)
    cost = _cost(scrypt_n)
    secret_bytes = password(passphrase)
    _named(replace_key)
    path = _resolved(path)
    if not os.path.lexists(path) and _write_new(path, _sealed_file(entry, secret_bytes, cost)):
        return credentials
    with files.locked(path):
        old = load_entry(path, secret_bytes)
        whole = _merged(old, entry, replace, _named(replace_key))
        if whole != old:
            files.replace(path, _sealed_file(whole, secret_bytes, cost))
    return _like(credentials, whole)


def merged(old: Any, new: Any, *, replace: bool = False, replace_key: PublicKey | str | None = None) -> Any:
    """Both credentials of one account in one, of the type of `new`.

    Args:
        old, new: a venue's `Credentials`, or an `Entry` with its secret part.
        replace: API credentials and facts, such as the position, of `new` count where `old` has others; otherwise that
            is an error. A Stark key is never replaced by this.
        replace_key: the public key (its x-coordinate, as hex) of the Stark key in `old`, where `new` has another that
            is to take its place. The facts that were the old key's, such as the position, go with it.

    Raises:
        KeyStoreExists: something of `old` would be replaced, and that isn't allowed.
        InvalidInput, InputTypeError: another venue, another wallet, or another network.
    """
    before, after = _entry(old, "old"), _entry(new, "new")
    _check_bool(replace)
    return _like(new, _merged(before, after, replace, _named(replace_key)))


def change_passphrase(
    path: str | os.PathLike[str], passphrase: str | bytes, new_passphrase: str | bytes, *, scrypt_n: int = SCRYPT_N
) -> Path:
    """Seal a key file anew, with another passphrase and another data key.

    The old file stays beside the new one, and still opens with the old passphrase: whoever wants that gone deletes it.

    Args:
        path, scrypt_n: as for `save`.
        passphrase: the file's.
        new_passphrase: what opens it afterwards.

    Returns:
        Where the old file is kept.

    Raises:
        WrongPassphrase, KeyStoreDamaged, KeyStoreVersion: the file can't be opened. OSError: it can't be written. In
            each case the file is what it was.
        InvalidInput, InputTypeError, MissingExtra
    """
    old, new = password(passphrase), password(new_passphrase, "new_passphrase")
    cost = _cost(scrypt_n)
    path = _resolved(path)
    with files.locked(path):
        return files.replace(path, _sealed_file(load_entry(path, old), new, cost))


def load(path: str | os.PathLike[str], passphrase: str | bytes) -> Any:
    """Open a key file.

    Returns:
        The `Credentials` of the file's venue: `starkcore.dydx`'s, `starkcore.paradex`'s or `starkcore.extended`'s; the
        `Entry` itself, for a venue that has none.

    Raises:
        WrongPassphrase: or the part that the passphrase protects was changed: the two can't be told apart.
        KeyStoreVersion: written by another version, or not a key file of starkcore.
        KeyStoreDamaged: truncated, or changed.
        OSError, InvalidInput, InputTypeError, MissingExtra
    """
    return _own_type(load_entry(path, passphrase))


def load_entry(path: str | os.PathLike[str], passphrase: str | bytes) -> Entry:
    """Open a key file of whatever venue. Raises as `load`."""
    secret_bytes = password(passphrase)
    document = sealing.read(_path(path))
    public = _public_entry(document)
    secret = _opened(sealing.unseal(document, secret_bytes))
    if secret is None:
        raise KeyStoreDamaged("the file opens, but doesn't hold what a key file holds")
    try:
        entry = Entry(
            venue=public.venue, network=public.network, address=public.address, public=public.public, secret=secret
        )
    except ValueError:
        raise KeyStoreDamaged("the file's public part isn't that of its keys") from None
    if _entry(_own_type(entry), "entry") != entry:
        raise KeyStoreDamaged("the file's public part isn't that of its keys")
    return entry


def public_part(path: str | os.PathLike[str]) -> Entry:
    """What a key file says of itself, without its passphrase: each part is of its kind, and nothing vouches for it.

    Raises:
        KeyStoreVersion, KeyStoreDamaged, OSError
    """
    return _public_entry(sealing.read(_path(path)))


def entries(
    folder: str | os.PathLike[str], *, unreadable: Callable[[Path, KeyStoreError | OSError], object] | None = None
) -> Iterator[tuple[Path, Entry]]:
    """The key files of a folder in the order of their names; other files are passed over, damaged key files are not.

    Args:
        unreadable: is called for a file that is damaged or can't be read, with the reason, and the others go on being
            listed; without it the error is raised.

    Raises:
        KeyStoreDamaged, OSError
    """
    for path in sorted(_path(folder, "folder").glob("*.json")):
        try:
            entry = public_part(path)
        except KeyStoreVersion:
            continue
        except (KeyStoreError, OSError) as error:
            if unreadable is None:
                raise
            unreadable(path, error)
        else:
            yield path, entry


# ---- What is given, and what must not be lost ----


def _entry(value: Any, field: str) -> Entry:
    """The entry of a venue's credentials, opened."""
    if isinstance(value, Entry):
        entry = value
    elif hasattr(type(value), "to_entry") and hasattr(type(value), "from_entry"):
        entry = type(value).to_entry(value)
        if not isinstance(entry, Entry):
            raise _wrong_type(field, "a venue's Credentials, or an Entry", type(value))
    else:
        raise _wrong_type(field, "a venue's Credentials, or an Entry", type(value))
    if entry.secret is None:
        raise _invalid(field, "must have its secret part: load_entry, not public_part, reads it")
    return entry


def _secret(entry: Entry) -> Secret:
    """The secret part of an entry that `_entry` or `load_entry` gave."""
    assert entry.secret is not None  # noqa: S101
    return entry.secret


def _like(given: Any, entry: Entry) -> Any:
    """An entry as what was given."""
    return entry if isinstance(given, Entry) else type(given).from_entry(entry)


def _merged(old: Entry, new: Entry, replace: bool, named: int | None) -> Entry:
    if (old.venue, old.network, old.address) != (new.venue, new.network, new.address):
        raise _invalid("credentials", "must be of the venue, the wallet and the network that the key file is for")
    facts, before, after = old.facts, _secret(old), _secret(new)
    if after.stark_key is not None and after.stark_key != before.stark_key:
        _refuse_loss(old, after.stark_key, named)
        if before.stark_key is not None:
            kind = kind_of(old.venue)
            facts |= dict.fromkeys(facts.keys() if kind is None else kind.KEY_FACTS & facts.keys())
    found: list[tuple[str, Any, Any]] = [("API credentials", before.api_key, after.api_key)]
    found += [(f"another {name.replace('_', ' ')}", facts.get(name), fact) for name, fact in new.facts.items()]
    for what, one, other in found:
        if None not in (one, other) and one != other and not replace:
            raise KeyStoreExists(
                f"the wallet's key file has {what} already: --replace (replace=True) puts the new in the place of "
                "the old, and keeps the old file beside it"
            )
    known: dict[str, Fact] = {name: fact for name, fact in new.facts.items() if fact is not None or name not in facts}
    secret = Secret(
        before.stark_key if after.stark_key is None else after.stark_key,
        before.api_key if after.api_key is None else after.api_key,
    )
    return Entry.of(old.venue, old.network, old.address, secret, facts | known)


def _cost(scrypt_n: object) -> int:
    """The cost itself: a subclass may say that it is another."""
    if isinstance(scrypt_n, bool) or not isinstance(scrypt_n, int):
        raise _wrong_type("scrypt_n", "an int", type(scrypt_n))
    cost = int.__index__(scrypt_n)
    if not 1 << 12 <= cost <= _MOST_N or cost.bit_count() != 1:
        raise _invalid("scrypt_n", "must be a power of two in [2^12, 2^20]")
    return cost


def _check_bool(replace: object) -> None:
    if not isinstance(replace, bool):
        raise _wrong_type("replace", "a bool", type(replace))


def _named(replace_key: object) -> int | None:
    """The x-coordinate of the key that may be replaced."""
    if replace_key is None:
        return None
    if isinstance(replace_key, str):
        with suppress(ValueError):
            return PublicKey.from_hex(str.__str__(replace_key)).x
        raise _invalid("replace_key", "must be the hex digits of a public key of the Stark curve")
    if not isinstance(replace_key, PublicKey):
        raise _wrong_type("replace_key", "a PublicKey, hex text or None", type(replace_key))
    return replace_key.x


def _refuse_loss(old: Entry, new: PrivateKey | None, named: int | None) -> None:
    """Refuse to put another Stark key, or none, in the place of one that isn't named."""
    x = old.stark_public_key
    if x is None or int(x, 16) == named:
        return
    # Both: a key and its negative have the same x.
    if new is not None and (hex(new.public_key.x), hex(new.public_key.y or 0)) == (
        x,
        old.stark_public_key_y_coordinate,
    ):
        return
    raise KeyStoreExists(
        f"the wallet's key file holds another Stark key, {x}, and maybe its only copy: --replace-key (replace_key) "
        "with that public key puts the new in the place of the old, and keeps the old file beside it"
    )


# ---- Files ----


def _path(value: object, field: str = "path") -> Path:
    """A name that the operating system takes: its own errors for others aren't ours."""
    if not isinstance(value, (str, os.PathLike)):
        raise _wrong_type(field, "a path", type(value))
    text = os.fspath(value)
    if isinstance(text, str):
        text = str.__str__(text)  # a subclass may say that it is another
        with suppress(ValueError):  # halves of pairs, which no file name has
            if os.fsencode(text) and "\0" not in text:
                return Path(text)
    raise _invalid(field, "must be a name that files can have")


def _resolved(value: object) -> Path:
    """The file itself: a symbolic link to it stays one."""
    path = _path(value)
    # Of links in a circle `Path.resolve` makes a RuntimeError; here the next call is told by the system.
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _write_new(path: Path, data: bytes) -> bool:
    """Write a new key file; False where somebody has been quicker."""
    try:
        files.write_new(path, data)
    except FileExistsError:
        return False
    return True


def _sealed_file(entry: Entry, secret_bytes: bytes, scrypt_n: int) -> bytes:
    """The file's bytes."""
    key, api = _secret(entry).stark_key, _secret(entry).api_key
    members = {
        "stark_private_key": None if key is None else key.secret_hex(),
        "api_key": None if api is None else dict(api),
    }
    head = {"venue": entry.venue, "network": entry.network, "address": entry.address, "public": dict(entry.public)}
    document = sealing.seal(head, json.dumps(members).encode(), secret_bytes, scrypt_n)
    return json.dumps(document, indent=2).encode() + b"\n"


def _public_entry(document: dict[str, Any]) -> Entry:
    """What a document says of itself. What names no venue was written before there were several."""
    entry = None
    with suppress(ValueError, TypeError, KeyError):
        if "venue" in document:
            names = ("venue", "network", "address", "public")
            entry = Entry(**{name: document[name] for name in names})
        else:
            entry = entry_without_venue(document["public"])
    if entry is None or not _is_of_its_kind(entry):
        raise KeyStoreDamaged("the file's public part isn't what a key file has there")
    return entry


def _is_of_its_kind(entry: Entry) -> bool:
    """Whether the facts are the venue's, each as it has to be; of a venue without a type, whatever an entry takes."""
    kind, facts = kind_of(entry.venue), entry.facts
    if kind is None:
        return True
    if not kind.ADDRESS(entry.address) or facts.keys() != kind.FACTS.keys():
        return False
    return all(fits(facts[name]) for name, fits in kind.FACTS.items())


def _own_type(entry: Entry) -> Any:
    kind = kind_of(entry.venue)
    own = None
    if kind is None:
        return entry
    with suppress(ValueError, TypeError, KeyError):
        own = kind.from_entry(entry)
    if own is None:  # not within the exception, which may carry a secret along
        raise KeyStoreDamaged("the file opens, but doesn't hold what a key file holds")
    return own


def _opened(secret: bytes) -> Secret | None:
    """The secret part; None where it is none: exceptions of JSON would carry the secret along."""
    try:
        members = strict_json(secret, sealing.BOUNDS)
        stark = members["stark_private_key"]
        return Secret(None if stark is None else PrivateKey(stark), members["api_key"])
    except (BadJson, KeyError, TypeError, ValueError):
        return None
