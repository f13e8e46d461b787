// The Pedersen hash: H(a, b) = x(P0 + a_low·P1 + a_high·P2 + b_low·P3 + b_high·P4), low the 248 low bits, high the 4 above.
//
// A bit counts as ±1 (see csrc/tools/generate_tables.py), so each window of bits names a point of the table and a sign, and
// none is ever infinity; the constant parts, P0 included, are in the two first windows. Inputs are public: lookups depend
// on them.
//
// Why the incomplete additions are enough. The sum of a full hash always contains P0 once, and no table entry
// does; a sum equal or opposite to what is added would be a relation between P0 … P4, which are made so that nobody knows
// one (who finds one has broken the hash). right(b) alone is without P0: there the coefficients of P4 tell them apart,
// 15/2 in the sum until the last window, 0 in the entries; in the last window equality would need b = 2^252 − 2^i > p, where i is its first bit, and
// opposition b = 0, which is excluded by the precondition.
//
// All of it is for any table of hash/pedersen_entry.hpp.
#pragma once

#include "base/chunks.hpp"
#include "curve/point.hpp"
#include "field/batch_inversion.hpp"
#include "hash/pedersen_entry.hpp"

#if defined(STARKCORE_ENGINE_LANES)
#include "hash/pedersen_batch.hpp"
#include "hash/pedersen_lanes.hpp"
#else

namespace starkcore::STARKCORE_ENGINE {

template <class Table>
STARKCORE_INLINE AffinePoint pedersen_first(const StoredPoint* half, const U256& input) {
  return load(*pedersen_entry<Table>(half, input, 0).point);
}

// sum ← sum + the windows of an input from the second on.
// All lines are asked for first: the table is larger than the nearest caches, and the additions depend on each other.
template <class Table>
STARKCORE_INLINE void pedersen_add_rest(XyzzPoint& sum, const StoredPoint* half, const U256& input) {
  PedersenEntry entries[Table::kWindows];
  for (int w = 1; w < Table::kWindows; ++w) {
    entries[w] = pedersen_entry<Table>(half, input, w);
    prefetch(entries[w].point);
  }
  for (int w = 1; w < Table::kWindows; ++w) add(sum, load_signed(*entries[w].point, entries[w].negative));
}

// P0 + a_low·P1 + a_high·P2
template <class Table = BuiltInTable>
STARKCORE_NOINLINE inline XyzzPoint pedersen_left_sum(const U256& a, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(a, kP));
  XyzzPoint sum = to_xyzz(pedersen_first<Table>(table.left(), a));
  pedersen_add_rest<Table>(sum, table.left(), a);
  return sum;
}

// sum + b_low·P3 + b_high·P4
template <class Table>
STARKCORE_NOINLINE inline void pedersen_add_right(XyzzPoint& sum, const U256& b, Table table) {
  STARKCORE_CHECK(mask_if_less(b, kP));
  add(sum, pedersen_first<Table>(table.right(), b));
  pedersen_add_rest<Table>(sum, table.right(), b);
}

// b_low·P3 + b_high·P4 for b != 0
template <class Table = BuiltInTable>
STARKCORE_NOINLINE inline XyzzPoint pedersen_right_sum(const U256& b, Table table = {}) {
  STARKCORE_CHECK(mask_if_less(b, kP) && !is_zero_var(b));
  XyzzPoint sum = to_xyzz(pedersen_first<Table>(table.right(), b));
  pedersen_add_rest<Table>(sum, table.right(), b);
  return sum;
}

// P0 + a_low·P1 + a_high·P2 + b_low·P3 + b_high·P4
template <class Table>
inline XyzzPoint pedersen_sum(const U256& a, const U256& b, Table table) {
  XyzzPoint sum = pedersen_left_sum(a, table);
  pedersen_add_right(sum, b, table);
  return sum;
}

// left + b_low·P3 + b_high·P4, for a left that contains P0
template <class Table>
inline XyzzPoint pedersen_right_sum_onto(const StoredPoint& left, const U256& b, Table table) {
  XyzzPoint sum = to_xyzz(load(left));
  pedersen_add_right(sum, b, table);
  return sum;
}

}  // namespace starkcore::STARKCORE_ENGINE

#endif

