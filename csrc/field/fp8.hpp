// Eight elements of Fp, one in each lane of AVX-512 registers.
//
// Representation: Fp8<M> holds a·2^260 mod p (Montgomery form) as an integer in [0, 3·M·p) = Σ
// d[k]·2^(52k), with digits in [0, 2^52). Sums and differences add their bounds up; they are Fp8<M,
// false>, whose digits may have any sign, and are below 2^55. Only products need digits that are
// carried, so only there, and where lanes are joined, a sum is carried: by itself, or once for
// several uses by carried().
//
// What is here in name and meaning is the contract of field/fp_lanes.hpp. Constant time; any of it
// may see secrets. Long, because each bound of a sum rests on the form that the others leave.
#pragma once

#include <type_traits>

#include "field/fp.hpp"
#include "field/fp8_kernel.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kMaxMultiple8 = 4;
inline constexpr int kMaxSum8 = 800;
inline constexpr int kLanes = 8;
inline constexpr int kHeldBits = 260;
inline constexpr u64 kUnit8 = 3;  // multiples of p that a bound counts

using LaneSigns = __mmask8;

// Digit k of a, below 2^52.
constexpr u64 digit8(const U256& a, int k) {
  const int position = kDigitBits8 * k, limb = position / 64, shift = position % 64;
  u64 word = a.w[limb] >> shift;
  if (shift + kDigitBits8 > 64 && limb < 3) word |= a.w[limb + 1] << (64 - shift);
  return word & kDigitMask8;
}

template <int M, bool in_range = true>
struct Fp8 {
  static_assert(1 <= M && M <= kMaxMultiple8);
  __m512i d[kDigits8];

  Fp8() = default;

  // A wider bound is a weaker statement about the same numbers.
  template <int L, bool was_in_range>
  requires(L < M || (L == M && was_in_range != in_range)) STARKCORE_INLINE Fp8(const Fp8<L, was_in_range>& narrower) {
    if constexpr (in_range && !was_in_range) {
      carry_digits(d, narrower.d);
    } else {
      STARKCORE_UNROLL
      for (int k = 0; k < kDigits8; ++k) d[k] = narrower.d[k];
    }
  }
};

// Digits in [0, 2^52).
template <int A>
STARKCORE_INLINE const Fp8<A>& carried(const Fp8<A>& a) {
  return a;
}
template <int A>
STARKCORE_INLINE Fp8<A> carried(const Fp8<A, false>& a) {
  return Fp8<A>{a};
}

// ---- Ring operations ---------------------------------------------------------------------------------------

template <int A, bool ra, int B, bool rb>
STARKCORE_INLINE Fp8<A + B, false> operator+(const Fp8<A, ra>& a, const Fp8<B, rb>& b) {
  Fp8<A + B, false> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_add_epi64(a.d[k], b.d[k]);
  return out;
}

// multiple·p − b
template <u64 multiple>
STARKCORE_INLINE void subtract_from_multiple(__m512i d[kDigits8], const __m512i b[kDigits8]) {
  constexpr u64 p[kDigits8] = {1, 0, 0, kMiddle8, kTop8};
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) d[k] = _mm512_sub_epi64(constant8(multiple * p[k]), b[k]);
}

// a − b + 3·B·p
template <int A, bool ra, int B, bool rb>
STARKCORE_INLINE Fp8<A + B, false> operator-(const Fp8<A, ra>& a, const Fp8<B, rb>& b) {
  Fp8<A + B, false> out;
  subtract_from_multiple<kUnit8 * B>(out.d, b.d);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_add_epi64(out.d[k], a.d[k]);
  return out;
}

// a·b: 1M
template <int A, bool ra, int B, bool rb>
STARKCORE_INLINE Fp8<1> operator*(const Fp8<A, ra>& a, const Fp8<B, rb>& b) {
  static_assert(A * B <= kMaxMultiple8);
  Fp8<1> out;
  kernel8_mul(out.d, carried(a).d, carried(b).d);
  return out;
}

