"""Paradex's two networks, as data."""

from __future__ import annotations

from dataclasses import dataclass

from starkcore import exact
from starkcore.errors import UnknownNetwork, _invalid
from starkcore.starknet.felts import chain_text, read_element

__all__ = ["MAINNET", "TESTNET", "Network", "find"]


@dataclass(frozen=True, slots=True)
class Network:
    """One of Paradex's networks.

    Attributes:
        name: "mainnet" or "testnet".
        chain: the Starknet chain's id, a short string, which is part of every signed message.
        ethereum_chain_id: Ethereum's number of the chain below, which is part of the message that keys are derived
            from.
        account_class_hash, proxy_class_hash: of accounts' contracts; addresses follow from them. The exchange shows
            both at GET /v1/system/config, as paraclear_account_hash and paraclear_account_proxy_hash.

    Raises:
        InvalidInput, InputTypeError: a field isn't that; it is named.
    """

    name: str
    chain: str
    ethereum_chain_id: int
    account_class_hash: int = 0x41CB0280EBADAA75F996D8D92C6F265F6D040BB3BA442E5F86A554F1765244E
    proxy_class_hash: int = 0x3530CC4759D78042F1B543BF797F5F3D647CDE0388C33734CF91B7F7B9314A9

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", exact.some_text(self.name, "name"))
        object.__setattr__(self, "chain", chain_text(self.chain))
        chain_id = exact.integer(self.ethereum_chain_id, "ethereum_chain_id")
        if not 1 <= chain_id < 1 << 64:
            raise _invalid("ethereum_chain_id", "must be in [1, 2^64)")
        object.__setattr__(self, "ethereum_chain_id", chain_id)
        for field in ("account_class_hash", "proxy_class_hash"):
            object.__setattr__(self, field, read_element(getattr(self, field), field))


MAINNET = Network("mainnet", "PRIVATE_SN_PARACLEAR_MAINNET", 1)
TESTNET = Network("testnet", "PRIVATE_SN_POTC_SEPOLIA", 11155111)


def find(network: str | Network) -> Network:
    """The network of that name, or the one that is given."""
    if isinstance(network, Network):
        return network
    name = exact.text(network, "network", '"mainnet", "testnet" or a Network')
    for known in (MAINNET, TESTNET):
        if name == known.name:
            return known
    raise UnknownNetwork("network", 'must be "mainnet" or "testnet"')
