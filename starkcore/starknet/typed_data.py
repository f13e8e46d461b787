"""Typed data for Starknet accounts to sign: SNIP-12, revisions 0 and 1.

A document has types, a domain, and a message of the primary type. What is signed is

    H("StarkNet Message", hash of the domain, account, hash of the message),

where a struct's hash is H(hash of its type's text, its members in order), and H is Pedersen's list hash in revision 0,
Poseidon's in revision 1. Where SDKs read a document differently, docs/starknet.md says what is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starkcore import exact
from starkcore.errors import InvalidTypedData, _invalid, _wrong_type
from starkcore.hashing import pedersen_hash, pedersen_hash_elements, poseidon_hash, poseidon_hash_many
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.starknet.felts import (
    P,
    Unreadable,
    byte_array,
    element,
    keccak_value,
    number_of_text,
    read_element,
    selector_value,
    whole,
)
from starkcore.starknet.template import PREFIX
from starkcore.starknet.type_table import DOMAIN_TYPES, Member, TypeTable, at, element_type, shown

__all__ = ["TypedData"]

Encoder: TypeAlias = Callable[[Any], int]

_DOCUMENT = Bounds(size=4 << 20)
MOST_VALUES = 1 << 20  # of a message, each in each place where it stands
_TRUTH = {"0": 0, "1": 1, "true": 1, "false": 0, "0x0": 0, "0x1": 1}


class TypedData:
    """A SNIP-12 document, read and hashed: immutable. Made by `from_dict`, which checks all of it.

    `with_message` gives another message of the same types and domain, without any of that work again:

        >>> data = TypedData.from_dict({
        ...     "types": {
        ...         "StarknetDomain": [
        ...             {"name": "name", "type": "shortstring"},
        ...             {"name": "version", "type": "shortstring"},
        ...             {"name": "chainId", "type": "shortstring"},
        ...             {"name": "revision", "type": "shortstring"},
        ...         ],
        ...         "Example": [{"name": "value", "type": "felt"}],
        ...     },
        ...     "primaryType": "Example",
        ...     "domain": {"name": "Demo", "version": "1", "chainId": "SN_MAIN", "revision": "1"},
        ...     "message": {"value": 7},
        ... })
        >>> data.type_text("Example")
        '"Example"("value":"felt")'
        >>> data.with_message({"value": 8}).hash(0x1234) == data.hash(0x1234)
        False
    """

    __slots__ = ("_domain_hash", "_schema", "_struct_hash")
    _schema: _Schema
    _domain_hash: int
    _struct_hash: int

    @classmethod
    def from_dict(cls, typed_data: Mapping[str, Any]) -> TypedData:
        """Read a document as wallets and SDKs have it: "types", "primaryType", "domain" and "message".

        Members of the domain or the message that their type doesn't have are not part of what is signed, and are passed
        over.

        Raises:
            InvalidTypedData: `field` is the place in the document, "message.trades[2].price", and `rule` what is wrong.
            InputTypeError: not a mapping.
        """
        if not isinstance(typed_data, Mapping):
            raise _wrong_type("typed_data", "a mapping", type(typed_data))
        for key in ("types", "primaryType", "domain", "message"):
            if key not in typed_data:
                raise InvalidTypedData("typed_data", f"must have {key!r}")
        domain, primary = typed_data["domain"], typed_data["primaryType"]
        revision = _revision(domain)
        schema = _Schema(TypeTable.read(typed_data["types"], revision, primary), primary)
        domain_hash = schema.encode("domain", DOMAIN_TYPES[revision], domain)
        return cls._made(schema, domain_hash, typed_data["message"])

    @classmethod
    def from_json(cls, document: str | bytes) -> TypedData:
        """Read a document that is JSON: at most 4 MiB and 64 levels deep, with each name once in an object.

        Raises:
            InvalidTypedData: as `from_dict`, and for what isn't JSON of that kind.
            InputTypeError: neither text nor bytes.
        """
        if not isinstance(document, (str, bytes)):
            raise _wrong_type("document", "JSON text or bytes", type(document))
        plain = exact.text(document, "document") if isinstance(document, str) else memoryview(document).tobytes()
        try:
            value = strict_json(plain, _DOCUMENT)
        except BadJson as error:
            place = "" if error.place is None else f", at line {error.place[0]} and column {error.place[1]}"
            raise InvalidTypedData("document", f"must be JSON: it {error.what}{place}") from None
        if not isinstance(value, dict):
            raise InvalidTypedData("document", "must be a JSON object")
        return cls.from_dict(value)

    @classmethod
    def _made(cls, schema: _Schema, domain_hash: int, message: object) -> TypedData:
        self = object.__new__(cls)
        self._schema, self._domain_hash = schema, domain_hash
        _check_count(message)
        self._struct_hash = schema.encode("message", schema.primary, message)
        return self

    def __init__(self) -> None:
        raise TypeError("TypedData is made by TypedData.from_dict")

    def with_message(self, message: Mapping[str, Any]) -> TypedData:
        """The document with another message. Types and domain are those that were read, and aren't looked at again."""
        return self._made(self._schema, self._domain_hash, message)

    @property
    def revision(self) -> int:
        """SNIP-12's revision, 0 or 1."""
        return self._schema.table.revision

    @property
    def primary_type(self) -> str:
        """The name of the message's type."""
        return self._schema.primary

    @property
    def domain_hash(self) -> int:
        """The domain's hash, an int in [0, p)."""
        return self._domain_hash

    @property
    def struct_hash(self) -> int:
        """The message's hash without domain and account, an int in [0, p)."""
        return self._struct_hash

    def hash(self, account: int | str) -> int:
        """What the account signs: an int in [0, p).

        Args:
            account: its address, a field element: an int in [0, p), or "0x…" text.
        """
        address = read_element(account, "account")
        return self._schema.hash_list([PREFIX, self._domain_hash, address, self._struct_hash])

    def type_text(self, name: str) -> str:
        """The text of a type, with those of the types that it depends on."""
        return self._schema.table.text(self._known(name))

    def type_hash(self, name: str) -> int:
        """The hash of that text: an int below 2^250."""
        return keccak_value(self.type_text(name).encode())

    def _known(self, name: str) -> str:
        text = exact.text(name, "name")
        if text not in self._schema.table.types:
            raise _invalid("name", f"must be one of the document's types, and {shown(text)} isn't")
        return text

    def __repr__(self) -> str:
        return f"<TypedData {self.primary_type!r}, revision {self.revision}>"


