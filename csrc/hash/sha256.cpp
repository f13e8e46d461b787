#include "hash/sha256.hpp"

#include "base/cpu.hpp"
#include "base/limbs.hpp"

namespace starkcore {

void sha256_compress(Sha256State& state, const u8* blocks, std::size_t count) {
#if STARKCORE_HAVE_SHA_X86
  if ((cpu_in_use() & kCpuShaX86) != 0) return sha256_compress_x86(state, blocks, count);
#endif
  sha256_compress_portable(state, blocks, count);
}

void sha256_compress(Sha256State& state, const u32* blocks, std::size_t count) {
#if STARKCORE_HAVE_SHA_X86
  if ((cpu_in_use() & kCpuShaX86) != 0) return sha256_compress_x86(state, blocks, count);
#endif
  sha256_compress_portable(state, blocks, count);
}

Sha256::Sha256() : Sha256(kSha256Initial, 0) {}

Sha256::Sha256(const Sha256State& state, u64 size) : state_(state), size_(size) { STARKCORE_CHECK(size % 64 == 0); }

Sha256::~Sha256() { wipe(); }

void Sha256::wipe() { starkcore::wipe(this, sizeof *this); }

Sha256& Sha256::update(const u8* data, std::size_t size) {
  if (size == 0) return *this;
  const std::size_t held = size_ % 64;
  size_ += size;
  if (held != 0) {
    const std::size_t room = 64 - held, taken = size < room ? size : room;
    std::memcpy(pending_ + held, data, taken);
    if (taken < room) return *this;
    sha256_compress(state_, pending_, 1);
    data += taken;
    size -= taken;
  }
  if (size >= 64) sha256_compress(state_, data, size / 64);
  std::memcpy(pending_, data + size / 64 * 64, size % 64);
  return *this;
}

void Sha256::finish(u8 out[32]) {
  const std::size_t held = size_ % 64;
  pending_[held] = 0x80;
  std::memset(pending_ + held + 1, 0, 63 - held);
  if (held >= 56) {
    sha256_compress(state_, pending_, 1);
    std::memset(pending_, 0, 56);
  }
  store_be64(pending_ + 56, size_ * 8);
  sha256_compress(state_, pending_, 1);
  store_be(out, state_);
}

void sha256(u8 out[32], const u8* data, std::size_t size) { Sha256().update(data, size).finish(out); }

}  // namespace starkcore
