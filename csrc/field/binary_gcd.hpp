// Modular inversion in variable time, for public values: the binary extended GCD, 62 bits at a time.
//
// The idea is Lehmer's, the form T. Pornin's (eprint 2020/972). Non-negative a and odd b shrink by
// steps: a/2 for an even a, else |a − b|/2 in place of the larger one. A batch of 62 such halvings
// runs on two words of each number, the low 64 bits and 64 aligned high bits, and collects a 2×2
// matrix, which is then applied to the full numbers and to the cofactors.
//
// Low bits are exact, so every halving is. High bits are not, and a comparison of two close numbers
// may go wrong: then a difference is negative, and the batch ends with −a or −b in place of a or b,
// which is seen and put right. A wrong choice thus costs no more than progress, and what it can
// cost is bounded: docs/mathematics.md, "Inversion", proves that a·b falls by a factor of 2^49 at
// least in every batch, or a becomes 0.
//
// Throughout a ≡ d·x·κ and b ≡ e·x·κ mod m for the input x, where κ is a power of 2 that depends on
// the number of batches alone. When a is 0, b is gcd(x, m) = 1, and x⁻¹ ≡ e·κ. The cofactors d and
// e are in [0, 8/3·m).
#pragma once

#include "field/constants.hpp"
#include "field/montgomery.hpp"

namespace starkcore::gcd {

inline constexpr int kSteps = 62;
inline constexpr int kMaxBatches = 11;  // a·b < 2^508 loses 49 bits in each

struct Modulus {
  U256 m;                       // odd, 2^64 < m < 2^254, and prime or at least prime to the input
  U256 next;                    // m + 1, which carries where m's lowest limb is all ones
  u64 inverse;                  // m⁻¹ mod 2^64
  U256 scale[kMaxBatches + 1];  // 2^512·κ·2^256 after so many batches, the first one apart
};

// κ is 2^-62 after the first batch, and 4 times as much after each other one: values are divided by
// 2^62, cofactors by 2^64.
constexpr Modulus modulus(const U256& m) {
  Modulus out{m, m, inverse_mod_2_64(m.w[0]), {}};
  for (int i = 0; i < 4 && ++out.next.w[i] == 0; ++i) {
  }
  for (int batches = 1; batches <= kMaxBatches; ++batches) {
    out.scale[batches] = pow2_mod(512 + 256 - kSteps + 2 * (batches - 1), m);
  }
  return out;
}

inline constexpr Modulus kModP = modulus(kP);
inline constexpr Modulus kModN = modulus(kN);

// What a batch did: 2^62·(a, b) became ±(a0·a − b0·b) and ±(a1·a − b1·b). The signs in a row always
// differ: a difference of rows is a sum of such magnitudes. a0 + b0 and a1 + b1 are 2^62 at most,
// since a step at most doubles the larger of the two sums.
struct Factors {
  u64 a0, b0, a1, b1;
};

// One word each of a and b, and the two rows of factors, as they change from step to step.
struct State {
  u64 a_low, a_high, b_low, b_high;
  Factors rows;
};

STARKCORE_INLINE void halve(State& s, int times) {
  s.a_low >>= times, s.a_high >>= times;
  s.rows.a1 <<= times, s.rows.b1 <<= times;
}

// a and b ← |a − b| and the smaller of the two, by their high words, and the rows to go with it.
// Masks, since a branch would be mispredicted every other time.
STARKCORE_INLINE void subtract(State& s) {
  Factors& rows = s.rows;
  const u64 low = s.a_low - s.b_low, high = s.a_high - s.b_high, a_sum = rows.a0 + rows.a1, b_sum = rows.b0 + rows.b1;
  const Mask swap = mask_from_bit(static_cast<u64>(s.a_high < s.b_high));
  s.b_low += low & swap, s.b_high += high & swap;
  rows.a1 = select(swap, rows.a0, rows.a1), rows.b1 = select(swap, rows.b0, rows.b1);
  s.a_low = (low ^ swap) - swap, s.a_high = (high ^ swap) - swap;
  rows.a0 = a_sum, rows.b0 = b_sum;
}

// A batch: 62 halvings. b_low is odd. Of a_low, the bits from `left` + 2 on mean nothing any more;
// where those below are all zero, it doesn't matter how many zeros are found.
template <bool bmi2>
STARKCORE_INLINE void run_batch_var(State& s) {
  s.rows = Factors{1, 0, 0, 1};
  for (int left = kSteps;; subtract(s)) {
    const int zeros = trailing_zeros_var(s.a_low | u64{1} << 63);
    left -= zeros;
    if (left <= 0) return halve(s, zeros + left);
    halve(s, zeros);
  }
}

#if STARKCORE_HAVE_ADX_ENGINE
// The same with BMI2's shifts, 24 instructions a subtraction. Compilers take 32, or a branch.
template <>
STARKCORE_INLINE void run_batch_var<true>(State& s) {
  s.rows = Factors{1, 0, 0, 1};
  const int first = trailing_zeros_var(s.a_low | u64{1} << kSteps);
  if (first == kSteps) return halve(s, kSteps);
  u64 zeros = static_cast<u64>(first), left = kSteps - zeros;
  u64 low = s.a_low, high = s.a_high, x, y;
  __asm__(
      "0:\n\t"
      "shrx %[zeros], %[low], %[a_low]\n\t"
      "shrx %[zeros], %[high], %[a_high]\n\t"
      "shlx %[zeros], %[a1], %[a1]\n\t"
      "shlx %[zeros], %[b1], %[b1]\n\t"
      "mov %[a_low], %[low]\n\t"
      "sub %[b_low], %[low]\n\t"
      "mov %[b_low], %[x]\n\t"
      "sub %[a_low], %[x]\n\t"
      "tzcnt %[low], %[zeros]\n\t"  // of the difference or its opposite; 64 for 0
      "mov %[b_high], %[y]\n\t"
      "sub %[a_high], %[y]\n\t"
      "mov %[a_high], %[high]\n\t"
      "sub %[b_high], %[high]\n\t"
      "cmovb %[x], %[low]\n\t"
      "cmovb %[y], %[high]\n\t"
      "cmovb %[a_low], %[b_low]\n\t"
      "cmovb %[a_high], %[b_high]\n\t"
      "lea (%[a0], %[a1]), %[x]\n\t"
      "lea (%[b0], %[b1]), %[y]\n\t"
      "cmovb %[a0], %[a1]\n\t"
      "cmovb %[b0], %[b1]\n\t"
      "mov %[x], %[a0]\n\t"
      "mov %[y], %[b0]\n\t"
      "sub %[zeros], %[left]\n\t"
      "jg 0b"
      : [low] "+&r"(low), [high] "+&r"(high), [zeros] "+&r"(zeros), [left] "+&r"(left), [a_low] "=&r"(s.a_low),
        [a_high] "=&r"(s.a_high), [b_low] "+&r"(s.b_low), [b_high] "+&r"(s.b_high), [a0] "+&r"(s.rows.a0),
        [a1] "+&r"(s.rows.a1), [b0] "+&r"(s.rows.b0), [b1] "+&r"(s.rows.b1), [x] "=&r"(x), [y] "=&r"(y)
      :
      : "cc");
  s.a_low = low, s.a_high = high;
  halve(s, static_cast<int>(zeros + left));
}
#endif

#if STARKCORE_HAVE_CARRY_ASSEMBLY
}  // namespace starkcore::gcd
#include "field/binary_gcd_aarch64.hpp"
namespace starkcore::gcd {
#endif

// out = f·a − g·b, for f + g <= 2^62: five limbs in two's complement.
STARKCORE_INLINE void combine(u64 out[5], u64 f, const U256& a, u64 g, const U256& b) {
  u64 fa[5], gb[5];
#if STARKCORE_HAVE_CARRY_ASSEMBLY
  first_row(fa, f, a.w, 0), first_row(gb, g, b.w, 0);
  wrapped_difference(out, fa, gb);
#else
  u64 carry = 0, borrow = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) fa[i] = mul_add(f, a.w[i], 0, carry);
  fa[4] = carry, carry = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) gb[i] = mul_add(g, b.w[i], 0, carry);
  gb[4] = carry;
  STARKCORE_UNROLL
  for (int i = 0; i < 5; ++i) out[i] = sub_borrow(fa[i], gb[i], borrow);
