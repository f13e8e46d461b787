// Four elements of Fp, one in each lane of AVX2 registers.
//
// Representation: Fp4<M> is Σ d[k]·2^(51k) mod p for integers d[k] in doubles with |d[k]| <=
// M·2^50, and |d[4]| <= M·2^47; the element itself, not a Montgomery form. Sums and differences add
// their bounds up; a product asks for digit products below 2^102, that is A·B <= 4, and a square
// for M <= 1, since it doubles a digit. All this is checked by the compiler.
//
// What is here in name and meaning is the contract of field/fp_lanes.hpp. Constant time; any of it may see secrets.
#pragma once

#include <type_traits>

#include "field/fp.hpp"
#include "field/fp4_kernel.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kMaxMultiple4 = 4;
inline constexpr int kMaxSum4 = 16;
inline constexpr int kLanes = 4;
inline constexpr int kHeldBits = 0;

using LaneSigns = __m256i;

template <int M>
struct Fp4 {
  static_assert(1 <= M && M <= kMaxMultiple4);
  __m256d d[kDigits4];

  Fp4() = default;

  // A wider bound is a weaker statement about the same numbers.
  template <int L>
  requires(L < M) STARKCORE_INLINE Fp4(const Fp4<L>& narrower) { copy(narrower.d); }

  // Copies in whole registers: gcc copies structures by halves of them, and a load of the whole
  // then waits for both stores. Not STARKCORE_INLINE, as the assignments that compilers make for
  // structures of Fp4 are compiled for any CPU.
  Fp4(const Fp4& other) { copy(other.d); }
  Fp4& operator=(const Fp4& other) {
    copy(other.d);
    return *this;
  }

 private:
  STARKCORE_INLINE void copy(const __m256d from[kDigits4]) {
    STARKCORE_UNROLL
    for (int k = 0; k < kDigits4; ++k) d[k] = from[k];
  }
};

// ---- Ring operations ---------------------------------------------------------------------------------------

template <int A, int B>
STARKCORE_INLINE Fp4<A + B> operator+(const Fp4<A>& a, const Fp4<B>& b) {
  Fp4<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_add_pd(a.d[k], b.d[k]);
  return out;
}

template <int A, int B>
STARKCORE_INLINE Fp4<A + B> operator-(const Fp4<A>& a, const Fp4<B>& b) {
  Fp4<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_sub_pd(a.d[k], b.d[k]);
  return out;
}

// a·b: 1M
template <int A, int B>
STARKCORE_INLINE Fp4<1> operator*(const Fp4<A>& a, const Fp4<B>& b) {
  static_assert(A * B <= kMaxMultiple4);
  Fp4<1> out;
  kernel4_mul(out.d, a.d, b.d);
  return out;
}

// The same: a product is a function here anyway.
template <int A, int B>
STARKCORE_INLINE Fp4<1> mul_apart(const Fp4<A>& a, const Fp4<B>& b) {
  return a * b;
}

// a·b − c: 1M
template <int A, int B, int C>
STARKCORE_INLINE Fp4<1> mul_sub(const Fp4<A>& a, const Fp4<B>& b, const Fp4<C>& c) {
  static_assert(A * B <= kMaxMultiple4 && C <= 2);
  Fp4<1> out;
  kernel4_mul_sub(out.d, a.d, b.d, c.d);
  return out;
}

// a·b − κ·c: 1M and a fifth
template <int A, int B, int C>
STARKCORE_INLINE Fp4<1> mul_sub_kappa(const Fp4<A>& a, const Fp4<B>& b, const Fp4<C>& c) {
  static_assert(A * B <= kMaxMultiple4 && C <= kMaxMultiple4);
  Fp4<1> out;
  kernel4_mul_sub_kappa(out.d, a.d, b.d, c.d);
  return out;
}

// a·b − c·d with one reduction: 2M less a third of one
template <int A, int B, int C, int D>
STARKCORE_INLINE Fp4<1> mul_sub_mul(const Fp4<A>& a, const Fp4<B>& b, const Fp4<C>& c, const Fp4<D>& d) {
  static_assert(A * B <= kMaxMultiple4 && C * D <= kMaxMultiple4);
  Fp4<1> out;
  kernel4_mul_sub_mul(out.d, a.d, b.d, c.d, d.d);
  return out;
}

