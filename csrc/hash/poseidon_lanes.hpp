// Poseidon's permutation, a state in each lane: the form of what hash/poseidon.hpp has for one.
//
// Sums are made of digits that need not be carried, and are folded once where a factor is wanted.
// In place of S there is n = −S, as products subtract: u ← u³ − n,  n ← next − n + u,  next ← 4·(n
// + n before) − constant.
#pragma once

#include "base/poseidon_state.hpp"
#include "field/fp_lanes.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// From how many states on all lanes are quicker than one after the other.
inline constexpr std::size_t kPoseidonLanesFrom = kLanes == 8 ? 2 : 3;

STARKCORE_INLINE const u64* lane_digits(const PoseidonConstant& k) { return kLanes == 8 ? k.digits52 : k.digits51; }
STARKCORE_INLINE auto constant_sum(const PoseidonConstant& k) { return digits_sum(lane_digits(k)); }
STARKCORE_INLINE auto constant_factor(const PoseidonConstant& k) { return digits_factor(lane_digits(k)); }

struct PoseidonLanes {
  FpLanes<1> a, b, c;
};

struct MixedLanes {
  LaneSum<5> a, b;
  LaneSum<6> c;
};

STARKCORE_INLINE MixedLanes cube_and_mix(const PoseidonLanes& in) {
  const LaneSum<1> a = to_sum(sqr(in.a) * in.a), b = to_sum(sqr(in.b) * in.b), c = to_sum(sqr(in.c) * in.c);
  const LaneSum<3> t = a + b + c;
  return {t + (a + a), t - (b + b), t - (c + c + c)};
}

template <int A, int B, int C>
STARKCORE_INLINE PoseidonLanes add_constants(const LaneSum<A>& a, const LaneSum<B>& b, const LaneSum<C>& c,
                                             const PoseidonConstant* k) {
  return {fold(a + constant_sum(k[0])), fold(b + constant_sum(k[1])), fold(c + constant_sum(k[2]))};
}

// All partial rounds, and the constants of the full one after them.
STARKCORE_NOINLINE inline void partial_rounds(PoseidonLanes& state) {
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

// From the scale of the entry to that of the exit: 107M + 107S.
inline MixedLanes permutation(PoseidonLanes state) {
  state = add_constants(to_sum(state.a), to_sum(state.b), to_sum(state.c), kPoseidonFirst);
  for (int r = 1; r <= kPoseidonEndRounds; ++r) {
    const MixedLanes mixed = cube_and_mix(state);
    state = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonFirst + 3 * r);
  }
  partial_rounds(state);
  for (int r = 1; r < kPoseidonEndRounds; ++r) {
    const MixedLanes mixed = cube_and_mix(state);
    state = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonLast + 3 * r);
  }
  return cube_and_mix(state);
}

// The states of 1 <= count <= kLanes lanes; lanes past the last repeat it.
STARKCORE_NOINLINE inline void poseidon_lanes(PoseidonState* states, std::size_t count, bool whole) {
  const auto in = [&](U256 PoseidonState::*element) {
    return load_lanes([&](int lane) -> const U256& {
             const auto i = static_cast<std::size_t>(lane);
             return states[i < count ? i : count - 1].*element;
           }) *
           constant_factor(kPoseidonEnter);
  };
  const auto out = [&](U256 PoseidonState::*element, const auto& sum) {
    Fp<6> integers[kLanes];
    to_integers(integers, fold(sum) * constant_factor(kPoseidonLeave));
    for (std::size_t i = 0; i < count; ++i) states[i].*element = reduce(integers[i]).v;
  };
  const MixedLanes mixed = permutation({in(&PoseidonState::a), in(&PoseidonState::b), in(&PoseidonState::c)});
  out(&PoseidonState::a, mixed.a);
  if (!whole) return;
  out(&PoseidonState::b, mixed.b);
  out(&PoseidonState::c, mixed.c);
}

}  // namespace starkcore::STARKCORE_ENGINE
