"""Ethereum addresses as dYdX's calls take them: text."""

from __future__ import annotations

from starkcore import ethereum
from starkcore.errors import _wrong_type

__all__ = ["checksum_address"]


def checksum_address(address: str, field: str = "ethereum_address") -> str:
    """The address in checksum form. In mixed case it must have the right checksum; in one case, it is taken as it is.

    >>> checksum_address("0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1")
    '0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1'

    Raises:
        InvalidInput, InputTypeError
    """
    if not isinstance(address, str):
        raise _wrong_type(field, "text", type(address))
    return ethereum.checksum_address(address, field)
