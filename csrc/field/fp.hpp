// Fp: the field of coordinates, mod p = 2^251 + 17·2^192 + 1.
//
// Representation: Fp<M> holds a·2^256 mod p (Montgomery form) as an integer in [0, M·p). 31·p fits
// 256 bits, so sums and differences are not reduced: their bounds add up in the type, and a product
// is accepted only when its bound allows it. That no limb overflows is thus checked by the compiler
// for every formula.
//
// Constant time, but for the names in _var. Any of it may see secrets.
#pragma once

#include "field/fp_kernel.hpp"
#include "field/inversion.hpp"
#include "field/montgomery.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kMaxMultiple = 31;  // M·p < 2^256

template <int M>
struct Fp {
  static_assert(1 <= M && M <= kMaxMultiple);
  U256 v;

  Fp() = default;
  STARKCORE_INLINE explicit constexpr Fp(const U256& montgomery) : v(montgomery) {}

  // A wider bound is a weaker statement about the same number.
  template <int L>
  requires(L < M) STARKCORE_INLINE constexpr Fp(const Fp<L>& narrower) : v(narrower.v) {}
};

inline constexpr Fp<1> kFpOne{pow2_mod(256, kP)};
inline constexpr U256 kR2ModP = pow2_mod(512, kP);

template <int M>
STARKCORE_INLINE void check_bound([[maybe_unused]] const Fp<M>& a) {
  STARKCORE_CHECK(mask_if_less(a.v, small_multiple(M, kP)));
}

template <int A>
Fp<2> weak_reduce(const Fp<A>& a);

// ---- Ring operations ---------------------------------------------------------------------------------------

template <int A, int B>
STARKCORE_INLINE Fp<A + B> operator+(const Fp<A>& a, const Fp<B>& b) {
  const Fp<A + B> out{wrapped_sum(a.v, b.v)};
  check_bound(out);
  return out;
}

// a − b + B·p
template <int A, int B>
STARKCORE_INLINE Fp<A + B> operator-(const Fp<A>& a, const Fp<B>& b) {
  constexpr U256 multiple = small_multiple(B, kP);
  const Fp<A + B> out{wrapped_difference(wrapped_sum(a.v, multiple), b.v)};
  check_bound(out);
  return out;
}

// A·p − a, which is A·p itself for a = 0
template <int A>
STARKCORE_INLINE Fp<A + 1> operator-(const Fp<A>& a) {
  constexpr U256 multiple = small_multiple(A, kP);
  const Fp<A + 1> out{wrapped_difference(multiple, a.v)};
  check_bound(out);
  return out;
}

// a·b: 1M
template <int A, int B>
STARKCORE_INLINE Fp<2> operator*(const Fp<A>& a, const Fp<B>& b) {
  static_assert(A * B <= kMaxMultiple);
  check_bound(a);
  check_bound(b);
  Fp<2> out;
  kernel_mul(out.v.w, a.v.w, b.v.w);
  check_bound(out);
  return out;
}

// a·b where points are added one by one: by a function in engines with lanes, which do so once or
// twice a call, so that what is fetched counts for more than what is computed; in place in others,
// where it is most of the work.
#if defined(STARKCORE_ENGINE_LANES)
STARKCORE_NOINLINE inline void kernel_mul_apart(u64 out[4], const u64 a[4], const u64 b[4]) { kernel_mul(out, a, b); }

template <int A, int B>
STARKCORE_INLINE Fp<2> mul_single(const Fp<A>& a, const Fp<B>& b) {
  static_assert(A * B <= kMaxMultiple);
  check_bound(a);
  check_bound(b);
  Fp<2> out;
  kernel_mul_apart(out.v.w, a.v.w, b.v.w);
  check_bound(out);
  return out;
}
#else
template <int A, int B>
STARKCORE_INLINE Fp<2> mul_single(const Fp<A>& a, const Fp<B>& b) {
  return a * b;
}
#endif

