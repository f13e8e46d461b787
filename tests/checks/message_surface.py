"""What python_surface.py has for starkcore and starkcore.starkex, for Starknet's messages and the venues that sign
such.
"""

import datetime
import importlib.util
import json
import random

import odd_values as odd
from reference.curve import P
from surface_kinds import (
    AMOUNT,
    BOOL,
    BYTES,
    COLUMN,
    EXPIRATION,
    HASH,
    KEY,
    PUBLIC,
    SIDE,
    THREADS,
    Function,
    Kind,
    choice,
    edge,
    int_kind,
    odd_buffer,
    optional,
    sequence,
)

from starkcore import extended, paradex, starknet
from starkcore.ethereum import LocalKey

ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
MARKET = extended.Market("BTC-USD", 0x4254432D3600000000000000000000, 10**6, 1, 10**6)
PARADEX, EXTENDED = paradex.OrderSigner(KEY, ACCOUNT), extended.OrderSigner(KEY, 10002)
FELT = Kind(lambda c: c.choice((int, hex))(edge(c, 0, P)))  # bytes are no element of Starknet's
FELTS = sequence(FELT)
NETWORK = Kind(lambda c: c.choice(("mainnet", "testnet", paradex.TESTNET)))
EXTENDED_NETWORK = Kind(lambda c: c.choice(("mainnet", "testnet", extended.TESTNET)))
OWN_NAME = Kind(lambda c: c.choice(("mainnet", "é")))
CHAIN_NAME = Kind(lambda c: c.choice(("SN_MAIN", "x" * 31)))
NAME = Kind(lambda c: c.choice(("BTC-USD-PERP", "", "x" * 31)))
TEXT = Kind(lambda c: c.choice(("", "__execute__", "é" * 40, "x" * 200)))
SECONDS = Kind(lambda c: c.randrange(10**9, 10**10))
MILLISECONDS = Kind(lambda c: c.randrange(10**11, 10**14))
OWNER = Kind(lambda c: KEY)
NOON = datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)
INSTANT = Kind(lambda c: EXPIRATION.good(random.Random(c.randrange(4))))

# ---- Starknet

BOUND = Kind(
    lambda c: c.choice(
        ((c.getrandbits(64), c.getrandbits(128)), {"max_amount": 1, "max_price_per_unit": c.getrandbits(9)})
    )
)
BOUNDS = Kind(lambda c: {name: BOUND.good(c) for name in ("l1_gas", "l2_gas", "l1_data_gas") if c.random() < 0.8})
MODE = choice(0, 1, "L1", "L2")
TRANSACTION = {
    "chain_id": FELT, "nonce": FELT, "resource_bounds": BOUNDS, "tip": int_kind(64), "paymaster_data": FELTS,
    "nonce_data_availability_mode": MODE, "fee_data_availability_mode": MODE, "query": BOOL,
}  # fmt: skip
MEMBERS = {
    "felt": lambda c: FELT.good(c), "shortstring": lambda c: "text", "string": lambda c: "é" * c.randrange(50),
    "bool": lambda c: c.random() < 0.5, "u128": lambda c: c.getrandbits(128), "i128": lambda c: -c.getrandbits(127),
    "selector": lambda c: "transfer", "ContractAddress": lambda c: hex(c.getrandbits(250)),
    "felt*": lambda c: [c.getrandbits(250) for _ in range(c.randrange(4))],
    "u256": lambda c: {"low": c.getrandbits(128), "high": hex(c.getrandbits(128))},
}  # fmt: skip


