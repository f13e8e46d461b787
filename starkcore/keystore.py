"""Key files: a wallet's Stark key and API credentials, encrypted with a passphrase.

The passphrase protects a random data key, in an Ethereum key file of version 3 made by eth-keyfile (scrypt, AES-128-CTR,
Keccak-256). That format takes 32 bytes and authenticates nothing beside them; so the data key in turn encrypts the
credentials with AES-256-GCM, and the public part of the file, readable without a passphrase, is its associated data:
none of it can be exchanged. Each writing takes a new data key.

A file is written whole or not at all, is for its owner alone (mode 600, POSIX) and isn't written over unless told.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starkcore import PrivateKey
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.errors import KeyStoreDamaged, KeyStoreExists, KeyStoreVersion, WrongPassphrase, _invalid, _wrong_type
from starkcore.extras import require
from starkcore.http.strict_json import BadJson, BeyondBounds, Bounds, strict_json

__all__ = ["Entry", "entries", "load", "public_part", "save"]

FORMAT, VERSION = "starkcore key store", 1
SCRYPT_N = 1 << 18
# Of a key file, which has five levels and some forty names and values.
_BOUNDS = Bounds(size=1 << 16, depth=16, values=1000)
_DATA_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
# Work that a file may ask for: scrypt's memory is 128 · n · r bytes. A forged file shall not exhaust the machine.
_MOST_N, _MOST_R, _MOST_P = 1 << 20, 8, 16


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
    scrypt_n: int = SCRYPT_N,
) -> None:
    """Write credentials to a key file.

    Args:
        path: the file. Its folder must be there.
        passphrase: text is taken in Unicode's form NFKD, encoded as UTF-8.
        replace: write over a key file that is there; otherwise that is an error.
        scrypt_n: scrypt's cost, a power of two in [2^12, 2^20]: 128 · 8 · n bytes of memory. Less only for tests.

    Raises:
        KeyStoreExists: the file is there. OSError: it can't be written. Either way nothing has changed.
        InvalidInput, InputTypeError, MissingExtra
    """
    if not isinstance(credentials, Credentials):
        raise _wrong_type("credentials", "Credentials", type(credentials))
    if isinstance(scrypt_n, bool) or not isinstance(scrypt_n, int):
        raise _wrong_type("scrypt_n", "an int", type(scrypt_n))
    if not 1 << 12 <= scrypt_n <= _MOST_N or scrypt_n.bit_count() != 1:
        raise _invalid("scrypt_n", "must be a power of two in [2^12, 2^20]")
    password = _password(passphrase)
    path = Path(path)
    if not replace and os.path.lexists(path):
        raise KeyStoreExists("a file of that name is there: it isn't written over unless told")
    public = _public(credentials)
    document = {"format": FORMAT, "version": VERSION, "public": public} | _seal(
        _secret_part(credentials), _associated(public), password, scrypt_n
    )
    _write(path, json.dumps(document, indent=2).encode() + b"\n", replace)


def load(path: str | os.PathLike[str], passphrase: str | bytes) -> Credentials:
    """Open a key file.

    Raises:
        WrongPassphrase: or the part that the passphrase protects was changed: the two can't be told apart.
        KeyStoreVersion: written by another version, or not a key file of starkcore.
        KeyStoreDamaged: truncated, or changed.
        OSError, InvalidInput, InputTypeError, MissingExtra
    """
    password = _password(passphrase)
    document = _read(path)
    secret = _unseal(document, _associated(document["public"]), password)
    credentials = _credentials(document["public"], secret)
    if credentials is None:
        raise KeyStoreDamaged("the file opens, but doesn't hold what a key file holds")
    if _public(credentials) != document["public"]:
        raise KeyStoreDamaged("the file's public part isn't that of its keys")
    return credentials


def public_part(path: str | os.PathLike[str]) -> Entry:
    """What a key file says of itself, without its passphrase.

    Raises:
        KeyStoreVersion, KeyStoreDamaged, OSError
    """
    try:
        return Entry(**_read(path)["public"])
    except TypeError:
        raise KeyStoreDamaged("the file's public part lacks something") from None


def entries(folder: str | os.PathLike[str]) -> Iterator[tuple[Path, Entry]]:
    """The key files of a folder in the order of their names; other files are passed over, damaged key files are not.

    Raises:
        KeyStoreDamaged, OSError
    """
    for path in sorted(Path(folder).glob("*.json")):
        with suppress(KeyStoreVersion):
            yield path, public_part(path)


def _password(passphrase: str | bytes) -> bytes:
    if isinstance(passphrase, str):
        password = None
        with suppress(UnicodeEncodeError):
            password = unicodedata.normalize("NFKD", passphrase).encode()
        if password is None:  # not within the exception, which carries the passphrase along
            raise _invalid("passphrase", "must be text that UTF-8 can encode")
    elif isinstance(passphrase, bytes):
        password = passphrase
    else:
        raise _wrong_type("passphrase", "text or bytes", type(passphrase))
    if not password:
        raise _invalid("passphrase", "must not be empty")
    return password


def _public(credentials: Credentials) -> dict[str, Any]:
    point = credentials.stark_key.public_key if credentials.stark_key is not None else None
    return {
        "ethereum_address": credentials.ethereum_address,
        "network_id": credentials.network_id,
        "position_id": credentials.position_id,
        "stark_public_key": None if point is None else hex(point.x),
        "stark_public_key_y_coordinate": None if point is None or point.y is None else hex(point.y),
        "has_api_key": credentials.api_key is not None,
    }


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


def _associated(public: dict[str, Any]) -> bytes:
    """The public part as bytes that don't depend on how the file lays it out."""
    return json.dumps([FORMAT, VERSION, public], sort_keys=True, separators=(",", ":")).encode()


