"""What StarkWare's own Python and other engines make of hashes, keys, signatures and messages.

Started by record_differential.py.

The recorded answers are cairo-lang's and stark-perpetual's; the other engines are asked the same questions and must
agree, or the difference is recorded as an entry of its own.
"""

import hashlib
import random
import sys
import types
from collections.abc import Callable
from importlib.metadata import version

import fast_stark_crypto as starknet_rs
import layout
import starknet_pathfinder_crypto as pathfinder
from crypto_cpp_py import cpp_bindings as crypto_cpp
from starkware.cairo.common.hash_state import compute_hash_on_elements
from starkware.crypto.signature import fast_pedersen_hash
from starkware.crypto.signature import signature as cairo

# perpetual_messages imports web3 for its condition helper alone, which is not recorded here.
sys.modules.setdefault("web3", types.SimpleNamespace(Web3=None))

from services.perpetual.public import perpetual_messages  # noqa: E402

P, N, BOUND = cairo.FIELD_PRIME, cairo.EC_ORDER, 2**251
EDGES = (0, 1, 2, 2**248 - 1, 2**248, BOUND - 1, BOUND, P - 1)
tally: dict[str, int] = {}


def numbers(section: str, count: int, bound: int) -> list[int]:
    """Below the bound: half of them of any width, half full."""
    r = random.Random(f"starkcore {section}")
    return [r.choice([r.randrange(bound), r.getrandbits(r.randint(1, 250))]) for _ in range(count)]


def agree(name: str, expected: object, *others: object) -> None:
    """All engines say the same; counted for the provenance."""
    if any(other != expected for other in others):
        raise SystemExit(f"engines differ on {name}: {expected} {others}")
    tally[name] = tally.get(name, 0) + 1


def pedersen() -> list[dict]:
    """Also checked, not recorded again: every Pedersen entry of constructed.json, in all five engines."""
    a, b = numbers("pedersen a", 100, P), numbers("pedersen b", 100, P)
    pairs = [*((x, y) for x in EDGES for y in EDGES), *zip(a, b, strict=True)]
    constructed = {
        (int(row["a"], 16), int(row["b"], 16)): int(row["hash"], 16)
        for row in layout.read("constructed.json")["pedersen"]
    }
    rows = []
    for x, y in [*pairs, *constructed]:
        value = cairo.pedersen_hash(x, y)
        others = (
            fast_pedersen_hash.pedersen_hash(x, y),
            crypto_cpp.cpp_hash(x, y),
            starknet_rs.pedersen_hash(x, y),
            pathfinder.pedersen_hash(x, y),
        )
        agree("pedersen", value, *others, constructed.get((x, y), value))
        if (x, y) not in constructed:
            rows.append({"a": hex(x), "b": hex(y), "hash": hex(value)})
    return rows


