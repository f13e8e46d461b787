"""An order book that follows the exchange's, from the events of a `Feed`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starkcore.dydx.events import Disconnected, Event, Gap, Subscribed, Update

__all__ = ["OrderBook"]

Level = tuple[str, str]


class OrderBook:
    """The book of one market.

    Attributes:
        market: "ETH-USD".
        known: whether it is the exchange's; not so before the first state, and between a break and the next state.
    """

    def __init__(self, market: str) -> None:
        self.market = market
        self.known = False
        self._sides: dict[str, dict[str, tuple[str, int]]] = {"bids": {}, "asks": {}}

    def apply(self, event: Event) -> None:
        """Follow an event; those of other markets and channels are passed over."""
        if isinstance(event, (Gap, Disconnected)):
            self.known = False
        if not isinstance(event, (Subscribed, Update)) or (event.channel, event.id) != ("v3_orderbook", self.market):
            return
        if isinstance(event, Subscribed):
            for side in self._sides.values():
                side.clear()
            for name, side in self._sides.items():
                for level in event.contents[name]:
                    self._set(side, level["price"], level["size"], int(level.get("offset", 0)))
            self.known = True
        else:
            offset = int(event.contents.get("offset", 0))
            for name, side in self._sides.items():
                for price, size in event.contents.get(name, ()):
                    self._set(side, price, size, offset)

    def bids(self) -> list[Level]:
        """Price and size, decimal text as the exchange sends it, the best first."""
        return self._levels("bids", reverse=True)

    def asks(self) -> list[Level]:
        """Price and size, decimal text as the exchange sends it, the best first."""
        return self._levels("asks", reverse=False)

    @staticmethod
    def _set(side: dict[str, tuple[str, int]], price: str, size: str, offset: int) -> None:
        """A level's size at an offset. dYdX didn't promise an order between messages: an older one changes nothing."""
        if price in side and side[price][1] > offset:
            return
        side[price] = (size, offset)

    def _levels(self, name: str, *, reverse: bool) -> list[Level]:
        side: dict[str, Any] = self._sides[name]
        levels = [(price, size) for price, (size, _) in side.items() if Decimal(size)]
        return sorted(levels, key=lambda level: Decimal(level[0]), reverse=reverse)
