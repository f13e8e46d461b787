// The compression function of SHA-256 in plain C++, also at compile time, and its constants (FIPS 180-4).
//
// Only the versions of hash/sha256.hpp and tables made by the compiler include this. Data and state may be secret:
// constant time, and the message schedule is wiped.
#pragma once

#include <bit>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/secret.hpp"
#include "base/word.hpp"

namespace starkcore {

struct Sha256State {
  u32 h[8];
};

// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
inline constexpr Sha256State kSha256Initial{
    {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
alignas(64) inline constexpr u32 kSha256Rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// A word from or to big-endian memory. As an instruction: gcc 12 makes vector code of shifts, five times slower.
STARKCORE_INLINE u32 big_endian(u32 word) {
  if constexpr (std::endian::native == std::endian::big) return word;
#if defined(_MSC_VER) && !defined(__clang__)
  return _byteswap_ulong(word);
#else
  return __builtin_bswap32(word);
#endif
}

STARKCORE_INLINE constexpr u32 load_be32(const u8* bytes) {
  if (std::is_constant_evaluated()) {
    return u32{bytes[0]} << 24 | u32{bytes[1]} << 16 | u32{bytes[2]} << 8 | bytes[3];
  }
  u32 word = 0;
  std::memcpy(&word, bytes, 4);
  return big_endian(word);
}
STARKCORE_INLINE constexpr u32 load_be32(const u32* word) { return *word; }  // a word is in order already

// Round t = first + i. The eight variables a … h stay where they are and change their roles: in round t, role j is
// v[(j − t) mod 8], which is known at compile time.
template <std::size_t i>
STARKCORE_INLINE constexpr void sha256_round(u32 (&v)[8], u32 (&w)[16], std::size_t first) {
  const u32 a = v[(0 - i) & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
  const u32 e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];
  u32 &d = v[(3 - i) & 7], &h = v[(7 - i) & 7];
  if (first != 0) {
    const u32 w1 = w[(i + 1) & 15], w14 = w[(i + 14) & 15];
    w[i] += w[(i + 9) & 15] + (std::rotr(w1, 7) ^ std::rotr(w1, 18) ^ (w1 >> 3)) +
            (std::rotr(w14, 17) ^ std::rotr(w14, 19) ^ (w14 >> 10));
  }
  const u32 t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + (g ^ (e & (f ^ g))) +
                 kSha256Rounds[first + i] + w[i];
  d += t1;
  h = t1 + (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

template <std::size_t... i>
STARKCORE_INLINE constexpr void sha256_sixteen_rounds(u32 (&v)[8], u32 (&w)[16], std::size_t first,
                                                      std::index_sequence<i...>) {
  (sha256_round<i>(v, w, first), ...);
}

// state = the state after `count` blocks of 64 bytes, or of 16 words. Secret.
template <class Byte>
STARKCORE_INLINE constexpr void sha256_compress_portable(Sha256State& state, const Byte* blocks, std::size_t count) {
  constexpr std::size_t kBytesAWord = 4 / sizeof(Byte);
  u32 w[16]{}, v[8]{};
  for (; count > 0; --count, blocks += 16 * kBytesAWord) {
    for (std::size_t i = 0; i < 16; ++i) w[i] = load_be32(blocks + kBytesAWord * i);
    for (std::size_t i = 0; i < 8; ++i) v[i] = state.h[i];
    for (std::size_t first = 0; first < 64; first += 16) {
      sha256_sixteen_rounds(v, w, first, std::make_index_sequence<16>{});
    }
    for (std::size_t i = 0; i < 8; ++i) state.h[i] += v[i];
  }
  if (!std::is_constant_evaluated()) {
    wipe(w);
    wipe(v);
  }
}

}  // namespace starkcore
