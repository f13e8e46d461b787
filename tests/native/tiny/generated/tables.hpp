// In place of csrc/generated/tables.hpp: a generator's table of as many and as narrow windows as a tiny n has room for. It is filled when
// the test starts.
#pragma once

#include "curve/stored_point.hpp"

namespace starkcore {

inline constexpr int kGeneratorWindow = TINY_WINDOW;
inline constexpr int kGeneratorWindows = TINY_WINDOWS;
inline constexpr int kGeneratorEntries = 1 << (kGeneratorWindow - 1);
inline constexpr int kInputBits = kGeneratorWindow * kGeneratorWindows;
static_assert(TINY_ORDER >> kInputBits == 0);

alignas(64) extern StoredPoint kGeneratorTable[kGeneratorWindows * kGeneratorEntries];

}  // namespace starkcore
