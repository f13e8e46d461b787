// The field's kernels for any 64-bit CPU, in C++. Contract and method are those of
// field/fp_kernel.hpp, which includes this.
#pragma once

#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

// out = t / 2^256 mod p, in (0, 2p), for t <= 31·p²; the caller gives t + 2^256.
//
// t − q·p + p·2^256 is a multiple of 2^256 in (0, 2p·2^256): q < 2^256, and t < p·2^256 since 31·p
// < 2^256. The 1 of that last p is already in t, since each way to compute t has a place where it
// costs nothing; the T is added here.
STARKCORE_INLINE void montgomery_reduce(u64 out[4], const u64 t[8]) {
  u64 high[4], low[4], borrow = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 3; ++i) low[i] = mul_wide(t[i], kPTop, high[i]);
  const u64 q3 = sub_borrow(t[3], low[0], borrow);
  low[3] = mul_wide(q3, kPTop, high[3]);

  u64 r[4];
  STARKCORE_UNROLL
  for (int i = 0; i < 3; ++i) r[i] = sub_borrow(t[4 + i], low[1 + i], borrow);
  r[3] = t[7] - borrow + kPTop;
  borrow = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out[i] = sub_borrow(r[i], high[i], borrow);
}

// row = a·b for a limb a.
STARKCORE_INLINE void product_row(u64 row[5], u64 a, const u64 b[4]) {
// Four products, then one chain of carries: fewer additions, where carries stay in the flag.
#if STARKCORE_HAVE_CARRY_INTRINSICS
  u64 high[4], carry = 0;
  STARKCORE_UNROLL
  for (int j = 0; j < 4; ++j) row[j] = mul_wide(a, b[j], high[j]);
  STARKCORE_UNROLL
  for (int j = 1; j < 4; ++j) row[j] = add_carry(row[j], high[j - 1], carry);
  row[4] = high[3] + carry;
#else
  u64 carry = 0;
  STARKCORE_UNROLL
  for (int j = 0; j < 4; ++j) row[j] = mul_add(a, b[j], 0, carry);
  row[4] = carry;
#endif
}

// t[0 … 4] += a·b for a limb a; t[4] is set.
STARKCORE_INLINE void add_product_row(u64 t[5], u64 a, const u64 b[4]) {
  u64 carry = 0;
#if STARKCORE_HAVE_CARRY_INTRINSICS
  u64 row[5];
  product_row(row, a, b);
  STARKCORE_UNROLL
  for (int j = 0; j < 4; ++j) t[j] = add_carry(t[j], row[j], carry);
  t[4] = row[4] + carry;
#else
  STARKCORE_UNROLL
  for (int j = 0; j < 4; ++j) t[j] = mul_add(a, b[j], t[j], carry);
  t[4] = carry;
#endif
}

// t = a·b + one·2^256. The 1 goes where a[0]·b ends: a[0]·b < 2^64·31·p leaves room above.
template <u64 one>
STARKCORE_INLINE void product(u64 t[8], const u64 a[4], const u64 b[4]) {
  product_row(t, a[0], b);
  t[4] += one;
  STARKCORE_UNROLL
  for (int i = 1; i < 4; ++i) add_product_row(t + i, a[i], b);
}

STARKCORE_KERNEL void kernel_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4], const u64 d[4]) {
  u64 t[8], u[8], carry = 0;
  product<1>(t, a, b);
  product<0>(u, c, d);
  STARKCORE_UNROLL
  for (int i = 0; i < 8; ++i) t[i] = add_carry(t[i], u[i], carry);
  montgomery_reduce(out, t);
}

STARKCORE_KERNEL void kernel_mul(u64 out[4], const u64 a[4], const u64 b[4]) {
  u64 t[8];
  product<1>(t, a, b);
  montgomery_reduce(out, t);
}

STARKCORE_KERNEL void kernel_sqr(u64 out[4], const u64 a[4]) {
  u64 t[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  STARKCORE_UNROLL
  for (int i = 0; i < 3; ++i) {  // the products of different limbs, once
    u64 carry = 0;
    STARKCORE_UNROLL
    for (int j = i + 1; j < 4; ++j) t[i + j] = mul_add(a[i], a[j], t[i + j], carry);
    t[i + 4] = carry;
  }
  u64 carry = 0, shifted = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) {  // twice those, and the squares
    u64 high;
    const u64 low = mul_wide(a[i], a[i], high) + static_cast<u64>(i == 2);  // + 2^256: no square is −1 mod 2^64
    const u64 even = (t[2 * i] << 1) | shifted, odd = (t[2 * i + 1] << 1) | (t[2 * i] >> 63);
    shifted = t[2 * i + 1] >> 63;
    t[2 * i] = add_carry(even, low, carry);
    t[2 * i + 1] = add_carry(odd, high, carry);
  }
  montgomery_reduce(out, t);
}

}  // namespace starkcore::STARKCORE_ENGINE
