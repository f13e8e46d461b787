"""Ethereum: addresses, typed data (EIP-712), and the wallets that sign it. No venue is known here."""

from starkcore.lazy import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
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

# The last two are dYdX's, and were here before they were there.
__getattr__, __dir__ = names_of(
    globals(),
    {
        "starkcore.ethereum.address": "checksum_address",
        "starkcore.ethereum.typed_data": "AnyTypedData Domain TypedData",
        "starkcore.ethereum.wallets": "LocalKey PersonalSigner RawSignature SigningFailed SigningRefused "
        "TypedDataSigner Web3Account Web3Wallet WrongSigner personal_digest recover_address sign_personal "
        "sign_typed_data wallet_address",
        "starkcore.dydx.auth": "NO_PREPEND sign_typed",
    },
)
