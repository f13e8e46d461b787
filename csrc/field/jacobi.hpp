// The Jacobi symbol of a public value mod p, in variable time, by the batches of
// field/binary_gcd.hpp without cofactors.
//
// For odd b > 0: (a/b) = (a − b/b); (2/b) = −1 when b mod 8 is 3 or 5; and (a/b) = (b/a), or its
// opposite when a and b are 3 mod 4. All of that is decided by low bits, which are exact. But
// reciprocity is for positive numbers, so a comparison must not be wrong: a difference of high
// words below 64 is in doubt (docs/mathematics.md, "Inversion", has the bound), and then the answer
// is that there is none. For random values that happens about once in a thousand times.
#pragma once

#include "field/binary_gcd.hpp"
#include "field/inversion.hpp"

namespace starkcore::gcd {

inline constexpr int kJacobiSteps = 60;  // three low bits of b must be right to the end
static_assert(kJacobiSteps < kSteps);

// What a batch adds to its numbers and rows, which are as run_batch_var's.
struct Jacobi {
  u64 flips;  // bit 0: the symbol's sign
  u64 doubt;  // bit 63: a comparison may have been wrong
};

// 60 halvings. b_low is odd, high words are below 2^63.
STARKCORE_INLINE void run_jacobi_batch_var(State& s, Jacobi& jacobi) {
  s.rows = Factors{1, 0, 0, 1};
  for (int left = kJacobiSteps;;) {
    int zeros = trailing_zeros_var(s.a_low | u64{1} << 63);
    left -= zeros;
    if (left < 0) zeros += left;
    halve(s, zeros);
    jacobi.flips ^= (s.b_low >> 1 ^ s.b_low >> 2) & static_cast<u64>(zeros);
    if (left <= 0) return;
    const Mask swap = mask_from_bit(static_cast<u64>(s.a_high < s.b_high));
    jacobi.flips ^= (s.a_low & s.b_low & swap) >> 1;
    subtract(s);
    jacobi.doubt |= s.a_high - 64;
  }
}

// (x/p) for 0 <= x < p: 1, −1, or 0 for x = 0; or kNoSymbol.
STARKCORE_INLINE int jacobi_mod_p_var(const U256& x) {
  U256 a = x, b = kP;
  Jacobi jacobi{0, 0};
  for (int top = 3; !is_zero_var(a);) {
    while (top > 0 && (a.w[top] | b.w[top]) == 0) --top;
    const int zeros = leading_zeros_var(a.w[top] | b.w[top]);
    const bool exact = top == 0 && zeros > 0;
    State s{a.w[0],
            exact ? a.w[0] : high_word(a, top, zeros) >> 1,
            b.w[0],
            exact ? b.w[0] : high_word(b, top, zeros) >> 1,
            {}};
    run_jacobi_batch_var(s, jacobi);
    if (exact) {
      a = u256(s.a_low), b = u256(s.b_low);
      continue;
    }
    if (jacobi.doubt >> 63 != 0) return kNoSymbol;
    U256 new_a, new_b;
    new_value<kJacobiSteps>(new_a, s.rows.a0, a, s.rows.b0, b);
    new_value<kJacobiSteps>(new_b, s.rows.a1, a, s.rows.b1, b);
    a = new_a, b = new_b;
  }
  if (equal_var(b, kP)) return 0;
  STARKCORE_CHECK(equal_var(b, u256(1)));
  return (jacobi.flips & 1) != 0 ? -1 : 1;
}

}  // namespace starkcore::gcd