// a·b by a function: 1M and some ten cycles, for a tenth of the code
template <int A, bool ra, int B, bool rb>
STARKCORE_INLINE Fp8<1> mul_apart(const Fp8<A, ra>& a, const Fp8<B, rb>& b) {
  static_assert(A * B <= kMaxMultiple8);
  Fp8<1> out;
  kernel8_mul_apart(out.d, carried(a).d, carried(b).d);
  return out;
}

// a·b − c: 1M
template <int A, bool ra, int B, bool rb, int C, bool rc>
STARKCORE_INLINE Fp8<1> mul_sub(const Fp8<A, ra>& a, const Fp8<B, rb>& b, const Fp8<C, rc>& c) {
  static_assert(A * B <= kMaxMultiple8 && C <= 2);
  Fp8<1> out;
  kernel8_mul_sub(out.d, carried(a).d, carried(b).d, c.d);
  return out;
}

// a·b − κ·c: 1M and a tenth
template <int A, bool ra, int B, bool rb, int C, bool rc>
STARKCORE_INLINE Fp8<1> mul_sub_kappa(const Fp8<A, ra>& a, const Fp8<B, rb>& b, const Fp8<C, rc>& c) {
  static_assert(A * B <= kMaxMultiple8 && C <= kMaxMultiple8);
  Fp8<1> out;
  kernel8_mul_sub_kappa(out.d, carried(a).d, carried(b).d, carried(c).d);
  return out;
}

// a·b − c·d with one reduction: 2M less a half of one
template <int A, bool ra, int B, bool rb, int C, bool rc, int D, bool rd>
STARKCORE_INLINE Fp8<1> mul_sub_mul(const Fp8<A, ra>& a, const Fp8<B, rb>& b, const Fp8<C, rc>& c,
                                    const Fp8<D, rd>& d) {
  static_assert(A * B <= kMaxMultiple8 && C * D <= kMaxMultiple8);
  Fp8<1> out;
  kernel8_mul_sub_mul(out.d, carried(a).d, carried(b).d, carried(c).d, carried(d).d);
  return out;
}

// a²: 1S
template <bool ra>
STARKCORE_INLINE Fp8<1> sqr(const Fp8<1, ra>& a) {
  Fp8<1> out;
  kernel8_sqr(out.d, carried(a).d);
  return out;
}

// The same for products alone: digits that are right mod 2^52, of which nothing but a product takes 52 bits.
struct ProductFactor8 {
  __m512i d[kDigits8];
};

// times·a², which is below 9.3·p: 1S
template <int times = 1>
STARKCORE_INLINE ProductFactor8 sqr_for_product(const Fp8<1>& a) {
  ProductFactor8 out;
  kernel8_sqr_for_product<times>(out.d, a.d);
  return out;
}

// a·b: 1M
STARKCORE_INLINE Fp8<1> operator*(const ProductFactor8& a, const Fp8<1>& b) {
  Fp8<1> out;
  kernel8_mul(out.d, a.d, b.d);
  return out;
}

// a² − c − d: 1S
template <bool ra, int C, bool rc, int D, bool rd>
STARKCORE_INLINE Fp8<1> sqr_sub_sub(const Fp8<1, ra>& a, const Fp8<C, rc>& c, const Fp8<D, rd>& d) {
  static_assert(C <= 2 && D <= 2);
  Fp8<1> out;
  kernel8_sqr_sub_sub(out.d, carried(a).d, c.d, d.d);
  return out;
}

// a·b − c − d: 1M
template <int A, bool ra, int B, bool rb, int C, bool rc, int D, bool rd>
STARKCORE_INLINE Fp8<1> mul_sub_sub(const Fp8<A, ra>& a, const Fp8<B, rb>& b, const Fp8<C, rc>& c,
                                    const Fp8<D, rd>& d) {
  static_assert(A * B <= kMaxMultiple8 && C <= 2 && D <= 2);
  Fp8<1> out;
  kernel8_mul_sub(out.d, carried(a).d, carried(b).d, c.d, d.d);
  return out;
}

