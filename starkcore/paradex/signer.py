"""One key, one account at Paradex: from what a person writes to what the exchange accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import time, time_ns
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from starkcore import _native, exact
from starkcore.described import described
from starkcore.errors import InvalidAmount, StarkcoreError, _invalid, _wrong_type
from starkcore.hashing import pedersen_hash, poseidon_hash_many
from starkcore.keys import PrivateKey, Signature, _not_copied
from starkcore.paradex.columns import SignedColumns, sign_columns
from starkcore.paradex.messages import (
    ORDER_TYPES,
    RESOLUTION,
    Rounding,
    Side,
    block_trade,
    chain_amount,
    document,
    market_element,
    order_id_element,
    price_of,
    side_number,
)
from starkcore.paradex.networks import Network, find
from starkcore.starkex.amounts import Amount
from starkcore.starknet.felts import Unreadable, byte_array, read_element, short_string
from starkcore.starknet.form import Form, Key, Known, Of, Term, check_keys
from starkcore.starknet.template import MessageTemplate, Value, ready
from starkcore.starknet.warming import of_nobody

if TYPE_CHECKING:
    from starkcore.starknet.columns import Column

__all__ = ["OrderSigner", "SignedMessage", "SignedOrder"]

# RFC 6979's extra data begin here at Paradex, as in starknet.py: signatures are then its SDK's, bit for bit.
SEED = 32

# An order that only warms caches.
_NOBODYS_ORDER: dict[str, Any] = {
    "market": "BTC-USD-PERP", "side": "BUY", "order_type": "LIMIT", "size": "1.5", "price": "1.5",
}  # fmt: skip

_AUTH_SECONDS = 24 * 60 * 60
# Names that are kept ready, a hundred bytes each.
_MOST_NAMES = 4096
_REQUIRED = frozenset(("market", "side", "order_type", "size"))
_OPTIONAL = frozenset(("price", "timestamp", "order_id", "rounding"))
_MILLISECONDS = (10**11, 10**14 - 1)


class _Row(NamedTuple):
    """An order that was read: which message it is, what fills it, and what a SignedOrder says of it."""

    template: MessageTemplate
    values: tuple[Value, ...]
    signed: tuple[int, int, int]


def signature_text(signature: Signature) -> str:
    """'["r","s"]' in decimal digits: the text that the exchange takes.

    >>> signature_text(Signature(1, 2))
    '["1","2"]'
    """
    return f'["{signature.r}","{signature.s}"]'


@described
class SignedOrder(NamedTuple):
    """What was signed, and the signature.

    Attributes:
        signature: r and s.
        hash: the message's hash.
        timestamp: milliseconds since the epoch; the request's signature_timestamp.
        size, price: in units of 10^-8, as they were signed.
    """

    signature: Signature
    hash: int
    timestamp: int
    size: int
    price: int

    @property
    def signature_text(self) -> str:
        """'["r","s"]' in decimal digits: the request's signature."""
        return signature_text(self.signature)


class SignedMessage(NamedTuple):
    """Any other message's hash and signature."""

    signature: Signature
    hash: int

    @property
    def signature_text(self) -> str:
        """'["r","s"]' in decimal digits."""
        return signature_text(self.signature)


