// What the columns of the four-lane arithmetic start at (field/fp4_kernel.hpp): constants, computed by the compiler.
//
// A column collects bit patterns of doubles, so it starts at minus the constants in them; and it is
// raised, so that it stays positive and a logical shift can take its carry. What the columns are
// raised by, less what the digits are lowered by in the end, has to be 0 mod p: it is made so in
// the five lowest columns.
#pragma once

#include "field/constants.hpp"
#include "field/montgomery.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kDigits4 = 5;
inline constexpr int kDigitBits4 = 51;
inline constexpr int kColumns4 = 2 * kDigits4;
inline constexpr int kTopBits4 = 251 - (kDigits4 - 1) * kDigitBits4;  // of the top digit, up to bit 251

// κ = 2^128 = 2^(2·51 + 26), a factor between the tables' y-coordinates and those of the four-lane
// points (curve/point_lanes.hpp).
inline constexpr int kShiftDigit = 2;
inline constexpr double kKappaDigit = 0x1p26;

// Columns 0 … 4 are raised by about 2^61, columns 5 … 9 by 2^56.
inline constexpr int kRaisedLow = 61, kRaisedHigh = 56;

// The constants of the split, and their bit patterns: an integer x in [−2^51, 2^51] times the last
// place of kSplit (2^51) or of kUnit (1), added to it, has the bit pattern of the constant plus x.
inline constexpr double kSplit = 0x1.8p103, kUnit = 0x1.8p52;
inline constexpr u64 kSplitBits = 0x4668000000000000, kUnitBits = 0x4338000000000000;

// What the columns are raised by less what the digits are lowered by, mod p.
constexpr U256 column_excess() {
  U256 missing{};
  for (int k = 0; k < kColumns4; ++k) {
    const int raised = k < kDigits4 ? kRaisedLow : kRaisedHigh;
    missing = subtract_mod(missing, pow2_mod(kDigitBits4 * k + raised, kP), kP);
  }
  U256 excess = subtract_mod(U256{}, missing, kP);
  for (int k = 0; k < kDigits4; ++k) {
    const int lowered = (k < kDigits4 - 1 ? kDigitBits4 : kTopBits4) - 1;
    excess = subtract_mod(excess, pow2_mod(kDigitBits4 * k + lowered, kP), kP);
  }
  return excess;
}

// Digit k of a, below 2^51.
constexpr u64 digit4(const U256& a, int k) {
  const int position = kDigitBits4 * k, limb = position / 64, shift = position % 64;
  u64 word = a.w[limb] >> shift;
  if (shift + kDigitBits4 > 64 && limb < 3) word |= a.w[limb + 1] << (64 - shift);
  return word & ((u64{1} << kDigitBits4) - 1);
}

// How many of the digit products d[i]·d[j], i + j = k, there are: all of them, or those with i <= j.
constexpr u64 products_in_column(int k, bool square) {
  u64 count = 0;
  for (int i = 0; i < kDigits4; ++i) count += k - i >= (square ? i : 0) && k - i < kDigits4;
  return count;
}

struct ColumnStart {
  alignas(32) u64 c[kColumns4][4];  // the same in each lane
};

// For sums of that many products and squares, products by a power of two in digit kShiftDigit, and
// values subtracted digit by digit.
constexpr ColumnStart column_start(u64 products, u64 squares, u64 shifted, u64 singles) {
  const U256 excess = column_excess();
  ColumnStart out{};
  for (int k = 0; k < kColumns4; ++k) {
    const auto terms = [&](int column) {
      const u64 moved = column >= kShiftDigit && column < kShiftDigit + kDigits4;
      return products * products_in_column(column, false) + squares * products_in_column(column, true) +
             shifted * moved;
    };
    const u64 lows = terms(k), highs = terms(k - 1);
    u64 start = u64{1} << (k < kDigits4 ? kRaisedLow : kRaisedHigh);
    if (k < kDigits4) start += singles * kUnitBits - digit4(excess, k);
    for (u64& lane : out.c[k]) lane = start - lows * kUnitBits - highs * kSplitBits;
  }
  return out;
}

// Sums of few digits need the five lowest columns alone, raised by less.
inline constexpr int kRaisedSum = 60;

struct SumStart {
  alignas(32) u64 c[kDigits4][4];
};

constexpr SumStart sum_start() {
  U256 excess{};
  const auto subtract = [&](int exponent) { excess = subtract_mod(excess, pow2_mod(exponent, kP), kP); };
  for (int k = 0; k < kDigits4; ++k) subtract(kDigitBits4 * k + kRaisedSum);
  excess = subtract_mod(U256{}, excess, kP);
  for (int k = 0; k < kDigits4; ++k) subtract(kDigitBits4 * k + (k < kDigits4 - 1 ? kDigitBits4 : kTopBits4) - 1);
  SumStart out{};
  for (int k = 0; k < kDigits4; ++k) {
    for (u64& lane : out.c[k]) lane = (u64{1} << kRaisedSum) - digit4(excess, k);
  }
  return out;
}

inline constexpr SumStart kSumStart = sum_start();

template <u64 products, u64 squares, u64 shifted, u64 singles>
inline constexpr ColumnStart kColumnStart = column_start(products, squares, shifted, singles);

}  // namespace starkcore::STARKCORE_ENGINE
