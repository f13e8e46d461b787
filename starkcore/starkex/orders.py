"""Limit orders: as a person writes them, as StarkEx hashes them, and as an exchange takes them."""

from __future__ import annotations

from collections.abc import Mapping

from starkcore import _native, exact
from starkcore.described import described
from starkcore.errors import InvalidAmount, InvalidInput, StarkcoreError, _invalid, _wrong_type
from starkcore.keys import Signature, _signature
from starkcore.starkex.amounts import amount_text
from starkcore.starkex.expiry import exact_expiration, exact_hours
from starkcore.starkex.venue import DYDX, Network, Venue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias

    from starkcore.starkex.amounts import Amount
    from starkcore.starkex.expiry import Expiration

    Side = Literal["BUY"] | Literal["SELL"]

    # What the native core reads: market, tail, is buying, size, price, limit fee, client id, nonce.
    OrderParts: TypeAlias = tuple[
        _native.PreparedMarket, _native.OrderTail, bool, str, str, str, str | None, int | None
    ]
else:
    from starkcore.values import NamedTuple, dataclass

__all__ = ["HumanOrder", "Order", "OrderTerms", "Side", "SignedOrder"]

_new_tuple = tuple.__new__


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """An order's own words: what `OrderSigner.sign_order` is given, what is read, and what comes with the signature.

    As they are given, amounts may be text, Decimal or int; as they were read, in `SignedOrder.terms`, they are the
    texts that were signed, and everything else is of Python's own types.

    Attributes:
        market: the market's name, "ETH-USD"; one of the venue's.
        side: "BUY" or "SELL" the synthetic asset.
        size: in units of the synthetic asset; a whole number of quantums, more than zero.
        price: of one unit in collateral, more than zero. size × price is rounded up for a buy and down for a sell.
        limit_fee: the highest fee as a fraction below 1, "0.001" for 0.1 %; digits after the sixth decimal don't count.
        expiration: an aware datetime, seconds since the epoch, or ISO 8601 text with a zone: the time that the
            exchange is told. What is signed is in hours, rounded up, and a week later.
        client_id: one's own id of the order, any text; the nonce is made from it. None where a nonce is given instead.
        nonce: an int in [0, 2^32), where there is no client id.
        position_id: instead of the signer's own.
    """

    market: str
    side: Side
    size: Amount
    price: Amount
    limit_fee: Amount
    expiration: Expiration
    client_id: str | None = None
    nonce: int | None = None
    position_id: int | None = None


HumanOrder = OrderTerms  # its former name, as something that is given


@described
class _Signed(NamedTuple):
    """The items of a SignedOrder.

    Attributes:
        signature: r and s; `to_hex()` of it is what the request carries.
        hash: the message's hash, which is signed.
        nonce: in [0, 2^32); made from the client id, or as it was given.
        quantums_synthetic: the size, in the smallest units of the synthetic asset.
        quantums_collateral: size × price, in the smallest units of the collateral, rounded up for a buy, down for a
            sell.
        quantums_fee: the highest fee, in the smallest units of the collateral, rounded up.
        position_id: the position that the order is of.
        expiration_hours: since the epoch, with the exchange's buffer.
    """

    signature: Signature
    hash: int
    nonce: int
    quantums_synthetic: int
    quantums_collateral: int
    quantums_fee: int
    position_id: int
    expiration_hours: int