namespace starkcore::STARKCORE_ENGINE {

// out[i] = x(sums[i]), count <= kChunk, by one inversion.
inline void x_coordinates_var(U256* out, XyzzPoint* sums, std::size_t count) {
  STARKCORE_CHECK(count <= kChunk);
  Fp<2> zz[kChunk], prefix[kChunk];
  for (std::size_t i = 0; i < count; ++i) {
    STARKCORE_CHECK(!is_infinity_var(sums[i]));
    zz[i] = sums[i].zz;
  }
  // No ZZ is 0: no sum is infinity, by the argument at the top.
  invert_many(zz, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
  for (std::size_t i = 0; i < count; ++i) out[i] = from_fp(sums[i].x * zz[i]);
}

// The same points in full, as they are stored.
inline void stored_points_var(StoredPoint* out, XyzzPoint* sums, std::size_t count) {
  STARKCORE_CHECK(count <= kChunk);
  Fp<2> zzz[kChunk], prefix[kChunk];
  for (std::size_t i = 0; i < count; ++i) zzz[i] = sums[i].zzz;
  // None is 0, as above; right(0), which is no point, is the caller's to exclude.
  invert_many(zzz, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
  for (std::size_t i = 0; i < count; ++i) out[i] = store(to_affine(sums[i], zzz[i]));
}

// Chunks of hashes: count <= kChunk. Engines with lanes take many of them together.

template <class Table>
inline void pedersen_chunk(U256* out, const U256* a, const U256* b, std::size_t count, Table table) {
#if defined(STARKCORE_ENGINE_LANES)
  if (count >= kBatchFrom && add_windows_x_var(out, a, b, count, nullptr, table)) return;
#endif
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_sum(a[i], b[i], table);
  x_coordinates_var(out, sums, count);
}

template <class Table>
inline void pedersen_left_chunk(StoredPoint* out, const U256* a, std::size_t count, Table table) {
#if defined(STARKCORE_ENGINE_LANES)
  if (count >= kBatchFrom && add_windows_stored_var(out, a, nullptr, count, table)) return;
#endif
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_left_sum(a[i], table);
  stored_points_var(out, sums, count);
}

template <class Table>
inline void pedersen_right_chunk(StoredPoint* out, const U256* b, std::size_t count, Table table) {
#if defined(STARKCORE_ENGINE_LANES)
  if (count >= kBatchFrom && add_windows_stored_var(out, nullptr, b, count, table)) return;
#endif
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_right_sum(b[i], table);
  stored_points_var(out, sums, count);
}

template <class Table>
inline void pedersen_after_chunk(U256* out, const StoredPoint* const* lefts, const U256* words, std::size_t count,
                                 Table table) {
#if defined(STARKCORE_ENGINE_LANES)
  if (count >= kBatchFrom && add_windows_x_var(out, nullptr, words, count, lefts, table)) return;
#endif
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_right_sum_onto(*lefts[i], words[i], table);
  x_coordinates_var(out, sums, count);
}

template <class Table>
inline void pedersen_before_chunk(U256* out, const U256* words, const StoredPoint* const* rights, std::size_t count,
                                  Table table) {
#if defined(STARKCORE_ENGINE_LANES)
  if (count >= kBatchFrom && add_windows_x_var(out, words, nullptr, count, rights, table)) return;
#endif
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] = pedersen_left_sum(words[i], table);
    add(sums[i], load(*rights[i]));
  }
  x_coordinates_var(out, sums, count);
}

// The engine's functions: engine/engine.hpp has their contracts.

inline void pedersen(U256* out, const U256* a, const U256* b, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_chunk(out + first, a + first, b + first, size, table);
    });
  });
}

inline void pedersen_left(StoredPoint* out, const U256* a, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count,
               [&](std::size_t first, std::size_t size) { pedersen_left_chunk(out + first, a + first, size, table); });
  });
}

inline void pedersen_right(StoredPoint* out, const U256* b, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count,
               [&](std::size_t first, std::size_t size) { pedersen_right_chunk(out + first, b + first, size, table); });
  });
}

inline void pedersen_after(U256* out, const StoredPoint* const* lefts, const U256* words, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_after_chunk(out + first, lefts + first, words + first, size, table);
    });
  });
}

inline void pedersen_before(U256* out, const U256* words, const StoredPoint* const* rights, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_before_chunk(out + first, words + first, rights + first, size, table);
    });
  });
}

inline void pedersen_order(U256* out, const StoredPoint* const* lefts, const U256* words,
                           const StoredPoint* const* tails, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      U256 inner[kChunk];
      pedersen_after_chunk(inner, lefts + first, words + first, size, table);
      pedersen_before_chunk(out + first, inner, tails + first, size, table);
    });
  });
}

}  // namespace starkcore::STARKCORE_ENGINE
