// Carries on 64-bit Arm, kept in the flag: sums and differences of 256 bits, and rows of products.
// mul and umulh leave the flag alone.
//
// Included by base/limbs.hpp, whose contracts these are. Registers are the compiler's choice, so
// that whatever a system keeps for itself (x18, a frame pointer) is left alone. Constant time.
#pragma once

#include "base/word.hpp"

namespace starkcore {

// A chain of carries through four limbs, and what LAST makes of the flag at its end.
#define STARKCORE_CHAIN(FIRST, NEXT, LAST, OUT, A, B, ...)                                                           \
  __asm__(FIRST " %[r0], %[a0], %x[b0]\n\t" NEXT " %[r1], %[a1], %x[b1]\n\t" NEXT " %[r2], %[a2], %x[b2]\n\t" NEXT   \
                " %[r3], %[a3], %x[b3]" LAST                                                                         \
          : [r0] "=&r"((OUT).w[0]), [r1] "=&r"((OUT).w[1]), [r2] "=&r"((OUT).w[2]), [r3] "=r"((OUT).w[3])__VA_ARGS__ \
          : [a0] "r"((A).w[0]), [a1] "r"((A).w[1]), [a2] "r"((A).w[2]), [a3] "r"((A).w[3]), [b0] "rZ"((B).w[0]),     \
            [b1] "rZ"((B).w[1]), [b2] "rZ"((B).w[2]), [b3] "rZ"((B).w[3])                                            \
          : "cc")

// out = a + b mod 2^256; returns the carry.
STARKCORE_INLINE u64 add(U256& out, const U256& a, const U256& b) {
  U256 sum;
  u64 carry;
  STARKCORE_CHAIN("adds", "adcs", "\n\tcset %[carry], cs", sum, a, b, , [carry] "=r"(carry));
  out = sum;
  return carry;
}

// out = a − b mod 2^256; returns the borrow.
STARKCORE_INLINE u64 sub(U256& out, const U256& a, const U256& b) {
  U256 difference;
  u64 borrow;
  STARKCORE_CHAIN("subs", "sbcs", "\n\tcset %[borrow], cc", difference, a, b, , [borrow] "=r"(borrow));
  out = difference;
  return borrow;
}

// a + b mod 2^256
STARKCORE_INLINE U256 wrapped_sum(const U256& a, const U256& b) {
  U256 sum;
  STARKCORE_CHAIN("adds", "adcs", "", sum, a, b);
  return sum;
}

// a − b mod 2^256
STARKCORE_INLINE U256 wrapped_difference(const U256& a, const U256& b) {
  U256 difference;
  STARKCORE_CHAIN("subs", "sbcs", "", difference, a, b);
  return difference;
}

#undef STARKCORE_CHAIN

// out = a − b for numbers of five limbs, mod 2^320.
STARKCORE_INLINE void wrapped_difference(u64 out[5], const u64 a[5], const u64 b[5]) {
  u64 r0, r1, r2, r3, r4;
  __asm__(
      "subs %[r0], %[a0], %[b0]\n\t"
      "sbcs %[r1], %[a1], %[b1]\n\t"
      "sbcs %[r2], %[a2], %[b2]\n\t"
      "sbcs %[r3], %[a3], %[b3]\n\t"
      "sbc %[r4], %[a4], %[b4]"
      : [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3), [r4] "=r"(r4)
      : [a0] "r"(a[0]), [a1] "r"(a[1]), [a2] "r"(a[2]), [a3] "r"(a[3]), [a4] "r"(a[4]), [b0] "r"(b[0]), [b1] "r"(b[1]),
        [b2] "r"(b[2]), [b3] "r"(b[3]), [b4] "r"(b[4])
      : "cc");
  out[0] = r0, out[1] = r1, out[2] = r2, out[3] = r3, out[4] = r4;
}

// row = a·b + last·2^256 for a limb a; the caller knows that row[4] is enough. 12 instructions.
STARKCORE_INLINE void first_row(u64 row[5], u64 a, const u64 b[4], u64 last) {
  u64 t0, t1, t2, t3, t4, x, y, z;
  __asm__(
      "mul %[x], %[a], %[b1]\n\t"
      "umulh %[t1], %[a], %[b0]\n\t"
      "mul %[y], %[a], %[b2]\n\t"
      "umulh %[t2], %[a], %[b1]\n\t"
      "mul %[z], %[a], %[b3]\n\t"
      "umulh %[t3], %[a], %[b2]\n\t"
      "adds %[t1], %[t1], %[x]\n\t"
      "umulh %[t4], %[a], %[b3]\n\t"
      "adcs %[t2], %[t2], %[y]\n\t"
      "mul %[t0], %[a], %[b0]\n\t"
      "adcs %[t3], %[t3], %[z]\n\t"
      "adc %[t4], %[t4], %x[last]"
      : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [x] "=&r"(x), [y] "=&r"(y),
        [z] "=&r"(z)
      : [a] "r"(a), [b0] "r"(b[0]), [b1] "r"(b[1]), [b2] "r"(b[2]), [b3] "r"(b[3]), [last] "rZ"(last)
      : "cc");
  row[0] = t0, row[1] = t1, row[2] = t2, row[3] = t3, row[4] = t4;
}

// t[0 … 3] += a·b for a limb a, and t[4] = what goes on from there, plus last; the caller knows
// that it is enough. 17 instructions.
STARKCORE_INLINE void next_row(u64 t[5], u64 a, const u64 b[4], u64 last) {
  u64 t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4, w, x, y, z;
  __asm__(
      "mul %[w], %[a], %[b0]\n\t"
      "mul %[x], %[a], %[b1]\n\t"
      "mul %[y], %[a], %[b2]\n\t"
      "mul %[z], %[a], %[b3]\n\t"
      "adds %[t0], %[t0], %[w]\n\t"
      "umulh %[w], %[a], %[b0]\n\t"
      "adcs %[t1], %[t1], %[x]\n\t"
      "umulh %[x], %[a], %[b1]\n\t"
      "adcs %[t2], %[t2], %[y]\n\t"
      "umulh %[y], %[a], %[b2]\n\t"
      "adcs %[t3], %[t3], %[z]\n\t"
      "umulh %[z], %[a], %[b3]\n\t"
      "adc %[t4], %x[last], xzr\n\t"
      "adds %[t1], %[t1], %[w]\n\t"
      "adcs %[t2], %[t2], %[x]\n\t"
      "adcs %[t3], %[t3], %[y]\n\t"
      "adc %[t4], %[t4], %[z]"
      : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "=&r"(t4), [w] "=&r"(w), [x] "=&r"(x),
        [y] "=&r"(y), [z] "=&r"(z)
      : [a] "r"(a), [b0] "r"(b[0]), [b1] "r"(b[1]), [b2] "r"(b[2]), [b3] "r"(b[3]), [last] "rZ"(last)
      : "cc");
  t[0] = t0, t[1] = t1, t[2] = t2, t[3] = t3, t[4] = t4;
}

}  // namespace starkcore
