// Tables of the generator's odd multiples, as csrc/tools/generate_tables.py writes them. Read-only
// data, shared by processes.
//
// A scalar is cut into windows of `width` bits, the lowest bits first, each of which stands for an
// odd digit (curve/recoding.hpp). Row w of a table has (2i + 1)·2^(width·w)·G for i < 2^(width −
// 1).
//
// Why there are three. Wide windows ask for few additions, which is what counts in batches. A
// secret digit has its whole row read, though, and a single scalar reads the whole table: 84 KB
// with six bits, which between two orders are no longer in the caches. With five bits (51 KB) the
// additions that come on top cost what less reading saves, with four bits (32 KB) only where eight
// are done at a time.
#pragma once

#include "curve/stored_point.hpp"

namespace starkcore {

inline constexpr int kInputBits = 252;  // of a field element, and of a scalar

template <int width>
struct GeneratorLayout {
  static constexpr int kWindow = width;
  static constexpr int kWindows = (kInputBits + width - 1) / width;
  static constexpr int kEntries = 1 << (width - 1);
  static constexpr int kPoints = kWindows * kEntries;
};

inline constexpr int kGeneratorWindow = 6;
using WideLayout = GeneratorLayout<kGeneratorWindow>;  // of kGeneratorTable, and of prepared keys
inline constexpr int kGeneratorWindows = WideLayout::kWindows;
inline constexpr int kGeneratorEntries = WideLayout::kEntries;

alignas(64) extern const StoredPoint kGeneratorTable[WideLayout::kPoints];
alignas(64) extern const StoredPoint kGeneratorTable5[GeneratorLayout<5>::kPoints];
alignas(64) extern const StoredPoint kGeneratorTable4[GeneratorLayout<4>::kPoints];

// What a single secret scalar is looked up in, where `lanes` windows are added at a time.
template <int lanes>
struct SingleTable {
  using Layout = GeneratorLayout<5>;
  static const StoredPoint* points() { return kGeneratorTable5; }
};
template <>
struct SingleTable<8> {
  using Layout = GeneratorLayout<4>;
  static const StoredPoint* points() { return kGeneratorTable4; }
};

}  // namespace starkcore
