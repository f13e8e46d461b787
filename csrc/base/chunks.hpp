// Arrays in pieces: what is taken at once shares an inversion, and lies on the stack.
//
// One size for every layer. A chunk of the interface is a batch of hashes, of signatures and of
// verifications, and so arrays of one layer are filled by the counts of another: with a size of its
// own for each, one that grew would write past the end of the next. Sizes and counts are public.
#pragma once

#include "base/config.hpp"

namespace starkcore {

// Items that are taken at once: a few kilobytes of stack in each function that has arrays of them.
inline constexpr std::size_t kChunk = 32;

// Always in place, as all that engines share: no engine may get another's copy.
STARKCORE_INLINE constexpr std::size_t least(std::size_t a, std::size_t b) { return a < b ? a : b; }

// Calls body(first, size) for consecutive chunks of [0, count): 1 <= size <= most, together all of
// it, in order. Nothing wraps, whatever the count.
template <std::size_t most = kChunk, class Body>
STARKCORE_INLINE void for_chunks(std::size_t count, Body body) {
  static_assert(most > 0);
  for (std::size_t first = 0; first < count;) {
    const std::size_t size = least(count - first, most);
    body(first, size);
    first += size;
  }
}

}  // namespace starkcore
