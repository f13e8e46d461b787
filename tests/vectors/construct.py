"""Writes constructed.json: what chance never meets, made with the oracle in tests/reference alone.

Run as `python tests/vectors/construct.py`; it takes about a minute and always writes the same bytes. Random-looking
numbers are hashes of a label.
"""

import sys
from pathlib import Path

import layout
from layout import pick

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import construct_protocol as protocol
from construct_verify import verify_vectors
from reference import curve, ecdsa, keys, pedersen
from reference.curve import N, P
from reference.ecdsa import BOUND

KEY = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3  # published in dydx3's tests


def edge_scalars() -> dict[int, str]:
    """Scalars that meet special cases of windows, signed digits, combs and complete or incomplete additions."""
    found = dict.fromkeys(range(1, 36), "small")
    found.update({N - k: "close to n" for k in range(1, 18)})
    found.update({(N + k) // 2: "half of n" for k in (-3, -1, 1, 3)})
    found.update({N // k: f"n / {k}" for k in (3, 5, 7, 15, 16, 17, 31, 32, 33, 255, 256)})
    for j in (4, 5, 6, 7, 8, 16, 31, 32, 63, 64, 65, 126, 127, 128, 191, 192, 196, 245, 246, 247, 248, 249, 250, 251):
        found.update({2**j + k: f"2^{j} and its neighbours" for k in (-1, 0, 1)})
        found[N - 2**j] = f"n − 2^{j}"
    for top in (31, 32, 33):
        found.update({top * 2**246 + k: "runs at the top of a signed recoding" for k in (-1, 0, 1)})
    for width in (4, 5, 6, 8):
        for digit in (1, 2 ** (width - 1) - 1, 2 ** (width - 1), 2 ** (width - 1) + 1, 2**width - 1):
            value = sum(digit << j for j in range(0, 250, width)) % 2**251
            found[value] = f"every {width}-bit window is {digit}"
    found[0xFFFFFFFFFFFFFFFF << 64] = "a limb of ones"
    found[(2**251 - 1) ^ (2**128 - 2**64)] = "a limb of zeros"
    return {k: why for k, why in found.items() if 0 < k < N}


def public_keys() -> list[dict]:
    rows = []
    for d, why in edge_scalars().items():
        x, y = keys.public_key(d)
        rows.append({"d": hex(d), "x": hex(x), "y": hex(y), "why": why})
    return rows


def keys_refused() -> list[dict]:
    values = {0: "zero", N: "n", N + 1: "n + 1", P: "p", 2**252: "253 bits", 2**256 - 1: "all ones"}
    return [{"d": hex(d), "why": why} for d, why in values.items()]


def pedersen_vectors() -> list[dict]:
    edges = {
        0: "0",
        1: "1",
        2**248 - 1: "low part all ones",
        2**248: "high part 1",
        7 << 248: "high part 7",
        BOUND: "high part 8",
        2**251 - 1: "2^251 − 1",
        P - 1: "p − 1",
    }
    pairs = {(a, b): f"{edges[a]} with {edges[b]}" for a in edges for b in edges}
    low = pick("pedersen low", 2**192)
    for high in range(9):
        pairs[low | high << 248, low] = f"a differs only in its high four bits: {high}"
        pairs[low, low | high << 248] = f"b differs only in its high four bits: {high}"
    for j in range(32):
        window = (0xFF << 8 * j) % 2**251
        pairs[window, 0] = f"a: ones in byte {j}"
        pairs[0, window] = f"b: ones in byte {j}"
    for width in (4, 5, 6, 7, 8, 9, 11, 13):
        for digit in (1, 2 ** (width - 1), 2**width - 1):
            value = sum(digit << j for j in range(0, 248, width)) % 2**251
            pairs[value, value] = f"every {width}-bit window is {digit}"
    return [
        {"a": hex(a), "b": hex(b), "hash": hex(pedersen.pedersen_hash(a, b)), "why": w} for (a, b), w in pairs.items()
    ]


def pedersen_refused() -> list[dict]:
    bad = {P: "p", P + 1: "p + 1", 2**252: "2^252", 2**256 - 1: "all ones"}
    rows = [{"a": hex(v), "b": "0x1", "refused": "a", "why": why} for v, why in bad.items()]
    return rows + [{"a": "0x1", "b": hex(v), "refused": "b", "why": why} for v, why in bad.items()]


def chains() -> list[dict]:
    """The two chains over the same elements; a chain of one or none exists only in Starknet's form."""
    rows = []
    for count in range(6):
        elements = [pick(f"chain {i}", P) for i in range(count)]
        nested = hex(pedersen.nested_hash(elements)) if count >= 2 else None
        rows.append(
            {
                "elements": [hex(e) for e in elements],
                "nested": nested,
                "on_elements": hex(pedersen.hash_on_elements(elements)),
                "why": f"{count} elements",
            }
        )
    return rows


def edge_messages() -> dict[int, str]:
    found = {0: "message 0", 1: "message 1", BOUND - 1: "2^251 − 1, the largest"}
    for bits in (7, 8, 9, 63, 64, 65, *range(239, 252)):
        shifted = "shifted by a nibble" if bits >= 248 and 1 <= bits % 8 <= 4 else "not shifted"
        found[2 ** (bits - 1)] = f"{bits} bits, lowest, {shifted}"
        found[2**bits - 1] = f"{bits} bits, highest, {shifted}"
        found[pick(f"message {bits}", 2 ** (bits - 1)) | 2 ** (bits - 1)] = f"{bits} bits, {shifted}"
    return found


SEEDS = {
    0: "seed 0 adds no bytes: the same as none",
    1: "also what the first retry without a seed uses",
    2: "2",
    32: "starknet.py, CCXT, Paradex",
    33: "the first retry after seed 32",
    255: "one byte",
    256: "two bytes",
    2**64 - 1: "eight bytes",
    2**64: "nine bytes",
    2**248: "32 bytes",
    2**256 - 1: "the largest of 32 bytes",
}
EXTRA = {"zeros": bytes(32), "ones": b"\xff" * 32, "counting": bytes(range(32))}


def nonces() -> list[dict]:
    """First nonces, with the number of RFC 6979 candidates that were not below n (half of them are not)."""
    found = {(m, KEY, None, None): why for m, why in edge_messages().items()}
    found.update({(1, d, None, None): why for d, why in ((1, "key 1"), (N - 1, "key n − 1"))})
    found.update({(BOUND - 1, KEY, seed, None): why for seed, why in SEEDS.items()})
    found.update(
        {
            (1, KEY, seed, extra): f"seed {seed}, extra entropy {name}"
            for seed in (None, 0, 1, 32)
            for name, extra in EXTRA.items()
        }
    )
    wanted = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12]
    m = 2
    while wanted:
        if ecdsa.nonce_and_rejections(m, KEY)[1] == wanted[0]:
            found[m, KEY, None, None] = f"{wanted.pop(0)} candidates rejected"
        m += 1
    rows = []
    for (m, d, seed, extra), why in found.items():
        k, rejections = ecdsa.nonce_and_rejections(m, d, ecdsa.extra_data(seed, extra))
        rows.append({**inputs(m, d, seed, extra), "rejections": rejections, "k": hex(k), "why": why})
    return rows


def inputs(m: int, d: int, seed: int | None, extra: bytes | None) -> dict:
    return {
        "m": hex(m),
        "d": hex(d),
        "seed": None if seed is None else hex(seed),
        "extra_entropy": None if extra is None else extra.hex(),
    }


def signatures() -> list[dict]:
    found = {(m, KEY, None, None): why for m, why in edge_messages().items()}
    for d, why in ((1, "key 1"), (2, "key 2"), (N - 1, "key n − 1"), (N - 2, "key n − 2"), (BOUND, "key 2^251")):
        found.update({(m, d, None, None): f"{why}, message {m}" for m in (0, 1)})
    found.update({(m, KEY, seed, None): why for seed, why in SEEDS.items() for m in (1, BOUND - 1)})
    found.update(
        {
            (7, KEY, seed, extra): f"seed {seed}, extra entropy {name}"
            for seed in (None, 0, 1, 32)
            for name, extra in EXTRA.items()
        }
    )
    found.update(short_signatures())
    rows = []
    for (m, d, seed, extra), why in found.items():
        r, s = ecdsa.sign(m, d, seed, extra)
        rows.append({**inputs(m, d, seed, extra), "r": hex(r), "s": hex(s), "why": why})
    return rows


def short_signatures() -> dict[tuple, str]:
    """Messages whose r or s starts with zero bytes: a text form that strips them is wrong."""
    found, m = {}, 1000
    wanted = {("r", 1): 248, ("s", 1): 248, ("r", 2): 240, ("s", 2): 240}
    while wanted:
        lengths = dict(zip("rs", (v.bit_length() for v in ecdsa.sign(m, KEY)), strict=True))
        for (name, zeros), limit in list(wanted.items()):
            if lengths[name] <= limit:
                found[m, KEY, None, None] = f"{name} begins with {zeros} zero bytes"
                del wanted[name, zeros]
        m += 1
    return found


def sign_refused() -> list[dict]:
    rows = [
        {"m": hex(m), "d": hex(KEY), "refused": "m", "why": why}
        for m, why in ((BOUND, "2^251"), (N, "n"), (P, "p"), (2**256 - 1, "all ones"))
    ]
    rows += [{"m": "0x1", "d": row["d"], "refused": "d", "why": row["why"]} for row in keys_refused()]
    return rows + [
        {"m": "0x1", "d": hex(KEY), "extra_entropy": "ab" * size, "refused": "extra_entropy", "why": f"{size} bytes"}
        for size in (1, 31, 33, 64)
    ]


def given_nonces() -> list[dict]:
    """Signing with a nonce from outside: d is solved from the wanted w as (k/w − m)/r."""
    wanted = [
        (w, why)
        for w, why in (
            (1, "w = 1, s = 1"),
            (2, "w = 2"),
            (BOUND - 1, "w = 2^251 − 1, the largest allowed"),
            (BOUND, "w = 2^251"),
            (BOUND + 1, "w = 2^251 + 1"),
            ((BOUND + N) // 2, "w in the middle of the gap"),
            (N - 2, "w = n − 2"),
            (N - 1, "w = n − 1, s = n − 1"),
            (pow(BOUND, -1, N), "s = 2^251: in the gap, and allowed"),
            (pow((BOUND + N) // 2, -1, N), "s in the middle of the gap, and allowed"),
            (pow(N - 2, -1, N), "s = n − 2, and allowed"),
        )
    ]
    rows = []
    for k in (3, pick("given nonce", N)):
        for m in (0, 1, BOUND - 1):
            r = curve.mul(k, curve.G)[0]
            for w, why in wanted:
                rows.append(given_nonce(m, (k * pow(w, -1, N) - m) * pow(r, -1, N) % N, k, why))
            if m:
                rows.append(given_nonce(m, -m * pow(r, -1, N) % N, k, "m + r·d = 0 mod n"))
    rows.append(given_nonce(1, KEY, 0, "k = 0"))
    rows.append(given_nonce(1, KEY, N, "k = n"))
    return rows


def given_nonce(m: int, d: int, k: int, why: str) -> dict:
    row = {"m": hex(m), "d": hex(d), "k": hex(k), "r": None, "s": None, "rejected": None, "why": why}
    try:
        r, s = ecdsa.sign_with_nonce(m, d, k)
        row.update(r=hex(r), s=hex(s))
    except ecdsa.Rejected as error:
        row["rejected"] = str(error)
    return row


PROVENANCE = {
    "about": "From the oracle in tests/reference, which published and differential vectors pin.",
    "program": "tests/vectors/construct.py",
    "encoding": "Field elements, scalars and seeds are hex with 0x, byte strings hex without.",
    "not_constructed": [
        "A signature whose first RFC 6979 nonce is refused (w or r in [2^251, n), probability 2^-55 per nonce): no "
        "search finds one. `given_nonces` has the refusals for a nonce handed in, `signatures` the seeds of retries.",
        "A nonce k with x(k·G) in [2^251, p): needs a discrete logarithm. `verify` has such r: there no k is needed.",
        "An RFC 6979 candidate equal to 0 (2^-252), and a Pedersen input that hits a special case of addition "
        "(a discrete logarithm between the constant points).",
    ],
}


def main() -> None:
    layout.write(
        "constructed.json",
        PROVENANCE,
        {
            "public_keys": public_keys(),
            "keys_refused": keys_refused(),
            "pedersen": pedersen_vectors(),
            "pedersen_refused": pedersen_refused(),
            "chains": chains(),
            "nonces": nonces(),
            "signatures": signatures(),
            "sign_refused": sign_refused(),
            "given_nonces": given_nonces(),
            "verify": verify_vectors(),
            "grind_keys": protocol.grind_keys(),
            "eth_signatures": protocol.eth_signatures(),
            "keccak": protocol.keccak_vectors(),
            "messages": protocol.message_vectors(),
            "amounts": protocol.amount_vectors(),
        },
    )


if __name__ == "__main__":
    main()
