"""Paradex's orders in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starkcore import _native, exact
from starkcore.errors import InvalidAmount, StarkcoreError, _invalid, _wrong_type
from starkcore.keys import PrivateKey, Signature
from starkcore.paradex.messages import DECIMALS, ORDER_TYPES, market_element
from starkcore.starknet.columns import MOST_64, Outcomes, Scale, Table, _decimals_each
from starkcore.starknet.felts import short_string
from starkcore.starknet.template import MessageTemplate, ready

if TYPE_CHECKING:
    from starkcore.starknet.columns import Column

__all__ = ["SignedColumns", "sign_columns"]

_SENTENCES = {
    ("timestamp", _native.RULE_RANGE): "must be in milliseconds since the epoch, between the years 1973 and 5138",
    ("order_type", _native.RULE_INDEX): "must be the place of one of the order types, counted from 0",
    ("price", _native.RULE_RANGE): "must be more than 0 for a limit order, and 0 for a MARKET order",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SignedColumns:
    """The results of `OrderSigner.sign_columns`, in the order of its columns. `len()` tells how many.

    Attributes:
        hashes: n × 32 bytes, big-endian.
        signatures: n × 64 bytes, r and s big-endian.
        timestamps: a memoryview of unsigned 64-bit integers, milliseconds.
        sizes, prices: likewise, in units of 10^-8, as they were signed.
        statuses: a memoryview of ints, 0 where the order is signed. Where it isn't, all other results are 0.
    """

    hashes: bytes
    signatures: bytes
    timestamps: memoryview
    sizes: memoryview
    prices: memoryview
    _outcomes: Outcomes

    @property
    def statuses(self) -> memoryview:
        return self._outcomes.statuses

    def __len__(self) -> int:
        return len(self.statuses)

    def __repr__(self) -> str:
        return f"<SignedColumns: {self._outcomes.counted()}>"

    @property
    def all_signed(self) -> bool:
        """Whether no order failed."""
        return self._outcomes.all_good

    def errors(self) -> Iterator[StarkcoreError]:
        """The exceptions of the orders that failed, in order; `index` says which order it was."""
        return iter(self._outcomes.errors(_SENTENCES))

    def signature(self, index: int) -> Signature:
        """One order's signature.

        Raises:
            IndexError, or the order's own StarkcoreError where it wasn't signed.
        """
        return self._outcomes.signature(self.signatures, index, _SENTENCES)


def sign_columns(
    key: PrivateKey,
    template: MessageTemplate,
    seed: int,
    *,
    markets: Sequence[str],
    order_types: Sequence[str],
    size_decimals: int | Sequence[int],
    price_decimals: int | Sequence[int],
    market: Column,
    side: Column,
    order_type: Column,
    size: Column,
    price: Column,
    timestamp: Column,
    threads: int,
) -> SignedColumns:
    """`OrderSigner.sign_columns`, with the signer's key and its orders' template."""
    names = tuple(ready(market_element(name)) for name in _names(markets, "markets"))
    types = _order_types(order_types)
    table = Table()
    at_market = table.column("market", market, most=len(names) - 1, rule=_native.RULE_INDEX)
    at_side = table.column("side", side, most=1, rule=_native.RULE_FLAG)
    at_type = table.column("order_type", order_type, most=len(types) - 1, rule=_native.RULE_INDEX)
    at_size = table.column("size", size, least=1, rule=_native.RULE_ZERO, kind=InvalidAmount)
    at_price = table.column("price", price, kind=InvalidAmount)
    at_time = table.column("timestamp", timestamp, least=10**11, most=10**14 - 1)
    size_scales = _scales(size_decimals, len(names), "size_decimals")
    price_scales = _scales(price_decimals, len(names), "price_decimals")
    when = table.term(at_time)
    units = table.term(at_size, scale=at_market, scales=size_scales)
    worth = table.term(at_price, scale=at_market, scales=price_scales)
    table.term(at_price, scale=at_type, scales=[_price_bounds(name) for name in types])
    sides = ready(2), ready(1)  # a sell, a buy
    kinds = tuple(ready(short_string(name)) for name in types)
    slots = [(when, None), (at_market, names), (at_side, sides), (at_type, kinds), (units, None), (worth, None)]
    hashes, signatures, outcomes, terms = table.sign(key, template, seed, slots, threads)
    times, sizes, prices = (memoryview(term).cast("Q") for term in terms[:3])
    return SignedColumns(hashes, signatures, times, sizes, prices, outcomes)


def _names(names: Sequence[str], field: str) -> Sequence[str]:
    exact.several(names, field, "a sequence of names")
    if not isinstance(names, Sequence):
        raise _wrong_type(field, "a sequence of names", type(names))
    if not names:
        raise _invalid(field, "must be at least one")
    return names


def _order_types(order_types: Sequence[str]) -> list[str]:
    names = [exact.text(name, "order_types") for name in _names(order_types, "order_types")]
    for i, name in enumerate(names):
        if name not in ORDER_TYPES:
            raise _invalid("order_types", f"must be among {', '.join(ORDER_TYPES)}", i)
    return names


def _scales(decimals: int | Sequence[int], markets: int, field: str) -> list[Scale]:
    """From what an integer of a column counts to units of 10^-8; such an amount is never cut."""
    return [(10 ** (DECIMALS - each), 0, MOST_64, 0) for each in _decimals_each(decimals, markets, DECIMALS, field)]


def _price_bounds(order_type: str) -> Scale:
    """What a price may be: of a limit order more than 0, of a market order 0, of other orders at the market
    anything.
    """
    least = 1 if order_type.endswith("LIMIT") else 0
    return (1, least, 0 if order_type == "MARKET" else MOST_64, 0)