// a²: 1S
template <int A>
STARKCORE_INLINE Fp<2> sqr(const Fp<A>& a) {
  static_assert(A * A <= kMaxMultiple);
  check_bound(a);
  Fp<2> out;
  kernel_sqr(out.v.w, a.v.w);
  check_bound(out);
  return out;
}

// a·b + c·d: 2M, or less by four word multiplications where one reduction for both is quicker than two
template <int A, int B, int C, int D>
STARKCORE_INLINE Fp<2> mul_add(const Fp<A>& a, const Fp<B>& b, const Fp<C>& c, const Fp<D>& d) {
  static_assert(A * B + C * D <= kMaxMultiple);
#if defined(STARKCORE_ENGINE_ADX)
  return weak_reduce(a * b + c * d);
#else
  Fp<2> out;
  kernel_mul_add(out.v.w, a.v.w, b.v.w, c.v.w, d.v.w);
  check_bound(out);
  return out;
#endif
}

// a·b − c: 1M
template <int A, int B, int C>
STARKCORE_INLINE Fp<2 + C> mul_sub(const Fp<A>& a, const Fp<B>& b, const Fp<C>& c) {
#if defined(STARKCORE_ENGINE_AARCH64)
  static_assert(A * B <= kMaxMultiple);
  check_bound(a), check_bound(b), check_bound(c);
  Fp<2 + C> out;
  kernel_mul_sub<C>(out.v.w, a.v.w, b.v.w, c.v);
  check_bound(out);
  return out;
#else
  return a * b - c;
#endif
}

// a² − c: 1S
template <int A, int C>
STARKCORE_INLINE Fp<2 + C> sqr_sub(const Fp<A>& a, const Fp<C>& c) {
#if defined(STARKCORE_ENGINE_AARCH64)
  static_assert(A * A <= kMaxMultiple);
  check_bound(a), check_bound(c);
  Fp<2 + C> out;
  kernel_sqr_sub<C>(out.v.w, a.v.w, c.v);
  check_bound(out);
  return out;
#else
  return sqr(a) - c;
#endif
}

// a·b where the caller proves that a·b <= 31·p², though the bounds of a and b by themselves don't show it.
template <int A, int B>
STARKCORE_INLINE Fp<2> mul_within(const Fp<A>& a, const Fp<B>& b) {
  check_bound(a);
  check_bound(b);
  Fp<2> out;
  kernel_mul(out.v.w, a.v.w, b.v.w);
  check_bound(out);
  return out;
}

// The same number under a narrower bound, which the caller proves.
template <int M, int A>
STARKCORE_INLINE Fp<M> narrow(const Fp<A>& a) {
  const Fp<M> out{a.v};
  check_bound(out);
  return out;
}

// ---- Reduction ---------------------------------------------------------------------------------------------

// The same element in [0, 2p): with q = ⌊a / 2^251⌋, a − (q − 1)·p = (a mod 2^251) + p − q·(17·2^192 + 1).
template <int A>
STARKCORE_INLINE Fp<2> weak_reduce(const Fp<A>& a) {
  const u64 q = a.v.w[3] >> 59;
  const u64 one_less_q = 1 - q, sign = static_cast<u64>(static_cast<i64>(one_less_q) >> 63);
  Fp<2> out;
#if STARKCORE_HAVE_CARRY_ASSEMBLY
  const U256 low{{a.v.w[0], a.v.w[1], a.v.w[2], a.v.w[3] & (~u64{0} >> 5)}};
  out.v = wrapped_sum(low, U256{{one_less_q, sign, sign, sign + kP.w[3] - 17 * q}});
#else  // the top limb's sum in any order: compilers find one of fewer instructions
  u64 carry = 0;
  out.v.w[0] = add_carry(a.v.w[0], one_less_q, carry);
  STARKCORE_UNROLL
  for (int i = 1; i < 3; ++i) out.v.w[i] = add_carry(a.v.w[i], sign, carry);
  out.v.w[3] = (a.v.w[3] & (~u64{0} >> 5)) + kP.w[3] - 17 * q + sign + carry;
#endif
  check_bound(out);
  return out;
}

