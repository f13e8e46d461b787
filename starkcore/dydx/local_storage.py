"""What dYdX's website keeps in the browser's local storage, copied out of the developer tools.

STARK_KEY_PAIRS and API_KEY_PAIRS are JSON objects by wallet address. Their text holds secrets: no error repeats a part of
it but wallet addresses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from starkcore.dydx.address import checksum_address
from starkcore.errors import _invalid, _wrong_type
from starkcore.http.strict_json import BadJson, Bounds, strict_json

__all__ = ["Pairs", "Source", "choose_wallet", "read_pairs"]

Source: TypeAlias = str | os.PathLike[str]
"""JSON text, which begins with a brace or a quote, or the path of a file that holds it."""

Pairs: TypeAlias = dict[str, dict[str, str]]
"""By wallet, in checksum form: the members of one pair, all texts."""

STARK_MEMBERS = ("publicKey", "publicKeyYCoordinate", "privateKey")
API_MEMBERS = ("key", "secret", "passphrase")
# A thousand wallets.
_BOUNDS = Bounds(size=1 << 20, depth=8, values=10_000)


def read_pairs(source: Source, field: str, members: tuple[str, ...]) -> Pairs:
    """The wallets of one of the two objects, each with exactly the members that are asked for.

    Raises:
        InvalidInput, InputTypeError: `field` is named, with the wallet and the member where there is one.
        OSError: the file can't be read.
    """
    document = _parse(_text(source, field), field)
    if isinstance(document, str):  # Some developer tools copy the value as a JavaScript literal.
        document = _parse(document, field)
    if not isinstance(document, dict):
        raise _invalid(field, "must be a JSON object by wallet address")
    pairs: Pairs = {}
    for number, (name, value) in enumerate(document.items()):
        try:
            wallet = checksum_address(name, field)
        except ValueError:
            raise _invalid(field, f"must be an object by wallet address: name {number} is none") from None
        if wallet in pairs:
            raise _invalid(field, f"must have each wallet once: {wallet} is there twice")
        pairs[wallet] = _members(value, field, wallet, members)
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


def _text(source: Source, field: str) -> str:
    if not isinstance(source, (str, os.PathLike)):
        raise _wrong_type(field, "JSON text or a path", type(source))
    if isinstance(source, str) and source.lstrip()[:1] in ("{", '"', "["):
        return source
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
    if len(data) > _BOUNDS.size:
        raise _invalid(field, "must be at most 1 MiB")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    raise _invalid(field, "must be UTF-8 text")


def _parse(text: str, field: str) -> Any:
    try:
        return strict_json(text, _BOUNDS)
    except BadJson as error:
        place = "" if error.place is None else f" (line {error.place[0]}, column {error.place[1]})"
        rule = f"must be JSON, whole and with each name once{place}: it {error.what}"
    raise _invalid(field, rule)


def _members(value: object, field: str, wallet: str, members: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _invalid(field, f"must have an object for {wallet}")
    for member in members:
        if not isinstance(value.get(member), str) or not value[member]:
            raise _invalid(field, f"must have {member} as text for {wallet}")
    return {member: value[member] for member in members}
