"""Compile and deploy the contracts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from starkcore import _native
from starkcore.errors import StarkcoreError
from starkcore.ethereum.address import address_bytes
from starkcore.extras import require
from starkcore.http.strict_json import strict_json
from starkcore.starkex import DYDX
from starkcore.starkex.contracts import Contracts

__all__ = ["COMPILER", "Deployment", "compile_contracts", "contracts", "deploy", "ether_id", "registration_digest"]

COMPILER = "0.4.3"
EVM = "cancun"
ETHER_QUANTUM = 10**10
"""Wei in one quantum of ether: quantums are of 10^-8 ether."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The contracts as they were deployed.

    Attributes:
        contracts: what `client.eth` must know of them: `client.eth.contracts = deployment.contracts`.
        perpetual, token: the same as web3 contracts, with what only their administrator may call.
        user_admin: the address whose signature registers users.
    """

    contracts: Contracts
    perpetual: Any
    token: Any
    user_admin: str


def ether_id() -> int:
    """The asset type of ether, as StarkEx computes it: the hash of its kind and its quantum, of which 250 bits
    count.
    """
    kind = _native.keccak256(b"ETH()")[:4]
    return int.from_bytes(_native.keccak256(kind + ETHER_QUANTUM.to_bytes(32, "big")), "big") & ((1 << 250) - 1)


@cache
def contracts() -> Mapping[str, Mapping[str, Any]]:
    """The compiled contracts by name: `abi` and `bytecode`."""
    text = files(__package__).joinpath("contracts.json").read_text(encoding="utf-8")
    return MappingProxyType({name: MappingProxyType(entry) for name, entry in strict_json(text)["contracts"].items()})


def compile_contracts() -> str:
    """The text of contracts.json, from the sources.

    Raises:
        MissingExtra: Vyper isn't installed. StarkcoreError: it is another version than the sources are for.
    """
    vyper = require("vyper", "test")
    settings = require("vyper.compiler.settings", "test").Settings(evm_version=EVM)
    if vyper.__version__.partition("+")[0] != COMPILER:
        raise StarkcoreError(f"the contracts are compiled with Vyper {COMPILER}, not {vyper.__version__}")
    compiled = {}
    for name in ("Perpetual", "Token"):
        source = files(__package__).joinpath(f"{name}.vy").read_text(encoding="utf-8")
        compiled[name] = vyper.compile_code(source, output_formats=["abi", "bytecode"], settings=settings)
    return json.dumps({"compiler": f"vyper {COMPILER}", "evm": EVM, "contracts": compiled}, indent=1) + "\n"


def deploy(
    web3: Any, *, deployer: str, user_admin: str, network: str | int = "mainnet", timeout: float = 60
) -> Deployment:
    """Deploy both contracts, and tell the exchange's of its collateral and of ether.

    Args:
        web3: a `web3.Web3` of a node that holds the deployer's key, as anvil and eth-tester do.
        deployer: the address that pays, and administers the contract afterwards.
        user_admin: the exchange's own address: its signatures let users register.
        network: whose collateral id is used.
        timeout: seconds until each transaction must be mined.

    Raises:
        StarkcoreError: a transaction was mined and failed. What web3 raises, where the node can't be reached.
    """
    chosen = DYDX.network(network)
    quantum, rest = divmod(10**chosen.collateral_decimals, chosen.collateral_resolution)
    if rest:
        raise StarkcoreError("a quantum of the collateral must be a whole number of the token's units")

    def mined(transaction: Any) -> Any:
        receipt = web3.eth.wait_for_transaction_receipt(transaction.transact({"from": deployer}), timeout=timeout)
        if receipt["status"] != 1:
            raise StarkcoreError("a transaction of the deployment failed")
        return receipt

    addresses = {}
    for name, arguments in (("Token", ()), ("Perpetual", (user_admin,))):
        contract = web3.eth.contract(**contracts()[name])
        addresses[name] = mined(contract.constructor(*arguments))["contractAddress"]
    perpetual = web3.eth.contract(addresses["Perpetual"], abi=contracts()["Perpetual"]["abi"])
    mined(perpetual.functions.registerAsset(ether_id(), "0x" + "00" * 20, ETHER_QUANTUM))
    mined(perpetual.functions.registerAsset(chosen.collateral_id, addresses["Token"], quantum))
    return Deployment(
        contracts=Contracts(
            chain_id=web3.eth.chain_id,
            exchange=addresses["Perpetual"],
            token=addresses["Token"],
            token_decimals=chosen.collateral_decimals,
            collateral_id=chosen.collateral_id,
            collateral_resolution=chosen.collateral_resolution,
        ),
        perpetual=perpetual,
        token=web3.eth.contract(addresses["Token"], abi=contracts()["Token"]["abi"]),
        user_admin=user_admin,
    )


def registration_digest(ethereum_address: str, stark_key: int) -> bytes:
    """What the exchange signs to let a user register: keccak256("UserRegistration:" ‖ address ‖ Stark key), 32
    bytes.
    """
    address = address_bytes(ethereum_address, "ethereum_address")
    return _native.keccak256(b"UserRegistration:" + address + stark_key.to_bytes(32, "big"))
