// The tables that csrc/tools/generate_tables.py writes; what they hold is said there. Read-only data, shared by processes.
#pragma once

#include "curve/stored_point.hpp"

namespace starkcore {

inline constexpr int kInputBits = 252;  // of a field element, and of a scalar

inline constexpr int kPedersenWindow = 9;
inline constexpr int kPedersenWindows = kInputBits / kPedersenWindow;  // of one input
inline constexpr int kPedersenFirst = 1 << kPedersenWindow;            // points of an input's first window
inline constexpr int kPedersenOther = 1 << (kPedersenWindow - 1);      // points of each other window
inline constexpr int kPedersenHalf = kPedersenFirst + (kPedersenWindows - 1) * kPedersenOther;  // points of one input

inline constexpr int kGeneratorWindow = 6;
inline constexpr int kGeneratorWindows = kInputBits / kGeneratorWindow;
inline constexpr int kGeneratorEntries = 1 << (kGeneratorWindow - 1);

alignas(64) extern const StoredPoint kPedersenTable[2 * kPedersenHalf];
alignas(64) extern const StoredPoint kGeneratorTable[kGeneratorWindows * kGeneratorEntries];

}  // namespace starkcore
