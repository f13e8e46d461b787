// The C interface to hashes, keys and ECDSA: checks what comes from outside, calls the layers below, hands out bytes.
#include "starkcore.h"

#include "base/cpu.hpp"
#include "base/secret.hpp"
#include "ecdsa/key_derivation.hpp"
#include "ecdsa/prepared.hpp"
#include "ecdsa/sign.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"
#include "hash/keccak.hpp"
#include "hash/sha256.hpp"
#include "interface/interface.hpp"

using namespace starkcore;

// ---- Hashes ------------------------------------------------------------------------------------------------

void starkcore_keccak256(uint8_t out[32], const uint8_t* data, size_t size) { keccak256(out, data, size); }

void starkcore_sha256(uint8_t out[32], const uint8_t* data, size_t size) { sha256(out, data, size); }

starkcore_status starkcore_pedersen(uint8_t out[32], const uint8_t a[32], const uint8_t b[32]) {
  size_t bad;
  return starkcore_pedersen_many(out, &bad, a, b, 1);
}

starkcore_status starkcore_pedersen_many(uint8_t* out, size_t* bad, const uint8_t* a, const uint8_t* b, size_t count) {
  const Engine& with = engine();
  starkcore_status status = STARKCORE_OK;
  *bad = count;
  for_chunks(count, [&](size_t first, size_t size) {
    if (status != STARKCORE_OK) return;
    U256 left[kChunk], right[kChunk], hashes[kChunk];
    for (size_t i = 0; i < size; ++i) {  // what is checked is what is hashed, whoever writes there meanwhile
      left[i] = load_be256(a + 32 * (first + i));
      right[i] = load_be256(b + 32 * (first + i));
      const bool a_fits = less_var(left[i], kP);
      if (a_fits && less_var(right[i], kP)) continue;
      *bad = first + i;
      status = STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, a_fits ? STARKCORE_FIELD_B : STARKCORE_FIELD_A);
      return;
    }
    with.pedersen(hashes, left, right, size);
    for (size_t i = 0; i < size; ++i) store_be256(out + 32 * (first + i), hashes[i]);
  });
  if (status != STARKCORE_OK) std::memset(out, 0, 32 * count);
  return status;
}

// ---- Keys --------------------------------------------------------------------------------------------------

starkcore_status starkcore_private_key_check(const uint8_t key[32]) {
  return with_wiped_stack([=] {
    U256 scalar;
    const Wiped wiped(scalar);
    return load_private_key(scalar, key);
  });
}

starkcore_status starkcore_public_key(uint8_t x[32], uint8_t y[32], const uint8_t key[32]) {
  return with_wiped_stack([=] {
    U256 scalar;
    const Wiped wiped(scalar);
    const starkcore_status status = load_private_key(scalar, key);
    PlainPoint point{};
    if (status == STARKCORE_OK) engine().public_key(&point, &scalar, 1);
    declassify(&point, sizeof point);  // the public key is published
    store_be256(x, point.x);
    store_be256(y, point.y);
    return status;
  });
}

starkcore_status starkcore_public_key_check(const uint8_t x[32], const uint8_t y[32]) {
  PlainPoint point;
  return load_public_key(point, x, y);
}

starkcore_status starkcore_public_key_x_check(const uint8_t x[32]) {
  PlainPoint point;
  return load_public_key(point, x, nullptr);
}

starkcore_status starkcore_public_key_y(uint8_t y[32], const uint8_t x[32], int odd) {
  PlainPoint point{};
  const starkcore_status status = load_public_key(point, x, nullptr);
  if (status == STARKCORE_OK) engine().lift_x(&point.y, point.x, odd != 0);
  store_be256(y, point.y);
  return status;
}

// A derived key on its way out: zero, or not below n, is refused.
static starkcore_status store_derived_key(uint8_t key[32], const U256& derived) {
  const bool usable = declassify(~mask_if_zero(derived) & mask_if_less(derived, kN));
  if (!usable) {
    std::memset(key, 0, 32);
    return STARKCORE_STATUS(STARKCORE_RULE_PRIVATE_KEY, STARKCORE_FIELD_PRIVATE_KEY);
  }
  store_be256(key, derived);
  return STARKCORE_OK;
}