def chains() -> list[dict]:
    values = numbers("chains", 60, P)
    lists = [values[i * (i - 1) // 2 : i * (i + 1) // 2] for i in range(9)]
    return [
        {
            "elements": [hex(v) for v in items],
            "on_elements": hex(compute_hash_on_elements(items, hash_func=fast_pedersen_hash.pedersen_hash)),
        }
        for items in lists
    ]


def public_keys() -> list[dict]:
    rows = []
    for d in [1, 2, 3, N - 1, N - 2, (N - 1) // 2, (N + 1) // 2, BOUND, *numbers("public keys", 60, N)]:
        x, y = cairo.private_key_to_ec_point_on_stark_curve(d)
        agree("public_keys", x, crypto_cpp.cpp_get_public_key(d), starknet_rs.get_public_key(d))
        rows.append({"d": hex(d), "x": hex(x), "y": hex(y)})
    return rows


def signatures() -> list[dict]:
    """Message 0 is left out: cairo-lang's nonce function cannot take it."""
    rows = []
    m = [1, 2, 2**247, 2**248 - 1, 2**248, 2**249, 2**250, BOUND - 1, *numbers("messages", 92, BOUND)]
    d = [1, N - 1, N - 2, 2, *numbers("keys", 96, N)]
    seeds = [None, None, 32, 1, 0, 2, 255, 256, 2**64, 2**256 - 1]
    for i, (message, key) in enumerate(zip(m, d, strict=True)):
        for seed in dict.fromkeys((None, 32, seeds[i % len(seeds)])):
            r, s = cairo.sign(message, key, seed)
            agree("signatures", (r, s), crypto_cpp.cpp_sign(message, key, seed))
            if seed is None:
                agree("signatures without seed, starknet-rs", (r, s), starknet_rs.sign(key, message))
            rows.append(
                {
                    "m": hex(message),
                    "d": hex(key),
                    "seed": None if seed is None else hex(seed),
                    "r": hex(r),
                    "s": hex(s),
                }
            )
    return rows


def answer(function: Callable[..., bool], *arguments: object) -> bool | str:
    """True, False, or how the engine refused."""
    try:
        return bool(function(*arguments))
    except BaseException as error:  # Rust panics derive from BaseException
        if isinstance(error, KeyboardInterrupt):
            raise
        return type(error).__name__


def verifications() -> list[dict]:
    """cairo-lang's signatures, right and wrong by one bit, under x alone."""
    rows = []
    r_ = random.Random("starkcore verify")
    for message, key in zip(numbers("verify m", 30, BOUND), numbers("verify d", 30, N), strict=True):
        r, s = cairo.sign(message, key)
        x = cairo.private_to_stark_key(key)
        bit = 1 << r_.randrange(250)
        for m1, r1, s1 in (
            (message, r, s),
            (message, r, N - s),
            (message ^ bit, r, s),
            (message, r ^ bit, s),
            (message, r, s ^ bit),
        ):
            value = answer(cairo.verify, m1, r1, s1, x)
            agree("verifications", value, answer(starknet_rs.verify, x, m1, r1, s1))
            rows.append({"m": hex(m1), "r": hex(r1), "s": hex(s1), "x": hex(x), "valid_x": value})
    return rows


def verify_differences() -> list[dict]:
    """Every `verify` entry of constructed.json in each engine; kept are the answers that differ from its own."""
    rows = []
    for entry in layout.read("constructed.json")["verify"]:
        m, r, s, x = (int(entry[name], 16) for name in "mrsx")
        asked = {
            "cairo-lang, x": (entry["valid_x"], cairo.verify, (m, r, s, x)),
            "starknet-rs, x": (entry["valid_x"], starknet_rs.verify, (x, m, r, s)),
        }
        if 0 < s < N:  # crypto-cpp takes w and never sees s
            inverse = pow(s, -1, N)
            asked["crypto-cpp, x"] = (entry["valid_x"], crypto_cpp.cpp_verify, (m, r, inverse, x))
        if entry["y"]:
            y = int(entry["y"], 16)
            asked["cairo-lang, full key"] = (entry["valid"], cairo.verify, (m, r, s, (x, y)))
        for engine, (ours, function, arguments) in asked.items():
            theirs = answer(function, *arguments)
            if theirs == ours or (ours is False and isinstance(theirs, str)):
                tally[f"verify, {engine}: same"] = tally.get(f"verify, {engine}: same", 0) + 1
            else:
                rows.append(
                    {name: entry[name] for name in "mrsxy"}
                    | {"engine": engine, "ours": ours, "theirs": theirs, "why": entry["why"]}
                )
    return rows


def grind_keys() -> list[dict]:
    """cairo-lang takes the seed as an integer: the form that drops leading zero bytes."""
    rows = []
    for i in range(60):
        digest = hashlib.sha256(b"differential grind %d" % i).digest()
        seed = bytes(i % 5) + digest[i % 5 :]
        rows.append({"seed": seed.hex(), "d_stripped": hex(cairo.grind_key(int.from_bytes(seed, "big"), N))})
    return rows


WIDTHS = {
    "asset_id_synthetic": 128,
    "asset_id_collateral": 250,
    "asset_id_fee": 250,
    "asset_id": 250,
    "receiver_public_key": 251,
    "condition": 251,
    "eth_address": 160,
    "nonce": 32,
    "expiration": 32,
}  # every other field has 64 bits
KINDS = {
    "limit_order": "asset_id_synthetic asset_id_collateral is_buying_synthetic asset_id_fee amount_synthetic "
    "amount_collateral max_amount_fee nonce position_id expiration",
    "transfer": "asset_id asset_id_fee receiver_public_key sender_position_id receiver_position_id src_fee_position_id "
    "nonce amount max_amount_fee expiration",
    "withdrawal_to_address": "asset_id_collateral position_id eth_address nonce expiration amount",
}
KINDS["conditional_transfer"] = KINDS["transfer"] + " condition"


def messages() -> list[dict]:
    """Messages 3, 4, 5 and 7 with fee fields that dYdX never uses."""
    r = random.Random("starkcore messages")
    rows = []
    for kind, names in KINDS.items():
        function = getattr(perpetual_messages, f"get_{kind}_msg")
        for i in range(25):
            widths = {name: WIDTHS.get(name, 64) for name in names.split()}
            fields = {name: r.getrandbits(r.choice([bits, r.randint(1, bits)])) for name, bits in widths.items()}
            if "is_buying_synthetic" in fields:
                fields["is_buying_synthetic"] = i % 2 == 1
            given = {name.replace("expiration", "expiration_timestamp"): value for name, value in fields.items()}
            if "eth_address" in given:
                given["eth_address"] = hex(given["eth_address"])
            stored = {name: hex(value) if widths[name] > 64 else value for name, value in fields.items()}
            rows.append({"kind": kind, **stored, "hash": hex(function(**given))})
    return rows


def record() -> None:
    sections = {
        "pedersen": pedersen(),
        "chains": chains(),
        "public_keys": public_keys(),
        "signatures": signatures(),
        "verifications": verifications(),
        "verify_differences": verify_differences(),
        "grind_keys": grind_keys(),
        "messages": messages(),
    }
    names = (
        "cairo-lang",
        "crypto-cpp-py",
        "fast-stark-crypto",
        "starknet-pathfinder-crypto",
        "ecdsa",
        "fastecdsa",
        "sympy",
    )
    provenance = {
        "about": "cairo-lang's answers, and stark-perpetual's for `messages`; the other engines agreed, as counted in "
        "`agreements`. `verify_differences` lists where an engine's answer to a `verify` entry of constructed.json is "
        "not ours.",
        "engines": {name: version(name) for name in names} | {"stark-perpetual": "40f0282"},
        "program": "tests/vectors/record_differential.py cairo",
        "encoding": "Field elements, scalars and seeds are hex with 0x; other integers are numbers.",
        "agreements": tally,
    }
    layout.write("cairo_lang.json", provenance, sections)
