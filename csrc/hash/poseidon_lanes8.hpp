// Poseidon's partial rounds in eight lanes, for several groups of states that take turns. Included
// by hash/poseidon_lanes.hpp.
//
// A round waits for the last one's products; a product waits for its own carries; and the processor
// looks some 150 instructions ahead. So between the products of one group stand those of another,
// and all multipliers are busy.
//
// As in hash/poseidon.hpp,
//   w = next − u,   S ← w − S,   next ← 4·w + constant,   u ← u³ + S,
// where next − u = S + S before. Nothing of it is carried or folded but u, and every fourth time
// the two others: in multiples of 3·p, w is 6, 26, 106, 426 at most from one fold to the next, S
// 565, and digits are as many times 2^52 (docs/vector-arithmetic.md).
#pragma once

#include "field/fp8.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// Groups of lanes that are worked on together.
inline constexpr int kPoseidonGroups = 2;

// What a partial round has from those before it.
template <int S, int N>
struct PartialLanes {
  Fp8<1> u;
  LaneSum<S> s;
  LaneSum<N> next;
};

// `rounds` rounds for each group. The last one folds.
template <int groups, int rounds, int S, int N>
STARKCORE_INLINE void partial_rounds_of(PartialLanes<1, 5>* out, const PartialLanes<S, N>* in,
                                        const PoseidonConstant* k) {
  LaneSum<N + 1> w[groups];
  LaneSum<S + N + 1> s[groups];
  ProductFactor8 square[groups];
  STARKCORE_UNROLL
  for (int g = 0; g < groups; ++g) {
    w[g] = in[g].next - to_sum(in[g].u);
    s[g] = w[g] - in[g].s;
    square[g] = sqr_for_product(in[g].u);
  }
  const LaneSum<1> constant = digits_sum(k->digits52);
  if constexpr (rounds == 1) {
    STARKCORE_UNROLL
    for (int g = 0; g < groups; ++g) {
      const Fp8<1> u = mul_add(square[g], in[g].u, s[g]);
      out[g] = {u, to_sum(fold(s[g])), four_times(to_sum(fold(w[g]))) + constant};
    }
  } else {
    PartialLanes<S + N + 1, 4 * (N + 1) + 1> after[groups];
    STARKCORE_UNROLL
    for (int g = 0; g < groups; ++g) {
      after[g] = {mul_add(square[g], in[g].u, s[g]), s[g], four_times(w[g]) + constant};
    }
    partial_rounds_of<groups, rounds - 1>(out, after, k + 1);
  }
}

// All partial rounds, and the constants of the full one after them.
template <int groups>
STARKCORE_NOINLINE inline void partial_rounds(PoseidonLanes* states) {
  PartialLanes<1, 5> inner[groups];
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> a = to_sum(states[g].a), b = to_sum(states[g].b);
    const LaneSum<2> sum = a + b, twice_a = a + a;
    inner[g].s = to_sum(fold(sum));
    inner[g].u = mul_add(sqr_for_product(states[g].c), states[g].c, inner[g].s);
    inner[g].next = to_sum(fold(sum + sum + (twice_a + twice_a) + digits_sum(kPoseidonInside[0].digits52)));  // 6a + 2b
  }
  constexpr int fold_every = 4, rounds = kPoseidonPartialRounds - 1;
  const PoseidonConstant* k = kPoseidonInside + 1;
  for (int i = 0; i < rounds / fold_every; ++i, k += fold_every) {
    partial_rounds_of<groups, fold_every>(inner, inner, k);
  }
  if constexpr (rounds % fold_every != 0) partial_rounds_of<groups, rounds % fold_every>(inner, inner, k);
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> cubed = to_sum(inner[g].u), before = inner[g].s, s = to_sum(fold(inner[g].next - before - cubed));
    const LaneSum<2> twice_before = before + before;
    states[g] = add_constants(twice_before + s, s - twice_before, cubed + cubed, kPoseidonLast);  // 2a, 2b, 2c
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
