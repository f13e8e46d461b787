// SHA-256 (FIPS 180-4).
//
// Data, states and digests may be secret: constant time in their values, lengths are public. The compression
// function uses the CPU's SHA extensions where they are in use (base/cpu.hpp); both versions have the same contract.
#pragma once

#include "hash/sha256_rounds.hpp"

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

#if STARKCORE_HAVE_SHA_ARM
// The same two. The CPU must have kCpuShaArm.
void sha256_compress_arm(Sha256State& state, const u8* blocks, std::size_t count);
void sha256_compress_arm(Sha256State& state, const u32* blocks, std::size_t count);
#endif

// The state as 32 big-endian bytes.
STARKCORE_INLINE void store_be(u8* out, const Sha256State& state) {
  for (std::size_t i = 0; i < 8; ++i) {
    const u32 word = big_endian(state.h[i]);
    std::memcpy(out + 4 * i, &word, 4);
  }
}

// out = SHA-256 of the data, less than 2^61 bytes; data may be nullptr when size is 0.
void sha256(u8 out[32], const u8* data, std::size_t size);

}  // namespace starkcore
