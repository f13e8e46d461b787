// The parameters of the Stark curve y² = x³ + x + β (source: StarkWare, the STARK curve's definition).
//
//   p = 2^251 + 17·2^192 + 1, the field of coordinates
//   n = the order of the group, prime; n < p, cofactor 1
//   β, a plain integer
//
// Nothing else in the sources says which curve it is, but for the tables: tests swap this file and
// those for a group of tiny order.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

inline constexpr U256 kP{{1, 0, 0, 0x0800000000000011}};
inline constexpr U256 kN{{0x1e66a241adc64d2f, 0xb781126dcae7b232, 0xffffffffffffffff, 0x0800000000000010}};
inline constexpr U256 kBetaPlain{{0xf4cdfcb99cee9e89, 0x609ad26c15c915c1, 0x150e596d72f7a8c5, 0x06f21413efbe40de}};

}  // namespace starkcore
