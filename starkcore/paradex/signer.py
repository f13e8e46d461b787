"""One key, one account at Paradex: from what a person writes to what the exchange accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import time, time_ns
from typing import Any, NamedTuple, NoReturn

from starkcore import exact
from starkcore.described import described
from starkcore.errors import InvalidAmount, InvalidInput, StarkcoreError, _invalid, _wrong_type
from starkcore.hashing import pedersen_hash, poseidon_hash_many
from starkcore.keys import PrivateKey, Signature, _not_copied
from starkcore.paradex.messages import (
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
from starkcore.starknet.template import MessageTemplate

__all__ = ["OrderSigner", "SignedMessage", "SignedOrder"]

# RFC 6979's extra data begin here at Paradex, as in starknet.py: signatures are then its SDK's, bit for bit.
SEED = 32

_AUTH_SECONDS = 24 * 60 * 60
# Names whose short strings are kept.
_MOST_MARKETS = 4096
_REQUIRED = frozenset(("market", "side", "order_type", "size"))
_OPTIONAL = frozenset(("price", "timestamp", "order_id", "rounding"))


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

    __slots__ = ("_change", "_key", "_markets", "_order", "account", "network")

    def __init__(self, key: PrivateKey, account: int | str, network: str | Network = "mainnet") -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._key = key
        self.account = read_element(account, "account")
        self.network = find(network)
        self._order = self._template("Order", 6)
        self._change = self._template("ModifyOrder", 7)
        self._markets: dict[str, int] = {}

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
            price: likewise. A market order has none; nor do stop, take-profit and stop-loss orders at the market: one that is
                given is signed, as the exchange's SDK does it.
            timestamp: milliseconds since the epoch, an int; now, when left out.
            order_id: of the order that is changed.
            rounding: "exact" refuses a size or price with more than eight decimals; "down" cuts them, as the exchange's SDK
                does. What is sent must then be cut as well.

        Raises:
            InvalidAmount, InvalidInput, InputTypeError
        """
        values, signed = self._terms(market, side, order_type, size, price, timestamp, order_id, rounding)
        message_hash = (self._order if order_id is None else self._change).hash(values)
        return SignedOrder(self._key.sign(message_hash, SEED), message_hash, *signed)

    def sign_orders(
        self, orders: Iterable[Mapping[str, Any]], *, threads: int = 1
    ) -> list[SignedOrder | StarkcoreError]:
        """Sign many orders; quicker an order than `sign_order`.

        Args:
            orders: mappings of the parameters of `sign_order`.
            threads: how many threads sign, this one included; an int in [1, 256].

        Returns:
            Per order, in order, the `SignedOrder`, or the exception that `sign_order` would have raised: a bad order spoils no
            other. Tell them apart by isinstance.
        """
        if isinstance(orders, (str, Mapping)) or not isinstance(orders, Iterable):
            raise _wrong_type("orders", "a sequence of orders", type(orders))
        outcomes = [self._hashed(order) for order in orders]
        hashes = [outcome[0] for outcome in outcomes if isinstance(outcome, tuple)]
        signatures = iter(self._key.sign_many(hashes, SEED, threads=threads))
        return [
            SignedOrder(next(signatures), outcome[0], *outcome[1]) if isinstance(outcome, tuple) else outcome
            for outcome in outcomes
        ]

    def _hashed(self, order: object) -> tuple[int, tuple[int, int, int]] | StarkcoreError:
        """An order's hash, and what was signed; or what is wrong with it."""
        try:
            if not isinstance(order, Mapping):
                raise _wrong_type("order", "a mapping", type(order))
            if not _REQUIRED <= order.keys() <= _REQUIRED | _OPTIONAL:
                names = ", ".join(sorted(_REQUIRED)), ", ".join(sorted(_OPTIONAL))
                raise InvalidInput("order", f"must have {names[0]}, and may have {names[1]}; nothing else")
            order_id = order.get("order_id")
            values, signed = self._terms(
                order["market"], order["side"], order["order_type"], order["size"], order.get("price"),
                order.get("timestamp"), order_id, order.get("rounding", "exact"),
            )  # fmt: skip
            return (self._order if order_id is None else self._change).hash(values), signed
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
    ) -> tuple[list[int], tuple[int, int, int]]:
        """The felts that are signed, and timestamp, size and price."""
        kind = exact.text(order_type, "order_type")
        chain_size = chain_amount(size, "size", rounding)
        if chain_size == 0:
            raise InvalidAmount("size", "must be more than 0")
        chain_price = price_of(kind, price, rounding)
        when = time_ns() // 1_000_000 if timestamp is None else _milliseconds(timestamp)
        values = [when, self._market(market), side_number(side), short_string(kind), chain_size, chain_price]
        if order_id is not None:
            values.append(order_id_element(order_id))
        return values, (when, chain_size, chain_price)

    def _market(self, market: object) -> int:
        known = self._markets
        if type(market) is str and market in known:
            return known[market]
        name = exact.text(market, "market")
        value = market_element(name)
        if len(known) < _MOST_MARKETS:
            known[name] = value
        return value

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
                min_price, max_price and oracle_tolerance, decimal amounts; and maker_order and taker_order, mappings with
                account, side, type, size and price. What is left out is signed as zero.
            block_trade_id: of the block trade that the offer is for.
        """
        if not trades:
            raise _invalid("trades", "must be at least one")
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
            expiration: of the signature, in seconds since the epoch; a day later, when left out, as in the exchange's SDK.
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
        return SignedMessage(self._key.sign(message_hash, SEED), message_hash)


def _seconds(value: object, field: str) -> int:
    seconds = exact.integer(value, field, "an int, in seconds")
    if not 0 < seconds < 10**11:
        raise _invalid(field, "must be in seconds since the epoch, before the year 5138")
    return seconds


def _milliseconds(value: object, field: str = "timestamp") -> int:
    milliseconds = exact.integer(value, field, "an int, in milliseconds")
    if not 10**11 <= milliseconds < 10**14:
        raise _invalid(field, "must be in milliseconds since the epoch, between the years 1973 and 5138")
    return milliseconds