// The lanes of upper where the mask is set, else of lower. Both are in registers: left to
// themselves, compilers take one from memory, and the time of a load under a mask might tell the
// mask.
STARKCORE_INLINE __m512i choose_registers(__mmask8 mask, __m512i lower, __m512i upper) {
  __m512i out;
  __asm__("vpblendmq %2, %1, %0 %{%3%}" : "=v"(out) : "v"(lower), "v"(upper), "Yk"(mask));
  return out;
}

// 3·A·p − a in the lanes where there is a sign. The integer that a is held as isn't 0: that of a
// product of factors that aren't 0 is not, nor is that of a point's y. (Were it 0, the result would
// be 3·A·p itself, which is right too.)
template <int A>
STARKCORE_INLINE Fp8<A, false> negate_if(LaneSigns signs, const Fp8<A>& a) {
  Fp8<A, false> out;
  subtract_from_multiple<kUnit8 * A>(out.d, a.d);
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = choose_registers(signs, a.d[k], out.d[k]);
  return out;
}

// ---- Sums that are larger than factors may be --------------------------------------------------------------------

// Σ d[k]·2^(52k), of which the size is at most 2.1·M·p, for digits of any sign, at most M·2^52. For
// sums of many, until they are folded.
template <int M>
struct LaneSum {
  static_assert(1 <= M && M <= kMaxSum8);
  __m512i d[kDigits8];

  LaneSum() = default;

  template <int L>
  requires(L < M) STARKCORE_INLINE LaneSum(const LaneSum<L>& narrower) {
    STARKCORE_UNROLL
    for (int k = 0; k < kDigits8; ++k) d[k] = narrower.d[k];
  }
};

// The same sum under a narrower bound, which the caller proves.
template <int M, int A>
STARKCORE_INLINE LaneSum<M> narrow(const LaneSum<A>& a) {
  LaneSum<M> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = a.d[k];
  return out;
}

// 2.1·M at least.
constexpr int sum_size(int M) { return 2 * M + M / 10 + 1; }

// The multiples of p that make what is as large as 2.1·M·p, of either sign, larger than 3·p.
constexpr int sum_raised(int M) { return sum_size(M) + 3; }
static_assert(2 * sum_raised(kMaxSum8) < kMostFolded8);

// Of what comes out of a product, a square or a fold, which is below 2.1·p.
STARKCORE_INLINE LaneSum<1> to_sum(const Fp8<1>& a) {
  LaneSum<1> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = a.d[k];
  return out;
}

template <int A, int B>
STARKCORE_INLINE LaneSum<A + B> operator+(const LaneSum<A>& a, const LaneSum<B>& b) {
  LaneSum<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_add_epi64(a.d[k], b.d[k]);
  return out;
}

template <int A, int B>
STARKCORE_INLINE LaneSum<A + B> operator-(const LaneSum<A>& a, const LaneSum<B>& b) {
  LaneSum<A + B> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_sub_epi64(a.d[k], b.d[k]);
  return out;
}

template <int A>
STARKCORE_INLINE LaneSum<A> operator-(const LaneSum<A>& a) {
  LaneSum<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_sub_epi64(_mm512_setzero_si512(), a.d[k]);
  return out;
}

// The same numbers with digits that are good for products.
template <int A>
STARKCORE_INLINE Fp8<1> fold(const LaneSum<A>& a) {
  Fp8<1> out;
  fold_sum8<sum_raised(A)>(out.d, a.d);
  return out;
}

// A product that is not carried: digits below 14·2^52.
inline constexpr int kProductSum = 14;

