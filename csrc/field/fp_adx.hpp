// The field's kernels for x86-64 with BMI2 and ADX: mulx leaves the flags alone, and adcx and adox carry in two chains at once.
//
// Contract and method are those of field/fp_kernel.hpp. p·2^256 is added on the way: its 1 where it costs nothing (with the
// carry of a product's first row; with a[2]² in a square, as no square is −1 mod 2^64), its top limb T before the reduction.
//
// Included by field/fp_kernel.hpp. a·b + c·d is two of these products: quicker than one reduction for both in C++.
#pragma once

#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// clang-format off

// The i-th limb of the operand of that name.
#define STARKCORE_ADX_LIMB(NAME, I) "8*" #I "(%[" NAME "])"

// t0 … t4 = the lowest limb of A times B, plus 2^256. Scratch: x.
#define STARKCORE_ADX_FIRST_ROW(A, B)                         \
  "mov " STARKCORE_ADX_LIMB(A, 0) ", %%rdx\n\t"               \
  "mulx " STARKCORE_ADX_LIMB(B, 0) ", %[t0], %[t1]\n\t"       \
  "mulx " STARKCORE_ADX_LIMB(B, 1) ", %[x], %[t2]\n\t"        \
  "add %[x], %[t1]\n\t"                                       \
  "mulx " STARKCORE_ADX_LIMB(B, 2) ", %[x], %[t3]\n\t"        \
  "adc %[x], %[t2]\n\t"                                       \
  "mulx " STARKCORE_ADX_LIMB(B, 3) ", %[x], %[t4]\n\t"        \
  "adc %[x], %[t3]\n\t"                                       \
  "adc $1, %[t4]\n\t"

// T0 … T3 += the I-th limb of A times the three lowest limbs of B; the carries stay in CF (into T3) and OF (into T4).
// Scratch: x, y.
#define STARKCORE_ADX_ROW_START(A, I, B, T0, T1, T2, T3)      \
  "mov " STARKCORE_ADX_LIMB(A, I) ", %%rdx\n\t"               \
  "xor %k[y], %k[y]\n\t" /* clears CF and OF */               \
  "mulx " STARKCORE_ADX_LIMB(B, 0) ", %[x], %[y]\n\t"         \
  "adcx %[x], %[" T0 "]\n\t"                                  \
  "adox %[y], %[" T1 "]\n\t"                                  \
  "mulx " STARKCORE_ADX_LIMB(B, 1) ", %[x], %[y]\n\t"         \
  "adcx %[x], %[" T1 "]\n\t"                                  \
  "adox %[y], %[" T2 "]\n\t"                                  \
  "mulx " STARKCORE_ADX_LIMB(B, 2) ", %[x], %[y]\n\t"         \
  "adcx %[x], %[" T2 "]\n\t"                                  \
  "adox %[y], %[" T3 "]\n\t"

// T0 … T3 += the I-th limb of A times B; T4 is set.
#define STARKCORE_ADX_ROW(A, I, B, T0, T1, T2, T3, T4)        \
  STARKCORE_ADX_ROW_START(A, I, B, T0, T1, T2, T3)            \
  "mulx " STARKCORE_ADX_LIMB(B, 3) ", %[x], %[" T4 "]\n\t"    \
  "adcx %[x], %[" T3 "]\n\t"                                  \
  "mov $0, %k[y]\n\t"                                         \
  "adox %[y], %[" T4 "]\n\t"                                  \
  "adcx %[y], %[" T4 "]\n\t"

// Adds T at the top, and clears limbs 0 … 3 of t by multiples of p; t4 … t7 are the result. Scratch: x.
#define STARKCORE_ADX_REDUCE                                  \
  "mov %[top], %%rdx\n\t"                                     \
  "add %%rdx, %[t7]\n\t"                                      \
  "mulx %[t0], %[x], %[t0]\n\t" /* high of q0·T */            \
  "sub %[x], %[t3]\n\t"         /* q3 */                      \
  "mulx %[t1], %[x], %[t1]\n\t"                               \
  "sbb %[x], %[t4]\n\t"                                       \
  "mulx %[t2], %[x], %[t2]\n\t"                               \
  "sbb %[x], %[t5]\n\t"                                       \
  "mulx %[t3], %[x], %[t3]\n\t"                               \
  "sbb %[x], %[t6]\n\t"                                       \
  "sbb $0, %[t7]\n\t"                                         \
  "sub %[t0], %[t4]\n\t"                                      \
  "sbb %[t1], %[t5]\n\t"                                      \
  "sbb %[t2], %[t6]\n\t"                                      \
  "sbb %[t3], %[t7]\n\t"

#define STARKCORE_ADX_OUTPUTS                                                                                     \
  [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6), \
      [t7] "=&r"(t7), [x] "=&r"(x), [y] "=&r"(y)

