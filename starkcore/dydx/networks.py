"""dYdX v3's networks: chain ids, hosts and texts that are signed.

The exchange itself stopped in October 2024: the hosts are here for what is still written for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starkcore import _native
from starkcore.ethereum import Domain, TypedData
from starkcore.starkex import DYDX, Network

__all__ = [
    "API_HOST_MAINNET",
    "API_HOST_SEPOLIA",
    "MAINNET",
    "SEPOLIA",
    "WS_HOST_MAINNET",
    "WS_HOST_SEPOLIA",
    "key_derivation_message",
    "network_of",
    "onboarding_message",
    "personal_key_derivation_text",
    "request_message",
]

MAINNET = 1
SEPOLIA = 11155111

API_HOST_MAINNET = "https://api.dydx.exchange"
API_HOST_SEPOLIA = "https://api.stage.dydx.exchange"
WS_HOST_MAINNET = "wss://api.dydx.exchange/v3/ws"
WS_HOST_SEPOLIA = "wss://api.stage.dydx.exchange/v3/ws"

# On mainnet the struct names the website, so that a wallet can show where alone to sign this.
_ONLY_SIGN_ON = {MAINNET: "https://trade.dydx.exchange"}


def _domain(network_id: int) -> Domain:
    return Domain("dYdX", "1.0", network_id)


def _action(network_id: int, action: str) -> TypedData:
    message = {"action": action}
    if network_id in _ONLY_SIGN_ON:
        message["onlySignOn"] = _ONLY_SIGN_ON[network_id]
    return TypedData(_domain(network_id), "dYdX", message)


def key_derivation_message(network_id: int) -> TypedData:
    """What a wallet signs to derive its Stark key. The signature is as secret as the key.

    >>> key_derivation_message(1).digest.hex()  # of dydx3 2.1.0
    '0f9c71ef542bfca920d829ba80e515471e25e671202287713b8eaceef47f12dc'
    """
    return _action(network_id, "dYdX STARK Key")


def personal_key_derivation_text(network_id: int) -> bytes:
    """What a wallet without typed data signed instead, by personal_sign: domain and action as indented JSON.

    The browser's local storage says `legacySigning` beside the keys of such a wallet.
    """
    message = {"name": "dYdX", "version": "1.0", "chainId": network_id, **key_derivation_message(network_id).message}
    return json.dumps(message, indent=2, ensure_ascii=False).encode()


def onboarding_message(network_id: int) -> TypedData:
    """What a wallet signs to register. The default API credentials are made from the signature."""
    return _action(network_id, "dYdX Onboarding")


def request_message(network_id: int, method: str, path: str, body: str, timestamp: str) -> TypedData:
    """What a wallet signs for a single request.

    Args:
        method: in upper case.
        path: with its query.
        body: as it is sent; none counts as `{}`.
        timestamp: ISO 8601 with milliseconds and Z.
    """
    message = {"method": method, "requestPath": path, "body": body or "{}", "timestamp": timestamp}
    return TypedData(_domain(network_id), "dYdX", message)


def network_of(config: Mapping[str, Any]) -> Network | None:
    """The network that an exchange is on, by the collateral that its settings (GET /v3/config) name; None: none that is
    known.

    >>> network_of({"collateralAssetId": "0x02893294412a4c8f915f75892b395ebbf6859ec246ec365c3b1f56f47c3a0a5d"}).name
    'mainnet'
    """
    try:
        collateral = _native.number(config["collateralAssetId"], "collateralAssetId")
    except (LookupError, ValueError, TypeError):
        return None
    return next((network for network in DYDX.networks.values() if network.collateral_id == collateral), None)