// a²: 1S
STARKCORE_INLINE Fp4<1> sqr(const Fp4<1>& a) {
  Fp4<1> out;
  kernel4_sqr(out.d, a.d);
  return out;
}

// a² − c − d: 1S
template <int C, int D>
STARKCORE_INLINE Fp4<1> sqr_sub_sub(const Fp4<1>& a, const Fp4<C>& c, const Fp4<D>& d) {
  static_assert(C <= 2 && D <= 2);
  Fp4<1> out;
  kernel4_sqr_sub_sub(out.d, a.d, c.d, d.d);
  return out;
}

// a·b − c − d: 1M
template <int A, int B, int C, int D>
STARKCORE_INLINE Fp4<1> mul_sub_sub(const Fp4<A>& a, const Fp4<B>& b, const Fp4<C>& c, const Fp4<D>& d) {
  static_assert(A * B <= kMaxMultiple4 && C <= 2 && D <= 2);
  Fp4<1> out;
  kernel4_mul_sub_sub(out.d, a.d, b.d, c.d, d.d);
  return out;
}

// Digits of sums are good for products as they are.
template <int A>
STARKCORE_INLINE Fp4<A> carried(const Fp4<A>& a) {
  return a;
}

// −a in the lanes whose highest bit of `signs` is set.
template <int A>
STARKCORE_INLINE Fp4<A> negate_if(LaneSigns signs, const Fp4<A>& a) {
  const __m256d sign = _mm256_and_pd(_mm256_castsi256_pd(signs), _mm256_set1_pd(-0.0));
  Fp4<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_xor_pd(a.d[k], sign);
  return out;
}

// ---- Sums that are larger than factors may be --------------------------------------------------------------------

// Σ d[k]·2^(51k) for integers d[k] in integer registers, |d[k]| <= M·2^50 and |d[4]| <= M·2^48. For
// sums of many, until they are folded.
template <int M>
struct LaneSum {
  static_assert(1 <= M && M <= kMaxSum4);
  __m256i d[kDigits4];

  LaneSum() = default;

  template <int L>
  requires(L < M) STARKCORE_INLINE LaneSum(const LaneSum<L>& narrower) {
    STARKCORE_UNROLL
    for (int k = 0; k < kDigits4; ++k) d[k] = narrower.d[k];
  }
};

template <int A>
requires(A <= 2) STARKCORE_INLINE LaneSum<A> to_sum(const Fp4<A>& a) {
  const __m256d unit = _mm256_set1_pd(kUnit);
  LaneSum<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) {
    out.d[k] = _mm256_sub_epi64(_mm256_castpd_si256(_mm256_add_pd(a.d[k], unit)), _mm256_castpd_si256(unit));
  }
  return out;
}

// The same digits below 2^51 in each lane.
STARKCORE_INLINE LaneSum<2> digits_sum(const u64 digits[kDigits4]) {
  LaneSum<2> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_set1_epi64x(static_cast<i64>(digits[k]));
  return out;
}

template <int A, int B>
STARKCORE_INLINE LaneSum<A + B> operator+(const LaneSum<A>& a, const LaneSum<B>& b) {
  LaneSum<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_add_epi64(a.d[k], b.d[k]);
  return out;
}

template <int A, int B>
STARKCORE_INLINE LaneSum<A + B> operator-(const LaneSum<A>& a, const LaneSum<B>& b) {
  LaneSum<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_sub_epi64(a.d[k], b.d[k]);
  return out;
}

template <int A>
STARKCORE_INLINE LaneSum<A> operator-(const LaneSum<A>& a) {
  LaneSum<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_sub_epi64(_mm256_setzero_si256(), a.d[k]);
  return out;
}

// The same numbers with digits that are good for products.
template <int A>
STARKCORE_INLINE Fp4<1> fold(const LaneSum<A>& a) {
  Fp4<1> out;
  fold_sum4(out.d, a.d);
  return out;
}

// The same factor in each lane, from digits below 2^51.
STARKCORE_INLINE Fp4<2> digits_factor(const u64 digits[kDigits4]) {
  Fp4<2> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_set1_pd(static_cast<double>(digits[k]));
  return out;
}

// ---- Lanes ---------------------------------------------------------------------------------------------------

