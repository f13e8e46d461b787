"""Key files: a wallet's Stark key and API credentials, encrypted with a passphrase.

The passphrase protects a random data key, in an Ethereum key file of version 3 made by eth-keyfile (scrypt, AES-128-CTR,
Keccak-256). That format takes 32 bytes and authenticates nothing beside them; so the data key in turn encrypts the
credentials with AES-256-GCM, and everything else in the file is its associated data: none of it can be exchanged. Each
writing takes a new data key.

A file is written whole or not at all, and is for its owner alone (mode 600, POSIX). Nothing loses a private key: what is
new is merged into what is there, another Stark key takes the place of one only where that one is named, and a file in
whose place another one is written is kept beside it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starkcore import PrivateKey, PublicKey, files
from starkcore.dydx.address import checksum_address
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.errors import (
    KeyStoreDamaged,
    KeyStoreError,
    KeyStoreExists,
    KeyStoreVersion,
    _invalid,
    _wrong_type,
)
from starkcore.extras import require
from starkcore.http.strict_json import BadJson, BeyondBounds, Bounds, strict_json
from starkcore.keyfile import open_keyfile

__all__ = ["Entry", "entries", "load", "merge", "merged", "public_part", "save"]

# Version 1 had the public part alone as associated data. It is still read; whatever is written is of version 2.
FORMAT, VERSION, _FIRST = "starkcore key store", 2, 1
CIPHER = "aes-256-gcm"
SCRYPT_N = 1 << 18
_MOST_N = 1 << 20
# Of a key file, which has five levels and some forty names and values.
_BOUNDS = Bounds(size=1 << 16, depth=16, values=1000)
_DATA_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16


@dataclass(frozen=True, slots=True)
class Entry:
    """The public part of a key file. It is authenticated only when the file is opened with its passphrase.

    Attributes:
        ethereum_address: in checksum form.
        network_id: the chain.
        position_id: None where it isn't known.
        stark_public_key, stark_public_key_y_coordinate: hex with 0x; None where the file holds no Stark key.
        has_api_key: whether API credentials are in it.
    """

    ethereum_address: str
    network_id: int
    position_id: int | None
    stark_public_key: str | None
    stark_public_key_y_coordinate: str | None
    has_api_key: bool


def save(
    path: str | os.PathLike[str],
    credentials: Credentials,
    passphrase: str | bytes,
    *,
    replace: bool = False,
    replace_key: PublicKey | str | None = None,
    scrypt_n: int = SCRYPT_N,
) -> None:
    """Write credentials to a key file, which then holds these and no others. `merge` keeps what is there beside them.

    Args:
        path: the file. Its folder must be there.
        passphrase: text is taken in Unicode's form NFKD, encoded as UTF-8.
        replace: write in the place of a key file that is there, with the same Stark key or with none; otherwise that is
            an error. The old file is kept beside the new one, as `<name>.old-1` or the next number that is free.
        replace_key: with `replace`, the public key of the Stark key that the old file holds, where the new one is to hold
            another, or none.
        scrypt_n: scrypt's cost, a power of two in [2^12, 2^20]: 128 · 8 · n bytes of memory. Less only for tests.

    Raises:
        KeyStoreExists: the file is there, and isn't to be replaced, or holds a Stark key that isn't named. OSError: it
            can't be written. Either way what was there still is.
        InvalidInput, InputTypeError, MissingExtra
    """
    cost = _check_arguments(credentials, replace, scrypt_n)
    password, named = _password(passphrase), _named(replace_key)
    path = _resolved(path)
    if not replace and os.path.lexists(path):
        raise KeyStoreExists("a file of that name is there: it isn't written over unless told")
    data = _sealed_file(credentials, password, cost)
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
            _refuse_loss(old.stark_public_key, old.stark_public_key_y_coordinate, credentials.stark_key, named)
        files.replace(path, data)


def merge(
    path: str | os.PathLike[str],
    credentials: Credentials,
    passphrase: str | bytes,
    *,
    replace: bool = False,
    replace_key: PublicKey | str | None = None,
    scrypt_n: int = SCRYPT_N,
) -> Credentials:
    """Add credentials to those of a key file, which is made where there is none.

    Where something is replaced, and where something is added, the old file is kept beside the new one, as `save` does it.
    Of several programs that do this at once, each adds to what the others wrote.

    Args:
        path, scrypt_n: as for `save`.
        passphrase: the file's own, if it is there.
        replace, replace_key: as for `merged`.

    Returns:
        What the file holds now.

    Raises:
        KeyStoreExists: as `merged`. WrongPassphrase, KeyStoreDamaged, KeyStoreVersion: the file that is there can't be
            opened. OSError: it can't be written. In each case what was there still is.
        InvalidInput, InputTypeError, MissingExtra
    """
    cost = _check_arguments(credentials, replace, scrypt_n)
    password = _password(passphrase)
    _named(replace_key)
    path = _resolved(path)
    if not os.path.lexists(path) and _write_new(path, _sealed_file(credentials, password, cost)):
        return credentials
    with files.locked(path):
        old = load(path, password)
        whole = merged(old, credentials, replace=replace, replace_key=replace_key)
        if whole != old:
            files.replace(path, _sealed_file(whole, password, cost))
    return whole


def merged(
    old: Credentials, new: Credentials, *, replace: bool = False, replace_key: PublicKey | str | None = None
) -> Credentials:
    """Both credentials of one wallet in one.

    Args:
        replace: API credentials and position of `new` count where `old` has others; otherwise that is an error. A Stark
            key is never replaced by this.
        replace_key: the public key (its x-coordinate, as hex) of the Stark key in `old`, where `new` has another that is
            to take its place. The position, which was that of the old key, goes with it.

    Raises:
        KeyStoreExists: something of `old` would be replaced, and that isn't allowed.
        InvalidInput, InputTypeError: another wallet, or another network.
    """
    for name, value in (("old", old), ("new", new)):
        if not isinstance(value, Credentials):
            raise _wrong_type(name, "Credentials", type(value))
    _check_bool(replace)
    named = _named(replace_key)
    if (old.ethereum_address, old.network_id) != (new.ethereum_address, new.network_id):
        raise _invalid("credentials", "must be of the wallet and the network that the key file is for")
    kept_position = old.position_id
    if new.stark_key not in (None, old.stark_key):
        x, y = _coordinates(old)
        _refuse_loss(x, y, new.stark_key, named)
        kept_position = None if old.stark_key is not None else kept_position
    for what, before, after in (
        ("API credentials", old.api_key, new.api_key),
        ("another position", kept_position, new.position_id),
    ):
        if None not in (before, after) and before != after and not replace:
            raise KeyStoreExists(
                f"the wallet's key file has {what} already: --replace (replace=True) puts the new in the place of "
                "the old, and keeps the old file beside it"
            )
    return Credentials(
        ethereum_address=old.ethereum_address,
        network_id=old.network_id,
        stark_key=old.stark_key if new.stark_key is None else new.stark_key,
        api_key=old.api_key if new.api_key is None else new.api_key,
        position_id=kept_position if new.position_id is None else new.position_id,
    )


def load(path: str | os.PathLike[str], passphrase: str | bytes) -> Credentials:
    """Open a key file.

    Raises:
        WrongPassphrase: or the part that the passphrase protects was changed: the two can't be told apart.
        KeyStoreVersion: written by another version, or not a key file of starkcore.
        KeyStoreDamaged: truncated, or changed.
        OSError, InvalidInput, InputTypeError, MissingExtra
    """
    password = _password(passphrase)
    document = _read(_path(path))
    credentials = _credentials(document["public"], _unseal(document, password))
    if credentials is None:
        raise KeyStoreDamaged("the file opens, but doesn't hold what a key file holds")
    if _public(credentials) != document["public"]:
        raise KeyStoreDamaged("the file's public part isn't that of its keys")
    return credentials


def public_part(path: str | os.PathLike[str]) -> Entry:
    """What a key file says of itself, without its passphrase: each part is of its kind, and nothing vouches for it.

    Raises:
        KeyStoreVersion, KeyStoreDamaged, OSError
    """
    public = _read(_path(path))["public"]
    if public.keys() != _PUBLIC_KINDS.keys() or not all(is_one(public[name]) for name, is_one in _PUBLIC_KINDS.items()):
        raise KeyStoreDamaged("the file's public part isn't what a key file has there")
    return Entry(**public)


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


def _check_arguments(credentials: object, replace: object, scrypt_n: object) -> int:
    """The cost itself: a subclass may say that it is another."""
    if not isinstance(credentials, Credentials):
        raise _wrong_type("credentials", "Credentials", type(credentials))
    _check_bool(replace)
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


def _refuse_loss(x: str | None, y: str | None, new: PrivateKey | None, named: int | None) -> None:
    """Refuse to put another Stark key, or none, in the place of one that isn't named. x and y are the old one's."""
    if x is None or int(x, 16) == named:
        return
    # Both: a key and its negative have the same x.
    if new is not None and _hex_coordinates(new) == (x, y):
        return
    raise KeyStoreExists(
        f"the wallet's key file holds another Stark key, {x}, and maybe its only copy: --replace-key (replace_key) "
        "with that public key puts the new in the place of the old, and keeps the old file beside it"
    )


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
    return path.resolve() if path.is_symlink() else path


def _write_new(path: Path, data: bytes) -> bool:
    """Write a new key file; False where somebody has been quicker."""
    try:
        files.write_new(path, data)
    except FileExistsError:
        return False
    return True


def _password(passphrase: str | bytes) -> bytes:
    if isinstance(passphrase, str):
        password = None
        with suppress(UnicodeEncodeError):
            password = unicodedata.normalize("NFKD", str.__str__(passphrase)).encode()
        if password is None:  # not within the exception, which carries the passphrase along
            raise _invalid("passphrase", "must be text that UTF-8 can encode")
    elif isinstance(passphrase, bytes):
        password = memoryview(passphrase).tobytes()
    else:
        raise _wrong_type("passphrase", "text or bytes", type(passphrase))
    if not password:
        raise _invalid("passphrase", "must not be empty")
    return password


def _public(credentials: Credentials) -> dict[str, Any]:
    x, y = _coordinates(credentials)
    return {
        "ethereum_address": credentials.ethereum_address,
        "network_id": credentials.network_id,
        "position_id": credentials.position_id,
        "stark_public_key": x,
        "stark_public_key_y_coordinate": y,
        "has_api_key": credentials.api_key is not None,
    }


def _coordinates(credentials: Credentials) -> tuple[str | None, str | None]:
    """x and y of the Stark key as hex; None where there is none."""
    return (None, None) if credentials.stark_key is None else _hex_coordinates(credentials.stark_key)


def _hex_coordinates(key: PrivateKey) -> tuple[str, str]:
    point = key.public_key
    assert point.y is not None  # noqa: S101 - made from a private key
    return hex(point.x), hex(point.y)


def _secret_part(credentials: Credentials) -> bytes:
    key, api = credentials.stark_key, credentials.api_key
    return json.dumps(
        {
            "stark_private_key": None if key is None else key.secret_hex(),
            "api_key": None if api is None else api.as_dict(),
        }
    ).encode()


def _credentials(public: dict[str, Any], secret: bytes) -> Credentials | None:
    """What a key file holds; None where that makes no credentials: exceptions of JSON would carry the secret along."""
    try:
        members = strict_json(secret, _BOUNDS)
        stark, api = members["stark_private_key"], members["api_key"]
        return Credentials(
            ethereum_address=public["ethereum_address"],
            network_id=public["network_id"],
            position_id=public["position_id"],
            stark_key=None if stark is None else PrivateKey(stark),
            api_key=None if api is None else ApiKey(**api),
        )
    except (BadJson, KeyError, TypeError, ValueError):
        return None


def _sealed_file(credentials: Credentials, password: bytes, scrypt_n: int) -> bytes:
    """The file's bytes."""
    document = _seal(_public(credentials), _secret_part(credentials), password, scrypt_n)
    return json.dumps(document, indent=2).encode() + b"\n"


