// Points of a table of windows, one in each of eight lanes, looked up by scalars' windows.
#pragma once

#include "curve/point_lanes.hpp"
#include "curve/recoding.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The entry of 2^bits that the masks name, bit by bit: all of them are read.
template <int bits>
STARKCORE_INLINE __m512i choose(const StoredPoint* entries, const __mmask8* masks) {
  if constexpr (bits == 0) {
    return _mm512_loadu_si512(entries);
  } else {
    const __m512i lower = choose<bits - 1>(entries, masks);
    const __m512i upper = choose<bits - 1>(entries + (1 << (bits - 1)), masks);
    return choose_registers(masks[bits - 1], lower, upper);
  }
}

template <int bits>
STARKCORE_INLINE __m512i scan(const StoredPoint* window, u64 index) {
  __mmask8 masks[bits];
  STARKCORE_UNROLL
  for (int i = 0; i < bits; ++i) masks[i] = static_cast<__mmask8>(mask_from_bit((index >> i) & 1));
  return choose<bits>(window, masks);
}

// The points of windows[l] for at[l], of `width` bits, which are all from the same window or each
// from its own. Constant time where they are secret.
template <bool secret, bool same_window, int width = kGeneratorWindow>
STARKCORE_INLINE TableLanes window_points(const StoredPoint* const windows[kLanes], const WindowIndex at[kLanes]) {
  __m256i x[kLanes], y[kLanes];
  __m512i rows[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    if constexpr (secret) {
      rows[lane] = scan<width - 1>(windows[same_window ? 0 : lane], at[lane].index);
    } else {
      rows[lane] = _mm512_loadu_si512(&windows[lane][at[lane].index]);
    }
  }
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) {
    x[lane] = _mm512_castsi512_si256(rows[lane]), y[lane] = _mm512_extracti64x4_epi64(rows[lane], 1);
  }
  const LaneSigns signs = lane_signs([&](int lane) { return at[lane].negative; });
  return TableLanes{from_rows(x), negate_if(signs, from_rows(y))};
}

}  // namespace starkcore::STARKCORE_ENGINE
