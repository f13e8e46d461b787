// Secrets: wiping them, and telling valgrind what is one.
//
// With -DSTARKCORE_CTIME the program is run under valgrind's memcheck, which then reports each branch and each address
// that depends on bytes marked as secret (A. Langley's ctgrind). declassify() says that a value may be known, and the
// call says why; docs/security.md lists them all.
#pragma once

#include <cstring>

#include "base/word.hpp"

#if defined(STARKCORE_CTIME)
#include <valgrind/memcheck.h>
#endif

namespace starkcore {

// Fill with zeros in a way that the compiler can't drop as a dead store.
STARKCORE_INLINE void wipe(void* memory, std::size_t size) {
  std::memset(memory, 0, size);
#if defined(_MSC_VER) && !defined(__clang__)
  _ReadWriteBarrier();
  for (volatile u8* p = static_cast<volatile u8*>(memory); size > 0; --size) *p++ = 0;
#else
  __asm__ __volatile__("" : : "r"(memory) : "memory");
#endif
}

template <class T>
STARKCORE_INLINE void wipe(T& value) {
  wipe(&value, sizeof value);
}

// Wipes what it names when the scope ends, by whichever way.
template <class T>
class Wiped {
 public:
  explicit Wiped(T& value) : value_(value) {}
  ~Wiped() { wipe(value_); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

 private:
  T& value_;
};

// Zero that much of the stack below the caller. Compilers spill registers there, which no Wiped knows of.
template <std::size_t Size>
STARKCORE_NOINLINE void wipe_stack() {
  u8 room[Size];
  wipe(room);
}

// What work on secrets takes of the stack, with room to spare: 16.5 KB at most were measured for a
// chunk, with gcc and AVX2. Work on one item takes less, and what isn't wiped isn't fetched.
// tests/core/test_key_in_memory.py searches for what is left.
inline constexpr std::size_t kSecretStack = 24 << 10, kSecretStackOfOne = 8 << 10;

// body() in a frame of its own, so that what it spills is below the caller's.
template <class Body>
STARKCORE_NOINLINE auto in_own_frame(const Body& body) {
  return body();
}

// body(), which works on secrets, and then the stack that it used wiped, of that depth. The caller
// itself handles secrets by address alone.
template <std::size_t depth = kSecretStack, class Body>
STARKCORE_INLINE auto with_wiped_stack(const Body& body) {
  const auto result = in_own_frame(body);
  wipe_stack<depth>();
  return result;
}

#if defined(STARKCORE_CTIME)
inline unsigned long declassifications = 0;  // so far, for the test
#endif

STARKCORE_INLINE void declassify([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t size) {
#if defined(STARKCORE_CTIME)
  ++declassifications;
  (void)VALGRIND_MAKE_MEM_DEFINED(memory, size);
#endif
}

// A mask as a branchable bool, for conditions that may be known.
STARKCORE_INLINE bool declassify(Mask mask) {
  declassify(&mask, sizeof mask);
  return mask != 0;
}

}  // namespace starkcore
