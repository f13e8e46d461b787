"""StarkWare's own contract takes what `sign_registration` makes: compiled from their source, run by a node.

    python tests/checks/registration_contract.py --anvil ANVIL --solc FOLDER CHECKOUT [--keys 50]

CHECKOUT is one of starkware-libs/starkex-contracts with `registerEthAddress` in `Users.sol` (StarkExchange from 4.0.1
on, StarkPerpetual 3.2); FOLDER has solc 0.6.12 of npm (`npm ci --prefix FOLDER`, of .ci/solc). `Users` is abstract: it
is deployed as a contract that adds nothing. Their code decides: the hash, its reduction, the curve, the signature. For
each key the right signature must register, and those of the hash modulo p, of its first 251 bits, of another address
and with one bit changed must not. Hashes above 2^251, which `sign_registration` refuses, can't be met by chance. By
name, and weekly: neither their source nor a compiler is in this tree.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from dydx import ethereum_nodes
from reference import curve
from reference.keccak import keccak256

from starkcore import PrivateKey
from starkcore.starkex import sign_registration

SOURCES = Path("scalable-dex/contracts/src")
DEPLOYED = 'pragma solidity ^0.6.12; import "src/components/Users.sol"; contract Deployed is Users {}'
GAS = 10_000_000


def compiled(solc: Path, checkout: Path) -> dict[str, Any]:
    """{"abi", "bytecode"} of their `Users`, deployed as it is."""
    asked = {
        "language": "Solidity",
        "sources": {"Deployed.sol": {"content": DEPLOYED}} | imported(checkout / SOURCES, "components/Users.sol"),
        "settings": {
            "optimizer": {"enabled": True, "runs": 100},
            "outputSelection": {"Deployed.sol": {"Deployed": ["abi", "evm.bytecode.object"]}},
        },
    }
    done = subprocess.run(
        ["node", str(solc / "node_modules" / "solc" / "solcjs"), "--standard-json"], input=json.dumps(asked),
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    faults = [entry["formattedMessage"] for entry in answer.get("errors", ()) if entry["severity"] == "error"]
    if faults:
        sys.exit("\n".join(faults))
    contract = answer["contracts"]["Deployed.sol"]["Deployed"]
    return {"abi": contract["abi"], "bytecode": contract["evm"]["bytecode"]["object"]}


def imported(folder: Path, first: str) -> dict[str, Any]:
    """The file, and what it imports, and so on, under the names that the compiler makes of the imports."""
    found: dict[str, Any] = {}
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if f"src/{name}" not in found:
            text = (folder / name).read_text(encoding="utf-8")
            found[f"src/{name}"] = {"content": text}
            named = (line.split('"')[1] for line in text.splitlines() if line.startswith("import "))
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), one)) for one in named]
    return found


@contextmanager
def node(anvil: str) -> Iterator[Any]:
    ethereum_nodes.ANVIL = anvil
    with ethereum_nodes.anvil() as web3:
        yield web3


def signature(secret: int, message_hash: int) -> bytes:
    """r ‖ s ‖ y of a hash that is given."""
    key = PrivateKey(secret)
    made, y = key.sign(message_hash), key.public_key.y
    return b"".join(part.to_bytes(32, "big") for part in (made.r, made.s, y))


def wrong_ones(secret: int, address: str, right: bytes, other: str) -> dict[str, bytes]:
    """{what is wrong: the signature}."""
    key = PrivateKey(secret)
    text = b"UserRegistration:" + bytes.fromhex(address[2:]) + key.public_key.x.to_bytes(32, "big")
    digest = int.from_bytes(keccak256(text), "big")
    found = {
        "of the hash's first 251 bits": signature(secret, digest >> 5),
        "of another address": sign_registration(key, other),
        "with one bit of s changed": right[:63] + bytes((right[63] ^ 1,)) + right[64:],
        "with y negated": right[:64] + (curve.P - int.from_bytes(right[64:], "big")).to_bytes(32, "big"),
    }
    if digest % curve.P < 1 << 251:
        found["of the hash modulo p"] = signature(secret, digest % curve.P)
    return found


def reverts(call: Any, sender: str) -> bool:
    from web3.exceptions import ContractLogicError

    try:
        call.call({"from": sender, "gas": GAS})
    except ContractLogicError:
        return True
    return False


def check(web3: Any, contract: dict[str, Any], keys: int) -> tuple[int, int]:
    """How many registrations were taken, and how many wrong ones refused; ends the program at the first that
    isn't so.
    """
    sender, other = web3.eth.accounts[:2]
    made = (
        web3.eth.contract(abi=contract["abi"], bytecode=contract["bytecode"]).constructor().transact({"from": sender})
    )
    address = web3.eth.wait_for_transaction_receipt(made)["contractAddress"]
    register = web3.eth.contract(address=address, abi=contract["abi"]).functions.registerEthAddress
    chance, taken, refused = random.Random(1), 0, 0
    for secret in [1, 2, curve.N - 3, *(chance.randrange(1, curve.N) for _ in range(keys - 3))]:
        key, wallet = PrivateKey(secret), web3.to_checksum_address(chance.randbytes(20))
        right = sign_registration(key, wallet)
        for what, wrong in wrong_ones(secret, wallet, right, other).items():
            if not reverts(register(wallet, key.public_key.x, wrong), sender):
                sys.exit(f"their contract takes a signature {what}")
            refused += 1
        sent = register(wallet, key.public_key.x, right).transact({"from": sender, "gas": GAS})
        if web3.eth.wait_for_transaction_receipt(sent)["status"] != 1:
            sys.exit("their contract refuses a registration")
        taken += 1
    return taken, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anvil", required=True)
    parser.add_argument("--solc", required=True, type=Path)
    parser.add_argument("--keys", type=int, default=50)
    parser.add_argument("checkout", type=Path)
    arguments = parser.parse_args()
    contract = compiled(arguments.solc.resolve(), arguments.checkout.resolve())
    with node(arguments.anvil) as web3:
        taken, refused = check(web3, contract, arguments.keys)
    print(f"StarkWare's registerEthAddress took {taken} registrations, and refused {refused} wrong ones")


if __name__ == "__main__":
    main()
