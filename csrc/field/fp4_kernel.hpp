// Products mod p in four lanes at once, with AVX2 and FMA: digit products in doubles, columns in 64-bit integers.
//
// A lane's value is Σ d[k]·2^(51k), k = 0 … 4, with integers d[k] held in doubles (field/fp4.hpp
// has the type and its bounds). Preconditions: each digit product |a[i]·b[j]| <= 2^102, MXCSR in
// its default state (round to nearest; base/float_state.hpp). docs/vector-arithmetic.md proves what
// is said here. Constant time: no branches, no addresses, and no operand is subnormal, as all are
// integers or sums of powers of two above 1.
//
// One digit product, exactly, by two fused multiply-adds (N. Emmart's floating-point trick for Montgomery products):
//   h = fma(a, b, 1.5·2^103) rounds a·b to a multiple of 2^51, as h is in [2^103, 2^104];
//   l = fma(a, b, (1.5·2^103 + 1.5·2^52) − h) is a·b less that multiple, plus 1.5·2^52: exact, in [2^52, 2^53].
// As integers the bit patterns of h and l are H = round(a·b / 2^51) and L = a·b − 2^51·H plus known constants; they are
// added into columns i + j + 1 and i + j. Columns start at constants that cancel those (field/fp4_columns.hpp).
#pragma once

#include <immintrin.h>

#include "field/fp4_columns.hpp"

namespace starkcore::STARKCORE_ENGINE {

struct Columns4 {
  __m256i c[kColumns4];
};

// sum += x, in this order: left to themselves, compilers sum all bit patterns at the end, and spill them until then.
STARKCORE_INLINE void accumulate(__m256i& sum, __m256i x) {
  sum = _mm256_add_epi64(sum, x);
  __asm__("" : "+x"(sum));
}

// A constant of four equal words as it lies in memory: otherwise compilers make it from a scalar at each use.
STARKCORE_INLINE __m256i load_constant(const u64 (&lanes)[4]) {
  __m256i out;
  __asm__("vmovdqa %1, %0" : "=x"(out) : "m"(lanes));
  return out;
}

// t += a·b·2^(51k), or −a·b·2^(51k), for digits a, b. In assembly, so that the instructions, and
// their roundings, are these whatever the compiler and its flags; and because compilers spill, when
// they choose the order of 25 of them.
template <bool negative>
STARKCORE_INLINE void digit_product(Columns4& t, int k, const __m256d& a, const __m256d& b) {
  __m256d high = _mm256_set1_pd(kSplit), low;
  if constexpr (negative) {
    __asm__(
        "vfnmadd231pd %[b], %[a], %[high]\n\t"
        "vsubpd %[high], %[both], %[low]\n\t"
        "vpaddq %[high], %[above], %[above]\n\t"
        "vfnmadd231pd %[b], %[a], %[low]\n\t"
        "vpaddq %[low], %[column], %[column]"
        : [high] "+&x"(high), [low] "=&x"(low), [column] "+&x"(t.c[k]), [above] "+&x"(t.c[k + 1])
        : [a] "x"(a), [b] "m"(b), [both] "x"(_mm256_set1_pd(kSplit + kUnit)));
  } else {
    __asm__(
        "vfmadd231pd %[b], %[a], %[high]\n\t"
        "vsubpd %[high], %[both], %[low]\n\t"
        "vpaddq %[high], %[above], %[above]\n\t"
        "vfmadd231pd %[b], %[a], %[low]\n\t"
        "vpaddq %[low], %[column], %[column]"
        : [high] "+&x"(high), [low] "=&x"(low), [column] "+&x"(t.c[k]), [above] "+&x"(t.c[k + 1])
        : [a] "x"(a), [b] "m"(b), [both] "x"(_mm256_set1_pd(kSplit + kUnit)));
  }
}

inline constexpr int first_digit(int k) { return k < kDigits4 ? 0 : k - (kDigits4 - 1); }

// Terms of a sum whose columns are made one by one: add<k>() adds all digit products of column k.
template <bool negative>
struct Product4 {
  const __m256d *a, *b;

