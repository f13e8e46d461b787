// 256-bit integers as four 64-bit limbs, least significant first, and their 32 big-endian bytes.
//
// Representation: value = Σ w[i]·2^(64i), any value. Constant time unless the name ends in _var.
#pragma once

#include "base/word.hpp"

namespace starkcore {

struct U256 {
  u64 w[4];
};

constexpr U256 u256(u64 low) { return U256{{low, 0, 0, 0}}; }

STARKCORE_INLINE u64 load_be64(const u8* bytes) {
  u64 word = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 8; ++i) word = (word << 8) | bytes[i];
  return word;
}

STARKCORE_INLINE void store_be64(u8* bytes, u64 word) {
  STARKCORE_UNROLL
  for (int i = 7; i >= 0; --i, word >>= 8) bytes[i] = static_cast<u8>(word);
}

STARKCORE_INLINE U256 load_be256(const u8* bytes) {
  return U256{{load_be64(bytes + 24), load_be64(bytes + 16), load_be64(bytes + 8), load_be64(bytes)}};
}

STARKCORE_INLINE void store_be256(u8* bytes, const U256& a) {
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) store_be64(bytes + 8 * i, a.w[3 - i]);
}

#if STARKCORE_HAVE_CARRY_ASSEMBLY
}  // namespace starkcore
#include "base/carries_aarch64.hpp"
namespace starkcore {
#else

// out = a + b mod 2^256; returns the carry.
STARKCORE_INLINE u64 add(U256& out, const U256& a, const U256& b) {
  u64 carry = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out.w[i] = add_carry(a.w[i], b.w[i], carry);
  return carry;
}

// out = a − b mod 2^256; returns the borrow.
STARKCORE_INLINE u64 sub(U256& out, const U256& a, const U256& b) {
  u64 borrow = 0;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out.w[i] = sub_borrow(a.w[i], b.w[i], borrow);
  return borrow;
}

// a + b mod 2^256
STARKCORE_INLINE U256 wrapped_sum(const U256& a, const U256& b) {
  U256 sum;
  add(sum, a, b);
  return sum;
}

// a − b mod 2^256
STARKCORE_INLINE U256 wrapped_difference(const U256& a, const U256& b) {
  U256 difference;
  sub(difference, a, b);
  return difference;
}

#endif

STARKCORE_INLINE U256 select(Mask mask, const U256& yes, const U256& no) {
  U256 out;
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) out.w[i] = select(mask, yes.w[i], no.w[i]);
  return out;
}

STARKCORE_INLINE Mask mask_if_zero(const U256& a) { return mask_if_zero(a.w[0] | a.w[1] | a.w[2] | a.w[3]); }

STARKCORE_INLINE Mask mask_if_equal(const U256& a, const U256& b) {
  return mask_if_zero((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3]));
}

// Set when a < b.
STARKCORE_INLINE Mask mask_if_less(const U256& a, const U256& b) {
  U256 ignored;
  return mask_from_bit(sub(ignored, a, b));
}

// a >> count, 0 < count < 64.
STARKCORE_INLINE U256 shift_right(const U256& a, unsigned count) {
  U256 out;
  for (int i = 0; i < 3; ++i) out.w[i] = (a.w[i] >> count) | (a.w[i + 1] << (64 - count));
  out.w[3] = a.w[3] >> count;
  return out;
}

// a << count mod 2^256, 0 < count < 64.
STARKCORE_INLINE U256 shift_left(const U256& a, unsigned count) {
  U256 out;
  for (int i = 3; i > 0; --i) out.w[i] = (a.w[i] << count) | (a.w[i - 1] >> (64 - count));
  out.w[0] = a.w[0] << count;
  return out;
}

// `width` bits of a from bit `position` on, width < 64; bits past 255 read as zero.
STARKCORE_INLINE u64 bits(const U256& a, unsigned position, unsigned width) {
  const unsigned limb = position / 64, shift = position % 64;
  u64 word = a.w[limb] >> shift;
  if (shift + width > 64 && limb < 3) word |= a.w[limb + 1] << (64 - shift);
  return word & ((u64{1} << width) - 1);
}

// Whether a < 2^251: the bound of message hashes, and of r and w in a StarkEx signature.
STARKCORE_INLINE Mask mask_if_below_2_251(const U256& a) { return mask_if_zero(a.w[3] >> 59); }

STARKCORE_INLINE bool is_zero_var(const U256& a) { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }

STARKCORE_INLINE bool equal_var(const U256& a, const U256& b) { return mask_if_equal(a, b) != 0; }

STARKCORE_INLINE bool less_var(const U256& a, const U256& b) { return mask_if_less(a, b) != 0; }

}  // namespace starkcore