starkcore_status starkcore_key_from_data(uint8_t key[32], const uint8_t* data, size_t size) {
  return with_wiped_stack([=] {
    U256 derived;
    const Wiped wiped(derived);
    key_from_data(derived, data, size);
    return store_derived_key(key, derived);
  });
}

starkcore_status starkcore_key_from_eth_signature(uint8_t key[32], const uint8_t* signature, size_t size,
                                                  int legacy_python) {
  u8 typed[kTypedSignature];
  const Wiped wiped(typed);
  if (!complete_typed_signature(typed, signature, size)) {
    std::memset(key, 0, 32);
    const bool fits = size == kTypedSignature || size == kTypedSignature - 1;
    return STARKCORE_STATUS(fits ? STARKCORE_RULE_TYPED : STARKCORE_RULE_LENGTH, STARKCORE_FIELD_SIGNATURE);
  }
  // The old client's uint256 was no narrower than 32 bytes, however small.
  constexpr size_t most = kTypedSignature - 32;
  const size_t zeros = legacy_python != 0 ? leading_zero_bytes(typed, kTypedSignature) : 0;
  const size_t skipped = zeros < most ? zeros : most;
  return starkcore_key_from_data(key, typed + skipped, kTypedSignature - skipped);
}

starkcore_status starkcore_grind_key(uint8_t key[32], const uint8_t* seed, size_t size, int strip_zeros) {
  if (size < 1 || size > kMaxGrindSeed) {
    std::memset(key, 0, 32);
    return STARKCORE_STATUS(STARKCORE_RULE_LENGTH, STARKCORE_FIELD_SEED);
  }
  return with_wiped_stack([=]() -> starkcore_status {
    const size_t skipped = strip_zeros != 0 ? leading_zero_bytes(seed, size) : 0;
    U256 derived;
    const Wiped wiped(derived);
    if (!grind_key(derived, seed + skipped, size - skipped)) {
      std::memset(key, 0, 32);
      return STARKCORE_STATUS(STARKCORE_RULE_NO_NONCE, STARKCORE_FIELD_SEED);
    }
    return store_derived_key(key, derived);
  });
}

// ---- ECDSA -------------------------------------------------------------------------------------------------

starkcore_status starkcore_sign(uint8_t signature[64], const uint8_t message_hash[32], const uint8_t key[32],
                                const starkcore_nonce_options* options) {
  starkcore_status item;
  return starkcore_sign_many(signature, &item, message_hash, 1, key, options);
}

// Gather the good hashes of a chunk, sign them, and put the signatures in their places.
static void sign_chunk(uint8_t* signatures, starkcore_status* statuses, const uint8_t* message_hashes, size_t count,
                       const Signer& signer) {
  U256 hashes[kChunk];
  Signature results[kChunk];
  starkcore_status outcomes[kChunk];
  size_t places[kChunk], good = 0;
  std::memset(signatures, 0, 64 * count);
  for (size_t i = 0; i < count; ++i) {
    statuses[i] = load_message_hash(hashes[good], message_hashes + 32 * i);
    if (statuses[i] == STARKCORE_OK) places[good++] = i;
  }
  signer.sign(results, outcomes, hashes, good, engine());
  for (size_t j = 0; j < good; ++j) {
    statuses[places[j]] = outcomes[j];
    store_signature(signatures + 64 * places[j], results[j]);
  }
}

starkcore_status starkcore_sign_many(uint8_t* signatures, starkcore_status* statuses, const uint8_t* message_hashes,
                                     size_t count, const uint8_t key[32], const starkcore_nonce_options* options) {
  Signer signer;
  const starkcore_status status = signer.load(key, options);
  if (status != STARKCORE_OK) {
    if (count > 0) std::memset(signatures, 0, 64 * count);
    for (size_t i = 0; i < count; ++i) statuses[i] = status;
    return status;
  }
  for_chunks(count, [&](size_t first, size_t size) {
    sign_chunk(signatures + 64 * first, statuses + first, message_hashes + 32 * first, size, signer);
  });
  return first_failure(statuses, count);
}

starkcore_status starkcore_verify(const uint8_t signature[64], const uint8_t message_hash[32], const uint8_t x[32],
                                  const uint8_t y[32]) {
  starkcore_status status;
  return starkcore_verify_many(&status, signature, message_hash, x, y, nullptr, 1);
}

