// Makes clang or gcc look like Visual Studio for x86-64, so that the branches for it are compiled
// and run where it isn't: its macros, its keywords (by -fms-extensions), and its intrinsics in
// portable code. Included first of all, by `tests/checks/platforms.py`. It shows that those
// branches are C++ and compute the right thing; not what Visual Studio itself makes of them.
#pragma once

// What the core includes is read by the compiler as itself, before it pretends to be another.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

// The intrinsics, under other names: some are clang's own as soon as Microsoft's keywords are.
namespace intrinsics {

inline unsigned long long multiply(unsigned long long a, unsigned long long b, std::uint64_t* high) {
  __extension__ typedef unsigned __int128 Wide;
  const Wide product = static_cast<Wide>(a) * b;
  *high = static_cast<std::uint64_t>(product >> 64);
  return static_cast<unsigned long long>(product);
}

inline unsigned char lowest_bit(unsigned long* index, unsigned long long word) {
  if (word == 0) return 0;
  *index = static_cast<unsigned long>(__builtin_ctzll(word));
  return 1;
}

inline unsigned char highest_bit(unsigned long* index, unsigned long long word) {
  if (word == 0) return 0;
  *index = static_cast<unsigned long>(63 - __builtin_clzll(word));
  return 1;
}

inline std::uint32_t swap_bytes(std::uint32_t word) { return __builtin_bswap32(word); }

inline void no_reordering() { __asm__ __volatile__("" : : : "memory"); }

inline void ask_cpu(int (&out)[4], int leaf, int part) {
  __asm__("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(part));
}

inline unsigned long long saved_registers(unsigned which) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(which));
  return static_cast<unsigned long long>(high) << 32 | low;
}

}  // namespace intrinsics

#undef __cpuidex
#undef _xgetbv
#define _umul128 intrinsics::multiply
#define _BitScanForward64 intrinsics::lowest_bit
#define _BitScanReverse64 intrinsics::highest_bit
#define _byteswap_ulong intrinsics::swap_bytes
#define _ReadWriteBarrier intrinsics::no_reordering
#define __cpuidex intrinsics::ask_cpu
#define _xgetbv intrinsics::saved_registers

#undef __clang__
#undef __GNUC__
#undef __x86_64__
#undef __SIZEOF_INT128__
#define _MSC_VER 1929
#define _MSC_FULL_VER 192930133
#define _M_X64 100