def document(chance):
    """Typed data of SNIP-12, good; of either revision."""
    revision = chance.randrange(2)
    known = list(MEMBERS) if revision else ["felt", "bool", "string", "selector", "felt*"]
    kinds = [chance.choice(known) for _ in range(chance.randrange(1, 5))]
    makers = MEMBERS if revision else MEMBERS | {"string": lambda c: "a text"}
    members = [{"name": f"m{i}", "type": kind} for i, kind in enumerate(kinds)]
    message = {f"m{i}": makers[kind](chance) for i, kind in enumerate(kinds)}
    inner = [{"name": "first", "type": "felt"}, {"name": "more", "type": "felt*"}]
    many = [{"first": FELT.good(chance), "more": [1]} for _ in range(chance.randrange(3))]
    domain = {"name": "App", "version": "1", "chainId": "SN_MAIN"} | ({"revision": "1"} if revision else {})
    own = [{"name": name, "type": "shortstring" if revision else "felt"} for name in domain]
    return {
        "types": {"StarknetDomain" if revision else "StarkNetDomain": own, "Inner": inner,
                  "Outer": [*members, {"name": "many", "type": "Inner*"}]},
        "primaryType": "Outer", "domain": domain, "message": message | {"many": many},
    }  # fmt: skip


def spoiled(value, chance):
    """A document with one odd value somewhere in it, or one member that is gone."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.15:
        return odd.odd(chance)
    place = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
    if chance.random() < 0.1:
        del value[place]
    else:
        value[place] = spoiled(value[place], chance)
    return value


def broken_text(chance):
    text = bytearray(json.dumps(document(chance)).encode())
    for _ in range(chance.randrange(3)):
        text[chance.randrange(len(text))] = chance.choice(b'[]{}",:0\\\xff ')
    return chance.choice((bytes(text), text.decode(errors="replace"), odd.odd(chance)))


DOCUMENT = Kind(document, None, lambda c: spoiled(document(c), c))
JSON = Kind(lambda c: c.choice((str, str.encode))(json.dumps(document(c))), None, broken_text)
DATA = starknet.TypedData.from_dict(document(random.Random(1)))
STARKNET, ACCOUNT_SIGNER = starknet.StarknetSigner(KEY), starknet.AccountSigner(KEY, starknet.short_string("SN_MAIN"))

# ---- Orders

PARADEX_ORDER = {
    "market": NAME, "side": SIDE, "order_type": choice("LIMIT", "STOP_MARKET"), "size": AMOUNT, "price": AMOUNT,
    "timestamp": MILLISECONDS, "order_id": optional(Kind(lambda c: c.choice(("1", "17001"))))
}  # fmt: skip
ROUNDED = {"rounding": choice("exact", "down")}
# 1 … 2^31, and that number itself is one.
EXTENDED_NONCE = Kind(
    lambda c: min(max(edge(c, 1, 1 << 31), 1), 1 << 31), lambda v: odd.within(odd.true_int(v), 1, (1 << 31) + 1)
)
FEE = Kind(lambda c: c.choice(("0", "0.0005", 0)), AMOUNT.takes)
# Left out, it is random; but not where an order's leg has the order's own.
EXTENDED_NONCE_OR_NONE = Kind(EXTENDED_NONCE.good, lambda v: None if v is None else EXTENDED_NONCE.takes(v))
EXTENDED_ORDER = {
    "market": Kind(lambda c: MARKET), "side": SIDE, "size": AMOUNT, "price": AMOUNT,
    "taker_fee": FEE, "expire_time": INSTANT,
    "nonce": EXTENDED_NONCE_OR_NONE, "rounding": choice("exact", "venue"),
}  # fmt: skip
EXTENDED_LEG = EXTENDED_ORDER | {"nonce": EXTENDED_NONCE}
SENT = {
    "amount": AMOUNT, "collateral_id": FELT, "collateral_resolution": int_kind(64, 1), "time": INSTANT,
    "nonce": EXTENDED_NONCE_OR_NONE, "rounding": choice("exact", "half_even"),
}  # fmt: skip
DECIMALS = Kind(lambda c: c.choice((0, 3, 8)), None, odd_buffer)
TRADE_ORDER = {"account": 5, "side": "BUY", "type": "LIMIT", "size": "1", "price": "2"}
TRADES = Kind(
    lambda c: [{"market": "BTC-USD-PERP", "size": AMOUNT.good(c), "maker_order": TRADE_ORDER}] * c.randrange(1, 3),
    None,
    lambda c: spoiled([{"market": "A", "price": "1", "maker_order": dict(TRADE_ORDER)}], c),
)


def orders(terms):
    """Lists of orders as mappings; odd ones have something odd in them."""

    def good(chance):
        return [{name: kind.good(chance) for name, kind in terms.items()} for _ in range(chance.randrange(4))]

    return Kind(good, None, lambda c: spoiled([*good(c), {name: kind.good(c) for name, kind in terms.items()}], c))


def sdk_order(chance):
    return {"market": "BTC-USD-PERP", "side": SIDE.good(chance), "type": "LIMIT", "size": AMOUNT.good(chance),
            "price": "2.5", "signature_timestamp": chance.randrange(10**12, 2 * 10**12)}  # fmt: skip


SDK_ORDER = Kind(sdk_order, None, lambda c: spoiled(sdk_order(c), c))


def market_answer(chance):
    ids = {name: chance.choice((int, hex))(chance.randrange(1, 10**6)) for name in ("syntheticId", "collateralId")}
    return {"name": "BTC-USD", "l2Config": ids | {"syntheticResolution": 10**6, "collateralResolution": 1}}


MARKET_ANSWER = Kind(market_answer, None, lambda c: spoiled(market_answer(c), c))
PARADEX_COLUMNS, EXTENDED_COLUMNS = (
    PARADEX.sign_columns(
        markets=["A"], order_types=["LIMIT"], size_decimals=3, price_decimals=0, market=0,
        side=odd.array.array("b", (0, 1, 2)), order_type=0, size=500, price=30_000, timestamp=10**12,
    ),
    EXTENDED.sign_columns(
        market=MARKET, size_decimals=3, price_decimals=0, side=odd.array.array("b", (0, 1, 2)), size=500, price=30_000,
        taker_fee=500, expire_time=1_800_000_000, nonce=1,
    ),
)  # fmt: skip
TIMES = Kind(lambda c: c.choice((10**12, odd.array.array("q", [10**12, 1, 10**13]))), None, odd_buffer)
CHAIN, VAULT = Kind(lambda c: c.getrandbits(250)), Kind(lambda c: c.choice((int, str))(c.getrandbits(32)))
TRADE_ID = Kind(lambda c: c.choice((None, "1", "77")))
INDEX, NO_INDEX = Kind(lambda c: c.randrange(-3, 3)), (IndexError, TypeError)
SOME_NAMES = Kind(lambda c: [NAME.good(c) for _ in range(c.randrange(1, 4))], None, odd_buffer)
ADDRESS_TEXT = Kind(lambda c: "0x" + c.randbytes(20).hex())
WALLET = Kind(lambda c: LocalKey(c.choice((1, 5)).to_bytes(32, "big")))
COMMON_PARADEX = {"account": FELT, "stark_key": optional(OWNER), "network": choice("mainnet", "testnet")}
COMMON_EXTENDED = {
    "ethereum_address": ADDRESS_TEXT, "stark_key": optional(OWNER), "vault": optional(int_kind(32)),
    "network": choice("mainnet", "testnet"), "account_index": int_kind(7),
}  # fmt: skip

FUNCTIONS = {
    "starknet.short_string": Function(starknet.short_string, (NAME,)),
    "starknet.starknet_keccak": Function(starknet.starknet_keccak, (Kind(lambda c: c.choice((BYTES, TEXT)).good(c)),)),
    "starknet.selector": Function(starknet.selector, (TEXT,)),
    "starknet.contract_address": Function(
        starknet.contract_address, (), {"class_hash": FELT, "salt": FELT, "deployer": FELT, "calldata": FELTS}
    ),
    "starknet.invoke_hash_v1": Function(
        starknet.invoke_hash_v1,
        (),
        {
            "sender_address": FELT, "calldata": FELTS, "chain_id": FELT, "nonce": FELT, "max_fee": int_kind(128),
            "query": BOOL,
        },
    ),
    "starknet.invoke_hash_v3": Function(
        starknet.invoke_hash_v3,
        (),
        TRANSACTION | {
            "sender_address": FELT, "calldata": FELTS, "account_deployment_data": FELTS, "proof_facts": optional(FELTS)
        },
    ),
    "starknet.declare_hash_v3": Function(
        starknet.declare_hash_v3,
        (),
        TRANSACTION | {
            "sender_address": FELT, "class_hash": FELT, "compiled_class_hash": FELT, "account_deployment_data": FELTS
        },
    ),
    "starknet.deploy_account_hash_v3": Function(
        starknet.deploy_account_hash_v3,
        (),
        TRANSACTION | {
            "class_hash": FELT, "salt": FELT, "constructor_calldata": FELTS, "contract_address": optional(FELT)
        },
    ),
    "starknet.TypedData.from_dict": Function(lambda d: starknet.TypedData.from_dict(d).hash(5), (DOCUMENT,)),
    "starknet.TypedData.from_json": Function(lambda text: starknet.TypedData.from_json(text).hash(5), (JSON,)),
    "starknet.TypedData.with_message": Function(
        lambda d, m: starknet.TypedData.from_dict(d).with_message(m).struct_hash,
        (DOCUMENT, Kind(lambda c: {"m0": 1}, None, lambda c: spoiled(document(c)["message"], c))),
    ),
    "starknet.TypedData.hash": Function(DATA.hash, (FELT,)),
    "starknet.TypedData.type_text": Function(DATA.type_text, (choice("Outer", "Inner"),)),
    "starknet.TypedData.type_hash": Function(DATA.type_hash, (choice("Outer", "Inner"),)),
    "starknet.StarknetSigner": Function(
        lambda key, seed: starknet.StarknetSigner(key, seed=seed).public_key, (OWNER, optional(int_kind(256)))
    ),
    "starknet.StarknetSigner.sign": Function(STARKNET.sign, (Kind(lambda c: DATA), FELT)),
    "starknet.StarknetSigner.sign_hash": Function(STARKNET.sign_hash, (HASH,)),
    "starknet.AccountSigner": Function(lambda key, chain: repr(starknet.AccountSigner(key, chain)), (OWNER, CHAIN)),
    "starknet.AccountSigner.sign_message": Function(ACCOUNT_SIGNER.sign_message, (DOCUMENT, FELT)),
    "paradex.Network": Function(
        lambda *a: repr(paradex.Network(*a)), (OWN_NAME, CHAIN_NAME, int_kind(64, 1), FELT, FELT)
    ),
    "paradex.account_address": Function(
        paradex.account_address, (Kind(lambda c: c.choice((PUBLIC, PUBLIC.x, hex(PUBLIC.x)))), NETWORK)
    ),
    "paradex.OrderSigner": Function(lambda *a: repr(paradex.OrderSigner(*a)), (OWNER, FELT, NETWORK)),
    "paradex.OrderSigner.sign_order": Function(PARADEX.sign_order, (), PARADEX_ORDER | ROUNDED),
    "paradex.OrderSigner.warm": Function(PARADEX.warm),
    "paradex.OrderSigner.sign_orders": Function(PARADEX.sign_orders, (orders(PARADEX_ORDER),), {"threads": THREADS}),
    "paradex.OrderSigner.sign_columns": Function(
        PARADEX.sign_columns,
        (),
        {
            "markets": SOME_NAMES, "order_types": Kind(lambda c: ["LIMIT", "MARKET"]), "size_decimals": DECIMALS,
            "price_decimals": DECIMALS, "market": COLUMN, "side": COLUMN, "order_type": COLUMN, "size": COLUMN,
            "price": COLUMN, "timestamp": TIMES, "threads": THREADS,
        },
    ),
    "paradex.OrderSigner.sign_block_trade": Function(
        PARADEX.sign_block_trade, (),
        {"nonce": FELT, "expiration": MILLISECONDS, "trades": TRADES, "block_trade_id": TRADE_ID},
    ),
    "paradex.OrderSigner.onboarding_headers": Function(
        PARADEX.onboarding_headers, (ADDRESS_TEXT,), shape=lambda _: None
    ),
    "paradex.OrderSigner.auth_headers": Function(PARADEX.auth_headers, (),
                                                 {"timestamp": SECONDS, "expiration": SECONDS}),
    "paradex.OrderSigner.full_node_headers": Function(PARADEX.full_node_headers, (TEXT,), {"timestamp": SECONDS}),
    "paradex.OrderSigner.sign_subkey": Function(PARADEX.sign_subkey, (SECONDS,)),
    "paradex.OrderSigner.sign_hash": Function(PARADEX.sign_hash, (HASH,)),
    "paradex.SignedColumns.signature": Function(PARADEX_COLUMNS.signature, (INDEX,), allowed=NO_INDEX),
    "paradex.SignedColumns.errors": Function(lambda: len(list(PARADEX_COLUMNS.errors()))),
    "paradex.SdkSigner": Function(lambda *a: repr(paradex.SdkSigner(*a)), (OWNER, FELT, NETWORK)),
    "paradex.SdkSigner.sign_order": Function(paradex.SdkSigner(KEY, ACCOUNT).sign_order, (SDK_ORDER,)),
    "paradex.SdkSigner.sign_batch": Function(
        paradex.SdkSigner(KEY, ACCOUNT).sign_batch, (sequence(SDK_ORDER),), allowed=()
    ),
    "paradex.ExternalSigner": Function(lambda key: repr(paradex.ExternalSigner(key)), (OWNER,)),
    "paradex.ExternalSigner.sign_hash": Function(paradex.ExternalSigner(KEY).sign_hash, (HASH,)),
    "paradex.Credentials": Function(lambda **k: repr(paradex.Credentials(**k)), (), COMMON_PARADEX),
    "paradex.Credentials.order_signer": Function(
        lambda **k: repr(paradex.Credentials(**k).order_signer()), (), COMMON_PARADEX
    ),
    "extended.Network": Function(lambda *a: repr(extended.Network(*a)), (OWN_NAME, CHAIN_NAME, TEXT, TEXT)),
    "extended.Market": Function(
        lambda *a: repr(extended.Market(*a)), (TEXT, FELT, int_kind(128, 1), FELT, int_kind(128, 1))
    ),
    "extended.Market.from_api": Function(lambda answer: repr(extended.Market.from_api(answer)), (MARKET_ANSWER,)),
    "extended.OrderSigner": Function(lambda *a: repr(extended.OrderSigner(*a)),
                                     (OWNER, int_kind(32), EXTENDED_NETWORK)),
    "extended.OrderSigner.sign_order": Function(
        EXTENDED.sign_order, (), EXTENDED_ORDER | {"builder_fee": optional(FEE)}
    ),
    "extended.OrderSigner.warm": Function(EXTENDED.warm),
    "extended.OrderSigner.sign_orders": Function(EXTENDED.sign_orders, (orders(EXTENDED_ORDER),), {"threads": THREADS}),
    "extended.OrderSigner.sign_columns": Function(
        EXTENDED.sign_columns,
        (),
        {
            "market": Kind(lambda c: MARKET), "size_decimals": DECIMALS, "price_decimals": DECIMALS, "side": COLUMN,
            "size": COLUMN, "price": COLUMN, "taker_fee": COLUMN, "expire_time": COLUMN, "nonce": COLUMN,
            "builder_fee": COLUMN, "rounding": choice("exact", "venue"), "threads": THREADS,
        },
    ),
    "extended.OrderSigner.sign_take_profit": Function(EXTENDED.sign_take_profit, (), EXTENDED_LEG),
    "extended.OrderSigner.sign_stop_loss": Function(EXTENDED.sign_stop_loss, (), EXTENDED_LEG),
    "extended.OrderSigner.sign_limit_order": Function(
        EXTENDED.sign_limit_order,
        (),
        {name: kind for name, kind in EXTENDED_ORDER.items() if name not in ("price",
                                                                             "taker_fee")} | {"quote_amount": AMOUNT},
    ),
    "extended.OrderSigner.sign_transfer": Function(
        EXTENDED.sign_transfer, (), SENT | {"to_vault": int_kind(32), "receiver_public_key": FELT}
    ),
    "extended.OrderSigner.sign_withdrawal": Function(EXTENDED.sign_withdrawal, (), SENT | {"recipient": FELT}),
    "extended.SignedColumns.signature": Function(EXTENDED_COLUMNS.signature, (INDEX,), allowed=NO_INDEX),
    "extended.SignedColumns.errors": Function(lambda: len(list(EXTENDED_COLUMNS.errors()))),
    "extended.StarkAccount": Function(lambda *a: repr(extended.StarkAccount(*a)), (VAULT, OWNER, optional(TEXT))),
    "extended.StarkAccount.sign": Function(extended.StarkAccount(10002, KEY).sign, (HASH,)),
    "extended.Credentials": Function(lambda **k: repr(extended.Credentials(**k)), (), COMMON_EXTENDED),
    "extended.Credentials.order_signer": Function(
        lambda **k: repr(extended.Credentials(**k).order_signer()), (), COMMON_EXTENDED
    ),
    "extended.sub_account": Function(
        extended.sub_account,
        (ADDRESS_TEXT, OWNER, EXTENDED_NETWORK),
        {"account_index": int_kind(7, 1), "description": TEXT, "time": Kind(lambda c: NOON)},
    ),
}  # fmt: skip
WITH_A_WALLET = {
    "paradex.derive_key": Function(paradex.derive_key, (WALLET, NETWORK)),
    "extended.derive_key": Function(extended.derive_key, (WALLET, EXTENDED_NETWORK, int_kind(7))),
    "extended.onboarding": Function(
        extended.onboarding,
        (WALLET, OWNER, EXTENDED_NETWORK),
        {"referral_code": optional(TEXT), "time": Kind(lambda c: NOON)},
    ),
    "extended.api_key_headers": Function(
        extended.api_key_headers, (WALLET, Kind(lambda c: "/a")), {"time": Kind(lambda c: NOON)}
    ),
}
if importlib.util.find_spec("eth_account") is None:  # the core alone is installed
    EXEMPT = set(WITH_A_WALLET)
else:
    FUNCTIONS, EXEMPT = FUNCTIONS | WITH_A_WALLET, set()
# Plain data, and what takes an SDK's own objects or a key file's entry: tests/starknet/test_sdk_hooks.py,
# tests/keystore.
EXEMPT |= set(
    """paradex.MAINNET paradex.TESTNET paradex.SignedMessage paradex.SignedOrder paradex.SignedColumns
    paradex.SignedMessage.count paradex.SignedMessage.index paradex.SignedOrder.count paradex.SignedOrder.index
    paradex.Credentials.ADDRESS paradex.Credentials.to_entry paradex.Credentials.from_entry
    extended.MAINNET extended.TESTNET extended.SignedColumns extended.SignedLimitOrder
    extended.SignedOrder extended.SignedTransfer extended.SignedWithdrawal extended.SignedLimitOrder.count
    extended.SignedLimitOrder.index extended.SignedLimitOrder.settlement extended.SignedOrder.count
    extended.SignedOrder.index extended.SignedOrder.settlement extended.SignedOrder.debugging_amounts
    extended.SignedTransfer.count extended.SignedTransfer.index extended.SignedTransfer.settlement
    extended.SignedWithdrawal.count extended.SignedWithdrawal.index extended.SignedWithdrawal.settlement
    extended.Credentials.ADDRESS extended.Credentials.to_entry extended.Credentials.from_entry
    starknet.TypedData starknet.AccountSigner.sign_transaction starknet.AccountSigner.transaction_hash""".split()  # noqa: SIM905
)
