// k·G from the fixed table: constant time for secret scalars, and a quicker way to the same digits for public ones.
//
// Why the incomplete addition never meets its exceptions. Windows are added from the lowest up. Before window w the sum is c·G with
// |c| < 2^(6w), c odd; what is added is e·G with e = d·2^(6w), |e| >= 2^(6w) > |c|. For w < 41, |c| + |e| < 2^246 < n, so c ≢ ±e
// mod n. For w = 41 all digits together stay below 2^252 < 2n, so e − c and e + c are multiples of n only if they are 0 or ±n. The total
// c + e = k is in (0, n), hence c ≢ −e. And c ≡ e would need e − c = 0 or ±n with |c| < 2^246: not 0, since |c| < |e|; e > 0 because k > 0, so e − c = n with e = d·2^246, d odd, leaves d = 33 alone (n = 32·2^246 + 17·2^192 − …, and |d·2^246 − n| < 2^246
// for no other odd d) with c = 33·2^246 − n > 0, whence k = c + e > n: a contradiction. The neighbours of that scalar are in the
// tests.
#pragma once

#include "base/secret.hpp"
#include "curve/point.hpp"
#include "curve/recoding.hpp"
#include "field/fn.hpp"

#if defined(STARKCORE_ENGINE_LANES)
#include "curve/base_mul_lanes.hpp"
#else

#if defined(STARKCORE_ENGINE_AARCH64)
#include "curve/scan_aarch64.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

#if !defined(STARKCORE_ENGINE_AARCH64)
// The entry with that index of a window of the table, reading all of it.
STARKCORE_INLINE StoredPoint scan(const StoredPoint* window, u64 index) {
  u64 found[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (u64 i = 0; i < kGeneratorEntries; ++i) {
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

// The point of window w for its six bits. secret: every entry of the window is read.
template <bool secret>
STARKCORE_INLINE AffinePoint signed_entry(const StoredPoint* table, const OddRecoding& k, int w) {
  const WindowIndex at = window_index(k, w);
  const StoredPoint* window = table + w * kGeneratorEntries;
  return load_signed(secret ? scan(window, at.index) : window[at.index], at.negative);
}

// k·(the table's point), 0 < k < n; finite. 41 additions.
template <bool secret>
STARKCORE_NOINLINE XyzzPoint mul_table(const StoredPoint* table, const U256& k) {
  OddRecoding recoded = recode_odd(k);
  XyzzPoint sum = to_xyzz(signed_entry<secret>(table, recoded, 0));
  for (int w = 1; w < kGeneratorWindows; ++w) add(sum, signed_entry<secret>(table, recoded, w));
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

#endif
