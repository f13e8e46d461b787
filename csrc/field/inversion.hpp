// Modular inversion, for both primes: in constant time for any value, in variable time for public
// ones (field/binary_gcd.hpp).
//
// In constant time: Bernstein and Yang's safegcd (eprint 2019/266) on digits of 62 bits.
//
// The integers f, g, d, e are kept as five signed digits of 62 bits. A batch of division steps runs
// on the lowest words of f and g alone and collects a 2×2 matrix, which is then applied to the full
// f, g (an exact division by 2^62) and to d, e mod m (a multiple of m makes the division exact).
// Throughout, f ≡ d·a·c and g ≡ e·a·c with c = start⁻¹, so when g reaches 0 and f = ±1, ±d is
// start·a⁻¹. With start = 2^512 mod m, a·R goes to a⁻¹·R for R = 2^256.
//
// It does 590 steps of the variant that starts at δ = ½, ten batches of 59, which suffice for every
// odd modulus below 2^256 (P. Wuille's convex-hull bound, published with libsecp256k1's safegcd
// implementation notes: 590 for 256 bits). A batch's matrix is scaled from 2^59 to 2^62, so that
// the digits' width is what it divides by.
#pragma once

#include "field/constants.hpp"
#include "field/montgomery.hpp"

namespace starkcore {

struct InversionModulus {
  U256 m;
  U256 start;     // 2^512 mod m
  u64 inverse62;  // m⁻¹ mod 2^62
};

inline constexpr InversionModulus kInvertModP{kP, pow2_mod(512, kP), inverse_mod_2_64(kP.w[0]) & (~u64{0} >> 2)};
inline constexpr InversionModulus kInvertModN{kN, pow2_mod(512, kN), inverse_mod_2_64(kN.w[0]) & (~u64{0} >> 2)};

// start·a⁻¹ mod m for 0 <= a < m; 0 for a = 0. Constant time; a may be secret.
U256 invert(const U256& a, const InversionModulus& modulus);

// 2^512·a⁻¹ for 0 <= a < p or n; 0 for a = 0. Variable time, so for public values alone; a third of the time.
U256 invert_mod_p_var(const U256& a);
U256 invert_mod_n_var(const U256& a);

// The Jacobi symbol (a/p) for 0 <= a < p: 1 for a square, −1, or 0 for a = 0; rarely kNoSymbol, and
// the caller has to find out by other means. Variable time.
inline constexpr int kNoSymbol = 2;
int jacobi_mod_p_var(const U256& a);

}  // namespace starkcore
