// Inputs for timing.cpp: secrets of a kind, and what is public and goes with them.
//
// Everything public that the time depends on is the same for all kinds, or drawn from the same
// distribution: RFC 6979's first candidate is used (first_candidate_is_used), so is grind_key's
// first hash, and orders come from a pool of their own.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "ecdsa/nonce.hpp"
#include "field/constants.hpp"
#include "field/montgomery.hpp"
#include "hash/sha256.hpp"
#include "starkcore.h"

namespace timing {

using namespace starkcore;
using Random = std::mt19937_64;

constexpr std::size_t kMany = 9;      // one more than the widest engine has lanes
constexpr std::size_t kOrders = 512;  // in the pool
constexpr std::size_t kTypedBytes = 66;

// ---- Secrets
// ---------------------------------------------------------------------------------------------------------

enum class Kind { random, one, small, large, sparse, runs };
constexpr const char* kKinds[] = {"random", "one", "small", "large", "sparse", "runs"};

// A string of bytes as a big-endian number: 1; below 2^32; ones but for the last 32 bits; three
// bits set; runs of equal bits.
inline void draw_bytes(u8* out, std::size_t size, Kind kind, Random& random) {
  std::memset(out, kind == Kind::large ? 0xff : 0, size);
  const auto set = [&](std::size_t bit) { out[size - 1 - bit / 8] |= static_cast<u8>(1u << (bit % 8)); };
  switch (kind) {
    case Kind::one: set(0); break;
    case Kind::small:
    case Kind::large:
      for (std::size_t i = 1; i <= 4; ++i) out[size - i] = static_cast<u8>(random());
      break;
    case Kind::sparse:
      for (int i = 0; i < 3; ++i) set(random() % (8 * size));
      break;
    case Kind::runs: {
      bool ones = (random() & 1) != 0;
      for (std::size_t bit = 0; bit < 8 * size; ones = !ones) {
        for (std::size_t left = 1 + random() % 96; left > 0 && bit < 8 * size; --left, ++bit) {
          if (ones) set(bit);
        }
      }
      break;
    }
    case Kind::random:
      for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<u8>(random() >> 32);
      break;
  }
}

// The same as a number of 252 bits in [1, n); large: n minus a small one.
inline void draw_key(u8 out[32], Kind kind, Random& random) {
  U256 key;
  do {
    draw_bytes(out, 32, kind == Kind::large ? Kind::small : kind, random);
    out[0] &= 0x0f;
    key = load_be256(out);
  } while (starkcore_private_key_check(out) != STARKCORE_OK);
  if (kind != Kind::large) return;
  sub(key, kN, key);
  store_be256(out, key);
}

// ---- What is public
// --------------------------------------------------------------------------------------------------

// A message hash below 2^251.
inline void draw_hash(u8 out[32], Random& random) {
  draw_bytes(out, 32, Kind::random, random);
  out[0] &= 0x07;
}

// HMAC-SHA256 (RFC 2104) for a key of 32 bytes; out may be the key.
inline void hmac(u8 out[32], const u8 key[32], const std::vector<u8>& message) {
  std::vector<u8> inner(64, 0x36), outer(64, 0x5c);
  for (std::size_t i = 0; i < 32; ++i) inner[i] ^= key[i], outer[i] ^= key[i];
  inner.insert(inner.end(), message.begin(), message.end());
  outer.resize(64 + 32);
  sha256(&outer[64], inner.data(), inner.size());
  sha256(out, outer.data(), outer.size());
}

// Whether RFC 6979 takes its first candidate. It refuses half of them, and how many it refused is
// public and shows in the time.
inline bool first_candidate_is_used(const u8 key[32], const u8 hash[32], const u8* extra_entropy) {
  u8 k[32] = {}, v[32];
  std::memset(v, 1, sizeof v);
  for (const u8 tag : {u8{0}, u8{1}}) {
    std::vector<u8> message(v, v + 32);
    message.push_back(tag);
    for (const u8* part : {key, hash, extra_entropy}) {
      if (part != nullptr) message.insert(message.end(), part, part + 32);
    }
    hmac(k, k, message);
    hmac(v, k, {v, v + 32});
  }
  hmac(v, k, {v, v + 32});
  const U256 candidate = shift_right(load_be256(v), 4);
  const bool used = (~mask_if_zero(candidate) & mask_if_less(candidate, kN)) != 0;
  static u32 calls = 0;
  if (calls++ % 64 == 0) {  // the same as the library's own, now and then
    U256 nonce;
    NonceGenerator(load_be256(hash), load_be256(key), u256(0), extra_entropy).next(nonce);
    if ((mask_if_equal(nonce, candidate) != 0) != used) std::fputs("timing: not its nonce\n", stderr), std::exit(3);
  }
  return used;
}

struct Market {
  starkcore_market market;
  starkcore_order_tail tail;
};

inline Market make_market() {
  Market out;
  u8 synthetic[32] = {}, collateral[32] = {};
  std::memcpy(synthetic + 17, "ETH-9\0\0\0\0\0\0\0\0\0", 15);
  std::memset(collateral, 0x02, sizeof collateral);
  starkcore_market_init(&out.market, synthetic, collateral, collateral, 1000000000, 1000000);
  starkcore_order_tail_init(&out.tail, 12345, 444701);
  return out;
}

inline const Market& market() {
  static const Market made = make_market();
  return made;
}

inline starkcore_human_order order(u32 nonce) {
  return {&market().market, &market().tail, "145.0005", "350.00067", "0.125", nullptr, 8, 9, 5, 0, nonce, 1};
}

struct PoolOrder {
  u32 nonce;
  u8 hash[32];
};

inline std::vector<PoolOrder> make_pool() {
  std::vector<PoolOrder> out(kOrders);
  for (u32 i = 0; i < kOrders; ++i) {
    starkcore_signed_order hashed;
    starkcore_status status;
    const starkcore_human_order human = order(i);
    if (starkcore_hash_orders(&hashed, &status, &human, 1) != STARKCORE_OK) std::exit(3);
    out[i].nonce = i;
    std::memcpy(out[i].hash, hashed.hash, 32);
  }
  return out;
}

// ---- Inputs
// ----------------------------------------------------------------------------------------------------------

struct alignas(64) Input {
  u8 secret[96];
  u32 chain;          // multiplications of the planted delay
  u32 nonces[kMany];  // orders
  u8 hashes[kMany][32];
};

inline void draw_only_key(Input& input, Kind kind, Random& random) { draw_key(input.secret, kind, random); }

inline void draw_hashes(Input& input, Random& random, std::size_t count, const u8* extra_entropy) {
  for (std::size_t i = 0; i < count; ++i) {
    do {
      draw_hash(input.hashes[i], random);
    } while (!first_candidate_is_used(input.secret, input.hashes[i], extra_entropy));
  }
}

inline void draw_signing(Input& input, Kind kind, Random& random) {
  draw_key(input.secret, kind, random);
  draw_hashes(input, random, 1, nullptr);
}

inline void draw_signing_many(Input& input, Kind kind, Random& random) {
  draw_key(input.secret, kind, random);
  draw_hashes(input, random, kMany, nullptr);
}

// Any key; the extra entropy is of that kind.
inline void draw_entropy(Input& input, Kind kind, Random& random) {
  draw_key(input.secret, Kind::random, random);
  draw_bytes(input.secret + 32, 32, kind, random);
  draw_hashes(input, random, 1, input.secret + 32);
}

inline void draw_orders(Input& input, Kind kind, Random& random) {
  static const std::vector<PoolOrder> pool = make_pool();
  draw_key(input.secret, kind, random);
  for (std::size_t i = 0; i < kMany; ++i) {
    const PoolOrder* one;
    do {
      one = &pool[random() % kOrders];
    } while (!first_candidate_is_used(input.secret, one->hash, nullptr));
    input.nonces[i] = one->nonce;
  }
}

inline void draw_typed_signature(Input& input, Kind kind, Random& random) {
  draw_bytes(input.secret, 64, kind, random);
  input.secret[64] = 27, input.secret[65] = 0;
}

// A seed whose first hash is not thrown away; how many are is public.
inline void draw_seed(Input& input, Kind kind, Random& random) {
  constexpr U256 limit = small_multiple(31, kN);
  u8 digest[32];
  do {
    draw_bytes(input.secret, 32, kind, random);
    input.secret[32] = 0;
    starkcore_sha256(digest, input.secret, 33);
  } while (mask_if_less(load_be256(digest), limit) == 0);
}

}  // namespace timing
