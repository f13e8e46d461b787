"""Random cases against engines that others wrote, and against the reference: the same questions, the same answers.

The engines: StarkWare's C++ (crypto-cpp-py), starknet-rs (fast-stark-crypto), fastecdsa with the Stark parameters, and
CryptoExperts' Poseidon (poseidon-py). An engine without a wheel for this machine is left out, and said to be; recorded
vectors stand in for it (tests/vectors).
"""

import decimal
import importlib
import random
from fractions import Fraction

import pytest
from reference import amounts as reference_amounts
from reference import ecdsa as reference_ecdsa

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, errors
from starkcore.starkex import Order, to_quantums

P = 2**251 + 17 * 2**192 + 1
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
BOUND = 2**251
CASES = 60


def engine(name):
    """The module of that name; the test is skipped where it has no wheel."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        pytest.skip(f"{name} is not installed here: {error.name}")


def numbers(seed, bound, count=CASES):
    """Half of them of any width, half full; none 0."""
    r = random.Random(f"differential {seed}")
    return [max(1, r.choice([r.randrange(bound), r.getrandbits(r.randint(1, 250))])) for _ in range(count)]


def messages_and_keys(seed):
    return list(zip(numbers(f"{seed} m", BOUND), numbers(f"{seed} d", N), strict=True))


def tampered(m, r, s):
    """A signature, and the same with something wrong."""
    return [(m, r, s), (m ^ 2, r, s), (m, r ^ 2, s), (m, r, s ^ 2), (m, r, N - s)]


class TestCryptoCpp:
    """StarkWare's C++. Its own signatures carry w; crypto-cpp-py turns that into s. It verifies x alone."""

    def test_pedersen(self):
        cpp = engine("crypto_cpp_py.cpp_bindings")
        for a, b in zip(numbers("cpp a", P), numbers("cpp b", P), strict=True):
            assert starkcore.pedersen_hash(a, b) == cpp.cpp_hash(a, b)

    def test_keys_and_signatures(self):
        cpp = engine("crypto_cpp_py.cpp_bindings")
        for m, d in messages_and_keys("cpp")[:5]:  # a third of a second each
            key = PrivateKey(d)
            assert key.public_key.x == cpp.cpp_get_public_key(d)
            for seed in (None, 32, 2**64 + 1):
                assert tuple(key.sign(m, seed)) == cpp.cpp_sign(m, d, seed)

    def test_verification(self):
        cpp = engine("crypto_cpp_py.cpp_bindings")
        for m, d in messages_and_keys("cpp verify")[:6]:
            key = PrivateKey(d)
            x = key.public_key.x
            for m1, r1, s1 in tampered(m, *key.sign(m)):
                assert PublicKey.from_x(x).verify(m1, Signature(r1, s1)) == bool(
                    cpp.cpp_verify(m1, r1, pow(s1, -1, N), x)
                )


class TestStarknetRs:
    """starknet-rs through fast-stark-crypto: no seed, x alone. It panics on r and s that it doesn't like."""

    def test_pedersen(self):
        rs = engine("fast_stark_crypto")
        for a, b in zip(numbers("rs a", P), numbers("rs b", P), strict=True):
            assert starkcore.pedersen_hash(a, b) == rs.pedersen_hash(a, b)

    def test_keys_signatures_and_verification(self):
        rs = engine("fast_stark_crypto")
        for m, d in messages_and_keys("rs"):
            key = PrivateKey(d)
            x = key.public_key.x
            assert x == rs.get_public_key(d)
            signature = key.sign(m)
            assert tuple(signature) == rs.sign(d, m)
            for m1, r1, s1 in tampered(m, *signature):
                if s1 < BOUND:
                    assert PublicKey.from_x(x).verify(m1, Signature(r1, s1)) == rs.verify(x, m1, r1, s1)


class TestPoseidonPy:
    """The C of CryptoExperts, with StarkWare's parameters."""

    def test_poseidon(self):
        peer = engine("poseidon_py.poseidon_hash")
        pairs = list(zip(numbers("poseidon a", P), numbers("poseidon b", P), strict=True))
        expected = [peer.poseidon_hash(a, b) for a, b in pairs]
        assert [starkcore.poseidon_hash(a, b) for a, b in pairs] == expected
        assert starkcore.poseidon_hash_pairs(pairs) == expected
        assert [starkcore.poseidon_hash_single(a) for a, _ in pairs] == [peer.poseidon_hash_single(a) for a, _ in pairs]

    def test_lists(self):
        peer = engine("poseidon_py.poseidon_hash")
        lists = [numbers(f"poseidon {i}", P, i % 13) for i in range(60)]
        assert starkcore.poseidon_hash_lists(lists) == [peer.poseidon_hash_many(elements) for elements in lists]


