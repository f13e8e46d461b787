"""Ethereum: addresses, typed data (EIP-712), and the wallets that sign it. No venue is known here."""

from starkcore.ethereum.address import checksum_address
from starkcore.ethereum.typed_data import AnyTypedData, Domain, TypedData
from starkcore.ethereum.wallets import (
    NO_PREPEND,
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
    sign_typed,
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
    "wallet_address",
]
