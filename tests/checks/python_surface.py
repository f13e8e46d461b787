"""The public surface of starkcore, its venues and the key store for fuzz_python.py: each function's parameters, good
values, what the documentation takes, and where the oracle in tests/reference knows the answer, that.
"""

import importlib.util
import random
import tempfile
from pathlib import Path

import message_surface
import odd_values as odd
from message_surface import ADDRESS_TEXT, OWN_NAME
from reference import ecdsa, keys, messages, pedersen, poseidon
from reference.curve import N, P
from reference.keccak import keccak256
from surface_kinds import (
    ADDRESS,
    AMOUNT,
    BOOL,
    BYTES,
    CLIENT_ID,
    COLUMN,
    DECIMALS,
    EXPIRATION,
    EXTRA,
    FIELD,
    HASH,
    KEY,
    MARKET,
    NETWORK,
    NONCE,
    POINT,
    POSITION,
    PUBLIC,
    SECRET,
    SEED,
    SIDE,
    SIGNATURE,
    SIGNED,
    THREADS,
    TO_ROUND,
    VENUE,
    D,
    Function,
    Kind,
    X,
    Y,
    buffer_kind,
    choice,
    int_kind,
    number_kind,
    optional,
    sequence,
)

import starkcore
from starkcore import (
    PreparedPublicKey,
    PrivateKey,
    PublicKey,
    Signature,
    StarkcoreError,
    extended,
    keystore,
    paradex,
    starkex,
    starknet,
)
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.starkex import DYDX, Order, OrderSigner

SIGNER = OrderSigner(KEY, position_id=12345, check_expiration=False)
COLUMNS = SIGNER.sign_columns(
    markets=["BTC-USD"], size_decimals=3, price_decimals=0, market=0, side=odd.array.array("b", (0, 1, 2)), size=500,
    price=30_000, limit_fee=1000, nonce=1, expiration=4_102_444_800,
)  # fmt: skip


ORDER_KEYWORDS = {
    "market": MARKET, "side": SIDE, "size": AMOUNT, "price": AMOUNT, "limit_fee": AMOUNT, "expiration": EXPIRATION,
    "client_id": CLIENT_ID, "nonce": NONCE,
}  # fmt: skip
COMMON = {"expiration": EXPIRATION, "client_id": CLIENT_ID, "nonce": NONCE, "position_id": POSITION}
RECEIVER = {"receiver_position_id": int_kind(64), "receiver_key": number_kind(1 << 251)}


def orders_good(chance):
    return [{name: kind.good(chance) for name, kind in ORDER_KEYWORDS.items()} for _ in range(chance.randrange(4))]


def signed_by_oracle(m, seed=None, extra=None):
    return ecdsa.sign(m, D, seed, extra)


def message(kind, widths, build, **others):
    """The hash of a message; `build` makes the oracle's elements of the fields."""
    kinds = {name: int_kind(bits) for name, bits in widths.items()} | others
    return Function(
        lambda **fields: kind(**fields).hash(),
        (),
        kinds,
        lambda **f: messages.message_hash(build(f)) if build else None,
    )


def order_elements(f):
    names = {"synthetic_id": "asset_id_synthetic", "collateral_id": "asset_id_collateral",
             "fee_asset_id": "asset_id_fee", "quantums_synthetic": "amount_synthetic",
             "quantums_collateral": "amount_collateral", "quantums_fee": "max_amount_fee",
             "expiration_hours": "expiration"}  # fmt: skip
    return messages.limit_order(**{names.get(name, name): value for name, value in f.items()})


def transfer_elements(f):
    names = {"receiver_key": "receiver_public_key", "quantums_amount": "amount", "expiration_hours": "expiration"}
    return messages.transfer(**{names.get(name, name): value for name, value in f.items()})


def withdrawal_elements(f):
    names = {"collateral_id": "asset_id_collateral", "quantums_amount": "amount", "expiration_hours": "expiration"}
    return messages.withdrawal(**{names.get(name, name): value for name, value in f.items()})


