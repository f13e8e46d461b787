"""CCXT's exchanges with its HTTP call cut off: what it would send is kept, and what the venue would say is said here.

Everything else is CCXT's own, from `create_order`'s arguments to the request that is ready to be sent, and from the
answer's JSON to the order that it returns. Sync, async and pro.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

KEY = 0x1234567
PARADEX_ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
SYMBOLS = {"paradex": "BTC/USD:USDC", "extended": "BTC/USDC:USDC"}
VAULT = "10002"

_PARADEX_MARKET = {
    "symbol": "BTC-USD-PERP", "base_currency": "BTC", "quote_currency": "USD", "settlement_currency": "USDC",
    "order_size_increment": "0.00001", "price_tick_size": "0.1", "min_notional": "10", "open_at": 1717065600000,
    "expiry_at": 0, "asset_kind": "PERP", "position_limit": "2000", "max_open_orders": 50, "max_order_size": "520",
}  # fmt: skip
_EXTENDED_MARKET = {
    "name": "BTC-USD", "assetName": "BTC", "assetPrecision": 5, "collateralAssetName": "USD",
    "collateralAssetPrecision": 6, "active": True, "status": "ACTIVE", "type": "PERPETUAL",
    "tradingConfig": {"minOrderSize": "0.0001", "minOrderSizeChange": "0.00001", "minPriceChange": "1"},
    "l2Config": {
        "type": "STARKX", "collateralId": "0x1", "collateralResolution": 1000000,
        "syntheticId": "0x4254432d3600000000000000000000", "syntheticResolution": 1000000,
    },
}  # fmt: skip
_PARADEX_ORDER = {
    "account": "0x1", "client_id": "mine", "created_at": 1796000000000, "flags": [], "id": "1", "instruction": "GTC",
    "last_updated_at": 1796000000000, "market": "BTC-USD-PERP", "price": "60000", "remaining_size": "0.001",
    "side": "BUY", "size": "0.001", "status": "NEW", "type": "LIMIT",
}  # fmt: skip


def _answers(public_key: int) -> dict[tuple[str, str], Any]:
    account = {"accountId": 1, "l2Key": hex(public_key), "l2Vault": VAULT}
    return {
        ("GET", "/v1/system/config"): {"starknet_chain_id": "PRIVATE_SN_POTC_SEPOLIA", "l1_chain_id": "11155111"},
        ("GET", "/v1/markets"): {"results": [_PARADEX_MARKET]},
        ("POST", "/v1/auth"): {"jwt_token": "token"},
        ("POST", "/v1/orders"): _PARADEX_ORDER,
        ("GET", "/api/v1/info/assets"): {"status": "OK", "data": []},
        ("GET", "/api/v1/info/markets"): {"status": "OK", "data": [_EXTENDED_MARKET]},
        ("GET", "/api/v1/user/account/info"): {"status": "OK", "data": account},
        ("POST", "/api/v1/user/order"): {"status": "OK", "data": {"id": "1", "externalId": "2"}},
    }


def exchange(kind: Any, public_key: int) -> Any:
    """One of CCXT's classes of Paradex or Extended, ready to place orders; `sent` has what it would have sent.

    Args:
        kind: such as `ccxt.paradex`, `ccxt.async_support.extended`, `ccxt.pro.paradex`.
        public_key: the x of KEY's.
    """
    made = kind({"privateKey": hex(KEY), "apiKey": "key", "walletAddress": "0x1", "enableRateLimit": False})
    made.sent = []
    if made.id == "paradex":
        made.options["paradexAccount"] = {
            "address": hex(PARADEX_ACCOUNT),
            "privateKey": hex(KEY),
            "publicKey": hex(public_key),
        }
    answers = {request: json.dumps(answer) for request, answer in _answers(public_key).items()}

    def answered(url: str, method: str, headers: dict[str, str] | None, body: str | None) -> Any:
        made.sent.append((method, urlsplit(url).path, headers, body))
        return made.parse_json(answers[method, urlsplit(url).path])

    if made.is_async if hasattr(made, "is_async") else "async" in kind.__module__ or ".pro" in kind.__module__:

        async def fetch(url, method="GET", headers=None, body=None):
            return answered(url, method, headers, body)
    else:

        def fetch(url, method="GET", headers=None, body=None):
            return answered(url, method, headers, body)

    made.fetch = fetch
    return made
