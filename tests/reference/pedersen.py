"""The Pedersen hash over the Stark curve and the two chains built on it.

Source: StarkWare's `fast_pedersen_hash.py` (the formula), `nothing_up_my_sleeve_gen.py` (where the points come from),
`perpetual_messages.py` (the nested chain) and `hash_state.py` (the Starknet chain), all in starkex-resources,
stark-perpetual or cairo-lang.
"""

from collections.abc import Iterable

from . import curve

LOW_BITS = 248

SHIFT = (
    0x49EE3EBA8C1600700EE1B87EB599F16716B0B1022947733551FDE4050CA6804,
    0x3CA0CFE4B3BC6DDF346D49D06EA0ED34E621062C0E056C1D0405D266E10268A,
)
P1 = (
    0x234287DCBAFFE7F969C748655FCA9E58FA8120B6D56EB0C1080D17957EBE47B,
    0x3B056F100F96FB21E889527D41F4E39940135DD7A6C94CC6ED0268EE89E5615,
)
P2 = (
    0x4FA56F376C83DB33F9DAB2656558F3399099EC1DE5E3018B7A6932DBA8AA378,
    0x3FA0984C931C9E38113E0C0E47E4401562761F92A7A23B45168F4E80FF5B54D,
)
P3 = (
    0x4BA4CC166BE8DEC764910F75B45F74B40C690C74709E90F3AA372F0BD2D6997,
    0x40301CF5C1751F4B971E46C4EDE85FCAC5C59A5CE5AE7C48151F27B24B219C,
)
P4 = (
    0x54302DCB0E6CC1C6E44CCA8F61A63BB2CA65048D53FB325D36FF12C49A58202,
    0x1B77B3E37D13504B348046268D8AE25CE98AD783C25561A879DCC77E99C2426,
)


def half(value: int, low_point: curve.Point, high_point: curve.Point) -> curve.Point:
    """One input's share: its 248 low bits times one point plus its 4 high bits times the other."""
    low, high = value % 2**LOW_BITS, value >> LOW_BITS
    return curve.add(curve.mul(low, low_point), curve.mul(high, high_point))


def pedersen_hash(a: int, b: int) -> int:
    """H(a, b); both inputs in [0, p), otherwise an error: nothing is reduced silently."""
    for name, value in (("a", a), ("b", b)):
        if not 0 <= value < curve.P:
            raise ValueError(f"{name} is not a field element")
    point = curve.add(curve.add(SHIFT, half(a, P1, P2)), half(b, P3, P4))
    assert point is not None  # would need a discrete logarithm between the constant points
    return point[0]


def nested_hash(elements: Iterable[int]) -> int:
    """H(H(H(e0, e1), e2), …): the chain of StarkEx messages, at least two elements, no length."""
    first, second, *rest = elements
    result = pedersen_hash(first, second)
    for element in rest:
        result = pedersen_hash(result, element)
    return result


def hash_on_elements(elements: Iterable[int]) -> int:
    """H(…H(H(0, e0), e1)…, count): Starknet's `compute_hash_on_elements`."""
    elements = list(elements)
    result = 0
    for element in [*elements, len(elements)]:
        result = pedersen_hash(result, element)
    return result


def pi_digits(count: int) -> str:
    """The first decimal digits of π, without the point, by Machin's formula."""
    unit: int = 10 ** (count + 20)

    def arctan_of_inverse(x: int) -> int:
        term, total, n = unit // x, unit // x, 1
        while term:
            term //= -x * x
            n += 2
            total += term // n
        return total

    return str(4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239)))[:count]


def derive_constants() -> tuple[int, list[curve.Point]]:
    """β and the points shift, G, P1, P2, P3, P4 out of the digits of π, 76 at a time.

    β is the first number plus 379 (the smallest increment with a curve of prime order); each further number is raised
    until it is an x-coordinate, and y is the smaller root.
    """
    digits: str = pi_digits(7 * 76)
    numbers = [int(digits[i : i + 76]) for i in range(0, len(digits), 76)]
    points: list[curve.Point] = []
    for x in numbers[1:]:
        while (point := curve.lift_x(x % curve.P)) is None:
            x += 1
        points.append(point)
    return (numbers[0] + 379) % curve.P, points
