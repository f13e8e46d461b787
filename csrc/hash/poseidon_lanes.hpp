// Poseidon's permutation, a state in each lane: the form of what hash/poseidon.hpp has for one.
//
// Sums are made of digits that need not be carried, and are folded once where a factor is wanted.
// Partial rounds are another matter for eight lanes than for four: poseidon_lanes8.hpp,
// poseidon_lanes4.hpp.
#pragma once

#include "base/poseidon_state.hpp"
#include "field/fp_lanes.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// From how many states on all lanes are quicker than one after the other.
inline constexpr std::size_t kPoseidonLanesFrom = kLanes == 8 ? 2 : 3;

STARKCORE_INLINE const u64* lane_digits(const PoseidonConstant& k) { return kLanes == 8 ? k.digits52 : k.digits51; }
STARKCORE_INLINE auto constant_factor(const PoseidonConstant& k) { return digits_factor(lane_digits(k)); }

struct PoseidonLanes {
  FpLanes<1> a, b, c;
};

}  // namespace starkcore::STARKCORE_ENGINE

// gcc keeps fewer constants in memory, and spills less, where it knows a CPU that has 512-bit
// registers. What else there is in eight lanes gains nothing by it.
#if STARKCORE_ENGINE_LANES == 8 && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("tune=icelake-server")
#endif

#if STARKCORE_ENGINE_LANES == 8
#include "hash/poseidon_lanes8.hpp"
#else
#include "hash/poseidon_lanes4.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

struct MixedLanes {
  LaneSum<5 * kProductSum> a, b;
  LaneSum<4 * kProductSum> c;
};

// The cubes, mixed. Squares come first: none of them waits for another.
STARKCORE_INLINE MixedLanes cube_and_mix(const PoseidonLanes& in) {
  const auto aa = sqr_for_product(in.a), bb = sqr_for_product(in.b), cc = sqr_for_product(in.c);
  const LaneSum<kProductSum> a = mul_for_sum(aa, in.a), b = mul_for_sum(bb, in.b), c = mul_for_sum(cc, in.c);
  const LaneSum<2 * kProductSum> sum = a + b;
  const LaneSum<3 * kProductSum> t = sum + c;
  return {t + (a + a), t - (b + b), sum - (c + c)};
}

// From the scale of the entry, with the first constants, to that of the exit: 107M + 107S.
template <int groups>
inline void permutation(MixedLanes* out, PoseidonLanes* states) {
  for (int r = 1; r <= kPoseidonEndRounds; ++r) {
    for (int g = 0; g < groups; ++g) {
      const MixedLanes mixed = cube_and_mix(states[g]);
      states[g] = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonFirst + 3 * r);
    }
  }
  partial_rounds<groups>(states);
  for (int r = 1; r < kPoseidonEndRounds; ++r) {
    for (int g = 0; g < groups; ++g) {
      const MixedLanes mixed = cube_and_mix(states[g]);
      states[g] = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonLast + 3 * r);
    }
  }
  for (int g = 0; g < groups; ++g) out[g] = cube_and_mix(states[g]);
}

// The states of 1 <= count <= groups·kLanes lanes; lanes past the last repeat it.
template <int groups>
STARKCORE_NOINLINE inline void poseidon_lanes(PoseidonState* states, std::size_t count, bool whole) {
  PoseidonLanes lanes[groups];
  MixedLanes mixed[groups];
  const auto in = [&](int g, U256 PoseidonState::*element) {
    const auto integers = load_lanes([&](int lane) -> const U256& {
      const auto i = static_cast<std::size_t>(kLanes * g + lane);
      return states[i < count ? i : count - 1].*element;
    });
    return mul_for_sum(integers, constant_factor(kPoseidonEnter));
  };
  const auto out = [&](int g, U256 PoseidonState::*element, const auto& sum) {
    U256 integers[kLanes];
    mul_to_reduced(integers, fold(sum), constant_factor(kPoseidonLeave));
    const auto first = static_cast<std::size_t>(kLanes * g);
    for (std::size_t i = 0; i < kLanes && first + i < count; ++i) states[first + i].*element = integers[i];
  };
  for (int g = 0; g < groups; ++g) {
    lanes[g] =
        add_constants(in(g, &PoseidonState::a), in(g, &PoseidonState::b), in(g, &PoseidonState::c), kPoseidonFirst);
  }
  permutation<groups>(mixed, lanes);
  for (int g = 0; g < groups; ++g) {
    out(g, &PoseidonState::a, mixed[g].a);
    if (!whole) continue;
    out(g, &PoseidonState::b, mixed[g].b);
    out(g, &PoseidonState::c, mixed[g].c);
  }
}

}  // namespace starkcore::STARKCORE_ENGINE

#if STARKCORE_ENGINE_LANES == 8 && defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
