"""Key derivation.

Source: dydx3 `starkex/helpers.py` and `modules/onboarding.py` for keccak >> 5; StarkWare's `key_derivation.ts`
(starkware-crypto-utils) and `signature.py` (cairo-lang) for the two forms of grind_key; EIP-2645 for the path.
"""

import hashlib

from . import curve
from .keccak import keccak256

GRIND_LIMIT = 2**256 - 2**256 % curve.N  # 31·n


def public_key(d: int) -> tuple[int, int]:
    """d·G for a private key in [1, n)."""
    if not 0 < d < curve.N:
        raise ValueError("private key is not in [1, n)")
    point = curve.mul(d, curve.G)
    assert point is not None  # n is prime
    return point


def key_from_seed(data: bytes) -> int:
    """keccak256(data) >> 5: below 2^251, hence below n (dYdX `private_key_from_bytes`)."""
    return int.from_bytes(keccak256(data), "big") >> 5


def typed_signature(signature: bytes) -> bytes:
    """r ‖ s ‖ v ‖ type, 66 bytes: a 65-byte signature has v brought to 1b/1c and type 00 appended."""
    if len(signature) == 66:
        return signature
    if len(signature) != 65 or signature[64] not in (0, 1, 0x1B, 0x1C):
        raise ValueError("not an Ethereum signature")
    v = signature[64]
    return signature[:64] + bytes([v + 0x1B if v < 2 else v, 0])


def key_from_eth_signature(signature: bytes, legacy_python: bool = False) -> int:
    """dYdX: keccak256 of the typed signature, >> 5.

    The website hashes all 66 bytes. dydx3 passes them through an integer and hashes that in its minimal width (32 bytes
    at least), so it drops leading zero bytes; `legacy_python` does the same.
    """
    typed = typed_signature(signature)
    if legacy_python:
        value = int.from_bytes(typed, "big")
        typed = value.to_bytes(max(32, (value.bit_length() + 7) // 8), "big")
    return key_from_seed(typed)


def grind(prefix: bytes) -> tuple[int, int]:
    """(key, index): the first sha256(prefix ‖ index) below 31·n, mod n; the index as minimal bytes, at least one."""
    index = 0
    while True:
        suffix = index.to_bytes(max(1, (index.bit_length() + 7) // 8), "big")
        value = int.from_bytes(hashlib.sha256(prefix + suffix).digest(), "big")
        if value < GRIND_LIMIT:
            return value % curve.N, index
        index += 1


def grind_key(seed: bytes) -> int:
    """grind_key over the seed's bytes as they are (StarkWare's JavaScript)."""
    return grind(seed)[0]


def grind_key_stripped(seed: bytes) -> int:
    """grind_key as implementations do it that pass the seed through an integer: leading zero bytes are lost.

    A seed of zeros keeps one zero byte (cairo-lang's `to_bytes_no_pad`).
    """
    return grind(seed.lstrip(b"\x00") or b"\x00")[0]


def eip2645_path(layer: str, application: str, address: int, index: int) -> str:
    """m/2645'/layer'/application'/address1'/address2'/index, each part the low 31 bits (address: two runs of 31)."""

    def low_bits(text: str) -> int:
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % 2**31

    low, high = address % 2**31, (address >> 31) % 2**31
    return f"m/2645'/{low_bits(layer)}'/{low_bits(application)}'/{low}'/{high}'/{index}"