class SignedOrder(_Signed):
    """What was signed, and the signature: all that a request to the exchange needs beside the order's own words.

    Those are at hand as well, in `terms`, and most by their names: `market`, `side`, `size`, `price`, `limit_fee`,
    `client_id`. They are no items of the tuple, and two orders that were signed alike are equal whatever words they
    came from.

        >>> from starkcore import PrivateKey
        >>> from starkcore.starkex import OrderSigner
        >>> signed = OrderSigner(PrivateKey(1), position_id=1).sign_order(
        ...     market="BTC-USD", side="SELL", size=1, price="30000.0", limit_fee="0.001", nonce=7,
        ...     expiration="2099-01-01T00:00:00Z")
        >>> signed.market, signed.price, signed.client_id
        ('BTC-USD', '30000.0', None)
        >>> signed.to_dict()["side"]
        'SELL'
    """

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a SignedOrder can't be changed: {name}")

    @property
    def terms(self) -> OrderTerms:
        """The order's own words.

        Raises:
            AttributeError: no signer made this object, so that nobody knows them.
        """
        try:
            return self.__dict__["terms"]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError("terms: no OrderSigner made this object") from None

    @property
    def market(self) -> str:
        """The market's name."""
        return self.terms.market

    @property
    def side(self) -> Side:
        """ "BUY" or "SELL"."""
        return self.terms.side

    @property
    def size(self) -> str:
        """Decimal text, in units of the synthetic asset."""
        return self.terms.size  # type: ignore[return-value]  # read: a text

    @property
    def price(self) -> str:
        """Decimal text, of one unit in collateral."""
        return self.terms.price  # type: ignore[return-value]

    @property
    def limit_fee(self) -> str:
        """Decimal text, the highest fee as a fraction."""
        return self.terms.limit_fee  # type: ignore[return-value]

    @property
    def client_id(self) -> str | None:
        """One's own id of the order; None where a nonce was given instead."""
        return self.terms.client_id

    def to_dict(self) -> dict[str, str | int | None]:
        """All of it for JSON: the order's own words, then what was signed; hash and signature as hex text.

        Numbers stay numbers: those of up to 64 bits are more than a JavaScript program reads exactly.
        """
        signed = self._asdict() | {"hash": hex(self.hash), "signature": self.signature.to_hex()}
        terms = self.__dict__.get("terms")
        return {name: None if terms is None else getattr(terms, name) for name in _TOLD} | signed


# Of an order's words, those that SignedOrder has by their names. The others are signed in another form, which is an
# item.
_TOLD = ("market", "side", "size", "price", "limit_fee", "client_id")


def signed_order(values: list[Any], terms: OrderTerms) -> SignedOrder:
    """A SignedOrder of what the native core returns: its fields, with the signature as bytes, which is replaced."""
    values[0] = _signature(values[0])
    signed = _new_tuple(SignedOrder, values)
    signed.__dict__["terms"] = terms
    return signed


