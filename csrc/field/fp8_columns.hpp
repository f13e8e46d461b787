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

// ---- Parts, in steps ------------------------------------------------------------------------------------------------

// What a product consists of, in steps that are alike in length, so that those of one can stand
// between those of another. step<i>() is called for each i below kSteps, in this order.

template <int from, int to, class Part>
STARKCORE_INLINE void run_steps(Part& part) {
  if constexpr (from < to) {
    part.template step<from>();
    run_steps<from + 1, to>(part);
  }
}

template <class Part>
STARKCORE_INLINE void run(Part part) {
  run_steps<0, Part::kSteps>(part);
}

// Two that don't wait for each other, in turns.
template <int i, class First, class Second>
STARKCORE_INLINE void run_beside_from(First& first, Second& second) {
  if constexpr (i < First::kSteps) {
    first.template step<i>();
    run_steps<Second::kSteps * i / First::kSteps, Second::kSteps*(i + 1) / First::kSteps>(second);
    __asm__ volatile("");  // no instruction: compilers move nothing over it
    run_beside_from<i + 1>(first, second);
  }
}

template <class First, class Second>
STARKCORE_INLINE void run_beside(First first, Second second) {
  run_beside_from<0>(first, second);
}

struct NoSteps8 {
  static constexpr int kSteps = 0;
};

// t += a·b
struct AddProduct8 {
  static constexpr int kSteps = kDigits8 * kDigits8;
  Columns8& t;
  const __m512i *a, *b;

  template <int i>
  STARKCORE_INLINE void step() {
    digit_product(t, i / kDigits8 + i % kDigits8, a[i / kDigits8], b[i % kDigits8]);
  }
};

STARKCORE_INLINE void add_product(Columns8& t, const __m512i a[kDigits8], const __m512i b[kDigits8]) {
  run(AddProduct8{t, a, b});
}

// t ← a² + 2·t, where columns 0, 7, 8 and 9 are not doubled. Products of two different digits are
// taken once: with twice the top digit, which has room for that, and else their columns are doubled.
struct SquareColumns8 {
  static constexpr int kTop = kDigits8 - 1, kPairs = kTop * (kTop - 1) / 2, kSteps = kPairs + 1 + kTop + kDigits8;
  Columns8& t;
  const __m512i* a;
  __m512i twice_top;

  template <int i>
  STARKCORE_INLINE void step() {
    if constexpr (i < kPairs) {
      constexpr int first = i < 3 ? 0 : i < 5 ? 1 : 2, second = i < 3 ? i + 1 : i < 5 ? i - 1 : 3;
      digit_product(t, first + second, a[first], a[second]);
    } else if constexpr (i == kPairs) {
      STARKCORE_UNROLL
      for (int k = 1; k < 2 * kTop - 1; ++k) t.c[k] = _mm512_add_epi64(t.c[k], t.c[k]);
      twice_top = _mm512_add_epi64(a[kTop], a[kTop]);
    } else if constexpr (i <= kPairs + kTop) {
      constexpr int k = i - kPairs - 1;
      digit_product(t, k + kTop, a[k], twice_top);
    } else {
      constexpr int k = i - kPairs - kTop - 1;
      digit_product(t, 2 * k, a[k], a[k]);
    }
  }
};

