"""The markets' trading rules, in whole numbers, and the way between those and the decimals that people write.

Sizes are in quantums of the synthetic asset, money in quantums of the collateral, prices in ticks. One rule gives every
market's numbers from its StarkEx resolution: a step is 10^6 quantums, the smallest order ten steps, and a tick is
resolution / 10^10 of the collateral's unit. For BTC-USD: steps of 0.0001 BTC, at least 0.001 BTC, ticks of 1 USDC; for
ETH-USD 0.001, 0.01 and 0.1. One step at one tick is then always 100 quantums of the collateral: a cost is whole, and
nothing is ever rounded when a trade moves money.
"""

from __future__ import annotations

from dataclasses import dataclass

from starkcore.sandbox.errors import Refused
from starkcore.starkex import Network, Venue
from starkcore.starkex.amounts import quantums

__all__ = ["MarketRules", "decimal_text", "rules_of"]

_STEP = 10**6
_STEPS_IN_SMALLEST_ORDER = 10
_TICKS_IN_A_RESOLUTION = 10**10
# Before the first trade: dYdX chose resolutions so that a quantum is worth about a millionth of a dollar.
_FIRST_PRICE = 10_000
# Parts per million of an order's value that an account must have.
_INITIAL_MARGIN = {"BTC": 50_000, "ETH": 50_000}
_OTHER_INITIAL_MARGIN = 100_000


def decimal_text(value: int, unit: int) -> str:
    """value / unit as plain decimal text without trailing zeros; the unit is a power of ten.

    >>> decimal_text(-1500000, 10**6), decimal_text(20, 1)
    ('-1.5', '20')
    """
    if unit == 1:
        return str(value)
    whole, rest = divmod(abs(value), unit)
    sign = "-" if value < 0 else ""
    digits = f"{rest + unit}"[1:].rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


@dataclass(frozen=True, slots=True)
class MarketRules:
    """A market.

    Attributes:
        name: "BTC-USD"; asset: "BTC".
        synthetic_id: StarkEx's.
        resolution: quantums in one unit of the synthetic asset; money: quantums in one unit of the collateral.
        step: sizes are multiples of so many quantums; smallest: no order is smaller, in quantums.
        tick: prices are multiples of so many quantums of the collateral for one unit of the asset.
        first_price: the index price before the first trade, in ticks.
        initial_margin: in parts per million.
    """

    name: str
    asset: str
    synthetic_id: int
    resolution: int
    money: int
    step: int
    smallest: int
    tick: int
    first_price: int
    initial_margin: int

    def __post_init__(self) -> None:
        if self.step * self.tick % self.resolution:
            raise ValueError(f"{self.name}: a step at one tick must cost whole quantums")

    def cost(self, size: int, price: int) -> int:
        """What `size` quantums cost at `price` ticks, in quantums of the collateral; exact for multiples of the
        step.
        """
        return size * price * self.tick // self.resolution

    def price(self, text: str) -> int:
        """A price in ticks."""
        price, rest = divmod(quantums(text, self.money, "price"), self.tick)
        if rest or not price:
            raise Refused(f"price must be a multiple of the tick size of {self.name}, {self.price_text(1)}")
        return price

    def check_size(self, size: int) -> None:
        """Refuses a size off the step, or too small."""
        if size % self.step:
            raise Refused(f"size must be a multiple of the step size of {self.name}, {self.size_text(self.step)}")
        if size < self.smallest:
            raise Refused(
                f"size must be at least the minimum order size of {self.name}, {self.size_text(self.smallest)}"
            )

    def price_text(self, price: int) -> str:
        return decimal_text(price * self.tick, self.money)

    def size_text(self, size: int) -> str:
        return decimal_text(size, self.resolution)


def rules_of(venue: Venue, network: Network) -> dict[str, MarketRules]:
    """Every market of the venue, by name."""
    rules = {}
    for market in venue.markets.values():
        asset = market.name.partition("-")[0]
        rules[market.name] = MarketRules(
            name=market.name,
            asset=asset,
            synthetic_id=market.synthetic_id,
            resolution=market.resolution,
            money=network.collateral_resolution,
            step=_STEP,
            smallest=_STEPS_IN_SMALLEST_ORDER * _STEP,
            tick=market.resolution * network.collateral_resolution // _TICKS_IN_A_RESOLUTION,
            first_price=_FIRST_PRICE,
            initial_margin=_INITIAL_MARGIN.get(asset, _OTHER_INITIAL_MARGIN),
        )
    return rules