def _check_count(message: object) -> None:
    """A document that isn't out of JSON may have one object in many places, and as many values as lists and structs
    multiply to.
    """
    left, waiting = MOST_VALUES, [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (dict, list, tuple)):
            left -= len(value)
            if left < 0:
                raise InvalidTypedData("message", f"must have at most {MOST_VALUES} values")
            waiting.extend(value.values() if isinstance(value, dict) else value)


class _Misfit(Exception):
    """A value that doesn't fit its type. Gathers the place on its way out of the encoders."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.place = ""
        self.member = ""

    def inside(self, place: str, member: str = "") -> _Misfit:
        self.place = place + self.place
        self.member = self.member or member
        return self


@dataclass(init=False, slots=True)
class _Schema:
    """Types with an encoder for each, made once: a function from a value to its field element."""

    table: TypeTable
    primary: str
    hash_list: Callable[[list[int]], int]
    hash_pair: Callable[[int, int], int]
    encoders: dict[str, Encoder]

    def __init__(self, table: TypeTable, primary: str) -> None:
        self.table, self.primary = table, exact.text(primary, "primaryType")
        pedersen = table.revision == 0
        self.hash_list = pedersen_hash_elements if pedersen else poseidon_hash_many
        self.hash_pair = pedersen_hash if pedersen else poseidon_hash
        self.encoders = dict(_BASIC_ENCODERS)
        if pedersen:
            self.encoders["string"] = element
        else:
            hash_list = self.hash_list
            self.encoders["string"] = lambda value: hash_list(byte_array(_text(value)))
        self._encoder_of(self.primary)
        self._encoder_of(DOMAIN_TYPES[table.revision])

    def encode(self, root: str, type_name: str, value: object) -> int:
        try:
            return self.encoders[type_name](value)
        except _Misfit as error:
            member = f" ({error.member})" if error.member else ""
            raise InvalidTypedData(root + error.place, error.rule + member) from None

    # ---- Encoders, made from the inside out; a type's depth is bounded

    def _encoder_of(self, type_name: str) -> Encoder:
        encoder = self.encoders.get(type_name)
        if encoder is None:
            if type_name.endswith("*"):
                encoder = self._list_encoder(self._encoder_of(element_type(type_name)))
            else:
                encoder = self._struct_encoder(type_name)
            self.encoders[type_name] = encoder
        return encoder

    def _member_encoder(self, member: Member) -> Encoder:
        if member.type == "enum" and member.contains is not None:
            return self._enum_encoder(member.contains)
        if member.type == "merkletree" and member.contains is not None:
            return self._tree_encoder(self._encoder_of(member.contains))
        return self._encoder_of(member.type)

    def _struct_encoder(self, type_name: str) -> Encoder:
        hash_list, type_hash = self.hash_list, keccak_value(self.table.text(type_name).encode())
        members = [_read_member(m, self._member_encoder(m), type_name) for m in self.table.types[type_name]]

        def encode(value: Any) -> int:
            if not isinstance(value, Mapping):
                raise _Misfit(f"must be an object, a {shown(type_name)}")
            return hash_list([type_hash, *[encode_member(value) for encode_member in members]])

        return encode

    def _list_encoder(self, encoder: Encoder) -> Encoder:
        hash_list = self.hash_list
        return lambda value: hash_list(_encoded(value, encoder))

    def _tree_encoder(self, encoder: Encoder) -> Encoder:
        hash_pair = self.hash_pair

        def encode(value: Any) -> int:
            nodes = _encoded(value, encoder)
            if not nodes:
                raise Unreadable("must have at least one leaf")
            while len(nodes) > 1:
                if len(nodes) % 2:
                    nodes.append(0)
                pairs = zip(nodes[::2], nodes[1::2], strict=True)
                nodes = [hash_pair(a, b) if a < b else hash_pair(b, a) for a, b in pairs]
            return nodes[0]

        return encode

    def _enum_encoder(self, type_name: str) -> Encoder:
        hash_list = self.hash_list
        variants = {
            variant.name: (index, [self._encoder_of(field) for field in variant.fields()])
            for index, variant in enumerate(self.table.types[type_name])
        }

        def encode(value: Any) -> int:
            if not isinstance(value, Mapping) or len(value) != 1:
                raise Unreadable(f"must be an object with exactly one variant of {shown(type_name)}")
            [(name, fields)] = value.items()
            name = exact.text(name, "variant") if exact.is_a(name, str) else ""
            if name not in variants:
                raise Unreadable(f"must be a variant of {shown(type_name)}, and {shown(name)} isn't")
            index, encoders = variants[name]
            return hash_list([index, *_fields(fields, encoders, f".{at(name)}")])

        return encode


def _read_member(member: Member, encoder: Encoder, type_name: str) -> Encoder:
    """The encoder of a struct's member, out of a value of the struct."""
    name, place = member.name, f".{at(member.name)}"
    description = f"{shown(name)} of type {shown(type_name)}"

    def encode(value: Any) -> int:
        try:
            return encoder(value[name])
        except KeyError:
            raise _Misfit(f"must have the member {description}") from None
        except Unreadable as error:
            raise _Misfit(str(error)).inside(place, f"{description}, a {shown(member.type)}") from None
        except _Misfit as error:
            raise error.inside(place, f"{description}, a {shown(member.type)}") from None

    return encode


