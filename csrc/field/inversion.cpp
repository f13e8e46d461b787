#include "field/inversion.hpp"

#include "base/secret.hpp"

namespace starkcore {

#if STARKCORE_HAVE_INT128

namespace {

constexpr u64 kDigitMask = ~u64{0} >> 2;

// Σ d[i]·2^(62i); every digit but the last is in [0, 2^62), the last is signed.
struct Digits {
  i64 d[5];
};

// 2^62 (or 2^59 · 8) times the product of a batch's division steps: (f, g) goes to (u·f + v·g, q·f + r·g) / 2^62.
struct Matrix {
  i64 u, v, q, r;
};

Digits to_digits(const U256& a) {
  return Digits{{static_cast<i64>(a.w[0] & kDigitMask), static_cast<i64>((a.w[0] >> 62 | a.w[1] << 2) & kDigitMask),
                 static_cast<i64>((a.w[1] >> 60 | a.w[2] << 4) & kDigitMask),
                 static_cast<i64>((a.w[2] >> 58 | a.w[3] << 6) & kDigitMask), static_cast<i64>(a.w[3] >> 56)}};
}

// Digits in [0, 2^62), value below 2^256.
U256 from_digits(const Digits& a) {
  const auto digit = [&](int i) { return static_cast<u64>(a.d[i]); };
  return U256{{digit(0) | digit(1) << 62, digit(1) >> 2 | digit(2) << 60, digit(2) >> 4 | digit(3) << 58,
               digit(3) >> 6 | digit(4) << 56}};
}

// All ones for a negative value, else 0. The compiler can't tell that it is one of two, and so makes no branch of it.
STARKCORE_INLINE i64 sign_mask(const Digits& a) { return static_cast<i64>(hide(static_cast<u64>(a.d[4] >> 63))); }

// The product of at most 31 steps' matrices, both entries of a row in one word: u + 2^32·v and q +
// 2^32·r, modulo 2^64. Steps only add, negate and double rows, so they work on such words as they
// stand; and |u| + |v| <= 2^steps, so the entries can be told apart again.
struct PackedMatrix {
  u64 uv, qr;
};

struct StepState {
  i64 zeta;  // −(δ + ½)
  u64 f, g;  // low words
};

// `steps` division steps in constant time.
//
// Step: when δ > 0 and g is odd, (δ, f, g) ← (1 − δ, g, (g − f)/2), else (1 + δ, f, (g + (g mod 2)·f)/2). f and g
// are computed from the old ones side by side: the chain from step to step is short.
STARKCORE_INLINE PackedMatrix some_steps(StepState& s, int steps) {
  u64 uv = 1, qr = u64{1} << 32, f = s.f, g = s.g, zeta = static_cast<u64>(s.zeta);
  for (int step = 0; step < steps; ++step) {
    const u64 positive = hide(static_cast<u64>(static_cast<i64>(zeta) >> 63));
    const u64 odd = hide(0 - (g & 1)), swap = positive & odd;
    const u64 new_g = g + (((f ^ positive) - positive) & odd), new_qr = qr + (((uv ^ positive) - positive) & odd);
    f ^= (f ^ g) & swap;
    uv = (uv ^ ((uv ^ qr) & swap)) << 1;
    zeta = (zeta ^ swap) - 1;
    g = new_g >> 1;
    qr = new_qr;
  }
  s = StepState{static_cast<i64>(zeta), f, g};
  return PackedMatrix{uv, qr};
}

STARKCORE_INLINE Matrix unpack(const PackedMatrix& t) {
  const i64 u = static_cast<std::int32_t>(t.uv), q = static_cast<std::int32_t>(t.qr);
  const auto high = [](u64 row, i64 low) { return static_cast<i64>(row - static_cast<u64>(low)) >> 32; };
  return Matrix{u, high(t.uv, u), q, high(t.qr, q)};
}

// 59 division steps on the low words of f and g: 30 and 29, whose matrices are multiplied. Eight
// times that, for a scale of 2^62.
void division_steps(StepState& s, Matrix& t) {
  const Matrix first = unpack(some_steps(s, 30)), second = unpack(some_steps(s, 29));
  t.u = 8 * (second.u * first.u + second.v * first.q);
  t.v = 8 * (second.u * first.v + second.v * first.r);
  t.q = 8 * (second.q * first.u + second.r * first.q);
  t.r = 8 * (second.q * first.v + second.r * first.r);
}

// (f, g) ← t·(f, g) / 2^62, exactly.
void apply_to_values(Digits& f, Digits& g, const Matrix& t) {
  i128 cf = static_cast<i128>(t.u) * f.d[0] + static_cast<i128>(t.v) * g.d[0];
  i128 cg = static_cast<i128>(t.q) * f.d[0] + static_cast<i128>(t.r) * g.d[0];
  STARKCORE_CHECK((static_cast<u64>(cf) & kDigitMask) == 0 && (static_cast<u64>(cg) & kDigitMask) == 0);
  for (int i = 1; i < 5; ++i) {
    cf = (cf >> 62) + static_cast<i128>(t.u) * f.d[i] + static_cast<i128>(t.v) * g.d[i];
    cg = (cg >> 62) + static_cast<i128>(t.q) * f.d[i] + static_cast<i128>(t.r) * g.d[i];
    f.d[i - 1] = static_cast<i64>(static_cast<u64>(cf) & kDigitMask);
    g.d[i - 1] = static_cast<i64>(static_cast<u64>(cg) & kDigitMask);
  }
  f.d[4] = static_cast<i64>(cf >> 62);
  g.d[4] = static_cast<i64>(cg >> 62);
}

// (d, e) ← t·(d, e) / 2^62 mod m. d and e stay in (−2m, m): for a negative one m is added to it in
// effect, then the multiple of m that makes the lowest digit zero is chosen in (−2^62, 0].
void apply_to_cofactors(Digits& d, Digits& e, const Matrix& t, const Digits& m, u64 inverse62) {
  const i64 d_sign = sign_mask(d), e_sign = sign_mask(e);
  i64 md = (t.u & d_sign) + (t.v & e_sign);
  i64 me = (t.q & d_sign) + (t.r & e_sign);
  i128 cd = static_cast<i128>(t.u) * d.d[0] + static_cast<i128>(t.v) * e.d[0];
  i128 ce = static_cast<i128>(t.q) * d.d[0] + static_cast<i128>(t.r) * e.d[0];
  md -= static_cast<i64>((inverse62 * static_cast<u64>(cd) + static_cast<u64>(md)) & kDigitMask);
  me -= static_cast<i64>((inverse62 * static_cast<u64>(ce) + static_cast<u64>(me)) & kDigitMask);
  cd += static_cast<i128>(m.d[0]) * md;
  ce += static_cast<i128>(m.d[0]) * me;
  STARKCORE_CHECK((static_cast<u64>(cd) & kDigitMask) == 0 && (static_cast<u64>(ce) & kDigitMask) == 0);
  for (int i = 1; i < 5; ++i) {
    cd =
        (cd >> 62) + static_cast<i128>(t.u) * d.d[i] + static_cast<i128>(t.v) * e.d[i] + static_cast<i128>(m.d[i]) * md;
    ce =
        (ce >> 62) + static_cast<i128>(t.q) * d.d[i] + static_cast<i128>(t.r) * e.d[i] + static_cast<i128>(m.d[i]) * me;
    d.d[i - 1] = static_cast<i64>(static_cast<u64>(cd) & kDigitMask);
    e.d[i - 1] = static_cast<i64>(static_cast<u64>(ce) & kDigitMask);
  }
  d.d[4] = static_cast<i64>(cd >> 62);
  e.d[4] = static_cast<i64>(ce >> 62);
}

// a ← a + m where the mask is set, then −a where `negative` is set; digits are carried.
void add_and_negate(Digits& a, const Digits& m, i64 add_mask, i64 negative) {
  i64 carry = 0;
  for (int i = 0; i < 5; ++i) {
    const i64 digit = ((a.d[i] + (m.d[i] & add_mask)) ^ negative) - negative + carry;
    a.d[i] = i < 4 ? digit & static_cast<i64>(kDigitMask) : digit;
    carry = digit >> 62;
  }
}

// d in (−2m, m) times the sign of f (all ones for −1), as an integer in [0, m).
U256 finish(Digits& d, const Digits& m, i64 f_sign) {
  add_and_negate(d, m, sign_mask(d), f_sign);
  add_and_negate(d, m, sign_mask(d), 0);
  return from_digits(d);
}

}  // namespace

U256 invert(const U256& a, const InversionModulus& modulus) {
  const Digits m = to_digits(modulus.m);
  Digits f = m, g = to_digits(a), d{}, e = to_digits(modulus.start);
  Matrix t;
  StepState steps{-1, 0, 0};
  for (int batch = 0; batch < 10; ++batch) {
    steps.f = static_cast<u64>(f.d[0]) | static_cast<u64>(f.d[1]) << 62;
    steps.g = static_cast<u64>(g.d[0]) | static_cast<u64>(g.d[1]) << 62;
    division_steps(steps, t);
    apply_to_cofactors(d, e, t, m, modulus.inverse62);
    apply_to_values(f, g, t);
  }
  STARKCORE_CHECK((g.d[0] | g.d[1] | g.d[2] | g.d[3] | g.d[4]) == 0);
  const U256 out = finish(d, m, sign_mask(f));
  wipe(f), wipe(g), wipe(d), wipe(e), wipe(t), wipe(steps);
  return out;
}

#else  // no 128-bit integers: Fermat's little theorem, a^(m − 2), with word-by-word Montgomery products

namespace {

// a·b / 2^256 mod m, in [0, m), for a, b < m < 2^252.
U256 montgomery_mul(const U256& a, const U256& b, const U256& m, u64 minus_inverse) {
  u64 t[5] = {0, 0, 0, 0, 0};
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) t[j] = mul_add(a.w[i], b.w[j], t[j], carry);
    t[4] = carry;
    const u64 quotient = t[0] * minus_inverse;
    carry = 0;
    mul_add(quotient, m.w[0], t[0], carry);
    for (int j = 1; j < 4; ++j) t[j - 1] = mul_add(quotient, m.w[j], t[j], carry);
    t[3] = t[4] + carry;
  }
  U256 out{{t[0], t[1], t[2], t[3]}}, reduced;
  const Mask below = mask_from_bit(sub(reduced, out, m));
  return select(below, out, reduced);
}

}  // namespace

U256 invert(const U256& a, const InversionModulus& modulus) {
  const u64 minus_inverse = 0 - (modulus.inverse62 * (2 - modulus.m.w[0] * modulus.inverse62));
  U256 exponent, power = a;
  sub(exponent, modulus.m, u256(2));
  for (int i = 250; i >= 0; --i) {  // both primes have their highest bit at 251; the exponent is public
    power = montgomery_mul(power, power, modulus.m, minus_inverse);
    if (bits(exponent, static_cast<unsigned>(i), 1) != 0) power = montgomery_mul(power, a, modulus.m, minus_inverse);
  }
  // power is a^(m − 2)·R^(3 − m) = a⁻¹·R² for a in plain form; for a = x·R it is x⁻¹·R, which is what is wanted
  return power;
}

#endif

}  // namespace starkcore