QUANTUMS = {"quantums_amount": 64, "nonce": 32, "expiration_hours": 32}
TRANSFER = {"asset_id": 250, "receiver_key": 251, "sender_position_id": 64, "receiver_position_id": 64} | QUANTUMS
WITHDRAWAL = {"collateral_id": 250, "position_id": 64} | QUANTUMS
ORDER = {"synthetic_id": 128, "collateral_id": 250, "fee_asset_id": 250, "quantums_synthetic": 64,
         "quantums_collateral": 64, "quantums_fee": 64, "position_id": 64, "nonce": 32,
         "expiration_hours": 32}  # fmt: skip


def lifted(odd):
    return PUBLIC if PUBLIC.y % 2 == odd else PublicKey(PUBLIC.x, P - PUBLIC.y)


def seed_takes(value):
    return odd.whole(256)(value).to_bytes(32, "big") if isinstance(value, int) else odd.some_bytes(*range(1, 65))(value)


def secret_of(key):
    return int(key.secret_hex(), 16)


def same_engine(name):
    if type(name) is str and name in starkcore.engines():
        name = starkcore.engine()  # one engine in a run
    starkcore.use_engine(name)


def same_mode(strict):
    if type(strict) is bool:
        strict = starkcore.strict()
    starkcore.use_strict(strict)


def both_forms(**order):
    """The order as a dict and as a HumanOrder, in a batch; the exception that it would have raised by itself."""
    first, second = SIGNER.sign_orders([order, starkex.HumanOrder(**order)])
    assert (type(first), str(first)) == (type(second), str(second))
    if isinstance(first, StarkcoreError):
        raise first
    return first


def prepared_buffers(chance):
    return b"".join(chance.randrange(1 << 251).to_bytes(32, "big") for _ in range(3))


WALLETS = ["0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1", "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"]
STORE = tempfile.TemporaryDirectory()
CREDENTIALS = Kind(
    lambda c: Credentials(
        ethereum_address=c.choice(WALLETS),
        stark_key=c.choice((None, KEY, PrivateKey(c.randrange(1, N)))),
        api_key=c.choice((None, ApiKey(f"{c.randrange(3)}", "c2VjcmV0", "p"))),
        position_id=c.choice((None, 0, c.getrandbits(64))),
    )
)
PASSPHRASE = Kind(lambda c: c.choice(("x", b"x", "é")))
KEY_FILE = Kind(lambda c: key_file(c, c.choice(("x", "y"))))
FOLDER = Kind(lambda c: c.choice((STORE.name, Path(STORE.name), Path(STORE.name) / "nothing")))
REPLACING = {
    "replace": BOOL,
    "replace_key": optional(Kind(lambda c: c.choice((PUBLIC, PUBLIC.to_hex(), hex(PUBLIC.x))))),
}
KEPT = REPLACING | {"scrypt_n": Kind(lambda c: 4096)}


def key_file(chance, name):
    """A file of the store's, whole or with a part changed."""
    path = Path(STORE.name) / f"{name}.json"
    if not path.exists():
        # Whether or not the file is there already, the same chance makes the same change.
        keystore.save(path, CREDENTIALS.good(random.Random(name)), "x", scrypt_n=4096)
    data = bytearray(path.read_bytes())
    if chance.random() < 0.5:
        data[chance.randrange(len(data))] = chance.randrange(256)
    changed = Path(STORE.name) / f"{name}.changed.json"
    changed.write_bytes(data)
    return chance.choice((str, Path))(changed)


def saved(credentials, passphrase, **keywords):
    path = Path(STORE.name) / "saved.json"
    keystore.save(path, credentials, passphrase, **keywords)
    path.unlink()


def merged_file(credentials, passphrase, **keywords):
    path = Path(STORE.name) / "merged.json"
    keystore.save(path, Credentials(ethereum_address=WALLETS[0], stark_key=KEY), "x", scrypt_n=4096)
    try:
        return keystore.merge(path, credentials, passphrase, **keywords)
    finally:
        for found in path.parent.glob("merged.json*"):
            found.unlink()