// a·b for sums: 1M
template <class Factor>
STARKCORE_INLINE LaneSum<kProductSum> mul_for_sum(const Factor& a, const Fp8<1>& b) {
  static_assert(std::is_same_v<Factor, ProductFactor8> || std::is_same_v<Factor, Fp8<1>>);
  LaneSum<kProductSum> out;
  kernel8_mul_for_sum(out.d, a.d, b.d);
  return out;
}

// a + the same element in each lane, from digits that are raised: by that multiple of p, less what
// fold_digits adds (csrc/tools/generate_poseidon.py).
template <int raised, int A>
STARKCORE_INLINE Fp8<1> fold_raised(const LaneSum<A>& a, const u64 raised_digits[kDigits8]) {
  static_assert(raised >= sum_raised(A) && raised <= sum_raised(kMaxSum8));
  Fp8<1> out;
  __m512i sum[kDigits8];
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) sum[k] = _mm512_add_epi64(a.d[k], constant8(raised_digits[k]));
  fold_digits(out.d, sum);
  return out;
}

// 4·a
template <int A>
STARKCORE_INLINE LaneSum<4 * A> four_times(const LaneSum<A>& a) {
  LaneSum<4 * A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_slli_epi64(a.d[k], 2);
  return out;
}

// ---- Sums that are never negative --------------------------------------------------------------------------------

// Σ d[k]·2^(52k) from low·p to high·p, for digits of any sign, at most digits·2^52. What is known
// to be large enough is folded without being raised.
template <int low, int high, int digits>
struct LaneRange {
  static_assert(low <= high && high <= kMostFolded8 && 1 <= digits && digits <= kMaxSum8);
  __m512i d[kDigits8];
};

template <int M>
STARKCORE_INLINE auto to_range(const LaneSum<M>& a) {
  LaneRange<-sum_size(M), sum_size(M), M> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = a.d[k];
  return out;
}

// What is less than 3·p.
STARKCORE_INLINE LaneRange<0, 3, 1> to_range(const Fp8<1>& a) {
  LaneRange<0, 3, 1> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = a.d[k];
  return out;
}

template <int M, int low, int high, int digits>
requires(10 * high <= 21 * M && -10 * low <= 21 * M &&
         digits <= M) STARKCORE_INLINE LaneSum<M> to_sum(const LaneRange<low, high, digits>& a) {
  LaneSum<M> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = a.d[k];
  return out;
}

template <int la, int ha, int da, int lb, int hb, int db>
STARKCORE_INLINE auto operator+(const LaneRange<la, ha, da>& a, const LaneRange<lb, hb, db>& b) {
  LaneRange<la + lb, ha + hb, da + db> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_add_epi64(a.d[k], b.d[k]);
  return out;
}

template <int la, int ha, int da, int lb, int hb, int db>
STARKCORE_INLINE auto operator-(const LaneRange<la, ha, da>& a, const LaneRange<lb, hb, db>& b) {
  LaneRange<la - hb, ha - lb, da + db> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_sub_epi64(a.d[k], b.d[k]);
  return out;
}

// 4·a
template <int low, int high, int digits>
STARKCORE_INLINE auto four_times(const LaneRange<low, high, digits>& a) {
  LaneRange<4 * low, 4 * high, 4 * digits> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_slli_epi64(a.d[k], 2);
  return out;
}

// The same numbers, folded so that something can be subtracted from four times them.
inline constexpr int kSetHigh8 = 6;
using HighRange = LaneRange<kSetHigh8 - 1, kSetHigh8 + 2, 1>;

template <int low, int high, int digits>
STARKCORE_INLINE HighRange fold_high(const LaneRange<low, high, digits>& a) {
  constexpr int raised = low < 3 ? 3 - low : 0;
  static_assert(raised >= 0 && high + raised + 1 <= kMostFolded8);
  constexpr u64 multiple = raised + kSetHigh8;
  __m512i d[kDigits8] = {_mm512_add_epi64(a.d[0], constant8(multiple)), a.d[1], a.d[2],
                         _mm512_add_epi64(a.d[3], constant8(multiple * kMiddle8)),
                         _mm512_add_epi64(a.d[4], constant8(raised * kTop8 - 1))};
  HighRange out;
  fold_digits<kSetHigh8>(out.d, d);
  return out;
}

