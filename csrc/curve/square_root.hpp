// Square roots in Fp. p − 1 = 2^192·q with q = 2^59 + 17, so the textbook's Tonelli–Shanks takes
// 192²/2 squarings; the discrete logarithm in the subgroup of order 2^192, eight bits at a time,
// takes a few hundred. Public values only, variable time.
#pragma once

#include "field/fp.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kTwoAdicity = 192;
inline constexpr int kLogBits = 8;
inline constexpr int kLogDigits = kTwoAdicity / kLogBits;

// 3 generates the multiplicative group of Fp (StarkWare's choice of generator); it is not a square,
// so 3^q has order 2^192.
inline constexpr u64 kNonResidue = 3;

// The digit e in [0, 256) with power = roots[e], where roots are the powers of an element of order
// 256. power is among them.
inline int find_root_var(const U256* roots, const U256& power) {
  for (int e = 0;; ++e) {
    if (starkcore::equal_var(roots[e], power)) return e;
    STARKCORE_CHECK(e < 255);
  }
}

// A root of a, which is a square and not 0.
//
// With z = a^q of order dividing 2^191 and g = 3^q, z = g^E for an even E, and a^((q +
// 1)/2)·g^(−E/2) is a root: its square is a·z·g^(−E). Digit i of E comes from z^(2^(184 −
// 8i))·g^(−(E mod 2^(8i))·2^(184 − 8i)) = (g^(2^184))^(e_i).
inline Fp<2> square_root_var(const Fp<2>& a) {
  Fp<2> down[kTwoAdicity];  // g^(−2^j)
  down[0] = inverse_var(odd_power(to_fp(u256(kNonResidue))));
  for (int j = 1; j < kTwoAdicity; ++j) down[j] = sqr(down[j - 1]);

  U256 roots[1 << kLogBits];  // (g^(2^184))^e
  const Fp<2> root = inverse_var(down[kTwoAdicity - kLogBits]);
  Fp<2> power{kFpOne};
  for (U256& slot : roots) {
    slot = reduce(power).v;
    power = power * root;
  }

  Fp<2> z_powers[kLogDigits];  // z^(2^(8i))
  z_powers[0] = odd_power(a);
  for (int i = 1; i < kLogDigits; ++i) z_powers[i] = sqr_times(z_powers[i - 1], kLogBits);

  u8 log[kLogDigits];  // E, least significant digit first
  for (int i = 0; i < kLogDigits; ++i) {
    Fp<2> rest = z_powers[kLogDigits - 1 - i];
    for (int bit = 0; bit < kLogBits * i; ++bit) {
      if ((log[bit / kLogBits] >> (bit % kLogBits) & 1) != 0)
        rest = rest * down[bit + kTwoAdicity - kLogBits * (i + 1)];
    }
    log[i] = static_cast<u8>(find_root_var(roots, reduce(rest).v));
  }

  // a^((q + 1)/2) = a^(2^58 + 9)
  Fp<2> out = sqr_times(sqr_times(a, 3), 55) * (sqr_times(a, 3) * a);
  for (int bit = 1; bit < kTwoAdicity; ++bit) {
    if ((log[bit / kLogBits] >> (bit % kLogBits) & 1) != 0) out = out * down[bit - 1];
  }
  return out;
}

}  // namespace starkcore::STARKCORE_ENGINE
