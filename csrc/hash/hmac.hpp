// HMAC-SHA256 (RFC 2104) for keys of 32 bytes, which is all that RFC 6979 needs: keys made ready, and padded messages.
//
// Keys, messages and results may be secret: constant time in their values, lengths are public.
#pragma once

#include "hash/sha256.hpp"

namespace starkcore {

// A key made ready: the states of SHA-256 after the block (key xor 0x36…) and after the block (key xor 0x5c…). Each
// message under it then saves two compressions. Holds as much as the key itself does.
struct HmacKey {
  Sha256State inner, outer;
};

// The key of 32 zero bytes, which is also the key of any shorter run of zeros.
constexpr HmacKey make_zero_hmac_key() {
  HmacKey out{kSha256Initial, kSha256Initial};
  u8 block[64] = {};
  for (u8& byte : block) byte = 0x36;
  sha256_compress_portable(out.inner, block, 1);
  for (u8& byte : block) byte = 0x5c;
  sha256_compress_portable(out.outer, block, 1);
  return out;
}
inline constexpr HmacKey kZeroHmacKey = make_zero_hmac_key();

// Make a key of 32 bytes, given as 8 words, ready. Two compressions.
void hmac_key(HmacKey& out, const u32* words);

// out = the HMAC of a message that is padded already, as the tail of a message that began with one block more: `count`
// blocks of 16 words, the last ending in the length in bits, those 512 among them. count + 1 compressions. All as words
// (see sha256_compress); out is 8 words, and may lie within blocks.
void hmac_padded(u32* out, const HmacKey& key, const u32* blocks, std::size_t count);

}  // namespace starkcore
