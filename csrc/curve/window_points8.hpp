// Points of a table of windows, one in each of eight lanes, looked up by scalars' windows.
#pragma once

#include "curve/point_lanes.hpp"
#include "curve/recoding.hpp"

namespace starkcore::STARKCORE_ENGINE {

// A whole entry. The barrier keeps compilers from making it a load under a mask, which might tell by its time that the mask is empty.
STARKCORE_INLINE __m512i load_entry(const StoredPoint& entry) {
  __m512i out = _mm512_loadu_si512(&entry);
  __asm__("" : "+v"(out));
  return out;
}

// The rows of the entries that at[l] names, x and y in one register, reading all entries of windows[l].
template <bool same_window>
STARKCORE_INLINE void scan_rows(__m512i rows[kLanes], const StoredPoint* const windows[kLanes],
                                const WindowIndex at[kLanes]) {
  __m512i wanted[kLanes], counter = _mm512_setzero_si512();
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) {
    wanted[lane] = constant8(at[lane].index);
    rows[lane] = counter;
  }
  for (int i = 0; i < kGeneratorEntries; ++i) {
    __m512i entry;
    STARKCORE_UNROLL
    for (int lane = 0; lane < kLanes; ++lane) {
      if (lane == 0 || !same_window) entry = load_entry(windows[lane][i]);
      rows[lane] = _mm512_mask_mov_epi64(rows[lane], _mm512_cmpeq_epi64_mask(counter, wanted[lane]), entry);
    }
    counter = _mm512_add_epi64(counter, constant8(1));
  }
}

// The points of windows[l] for at[l], which are all from the same window or each from its own. Constant time where they are secret.
template <bool secret, bool same_window>
STARKCORE_INLINE TableLanes window_points(const StoredPoint* const windows[kLanes], const WindowIndex at[kLanes]) {
  __m256i x[kLanes], y[kLanes];
  __m512i rows[kLanes];
  if constexpr (secret) scan_rows<same_window>(rows, windows, at);
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) {
    if constexpr (!secret) rows[lane] = _mm512_loadu_si512(&windows[lane][at[lane].index]);
    x[lane] = _mm512_castsi512_si256(rows[lane]), y[lane] = _mm512_extracti64x4_epi64(rows[lane], 1);
  }
  const LaneSigns signs = lane_signs([&](int lane) { return at[lane].negative; });
  return TableLanes{from_rows(x), negate_if(signs, from_rows(y))};
}

}  // namespace starkcore::STARKCORE_ENGINE