class TestFastecdsa:
    """fastecdsa's arithmetic (GMP) on the Stark curve: textbook ECDSA, which agrees where r and w are below 2^251."""

    def curve(self):
        module = engine("fastecdsa.curve")
        return module.Curve(
            "stark",
            P,
            1,
            0x6F21413EFBE40DE150E596D72F7A8C5609AD26C15C915C1F4CDFCB99CEE9E89,
            N,
            0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA,
            0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F,
        )

    def test_public_keys(self):
        stark = self.curve()
        for d in [1, 2, 3, N - 1, N - 2, (N + 1) // 2, *numbers("fastecdsa", N)]:
            point = stark.G * d
            public = PrivateKey(d).public_key
            assert (public.x, public.y) == (point.x, point.y)

    def test_signatures_verify_as_points(self):
        """x(w·(m·G + r·Q)) = r by fastecdsa's points."""
        stark = self.curve()
        for m, d in messages_and_keys("fastecdsa verify"):
            r, s = PrivateKey(d).sign(m)
            w = pow(s, -1, N)
            assert 0 < r < BOUND
            assert 0 < w < BOUND
            point = stark.G * (m * w % N) + (stark.G * d) * (r * w % N)
            assert point.x == r


class TestReference:
    """What no other engine has: extra entropy, and both at once."""

    def test_signatures_with_extra_entropy(self):
        r = random.Random("extra entropy")
        for m, d in messages_and_keys("reference")[:20]:
            for seed in (None, 32):
                entropy = r.randbytes(32)
                expected = reference_ecdsa.sign(m, d, seed=seed, extra_entropy=entropy)
                assert tuple(PrivateKey(d).sign(m, seed, entropy)) == tuple(expected)


ADVERSARIAL = [
    "0", "-0", "0.0", "1e-7", "1E+3", "1E3", "1e0003", ".5", "5.", "+1", "-1", "00012.500", "1" * 40,
    "0." + "0" * 39 + "1", "1." + "0" * 60, "NaN", "sNaN", "Infinity", "-inf", "", " ", " 1", "1 ", "1_0", "１", "٣",
    "1e", "e5", ".", "+", "--1", "1.2.3", "0x10", "1e400", "1e-400", "1e99999", "1e-99999", "9" * 96, "9" * 97, "1\n",
    "1\x00", "1,5", "1e1.5",
]  # fmt: skip


def plain(text):
    """Whether it is a number as we take it: ASCII digits, point, exponent, sign, and nothing that Decimal adds."""
    return text.isascii() and all(c in "0123456789.eE+-" for c in text)


def random_amount(r):
    digits = "".join(r.choice("0123456789") for _ in range(r.choice([1, 2, 5, 9, 18, 19, 20, 28, 40])))
    point = r.randrange(len(digits) + 1)
    text = digits if r.random() < 0.3 else digits[:point] + "." + digits[point:]
    exponent = r.choice(["", "", "", f"e{r.randint(-30, 20)}", f"E+{r.randint(0, 12)}"])
    return r.choice(["", "", "", "+"]) + text + exponent


def expected_quantums(text, resolution, rounding):
    """By Python's decimal (the syntax) and fractions (the arithmetic); None where there is no answer."""
    if not plain(text):
        return None
    try:
        value = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    if not value.is_finite() or value < 0 or (value and value.adjusted() > 200):
        return None
    exact = Fraction(value) * resolution
    whole = {"down": exact.__floor__(), "up": exact.__ceil__(), "exact": exact}[rounding]
    return int(whole) if whole == int(whole) < 2**64 else None


@pytest.mark.parametrize("rounding", ["exact", "down", "up"])
def test_amounts(rounding):
    r = random.Random(f"amounts {rounding}")
    answered = 0
    for text in ADVERSARIAL + [random_amount(r) for _ in range(4000)]:
        resolution = r.choice([1, 10, 10**6, 10**10, 10**13, 7, 2**64 - 1])
        expected = expected_quantums(text, resolution, rounding)
        if len(text.strip("+-").replace(".", "").split("e")[0].strip("0")) > 96:
            expected = None  # our limit
        try:
            ours = to_quantums(text, resolution, rounding)
        except errors.InvalidAmount:
            ours = None
        if ours is None and expected is not None:
            assert "99999" in text or "e-400" in text, text  # our limit on exponents
            continue
        assert ours == expected, (text, resolution)
        answered += ours is not None
    assert answered > 500


def test_amounts_of_orders():
    """dydx3's arithmetic with decimal contexts, as the reference has it, over random orders."""
    r = random.Random("orders")
    answered = 0
    for _ in range(4000):
        side = r.choice(["BUY", "SELL"])
        size = f"{r.randrange(1, 10 ** r.randint(1, 13))}e-{r.randint(0, 9)}"
        price, fee = random_amount(r), f"0.{r.randrange(10 ** r.randint(1, 12)):012d}"
        try:
            synthetic = reference_amounts.exact_quantums(size, 10**9)
            collateral = reference_amounts.collateral_quantums(size, price, side == "BUY", 10**6)
            expected = (synthetic, collateral, reference_amounts.fee_quantums(fee, collateral))
        except ValueError:
            expected = None
        try:
            order = Order.from_human(
                market="ETH-USD", side=side, size=size, price=price, limit_fee=fee, expiration=1700000000,
                position_id=1, nonce=1,
            )  # fmt: skip
        except errors.InvalidAmount:
            assert expected is None or decimal.Decimal(price) == 0, (size, price, fee, expected)
            continue
        ours = (order.quantums_synthetic, order.quantums_collateral, order.quantums_fee)
        assert ours == expected, (side, size, price, fee)
        answered += 1
    assert answered > 1000