// A pointer, and for the compiler what it points to. Eleven registers are taken above: two are left for pointers even where
// the frame and an aligned stack have theirs.
#define STARKCORE_ADX_OPERAND(P) [P] "r"(P), "m"(*reinterpret_cast<const u64(*)[4]>(P))

STARKCORE_KERNEL void kernel_mul(u64 out[4], const u64 a[4], const u64 b[4]) {
  u64 t0, t1, t2, t3, t4, t5, t6, t7, x, y;
  __asm__(STARKCORE_ADX_FIRST_ROW("a", "b")
          STARKCORE_ADX_ROW("a", 1, "b", "t1", "t2", "t3", "t4", "t5")
          STARKCORE_ADX_ROW("a", 2, "b", "t2", "t3", "t4", "t5", "t6")
          STARKCORE_ADX_ROW("a", 3, "b", "t3", "t4", "t5", "t6", "t7")
          STARKCORE_ADX_REDUCE
          : STARKCORE_ADX_OUTPUTS
          : STARKCORE_ADX_OPERAND(a), STARKCORE_ADX_OPERAND(b), [top] "i"(kPTop)
          : "rdx", "cc");
  out[0] = t4, out[1] = t5, out[2] = t6, out[3] = t7;
}

STARKCORE_KERNEL void kernel_sqr(u64 out[4], const u64 a[4]) {
  u64 t0, t1, t2, t3, t4, t5, t6, t7, x, y;
  __asm__(
      "mov (%[a]), %%rdx\n\t"  // the products of different limbs, once
      "mulx 8(%[a]), %[t1], %[t2]\n\t"
      "mulx 16(%[a]), %[x], %[t3]\n\t"
      "add %[x], %[t2]\n\t"
      "mulx 24(%[a]), %[x], %[t4]\n\t"
      "adc %[x], %[t3]\n\t"
      "adc $0, %[t4]\n\t"
      "mov 8(%[a]), %%rdx\n\t"
      "xor %k[y], %k[y]\n\t"
      "mulx 16(%[a]), %[x], %[y]\n\t"
      "adcx %[x], %[t3]\n\t"
      "adox %[y], %[t4]\n\t"
      "mulx 24(%[a]), %[x], %[t5]\n\t"
      "adcx %[x], %[t4]\n\t"
      "mov $0, %k[y]\n\t"
      "adox %[y], %[t5]\n\t"
      "adcx %[y], %[t5]\n\t"
      "mov 16(%[a]), %%rdx\n\t"
      "mulx 24(%[a]), %[x], %[t6]\n\t"
      "add %[x], %[t5]\n\t"
      "adc $0, %[t6]\n\t"
      "mov (%[a]), %%rdx\n\t"  // twice those (CF), and the squares (OF)
      "xor %k[t7], %k[t7]\n\t"
      "mulx %%rdx, %[t0], %[y]\n\t"
      "adcx %[t1], %[t1]\n\t"
      "adox %[y], %[t1]\n\t"
      "mov 8(%[a]), %%rdx\n\t"
      "mulx %%rdx, %[x], %[y]\n\t"
      "adcx %[t2], %[t2]\n\t"
      "adox %[x], %[t2]\n\t"
      "adcx %[t3], %[t3]\n\t"
      "adox %[y], %[t3]\n\t"
      "mov 16(%[a]), %%rdx\n\t"
      "mulx %%rdx, %[x], %[y]\n\t"
      "lea 1(%[x]), %[x]\n\t"
      "adcx %[t4], %[t4]\n\t"
      "adox %[x], %[t4]\n\t"
      "adcx %[t5], %[t5]\n\t"
      "adox %[y], %[t5]\n\t"
      "mov 24(%[a]), %%rdx\n\t"
      "mulx %%rdx, %[x], %[y]\n\t"
      "adcx %[t6], %[t6]\n\t"
      "adox %[x], %[t6]\n\t"
      "mov $0, %k[x]\n\t"
      "adcx %[y], %[t7]\n\t"
      "adox %[x], %[t7]\n\t" STARKCORE_ADX_REDUCE:STARKCORE_ADX_OUTPUTS
      : STARKCORE_ADX_OPERAND(a), [top] "i"(kPTop)
      : "rdx", "cc");
  out[0] = t4, out[1] = t5, out[2] = t6, out[3] = t7;
}

// clang-format on

#undef STARKCORE_ADX_LIMB
#undef STARKCORE_ADX_FIRST_ROW
#undef STARKCORE_ADX_ROW_START
#undef STARKCORE_ADX_ROW
#undef STARKCORE_ADX_REDUCE
#undef STARKCORE_ADX_OUTPUTS
#undef STARKCORE_ADX_OPERAND

}  // namespace starkcore::STARKCORE_ENGINE
