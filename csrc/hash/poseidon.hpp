// Poseidon's permutation ("Hades"): three elements of Fp, 4 full rounds, 83 partial ones and 4 full
// ones. A round adds its constants, cubes (all three elements, or the third alone), and mixes: with
// t = a + b + c, (a, b, c) ← (t + 2a, t − 2b, t − 3c).
//
// The partial rounds are a recurrence of two numbers, in which a and b don't occur, and elements
// are scaled so that its cube needs no factor; docs/mathematics.md derives both:
//   u ← S + u³,   S ← next − S − u,   next ← 4·(S + S before) + constant,
// so that from one round to the next a cube and an addition have to be waited for, and no more. Inputs are public.
#pragma once

#include "base/poseidon_state.hpp"
#include "field/fp.hpp"
#include "generated/poseidon_constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// What a partial round has from those before it: u, S, and next, which is raised by kPoseidonRaised·p, more than S + u.
struct PartialRounds {
  Fp<4> u;
  Fp<2> s;
  Fp<24> next;
};
static_assert(kPoseidonRaised >= 6 + 1 && 16 + kPoseidonRaised + 1 == 24);

}  // namespace starkcore::STARKCORE_ENGINE

#if defined(STARKCORE_ENGINE_ADX)
#include "hash/poseidon_adx.hpp"
#endif
#if defined(STARKCORE_ENGINE_LANES)
#include "hash/poseidon_lanes.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

struct PoseidonFp {
  Fp<2> a, b, c;
};

STARKCORE_INLINE Fp<1> constant(const PoseidonConstant& k) { return Fp<1>{k.integer}; }
STARKCORE_INLINE Fp<kPoseidonRaised + 1> raised_constant(const PoseidonConstant& k) {
  return Fp<kPoseidonRaised + 1>{k.integer};
}

// a³: 1M + 1S
template <int A>
STARKCORE_INLINE Fp<2> cube(const Fp<A>& a) {
  return sqr(a) * a;
}

// The cubes, mixed: 3M + 3S.
struct Mixed {
  Fp<10> a, b;
  Fp<12> c;
};

STARKCORE_INLINE Mixed cube_and_mix(const PoseidonFp& in) {
  const Fp<2> a = cube(in.a), b = cube(in.b), c = cube(in.c);
  const Fp<6> t = a + b + c;
  return {t + (a + a), t - (b + b), t - (c + c + c)};
}

template <int A, int B, int C>
STARKCORE_INLINE PoseidonFp add_constants(const Fp<A>& a, const Fp<B>& b, const Fp<C>& c, const PoseidonConstant* k) {
  return {weak_reduce(a + constant(k[0])), weak_reduce(b + constant(k[1])), weak_reduce(c + constant(k[2]))};
}

#if !defined(STARKCORE_ENGINE_ADX)
// Two partial rounds for each pair of constants.
STARKCORE_INLINE void partial_rounds(PartialRounds& state, const PoseidonConstant* k, int pairs) {
  for (int i = 0; i < 2 * pairs; ++i) {
    const Fp<2> before = state.s;
    state.s = weak_reduce(state.next - (state.s + state.u));
    state.u = cube(state.u) + state.s;
    const Fp<4> sum = state.s + before;
    const Fp<8> doubled = sum + sum;
    state.next = doubled + doubled + raised_constant(k[i]);
  }
}
#endif

// All partial rounds: 83M + 83S. What comes out is 2a, 2b, 2c.
STARKCORE_NOINLINE inline void partial_rounds(PoseidonFp& state) {
  const Fp<4> sum = state.a + state.b, twice_a = state.a + state.a;
  PartialRounds inner;
  inner.s = weak_reduce(sum);
  inner.u = cube(state.c) + inner.s;
  inner.next = sum + sum + (twice_a + twice_a) + raised_constant(kPoseidonInside[0]);  // 6a + 2b
  static_assert(kPoseidonPartialRounds % 2 == 1);
  partial_rounds(inner, kPoseidonInside + 1, kPoseidonPartialRounds / 2);
  const Fp<2> before = inner.s, s = weak_reduce(inner.next - (inner.s + inner.u));
  const Fp<4> twice_before = before + before;
  state = {weak_reduce(twice_before + s), weak_reduce(s - twice_before), weak_reduce(inner.u + inner.u)};
}

// From the scale of the entry to that of the exit: 107M + 107S.
inline Mixed permutation(PoseidonFp state) {
  state = add_constants(state.a, state.b, state.c, kPoseidonFirst);
  for (int r = 1; r <= kPoseidonEndRounds; ++r) {
    const Mixed mixed = cube_and_mix(state);
    state = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonFirst + 3 * r);
  }
  partial_rounds(state);
  state = add_constants(state.a, state.b, state.c, kPoseidonLast);
  for (int r = 1; r < kPoseidonEndRounds; ++r) {
    const Mixed mixed = cube_and_mix(state);
    state = add_constants(mixed.a, mixed.b, mixed.c, kPoseidonLast + 3 * r);
  }
  return cube_and_mix(state);
}

STARKCORE_NOINLINE inline void poseidon_one(PoseidonState& state, bool whole) {
  const Fp<1> enter = constant(kPoseidonEnter);
  const Fp<1> leave = constant(kPoseidonLeave);
  const auto in = [&](const U256& a) { return Fp<1>{a} * enter; };
  const Mixed out = permutation({in(state.a), in(state.b), in(state.c)});
  state.a = reduce(out.a * leave).v;
  if (!whole) return;
  state.b = reduce(out.b * leave).v;
  state.c = reduce(out.c * leave).v;
}

// The engine's function: engine/engine.hpp has its contract.
inline void poseidon(PoseidonState* states, std::size_t count, bool whole) {
  std::size_t i = 0;
#if defined(STARKCORE_ENGINE_LANES)
  constexpr std::size_t most = kPoseidonGroups * kLanes;
  CubeLanes cube_of_c;
  const bool one_c = count > kLanes && same_c_var(states, count);
  if (one_c) first_cube_of_c(&cube_of_c, states[0].c);
  const CubeLanes* known = one_c ? &cube_of_c : nullptr;
  while (count - i >= kPoseidonLanesFrom) {
    const std::size_t size = count - i < most ? count - i : most;
    if (size > kLanes) {
      poseidon_lanes<kPoseidonGroups>(states + i, size, whole, known);
    } else {
      poseidon_lanes<1>(states + i, size, whole, known);
    }
    i += size;
  }
#endif
  for (; i < count; ++i) poseidon_one(states[i], whole);
}

}  // namespace starkcore::STARKCORE_ENGINE
