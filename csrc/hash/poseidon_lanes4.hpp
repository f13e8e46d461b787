// Poseidon's partial rounds in four lanes. Included by hash/poseidon_lanes.hpp.
//
// In place of S there is n = −S, as products subtract: u ← u³ − n,  n ← next − n + u,  next ← 4·(n
// + n before) − constant.
#pragma once

#include "field/fp4.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// Groups of lanes that are worked on together: sixteen registers are too few for more.
inline constexpr int kPoseidonGroups = 1;

// The integers below p that a·b is held as.
STARKCORE_INLINE void mul_to_reduced(U256 out[kLanes], const Fp4<1>& a, const Fp4<2>& b) {
  Fp<6> integers[kLanes];
  to_integers(integers, a * b);
  for (int lane = 0; lane < kLanes; ++lane) out[lane] = reduce(integers[lane]).v;
}

STARKCORE_INLINE auto constant_sum(const PoseidonConstant& k) { return digits_sum(k.digits51); }

// a + k
template <int A>
STARKCORE_INLINE Fp4<1> fold_with(const LaneSum<A>& a, const PoseidonConstant& k) {
  return fold(a + constant_sum(k));
}

template <int A, int B, int C>
STARKCORE_INLINE PoseidonLanes add_constants(const LaneSum<A>& a, const LaneSum<B>& b, const LaneSum<C>& c,
                                             const PoseidonConstant* k) {
  return {fold_with(a, k[0]), fold_with(b, k[1]), fold_with(c, k[2])};
}

STARKCORE_INLINE LaneSum<1> cube(const Fp4<1>& a) { return mul_for_sum(sqr(a), a); }

// The cubes, mixed, and the constants of the round after.
STARKCORE_INLINE PoseidonLanes full_round(const PoseidonLanes& in, const PoseidonConstant* k) {
  const MixedLanes mixed = cube_and_mix(in);
  return add_constants(mixed.a, mixed.b, mixed.c, k);
}

// A plain integer as the first round takes element i.
template <int A>
STARKCORE_INLINE Fp4<1> enter(const Fp4<A>& integer, int i) {
  return fold_with(mul_for_sum(integer, constant_factor(kPoseidonEnter)), kPoseidonFirst[i]);
}

using CubeLanes = LaneSum<1>;
template <int A>
STARKCORE_INLINE CubeLanes first_cube_of_c(const Fp4<A>& integer) {
  return cube(enter(integer, 2));
}

template <int A, int B>
STARKCORE_INLINE PoseidonLanes first_round(const Fp4<A>& a, const Fp4<B>& b, const CubeLanes& c) {
  const MixedLanes mixed = mix(cube(enter(a, 0)), cube(enter(b, 1)), c);
  return add_constants(mixed.a, mixed.b, mixed.c, kPoseidonFirst + 3);
}

// The first element alone of what the last round mixes.
STARKCORE_INLINE FpLanes<1> last_round_a(const PoseidonLanes& in) { return fold(cube_and_mix(in).a); }

// All partial rounds, and the constants of the full one after them.
template <int groups>
STARKCORE_NOINLINE inline void partial_rounds(PoseidonLanes* states) {
  static_assert(groups == 1);
  PoseidonLanes& state = *states;
  const LaneSum<1> a = to_sum(state.a), b = to_sum(state.b);
  const LaneSum<2> sum = a + b, twice_a = a + a;
  FpLanes<1> n = fold(-sum);
  LaneSum<1> n_sum = to_sum(n);
  LaneSum<10> next = -(sum + sum + (twice_a + twice_a)) - constant_sum(kPoseidonInside[0]);  // −6a − 2b
  FpLanes<1> u = mul_sub(sqr(state.c), state.c, n);
  for (int i = 1; i < kPoseidonPartialRounds; ++i) {
    const LaneSum<1> before = n_sum;
    n = fold(next - before + to_sum(u));
    u = mul_sub(sqr(u), u, n);
    n_sum = to_sum(n);
    const LaneSum<2> both = n_sum + before;
    const LaneSum<4> doubled = both + both;
    next = doubled + doubled - constant_sum(kPoseidonInside[i]);
  }
  const LaneSum<1> end = to_sum(fold(next - n_sum + to_sum(u))), cubed = to_sum(u);
  const LaneSum<2> twice = n_sum + n_sum;
  state = add_constants(-(twice + end), twice - end, cubed + cubed, kPoseidonLast);  // 2a, 2b, 2c
}

}  // namespace starkcore::STARKCORE_ENGINE
