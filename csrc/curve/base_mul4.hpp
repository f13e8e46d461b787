// k·G from the fixed table with four windows at a time, or for four scalars: the four-lane form of curve/base_mul.hpp, with its recoding
// and its table. Secret unless said otherwise: constant time, and every point of a window is read.
//
// One scalar. Lane l adds up the windows w ≡ l mod 4, from the lowest; the lanes' sums c_l are added in pairs, A = c_0 + c_2 and B = c_1 +
// c_3, and k = A + B is odd, 0 < k < n. Why no addition meets its exception, d_w being the odd digits in ±63:
//  - In a lane, |c| < 2^(6w − 17) before window w is added as e = d_w·2^(6w), |e| >= 2^(6w). For w <= 40, |c| + |e| < n. For w = 41, e is an odd
//    multiple of 2^246, which is farther than 2^245 from 0 and from ±n = ±(32·2^246 + 17·2^192 − …), while |c| < 2^229.
//  - c_0 ± c_2: 2^239 < |c_0| < 2^247 and |c_2| < 2^235, and so 0 < |c_0 ± c_2| < n.
//  - c_1 ± c_3: c_1 is within 2^229 of an odd multiple of 2^246, |c_3| < 2^241: farther than 2^245 from 0 and ±n as before.
//  - A + B = k is not 0 mod n. A = B is impossible as k is odd. A − B = n would make A > n/2, but |A| < 2^247. B − A = n would be Σ (−1)^(w + 1)·
//    d_w·2^(6w) = n; such digits are unique for an odd number, and n's highest is 33. So d_41 = 33, B > 32.9·2^246 > n, A = B − n > 0 and k > n,
//    which is not so.
//
// Four scalars. Every lane does what mul_table() does, with the same argument.
#pragma once

#include "base/secret.hpp"
#include "curve/point4.hpp"
#include "curve/recoding.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kGeneratorSteps = (kGeneratorWindows + kLanes - 1) / kLanes;

// The rows x[l] and y[l] of the entries that at[l] names, reading all entries of windows[l]. Where the windows are the same one, each
// entry is loaded once.
template <bool same_window>
STARKCORE_INLINE void scan_rows(__m256i x[kLanes], __m256i y[kLanes], const StoredPoint* const windows[kLanes],
                                const WindowIndex at[kLanes]) {
  __m256i wanted[kLanes], counter = _mm256_setzero_si256();
  STARKCORE_UNROLL
  for (int lane = 0; lane < kLanes; ++lane) {
    wanted[lane] = _mm256_set1_epi64x(static_cast<i64>(at[lane].index));
    x[lane] = y[lane] = counter;
  }
  for (int i = 0; i < kGeneratorEntries; ++i) {
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

// The points of windows[l] for at[l], l = 0 … 3.
template <bool secret, bool same_window>
STARKCORE_INLINE Table4 window_points(const StoredPoint* const windows[kLanes], const WindowIndex at[kLanes]) {
  __m256i x[kLanes], y[kLanes];
  if constexpr (secret) {
    scan_rows<same_window>(x, y, windows, at);
  } else {
    for (int lane = 0; lane < kLanes; ++lane) {
      const StoredPoint& point = windows[lane][at[lane].index];
      x[lane] = load_row(point.x), y[lane] = load_row(point.y);
    }
  }
  const auto sign = [&](int lane) { return static_cast<i64>(at[lane].negative); };
  return Table4{from_rows(x[0], x[1], x[2], x[3]),
                negate_if(_mm256_setr_epi64x(sign(0), sign(1), sign(2), sign(3)), from_rows(y[0], y[1], y[2], y[3]))};
}

// Windows 4·step … 4·step + 3 of one scalar; past the last one, the lanes take a window twice.
template <bool secret>
STARKCORE_NOINLINE Table4 scalar_step(const StoredPoint* table, const OddRecoding& k, int step) {
  const StoredPoint* windows[kLanes];
  WindowIndex at[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    const int w = kLanes * step + lane < kGeneratorWindows ? kLanes * step + lane : kLanes * step + lane - 2;
    windows[lane] = table + w * kGeneratorEntries;
    at[lane] = window_index(k, w);
  }
  return window_points<secret, false>(windows, at);
}

// k·(the table's point), 0 < k < n; finite. Ten additions and those of the lanes.
template <bool secret>
STARKCORE_NOINLINE XyzzPoint mul_table(const StoredPoint* table, const U256& k) {
  static_assert(kGeneratorWindows == kLanes * kGeneratorSteps - 2);
  OddRecoding recoded = recode_odd(k);
  Xyzz4 sum = to_xyzz4(scalar_step<secret>(table, recoded, 0));
  for (int step = 1; step < kGeneratorSteps - 1; ++step) add(sum, scalar_step<secret>(table, recoded, step));
  Xyzz4 last = sum;  // the two upper lanes have no window any more
  add(last, scalar_step<secret>(table, recoded, kGeneratorSteps - 1));
  sum = Xyzz4{blend<12>(last.x, sum.x), blend<12>(last.y, sum.y), blend<12>(last.zz, sum.zz),
              blend<12>(last.zzz, sum.zzz)};
  add_lanes(sum);
  XyzzPoint out;
  from_lanes(&out, sum, 1);
  if constexpr (secret) wipe(recoded), wipe(sum), wipe(last);
  STARKCORE_CHECK(!is_infinity_var(out));
  return out;
}

// k[l]·(the table's point) in lane l, 0 < k[l] < n; finite. 41 additions.
template <bool secret>
STARKCORE_NOINLINE Xyzz4 mul_table_lanes(const StoredPoint* table, const U256 k[kLanes]) {
  OddRecoding recoded[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) recoded[lane] = recode_odd(k[lane]);
  const auto points = [&](int w) {
    const StoredPoint* const window = table + w * kGeneratorEntries;
    const StoredPoint* const windows[kLanes] = {window, window, window, window};
    WindowIndex at[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) at[lane] = window_index(recoded[lane], w);
    return window_points<secret, true>(windows, at);
  };
  Xyzz4 sum = to_xyzz4(points(0));
  for (int w = 1; w < kGeneratorWindows; ++w) add(sum, points(w));
  if constexpr (secret) wipe(recoded);
  return sum;
}

// sums[i] = k[i]·(the table's point) for i < count <= 4, 0 < k[i] < n; finite.
template <bool secret>
inline void mul_table_four(XyzzPoint* sums, const StoredPoint* table, const U256* k, std::size_t count) {
  U256 scalars[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) scalars[i] = k[i < count ? i : 0];
  Xyzz4 sum = mul_table_lanes<secret>(table, scalars);
  complete(sum);
  from_lanes(sums, sum, count);
  if constexpr (secret) wipe(scalars), wipe(sum);
}

// The same for any count: four at a time, and the rest one by one where that is quicker.
template <bool secret>
inline void mul_table_many(XyzzPoint* sums, const StoredPoint* table, const U256* k, std::size_t count) {
  std::size_t i = 0;
  for (; count - i >= 3; i += count - i < kLanes ? count - i : kLanes) {
    mul_table_four<secret>(sums + i, table, k + i, count - i < kLanes ? count - i : kLanes);
  }
  for (; i < count; ++i) sums[i] = mul_table<secret>(table, k[i]);
}

}  // namespace starkcore::STARKCORE_ENGINE
