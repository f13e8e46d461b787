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

    Attributes:
        document: the object that `eth_signTypedData_v4` takes: types, primaryType, domain, message.
        digest: what is signed, 32 bytes.

    Raises:
        InvalidInput: eth-account can't read the document; `field` is "document".
    """

    document: Mapping[str, Any]
    digest: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        messages = require("eth_account.messages", "client")
        encoded = None
        with suppress(Exception):  # whose texts quote what is signed
            encoded = messages.encode_typed_data(full_message=dict(self.document))
        if encoded is None:
            raise _invalid("document", "must be typed data as EIP-712 has it, with values that fit their types")
        object.__setattr__(self, "digest", _keccak(b"\x19" + encoded.version + encoded.header + encoded.body))

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return dict(self.document)


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
