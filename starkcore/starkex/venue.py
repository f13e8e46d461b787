"""Markets, networks and venues as data: what a signer must know of an exchange. dYdX v3's are here.

A market or a venue that isn't here is one more value of these classes:

    >>> from starkcore.starkex import DYDX, Market
    >>> venue = DYDX.with_markets(Market("PEPE-USD", synthetic_id=0x504550452D3300000000000000000000, resolution=10**3))
    >>> venue.market("PEPE-USD").resolution
    1000
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starkcore import _native, exact
from starkcore.errors import UnknownMarket, UnknownNetwork, _invalid, _wrong_type
from starkcore.ethereum.address import address_bytes
from starkcore.starkex.venues import dydx_v3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field
    from typing import Any, Literal
else:
    from starkcore.values import dataclass, field

__all__ = ["DYDX", "Market", "Network", "Venue"]


@dataclass(frozen=True, slots=True)
class Market:
    """A market: an order in it buys or sells a synthetic asset for the network's collateral.

    Attributes:
        name: as the exchange writes it, "ETH-USD".
        synthetic_id: StarkEx's id of the asset, an int in [0, 2^128).
        resolution: quantums in one unit of the asset, an int in [1, 2^64).

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    synthetic_id: int
    resolution: int

    def __post_init__(self) -> None:
        _set(self, name=_name(self.name))
        _set(self, synthetic_id=_whole(self.synthetic_id, "synthetic_id", 128))
        _set(self, resolution=_whole(self.resolution, "resolution", 64, least=1))


@dataclass(frozen=True, slots=True)
class Network:
    """A deployment of a venue, with its collateral.

    Attributes:
        name: "mainnet".
        chain_id: Ethereum's number of the chain below it, an int in [1, 2^64).
        collateral_id: StarkEx's id of the collateral, an int in [0, 2^250).
        collateral_resolution: quantums in one unit of it, an int in [1, 2^64).
        fee_asset_id: the asset in which orders pay their fee, an int in [0, 2^250); None: the collateral.
        fact_registry, collateral_token: Ethereum addresses as hex text, and
        collateral_decimals: the token's decimals, an int in [0, 19]; for fast withdrawals only.

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    chain_id: int
    collateral_id: int
    collateral_resolution: int
    fee_asset_id: int | None = None
    fact_registry: str | None = None
    collateral_token: str | None = None
    collateral_decimals: int = 6

    def __post_init__(self) -> None:
        _set(self, name=_name(self.name))
        _set(self, chain_id=_whole(self.chain_id, "chain_id", 64, least=1))
        _set(self, collateral_id=_whole(self.collateral_id, "collateral_id", 250))
        _set(self, collateral_resolution=_whole(self.collateral_resolution, "collateral_resolution", 64, least=1))
        if self.fee_asset_id is not None:
            _set(self, fee_asset_id=_whole(self.fee_asset_id, "fee_asset_id", 250))
        for field_name in ("fact_registry", "collateral_token"):
            address = getattr(self, field_name)
            if address is not None:
                _set(self, **{field_name: exact.text(address, field_name, "the hex text of an address, or None")})
                address_bytes(getattr(self, field_name), field_name)
        _set(self, collateral_decimals=exact.integer(self.collateral_decimals, "collateral_decimals"))
        if not 0 <= self.collateral_decimals <= 19:
            raise _invalid("collateral_decimals", "must be in [0, 19]")


@dataclass(frozen=True, slots=True)
class Venue:
    """An exchange on StarkEx: its markets and networks, and its rules for nonce and expiry.

    Attributes:
        name: for messages.
        markets: market by name. What is kept is a copy that can't be changed.
        networks: network by name, the same.
        order_buffer_hours: what orders add to their expiry, an int in [0, 2^31).
        round_expiration: "up" or "down" to whole hours.
        nonce_bytes: which four bytes of sha256(client id) are the nonce: "last" for dYdX's, "first" for edgeX's.

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    markets: Mapping[str, Market] = field(repr=False, hash=False)
    networks: Mapping[str, Network] = field(repr=False, hash=False)
    order_buffer_hours: int = 168
    round_expiration: Literal["up", "down"] = "up"
    nonce_bytes: Literal["last", "first"] = "last"

    def __post_init__(self) -> None:
        _set(self, name=_name(self.name))
        _set(self, markets=_by_name(self.markets, Market, "markets"))
        _set(self, networks=_by_name(self.networks, Network, "networks"))
        _set(self, order_buffer_hours=_whole(self.order_buffer_hours, "order_buffer_hours", 31))
        _set(self, round_expiration=_one_of(self.round_expiration, "round_expiration", ("up", "down")))
        _set(self, nonce_bytes=_one_of(self.nonce_bytes, "nonce_bytes", ("last", "first")))

    def market(self, name: str) -> Market:
        """The market of that name. `UnknownMarket` when there is none."""
        text = exact.text(name, "market")
        market = self.markets.get(text)
        if market is None:
            rule = f"must be one of the {len(self.markets)} markets of {self.name}{self._hint(text)}"
            raise UnknownMarket("market", rule)
        return market

    def network(self, network: str | int) -> Network:
        """The network of that name or chain id. `UnknownNetwork` when there is none."""
        wanted: str | int
        if exact.is_a(network, int):
            wanted = exact.integer(network, "network", "a name or a chain id")
        else:
            wanted = exact.text(network, "network", "a name or a chain id")
        found = [known for known in self.networks.values() if wanted in (known.name, known.chain_id)]
        if len(found) == 1:
            return found[0]
        if found:
            raise _invalid("network", "must be a name: this chain has several networks of the venue")
        raise UnknownNetwork("network", f"must be one of {', '.join(self.networks)}, or its chain id")

    def with_markets(self, *markets: Market) -> Venue:
        """This venue with more markets; one of the same name is replaced."""
        for market in markets:
            if not exact.is_a(market, Market):
                raise _wrong_type("markets", "Markets", type(market))
        from dataclasses import replace

        return replace(self, markets={**self.markets, **{market.name: market for market in markets}})

    def nonce(self, client_id: str) -> int:
        """The nonce that this venue makes from a client id: an int in [0, 2^32).

        >>> DYDX.nonce("1")  # published by dYdX
        3079101259
        """
        return _native.nonce_from_client_id(exact.text(client_id, "client_id"), self.nonce_bytes == "first")

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name.upper()[:20], self.markets, n=1)
        return f"; is it {close[0]}?" if close else ""


