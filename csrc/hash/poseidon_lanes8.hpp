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

// The cubes of a round before they are mixed, a so much raised that a + b − 2c is positive. Constants
// are where the columns of products begin, so that none is added.
using CubeLanes = LaneRange<0, 2, kProductSum>;
struct CubedLanes {
  LaneRange<6, 8, kProductSum> a;
  CubeLanes b, c;
};

STARKCORE_INLINE PoseidonLanes mix(const CubedLanes& cubed) {
  const auto a_and_b = cubed.a + cubed.b, a_and_c = cubed.a + cubed.c;
  return {fold_with_low(a_and_b + a_and_c + cubed.a), fold_with_low(a_and_c - cubed.b),
          fold_with_low(a_and_b - cubed.c - cubed.c)};
}

// The cubes, mixed, and the constants of the round after. Squares come first: none of them waits for another.
STARKCORE_INLINE PoseidonLanes full_round(const PoseidonLanes& in, const PoseidonConstant* k) {
  const ProductFactor8 aa = sqr_for_product(in.a), bb = sqr_for_product(in.b), cc = sqr_for_product(in.c);
  return mix({mul_with_for_sum<6>(aa, in.a, k[0].digits52), mul_with_for_sum<0>(bb, in.b, k[1].digits52),
              mul_with_for_sum<0>(cc, in.c, k[2].digits52)});
}

// A plain integer as the first round takes element i.
STARKCORE_INLINE Fp8<1> enter(const Fp8<1>& integer, int i) {
  return mul_with(integer, constant_factor(kPoseidonEnter), kPoseidonFirst[i].digits52);
}

STARKCORE_INLINE CubeLanes first_cube_of_c(const Fp8<1>& integer) {
  const Fp8<1> c = enter(integer, 2);
  return mul_with_for_sum<0>(sqr_for_product(c), c, kPoseidonFirst[5].digits52);
}

STARKCORE_INLINE PoseidonLanes first_round(const Fp8<1>& integer_a, const Fp8<1>& integer_b, const CubeLanes& c) {
  const Fp8<1> a = enter(integer_a, 0), b = enter(integer_b, 1);
  const ProductFactor8 aa = sqr_for_product(a), bb = sqr_for_product(b);
  return mix({mul_with_for_sum<6>(aa, a, kPoseidonFirst[3].digits52),
              mul_with_for_sum<0>(bb, b, kPoseidonFirst[4].digits52), c});
}

// The first element alone of what the last round mixes, 3a + b + c.
STARKCORE_INLINE Fp8<1> last_round_a(const PoseidonLanes& in) {
  const ProductFactor8 aa = sqr_for_product<3>(in.a), bb = sqr_for_product(in.b), cc = sqr_for_product(in.c);
  return three_products(aa, in.a, bb, in.b, cc, in.c);
}

// S is folded every fourth round; t, which grows by one u in two rounds, every twelfth.
inline constexpr int kFoldS = 4, kFoldT = 3, kMostT = 1 + (kFoldT - 1) * kFoldS / 2;

// What a partial round has from those before it: u, S and t, or −t where it is negated.
template <class S, int T>
struct PartialLanes {
  Fp8<1> u;
  S s;
  LaneSum<T> t;
};

// `rounds` rounds for each group. The last one folds S. Where t is negated, what was added last is
// now subtracted: u less the u before, which is no more than one u.
template <int groups, int rounds, bool negated, class S, int T, int OutT>
STARKCORE_INLINE void partial_rounds_of(PartialLanes<HighRange, OutT>* out, const PartialLanes<S, T>* in,
                                        const PoseidonConstant* k) {
  constexpr int after_t = negated ? T : T + 1;
  using AfterS = decltype(four_times(S{}) - to_range(LaneSum<after_t>{}));
  ProductFactor8 square[groups];
  STARKCORE_UNROLL
  for (int g = 0; g < groups; ++g) square[g] = sqr_for_product(in[g].u);
  PartialLanes<AfterS, after_t> after[groups];
  STARKCORE_UNROLL
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> u = to_sum(in[g].u);
    if constexpr (negated) {
      after[g].t = narrow<after_t>(in[g].t - u);
      after[g].s = four_times(in[g].s) + to_range(after[g].t);
    } else {
      after[g].t = in[g].t + u;
      after[g].s = four_times(in[g].s) - to_range(after[g].t);
    }
    after[g].u = mul_add(square[g], in[g].u, after[g].s, k->digits52);
    if constexpr (rounds == 1) out[g] = {after[g].u, fold_high(after[g].s), after[g].t};
  }
  if constexpr (rounds > 1) partial_rounds_of<groups, rounds - 1, !negated>(out, after, k + 1);
}

// a + k, for a constant of the full round that follows.
template <int A>
STARKCORE_INLINE Fp8<1> fold_with(const LaneSum<A>& a, const PoseidonConstant& k) {
  return fold_raised<kPoseidonRaised8>(a, k.digits52);
}

// All partial rounds, and the constants of the full one after them.
template <int groups>
STARKCORE_NOINLINE inline void partial_rounds(PoseidonLanes* states) {
  PartialLanes<HighRange, kMostT> inner[groups];
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> a = to_sum(states[g].a), b = to_sum(states[g].b);
    const LaneSum<2> twice_b = b + b;
    inner[g].s = fold_high(to_range(states[g].a) + to_range(states[g].b));
    inner[g].t = to_sum(fold(twice_b + b - a));
    inner[g].u = mul_add(sqr_for_product(states[g].c), states[g].c, inner[g].s, kPoseidonInside[0].digits52);
  }
  constexpr int rounds = kPoseidonPartialRounds - 1;
  const PoseidonConstant* k = kPoseidonInside + 1;
  static_assert(kFoldS % 2 == 0 && rounds % 2 == 0);  // so that t is not negated in between
  for (int i = 1; i <= rounds / kFoldS; ++i, k += kFoldS) {
    PartialLanes<HighRange, kMostT + kFoldS / 2> after[groups];
    partial_rounds_of<groups, kFoldS, false>(after, inner, k);
    for (int g = 0; g < groups; ++g) {
      inner[g].u = after[g].u, inner[g].s = after[g].s;
      inner[g].t = i % kFoldT == 0 ? to_sum(fold(after[g].t)) : narrow<kMostT>(after[g].t);
    }
  }
  PartialLanes<HighRange, kMostT + 1> last[groups];
  static_assert(rounds % kFoldS == 2 && rounds / kFoldS % kFoldT > 0);
  partial_rounds_of<groups, 2, false>(last, inner, k);
  for (int g = 0; g < groups; ++g) {
    const LaneSum<1> cubed = to_sum(last[g].u);
    const LaneSum<4> before = to_sum<4>(last[g].s);
    const LaneSum<kMostT + 18> s = four_times(before) - (last[g].t + cubed);
    const LaneSum<8> twice_before = before + before;
    states[g] = {fold_with(twice_before + s, kPoseidonLast[0]), fold_with(s - twice_before, kPoseidonLast[1]),
                 fold_with(cubed + cubed, kPoseidonLast[2])};  // 2a, 2b, 2c
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
