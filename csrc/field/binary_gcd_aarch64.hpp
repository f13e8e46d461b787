// A batch of the binary extended GCD on 64-bit Arm, 18 instructions a subtraction; compilers take 32, or a branch.
//
// Included by field/binary_gcd.hpp, which says what a batch is.
#pragma once

namespace starkcore::gcd {

template <>
STARKCORE_INLINE void run_batch_var<false>(State& s) {
  s.rows = Factors{1, 0, 0, 1};
  const int first = trailing_zeros_var(s.a_low | u64{1} << kSteps);
  if (first == kSteps) return halve(s, kSteps);
  u64 zeros = static_cast<u64>(first), left = kSteps - zeros, bits;
  u64 low = s.a_low, high = s.a_high, a1 = s.rows.a1, b1 = s.rows.b1;
  __asm__(
      "0:\n\t"
      "lsr %[a_low], %[low], %[zeros]\n\t"
      "lsr %[a_high], %[high], %[zeros]\n\t"
      "lsl %[row_a1], %[a1], %[zeros]\n\t"
      "lsl %[row_b1], %[b1], %[zeros]\n\t"
      "sub %[low], %[a_low], %[b_low]\n\t"
      "subs %[high], %[a_high], %[b_high]\n\t"
      "rbit %[bits], %[low]\n\t"  // a difference and its opposite have as many zeros; 64 for 0
      "clz %[zeros], %[bits]\n\t"
      "cneg %[low], %[low], cc\n\t"
      "cneg %[high], %[high], cc\n\t"
      "csel %[b_low], %[a_low], %[b_low], cc\n\t"
      "csel %[b_high], %[a_high], %[b_high], cc\n\t"
      "csel %[a1], %[a0], %[row_a1], cc\n\t"
      "csel %[b1], %[b0], %[row_b1], cc\n\t"
      "add %[a0], %[a0], %[row_a1]\n\t"
      "add %[b0], %[b0], %[row_b1]\n\t"
      "subs %[left], %[left], %[zeros]\n\t"
      "b.gt 0b"
      : [low] "+&r"(low), [high] "+&r"(high), [zeros] "+&r"(zeros), [left] "+&r"(left), [bits] "=&r"(bits),
        [a_low] "=&r"(s.a_low), [a_high] "=&r"(s.a_high), [b_low] "+&r"(s.b_low), [b_high] "+&r"(s.b_high),
        [a0] "+&r"(s.rows.a0), [b0] "+&r"(s.rows.b0), [a1] "+&r"(a1), [b1] "+&r"(b1), [row_a1] "=&r"(s.rows.a1),
        [row_b1] "=&r"(s.rows.b1)
      :
      : "cc");
  s.a_low = low, s.a_high = high, s.rows.a1 = a1, s.rows.b1 = b1;
  halve(s, static_cast<int>(zeros + left));
}

}  // namespace starkcore::gcd
