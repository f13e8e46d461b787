"""Requests as they come: JSON bodies read strictly, messages rebuilt from them, and the Stark signature verified.

What a request says is hashed as StarkEx hashes it, by `starkcore.starkex`, so that a signature is only right for
exactly what the request says. Every mistake is a `Refused` that names the field as the request has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn
from uuid import UUID, uuid5

from starkcore import PreparedPublicKey, PublicKey, Signature, _native
from starkcore.errors import StarkcoreError
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.sandbox.accounts import Account
from starkcore.sandbox.book import Order
from starkcore.sandbox.errors import Refused
from starkcore.sandbox.markets import MarketRules
from starkcore.starkex import (
    ConditionalTransfer,
    Network,
    Transfer,
    Venue,
    Withdrawal,
    fact_to_condition,
    transfer_erc20_fact,
)  # fmt: skip
from starkcore.starkex.amounts import quantums
from starkcore.starkex.expiry import whole_hours
from starkcore.starkex.orders import OrderReader, OrderTerms

__all__ = ["MILLION", "Reader", "field_name", "parse_object", "read_json"]

MILLION = 10**6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = 7 * 24 * 3600 * 1000
_SHORTEST_LIFE, _LONGEST_LIFE = 60 * 1000, 4 * _WEEK
_ORDER_FIELDS = frozenset((
    "market", "side", "type", "timeInForce", "size", "price", "limitFee", "expiration", "clientId", "postOnly",
    "signature", "cancelId", "triggerPrice", "trailingPercent", "reduceOnly",
))  # fmt: skip
# From which field a part of a message comes.
_SOURCES = {
    "quantums_synthetic": "size",
    "quantums_collateral": "price",
    "quantums_fee": "limitFee",
    "recipient": "toAddress",
}
_MONEY_FIELDS = frozenset(("amount", "clientId", "expiration", "signature"))
_FAST_FIELDS = frozenset((
    "creditAsset", "creditAmount", "debitAmount", "slippageTolerance", "toAddress", "lpPositionId", "expiration",
    "clientId", "signature",
))  # fmt: skip
# Tables of 256 keys, and the prepared words of 1024 positions, are kept.
_MOST_KEYS = 256
_MOST_READERS = 1024
_LONGEST_CLIENT_ID = 100
# No request has more than sixteen fields, nor an object within another.
_BOUNDS = Bounds(size=64 << 10, depth=16, values=1000)
_LARGEST_ORDER = 10**8
_LARGEST_SIZE = 10**15


def field_name(name: str) -> str:
    """A parameter's name as requests have it: limit_fee is limitFee."""
    if name in _SOURCES:
        return _SOURCES[name]
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def refuse(error: StarkcoreError) -> NoReturn:
    """A starkcore error as a refusal, under the request's name of the field."""
    name, rule = getattr(error, "field", "request"), getattr(error, "rule", str(error))
    raise Refused(f"{field_name(name)} {rule}") from None


def read_json(body: bytes, allowed: frozenset[str]) -> dict[str, Any]:
    """A body's object. Nulls count as left out; twice the same name, other names and anything but an object are
    refused.
    """
    values = parse_object(body, "body")
    for name in values.keys() - allowed:
        raise Refused(f"{name[:40]!a} is no field of this request; it has {', '.join(sorted(allowed)) or 'none'}")
    return {name: value for name, value in values.items() if value is not None}


def parse_object(text: bytes | str, name: str) -> dict[str, Any]:
    """What somebody sent, as the JSON object that it must be.

    Args:
        name: of what it is, for refusals.
    """
    try:
        values = strict_json(text, _BOUNDS)
    except BadJson as error:
        raise Refused(f"{name} must be a JSON object: it {error.what}") from None
    if not isinstance(values, dict):
        raise Refused(f"{name} must be a JSON object")
    return values


def text_of(values: dict[str, Any], name: str, longest: int = 200) -> str:
    """A required field that is text."""
    value = values.get(name)
    if value is None:
        raise Refused(f"{name} must be given")
    if not isinstance(value, str):
        raise Refused(f"{name} must be text in quotes, not a {_JSON_NAMES.get(type(value), 'structure')}")
    if not 0 < len(value) <= longest:
        raise Refused(f"{name} must have 1 to {longest} characters")
    return value