  template <int k, int i = first_digit(k)>
  STARKCORE_INLINE void add(Columns4& t) const {
    digit_product<negative>(t, k, a[i], b[k - i]);
    if constexpr (i < k - first_digit(k)) add<k, i + 1>(t);
  }
};

// Products of two different digits are taken once, with one digit doubled.
struct Square4 {
  const __m256d *a, *doubled;

  template <int k, int i = first_digit(k)>
  STARKCORE_INLINE void add(Columns4& t) const {
    digit_product<false>(t, k, 2 * i == k ? a[i] : doubled[i], a[k - i]);
    if constexpr (2 * (i + 1) <= k) add<k, i + 1>(t);
  }
};

// −κ·a: the digits of a, times 2^26, two columns up.
struct MinusKappaTimes4 {
  const __m256d *a, *factor;

  template <int k>
  STARKCORE_INLINE void add(Columns4& t) const {
    if constexpr (k >= kShiftDigit && k < kShiftDigit + kDigits4)
      digit_product<true>(t, k, a[k - kShiftDigit], *factor);
  }
};

template <class First, class Second>
struct Both4 {
  First first;
  Second second;

  template <int k>
  STARKCORE_INLINE void add(Columns4& t) const {
    first.template add<k>(t);
    second.template add<k>(t);
  }
};

// Column k >= 5 goes down by 2^255 ≡ −(17·2^196 + 16), where 2^196 = 2^(3·51 + 43): with u = 17·c,
// ⌊u / 2^8⌋ goes to column k − 1, (u mod 2^8)·2^43 to column k − 2, and 16·c to column k − 5. What
// goes to the next two columns waits in folds[], so that the chain from fold to fold is short:
// products need not be waited for.
template <int k>
STARKCORE_INLINE void fold_column(Columns4& t, __m256i folds[kColumns4 - 1]) {
  if constexpr (k < kColumns4 - 1) t.c[k] = _mm256_sub_epi64(t.c[k], folds[k]);
  const __m256i c16 = _mm256_slli_epi64(t.c[k], 4);
  __m256i u = c16;
  accumulate(u, t.c[k]);
  const __m256i high = _mm256_srli_epi64(u, 8), low = _mm256_srli_epi64(_mm256_slli_epi64(u, 56), 13);
  folds[k - 1] = k < kColumns4 - 1 ? _mm256_add_epi64(folds[k - 1], high) : high;
  folds[k - 2] = low;
  t.c[k - 5] = _mm256_sub_epi64(t.c[k - 5], c16);
}

// All products, from the highest column down, and the folds as soon as a column is complete.
template <int k = kColumns4 - 2, class Terms>
STARKCORE_INLINE void add_and_fold(Columns4& t, __m256i folds[kColumns4 - 1], const Terms& terms) {
  terms.template add<k>(t);
  if constexpr (k + 1 >= kDigits4) fold_column<k + 1>(t, folds);
  if constexpr (k > 0) add_and_fold<k - 1>(t, folds, terms);
}

// The columns' value as digits in [−2^50, 2^50), the top one in [−2^46, 2^46 + 2^10].
//
// What is above bit 251 in the top column goes down by 2^251 ≡ −(17·2^192 + 1). Then one carry from each column to the
// next, and 2^52 + digit is written as a bit pattern.
STARKCORE_INLINE void carry_columns(__m256d out[5], Columns4& t) {
  const __m256i q = _mm256_srli_epi64(t.c[4], kTopBits4);
  const __m256i q17 = _mm256_add_epi64(q, _mm256_slli_epi64(q, 4));
  t.c[4] = _mm256_and_si256(t.c[4], _mm256_set1_epi64x((i64{1} << kTopBits4) - 1));
  t.c[3] = _mm256_sub_epi64(t.c[3], _mm256_slli_epi64(q17, 39));
  t.c[0] = _mm256_sub_epi64(t.c[0], q);

  const __m256i digit = _mm256_set1_epi64x((i64{1} << kDigitBits4) - 1);
  const __m256i two52 = _mm256_castpd_si256(_mm256_set1_pd(0x1p52));
  STARKCORE_UNROLL
  for (int k = 0; k < 4; ++k) {
    accumulate(t.c[k + 1], _mm256_srli_epi64(t.c[k], kDigitBits4));
    const __m256i bits = _mm256_or_si256(_mm256_and_si256(t.c[k], digit), two52);
    out[k] = _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(0x1p52 + 0x1p50));
  }
  out[4] = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(t.c[4], two52)), _mm256_set1_pd(0x1p52 + 0x1p46));
}

