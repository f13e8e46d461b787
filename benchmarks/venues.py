"""Orders of Paradex and Extended, and their signers: what benchmarks of those venues measure."""

from __future__ import annotations

from workload import KEY

from starkcore import PrivateKey, extended, paradex

TIMESTAMP = 1_700_000_000_000
EXPIRE_TIME = 1_800_000_000
VAULT = 10002
MARKET = extended.Market(
    "BTC-USD", synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=10**6,
    collateral_id=0x31857064564ED0FF978E687456963CBA09C2C6985D8F9300A1DE4962FAFA054, collateral_resolution=10**6,
)  # fmt: skip


def paradex_signer() -> paradex.OrderSigner:
    return paradex.OrderSigner(
        PrivateKey(KEY), account=0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
    )


def extended_signer() -> extended.OrderSigner:
    return extended.OrderSigner(PrivateKey(KEY), vault=VAULT)


def paradex_orders(count: int) -> list[dict[str, object]]:
    return [
        {"market": ("BTC-USD-PERP", "ETH-USD-PERP")[i % 2], "side": ("BUY", "SELL")[i // 2 % 2], "order_type": "LIMIT",
         "size": f"{i + 1}.125", "price": f"{60_000 + i}.5", "timestamp": TIMESTAMP + i}
        for i in range(count)
    ]  # fmt: skip


def extended_orders(count: int) -> list[dict[str, object]]:
    return [
        {"market": MARKET, "side": ("BUY", "SELL")[i % 2], "size": f"0.{i + 1001}", "price": f"{43_000 + i}.1168",
         "taker_fee": "0.0005", "expire_time": EXPIRE_TIME, "nonce": i + 1}
        for i in range(count)
    ]  # fmt: skip
