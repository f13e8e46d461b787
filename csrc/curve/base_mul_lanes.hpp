// k·G from the fixed table with kLanes windows at a time, or for kLanes scalars: the form of curve/base_mul.hpp for lanes, with its recoding
// and its table. Secret unless said otherwise: constant time, and every point of a window is read.
//
// One scalar. Lane l adds up the windows w ≡ l mod kLanes, from the lowest. With eight lanes, lanes l and l + 4 are added first, which leaves the
// windows w ≡ l mod 4 in lane l, as there are with four. The sums c_l of those are added in pairs, A = c_0 + c_2 and B = c_1 +
// c_3, and k = A + B is odd, 0 < k < n. Why no addition meets its exception, d_w being the odd digits in ±63.
// (All digits together, of whatever signs, stay below 2^252 < 2n: two sums are equal or opposite mod n only if they differ by, or add to, 0 or ±n.)
//  - In a lane, |c| < 2^(6w − 17) before window w is added as e = d_w·2^(6w), |e| >= 2^(6w). For w <= 40, |c| + |e| < n. For w = 41, e is an odd
//    multiple of 2^246, which is farther than 2^245 from 0 and from ±n = ±(32·2^246 + 17·2^192 − …), while |c| < 2^229.
//  - Two of eight: one of both sums has a window that is four above the highest of the other one; it is the larger one by far, as
//    in a lane. Both are below 2^247 < n/2, but for that of window 41, which is within 2^205 of an odd multiple of 2^246 while the other is below 2^229.
//  - c_0 ± c_2: 2^239 < |c_0| < 2^247 and |c_2| < 2^235, and so 0 < |c_0 ± c_2| < n.
//  - c_1 ± c_3: c_1 is within 2^229 of an odd multiple of 2^246, |c_3| < 2^241: farther than 2^245 from 0 and ±n as before.
//  - A + B = k is not 0 mod n. A = B is impossible as k is odd. A − B = n would make A > n/2, but |A| < 2^247. B − A = n would be Σ (−1)^(w + 1)·
//    d_w·2^(6w) = n; such digits are unique for an odd number, and n's highest is 33. So d_41 = 33, B > 32.9·2^246 > n, A = B − n > 0 and k > n,
//    which is not so.
//
// As many scalars as lanes. Every lane does what mul_table() does, with the same argument.
#pragma once

#include "base/chunks.hpp"
#include "base/secret.hpp"
#if STARKCORE_ENGINE_LANES == 8
#include "curve/window_points8.hpp"
#else
#include "curve/window_points4.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kGeneratorSteps = (kGeneratorWindows + kLanes - 1) / kLanes;

// Fewer scalars than this are quicker one by one.
inline constexpr std::size_t kScalarsFrom = kLanes == 8 ? 5 : 3;

// kLanes windows of one scalar; past the last one, the lanes take another one twice.
template <bool secret>
STARKCORE_NOINLINE TableLanes scalar_step(const StoredPoint* table, const OddRecoding& k, int step) {
  const StoredPoint* windows[kLanes];
  WindowIndex at[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int w = kLanes * step + lane < kGeneratorWindows ? kLanes * step + lane : kGeneratorWindows - 1;
    windows[lane] = table + w * kGeneratorEntries;
    at[lane] = window_index(k, w);
  }
  return window_points<secret, false>(windows, at);
}

// k·(the table's point), 0 < k < n; finite.
template <bool secret>
STARKCORE_NOINLINE XyzzPoint mul_table(const StoredPoint* table, const U256& k) {
  constexpr int rest = kGeneratorWindows - kLanes * (kGeneratorSteps - 1);  // lanes that have a window in the last step
  OddRecoding recoded = recode_odd(k);
  XyzzLanes sum = to_xyzz(scalar_step<secret>(table, recoded, 0));
  for (int step = 1; step < kGeneratorSteps - 1; ++step) add(sum, scalar_step<secret>(table, recoded, step));
  XyzzLanes last = sum;
  add(last, scalar_step<secret>(table, recoded, kGeneratorSteps - 1));
  sum = XyzzLanes{join<rest>(last.x, sum.x), join<rest>(last.y, sum.y), join<rest>(last.zz, sum.zz),
                  join<rest>(last.zzz, sum.zzz)};
  add_lanes(sum);
  XyzzPoint out;
  from_lanes(&out, sum, 1);
  if constexpr (secret) wipe(recoded), wipe(sum), wipe(last);
  STARKCORE_CHECK(!is_infinity_var(out));
  return out;
}

// k[l]·(the table's point) in lane l, 0 < k[l] < n; finite. 41 additions.
template <bool secret>
STARKCORE_NOINLINE XyzzLanes mul_table_lanes(const StoredPoint* table, const U256 k[kLanes]) {
  OddRecoding recoded[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) recoded[lane] = recode_odd(k[lane]);
  const auto points = [&](int w) {
    const StoredPoint* const window = table + w * kGeneratorEntries;
    const StoredPoint* windows[kLanes];
    WindowIndex at[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) windows[lane] = window, at[lane] = window_index(recoded[lane], w);
    return window_points<secret, true>(windows, at);
  };
  XyzzLanes sum = to_xyzz(points(0));
  for (int w = 1; w < kGeneratorWindows; ++w) add(sum, points(w));
  if constexpr (secret) wipe(recoded);
  return sum;
}

// sums[i] = k[i]·(the table's point) for i < count <= kLanes, 0 < k[i] < n; finite.
template <bool secret>
inline void mul_table_some(XyzzPoint* sums, const StoredPoint* table, const U256* k, std::size_t count) {
  U256 scalars[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) scalars[i] = k[i < count ? i : 0];
  XyzzLanes sum = mul_table_lanes<secret>(table, scalars);
  complete(sum);
  from_lanes(sums, sum, count);
  if constexpr (secret) wipe(scalars), wipe(sum);
}

// The same for any count: kLanes at a time, and the rest one by one where that is quicker.
template <bool secret>
inline void mul_table_many(XyzzPoint* sums, const StoredPoint* table, const U256* k, std::size_t count) {
  std::size_t i = 0;
  for (; count - i >= kScalarsFrom; i += least(count - i, kLanes)) {
    mul_table_some<secret>(sums + i, table, k + i, least(count - i, kLanes));
  }
  for (; i < count; ++i) sums[i] = mul_table<secret>(table, k[i]);
}

}  // namespace starkcore::STARKCORE_ENGINE
