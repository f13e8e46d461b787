"""The verification vectors of constructed.json: signatures solved for, so that exactly one rule decides each."""

from layout import pick
from reference import curve, ecdsa
from reference.curve import G, N, P
from reference.ecdsa import BOUND


def inverse(value: int) -> int:
    return pow(value, -1, N)


def equation_holds(m: int, r: int, w: int, key: curve.Point) -> bool:
    """The bare equation, without a single bound."""
    point = curve.mul(w, curve.add(curve.mul(m, G), curve.mul(r, key)))
    return point is not None and point[0] == r


def entry(m: int, r: int, s: int, key: tuple[int, int | None], why: str, breaks: str | None = None) -> dict:
    """`breaks` names the rule that fails: a field, the key, or "equation"; the oracle must see it the same way.

    A refusal whose `why` says that the equation holds is checked for just that: nothing but the bound refuses it.
    """
    x, y = key
    valid = y is not None and ecdsa.verify(m, r, s, (x, y))
    assert valid == (breaks is None), why
    if breaks and "equation holds" in why:
        assert equation_holds(m, r, inverse(s), (x, y)), why
    return {
        "m": hex(m),
        "r": hex(r),
        "s": hex(s),
        "x": hex(x),
        "y": None if y is None else hex(y),
        "valid": valid,
        "valid_x": ecdsa.verify_x(m, r, s, x),
        "breaks": breaks,
        "why": why,
    }


def solve_key(m: int, k: int, w: int) -> tuple[int, int, curve.Point]:
    """(r, s, key) with x(w·(m·G + r·Q)) = r by construction: d = (k/w − m)/r."""
    r = curve.mul(k, G)[0]
    return r, inverse(w), curve.mul((k * inverse(w) - m) * inverse(r) % N, G)