#endif
}

// out = |f·a − g·b| / 2^steps, which is exact; returns the mask of a negative difference.
template <int steps = kSteps>
STARKCORE_INLINE Mask new_value(U256& out, u64 f, const U256& a, u64 g, const U256& b) {
  u64 t[5];
  combine(t, f, a, g, b);
  STARKCORE_CHECK(t[0] << (64 - steps) == 0);
  const Mask negative = static_cast<u64>(static_cast<i64>(t[4]) >> 63);
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out.w[i] = (t[i] >> steps | t[i + 1] << (64 - steps)) ^ negative;
  out = wrapped_difference(out, U256{{negative, negative, negative, negative}});
  return negative;
}

// ±(f·d − g·e) / 2^64 mod m, in (m/3, 8/3·m) for d, e in [0, 8/3·m).
//
// The difference is in (−2/3, 2/3)·2^64·m. Subtracting q·m for the q in [0, 2^64) that clears the lowest limb leaves
// r·2^64 with r in (−5/3·m, 2/3·m): then r + 2m, or m − r.
STARKCORE_INLINE U256 new_cofactor(u64 f, const U256& d, u64 g, const U256& e, Mask negative, const Modulus& modulus) {
  u64 t[5], qm[5];
  combine(t, f, d, g, e);
  const u64 q = t[0] * modulus.inverse;
#if STARKCORE_HAVE_CARRY_ASSEMBLY
  first_row(qm, q, modulus.m.w, 0);
#else
  u64 carry = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) qm[i] = mul_add(q, modulus.m.w[i], 0, carry);
  qm[4] = carry;
