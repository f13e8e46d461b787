// The sums of a Pedersen hash, kLanes windows at a time: the form of what hash/pedersen.hpp has for one, for lanes.
//
// Each lane adds up consecutive windows. An input has four quarters. Of half a hash, lane l adds up
// quarter l; of eight lanes, lane l its beginning and lane l + 4 the rest, and these are added
// first. Of a full hash, four lanes have the halves of a, then of b; eight lanes the quarters of a,
// then of b, and the first additions are those of quarters of a and b. Then lanes 0 + 2, lanes 1 +
// 3, and the two sums. Why the incomplete additions are enough:
//  - Within a lane, either the sum contains P0 (or, in b's first lane and lane 0 of a right half,
//    P4·15/2) and no entry does; or it is c·½·P1 or c·½·P3 with |c| < 2^i, where i is the first bit
//    of the next window, whose entry has a coefficient of at least 2^i (and at most 2^248 < n), or,
//    in the last window, one that contains P2 or P4 and the sum does not. Likewise for the two
//    parts of a quarter.
//  - Lanes 0 + 2 and the last sum: P0 is on one side alone. Lanes 1 + 3 of a full hash, and all
//    that is a's and b's, are sums over different points; those of half a hash, or of a's and b's
//    quarters together, have P2 (P4) in lane 3 alone, as the four highest bits count as an odd
//    number of halves.
//  - A right half, without P0: lanes 0 + 2 differ by P4·15/2. In the last sum P4 has 15/2 on one
//    side and (2·b_high − 15)/2 on the other: equality needs b_high = 15, that is b > p, and
//    opposition b = 0, which is excluded. Words whose upper bits are 0 have their first windows and
//    a rest for the others, −½·(2^248 − 2^i)·P3 − 15/2·P4, and all points follow each other, as
//    many to a lane. After a kept left half: the word's windows, the rest, the left half. Of a full
//    hash: a's windows, b's, the rest.
//  - Within a lane and between lanes of b's alone it is as above; the rest has P4 in it, and no sum
//    that it meets but those that end with P0 or a's points.
//  - The exception: six windows in eight lanes. Lanes 0 + 2 are windows 0 and 4, with 15/2·P4, and
//    window 2 and the rest, with −15/2·P4: not equal. Opposite they aren't: their sum is ½·(2^54 −
//    1 + c)·P3, where |c| < 2^45.
// Everything else would be a relation between P0 … P4, as before. Public inputs; variable addresses.
#pragma once

#include "curve/point_lanes.hpp"
#include "hash/pedersen_entry.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The points of the lanes, in the order of their addition. The lanes from `full` on have one point less.
template <int steps, int full = kLanes>
struct LaneEntries {
  PedersenEntry at[steps][kLanes];

  // Lane `lane` gets its windows of the input from window `first` on. All lines are asked for now.
  template <class Table>
  STARKCORE_INLINE void fill_var(int lane, const StoredPoint* half, const U256& input, int first) {
    for (int step = 0; step < steps; ++step) {
      const int mine = lane < full || step < steps - 1 ? step : step - 1;
      at[step][lane] = pedersen_entry_var<Table>(half, input, first + mine);
      prefetch(at[step][lane].point);
    }
  }

  // The point at that place, of which each lane has `steps` in a row. Its line is asked for now.
  STARKCORE_INLINE void set(int place, const PedersenEntry& entry) {
    at[place % steps][place / steps] = entry;
    prefetch(entry.point);
  }

  // A function, of which there is one copy.
  STARKCORE_NOINLINE TableLanes load_var(int step) const {
    const PedersenEntry* e = at[step];
    return load_points([&](int lane) -> const StoredPoint& { return *e[lane].point; },
                       lane_signs([&](int lane) { return e[lane].negative; }));
  }

  STARKCORE_INLINE XyzzPoint sum_var() const {
    XyzzLanes sum = to_xyzz(load_var(0)), before;
    for (int step = 1; step < steps; ++step) {
      if (full < kLanes && step == steps - 1) before = sum;
      add(sum, load_var(step));
    }
    if constexpr (full < kLanes) {
      sum = XyzzLanes{join<full>(sum.x, before.x), join<full>(sum.y, before.y), join<full>(sum.zz, before.zz),
                      join<full>(sum.zzz, before.zzz)};
    }
    add_lanes(sum);
    return from_lowest_lane(sum);
  }
};

