// Poseidon's partial rounds in eight lanes, for several groups of states that take turns. Included
// by hash/poseidon_lanes.hpp.
//
// A round waits for the last one's products; a product waits for its own carries; and the processor
// looks some 150 instructions ahead. So between the products of one group stand those of another,
// and all multipliers are busy.
//
// What is not a product is what costs time besides, so there is as little of it as can be. With
// t = S − 4·(S before), the recurrence of hash/poseidon.hpp is
//   t ← −(t + u),   S ← 4·S + t,   u ← u³ + S + constant,
// where S and t are kept without what the constants make of them: that is in the constant of each
// round. −t and t take turns, so that nothing is negated. Nothing is carried or folded but u, and
// now and then the two others; docs/vector-arithmetic.md has the bounds.
#pragma once

#include "field/fp8.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// Groups of lanes that are worked on together.
inline constexpr int kPoseidonGroups = 2;

// a + k, for a constant of full rounds.
template <int A>
STARKCORE_INLINE Fp8<1> fold_with(const LaneSum<A>& a, const PoseidonConstant& k) {
  return fold_raised<kPoseidonEndsRaised8>(a, k.digits52);
}

template <int A, int B, int C>
STARKCORE_INLINE PoseidonLanes add_constants(const LaneSum<A>& a, const LaneSum<B>& b, const LaneSum<C>& c,
                                             const PoseidonConstant* k) {
  return {fold_with(a, k[0]), fold_with(b, k[1]), fold_with(c, k[2])};
}

// S is folded every fourth round; t, which grows by one u in two rounds, every twelfth.
inline constexpr int kFoldS = 4, kFoldT = 3, kMostT = 1 + (kFoldT - 1) * kFoldS / 2;

// What a partial round has from those before it: u, S and t, or −t where it is negated.
template <int S, int T>
struct PartialLanes {
  Fp8<1> u;
  LaneSum<S> s;
  LaneSum<T> t;
};

// `rounds` rounds for each group. The last one folds S. Where t is negated, what was added last is
// now subtracted: u less the u before, which is no more than one u.
template <int groups, int rounds, bool negated, int S, int T, int OutT>
STARKCORE_INLINE void partial_rounds_of(PartialLanes<1, OutT>* out, const PartialLanes<S, T>* in,
                                        const PoseidonConstant* k) {
  constexpr int after_t = negated ? T : T + 1;
  LaneSum<after_t> t[groups];
  LaneSum<4 * S + after_t> s[groups];
  ProductFactor8 square[groups];
  STARKCORE_UNROLL
  for (int g = 0; g < groups; ++g) square[g] = sqr_for_product(in[g].u);
  PartialLanes<4 * S + after_t, after_t> after[groups];
  STARKCORE_UNROLL
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> u = to_sum(in[g].u);
    if constexpr (negated) {
      t[g] = narrow<after_t>(in[g].t - u);
      s[g] = four_times(in[g].s) + t[g];
    } else {
      t[g] = in[g].t + u;
      s[g] = four_times(in[g].s) - t[g];
    }
    after[g] = {mul_add<kPoseidonRaised8>(square[g], in[g].u, s[g], k->digits52), s[g], t[g]};
    if constexpr (rounds == 1) out[g] = {after[g].u, to_sum(fold(s[g])), t[g]};
  }
  if constexpr (rounds > 1) partial_rounds_of<groups, rounds - 1, !negated>(out, after, k + 1);
}

// All partial rounds, and the constants of the full one after them.
template <int groups>
STARKCORE_NOINLINE inline void partial_rounds(PoseidonLanes* states) {
  PartialLanes<1, kMostT> inner[groups];
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> a = to_sum(states[g].a), b = to_sum(states[g].b);
    const LaneSum<2> twice_b = b + b;
    inner[g].s = to_sum(fold(a + b));
    inner[g].t = to_sum(fold(twice_b + b - a));
    inner[g].u =
        mul_add<kPoseidonRaised8>(sqr_for_product(states[g].c), states[g].c, inner[g].s, kPoseidonInside[0].digits52);
  }
  constexpr int rounds = kPoseidonPartialRounds - 1;
  const PoseidonConstant* k = kPoseidonInside + 1;
  static_assert(kFoldS % 2 == 0 && rounds % 2 == 0);  // so that t is not negated in between
  for (int i = 1; i <= rounds / kFoldS; ++i, k += kFoldS) {
    PartialLanes<1, kMostT + kFoldS / 2> after[groups];
    partial_rounds_of<groups, kFoldS, false>(after, inner, k);
    for (int g = 0; g < groups; ++g) {
      inner[g].u = after[g].u, inner[g].s = after[g].s;
      inner[g].t = i % kFoldT == 0 ? to_sum(fold(after[g].t)) : narrow<kMostT>(after[g].t);
    }
  }
  PartialLanes<1, kMostT + 1> last[groups];
  static_assert(rounds % kFoldS == 2 && rounds / kFoldS % kFoldT > 0);
  partial_rounds_of<groups, 2, false>(last, inner, k);
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> cubed = to_sum(last[g].u), before = last[g].s;
    const LaneSum<kMostT + 6> s = four_times(before) - (last[g].t + cubed);
    const LaneSum<2> twice_before = before + before;
    states[g] = add_constants(twice_before + s, s - twice_before, cubed + cubed, kPoseidonLast);  // 2a, 2b, 2c
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