def another_passphrase(passphrase, new_passphrase, **keywords):
    path = Path(STORE.name) / "passphrase.json"
    keystore.save(path, Credentials(ethereum_address=WALLETS[0], stark_key=KEY), "x", scrypt_n=4096)
    try:
        keystore.change_passphrase(path, passphrase, new_passphrase, **keywords)
    finally:
        for found in path.parent.glob("passphrase.json*"):
            found.unlink()


HASHES = buffer_kind(lambda c: c.choice((prepared_buffers(c), bytearray(96))))
LIST = Kind(lambda c: c.choice((sequence(FIELD).good(c), bytes(64))))
LIST_SIZE = Kind(lambda c: c.choice((1, 3)), lambda v: odd.within(odd.true_int(v), 1, 2**32))
SIGNATURES = buffer_kind(lambda c: SIGNATURE.to_bytes() * 3)
eth_sizes = odd.some_bytes(65, 66)
FUNCTIONS = {
    "PrivateKey": Function(PrivateKey, (SECRET,), {}, lambda d: d, secret_of),
    "PrivateKey.public_key": Function(
        lambda d: PrivateKey(d).public_key, (SECRET,), {}, keys.public_key, lambda k: (k.x, k.y)
    ),
    "PrivateKey.generate": Function(PrivateKey.generate, shape=lambda k: None, repeats=False),
    "PrivateKey.from_seed": Function(PrivateKey.from_seed, (BYTES,), {}, keys.key_from_seed, secret_of),
    "PrivateKey.from_eth_signature": Function(
        PrivateKey.from_eth_signature,
        (buffer_kind(lambda c: c.randbytes(64) + c.choice((b"\x1b", b"\0", b"\x1c\0", b"\x1b\3")), eth_sizes),),
        {"legacy_python": BOOL},
    ),
    "PrivateKey.guarded": Function(KEY.guarded, (), {"self_check": BOOL, "hedged": BOOL}, shape=lambda key: key == KEY),
    "PrivateKey.sign": Function(KEY.sign, (HASH, SEED, EXTRA), {}, signed_by_oracle, tuple),
    "PrivateKey.sign_many": Function(KEY.sign_many, (sequence(HASH), SEED, EXTRA), {"threads": THREADS}),
    "PrivateKey.sign_many of a buffer": Function(KEY.sign_many, (HASHES, SEED, EXTRA), {"threads": THREADS}),
    "PrivateKey.secret_hex": Function(lambda d: PrivateKey(d).secret_hex(), (SECRET,), {}, hex),
    "PublicKey": Function(PublicKey, (X, Y)),
    "PublicKey.from_x": Function(PublicKey.from_x, (X,)),
    "PublicKey.from_bytes": Function(
        PublicKey.from_bytes, (buffer_kind(lambda c: PUBLIC.to_bytes()[: c.choice((32, 64))]),)
    ),
    "PublicKey.from_hex": Function(PublicKey.from_hex, (Kind(lambda c: PUBLIC.to_hex()[: c.choice((64, 128))]),)),
    "PublicKey.lift": Function(PUBLIC.lift, (BOOL,), {}, lifted),
    "PublicKey.verify": Function(PUBLIC.verify, (HASH, SIGNED)),
    "PublicKey.prepare": Function(lambda x: PublicKey.from_x(x).prepare(), (X,)),
    "PublicKey.to_bytes": Function(PUBLIC.to_bytes),
    "PublicKey.to_hex": Function(PUBLIC.to_hex),
    "PreparedPublicKey": Function(PreparedPublicKey, (POINT,)),
    "PreparedPublicKey.verify": Function(PUBLIC.prepare().verify, (HASH, SIGNED)),
    "PreparedPublicKey.verify_many": Function(PUBLIC.prepare().verify_many, (HASHES, SIGNATURES), {"threads": THREADS}),
    "Signature": Function(Signature, (int_kind(256), int_kind(256)), {}, lambda r, s: (r, s), tuple),
    "Signature.from_bytes": Function(Signature.from_bytes, (buffer_kind(lambda c: c.randbytes(64)),)),
    "Signature.from_hex": Function(Signature.from_hex, (Kind(lambda c: c.randbytes(64).hex()),)),
    "Signature.to_bytes": Function(SIGNATURE.to_bytes),
    "Signature.to_hex": Function(SIGNATURE.to_hex),
    "grind_key": Function(
        starkcore.grind_key,
        (buffer_kind(lambda c: c.randbytes(c.randrange(1, 65)), seed_takes),),
        {"strip_zeros": BOOL},
        lambda seed, strip_zeros: (keys.grind_key_stripped if strip_zeros else keys.grind_key)(seed),
        secret_of,
    ),
    "verify_many": Function(
        starkcore.verify_many, (sequence(POINT), sequence(HASH), sequence(SIGNED)), {"threads": THREADS}
    ),
    "verify_many of buffers": Function(
        starkcore.verify_many, (buffer_kind(lambda c: PUBLIC.to_bytes() * 3), HASHES, SIGNATURES), {"threads": THREADS}
    ),
    "keccak256": Function(starkcore.keccak256, (BYTES,), {}, keccak256),
    "pedersen_hash": Function(starkcore.pedersen_hash, (FIELD, FIELD), {}, pedersen.pedersen_hash),
    "pedersen_hash_many": Function(
        starkcore.pedersen_hash_many, (sequence(Kind(lambda c: (FIELD.good(c), FIELD.good(c)))),), {"threads": THREADS}
    ),
    "pedersen_hash_many of buffers": Function(starkcore.pedersen_hash_many, (HASHES, HASHES), {"threads": THREADS}),
    "pedersen_hash_elements": Function(starkcore.pedersen_hash_elements, (sequence(FIELD),)),
    "pedersen_hash_lists": Function(starkcore.pedersen_hash_lists, (sequence(LIST),), {"threads": THREADS}),
    "pedersen_hash_lists of a buffer": Function(
        starkcore.pedersen_hash_lists, (HASHES, LIST_SIZE), {"threads": THREADS}
    ),
    "poseidon_hash": Function(starkcore.poseidon_hash, (FIELD, FIELD), {}, poseidon.hash_two),
    "poseidon_hash_single": Function(starkcore.poseidon_hash_single, (FIELD,), {}, poseidon.hash_single),
    "poseidon_hash_many": Function(starkcore.poseidon_hash_many, (sequence(FIELD),)),
    "poseidon_hash_pairs": Function(
        starkcore.poseidon_hash_pairs, (sequence(Kind(lambda c: (FIELD.good(c), FIELD.good(c)))),), {"threads": THREADS}
    ),
    "poseidon_hash_pairs of buffers": Function(starkcore.poseidon_hash_pairs, (HASHES, HASHES), {"threads": THREADS}),
    "poseidon_hash_lists": Function(starkcore.poseidon_hash_lists, (sequence(LIST),), {"threads": THREADS}),
    "poseidon_hash_lists of a buffer": Function(
        starkcore.poseidon_hash_lists, (HASHES, LIST_SIZE), {"threads": THREADS}
    ),
    "pedersen_chain_starkex": Function(starkcore.pedersen_chain_starkex, (sequence(FIELD),)),
    "pedersen_chain_starknet": Function(starkcore.pedersen_chain_starknet, (sequence(FIELD),)),
    "engine": Function(starkcore.engine),
    "engines": Function(starkcore.engines),
    "selftest": Function(starkcore.selftest),
    "strict": Function(starkcore.strict),
    "tables": Function(starkcore.tables),
    "use_tables": Function(starkcore.use_tables, (int_kind(32, 1),)),
    "use_engine": Function(same_engine, (Kind(lambda c: c.choice(starkcore.engines())),)),
    "use_strict": Function(same_mode, (BOOL,)),
    "to_quantums": Function(starkex.to_quantums, (AMOUNT, int_kind(64, 1))),
    "to_step": Function(starkex.to_step, (TO_ROUND, AMOUNT)),
    "to_step, rounded": Function(starkex.to_step, (TO_ROUND, AMOUNT, choice("down", "up", "nearest"))),
    "to_quantums, rounded": Function(starkex.to_quantums, (AMOUNT, int_kind(64, 1), choice("exact", "down", "up"))),
    "expiration_hours": Function(
        starkex.expiration_hours,
        (EXPIRATION,),
        {"buffer_hours": Kind(lambda c: c.randrange(-99, 999), odd.true_int), "round_up": BOOL},
    ),
    "fact_to_condition": Function(starkex.fact_to_condition, (ADDRESS, buffer_kind(lambda c: c.randbytes(32)))),
    "registration_hash": Function(starkex.registration_hash, (ADDRESS, Kind(lambda c: c.choice((PUBLIC, PUBLIC.x))))),
    "sign_registration": Function(starkex.sign_registration, (Kind(lambda c: KEY), ADDRESS)),
    "transfer_erc20_fact": Function(
        starkex.transfer_erc20_fact,
        (),
        {
            "recipient": ADDRESS,
            "token_decimals": Kind(lambda c: c.randrange(20), lambda v: odd.within(odd.true_int(v), 0, 20)),
            "amount": AMOUNT,
            "token_address": ADDRESS,
            "salt": int_kind(256),
        },
    ),
    "Order": message(Order, ORDER, order_elements, is_buying_synthetic=BOOL),
    "Order.from_human": Function(
        Order.from_human, (), ORDER_KEYWORDS | {"position_id": int_kind(64), "network": NETWORK, "venue": VENUE}
    ),
    "Transfer": message(starkex.Transfer, TRANSFER, transfer_elements),
    "ConditionalTransfer": message(starkex.ConditionalTransfer, TRANSFER | {"condition": 251}, transfer_elements),
    "Withdrawal": message(starkex.Withdrawal, WITHDRAWAL, withdrawal_elements),
    "WithdrawalToAddress": message(starkex.WithdrawalToAddress, WITHDRAWAL, None, eth_address=ADDRESS),
    "OrderSigner": Function(
        OrderSigner,
        (Kind(lambda c: KEY), NETWORK),
        {"position_id": int_kind(64), "venue": VENUE, "check_expiration": BOOL},
    ),
    "OrderSigner.sign_order": Function(SIGNER.sign_order, (), ORDER_KEYWORDS | {"position_id": POSITION}),
    "OrderSigner.warm": Function(SIGNER.warm),
    "OrderSigner.sign_orders": Function(SIGNER.sign_orders, (Kind(orders_good),), {"threads": THREADS}),
    "OrderSigner.sign_orders of odd ones": Function(both_forms, (), ORDER_KEYWORDS),
    "OrderSigner.sign_columns": Function(
        SIGNER.sign_columns,
        (),
        {
            "markets": Kind(lambda c: ["BTC-USD"]),
            "size_decimals": DECIMALS,
            "price_decimals": DECIMALS,
            "market": COLUMN,
            "side": COLUMN,
            "size": COLUMN,
            "price": COLUMN,
            "limit_fee": COLUMN,
            "nonce": COLUMN,
            "expiration": Kind(lambda c: 4_102_444_800),
            "threads": THREADS,
        },
    ),
    "OrderSigner.sign_transfer": Function(SIGNER.sign_transfer, (), RECEIVER | COMMON | {"amount": AMOUNT}),
    "OrderSigner.sign_conditional_transfer": Function(
        SIGNER.sign_conditional_transfer, (), RECEIVER | COMMON | {"amount": AMOUNT, "condition": int_kind(251)}
    ),
    "OrderSigner.sign_fast_withdrawal": Function(
        SIGNER.sign_fast_withdrawal,
        (),
        COMMON
        | {
            "lp_position_id": int_kind(64),
            "lp_key": number_kind(1 << 251),
            "to_address": ADDRESS,
            "debit_amount": AMOUNT,
            "credit_amount": AMOUNT,
        },
    ),
    "OrderSigner.sign_withdrawal": Function(SIGNER.sign_withdrawal, (), COMMON | {"amount": AMOUNT}),
    "OrderSigner.sign_withdrawal_to_address": Function(
        SIGNER.sign_withdrawal_to_address, (), COMMON | {"amount": AMOUNT, "eth_address": ADDRESS}
    ),
    "SignedColumns.signature": Function(
        COLUMNS.signature, (Kind(lambda c: c.randrange(-3, 3)),), allowed=(IndexError, TypeError)
    ),
    "SignedColumns.errors": Function(lambda: list(COLUMNS.errors()), shape=lambda _: None),
    "Market": Function(lambda *a: repr(starkex.Market(*a)), (OWN_NAME, int_kind(128), int_kind(64, 1))),
    "Network": Function(
        lambda *a: repr(starkex.Network(*a)),
        (
            *(OWN_NAME, int_kind(64, 1), int_kind(250), int_kind(64, 1), optional(int_kind(250))),
            *(optional(ADDRESS_TEXT), optional(ADDRESS_TEXT), Kind(lambda c: c.randrange(20))),
        ),
    ),
    "Venue": Function(
        lambda *a: repr(starkex.Venue(*a)),
        (
            *(OWN_NAME, Kind(lambda c: dict(DYDX.markets)), Kind(lambda c: dict(DYDX.networks)), int_kind(31)),
            *(choice("up", "down"), choice("first", "last")),
        ),
    ),
    "Venue.market": Function(DYDX.market, (MARKET,)),
    "Venue.network": Function(DYDX.network, (NETWORK,)),
    "Venue.nonce": Function(DYDX.nonce, (Kind(lambda c: c.choice(("", "a", "é" * 99))),)),
    "Venue.with_markets": Function(DYDX.with_markets, (Kind(lambda c: DYDX.market("BTC-USD")),)),
    # The key store: files that this table makes. A name that isn't there is an error of the system's.
    "keystore.save": Function(saved, (CREDENTIALS, PASSPHRASE), KEPT, shape=lambda _: None),
    "keystore.merge": Function(merged_file, (CREDENTIALS, PASSPHRASE), KEPT, shape=lambda _: None),
    "keystore.merged": Function(keystore.merged, (CREDENTIALS, CREDENTIALS), REPLACING),
    "keystore.load": Function(keystore.load, (KEY_FILE, PASSPHRASE), allowed=(OSError,)),
    "keystore.load_entry": Function(keystore.load_entry, (KEY_FILE, PASSPHRASE), allowed=(OSError,)),
    "keystore.change_passphrase": Function(
        another_passphrase, (PASSPHRASE, PASSPHRASE), {"scrypt_n": Kind(lambda c: 4096)}, shape=lambda _: None
    ),
    "keystore.public_part": Function(keystore.public_part, (KEY_FILE,), allowed=(OSError,)),
    "keystore.entries": Function(lambda folder: list(keystore.entries(folder)), (FOLDER,), allowed=(OSError,)),
}

