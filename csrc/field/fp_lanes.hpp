// Several elements of Fp at once, in the lanes of vector registers: the contract of engines that have such arithmetic.
//
// FpLanes<M> is kLanes elements. Each is held as an integer: the element times 2^kHeldBits mod p. M
// bounds the integers' size, in a unit of the implementation's: a product or square, less others or
// not, is an FpLanes<1>; sums and differences add their bounds up. Products ask for A·B <= 4,
// subtracted values and the operand of sqr() for bounds that are given there, and the compiler
// checks it. How many cycles each takes is said there too; 1M and 1S are a product and a square of
// all lanes.
//
// Both implementations have, with the same names (A, B, C, D stand for FpLanes of any bound that is allowed):
//   A + B, A − B, A * B, mul_apart(A, B) = a·b by a function, mul_sub(A, B, C) = a·b − c,
//   mul_sub_sub(A, B, C, D) = a·b − c − d,
//   mul_sub_mul(A, B, C, D) = a·b − c·d, sqr(A), sqr_sub_sub(A, C, D) = a² − c − d,
//   mul_sub_kappa(A, B, C) = a·b − κ·c; carried(A): a sum or difference that is used in more than
//   one product or is moved between lanes is carried once, where digits
//     have to be;
//   LaneSigns, lane_signs(sign), low_bit_signs(codes), negate_if(signs, A);
//   swap_halves, repeat_lower_half, spread<count>, join<count>, lowest_lanes(a, b, c, d): lanes moved;
//   one_lanes(), kappa_lanes(), kappa_inverse_lanes();
//   load_lanes(at), from_rows(rows): integers in; to_integers(out, A): integers out;
//   gather_lanes(at): lane i of at(i), for public choices.
//
// The scale. Tables hold x·R mod p with R = 2^256; as it is held, that integer stands for s·x with
// s = 2^(256 − kHeldBits). κ² = s is for curve/point_lanes.hpp. As Montgomery forms of scalar
// arithmetic (field/fp.hpp), a lane's integers stand for the element divided by s.
//
// Constant time; any of it may see secrets.
#pragma once

#if STARKCORE_ENGINE_LANES == 8
#include "field/fp8.hpp"
#else
#include "field/fp4.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

#if STARKCORE_ENGINE_LANES == 8
template <int M>
using FpLanes = Fp8<M>;
#else
template <int M>
using FpLanes = Fp4<M>;
#endif

inline constexpr int kScaleBits = 256 - kHeldBits, kKappaBits = kScaleBits / 2;
static_assert(2 * kKappaBits == kScaleBits);

// 2^exponent in scalar arithmetic.
constexpr Fp<1> fp_power_of_2(int exponent) { return Fp<1>{pow2_mod(256 + exponent, kP)}; }

inline constexpr Fp<1> kScale = fp_power_of_2(kScaleBits), kKappaInverse = fp_power_of_2(-kKappaBits);

// What an inverse in scalar arithmetic, of a lane's integer, is multiplied by so that its integer
// is 1/a, or κ/a, as it is held.
inline constexpr Fp<1> kOneFromInverse = fp_power_of_2(-2 * kScaleBits);
inline constexpr Fp<1> kKappaFromInverse = fp_power_of_2(kKappaBits - 2 * kScaleBits);

// The integer that an element is held as.
constexpr U256 held(const U256& element) {
  U256 out = element;
  for (int i = 0; i < kHeldBits; ++i) out = subtract_mod(out, subtract_mod(U256{}, out, kP), kP);
  return out;
}

// The same element in each lane, from the integer that it is held as.
STARKCORE_INLINE FpLanes<2> constant_lanes(const U256& held_integer) {
  return load_lanes([&](int) -> const U256& { return held_integer; });
}

// The elements at(lane), plain integers below p.
template <class At>
STARKCORE_INLINE FpLanes<2> load_elements(At at) {
  if constexpr (kHeldBits == 0) {
    return load_lanes(at);
  } else {
    return load_lanes(at) * constant_lanes(pow2_mod(2 * kHeldBits, kP));
  }
}

// Bit i of the result tells whether lane i is 0. Variable time.
inline unsigned zero_lanes_var(const FpLanes<1>& a) {
  Fp<6> integers[kLanes];
  to_integers(integers, a);
  unsigned zero = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) zero |= static_cast<unsigned>(is_zero_var(integers[lane])) << lane;
  return zero;
}

}  // namespace starkcore::STARKCORE_ENGINE
