// Where the table of Pedersen's points has the point of a window (generated/tables.hpp).
#pragma once

#include "base/limbs.hpp"
#include "generated/tables.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr const StoredPoint* left_table() { return kPedersenTable; }
inline constexpr const StoredPoint* right_table() { return kPedersenTable + kPedersenHalf; }

// A point of the table, and whether its opposite is meant.
struct PedersenEntry {
  const StoredPoint* point;
  Mask negative;
};

// The point of window w of an input. The first window's points are all in the table; of the others, bit 8 of the window is the sign: the
// table holds the half where it is plus.
STARKCORE_INLINE PedersenEntry pedersen_entry(const StoredPoint* half, const U256& input, int w) {
  const u64 v = bits(input, static_cast<unsigned>(w * kPedersenWindow), kPedersenWindow);
  if (w == 0) return {half + v, 0};
  const Mask negative = (v >> (kPedersenWindow - 1)) - 1;
  const u64 index = (v ^ negative) & (kPedersenOther - 1);
  return {half + kPedersenFirst + (w - 1) * kPedersenOther + static_cast<int>(index), negative};
}

}  // namespace starkcore::STARKCORE_ENGINE