def _set(instance: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass that is being made."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def _name(value: Any) -> str:
    name = exact.text(value, "name")
    if not name:
        raise _invalid("name", "must not be empty")
    return name


def _whole(value: Any, name: str, bits: int, least: int = 0) -> int:
    number = exact.integer(value, name)
    if not least <= number < 1 << bits:
        raise _invalid(name, f"must be in [{least}, 2^{bits})")
    return number


def _one_of(value: Any, name: str, choices: tuple[str, str]) -> str:
    text = exact.text(value, name)
    if text not in choices:
        raise _invalid(name, f'must be "{choices[0]}" or "{choices[1]}"')
    return text


def _by_name(values: Any, kind: type, name: str) -> Mapping[str, Any]:
    """A copy that can't be changed, of plain texts, each the name of what it stands for."""
    expected = f"a dict of {kind.__name__}s by their names"
    if not isinstance(values, Mapping):
        raise _wrong_type(name, expected, type(values))
    copy = exact.named(values, name, expected)
    for text, value in copy.items():
        if not exact.is_a(value, kind):
            raise _wrong_type(name, expected, type(value))
        if value.name != text:
            raise _invalid(name, f"must be {expected}: one stands under another name than its own")
    return MappingProxyType(copy)


def _dydx_networks() -> dict[str, Network]:
    networks = {}
    for name, (collateral_id, resolution) in dydx_v3.COLLATERAL.items():
        registry, token, decimals = dydx_v3.FAST_WITHDRAWAL[name]
        networks[name] = Network(
            name=name,
            chain_id=dydx_v3.NETWORK_IDS[name],
            collateral_id=collateral_id,
            collateral_resolution=resolution,
            fact_registry=registry,
            collateral_token=token,
            collateral_decimals=decimals,
        )
    return networks


DYDX = Venue(
    name="dYdX v3",
    markets={
        name: Market(name, synthetic_id, resolution) for name, (_, synthetic_id, resolution) in dydx_v3.MARKETS.items()
    },
    networks=_dydx_networks(),
)
"""dYdX v3, with its 38 markets on mainnet and Sepolia."""
