// 64-bit words: carries, wide products, masks, and the barrier that keeps compilers from turning masks into branches.
//
// Everything here is constant time in its values; shift counts and table indices are public.
#pragma once

#include "base/config.hpp"

// x86-64 compilers keep the carry flag through these; gcc does not see a chain in 128-bit sums.
#if defined(_MSC_VER)
#include <intrin.h>
#elif defined(__x86_64__)
#include <x86intrin.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#define STARKCORE_HAVE_CARRY_INTRINSICS 1
#else
#define STARKCORE_HAVE_CARRY_INTRINSICS 0
#endif

// On 64-bit Arm compilers move the carry out of its flag and back between limbs; assembly doesn't.
#if defined(__aarch64__) && (!defined(_MSC_VER) || defined(__clang__))
#define STARKCORE_HAVE_CARRY_ASSEMBLY 1
#else
#define STARKCORE_HAVE_CARRY_ASSEMBLY 0
#endif

namespace starkcore {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

#if STARKCORE_HAVE_INT128
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;
#endif

// a + b + carry; carry is 0 or 1 before and after.
STARKCORE_INLINE u64 add_carry(u64 a, u64 b, u64& carry) {
#if STARKCORE_HAVE_CARRY_INTRINSICS
  unsigned long long sum;
  carry = _addcarry_u64(static_cast<unsigned char>(carry), a, b, &sum);
  return sum;
#elif STARKCORE_HAVE_INT128
  const u128 sum = static_cast<u128>(a) + b + carry;
  carry = static_cast<u64>(sum >> 64);
  return static_cast<u64>(sum);
#else
  const u64 first = a + b;
  const u64 sum = first + carry;
  carry = static_cast<u64>(first < a) | static_cast<u64>(sum < first);
  return sum;
#endif
}

// a − b − borrow; borrow is 0 or 1 before and after.
STARKCORE_INLINE u64 sub_borrow(u64 a, u64 b, u64& borrow) {
#if STARKCORE_HAVE_CARRY_INTRINSICS
  unsigned long long difference;
  borrow = _subborrow_u64(static_cast<unsigned char>(borrow), a, b, &difference);
  return difference;
#elif STARKCORE_HAVE_INT128
  const u128 difference = static_cast<u128>(a) - b - borrow;
  borrow = static_cast<u64>(difference >> 64) & 1;
  return static_cast<u64>(difference);
#else
  const u64 first = a - b;
  const u64 difference = first - borrow;
  borrow = static_cast<u64>(a < b) | static_cast<u64>(first < borrow);
  return difference;
#endif
}

// The 128-bit product of two words.
STARKCORE_INLINE u64 mul_wide(u64 a, u64 b, u64& high) {
#if STARKCORE_HAVE_INT128
  const u128 product = static_cast<u128>(a) * b;
  high = static_cast<u64>(product >> 64);
  return static_cast<u64>(product);
#elif defined(_M_X64)
  return _umul128(a, b, &high);
#else
  high = __umulh(a, b);
  return a * b;
#endif
}

// a·b + c + carry, which can't overflow 128 bits; the high word becomes the carry.
STARKCORE_INLINE u64 mul_add(u64 a, u64 b, u64 c, u64& carry) {
#if STARKCORE_HAVE_INT128
  const u128 sum = static_cast<u128>(a) * b + c + carry;
  carry = static_cast<u64>(sum >> 64);
  return static_cast<u64>(sum);
#else
  u64 high;
  u64 low = mul_wide(a, b, high);
  low += c;
  high += static_cast<u64>(low < c);
  low += carry;
  high += static_cast<u64>(low < carry);
  carry = high;
  return low;
#endif
}

// The same word, of which the compiler can no longer tell anything. Without it a compiler may prove that a mask is
// all zeros or all ones and branch on it.
STARKCORE_INLINE u64 hide(u64 word) {
#if defined(_MSC_VER) && !defined(__clang__)
  volatile u64 hidden = word;
  return hidden;
#else
  __asm__("" : "+r"(word));
  return word;
#endif
}

// A mask is all ones for true and all zeros for false.
using Mask = u64;

STARKCORE_INLINE Mask mask_from_bit(u64 bit) { return hide(0 - bit); }

STARKCORE_INLINE Mask mask_if_zero(u64 word) { return hide(((word | (0 - word)) >> 63) - 1); }

STARKCORE_INLINE Mask mask_if_equal(u64 a, u64 b) { return mask_if_zero(a ^ b); }

// yes where the mask is set, otherwise no.
STARKCORE_INLINE u64 select(Mask mask, u64 yes, u64 no) { return no ^ (mask & (yes ^ no)); }

// Start loading a cache line that will be read soon; the address is public.
STARKCORE_INLINE void prefetch(const void* address) {
#if defined(_MSC_VER) && !defined(__clang__)
  (void)address;
#else
  __builtin_prefetch(address);
#endif
}

// The number of zero bits below the lowest one; word != 0. Variable time on some CPUs.
STARKCORE_INLINE int trailing_zeros_var(u64 word) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long index;
  _BitScanForward64(&index, word);
  return static_cast<int>(index);
#else
  return __builtin_ctzll(word);
#endif
}

// The number of zero bits above the highest one; word != 0. Variable time on some CPUs.
STARKCORE_INLINE int leading_zeros_var(u64 word) {
#if defined(_MSC_VER) && !defined(__clang__)
  unsigned long index;
  _BitScanReverse64(&index, word);
  return 63 - static_cast<int>(index);
#else
  return __builtin_clzll(word);
#endif
}

}  // namespace starkcore
