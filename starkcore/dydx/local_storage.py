"""What dYdX's website keeps in the browser's local storage, copied out of the developer tools.

STARK_KEY_PAIRS and API_KEY_PAIRS are JSON objects by wallet address. Their text holds secrets: no error repeats a part
of it but wallet addresses. People have saved them in more ways than one, and the only copy of a key may be among those:
one wallet's own object, with its address in it; a row of the table, with its name; a console's output, in single
quotes; a file with a byte order mark, or in UTF-16. All of these are read. What is read is JSON, whole and with each
name once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from starkcore.dydx.address import checksum_address
from starkcore.errors import _invalid, _wrong_type
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.saved_text import looks_like, text_of

__all__ = ["LONGEST_VALUE", "Pairs", "Source", "choose_wallet", "read_pairs"]

Source: TypeAlias = str | bytes | os.PathLike[str]
"""The value as text, or as the bytes of a file; or the path of a file that holds it."""

Pairs: TypeAlias = dict[str, dict[str, str]]
"""By wallet, in checksum form: the members of one pair, all texts. A wallet that wasn't asked for has none."""

STARK_MEMBERS = ("publicKey", "publicKeyYCoordinate", "privateKey")
API_MEMBERS = ("key", "secret", "passphrase")
# Which value has which members, and what of them no other value has.
_VALUES = {"STARK_KEY_PAIRS": (STARK_MEMBERS, "privateKey"), "API_KEY_PAIRS": (API_MEMBERS, "passphrase")}
LONGEST_VALUE = 1 << 20
"""Bytes that a value may have: a thousand wallets."""

_BOUNDS = Bounds(size=LONGEST_VALUE, depth=8, values=10_000)


def read_pairs(source: Source, field: str, members: tuple[str, ...], ethereum_address: str | None = None) -> Pairs:
    """The wallets of one of the two objects, each with exactly the members that are asked for.

    Args:
        ethereum_address: the wallet that is wanted. What others have is neither read nor complained of then.

    Raises:
        InvalidInput, InputTypeError: `field` is named, with the wallet and the member where there is one.
        OSError: the file can't be read.
    """
    named = None if ethereum_address is None else checksum_address(ethereum_address, "ethereum_address")
    document = _by_wallet(_document(_text(source, field), field), field, members, named)
    pairs: Pairs = {}
    for number, (name, value) in enumerate(document.items()):
        wallet = _wallet(name)
        if wallet is None and named is None:
            raise _invalid(field, f"must be an object by wallet address: name {number} is none")
        if wallet is None:
            continue
        if wallet in pairs:
            raise _invalid(field, f"must have each wallet once: {wallet} is there twice")
        pairs[wallet] = _members(value, field, wallet, members, named) if named in (None, wallet) else {}
    if not pairs:
        raise _invalid(field, "must have at least one wallet")
    return pairs


def choose_wallet(sources: Mapping[str, Pairs], ethereum_address: str | None) -> str:
    """The wallet to take: the one that is named, or the only one there is.

    Args:
        sources: what was read, by the parameter's name.
    """
    wallets = list(dict.fromkeys(wallet for pairs in sources.values() for wallet in pairs))
    if ethereum_address is None:
        if len(wallets) > 1:
            raise _invalid("ethereum_address", f"must say which wallet: there are {', '.join(wallets)}")
        return wallets[0]
    wallet = checksum_address(ethereum_address, "ethereum_address")
    for field, pairs in sources.items():
        if wallet not in pairs:
            raise _invalid("ethereum_address", f"must be one of {', '.join(pairs)}: {field} has no {wallet}")
    return wallet


# ---- Text ----

_BEGINNINGS = ("{", '"', "[", "'", *_VALUES)


def _text(source: Source, field: str) -> str:
    """The text that was given, or that of the file that was named."""
    if isinstance(source, (bytes, bytearray)):
        return _bounded(bytes(source), field)
    if not isinstance(source, (str, os.PathLike)):
        raise _wrong_type(field, "text, bytes or a path", type(source))
    if isinstance(source, str):
        plain = source.removeprefix("\ufeff").strip()
        if plain.startswith(_BEGINNINGS):
            return plain
        if not plain:
            raise _invalid(field, "must be the value as text, or the path of a file with it: it is empty")
        kind = looks_like(plain)
        if kind is not None:
            raise _invalid(field, f"must be the whole value out of the browser, and not {kind} alone")
    problem, data = "", b""
    try:
        with Path(source).open("rb") as file:
            data = file.read(_BOUNDS.size + 1)
    except FileNotFoundError:
        problem = "must be JSON text, or the path of a file that is there"
    except (OSError, ValueError) as error:
        problem = f"must be readable: {getattr(error, 'strerror', None) or 'no file has such a name'}"
    if problem:
        # Out here: the exceptions above carry the name along, where the text itself may have come.
        raise _invalid(field, problem)
    return _bounded(data, field)


def _bounded(data: bytes, field: str) -> str:
    if len(data) > _BOUNDS.size:
        raise _invalid(field, "must be at most 1 MiB")
    text = text_of(data, field).strip()
    if not text:
        raise _invalid(field, "must have the value out of the browser: there is nothing in it")
    kind = looks_like(text)
    if kind is not None:
        raise _invalid(field, f"must be the whole value out of the browser, and not {kind} alone")
    return text


