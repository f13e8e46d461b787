// In place of csrc/curve/generator_table.hpp: a generator's table of as many and as narrow windows
// as a tiny n has room for, for single scalars and for batches. It is filled when the test starts.
#pragma once

#include "curve/stored_point.hpp"

namespace starkcore {

struct WideLayout {
  static constexpr int kWindow = TINY_WINDOW;
  static constexpr int kWindows = TINY_WINDOWS;
  static constexpr int kEntries = 1 << (kWindow - 1);
  static constexpr int kPoints = kWindows * kEntries;
};

inline constexpr int kGeneratorWindow = WideLayout::kWindow;
inline constexpr int kGeneratorWindows = WideLayout::kWindows;
inline constexpr int kGeneratorEntries = WideLayout::kEntries;
inline constexpr int kInputBits = kGeneratorWindow * kGeneratorWindows;
static_assert(TINY_ORDER >> kInputBits == 0);

alignas(64) extern StoredPoint kGeneratorTable[WideLayout::kPoints];

template <int lanes>
struct SingleTable {
  using Layout = WideLayout;
  static const StoredPoint* points() { return kGeneratorTable; }
};

}  // namespace starkcore
