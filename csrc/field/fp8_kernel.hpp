// Products mod p in eight lanes at once, with AVX-512 IFMA: digits of 52 bits, Montgomery form for R = 2^260.
//
// A lane's value is Σ d[k]·2^(52k), k = 0 … 4. vpmadd52luq and vpmadd52huq multiply the 52 low bits
// of two words, and add the low or the high half of the product to a third. Preconditions: digits
// of factors are in [0, 2^52); a factor's value is below 12·p, and the product of both factors'
// below 36·p². docs/vector-arithmetic.md proves what is said here. Constant time: no branches, no
// addresses, and these instructions take the same time whatever they multiply.
//
// Reduction. p = 2^251 + 17·2^192 + 1 = 1 + 17·2^36·2^(3·52) + 2^43·2^(4·52), so p ≡ 1 mod 2^52:
// what makes a column c < 5 divisible by 2^52 is q·p with q = −c mod 2^52, and no product is needed
// to find it. Carries go as −⌊−c/2^52⌋, so that −c serves for both: vpmadd52 takes its low bits as
// q by itself. 17·2^36·q and 2^43·q are added to the columns from k + 3 and k + 4 on. Columns are
// signed; shifts are arithmetic.
#pragma once

#include <immintrin.h>

#include "base/word.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kDigits8 = 5;
inline constexpr int kDigitBits8 = 52;
inline constexpr int kColumns8 = 2 * kDigits8;
inline constexpr int kTopBits8 = 251 - (kDigits8 - 1) * kDigitBits8;  // of the top digit, up to bit 251
inline constexpr u64 kDigitMask8 = (u64{1} << kDigitBits8) - 1;

// p's digits are 1, 0, 0 and these.
inline constexpr u64 kMiddle8 = u64{17} << 36, kTop8 = u64{1} << kTopBits8;

// κ·2^260 = 2^258 = 2^(4·52 + 50) (curve/point_lanes.hpp).
inline constexpr int kKappaColumn8 = 4;
inline constexpr u64 kKappaDigit8 = u64{1} << 50;

struct Columns8 {
  __m512i c[kColumns8];
};

STARKCORE_INLINE __m512i constant8(u64 word) { return _mm512_set1_epi64(static_cast<i64>(word)); }

// Columns that hold multiple·p·2^260.
template <u64 multiple>
STARKCORE_INLINE Columns8 start_columns8() {
  constexpr u64 p[kDigits8] = {1, 0, 0, kMiddle8, kTop8};
  Columns8 out;
  STARKCORE_UNROLL
  for (int k = 0; k < kColumns8; ++k) out.c[k] = constant8(k < kDigits8 ? 0 : multiple * p[k - kDigits8]);
  return out;
}

// The same, and a number below 2^260, from its digits.
template <u64 multiple>
STARKCORE_INLINE Columns8 start_columns8_with(const u64 low[kDigits8]) {
  Columns8 out = start_columns8<multiple>();
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.c[k] = constant8(low[k]);
  return out;
}

// t += a·b·2^(52k) for digits a, b.
STARKCORE_INLINE void digit_product(Columns8& t, int k, __m512i a, __m512i b) {
  t.c[k] = _mm512_madd52lo_epu64(t.c[k], a, b);
  t.c[k + 1] = _mm512_madd52hi_epu64(t.c[k + 1], a, b);
}

STARKCORE_INLINE void add_product(Columns8& t, const __m512i a[kDigits8], const __m512i b[kDigits8]) {
  STARKCORE_UNROLL
  for (int i = 0; i < kDigits8; ++i) {
    STARKCORE_UNROLL
    for (int j = 0; j < kDigits8; ++j) digit_product(t, i + j, a[i], b[j]);
  }
}

