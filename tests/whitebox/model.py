"""What the answers must be, in plain integers; points are the oracle's."""

import functools

from reference import curve
from reference.curve import N, P

R = 2**256
MASK = 2**64 - 1
P_INVERSE_R = pow(R, -1, P)
N_INVERSE_R = pow(R, -1, N)


def held(value: int) -> int:
    """A coordinate as memory holds it: times 2^256 mod p."""
    return value * R % P


def meant(value: int) -> int:
    """The coordinate that memory means."""
    return value * P_INVERSE_R % P


def affine(point: tuple[int, int], lift: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """A point as held, with p added to the coordinates where lift says so: any value below 2p is a valid one."""
    return held(point[0]) + lift[0] * P, held(point[1]) + lift[1] * P


def xyzz(point: curve.Point, z: int = 1, lift: int = 0) -> tuple[int, int, int, int]:
    """(x·z², y·z³, z², z³) as held; infinity is (1, 1, 0, 0) times powers of z. Bit i of lift adds p to the i-th."""
    x, y = (1, 1) if point is None else point
    zz, zzz = (0, 0) if point is None else (z * z, z**3)
    parts = (x * z * z, y * z**3, zz, zzz)
    return tuple(held(part) + (lift >> i & 1) * P for i, part in enumerate(parts))


def from_xyzz(point: tuple[int, ...]) -> curve.Point:
    """The point that an XYZZ point is, which must be consistent: ZZ³ = ZZZ², coordinates below 2p."""
    assert all(0 <= part < 2 * P for part in point)
    x, y, zz, zzz = map(meant, point)
    assert pow(zz, 3, P) == zzz * zzz % P
    if zz == 0:
        return None
    return x * pow(zz, -1, P) % P, y * pow(zzz, -1, P) % P


def from_jacobian(point: tuple[int, ...]) -> curve.Point:
    x, y, z = map(meant, point[:3])
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    return x * inverse**2 % P, y * inverse**3 % P


def scaled(point: tuple[int, int], scale: int, lift: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """The point on y² = x³ + scale⁴·x + …, which is the Stark curve under (x, y) → (x·scale², y·scale³); as held."""
    return affine((point[0] * scale**2 % P, point[1] * scale**3 % P), lift)


def unscaled(point: curve.Point, scale: int) -> curve.Point:
    """The point of the Stark curve that one of that curve stands for."""
    if point is None:
        return None
    inverse = pow(scale, -1, P)
    return point[0] * inverse**2 % P, point[1] * inverse**3 % P


def jacobian(point: tuple[int, int], z: int, scale: int, lift: int = 0) -> tuple[int, int, int, int]:
    """A point of that curve as (X, Y, Z, a·Z⁴), as held. Bits of lift add p to X, Y, Z, and another 3p to Y."""
    x, y = point[0] * scale**2, point[1] * scale**3
    parts = (x * z**2, y * z**3, z, scale**4 * z**4)
    lifts = (lift & 1, (lift >> 1 & 1) + 3 * (lift >> 3 & 1), lift >> 2 & 1, 0)
    return tuple(held(part) + times * P for part, times in zip(parts, lifts, strict=True))


@functools.cache
def multiple(k: int, point: tuple[int, int] = curve.G) -> curve.Point:
    """The oracle's k·point, remembered: the engines are asked the same."""
    return curve.mul(k, point)
