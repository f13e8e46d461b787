// Constants of Montgomery arithmetic, computed by the compiler from the modulus.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

// a/2 mod m for odd m and a < m.
constexpr U256 half_mod(const U256& a, const U256& m) {
  U256 sum{}, out{};
  const u64 odd = 0 - (a.w[0] & 1);
  u64 carry = 0;
  for (int i = 0; i < 4; ++i) {
    const u64 first = a.w[i] + carry, term = m.w[i] & odd;
    sum.w[i] = first + term;
    carry = static_cast<u64>(first < carry) | static_cast<u64>(sum.w[i] < term);
  }
  for (int i = 0; i < 4; ++i) out.w[i] = (sum.w[i] >> 1) | ((i < 3 ? sum.w[i + 1] : carry) << 63);
  return out;
}

// 2^exponent mod m, for odd m, 2^251 < m < 2^252: doubling and subtracting, or halving; nothing clever.
constexpr U256 pow2_mod(int exponent, const U256& m) {
  U256 a{{1, 0, 0, 0}};
  for (int step = 0; step > exponent; --step) a = half_mod(a, m);
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