// Constants come with products: they are what `low` is, divided by 2^260, and so that what
// fold_digits adds is in them. a + that, with digits that are good for products.
template <int low, int high, int digits>
STARKCORE_INLINE Fp8<1> fold_with_low(const LaneRange<low, high, digits>& a) {
  static_assert(low >= 2);
  __m512i d[kDigits8];
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) d[k] = a.d[k];
  Fp8<1> out;
  fold_digits(out.d, d);
  return out;
}

// a·b + low/2^260 + raised·p for sums: 1M
template <int raised>
STARKCORE_INLINE auto mul_with_for_sum(const ProductFactor8& a, const Fp8<1>& b, const u64 low[kDigits8]) {
  LaneRange<raised - 1, raised + 2, kProductSum> out;
  kernel8_mul_with_for_sum<raised>(out.d, a.d, b.d, low);
  return out;
}

// a·b + low/2^260: 1M
STARKCORE_INLINE Fp8<1> mul_with(const Fp8<1>& a, const Fp8<1>& b, const u64 low[kDigits8]) {
  Fp8<1> out;
  kernel8_mul_with(out.d, a.d, b.d, low);
  return out;
}

// a·b + c + low/2^260, and what fold_digits adds: 1M
template <int least, int high, int digits>
STARKCORE_INLINE Fp8<1> mul_add(const ProductFactor8& a, const Fp8<1>& b, const LaneRange<least, high, digits>& c,
                                const u64 low[kDigits8]) {
  static_assert(least >= 2 && high + 2 <= kMostFolded8);
  Fp8<1> out;
  kernel8_mul_add(out.d, a.d, b.d, c.d, low);
  return out;
}

// a·b + c·d + e·f: 3M less two reductions
STARKCORE_INLINE Fp8<1> three_products(const ProductFactor8& a, const Fp8<1>& b, const ProductFactor8& c,
                                       const Fp8<1>& d, const ProductFactor8& e, const Fp8<1>& f) {
  Fp8<1> out;
  kernel8_three_products(out.d, a.d, b.d, c.d, d.d, e.d, f.d);
  return out;
}

// The same factor in each lane, from its digits.
STARKCORE_INLINE Fp8<1> digits_factor(const u64 digits[kDigits8]) {
  Fp8<1> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = constant8(digits[k]);
  return out;
}

// ---- Lanes ---------------------------------------------------------------------------------------------------

// The signs that sign(lane) has in its highest bit.
template <class Sign>
STARKCORE_INLINE LaneSigns lane_signs(Sign sign) {
  u64 signs = 0;
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) signs |= (static_cast<u64>(sign(lane)) >> 63) << lane;
  return static_cast<LaneSigns>(signs);
}

// The signs that codes have in their lowest bit.
STARKCORE_INLINE LaneSigns low_bit_signs(const std::uint16_t codes[kLanes]) {
  return _mm_test_epi16_mask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes)), _mm_set1_epi16(1));
}
STARKCORE_INLINE LaneSigns low_bit_signs(const std::uint32_t codes[kLanes]) {
  return _mm256_test_epi32_mask(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes)), _mm256_set1_epi32(1));
}

// Lanes 2i and 2i + 1 of the result are lanes 2j and 2j + 1 of a, where j = (order >> 2i) & 3.
template <int order, int A>
STARKCORE_INLINE Fp8<A> permute_pairs8(const Fp8<A>& a) {
  Fp8<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_shuffle_i64x2(a.d[k], a.d[k], order);
  return out;
}