// a². Products of two different digits are taken once: with twice the top digit, which has room
// for that, and else their columns are doubled.
STARKCORE_INLINE Columns8 square_columns(const __m512i a[kDigits8]) {
  constexpr int top = kDigits8 - 1;
  Columns8 t = start_columns8<0>();
  STARKCORE_UNROLL
  for (int i = 0; i < top; ++i) {
    STARKCORE_UNROLL
    for (int j = i + 1; j < top; ++j) digit_product(t, i + j, a[i], a[j]);
  }
  STARKCORE_UNROLL
  for (int k = 1; k < 2 * top - 1; ++k) t.c[k] = _mm512_add_epi64(t.c[k], t.c[k]);
  const __m512i twice_top = _mm512_add_epi64(a[top], a[top]);
  STARKCORE_UNROLL
  for (int i = 0; i < top; ++i) digit_product(t, i + top, a[i], twice_top);
  STARKCORE_UNROLL
  for (int i = 0; i < kDigits8; ++i) digit_product(t, 2 * i, a[i], a[i]);
  return t;
}

// t −= c·2^260, for digits that need not be carried.
template <class... Values>
STARKCORE_INLINE void subtract_values(Columns8& t, const Values*... c) {
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) ((t.c[kDigits8 + k] = _mm512_sub_epi64(t.c[kDigits8 + k], c[k])), ...);
}

STARKCORE_INLINE void subtract_columns(Columns8& t, const Columns8& minus) {
  STARKCORE_UNROLL
  for (int k = 0; k < kColumns8; ++k) t.c[k] = _mm512_sub_epi64(t.c[k], minus.c[k]);
}

// Digits in [0, 2^52) of the same value, which is not negative, from digits of any sign below 2^62.
STARKCORE_INLINE void carry_digits(__m512i out[kDigits8], const __m512i in[kDigits8]) {
  const __m512i mask = constant8(kDigitMask8);
  __m512i digit = in[0];
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8 - 1; ++k) {
    const __m512i carry = _mm512_srai_epi64(digit, kDigitBits8);
    out[k] = _mm512_and_si512(digit, mask);
    digit = _mm512_add_epi64(in[k + 1], carry);
  }
  out[kDigits8 - 1] = digit;
}

// Columns 5 … 9 ← (t + q·p)/2^260 for the q in [0, 2^260) that makes it an integer. Digits of either sign.
STARKCORE_INLINE void reduce_columns(Columns8& t) {
  const __m512i middle = constant8(kMiddle8), top = constant8(kTop8);
  __m512i carry = _mm512_setzero_si512();  // what is to be subtracted
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) {
    const __m512i q = _mm512_sub_epi64(carry, t.c[k]);
    carry = _mm512_srai_epi64(q, kDigitBits8);
    digit_product(t, k + 3, q, middle);
    digit_product(t, k + 4, q, top);
  }
  t.c[kDigits8] = _mm512_sub_epi64(t.c[kDigits8], carry);
}

// out = t/2^260 mod p for 0 <= t, in size: t/2^260 + p at most.
STARKCORE_INLINE void finish(__m512i out[kDigits8], Columns8& t) {
  reduce_columns(t);
  carry_digits(out, t.c + kDigits8);
}

// The same digits where only products take them, which look at 52 bits of each: what is above
// these, and was carried, stays.
STARKCORE_INLINE void carry_for_products(__m512i out[kDigits8], const __m512i in[kDigits8]) {
  out[0] = in[0];
  STARKCORE_UNROLL
  for (int k = 1; k < kDigits8; ++k) {
    out[k] = _mm512_add_epi64(in[k], _mm512_srai_epi64(out[k - 1], kDigitBits8));
  }
}

// What is above bit 251 in the top column, q times 2^251, goes down by 2^251 ≡ −(17·2^192 + 1). The
// value becomes d − q·p + set·2^251 + 2^208: bits are set so that it stays positive, and the
// product by 2^52 − 17·2^36, which subtracts, adds 2^52 to its column. Preconditions: 1 <= q <=
// kMostFolded8.
inline constexpr int kMostFolded8 = 3855;
static_assert(kMostFolded8 * kMiddle8 < u64{1} << kDigitBits8);