class OrderSigner:
    """Signs for one account at Paradex with its key, or with a subkey of it. Many threads may share one signer.

    Args:
        key: the private key.
        account: the account's Starknet address: an int, or "0x…" text.
        network: "mainnet" or "testnet".
    """

    __slots__ = ("_change", "_forms", "_ids", "_key", "_markets", "_names", "_order", "_sides", "account", "network")

    def __init__(self, key: PrivateKey, account: int | str, network: str | Network = "mainnet") -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._key = key
        self.account = read_element(account, "account")
        self.network = find(network)
        self._order = self._template("Order", 6)
        self._change = self._template("ModifyOrder", 7)
        self._names: dict[str, _native.MessageElement] = {}
        self._sides = ready(1), ready(2)  # a buy, a sell
        self._markets = Known(_MOST_NAMES)
        self._ids = Known(_MOST_NAMES)
        self._forms = tuple(
            _order_form(template, self._markets, self._sides, ids, has_price)
            for template, ids in ((self._order, None), (self._change, self._ids))
            for has_price in (True, False)
        )

    def _template(self, kind: str, places: int) -> MessageTemplate:
        names = ("timestamp", "market", "side", "orderType", "size", "price", "id")[:places]
        data = document(kind, self.network, dict.fromkeys(names, 0))
        return MessageTemplate(0, data.domain_hash, self.account, [data.type_hash(kind), *[None] * places])

    @property
    def public_key(self) -> int:
        """The x-coordinate of the key that signs."""
        return self._key.public_key.x

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("an OrderSigner")

    def __repr__(self) -> str:
        return f"<OrderSigner for Paradex {self.network.name}, account {self.account:#x}>"

    def sign_order(
        self,
        *,
        market: str,
        side: Side,
        order_type: str,
        size: Amount,
        price: Amount | None = None,
        timestamp: int | None = None,
        order_id: str | None = None,
        rounding: Rounding = "exact",
    ) -> SignedOrder:
        """Sign a new order, or the change of one.

        Args:
            market: "BTC-USD-PERP"; at most 31 characters.
            side: "BUY" or "SELL".
            order_type: "LIMIT", "MARKET", "STOP_LIMIT" and so on, as the exchange writes it.
            size: decimal text, Decimal or int, more than 0, of at most eight decimals. A float is refused.
            price: likewise. A market order has none; nor do stop, take-profit and stop-loss orders at the market: one
                that is given is signed, as the exchange's SDK does it.
            timestamp: milliseconds since the epoch, an int; now, when left out.
            order_id: of the order that is changed.
            rounding: "exact" refuses a size or price with more than eight decimals; "down" cuts them, as the exchange's
                SDK does. What is sent must then be cut as well.

        Raises:
            InvalidAmount, InvalidInput, InputTypeError
        """
        given = {
            "market": market, "side": side, "order_type": order_type, "size": size, "price": price,
            "timestamp": timestamp, "order_id": order_id, "rounding": rounding,
        }  # fmt: skip
        form = self._forms[2 * (order_id is not None) + (price is None)]
        signed: SignedOrder | None
        (signed,) = form.sign(self._key, (given,), SEED, now=_now())
        if signed is not None:
            return signed
        values, fields = self._terms(market, side, order_type, size, price, timestamp, order_id, rounding)
        template = self._order if order_id is None else self._change
        return SignedOrder(*template.sign(self._key, values, SEED), *fields)

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
        now, forms = _now(), iter(self._forms)

        def signed(left: Iterable[object]) -> list[Any]:
            form = next(forms, None)
            if form is None:
                return self._sign_unusual(left, threads)
            return form.sign_all(self._key, left, SEED, signed, now=now, threads=threads)

        return signed(orders)

    def _sign_unusual(self, orders: Iterable[object], threads: int) -> list[Any]:
        """Orders that the form has not signed."""
        outcomes: list[Any] = [self._read(order) for order in orders]
        for template in (self._order, self._change):
            places = [i for i, outcome in enumerate(outcomes) if type(outcome) is _Row and outcome.template is template]
            rows = [outcomes[i].values for i in places]
            for i, result in zip(places, template.sign_many(self._key, rows, SEED, threads=threads), strict=True):
                outcomes[i] = SignedOrder(*result, *outcomes[i].signed) if type(result) is tuple else result
        return outcomes

    def _read(self, order: Any) -> _Row | StarkcoreError:
        """An order's values, or what is wrong with it."""
        try:
            order = check_keys(order, _REQUIRED, _OPTIONAL)
            order_id = order.get("order_id")
            values, signed = self._terms(
                order["market"], order["side"], order["order_type"], order["size"], order.get("price"),
                order.get("timestamp"), order_id, order.get("rounding", "exact"),
            )  # fmt: skip
            return _Row(self._order if order_id is None else self._change, values, signed)
        except StarkcoreError as error:
            return error.with_traceback(None)

    def _terms(
        self,
        market: Any,
        side: Any,
        order_type: Any,
        size: Any,
        price: Any,
        timestamp: Any,
        order_id: Any,
        rounding: Any,
    ) -> tuple[tuple[Value, ...], tuple[int, int, int]]:
        """What is signed, and timestamp, size and price."""
        kind = exact.text(order_type, "order_type")
        chain_size = chain_amount(size, "size", rounding)
        if chain_size == 0:
            raise InvalidAmount("size", "must be more than 0")
        chain_price = price_of(kind, price, rounding)
        when = _now() if timestamp is None else _milliseconds(timestamp)
        name = self._named(market, market_element)
        if type(market) is str:
            self._markets.add_name(market, name)
        named = name, self._sides[side_number(side) - 1], self._named(kind, short_string)
        values: tuple[Value, ...] = (when, *named, chain_size, chain_price)
        if order_id is not None:
            identity = ready(order_id_element(order_id))
            if type(order_id) is str:
                self._ids.add_name(order_id, identity)
            values = (*values, identity)
        return values, (when, chain_size, chain_price)

    def _named(self, name: object, element: Callable[[Any], int]) -> _native.MessageElement:
        """A market's or an order type's name, made ready once."""
        known = self._names
        if type(name) is str and name in known:
            return known[name]
        text = exact.text(name, "market")
        value = ready(element(text))
        if len(known) < _MOST_NAMES:
            known[text] = value
        return value

    # ---- Columns

    def sign_columns(
        self,
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
        threads: int = 1,
    ) -> SignedColumns:
        """Sign a table of new orders: columns of integers, one an order, and no Python object for any of them.

        A column is a buffer of integers of any width, signed or not, with one dimension and any stride: a NumPy array,
        a field of a structured one, an array.array. Or it is a list of ints; or an int, the same for all orders.

        Args:
            markets, order_types: names, which `market` and `order_type` count from 0.
            size_decimals, price_decimals: what a size and a price of 1 are, in [0, 8]: with 3, a size of 1500 is 1.5.
                One for all markets, or one for each.
            market, order_type: places in `markets` and `order_types`.
            side: 1 to buy, 0 to sell; bools will do.
            size: in 10^-size_decimals; more than zero.
            price: in 10^-price_decimals; more than zero in limit orders, and 0 in MARKET orders.
            timestamp: milliseconds since the epoch.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            The `SignedColumns`. Each order is signed as `sign_order` does it, or has its own status there: a bad order
            spoils no other.

        Raises:
            InvalidInput, InputTypeError: the columns themselves are no such thing.

        Other threads run meanwhile (and must leave the columns alone), and Ctrl-C is heard within a tenth of a second.

            >>> from array import array
            >>> from starkcore import PrivateKey
            >>> signer = OrderSigner(PrivateKey(1), account=1)
            >>> signed = signer.sign_columns(
            ...     markets=["BTC-USD-PERP"], order_types=["LIMIT"], size_decimals=3, price_decimals=1, market=0,
            ...     side=array("B", [1, 0]), order_type=0, size=array("q", [500, -1]), price=600001,
            ...     timestamp=1700000000000)
            >>> one = signer.sign_order(
            ...     market="BTC-USD-PERP", side="BUY", order_type="LIMIT", size="0.5", price="60000.1",
            ...     timestamp=1700000000000)
            >>> signed.signature(0) == one.signature, signed.sizes[0] == one.size
            (True, True)
            >>> [(error.field, error.index) for error in signed.errors()]
            [('size', 1)]
        """
        return sign_columns(
            self._key, self._order, SEED, markets=markets, order_types=order_types, size_decimals=size_decimals,
            price_decimals=price_decimals, market=market, side=side, order_type=order_type, size=size, price=price,
            timestamp=timestamp, threads=threads,
        )  # fmt: skip

    # ---- Block trades

    def sign_block_trade(
        self,
        *,
        nonce: str | int,
        expiration: int,
        trades: Sequence[Mapping[str, Any]],
        block_trade_id: str | None = None,
    ) -> SignedMessage:
        """Sign a block trade; or, with the id of one, an offer for it.

        Args:
            nonce: the block trade's, digits or an int.
            expiration: milliseconds since the epoch.
            trades: at least one mapping with market and, as far as the trade has them, price, size, min_size, max_size,
                min_price, max_price and oracle_tolerance, decimal amounts; and maker_order and taker_order, mappings
                with account, side, type, size and price. What is left out is signed as zero.
            block_trade_id: of the block trade that the offer is for.
        """
        data = block_trade(self.network, nonce, _milliseconds(expiration, "expiration"), trades, block_trade_id)
        return self.sign_hash(data.hash(self.account))

    # ---- Requests

    def onboarding_headers(self, ethereum_account: str) -> dict[str, str]:
        """The headers of POST /v1/onboarding, whose body has the public key."""
        from starkcore.ethereum import checksum_address

        signed = self.sign_hash(document("Constant", self.network, {"action": "Onboarding"}).hash(self.account))
        return {
            "PARADEX-ETHEREUM-ACCOUNT": checksum_address(ethereum_account, "ethereum_account"),
            "PARADEX-STARKNET-ACCOUNT": hex(self.account),
            "PARADEX-STARKNET-SIGNATURE": signed.signature_text,
        }

    def auth_headers(self, *, timestamp: int | None = None, expiration: int | None = None) -> dict[str, str]:
        """The headers of POST /v1/auth, which answers a token for about five minutes.

        Args:
            timestamp: seconds since the epoch; now, when left out.
            expiration: of the signature, in seconds since the epoch; a day later, when left out, as in the exchange's
                SDK.
        """
        when = int(time()) if timestamp is None else _seconds(timestamp, "timestamp")
        until = when + _AUTH_SECONDS if expiration is None else _seconds(expiration, "expiration")
        message = {"method": "POST", "path": "/v1/auth", "body": "", "timestamp": when, "expiration": until}
        signed = self.sign_hash(document("Request", self.network, message).hash(self.account))
        return {
            "PARADEX-STARKNET-ACCOUNT": hex(self.account),
            "PARADEX-STARKNET-SIGNATURE": signed.signature_text,
            "PARADEX-TIMESTAMP": str(when),
            "PARADEX-SIGNATURE-EXPIRATION": str(until),
        }

    def full_node_headers(self, payload: str, *, timestamp: int | None = None) -> dict[str, str]:
        """The headers of a request to Paradex's full node.

        Args:
            payload: the request's body, the very text that is sent.
            timestamp: seconds since the epoch; now, when left out.
        """
        text = exact.text(payload, "payload")
        when = int(time()) if timestamp is None else _seconds(timestamp, "timestamp")
        try:
            content = poseidon_hash_many(byte_array(text))
        except Unreadable as error:
            raise _invalid("payload", str(error)) from None
        message = {"account": self.account, "payload": content, "timestamp": when, "version": "1.0.0"}
        signed = self.sign_hash(document("FullNodeRequest", self.network, message).hash(self.account))
        return {
            "Content-Type": "application/json",
            "PARADEX-STARKNET-ACCOUNT": hex(self.account),
            "PARADEX-STARKNET-SIGNATURE": signed.signature_text,
            "PARADEX-STARKNET-SIGNATURE-TIMESTAMP": str(when),
            "PARADEX-STARKNET-SIGNATURE-VERSION": "1.0.0",
        }

    def sign_subkey(self, timestamp: int) -> SignedMessage:
        """What a subkey signs to be activated: pedersen(timestamp, its public key). `timestamp` is in seconds."""
        return self.sign_hash(pedersen_hash(_seconds(timestamp, "timestamp"), self.public_key))

    def sign_hash(self, message_hash: int) -> SignedMessage:
        """Sign any message hash, an int in [0, 2^251)."""
        number = _native.message_hash(message_hash)
        return SignedMessage(self._key.sign(number, SEED), number)