_JSON_NAMES: dict[type, str] = {int: "number", float: "number", bool: "boolean"}


def flag_of(values: dict[str, Any], name: str) -> bool:
    """An optional field that is true or false."""
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false")
    return value


def choice_of(values: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = text_of(values, name)
    if value not in choices:
        raise Refused(f"{name} must be one of {', '.join(choices)}")
    return value


def _policy(values: dict[str, Any], kind: str) -> tuple[str, bool, bool]:
    """Of an order, its time in force, and whether it must rest, and only reduce a position."""
    time_in_force = choice_of(values, "timeInForce", ("GTT", "FOK", "IOC"))
    post_only, reduce_only = flag_of(values, "postOnly"), flag_of(values, "reduceOnly")
    if post_only and time_in_force != "GTT":
        raise Refused("postOnly must be false for FOK and IOC, which never rest")
    if kind == "MARKET" and time_in_force == "GTT":
        raise Refused("timeInForce must be FOK or IOC for a MARKET order")
    return time_in_force, post_only, reduce_only


class _Counted(NamedTuple):
    """What an order's words come to.

    Attributes:
        hash, nonce: as they were signed.
        size, fee_limit: in quantums.
        ticks: the price.
        fee: the limit fee, in parts per million.
        expires_at: milliseconds since the epoch.
    """

    hash: int
    nonce: int
    size: int
    fee_limit: int
    ticks: int
    fee: int
    expires_at: int


class Reader:
    """Reads the requests of one network.

    Args:
        fees: maker's and taker's, in parts per million: what a limit fee must allow.
    """

    def __init__(self, venue: Venue, network: Network, markets: dict[str, MarketRules], fees: tuple[int, int]) -> None:
        self.network = network
        self._markets = markets
        self._maker_fee, self._taker_fee = fees
        self._reader: Callable[[int], OrderReader] = lru_cache(_MOST_READERS)(
            lambda position_id: OrderReader(venue, network, position_id)
        )
        self._prepared: Callable[[tuple[int, int]], PreparedPublicKey] = lru_cache(_MOST_KEYS)(
            lambda point: PublicKey(*point).prepare()
        )
        self._venue = venue

    # Orders

    def order(self, body: bytes, account: Account, now: int) -> tuple[Order, str | None]:
        """An order of this account, and the id of the one that it replaces."""
        values = read_json(body, _ORDER_FIELDS)
        side = choice_of(values, "side", ("BUY", "SELL"))
        kind = self._type(values)
        time_in_force, post_only, reduce_only = _policy(values, kind)
        client_id = text_of(values, "clientId", _LONGEST_CLIENT_ID)
        size, price = text_of(values, "size"), text_of(values, "price")
        limit_fee, expiration = text_of(values, "limitFee"), text_of(values, "expiration")
        signature, name = text_of(values, "signature"), text_of(values, "market")
        terms = OrderTerms(
            market=name, side="BUY" if side == "BUY" else "SELL", size=size, price=price, limit_fee=limit_fee,
            expiration=expiration, client_id=client_id,
        )  # fmt: skip
        counted = self._counted(terms, price, limit_fee, expiration, account, now)
        self._check_fee(counted.fee, post_only)
        self._check_nonce(account, counted.nonce)
        self._verify(account, counted.hash, signature)
        order = Order(
            number=0,
            id=str(uuid5(UUID(account.id), f"order {client_id}")),
            account_id=account.id,
            client_id=client_id,
            market=name,
            is_buy=side == "BUY",
            type=kind,
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=reduce_only,
            price=counted.ticks,
            size=counted.size,
            fee_limit=counted.fee_limit,
            limit_fee=limit_fee,
            nonce=counted.nonce,
            signature=signature,
            created_at=now,
            expires_at=counted.expires_at,
            remaining=counted.size,
        )
        return order, text_of(values, "cancelId") if "cancelId" in values else None

    def _counted(
        self, terms: OrderTerms, price: str, limit_fee: str, expiration: str, account: Account, now: int
    ) -> _Counted:
        """An order's terms, and three of them as text, as they are signed and matched, within what is taken here."""
        try:
            rules = self._rules(terms.market)
            parts, _ = self._reader(account.position_id).read(terms, now / 1000)
            _, hashed, nonce, size, cost, fee_limit, _, _ = _native.hash_order(parts)
            expires_at = _milliseconds(expiration)
            if not _SHORTEST_LIFE <= expires_at - now <= _LONGEST_LIFE:
                raise Refused("expiration must be at least a minute ahead, and at most 28 days")
            rules.check_size(size)
            if cost > _LARGEST_ORDER * rules.money or size > _LARGEST_SIZE:
                raise Refused(f"size must be smaller: an order may be worth {_LARGEST_ORDER} USDC at its price")
            ticks, fee = rules.price(price), quantums(limit_fee, MILLION, "limit_fee", "down")
        except StarkcoreError as error:
            refuse(error)
        return _Counted(hashed, nonce, size, fee_limit, ticks, fee, expires_at)

    def _rules(self, name: str) -> MarketRules:
        rules = self._markets.get(name)
        if rules is None:
            self._venue.market(name)  # raises, with the name that may have been meant
            raise Refused("market must be one of this exchange's")
        return rules

    def _type(self, values: dict[str, Any]) -> str:
        kind = text_of(values, "type")
        if kind not in ("LIMIT", "MARKET"):
            raise Refused("type must be LIMIT or MARKET: this exchange has no orders with a trigger")
        for name in ("triggerPrice", "trailingPercent"):
            if name in values:
                raise Refused(f"{name} must not be given: this exchange has no orders with a trigger")
        return kind

    def _check_fee(self, limit_fee: int, post_only: bool) -> None:
        needed = self._maker_fee if post_only else self._taker_fee
        if limit_fee < needed:
            who = "maker's, for a post-only order" if post_only else "taker's"
            raise Refused(f"limitFee must allow the fee of this account, the {who}: {needed / MILLION:f}")

    # Transfers and withdrawals

    def withdrawal(self, body: bytes, account: Account, now: int) -> tuple[int, str, int, str]:
        """Amount in quantums, client id, nonce and signature of a withdrawal."""
        values = read_json(body, _MONEY_FIELDS | {"asset"})
        self._check_asset(values, "asset")
        return self._money(values, account, now, "amount", lambda amount, nonce, hours: Withdrawal(
            collateral_id=self.network.collateral_id, position_id=account.position_id, quantums_amount=amount,
            nonce=nonce, expiration_hours=hours,
        ).hash())  # fmt: skip

    def transfer(
        self, body: bytes, account: Account, find: Callable[[str], Account], now: int
    ) -> tuple[int, str, int, str, Account]:
        """The same of a transfer, and who receives it; `find` finds an account by id."""
        values = read_json(body, _MONEY_FIELDS | {"receiverAccountId"})
        receiver = find(text_of(values, "receiverAccountId"))
        if receiver is account:
            raise Refused("receiverAccountId must be another account's")
        money = self._money(
            values, account, now, "amount", lambda amount, nonce, hours: self._transfer(
                account, receiver, amount, nonce, hours).hash()
        )  # fmt: skip
        return *money, receiver

    def fast_withdrawal(
        self, body: bytes, account: Account, provider: Account, now: int
    ) -> tuple[int, str, int, str, int, str]:
        """The same of a fast withdrawal, what the provider pays out, and to which address."""
        values = read_json(body, _FAST_FIELDS)
        self._check_asset(values, "creditAsset")
        position = values.get("lpPositionId")
        if isinstance(position, bool) or str(position) != str(provider.position_id):
            raise Refused(f"lpPositionId must be the liquidity provider's: {provider.position_id}")
        if "slippageTolerance" in values:
            text_of(values, "slippageTolerance")
        credit, address = text_of(values, "creditAmount"), text_of(values, "toAddress")
        network = self.network
        paid = self._amount(credit, "creditAmount")

        def hashed(amount: int, nonce: int, hours: int) -> int:
            if paid > amount:
                raise Refused("debitAmount must be no less than creditAmount")
            fact = transfer_erc20_fact(
                recipient=address, token_decimals=network.collateral_decimals, amount=credit,
                token_address=network.collateral_token or "", salt=nonce,
            )  # fmt: skip
            plain = self._transfer(account, provider, amount, nonce, hours)
            return ConditionalTransfer(
                condition=fact_to_condition(network.fact_registry or "", fact),
                **{name: getattr(plain, name) for name in Transfer.__slots__},
            ).hash()

        return *self._money(values, account, now, "debitAmount", hashed), paid, address.lower()

    def _transfer(self, sender: Account, receiver: Account, amount: int, nonce: int, hours: int) -> Transfer:
        return Transfer(
            asset_id=self.network.collateral_id,
            receiver_key=receiver.stark_key[0],
            sender_position_id=sender.position_id,
            receiver_position_id=receiver.position_id,
            quantums_amount=amount,
            nonce=nonce,
            expiration_hours=hours,
        )

    def _money(
        self, values: dict[str, Any], account: Account, now: int, field: str, hashed: Callable[[int, int, int], int]
    ) -> tuple[int, str, int, str]:
        client_id = text_of(values, "clientId", _LONGEST_CLIENT_ID)
        expiration, signature = text_of(values, "expiration"), text_of(values, "signature")
        amount = self._amount(text_of(values, field), field)
        try:
            nonce = self._venue.nonce(client_id)
            hours = whole_hours(expiration, True, None)
            if _milliseconds(expiration) < now + _WEEK:
                raise Refused("expiration must be at least seven days ahead")
            message_hash = hashed(amount, nonce, hours)
        except StarkcoreError as error:
            refuse(error)
        self._check_nonce(account, nonce)
        self._verify(account, message_hash, signature)
        return amount, client_id, nonce, signature

    def _amount(self, text: str, field: str) -> int:
        try:
            amount = quantums(text, self.network.collateral_resolution, field)
        except StarkcoreError as error:
            refuse(error)
        if not amount:
            raise Refused(f"{field} must be more than zero")
        return amount

    def amount(self, values: dict[str, Any], default: int) -> int:
        """An optional amount of the collateral."""
        return self._amount(text_of(values, "amount"), "amount") if "amount" in values else default

    def _check_asset(self, values: dict[str, Any], name: str) -> None:
        if text_of(values, name) != "USDC":
            raise Refused(f"{name} must be USDC")

    # Signatures

    def _check_nonce(self, account: Account, nonce: int) -> None:
        if nonce in account.nonces:
            raise Refused("clientId must be new: it, or another one with the same nonce, was used before")

    def _verify(self, account: Account, message_hash: int, signature: str) -> None:
        if not re.fullmatch("(0x)?[0-9a-fA-F]{128}", signature):
            raise Refused("signature must be 128 hex digits: r and s, each 64")
        if not self._prepared(account.stark_key).verify(message_hash, Signature.from_hex(signature)):
            raise Refused(
                "signature must be of this very request, by the account's Stark key; it was verified for position "
                f"{account.position_id}, network {self.network.name} and key {account.stark_key[0]:#x}"
            )


def stark_key_of(values: dict[str, Any]) -> tuple[int, int]:
    """The Stark key that a user wants registered: a point of the curve."""
    names = ("starkKey", "starkKeyYCoordinate")
    numbers = []
    for name in names:
        try:
            numbers.append(_native.number(text_of(values, name, 66), name))
        except StarkcoreError as error:
            refuse(error)
    try:
        PublicKey(*numbers)
    except StarkcoreError:
        raise Refused("starkKey and starkKeyYCoordinate must be a point of the Stark curve") from None
    return numbers[0], numbers[1]


def _milliseconds(expiration: str) -> int:
    return (datetime.fromisoformat(expiration) - _EPOCH) // timedelta(milliseconds=1)
