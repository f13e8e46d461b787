"""Ethereum key files of version 3, opened only after the work that they ask for has been bounded.

Such a file says itself how long its passphrase is hashed, and in how much memory: a forged one could ask for all there
is. The library that opens them reads names in any case, and takes the last of two that differ in case alone; so what it
is given is put together anew from what was looked at.
"""

from __future__ import annotations

import string
from typing import Any

from starkcore.errors import KeyStoreDamaged, WrongPassphrase
from starkcore.extras import require

__all__ = ["open_keyfile"]

# scrypt goes through 128 · n · r bytes p times; PBKDF2 through its hash c times. 1 GiB is four times what wallets ask
# for, and ten million ten times.
MOST_SCRYPT = 1 << 30
MOST_PBKDF2 = 10_000_000
_MOST_SALT = 64
_HEX_DIGITS = frozenset(string.hexdigits)


def open_keyfile(document: object, passphrase: bytes) -> bytes:
    """The private key, 32 bytes, that a key file holds. A shorter one gets zeros in front, which some wallets leave
    out.

    Args:
        document: the JSON object.

    Raises:
        WrongPassphrase: or the ciphertext was changed: the two can't be told apart.
        KeyStoreDamaged: not a key file of version 3; or it asks for more work than 128 · n · r · p = 2^30 bytes of
            scrypt, or ten million rounds of PBKDF2, and none was done.
        MissingExtra
    """
    keyfile = _checked(document)
    eth_keyfile = require("eth_keyfile", "client")
    # The library's errors are dropped whole: what they quote is beyond our control.
    try:
        key: bytes = eth_keyfile.decode_keyfile_json(keyfile, passphrase)
    except (KeyError, TypeError, ValueError, NotImplementedError) as error:
        wrong = "MAC mismatch" in str(error)
    else:
        return key.rjust(32, b"\0")
    if wrong:
        raise WrongPassphrase("the passphrase is wrong, or the file was changed")
    raise KeyStoreDamaged("the key file can't be opened: its parameters are none that the library takes")


def _checked(document: object) -> dict[str, Any]:
    """The parts of a key file that opening it takes, each of the right kind and bounded; and no others."""
    outer = _lower(document)
    crypto = _lower(outer.get("crypto"))
    if not _is_int(outer.get("version"), 3, 3) or crypto.get("cipher") != "aes-128-ctr":
        raise KeyStoreDamaged("not an Ethereum key file of version 3 with aes-128-ctr")
    return {
        "version": 3,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": _hex(_lower(crypto.get("cipherparams")), "iv", 16, 16)},
            "ciphertext": _hex(crypto, "ciphertext", 1, 32),
            "mac": _hex(crypto, "mac", 32, 32),
            "kdf": crypto.get("kdf"),
            "kdfparams": _cost(crypto.get("kdf"), _lower(crypto.get("kdfparams"))),
        },
    }


def _cost(kdf: object, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the key's derivation, within the bounds of work."""
    # Less than 32 bytes would leave none for the tag, which every passphrase would then fit.
    if not _is_int(parameters.get("dklen"), 32, 32):
        raise KeyStoreDamaged("the key file's dklen isn't 32")
    common = {"dklen": 32, "salt": _hex(parameters, "salt", 1, _MOST_SALT)}
    if kdf == "scrypt":
        n, r, p = (parameters.get(name, 0) for name in ("n", "r", "p"))
        if not (_is_int(n, 2, MOST_SCRYPT) and _is_int(r, 1, MOST_SCRYPT) and _is_int(p, 1, MOST_SCRYPT)):
            raise KeyStoreDamaged("the key file's n, r and p aren't numbers in the bounds of work")
        if n.bit_count() != 1 or 128 * n * r * p > MOST_SCRYPT:
            raise KeyStoreDamaged(
                "the key file asks for more work than 128 · n · r · p = 2^30, or n is no power of two"
            )
        return common | {"n": n, "r": r, "p": p}
    if kdf == "pbkdf2":
        if parameters.get("prf") != "hmac-sha256" or not _is_int(parameters.get("c"), 1, MOST_PBKDF2):
            raise KeyStoreDamaged("the key file asks for another hash than hmac-sha256, or for over ten million rounds")
        return common | {"c": parameters["c"], "prf": "hmac-sha256"}
    raise KeyStoreDamaged("the key file's kdf is neither scrypt nor pbkdf2")


def _lower(value: object) -> dict[str, Any]:
    """An object with its names in lower case, as the library takes them: each once."""
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise KeyStoreDamaged("the key file isn't whole: a part that is to be an object is none, or is missing")
    lower = {name.lower(): member for name, member in value.items()}
    if len(lower) < len(value):
        raise KeyStoreDamaged("the key file has a name twice in one object")
    return lower


def _is_int(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _hex(members: dict[str, Any], name: str, least: int, most: int) -> str:
    """A member as hex digits for so many bytes."""
    text = members.get(name)
    digits = text.removeprefix("0x") if isinstance(text, str) else ""
    if len(digits) % 2 or not 2 * least <= len(digits) <= 2 * most or not _HEX_DIGITS.issuperset(digits):
        raise KeyStoreDamaged(f"the key file isn't whole: {name} can't be read")
    return digits