def _fields(values: Any, encoders: list[Encoder], place: str) -> list[int]:
    """A variant's fields, encoded."""
    if not isinstance(values, (list, tuple)) or len(values) != len(encoders):
        raise _Misfit(f"must be a list of {len(encoders)} fields").inside(place)
    pairs = list(zip(encoders, values, strict=True))
    try:
        return _encoded(pairs, lambda pair: pair[0](pair[1]))
    except _Misfit as error:
        raise error.inside(place) from None


def _encoded(values: Any, encoder: Encoder) -> list[int]:
    """Each item of a list, encoded."""
    if not isinstance(values, (list, tuple)):
        raise Unreadable("must be a list")
    out = []
    try:
        for value in values:
            out.append(encoder(value))
    except Unreadable as error:
        raise _Misfit(str(error)).inside(f"[{len(out)}]") from None
    except _Misfit as error:
        raise error.inside(f"[{len(out)}]") from None
    return out


# ---- Values of basic types


def _text(value: object) -> str:
    if not exact.is_a(value, str):
        raise Unreadable("must be text")
    return exact.text(value, "value")


def _number(value: object) -> int:
    """An int, or a text that writes a number."""
    if not exact.is_a(value, str):
        return whole(value)
    number = number_of_text(_text(value))
    if number is None:
        raise Unreadable("must be a number: an int, decimal digits, or 0x and hex digits")
    return number


def _bool(value: object) -> int:
    if value is True or value is False:
        return int(value)
    truth = _TRUTH.get(_text(value), -1) if exact.is_a(value, str) else whole(value)
    if truth not in (0, 1):
        raise Unreadable("must be true, false, 0 or 1")
    return truth


def _u128(value: object) -> int:
    number = _number(value)
    if not 0 <= number < 1 << 128:
        raise Unreadable("must be in [0, 2^128)")
    return number


def _i128(value: object) -> int:
    """A signed number; −x is p − x, which is read as it is, too."""
    text = _text(value) if exact.is_a(value, str) else ""
    negative = text.startswith("-") and text[1:].isdigit()
    number = -_number(text[1:]) if negative else _number(value)
    if not (-(1 << 127) <= number < 1 << 127 or P - (1 << 127) <= number < P):
        raise Unreadable("must be in [-2^127, 2^127)")
    return number % P


def _address(value: object) -> int:
    """An address or a class hash: a number, and no short string."""
    number = _number(value)
    if not 0 <= number < P:
        raise Unreadable("must be a field element in [0, p)")
    return number


def _selector(value: object) -> int:
    """A name, or a number: an int or 0x text. Digits alone, and hex letters, are a name."""
    text = _text(value) if exact.is_a(value, str) else "0x"
    return element(value) if text.startswith("0x") else selector_value(text)


_BASIC_ENCODERS: dict[str, Encoder] = {
    "felt": element,
    "shortstring": element,
    "bool": _bool,
    "selector": _selector,
    "u128": _u128,
    "timestamp": _u128,
    "i128": _i128,
    "ClassHash": _address,
    "ContractAddress": _address,
}


def _revision(domain: object) -> int:
    if not isinstance(domain, Mapping):
        raise InvalidTypedData("domain", "must be an object")
    revision = domain.get("revision", 0)
    try:
        number = _number(revision)
    except Unreadable:
        number = -1
    if number not in (0, 1):
        raise InvalidTypedData("domain.revision", "must be 0 or 1: there is no other revision of SNIP-12")
    return number