def _document(text: str, field: str) -> Any:
    """The value, without the name of its row, and without the quotes of whoever copied it as a literal."""
    bare = text.lstrip("'\"")
    row = next((name for name in _VALUES if bare.startswith(name)), None)
    if row is not None:
        if row != field.upper():
            raise _invalid(field, f"must be the value of {field.upper()}: this is the row of {row}")
        text = bare.removeprefix(row).lstrip("'\"").lstrip().lstrip(":=").lstrip()
    document = _parse(text, field)
    if isinstance(document, str):  # Some developer tools copy the value as a JavaScript literal.
        document = _parse(document, field)
    if isinstance(document, dict) and field.upper() in document:  # all of the local storage
        document = document[field.upper()]
        if isinstance(document, str):
            document = _parse(document, field)
    if not isinstance(document, dict):
        raise _invalid(field, "must be a JSON object by wallet address")
    return document


def _parse(text: str, field: str) -> Any:
    rule = ""
    for form in (text, _json_of(text)):
        if form is None:
            break
        try:
            return strict_json(form, _BOUNDS)
        except BadJson as error:
            place = "" if error.place is None else f" (line {error.place[0]}, column {error.place[1]})"
            rule = rule or f"must be JSON, whole and with each name once{place}: it {error.what}"
    raise _invalid(field, rule)


# What consoles print: texts in either quotes, words, and single characters.
_INSIDE = {"'": re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL), '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)}
_WORD = re.compile(r"[0-9A-Za-z_$]+", re.ASCII)
_WORDS = {"undefined": "null", "None": "null", "True": "true", "False": "false"}


def _tokens(text: str) -> Iterator[str]:
    """Texts with their quotes, words, single characters; together they are the text, if no quote is left open."""
    place = 0
    while place < len(text):
        inside, word = _INSIDE.get(text[place]), _WORD.match(text, place)
        end = place + 1 if word is None else word.end()
        if inside is not None:
            found = inside.match(text, place + 1)
            end = len(text) if found is None else found.end() + 1
        yield text[place:end]
        place = end


def _json_of(text: str) -> str | None:
    """The same in JSON, where a console has printed it in its own language; None: there is nothing to change.

    >>> _json_of("{'a': {key: 'it\\\\'s', other: undefined}}")
    '{"a": {"key": "it\\'s", "other": null}}'
    """
    if len(text) > LONGEST_VALUE:
        return None
    tokens = list(_tokens(text))
    made = []
    for place, token in enumerate(tokens):
        if token[0] == "'":
            if len(token) < 2 or token[-1] != "'":
                return None
            inner = token[1:-1].replace("\\'", "'").replace('"', '\\"').replace('\\\\"', '\\"')
            token = f'"{inner}"'
        elif _WORD.match(token):
            behind = next((one for one in tokens[place + 1 : place + 3] if not one.isspace()), "")
            token = f'"{token}"' if behind == ":" else _WORDS.get(token, token)
        made.append(token)
    return None if made == tokens else "".join(made)


# ---- Wallets ----


def _by_wallet(document: dict[str, Any], field: str, members: tuple[str, ...], named: str | None) -> dict[str, Any]:
    """The object by wallet address, also of one wallet's own object; or what the document is instead."""
    keys = document.keys()
    if "crypto" in keys or "Crypto" in keys:
        raise _invalid(field, "must be the value out of the browser: this is a wallet's encrypted key file, which "
                       "`starkcore onboard --eth-key-file` takes")  # fmt: skip
    if document.get("format") == "starkcore key store":
        raise _invalid(field, "must be the value out of the browser: this is a key file of starkcore.keystore")
    inner = {"walletAddress", *STARK_MEMBERS, *API_MEMBERS} & keys
    for value, (others, mark) in _VALUES.items():
        objects = [document] if inner else [one for one in document.values() if isinstance(one, dict)]
        if others != members and any(mark in one for one in objects) and not any(members[2] in one for one in objects):
            raise _invalid(field, f"must be the value of {field.upper()}: this is that of {value}")
    if not inner:
        return document
    wallet = document.get("walletAddress", named)
    if wallet is None:
        raise _invalid(field, "must say whose it is: this is one wallet's object without its walletAddress; "
                       "give ethereum_address, too")  # fmt: skip
    if not isinstance(wallet, str) or _wallet(wallet) is None:
        raise _invalid(field, "must have an Ethereum address as walletAddress")
    return {wallet: document}


def _wallet(name: str) -> str | None:
    try:
        return checksum_address(name, "address")
    except ValueError:
        return None


def _members(value: object, field: str, wallet: str, members: tuple[str, ...], named: str | None) -> dict[str, str]:
    hint = "" if named is not None else "; to take another wallet's, name it with ethereum_address"
    if not isinstance(value, dict):
        raise _invalid(field, f"must have an object for {wallet}{hint}")
    for member in members:
        if not isinstance(value.get(member), str) or not value[member]:
            raise _invalid(field, f"must have {member} as text for {wallet}{hint}")
    return {member: value[member] for member in members}
