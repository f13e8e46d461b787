"""The contracts of a StarkEx perpetual exchange on Ethereum: where they are, and how they are called."""

from __future__ import annotations

from starkcore.ethereum.erc20 import abi_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from starkcore.values import dataclass

__all__ = ["PERPETUAL_ABI", "Contracts"]


@dataclass(frozen=True, slots=True)
class Contracts:
    """The contracts of an exchange on one chain.

    Attributes:
        chain_id: the chain. Nothing is sent to a node of another one.
        exchange: the address of the perpetual contract; token: that of the collateral's ERC-20.
        token_decimals: 10^decimals units of the token are one of the collateral.
        collateral_id: the collateral's asset type in the exchange.
        collateral_resolution: quantums in one of the collateral.
    """

    chain_id: int
    exchange: str
    token: str
    token_decimals: int
    collateral_id: int
    collateral_resolution: int


PERPETUAL_ABI = [
    abi_function("registerUser", "address ethKey, uint256 starkKey, bytes signature"),
    abi_function("registerEthAddress", "address ethKey, uint256 starkKey, bytes starkSignature"),
    abi_function("getEthKey", "uint256 starkKey", "address", "view"),
    abi_function("deposit", "uint256 starkKey, uint256 assetType, uint256 vaultId, uint256 quantizedAmount"),
    abi_function("deposit", "uint256 starkKey, uint256 assetType, uint256 vaultId", "", "payable"),
    abi_function("withdraw", "uint256 starkKey, uint256 assetType"),
    abi_function("withdrawTo", "uint256 starkKey, uint256 assetType, address recipient"),
    abi_function("getWithdrawalBalance", "uint256 starkKey, uint256 assetId", "uint256", "view"),
    abi_function("getDepositBalance", "uint256 starkKey, uint256 assetId, uint256 vaultId", "uint256", "view"),
]
