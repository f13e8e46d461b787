"""Typed data, EIP-712: what a wallet shows, and the digest that it signs.

`TypedData` is one struct of texts, which is what venues ask for most; `AnyTypedData` is any document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starkcore import _native, exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.extras import require

__all__ = ["AnyTypedData", "Domain", "TypedData"]

_keccak = _native.keccak256

# Of a document of any types. The last is of characters that are written, and hashed, of types' texts.
MOST_TYPES = 256
MOST_DEPTH = 64
MOST_VALUES = 1 << 16
MOST_TEXT = 1 << 20
MOST_WORK = 1 << 22
_LONGEST_TYPE = 256


@dataclass(frozen=True, slots=True)
class Domain:
    """EIP-712's domain, of the three members that dYdX uses.

    Attributes:
        name, version: text.
        chain_id: an int in [0, 2^256).

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    version: str
    chain_id: int

    def __post_init__(self) -> None:
        for field_name in ("name", "version"):
            object.__setattr__(self, field_name, exact.text(getattr(self, field_name), field_name))
            _hashes((getattr(self, field_name),), field_name)
        object.__setattr__(self, "chain_id", exact.integer(self.chain_id, "chain_id"))
        if not 0 <= self.chain_id < 1 << 256:
            raise _invalid("chain_id", "must be in [0, 2^256)")

    def separator(self) -> bytes:
        """hashStruct of the domain, 32 bytes."""
        fields = "EIP712Domain(string name,string version,uint256 chainId)", self.name, self.version
        return _keccak(_hashes(fields, "domain") + self.chain_id.to_bytes(32, "big"))


@dataclass(frozen=True, slots=True)
class TypedData:
    """A struct of texts in a domain, as EIP-712 has it.

    Attributes:
        domain: for whom it is signed.
        primary_type: the struct's name.
        message: its members by name, all of type `string`, in their order. What is kept is a copy.
        digest: what is signed: keccak256(19 01 ‖ domain separator ‖ hashStruct(message)), 32 bytes.
    """

    domain: Domain
    primary_type: str
    message: Mapping[str, str]
    digest: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.domain, Domain):
            raise _wrong_type("domain", "a Domain", type(self.domain))
        if not isinstance(self.message, Mapping):
            raise _wrong_type("message", "a mapping", type(self.message))
        members = exact.named(self.message, "message", "text")
        texts = {_identifier(name, "message"): exact.text(text, "message") for name, text in members.items()}
        object.__setattr__(self, "primary_type", _identifier(self.primary_type, "primary_type"))
        object.__setattr__(self, "message", texts)
        kind = f"{self.primary_type}({','.join(f'string {name}' for name in self.message)})"
        struct = _keccak(_hashes((kind, *self.message.values()), "message"))
        object.__setattr__(self, "digest", _keccak(b"\x19\x01" + self.domain.separator() + struct))

    def to_json(self) -> dict[str, Any]:
        """The object that `eth_signTypedData_v4` takes."""
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                ],
                self.primary_type: [{"name": name, "type": "string"} for name in self.message],
            },
            "primaryType": self.primary_type,
            "domain": {"name": self.domain.name, "version": self.domain.version, "chainId": self.domain.chain_id},
            "message": dict(self.message),
        }


@dataclass(frozen=True, slots=True)
class AnyTypedData:
    """Typed data of any types and any domain; eth-account reads it, and makes its digest.

    The document may be anybody's: what it costs is bounded before it is read.

    Attributes:
        document: the object that `eth_signTypedData_v4` takes: types, primaryType, domain, message. What is kept is a
            copy, of plain values.
        digest: what is signed, 32 bytes.

    Raises:
        InvalidInput: the document is beyond the bounds, or eth-account can't read it; `field` is "document".
        InputTypeError: it is no mapping.
    """

    document: Mapping[str, Any]
    digest: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        messages = require("eth_account.messages", "client")
        if not isinstance(self.document, Mapping):
            raise _wrong_type("document", "a mapping", type(self.document))
        object.__setattr__(self, "document", _bounded(self.document))
        encoded = None
        with suppress(Exception):  # whose texts quote what is signed
            encoded = messages.encode_typed_data(full_message=_copied(self.document))
        if encoded is None:
            raise _invalid("document", "must be typed data as EIP-712 has it, with values that fit their types")
        object.__setattr__(self, "digest", _keccak(b"\x19" + encoded.version + encoded.header + encoded.body))

    def to_json(self) -> dict[str, Any]:
        """The document, with bytes as hex text behind 0x."""
        return _copied(self.document, bytes_as_text=True)  # type: ignore[no-any-return]


# ---- Documents of any types: eth-account reads them without a bound, and by recursion


