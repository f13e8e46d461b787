"""Extended's two networks, as data."""

from __future__ import annotations

from dataclasses import dataclass

from starkcore import exact
from starkcore.errors import UnknownNetwork
from starkcore.starknet.felts import chain_text, utf8_text

__all__ = ["MAINNET", "TESTNET", "Network", "find"]


@dataclass(frozen=True, slots=True)
class Network:
    """One of Extended's networks.

    Attributes:
        name: "mainnet" or "testnet".
        chain: the Starknet chain's id, a short string, part of every signed message.
        signing_domain: the name in the EIP-712 domain of what wallets sign.
        host: where accounts are registered; the registration names it.

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    chain: str
    signing_domain: str
    host: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", exact.some_text(self.name, "name"))
        object.__setattr__(self, "chain", chain_text(self.chain))
        for field in ("signing_domain", "host"):
            object.__setattr__(self, field, utf8_text(getattr(self, field), field))


MAINNET = Network("mainnet", "SN_MAIN", "extended.exchange", "https://api.starknet.extended.exchange")
TESTNET = Network(
    "testnet", "SN_SEPOLIA", "starknet.sepolia.extended.exchange", "https://api.starknet.sepolia.extended.exchange"
)


def find(network: str | Network) -> Network:
    """The network of that name, or the one that is given."""
    if isinstance(network, Network):
        return network
    name = exact.text(network, "network", '"mainnet", "testnet" or a Network')
    for known in (MAINNET, TESTNET):
        if name == known.name:
            return known
    raise UnknownNetwork("network", 'must be "mainnet" or "testnet"')
