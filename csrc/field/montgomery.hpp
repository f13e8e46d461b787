// Constants of Montgomery arithmetic, computed by the compiler from the modulus.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

// 2^exponent mod m, for 2^251 < m < 2^252: doubling and subtracting, nothing clever.
constexpr U256 pow2_mod(int exponent, const U256& m) {
  U256 a{{1, 0, 0, 0}};
  for (int step = 0; step < exponent; ++step) {
    U256 doubled{}, reduced{};
    u64 borrow = 0;
    for (int i = 0; i < 4; ++i) {
      doubled.w[i] = (a.w[i] << 1) | (i > 0 ? a.w[i - 1] >> 63 : 0);
    }
    for (int i = 0; i < 4; ++i) {
      const u64 first = doubled.w[i] - m.w[i];
      reduced.w[i] = first - borrow;
      borrow = static_cast<u64>(doubled.w[i] < m.w[i]) | static_cast<u64>(first < borrow);
    }
    a = borrow != 0 ? doubled : reduced;
  }
  return a;
}

// m⁻¹ mod 2^64 for odd m: Newton's iteration doubles the number of right bits, 3 at the start.
constexpr u64 inverse_mod_2_64(u64 m) {
  u64 inverse = m;
  for (int step = 0; step < 5; ++step) inverse *= 2 - m * inverse;
  return inverse;
}

// a·m for a small a; the result fits 256 bits.
constexpr U256 small_multiple(u64 a, const U256& m) {
  U256 out{};
  u64 carry = 0;
  for (int i = 0; i < 4; ++i) {
    const u64 low = (m.w[i] & 0xffffffff) * a, high = (m.w[i] >> 32) * a;  // a < 2^32
    const u64 sum = low + (high << 32);
    const u64 total = sum + carry;
    carry = (high >> 32) + static_cast<u64>(sum < low) + static_cast<u64>(total < sum);
    out.w[i] = total;
  }
  return out;
}

}  // namespace starkcore
