// The two primes of the Stark curve (source: StarkWare, the STARK curve's definition).
//
//   p = 2^251 + 17·2^192 + 1, the field of coordinates
//   n = the order of the group, prime; n < p, cofactor 1
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

inline constexpr U256 kP{{1, 0, 0, 0x0800000000000011}};
inline constexpr U256 kN{{0x1e66a241adc64d2f, 0xb781126dcae7b232, 0xffffffffffffffff, 0x0800000000000010}};

}  // namespace starkcore
