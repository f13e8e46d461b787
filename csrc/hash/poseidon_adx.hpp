// Partial rounds of Poseidon for x86-64 with BMI2 and ADX: what hash/poseidon.hpp has for any CPU,
// in one piece of assembly a round.
//
// Latency is what counts: one round's cube has to wait for the last one's. So neither u nor its
// square leaves the registers; memory is read where it was written long before; and what is not in
// the chain stands where the processor waits for the square, not after the cube.
//
// Registers are used again as soon as they are free. In the square u0 is scratch, and u1 and u2
// become its limbs 0 and 7. S is computed in u0, u1, u3, t1. In the cube u1, t1, t2, t3 are the
// limbs that are cleared, and u3, t4, t5, t6 the result.
//
// Included by hash/poseidon.hpp. Constant time, as all of the field's arithmetic.
#pragma once

#include <cstddef>

#include "field/adx_rows.hpp"

namespace starkcore::STARKCORE_ENGINE {

// Places in PartialRounds' memory. Two rounds take turns with the two places for S.
#define STARKCORE_POSEIDON_NEXT 96
#define STARKCORE_POSEIDON_CONSTANT 128

// clang-format off

#define STARKCORE_POSEIDON_TEXT_OF(N) #N
#define STARKCORE_POSEIDON_TEXT(N) STARKCORE_POSEIDON_TEXT_OF(N)

// `op` of a number in memory and of four registers, with a carry from each limb to the next.
#define STARKCORE_POSEIDON_FOUR(FIRST, OTHERS, PLACE, B, R0, R1, R2, R3)           \
  FIRST " " STARKCORE_POSEIDON_TEXT(PLACE) "(%[" B "]), %[" R0 "]\n\t"              \
  OTHERS " 8+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[" B "]), %[" R1 "]\n\t"           \
  OTHERS " 16+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[" B "]), %[" R2 "]\n\t"          \
  OTHERS " 24+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[" B "]), %[" R3 "]\n\t"

#define STARKCORE_POSEIDON_STORE(PLACE, R0, R1, R2, R3)                             \
  "mov %[" R0 "], " STARKCORE_POSEIDON_TEXT(PLACE) "(%[m])\n\t"                     \
  "mov %[" R1 "], 8+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[m])\n\t"                   \
  "mov %[" R2 "], 16+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[m])\n\t"                  \
  "mov %[" R3 "], 24+" STARKCORE_POSEIDON_TEXT(PLACE) "(%[m])\n\t"

#define STARKCORE_POSEIDON_DOUBLE(R0, R1, R2, R3)                                   \
  "add %[" R0 "], %[" R0 "]\n\t"                                                    \
  "adc %[" R1 "], %[" R1 "]\n\t"                                                    \
  "adc %[" R2 "], %[" R2 "]\n\t"                                                    \
  "adc %[" R3 "], %[" R3 "]\n\t"

// t1 … t6, u2 = u²; its limb 0 in u1. Twice the products of different limbs (CF), and the squares
// (OF), as in kernel_sqr.
#define STARKCORE_POSEIDON_SQUARE                                                   \
  "mov %[u0], %%rdx\n\t"                                                            \
  "mulx %[u1], %[t1], %[t2]\n\t"                                                    \
  "mulx %[u2], %[x], %[t3]\n\t"                                                     \
  "add %[x], %[t2]\n\t"                                                             \
  "mulx %[u3], %[x], %[t4]\n\t"                                                     \
  "adc %[x], %[t3]\n\t"                                                             \
  "adc $0, %[t4]\n\t"                                                               \
  "mov %[u1], %%rdx\n\t"                                                            \
  "xor %k[u0], %k[u0]\n\t"                                                          \
  "mulx %[u2], %[x], %[u0]\n\t"                                                     \
  "adcx %[x], %[t3]\n\t"                                                            \
  "adox %[u0], %[t4]\n\t"                                                           \
  "mulx %[u3], %[x], %[t5]\n\t"                                                     \
  "adcx %[x], %[t4]\n\t"                                                            \
  "adox %[zero], %[t5]\n\t"                                                         \
  "adc $0, %[t5]\n\t"                                                               \
  "mov %[u2], %%rdx\n\t"                                                            \
  "mulx %[u3], %[x], %[t6]\n\t"                                                     \
  "add %[x], %[t5]\n\t"                                                             \
  "adc $0, %[t6]\n\t"                                                               \
  "mov (%[m]), %%rdx\n\t"                                                           \
  "xor %k[u2], %k[u2]\n\t"                                                          \
  "mulx %%rdx, %[u1], %[u0]\n\t"                                                    \
  "adcx %[t1], %[t1]\n\t"                                                           \
  "adox %[u0], %[t1]\n\t"                                                           \
  "mov 8(%[m]), %%rdx\n\t"                                                          \
  "mulx %%rdx, %[x], %[u0]\n\t"                                                     \
  "adcx %[t2], %[t2]\n\t"                                                           \
  "adox %[x], %[t2]\n\t"                                                            \
  "adcx %[t3], %[t3]\n\t"                                                           \
  "adox %[u0], %[t3]\n\t"                                                           \
  "mov 16(%[m]), %%rdx\n\t"                                                         \
  "mulx %%rdx, %[x], %[u0]\n\t"                                                     \
  "lea 1(%[x]), %[x]\n\t"                                                           \
  "adcx %[t4], %[t4]\n\t"                                                           \
  "adox %[x], %[t4]\n\t"                                                            \
  "adcx %[t5], %[t5]\n\t"                                                           \
  "adox %[u0], %[t5]\n\t"                                                           \
  "mov %[u3], %%rdx\n\t"                                                            \
  "mulx %%rdx, %[x], %[u0]\n\t"                                                     \
  "adcx %[t6], %[t6]\n\t"                                                           \
  "adox %[x], %[t6]\n\t"                                                            \
  "adcx %[u0], %[u2]\n\t"                                                           \
  "adox %[zero], %[u2]\n\t"

// S = next − (S before) − u, less q − 1 times p for q = ⌊it / 2^251⌋, which is 1 at least; and the
// new next. T is in rdx.
#define STARKCORE_POSEIDON_SUMS(S, BEFORE)                                          \
  STARKCORE_POSEIDON_FOUR("mov", "mov", STARKCORE_POSEIDON_NEXT, "m", "u0", "u1", "u3", "t1") \
  STARKCORE_POSEIDON_FOUR("sub", "sbb", BEFORE, "m", "u0", "u1", "u3", "t1")        \
  STARKCORE_POSEIDON_FOUR("sub", "sbb", 0, "m", "u0", "u1", "u3", "t1")             \
  "mov %[t1], %[x]\n\t"                                                             \
  "shr $59, %[x]\n\t"                                                               \
  "dec %[x]\n\t"                                                                    \
  "imul %[x], %%rdx\n\t"                                                            \
  "sub %[x], %[u0]\n\t"                                                             \
  "sbb $0, %[u1]\n\t"                                                               \
  "sbb $0, %[u3]\n\t"                                                               \
  "sbb %%rdx, %[t1]\n\t"                                                            \
  STARKCORE_POSEIDON_STORE(S, "u0", "u1", "u3", "t1")                               \
  STARKCORE_POSEIDON_FOUR("add", "adc", BEFORE, "m", "u0", "u1", "u3", "t1")        \
  STARKCORE_POSEIDON_DOUBLE("u0", "u1", "u3", "t1")                                 \
  STARKCORE_POSEIDON_DOUBLE("u0", "u1", "u3", "t1")                                 \
  "mov " STARKCORE_POSEIDON_TEXT(STARKCORE_POSEIDON_CONSTANT) "(%[m]), %[x]\n\t"    \
  STARKCORE_POSEIDON_FOUR("add", "adc", 0, "x", "u0", "u1", "u3", "t1")             \
  "add %[step], %[x]\n\t"                                                           \
  "mov %[x], " STARKCORE_POSEIDON_TEXT(STARKCORE_POSEIDON_CONSTANT) "(%[m])\n\t"    \
  STARKCORE_POSEIDON_STORE(STARKCORE_POSEIDON_NEXT, "u0", "u1", "u3", "t1")

// u ← S + u³ for the S of this round.
#define STARKCORE_POSEIDON_ROUND(S, BEFORE)                                         \
  __asm__(STARKCORE_POSEIDON_STORE(0, "u0", "u1", "u2", "u3")                       \
          STARKCORE_POSEIDON_SQUARE                                                 \
          STARKCORE_ADX_REDUCE("u1", "t1", "t2", "t3", "t4", "t5", "t6", "u2")      \
          STARKCORE_POSEIDON_SUMS(S, BEFORE)                                        \
          STARKCORE_ADX_FIRST_ROW("%[t4]", "m", "u1", "t1", "t2", "t3", "u3")       \
          STARKCORE_ADX_ROW("%[t5]", "m", "t1", "t2", "t3", "u3", "t4", "u0")       \
          STARKCORE_ADX_ROW("%[t6]", "m", "t2", "t3", "u3", "t4", "t5", "u0")       \
          STARKCORE_ADX_ROW("%[u2]", "m", "t3", "u3", "t4", "t5", "t6", "u0")       \
          STARKCORE_POSEIDON_FOUR("add", "adc", S, "m", "u3", "t4", "t5", "t6")     \
          STARKCORE_ADX_REDUCE("u1", "t1", "t2", "t3", "u3", "t4", "t5", "t6")      \
          : [u0] "+&r"(u0), [u1] "+&r"(u1), [u2] "+&r"(u2), [u3] "+&r"(u3), [t1] "=&r"(t1), [t2] "=&r"(t2),  \
            [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6), [x] "=&r"(x), "+m"(m)            \
          : [m] "r"(&m), [step] "i"(sizeof(PoseidonConstant)), STARKCORE_ADX_CONSTANTS                            \
          : "rdx", "cc", "memory");                                                 \
  u0 = u3, u1 = t4, u2 = t5, u3 = t6

// clang-format on

// The rounds' memory. The assembly knows these places.
struct PoseidonMemory {
  U256 u, s[2], next;
  const PoseidonConstant* k;
};
static_assert(offsetof(PoseidonMemory, s) == 32 && offsetof(PoseidonMemory, next) == STARKCORE_POSEIDON_NEXT);
static_assert(offsetof(PoseidonMemory, k) == STARKCORE_POSEIDON_CONSTANT && offsetof(PoseidonConstant, integer) == 0);

// Two partial rounds for each pair of constants.
STARKCORE_INLINE void partial_rounds(PartialRounds& state, const PoseidonConstant* k, int pairs) {
  PoseidonMemory m{state.u.v, {state.s.v, {}}, state.next.v, k};
  u64 u0 = m.u.w[0], u1 = m.u.w[1], u2 = m.u.w[2], u3 = m.u.w[3], t1, t2, t3, t4, t5, t6, x;
  for (int i = 0; i < pairs; ++i) {
    STARKCORE_POSEIDON_ROUND(64, 32);
    STARKCORE_POSEIDON_ROUND(32, 64);
  }
  state.u = Fp<4>{U256{{u0, u1, u2, u3}}};
  state.s = Fp<2>{m.s[0]};
  state.next = Fp<24>{m.next};
  check_bound(state.u), check_bound(state.s), check_bound(state.next);
}

#undef STARKCORE_POSEIDON_NEXT
#undef STARKCORE_POSEIDON_CONSTANT
#undef STARKCORE_POSEIDON_TEXT_OF
#undef STARKCORE_POSEIDON_TEXT
#undef STARKCORE_POSEIDON_FOUR
#undef STARKCORE_POSEIDON_STORE
#undef STARKCORE_POSEIDON_DOUBLE
#undef STARKCORE_POSEIDON_SQUARE
#undef STARKCORE_POSEIDON_SUMS
#undef STARKCORE_POSEIDON_ROUND

}  // namespace starkcore::STARKCORE_ENGINE
