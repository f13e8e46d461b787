"""The old client's 131 constants.

Those of markets and assets are made from the table of `starkcore.starkex.DYDX`: MARKET_BTC_USD, ASSET_BTC and so on,
with ONEINCH for 1INCH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starkcore.dydx.contracts import contracts_of
from starkcore.dydx.networks import (
    API_HOST_MAINNET,
    API_HOST_SEPOLIA,
    MAINNET,
    SEPOLIA,
    WS_HOST_MAINNET,
    WS_HOST_SEPOLIA,
)
from starkcore.starkex import DYDX

if TYPE_CHECKING:

    def __getattr__(name: str) -> str: ...  # MARKET_… and ASSET_…


NETWORK_ID_MAINNET = MAINNET
NETWORK_ID_SEPOLIA = SEPOLIA

SIGNATURE_TYPE_NO_PREPEND = 0
SIGNATURE_TYPE_DECIMAL = 1
SIGNATURE_TYPE_HEXADECIMAL = 2

MARKET_STATISTIC_DAY_ONE = "1"
MARKET_STATISTIC_DAY_SEVEN = "7"
MARKET_STATISTIC_DAY_THIRTY = "30"

ORDER_TYPE_LIMIT = "LIMIT"
ORDER_TYPE_MARKET = "MARKET"
ORDER_TYPE_STOP = "STOP_LIMIT"
ORDER_TYPE_TRAILING_STOP = "TRAILING_STOP"
ORDER_TYPE_TAKE_PROFIT = "TAKE_PROFIT"
ORDER_SIDE_BUY = "BUY"
ORDER_SIDE_SELL = "SELL"
TIME_IN_FORCE_GTT = "GTT"
TIME_IN_FORCE_FOK = "FOK"
TIME_IN_FORCE_IOC = "IOC"

POSITION_STATUS_OPEN = "OPEN"
POSITION_STATUS_CLOSED = "CLOSED"
POSITION_STATUS_LIQUIDATED = "LIQUIDATED"
ORDER_STATUS_PENDING = "PENDING"
ORDER_STATUS_OPEN = "OPEN"
ORDER_STATUS_FILLED = "FILLED"
ORDER_STATUS_CANCELED = "CANCELED"
ORDER_STATUS_UNTRIGGERED = "UNTRIGGERED"
TRANSFER_STATUS_PENDING = "PENDING"
TRANSFER_STATUS_CONFIRMED = "CONFIRMED"
TRANSFER_STATUS_QUEUED = "QUEUED"
TRANSFER_STATUS_CANCELED = "CANCELED"
TRANSFER_STATUS_UNCONFIRMED = "UNCONFIRMED"
ACCOUNT_ACTION_DEPOSIT = "DEPOSIT"
ACCOUNT_ACTION_WITHDRAWAL = "WITHDRAWAL"

ASSET_USDC = COLLATERAL_ASSET = "USDC"

SYNTHETIC_ASSET_MAP = {name: name.removesuffix("-USD") for name in DYDX.markets}
SYNTHETIC_ASSET_ID_MAP = {SYNTHETIC_ASSET_MAP[name]: market.synthetic_id for name, market in DYDX.markets.items()}
ASSET_RESOLUTION = {"USDC": "1e6"} | {
    SYNTHETIC_ASSET_MAP[name]: f"1e{len(str(market.resolution)) - 1}" for name, market in DYDX.markets.items()
}
_PYTHON_NAMES = {"1INCH": "ONEINCH"}
for _market, _asset in SYNTHETIC_ASSET_MAP.items():
    _name = _PYTHON_NAMES.get(_asset, _asset)
    globals().update({f"MARKET_{_name}_USD": _market, f"ASSET_{_name}": _asset})

_NETWORKS = {network.chain_id: network for network in DYDX.networks.values()}
COLLATERAL_ASSET_ID_BY_NETWORK_ID = {chain: network.collateral_id for chain, network in _NETWORKS.items()}
FACT_REGISTRY_CONTRACT = {chain: network.fact_registry for chain, network in _NETWORKS.items()}
TOKEN_CONTRACTS = {ASSET_USDC: {chain: network.collateral_token for chain, network in _NETWORKS.items()}}
STARKWARE_PERPETUALS_CONTRACT = {chain: contracts_of(chain).exchange for chain in _NETWORKS}
COLLATERAL_TOKEN_DECIMALS = 6

# Ours estimates gas and fees after EIP-1559; programs may read these nevertheless.
DEFAULT_GAS_AMOUNT = 250_000
DEFAULT_GAS_MULTIPLIER = 1.5
DEFAULT_GAS_PRICE = 4_000_000_000
DEFAULT_GAS_PRICE_ADDITION = 3
MAX_SOLIDITY_UINT = (1 << 256) - 1

OFF_CHAIN_ONBOARDING_ACTION = "dYdX Onboarding"
OFF_CHAIN_KEY_DERIVATION_ACTION = "dYdX STARK Key"
DEFAULT_API_TIMEOUT = 3000

__all__ = [
    "API_HOST_MAINNET",
    "API_HOST_SEPOLIA",
    "WS_HOST_MAINNET",
    "WS_HOST_SEPOLIA",
    *sorted(name for name in globals() if name.isupper() and name[0] != "_" and name not in (
        "DYDX", "MAINNET", "SEPOLIA", "TYPE_CHECKING", "API_HOST_MAINNET", "API_HOST_SEPOLIA", "WS_HOST_MAINNET",
        "WS_HOST_SEPOLIA",
    )),
]  # fmt: skip
