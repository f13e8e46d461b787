"""A key file's document: read and checked, sealed with a passphrase, and opened.

The passphrase protects a random data key, in an Ethereum key file of version 3 made by eth-keyfile (scrypt,
AES-128-CTR, Keccak-256). That format takes 32 bytes and authenticates nothing beside them; so the data key in turn
encrypts the secret part with AES-256-GCM, and everything else in the file is its associated data: none of it can be
exchanged. Each writing takes a new data key.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

from starkcore import files
from starkcore.errors import KeyStoreDamaged, KeyStoreVersion, _invalid, _wrong_type
from starkcore.extras import require
from starkcore.http.strict_json import BadJson, BeyondBounds, Bounds, strict_json
from starkcore.keyfile import open_keyfile

__all__ = ["FORMAT", "SCRYPT_N", "VERSION", "password", "read", "seal", "unseal"]

# Version 1 had the public part alone as associated data. It is still read; whatever is written is of version 2.
FORMAT, VERSION, FIRST = "starkcore key store", 2, 1
CIPHER = "aes-256-gcm"
SCRYPT_N = 1 << 18
# Of a key file, which has five levels and some fifty names and values.
BOUNDS = Bounds(size=1 << 16, depth=16, values=1000)
_DATA_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16


def password(passphrase: str | bytes, field: str = "passphrase") -> bytes:
    """The bytes of a passphrase: text in Unicode's form NFKD, encoded as UTF-8.

    Raises:
        InvalidInput, InputTypeError: `field` names the parameter.
    """
    if isinstance(passphrase, str):
        encoded = None
        with suppress(UnicodeEncodeError):
            encoded = unicodedata.normalize("NFKD", str.__str__(passphrase)).encode()
        if encoded is None:  # not within the exception, which carries the passphrase along
            raise _invalid(field, "must be text that UTF-8 can encode")
    elif isinstance(passphrase, bytes):
        encoded = memoryview(passphrase).tobytes()
    else:
        raise _wrong_type(field, "text or bytes", type(passphrase))
    if not encoded:
        raise _invalid(field, "must not be empty")
    return encoded


def read(path: Path) -> dict[str, Any]:
    """The document, with its format and version checked, and that its parts are objects.

    Raises:
        KeyStoreVersion, KeyStoreDamaged, OSError
    """
    data = files.read_regular(path, BOUNDS.size + 1)
    if data is None:
        raise KeyStoreVersion("not a key file of starkcore")
    try:
        document = strict_json(data, BOUNDS)
    except BeyondBounds as error:
        raise KeyStoreVersion(f"not a key file of starkcore: it {error.what}") from None
    except BadJson as error:
        raise KeyStoreDamaged(f"the file isn't whole, or not a key file: it {error.what}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyStoreVersion("not a key file of starkcore")
    version = document.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version not in (FIRST, VERSION):
        raise KeyStoreVersion(f"written by another version of starkcore: this one reads {FIRST} and {VERSION}")
    for part in ("public", "keyfile", "sealed"):
        if not isinstance(document.get(part), dict):
            raise KeyStoreDamaged(f"the file isn't whole: it has no {part}")
    return document


def seal(head: dict[str, Any], secret: bytes, password: bytes, scrypt_n: int) -> dict[str, Any]:
    """The document of a key file.

    Args:
        head: what the document has in the clear, its "public" part among it.
        secret: what is encrypted.
        scrypt_n: scrypt's cost.
    """
    eth_keyfile = require("eth_keyfile", "client")
    aes = require("Crypto.Cipher.AES", "client")
    data_key, nonce = _data_key(), secrets.token_bytes(_NONCE_BYTES)
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        **head,
        "keyfile": eth_keyfile.create_keyfile_json(data_key, password, version=3, kdf="scrypt", iterations=scrypt_n),
        "sealed": {"cipher": CIPHER, "nonce": nonce.hex()},
    }
    cipher = aes.new(data_key, aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    cipher.update(_associated(document))
    ciphertext, tag = cipher.encrypt_and_digest(secret)
    document["sealed"] |= {"ciphertext": ciphertext.hex(), "tag": tag.hex()}
    return document


def unseal(document: dict[str, Any], password: bytes) -> bytes:
    """What is encrypted in a document that `read` has read.

    Raises:
        WrongPassphrase, KeyStoreDamaged, MissingExtra
    """
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


def _associated(document: dict[str, Any]) -> bytes:
    """All of a file but what the cipher made, as bytes that don't depend on how the file lays it out."""
    if document["version"] == FIRST:
        bound: Any = [FORMAT, FIRST, document["public"]]
    else:
        made = ("ciphertext", "tag")
        sealed = {name: value for name, value in document["sealed"].items() if name not in made}
        bound = document | {"sealed": sealed}
    return json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()


def _data_key() -> bytes:
    """32 random bytes which are a key of secp256k1, too: the key-file format asks for one."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    while True:
        data_key = secrets.token_bytes(_DATA_KEY_BYTES)
        if 0 < int.from_bytes(data_key, "big") < order:
            return data_key
