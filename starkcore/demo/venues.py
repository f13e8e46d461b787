"""Signers and days for the venues of `starkcore demo --offline`: the same quotes, as each venue's signer takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from starkcore import PrivateKey, extended, paradex
from starkcore.starkex import DYDX, OrderSigner

__all__ = ["TITLES", "Venue", "venues"]

TITLES = {"dydx": "dYdX v3", "paradex": "Paradex", "extended": "Extended"}

POSITION_ID = 12345
VAULT = 10002
ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA


class Venue(NamedTuple):
    """A venue with a signer for a made-up account.

    Attributes:
        name: in JSON.
        title: as it is shown.
        key: the account's.
        single: signs one order.
        many: signs a list of orders.
        order: a quote of the day as this venue's parameters.
    """

    name: str
    title: str
    key: PrivateKey
    single: Callable[..., Any]
    many: Callable[[Iterable[dict[str, Any]]], list[Any]]
    order: Callable[[int, dict[str, Any]], dict[str, Any]]


def venues(key: PrivateKey) -> list[Venue]:
    """dYdX v3, Paradex and Extended."""
    starkex = OrderSigner(key, position_id=POSITION_ID, check_expiration=False)
    stark = paradex.OrderSigner(key, ACCOUNT)
    flat = extended.OrderSigner(key, VAULT)
    markets = {name: _market(name) for name in DYDX.markets}
    return [
        Venue("dydx", TITLES["dydx"], key, starkex.sign_order, starkex.sign_orders, lambda _, quote: quote),
        Venue("paradex", TITLES["paradex"], key, stark.sign_order, stark.sign_orders, _for_paradex),
        Venue(
            "extended",
            TITLES["extended"],
            key,
            flat.sign_order,
            flat.sign_orders,
            lambda n, quote: _for_extended(markets, n, quote),
        ),
    ]


def _market(name: str) -> extended.Market:
    """A made-up market: ids as the exchange forms them, a million units in one."""
    synthetic = int.from_bytes(f"{name.partition('-')[0]}-6".encode(), "big")
    return extended.Market(
        name, synthetic_id=synthetic, synthetic_resolution=10**6, collateral_id=1, collateral_resolution=10**6
    )


def _for_paradex(_: int, quote: dict[str, Any]) -> dict[str, Any]:
    return {
        "market": f"{quote['market']}-PERP",
        "side": quote["side"],
        "order_type": "LIMIT",
        "size": quote["size"],
        "price": quote["price"],
        "timestamp": quote["expiration"] * 1000,
    }


def _for_extended(markets: dict[str, extended.Market], number: int, quote: dict[str, Any]) -> dict[str, Any]:
    return {
        "market": markets[quote["market"]],
        "side": quote["side"],
        "size": quote["size"],
        "price": quote["price"],
        "taker_fee": quote["limit_fee"],
        "expire_time": quote["expiration"],
        "nonce": number % 2**31 + 1,
    }
