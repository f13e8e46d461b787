"""Paradex's messages as SNIP-12 has them: types, and the values that a person's words stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from starkcore import _native, exact
from starkcore.errors import InvalidAmount, InvalidInput, _invalid, _wrong_type
from starkcore.paradex.networks import Network
from starkcore.starkex.amounts import Amount, amount_text
from starkcore.starknet.felts import Unreadable, element, read_element, short_string_value
from starkcore.starknet.typed_data import TypedData

__all__ = ["ORDER_TYPES", "Rounding", "Side", "block_trade", "chain_amount", "market_element", "side_number"]

Side: TypeAlias = Literal["BUY", "SELL"]
Rounding: TypeAlias = Literal["exact", "down"]

DECIMALS = 8
RESOLUTION = 10**DECIMALS
"""Amounts are signed in units of 10^-8."""

ORDER_TYPES = (
    "LIMIT", "MARKET", "STOP_LIMIT", "STOP_MARKET", "TAKE_PROFIT_LIMIT", "TAKE_PROFIT_MARKET", "STOP_LOSS_LIMIT",
    "STOP_LOSS_MARKET",
)  # fmt: skip

_SIDES = {"BUY": 1, "SELL": 2}
_ROUNDING = {"exact": _native.ROUND_EXACT, "down": _native.ROUND_DOWN}

_DOMAIN_0 = [{"name": name, "type": "felt"} for name in ("name", "chainId", "version")]
_DOMAIN_1 = [{"name": name, "type": "shortstring"} for name in ("name", "version", "chainId", "revision")]
_ORDER = [{"name": name, "type": "felt"} for name in ("timestamp", "market", "side", "orderType", "size", "price")]
_REQUEST = [{"name": name, "type": "felt"} for name in ("method", "path", "body", "timestamp", "expiration")]
_FULL_NODE = [{"name": name, "type": "felt"} for name in ("account", "payload", "timestamp", "version")]
_TRADE = [
    {"name": "market", "type": "shortstring"},
    {"name": "price", "type": "felt"},
    {"name": "size", "type": "felt"},
    {"name": "maker_order", "type": "BlockTradeOrder"},
    {"name": "taker_order", "type": "BlockTradeOrder"},
    *(
        {"name": name, "type": "felt"}
        for name in ("min_size", "max_size", "min_price", "max_price", "oracle_tolerance")
    ),
]
_TRADE_ORDER = [
    {"name": "account", "type": "felt"},
    {"name": "side", "type": "shortstring"},
    {"name": "type", "type": "shortstring"},
    {"name": "size", "type": "felt"},
    {"name": "price", "type": "felt"},
]
_BLOCK_TRADE = [
    {"name": "version", "type": "shortstring"},
    {"name": "nonce", "type": "felt"},
    {"name": "expiration", "type": "felt"},
    {"name": "trades", "type": "merkletree", "contains": "Trade"},
]
_OFFER = [*_BLOCK_TRADE[:3], {"name": "block_trade_id", "type": "felt"}, _BLOCK_TRADE[3]]

# The version of block trades' messages that the exchange takes (paradex-py 0.8).
BLOCK_TRADE_VERSION = "2"

_TYPES_0 = {
    "Order": _ORDER,
    "ModifyOrder": [*_ORDER, {"name": "id", "type": "felt"}],
    "Constant": [{"name": "action", "type": "felt"}],
    "Request": _REQUEST,
    "FullNodeRequest": _FULL_NODE,
}


def document(kind: str, network: Network, message: Mapping[str, Any]) -> TypedData:
    """A message of revision 0: of an order, a changed order, a constant, a request, or a request to a full node."""
    primary = "Request" if kind == "FullNodeRequest" else kind
    return TypedData.from_dict(
        {
            "types": {"StarkNetDomain": _DOMAIN_0, primary: _TYPES_0[kind]},
            "primaryType": primary,
            "domain": {"name": "Paradex", "chainId": network.chain, "version": "1"},
            "message": message,
        }
    )


def chain_amount(value: Amount, field: str, rounding: str = "exact") -> int:
    """A decimal amount in units of 10^-8, below 2^64.

    Raises:
        InvalidAmount: not a whole number of units, and no rounding was asked for; or not an amount.
    """
    direction = _ROUNDING.get(exact.text(rounding, "rounding"))
    if direction is None:
        raise _invalid("rounding", 'must be "exact" or "down"')
    return _native.quantums(amount_text(value, field), RESOLUTION, direction, field)


def side_number(side: object) -> int:
    """1 for a buy and 2 for a sell, as the exchange's contract has them."""
    number = _SIDES.get(exact.text(side, "side"))
    if number is None:
        raise InvalidInput("side", 'must be "BUY" or "SELL", in upper case')
    return number


def market_element(market: object, field: str = "market") -> int:
    """A market's name as a short string, or another name that isn't empty."""
    name = exact.text(market, field)
    try:
        value = short_string_value(name)
    except Unreadable as error:
        raise InvalidInput(field, str(error)) from None
    if value == 0:
        raise InvalidInput(field, "must not be empty")
    return value


