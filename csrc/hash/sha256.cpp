#include "hash/sha256.hpp"

#include "base/cpu.hpp"
#include "base/limbs.hpp"

namespace starkcore {

void sha256_compress(Sha256State& state, const u8* blocks, std::size_t count) {
#if STARKCORE_HAVE_SHA_X86
  if ((cpu_in_use() & kCpuShaX86) != 0) return sha256_compress_x86(state, blocks, count);
#endif
#if STARKCORE_HAVE_SHA_ARM
  if ((cpu_in_use() & kCpuShaArm) != 0) return sha256_compress_arm(state, blocks, count);
#endif
  sha256_compress_portable(state, blocks, count);
}

void sha256_compress(Sha256State& state, const u32* blocks, std::size_t count) {
#if STARKCORE_HAVE_SHA_X86
  if ((cpu_in_use() & kCpuShaX86) != 0) return sha256_compress_x86(state, blocks, count);
#endif
#if STARKCORE_HAVE_SHA_ARM
  if ((cpu_in_use() & kCpuShaArm) != 0) return sha256_compress_arm(state, blocks, count);
#endif
  sha256_compress_portable(state, blocks, count);
}

void sha256(u8 out[32], const u8* data, std::size_t size) {
  Sha256State state = kSha256Initial;
  u8 last[128] = {};  // what fills no block, the padding, and the length in bits
  const Wiped wipe_state(state);
  const Wiped wipe_last(last);
  const std::size_t held = size % 64, blocks = held < 56 ? 1 : 2;
  if (size >= 64) sha256_compress(state, data, size / 64);
  if (held > 0) std::memcpy(last, data + (size - held), held);
  last[held] = 0x80;
  store_be64(last + 64 * blocks - 8, u64{size} * 8);
  sha256_compress(state, last, blocks);
  store_be(out, state);
}

}  // namespace starkcore
