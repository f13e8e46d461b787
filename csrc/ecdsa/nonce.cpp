#include "ecdsa/nonce.hpp"

#include "base/secret.hpp"
#include "field/constants.hpp"
#include "hash/hmac.hpp"

namespace starkcore {
namespace {

// What follows a message of `size` bytes in its last block: HMAC puts 64 bytes in front, and the length counts those.
constexpr u32 hmac_bits(std::size_t size) { return static_cast<u32>(8 * (64 + size)); }

// K and V of RFC 6979, section 3.2, as words. V is the first half of a block that is padded for V's own HMAC.
struct Drbg {
  HmacKey k;
  u32 v[16];
};

// The seeding message V ‖ tag ‖ key ‖ message hash ‖ extra data and its padding, as words: at most
// 32 + 1 + 32 + 32 + 64 bytes and 9 of padding, so three blocks. V and the tag are filled in by start().
struct SeedMessage {
  u32 words[48];
  std::size_t blocks;
};

// V = HMAC(K, V). Two compressions.
void update_v(Drbg& drbg) { hmac_padded(drbg.v, drbg.k, drbg.v, 1); }

// K = HMAC(K, message), V = HMAC(K, V). The message's compressions and five.
void update_k(Drbg& drbg, const u32* blocks, std::size_t count) {
  u32 key[8];
  const Wiped wipe_key(key);
  hmac_padded(key, drbg.k, blocks, count);
  hmac_key(drbg.k, key);
  update_v(drbg);
}

// The number of bytes of the counter without leading zeros; that number may be known, the bytes not.
std::size_t counter_length(const u8 (&bytes)[32]) {
  u64 length = 0;
  Mask seen = 0;
  for (const u8 byte : bytes) {
    seen |= ~mask_if_zero(byte);
    length += seen & 1;
  }
  declassify(&length, sizeof length);  // it is a count of refused nonces, or the length of the caller's seed
  return static_cast<std::size_t>(length);
}

// The seeding message of this key, hash and extra data.
void build(SeedMessage& out, const U256& key, const U256& message_hash, const U256& counter, const u8* extra_entropy) {
  u8 bytes[192] = {}, counter_bytes[32];
  const Wiped wipe_bytes(bytes);
  const Wiped wipe_counter(counter_bytes);
  store_be256(bytes + 33, key);
  store_be256(bytes + 65, message_hash);
  store_be256(counter_bytes, counter);
  const std::size_t length = counter_length(counter_bytes);
  std::memcpy(bytes + 97, counter_bytes + 32 - length, length);
  std::size_t size = 97 + length;
  if (extra_entropy != nullptr) {
    std::memcpy(bytes + size, extra_entropy, 32);
    size += 32;
  }
  bytes[size] = 0x80;
  out.blocks = (size + 9 + 63) / 64;
  for (std::size_t i = 0; i < 16 * out.blocks; ++i) out.words[i] = load_be32(bytes + 4 * i);
  out.words[16 * out.blocks - 1] = hmac_bits(size);
}

// Steps b to g. 14 compressions when the extra data has at most 22 bytes.
void start(Drbg& drbg, SeedMessage& seed) {
  drbg.k = kZeroHmacKey;
  std::memset(drbg.v, 0, sizeof drbg.v);
  std::memset(drbg.v, 1, 32);
  drbg.v[8] = 0x80000000;
  drbg.v[15] = hmac_bits(32);
  for (const u32 tag : {0u, 1u}) {
    std::memcpy(seed.words, drbg.v, 32);
    seed.words[8] |= tag << 24;
    update_k(drbg, seed.words, seed.blocks);
  }
}

// Step h, after a candidate was refused: K = HMAC(K, V ‖ 0), V = HMAC(K, V). Six compressions.
void restart(Drbg& drbg) {
  u32 block[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0x00800000, 0, 0, 0, 0, 0, 0, hmac_bits(33)};
  const Wiped wipe_block(block);
  std::memcpy(block, drbg.v, 32);
  update_k(drbg, block, 1);
}

// bits2int: V's 256 bits cut to the 252 that n has.
U256 candidate(const Drbg& drbg) {
  U256 out;
  for (std::size_t i = 0; i < 4; ++i) out.w[3 - i] = u64{drbg.v[2 * i]} << 32 | drbg.v[2 * i + 1];
  return shift_right(out, 4);
}

}  // namespace

NonceGenerator::NonceGenerator(const U256& message_hash, const U256& key, const U256& seed, const u8* extra_entropy)
    : message_hash_(message_hash), key_(key), counter_(seed), has_extra_entropy_(extra_entropy != nullptr) {
  STARKCORE_CHECK(mask_if_below_2_251(message_hash));
  STARKCORE_CHECK(~mask_if_zero(key) & mask_if_less(key, kN));
  std::memset(extra_entropy_, 0, sizeof extra_entropy_);
  if (has_extra_entropy_) std::memcpy(extra_entropy_, extra_entropy, sizeof extra_entropy_);
}

NonceGenerator::~NonceGenerator() { wipe(this, sizeof *this); }

void NonceGenerator::next(U256& nonce) const {
  Drbg drbg;
  SeedMessage seed;
  const Wiped wipe_drbg(drbg);
  const Wiped wipe_seed(seed);
  build(seed, key_, message_hash_, counter_, has_extra_entropy_ ? extra_entropy_ : nullptr);
  start(drbg, seed);
  for (;; restart(drbg)) {
    update_v(drbg);
    nonce = candidate(drbg);
    if (declassify(~mask_if_zero(nonce) & mask_if_less(nonce, kN))) return;
  }
}

bool NonceGenerator::count_up() {
  const u64 carry = add(counter_, counter_, u256(1));
  return !declassify(mask_from_bit(carry));
}

}  // namespace starkcore
