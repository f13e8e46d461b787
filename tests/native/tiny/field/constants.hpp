// In place of csrc/field/constants.hpp: a curve over the same field that has a subgroup of tiny
// prime order. tests/core/tiny_groups.py says which, and finds this file before the other.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

inline constexpr U256 kP{{1, 0, 0, 0x0800000000000011}};
inline constexpr U256 kN = u256(TINY_ORDER);
inline constexpr U256 kBetaPlain = u256(TINY_BETA);

}  // namespace starkcore