STARKCORE_INLINE Columns8 square_columns(const __m512i a[kDigits8]) {
  Columns8 t = start_columns8<0>();
  run(SquareColumns8{t, a, {}});
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

// Columns 5 … 9 ← (t + Q·p)/2^260 for a Q that makes it an integer. Digits of either sign. One column a step.
//
// Of the `shifted` first ones all of q goes in, not 52 bits of it, so that nothing is carried, and
// most of what is to be added comes by shifts. With w = 17·q + 2^7·(q of the column before), their
// 17·2^36·q and 2^43·q are w·2^36, of which the 16 low bits of w come into column k + 3, and what is
// above them into column k + 4. Precondition: columns 0 … 3 are below 9·2^52 in size, if `shifted`
// isn't 0. Then Q is in (−2^212, 2^260 + 2^212), else in [0, 2^260).
template <int shifted>
struct Reduction8 {
  static_assert(0 <= shifted && shifted < kDigits8);
  static constexpr int kSteps = kDigits8 + 1;
  Columns8& t;
  __m512i q, carry;  // the carry is to be subtracted

  template <int k>
  STARKCORE_INLINE void step() {
    const __m512i middle = constant8(kMiddle8), top = constant8(kTop8);
    if constexpr (k < shifted) {
      const __m512i before = q;
      q = _mm512_sub_epi64(_mm512_setzero_si512(), t.c[k]);
      const __m512i sum = k == 0 ? q : _mm512_add_epi64(q, _mm512_slli_epi64(before, 3));
      const __m512i w = _mm512_add_epi64(q, _mm512_slli_epi64(sum, 4));
      t.c[k + 3] = _mm512_madd52lo_epu64(t.c[k + 3], w, constant8(u64{1} << 36));
      t.c[k + 4] = _mm512_add_epi64(t.c[k + 4], _mm512_srai_epi64(w, 16));
      if constexpr (k == shifted - 1) {  // 2^43·q in full
        t.c[k + 4] = _mm512_madd52lo_epu64(t.c[k + 4], q, top);
        t.c[k + 5] = _mm512_add_epi64(t.c[k + 5], _mm512_srai_epi64(q, kDigitBits8 - kTopBits8));
      }
    } else if constexpr (k < kDigits8) {
      q = _mm512_sub_epi64(k == shifted ? _mm512_setzero_si512() : carry, t.c[k]);
      carry = _mm512_srai_epi64(q, kDigitBits8);
      digit_product(t, k + 3, q, middle);
      digit_product(t, k + 4, q, top);
    } else {
      t.c[k] = _mm512_sub_epi64(t.c[k], carry);
    }
  }
};

// How many columns are reduced by shifts where both are possible. Each saves three multiplications
// of four for five additions and shifts, which a processor does beside them.
inline constexpr int kShifted8 = 4;

template <int shifted = 0>
STARKCORE_INLINE void reduce_columns(Columns8& t) {
  run(Reduction8<shifted>{t, {}, {}});
}

// out = t/2^260 mod p for 0 <= t, in size: t/2^260 + p at most.
STARKCORE_INLINE void finish(__m512i out[kDigits8], Columns8& t) {
  reduce_columns(t);
  carry_digits(out, t.c + kDigits8);
}

// Columns 5 … 9 where only products take them, which look at 52 bits of each digit: what is above
// these, and was carried, stays.
struct CarryFactor8 {
  static constexpr int kSteps = kDigits8 - 1;
  Columns8& t;
  __m512i* out;

  template <int i>
  STARKCORE_INLINE void step() {
    const __m512i* in = t.c + kDigits8;
    if constexpr (i == 0) out[0] = in[0];
    out[i + 1] = _mm512_add_epi64(in[i + 1], _mm512_srai_epi64(out[i], kDigitBits8));
  }
};

// What is above bit 251 in the top column, q times 2^251, goes down by 2^251 ≡ −(17·2^192 + 1). The
// value becomes d − q·p + set·2^251 + 2^208: bits are set so that it stays positive, and the
// product by 2^52 − 17·2^36, which subtracts, adds 2^52 to its column. Preconditions: 1 <= q <=
// kMostFolded8.
inline constexpr int kMostFolded8 = 3855;
static_assert(kMostFolded8 * kMiddle8 < u64{1} << kDigitBits8);

template <u64 set = 1>
struct Fold8 {
  static constexpr int kSteps = kDigits8 + 1;
  __m512i* d;
  __m512i* out;
  __m512i q, digit;

  template <int i>
  STARKCORE_INLINE void step() {
    constexpr int low_or_top = 0xea;  // (first & second) | third
    constexpr u64 minus_middle = kDigitMask8 + 1 - kMiddle8;
    if constexpr (i == 0) {
      q = _mm512_srli_epi64(d[4], kTopBits8);
      d[0] = _mm512_sub_epi64(d[0], q);
      d[3] = _mm512_madd52lo_epu64(d[3], q, constant8(minus_middle));
    } else if constexpr (i == 1) {
      d[4] = _mm512_ternarylogic_epi64(d[4], constant8(kTop8 - 1), constant8(set * kTop8), low_or_top);
      digit = d[0];
    } else {  // as carry_digits
      out[i - 2] = _mm512_and_si512(digit, constant8(kDigitMask8));
      digit = _mm512_add_epi64(d[i - 1], _mm512_srai_epi64(digit, kDigitBits8));
      if constexpr (i == kDigits8) out[kDigits8 - 1] = digit;
    }
  }
};

template <u64 set = 1>
STARKCORE_INLINE void fold_digits(__m512i out[kDigits8], __m512i d[kDigits8]) {
  run(Fold8<set>{d, out, {}, {}});
}

// Columns reduced, and what is left of them carried by `Last`.
template <int shifted, class Last>
struct Finish8 {
  static constexpr int kSteps = Reduction8<shifted>::kSteps + Last::kSteps;
  Reduction8<shifted> reduction;
  Last last;

  template <int i>
  STARKCORE_INLINE void step() {
    constexpr int first = Reduction8<shifted>::kSteps;
    if constexpr (i < first) {
      reduction.template step<i>();
    } else {
      last.template step<i - first>();
    }
  }
};

template <int shifted>
struct FinishFactor8 : Finish8<shifted, CarryFactor8> {
  STARKCORE_INLINE FinishFactor8(__m512i out[kDigits8], Columns8& t)
      : Finish8<shifted, CarryFactor8>{{t, {}, {}}, {t, out}} {}
};

template <int shifted>
struct FinishFolded8 : Finish8<shifted, Fold8<>> {
  STARKCORE_INLINE FinishFolded8(__m512i out[kDigits8], Columns8& t)
      : Finish8<shifted, Fold8<>>{{t, {}, {}}, {t.c + kDigits8, out, {}, {}}} {}
};

}  // namespace starkcore::STARKCORE_ENGINE
