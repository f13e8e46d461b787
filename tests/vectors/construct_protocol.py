"""The vectors of constructed.json above the curve: key derivation, Keccak, messages, amounts."""

import hashlib

from reference import amounts, keccak, keys, messages


def grind_keys() -> list[dict]:
    """Both forms, over seeds with leading zeros and seeds whose first hashes lie above 31·n (one in 32 does)."""
    found = {
        bytes(31) + b"\x01": "31 leading zero bytes",
        bytes(32): "nothing but zeros",
        b"\xff" * 32: "all ones",
        b"\x00" + b"\xab" * 31: "one leading zero byte",
        b"\x00\x00" + b"\x01" * 30: "two leading zero bytes",
        b"\x01": "a short seed",
        b"\x0f" + bytes(31): "a leading zero nibble only",
    }
    wanted, i = [0, 1, 2, 3], 0
    while wanted:
        seed = hashlib.sha256(b"grind %d" % i).digest()
        if keys.grind(seed)[1] == wanted[0]:
            found[seed] = f"index {wanted.pop(0)}"
        i += 1
    return [
        {
            "seed": seed.hex(),
            "index": keys.grind(seed)[1],
            "d": hex(keys.grind_key(seed)),
            "d_stripped": hex(keys.grind_key_stripped(seed)),
            "why": why,
        }
        for seed, why in found.items()
    ]


def eth_signatures() -> list[dict]:
    """Keys from Ethereum signatures: completed to 66 bytes, and as dydx3 loses leading zero bytes."""
    body = hashlib.sha512(b"signature").digest()
    found = {}
    for v, why in ((0, "v = 0 is corrected to 1b"), (1, "v = 1 to 1c"), (0x1B, "v = 1b"), (0x1C, "v = 1c")):
        found[body + bytes([v])] = "65 bytes, " + why
    for kind in (0, 1, 2, 3):
        found[body + bytes([0x1B, kind])] = f"66 bytes, type {kind}"
    for zeros in (1, 2, 33, 40):
        found[bytes(zeros) + body[zeros:] + b"\x1b\x00"] = f"{zeros} leading zero bytes"
    found[b"\x0f" + body[1:] + b"\x1b\x00"] = "a leading zero nibble only"
    return [
        {
            "signature": sig.hex(),
            "d": hex(keys.key_from_eth_signature(sig)),
            "d_legacy": hex(keys.key_from_eth_signature(sig, legacy_python=True)),
            "why": why,
        }
        for sig, why in found.items()
    ]


def keccak_vectors() -> list[dict]:
    data = bytes(i * 7 % 251 for i in range(500))
    return [
        {"data": data[:size].hex(), "hash": keccak.keccak256(data[:size]).hex(), "why": f"{size} bytes"}
        for size in (0, 1, 31, 32, 55, 56, 66, 134, 135, 136, 137, 138, 271, 272, 273, 407, 408, 409)
    ]


HEX_FIELDS = {
    "asset_id_synthetic",
    "asset_id_collateral",
    "asset_id_fee",
    "asset_id",
    "receiver_public_key",
    "condition",
    "eth_address",
}
KINDS = {
    "limit_order": (
        messages.limit_order,
        (
            "asset_id_synthetic",
            "asset_id_collateral",
            "asset_id_fee",
            "amount_synthetic",
            "amount_collateral",
            "max_amount_fee",
            "nonce",
            "position_id",
            "expiration",
        ),
    ),
    "transfer": (
        messages.transfer,
        (
            "asset_id",
            "asset_id_fee",
            "receiver_public_key",
            "sender_position_id",
            "receiver_position_id",
            "src_fee_position_id",
            "amount",
            "max_amount_fee",
            "nonce",
            "expiration",
        ),
    ),
    "withdrawal": (messages.withdrawal, ("asset_id_collateral", "position_id", "amount", "nonce", "expiration")),
}
KINDS["conditional_transfer"] = (messages.transfer, (*KINDS["transfer"][1], "condition"))
KINDS["withdrawal_to_address"] = (messages.withdrawal, (*KINDS["withdrawal"][1], "eth_address"))


def message_entry(kind: str, fields: dict, why: str) -> dict:
    """One message; its hash, or the field that makes it impossible."""
    row = {"kind": kind} | {k: hex(v) if k in HEX_FIELDS else v for k, v in fields.items()}
    try:
        return row | {"hash": hex(messages.message_hash(KINDS[kind][0](**fields))), "why": why}
    except ValueError as error:
        return row | {"refused": str(error).split()[0], "why": why}


def message_vectors() -> list[dict]:
    """Every field at 0, at its largest value alone and together, and one beyond."""
    rows = []
    for kind, (_, names) in KINDS.items():
        limits = {name: 2 ** messages.WIDTHS.get(name, 64) for name in names}
        for buying in (
            ({"is_buying_synthetic": True}, {"is_buying_synthetic": False}) if kind == "limit_order" else ({},)
        ):
            small = {name: i + 1 for i, name in enumerate(names)} | buying
            rows.append(message_entry(kind, small, "every field its own small number"))
            rows.append(message_entry(kind, dict.fromkeys(names, 0) | buying, "all zero"))
            rows.append(message_entry(kind, {k: v - 1 for k, v in limits.items()} | buying, "all at their largest"))
        for name, limit in limits.items():
            rows.append(message_entry(kind, small | {name: limit - 1}, f"{name} at its largest"))
            rows.append(message_entry(kind, small | {name: limit}, f"{name} one beyond"))
    return rows


ACCEPTED = [
    "0",
    "-0",
    "0.0",
    "1",
    "+1",
    "1.",
    ".5",
    "00012.50",
    "1e-7",
    "1E+3",
    "1e0",
    "1.000000000000000000000000000000",
    "18446744073.709551615",
    "0.000000001",
    "1234567890.123456789",
    "1e-9",
    "1000e-3",
    "0e99",
    "0e-99",
]
REFUSED = [
    "",
    " ",
    ".",
    "e5",
    "1e",
    "1e+",
    "+",
    "-",
    "--1",
    "-1",
    "-1e-9",
    " 1",
    "1 ",
    "1_0",
    "1,0",
    "0x10",
    "1.2.3",
    "1e5.0",
    "NaN",
    "nan",
    "sNaN",
    "Infinity",
    "inf",
    "-inf",
    "１２",
    "١",
    "1\n",
    "1\x00",
    "1e400",
    "1e999999999999999999999",
    "1e-10",
    "0.0000000005",
    "18446744073.709551616",
    "12345678901234567890123456789.1",
    "1" * 40,
    "None",
    "true",
]


def amount_vectors() -> list[dict]:
    """Texts of an amount of ETH (resolution 10^9); refusals include what `decimal` alone would accept."""
    rows = [{"amount": text, "resolution": 10**9, "quantums": amounts.exact_quantums(text, 10**9)} for text in ACCEPTED]
    for text in REFUSED:
        try:
            raise AssertionError(f"{text!r} gives {amounts.exact_quantums(text, 10**9)}")
        except ValueError as error:
            rows.append({"amount": text, "resolution": 10**9, "quantums": None, "why": str(error)})
    return rows