starkcore_status starkcore_verify_x(const uint8_t signature[64], const uint8_t message_hash[32], const uint8_t x[32]) {
  starkcore_status status;
  return starkcore_verify_many(&status, signature, message_hash, x, nullptr, nullptr, 1);
}

// Everything of an item but the key; SIGNATURE when r or s is out of range.
static starkcore_status load_item(VerifyItem& item, const uint8_t* signature, const uint8_t* message_hash) {
  const starkcore_status status = load_message_hash(item.message_hash, message_hash);
  if (status != STARKCORE_OK) return status;
  item.r = load_be256(signature);
  item.s = load_be256(signature + 32);
  const bool in_range =
      !is_zero_var(item.r) && mask_if_below_2_251(item.r) != 0 && !is_zero_var(item.s) && less_var(item.s, kN);
  return in_range ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_SIGNATURE, STARKCORE_FIELD_SIGNATURE);
}

static starkcore_status verdict(bool valid) {
  return valid ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_SIGNATURE, STARKCORE_FIELD_SIGNATURE);
}

starkcore_status starkcore_verify_many(starkcore_status* statuses, const uint8_t* signatures,
                                       const uint8_t* message_hashes, const uint8_t* xs, const uint8_t* ys,
                                       const uint8_t* has_y, size_t count) {
  for_chunks(count, [&](size_t first, size_t size) {
    VerifyItem items[kChunk];
    size_t places[kChunk], good = 0;
    bool valid[kChunk];
    for (size_t i = first; i < first + size; ++i) {
      VerifyItem& item = items[good];
      item.x_only = ys == nullptr || (has_y != nullptr && has_y[i] == 0);
      statuses[i] = load_public_key(item.key, xs + 32 * i, item.x_only ? nullptr : ys + 32 * i);
      if (statuses[i] == STARKCORE_OK) statuses[i] = load_item(item, signatures + 64 * i, message_hashes + 32 * i);
      if (statuses[i] == STARKCORE_OK) places[good++] = i;
    }
    engine().verify(valid, items, good);
    for (size_t j = 0; j < good; ++j) statuses[places[j]] = verdict(valid[j]);
  });
  return first_failure(statuses, count);
}

size_t starkcore_prepared_size(void) { return sizeof(PreparedKey); }

starkcore_status starkcore_prepare(void* prepared, const uint8_t x[32], const uint8_t y[32]) {
  PlainPoint point;
  const starkcore_status status = load_public_key(point, x, y);
  if (status == STARKCORE_OK) {
    engine().prepare(static_cast<PreparedKey*>(prepared), point);
  } else {
    std::memset(prepared, 0, sizeof(PreparedKey));
  }
  return status;
}

starkcore_status starkcore_verify_prepared(const uint8_t signature[64], const uint8_t message_hash[32],
                                           const void* prepared) {
  starkcore_status status;
  return starkcore_verify_prepared_many(&status, signature, message_hash, 1, prepared);
}

starkcore_status starkcore_verify_prepared_many(starkcore_status* statuses, const uint8_t* signatures,
                                                const uint8_t* message_hashes, size_t count, const void* prepared) {
  const PreparedKey& key = *static_cast<const PreparedKey*>(prepared);
  // Zeros, which a refused key leaves, would count as infinity: x(m·w·G) = r, and anybody could sign.
  const bool refused = is_zero_var(key.table[0].x) && is_zero_var(key.table[0].y);
  for_chunks(count, [&](size_t first, size_t size) {
    VerifyItem items[kChunk];
    size_t places[kChunk], good = 0;
    bool valid[kChunk];
    for (size_t i = first; i < first + size; ++i) {
      statuses[i] = load_item(items[good], signatures + 64 * i, message_hashes + 32 * i);
      if (statuses[i] != STARKCORE_OK) continue;
      places[good++] = i;
    }
    if (!refused) engine().verify_prepared(valid, items, &key, good);
    for (size_t j = 0; j < good; ++j) {
      statuses[places[j]] =
          refused ? STARKCORE_STATUS(STARKCORE_RULE_ON_CURVE, STARKCORE_FIELD_PUBLIC_KEY) : verdict(valid[j]);
    }
  });
  return first_failure(statuses, count);
}
