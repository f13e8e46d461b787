"""Extended's two networks, as data."""

from __future__ import annotations

from dataclasses import dataclass

from starkcore import exact
from starkcore.errors import UnknownNetwork

__all__ = ["MAINNET", "TESTNET", "Network", "find"]


@dataclass(frozen=True, slots=True)
class Network:
    """One of Extended's networks.

    Attributes:
        name: "mainnet" or "testnet".
        chain: the Starknet chain's id, a short string, part of every signed message.
        signing_domain: the name in the EIP-712 domain of what wallets sign.
        host: where accounts are registered; the registration names it.
    """

    name: str
    chain: str
    signing_domain: str
    host: str


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
