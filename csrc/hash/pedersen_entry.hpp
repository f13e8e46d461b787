// Where a table of Pedersen's points has the point of a window (hash/pedersen_layout.hpp).
#pragma once

#include "base/limbs.hpp"
#include "hash/pedersen_layout.hpp"
#include "hash/pedersen_tables.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The two tables that hashes can be computed with. Functions take either; one of no size costs nothing.
struct BuiltInTable : BuiltInLayout {
  static constexpr const StoredPoint* left() { return kPedersenTable; }
  static constexpr const StoredPoint* right() { return kPedersenTable + kHalf; }

  // What b's windows from the w-th on come to where their bits are 0. 1 <= w <= kPedersenRests
  static constexpr bool kHasRests = true;
  static constexpr const StoredPoint* rest(int w) { return kPedersenTable + 2 * kHalf + (w - 1); }
};

struct LargeTable : LargeLayout {
  static constexpr bool kHasRests = false;
  const StoredPoint* points;

  explicit LargeTable(const StoredPoint* all) : points(all) {}
  const StoredPoint* left() const { return points; }
  const StoredPoint* right() const { return points + kHalf; }
};

// body(the table to be used now), which stays valid until body returns.
template <class Body>
STARKCORE_INLINE void with_pedersen_table(Body body) {
  const LargeTableUse large;
  if (large.points() != nullptr) {
    body(LargeTable{large.points()});
  } else {
    body(BuiltInTable{});
  }
}

// A point of the table, and whether its opposite is meant.
struct PedersenEntry {
  const StoredPoint* point;
  Mask negative;
};

// The point of window w of an input. The first window's points are all in the table; of the others,
// the window's highest bit is the sign: the table holds the half where it is plus.
template <class Table>
STARKCORE_INLINE PedersenEntry pedersen_entry_var(const StoredPoint* half, const U256& input, int w) {
  const auto width = static_cast<unsigned>(Table::width(w));
  const u64 v = bits(input, static_cast<unsigned>(Table::first_bit(w)), width);
  if (w == 0) return {half + v, 0};
  const Mask negative = (v >> (width - 1)) - 1;
  const u64 index = (v ^ negative) & ((u64{1} << (width - 1)) - 1);
  return {half + Table::first_point(w) + static_cast<int>(index), negative};
}

// Whether all bits of b from window w on are 0, so that these windows may be taken as one rest. A
// message's words are short, mostly.
template <class Table, int w>
STARKCORE_INLINE bool fits_windows_var(const U256& b) {
  if constexpr (Table::kHasRests) {
    constexpr int first = Table::first_bit(w), limb = first / 64;
    static_assert(1 <= w && w <= kPedersenRests && limb < 3);
    u64 above = b.w[limb] >> (first % 64);
    STARKCORE_UNROLL
    for (int i = limb + 1; i < 4; ++i) above |= b.w[i];
    return above == 0;
  } else {
    return false;
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
