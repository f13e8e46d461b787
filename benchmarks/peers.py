"""Other people's libraries behind one interface, each used as its authors mean it and in the fastest form we found.

What must be minded for the results to agree, and they are compared before anything is timed:
  - crypto-cpp-py signs with seed 32 unless told otherwise (we ask for none), and its verify takes s⁻¹ instead of s;
  - fastecdsa knows nothing of StarkEx: the curve's parameters are ours, the hash is shifted left by the four bits that
    its truncation to 252 takes away, its verify needs the whole point, and it does not check StarkEx's bounds;
  - starknet-pathfinder-crypto has hashes only, poseidon-py Poseidon only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from venues import VAULT
from workload import POSITION_ID, N

from starkcore.starkex import DYDX


@dataclass(frozen=True)
class Peer:
    """What a library can do; None where it can't.

    Attributes:
        name: of the distribution.
        pedersen, poseidon: (a, b) → int.
        poseidon_elements: a list of ints → int.
        public_key: private key → x.
        sign: (private key, message hash) → (r, s).
        verify_x: (x, message hash, r, s) → bool.
        extended_hash: the fields of an order of Extended's → its hash.
        verify_point: x, y → what `verify` takes, made beforehand; verify: (that, message hash, r, s) → bool.
    """

    name: str
    pedersen: Callable | None = None
    poseidon: Callable | None = None
    poseidon_elements: Callable | None = None
    public_key: Callable | None = None
    sign: Callable | None = None
    verify_x: Callable | None = None
    verify_point: Callable | None = None
    verify: Callable | None = None
    key_from_eth_signature: Callable | None = None
    extended_hash: Callable | None = None


def fast_stark_crypto() -> Peer:
    import fast_stark_crypto as library

    return Peer(
        "fast-stark-crypto",
        pedersen=library.pedersen_hash,
        public_key=library.get_public_key,
        sign=library.sign,
        verify_x=library.verify,
        extended_hash=library.get_order_msg_hash,
    )


def starknet_pathfinder_crypto() -> Peer:
    import starknet_pathfinder_crypto as library

    return Peer(
        "starknet-pathfinder-crypto",
        pedersen=library.pedersen_hash,
        poseidon=library.poseidon_hash,
        poseidon_elements=library.poseidon_hash_many,
    )


def poseidon_py() -> Peer:
    from poseidon_py import poseidon_hash as library

    return Peer("poseidon-py", poseidon=library.poseidon_hash, poseidon_elements=library.poseidon_hash_many)


def crypto_cpp_py() -> Peer:
    from crypto_cpp_py import cpp_bindings as library

    return Peer(
        "crypto-cpp-py",
        pedersen=library.cpp_hash,
        public_key=library.cpp_get_public_key,
        sign=lambda key, m: library.cpp_sign(m, key, None),
        verify_x=lambda x, m, r, s: library.cpp_verify(m, r, pow(s, -1, N), x),
    )


def fastecdsa() -> Peer:
    from fastecdsa import ecdsa, keys
    from fastecdsa.curve import Curve
    from fastecdsa.point import Point
    from reference import curve

    stark = Curve("stark", curve.P, curve.ALPHA, curve.BETA, curve.N, *curve.G)

    def octets(m: int) -> bytes:
        return (m << 4).to_bytes(32, "big")

    return Peer(
        "fastecdsa",
        public_key=lambda key: keys.get_public_key(key, stark).x,
        sign=lambda key, m: ecdsa.sign(octets(m), key, curve=stark, prehashed=True),
        verify_point=lambda x, y: Point(x, y, stark),
        verify=lambda point, m, r, s: ecdsa.verify((r, s), octets(m), point, curve=stark, prehashed=True),
    )


def pure_python() -> Peer:
    from reference import ecdsa, keys, pedersen, poseidon

    return Peer(
        "pure Python (tests/reference)",
        pedersen=pedersen.pedersen_hash,
        poseidon=poseidon.hash_two,
        poseidon_elements=poseidon.hash_many,
        public_key=lambda key: keys.public_key(key)[0],
        sign=lambda key, m: ecdsa.sign(m, key),
        verify_x=lambda x, m, r, s: ecdsa.verify_x(m, r, s, x),
        verify_point=lambda x, y: (x, y),
        verify=lambda point, m, r, s: ecdsa.verify(m, r, s, point),
        key_from_eth_signature=lambda text: keys.public_key(keys.key_from_eth_signature(bytes.fromhex(text[2:])))[0],
    )


def best_pieces() -> Peer:
    """The fastest hash of one library and the fastest signature of another: for whole orders."""
    hashes, signatures = starknet_pathfinder_crypto(), fast_stark_crypto()
    return Peer("pathfinder's hash, fast-stark-crypto's sign", pedersen=hashes.pedersen, sign=signatures.sign)


LOADERS = {
    "fast-stark-crypto": fast_stark_crypto,
    "starknet-pathfinder-crypto": starknet_pathfinder_crypto,
    "crypto-cpp-py": crypto_cpp_py,
    "fastecdsa": fastecdsa,
    "poseidon-py": poseidon_py,
    "pure-python": pure_python,
}

# What a program imports to use them.
MODULES = {
    "fast-stark-crypto": "fast_stark_crypto",
    "starknet-pathfinder-crypto": "starknet_pathfinder_crypto",
    "crypto-cpp-py": "crypto_cpp_py.cpp_bindings",
    "fastecdsa": "fastecdsa.ecdsa",
    "poseidon-py": "poseidon_py.poseidon_hash",
}


def order_signer(peer: Peer, key: int) -> Callable[[dict], str]:
    """What a careful programmer writes around a peer to sign a dYdX order: amounts to hex signature.

    In the peer's favour: the hash of market and side is kept, as ours is, and nothing but Decimal checks the amounts.
    """
    collateral = DYDX.network("mainnet")
    prefixes: dict[tuple[str, str], int] = {}

    def prefix(market: str, side: str) -> int:
        ids = DYDX.market(market).synthetic_id, collateral.collateral_id
        sell, buy = reversed(ids) if side == "BUY" else ids
        return peer.pedersen(peer.pedersen(sell, buy), collateral.collateral_id)

    def sign_order(order: dict) -> str:
        market, buying = DYDX.markets[order["market"]], order["side"] == "BUY"
        known = order["market"], order["side"]
        if known not in prefixes:
            prefixes[known] = prefix(*known)
        size, price, fee_rate = Decimal(order["size"]), Decimal(order["price"]), Decimal(order["limit_fee"])
        synthetic = int(size * market.resolution)
        cost = size * price * collateral.collateral_resolution
        quote = int(cost.to_integral_value(ROUND_CEILING if buying else ROUND_FLOOR))
        fee = int((fee_rate * quote).to_integral_value(ROUND_CEILING))
        nonce = int.from_bytes(hashlib.sha256(order["client_id"].encode()).digest()[-4:], "big")
        hours = -(-order["expiration"] // 3600) + 168
        sell, buy = (quote, synthetic) if buying else (synthetic, quote)
        amounts = ((sell << 64 | buy) << 64 | fee) << 32 | nonce
        tail = (((3 << 64 | POSITION_ID) << 64 | POSITION_ID) << 64 | POSITION_ID) << 49 | hours << 17
        message_hash = peer.pedersen(peer.pedersen(prefixes[known], amounts), tail)
        r, s = peer.sign(key, message_hash)
        return f"{r:064x}{s:064x}"

    return sign_order


def extended_order_signer(peer: Peer, key: int) -> Callable[[dict], tuple[int, int]]:
    """What a careful programmer writes around a peer to sign an order of Extended's: amounts to r and s.

    In the peer's favour: nothing but Decimal checks the amounts.
    """
    public_key = peer.public_key(key)

    def sign_order(order: dict) -> tuple[int, int]:
        market, buying = order["market"], order["side"] == "BUY"
        rounding = ROUND_CEILING if buying else ROUND_FLOOR
        size, cost = Decimal(order["size"]), Decimal(order["size"]) * Decimal(order["price"])
        base = int((size * market.synthetic_resolution).to_integral_value(rounding))
        quote = int((cost * market.collateral_resolution).to_integral_value(rounding))
        fee = int((Decimal(order["taker_fee"]) * cost * market.collateral_resolution).to_integral_value(ROUND_CEILING))
        message_hash = peer.extended_hash(
            VAULT, market.synthetic_id, base if buying else -base, market.collateral_id, -quote if buying else quote,
            market.collateral_id, fee, order["expire_time"] + 14 * 86_400, order["nonce"], public_key,
            "Perpetuals", "v0", "SN_MAIN", "1",
        )  # fmt: skip
        return peer.sign(key, message_hash)

    return sign_order