if importlib.util.find_spec("eth_keyfile") is None:  # the core alone is installed
    FUNCTIONS = {name: function for name, function in FUNCTIONS.items() if not name.startswith("keystore.")}

FUNCTIONS |= message_surface.FUNCTIONS
MESSAGES = starknet, paradex, extended

# Plain data: what they hold is asked for where it is used. And the root of the exceptions, types, and what is no
# function.
EXEMPT = set(
    """HumanOrder SignedColumns SignedMessage SignedOrder StarkcoreError errors DYDX Amount
    Expiration Side Order.hash Transfer.hash ConditionalTransfer.hash Withdrawal.hash WithdrawalToAddress.hash
    SignedOrder.count SignedOrder.index SignedOrder.to_dict OrderTerms
    StarkcoreError.add_note StarkcoreError.with_traceback""".split()  # noqa: SIM905
)


EXEMPT |= message_surface.EXEMPT


def public_names():
    """Everything callable that the packages export, and the methods of its classes."""
    for prefix, module in (("", starkcore), ("", starkex), *((f"{one.__name__[10:]}.", one) for one in MESSAGES)):
        for name in module.__all__:
            thing = getattr(module, name)
            yield prefix + name
            if isinstance(thing, type):
                methods = (m for m in dir(thing) if not m.startswith("_") and callable(getattr(thing, m)))
                yield from (f"{prefix}{name}.{m}" for m in methods)


def uncovered():
    names = {name.split(" of ")[0].split(",")[0] for name in FUNCTIONS}
    return sorted(set(public_names()) - names - EXEMPT)


ALLOWED = (StarkcoreError,)
