// Verification under a prepared key, in lanes: one signature over all of them, or one a lane. Public.
//
// All windows of (m·w)·G and (r·w)·Q, from the tables of both points, go into one sum, so there is
// nothing to convert and to add in between. Who knows how Q depends on G can make any addition meet
// its exception, which leaves ZZ = 0 there and in every sum after it (X is 0 at once for equal
// points; opposite ones leave X = R² ≠ 0, and the next addition makes it 0, as then Y² = X³). It is
// looked for once, in the end; such an item, and one whose message has the scalar 0, is done again
// by itself.
#pragma once

#include "curve/base_mul.hpp"
#include "ecdsa/verify_one.hpp"

namespace starkcore::STARKCORE_ENGINE {

// (m·w)·G and (r·w)·Q as windows of their tables: those of G, then those of Q.
struct PreparedWindows {
  static constexpr int count = 2 * kGeneratorWindows;
  OddRecoding message, key;
  bool covered;  // whether the message's scalar is not 0; it counts as 1 otherwise

  PreparedWindows() = default;
  PreparedWindows(const VerifyItem& item, const Fn& w) {
    const U256 u = from_fn(to_fn(item.message_hash) * w);
    covered = !starkcore::is_zero_var(u);
    message = recode_odd(covered ? u : u256(1));
    key = recode_odd(from_fn(to_fn(item.r) * w));
  }

  // The table's window i, and where in it the point is.
  STARKCORE_INLINE const StoredPoint* at(int i, WindowIndex& index, const PreparedKey& tables) const {
    const bool first = i < kGeneratorWindows;
    const int w = first ? i : i - kGeneratorWindows;
    index = window_index(first ? message : key, w);
    return (first ? kGeneratorTable : tables.table) + w * kGeneratorEntries;
  }
};

// x = r for x = X/ZZ, in the lower `count` lanes. A bit a lane; those with ZZ = 0 are in `redo`.
template <class R>
STARKCORE_INLINE unsigned has_x_lanes_var(unsigned& redo, const XyzzLanes& sum, R r) {
  const FpLanes<1> zz = sum.zz * constant_lanes(held(pow2_mod(kScaleBits, kP)));  // x has the factor κ²
  redo = zero_lanes_var(zz);
  return zero_lanes_var(mul_sub(zz, load_elements(r), sum.x));
}

// Whether the signature is right but for the bound on w. The lanes take the windows in turn; the
// last ones may have one less.
STARKCORE_NOINLINE inline bool verify_one_in_lanes_var(const VerifyItem& item, const Fn& w, const PreparedKey& key) {
  constexpr int steps = (PreparedWindows::count + kLanes - 1) / kLanes, rest = PreparedWindows::count % kLanes;
  const PreparedWindows in(item, w);
  const auto points = [&](int step) {
    const StoredPoint* windows[kLanes];
    WindowIndex at[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      const int i = kLanes * step + lane;
      windows[lane] = in.at(i < PreparedWindows::count ? i : PreparedWindows::count - 1, at[lane], key);
    }
    return window_points<false, false>(windows, at);
  };
  XyzzLanes sum = to_xyzz(points(0)), before;
  for (int step = 1; step < steps; ++step) {
    if (rest != 0 && step == steps - 1) before = sum;
    add(sum, points(step));
  }
  if constexpr (rest != 0) {
    sum = XyzzLanes{join<rest>(sum.x, before.x), join<rest>(sum.y, before.y), join<rest>(sum.zz, before.zz),
                    join<rest>(sum.zzz, before.zzz)};
  }
  add_lanes(sum);
  unsigned redo;
  const unsigned good = has_x_lanes_var(redo, sum, [&](int) -> const U256& { return item.r; });
  if (!in.covered || (redo & 1) != 0) return verify_one_prepared_var(item, w, key);
  return (good & 1) != 0;
}

// valid[i] = the same of signature i, for i < count <= kLanes.
STARKCORE_NOINLINE inline void verify_prepared_lanes_var(bool* valid, const VerifyItem* items, const Fn* ws,
                                                         std::size_t count, const PreparedKey& key) {
  PreparedWindows in[kLanes];
  for (std::size_t i = 0; i < count; ++i) in[i] = PreparedWindows(items[i], ws[i]);
  for (std::size_t i = count; i < kLanes; ++i) in[i] = in[0];
  const auto points = [&](int i) {
    const StoredPoint* windows[kLanes];
    WindowIndex at[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) windows[lane] = in[lane].at(i, at[lane], key);
    return window_points<false, true>(windows, at);
  };
  XyzzLanes sum = to_xyzz(points(0));
  for (int i = 1; i < PreparedWindows::count; ++i) add(sum, points(i));
  unsigned redo;
  const unsigned good = has_x_lanes_var(
      redo, sum, [&](int lane) -> const U256& { return items[static_cast<std::size_t>(lane) < count ? lane : 0].r; });
  for (std::size_t i = 0; i < count; ++i) {
    const bool again = !in[i].covered || ((redo >> i) & 1) != 0;
    valid[i] = again ? verify_one_prepared_var(items[i], ws[i], key) : ((good >> i) & 1) != 0;
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