template <u64 set = 1>
STARKCORE_INLINE void fold_digits(__m512i out[kDigits8], __m512i d[kDigits8]) {
  constexpr int low_or_top = 0xea;  // (first & second) | third
  constexpr u64 minus_middle = kDigitMask8 + 1 - kMiddle8;
  const __m512i q = _mm512_srli_epi64(d[4], kTopBits8);
  d[0] = _mm512_sub_epi64(d[0], q);
  d[3] = _mm512_madd52lo_epu64(d[3], q, constant8(minus_middle));
  d[4] = _mm512_ternarylogic_epi64(d[4], constant8(kTop8 - 1), constant8(set * kTop8), low_or_top);
  carry_digits(out, d);
}

// The top digit of multiple·p, less what fold_digits adds.
constexpr u64 raised_top8(u64 multiple) { return (multiple - 1) * kTop8 - 1; }

// Sums that may be as large as 15·2^251 of either sign start at kRaised8·p.
inline constexpr u64 kRaised8 = 16;

STARKCORE_INLINE void finish_and_fold(__m512i out[kDigits8], Columns8& t) {
  reduce_columns(t);
  fold_digits(out, t.c + kDigits8);
}

// Digits of either sign, raised by that multiple of p, less what fold_digits adds.
template <u64 raised>
STARKCORE_INLINE void raise_digits(__m512i out[kDigits8], const __m512i in[kDigits8]) {
  out[0] = _mm512_add_epi64(in[0], constant8(raised));
  out[1] = in[1], out[2] = in[2];
  out[3] = _mm512_add_epi64(in[3], constant8(raised * kMiddle8));
  out[4] = _mm512_add_epi64(in[4], constant8(raised_top8(raised)));
}

// Columns for finish_and_fold: kRaised8·p·2^260, less what fold_digits adds.
STARKCORE_INLINE Columns8 start_raised_columns8() {
  Columns8 out = start_columns8<kRaised8>();
  out.c[kColumns8 - 1] = constant8(raised_top8(kRaised8));
  return out;
}

STARKCORE_INLINE void raise_columns(Columns8& t) { raise_digits<kRaised8>(t.c + kDigits8, t.c + kDigits8); }

// The multiple of p makes the value larger than 3·p.
template <u64 raised>
STARKCORE_INLINE void fold_sum8(__m512i out[kDigits8], const __m512i in[kDigits8]) {
  __m512i d[kDigits8];
  raise_digits<raised>(d, in);
  fold_digits(out, d);
}

// The kernels. Outputs may be inputs.

// a·b/2^260 mod p
STARKCORE_KERNEL void kernel8_mul(__m512i out[5], const __m512i a[5], const __m512i b[5]) {
  Columns8 t = start_columns8<0>();
  add_product(t, a, b);
  finish(out, t);
}

// The same below p. What comes out of the reduction is below 1.08·p, so p is subtracted once, where
// nothing has to be borrowed for it.
STARKCORE_KERNEL void kernel8_mul_reduced(__m512i out[5], const __m512i a[5], const __m512i b[5]) {
  constexpr u64 p[kDigits8] = {1, 0, 0, kMiddle8, kTop8};
  __m512i whole[kDigits8], less[kDigits8];
  kernel8_mul(whole, a, b);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) less[k] = _mm512_sub_epi64(whole[k], constant8(p[k]));
  carry_digits(less, less);
  const __mmask8 below_p = _mm512_movepi64_mask(less[kDigits8 - 1]);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out[k] = _mm512_mask_blend_epi64(below_p, less[k], whole[k]);
}

// The same in a function: for code that runs once a call, where what is fetched counts for more
// than what is computed.
STARKCORE_NOINLINE inline void kernel8_mul_apart(__m512i out[5], const __m512i a[5], const __m512i b[5]) {
  kernel8_mul(out, a, b);
}

// a·b/2^260 − c …
template <class... Values>
STARKCORE_KERNEL void kernel8_mul_sub(__m512i out[5], const __m512i a[5], const __m512i b[5], const Values*... c) {
  Columns8 t = start_raised_columns8();
  subtract_values(t, c...);
  add_product(t, a, b);
  finish_and_fold(out, t);
}

