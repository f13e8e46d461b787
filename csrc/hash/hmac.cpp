#include "hash/hmac.hpp"

namespace starkcore {
namespace {

constexpr u32 kInnerPad = 0x36363636, kOuterPad = 0x5c5c5c5c;

// Both states of the key that fills this block, which is used up.
void start(HmacKey& out, u32 (&block)[16]) {
  for (u32& word : block) word ^= kInnerPad;
  out.inner = kSha256Initial;
  sha256_compress(out.inner, block, 1);
  for (u32& word : block) word ^= kInnerPad ^ kOuterPad;
  out.outer = kSha256Initial;
  sha256_compress(out.outer, block, 1);
}

}  // namespace

void hmac_key(HmacKey& out, const u8* key, std::size_t size) {
  u8 bytes[64] = {};
  u32 block[16];
  const Wiped wipe_bytes(bytes);
  const Wiped wipe_block(block);
  if (size > 64) {
    sha256(bytes, key, size);
  } else if (size > 0) {
    std::memcpy(bytes, key, size);
  }
  for (std::size_t i = 0; i < 16; ++i) block[i] = load_be32(bytes + 4 * i);
  start(out, block);
}

void hmac_key(HmacKey& out, const u32* words) {
  u32 block[16] = {};
  const Wiped wipe_block(block);
  std::memcpy(block, words, 32);
  start(out, block);
}

void hmac_padded(u32* out, const HmacKey& key, const u32* blocks, std::size_t count) {
  u32 block[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0x80000000, 0, 0, 0, 0, 0, 0, (64 + 32) * 8};
  Sha256State state = key.inner;
  const Wiped wipe_block(block);
  const Wiped wipe_state(state);
  sha256_compress(state, blocks, count);
  std::memcpy(block, state.h, sizeof state.h);
  state = key.outer;
  sha256_compress(state, block, 1);
  std::memcpy(out, state.h, sizeof state.h);
}

HmacSha256::HmacSha256(const HmacKey& key) : inner_(key.inner, 64), outer_(key.outer) {}

HmacSha256::HmacSha256(const u8* key, std::size_t size) {
  HmacKey ready;
  const Wiped wipe_ready(ready);
  hmac_key(ready, key, size);
  inner_ = Sha256(ready.inner, 64);
  outer_ = ready.outer;
}

HmacSha256::~HmacSha256() { wipe(outer_); }

HmacSha256& HmacSha256::update(const u8* data, std::size_t size) {
  inner_.update(data, size);
  return *this;
}

void HmacSha256::finish(u8 out[32]) {
  u8 digest[32];
  const Wiped wipe_digest(digest);
  inner_.finish(digest);
  Sha256(outer_, 64).update(digest, 32).finish(out);
}

}  // namespace starkcore
