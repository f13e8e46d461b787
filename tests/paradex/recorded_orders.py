"""Paradex's recorded messages, as the parameters that they stand for."""

from decimal import Decimal


def decimal(units):
    return Decimal(units).scaleb(-8)


def terms(case):
    """The parameters of `sign_order` that a recorded message stands for."""
    message = case["typed_data"]["message"]
    return {
        "market": message["market"],
        "side": {"1": "BUY", "2": "SELL"}[message["side"]],
        "order_type": message["orderType"],
        "size": decimal(message["size"]),
        "price": decimal(message["price"]),
        "timestamp": int(message["timestamp"]),
        "order_id": message.get("id"),
    }
