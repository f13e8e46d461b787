"""SHA-256's compression function (FIPS 180-4), which hashlib doesn't give alone; the whole hash is compared with
hashlib's.
"""

from math import isqrt

MASK = (1 << 32) - 1
PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, isqrt(n) + 1))]


def _cube_root(n: int) -> int:
    """The whole part."""
    low, high = 0, 1 << (n.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle - 1)
    return low


# The first 32 bits of the fractional parts of square and cube roots.
INITIAL = [isqrt(p << 64) & MASK for p in PRIMES[:8]]
ROUNDS = [_cube_root(p << 96) & MASK for p in PRIMES]


def _turned(x: int, *counts: int) -> int:
    out = 0
    for count in counts:
        out ^= x >> count | x << (32 - count) & MASK
    return out


def compress(state: list[int], block: bytes) -> list[int]:
    """The state after one block of 64 bytes."""
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        small0 = _turned(w[i - 15], 7, 18) ^ w[i - 15] >> 3
        small1 = _turned(w[i - 2], 17, 19) ^ w[i - 2] >> 10
        w.append(w[i - 16] + small0 + w[i - 7] + small1 & MASK)
    a, b, c, d, e, f, g, h = state
    for k, word in zip(ROUNDS, w, strict=True):
        first = h + _turned(e, 6, 11, 25) + (e & f ^ ~e & g) + k + word
        second = _turned(a, 2, 13, 22) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = first + second & MASK, a, b, c, d + first & MASK, e, f, g
    return [x + y & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def digest(data: bytes) -> bytes:
    """SHA-256, whole."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = INITIAL
    for i in range(0, len(padded), 64):
        state = compress(state, padded[i : i + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)
