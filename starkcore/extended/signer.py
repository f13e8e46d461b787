"""One key, one vault at Extended: from what a person writes to what the exchange accepts.

Long, because each kind of message is a method here, with what its parameters mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias

from starkcore import _native, exact
from starkcore.described import described
from starkcore.errors import InvalidAmount, InvalidInput, StarkcoreError, _invalid, _wrong_type
from starkcore.extended.amounts import Exact, OrderAmounts, order_amounts, read, transfer_units
from starkcore.extended.columns import SignedColumns, sign_columns
from starkcore.extended.market import Market
from starkcore.extended.messages import (
    DAY,
    LIMIT_ORDER,
    ORDER,
    TRANSFER,
    WITHDRAWAL,
    Buffer,
    expiration_seconds,
    read_nonce,
    read_vault,
    signed_element,
    template,
    template_of,
)
from starkcore.extended.networks import Network, find
from starkcore.keys import PrivateKey, PublicKey, Signature, _not_copied
from starkcore.starkex.amounts import Amount
from starkcore.starkex.expiry import Expiration
from starkcore.starknet.felts import read_element, read_uint
from starkcore.starknet.form import Constant, Form, Key, Known, Of, Term, check_keys
from starkcore.starknet.warming import of_nobody

if TYPE_CHECKING:
    from starkcore.starknet.columns import Column
    from starkcore.starknet.template import MessageTemplate

__all__ = ["OrderSigner", "SignedLimitOrder", "SignedOrder", "SignedTransfer", "SignedWithdrawal"]

Side: TypeAlias = Literal["BUY", "SELL"]
OrderRounding: TypeAlias = Literal["exact", "venue"]
TransferRounding: TypeAlias = Literal["exact", "half_even"]

_REQUIRED = frozenset(("market", "side", "size", "price", "taker_fee", "expire_time"))
_OPTIONAL = frozenset(("builder_fee", "nonce", "rounding"))
# An order that only warms caches, of a market that there isn't.
_NOBODYS_ORDER: dict[str, Any] = {
    "market": Market("", 1, 10**6, 1, 10**6), "side": "BUY", "size": "1.5", "price": "1.5", "taker_fee": "0.0005",
    "expire_time": 4_000_000_000, "nonce": 1,
}  # fmt: skip
# Markets that a signer keeps ready, four kilobytes each.
_MOST_MARKETS = 256
# A fee's decimals, as a form reads it.
_FEE_DECIMALS = 12
_MOST_63, _MOST_64 = (1 << 63) - 1, (1 << 64) - 1


def _pair(signature: Signature) -> dict[str, str]:
    return {"r": hex(signature.r), "s": hex(signature.s)}


@described
class SignedOrder(NamedTuple):
    """What was signed for an order, and the signature.

    Attributes:
        signature: r and s.
        hash: the message's hash; in decimal digits it is the order's id, unless the program gives it one.
        base_amount, quote_amount: in units of the assets, the one that is given negative.
        fee_amount: the highest fee, in units of the collateral.
        expiration: seconds since the epoch, with the exchange's 14 days.
        nonce: 1 … 2^31.
        vault, public_key: whose order it is.
    """

    signature: Signature
    hash: int
    base_amount: int
    quote_amount: int
    fee_amount: int
    expiration: int
    nonce: int
    vault: int
    public_key: int

    def settlement(self) -> dict[str, Any]:
        """The request's `settlement`."""
        return {
            "signature": _pair(self.signature),
            "starkKey": hex(self.public_key),
            "collateralPosition": str(self.vault),
        }

    def debugging_amounts(self) -> dict[str, str]:
        """The request's `debuggingAmounts`, with which the exchange explains a signature that doesn't fit."""
        return {
            "collateralAmount": str(self.quote_amount),
            "feeAmount": str(self.fee_amount),
            "syntheticAmount": str(self.base_amount),
        }