def _seal(secret: bytes, associated: bytes, password: bytes, scrypt_n: int) -> dict[str, Any]:
    eth_keyfile = require("eth_keyfile", "client")
    aes = require("Crypto.Cipher.AES", "client")
    data_key = _data_key()
    keyfile = eth_keyfile.create_keyfile_json(data_key, password, version=3, kdf="scrypt", iterations=scrypt_n)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = aes.new(data_key, aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    cipher.update(associated)
    ciphertext, tag = cipher.encrypt_and_digest(secret)
    sealed = {"cipher": "aes-256-gcm", "nonce": nonce.hex(), "ciphertext": ciphertext.hex(), "tag": tag.hex()}
    return {"keyfile": keyfile, "sealed": sealed}


def _data_key() -> bytes:
    """32 random bytes which are a key of secp256k1, too: the key-file format asks for one."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    while True:
        data_key = secrets.token_bytes(_DATA_KEY_BYTES)
        if 0 < int.from_bytes(data_key, "big") < order:
            return data_key


def _unseal(document: dict[str, Any], associated: bytes, password: bytes) -> bytes:
    eth_keyfile = require("eth_keyfile", "client")
    aes = require("Crypto.Cipher.AES", "client")
    keyfile, sealed = document["keyfile"], document["sealed"]
    _bound_work(keyfile)
    # The libraries' errors are dropped whole: what they quote is beyond our control.
    try:
        nonce, ciphertext, tag = (bytes.fromhex(sealed[name]) for name in ("nonce", "ciphertext", "tag"))
        bytes.fromhex(keyfile["crypto"]["mac"])
        bytes.fromhex(keyfile["crypto"]["ciphertext"])
    except (KeyError, TypeError, ValueError):
        raise KeyStoreDamaged("the file isn't whole: its ciphertext can't be read") from None
    if len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
        raise KeyStoreDamaged("the file isn't whole: its nonce or tag has another length")
    try:
        data_key = eth_keyfile.decode_keyfile_json(keyfile, password)
    except (KeyError, TypeError, ValueError, NotImplementedError) as error:
        if "MAC mismatch" in str(error):
            raise WrongPassphrase("the passphrase is wrong, or the file was changed") from None
        raise KeyStoreDamaged("the file isn't whole: its key file can't be read") from None
    try:
        cipher = aes.new(data_key, aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        cipher.update(associated)
        plain: bytes = cipher.decrypt_and_verify(ciphertext, tag)
    except ValueError:
        raise KeyStoreDamaged("the file was changed: the passphrase is right, the contents aren't") from None
    return plain


def _bound_work(keyfile: object) -> None:
    try:
        crypto = keyfile["crypto"]  # type: ignore[index]
        cost = crypto["kdfparams"]
        numbers = [cost[name] for name in ("n", "r", "p", "dklen")]
        right = keyfile["version"] == 3 and crypto["kdf"] == "scrypt"  # type: ignore[index]
    except (KeyError, TypeError):
        raise KeyStoreDamaged("the file isn't whole: its key file lacks something") from None
    if not right or any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
        raise KeyStoreDamaged("the file's key file isn't one that starkcore writes")
    n, r, p, length = numbers
    if not (1 < n <= _MOST_N and n.bit_count() == 1 and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P and length == 32):
        raise KeyStoreDamaged("the file asks for more work than any that starkcore writes")


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document, with its format and version checked, and that its parts are objects."""
    with Path(path).open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise KeyStoreVersion("not a key file of starkcore")
        data = file.read(_BOUNDS.size + 1)
    try:
        document = strict_json(data, _BOUNDS)
    except BeyondBounds as error:
        raise KeyStoreVersion(f"not a key file of starkcore: it {error.what}") from None
    except BadJson as error:
        raise KeyStoreDamaged(f"the file isn't whole, or not a key file: it {error.what}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyStoreVersion("not a key file of starkcore")
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        raise KeyStoreVersion(f"written by another version of starkcore: this one reads version {VERSION}")
    for part in ("public", "keyfile", "sealed"):
        if not isinstance(document.get(part), dict):
            raise KeyStoreDamaged(f"the file isn't whole: it has no {part}")
    return document


def _write(path: Path, data: bytes, replace: bool) -> None:
    """Whole or not at all: a new file beside the old one, on the disk before it takes the name."""
    if path.is_symlink():
        path = path.resolve()
    temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            _rename_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _rename_new(temporary: Path, path: Path) -> None:
    """Give the file its name, unless somebody has it: checked by the file system, in one step with the naming."""
    try:
        if os.name == "posix":
            path.hardlink_to(temporary)  # rename() would write over
        else:
            temporary.rename(path)
    except FileExistsError:
        raise KeyStoreExists("a file of that name is there: it isn't written over unless told") from None
