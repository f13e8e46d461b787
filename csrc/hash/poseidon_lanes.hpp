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

namespace starkcore::STARKCORE_ENGINE {

#if STARKCORE_ENGINE_LANES != 8
// What is carried here whatever it is for: four lanes' digits have to be.
inline constexpr int kProductSum = 1;
STARKCORE_INLINE Fp4<1> sqr_for_product(const Fp4<1>& a) { return sqr(a); }
template <int A, int B>
STARKCORE_INLINE LaneSum<1> mul_for_sum(const Fp4<A>& a, const Fp4<B>& b) {
  return to_sum(a * b);
}
#endif

struct MixedLanes {
  LaneSum<5 * kProductSum> a, b;
  LaneSum<4 * kProductSum> c;
};

STARKCORE_INLINE MixedLanes mix(const LaneSum<kProductSum>& a, const LaneSum<kProductSum>& b,
                                const LaneSum<kProductSum>& c) {
  const LaneSum<2 * kProductSum> sum = a + b;
  const LaneSum<3 * kProductSum> t = sum + c;
  return {t + (a + a), t - (b + b), sum - (c + c)};
}

// The cubes, mixed. Squares come first: none of them waits for another.
STARKCORE_INLINE MixedLanes cube_and_mix(const PoseidonLanes& in) {
  const auto aa = sqr_for_product(in.a), bb = sqr_for_product(in.b), cc = sqr_for_product(in.c);
  return mix(mul_for_sum(aa, in.a), mul_for_sum(bb, in.b), mul_for_sum(cc, in.c));
}

}  // namespace starkcore::STARKCORE_ENGINE

#if STARKCORE_ENGINE_LANES == 8
#include "hash/poseidon_lanes8.hpp"
#else
#include "hash/poseidon_lanes4.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

// From the second round to before the last one: 101M + 101S.
template <int groups>
inline void permutation(PoseidonLanes* states) {
  for (int r = 2; r <= kPoseidonEndRounds; ++r) {
    for (int g = 0; g < groups; ++g) states[g] = full_round(states[g], kPoseidonFirst + 3 * r);
  }
  partial_rounds<groups>(states);
  for (int r = 1; r < kPoseidonEndRounds; ++r) {
    for (int g = 0; g < groups; ++g) states[g] = full_round(states[g], kPoseidonLast + 3 * r);
  }
}

// Whether all states have the same capacity: sponges do that begin, hashes of two and of one, and
// messages after the constants that they have in common.
inline bool same_c_var(const PoseidonState* states, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    if (!equal_var(states[i].c, states[0].c)) return false;
  }
  return true;
}

STARKCORE_NOINLINE inline void first_cube_of_c(CubeLanes* out, const U256& c) {
  *out = first_cube_of_c(load_lanes([&](int) -> const U256& { return c; }));
}

// The states of 1 <= count <= groups·kLanes lanes; lanes past the last repeat it. The first cube of c
// is given where it is the same for all.
template <int groups>
STARKCORE_NOINLINE inline void poseidon_lanes(PoseidonState* states, std::size_t count, bool whole,
                                              const CubeLanes* cube_of_c) {
  PoseidonLanes lanes[groups];
  const auto in = [&](int g, U256 PoseidonState::*element) {
    return load_lanes([&](int lane) -> const U256& {
      const auto i = static_cast<std::size_t>(kLanes * g + lane);
      return states[i < count ? i : count - 1].*element;
    });
  };
  const auto out = [&](int g, U256 PoseidonState::*element, const FpLanes<1>& held) {
    U256 integers[kLanes];
    mul_to_reduced(integers, held, constant_factor(kPoseidonLeave));
    const auto first = static_cast<std::size_t>(kLanes * g);
    for (std::size_t i = 0; i < kLanes && first + i < count; ++i) states[first + i].*element = integers[i];
  };
  for (int g = 0; g < groups; ++g) {
    const CubeLanes c = cube_of_c != nullptr ? *cube_of_c : first_cube_of_c(in(g, &PoseidonState::c));
    lanes[g] = first_round(in(g, &PoseidonState::a), in(g, &PoseidonState::b), c);
  }
  permutation<groups>(lanes);
  for (int g = 0; g < groups; ++g) {
    if (!whole) {
      out(g, &PoseidonState::a, last_round_a(lanes[g]));
      continue;
    }
    const MixedLanes mixed = cube_and_mix(lanes[g]);
    out(g, &PoseidonState::a, fold(mixed.a));
    out(g, &PoseidonState::b, fold(mixed.b));
    out(g, &PoseidonState::c, fold(mixed.c));
  }
}

}  // namespace starkcore::STARKCORE_ENGINE

#if STARKCORE_ENGINE_LANES == 8 && defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