class _Reader:
    """Makes a plain copy of what somebody else put together, as far as the bounds."""

    def __init__(self) -> None:
        self.values = self.characters = self.objects = 0

    def read(self, value: Any, depth: int = 0) -> Any:
        self.values += 1
        if depth > MOST_DEPTH or self.values > MOST_VALUES:
            raise _invalid("document", f"must have at most {MOST_VALUES} values, {MOST_DEPTH} deep")
        if value is None or value is True or value is False:
            return value
        if exact.is_a(value, int):
            return _word(exact.integer(value, "document"))
        if exact.is_a(value, str):
            return self._counted(exact.text(value, "document"))
        if exact.is_a(value, bytes):
            return self._counted(bytes.__getitem__(value, slice(None)))
        if exact.is_a(value, bytearray):
            return self._counted(bytes(bytearray.__getitem__(value, slice(None))))
        if isinstance(value, Mapping):
            return self._object(value, depth + 1)
        if isinstance(value, (list, tuple)):
            items = (self.read(item, depth + 1) for item in value)
            return tuple(items) if isinstance(value, tuple) else list(items)
        raise _wrong_type("document", "of objects, lists, texts, bytes, ints, bools and None", type(value))

    def _object(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        self.objects += 1
        copy: dict[str, Any] = {}
        for name, member in value.items():
            text = self._counted(exact.text(name, "document", "of objects with texts as names"))
            if text in copy:
                raise _invalid("document", "must not have two names of one text")
            copy[text] = self.read(member, depth)
        return copy

    def _counted(self, content: Any) -> Any:
        self.characters += len(content)
        if self.characters > MOST_TEXT:
            raise _invalid("document", f"must have at most {MOST_TEXT} characters and bytes")
        return content


def _bounded(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document that eth-account reads in bounded time.

    It writes the texts of a struct's types, and looks at its members, for each struct of the message anew; and at a
    member's value as often as a type names the member, in structs within structs each time as often again.
    """
    reader = _Reader()
    others = {name: value for name, value in document.items() if name != "message"}
    copy: dict[str, Any] = reader.read(others)
    size = _size_of_types(copy.get("types"))
    reader.objects = 0
    if "message" in document:
        copy["message"] = reader.read(document["message"], 1)
    if (2 + reader.objects) * size > MOST_WORK:
        raise _invalid("document", "must have fewer structs, or smaller types")
    return copy


def _size_of_types(types: object) -> int:
    """Characters of the types' texts together."""
    if not isinstance(types, dict) or len(types) > MOST_TYPES:
        raise _invalid("document", f"must have types: an object of at most {MOST_TYPES}")
    size = 0
    for name, members in types.items():
        pairs = [_member(member) for member in members] if isinstance(members, (list, tuple)) else None
        if pairs is None or len({member for member, _ in pairs}) < len(pairs):
            raise _invalid("document", "must have types that are lists of members, each of another name")
        size += len(name) + 2 + sum(len(member) + len(kind) + 2 for member, kind in pairs)
    return size


def _member(member: object) -> tuple[str, str]:
    """The name and the type of a type's member."""
    name, kind = (member.get("name"), member.get("type")) if isinstance(member, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(kind, str):
        raise _invalid("document", "must have members of types with a name and a type, which are texts")
    if len(kind) > _LONGEST_TYPE or "(" in kind or "," in kind:
        raise _invalid("document", f"must have names of types without ( and commas, of at most {_LONGEST_TYPE} letters")
    return name, kind


def _word(number: int) -> int:
    if number.bit_length() > 256:
        raise _invalid("document", "must have ints of at most 256 bits")
    return number


def _copied(value: Any, *, bytes_as_text: bool = False) -> Any:
    """A copy of what was read; its depth is bounded."""
    if isinstance(value, dict):
        return {name: _copied(member, bytes_as_text=bytes_as_text) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item, bytes_as_text=bytes_as_text) for item in value)
    return "0x" + value.hex() if bytes_as_text and isinstance(value, bytes) else value


def _identifier(name: object, field: str) -> str:
    """The name of a type or a member, which stands in the text whose hash is the type's."""
    text = exact.text(name, field)
    if not text.isidentifier() or not text.isascii():
        raise _invalid(field, "must have names of letters, digits and _ that begin with no digit")
    return text


def _hashes(texts: Iterable[str], field: str) -> bytes:
    """The Keccak hashes of texts, one after the other."""
    encoded = []
    with suppress(UnicodeEncodeError):  # which carries the text along
        encoded = [exact.text(text, field).encode() for text in texts]
    if not encoded:
        raise _invalid(field, "must be text that UTF-8 can encode")
    return b"".join(map(_keccak, encoded))
