// Rows of products and the reduction mod p for assembly with mulx, adcx and adox: text, for the
// kernels in field/fp_adx.hpp and hash/poseidon_adx.hpp.
//
// Operands are named as in the statement that uses them: limbs by register names (T0 is "t0" for
// %[t0]), numbers in memory by the name of the register that points to them. Where x is scratch,
// the statement has an output of that name; [top] is T, p's top limb, and [zero] a zero in memory.
#pragma once

#include "base/word.hpp"

namespace starkcore::STARKCORE_ENGINE {

// What adox adds where a chain of carries ends: no instruction has to clear a register for it, and
// no register is taken, as this is addressed by itself.
constexpr u64 kAdxZero = 0;

}  // namespace starkcore::STARKCORE_ENGINE

// clang-format off

// The i-th limb of the operand of that name.
#define STARKCORE_ADX_LIMB(NAME, I) "8*" #I "(%[" NAME "])"

// T0 … T4 = the limb A times B, plus 2^256. Scratch: x.
#define STARKCORE_ADX_FIRST_ROW(A, B, T0, T1, T2, T3, T4)                \
  "mov " A ", %%rdx\n\t"                                                 \
  "mulx " STARKCORE_ADX_LIMB(B, 0) ", %[" T0 "], %[" T1 "]\n\t"          \
  "mulx " STARKCORE_ADX_LIMB(B, 1) ", %[x], %[" T2 "]\n\t"               \
  "add %[x], %[" T1 "]\n\t"                                              \
  "mulx " STARKCORE_ADX_LIMB(B, 2) ", %[x], %[" T3 "]\n\t"               \
  "adc %[x], %[" T2 "]\n\t"                                              \
  "mulx " STARKCORE_ADX_LIMB(B, 3) ", %[x], %[" T4 "]\n\t"               \
  "adc %[x], %[" T3 "]\n\t"                                              \
  "adc $1, %[" T4 "]\n\t"

// T0 … T3 += the limb A times B; T4 is set. Scratch: x and Y. A may be T4.
#define STARKCORE_ADX_ROW(A, B, T0, T1, T2, T3, T4, Y)                   \
  "mov " A ", %%rdx\n\t"                                                 \
  "xor %k[" Y "], %k[" Y "]\n\t" /* clears CF and OF */                  \
  "mulx " STARKCORE_ADX_LIMB(B, 0) ", %[x], %[" Y "]\n\t"                \
  "adcx %[x], %[" T0 "]\n\t"                                             \
  "adox %[" Y "], %[" T1 "]\n\t"                                         \
  "mulx " STARKCORE_ADX_LIMB(B, 1) ", %[x], %[" Y "]\n\t"                \
  "adcx %[x], %[" T1 "]\n\t"                                             \
  "adox %[" Y "], %[" T2 "]\n\t"                                         \
  "mulx " STARKCORE_ADX_LIMB(B, 2) ", %[x], %[" Y "]\n\t"                \
  "adcx %[x], %[" T2 "]\n\t"                                             \
  "adox %[" Y "], %[" T3 "]\n\t"                                         \
  "mulx " STARKCORE_ADX_LIMB(B, 3) ", %[x], %[" T4 "]\n\t"               \
  "adcx %[x], %[" T3 "]\n\t"                                             \
  "adox %[zero], %[" T4 "]\n\t"                                          \
  "adc $0, %[" T4 "]\n\t"

// Adds T at the top, and clears T0 … T3 by multiples of p; T4 … T7 are the result. Scratch: x.
#define STARKCORE_ADX_REDUCE(T0, T1, T2, T3, T4, T5, T6, T7)             \
  "mov %[top], %%rdx\n\t"                                                \
  "add %%rdx, %[" T7 "]\n\t"                                             \
  "mulx %[" T0 "], %[x], %[" T0 "]\n\t" /* high of q0·T */               \
  "sub %[x], %[" T3 "]\n\t"             /* q3 */                         \
  "mulx %[" T1 "], %[x], %[" T1 "]\n\t"                                  \
  "sbb %[x], %[" T4 "]\n\t"                                              \
  "mulx %[" T2 "], %[x], %[" T2 "]\n\t"                                  \
  "sbb %[x], %[" T5 "]\n\t"                                              \
  "mulx %[" T3 "], %[x], %[" T3 "]\n\t"                                  \
  "sbb %[x], %[" T6 "]\n\t"                                              \
  "sbb $0, %[" T7 "]\n\t"                                                \
  "sub %[" T0 "], %[" T4 "]\n\t"                                         \
  "sbb %[" T1 "], %[" T5 "]\n\t"                                         \
  "sbb %[" T2 "], %[" T6 "]\n\t"                                         \
  "sbb %[" T3 "], %[" T7 "]\n\t"

#define STARKCORE_ADX_OUTPUTS                                                                                     \
  [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6), \
      [t7] "=&r"(t7), [x] "=&r"(x), [y] "=&r"(y)

#define STARKCORE_ADX_CONSTANTS [top] "i"(kPTop), [zero] "m"(kAdxZero)

// A pointer, and for the compiler what it points to. Eleven registers are taken above: two are left
// for pointers even where the frame and an aligned stack have theirs.
#define STARKCORE_ADX_OPERAND(P) [P] "r"(P), "m"(*reinterpret_cast<const u64(*)[4]>(P))

// clang-format on
