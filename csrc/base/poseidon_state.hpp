// What Poseidon's permutation works on: three elements of Fp as plain integers below p. Public.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

struct PoseidonState {
  U256 a, b, c;  // a and b take in what is hashed, c is the capacity
};

}  // namespace starkcore