// How many windows of short words there are, so that the lanes are full: of those that are hashed
// with another, and after a kept left half.
inline constexpr int kShortWindows = 11, kShortWindowsAfter[2] = {6, 14};

// As pedersen_sum_var(), for fits_windows_var<Table, kShortWindows>(b).
template <class Table>
STARKCORE_NOINLINE inline XyzzPoint pedersen_short_sum_var(const U256& a, const U256& b, Table table) {
  constexpr int windows = Table::kWindows, all = windows + kShortWindows + 1;
  static_assert(all % kLanes == 0);
  LaneEntries<all / kLanes> entries;
  for (int w = 0; w < windows; ++w) entries.set(w, pedersen_entry_var<Table>(table.left(), a, w));
  for (int w = 0; w < kShortWindows; ++w) entries.set(windows + w, pedersen_entry_var<Table>(table.right(), b, w));
  entries.set(all - 1, {table.rest(kShortWindows), 0});
  return entries.sum_var();
}

// As pedersen_right_sum_onto_var(), for fits_windows_var<Table, windows>(b).
template <int windows, class Table>
STARKCORE_NOINLINE inline XyzzPoint pedersen_short_sum_onto_var(const StoredPoint& left, const U256& b, Table table) {
  constexpr int all = windows + 2;
  static_assert(all % kLanes == 0);
  LaneEntries<all / kLanes> entries;
  for (int w = 0; w < windows; ++w) entries.set(w, pedersen_entry_var<Table>(table.right(), b, w));
  entries.set(windows, {table.rest(windows), 0});
  entries.set(windows + 1, {&left, 0});
  return entries.sum_var();
}

template <class Table>
STARKCORE_NOINLINE inline XyzzPoint pedersen_sum_var(const U256& a, const U256& b, Table table) {
  STARKCORE_CHECK(mask_if_less(a, kP) && mask_if_less(b, kP));
  if constexpr (Table::kHasRests) {
    if (fits_windows_var<Table, kShortWindows>(b)) return pedersen_short_sum_var(a, b, table);
  }
  constexpr int half = kLanes / 2, steps = Table::kWindows / half;
  LaneEntries<steps> entries;
  for (int lane = 0; lane < half; ++lane) {
    entries.template fill_var<Table>(lane, table.left(), a, steps * lane);
    entries.template fill_var<Table>(half + lane, table.right(), b, steps * lane);
  }
  return entries.sum_var();
}

template <class Table>
STARKCORE_NOINLINE inline XyzzPoint pedersen_half_sum_var(const StoredPoint* half, const U256& input) {
  constexpr int windows = Table::kWindows, rest = windows % kLanes, steps = (windows + kLanes - 1) / kLanes;
  static_assert(windows % 4 == 0 && (kLanes == 4 || (kLanes == 8 && rest == 4)));
  LaneEntries<steps, rest == 0 ? kLanes : rest> entries;
  for (int lane = 0; lane < kLanes; ++lane) {
    entries.template fill_var<Table>(lane, half, input, windows / 4 * (lane % 4) + steps * (lane / 4));
  }
  return entries.sum_var();
}

// P0 + a_low·P1 + a_high·P2
template <class Table = BuiltInTable>
inline XyzzPoint pedersen_left_sum_var(const U256& a, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(a, kP));
  return pedersen_half_sum_var<Table>(table.left(), a);
}

// b_low·P3 + b_high·P4 for b != 0
template <class Table = BuiltInTable>
inline XyzzPoint pedersen_right_sum_var(const U256& b, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(b, kP) && !is_zero_var(b));
  return pedersen_half_sum_var<Table>(table.right(), b);
}

// left + b_low·P3 + b_high·P4, for a left that contains P0
template <class Table>
inline XyzzPoint pedersen_right_sum_onto_var(const StoredPoint& left, const U256& b, Table table) {
  if (is_zero_var(b)) return to_xyzz(load(left));
  if constexpr (Table::kHasRests) {
    constexpr int few = kShortWindowsAfter[0], more = kShortWindowsAfter[1];
    if (fits_windows_var<Table, few>(b)) return pedersen_short_sum_onto_var<few>(left, b, table);
    if (fits_windows_var<Table, more>(b)) return pedersen_short_sum_onto_var<more>(left, b, table);
  }
  XyzzPoint sum = pedersen_right_sum_var(b, table);
  add(sum, load(left));
  return sum;
}

}  // namespace starkcore::STARKCORE_ENGINE
