"""Ethereum addresses as text, with the checksum of ERC-55."""

from __future__ import annotations

import re

from starkcore import keccak256
from starkcore.errors import _invalid, _wrong_type

__all__ = ["checksum_address"]


def checksum_address(address: str, field: str = "ethereum_address") -> str:
    """The address in checksum form. In one case, upper or lower, it is accepted as it is; in both, the checksum must be right.

    >>> checksum_address("0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1")
    '0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1'

    Raises:
        InvalidInput, InputTypeError
    """
    if not isinstance(address, str):
        raise _wrong_type(field, "text", type(address))
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{40}", address, flags=re.ASCII):
        raise _invalid(field, "must be an Ethereum address: 0x and 40 hex digits")
    digits = address[2:]
    lower = digits.lower()
    nibbles = keccak256(lower.encode()).hex()
    checked = "".join(digit.upper() if nibble >= "8" else digit for digit, nibble in zip(lower, nibbles, strict=False))
    if digits not in (checked, lower, digits.upper()):
        raise _invalid(field, "must be an Ethereum address whose upper and lower case fit its checksum (ERC-55)")
    return "0x" + checked
