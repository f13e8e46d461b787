"""Where the exchange is on Ethereum, and how its contracts are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starkcore.errors import _invalid
from starkcore.starkex import DYDX

__all__ = ["ERC20_ABI", "PERPETUAL_ABI", "Contracts", "contracts_of"]

# Published by dYdX: dydx-v3-python 2.1.0, dydx3/constants.py.
_EXCHANGE = {
    1: "0xD54f502e184B6B739d7D27a6410a67dc462D69c8",
    11155111: "0x3D05aaCd0fED84f65dE0D91e4621298E702911E2",
}


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


def contracts_of(network_id: int) -> Contracts:
    """dYdX's contracts on the chain of that number.

    Raises:
        UnknownNetwork
    """
    network = DYDX.network(network_id)
    if network_id not in _EXCHANGE or network.collateral_token is None:
        raise _invalid("network", "must be one whose contracts are known")
    return Contracts(
        chain_id=network_id,
        exchange=_EXCHANGE[network_id],
        token=network.collateral_token,
        token_decimals=network.collateral_decimals,
        collateral_id=network.collateral_id,
        collateral_resolution=network.collateral_resolution,
    )


def _function(name: str, inputs: str, output: str = "", mutability: str = "nonpayable") -> dict[str, Any]:
    """An entry of an ABI. `inputs` as in Solidity: "address owner, uint256 amount"."""
    parameters = [dict(zip(("type", "name"), item.split(), strict=True)) for item in inputs.split(", ") if item]
    return {
        "type": "function",
        "name": name,
        "inputs": parameters,
        "outputs": [{"type": output, "name": ""}] if output else [],
        "stateMutability": mutability,
    }


PERPETUAL_ABI = [
    _function("registerUser", "address ethKey, uint256 starkKey, bytes signature"),
    _function("getEthKey", "uint256 starkKey", "address", "view"),
    _function("deposit", "uint256 starkKey, uint256 assetType, uint256 vaultId, uint256 quantizedAmount"),
    _function("deposit", "uint256 starkKey, uint256 assetType, uint256 vaultId", "", "payable"),
    _function("withdraw", "uint256 starkKey, uint256 assetType"),
    _function("withdrawTo", "uint256 starkKey, uint256 assetType, address recipient"),
    _function("getWithdrawalBalance", "uint256 starkKey, uint256 assetId", "uint256", "view"),
    _function("getDepositBalance", "uint256 starkKey, uint256 assetId, uint256 vaultId", "uint256", "view"),
]

ERC20_ABI = [
    _function("approve", "address spender, uint256 amount", "bool"),
    _function("transfer", "address to, uint256 amount", "bool"),
    _function("allowance", "address owner, address spender", "uint256", "view"),
    _function("balanceOf", "address owner", "uint256", "view"),
    _function("decimals", "", "uint8", "view"),
]