class SignedLimitOrder(NamedTuple):
    """What was signed for a vault's deposit or withdrawal, and the signature."""

    signature: Signature
    hash: int
    base_amount: int
    quote_amount: int
    expiration: int
    nonce: int
    vault: int
    base_asset_id: int
    quote_asset_id: int

    def settlement(self) -> dict[str, Any]:
        """The request's `settlement`."""
        return {
            "baseAmount": self.base_amount,
            "quoteAmount": self.quote_amount,
            "feeAmount": 0,
            "baseAssetId": hex(self.base_asset_id),
            "quoteAssetId": hex(self.quote_asset_id),
            "feeAssetId": hex(self.quote_asset_id),
            "expirationTimestamp": self.expiration,
            "nonce": self.nonce,
            "receiverPositionId": self.vault,
            "senderPositionId": self.vault,
            "signature": _pair(self.signature),
        }


class SignedTransfer(NamedTuple):
    """What was signed for a transfer, and the signature."""

    signature: Signature
    hash: int
    amount: int
    expiration: int
    nonce: int
    asset_id: int
    from_vault: int
    to_vault: int
    sender_public_key: int
    receiver_public_key: int

    def settlement(self) -> dict[str, Any]:
        """The request's `settlement`."""
        return {
            "amount": self.amount,
            "assetId": hex(self.asset_id),
            "expirationTimestamp": self.expiration,
            "nonce": self.nonce,
            "receiverPositionId": self.to_vault,
            "receiverPublicKey": hex(self.receiver_public_key),
            "senderPositionId": self.from_vault,
            "senderPublicKey": hex(self.sender_public_key),
            "signature": _pair(self.signature),
        }


class SignedWithdrawal(NamedTuple):
    """What was signed for a withdrawal, and the signature."""

    signature: Signature
    hash: int
    amount: int
    expiration: int
    nonce: int
    collateral_id: int
    vault: int
    recipient: int

    def settlement(self) -> dict[str, Any]:
        """The request's `settlement`."""
        return {
            "recipient": hex(self.recipient),
            "positionId": self.vault,
            "collateralId": hex(self.collateral_id),
            "amount": self.amount,
            "expiration": {"seconds": self.expiration},
            "salt": self.nonce,
            "signature": _pair(self.signature),
        }


