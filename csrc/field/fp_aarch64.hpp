// The field's kernels for 64-bit Arm: each row of products is added up in one chain of carries, and
// mul and umulh leave the flag alone.
//
// Contract and method are those of field/fp_kernel.hpp. p·2^256, or a multiple that pays for what
// is subtracted afterwards, is added on the way: its lowest limb where the first row ends, and the
// top one where the last row does. In instructions: 80 a product, 61 a square, 148 for a·b + c·d,
// and 4 where a number is subtracted at the end; loads, stores and constants are not among them.
//
// Where statements are volatile, they stay in order: with their operands moved about, clang runs out of registers.
//
// Included by field/fp_kernel.hpp.
#pragma once

#include <cstring>

#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// montgomery_reduce of field/fp_kernel.hpp, for t that has all of p·2^256 in it. 17 instructions.
STARKCORE_INLINE void reduce_raised(u64 out[4], const u64 t[8]) {
  u64 t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7], x, y, z;
  __asm__ volatile(
      "mul %[x], %[t0], %[top]\n\t"
      "mul %[y], %[t1], %[top]\n\t"
      "mul %[z], %[t2], %[top]\n\t"
      "subs %[t3], %[t3], %[x]\n\t"  // q3
      "umulh %[t0], %[t0], %[top]\n\t"
      "mul %[x], %[t3], %[top]\n\t"
      "umulh %[t1], %[t1], %[top]\n\t"
      "sbcs %[t4], %[t4], %[y]\n\t"
      "umulh %[t2], %[t2], %[top]\n\t"
      "sbcs %[t5], %[t5], %[z]\n\t"
      "umulh %[t3], %[t3], %[top]\n\t"
      "sbcs %[t6], %[t6], %[x]\n\t"
      "sbc %[t7], %[t7], xzr\n\t"
      "subs %[t4], %[t4], %[t0]\n\t"
      "sbcs %[t5], %[t5], %[t1]\n\t"
      "sbcs %[t6], %[t6], %[t2]\n\t"
      "sbc %[t7], %[t7], %[t3]"
      : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4), [t5] "+&r"(t5), [t6] "+&r"(t6),
        [t7] "+&r"(t7), [x] "=&r"(x), [y] "=&r"(y), [z] "=&r"(z)
      : [top] "r"(kPTop)
      : "cc");
  out[0] = t4, out[1] = t5, out[2] = t6, out[3] = t7;
}

STARKCORE_KERNEL void kernel_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4], const u64 d[4]) {
  // b + d < 31·p: after each pair of rows there is room in t[i + 4].
  u64 t[8], carried;
  first_row(t, a[0], b, 1);
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (i > 0) next_row(t + i, a[i], b, i == 3 ? kPTop : 0);
    carried = t[i + 4];
    next_row(t + i, c[i], d, carried);
  }
  reduce_raised(out, t);
}

// t = a·b + multiple·p·2^256
template <u64 multiple>
STARKCORE_INLINE void raised_product(u64 t[8], const u64 a[4], const u64 b[4]) {
  first_row(t, a[0], b, multiple);
  next_row(t + 1, a[1], b, 0);
  next_row(t + 2, a[2], b, 0);
  next_row(t + 3, a[3], b, multiple * kPTop);
}

STARKCORE_KERNEL void kernel_mul(u64 out[4], const u64 a[4], const u64 b[4]) {
  u64 t[8];
  raised_product<1>(t, a, b);
  reduce_raised(out, t);
}

// a·b / 2^256 + bound·p − c mod p, in (0, (2 + bound)·p), for c <= bound·p.
template <int bound>
STARKCORE_KERNEL void kernel_mul_sub(u64 out[4], const u64 a[4], const u64 b[4], const U256& c) {
  u64 t[8];
  U256 raised;
  raised_product<1 + bound>(t, a, b);
  reduce_raised(raised.w, t);
  raised = wrapped_difference(raised, c);
  std::memcpy(out, raised.w, sizeof raised.w);
}

