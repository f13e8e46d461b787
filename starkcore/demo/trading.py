"""A market maker and a taker, and what they measure."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from starkcore import PrivateKey
from starkcore.dydx import AsyncClient
from starkcore.http.rules import ApiError
from starkcore.starkex import OrderSigner

__all__ = ["Figures", "Maker", "MarketTerms", "Taker", "quantiles"]

LIMIT_FEE = "0.001"
_clock = time.perf_counter_ns


def quantiles(nanoseconds: list[int]) -> dict[str, float]:
    """p50, p99 and p99.9, in microseconds; 0 where nothing was measured."""
    ordered = sorted(nanoseconds) or [0]
    last = len(ordered) - 1
    return {
        f"p{share}_us": round(ordered[min(last, int(len(ordered) * share / 100))] / 1000, 1) for share in (50, 99, 99.9)
    }


@dataclass
class Figures:
    """What was done, and how long it took, in nanoseconds.

    Attributes:
        accepted: orders that the exchange took; overtaken: quotes that were filled before they could be replaced.
        taken: the taker's orders that were filled, in part at least.
    """

    signed: int = 0
    sent: int = 0
    accepted: int = 0
    overtaken: int = 0
    taken: int = 0
    signing: list[int] = field(default_factory=list)
    round_trips: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """A market's rules: prices are multiples of `tick`, sizes of `step`."""

    name: str
    tick: Decimal
    step: Decimal
    smallest: Decimal
    price: Decimal


class Desk:
    """One account that trades: signs each order and sends it, measuring both."""

    def __init__(self, client: AsyncClient, position_id: int, figures: Figures) -> None:
        key = client.stark_private_key
        if not isinstance(key, PrivateKey):
            raise TypeError("the client must have a Stark key")
        self.client = client
        self.position_id = position_id
        self.figures = figures
        self._signer = OrderSigner(key, client.network_id, position_id=position_id)

    async def place(
        self,
        market: str,
        side: str,
        size: str,
        price: str,
        *,
        post_only: bool,
        force: str,
        cancel_id: str | None = None,
    ) -> Any:
        """Sign and send; the exchange's order. What it refuses raises."""
        figures, client_id = self.figures, uuid4().hex
        expiration = datetime.now(UTC) + timedelta(hours=1)
        terms: dict[str, Any] = {"market": market, "side": side, "size": size, "price": price, "limit_fee": LIMIT_FEE}
        begun = _clock()
        signed = self._signer.sign_order(**terms, client_id=client_id, expiration=expiration)
        figures.signing.append(_clock() - begun)
        figures.signed += 1
        begun = _clock()
        figures.sent += 1
        answer = await self.client.private.create_order(
            position_id=self.position_id,
            order_type="LIMIT",
            post_only=post_only,
            time_in_force=force,
            cancel_id=cancel_id,
            client_id=client_id,
            expiration=expiration,
            signature=signed.signature.to_hex(),
            **terms,
        )
        figures.round_trips.append(_clock() - begun)
        figures.accepted += 1
        return answer.order


class Maker:
    """Quotes both sides of each market around a price that wanders, and replaces both on every tick."""

    def __init__(self, desk: Desk, markets: list[MarketTerms], dice: random.Random) -> None:
        self.desk = desk
        self.quotes: dict[tuple[str, str], Any] = {}
        self._markets = markets
        self._dice = dice
        self._ticks = {market.name: int(market.price / market.tick) for market in markets}

    async def tick(self) -> None:
        """Replace every quote."""
        await asyncio.gather(*(self._requote(market) for market in self._markets))

    async def _requote(self, market: MarketTerms) -> None:
        """The side that the price moves to gives way first: otherwise the maker would meet its own quote."""
        move = round(self._dice.gauss(0, 4))
        self._ticks[market.name] = middle = max(1000, self._ticks[market.name] + move)
        sides = (("SELL", 1), ("BUY", -1)) if move >= 0 else (("BUY", -1), ("SELL", 1))
        for side, sign in sides:
            price = (middle + sign * self._dice.randint(3, 8)) * market.tick
            size = market.smallest + self._dice.randint(0, 40) * market.step
            await self._replace(market.name, side, f"{size:f}", f"{price:f}")

    async def _replace(self, market: str, side: str, size: str, price: str) -> None:
        old = self.quotes.get((market, side))
        try:
            new = await self.desk.place(
                market, side, size, price, post_only=True, force="GTT", cancel_id=None if old is None else old.id
            )
        except ApiError as error:
            if old is None or "cancelId" not in str(error):
                raise
            # The old quote was filled while this one was under way.
            self.desk.figures.overtaken += 1
            new = await self.desk.place(market, side, size, price, post_only=True, force="GTT")
        self.quotes[market, side] = new


class Taker:
    """Crosses a quote now and then: part of it or all."""

    def __init__(self, desk: Desk, maker: Maker, markets: list[MarketTerms], dice: random.Random) -> None:
        self.desk = desk
        self._maker = maker
        self._markets = markets
        self._dice = dice

    async def cross(self) -> None:
        """Take from one side of one market, at the price that it was last seen at."""
        market = self._dice.choice(self._markets)
        side = self._dice.choice(("BUY", "SELL"))
        quote = self._maker.quotes.get((market.name, "SELL" if side == "BUY" else "BUY"))
        if quote is None:
            return
        size = quote.size if self._dice.random() < 0.3 else f"{market.smallest:f}"
        order = await self.desk.place(market.name, side, size, quote.price, post_only=False, force="IOC")
        self.desk.figures.taken += Decimal(order.remaining_size) < Decimal(order.size)
