// The products of field/fp8.hpp: what field/fp8_columns.hpp has, put together.
#pragma once

#include "field/fp8_columns.hpp"

namespace starkcore::STARKCORE_ENGINE {

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

// Columns for a² + 2·p·2^260, of which SquareColumns8 doubles column 5.
STARKCORE_INLINE Columns8 start_raised_square8() {
  Columns8 out = start_columns8<2>();
  out.c[kDigits8] = constant8(1);
  return out;
}

// times·(a²/2^260 + 2·p), for products alone. What is raised stays positive where all of q goes in.
template <int times = 1>
STARKCORE_KERNEL void kernel8_sqr_for_product(__m512i out[5], const __m512i a[5]) {
  static_assert(times == 1 || times == 3);
  Columns8 t = start_raised_square8();
  run(SquareColumns8{t, a, {}});
  if constexpr (times == 3) {
    reduce_columns<kShifted8>(t);
    STARKCORE_UNROLL
    for (int k = kDigits8; k < kColumns8; ++k) {
      t.c[k] = _mm512_add_epi64(t.c[k], _mm512_add_epi64(t.c[k], t.c[k]));
    }
    run(CarryFactor8{t, out});
  } else {
    run(FinishFactor8<kShifted8>{out, t});
  }
}

// What t comes to, in digits that are not carried.
template <int shifted = 0>
STARKCORE_INLINE void finish_for_sum(__m512i out[kDigits8], Columns8& t) {
  reduce_columns<shifted>(t);
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
  finish_for_sum<kShifted8>(out, t);
}

// (a·b + low)/2^260
STARKCORE_KERNEL void kernel8_mul_with(__m512i out[5], const __m512i a[5], const __m512i b[5], const u64 low[5]) {
  Columns8 t = start_columns8_with<0>(low);
  add_product(t, a, b);
  finish(out, t);
}

// Columns for (a·b + low)/2^260 + c.
STARKCORE_INLINE Columns8 start_columns8_with_sum(const u64 low[5], const __m512i c[5]) {
  Columns8 out = start_columns8_with<0>(low);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.c[kDigits8 + k] = c[k];
  return out;
}

// (a·b + low)/2^260 + c, and what fold_digits adds, for digits of c of either sign.
STARKCORE_KERNEL void kernel8_mul_add(__m512i out[5], const __m512i a[5], const __m512i b[5], const __m512i c[5],
                                      const u64 low[5]) {
  Columns8 t = start_columns8_with_sum(low, c);
  add_product(t, a, b);
  run(FinishFolded8<kShifted8>{out, t});
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