#endif
  STARKCORE_CHECK(qm[0] == t[0]);
  U256 out = wrapped_difference(U256{{t[1], t[2], t[3], t[4]}}, U256{{qm[1], qm[2], qm[3], qm[4]}});
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out.w[i] ^= negative;
  // −r is 1 more than r's complement.
  return wrapped_sum(out, select(negative, modulus.next, small_multiple(2, modulus.m)));
}

// The first row of cofactors: a was x, so d is ±f; and of b, which was m, nothing is left.
STARKCORE_INLINE U256 first_cofactor(u64 f, Mask negative, const Modulus& modulus) {
  U256 opposite;
  sub(opposite, modulus.m, u256(f));
  return select(negative, opposite, u256(f));
}

// a·b / 2^256 mod m, in [0, m), for a < 8/3·m and b < m.
STARKCORE_INLINE U256 montgomery_mul(const U256& a, const U256& b, const Modulus& modulus) {
  u64 t[5] = {0, 0, 0, 0, 0};
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    STARKCORE_UNROLL
    for (int j = 0; j < 4; ++j) t[j] = mul_add(b.w[i], a.w[j], t[j], carry);
    t[4] = carry;
    const u64 quotient = t[0] * (0 - modulus.inverse);
    carry = 0;
    mul_add(quotient, modulus.m.w[0], t[0], carry);
    STARKCORE_UNROLL
    for (int j = 1; j < 4; ++j) t[j - 1] = mul_add(quotient, modulus.m.w[j], t[j], carry);
    t[3] = t[4] + carry;
  }
  const U256 out{{t[0], t[1], t[2], t[3]}};
  U256 reduced;
  const Mask below = mask_from_bit(sub(reduced, out, modulus.m));
  return select(below, out, reduced);
}

// 64 bits of a from the highest that a or b has on, when its limb is `top` and has `zeros` zeros
// before it; all of a where it has no more bits than that.
STARKCORE_INLINE u64 high_word(const U256& a, int top, int zeros) {
  return top == 0 ? a.w[0] : a.w[top] << zeros | a.w[top - 1] >> 1 >> (63 - zeros);
}

// a and b, what a batch did to them, and whether it was the last one: b is then 1, but for its sign.
struct Batch {
  U256 a, b;
  Factors rows;
  Mask a_negative, b_negative;
};

// Runs a batch; returns whether it was the last. `top`: no limb above it is left of a or b. One
// function for all moduli, of which it knows nothing. bmi2: the CPU has BMI1 and BMI2.
template <bool bmi2>
STARKCORE_NOINLINE bool next_batch_var(Batch& batch, int& top) {
  const U256 a = batch.a, b = batch.b;
  while (top > 0 && (a.w[top] | b.w[top]) == 0) --top;
  const int zeros = leading_zeros_var(a.w[top] | b.w[top]);
  State s{a.w[0], high_word(a, top, zeros), b.w[0], high_word(b, top, zeros), {}};
  run_batch_var<bmi2>(s);
  const Factors& f = batch.rows = s.rows;
  if (top == 0 &&
      s.a_low == 0) {  // words that are whole numbers: b is ±(…)/2^62 = 1, and the sign is all that is missing
    batch.b_negative = 0 - ((f.a1 * a.w[0] - f.b1 * b.w[0]) >> 63);
    return true;
  }
  batch.a_negative = new_value(batch.a, f.a0, a, f.b0, b);
  batch.b_negative = new_value(batch.b, f.a1, a, f.b1, b);
  return is_zero_var(batch.a);
}

// A new cofactor after the first batch, or after another one.
STARKCORE_INLINE U256 next_cofactor(bool first, u64 f, const U256& d, u64 g, const U256& e, Mask negative,
                                    const Modulus& modulus) {
  return first ? first_cofactor(f, negative, modulus) : new_cofactor(f, d, g, e, negative, modulus);
}

// 2^512·x⁻¹ mod m for 0 < x < m; 0 for x = 0. cofactor(…) is next_cofactor(…, modulus), as a function of
// its own where the modulus is a constant.
template <bool bmi2, class Cofactor>
STARKCORE_INLINE U256 invert_var(const U256& x, const Modulus& modulus, Cofactor cofactor) {
  if (is_zero_var(x)) return x;
  Batch batch{x, modulus.m, {}, 0, 0};
  U256 d = u256(1), e{};
  for (int count = 1, top = 3;; ++count) {
    STARKCORE_CHECK(count <= kMaxBatches);
    const bool last = next_batch_var<bmi2>(batch, top);
    const Factors& f = batch.rows;
    const U256 new_e = cofactor(count == 1, f.a1, d, f.b1, e, batch.b_negative);
    if (last) return montgomery_mul(new_e, modulus.scale[count], modulus);
    d = cofactor(count == 1, f.a0, d, f.b0, e, batch.a_negative);
    e = new_e;
  }
}

template <bool bmi2>
STARKCORE_INLINE U256 invert_var(const U256& x, const Modulus& modulus) {
  return invert_var<bmi2>(x, modulus, [&](auto... arguments) { return next_cofactor(arguments..., modulus); });
}

}  // namespace starkcore::gcd
