"""Ethereum addresses, with the checksum of EIP-55 where they are text."""

from __future__ import annotations

from starkcore import _native, exact
from starkcore.errors import _invalid
from starkcore.saved_text import looks_like

__all__ = ["address_bytes", "address_of", "checksum_address", "same_address"]


def address_bytes(address: str | bytes, field: str) -> bytes:
    """An Ethereum address as 20 bytes, from bytes or hex text.

    Text in mixed case must have the right checksum (EIP-55).
    """
    kind = looks_like(address)
    if kind is not None and kind != "an Ethereum address":
        raise _invalid(field, f"must be an Ethereum address, 40 hex digits, and not {kind}")
    data = _native.fixed_bytes(address, 20, field)
    if exact.is_a(address, str):
        digits = exact.text(address, field)[-40:]
        if digits not in (digits.lower(), digits.upper(), _checksummed(data.hex())):
            raise _invalid(field, "must have the right upper and lower case: its checksum (EIP-55) is wrong")
    return data


def _checksummed(digits: str) -> str:
    """EIP-55: a letter is upper case where the same digit of the Keccak hash of the lower-case text is 8 or more."""
    hashed = _native.keccak256(digits.encode()).hex()
    return "".join(c.upper() if int(h, 16) >= 8 else c for c, h in zip(digits, hashed, strict=False))


def checksum_address(address: str, field: str = "address") -> str:
    """An Ethereum address in checksum form (EIP-55). Mixed case must have the right checksum already."""
    return "0x" + _checksummed(address_bytes(address, field).hex())


def address_of(public: bytes) -> str:
    """The address of a public key x ‖ y."""
    return "0x" + _checksummed(_native.keccak256(public)[12:].hex())


def same_address(one: str, other: str) -> bool:
    """Whether two texts are one address: however their letters are written, and with 0x or without."""
    return one.lower().removeprefix("0x") == other.lower().removeprefix("0x")
