"""Random messages, hashes, addresses and transactions, against other people's own answers.

    pip install starknet-py==0.30.0 poseidon-py crypto-cpp-py pydantic x10-python-trading-starknet==2.6.0
    pip install --no-deps paradex-py==0.8.2
    npm install --prefix FOLDER starknet@7.1.0
    python tests/checks/differential_starknet.py [--cases N] [--seed N] [--js FOLDER] [--only KIND …]

They are starknet.py, paradex-py, poseidon-py, Extended's SDK with its fast-stark-crypto, and starknet.js where --js
says where it is. paradex-py needs packages that have no wheels everywhere; its messages, which are all that is used of
it, need none of them. Prints how many comparisons of each kind were made, as JSON; ends with 1 at the first difference,
and prints the case. Where a peer's own code panics, the case is counted as that, and the next one is tried; a kind of
which none could be compared ends it with 1, too. `--planted` takes one bit from each of our answers: every kind has to
find it.
"""

from __future__ import annotations

import argparse
import decimal
import importlib.util
import json
import random
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import fast_stark_crypto
from poseidon_py.poseidon_hash import poseidon_hash, poseidon_hash_many, poseidon_hash_single
from starknet_py.hash.address import compute_address
from starknet_py.hash.transaction import (
    CommonTransactionV3Fields,
    TransactionHashPrefix,
    compute_declare_v3_transaction_hash,
    compute_deploy_account_v3_transaction_hash,
    compute_invoke_transaction_hash,
    compute_invoke_v3_transaction_hash,
)
from starknet_py.hash.utils import compute_hash_on_elements
from starknet_py.net.client_models import DAMode, ResourceBounds, ResourceBoundsMapping
from starknet_py.utils.typed_data import TypedData as TheirTypedData
from x10.config import MAINNET_CONFIG, TESTNET_CONFIG
from x10.core.amount import InternalAmount
from x10.core.stark_account import StarkPerpetualAccount
from x10.models.asset import SettlementAsset
from x10.models.order import OrderSide as ExtendedSide
from x10.signing.order_object import create_order_object

import starkcore
from starkcore import PrivateKey, extended, paradex
from starkcore.starknet import (
    TypedData,
    contract_address,
    declare_hash_v3,
    deploy_account_hash_v3,
    invoke_hash_v1,
    invoke_hash_v3,
    short_string,
)


def without_its_client(name: str) -> None:
    """Make a package whose modules can be imported, without running the package's own file, which imports
    everything.
    """
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