// t = a² + multiple·p·2^256 for a <= 5·p. The multiple goes where there is room: half of it to what
// is doubled, where a[0]·a[3] has its upper word, which is below 2^62; and where it is odd, 1 to
// a[2]², since no square is −1 mod 2^64.
template <u64 multiple>
STARKCORE_INLINE void raised_square(u64 t[8], const u64 a[4]) {
  const u64 square2 = a[2] * a[2] + multiple % 2;
  (void)mul_wide(a[0], a[3], t[4]);
  t[4] += multiple / 2;
  u64 w, x, y, z;
  __asm__ volatile(
      "mul %[t1], %[a0], %[a1]\n\t"  // the products of different limbs, once
      "umulh %[t2], %[a0], %[a1]\n\t"
      "mul %[w], %[a0], %[a2]\n\t"
      "umulh %[t3], %[a0], %[a2]\n\t"
      "mul %[x], %[a0], %[a3]\n\t"
      "mul %[y], %[a1], %[a3]\n\t"
      "umulh %[t5], %[a1], %[a3]\n\t"
      "mul %[z], %[a2], %[a3]\n\t"
      "umulh %[t6], %[a2], %[a3]\n\t"
      "adds %[t2], %[t2], %[w]\n\t"
      "mul %[w], %[a1], %[a2]\n\t"
      "adcs %[t3], %[t3], %[x]\n\t"
      "umulh %[x], %[a1], %[a2]\n\t"
      "adcs %[t4], %[t4], %[y]\n\t"
      "mul %[t0], %[a0], %[a0]\n\t"
      "adcs %[t5], %[t5], %[z]\n\t"
      "umulh %[y], %[a0], %[a0]\n\t"
      "adc %[t6], %[t6], xzr\n\t"
      "adds %[t3], %[t3], %[w]\n\t"
      "mul %[w], %[a1], %[a1]\n\t"
      "adcs %[t4], %[t4], %[x]\n\t"
      "umulh %[x], %[a1], %[a1]\n\t"
      "adcs %[t5], %[t5], xzr\n\t"
      "adc %[t6], %[t6], xzr\n\t"
      "adds %[t1], %[t1], %[t1]\n\t"  // twice those, and T at the top
      "adcs %[t2], %[t2], %[t2]\n\t"
      "adcs %[t3], %[t3], %[t3]\n\t"
      "adcs %[t4], %[t4], %[t4]\n\t"
      "adcs %[t5], %[t5], %[t5]\n\t"
      "adcs %[t6], %[t6], %[t6]\n\t"
      "adc %[t7], %[top], xzr\n\t"
      "adds %[t1], %[t1], %[y]\n\t"  // the squares
      "umulh %[y], %[a2], %[a2]\n\t"
      "adcs %[t2], %[t2], %[w]\n\t"
      "mul %[w], %[a3], %[a3]\n\t"
      "adcs %[t3], %[t3], %[x]\n\t"
      "umulh %[x], %[a3], %[a3]\n\t"
      "adcs %[t4], %[t4], %[square2]\n\t"
      "adcs %[t5], %[t5], %[y]\n\t"
      "adcs %[t6], %[t6], %[w]\n\t"
      "adc %[t7], %[t7], %[x]"
      : [t0] "=&r"(t[0]), [t1] "=&r"(t[1]), [t2] "=&r"(t[2]), [t3] "=&r"(t[3]), [t4] "+&r"(t[4]), [t5] "=&r"(t[5]),
        [t6] "=&r"(t[6]), [t7] "=&r"(t[7]), [w] "=&r"(w), [x] "=&r"(x), [y] "=&r"(y), [z] "=&r"(z)
      : [a0] "r"(a[0]), [a1] "r"(a[1]), [a2] "r"(a[2]), [a3] "r"(a[3]), [top] "r"(multiple * kPTop),
        [square2] "r"(square2)
      : "cc");
}

STARKCORE_KERNEL void kernel_sqr(u64 out[4], const u64 a[4]) {
  u64 t[8];
  raised_square<1>(t, a);
  reduce_raised(out, t);
}

// a² / 2^256 + bound·p − c mod p, in (0, (2 + bound)·p), for c <= bound·p.
template <int bound>
STARKCORE_KERNEL void kernel_sqr_sub(u64 out[4], const u64 a[4], const U256& c) {
  u64 t[8];
  U256 raised;
  raised_square<1 + bound>(t, a);
  reduce_raised(raised.w, t);
  raised = wrapped_difference(raised, c);
  std::memcpy(out, raised.w, sizeof raised.w);
}

}  // namespace starkcore::STARKCORE_ENGINE