// The signs that sign(lane) has in its highest bit.
template <class Sign>
STARKCORE_INLINE LaneSigns lane_signs(Sign sign) {
  const auto word = [&](int lane) { return static_cast<i64>(sign(lane)); };
  return _mm256_setr_epi64x(word(0), word(1), word(2), word(3));
}

// The signs that codes have in their lowest bit.
STARKCORE_INLINE LaneSigns low_bit_signs(const std::uint16_t codes[kLanes]) {
  return _mm256_slli_epi64(_mm256_cvtepu16_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes))), 63);
}
STARKCORE_INLINE LaneSigns low_bit_signs(const std::uint32_t codes[kLanes]) {
  return _mm256_slli_epi64(_mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes))), 63);
}

// Lane i of the result is lane (order >> 2i) & 3 of a.
template <int order, int A>
STARKCORE_INLINE Fp4<A> permute4(const Fp4<A>& a) {
  Fp4<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_permute4x64_pd(a.d[k], order);
  return out;
}

// Lanes 2, 3, 0, 1.
template <int A>
STARKCORE_INLINE Fp4<A> swap_halves(const Fp4<A>& a) {
  return permute4<0x4e>(a);
}

// Lanes 0, 1, 0, 1.
template <int A>
STARKCORE_INLINE Fp4<A> repeat_lower_half(const Fp4<A>& a) {
  return permute4<0x44>(a);
}

// Lanes 0, 0, 1, 1: the first two go to the beginnings of both halves.
template <int count, int A>
STARKCORE_INLINE Fp4<A> spread(const Fp4<A>& a) {
  static_assert(count == 2);
  return permute4<0x50>(a);
}

// The lanes below `count` of a, the others of b.
template <int count, int A, int B>
STARKCORE_INLINE Fp4<(A > B ? A : B)> join(const Fp4<A>& a, const Fp4<B>& b) {
  Fp4<(A > B ? A : B)> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_blend_pd(a.d[k], b.d[k], (15 << count) & 15);
  return out;
}

// The lowest lanes of a, b, c and d, in this order.
template <int M>
STARKCORE_INLINE Fp4<M> lowest_lanes(const Fp4<M>& a, const Fp4<M>& b, const Fp4<M>& c, const Fp4<M>& d) {
  Fp4<M> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) {
    out.d[k] = _mm256_permute2f128_pd(_mm256_unpacklo_pd(a.d[k], b.d[k]), _mm256_unpacklo_pd(c.d[k], d.d[k]), 0x20);
  }
  return out;
}

// Lane i of at(i), which lies in memory. For public choices.
template <class At>
STARKCORE_INLINE auto gather_lanes(At at) {
  const auto digit = [&](int lane, int k) { return reinterpret_cast<const double*>(&at(lane).d[k])[lane]; };
  std::remove_cvref_t<decltype(at(0))> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) out.d[k] = _mm256_setr_pd(digit(0, k), digit(1, k), digit(2, k), digit(3, k));
  return out;
}

// The same element in each lane, from its digits, of which none is above 2^50 and the top one none above 2^47.
STARKCORE_INLINE Fp4<1> all_lanes4(double d0, double d1, double d2, double d3, double d4) {
  Fp4<1> out;
  out.d[0] = _mm256_set1_pd(d0), out.d[1] = _mm256_set1_pd(d1), out.d[2] = _mm256_set1_pd(d2);
  out.d[3] = _mm256_set1_pd(d3), out.d[4] = _mm256_set1_pd(d4);
  return out;
}

STARKCORE_INLINE Fp4<1> one_lanes() { return all_lanes4(1, 0, 0, 0, 0); }

// κ, and 1/κ = −(2^123 + 17·2^64), since 2^192·(2^59 + 17) ≡ −1.
STARKCORE_INLINE Fp4<1> kappa_lanes() { return all_lanes4(0, 0, kKappaDigit, 0, 0); }
STARKCORE_INLINE Fp4<1> kappa_inverse_lanes() { return all_lanes4(0, -0x1.1p17, -0x1p21, 0, 0); }

// ---- In and out ------------------------------------------------------------------------------------------------