class OrderSigner:
    """Signs for one vault at Extended with its key. Many threads may share one signer.

    Args:
        key: the private key.
        vault: the account's vault, an int in [0, 2^32).
        network: "mainnet" or "testnet".
    """

    __slots__ = ("_form", "_key", "_markets", "_order", "network", "public_key", "vault")

    def __init__(self, key: PrivateKey, vault: int, network: str | Network = "mainnet") -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._key = key
        self.vault = read_vault(vault)
        self.network = find(network)
        self.public_key = key.public_key.x
        self._order = template_of(self.network, self.public_key, [ORDER, self.vault, *[None] * 8])
        self._markets = Known(_MOST_MARKETS)
        self._form = _order_form(self._order, self._markets, self.vault, self.public_key)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("an OrderSigner")

    def __repr__(self) -> str:
        return f"<OrderSigner for Extended {self.network.name}, vault {self.vault}>"

    def sign_order(
        self,
        *,
        market: Market,
        side: Side,
        size: Amount,
        price: Amount,
        taker_fee: Amount,
        expire_time: Expiration,
        builder_fee: Amount | None = None,
        nonce: int | None = None,
        rounding: OrderRounding = "exact",
    ) -> SignedOrder:
        """Sign an order.

        Args:
            market: a `Market`.
            side: "BUY" or "SELL" the synthetic asset.
            size: in units of the asset as people count it; decimal text, Decimal or int. A float is refused.
            price: of one of it in collateral; likewise. size × price is rounded to whole units as the exchange does it:
                away from zero for a buy, towards zero for a sell.
            taker_fee: the highest fee as a fraction of the cost, "0.0005" for 0.05 %. It is rounded up.
            expire_time: an aware datetime, seconds since the epoch, or ISO 8601 text with a zone: the time that the
                exchange is told. What is signed is two weeks later, in whole seconds, rounded up.
            builder_fee: a fraction as well, which is added.
            nonce: 1 … 2^31; random, when left out.
            rounding: "exact" refuses a size that isn't a whole number of the market's units; "venue" rounds it as the
                exchange does.

        Raises:
            InvalidAmount, InvalidExpiration, InvalidInput, InputTypeError
        """
        given = {
            "market": market, "side": side, "size": size, "price": price, "taker_fee": taker_fee,
            "expire_time": expire_time, "builder_fee": builder_fee, "nonce": nonce, "rounding": rounding,
        }  # fmt: skip
        signed: SignedOrder | None
        (signed,) = self._form.sign(self._key, (given,), None)
        if signed is not None:
            return signed
        values, fields = self._terms(market, side, size, price, taker_fee, expire_time, builder_fee, nonce, rounding)
        return SignedOrder(*self._order.sign(self._key, values), *fields)

    def warm(self) -> None:
        """Bring into this core's caches what `sign_order` reads, by signing an order of nobody's, which is thrown away.

        For a loop that has nothing else to do; the signer's own key isn't used. See
        `starkcore.starkex.OrderSigner.warm`.
        """
        of_nobody(OrderSigner, self).sign_order(**_NOBODYS_ORDER)

    def sign_orders(
        self, orders: Iterable[Mapping[str, Any]], *, threads: int = 1
    ) -> list[SignedOrder | StarkcoreError]:
        """Sign many orders; quicker an order than `sign_order`.

        Args:
            orders: mappings of the parameters of `sign_order`.
            threads: how many threads sign, this one included; an int in [1, 256].

        Returns:
            Per order, in order, the `SignedOrder`, or the exception that `sign_order` would have raised: a bad order
            spoils no other. Tell them apart by isinstance.
        """
        unusual = partial(self._sign_unusual, threads=threads)
        return self._form.sign_all(self._key, orders, None, unusual, threads=threads)

    def _sign_unusual(self, orders: Iterable[object], threads: int) -> list[Any]:
        """Orders that the form has not signed."""
        outcomes: list[Any] = [self._read(order) for order in orders]
        good = [i for i, outcome in enumerate(outcomes) if type(outcome) is tuple]
        rows = [outcomes[i][0] for i in good]
        for i, result in zip(good, self._order.sign_many(self._key, rows, threads=threads), strict=True):
            outcomes[i] = SignedOrder(*result, *outcomes[i][1]) if type(result) is tuple else result
        return outcomes

    def _read(self, order: Any) -> tuple[tuple[int, ...], tuple[int, ...]] | StarkcoreError:
        """An order's values and what a SignedOrder says of it, or what is wrong with it."""
        try:
            order = check_keys(order, _REQUIRED, _OPTIONAL)
            return self._terms(
                order["market"], order["side"], order["size"], order["price"], order["taker_fee"], order["expire_time"],
                order.get("builder_fee"), order.get("nonce"), order.get("rounding", "exact"),
            )  # fmt: skip
        except StarkcoreError as error:
            return error.with_traceback(None)

    def sign_columns(
        self,
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
        builder_fee: Column = 0,
        rounding: OrderRounding = "exact",
        threads: int = 1,
    ) -> SignedColumns:
        """Sign a table of orders of one market: columns of integers, one an order, and no Python object for any of
        them.

        A column is a buffer of integers of any width, signed or not, with one dimension and any stride: a NumPy array,
        a field of a structured one, an array.array. Or it is a list of ints; or an int, the same for all orders.

        Args:
            market: a `Market`, whose resolutions are below 2^64.
            size_decimals, price_decimals: what a size and a price of 1 are, in [0, 36]: with 3, a size of 1500 is 1.5.
            side: 1 to buy the synthetic asset, 0 to sell it; bools will do.
            size: in 10^-size_decimals units of the asset; more than zero.
            price: in 10^-price_decimals of the collateral; more than zero.
            taker_fee, builder_fee: in millionths of the cost, below a million: 500 for 0.05 %.
            expire_time: whole seconds since the epoch; two weeks are added.
            nonce: 1 … 2^31. There is no default: each order needs its own.
            rounding: as `sign_order` has it.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            The `SignedColumns`. Each order is signed as `sign_order` does it, or has its own status there: a bad order
            spoils no other.

        Raises:
            InvalidInput, InputTypeError: the columns themselves are no such thing.

        Other threads run meanwhile (and must leave the columns alone), and Ctrl-C is heard within a tenth of a second.
        """
        return sign_columns(
            self._key, self.network, self.public_key, self.vault, market=market, size_decimals=size_decimals,
            price_decimals=price_decimals, side=side, size=size, price=price, taker_fee=taker_fee,
            expire_time=expire_time, nonce=nonce, builder_fee=builder_fee, rounding=rounding, threads=threads,
        )  # fmt: skip

    def _terms(
        self,
        market: Any,
        side: Any,
        size: Any,
        price: Any,
        taker_fee: Any,
        expire_time: Any,
        builder_fee: Any,
        nonce: Any,
        rounding: Any,
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The felts that are signed, and the fields of a SignedOrder from base_amount on."""
        if not isinstance(market, Market):
            raise _wrong_type("market", "a Market", type(market))
        if type(market) is Market:
            _keep_ready(self._markets, market)
        amounts = self._amounts(market, _is_buy(side), size, price, taker_fee, builder_fee, rounding)
        expiration = expiration_seconds(_given(expire_time), "expire_time", Buffer.ORDER)
        salt = read_nonce(nonce)
        values = (
            market.synthetic_id,
            signed_element(amounts.base),
            market.collateral_id,
            signed_element(amounts.quote),
            market.collateral_id,
            amounts.fee,
            expiration,
            salt,
        )
        return values, (*amounts, expiration, salt, self.vault, self.public_key)

    def _amounts(
        self, market: Market, is_buy: bool, size: Any, price: Any, taker_fee: Any, builder_fee: Any, rounding: Any
    ) -> OrderAmounts:
        exact_size, exact_price = read(size, "size"), read(price, "price")
        if exact.one_of(rounding, "rounding", "exact", "venue") == "exact":
            if exact_size.digits == 0:
                raise InvalidAmount("size", "must be more than 0")
            if not exact_size.is_whole(market.synthetic_resolution):
                raise InvalidAmount("size", f"must be a whole number of units of 1/{market.synthetic_resolution}")
        if exact_price.digits == 0:
            raise InvalidAmount("price", "must be more than 0")
        fee = _fee(taker_fee, "taker_fee")
        if builder_fee is not None:
            fee = fee.plus(_fee(builder_fee, "builder_fee"))
        resolutions = market.synthetic_resolution, market.collateral_resolution
        return order_amounts(is_buy, exact_size, exact_price, fee, *resolutions)

    # ---- Legs

    def sign_take_profit(
        self,
        *,
        market: Market,
        side: Side,
        size: Amount,
        price: Amount,
        taker_fee: Amount,
        expire_time: Expiration,
        nonce: int,
        builder_fee: Amount | None = None,
        rounding: OrderRounding = "exact",
    ) -> SignedOrder:
        """Sign the take-profit leg of an order: an order of the other side, with the order's own nonce, expiry and
        fees.

        Args:
            side: of the order that the leg belongs to; what is signed is the other one.
            size: of the leg: the order's, or for an entire position whatever the position may come to.
            price: of the leg.
            nonce: the order's.
        """
        if nonce is None:
            raise _wrong_type("nonce", "the order's nonce, an int", type(nonce))
        return self.sign_order(
            market=market,
            side="SELL" if _is_buy(side) else "BUY",
            size=size,
            price=price,
            taker_fee=taker_fee,
            expire_time=expire_time,
            builder_fee=builder_fee,
            nonce=nonce,
            rounding=rounding,
        )

    sign_stop_loss = sign_take_profit

    # ---- Vaults, transfers, withdrawals

    def sign_limit_order(
        self,
        *,
        market: Market,
        side: Side,
        size: Amount,
        quote_amount: Amount,
        expire_time: Expiration,
        nonce: int | None = None,
        rounding: OrderRounding = "exact",
    ) -> SignedLimitOrder:
        """Sign a limit order between this vault's assets, without a fee, as vaults take them for deposits and
        withdrawals.

        Args:
            market: whose synthetic asset is the base, and whose collateral the quote.
            side: "BUY" or "SELL" the base.
            size: of the base; quote_amount: of the quote. Both are decimal amounts.
            rounding: "exact" refuses what isn't a whole number of units; "venue" rounds both away from zero.
        """
        if not isinstance(market, Market):
            raise _wrong_type("market", "a Market", type(market))
        is_buy = _is_buy(side)
        base = _up(read(size, "size"), market.synthetic_resolution, "size", rounding)
        quote = _up(read(quote_amount, "quote_amount"), market.collateral_resolution, "quote_amount", rounding)
        base, quote = (base, -quote) if is_buy else (-base, quote)
        expiration = expiration_seconds(_given(expire_time), "expire_time", Buffer.ORDER)
        salt = read_nonce(nonce)
        ids = market.synthetic_id, market.collateral_id
        message_hash = template(self.network, self.public_key, LIMIT_ORDER, 10).hash(
            [
                *(self.vault, self.vault, ids[0], signed_element(base), ids[1], signed_element(quote)),
                *(ids[1], 0, expiration, salt),
            ]
        )
        signature = self._key.sign(message_hash)
        return SignedLimitOrder(signature, message_hash, base, quote, expiration, salt, self.vault, *ids)

    def sign_transfer(
        self,
        *,
        to_vault: int,
        receiver_public_key: PublicKey | int | str,
        amount: Amount,
        collateral_id: int | str,
        collateral_resolution: int,
        time: Expiration | None = None,
        nonce: int | None = None,
        rounding: TransferRounding = "exact",
    ) -> SignedTransfer:
        """Sign a transfer of collateral to another vault.

        Args:
            to_vault: whose it shall be, and
            receiver_public_key: that vault's Stark key, which the request names; it isn't part of what is signed.
            amount: a decimal amount.
            collateral_id, collateral_resolution: of the asset; a market has those of its collateral.
            time: from which the three weeks are counted that the signature is good for; now, when left out.
            nonce: 1 … 2^31; random, when left out.
            rounding: "exact" refuses what isn't a whole number of units; "half_even" rounds as the exchange's SDK does.
        """
        recipient = read_vault(to_vault, "to_vault")
        asset = read_element(collateral_id, "collateral_id")
        units = transfer_units(amount, _resolution(collateral_resolution), "amount", rounding)
        expiration = expiration_seconds(time, "time", Buffer.TRANSFER)
        salt = read_nonce(nonce)
        if isinstance(receiver_public_key, PublicKey):
            receiver = receiver_public_key.x
        else:
            receiver = read_element(receiver_public_key, "receiver_public_key")
        values = [recipient, self.vault, asset, units, expiration, salt]
        message_hash = template(self.network, self.public_key, TRANSFER, 6).hash(values)
        signature = self._key.sign(message_hash)
        vaults = self.vault, recipient
        return SignedTransfer(
            signature, message_hash, units, expiration, salt, asset, *vaults, self.public_key, receiver
        )

    def sign_withdrawal(
        self,
        *,
        recipient: int | str,
        amount: Amount,
        collateral_id: int | str,
        collateral_resolution: int,
        time: Expiration | None = None,
        nonce: int | None = None,
        rounding: TransferRounding = "exact",
    ) -> SignedWithdrawal:
        """Sign a withdrawal to a Starknet address.

        `recipient` is a field element; else as `sign_transfer`, for 15 days.
        """
        address = read_element(recipient, "recipient")
        asset = read_element(collateral_id, "collateral_id")
        units = transfer_units(amount, _resolution(collateral_resolution), "amount", rounding)
        expiration = expiration_seconds(time, "time", Buffer.WITHDRAWAL)
        salt = read_nonce(nonce)
        values = [address, self.vault, asset, units, expiration, salt]
        message_hash = template(self.network, self.public_key, WITHDRAWAL, 6).hash(values)
        signature = self._key.sign(message_hash)
        return SignedWithdrawal(signature, message_hash, units, expiration, salt, asset, self.vault, address)


def _order_form(order: MessageTemplate, markets: Known, vault: int, public_key: int) -> Form:
    """Orders as they usually are: the market known, whole seconds, no rounding of the size.

    `_terms` knows all others.
    """
    least = 10**9 - Buffer.ORDER * DAY
    keys = (
        Key.known_object("market", markets),
        Key.choice("side", {"SELL": 0, "BUY": 1}),
        Key.amount("size"),
        Key.amount("price"),
        Key.rate("taker_fee", _FEE_DECIMALS),
        Key.moment("expire_time", least + 1, least + 19 * 10**9 - 1),
        Key.rate("builder_fee", _FEE_DECIMALS, required=False),
        Key.integer_or_fresh("nonce", 1, 1 << 31),
        Key.choice("rounding", {"exact": 0}, required=False),
    )
    cost, by_side, up = ("size", "price"), (_native.ROUND_DOWN, _native.ROUND_UP), (_native.ROUND_UP, _native.ROUND_UP)
    terms = (
        Term(("size",), side="side", negative=(1, 0), record="market", place=0, amounts=("size",)),
        Term(cost, side="side", rounding=by_side, negative=(0, 1), record="market", place=1, amounts=cost),
        Term((*cost, "taker_fee"), addend="builder_fee", rounding=up, record="market", place=2, amounts=cost),
        Term(("expire_time",), plus=Buffer.ORDER * DAY),
        Term(("nonce",)),
    )
    base, quote, fee, expiration, nonce = range(5)
    synthetic, collateral = Of("market", 0), Of("market", 1)
    slots = (synthetic, base, collateral, quote, collateral, fee, expiration, nonce)
    results = (base, quote, fee, expiration, nonce, Constant(vault), Constant(public_key))
    return Form(order, SignedOrder, keys, terms, slots, results)


def _keep_ready(markets: Known, market: Market) -> None:
    synthetic, collateral = market.synthetic_resolution, market.collateral_resolution
    if max(synthetic, collateral) <= _MOST_64:
        scales = (
            (synthetic, 0, _MOST_63, 0),
            (collateral, 0, _MOST_63, 0),
            (collateral, 0, _MOST_64, _FEE_DECIMALS),
        )
        markets.add_object(market, (market.synthetic_id, market.collateral_id), scales)


def _is_buy(side: object) -> bool:
    text = exact.text(side, "side")
    if text not in ("BUY", "SELL"):
        raise InvalidInput("side", 'must be "BUY" or "SELL", in upper case')
    return text == "BUY"


def _given(expire_time: Any) -> Any:
    if expire_time is None:
        raise _wrong_type("expire_time", "a datetime, seconds since the epoch or ISO 8601 text", type(None))
    return expire_time


def _fee(value: Amount, field: str) -> Exact:
    """A fee rate. The bound is far above any exchange's, and below a slip of a percentage for a fraction."""
    fee = read(value, field)
    if fee.units(1, up=False) >= 1:
        raise InvalidAmount(field, "must be a fraction below 1: 0.0005 for 0.05 %")
    return fee


def _resolution(value: object) -> int:
    resolution = read_uint(value, 128, "collateral_resolution")
    if resolution == 0:
        raise _invalid("collateral_resolution", "must be in [1, 2^128)")
    return resolution


def _up(amount: Exact, resolution: int, field: str, rounding: object) -> int:
    """Units, away from zero where rounding is asked for; below 2^63."""
    exactly = exact.one_of(rounding, "rounding", "exact", "venue") == "exact"
    if amount.digits == 0 or (exactly and not amount.is_whole(resolution)):
        raise InvalidAmount(field, f"must be more than 0, and a whole number of units of 1/{resolution}")
    units = amount.units(resolution, up=True)
    if units >= 1 << 63:
        raise InvalidAmount(field, "must come to less than 2^63 units")
    return units
