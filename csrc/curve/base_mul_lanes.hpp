// k·G from the fixed table with kLanes windows at a time, or for kLanes scalars: the form of
// curve/base_mul.hpp for lanes, with its recoding and its tables. Secret unless said otherwise:
// constant time, and every point of a window is read.
//
// One scalar, in windows of b bits up to the window t, with (b, t, lanes) = (6, 41, 4 or 8), (5,
// 50, 4) or (4, 62, 8). Lane l adds up the windows w ≡ l mod kLanes, from the lowest. With eight
// lanes, lanes l and l + 4 are added first, which leaves the windows w ≡ l mod 4 in lane l, as
// there are with four. The sums c_l of those are added in pairs, of the two even lanes and of the
// two odd ones; A is the pair that has window t, B the other one, and k = A + B is odd, 0 < k < n.
// Why no addition meets its exception, d_w being the odd digits in ±(2^b − 1), and n = N·2^(bt) + δ
// with an even N (32, 2, 8) and 0 < δ < 2^197: (All digits together, of whatever signs but for the
// highest one's where it is given by k, stay below 2n: two sums are equal or opposite mod n only if
// they differ by, or add to, 0 or ±n. With five bits that highest digit is 1 or 3, as 0 < k <
// 2^252.)
//  - In a lane, |c| < 2^(bw − 3b + 1) before window w is added as e = d_w·2^(bw), |e| >= 2^(bw).
//    For w < t, |c| + |e| < 2^(bw + b + 1) <= 2^(bt + 1) <= n, and neither is 0. For w = t, e is an
//    odd multiple of 2^(bt), which is farther than 2^(bt − 1) from 0 and from ±n, while |c| < 2^(bt
//    − 3b + 1).
//  - Two of eight: one of both sums has a window that is four above the highest of the other one;
//    it is the larger one by far, as in a lane, and the same bounds hold.
//  - The other lane of A has its highest window at t − 2: it is below 2^(bt − b), not 0, and the lane with t is within
//    2^(bt − 3b + 1) of an odd multiple of 2^(bt). Their sum and difference are farther than 2^(bt − 1) from 0 and ±n.
//  - B's lanes have their highest windows at t − 1 and t − 3. The former is larger by far; both together are below
//    2^(bt + 1) <= n and not 0.
//  - A + B = k is not 0 mod n. A = B is impossible as k is odd. ±(A − B) = n would be n in odd
//    digits, those of A's and of B's windows, with changed signs. Such digits are unique for an odd
//    number, and n's highest is N + 1, since the others come to less than 2^(bt). If A − B = n,
//    then d_t = N + 1, so A > (N + 1 − 1/2)·2^(bt) > n, B = A − n > 0 and k > n, which is not so.
//    If B − A = n, then d_t = −(N + 1), so A < −n, B = n + A < 0 and k < 0, which is not so either.
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

// Fewer scalars than this are quicker one by one.
inline constexpr std::size_t kScalarsFrom = kLanes == 8 ? 5 : 3;

// kLanes windows of one scalar; past the last one, the lanes take another one twice.
template <bool secret, class Layout>
STARKCORE_NOINLINE TableLanes scalar_step(const StoredPoint* table, const OddRecoding& k, int step) {
  const StoredPoint* windows[kLanes];
  WindowIndex at[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int w = kLanes * step + lane < Layout::kWindows ? kLanes * step + lane : Layout::kWindows - 1;
    windows[lane] = table + w * Layout::kEntries;
    at[lane] = window_index<Layout::kWindow>(k, w);
  }
  return window_points<secret, false, Layout::kWindow>(windows, at);
}

// k·(the table's point), 0 < k < n; finite.
template <bool secret, class Layout = WideLayout>
STARKCORE_NOINLINE XyzzPoint mul_table(const StoredPoint* table, const U256& k) {
  constexpr int steps = (Layout::kWindows + kLanes - 1) / kLanes;
  constexpr int rest = Layout::kWindows - kLanes * (steps - 1);  // lanes that have a window in the last step
  OddRecoding recoded = recode_odd<Layout::kWindows * Layout::kWindow>(k);
  XyzzLanes sum = to_xyzz(scalar_step<secret, Layout>(table, recoded, 0));
  for (int step = 1; step < steps - 1; ++step) add(sum, scalar_step<secret, Layout>(table, recoded, step));
  XyzzLanes last = sum;
  add(last, scalar_step<secret, Layout>(table, recoded, steps - 1));
  sum = XyzzLanes{join<rest>(last.x, sum.x), join<rest>(last.y, sum.y), join<rest>(last.zz, sum.zz),
                  join<rest>(last.zzz, sum.zzz)};
  add_lanes(sum);
  const XyzzPoint out = from_lowest_lane(sum);
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
