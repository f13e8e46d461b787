"""ECDSA in the StarkEx variant.

Source: StarkWare's `signature.py` (starkex-resources, cairo-lang) for the equations and bounds; RFC 6979 sections 3.2
and 3.6 for the nonce. Differences from the textbook: r is the x-coordinate itself, not reduced mod n; r and w = s⁻¹
must lie below 2^251; there is no low-s rule.
"""

import hashlib
import hmac
from collections.abc import Iterator

from . import curve
from .curve import N

BOUND = 2**251  # of messages, r and w
EXTRA_ENTROPY_BYTES = 32


class Rejected(ValueError):
    """A nonce that gives no signature; the message says which rule it breaks."""


def minimal_bytes(value: int) -> bytes:
    """Big-endian without leading zeros; zero gives no bytes at all."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def message_octets(m: int) -> bytes:
    """The message as StarkWare feeds it to RFC 6979 ("for consistency with the elliptic.js library").

    The shift by one nibble meets messages of 249, 250 and 251 bits. It fills 32 bytes, and `bits_to_int` then drops the
    same nibble again, so that for every valid message the net effect is the plain 32-byte message.
    """
    if m.bit_length() >= 248 and 1 <= m.bit_length() % 8 <= 4:
        m *= 16
    return minimal_bytes(m)


def bits_to_int(data: bytes) -> int:
    """RFC 6979 section 2.3.2 with qlen = 252: of a longer string the leftmost 252 bits."""
    value, excess = int.from_bytes(data, "big"), 8 * len(data) - N.bit_length()
    return value >> excess if excess > 0 else value


def candidates(m: int, d: int, extra: bytes) -> Iterator[int]:
    """Every value RFC 6979 proposes (section 3.2, steps b–h, extra data as in 3.6), those outside [1, n) included."""

    def mac(key: bytes, *parts: bytes) -> bytes:
        return hmac.new(key, b"".join(parts), hashlib.sha256).digest()

    data = d.to_bytes(32, "big") + (bits_to_int(message_octets(m)) % N).to_bytes(32, "big") + extra
    v, k = b"\x01" * 32, b"\x00" * 32
    k = mac(k, v, b"\x00", data)
    v = mac(k, v)
    k = mac(k, v, b"\x01", data)
    v = mac(k, v)
    while True:
        v = mac(k, v)
        yield bits_to_int(v)
        k = mac(k, v, b"\x00")
        v = mac(k, v)


def nonce_and_rejections(m: int, d: int, extra: bytes = b"") -> tuple[int, int]:
    """The first candidate in [1, n) and how many were thrown away before it (about half of all are)."""
    for rejections, k in enumerate(candidates(m, d, extra)):
        if 1 <= k < N:
            return k, rejections
    raise AssertionError("candidates never end")


def check_message(m: int) -> None:
    if not 0 <= m < BOUND:
        raise ValueError("message is not below 2^251")


def check_key(d: int) -> None:
    if not 0 < d < N:
        raise ValueError("private key is not in [1, n)")


def extra_data(counter: int | None, extra_entropy: bytes | None) -> bytes:
    """What RFC 6979 gets as additional data: the seed or retry counter, minimal, then the caller's 32 bytes."""
    if counter is not None and counter < 0:
        raise ValueError("seed is negative")
    if extra_entropy is not None and len(extra_entropy) != EXTRA_ENTROPY_BYTES:
        raise ValueError("extra entropy is not 32 bytes")
    return minimal_bytes(counter or 0) + (extra_entropy or b"")


def nonce(m: int, d: int, seed: int | None = None, extra_entropy: bytes | None = None) -> int:
    """The first nonce that signing tries."""
    check_message(m)
    check_key(d)
    return nonce_and_rejections(m, d, extra_data(seed, extra_entropy))[0]


def sign_with_nonce(m: int, d: int, k: int) -> tuple[int, int]:
    """(r, s) for a given nonce, or Rejected."""
    check_message(m)
    check_key(d)
    if not 0 < k < N:
        raise Rejected("k is not in [1, n)")
    point = curve.mul(k, curve.G)
    assert point is not None  # n is prime
    r = point[0]
    if not 1 <= r < BOUND:
        raise Rejected("r is not in [1, 2^251)")
    denominator = (m + r * d) % N
    if denominator == 0:
        raise Rejected("m + r·d is 0 mod n")
    w = k * pow(denominator, -1, N) % N
    if not 1 <= w < BOUND:
        raise Rejected("w is not in [1, 2^251)")
    return r, pow(w, -1, N)


def sign(m: int, d: int, seed: int | None = None, extra_entropy: bytes | None = None) -> tuple[int, int]:
    """(r, s) with deterministic nonces; a rejected one restarts RFC 6979 with the next counter."""
    check_message(m)
    check_key(d)
    counter = seed
    while True:
        k, _ = nonce_and_rejections(m, d, extra_data(counter, extra_entropy))
        try:
            return sign_with_nonce(m, d, k)
        except Rejected:
            counter = 1 if counter is None else counter + 1


def verify(m: int, r: int, s: int, key: curve.Point) -> bool:
    """Whether (r, s) signs m under the full key: all bounds, the curve equation, then x(w·(m·G + r·Q)) = r."""
    if not (1 <= r < BOUND and 1 <= s < N and 0 <= m < BOUND and curve.on_curve(key)):
        return False
    w = pow(s, -1, N)
    if w >= BOUND:
        return False
    point = curve.mul(w, curve.add(curve.mul(m, curve.G), curve.mul(r, key)))
    return point is not None and point[0] == r


def verify_x(m: int, r: int, s: int, key_x: int) -> bool:
    """Whether (r, s) signs m under either key with this x-coordinate."""
    key = curve.lift_x(key_x)
    return key is not None and (verify(m, r, s, key) or verify(m, r, s, curve.neg(key)))