def common_v3(chance: random.Random, prefix: TransactionHashPrefix, address: int) -> tuple[dict[str, Any], Any]:
    """What all transactions of version 3 have, as we take it and as starknet.py does."""
    bounds = {
        name: (chance.randrange(1 << 64), chance.randrange(1 << 128)) for name in ("l1_gas", "l2_gas", "l1_data_gas")
    }
    ours = {
        "chain_id": felt(chance), "nonce": felt(chance), "tip": chance.randrange(1 << 64),
        "paymaster_data": felts(chance, 3), "nonce_data_availability_mode": chance.randrange(2),
        "fee_data_availability_mode": chance.randrange(2), "query": chance.random() < 0.5, "resource_bounds": bounds,
    }  # fmt: skip
    theirs = CommonTransactionV3Fields(
        tx_prefix=prefix,
        version=3 + ours["query"] * 2**128,
        address=address,
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
    return ours, theirs


def invoke_v3(chance: random.Random) -> Case:
    sender = felt(chance)
    ours, common = common_v3(chance, TransactionHashPrefix.INVOKE, sender)
    own = {"calldata": felts(chance), "account_deployment_data": felts(chance, 3)}
    theirs = compute_invoke_v3_transaction_hash(**own, common_fields=common)
    return (sender, ours, own), invoke_hash_v3(sender_address=sender, **own, **ours), theirs


def declare_v3(chance: random.Random) -> Case:
    sender = felt(chance)
    ours, common = common_v3(chance, TransactionHashPrefix.DECLARE, sender)
    own = {
        "account_deployment_data": felts(chance, 3), "class_hash": felt(chance), "compiled_class_hash": felt(chance)
    }  # fmt: skip
    theirs = compute_declare_v3_transaction_hash(**own, common_fields=common)
    return (sender, ours, own), declare_hash_v3(sender_address=sender, **own, **ours), theirs


def deploy_account_v3(chance: random.Random) -> Case:
    """With the address that follows from the others, or with another one."""
    calldata, class_hash, salt = felts(chance), felt(chance), felt(chance)
    given = felt(chance) if chance.random() < 0.5 else None
    address = compute_address(class_hash=class_hash, salt=salt, constructor_calldata=calldata)
    ours, common = common_v3(chance, TransactionHashPrefix.DEPLOY_ACCOUNT, address if given is None else given)
    own = {"constructor_calldata": calldata, "class_hash": class_hash}
    theirs = compute_deploy_account_v3_transaction_hash(**own, contract_address_salt=salt, common_fields=common)
    return (given, salt, ours, own), deploy_account_hash_v3(contract_address=given, salt=salt, **own, **ours), theirs


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


# ---- Extended


def amount(chance: random.Random, digits: int, decimals: int) -> Decimal:
    """More than zero, of so many digits at most; short ones are as likely as long ones."""
    return Decimal(chance.randrange(1, 10 ** chance.randrange(1, digits))).scaleb(-chance.randrange(decimals + 1))


def below_10_000(chance: random.Random) -> Decimal:
    """More than zero, of at most twelve digits."""
    digits = chance.randrange(1, 13)
    return Decimal(chance.randrange(1, 10**digits)).scaleb(-max(digits - 4, chance.randrange(13)))


def extended_market(chance: random.Random) -> tuple[extended.Market, list[SettlementAsset]]:
    ids, resolutions = [felt(chance) for _ in range(2)], [10 ** chance.randrange(1, 10) for _ in range(2)]
    market = extended.Market("BTC-USD", ids[0], resolutions[0], ids[1], resolutions[1])
    assets = [
        SettlementAsset(
            name="A", precision=6, is_collateral=bool(i), starkex_id=hex(ids[i]), starkex_resolution=resolutions[i]
        )
        for i in range(2)
    ]
    return market, assets


def extended_network(chance: random.Random) -> tuple[str, dict[str, str]]:
    name, config = chance.choice((("mainnet", MAINNET_CONFIG), ("testnet", TESTNET_CONFIG)))
    domain = config.signing.starknet_domain
    return name, {
        "domain_name": domain.name, "domain_version": domain.version, "domain_chain_id": domain.chain_id,
        "domain_revision": domain.revision,
    }  # fmt: skip


def as_one(message_hash: int, signature: Iterable[int]) -> int:
    """One number out of a hash and what was signed."""
    r, s = signature
    return message_hash << 512 | r << 256 | s


def extended_order(chance: random.Random) -> Case:
    """The SDK's own request of an order: its id is the message's hash.

    Amounts of at most 28 digits, as its contexts have.
    """
    market, assets = extended_market(chance)
    d, vault = chance.randrange(1, 2**250), chance.randrange(1 << 32)
    network, config = chance.choice((("mainnet", MAINNET_CONFIG), ("testnet", TESTNET_CONFIG)))
    when, nonce = chance.randrange(10**9, 4 * 10**9) + chance.choice((0, 0.25)), chance.randrange(1, 2**31 + 1)
    terms = {
        "size": below_10_000(chance), "price": below_10_000(chance), "taker_fee": amount(chance, 4, 0).scaleb(-4),
        "builder_fee": chance.choice((None, Decimal("0.0001"))), "nonce": nonce,
    }  # fmt: skip
    side = chance.choice(("BUY", "SELL"))
    key = PrivateKey(d)
    order = create_order_object(
        account=StarkPerpetualAccount(vault, hex(d), hex(key.public_key.x), "key"), side=ExtendedSide(side),
        market=SimpleNamespace(name="BTC-USD", synthetic_asset=assets[0], collateral_asset=assets[1]),
        amount_of_synthetic=terms["size"], price=terms["price"], taker_fee=terms["taker_fee"],
        builder_fee=terms["builder_fee"], nonce=nonce, expire_time=datetime.fromtimestamp(when, UTC),
        starknet_domain=config.signing.starknet_domain,
    )  # fmt: skip
    ours = extended.OrderSigner(key, vault, network).sign_order(
        market=market, side=side, expire_time=when, rounding="venue", **terms
    )
    theirs = order.settlement.signature
    given = terms, side, when, vault, network, market
    return given, as_one(ours.hash, ours.signature), as_one(int(order.id), (theirs.r, theirs.s))


def in_units(value: Decimal, asset: SettlementAsset, rounding: str | None = None) -> int:
    """Units as the SDK has them."""
    internal = InternalAmount(value, asset)
    return internal.to_stark_amount(*([] if rounding is None else [decimal.Context(rounding=rounding)])).value


def extended_limit_order(chance: random.Random) -> Case:
    market, assets = extended_market(chance)
    key, vault, nonce = PrivateKey(chance.randrange(1, 2**250)), chance.randrange(1 << 32), chance.randrange(1, 2**31)
    network, domain = extended_network(chance)
    side, when = chance.choice((1, -1)), chance.randrange(10**9, 4 * 10**9)
    size, quote = amount(chance, 10, 6), amount(chance, 10, 6)
    theirs = fast_stark_crypto.get_limit_order_msg_hash(
        source_position_id=vault, receive_position_id=vault, base_asset_id=market.synthetic_id,
        base_amount=in_units(side * size, assets[0], decimal.ROUND_UP), quote_asset_id=market.collateral_id,
        quote_amount=in_units(-side * quote, assets[1], decimal.ROUND_UP), fee_asset_id=market.collateral_id,
        fee_amount=0, expiration=when + 14 * 86_400, salt=nonce, user_public_key=key.public_key.x, **domain,
    )  # fmt: skip
    ours = extended.OrderSigner(key, vault, network).sign_limit_order(
        market=market, side="BUY" if side > 0 else "SELL", size=size, quote_amount=quote, expire_time=when,
        nonce=nonce, rounding="venue",
    )  # fmt: skip
    return (market, vault, network, side, when, size, quote, nonce), ours.hash, theirs


def extended_transfer(chance: random.Random) -> Case:
    market, assets = extended_market(chance)
    key, nonce = PrivateKey(chance.randrange(1, 2**250)), chance.randrange(1, 2**31)
    vaults = [chance.randrange(1 << 32) for _ in range(2)]
    network, domain = extended_network(chance)
    value, when = below_10_000(chance), chance.randrange(10**9, 4 * 10**9)
    theirs = fast_stark_crypto.get_transfer_msg_hash(
        recipient_position_id=vaults[1], sender_position_id=vaults[0], collateral_id=market.collateral_id,
        amount=in_units(value, assets[1]), expiration=when + 21 * 86_400, salt=nonce,
        user_public_key=key.public_key.x, **domain,
    )  # fmt: skip
    ours = extended.OrderSigner(key, vaults[0], network).sign_transfer(
        to_vault=vaults[1], receiver_public_key=felt(chance), amount=value, collateral_id=market.collateral_id,
        collateral_resolution=market.collateral_resolution, time=when, nonce=nonce, rounding="half_even",
    )  # fmt: skip
    return (market, vaults, network, value, when, nonce), ours.hash, theirs


def extended_withdrawal(chance: random.Random) -> Case:
    market, assets = extended_market(chance)
    key, nonce, vault = PrivateKey(chance.randrange(1, 2**250)), chance.randrange(1, 2**31), chance.randrange(1 << 32)
    network, domain = extended_network(chance)
    value, when, recipient = below_10_000(chance), chance.randrange(10**9, 4 * 10**9), felt(chance)
    theirs = fast_stark_crypto.get_withdrawal_msg_hash(
        recipient_hex=hex(recipient), position_id=vault, collateral_id=market.collateral_id,
        amount=in_units(value, assets[1]), expiration=when + 15 * 86_400, salt=nonce,
        user_public_key=key.public_key.x, **domain,
    )  # fmt: skip
    ours = extended.OrderSigner(key, vault, network).sign_withdrawal(
        recipient=recipient, amount=value, collateral_id=market.collateral_id,
        collateral_resolution=market.collateral_resolution, time=when, nonce=nonce, rounding="half_even",
    )  # fmt: skip
    return (market, vault, network, value, when, recipient, nonce), ours.hash, theirs


def extended_key(chance: random.Random) -> Case:
    """The key that is ground from an Ethereum signature, now and then from one that begins with zeros."""
    signature = bytes(chance.choice((0, 0, 3))) + chance.randbytes(65)
    private, public = fast_stark_crypto.generate_keypair_from_eth_signature("0x" + signature[:65].hex())
    ours = starkcore.grind_key(signature[:32], strip_zeros=True)
    return signature.hex(), as_one(0, (int(ours.secret_hex(), 16), ours.public_key.x)), as_one(0, (private, public))


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


def random_document(chance: random.Random) -> tuple[dict[str, Any], int]:
    """A document whose types use each other, each later one an earlier one; and an account."""
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
    return document, felt(chance)


def typed_data(chance: random.Random) -> Case:
    document, account = random_document(chance)
    ours = TypedData.from_json(json.dumps(document)).hash(account)
    return (document, account), ours, TheirTypedData.from_dict(document).message_hash(account)


# Of these the SDKs agree with SNIP-12: variants have fields, and no lists of structs; see docs/starknet.md for the
# others.
_PRESETS = {
    "u256": lambda chance: {"low": hex(chance.randrange(1 << 128)), "high": str(chance.randrange(1 << 128))},
    "TokenAmount": lambda chance: {"token_address": hex(felt(chance)), "amount": _PRESETS["u256"](chance)},
    "NftId": lambda chance: {"collection_address": hex(felt(chance)), "token_id": _PRESETS["u256"](chance)},
}


def with_enum(chance: random.Random) -> tuple[dict[str, Any], int]:
    """A document with an enum, presets and a Merkle tree."""
    variants = {
        f"V{i}": [chance.choice((*_BASIC[1], "felt*", "u128*")) for _ in range(chance.randrange(1, 4))]
        for i in range(chance.randrange(1, 4))
    }
    chosen = chance.choice(list(variants))
    presets = [name for name in _PRESETS if chance.random() < 0.5]
    tree = chance.choice(("felt", "u128", "shortstring"))
    document = {
        "types": {
            "StarknetDomain": [{"name": n, "type": "shortstring"} for n in ("name", "version", "chainId", "revision")],
            "Example": [
                {"name": "choice", "type": "enum", "contains": "Choice"},
                {"name": "tree", "type": "merkletree", "contains": tree},
                *({"name": f"a{name}", "type": name} for name in presets),
            ],
            "Choice": [{"name": name, "type": f"({','.join(kinds)})"} for name, kinds in variants.items()],
        },
        "primaryType": "Example",
        "domain": {"name": word(chance), "version": "1", "chainId": word(chance), "revision": "1"},
        "message": {
            "choice": {chosen: [value(chance, kind, {}, 1) for kind in variants[chosen]]},
            "tree": [value(chance, tree, {}, 1) for _ in range(chance.randrange(1, 9))],
            **{f"a{name}": _PRESETS[name](chance) for name in presets},
        },
    }
    return document, felt(chance)


def enums_and_presets(chance: random.Random) -> Case:
    document, account = with_enum(chance)
    ours = TypedData.from_json(json.dumps(document)).hash(account)
    return (document, account), ours, TheirTypedData.from_dict(document).message_hash(account)


# ---- starknet.js, in a process of its own that answers a line with a line

_ANSWERS = """
const { typedData, hash, ec } = require("starknet");
const answer = ({ kind, given, account }) =>
  kind === "typed_data" ? typedData.getMessageHash(given, account)
  : kind === "deploy" ? hash.calculateContractAddressFromHash(...given)
  : ec.starkCurve.poseidonHashMany(given.map(BigInt)).toString();
require("readline").createInterface({ input: process.stdin })
  .on("line", (line) => console.log(BigInt(answer(JSON.parse(line))).toString()));
"""


class StarknetJs:
    """starknet.js of a folder. Ends with its standard input."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: str) -> None:
        cls.process = subprocess.Popen(
            ["node", "-e", _ANSWERS], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @classmethod
    def ask(cls, kind: str, given: Any, account: int = 0) -> int:
        stdin, stdout = cls.process.stdin, cls.process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("made with pipes")
        stdin.write(json.dumps({"kind": kind, "given": given, "account": hex(account)}) + "\n")
        stdin.flush()
        return int(stdout.readline())


def without_ints(value: Any) -> Any:
    """A document whose ints are text: JavaScript's JSON gives a number's first 53 bits."""
    if isinstance(value, dict):
        return {key: without_ints(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_ints(item) for item in value]
    return hex(value) if type(value) is int else value


def js_poseidon(chance: random.Random) -> Case:
    elements = felts(chance, 20)
    return elements, starkcore.poseidon_hash_many(elements), StarknetJs.ask("poseidon", list(map(str, elements)))


def js_address(chance: random.Random) -> Case:
    salt, class_hash, calldata, deployer = felt(chance), felt(chance), felts(chance), felt(chance)
    theirs = StarknetJs.ask("deploy", [hex(salt), hex(class_hash), list(map(hex, calldata)), hex(deployer)])
    ours = contract_address(class_hash=class_hash, salt=salt, calldata=calldata, deployer=deployer)
    return (salt, class_hash, calldata, deployer), ours, theirs


def js_typed_data(chance: random.Random) -> Case:
    document, account = random_document(chance)
    theirs = StarknetJs.ask("typed_data", without_ints(document), account)
    return (document, account), TypedData.from_dict(document).hash(account), theirs


def js_enums(chance: random.Random) -> Case:
    document, account = with_enum(chance)
    theirs = StarknetJs.ask("typed_data", without_ints(document), account)
    return (document, account), TypedData.from_dict(document).hash(account), theirs


KINDS: tuple[Callable[[random.Random], Case], ...] = (
    poseidon, pedersen_list, address, invoke_v3, declare_v3, deploy_account_v3, invoke_v1, paradex_order, typed_data,
    enums_and_presets, extended_order, extended_limit_order, extended_transfer, extended_withdrawal, extended_key,
)  # fmt: skip


OF_JS: tuple[Callable[[random.Random], Case], ...] = (js_poseidon, js_address, js_typed_data, js_enums)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=200, help="of each kind (default: 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--js", metavar="FOLDER", help="where starknet.js is installed; its kinds are left out without")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="these kinds alone")
    parser.add_argument("--planted", action="store_true", help="change our answers: each kind must find it")
    args = parser.parse_args()
    if args.js is not None:
        StarknetJs.start(args.js)
    kinds = [
        kind
        for kind in (*KINDS, *(OF_JS if args.js is not None else ()))
        if args.only is None or kind.__name__ in args.only
    ]
    done: Counter[str] = Counter()
    panics: Counter[str] = Counter()
    found = set()
    for kind in kinds:
        for number in range(args.cases):
            try:
                given, ours, theirs = kind(random.Random(f"{args.seed} {kind.__name__} {number}"))
            except BaseException as error:
                if not is_panic(error):
                    raise
                panics[kind.__name__] += 1
                continue
            if ours ^ args.planted != theirs:
                found.add(kind.__name__)
                if not args.planted:
                    print(f"{kind.__name__}: {given!r}: ours {ours:#x}, theirs {theirs:#x}", file=sys.stderr)
                break
            done[kind.__name__] += 1
    print(json.dumps({"comparisons": done, "their panics": panics, "differ": sorted(found)}))
    compared = all(done[kind.__name__] or kind.__name__ in found for kind in kinds)
    return 0 if compared and (len(found) == len(kinds)) == args.planted and bool(found) == args.planted else 1


def is_panic(error: BaseException) -> bool:
    """Whether a peer's Rust has panicked: its binding raises what is no `Exception`, of a type that can't be
    imported.
    """
    return type(error).__name__ == "PanicException"


if __name__ == "__main__":
    sys.exit(main())
