"""Ids that the exchange makes of addresses."""

from __future__ import annotations

import uuid

__all__ = ["NAMESPACE", "get_account_id", "get_user_id"]

NAMESPACE = uuid.UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")


def get_user_id(address: str) -> str:
    """The id of a user, of an address as it is written: the exchange writes it in lower case."""
    return str(uuid.uuid5(NAMESPACE, address))


def get_account_id(address: str, accountNumber: int = 0) -> str:  # noqa: N803 - the old client's name
    """The id of an account of an address, in whatever case it is written."""
    return str(uuid.uuid5(NAMESPACE, f"{get_user_id(address.lower())}{accountNumber}"))
