"""Random messages, hashes, addresses and transactions, against starknet.py's, paradex-py's and poseidon-py's own answers.

    pip install starknet-py==0.30.0 poseidon-py crypto-cpp-py pydantic
    pip install --no-deps paradex-py==0.8.2
    python tests/checks/differential_starknet.py [--cases N] [--seed N]

paradex-py needs packages that have no wheels everywhere; its messages, which are all that is used of it, need none of them.
Prints how many comparisons of each kind were made, as JSON; ends with 1 at the first difference, and prints the case.
`--planted` takes one bit from each of our answers: every kind has to find it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import string
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from types import ModuleType
from typing import Any

from poseidon_py.poseidon_hash import poseidon_hash, poseidon_hash_many, poseidon_hash_single
from starknet_py.hash.address import compute_address
from starknet_py.hash.transaction import (
    CommonTransactionV3Fields,
    TransactionHashPrefix,
    compute_invoke_transaction_hash,
    compute_invoke_v3_transaction_hash,
)
from starknet_py.hash.utils import compute_hash_on_elements
from starknet_py.net.client_models import DAMode, ResourceBounds, ResourceBoundsMapping
from starknet_py.utils.typed_data import TypedData as TheirTypedData

import starkcore
from starkcore import PrivateKey, paradex
from starkcore.starknet import TypedData, contract_address, invoke_hash_v1, invoke_hash_v3, short_string


def without_its_client(name: str) -> None:
    """Make a package whose modules can be imported, without running the package's own file, which imports everything."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        sys.exit(f"{name} isn't installed: see this program's first lines")
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package


without_its_client("paradex_py")

from paradex_py.common.order import Order, OrderSide, OrderType  # noqa: E402
from paradex_py.message.order import build_modify_order_message, build_order_message  # noqa: E402

P = 2**251 + 17 * 2**192 + 1
Case = tuple[Any, int, int]
"""What was given, our answer, theirs."""


def felt(chance: random.Random) -> int:
    """A felt: small, at the edge, or any."""
    return chance.choice((chance.randrange(10), P - 1 - chance.randrange(10), 2**251 + chance.randrange(-3, 3),
                          1 << chance.randrange(251), chance.randrange(P)))  # fmt: skip


def felts(chance: random.Random, most: int = 12) -> list[int]:
    return [felt(chance) for _ in range(chance.randrange(most))]


def poseidon(chance: random.Random) -> Case:
    elements = felts(chance, 20)
    if len(elements) == 1:
        return elements, starkcore.poseidon_hash_single(*elements), poseidon_hash_single(*elements)
    if len(elements) == 2:
        return elements, starkcore.poseidon_hash(*elements), poseidon_hash(*elements)
    return elements, starkcore.poseidon_hash_many(elements), poseidon_hash_many(elements)


def pedersen_list(chance: random.Random) -> Case:
    elements = felts(chance)
    return elements, starkcore.pedersen_hash_elements(elements), compute_hash_on_elements(elements)


def address(chance: random.Random) -> Case:
    given = {"class_hash": felt(chance), "salt": felt(chance)}
    calldata, deployer = felts(chance), felt(chance)
    theirs = compute_address(**given, constructor_calldata=calldata, deployer_address=deployer)
    return (given, calldata, deployer), contract_address(**given, calldata=calldata, deployer=deployer), theirs


def invoke_v3(chance: random.Random) -> Case:
    bounds = {
        name: (chance.randrange(1 << 64), chance.randrange(1 << 128)) for name in ("l1_gas", "l2_gas", "l1_data_gas")
    }
    ours = {
        "sender_address": felt(chance), "calldata": felts(chance), "chain_id": felt(chance), "nonce": felt(chance),
        "tip": chance.randrange(1 << 64), "paymaster_data": felts(chance, 3), "account_deployment_data": felts(chance, 3),
        "nonce_data_availability_mode": chance.randrange(2), "fee_data_availability_mode": chance.randrange(2),
        "query": chance.random() < 0.5,
    }  # fmt: skip
    common = CommonTransactionV3Fields(
        tx_prefix=TransactionHashPrefix.INVOKE,
        version=3 + ours["query"] * 2**128,
        address=ours["sender_address"],
        tip=ours["tip"],
        resource_bounds=ResourceBoundsMapping(
            **{name: ResourceBounds(max_amount=a, max_price_per_unit=b) for name, (a, b) in bounds.items()}
        ),
        paymaster_data=ours["paymaster_data"],
        chain_id=ours["chain_id"],
        nonce=ours["nonce"],
        nonce_data_availability_mode=DAMode(ours["nonce_data_availability_mode"]),
        fee_data_availability_mode=DAMode(ours["fee_data_availability_mode"]),
    )
    theirs = compute_invoke_v3_transaction_hash(
        account_deployment_data=ours["account_deployment_data"], calldata=ours["calldata"], common_fields=common
    )
    return (ours, bounds), invoke_hash_v3(**ours, resource_bounds=bounds), theirs


def invoke_v1(chance: random.Random) -> Case:
    sender, calldata, chain, nonce, fee = (
        felt(chance),
        felts(chance),
        felt(chance),
        felt(chance),
        chance.randrange(1 << 128),
    )
    ours = invoke_hash_v1(sender_address=sender, calldata=calldata, chain_id=chain, nonce=nonce, max_fee=fee)
    theirs = compute_invoke_transaction_hash(
        version=1, sender_address=sender, calldata=calldata, max_fee=fee, chain_id=chain, nonce=nonce
    )
    return (sender, calldata, chain, nonce, fee), ours, theirs


# ---- Paradex