def _order_form(
    order: MessageTemplate,
    markets: Known,
    sides: tuple[_native.MessageElement, ...],
    ids: Known | None,
    has_price: bool,
) -> Form:
    """Orders as they usually are: the market known, nothing to round. `_terms` knows all others.

    `ids` are those of orders that are changed; None for new ones. Without a price they are orders at the market's.
    """
    kinds = [kind for kind in ORDER_TYPES if kind.endswith("LIMIT") == has_price]
    keys = (
        Key.known_name("market", markets),
        Key.choice("side", {"BUY": 0, "SELL": 1}),
        Key.choice("order_type", {kind: i for i, kind in enumerate(kinds)}),
        Key.amount("size"),
        Key.amount("price") if has_price else Key.nothing("price"),
        Key.integer_or_now("timestamp", *_MILLISECONDS),
        Key.choice("rounding", {"exact": 0}, required=False),
        Key.nothing("order_id") if ids is None else Key.known_name("order_id", ids),
    )
    scale = (RESOLUTION, 1, (1 << 64) - 1, 0)
    terms = (
        Term(("timestamp",)),
        Term(("size",), amounts=("size",), scale=scale),
        Term(("price",), amounts=("price",), scale=scale) if has_price else Term(("price",)),
    )
    timestamp, size, price = range(3)
    names = tuple(ready(short_string(kind)) for kind in kinds)
    slots: tuple[int | Of, ...] = (
        timestamp, Of("market"), Of("side", elements=sides), Of("order_type", elements=names), size, price,
    )  # fmt: skip
    if ids is not None:
        slots = (*slots, Of("order_id"))
    return Form(order, SignedOrder, keys, terms, slots, (timestamp, size, price))


def _now() -> int:
    """Milliseconds since the epoch."""
    return time_ns() // 1_000_000


def _seconds(value: object, field: str) -> int:
    seconds = exact.integer(value, field, "an int, in seconds")
    if not 0 < seconds < 10**11:
        raise _invalid(field, "must be in seconds since the epoch, before the year 5138")
    return seconds


def _milliseconds(value: object, field: str = "timestamp") -> int:
    milliseconds = exact.integer(value, field, "an int, in milliseconds")
    if not _MILLISECONDS[0] <= milliseconds <= _MILLISECONDS[1]:
        raise _invalid(field, "must be in milliseconds since the epoch, between the years 1973 and 5138")
    return milliseconds
