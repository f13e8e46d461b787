// Poseidon's partial rounds in eight lanes, for several groups of states that take turns. Included
// by hash/poseidon_lanes.hpp.
//
// A round waits for the last one's products; a product waits for its own carries; and the processor
// looks some 150 instructions ahead. So what finishes a product of one group stands between the
// multiplications of another's, and all multipliers are busy.
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

inline constexpr int kRaisedCube = 8;

// The cubes of a round before they are mixed, a so much raised that a + b − 2c is positive. Constants
// are where the columns of products begin, so that none is added.
using CubeLanes = LaneRange<-1, 2, kProductSum>;
struct CubedLanes {
  LaneRange<kRaisedCube - 1, kRaisedCube + 2, kProductSum> a;
  CubeLanes b, c;
};

STARKCORE_INLINE PoseidonLanes mix(const CubedLanes& cubed) {
  const auto a_and_b = cubed.a + cubed.b, a_and_c = cubed.a + cubed.c;
  return {fold_with_low(a_and_b + a_and_c + cubed.a), fold_with_low(a_and_c - cubed.b),
          fold_with_low(a_and_b - cubed.c - cubed.c)};
}

// A cube and what is added to it, in parts.
struct CubeColumns {
  Columns8 square, product;
  ProductFactor8 squared;

  STARKCORE_INLINE SquareColumns8 begin(const Fp8<1>& x) {
    square = start_raised_square8();
    return SquareColumns8{square, x.d, {}};
  }
  STARKCORE_INLINE FinishFactor8<kShifted8> finish_square() { return {squared.d, square}; }

  // x³ + s + constant, and what fold_digits adds
  template <int least, int high, int digits>
  STARKCORE_INLINE AddProduct8 begin_product(const Fp8<1>& x, const LaneRange<least, high, digits>& s,
                                             const PoseidonConstant& k) {
    static_assert(least >= 2 && high + 2 <= kMostFolded8);
    product = start_columns8_with_sum(k.digits52, s.d);
    return {product, squared.d, x.d};
  }
  STARKCORE_INLINE FinishFolded8<kShifted8> finish_product(Fp8<1>& out) { return {out.d, product}; }

  // x³ + constant + raised·p
  template <int raised>
  STARKCORE_INLINE AddProduct8 begin_product(const Fp8<1>& x, const PoseidonConstant& k) {
    product = start_columns8_with<raised>(k.digits52);
    return {product, squared.d, x.d};
  }
  STARKCORE_INLINE Reduction8<kShifted8> finish_sum() { return Reduction8<kShifted8>{product, {}, {}}; }
  template <int raised>
  STARKCORE_INLINE auto sum() const {
    LaneRange<raised - 1, raised + 2, kProductSum> out;
    STARKCORE_UNROLL
    for (int k = 0; k < kDigits8; ++k) out.d[k] = product.c[kDigits8 + k];
    return out;
  }
};

// The cubes, mixed, and the constants of the round after.
STARKCORE_INLINE PoseidonLanes full_round(const PoseidonLanes& in, const PoseidonConstant* k) {
  CubeColumns a, b, c;
  run(a.begin(in.a));
  run_beside(b.begin(in.b), a.finish_square());
  run_beside(a.begin_product<kRaisedCube>(in.a, k[0]), b.finish_square());
  run_beside(c.begin(in.c), a.finish_sum());
  run_beside(b.begin_product<0>(in.b, k[1]), c.finish_square());
  run_beside(c.begin_product<0>(in.c, k[2]), b.finish_sum());
  run(c.finish_sum());
  return mix({a.sum<kRaisedCube>(), b.sum<0>(), c.sum<0>()});
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
  return mix({mul_with_for_sum<kRaisedCube>(aa, a, kPoseidonFirst[3].digits52),
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

// S and t, or −t, of the round after. Where t is negated, what was added last is now subtracted: u
// less the u before, which is no more than one u.
template <bool negated, class AfterS, int after_t, class S, int T>
STARKCORE_INLINE void next_sums(PartialLanes<AfterS, after_t>& after, const PartialLanes<S, T>& in) {
  const LaneSum<1> u = to_sum(in.u);
  if constexpr (negated) {
    after.t = narrow<after_t>(in.t - u);
    after.s = four_times(in.s) + to_range(after.t);
  } else {
    after.t = in.t + u;
    after.s = four_times(in.s) - to_range(after.t);
  }
}

// `rounds` rounds for each group. The last one folds S. `waiting` finishes the u of the last of two
// groups.
template <int groups, int rounds, bool negated, class S, int T, int OutT, class Waiting>
STARKCORE_INLINE void partial_rounds_of(PartialLanes<HighRange, OutT>* out, PartialLanes<S, T>* in,
                                        const PoseidonConstant* k, Waiting waiting) {
  constexpr int after_t = negated ? T : T + 1, last = groups - 1;
  using AfterS = decltype(four_times(S{}) - to_range(LaneSum<after_t>{}));
  static_assert(groups == 1 || groups == 2);
  PartialLanes<AfterS, after_t> after[groups];
  CubeColumns columns[groups];
  next_sums<negated>(after[0], in[0]);
  run_beside(columns[0].begin(in[0].u), waiting);
  if constexpr (groups == 1) {
    run(columns[0].finish_square());
    run(columns[0].begin_product(in[0].u, after[0].s, *k));
  } else {
    next_sums<negated>(after[last], in[last]);
    run_beside(columns[last].begin(in[last].u), columns[0].finish_square());
    run_beside(columns[0].begin_product(in[0].u, after[0].s, *k), columns[last].finish_square());
    run_beside(columns[last].begin_product(in[last].u, after[last].s, *k), columns[0].finish_product(after[0].u));
  }
  if constexpr (rounds > 1 && groups == 2) {
    partial_rounds_of<groups, rounds - 1, !negated>(out, after, k + 1, columns[last].finish_product(after[last].u));
  } else {
    run(columns[last].finish_product(after[last].u));
    if constexpr (rounds > 1) {
      partial_rounds_of<groups, rounds - 1, !negated>(out, after, k + 1, NoSteps8{});
    } else {
      for (int g = 0; g < groups; ++g) out[g] = {after[g].u, fold_high(after[g].s), after[g].t};
    }
  }
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
    partial_rounds_of<groups, kFoldS, false>(after, inner, k, NoSteps8{});
    for (int g = 0; g < groups; ++g) {
      inner[g].u = after[g].u, inner[g].s = after[g].s;
      inner[g].t = i % kFoldT == 0 ? to_sum(fold(after[g].t)) : narrow<kMostT>(after[g].t);
    }
  }
  PartialLanes<HighRange, kMostT + 1> last[groups];
  static_assert(rounds % kFoldS == 2 && rounds / kFoldS % kFoldT > 0);
  partial_rounds_of<groups, 2, false>(last, inner, k, NoSteps8{});
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
