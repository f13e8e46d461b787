"""The oracle itself, against what others published or computed, so that what it says elsewhere can be believed."""

import base64
import hashlib
import hmac
import importlib.util
import uuid
from datetime import datetime
from pathlib import Path

import pytest
from reference import amounts, curve, ecdsa, keys, messages, pedersen, sha256
from reference.keccak import keccak256
from vectors.layout import read

PUBLISHED = read("published.json")
DYDX3 = read("dydx3.json")
CAIRO = read("cairo_lang.json")
NAME_OF_CHAIN = {1: "mainnet", 11155111: "sepolia"}


def load_markets():
    """The data table alone: the package around it needs the native module, the oracle must not."""
    path = Path(__file__).parents[2] / "starkcore" / "starkex" / "venues" / "dydx_v3.py"
    spec = importlib.util.spec_from_file_location("markets_table", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = load_markets()


def number(text):
    return None if text is None else int(text, 16)


def fields(entry, *without):
    """A message entry as keyword arguments of the oracle."""
    skip = {"kind", "hash", "source", "why", *without}
    return {k: int(v, 16) if isinstance(v, str) else v for k, v in entry.items() if k not in skip}


def message_hash(entry):
    function = {
        "limit_order": messages.limit_order,
        "transfer": messages.transfer,
        "conditional_transfer": messages.transfer,
        "withdrawal": messages.withdrawal,
        "withdrawal_to_address": messages.withdrawal,
    }[entry["kind"]]
    return messages.message_hash(function(**fields(entry)))


def seconds(expiration):
    return datetime.fromisoformat(expiration).timestamp() if isinstance(expiration, str) else expiration


def quantums(order):
    size, price, is_buy = order["size"], order["price"], order["side"] == "BUY"
    synthetic = amounts.exact_quantums(size, TABLE.MARKETS[order["market"]][2])
    collateral = amounts.collateral_quantums(size, price, is_buy, TABLE.COLLATERAL["mainnet"][1])
    return [synthetic, collateral, amounts.fee_quantums(order["limit_fee"], collateral)]


def check_signed(entry, elements):
    """Hash, where given, and signature, where given."""
    m = messages.message_hash(elements)
    assert entry.get("hash", hex(m)) == hex(m)
    r, s = ecdsa.sign(m, number(entry["d"]))
    assert entry["signature"] == f"{r:064x}{s:064x}"


def check_order(order):
    expected = order["quantums_synthetic"], order["quantums_collateral"], order["quantums_fee"]
    assert quantums(order) == list(expected)
    hours = amounts.expiration_hours(seconds(order["expiration"]), is_order=True)
    assert hours == order["expiration_hours"]
    collateral_id = TABLE.COLLATERAL[order["network"]][0]
    elements = messages.limit_order(
        asset_id_synthetic=TABLE.MARKETS[order["market"]][1],
        asset_id_collateral=collateral_id,
        is_buying_synthetic=order["side"] == "BUY",
        asset_id_fee=collateral_id,
        amount_synthetic=expected[0],
        amount_collateral=expected[1],
        max_amount_fee=expected[2],
        nonce=messages.nonce_from_client_id(order["client_id"]),
        position_id=order["position_id"],
        expiration=hours,
    )
    check_signed(order, elements)


def check_movement(entry):
    """A transfer, conditional transfer or withdrawal of dYdX."""
    asset_id, resolution = TABLE.COLLATERAL[entry["network"]]
    amount = amounts.exact_quantums(entry["amount"], resolution)
    hours = amounts.expiration_hours(seconds(entry["expiration"]), is_order=False)
    assert (amount, hours) == (entry["quantums_amount"], entry["expiration_hours"])
    common = {"amount": amount, "expiration": hours, "nonce": messages.nonce_from_client_id(entry["client_id"])}
    if "position_id" in entry:
        elements = messages.withdrawal(asset_id_collateral=asset_id, position_id=entry["position_id"], **common)
    else:
        condition = None
        if "fact" in entry:
            condition = messages.fact_condition(number(entry["fact_registry"]), bytes.fromhex(entry["fact"]))
            assert entry.get("condition", hex(condition)) == hex(condition)
        elements = messages.transfer(
            asset_id=asset_id,
            receiver_public_key=number(entry["receiver_public_key"]),
            sender_position_id=entry["sender_position_id"],
            receiver_position_id=entry["receiver_position_id"],
            condition=condition,
            **common,
        )
    check_signed(entry, elements)


def test_the_constants_come_from_the_digits_of_pi():
    beta, points = pedersen.derive_constants()
    assert beta == curve.BETA
    assert points == [pedersen.SHIFT, curve.G, pedersen.P1, pedersen.P2, pedersen.P3, pedersen.P4]


def test_the_group_has_the_order_it_claims():
    assert curve.mul(curve.N, curve.G) is None
    assert curve.mul(curve.N - 1, curve.G) == curve.neg(curve.G)
    assert curve.N < curve.P  # Hasse: with a prime order and a point of that order, the cofactor is 1
    assert not curve.is_square(3)


def test_pedersen_published():
    for entry in PUBLISHED["pedersen"]:
        assert hex(pedersen.pedersen_hash(number(entry["a"]), number(entry["b"]))) == entry["hash"]


def test_public_keys_published():
    for entry in PUBLISHED["public_keys"]:
        x, y = keys.public_key(number(entry["d"]))
        assert (hex(x), entry["y"] or hex(y)) == (entry["x"], hex(y))


def test_key_derivation_published():
    for entry in PUBLISHED["keys_from_seed"]:
        assert hex(keys.key_from_seed(bytes.fromhex(entry["data"]))) == entry["d"]
    for entry in PUBLISHED["grind_key"]:
        assert hex(keys.grind_key(bytes.fromhex(entry["seed"]))) == entry["d"]
    for entry in PUBLISHED["grind_key_from_eth_signature"]:
        assert hex(keys.grind_key(bytes.fromhex(entry["signature"])[:32])) == entry["d"]
    for entry in PUBLISHED["stark_keys_of_wallets"]:
        signature = bytes.fromhex(entry["typed_signature"])
        assert hex(keys.key_from_eth_signature(signature)) == entry["d"]
        assert hex(keys.key_from_eth_signature(signature[:65])) == entry["d"]
        assert [hex(v) for v in keys.public_key(number(entry["d"]))] == [entry["x"], entry["y"]]


SECP256K1_P = 2**256 - 2**32 - 977
SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECP256K1_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def compressed_secp256k1_key(d):
    point = None
    for bit in bin(d)[2:]:
        for other in (point, SECP256K1_G if bit == "1" else None):
            if point is None or other is None:
                point = point or other
                continue
            (x1, y1), (x2, y2), p = point, other, SECP256K1_P
            slope = 3 * x1 * x1 * pow(2 * y1, -1, p) if point == other else (y2 - y1) * pow(x2 - x1, -1, p)
            x = (slope * slope - x1 - x2) % p
            point = x, (slope * (x1 - x) - y1) % p
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def bip32_key(mnemonic, path):
    """BIP-39 seed without a passphrase, then BIP-32 private derivation."""
    seed = hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for step in path.split("/")[1:]:
        d, code = int.from_bytes(node[:32], "big"), node[32:]
        hardened = step.endswith("'")
        index = int(step.rstrip("'")) + (2**31 if hardened else 0)
        parent = b"\x00" + node[:32] if hardened else compressed_secp256k1_key(d)
        node = hmac.digest(code, parent + index.to_bytes(4, "big"), "sha512")
        node = ((int.from_bytes(node[:32], "big") + d) % SECP256K1_N).to_bytes(32, "big") + node[32:]
    return node[:32]


def test_eip2645_published():
    for entry in PUBLISHED["eip2645"]:
        path = keys.eip2645_path(entry["layer"], entry["application"], number(entry["address"]), entry["index"])
        assert hex(keys.grind_key(bip32_key(entry["mnemonic"], path))) == entry["d"]


def test_signatures_published():
    for entry in PUBLISHED["signatures"]:
        r, s = ecdsa.sign(number(entry["m"]), number(entry["d"]))
        assert (hex(r), hex(s)) == (entry["r"], entry["s"])
    for entry in PUBLISHED["signatures_with_nonce"]:
        r, s = ecdsa.sign_with_nonce(*(number(entry[name]) for name in "mdk"))
        assert (hex(r), hex(s)) == (entry["r"], entry["s"])


def test_verification_published():
    for entry in PUBLISHED["verify"]:
        m, r, s, x, y = (number(entry[name]) for name in "mrsxy")
        assert hex(pow(s, -1, curve.N)) == entry["w"]
        assert ecdsa.verify(m, r, s, (x, y)) is entry["valid"]
        assert ecdsa.verify_x(m, r, s, x) is entry["valid_x"]


def test_messages_published():
    for entry in PUBLISHED["messages"]:
        assert hex(message_hash(entry)) == entry["hash"]


def test_dydx_messages_published():
    for order in PUBLISHED["orders"]:
        if "signature" in order:
            check_order(order)
        elif "quantums_fee" in order:
            assert quantums(order)[2] == order["quantums_fee"]
        else:
            assert amounts.expiration_hours(seconds(order["expiration"]), True) == order["expiration_hours"]
    for section in ("transfers", "conditional_transfers", "withdrawals"):
        for entry in PUBLISHED[section]:
            check_movement(entry)


@pytest.mark.parametrize("vectors", [PUBLISHED, DYDX3], ids=["published", "dydx3"])
def test_nonces_and_facts(vectors):
    for entry in vectors["nonces"]:
        assert messages.nonce_from_client_id(entry["client_id"]) == entry["nonce"]
    for entry in vectors["facts"]:
        recipient, token, salt = (number(entry[name]) for name in ("recipient", "token", "salt"))
        fact = messages.transfer_fact(recipient, entry["token_decimals"], entry["amount"], token, salt)
        assert fact.hex() == entry["fact"]


def test_conditions_published():
    for entry in PUBLISHED["conditions"]:
        condition = messages.fact_condition(number(entry["fact_registry"]), bytes.fromhex(entry["fact"]))
        assert hex(condition) == entry["condition"]


def test_ethereum_and_api_values_published():
    def text_hash(text):
        return keccak256(text.encode())

    domain = keccak256(
        text_hash("EIP712Domain(string name,string version,uint256 chainId)")
        + text_hash("dYdX")
        + text_hash("1.0")
        + (1).to_bytes(32, "big")
    )
    struct = text_hash("dYdX(string action,string onlySignOn)")
    for entry in PUBLISHED["eip712"]:
        digest = domain
        if entry["what"] == "action":
            action = struct + text_hash(entry["action"]) + text_hash("https://trade.dydx.exchange")
            digest = keccak256(b"\x19\x01" + domain + keccak256(action))
        assert digest.hex() == entry["digest"]
    for entry in PUBLISHED["api_credentials"]:
        signature = bytes.fromhex(entry["typed_signature"])
        a, b = keccak256(signature[:32]), keccak256(signature[32:64])
        assert base64.urlsafe_b64encode(a[:30]).decode() == entry["secret"]
        assert str(uuid.UUID(bytes=b[:16])) == entry["key"]
        assert base64.urlsafe_b64encode(b[16:31]).decode() == entry["passphrase"]
    for entry in PUBLISHED["hmac_requests"]:
        text = entry["timestamp"] + entry["method"] + entry["request_path"] + entry["body"]
        mac = hmac.digest(base64.urlsafe_b64decode(entry["secret"]), text.encode(), "sha256")
        assert base64.urlsafe_b64encode(mac).decode() == entry["signature"]


def test_market_table_is_regular():
    """Each synthetic id is the ASCII text "ASSET-k", zero bytes to 15, where the resolution is 10^k."""
    assert len(TABLE.MARKETS) == 38
    for market, (asset, synthetic_id, resolution) in TABLE.MARKETS.items():
        decimals = len(str(resolution)) - 1
        assert (market, resolution) == (f"{asset}-USD", 10**decimals)
        assert synthetic_id == int.from_bytes(f"{asset}-{decimals}".encode().ljust(15, b"\x00"), "big")
    assert {name: chain for chain, name in NAME_OF_CHAIN.items()} == TABLE.NETWORK_IDS
    assert TABLE.COLLATERAL.keys() == TABLE.FAST_WITHDRAWAL.keys() == TABLE.NETWORK_IDS.keys()


def test_amounts_as_dydx3():
    """Equal wherever dydx3's amounts are legal; stricter only about spelling, sign, 64 bits, and fees of 1 and more."""
    refusals = 0
    for entry in DYDX3["amounts"]:
        try:
            ours = quantums(entry)
        except ValueError:
            refusals += 1
            texts = entry["size"], entry["price"], entry["limit_fee"]
            legal = all(amounts.NUMBER.fullmatch(text) and not text.startswith("-") for text in texts)
            large = legal and (max(entry.get("quantums", [0])) >= 2**64 or float(entry["limit_fee"]) >= 1)
            assert "raises" in entry or not legal or large, entry
        else:
            assert ours == entry["quantums"], entry
    assert refusals < len(DYDX3["amounts"]) / 2
    for order in DYDX3["orders"]:
        assert quantums(order) == [order[f"quantums_{part}"] for part in ("synthetic", "collateral", "fee")]


def test_a_sample_of_dydx3_messages():
    for order in DYDX3["orders"][::31]:
        check_order(order)
    for section in ("transfers", "conditional_transfers", "withdrawals"):
        for entry in DYDX3[section][::33]:
            check_movement(entry)
    for entry in DYDX3["legacy_keys"]:
        d = keys.key_from_eth_signature(bytes.fromhex(entry["signature"]), legacy_python=True)
        assert (hex(d), hex(keys.public_key(d)[0])) == (entry["d_legacy"], entry["x"])


def test_a_sample_of_cairo_lang():
    for entry in CAIRO["pedersen"][::9]:
        assert hex(pedersen.pedersen_hash(number(entry["a"]), number(entry["b"]))) == entry["hash"]
    for entry in CAIRO["chains"][:4]:
        assert hex(pedersen.hash_on_elements([number(e) for e in entry["elements"]])) == entry["on_elements"]
    for entry in CAIRO["public_keys"][::5]:
        assert [hex(v) for v in keys.public_key(number(entry["d"]))] == [entry["x"], entry["y"]]
    for entry in CAIRO["signatures"][::5]:
        r, s = ecdsa.sign(number(entry["m"]), number(entry["d"]), number(entry["seed"]))
        assert (hex(r), hex(s)) == (entry["r"], entry["s"])
    for entry in CAIRO["verifications"][::11]:
        assert ecdsa.verify_x(*(number(entry[name]) for name in "mrsx")) is entry["valid_x"]
    for entry in CAIRO["grind_keys"]:
        assert hex(keys.grind_key_stripped(bytes.fromhex(entry["seed"]))) == entry["d_stripped"]
    for entry in CAIRO["messages"][::9]:
        assert hex(message_hash(entry)) == entry["hash"]


def test_curve_against_fastecdsa():
    fast_curve = pytest.importorskip("fastecdsa.curve")
    point = pytest.importorskip("fastecdsa.point")
    stark = fast_curve.Curve("stark", curve.P, curve.ALPHA, curve.BETA, curve.N, *curve.G)
    for k in (1, 2, 3, curve.N - 1, 2**250, *(int.from_bytes(hashlib.sha256(bytes([i])).digest()) for i in range(20))):
        theirs = point.Point(*curve.G, curve=stark) * (k % curve.N)
        assert curve.mul(k % curve.N, curve.G) == (theirs.x, theirs.y)


def test_nonces_against_ecdsa():
    rfc6979 = pytest.importorskip("ecdsa.rfc6979")
    for i in range(1, 60):
        m, d = int.from_bytes(hashlib.sha256(b"m%d" % i).digest()) >> (5 + i), i * curve.N // 61
        octets, extra = ecdsa.message_octets(m), bytes(range(i))
        theirs = rfc6979.generate_k(curve.N, d, hashlib.sha256, octets, extra_entropy=extra)
        assert ecdsa.nonce_and_rejections(m, d, extra)[0] == theirs


def test_keccak_against_pycryptodome():
    keccak = pytest.importorskip("Crypto.Hash.keccak")
    for size in (0, 1, 66, 134, 135, 136, 137, 271, 272, 273, 500):
        data = bytes(i % 251 for i in range(size))
        assert keccak256(data) == keccak.new(digest_bits=256, data=data).digest()


def test_constructed_signatures_against_starknet_rs():
    """The only other engine that signs message 0; it knows neither seeds nor extra entropy."""
    engine = pytest.importorskip("fast_stark_crypto")
    plain = [e for e in read("constructed.json")["signatures"] if e["seed"] is None and e["extra_entropy"] is None]
    assert any(entry["m"] == "0x0" for entry in plain)
    for entry in plain:
        r, s = engine.sign(number(entry["d"]), number(entry["m"]))
        assert (hex(r), hex(s)) == (entry["r"], entry["s"]), entry["why"]


def test_constructed_nonces_against_ecdsa():
    rfc6979 = pytest.importorskip("ecdsa.rfc6979")
    for entry in read("constructed.json")["nonces"]:
        m, seed = number(entry["m"]), number(entry["seed"]) or 0
        extra = seed.to_bytes((seed.bit_length() + 7) // 8, "big") + bytes.fromhex(entry["extra_entropy"] or "")
        octets = ecdsa.message_octets(m) or b"\x00"  # ecdsa fails on no bytes at all
        k = rfc6979.generate_k(curve.N, number(entry["d"]), hashlib.sha256, octets, extra_entropy=extra)
        assert hex(k) == entry["k"], entry["why"]


def test_sha256():
    for size in range(200):
        data = bytes(range(size))
        assert sha256.digest(data) == hashlib.sha256(data).digest()
