"""Orders of Paradex and Extended, and their signers: what benchmarks of those venues measure."""

from __future__ import annotations

from workload import KEY

from starkcore import PrivateKey, extended, paradex
from starkcore.starknet import TypedData

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


# The member types of a domain and of an order, by revision: those of Paradex, and SNIP-12's own.
ORDER_TYPES = {
    0: ("felt", ("felt", "felt", "felt", "felt", "felt", "felt")),
    1: ("shortstring", ("timestamp", "shortstring", "u128", "shortstring", "u128", "u128")),
}
ORDER_MEMBERS = ("timestamp", "market", "side", "orderType", "size", "price")


def typed_order(revision: int) -> TypedData:
    """An order of Paradex's shape as a document of typed data."""
    of_domain, of_order = ORDER_TYPES[revision]
    domain = {"name": "Paradex", "version": "1", "chainId": "SN_MAIN"} | ({"revision": "1"} if revision else {})
    return TypedData.from_dict({
        "types": {
            "StarknetDomain" if revision else "StarkNetDomain": [
                {"name": member, "type": of_domain} for member in domain
            ],
            "Order": [
                {"name": member, "type": kind} for member, kind in zip(ORDER_MEMBERS, of_order, strict=True)
            ],
        },
        "primaryType": "Order",
        "domain": domain,
        "message": typed_messages(1)[0],
    })  # fmt: skip


def typed_messages(count: int) -> list[dict[str, object]]:
    return [
        {"timestamp": TIMESTAMP + i, "market": ("BTC-USD-PERP", "ETH-USD-PERP")[i % 2], "side": 1 + i // 2 % 2,
         "orderType": "LIMIT", "size": 10**8 * (i + 1) + 12_500_000, "price": 10**8 * (60_000 + i) + 50_000_000}
        for i in range(count)
    ]  # fmt: skip


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
