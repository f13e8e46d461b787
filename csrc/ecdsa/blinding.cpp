#include "ecdsa/blinding.hpp"

#include <atomic>
#include <cstdlib>

#include "hash/sha256.hpp"

namespace starkcore {
namespace {

enum : u32 { kBlinded = 1, kStrict = 2 };

std::atomic<u32> mode{0};

u32 mode_from_environment() {
#if defined(_MSC_VER)
#pragma warning(suppress : 4996)  // the replacement that it advises allocates
#endif
  const char* text = std::getenv("STARKCORE_STRICT");
  return text == nullptr || text[0] == 0 || (text[0] == '0' && text[1] == 0) ? kBlinded : kStrict;
}

// What follows the value in its block: "starkcore: blind of an inverse", then zeros. One block of
// fixed form needs no padding.
constexpr u32 kTag[8] = {0x73746172, 0x6b636f72, 0x653a2062, 0x6c696e64,
                         0x206f6620, 0x616e2069, 0x6e766572, 0x73650000};

}  // namespace

bool strict_in_use() {
  const u32 known = mode.load(std::memory_order_relaxed);
  if (known != 0) return known == kStrict;
  // Two threads may both come here; the first to write decides, so that neither undoes a use_strict().
  u32 expected = 0;
  const u32 chosen = mode_from_environment();
  return (mode.compare_exchange_strong(expected, chosen, std::memory_order_relaxed) ? chosen : expected) == kStrict;
}

void use_strict(bool strict) { mode.store(strict ? kStrict : kBlinded, std::memory_order_relaxed); }

void make_blind(U256& blind, const U256& value) {
  u32 block[16];
  Sha256State state = kSha256Initial;
  const Wiped wipe_block(block);
  const Wiped wipe_state(state);
  for (int i = 0; i < 4; ++i) {
    block[2 * i] = static_cast<u32>(value.w[i] >> 32), block[2 * i + 1] = static_cast<u32>(value.w[i]);
  }
  std::memcpy(block + 8, kTag, sizeof kTag);
  sha256_compress(state, block, 1);
  for (int i = 0; i < 4; ++i) blind.w[i] = u64{state.h[2 * i]} << 32 | state.h[2 * i + 1];
  blind.w[3] &= ~u64{0} >> 5;
  blind.w[0] |= mask_if_zero(blind) & 1;
}

}  // namespace starkcore