// (a·b − c·d)/2^260
STARKCORE_KERNEL void kernel8_mul_sub_mul(__m512i out[5], const __m512i a[5], const __m512i b[5], const __m512i c[5],
                                          const __m512i d[5]) {
  Columns8 t = start_columns8<1>(), minus = start_columns8<0>();
  add_product(t, a, b);
  add_product(minus, c, d);
  subtract_columns(t, minus);
  finish(out, t);
}

// a²/2^260
STARKCORE_KERNEL void kernel8_sqr(__m512i out[5], const __m512i a[5]) {
  Columns8 t = square_columns(a);
  finish(out, t);
}

// times·a²/2^260, for products alone
template <int times = 1>
STARKCORE_KERNEL void kernel8_sqr_for_product(__m512i out[5], const __m512i a[5]) {
  static_assert(times == 1 || times == 3);
  Columns8 t = square_columns(a);
  reduce_columns(t);
  if constexpr (times == 3) {
    STARKCORE_UNROLL
    for (int k = kDigits8; k < kColumns8; ++k) {
      t.c[k] = _mm512_add_epi64(t.c[k], _mm512_add_epi64(t.c[k], t.c[k]));
    }
  }
  carry_for_products(out, t.c + kDigits8);
}

// What t comes to, in digits that are not carried.
STARKCORE_INLINE void finish_for_sum(__m512i out[kDigits8], Columns8& t) {
  reduce_columns(t);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out[k] = t.c[kDigits8 + k];
}

// a·b/2^260 in digits that are not carried
STARKCORE_KERNEL void kernel8_mul_for_sum(__m512i out[5], const __m512i a[5], const __m512i b[5]) {
  Columns8 t = start_columns8<0>();
  add_product(t, a, b);
  finish_for_sum(out, t);
}

// (a·b + low)/2^260 + multiple·p in digits that are not carried
template <u64 multiple>
STARKCORE_KERNEL void kernel8_mul_with_for_sum(__m512i out[5], const __m512i a[5], const __m512i b[5],
                                               const u64 low[5]) {
  Columns8 t = start_columns8_with<multiple>(low);
  add_product(t, a, b);
  finish_for_sum(out, t);
}

// (a·b + low)/2^260
STARKCORE_KERNEL void kernel8_mul_with(__m512i out[5], const __m512i a[5], const __m512i b[5], const u64 low[5]) {
  Columns8 t = start_columns8_with<0>(low);
  add_product(t, a, b);
  finish(out, t);
}

// (a·b + low)/2^260 + c, and what fold_digits adds, for digits of c of either sign.
STARKCORE_KERNEL void kernel8_mul_add(__m512i out[5], const __m512i a[5], const __m512i b[5], const __m512i c[5],
                                      const u64 low[5]) {
  Columns8 t = start_columns8_with<0>(low);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) t.c[kDigits8 + k] = c[k];
  add_product(t, a, b);
  finish_and_fold(out, t);
}

// (a·b + c·d + e·f)/2^260
STARKCORE_KERNEL void kernel8_three_products(__m512i out[5], const __m512i a[5], const __m512i b[5], const __m512i c[5],
                                             const __m512i d[5], const __m512i e[5], const __m512i f[5]) {
  Columns8 t = start_columns8<0>();
  add_product(t, a, b);
  add_product(t, c, d);
  add_product(t, e, f);
  finish(out, t);
}

// a²/2^260 − c − d
STARKCORE_KERNEL void kernel8_sqr_sub_sub(__m512i out[5], const __m512i a[5], const __m512i c[5], const __m512i d[5]) {
  Columns8 t = square_columns(a);
  raise_columns(t);
  subtract_values(t, c, d);
  finish_and_fold(out, t);
}

// a·b/2^260 − κ·c
STARKCORE_KERNEL void kernel8_mul_sub_kappa(__m512i out[5], const __m512i a[5], const __m512i b[5],
                                            const __m512i c[5]) {
  Columns8 t = start_raised_columns8(), minus = start_columns8<0>();
  add_product(t, a, b);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) digit_product(minus, kKappaColumn8 + k, c[k], constant8(kKappaDigit8));
  subtract_columns(t, minus);
  finish_and_fold(out, t);
}

}  // namespace starkcore::STARKCORE_ENGINE