def inverse_vectors() -> list[dict]:
    """s and w around and inside [2^251, n): s may lie there, w must not."""
    rows = []
    m, k = pick("message", BOUND), pick("nonce", BOUND)
    for s, name in (
        (BOUND - 1, "2^251 − 1"),
        (BOUND, "2^251"),
        (BOUND + 1, "2^251 + 1"),
        ((BOUND + N) // 2, "the middle of the gap"),
        (N - 3, "n − 3"),
        (N - 2, "n − 2"),
    ):
        r, _, key = solve_key(m, k, inverse(s))
        rows.append(entry(m, r, s, key, f"s = {name}; w is below 2^251"))
    for w, name in (
        (BOUND, "2^251"),
        (BOUND + 1, "2^251 + 1"),
        ((BOUND + N) // 2, "the middle of the gap"),
        (N - 2, "n − 2"),
        (N - 1, "n − 1"),
    ):
        r, s, key = solve_key(m, k, w)
        rows.append(entry(m, r, s, key, f"w = {name}; the equation holds", "w"))
        rows.append(entry(m, r, N - s, key, f"the twin (r, n − s) of w = {name}"))
    for w in (1, 2, 3, BOUND - 1, BOUND - 2):
        r, s, key = solve_key(m, k, w)
        rows.append(entry(m, r, s, key, f"w = {w:#x}, at the border that is allowed"))
    r, s, key = solve_key(m, k, pick("w", BOUND))
    rows.append(entry(m, r, N - s, key, "an ordinary signature’s twin: there is no low-s rule"))
    for bad, name in ((0, "0"), (N, "n"), (N + s, "n + s, congruent to a valid s"), (2**256 - 1, "all ones")):
        rows.append(entry(m, r, bad, key, f"s = {name}", "s"))
    return rows


def abscissa_vectors() -> list[dict]:
    """r in [2^251, p), whose nonce nobody knows: Q = (R/w − m·G)/r; and r reduced mod n as in the textbook."""
    rows = []
    m, w = pick("message", BOUND), pick("w", BOUND)

    def key_for(point: curve.Point, r: int) -> curve.Point:
        return curve.mul(inverse(r), curve.add(curve.mul(inverse(w), point), curve.mul(-m, G)))

    for start, name in (
        (BOUND, "just above 2^251"),
        ((BOUND + N) // 2, "in the middle of [2^251, n)"),
        (N + 1, "just above n"),
        ((N + P) // 2, "between n and p"),
        (P - 50, "just below p"),
    ):
        point = next(p for x in range(start, P) if (p := curve.lift_x(x)))
        rows.append(entry(m, point[0], inverse(w), key_for(point, point[0] % N), f"r {name}; the equation holds", "r"))
        if point[0] > N:
            reduced = point[0] - N
            rows.append(
                entry(
                    m,
                    reduced,
                    inverse(w),
                    key_for(point, reduced),
                    f"r {name}, reduced mod n: textbook ECDSA accepts this",
                    "equation",
                )
            )
    r, s, key = solve_key(m, pick("nonce", BOUND), w)
    for bad, name in ((0, "0"), (r + P, "r + p, congruent to a valid r"), (r + N, "r + n"), (N, "n"), (P, "p")):
        rows.append(entry(m, bad, s, key, f"r = {name}", "r"))
    point = next(p for x in range(BOUND - 1, 0, -1) if (p := curve.lift_x(x)))
    rows.append(entry(m, point[0], inverse(w), key_for(point, point[0]), "the largest r that is an x-coordinate"))
    point = next(p for x in range(1, 100) if (p := curve.lift_x(x)))
    rows.append(entry(m, point[0], inverse(w), key_for(point, point[0]), "the smallest r that is an x-coordinate"))
    return rows


def message_vectors() -> list[dict]:
    rows = []
    k, w = pick("nonce", BOUND), pick("w", BOUND)
    for m, name in (
        (0, "0"),
        (1, "1"),
        (BOUND - 1, "2^251 − 1"),
        (BOUND, "2^251"),
        (N - 1, "n − 1"),
        (N, "n"),
        (P, "p"),
    ):
        r, s, key = solve_key(m, k, w)
        rows.append(entry(m, r, s, key, f"m = {name}; the equation holds", "m" if m >= BOUND else None))
    return rows


def key_vectors() -> list[dict]:
    """Keys that are not points, are written with coordinates beyond p, or are the other of the two."""
    rows = []
    m = pick("message", BOUND)
    r, s, (x, y) = solve_key(m, pick("nonce", BOUND), pick("w", BOUND))
    rows.append(entry(m, r, s, (x, y), "an ordinary signature"))
    rows.append(entry(m, r, s, (x, P - y), "the opposite key: only x alone accepts it", "equation"))
    rows.append(entry(m, r, s, (x, (y + 1) % P), "y is wrong: not on the curve", "key"))
    rows.append(entry(m, r, s, (x, y + P), "y is not canonical", "key"))
    rows.append(entry(m, r, s, (x + P, y), "x is not canonical", "key"))
    rows.append(entry(m, r, s, (0, 0), "the usual encoding of infinity", "key"))
    for off, name in ((0, "x = 0"), (P, "x = p"), (P - 1, "x = p − 1"), (2**256 - 1, "all ones")):
        assert curve.lift_x(off) is None or off == P - 1
        if curve.lift_x(off) is None:
            rows.append(entry(m, r, s, (off, None), f"{name}: not on the curve", "key"))
    for wrong in range(x + 1, x + 40):
        if curve.lift_x(wrong) is None:
            rows.append(entry(m, r, s, (wrong, None), "the x after a valid key’s that is not on the curve", "key"))
            break
    for name, changed in (("m", (m ^ 1, r, s)), ("r", (m, r ^ 1, s)), ("s", (m, r, s ^ 1))):
        rows.append(entry(*changed, (x, y), f"one bit of {name} changed", "equation"))
    return rows


def chosen_multiples(u1: int, u2: int, d: int, why: str) -> dict | None:
    """A signature with x(u1·G + u2·Q) = r for chosen u1 and u2: k = u1 + u2·d, w = u2/r, m = u1/w.

    Where the sum is infinity there is no k; any r then gives the same u1 and u2, and the signature is refused.
    """
    k = (u1 + u2 * d) % N
    r = curve.mul(k or pick("infinity", BOUND), G)[0]
    w = u2 * inverse(r) % N
    m = u1 * inverse(w) % N
    if w >= BOUND or m >= BOUND:
        return None
    return entry(m, r, inverse(w), curve.mul(d, G), why, None if k else "equation")


def coincidence_vectors() -> list[dict]:
    """Keys that are small multiples of G, and multipliers whose partial sums meet, double or cancel on the way."""
    small = {1: "G", 2: "2·G", 3: "3·G", 16: "16·G", inverse(2): "G/2", 2**128: "2^128·G"}
    pairs = [
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 1),
        (1, 3),
        (0, 1),
        (5, 2**250),
        (2**250, 5),
        (2**128, 2**128 + 1),
        (2**200 + 5, 2**200 + 7),
        (2**250 + 1, 2**250 + 1),
        (BOUND - 1, BOUND - 1),
        (N - 1, 1),
        (1, N - 1),
        (N - 2, N - 1),
        ((N - 1) // 2, (N + 1) // 2),
        (2**251 - 2**125, 2**125),
        (33 << 246, 33 << 246),
        (2**126 - 1, 2**252 // 7),
        (pick("u1", BOUND), pick("u2", BOUND)),
    ]
    rows = []
    for scalar, name in small.items():
        for sign, d in (("", scalar), ("−", N - scalar)):
            for u1, u2 in pairs:
                why = f"Q = {sign}{name}, u1 = {u1:#x}, u2 = {u2:#x}"
                rows.append(chosen_multiples(u1 % N, u2 % N, d, why))
    for label in ("a", "b", "c"):
        u1, u2 = pick("u1" + label, BOUND), pick("u2" + label, BOUND)
        rows.append(chosen_multiples(u1, u2, u1 * inverse(u2) % N, "u1·G = u2·Q: the last addition is a doubling"))
        rows.append(chosen_multiples(u1, u2, -u1 * inverse(u2) % N, "u1·G = −u2·Q: the sum is infinity"))
        rows.append(opposite_of_doubling(pick("m" + label, BOUND), pick("w" + label, BOUND)))
    return [row for row in rows if row]


def opposite_of_doubling(m: int, w: int) -> dict:
    """Q = −(m/r)·G and k = 2·m·w: infinity under Q, a doubling (and valid) under −Q, so that x alone accepts."""
    r = curve.mul(2 * m * w % N, G)[0]
    key = curve.mul(-m * inverse(r) % N, G)
    return entry(m, r, inverse(w), key, "infinity under Q, a valid doubling under −Q", "equation")


def verify_vectors() -> list[dict]:
    return inverse_vectors() + abscissa_vectors() + message_vectors() + key_vectors() + coincidence_vectors()
