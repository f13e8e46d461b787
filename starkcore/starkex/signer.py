"""One key, one position, one venue: from what a person writes to what the exchange accepts.

Long, because each kind of message is a method here, with what its parameters mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import time

from starkcore import _native, exact
from starkcore.errors import InvalidAmount, StarkcoreError, _called, _invalid, _wrong_type
from starkcore.keys import PrivateKey, PublicKey, Signature, _not_copied
from starkcore.starkex.amounts import quantums
from starkcore.starkex.expiry import whole_hours
from starkcore.starkex.orders import OrderReader, OrderTerms, SignedOrder, amount_told, nonce_of, signed_order
from starkcore.starkex.venue import DYDX, Network, Venue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

    from typing_extensions import Buffer

    from starkcore.starkex.amounts import Amount
    from starkcore.starkex.columns import SignedColumns
    from starkcore.starkex.expiry import Expiration
    from starkcore.starkex.orders import OrderParts, Side
    from starkcore.starkex.transfers import ConditionalTransfer, Transfer
    from starkcore.starkex.withdrawals import Withdrawal, WithdrawalToAddress

    _Column: TypeAlias = Buffer | int
    Message = TypeVar("Message", Transfer, ConditionalTransfer, Withdrawal, WithdrawalToAddress)
else:
    from starkcore.values import Generic, dataclass

    Message = object

__all__ = ["OrderSigner", "SignedMessage"]

# Of an order that only warms caches: words of the usual kind, until the year 2477.
_NOBODYS_ORDER: dict[str, Any] = {
    "side": "BUY", "size": "1.0", "price": "1.5", "limit_fee": "0.001", "expiration": 16_000_000_000,
    "client_id": "warm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedMessage(Generic[Message]):
    """A transfer or withdrawal, its hash and its signature."""

    signature: Signature
    hash: int
    message: Message

    @property
    def nonce(self) -> int:
        return self.message.nonce

    @property
    def quantums_amount(self) -> int:
        return self.message.quantums_amount

    @property
    def expiration_hours(self) -> int:
        return self.message.expiration_hours


class OrderSigner:
    """Signs orders, transfers and withdrawals of one position with one key.

    It keeps what orders have in common: the half of the hash that depends on market and side alone, and the one that
    depends on position and hour. Many threads may share one signer.

    Args:
        key: the position's private key.
        network: a name or chain id that the venue has: "mainnet" or "sepolia" on dYdX.
        position_id: an int in [0, 2^64); each message may name another.
        venue: dYdX v3, unless another is given.
        check_expiration: refuse an expiry that this machine's clock has passed. Off, expiries are only asked to be
            plausible: for signing again what was signed years ago.

    dYdX's published order:

        >>> from starkcore import PrivateKey
        >>> key = PrivateKey("58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3")
        >>> signer = OrderSigner(key, network="sepolia", position_id=12345, check_expiration=False)
        >>> signed = signer.sign_order(
        ...     market="ETH-USD", side="BUY", size="145.0005", price="350.00067", limit_fee="0.125",
        ...     client_id="This is an ID that the client came up with to describe this order",
        ...     expiration="2020-09-17T04:15:55.028Z")
        >>> signed.signature.to_hex()[:64]
        '0500a22a8c8b14fbb3b7d26366604c446b9d059420d7db2a8f94bc52691d2626'
        >>> signed.quantums_collateral, signed.quantums_fee, signed.expiration_hours
        (50750272151, 6343784019, 444701)
    """

    __slots__ = ("_check_expiration", "_orders", "_reader", "_secret", "key")

    def __init__(
        self,
        key: PrivateKey,
        network: str | int = "mainnet",
        *,
        position_id: int,
        venue: Venue = DYDX,
        check_expiration: bool = True,
    ) -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        if not isinstance(venue, Venue):
            raise _wrong_type("venue", "a Venue", type(venue))
        if not isinstance(check_expiration, bool):
            raise _wrong_type("check_expiration", "a bool", type(check_expiration))
        self.key = key
        self._secret = key._secret
        self._reader = OrderReader(venue, venue.network(network), position_id)
        self._orders = self._reader.native
        self._check_expiration = check_expiration

    @property
    def position_id(self) -> int:
        """The position that messages are from, unless they name another."""
        return self._reader.position_id

    @property
    def network(self) -> Network:
        """The network that messages are for."""
        return self._reader.network

    @property
    def venue(self) -> Venue:
        """The venue that messages are for."""
        return self._reader.venue

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("an OrderSigner")

    def __repr__(self) -> str:
        return f"<OrderSigner for {self.venue.name} {self.network.name}, position {self.position_id}>"

    # An order of plain texts and ints is signed by the core alone; all others are here, and here errors are made.
    @_native.OrderMethod.of
    def sign_order(
        self,
        *,
        market: str,
        side: Side,
        size: Amount,
        price: Amount,
        limit_fee: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedOrder:
        """Sign a limit order.

        Args:
            market: "ETH-USD"; one of the venue's.
            side: "BUY" or "SELL" the synthetic asset.
            size: in units of the synthetic asset; a whole number of quantums, more than zero.
            price: of one unit in collateral, more than zero. size × price is rounded up for a buy and down for a sell.
            limit_fee: the highest fee as a fraction below 1, "0.001" for 0.1 %; digits after the sixth decimal don't
                count. Amounts are text, Decimal or int; a float is refused.
            expiration: an aware datetime, seconds since the epoch, or ISO 8601 text with a zone: the time that the
                exchange is told. What is signed is in hours, rounded up, and a week later.
            client_id: any text; the nonce is made from it. Or
            nonce: an int in [0, 2^32).
            position_id: instead of the signer's own.

        Raises:
            UnknownMarket, InvalidAmount, InvalidExpiration, InvalidInput, InputTypeError
        """
        reader, now = self._reader, self._now()
        given = reader.native.terms(
            market, side, size, price, limit_fee, expiration,  # type: ignore[arg-type]  # as they were given
            client_id, nonce, position_id,
        )  # fmt: skip
        try:
            parts, terms = reader.read(given, now)
            return signed_order(_native.sign_order(self._secret, parts), terms)
        except InvalidAmount as error:
            told = amount_told(error, reader.venue, market)
        raise told

    def warm(self) -> None:
        """Bring into this core's caches what `sign_order` reads: code, tables, and Python's own part.

        For a loop that has nothing else to do. An order that is signed after other work, or after a pause, takes
        several times what it takes in a row, because everything has to be fetched again; this fetches it beforehand, by
        signing an order of nobody's, which is thrown away. The signer's own key isn't used. It takes as long as an
        order does then, 12 to 70 µs, and lasts until other work has taken the caches, or the core has slept.

            >>> from starkcore import PrivateKey
            >>> signer = OrderSigner(PrivateKey(1), position_id=1)
            >>> signer.warm()
        """
        market = next(iter(self.venue.markets), None)
        if market is None:
            return
        nobody = object.__new__(OrderSigner)
        nobody._secret, nobody._check_expiration = PrivateKey(1)._secret, self._check_expiration  # known to everybody
        nobody._reader, nobody._orders = self._reader, self._orders
        try:  # noqa: SIM105 - without contextlib, which takes long to import
            nobody.sign_order(market=market, **_NOBODYS_ORDER)
        except StarkcoreError:  # of a venue whose units are so small that 1.5 of them are too many
            pass

    def sign_orders(
        self, orders: Iterable[OrderTerms | Mapping[str, Any]], *, threads: int = 1
    ) -> list[SignedOrder | StarkcoreError]:
        """Sign many orders in one native call; quicker an order than `sign_order`, because inversions are shared.

        Args:
            orders: `OrderTerms`, or dicts of the parameters of `sign_order`.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            Per order, in order, the `SignedOrder`, or the exception that `sign_order` would have raised: a bad order
            spoils no other. Tell them apart by isinstance.

        Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

            >>> from starkcore import PrivateKey
            >>> signer = OrderSigner(PrivateKey(1), position_id=1)
            >>> order = {"market": "BTC-USD", "side": "SELL", "size": 1, "price": 30000, "limit_fee": "0.001",
            ...          "expiration": "2099-01-01T00:00:00Z", "nonce": 1}
            >>> good, bad = signer.sign_orders([order, order | {"size": "1 "}])
            >>> good == signer.sign_order(**order)
            True
            >>> bad.field
            'size'
        """
        exact.several(orders, "orders", "a sequence of orders")
        reader, now = self._reader, self._now()

        def otherwise(order: Any) -> tuple[OrderParts, OrderTerms] | StarkcoreError:
            try:
                return reader.parts_of(order, now)
            except StarkcoreError as error:
                return error.with_traceback(None)

        def told(error: StarkcoreError, terms: OrderTerms) -> StarkcoreError:
            return amount_told(error, reader.venue, terms.market)

        return _native.sign_human_orders(self._secret, reader.native, orders, now, threads, otherwise, told)

    def sign_columns(
        self,
        *,
        markets: Sequence[str],
        size_decimals: int | Sequence[int],
        price_decimals: int | Sequence[int],
        market: _Column,
        side: _Column,
        size: _Column,
        price: _Column,
        limit_fee: _Column,
        nonce: _Column,
        expiration: _Column,
        threads: int = 1,
    ) -> SignedColumns:
        """Sign a table of orders: columns of integers, one an order, and no Python object for any of them.

        A column is a buffer of integers of any width, signed or not, with one dimension and any stride: a NumPy array,
        a field of a structured one, an array.array. Or it is an int, the same for all orders.

        Args:
            markets: names, which `market` counts from 0.
            size_decimals, price_decimals: what a size and a price of 1 are, in [0, 36]: with 3, a size of 1500 is 1.5.
                One for all markets, or one for each.
            market: places in `markets`.
            side: 1 to buy the synthetic asset, 0 to sell it; bools will do.
            size: in 10^-size_decimals units of the synthetic asset; more than zero.
            price: of one unit, in 10^-price_decimals units of the collateral; more than zero.
            limit_fee: the highest fee, in millionths, below a million: 1000 for 0.1 %.
            nonce: in [0, 2^32).
            expiration: in seconds since the epoch, as `sign_order` takes it.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            The `SignedColumns`. Each order is signed, or has its own status there: a bad order spoils no other.

        Raises:
            UnknownMarket, InvalidInput, InputTypeError: the columns themselves are no such thing.

        Other threads run meanwhile (and must leave the columns alone), and Ctrl-C is heard within a tenth of a second.

            >>> from array import array
            >>> from starkcore import PrivateKey
            >>> signer = OrderSigner(PrivateKey(1), position_id=1)
            >>> signed = signer.sign_columns(
            ...     markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=array("b", [1, 0, 2]),
            ...     size=1500, price=30_000, limit_fee=1000, nonce=array("I", [7, 8, 9]), expiration=4_070_908_800)
            >>> order = {"market": "BTC-USD", "size": "1.5", "price": 30000, "limit_fee": "0.001",
            ...          "expiration": 4_070_908_800}
            >>> signed.signature(0) == signer.sign_order(side="BUY", nonce=7, **order).signature
            True
            >>> [str(error) for error in signed.errors()]
            ['item 2: side must be 1 to buy or 0 to sell']
        """
        from starkcore.starkex.columns import decimals_of, signed_columns

        exact.several(markets, "markets", "a sequence of names")
        if not isinstance(markets, Sequence):
            raise _wrong_type("markets", "a sequence of names", type(markets))
        reader, names = self._reader, tuple(markets)
        scaled = tuple(
            (reader.market(name), size_digits, price_digits)
            for name, size_digits, price_digits in zip(
                names,
                decimals_of(size_decimals, len(names), "size_decimals"),
                decimals_of(price_decimals, len(names), "price_decimals"),
                strict=True,
            )
        )
        columns = (market, side, size, price, limit_fee, nonce, expiration)
        now = int(time()) if self._check_expiration else 0
        results = _native.sign_order_table(
            self._secret, scaled, columns, self.position_id, now, self.venue.order_buffer_hours,
            self.venue.round_expiration == "down", threads,
        )  # fmt: skip
        return signed_columns(results)

    def sign_transfer(
        self,
        *,
        receiver_position_id: int,
        receiver_key: PublicKey | int | str,
        amount: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedMessage[Transfer]:
        """Sign a transfer of collateral to another position.

        Args:
            receiver_position_id: an int in [0, 2^64).
            receiver_key: the receiver's Stark key: a `PublicKey`, or its x as int or hex text.
            amount: in units of the collateral; a whole number of quantums.
            expiration: as in `sign_order`; signed in hours, rounded up, without a buffer.
            client_id, nonce, position_id: as in `sign_order`.

        Raises:
            InvalidAmount, InvalidExpiration, InvalidInput, InputTypeError
        """
        from starkcore.starkex.transfers import Transfer

        sender, number, hours = self._common(expiration, client_id, nonce, position_id)
        return self._sign(
            Transfer(
                asset_id=self.network.collateral_id,
                receiver_key=_receiver_key(receiver_key, "receiver_key"),
                sender_position_id=sender,
                receiver_position_id=receiver_position_id,
                quantums_amount=self._quantums(amount, "amount"),
                nonce=number,
                expiration_hours=hours,
            )
        )

    def sign_conditional_transfer(
        self,
        *,
        receiver_position_id: int,
        receiver_key: PublicKey | int | str,
        condition: int,
        amount: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedMessage[ConditionalTransfer]:
        """Sign a transfer that happens once a condition holds: see `fact_to_condition`.

        Args:
            condition: an int in [0, 2^251).

        The others, and the errors, are those of `sign_transfer`.
        """
        from starkcore.starkex.transfers import ConditionalTransfer

        sender, number, hours = self._common(expiration, client_id, nonce, position_id)
        return self._sign(
            ConditionalTransfer(
                asset_id=self.network.collateral_id,
                receiver_key=_receiver_key(receiver_key, "receiver_key"),
                condition=condition,
                sender_position_id=sender,
                receiver_position_id=receiver_position_id,
                quantums_amount=self._quantums(amount, "amount"),
                nonce=number,
                expiration_hours=hours,
            )
        )

    def sign_fast_withdrawal(
        self,
        *,
        lp_position_id: int,
        lp_key: PublicKey | int | str,
        to_address: str | bytes,
        debit_amount: Amount,
        credit_amount: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedMessage[ConditionalTransfer]:
        """Sign a fast withdrawal: a conditional transfer to a liquidity provider, who pays on Ethereum.

        Args:
            lp_position_id, lp_key: the provider's position and Stark key.
            to_address: the Ethereum address that the provider pays.
            debit_amount: what leaves the position; credit_amount: what the address gets. In units of the collateral.

        The others, and the errors, are those of `sign_transfer`. The fact's salt is the nonce, as on dYdX.
        """
        from starkcore.starkex.facts import fact_to_condition
        from starkcore.starkex.transfers import ConditionalTransfer

        network = self.network
        if network.fact_registry is None or network.collateral_token is None:
            raise _invalid("network", "must have a fact registry and a collateral token for fast withdrawals")
        sender, number, hours = self._common(expiration, client_id, nonce, position_id)
        fact = self._payment(to_address, credit_amount, number)
        transfer = ConditionalTransfer(
            asset_id=network.collateral_id,
            receiver_key=_receiver_key(lp_key, "lp_key"),
            condition=fact_to_condition(network.fact_registry, fact),
            sender_position_id=sender,
            receiver_position_id=lp_position_id,
            quantums_amount=self._quantums(debit_amount, "debit_amount"),
            nonce=number,
            expiration_hours=hours,
        )
        with _called(receiver_key="lp_key", receiver_position_id="lp_position_id"):
            return self._sign(transfer)

    def _payment(self, to_address: str | bytes, credit_amount: Amount, salt: int) -> bytes:
        """The fact that the address was paid, in the network's collateral."""
        from starkcore.starkex.facts import transfer_erc20_fact

        network = self.network
        with _called(recipient="to_address", amount="credit_amount"):
            return transfer_erc20_fact(
                recipient=to_address,
                token_decimals=network.collateral_decimals,
                amount=credit_amount,
                token_address=network.collateral_token,  # type: ignore[arg-type]  # there is one: see above
                salt=salt,
            )

    def sign_withdrawal(
        self,
        *,
        amount: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedMessage[Withdrawal]:
        """Sign a withdrawal of collateral to the Ethereum address that the key is registered for.

        The parameters and the errors are those of `sign_transfer`.
        """
        from starkcore.starkex.withdrawals import Withdrawal

        position, number, hours = self._common(expiration, client_id, nonce, position_id)
        return self._sign(
            Withdrawal(
                collateral_id=self.network.collateral_id,
                position_id=position,
                quantums_amount=self._quantums(amount, "amount"),
                nonce=number,
                expiration_hours=hours,
            )
        )

    def sign_withdrawal_to_address(
        self,
        *,
        eth_address: str | bytes,
        amount: Amount,
        expiration: Expiration,
        client_id: str | None = None,
        nonce: int | None = None,
        position_id: int | None = None,
    ) -> SignedMessage[WithdrawalToAddress]:
        """Sign a withdrawal of collateral to any Ethereum address (later StarkEx; dYdX v3 doesn't have it).

        The parameters and the errors are those of `sign_transfer`.
        """
        from starkcore.starkex.withdrawals import WithdrawalToAddress

        position, number, hours = self._common(expiration, client_id, nonce, position_id)
        return self._sign(
            WithdrawalToAddress(
                collateral_id=self.network.collateral_id,
                eth_address=eth_address,
                position_id=position,
                quantums_amount=self._quantums(amount, "amount"),
                nonce=number,
                expiration_hours=hours,
            )
        )

    def _now(self) -> float | None:
        return time() if self._check_expiration else None

    def _common(
        self, expiration: Expiration, client_id: str | None, nonce: int | None, position_id: int | None
    ) -> tuple[int, int, int]:
        """Position, nonce and hours of a message that isn't an order: no buffer."""
        position = self.position_id if position_id is None else exact.integer(position_id, "position_id")
        number = nonce_of(self.venue, client_id, nonce)
        hours = whole_hours(expiration, self.venue.round_expiration == "up", self._now())
        return position, number, hours

    def _quantums(self, amount: Amount, field: str) -> int:
        return quantums(amount, self.network.collateral_resolution, field)

    def _sign(self, message: Message) -> SignedMessage[Message]:
        message_hash = message.hash()
        return SignedMessage(self.key.sign(message_hash), message_hash, message)


def _receiver_key(key: PublicKey | int | str, field: str) -> int:
    """A Stark key as a number. Its range is the message's business."""
    return key.x if isinstance(key, PublicKey) else _native.number(key, field)
