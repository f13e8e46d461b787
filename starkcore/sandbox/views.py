"""The engine's objects as the API shows them: camelCase, amounts as decimal text, times as ISO 8601."""

from __future__ import annotations

from decimal import Context
from typing import Any, TypeAlias

from starkcore.sandbox.accounts import Account, Fill, Position, Trade, Transfer
from starkcore.sandbox.auth import iso
from starkcore.sandbox.book import Book, Order
from starkcore.sandbox.engine import MOST_QUANTUMS, Engine, Market
from starkcore.sandbox.markets import MarketRules, decimal_text

__all__ = ["Json", "Views"]

Json: TypeAlias = dict[str, Any]
_MILLION = 10**6
_PRICES = Context(prec=28)


def side_text(is_buy: bool) -> str:
    return "BUY" if is_buy else "SELL"


class Views:
    """Shows what one engine has."""

    def __init__(self, engine: Engine, money: int) -> None:
        self._engine = engine
        self._money = money

    def rules(self, market: str) -> MarketRules:
        return self._engine.markets[market].rules

    def amount(self, quantums: int) -> str:
        """Quantums of the collateral as an amount."""
        return decimal_text(quantums, self._money)

    def order(self, order: Order) -> Json:
        rules = self.rules(order.market)
        return {
            "id": order.id,
            "clientId": order.client_id,
            "accountId": order.account_id,
            "market": order.market,
            "side": side_text(order.is_buy),
            "price": rules.price_text(order.price),
            "triggerPrice": None,
            "trailingPercent": None,
            "size": rules.size_text(order.size),
            "remainingSize": rules.size_text(order.remaining),
            "type": order.type,
            "limitFee": order.limit_fee,
            "signature": order.signature,
            "createdAt": iso(order.created_at),
            "unfillableAt": None if order.unfillable_at is None else iso(order.unfillable_at),
            "expiresAt": iso(order.expires_at),
            "status": order.status,
            "timeInForce": order.time_in_force,
            "postOnly": order.post_only,
            "reduceOnly": order.reduce_only,
            "cancelReason": order.cancel_reason,
        }

    def active_order(self, order: Order) -> Json:
        rules = self.rules(order.market)
        return {
            "id": order.id,
            "accountId": order.account_id,
            "market": order.market,
            "side": side_text(order.is_buy),
            "price": rules.price_text(order.price),
            "remainingSize": rules.size_text(order.remaining),
        }

    def fill(self, fill: Fill) -> Json:
        rules, trade = self.rules(fill.trade.market), fill.trade
        return {
            "id": fill.id,
            "accountId": fill.account_id,
            "orderId": fill.order_id,
            "market": trade.market,
            "side": side_text(fill.is_buy),
            "type": fill.type,
            "liquidity": "MAKER" if fill.is_maker else "TAKER",
            "price": rules.price_text(trade.price),
            "size": rules.size_text(trade.size),
            "fee": self.amount(fill.fee),
            "createdAt": iso(trade.created_at),
        }

    def trade(self, trade: Trade) -> Json:
        rules = self.rules(trade.market)
        return {
            "side": side_text(trade.is_buy),
            "size": rules.size_text(trade.size),
            "price": rules.price_text(trade.price),
            "createdAt": iso(trade.created_at),
            "liquidation": False,
        }

    def position(self, position: Position) -> Json:
        market = self._engine.markets[position.market]
        rules = market.rules
        worth = rules.cost(abs(position.size), market.price)
        return {
            "market": position.market,
            "status": "OPEN" if position.closed_at is None else "CLOSED",
            "side": "LONG" if position.is_long else "SHORT",
            "size": rules.size_text(position.size),
            "maxSize": rules.size_text(position.max_size if position.is_long else -position.max_size),
            "entryPrice": self._average(rules, position.open_cost, position.opened),
            "exitPrice": self._average(rules, position.close_cost, position.closed) if position.closed else None,
            "unrealizedPnl": self.amount(position.unrealized(worth)),
            "realizedPnl": self.amount(position.realized()),
            "createdAt": iso(position.created_at),
            "closedAt": None if position.closed_at is None else iso(position.closed_at),
            "sumOpen": rules.size_text(position.opened),
            "sumClose": rules.size_text(position.closed),
            "netFunding": "0",
        }

    def _average(self, rules: MarketRules, cost: int, size: int) -> str:
        """An average price; the only number here that isn't exact: 28 digits."""
        context = _PRICES
        price = context.divide(
            context.create_decimal(cost * rules.resolution), context.create_decimal(size * self._money)
        )
        return f"{price.normalize(context):f}"

    def account(self, account: Account) -> Json:
        return {
            "id": account.id,
            "accountNumber": "0",
            "starkKey": f"{account.stark_key[0]:#x}",
            "positionId": str(account.position_id),
            "equity": self.amount(self._engine.equity(account)),
            "freeCollateral": self.amount(self._engine.free_collateral(account)),
            "quoteBalance": self.amount(account.quote),
            "pendingDeposits": "0",
            "pendingWithdrawals": "0",
            "openPositions": {name: self.position(position) for name, position in account.positions.items()},
            "createdAt": iso(account.created_at),
        }

    def user(self, account: Account) -> Json:
        return {
            "publicId": account.id[:8].upper(),
            "ethereumAddress": account.address,
            "isRegistered": False,
            "email": None,
            "username": None,
            "userData": {},
            "makerFeeRate": decimal_text(self._engine.maker_fee, _MILLION),
            "takerFeeRate": decimal_text(self._engine.taker_fee, _MILLION),
            "makerVolume30D": "0",
            "takerVolume30D": "0",
            "fees30D": "0",
            "referredByAffiliateLink": None,
            "isSharingUsername": False,
            "isSharingAddress": False,
            "dydxTokenBalance": "0",
            "stakedDydxTokenBalance": "0",
            "isEmailVerified": False,
            "country": account.country,
            "languageCode": None,
        }

    def transfer(self, transfer: Transfer) -> Json:
        return {
            "id": transfer.id,
            "accountId": transfer.account_id,
            "type": transfer.type,
            "debitAsset": "USDC",
            "creditAsset": "USDC",
            "debitAmount": self.amount(abs(transfer.amount)),
            "creditAmount": self.amount(transfer.credit_amount),
            "transactionHash": None,
            "status": "CONFIRMED",
            "createdAt": iso(transfer.created_at),
            "confirmedAt": iso(transfer.created_at),
            "clientId": transfer.client_id,
            "fromAddress": transfer.from_address,
            "toAddress": transfer.to_address,
        }

    def market(self, market: Market, day: Json) -> Json:
        """A market; `day`: its figures of the last 24 hours, from the database, and when the next funding would be.

        The margin doesn't rise with a position's size: the whole of what a position may have is the baseline.
        """
        rules = market.rules
        largest = rules.size_text(MOST_QUANTUMS // rules.step * rules.step)
        price = rules.price_text(market.price)
        return {
            "market": rules.name,
            "status": "ONLINE",
            "baseAsset": rules.asset,
            "quoteAsset": "USD",
            "stepSize": rules.size_text(rules.step),
            "tickSize": rules.price_text(1),
            "indexPrice": price,
            "oraclePrice": price,
            **day,
            "nextFundingRate": "0",
            "minOrderSize": rules.size_text(rules.smallest),
            "type": "PERPETUAL",
            "initialMarginFraction": decimal_text(rules.initial_margin, _MILLION),
            "maintenanceMarginFraction": decimal_text(rules.initial_margin, _MILLION),
            "incrementalInitialMarginFraction": "0",
            "incrementalPositionSize": largest,
            "baselinePositionSize": largest,
            "maxPositionSize": largest,
            "openInterest": rules.size_text(market.open_interest),
            "assetResolution": str(rules.resolution),
            "syntheticAssetId": f"{rules.synthetic_id:#x}",
        }

    def book(self, rules: MarketRules, book: Book, offset: int | None = None) -> Json:
        """A book's levels, the best first; with an offset, each has it, as subscribers get them."""
        more = {} if offset is None else {"offset": str(offset)}
        return {
            name: [
                {"price": rules.price_text(price), "size": rules.size_text(size), **more}
                for price, size in side.levels()
            ]
            for name, side in (("bids", book.bids), ("asks", book.asks))
        }
