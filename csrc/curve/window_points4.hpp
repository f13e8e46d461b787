// Points of a table of windows, one in each of four lanes, looked up by scalars' windows.
#pragma once

#include "curve/point_lanes.hpp"
#include "curve/recoding.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The rows x[l] and y[l] of the entries that at[l] names, reading all entries of windows[l]. Where
// the windows are the same one, each entry is loaded once.
template <bool same_window, int entries>
STARKCORE_INLINE void scan_rows(__m256i x[kLanes], __m256i y[kLanes], const StoredPoint* const windows[kLanes],
                                const WindowIndex at[kLanes]) {
  __m256i wanted[kLanes], counter = _mm256_setzero_si256();
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) {
    wanted[lane] = _mm256_set1_epi64x(static_cast<i64>(at[lane].index));
    x[lane] = y[lane] = counter;
  }
  for (int i = 0; i < entries; ++i) {
    STARKCORE_UNROLL
    for (int lane = 0; lane < kLanes; ++lane) {
      const StoredPoint& entry = windows[same_window ? 0 : lane][i];
      const __m256i here = _mm256_cmpeq_epi64(counter, wanted[lane]);
      x[lane] = _mm256_or_si256(x[lane], _mm256_and_si256(here, load_row(entry.x)));
      y[lane] = _mm256_or_si256(y[lane], _mm256_and_si256(here, load_row(entry.y)));
    }
    counter = _mm256_add_epi64(counter, _mm256_set1_epi64x(1));
  }
}

// The points of windows[l] for at[l], of `width` bits, which are all from the same window or each
// from its own. Constant time where they are secret.
template <bool secret, bool same_window, int width = kGeneratorWindow>
STARKCORE_INLINE TableLanes window_points(const StoredPoint* const windows[kLanes], const WindowIndex at[kLanes]) {
  __m256i x[kLanes], y[kLanes];
  if constexpr (secret) {
    scan_rows<same_window, 1 << (width - 1)>(x, y, windows, at);
  } else {
    for (int lane = 0; lane < kLanes; ++lane) {
      const StoredPoint& point = windows[lane][at[lane].index];
      x[lane] = load_row(point.x), y[lane] = load_row(point.y);
    }
  }
  const LaneSigns signs = lane_signs([&](int lane) { return at[lane].negative; });
  return TableLanes{from_rows(x[0], x[1], x[2], x[3]), negate_if(signs, from_rows(y[0], y[1], y[2], y[3]))};
}

}  // namespace starkcore::STARKCORE_ENGINE
