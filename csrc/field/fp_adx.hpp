// The field's kernels for x86-64 with BMI2 and ADX: mulx leaves the flags alone, and adcx and adox
// carry in two chains at once.
//
// Contract and method are those of field/fp_kernel.hpp. p·2^256 is added on the way: its 1 where it
// costs nothing (with the carry of a product's first row; with a[2]² in a square, as no square is
// −1 mod 2^64), its top limb T before the reduction.
//
// Included by field/fp_kernel.hpp. a·b + c·d is two of these products: quicker than one reduction for both in C++.
#pragma once

#include "field/adx_rows.hpp"
#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// clang-format off

STARKCORE_KERNEL void kernel_mul(u64 out[4], const u64 a[4], const u64 b[4]) {
  u64 t0, t1, t2, t3, t4, t5, t6, t7, x, y;
  __asm__(STARKCORE_ADX_FIRST_ROW(STARKCORE_ADX_LIMB("a", 0), "b", "t0", "t1", "t2", "t3", "t4")
          STARKCORE_ADX_ROW(STARKCORE_ADX_LIMB("a", 1), "b", "t1", "t2", "t3", "t4", "t5", "y")
          STARKCORE_ADX_ROW(STARKCORE_ADX_LIMB("a", 2), "b", "t2", "t3", "t4", "t5", "t6", "y")
          STARKCORE_ADX_ROW(STARKCORE_ADX_LIMB("a", 3), "b", "t3", "t4", "t5", "t6", "t7", "y")
          STARKCORE_ADX_REDUCE("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7")
          : STARKCORE_ADX_OUTPUTS
          : STARKCORE_ADX_OPERAND(a), STARKCORE_ADX_OPERAND(b), STARKCORE_ADX_CONSTANTS
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
      "adox %[zero], %[t5]\n\t"
      "adc $0, %[t5]\n\t"
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
      "adcx %[y], %[t7]\n\t"
      "adox %[zero], %[t7]\n\t"
      STARKCORE_ADX_REDUCE("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7")
      : STARKCORE_ADX_OUTPUTS
      : STARKCORE_ADX_OPERAND(a), STARKCORE_ADX_CONSTANTS
      : "rdx", "cc");
  out[0] = t4, out[1] = t5, out[2] = t6, out[3] = t7;
}

// clang-format on

}  // namespace starkcore::STARKCORE_ENGINE
