// How Pedersen's tables lie in memory, as csrc/tools/generate_tables.py and hash/pedersen_build.hpp fill them. Public.
#pragma once

#include "curve/generator_table.hpp"

namespace starkcore {

// How the bits of a Pedersen input are cut into windows, the lowest bits first: into equal ones, or
// the last ones have one bit more. The points of an input's first window are all in the table; of
// each other window those whose highest sign is plus.
template <int windows>
struct PedersenLayout {
  static constexpr int kWindows = windows;
  static constexpr int kNarrow = kInputBits / windows;
  static constexpr bool kEqual = kInputBits % windows == 0;
  static constexpr int kWide = windows - kInputBits % windows;  // the first window of kNarrow + 1 bits, if there is one

  // How many windows below w have a bit more.
  static constexpr int wide_below(int w) { return kEqual || w <= kWide ? 0 : w - kWide; }
  static constexpr int width(int w) { return kNarrow + (!kEqual && w >= kWide ? 1 : 0); }
  static constexpr int first_bit(int w) { return w * kNarrow + wide_below(w); }
  static constexpr int first_point(int w) { return w == 0 ? 0 : (w + 1 + wide_below(w)) << (kNarrow - 1); }
  static constexpr int kHalf = first_point(windows);  // points of one input
};

using BuiltInLayout = PedersenLayout<28>;  // 28 windows of 9 bits
using LargeLayout = PedersenLayout<20>;    // 8 windows of 12 bits, 12 of 13

// The points of a's windows, those of b's, and b's rests: what its windows from the second on, from
// the third on, …, the two last ones come to where their bits are 0. Read-only data, shared by
// processes.
inline constexpr int kPedersenRests = BuiltInLayout::kWindows - 2;
alignas(64) extern const StoredPoint kPedersenTable[2 * BuiltInLayout::kHalf + kPedersenRests];

}  // namespace starkcore
