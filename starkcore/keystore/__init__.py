"""Key files: an account's Stark key and API credentials, encrypted with a passphrase.

An entry is a venue, a network, an address, a public part and a secret part. What is saved and loaded are the venues'
own types, `starkcore.dydx.Credentials`, `starkcore.paradex.Credentials` and `starkcore.extended.Credentials`, or an
`Entry`.

A file is written whole or not at all, and is for its owner alone (mode 600, POSIX). Nothing loses a private key: what
is new is merged into what is there, another Stark key takes the place of one only where that one is named, and a file
in whose place another one is written is kept beside it.
"""

from starkcore.errors import KeyStoreDamaged, KeyStoreError, KeyStoreExists, KeyStoreVersion
from starkcore.keystore.entry import Entry, Fact, Secret
from starkcore.keystore.sealing import CIPHER as CIPHER  # where it was
from starkcore.keystore.sealing import FORMAT, SCRYPT_N, VERSION
from starkcore.keystore.store import (
    change_passphrase,
    entries,
    load,
    load_entry,
    merge,
    merged,
    public_part,
    save,
)

__all__ = [
    "FORMAT",
    "SCRYPT_N",
    "VERSION",
    "Entry",
    "Fact",
    "KeyStoreDamaged",
    "KeyStoreError",
    "KeyStoreExists",
    "KeyStoreVersion",
    "Secret",
    "change_passphrase",
    "entries",
    "load",
    "load_entry",
    "merge",
    "merged",
    "public_part",
    "save",
]
