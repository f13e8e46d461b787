"""Keys and addresses of Paradex's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starkcore.errors import _wrong_type
from starkcore.keys import PrivateKey, PublicKey, grind_key
from starkcore.paradex.networks import Network, find
from starkcore.starknet.address import contract_address
from starkcore.starknet.felts import read_element, selector

if TYPE_CHECKING:
    from starkcore.ethereum import TypedDataSigner

__all__ = ["account_address", "derive_key"]


def derive_key(
    wallet: TypedDataSigner, network: str | Network = "mainnet", *, address: str | None = None
) -> PrivateKey:
    """The Stark key of an Ethereum wallet's account at Paradex.

    The wallet signs EIP-712 typed data, `Constant(string action)` with the action "STARK Key", and the r of its
    signature is ground, without its leading zero bytes, as Paradex's own SDK does it.

    Args:
        wallet: whatever `starkcore.ethereum` signs with: a `LocalKey`, a `Web3Wallet`, a `Web3Account`.
        network: "mainnet" or "testnet": their keys differ.
        address: the wallet's Ethereum address; when left out, the wallet's own.

    Raises:
        SigningFailed, WrongSigner: the wallet gave no signature, or another key's.
    """
    from starkcore.ethereum import Domain, TypedData, sign_typed_data, wallet_address

    domain = Domain(name="Paradex", version="1", chain_id=find(network).ethereum_chain_id)
    data = TypedData(domain, "Constant", {"action": "STARK Key"})
    signature = sign_typed_data(wallet, data, wallet_address(wallet, address), repeatable=True)
    return grind_key(signature[:32], strip_zeros=True)


def account_address(public_key: PublicKey | int | str, network: str | Network = "mainnet") -> int:
    """The Starknet address of the account that belongs to a Stark key.

    Args:
        public_key: the key, or its x-coordinate: an int or "0x…" text.
        network: "mainnet" or "testnet"; or a `Network`, for class hashes of another version.

    >>> hex(account_address(0x2c144d2f2d4fc61b6f8967f3ba0012a87d90140bcfe5a3e92e8df83258c960f, "testnet"))
    '0x129c135ed63df9353885e292be4426b8ed6122b13c6c0e1bb787288a1f5adfa'
    """
    if isinstance(public_key, (bytes, bytearray)):
        raise _wrong_type("public_key", "a PublicKey, an int or 0x… text", type(public_key))
    x = public_key.x if isinstance(public_key, PublicKey) else read_element(public_key, "public_key")
    where = find(network)
    calldata = [where.account_class_hash, selector("initialize"), 2, x, 0]
    return contract_address(class_hash=where.proxy_class_hash, salt=x, calldata=calldata)
