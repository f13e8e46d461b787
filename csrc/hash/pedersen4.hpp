// The sums of a Pedersen hash, four windows at a time: the four-lane form of what hash/pedersen.hpp has for one.
//
// Each lane adds up consecutive windows, and then lanes 0 + 2, lanes 1 + 3, and the two sums. Why the incomplete additions are enough:
//  - Within a lane, either the sum contains P0 (or, in lane 2 of a full hash and lane 0 of a right half, P4·15/2) and no entry does; or it is
//    c·½·P1 or c·½·P3 with |c| < 2^i, where i is the first bit of the next window, whose entry has a coefficient of at least 2^i (and at most
//    2^248 < n), or, in the last window, one that contains P2 or P4 and the sum does not.
//  - Lanes 0 + 2 and the last sum: P0 is on one side alone. Lanes 1 + 3 of a full hash are sums over different points; those of half a hash
//    have P2 (P4) in lane 3 alone, as the four highest bits count as an odd number of halves.
//  - A right half, without P0: lanes 0 + 2 differ by P4·15/2. In the last sum P4 has 15/2 on one side and (2·b_high − 15)/2 on the other: equality
//    needs b_high = 15, that is b > p, and opposition b = 0, which is excluded.
// Everything else would be a relation between P0 … P4, as before. Public inputs; variable addresses.
#pragma once

#include "curve/point4.hpp"
#include "hash/pedersen_entry.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The points of four lanes, in the order of their addition.
template <int steps>
struct LaneEntries {
  PedersenEntry at[steps][kLanes];

  // Lane `lane` gets `steps` windows of the input from window `first` on. All lines are asked for now.
  STARKCORE_INLINE void fill(int lane, const StoredPoint* half, const U256& input, int first) {
    for (int step = 0; step < steps; ++step) {
      at[step][lane] = pedersen_entry(half, input, first + step);
      prefetch(at[step][lane].point);
    }
  }

  STARKCORE_INLINE Table4 load(int step) const {
    const PedersenEntry* e = at[step];
    const auto sign = [&](int lane) { return static_cast<i64>(e[lane].negative); };
    return load4(*e[0].point, *e[1].point, *e[2].point, *e[3].point,
                 _mm256_setr_epi64x(sign(0), sign(1), sign(2), sign(3)));
  }

  STARKCORE_INLINE XyzzPoint sum() const {
    Xyzz4 sum = to_xyzz4(load(0));
    for (int step = 1; step < steps; ++step) add(sum, load(step));
    add_lanes(sum);
    XyzzPoint out;
    from_lanes(&out, sum, 1);
    return out;
  }
};

STARKCORE_NOINLINE inline XyzzPoint pedersen_sum(const U256& a, const U256& b) {
  STARKCORE_CHECK(mask_if_less(a, kP) && mask_if_less(b, kP));
  constexpr int steps = kPedersenWindows / 2;
  LaneEntries<steps> entries;
  entries.fill(0, left_table(), a, 0);
  entries.fill(1, left_table(), a, steps);
  entries.fill(2, right_table(), b, 0);
  entries.fill(3, right_table(), b, steps);
  return entries.sum();
}

STARKCORE_NOINLINE inline XyzzPoint pedersen_half_sum(const StoredPoint* half, const U256& input) {
  constexpr int steps = kPedersenWindows / kLanes;
  LaneEntries<steps> entries;
  for (int lane = 0; lane < kLanes; ++lane) entries.fill(lane, half, input, steps * lane);
  return entries.sum();
}

// P0 + a_low·P1 + a_high·P2
inline XyzzPoint pedersen_left_sum(const U256& a) {
  STARKCORE_CHECK(mask_if_less(a, kP));
  return pedersen_half_sum(left_table(), a);
}

// b_low·P3 + b_high·P4 for b != 0
inline XyzzPoint pedersen_right_sum(const U256& b) {
  STARKCORE_CHECK(mask_if_less(b, kP) && !is_zero_var(b));
  return pedersen_half_sum(right_table(), b);
}

// left + b_low·P3 + b_high·P4, for a left that contains P0
inline XyzzPoint pedersen_right_sum_onto(const StoredPoint& left, const U256& b) {
  if (is_zero_var(b)) return to_xyzz(load(left));
  XyzzPoint sum = pedersen_right_sum(b);
  add(sum, load(left));
  return sum;
}

}  // namespace starkcore::STARKCORE_ENGINE