// Lanes 4, 5, 6, 7, 0, 1, 2, 3.
template <int A>
STARKCORE_INLINE Fp8<A> swap_halves(const Fp8<A>& a) {
  return permute_pairs8<0x4e>(a);
}

// Lanes 0, 1, 2, 3, 0, 1, 2, 3.
template <int A>
STARKCORE_INLINE Fp8<A> repeat_lower_half(const Fp8<A>& a) {
  return permute_pairs8<0x44>(a);
}

// The lower and the upper half of the first `count` go to the beginnings of both halves: lanes 0,
// 1, 0, 1, 2, 3, 2, 3, or 0, 0, 0, 0, 1, 1, 1, 1.
template <int count, int A>
STARKCORE_INLINE Fp8<A> spread(const Fp8<A>& a) {
  static_assert(count == 4 || count == 2);
  if constexpr (count == 4) return permute_pairs8<0x50>(a);
  const __m512i order = _mm512_setr_epi64(0, 0, 0, 0, 1, 1, 1, 1);
  Fp8<A> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = _mm512_permutexvar_epi64(order, a.d[k]);
  return out;
}

// The lanes below `count` of a, the others of b.
template <int count, int A, bool ra, int B, bool rb>
STARKCORE_INLINE Fp8<(A > B ? A : B)> join(const Fp8<A, ra>& a, const Fp8<B, rb>& b) {
  constexpr auto from_b = static_cast<__mmask8>(255 << count & 255);
  const Fp8<A> x = carried(a);
  const Fp8<B> y = carried(b);
  Fp8<(A > B ? A : B)> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = choose_registers(from_b, x.d[k], y.d[k]);
  return out;
}

// The lowest lanes of a, b, c and d, in this order; what the upper half has is of no use.
template <int M>
STARKCORE_INLINE Fp8<M> lowest_lanes(const Fp8<M>& a, const Fp8<M>& b, const Fp8<M>& c, const Fp8<M>& d) {
  Fp8<M> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) {
    const __m128i pair = _mm_unpacklo_epi64(_mm512_castsi512_si128(c.d[k]), _mm512_castsi512_si128(d.d[k]));
    out.d[k] = _mm512_inserti64x2(_mm512_unpacklo_epi64(a.d[k], b.d[k]), pair, 1);
  }
  return out;
}

// Lane i of at(i), which lies in memory. For public choices.
template <class At>
STARKCORE_INLINE auto gather_lanes(At at) {
  const auto digit = [&](int lane, int k) { return reinterpret_cast<const long long*>(&at(lane).d[k])[lane]; };
  std::remove_cvref_t<decltype(at(0))> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) {
    out.d[k] = _mm512_setr_epi64(digit(0, k), digit(1, k), digit(2, k), digit(3, k), digit(4, k), digit(5, k),
                                 digit(6, k), digit(7, k));
  }
  return out;
}

// 2^exponent in each lane.
template <int exponent>
STARKCORE_INLINE Fp8<1> power_of_2_lanes8() {
  constexpr U256 held = pow2_mod(kHeldBits + exponent, kP);
  Fp8<1> out;
  STARKCORE_UNROLL
  for (int k = 0; k < kDigits8; ++k) out.d[k] = constant8(digit8(held, k));
  return out;
}

STARKCORE_INLINE Fp8<1> one_lanes() { return power_of_2_lanes8<0>(); }

// κ = 2^-2, and 1/κ.
STARKCORE_INLINE Fp8<1> kappa_lanes() { return power_of_2_lanes8<-2>(); }
STARKCORE_INLINE Fp8<1> kappa_inverse_lanes() { return power_of_2_lanes8<2>(); }

// ---- In and out ------------------------------------------------------------------------------------------------

STARKCORE_INLINE __m512i join_bits(__m512i low, int right, __m512i high, int left) {
  return _mm512_or_si512(_mm512_srli_epi64(low, right), _mm512_slli_epi64(high, left));
}