// out = Σ d[k]·2^(51k) for integers of at most 2^54.
STARKCORE_INLINE void fold_sum4(__m256d out[5], const __m256i d[5]) {
  Columns4 t;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) t.c[k] = _mm256_add_epi64(load_constant(kSumStart.c[k]), d[k]);
  carry_columns(out, t);
}

// out = the terms less the `singles` values in minus[].
template <u64 products, u64 squares, u64 shifted, class Terms, class... Singles>
STARKCORE_INLINE void evaluate(__m256d out[5], const Terms& terms, const Singles*... minus) {
  const ColumnStart& start = kColumnStart<products, squares, shifted, sizeof...(Singles)>;
  [[maybe_unused]] const __m256d unit = _mm256_set1_pd(kUnit);
  Columns4 t;
  STARKCORE_UNROLL
  for (int k = 0; k < kColumns4; ++k) t.c[k] = load_constant(start.c[k]);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) {
    ((t.c[k] = _mm256_sub_epi64(t.c[k], _mm256_castpd_si256(_mm256_add_pd(minus[k], unit)))), ...);
  }
  __m256i folds[kColumns4 - 1];
  add_and_fold(t, folds, terms);
  t.c[4] = _mm256_sub_epi64(t.c[4], folds[4]);
  t.c[3] = _mm256_sub_epi64(t.c[3], folds[3]);
  carry_columns(out, t);
}

// The kernels. Outputs may be inputs. They are real functions: inlined everywhere they are slower.

// a·b
STARKCORE_NOINLINE inline void kernel4_mul(__m256d out[5], const __m256d a[5], const __m256d b[5]) {
  evaluate<1, 0, 0>(out, Product4<false>{a, b});
}

// a·b − c
STARKCORE_NOINLINE inline void kernel4_mul_sub(__m256d out[5], const __m256d a[5], const __m256d b[5],
                                               const __m256d c[5]) {
  evaluate<1, 0, 0>(out, Product4<false>{a, b}, c);
}

// a·b − c·d
STARKCORE_NOINLINE inline void kernel4_mul_sub_mul(__m256d out[5], const __m256d a[5], const __m256d b[5],
                                                   const __m256d c[5], const __m256d d[5]) {
  evaluate<2, 0, 0>(out, Both4<Product4<false>, Product4<true>>{{a, b}, {c, d}});
}

STARKCORE_INLINE void double_digits(__m256d out[4], const __m256d a[5]) {
  STARKCORE_UNROLL
  for (int k = 0; k < 4; ++k) out[k] = _mm256_add_pd(a[k], a[k]);
}

// a²
STARKCORE_NOINLINE inline void kernel4_sqr(__m256d out[5], const __m256d a[5]) {
  __m256d doubled[4];
  double_digits(doubled, a);
  evaluate<0, 1, 0>(out, Square4{a, doubled});
}

// a·b − κ·c
STARKCORE_NOINLINE inline void kernel4_mul_sub_kappa(__m256d out[5], const __m256d a[5], const __m256d b[5],
                                                     const __m256d c[5]) {
  const __m256d factor = _mm256_set1_pd(kKappaDigit);
  evaluate<1, 0, 1>(out, Both4<Product4<false>, MinusKappaTimes4>{{a, b}, {c, &factor}});
}

// a² − c − d
STARKCORE_NOINLINE inline void kernel4_sqr_sub_sub(__m256d out[5], const __m256d a[5], const __m256d c[5],
                                                   const __m256d d[5]) {
  __m256d doubled[4];
  double_digits(doubled, a);
  evaluate<0, 1, 0>(out, Square4{a, doubled}, c, d);
}

// a·b − c − d
STARKCORE_NOINLINE inline void kernel4_mul_sub_sub(__m256d out[5], const __m256d a[5], const __m256d b[5],
                                                   const __m256d c[5], const __m256d d[5]) {
  evaluate<1, 0, 0>(out, Product4<false>{a, b}, c, d);
}

}  // namespace starkcore::STARKCORE_ENGINE
