"""The same questions to every function of the C interface, so that engines can be compared.

As a program: `python -m whitebox.answers LIBRARY` prints, as JSON, the engine that was chosen and a digest of the
answers of each function.
"""

import hashlib
import json
import random
import sys

from cffi import FFI
from native_build import HEADER, declarations
from reference import curve
from reference.curve import N, P

from . import values
from .interface import Interface

BOUND = 2**251
MARKET = (0x4554482D3130000000000000000000, 0x2893294412A4C8F915F75892B395EBBF6859EC246EC365C3B1F56F47C3A0A5D)


def keys() -> list[int]:
    return [1, 2, N - 1, N - 2, BOUND, (N + 1) // 2, *(d or 1 for d in values.some(6, N, "answer keys"))]


def messages() -> list[int]:
    return [0, 1, BOUND - 1, 2**248 - 1, 2**248, BOUND, 2**256 - 1, *values.some(30, BOUND, "answer messages")]


def seeds() -> list[tuple[bytes | None, bytes | None]]:
    return [(None, None), (b"\x20", None), (b"\xff" * 32, None), (None, bytes(range(32))), (b"\x01\x00", b"\xff" * 32)]


def hash_answers(c: Interface) -> dict[str, list]:
    data = random.Random("answer data").randbytes(600)
    sizes = [0, 1, 31, 32, 55, 56, 63, 64, 65, 119, 120, 128, 135, 136, 137, 271, 272, 600]
    edges = [0, 1, 2**248, BOUND, P - 1, P, 2**256 - 1, *values.some(20, P, "answer pedersen")]
    pairs = [(a, b) for a in edges for b in edges[::3]]
    inside = [(a, b) for a, b in pairs if a < P > b]
    lists = [inside[i][: i % 2] + tuple(edges[:i]) for i in range(12)]
    parts = [[0, 1, 2], [], [3], [P], [4]]
    kept = {
        f"{kind}_{call}": [c.hash_in_parts(kind, parts[:count]) for count in range(6)]
        for kind in ("pedersen", "poseidon")
        for call in ("init", "absorb", "finish")
    }
    return kept | {
        "pedersen_elements": [c.hash_of_list("pedersen_elements", some) for some in (*lists, edges, edges[7:])],
        "pedersen_lists": [c.hashes_of_lists("pedersen_lists", some) for some in (lists[:5], lists * 4, [], [[]])],
        "poseidon": [c.poseidon_of(a, b) for a, b in pairs],
        "poseidon_single": [c.poseidon_of(a) for a in edges],
        "poseidon_pairs": [c.poseidon_of_pairs(some) for some in (inside, inside[:33], inside[:1], [], pairs)],
        "poseidon_many": [c.hash_of_list("poseidon_many", some) for some in (*lists, edges, edges[7:])],
        "poseidon_lists": [c.hashes_of_lists("poseidon_lists", some) for some in (lists[:5], lists * 4, [], [[]])],
        "keccak256": [c.hash_of("keccak256", data[:size]) for size in sizes],
        "sha256": [c.hash_of("sha256", data[:size]) for size in sizes],
        "pedersen": [c.pedersen_of(a, b) for a, b in pairs],
        "pedersen_many": [c.pedersen_of_many(some) for some in (inside, inside[:33], inside[:1], [], pairs)],
    }


def key_answers(c: Interface) -> dict[str, list]:
    data = random.Random("answer seeds").randbytes(200)
    xs = [0, 1, 2, BOUND, P - 1, P, 2**256 - 1, *values.some(40, P, "answer xs")]
    bad = [0, N, P, 2**256 - 1]
    points = [curve.G, (0, 0), (curve.G[0], P - curve.G[1]), (curve.G[0], 5), (P, P)]
    signatures = [
        bytes(zeros) + data[zeros:64] + end for zeros in (0, 1, 40) for end in (b"\x1b", b"\x00\x03", b"\x05")
    ]
    grinding = [data[:size] for size in (0, 1, 32, 62, 64, 65)] + [bytes(31) + b"\x07"]
    return {
        "private_key_check": [c.check_private(d) for d in keys() + bad],
        "public_key": [c.public(d) for d in keys() + bad],
        "public_key_check": [c.check_public(x, y) for x, y in points],
        "public_key_x_check": [c.check_public_x(x) for x in xs],
        "public_key_y": [c.y_of(x, odd=odd) for x in xs for odd in (0, 1)],
        "key_from_data": [c.derived("key_from_data", data[:size]) for size in (0, 1, 66, 135, 136, 200)],
        "key_from_eth_signature": [
            c.derived("key_from_eth_signature", signature, legacy) for signature in signatures for legacy in (0, 1)
        ],
        "grind_key": [c.derived("grind_key", seed, strip) for seed in grinding for strip in (0, 1)],
    }


def ecdsa_answers(c: Interface) -> dict[str, list]:
    signed = [
        (m, d, *options, *c.signed(m, d, *options)) for m in messages()[:9] for d in keys() for options in seeds()
    ]
    rows = []
    for m, d, _, _, status, (r, s) in signed[:: len(seeds())]:
        _, x, y = c.public(d)
        if status.rule == "OK":
            rows += [
                (m, r, s, x, y),
                (m, r, N - s, x, None),
                (m ^ 1, r, s, x, y),
                (m, r, s ^ 1, x, None),
                (m, r, 0, x, y),
            ]
    prepared = {(x, y): c.prepared(x, y)[1] for *_, x, y in rows if y is not None}
    return {
        "sign": signed,
        "sign_many": [
            c.signed_many(messages()[:count], d, b"\x20") for count in (0, 1, 33, 37) for d in (keys()[3], 0)
        ],
        "verify": [c.verified(*row) for row in rows if row[4] is not None],
        "verify_x": [c.verified(*row[:4]) for row in rows],
        "verify_many": [c.verified_many(rows), c.verified_many(rows[:0]), c.verified_many(rows, no_y=True)],
        "prepare": [c.prepared_bytes(memory) for memory in prepared.values()],
        "prepared_size": [c.prepared_size()],
        "verify_prepared_many": [
            c.verified_prepared_many([row[:3] for row in rows], memory) for memory in prepared.values()
        ],
        "verify_prepared": [c.verified_prepared(*row[:3], prepared[row[3:]]) for row in rows if row[4] is not None],
    }


def message_answers(c: Interface) -> dict[str, list]:
    ids = {"asset_id": 5, "receiver_key": BOUND - 1, "condition": 9, "nonce": 2**32 - 1, "quantums_amount": 2**64 - 1}
    fields = {"position_id": 3, "nonce": 4, "expiration_hours": 5, "quantums_amount": 6, "collateral_id": 7}
    amounts = ["0", "1", "145.0005", "1e-7", "1E+3", "", "-1", "1_0", "NaN", "0." + "1" * 95, "9" * 97, "1e400"]
    client_ids = ["", "a", "This is an ID", "\u0436" * 100]
    status, market = c.market(*MARKET, MARKET[1], (10**9, 10**6))
    tail = c.tail(12345, 444701)
    order = {"market": market, "tail": tail, "limit_fee": "0.125", "is_buying_synthetic": 1}
    orders = [
        order | {"size": size, "price": price, "client_id": client_id, "is_buying_synthetic": buying, "nonce": 17}
        for size in ("145.0005", "1e-9", "0", "1e-10")
        for price in ("350.00067", "x", "1e30")
        for client_id in (None, "id")
        for buying in (0, 1)
    ]
    count = 70
    table = {
        "market": [0] * (count - 1) + [1],
        "side": [i % 3 for i in range(count)],
        "size": [1500 + i for i in range(count)],
        "price": [300_000 - 7 * i for i in range(count)],
        "limit_fee": [1000 * (i % 5) - 1000 for i in range(count)],
        "nonce": [i << 26 for i in range(count)],
        "expiration": [1_600_316_155 + 1800 * i for i in range(count)],
    }
    refused = c.market(2**128, 1, 1, (1, 1)), c.market(1, 1, 1, (0, 1))
    return {
        "order_hash": [c.message("order", synthetic_id=a, collateral_id=b, nonce=7) for a, b in ((1, 2), (2**128, 1))],
        "transfer_hash": [c.message("transfer", **ids, conditional=conditional) for conditional in (0, 1)],
        "withdrawal_hash": [c.message("withdrawal", **fields, eth_address=9, to_address=to) for to in (0, 1)],
        "quantums": [c.quantums_of(amount, 10**9, rounding) for amount in amounts for rounding in (0, 1, 2)],
        "nonce_from_client_id": [c.nonce_from_client_id(text.encode(), len(text.encode())) for text in client_ids],
        "nonce_of_client_id": [
            c.nonce_of_client_id(text.encode(), len(text.encode()), which) for text in client_ids for which in (0, 1)
        ],
        "expiration_hours": [c.hours_of(seconds, 168, down) for seconds in (0, 1_600_316_155) for down in (0, 1)],
        "read_order": [c.read(order) for order in orders],
        "market_init": [status, list(market.opaque), *((status, list(market.opaque)) for status, market in refused)],
        "order_tail_init": [list(tail.opaque)],
        "hash_orders": [c.orders(orders), c.orders([]), c.orders(orders[:1])],
        "sign_order_table": [c.signed_table(market, table, d) for d in (keys()[0], 5, N)],
        "sign_orders": [
            c.orders(orders, keys()[0]),
            c.orders(orders, N),
            c.orders([], 1),
            c.orders(orders, 5, b"\x20"),
        ],
    }


def template_answers(c: Interface) -> dict[str, list]:
    struct = [7, None, 5, None, None, BOUND - 1, 0]
    outer = [2**251, 0, 1]
    rows = [[i, 2**251 - i, 1 << i % 251] for i in range(1, 38)]
    bad = [[1, 2, P], [1, 2, 3]]
    found: dict[str, list] = {name: [] for name in TEMPLATE_FUNCTIONS}
    for kind in (0, 1, 2):
        status, template = c.message_template(kind, outer, struct)
        found["message_template_init"] += [status, list(template.opaque)]
        found["message_template_init"].append(c.message_template(kind, [1, P], [])[0])
        for ready in (False, True):
            for some in (rows, rows[:1], [], bad):
                found["hash_messages"].append(c.messages(template, some, ready))
                found["sign_messages"] += [c.messages(template, some, ready, d) for d in (keys()[0], N)]
        found["sign_message_table"].append(c.message_table(template, list(range(40)), keys()[0]))
    found["message_element_init"] = [c.message_element(value) for value in (0, 1, P - 1, P)]
    return found


TEMPLATE_FUNCTIONS = (
    "message_template_init", "message_element_init", "hash_messages", "sign_messages", "sign_message_table",
)  # fmt: skip


# Functions about the build itself, whose answers are the engine's own.
ABOUT_THE_BUILD = {
    "rule_text",
    "field_name",
    "version",
    "compiler",
    "engine",
    "engine_at",
    "use_engine",
    "strict",
    "use_strict",
    "tables",
    "use_tables",
    "selftest",
}


def answers(c: Interface) -> dict[str, list]:
    """What each function of the header answers, but those about the build."""
    return hash_answers(c) | key_answers(c) | ecdsa_answers(c) | message_answers(c) | template_answers(c)


def digests(found: dict[str, list]) -> dict[str, str]:
    return {name: hashlib.sha256(repr(value).encode()).hexdigest() for name, value in found.items()}


def main(path: str) -> None:
    ffi = FFI()
    ffi.cdef(declarations(HEADER))
    c = Interface(ffi, ffi.dlopen(path))
    print(json.dumps({"engine": c.in_use(), "digests": digests(answers(c))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
