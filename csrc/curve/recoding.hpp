// Scalars as signed odd digits. Constant time.
//
// Recoding. An odd k in (0, n) is Σ (2·b_j − 1)·2^j, j = 0 … N − 1, with Σ b_j·2^j = (k + 2^N − 1)/2, for any N with
// n < 2^N: every signed bit is ±1, so a window of six has an odd value d = 2v − 63 in {±1, …, ±63}, never zero, and the
// table of odd multiples of 2^(6w)·G serves it with a sign. Likewise with windows of five and of four.
// An even k is replaced by n − k, which is odd, and the result by its opposite.
#pragma once

#include "curve/generator_table.hpp"
#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// The signed bits of k or n − k, whichever is odd; negative is set for the latter.
struct OddRecoding {
  U256 bits;
  Mask negative;
};

// 0 < k < n, as `total` signed bits. Constant time.
template <int total = WideLayout::kWindows* WideLayout::kWindow>
STARKCORE_INLINE OddRecoding recode_odd(const U256& k) {
  OddRecoding out;
  U256 negated;
  sub(negated, kN, k);
  out.negative = mask_from_bit(1 ^ (k.w[0] & 1));
  const U256 odd = select(out.negative, negated, k);
  static_assert(kInputBits <= total && total <= 256);
  out.bits = shift_right(odd, 1);  // (k + 2^total − 1)/2 = (k − 1)/2 + 2^(total − 1)
  out.bits.w[(total - 1) / 64] += u64{1} << ((total - 1) % 64);
  return out;
}

// Where the point of a window's bits is among the window's odd multiples, and whether its opposite is meant.
struct WindowIndex {
  u64 index;  // |d| = 2·index + 1
  Mask negative;
};

template <int width = WideLayout::kWindow>
STARKCORE_INLINE WindowIndex window_index(const OddRecoding& k, int w) {
  const auto position = static_cast<unsigned>(w * width);
  u64 v;
  if constexpr (64 % width == 0) {  // no window is in two limbs
    v = (k.bits.w[position / 64] >> (position % 64)) & ((u64{1} << width) - 1);
  } else {
    v = bits(k.bits, position, width);
  }
  const Mask negative = mask_from_bit(1 ^ (v >> (width - 1)));
  return {(v ^ negative) & ((u64{1} << (width - 1)) - 1), negative ^ k.negative};
}

}  // namespace starkcore::STARKCORE_ENGINE
