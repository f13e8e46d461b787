"""The Stark curve in affine coordinates.

Source of the parameters: StarkWare's `pedersen_params.json` (starkex-resources, cairo-lang). A point is a pair of
integers in [0, p); None is the point at infinity. The group has prime order, so no other point has order two.
"""

P = 2**251 + 17 * 2**192 + 1
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
ALPHA = 1
BETA = 0x6F21413EFBE40DE150E596D72F7A8C5609AD26C15C915C1F4CDFCB99CEE9E89
G = (
    0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA,
    0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F,
)

Point = tuple[int, int] | None


def right_side(x: int) -> int:
    """x³ + αx + β mod p."""
    return (x * x * x + ALPHA * x + BETA) % P


def on_curve(point: Point) -> bool:
    """Whether the coordinates are canonical and satisfy the equation; infinity is not a key and says no."""
    if point is None:
        return False
    x, y = point
    return 0 <= x < P and 0 <= y < P and y * y % P == right_side(x)


def neg(point: Point) -> Point:
    return None if point is None else (point[0], -point[1] % P)


def add(a: Point, b: Point) -> Point:
    """The chord-and-tangent law (SEC 1, section 2.2.1), every case written out."""
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] + ALPHA) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def mul(k: int, point: Point) -> Point:
    """k·point for any integer k, by double-and-add from the top bit."""
    if k < 0:
        return mul(-k, neg(point))
    result = None
    for bit in bin(k)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def is_square(a: int) -> bool:
    """Euler's criterion; zero counts as a square."""
    return a % P == 0 or pow(a, (P - 1) // 2, P) == 1


def sqrt(a: int) -> int | None:
    """The smaller square root of a mod p, or None (Tonelli–Shanks; p − 1 = 2^192·(2^59 + 17))."""
    a %= P
    if not is_square(a):
        return None
    if a == 0:
        return 0
    odd, twos = (P - 1) >> 192, 192
    c = pow(3, odd, P)  # 3 generates the multiplicative group (FIELD_GEN in pedersen_params.json), so c has order 2^192
    root, t = pow(a, (odd + 1) // 2, P), pow(a, odd, P)
    while t != 1:
        i, square = 0, t
        while square != 1:
            square = square * square % P
            i += 1
        step = pow(c, 1 << (twos - i - 1), P)
        root, c, twos = root * step % P, step * step % P, i
        t = t * c % P
    return min(root, P - root)


def lift_x(x: int) -> Point:
    """The point with this x and the smaller y, or None when x is not canonical or not on the curve."""
    if not 0 <= x < P:
        return None
    y = sqrt(right_side(x))
    return None if y is None else (x, y)