def order_id_element(order_id: object, field: str = "order_id") -> int:
    """The id of an order that is changed, as the exchange shows it: decimal digits, or any short string."""
    text = exact.text(order_id, field)
    try:
        value = element(text)
    except Unreadable as error:
        raise InvalidInput(field, str(error)) from None
    if value == 0:
        raise InvalidInput(field, "must not be empty or 0")
    return value


def nonce_element(nonce: object) -> int:
    """A block trade's nonce: an int, or the digits of one."""
    if exact.is_a(nonce, str):
        text = exact.text(nonce, "nonce")
        if not (text.isascii() and text.isdigit()):
            raise InvalidInput("nonce", "must be an int, or decimal digits")
        nonce = text
    else:
        nonce = exact.integer(nonce, "nonce", "an int, or decimal digits")
    try:
        return element(nonce)
    except Unreadable as error:
        raise InvalidInput("nonce", str(error)) from None


def price_of(order_type: str, price: Amount | None, rounding: str) -> int:
    """The price that is signed. A market order has none, and 0 is signed."""
    if order_type not in ORDER_TYPES:
        raise InvalidInput("order_type", f"must be one of {', '.join(ORDER_TYPES)}")
    if price is None:
        if order_type.endswith("LIMIT"):
            raise InvalidAmount("price", f"must be given for a {order_type} order")
        return 0
    value = chain_amount(price, "price", rounding)
    if order_type == "MARKET" and value:
        raise InvalidAmount("price", "must be left out for a MARKET order, which has none")
    if value == 0 and order_type.endswith("LIMIT"):
        raise InvalidAmount("price", "must be more than 0")
    return value


def block_trade(
    network: Network,
    nonce: object,
    expiration: int,
    trades: Sequence[Mapping[str, Any]],
    block_trade_id: object,
) -> TypedData:
    """A block trade, or an offer for one where the id of the trade is given (SNIP-12, revision 1)."""
    if isinstance(trades, (str, bytes, bytearray, Mapping)) or not isinstance(trades, Sequence):
        raise _wrong_type("trades", "a list of trades", type(trades))
    exact.one_by_one(trades, "trades", "a list of trades")
    if not trades:
        raise _invalid("trades", "must be at least one")
    leaves = [_trade(trade, f"trades[{i}]") for i, trade in enumerate(trades)]
    leaves.sort(key=lambda leaf: leaf["market"])
    for leaf in leaves:  # as orders sign it: digits are a name, too
        leaf["market"] = market_element(leaf["market"])
    message = {"version": BLOCK_TRADE_VERSION, "expiration": expiration, "trades": leaves}
    message["nonce"] = nonce_element(nonce)
    offers = block_trade_id is not None
    if offers:
        message["block_trade_id"] = order_id_element(block_trade_id, "block_trade_id")
    return TypedData.from_dict(
        {
            "types": {
                "StarknetDomain": _DOMAIN_1,
                **({"BlockTradeOffer": _OFFER} if offers else {"BlockTrade": _BLOCK_TRADE}),
                "Trade": _TRADE,
                "BlockTradeOrder": _TRADE_ORDER,
            },
            "primaryType": "BlockTradeOffer" if offers else "BlockTrade",
            "domain": {"name": "Paradex", "chainId": network.chain, "version": "1", "revision": "1"},
            "message": message,
        }
    )


_AMOUNTS = ("price", "size", "min_size", "max_size", "min_price", "max_price", "oracle_tolerance")


def _trade(trade: object, place: str) -> dict[str, Any]:
    """A leaf: what is left out is zero, which is signed as well."""
    names = {"market", "maker_order", "taker_order", *_AMOUNTS}
    if not isinstance(trade, Mapping) or "market" not in trade or not trade.keys() <= names:
        raise InvalidInput(
            place, f"must be a mapping with market, and may have {', '.join(sorted(names - {'market'}))}"
        )
    leaf: dict[str, Any] = {name: chain_amount(trade.get(name, 0), f"{place}.{name}") for name in _AMOUNTS}
    for side in ("maker_order", "taker_order"):
        leaf[side] = _trade_order(trade.get(side), f"{place}.{side}")
    market_element(trade["market"], f"{place}.market")
    return leaf | {"market": exact.text(trade["market"], "market")}


def _trade_order(order: object, place: str) -> dict[str, Any]:
    if order is None:
        return {"account": 0, "side": 0, "type": 0, "size": 0, "price": 0}
    if not isinstance(order, Mapping) or order.keys() != {"account", "side", "type", "size", "price"}:
        raise InvalidInput(place, "must be a mapping with account, side, type, size and price")
    return {
        "account": read_element(order["account"], f"{place}.account"),
        "side": side_number(order["side"]),
        "type": market_element(order["type"], f"{place}.type"),
        "size": chain_amount(order["size"], f"{place}.size"),
        "price": chain_amount(order["price"], f"{place}.price"),
    }
