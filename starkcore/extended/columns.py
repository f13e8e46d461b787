"""Extended's orders in columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starkcore import _native, exact
from starkcore.errors import InvalidAmount, InvalidInput, StarkcoreError, _wrong_type
from starkcore.extended.market import Market
from starkcore.extended.messages import ORDER, Buffer, template_of
from starkcore.extended.networks import Network
from starkcore.keys import PrivateKey, Signature
from starkcore.starknet.columns import MOST_64, Outcomes, Table, _decimals_each

if TYPE_CHECKING:
    from starkcore.starknet.columns import Column

__all__ = ["SignedColumns", "sign_columns"]

_MOST = (1 << 63) - 1
_DAYS = Buffer.ORDER * 24 * 60 * 60
_EXACT = (_native.ROUND_EXACT, _native.ROUND_EXACT)
_BY_SIDE = (_native.ROUND_DOWN, _native.ROUND_UP)  # a sell, a buy
_UP = (_native.ROUND_UP, _native.ROUND_UP)
_SENTENCES = {
    ("size", _native.RULE_RANGE): "must come to less than 2^63 units",
    ("size", _native.RULE_WIDTH): "must come to less than 2^63 units",
    ("size", _native.RULE_MULTIPLE): "must be a whole number of the market's units",
    ("price", _native.RULE_RANGE): "must come to less than 2^63 units of the collateral with this size",
    ("price", _native.RULE_WIDTH): "must come to less than 2^63 units of the collateral with this size",
    ("taker_fee", _native.RULE_WIDTH): "must come to a fee of less than 2^64 units",
    ("taker_fee", _native.RULE_FEE): "must be a fraction below 1: 500 for 0.05 %, in millionths",
    ("builder_fee", _native.RULE_FEE): "must be a fraction below 1: 500 for 0.05 %, in millionths",
    ("expire_time", _native.RULE_RANGE): "must be in seconds since the epoch, between the years 2001 and 2603",
    ("nonce", _native.RULE_RANGE): "must be in [1, 2^31]",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SignedColumns:
    """The results of `OrderSigner.sign_columns`, in the order of its columns. `len()` tells how many.

    Attributes:
        hashes: n × 32 bytes, big-endian.
        signatures: n × 64 bytes, r and s big-endian.
        base_amounts, quote_amounts: memoryviews of signed 64-bit integers, units of the assets; the one that is given
            is negative.
        fee_amounts: a memoryview of unsigned 64-bit integers, units of the collateral.
        expirations: likewise, seconds since the epoch, with the exchange's 14 days.
        nonces: likewise.
        statuses: a memoryview of ints, 0 where the order is signed. Where it isn't, all other results are 0.
    """

    hashes: bytes
    signatures: bytes
    base_amounts: memoryview
    quote_amounts: memoryview
    fee_amounts: memoryview
    expirations: memoryview
    nonces: memoryview
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
    network: Network,
    public_key: int,
    vault: int,
    *,
    market: Market,
    size_decimals: int,
    price_decimals: int,
    side: Column,
    size: Column,
    price: Column,
    taker_fee: Column,
    expire_time: Column,
    nonce: Column,
    builder_fee: Column,
    rounding: str,
    threads: int,
) -> SignedColumns:
    """`OrderSigner.sign_columns`, with what the signer knows.

    Longer than a screen: columns and terms are one table, whose places they name.
    """
    if not isinstance(market, Market):
        raise _wrong_type("market", "a Market", type(market))
    synthetic, collateral = market.synthetic_resolution, market.collateral_resolution
    if max(synthetic, collateral) > MOST_64:
        raise InvalidInput("market", "must have resolutions below 2^64, for orders in columns")
    exactly = exact.one_of(rounding, "rounding", "exact", "venue") == "exact"
    (of_size,) = _decimals_each(size_decimals, 1, 36, "size_decimals")
    (of_price,) = _decimals_each(price_decimals, 1, 36, "price_decimals")
    of_cost = of_size + of_price
    table = Table()
    at_side = table.column("side", side, most=1, rule=_native.RULE_FLAG)
    at_size = table.column("size", size, least=1 if exactly else 0, rule=_native.RULE_ZERO, kind=InvalidAmount)
    at_price = table.column("price", price, least=1, rule=_native.RULE_ZERO, kind=InvalidAmount)
    at_fee = table.column("taker_fee", taker_fee, most=10**6 - 1, rule=_native.RULE_FEE, kind=InvalidAmount)
    at_builder = table.column("builder_fee", builder_fee, most=10**6 - 1, rule=_native.RULE_FEE, kind=InvalidAmount)
    at_time = table.column("expire_time", expire_time, least=10**9 - _DAYS + 1, most=2 * 10**10 - _DAYS - 1)
    at_nonce = table.column("nonce", nonce, least=1, most=1 << 31)
    terms = [
        table.term(
            at_size, side=at_side, rounding=_EXACT if exactly else _BY_SIDE, negative=(1, 0),
            scales=[(synthetic, 0, _MOST, of_size)],
        ),
        table.term(
            at_size, at_price, side=at_side, rounding=_BY_SIDE, negative=(0, 1),
            scales=[(collateral, 0, _MOST, of_cost)],
        ),
        table.term(
            at_size, at_price, at_fee, addend=at_builder, rounding=_UP, scales=[(collateral, 0, MOST_64, of_cost + 6)]
        ),
        table.term(at_time, plus=_DAYS),
        table.term(at_nonce),
    ]  # fmt: skip
    ids = market.synthetic_id, market.collateral_id
    template = template_of(network, public_key, [ORDER, vault, ids[0], None, ids[1], None, ids[1], None, None, None])
    hashes, signatures, outcomes, numbers = table.sign(key, template, None, [(term, None) for term in terms], threads)
    base, quote = (memoryview(column).cast("q") for column in numbers[:2])
    fees, expirations, nonces = (memoryview(column).cast("Q") for column in numbers[2:])
    return SignedColumns(hashes, signatures, base, quote, fees, expirations, nonces, outcomes)
