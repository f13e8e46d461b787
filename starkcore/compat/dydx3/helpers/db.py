"""Ids that the exchange makes of addresses."""

from __future__ import annotations

import uuid
from contextlib import suppress

from starkcore import exact
from starkcore.errors import _invalid

__all__ = ["NAMESPACE", "get_account_id", "get_user_id"]

NAMESPACE = uuid.UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")


def utf8(text: str, field: str) -> bytes:
    """A text's bytes; the exception of a failed encode() would carry the text along."""
    plain = exact.text(text, field)
    with suppress(UnicodeEncodeError):
        return plain.encode()
    raise _invalid(field, "must be text that UTF-8 can encode")


def get_user_id(address: str) -> str:
    """The id of a user, of an address as it is written: the exchange writes it in lower case."""
    return str(uuid.uuid5(NAMESPACE, utf8(address, "address").decode()))


def get_account_id(address: str, accountNumber: int = 0) -> str:  # noqa: N803 - the old client's name
    """The id of an account of an address, in whatever case it is written."""
    number = exact.integer(accountNumber, "accountNumber")
    if not 0 <= number < 1 << 64:
        raise _invalid("accountNumber", "must be in [0, 2^64)")
    user = get_user_id(exact.text(address, "address").lower())
    return str(uuid.uuid5(NAMESPACE, f"{user}{number}"))
