// How Poseidon's sponge takes in elements: two by two, each pair added to the state before a permutation. Public.
#pragma once

#include "base/poseidon_state.hpp"
#include "field/constants.hpp"

namespace starkcore {

// a + b mod p for a, b < p.
inline U256 add_elements(const U256& a, const U256& b) {
  U256 sum, reduced;
  add(sum, a, b);  // 2p has 253 bits
  return sub(reduced, sum, kP) != 0 ? sum : reduced;
}

// What is left to do is the permutation.
inline void absorb(PoseidonState& state, const U256& first, const U256& second) {
  state.a = add_elements(state.a, first);
  state.b = add_elements(state.b, second);
}

}  // namespace starkcore
