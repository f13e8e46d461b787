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

STARKCORE_INLINE Fp4<1> sqr_for_product(const Fp4<1>& a) { return sqr(a); }

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
