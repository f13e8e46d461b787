// The Pedersen hash: H(a, b) = x(P0 + a_low·P1 + a_high·P2 + b_low·P3 + b_high·P4), low the 248 low
// bits, high the 4 above.
//
// A bit counts as ±1 (see csrc/tools/generate_tables.py), so each window of bits names a point of
// the table and a sign, and none is ever infinity; the constant parts, P0 included, are in the two
// first windows. Inputs are public: lookups depend on them.
//
// Why the incomplete additions are enough. The sum of a full hash always contains P0 once, and no
// table entry does; a sum equal or opposite to what is added would be a relation between P0 … P4,
// which are made so that nobody knows one (who finds one has broken the hash). right(b) alone is
// without P0: there the coefficients of P4 tell them apart, 15/2 in the sum until the last window,
// 0 in the entries; in the last window equality would need b = 2^252 − 2^i > p, where i is its
// first bit, and opposition b = 0, which is excluded by the precondition.
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
#include "hash/pedersen_scalar.hpp"
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

// The same for one sum.
STARKCORE_INLINE U256 x_coordinate_var(const XyzzPoint& sum) {
  STARKCORE_CHECK(!is_infinity_var(sum));
  return from_fp(sum.x * Fp<2>{inverse_var(sum.zz)});
}

// Chunks of hashes: count <= kChunk. From kBatchFrom on they are taken together, where the engine
// can and has room.

template <class Table>
inline void pedersen_chunk_var(U256* out, const U256* a, const U256* b, std::size_t count, Table table) {
  if (count >= kBatchFrom && add_windows_x_var(out, a, b, count, nullptr, table)) return;
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_sum_var(a[i], b[i], table);
  x_coordinates_var(out, sums, count);
}

template <class Table>
inline void pedersen_left_chunk_var(StoredPoint* out, const U256* a, std::size_t count, Table table) {
  if (count >= kBatchFrom && add_windows_stored_var(out, a, nullptr, count, table)) return;
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_left_sum_var(a[i], table);
  stored_points_var(out, sums, count);
}

template <class Table>
inline void pedersen_right_chunk_var(StoredPoint* out, const U256* b, std::size_t count, Table table) {
  if (count >= kBatchFrom && add_windows_stored_var(out, nullptr, b, count, table)) return;
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_right_sum_var(b[i], table);
  stored_points_var(out, sums, count);
}

template <class Table>
inline void pedersen_after_chunk_var(U256* out, const StoredPoint* const* lefts, const U256* words, std::size_t count,
                                     Table table) {
  if (count >= kBatchFrom && add_windows_x_var(out, nullptr, words, count, lefts, table)) return;
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) sums[i] = pedersen_right_sum_onto_var(*lefts[i], words[i], table);
  x_coordinates_var(out, sums, count);
}

template <class Table>
inline void pedersen_before_chunk_var(U256* out, const U256* words, const StoredPoint* const* rights, std::size_t count,
                                      Table table) {
  if (count >= kBatchFrom && add_windows_x_var(out, words, nullptr, count, rights, table)) return;
  XyzzPoint sums[kChunk];
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] = pedersen_left_sum_var(words[i], table);
    add(sums[i], load(*rights[i]));
  }
  x_coordinates_var(out, sums, count);
}

// The engine's functions: engine/engine.hpp has their contracts.

inline void pedersen_var(U256* out, const U256* a, const U256* b, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_chunk_var(out + first, a + first, b + first, size, table);
    });
  });
}

inline void pedersen_left_var(StoredPoint* out, const U256* a, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_left_chunk_var(out + first, a + first, size, table);
    });
  });
}

inline void pedersen_right_var(StoredPoint* out, const U256* b, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_right_chunk_var(out + first, b + first, size, table);
    });
  });
}

inline void pedersen_after_var(U256* out, const StoredPoint* const* lefts, const U256* words, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_after_chunk_var(out + first, lefts + first, words + first, size, table);
    });
  });
}

inline void pedersen_before_var(U256* out, const U256* words, const StoredPoint* const* rights, std::size_t count) {
  with_pedersen_table([&](auto table) {
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      pedersen_before_chunk_var(out + first, words + first, rights + first, size, table);
    });
  });
}

// x by a function: what is fetched anew after other work counts for more than what is computed. And
// one order by itself, on a stack of its own, for the same reason.
STARKCORE_NOINLINE inline U256 x_apart_var(const XyzzPoint& sum) { return x_coordinate_var(sum); }

template <class Table>
STARKCORE_NOINLINE void pedersen_order_of_one_var(U256& out, const StoredPoint& left, const U256& word,
                                                  const StoredPoint& tail, Table table) {
  XyzzPoint sum = pedersen_right_sum_onto_var(left, word, table);
  sum = pedersen_left_sum_var(x_apart_var(sum), table);
  add(sum, load(tail));
  out = x_apart_var(sum);
}

inline void pedersen_order_var(U256* out, const StoredPoint* const* lefts, const U256* words,
                               const StoredPoint* const* tails, std::size_t count) {
  with_pedersen_table([&](auto table) {
    if (count == 1) return pedersen_order_of_one_var(*out, **lefts, *words, **tails, table);
    for_chunks(count, [&](std::size_t first, std::size_t size) {
      U256 inner[kChunk];
      pedersen_after_chunk_var(inner, lefts + first, words + first, size, table);
      pedersen_before_chunk_var(out + first, inner, tails + first, size, table);
    });
  });
}

}  // namespace starkcore::STARKCORE_ENGINE
