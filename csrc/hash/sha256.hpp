// SHA-256 (FIPS 180-4): a stream of bytes in, 32 bytes out.
//
// Data, states and digests may be secret: constant time in their values, lengths are public. An object wipes itself
// when it goes. The compression function uses the CPU's SHA extensions where they are in use (base/cpu.hpp); both
// versions have the same contract.
#pragma once

#include "hash/sha256_rounds.hpp"

#if defined(__x86_64__) || defined(_M_X64)
#define STARKCORE_HAVE_SHA_X86 1
#else
#define STARKCORE_HAVE_SHA_X86 0
#endif

namespace starkcore {

// state = the state after `count` blocks of 64 bytes.
void sha256_compress(Sha256State& state, const u8* blocks, std::size_t count);

// The same for blocks of 16 words, each the value of four big-endian bytes. HMAC's short messages stay words from one
// compression to the next: byte order costs nothing, and the CPU can forward what was stored to the load.
void sha256_compress(Sha256State& state, const u32* blocks, std::size_t count);

#if STARKCORE_HAVE_SHA_X86
// The same two. The CPU must have kCpuShaX86.
void sha256_compress_x86(Sha256State& state, const u8* blocks, std::size_t count);
void sha256_compress_x86(Sha256State& state, const u32* blocks, std::size_t count);
#endif

// The state as 32 big-endian bytes.
STARKCORE_INLINE void store_be(u8* out, const Sha256State& state) {
  for (std::size_t i = 0; i < 8; ++i) {
    const u32 word = big_endian(state.h[i]);
    std::memcpy(out + 4 * i, &word, 4);
  }
}

// A hash under way; a copy of it is a midstate to continue from. Less than 2^61 bytes in all.
class Sha256 {
 public:
  Sha256();

  // Continue from the state after `size` bytes, a multiple of 64.
  Sha256(const Sha256State& state, u64 size);

  ~Sha256();
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;

  // Append data; it may be nullptr when size is 0. Returns *this.
  Sha256& update(const u8* data, std::size_t size);

  // The digest of all that was appended. Nothing may be appended afterwards.
  void finish(u8 out[32]);

  void wipe();

 private:
  Sha256State state_;
  u64 size_;
  u8 pending_[64];  // the first size_ % 64 bytes are data that fills no block yet
};

// out = SHA-256 of the data.
void sha256(u8 out[32], const u8* data, std::size_t size);

}  // namespace starkcore
