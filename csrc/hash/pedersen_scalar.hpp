// The sums of a Pedersen hash, one window after the other: how they are meant, and why they are
// right, says hash/pedersen.hpp, which includes this. Public inputs; variable addresses.
#pragma once

#include "base/chunks.hpp"
#include "curve/point.hpp"
#include "hash/pedersen_entry.hpp"

namespace starkcore::STARKCORE_ENGINE {

template <class Table>
STARKCORE_INLINE AffinePoint pedersen_first_var(const StoredPoint* half, const U256& input) {
  return load(*pedersen_entry_var<Table>(half, input, 0).point);
}

// sum ← sum + the windows of an input from the second on, up to window `windows`.
// All lines are asked for first: the table is larger than the nearest caches, and the additions depend on each other.
template <class Table>
STARKCORE_INLINE void pedersen_add_rest_var(XyzzPoint& sum, const StoredPoint* half, const U256& input,
                                            int windows = Table::kWindows) {
  PedersenEntry entries[Table::kWindows];
  for (int w = 1; w < windows; ++w) {
    entries[w] = pedersen_entry_var<Table>(half, input, w);
    prefetch(entries[w].point);
  }
  for (int w = 1; w < windows; ++w) add(sum, load_signed(*entries[w].point, entries[w].negative));
}

// P0 + a_low·P1 + a_high·P2
template <class Table = BuiltInTable>
STARKCORE_NOINLINE inline XyzzPoint pedersen_left_sum_var(const U256& a, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(a, kP));
  XyzzPoint sum = to_xyzz(pedersen_first_var<Table>(table.left(), a));
  pedersen_add_rest_var<Table>(sum, table.left(), a);
  return sum;
}

// sum + b_low·P3 + b_high·P4, for a sum that contains P0. Of a short b there are its windows and
// one point for all others.
template <class Table>
STARKCORE_NOINLINE inline void pedersen_add_right_var(XyzzPoint& sum, const U256& b, Table table) {
  STARKCORE_CHECK(mask_if_less(b, kP));
  add(sum, pedersen_first_var<Table>(table.right(), b));
  if constexpr (Table::kHasRests) {
    constexpr int few = 6, more = 14;
    if (fits_windows_var<Table, more>(b)) {
      const int windows = fits_windows_var<Table, few>(b) ? few : more;
      pedersen_add_rest_var<Table>(sum, table.right(), b, windows);
      return add(sum, load(*table.rest(windows)));
    }
  }
  pedersen_add_rest_var<Table>(sum, table.right(), b);
}

// b_low·P3 + b_high·P4 for b != 0
template <class Table = BuiltInTable>
STARKCORE_NOINLINE inline XyzzPoint pedersen_right_sum_var(const U256& b, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(b, kP) && !is_zero_var(b));
  XyzzPoint sum = to_xyzz(pedersen_first_var<Table>(table.right(), b));
  pedersen_add_rest_var<Table>(sum, table.right(), b);
  return sum;
}

// P0 + a_low·P1 + a_high·P2 + b_low·P3 + b_high·P4
template <class Table>
inline XyzzPoint pedersen_sum_var(const U256& a, const U256& b, Table table) {
  XyzzPoint sum = pedersen_left_sum_var(a, table);
  pedersen_add_right_var(sum, b, table);
  return sum;
}

// left + b_low·P3 + b_high·P4, for a left that contains P0
template <class Table>
inline XyzzPoint pedersen_right_sum_onto_var(const StoredPoint& left, const U256& b, Table table) {
  XyzzPoint sum = to_xyzz(load(left));
  pedersen_add_right_var(sum, b, table);
  return sum;
}

// What engines with lanes have for many hashes together (hash/pedersen_batch.hpp): here each hash is
// by itself, since no chunk is large enough.
inline constexpr std::size_t kBatchFrom = kChunk + 1;

template <class Table>
constexpr bool add_windows_x_var(U256*, const U256*, const U256*, std::size_t, const StoredPoint* const*, Table) {
  return false;
}

template <class Table>
constexpr bool add_windows_stored_var(StoredPoint*, const U256*, const U256*, std::size_t, Table) {
  return false;
}

}  // namespace starkcore::STARKCORE_ENGINE
