"""What the client raises, under one roof; the tree is `starkcore.errors`'."""

from __future__ import annotations

from starkcore.errors import InputTypeError, InvalidInput, MissingExtra, StarkcoreError
from starkcore.ethereum import SigningFailed, SigningRefused, WrongSigner
from starkcore.http.rules import (
    AnsweredError,
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

# The names of dYdX's own client. Its users catch DydxApiError where they place orders: an unknown outcome is one as
# well.
DydxError = StarkcoreError
DydxApiError = AnsweredError