def paradex_order(chance: random.Random) -> Case:
    """The SDK's own message of an order, or of a changed one, hashed by starknet.py; and ours of the same words."""
    network = chance.choice((paradex.MAINNET, paradex.TESTNET))
    kind, changes = chance.choice(("LIMIT", "MARKET", "STOP_LIMIT")), chance.random() < 0.3
    size, price = (Decimal(chance.randrange(1, 10 ** chance.randrange(2, 18))).scaleb(-8) for _ in range(2))
    terms = {
        "market": chance.choice(("BTC-USD-PERP", "ETH-USD-PERP", "kBONK-USD-PERP", "X" * 31)),
        "side": chance.choice(("BUY", "SELL")), "order_type": kind, "size": size,
        "price": None if kind == "MARKET" else price, "timestamp": chance.randrange(10**12, 2 * 10**12),
        "order_id": str(chance.randrange(1, 10**24)) if changes else None,
    }  # fmt: skip
    account, key = felt(chance), PrivateKey(chance.randrange(1, 2**250))
    order = Order(
        market=terms["market"], order_type=OrderType(kind), order_side=OrderSide(terms["side"]), size=size,
        limit_price=Decimal(0) if kind == "MARKET" else price, signature_timestamp=terms["timestamp"],
        order_id=terms["order_id"] or "",
    )  # fmt: skip
    build = build_modify_order_message if changes else build_order_message
    theirs = TheirTypedData.from_dict(build(short_string(network.chain), order)).message_hash(account)
    return (terms, account, network.name), paradex.OrderSigner(key, account, network).sign_order(**terms).hash, theirs


# ---- Typed data of both revisions

_BASIC = {
    0: ("felt", "bool", "string", "selector"),
    1: (
        "felt",
        "bool",
        "u128",
        "i128",
        "timestamp",
        "shortstring",
        "string",
        "selector",
        "ClassHash",
        "ContractAddress",
    ),
}


def word(chance: random.Random, most: int = 31) -> str:
    """Text that every SDK takes for text: it begins with a capital, and has one that is no hex digit."""
    letters = string.ascii_letters + string.digits
    return "Zq" + "".join(chance.choice(letters) for _ in range(chance.randrange(most - 1)))


def value(chance: random.Random, kind: str, types: dict[str, Any], revision: int) -> Any:
    if kind.endswith("*"):
        return [value(chance, kind[:-1], types, revision) for _ in range(chance.randrange(4))]
    if kind in types:
        return {member["name"]: value(chance, member["type"], types, revision) for member in types[kind]}
    if kind == "bool":
        return chance.random() < 0.5
    if kind in ("u128", "timestamp"):
        return chance.choice((str, hex, int))(chance.randrange(1 << 128))
    if kind == "i128":
        return str(chance.randrange(-(1 << 127), 1 << 127))
    if kind in ("selector", "shortstring"):
        return word(chance)
    if kind == "string":
        return word(chance, 31 if revision == 0 else 120)
    if kind in ("ClassHash", "ContractAddress"):
        return hex(felt(chance))
    return chance.choice((hex(felt(chance)), str(felt(chance)), felt(chance), word(chance)))


def typed_data(chance: random.Random) -> Case:
    """A document whose types use each other, each later one an earlier one."""
    revision = chance.randrange(2)
    names = [f"T{number}{word(chance, 8)}" for number in range(chance.randrange(1, 5))]
    types: dict[str, Any] = {}
    for number, name in enumerate(names):
        kinds = [chance.choice(_BASIC[revision]) for _ in range(chance.randrange(1, 5))]
        kinds += [chance.choice(("", "*")).join((names[number - 1], ""))] if number else []
        kinds += [f"{chance.choice(_BASIC[revision][:1])}*"] * chance.randrange(2)
        chance.shuffle(kinds)
        types[name] = [{"name": f"m{i}", "type": kind} for i, kind in enumerate(kinds)]
    message = value(chance, names[-1], types, revision)
    if revision == 0:
        domain_type = {"StarkNetDomain": [{"name": n, "type": "felt"} for n in ("name", "version", "chainId")]}
        domain = {"name": word(chance), "version": "1", "chainId": word(chance)}
    else:
        fields = ("name", "version", "chainId", "revision")
        domain_type = {"StarknetDomain": [{"name": n, "type": "shortstring"} for n in fields]}
        domain = {"name": word(chance), "version": "1", "chainId": word(chance), "revision": "1"}
    document = {"types": domain_type | types, "primaryType": names[-1], "domain": domain, "message": message}
    account = felt(chance)
    ours = TypedData.from_json(json.dumps(document)).hash(account)
    return (document, account), ours, TheirTypedData.from_dict(document).message_hash(account)


KINDS: tuple[Callable[[random.Random], Case], ...] = (
    poseidon, pedersen_list, address, invoke_v3, invoke_v1, paradex_order, typed_data,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=200, help="of each kind (default: 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--planted", action="store_true", help="change our answers: each kind must find it")
    args = parser.parse_args()
    done: Counter[str] = Counter()
    found = set()
    for kind in KINDS:
        for number in range(args.cases):
            given, ours, theirs = kind(random.Random(f"{args.seed} {kind.__name__} {number}"))
            if ours ^ args.planted != theirs:
                found.add(kind.__name__)
                if not args.planted:
                    print(f"{kind.__name__}: {given!r}: ours {ours:#x}, theirs {theirs:#x}", file=sys.stderr)
                break
            done[kind.__name__] += 1
    print(json.dumps({"comparisons": done, "differ": sorted(found)}))
    return 0 if (len(found) == len(KINDS)) == args.planted and bool(found) == args.planted else 1


if __name__ == "__main__":
    sys.exit(main())