// Integers below 2^252 from the four rows of limbs, one row a lane.
STARKCORE_INLINE Fp4<2> from_rows(__m256i row0, __m256i row1, __m256i row2, __m256i row3) {
  const __m256i a = _mm256_unpacklo_epi64(row0, row1), b = _mm256_unpackhi_epi64(row0, row1);
  const __m256i c = _mm256_unpacklo_epi64(row2, row3), d = _mm256_unpackhi_epi64(row2, row3);
  const __m256i w0 = _mm256_permute2x128_si256(a, c, 0x20), w1 = _mm256_permute2x128_si256(b, d, 0x20);
  const __m256i w2 = _mm256_permute2x128_si256(a, c, 0x31), w3 = _mm256_permute2x128_si256(b, d, 0x31);
  const __m256i digits[kDigits4] = {
      w0,
      _mm256_or_si256(_mm256_srli_epi64(w0, 51), _mm256_slli_epi64(w1, 13)),
      _mm256_or_si256(_mm256_srli_epi64(w1, 38), _mm256_slli_epi64(w2, 26)),
      _mm256_or_si256(_mm256_srli_epi64(w2, 25), _mm256_slli_epi64(w3, 39)),
      _mm256_srli_epi64(w3, 12),
  };
  const __m256i mask = _mm256_set1_epi64x((i64{1} << kDigitBits4) - 1);
  const __m256d two52 = _mm256_set1_pd(0x1p52);
  Fp4<2> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) {
    const __m256i digit = k < kDigits4 - 1 ? _mm256_and_si256(digits[k], mask) : digits[k];
    out.d[k] = _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(digit), two52), two52);
  }
  return out;
}

STARKCORE_INLINE __m256i load_row(const U256& a) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a.w)); }

// The integers at(lane) < 2^252.
template <class At>
STARKCORE_INLINE Fp4<2> load_lanes(At at) {
  return from_rows(load_row(at(0)), load_row(at(1)), load_row(at(2)), load_row(at(3)));
}

STARKCORE_INLINE __m256i join_bits(__m256i low, int right, __m256i high, int left) {
  return _mm256_or_si256(_mm256_srli_epi64(low, right), _mm256_slli_epi64(high, left));
}

// The lanes as integers in (0, 6p), congruent to what is held: |value| <= 2^252 + 2^205 < 2.1·p, and 3p is added.
//
// 3p is written with digits above 2^51, so that every digit of the sum is positive and a carry is a logical shift.
STARKCORE_NOINLINE inline void to_integers(Fp<6> out[kLanes], const Fp4<2>& a) {
  constexpr i64 big = i64{1} << 52;
  constexpr i64 raised[kDigits4] = {3 + big, big - 2, big - 2, (i64{51} << 39) + big - 2, (i64{3} << kTopBits4) - 2};
  const __m256i mask = _mm256_set1_epi64x((i64{1} << kDigitBits4) - 1);
  __m256i d[kDigits4], carry = _mm256_setzero_si256();
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits4; ++k) {
    const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(a.d[k], _mm256_set1_pd(kUnit)));
    const __m256i digit = _mm256_add_epi64(bits, _mm256_set1_epi64x(raised[k] - static_cast<i64>(kUnitBits)));
    const __m256i sum = _mm256_add_epi64(digit, carry);
    d[k] = k < kDigits4 - 1 ? _mm256_and_si256(sum, mask) : sum;
    carry = _mm256_srli_epi64(sum, kDigitBits4);
  }
  const __m256i w0 = join_bits(d[0], 0, d[1], 51), w1 = join_bits(d[1], 13, d[2], 38);
  const __m256i w2 = join_bits(d[2], 26, d[3], 25), w3 = join_bits(d[3], 39, d[4], 12);
  const __m256i p = _mm256_unpacklo_epi64(w0, w1), q = _mm256_unpackhi_epi64(w0, w1);
  const __m256i r = _mm256_unpacklo_epi64(w2, w3), s = _mm256_unpackhi_epi64(w2, w3);
  const auto row = [&](int lane) { return reinterpret_cast<__m256i*>(out[lane].v.w); };
  _mm256_storeu_si256(row(0), _mm256_permute2x128_si256(p, r, 0x20));
  _mm256_storeu_si256(row(1), _mm256_permute2x128_si256(q, s, 0x20));
  _mm256_storeu_si256(row(2), _mm256_permute2x128_si256(p, r, 0x31));
  _mm256_storeu_si256(row(3), _mm256_permute2x128_si256(q, s, 0x31));
}

}  // namespace starkcore::STARKCORE_ENGINE
