// Reading a whole window of a table of points on 64-bit Arm, 16 bytes at a time: every 64-bit Arm has vector registers.
//
// Included by curve/base_mul.hpp, whose contract this is. Constant time; the index may be secret.
#pragma once

#include <arm_neon.h>

#include "curve/stored_point.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The entry with that index of a window of the table, reading all of it.
template <int entries>
STARKCORE_INLINE StoredPoint scan(const StoredPoint* window, u64 index) {
  constexpr int kParts = sizeof(StoredPoint) / sizeof(uint64x2_t);
  static_assert(kParts == 4);
  const uint64x2_t wanted = vdupq_n_u64(index), one = vdupq_n_u64(1);
  uint64x2_t at = vdupq_n_u64(0), found[kParts] = {at, at, at, at};
  for (int i = 0; i < entries; ++i) {
    const uint64x2_t here = vceqq_u64(at, wanted);
    at = vaddq_u64(at, one);
    const u64* const x = window[i].x.w;
    const u64* const y = window[i].y.w;
    found[0] = vbslq_u64(here, vld1q_u64(x), found[0]);
    found[1] = vbslq_u64(here, vld1q_u64(x + 2), found[1]);
    found[2] = vbslq_u64(here, vld1q_u64(y), found[2]);
    found[3] = vbslq_u64(here, vld1q_u64(y + 2), found[3]);
  }
  StoredPoint out;
  vst1q_u64(out.x.w, found[0]), vst1q_u64(out.x.w + 2, found[1]);
  vst1q_u64(out.y.w, found[2]), vst1q_u64(out.y.w + 2, found[3]);
  return out;
}

}  // namespace starkcore::STARKCORE_ENGINE
