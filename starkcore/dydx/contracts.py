"""Where dYdX v3 is on Ethereum."""

from __future__ import annotations

from starkcore.errors import _invalid
from starkcore.ethereum.erc20 import ERC20_ABI
from starkcore.starkex import DYDX
from starkcore.starkex.contracts import PERPETUAL_ABI, Contracts

__all__ = ["ERC20_ABI", "PERPETUAL_ABI", "Contracts", "contracts_of"]

# Published by dYdX: dydx-v3-python 2.1.0, dydx3/constants.py.
_EXCHANGE = {
    1: "0xD54f502e184B6B739d7D27a6410a67dc462D69c8",
    11155111: "0x3D05aaCd0fED84f65dE0D91e4621298E702911E2",
}


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
