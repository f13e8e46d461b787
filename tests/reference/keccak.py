"""Keccak-256 as Ethereum uses it.

Source: "The Keccak reference" 3.0 (Bertoni, Daemen, Peeters, Van Assche), with the original padding 0x01 … 0x80;
FIPS 202's SHA3-256 differs from it in that padding byte alone (0x06). The rotation offsets and round constants are
computed from their definitions rather than listed.
"""

RATE = 136  # bytes: (1600 − 2·256) / 8
MASK = 2**64 - 1


def rotate(lane: int, by: int) -> int:
    by %= 64
    return (lane << by | lane >> (64 - by)) & MASK


def rotation_offsets() -> dict[tuple[int, int], int]:
    """ρ: along the walk (x, y) → (y, 2x + 3y), the t-th lane turns by (t + 1)(t + 2)/2 (section 1.2)."""
    offsets, x, y = {(0, 0): 0}, 1, 0
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


def round_constants() -> list[int]:
    """ι: bit 2^j − 1 of constant i is output j + 7i of the LFSR x⁸ + x⁶ + x⁵ + x⁴ + 1 (section 1.2)."""
    state, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant |= (state & 1) << (2**j - 1)
            state <<= 1
            if state & 0x100:
                state ^= 0x171
        constants.append(constant)
    return constants


OFFSETS = rotation_offsets()
CONSTANTS = round_constants()


def permute(a: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Keccak-f[1600]: 24 rounds of θ, ρ, π, χ, ι over lanes keyed by (x, y)."""
    for constant in CONSTANTS:
        column = [a[x, 0] ^ a[x, 1] ^ a[x, 2] ^ a[x, 3] ^ a[x, 4] for x in range(5)]
        theta = [column[x - 1] ^ rotate(column[(x + 1) % 5], 1) for x in range(5)]
        b = {(y, (2 * x + 3 * y) % 5): rotate(lane ^ theta[x], OFFSETS[x, y]) for (x, y), lane in a.items()}
        a = {(x, y): b[x, y] ^ (~b[(x + 1) % 5, y] & MASK & b[(x + 2) % 5, y]) for x, y in b}
        a[0, 0] ^= constant
    return a


def keccak256(data: bytes) -> bytes:
    """The 32-byte hash."""
    padded = bytearray(data) + bytes(RATE - len(data) % RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    state = {(x, y): 0 for y in range(5) for x in range(5)}
    for start in range(0, len(padded), RATE):
        for i in range(RATE // 8):
            lane = padded[start + 8 * i : start + 8 * i + 8]
            state[i % 5, i // 5] ^= int.from_bytes(lane, "little")
        state = permute(state)
    return b"".join(state[i, 0].to_bytes(8, "little") for i in range(4))
