"""What a key file is about, whatever the venue: an entry, in venue's own words and yet without knowing any venue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NoReturn, TypeAlias

from starkcore import PrivateKey, exact
from starkcore.errors import _invalid, _wrong_type

__all__ = ["Entry", "Fact", "Secret"]

Fact: TypeAlias = bool | int | str | None

# What every public part has, beside the venue's own facts.
_KEY_NAMES = ("stark_public_key", "stark_public_key_y_coordinate", "has_api_key")


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret part of an entry. It stays out of every repr, and can't be pickled.

    Attributes:
        stark_key: the private key; None where the file has none.
        api_key: the texts of an API key by their names; None where the file has none.
    """

    stark_key: PrivateKey | None = field(default=None, repr=False)
    api_key: Mapping[str, str] | None = field(default=None, repr=False, hash=False)

    def __post_init__(self) -> None:
        if self.stark_key is not None and not isinstance(self.stark_key, PrivateKey):
            raise _wrong_type("stark_key", "a PrivateKey or None", type(self.stark_key))
        if self.api_key is not None:
            object.__setattr__(self, "api_key", _texts(self.api_key))

    def __reduce__(self) -> NoReturn:
        raise TypeError("the secret part of a key file can't be copied or pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a key file holds: whose keys, at which venue, the public part, and, once it is opened, the secret part.

    The public part of a file that hasn't been opened isn't vouched for by anything: `secret` is None then.

    Attributes:
        venue: "dydx", "paradex", "extended"; or another of small letters, digits and _.
        network: the venue's name of it, such as "mainnet".
        address: whose keys, in the form that the venue has.
        public: the public key's two coordinates as hex with 0x (None without a Stark key), whether there is an API key,
            and the venue's own facts, by their names.
        secret: the Stark key and the API key; None until the file is opened.
    """

    venue: str
    network: str
    address: str
    public: Mapping[str, Fact] = field(hash=False)
    secret: Secret | None = field(default=None, repr=False, hash=False)

    def __post_init__(self) -> None:
        for name, pattern in _FORMS.items():
            text = exact.text(getattr(self, name), name)
            if not pattern.fullmatch(text):
                raise _invalid(name, f"must match {pattern.pattern}")
            object.__setattr__(self, name, text)
        object.__setattr__(self, "public", MappingProxyType(_public(self.public)))
        if self.secret is None:
            return
        if not isinstance(self.secret, Secret):
            raise _wrong_type("secret", "a Secret or None", type(self.secret))
        if {name: self.public[name] for name in _KEY_NAMES} != _key_part(self.secret):
            raise _invalid("public", "must be what belongs to the secret part")

    @classmethod
    def of(cls, venue: str, network: str, address: str, secret: Secret, facts: Mapping[str, Fact]) -> Entry:
        """An entry with the public part that belongs to its secret part, and with a venue's own facts."""
        return cls(venue=venue, network=network, address=address, public=_key_part(secret) | dict(facts), secret=secret)

    @property
    def facts(self) -> dict[str, Fact]:
        """The venue's own part of the public part."""
        return {name: value for name, value in self.public.items() if name not in _KEY_NAMES}

    @property
    def stark_public_key(self) -> str | None:
        """The public key's x-coordinate, hex with 0x; None where the file holds no Stark key."""
        return self.public["stark_public_key"]  # type: ignore[return-value]

    @property
    def stark_public_key_y_coordinate(self) -> str | None:
        """Its y-coordinate."""
        return self.public["stark_public_key_y_coordinate"]  # type: ignore[return-value]

    @property
    def has_api_key(self) -> bool:
        """Whether API credentials are in the file."""
        return self.public["has_api_key"] is True

    @property
    def ethereum_address(self) -> str | None:
        """The wallet, in checksum form, as far as it is known."""
        return self.public.get("ethereum_address", self.address)  # type: ignore[return-value]

    @property
    def network_id(self) -> int | None:
        """The chain's id, for venues that count their networks by it."""
        return self.public.get("network_id")  # type: ignore[return-value]

    @property
    def position_id(self) -> int | None:
        """The account's position, for venues that have positions, once it is known."""
        return self.public.get("position_id")  # type: ignore[return-value]


_FORMS = {
    "venue": re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII),
    "network": re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII),
    "address": re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII),
}


def _public(public: object) -> dict[str, Fact]:
    """A public part of plain values under plain names, with what every one has."""
    if not isinstance(public, Mapping):
        raise _wrong_type("public", "a mapping", type(public))
    facts = {_name(name): _fact(value) for name, value in exact.named(public, "public", "text").items()}
    if len(facts) > 32 or not all(name in facts for name in _KEY_NAMES):
        raise _invalid("public", f"must have {', '.join(_KEY_NAMES)}, and at most 32 names")
    x, y, has = (facts[name] for name in _KEY_NAMES)
    if not (_is_coordinate(x) and _is_coordinate(y) and (x is None) == (y is None) and isinstance(has, bool)):
        raise _invalid(
            "public", "must have a public key's coordinates as hex, or None twice, and whether there is an API key"
        )
    return facts


def _name(name: object) -> str:
    text = exact.text(name, "public")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text, flags=re.ASCII):
        raise _invalid("public", "must have names of small letters, digits and _")
    return text


def _fact(value: object) -> Fact:
    if value is None or value is True or value is False:
        return value
    if exact.is_a(value, int):
        number = exact.integer(value, "public")
        if not 0 <= number < 1 << 64:
            raise _invalid("public", "must have numbers in [0, 2^64)")
        return number
    text = exact.text(value, "public", "None, a bool, an int or text")
    if not re.fullmatch(r"[ -~]{0,200}", text, flags=re.ASCII):
        raise _invalid("public", "must have texts of at most 200 printable characters of ASCII")
    return text


def _is_coordinate(value: object) -> bool:
    return value is None or (isinstance(value, str) and bool(re.fullmatch(r"0x[0-9a-f]{1,63}", value, flags=re.ASCII)))


def _key_part(secret: Secret) -> dict[str, Fact]:
    """What a public part says of the secret one."""
    x = y = None
    if secret.stark_key is not None:
        point = secret.stark_key.public_key
        assert point.y is not None  # noqa: S101 - made from a private key
        x, y = hex(point.x), hex(point.y)
    return dict(zip(_KEY_NAMES, (x, y, secret.api_key is not None), strict=True))


def _texts(members: Any) -> Mapping[str, str]:
    """The texts of an API key. No error shows one."""
    if not isinstance(members, Mapping):
        raise _wrong_type("api_key", "a mapping of texts or None", type(members))
    given = exact.named(members, "api_key", "text")
    return MappingProxyType({name: exact.text(value, "api_key") for name, value in given.items()})
