#include "hash/hmac.hpp"

namespace starkcore {
namespace {

constexpr u32 kInnerPad = 0x36363636, kOuterPad = 0x5c5c5c5c;

}  // namespace

void hmac_key(HmacKey& out, const u32* words) {
  u32 block[16] = {};
  const Wiped wipe_block(block);
  std::memcpy(block, words, 32);
  for (u32& word : block) word ^= kInnerPad;
  out.inner = kSha256Initial;
  sha256_compress(out.inner, block, 1);
  for (u32& word : block) word ^= kInnerPad ^ kOuterPad;
  out.outer = kSha256Initial;
  sha256_compress(out.outer, block, 1);
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

}  // namespace starkcore
