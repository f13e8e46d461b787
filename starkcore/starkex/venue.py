"""Markets, networks and venues as data: what a signer must know of an exchange. dYdX v3's are here.

A market or a venue that isn't here is one more value of these classes:

    >>> from starkcore.starkex import DYDX, Market
    >>> venue = DYDX.with_markets(Market("PEPE-USD", synthetic_id=0x504550452D3300000000000000000000, resolution=10**3))
    >>> venue.market("PEPE-USD").resolution
    1000
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from starkcore import _native
from starkcore.errors import _invalid, _wrong_type
from starkcore.starkex import _markets

__all__ = ["DYDX", "Market", "Network", "Venue"]


@dataclass(frozen=True, slots=True)
class Market:
    """A market: an order in it buys or sells a synthetic asset for the network's collateral.

    Attributes:
        name: as the exchange writes it, "ETH-USD".
        synthetic_id: StarkEx's id of the asset, an int in [0, 2^128).
        resolution: quantums in one unit of the asset, an int in [1, 2^64).
    """

    name: str
    synthetic_id: int
    resolution: int


@dataclass(frozen=True, slots=True)
class Network:
    """A deployment of a venue, with its collateral.

    Attributes:
        name: "mainnet".
        chain_id: Ethereum's number of the chain below it.
        collateral_id: StarkEx's id of the collateral, an int in [0, 2^250).
        collateral_resolution: quantums in one unit of it.
        fee_asset_id: the asset in which orders pay their fee; None: the collateral.
        fact_registry, collateral_token: Ethereum addresses, and
        collateral_decimals: the token's decimals; for fast withdrawals only.
    """

    name: str
    chain_id: int
    collateral_id: int
    collateral_resolution: int
    fee_asset_id: int | None = None
    fact_registry: str | None = None
    collateral_token: str | None = None
    collateral_decimals: int = 6


@dataclass(frozen=True, slots=True)
class Venue:
    """An exchange on StarkEx: its markets and networks, and its rules for nonce and expiry.

    Attributes:
        name: for messages.
        markets: market by name.
        networks: network by name.
        order_buffer_hours: what orders add to their expiry.
        round_expiration: "up" or "down" to whole hours.
        nonce_bytes: which four bytes of sha256(client id) are the nonce: dYdX's are the last, edgeX's the first.
    """

    name: str
    markets: Mapping[str, Market] = field(repr=False, hash=False)
    networks: Mapping[str, Network] = field(repr=False, hash=False)
    order_buffer_hours: int = 168
    round_expiration: Literal["up", "down"] = "up"
    nonce_bytes: Literal["last", "first"] = "last"

    def market(self, name: str) -> Market:
        """The market of that name. `UnknownMarket` when there is none."""
        if not isinstance(name, str):
            raise _wrong_type("market", "text", type(name))
        text = str.__str__(name)  # a subclass may have no hash, or another
        market = self.markets.get(text)
        if market is None:
            raise _invalid("market", f"must be one of the {len(self.markets)} markets of {self.name}{self._hint(text)}")
        return market

    def network(self, network: str | int) -> Network:
        """The network of that name or chain id. `UnknownNetwork` when there is none."""
        if isinstance(network, bool) or not isinstance(network, (str, int)):
            raise _wrong_type("network", "a name or a chain id", type(network))
        # The value itself: a subclass may say that it equals anything.
        wanted = int.__index__(network) if isinstance(network, int) else str.__str__(network)
        for candidate in self.networks.values():
            if wanted in (candidate.name, candidate.chain_id):
                return candidate
        raise _invalid("network", f"must be one of {', '.join(self.networks)}, or its chain id")

    def with_markets(self, *markets: Market) -> Venue:
        """This venue with more markets; one of the same name is replaced."""
        for market in markets:
            if not isinstance(market, Market):
                raise _wrong_type("markets", "Markets", type(market))
        added = {market.name: market for market in markets}
        return replace(self, markets=MappingProxyType({**self.markets, **added}))

    def nonce(self, client_id: str) -> int:
        """The nonce that this venue makes from a client id: an int in [0, 2^32).

        >>> DYDX.nonce("1")  # published by dYdX
        3079101259
        """
        nonce = _native.nonce_from_client_id(client_id)
        if self.nonce_bytes == "last":
            return nonce
        return int.from_bytes(_native.sha256(client_id.encode())[:4], "big")

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name.upper()[:20], self.markets, n=1)
        return f"; is it {close[0]}?" if close else ""


def _dydx_networks() -> dict[str, Network]:
    networks = {}
    for name, (collateral_id, resolution) in _markets.COLLATERAL.items():
        registry, token, decimals = _markets.FAST_WITHDRAWAL[name]
        networks[name] = Network(
            name=name,
            chain_id=_markets.NETWORK_IDS[name],
            collateral_id=collateral_id,
            collateral_resolution=resolution,
            fact_registry=registry,
            collateral_token=token,
            collateral_decimals=decimals,
        )
    return networks


DYDX = Venue(
    name="dYdX v3",
    markets=MappingProxyType(
        {
            name: Market(name, synthetic_id, resolution)
            for name, (_, synthetic_id, resolution) in _markets.MARKETS.items()
        }
    ),
    networks=MappingProxyType(_dydx_networks()),
)
"""dYdX v3, with its 38 markets on mainnet and Sepolia."""
