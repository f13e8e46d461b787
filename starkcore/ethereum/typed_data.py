"""Typed data, EIP-712: what a wallet shows, and the digest that it signs.

`TypedData` is one struct of texts, which is what venues ask for most; `AnyTypedData` is any document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starkcore import _native, exact
from starkcore.errors import _invalid
from starkcore.extras import require

__all__ = ["AnyTypedData", "Domain", "TypedData"]

_keccak = _native.keccak256


@dataclass(frozen=True, slots=True)
class Domain:
    """EIP-712's domain, of the three members that dYdX uses."""

    name: str
    version: str
    chain_id: int

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
        message: its members by name, all of type `string`, in their order.
        digest: what is signed: keccak256(19 01 ‖ domain separator ‖ hashStruct(message)), 32 bytes.
    """

    domain: Domain
    primary_type: str
    message: Mapping[str, str]
    digest: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
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


def _hashes(texts: Iterable[str], field: str) -> bytes:
    """The Keccak hashes of texts, one after the other."""
    encoded = []
    with suppress(UnicodeEncodeError):  # which carries the text along
        encoded = [exact.text(text, field).encode() for text in texts]
    if not encoded:
        raise _invalid(field, "must be text that UTF-8 can encode")
    return b"".join(map(_keccak, encoded))