def _associated(document: dict[str, Any]) -> bytes:
    """All of a file but what the cipher made, as bytes that don't depend on how the file lays it out."""
    if document["version"] == _FIRST:
        bound: Any = [FORMAT, _FIRST, document["public"]]
    else:
        made = ("ciphertext", "tag")
        sealed = {name: value for name, value in document["sealed"].items() if name not in made}
        bound = document | {"sealed": sealed}
    return json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()


def _seal(public: dict[str, Any], secret: bytes, password: bytes, scrypt_n: int) -> dict[str, Any]:
    """The document of a key file."""
    eth_keyfile = require("eth_keyfile", "client")
    aes = require("Crypto.Cipher.AES", "client")
    data_key, nonce = _data_key(), secrets.token_bytes(_NONCE_BYTES)
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "public": public,
        "keyfile": eth_keyfile.create_keyfile_json(data_key, password, version=3, kdf="scrypt", iterations=scrypt_n),
        "sealed": {"cipher": CIPHER, "nonce": nonce.hex()},
    }
    cipher = aes.new(data_key, aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    cipher.update(_associated(document))
    ciphertext, tag = cipher.encrypt_and_digest(secret)
    document["sealed"] |= {"ciphertext": ciphertext.hex(), "tag": tag.hex()}
    return document


def _data_key() -> bytes:
    """32 random bytes which are a key of secp256k1, too: the key-file format asks for one."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    while True:
        data_key = secrets.token_bytes(_DATA_KEY_BYTES)
        if 0 < int.from_bytes(data_key, "big") < order:
            return data_key


def _unseal(document: dict[str, Any], password: bytes) -> bytes:
    aes = require("Crypto.Cipher.AES", "client")
    sealed = document["sealed"]
    if sealed.get("cipher") != CIPHER:
        raise KeyStoreDamaged(f"the file's cipher isn't {CIPHER}")
    try:
        nonce, ciphertext, tag = (bytes.fromhex(sealed[name]) for name in ("nonce", "ciphertext", "tag"))
    except (KeyError, TypeError, ValueError):
        raise KeyStoreDamaged("the file isn't whole: its ciphertext can't be read") from None
    if len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
        raise KeyStoreDamaged("the file isn't whole: its nonce or tag has another length")
    data_key = open_keyfile(document["keyfile"], password)
    try:
        cipher = aes.new(data_key, aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        cipher.update(_associated(document))
        plain: bytes = cipher.decrypt_and_verify(ciphertext, tag)
    except ValueError:
        raise KeyStoreDamaged("the file was changed: the passphrase is right, the contents aren't") from None
    return plain


def _read(path: Path) -> dict[str, Any]:
    """The document, with its format and version checked, and that its parts are objects."""
    data = files.read_regular(path, _BOUNDS.size + 1)
    if data is None:
        raise KeyStoreVersion("not a key file of starkcore")
    try:
        document = strict_json(data, _BOUNDS)
    except BeyondBounds as error:
        raise KeyStoreVersion(f"not a key file of starkcore: it {error.what}") from None
    except BadJson as error:
        raise KeyStoreDamaged(f"the file isn't whole, or not a key file: it {error.what}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyStoreVersion("not a key file of starkcore")
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version not in (_FIRST, VERSION):
        raise KeyStoreVersion(f"written by another version of starkcore: this one reads {_FIRST} and {VERSION}")
    for part in ("public", "keyfile", "sealed"):
        if not isinstance(document.get(part), dict):
            raise KeyStoreDamaged(f"the file isn't whole: it has no {part}")
    return document


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 64


def _is_coordinate(value: object) -> bool:
    return value is None or (isinstance(value, str) and bool(re.fullmatch(r"0x[0-9a-f]{1,63}", value, flags=re.ASCII)))


def _is_address(value: object) -> bool:
    """An address in checksum form, as every key file has it."""
    with suppress(ValueError, TypeError):
        return isinstance(value, str) and checksum_address(value) == value
    return False


_PUBLIC_KINDS: dict[str, Callable[[Any], bool]] = {
    "ethereum_address": _is_address,
    "network_id": lambda value: _is_whole(value, 1),
    "position_id": lambda value: value is None or _is_whole(value, 0),
    "stark_public_key": _is_coordinate,
    "stark_public_key_y_coordinate": _is_coordinate,
    "has_api_key": lambda value: isinstance(value, bool),
}