// Integers below 2^252 from rows of limbs, one row a lane.
STARKCORE_INLINE Fp8<1> from_rows(const __m256i rows[kLanes]) {
  const auto pair = [&](int i) { return _mm512_inserti64x4(_mm512_castsi256_si512(rows[i]), rows[i + 2], 1); };
  const __m512i z0 = pair(0), z1 = pair(1), z4 = pair(4), z5 = pair(5);
  const __m512i a = _mm512_unpacklo_epi64(z0, z1), b = _mm512_unpackhi_epi64(z0, z1);  // words 0 and 2; 1 and 3
  const __m512i c = _mm512_unpacklo_epi64(z4, z5), d = _mm512_unpackhi_epi64(z4, z5);
  constexpr int even = 0x88, odd = 0xdd;
  const __m512i w0 = _mm512_shuffle_i64x2(a, c, even), w1 = _mm512_shuffle_i64x2(b, d, even);
  const __m512i w2 = _mm512_shuffle_i64x2(a, c, odd), w3 = _mm512_shuffle_i64x2(b, d, odd);
  const __m512i mask = constant8(kDigitMask8);
  Fp8<1> out;
  out.d[0] = _mm512_and_si512(w0, mask);
  out.d[1] = _mm512_and_si512(join_bits(w0, 52, w1, 12), mask);
  out.d[2] = _mm512_and_si512(join_bits(w1, 40, w2, 24), mask);
  out.d[3] = _mm512_and_si512(join_bits(w2, 28, w3, 36), mask);
  out.d[4] = _mm512_srli_epi64(w3, 16);
  return out;
}

STARKCORE_INLINE __m256i load_row(const U256& a) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a.w)); }

// The integers at(lane) < 2^252.
template <class At>
STARKCORE_INLINE Fp8<1> load_lanes(At at) {
  __m256i rows[kLanes];
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) rows[lane] = load_row(at(lane));
  return from_rows(rows);
}

// Integers below 2^256 from digits in [0, 2^52).
STARKCORE_INLINE void join_digits(U256 out[kLanes], const __m512i d[kDigits8]) {
  const __m512i w0 = join_bits(d[0], 0, d[1], 52), w1 = join_bits(d[1], 12, d[2], 40);
  const __m512i w2 = join_bits(d[2], 24, d[3], 28), w3 = join_bits(d[3], 36, d[4], 16);
  const __m512i even01 = _mm512_unpacklo_epi64(w0, w1), odd01 = _mm512_unpackhi_epi64(w0, w1);
  const __m512i even23 = _mm512_unpacklo_epi64(w2, w3), odd23 = _mm512_unpackhi_epi64(w2, w3);
  const __m512i lower = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i upper = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  const auto store = [&](int lane, __m512i rows) {  // of this lane and the next but one
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out[lane].w), _mm512_castsi512_si256(rows));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out[lane + 2].w), _mm512_extracti64x4_epi64(rows, 1));
  };
  store(0, _mm512_permutex2var_epi64(even01, lower, even23)), store(1, _mm512_permutex2var_epi64(odd01, lower, odd23));
  store(4, _mm512_permutex2var_epi64(even01, upper, even23)), store(5, _mm512_permutex2var_epi64(odd01, upper, odd23));
}

// The lanes as integers in [0, 6p), congruent to what is held.
STARKCORE_NOINLINE inline void to_integers(Fp<6> out[kLanes], const Fp8<2>& a) {
  U256 joined[kLanes];
  join_digits(joined, a.d);
  for (int lane = 0; lane < kLanes; ++lane) out[lane] = Fp<6>{joined[lane]};
}

// The integers below p that a·b is held as.
STARKCORE_INLINE void mul_to_reduced(U256 out[kLanes], const Fp8<1>& a, const Fp8<1>& b) {
  __m512i d[kDigits8];
  kernel8_mul_reduced(d, a.d, b.d);
  join_digits(out, d);
}

}  // namespace starkcore::STARKCORE_ENGINE
