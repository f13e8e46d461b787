"""What the client raises, under one roof; the tree is `starkcore.errors`'."""

from __future__ import annotations

from starkcore.errors import InputTypeError, InvalidInput, MissingExtra, StarkcoreError
from starkcore.ethereum import SigningFailed, SigningRefused, WrongSigner
from starkcore.http.rules import (
    ApiError,
    ConnectionFailed,
    ConnectionLost,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    ServerError,
    TransportError,
    UnreadableAnswer,
)

__all__ = [
    "ApiError",
    "ConnectionFailed",
    "ConnectionLost",
    "DydxApiError",
    "DydxError",
    "InputTypeError",
    "InvalidInput",
    "MissingExtra",
    "OutcomeUnknown",
    "RateLimited",
    "RedirectRefused",
    "ServerError",
    "SigningFailed",
    "SigningRefused",
    "StarkcoreError",
    "TransportError",
    "UnreadableAnswer",
    "WrongSigner",
]

# The names of dYdX's own client.
DydxError = StarkcoreError
DydxApiError = ApiError