// The one representative in [0, p). a − q·p with q as above is in [−31·(17·2^192 + 1), 2^251): p is
// added when it is negative.
template <int A>
STARKCORE_INLINE Fp<1> reduce(const Fp<A>& a) {
  const u64 q = a.v.w[3] >> 59;
  U256 out;
  const u64 borrow = sub(out, a.v, U256{{q, 0, 0, q * kP.w[3]}});
  const Fp<1> reduced{select(mask_from_bit(borrow), wrapped_sum(out, kP), out)};
  check_bound(reduced);
  return reduced;
}

// ---- In and out --------------------------------------------------------------------------------------------

// The element that an integer a < p stands for.
inline Fp<2> to_fp(const U256& a) {
  check_bound(Fp<1>{a});
  return Fp<1>{a} * Fp<1>{kR2ModP};
}

// The integer in [0, p) that a stands for.
template <int A>
inline U256 from_fp(const Fp<A>& a) {
  return reduce(a * Fp<1>{U256{{1, 0, 0, 0}}}).v;
}

// ---- Comparison and choice -----------------------------------------------------------------------------------

template <int A>
STARKCORE_INLINE Mask mask_if_zero(const Fp<A>& a) {
  return starkcore::mask_if_zero(reduce(a).v);
}

template <int A>
inline bool is_zero_var(const Fp<A>& a) {
  return starkcore::is_zero_var(reduce(a).v);
}

template <int A, int B>
inline bool equal_var(const Fp<A>& a, const Fp<B>& b) {
  return starkcore::is_zero_var(reduce(a - b).v);
}

template <int A>
STARKCORE_INLINE Fp<A> select(Mask mask, const Fp<A>& yes, const Fp<A>& no) {
  return Fp<A>{starkcore::select(mask, yes.v, no.v)};
}

// −a where the mask is set.
STARKCORE_INLINE Fp<2> negate_if(Mask mask, const Fp<1>& a) { return select(mask, -a, Fp<2>{a}); }

// ---- Powers and inverses -------------------------------------------------------------------------------------

// a^(2^count)
STARKCORE_NOINLINE inline Fp<2> sqr_times(Fp<2> a, int count) {
  for (int i = 0; i < count; ++i) a = sqr(a);
  return a;
}

// a⁻¹; 0 gives 0. The inversion's inner start value turns (a·R)⁻¹ into a⁻¹·R.
template <int A>
STARKCORE_INLINE Fp<1> inverse(const Fp<A>& a) {
  return Fp<1>{invert(reduce(a).v, kInvertModP)};
}

template <int A>
STARKCORE_INLINE Fp<1> inverse_var(const Fp<A>& a) {
  return Fp<1>{invert_mod_p_var(reduce(a).v)};
}

// a^((p − 1)/2^192) = a^(2^59 + 17): what takes an element into the subgroup of order 2^192. 59 S and 2 M.
inline Fp<2> odd_power(const Fp<2>& a) {
  const Fp<2> a16 = sqr_times(a, 4);
  return sqr_times(a16, 55) * (a16 * a);
}

// Whether a is 0 or a square: by its Jacobi symbol (2^256 is a square, so Montgomery form doesn't
// matter), or else by Euler's criterion, which takes twice as long.
inline bool is_square_var(const Fp<2>& a) {
  const int symbol = jacobi_mod_p_var(reduce(a).v);
  if (symbol != kNoSymbol) return symbol >= 0;
  const Fp<2> power = sqr_times(odd_power(a), 191);
  return is_zero_var(power) || equal_var(power, kFpOne);
}

}  // namespace starkcore::STARKCORE_ENGINE
