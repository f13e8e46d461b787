// k·G from a fixed table, one window after the other. Contract: curve/base_mul.hpp, which includes this.
//
// Why the incomplete addition never meets its exceptions. Windows of b bits are added from the
// lowest up, up to the window t. Before window w the sum is c·G with |c| < 2^(bw), c odd; what is
// added is e·G with e = d·2^(bw), |e| >= 2^(bw) > |c|. For w < t, |c| + |e| < 2^(bt) < n/2, so c ≢
// ±e mod n. For w = t, the total c + e = k is in (0, n), hence c ≢ −e, and e > 0 since k > 0. c ≡ e
// would need e − c = 0 or a multiple of n with |c| < 2^(bt): not 0, since |c| < |e|, and not 2n or
// more, since e < k + 2^(bt) < 1.5·n. So e − c = n. Now n is just above an even multiple of 2^(bt),
// n = 2^251 + 17·2^192 − …,
//   b = 6, t = 41: 32·2^246;    b = 5, t = 50: 2·2^250;    b = 4, t = 62: 8·2^248,
// and |d·2^(bt) − n| < 2^(bt) for one odd d alone, which is that multiple's successor, 33, 3 or 9.
// It leaves c = e − n > 0, whence k = c + e > n: a contradiction. The neighbours of those scalars
// are in the tests.
#pragma once

#include "base/secret.hpp"
#include "curve/point.hpp"
#include "curve/recoding.hpp"
#if defined(STARKCORE_ENGINE_AARCH64)
#include "curve/scan_aarch64.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

#if !defined(STARKCORE_ENGINE_AARCH64)
// The entry with that index of a window of the table, reading all of it.
template <int entries>
STARKCORE_INLINE StoredPoint scan(const StoredPoint* window, u64 index) {
  u64 found[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (u64 i = 0; i < entries; ++i) {
    const Mask here = mask_if_equal(i, index);
    const u64* entry = window[i].x.w;
    for (int j = 0; j < 4; ++j) found[j] |= entry[j] & here;
    const u64* entry_y = window[i].y.w;
    for (int j = 0; j < 4; ++j) found[4 + j] |= entry_y[j] & here;
  }
  StoredPoint out;
  for (int j = 0; j < 4; ++j) out.x.w[j] = found[j], out.y.w[j] = found[4 + j];
  return out;
}
#endif

// The point of window w for its bits. secret: every entry of the window is read.
template <bool secret, class Layout>
STARKCORE_INLINE AffinePoint signed_entry(const StoredPoint* table, const OddRecoding& k, int w) {
  const WindowIndex at = window_index<Layout::kWindow>(k, w);
  const StoredPoint* window = table + w * Layout::kEntries;
  return load_signed(secret ? scan<Layout::kEntries>(window, at.index) : window[at.index], at.negative);
}

// k·(the table's point), 0 < k < n; finite. 41 additions with windows of six bits, 50 with five.
template <bool secret, class Layout = WideLayout>
STARKCORE_NOINLINE XyzzPoint mul_table(const StoredPoint* table, const U256& k) {
  OddRecoding recoded = recode_odd<Layout::kWindows * Layout::kWindow>(k);
  XyzzPoint sum = to_xyzz(signed_entry<secret, Layout>(table, recoded, 0));
  for (int w = 1; w < Layout::kWindows; ++w) add(sum, signed_entry<secret, Layout>(table, recoded, w));
  if constexpr (secret) wipe(recoded);
  STARKCORE_CHECK(!is_infinity_var(sum));
  return sum;
}

// sums[i] = k[i]·(the table's point) for i < count.
template <bool secret>
inline void mul_table_many(XyzzPoint* sums, const StoredPoint* table, const U256* k, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = mul_table<secret>(table, k[i]);
}

}  // namespace starkcore::STARKCORE_ENGINE