_INTS = (
    "synthetic_id", "collateral_id", "fee_asset_id", "quantums_synthetic", "quantums_collateral", "quantums_fee",
    "position_id", "nonce", "expiration_hours",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """StarkEx's message 3, a limit order with fees, in quantums: what the hash is made of.

    Attributes:
        synthetic_id: an int in [0, 2^128).
        collateral_id, fee_asset_id: ints in [0, 2^250).
        quantums_synthetic, quantums_collateral, quantums_fee: ints in [0, 2^64).
        position_id: an int in [0, 2^64).
        nonce: an int in [0, 2^32).
        expiration_hours: since the epoch, with the exchange's buffer, an int in [0, 2^32).
        is_buying_synthetic: True for a buy.
    """

    synthetic_id: int
    collateral_id: int
    fee_asset_id: int
    quantums_synthetic: int
    quantums_collateral: int
    quantums_fee: int
    position_id: int
    nonce: int
    expiration_hours: int
    is_buying_synthetic: bool

    def __post_init__(self) -> None:
        exact.plain_fields(self, _INTS)

    @classmethod
    def from_human(
        cls,
        *,
        market: str,
        side: Side,
        size: Amount,
        price: Amount,
        limit_fee: Amount,
        expiration: Expiration,
        position_id: int,
        client_id: str | None = None,
        nonce: int | None = None,
        network: str | int = "mainnet",
        venue: Venue = DYDX,
    ) -> Order:
        """The message of an order as a person writes it. See `OrderSigner.sign_order` for the parameters.

        Nothing is asked of a clock: the expiry may be past.

        dYdX's published order:

            >>> order = Order.from_human(
            ...     network="sepolia", market="ETH-USD", side="BUY", position_id=12345, size="145.0005",
            ...     price="350.00067", limit_fee="0.125", expiration="2020-09-17T04:15:55.028Z",
            ...     client_id="This is an ID that the client came up with to describe this order")
            >>> hex(order.hash())
            '0x677af4efbf821dac23ad4fea9aaa2a3075d2d80dd26b5c005c7b58f084e1075'
            >>> order.quantums_synthetic, order.quantums_collateral, order.quantums_fee, order.expiration_hours
            (145000500000, 50750272151, 6343784019, 444701)
        """
        if not isinstance(venue, Venue):
            raise _wrong_type("venue", "a Venue", type(venue))
        reader = OrderReader(venue, venue.network(network), position_id)
        terms = OrderTerms(
            market=market, side=side, size=size, price=price, limit_fee=limit_fee, expiration=expiration,
            client_id=client_id, nonce=nonce,
        )  # fmt: skip
        parts, _ = reader.read(terms, None)
        told: StarkcoreError | None = None
        try:
            _, _, nonce_used, synthetic, collateral, fee, position, hours = _native.read_order(parts)
        except InvalidAmount as error:
            told = amount_told(error, venue, market)
        if told is not None:
            raise told
        return cls(
            synthetic_id=venue.market(market).synthetic_id,
            collateral_id=reader.network.collateral_id,
            fee_asset_id=reader.fee_asset_id,
            quantums_synthetic=synthetic,
            quantums_collateral=collateral,
            quantums_fee=fee,
            position_id=position,
            nonce=nonce_used,
            expiration_hours=hours,
            is_buying_synthetic=parts[2],
        )

    def hash(self) -> int:
        """The message hash, which is signed: H(H(H(H(sell, buy), fee asset), amounts and nonce), position and expiry).

        Raises:
            InvalidInput, InputTypeError: a field doesn't fit; it is named.
        """
        return _native.order_hash(
            self.synthetic_id,
            self.collateral_id,
            self.fee_asset_id,
            self.quantums_synthetic,
            self.quantums_collateral,
            self.quantums_fee,
            self.position_id,
            self.nonce,
            self.expiration_hours,
            self.is_buying_synthetic,
        )


_WORDS = frozenset(OrderTerms.__slots__)
_OPTIONAL = frozenset(("client_id", "nonce", "position_id"))
_REQUIRED = _WORDS - _OPTIONAL


class OrderReader:
    """Turns orders as people write them into what the native core reads.

    `native` reads the plain case by itself, and keeps markets and the last words of messages, which are prepared once:
    at most one a market, and a few of the latter. What isn't plain texts and ints is read here, and so is what is
    refused: each error of an order's words is made here, and nowhere else. Any number of threads may use one reader.
    """

    __slots__ = ("_round_up", "fee_asset_id", "native", "network", "position_id", "venue")

    def __init__(self, venue: Venue, network: Network, position_id: int) -> None:
        self.venue = venue
        self.network = network
        self.position_id = exact.integer(position_id, "position_id")
        self.fee_asset_id = network.collateral_id if network.fee_asset_id is None else network.fee_asset_id
        self._round_up = venue.round_expiration == "up"
        self.native = _native.OrderReader.of(
            self.position_id, venue.order_buffer_hours, not self._round_up, venue.nonce_bytes == "first",
            OrderTerms, SignedOrder, Signature,
        )  # fmt: skip

    def read(self, given: OrderTerms, now: float | None) -> tuple[OrderParts, OrderTerms]:
        """An order's parts, and its terms as they were read; `now` as in `whole_hours`."""
        prepared, venue = self.market(given.market), self.venue
        market, side = exact.text(given.market, "market"), exact.text(given.side, "side")
        if side != "BUY" and side != "SELL":
            raise _invalid("side", 'must be "BUY" or "SELL", in upper case')
        expiration = exact_expiration(given.expiration)
        hours = exact_hours(expiration, self._round_up, now) + venue.order_buffer_hours
        position = None if given.position_id is None else exact.integer(given.position_id, "position_id")
        tail = self.native.tail(self.position_id if position is None else position, hours)
        client_id = None if given.client_id is None else exact.text(given.client_id, "client_id")
        in_core = client_id is not None and given.nonce is None and venue.nonce_bytes == "last"
        nonce = None if in_core else nonce_of(venue, client_id, given.nonce)
        size, price = amount_text(given.size, "size"), amount_text(given.price, "price")
        limit_fee = amount_text(given.limit_fee, "limit_fee")
        own_nonce = None if given.nonce is None else nonce
        terms = self.native.terms(market, side, size, price, limit_fee, expiration, client_id, own_nonce, position)
        own_id = client_id if in_core else None
        return (prepared, tail, side == "BUY", size, price, limit_fee, own_id, nonce), terms

    def parts_of(self, order: OrderTerms | Mapping[str, Any], now: float | None) -> tuple[OrderParts, OrderTerms]:
        """The parts of one order of many. Every mistake in it is a StarkcoreError."""
        if isinstance(order, OrderTerms):
            return self.read(order, now)
        if not isinstance(order, Mapping):
            raise _wrong_type("order", "an OrderTerms or a dict", type(order))
        given = exact.named(order, "order", "a dict of names")
        if not _REQUIRED <= given.keys() <= _WORDS:
            names = ", ".join(sorted(_REQUIRED)), ", ".join(sorted(_OPTIONAL))
            raise InvalidInput("order", f"must have {names[0]}, and may have {names[1]}; nothing else")
        return self.read(OrderTerms(**given), now)

    def market(self, name: str) -> _native.PreparedMarket:
        """The market of that name, made ready."""
        known = self.native.market(name) if type(name) is str else None
        return self._prepare(name) if known is None else known

    def _prepare(self, name: str) -> _native.PreparedMarket:
        market, network = self.venue.market(name), self.network
        prepared = _native.PreparedMarket.of(
            market.synthetic_id,
            network.collateral_id,
            self.fee_asset_id,
            market.resolution,
            network.collateral_resolution,
        )
        self.native.keep_market(market.name, prepared)
        return prepared


def nonce_of(venue: Venue, client_id: str | None, nonce: int | None) -> int:
    """The nonce, from whichever of the two was given."""
    if client_id is not None and nonce is None:
        return venue.nonce(client_id)
    if nonce is not None and client_id is None:
        return exact.integer(nonce, "nonce")
    raise _invalid("client_id", "or nonce must be given, and not both")


def amount_told(error: StarkcoreError, venue: Venue, market: object) -> StarkcoreError:
    """An error of an order's amounts in the order's own words: what the market's quantum is, and which amount is too
    large.

    Others are handed back as they are.
    """
    if not isinstance(error, InvalidAmount) or not isinstance(market, str):
        return error
    market = exact.text(market, "market")
    resolution = venue.market(market).resolution
    field, rule = error.field, error.rule
    if field == "size" and "whole number of quantums" in rule:
        decimals = len(str(resolution)) - 1
        quantum = f"10^-{decimals}" if resolution == 10**decimals else f"1/{resolution}"
        rule += f" of {market}: a quantum is {quantum}, so at most {decimals} decimals; to_step() rounds on purpose"
    elif field == "quantums_synthetic" and "width" in rule:
        field, rule = (
            "size",
            f"must be below {(1 << 64) // resolution + 1}: a message has room for 2^64 quantums of {market}",
        )
    elif field == "quantums_collateral" and "width" in rule:
        field, rule = "price", "must be less: times size, it is 2^64 quantums of the collateral or more"
    else:
        return error
    told = InvalidAmount(field, rule, error.index)
    return told.with_traceback(None)


def __getattr__(name: str) -> object:
    """The types of sides, amounts and expiries: made when they are asked for, with `typing` and `decimal`."""
    if name == "Side":
        from typing import Literal

        return Literal["BUY"] | Literal["SELL"]
    if name == "Amount":
        from starkcore.starkex.amounts import Amount

        return Amount
    if name == "OrderParts":
        return tuple[_native.PreparedMarket, _native.OrderTail, bool, str, str, str, str | None, int | None]
    if name == "Expiration":
        from starkcore.starkex.expiry import Expiration

        return Expiration
    raise AttributeError(f"module 'starkcore.starkex.orders' has no attribute {name!r}")
