"""Ethereum: addresses, typed data (EIP-712), and the wallets that sign it. No venue is known here."""

from typing import Any

from starkcore.ethereum.address import checksum_address
from starkcore.ethereum.typed_data import AnyTypedData, Domain, TypedData
from starkcore.ethereum.wallets import (
    LocalKey,
    PersonalSigner,
    RawSignature,
    SigningFailed,
    SigningRefused,
    TypedDataSigner,
    Web3Account,
    Web3Wallet,
    WrongSigner,
    personal_digest,
    recover_address,
    sign_personal,
    sign_typed_data,
    wallet_address,
)

__all__ = [
    "NO_PREPEND",
    "AnyTypedData",
    "Domain",
    "LocalKey",
    "PersonalSigner",
    "RawSignature",
    "SigningFailed",
    "SigningRefused",
    "TypedData",
    "TypedDataSigner",
    "Web3Account",
    "Web3Wallet",
    "WrongSigner",
    "checksum_address",
    "personal_digest",
    "recover_address",
    "sign_personal",
    "sign_typed",
    "sign_typed_data",
    "wallet_address",
]


def __getattr__(name: str) -> Any:
    """`sign_typed` and `NO_PREPEND`, which are dYdX's, and were here before they were there."""
    if name in ("NO_PREPEND", "sign_typed"):
        from starkcore.dydx import auth

        return getattr(auth, name)
    raise AttributeError(f"module 'starkcore.ethereum' has no attribute {name!r}")
