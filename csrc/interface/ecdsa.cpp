// The C interface to ECDSA: signing, verification, and verification under a prepared key.
#include "ecdsa/prepared.hpp"
#include "ecdsa/sign.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"
#include "interface/interface.hpp"
#include "starkcore.h"

using namespace starkcore;

starkcore_status starkcore_sign(uint8_t signature[64], const uint8_t message_hash[32], const uint8_t key[32],
                                const starkcore_sign_options* options) {
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
                                     size_t count, const uint8_t key[32], const starkcore_sign_options* options) {
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
static starkcore_status load_item_var(VerifyItem& item, const uint8_t* signature, const uint8_t* message_hash) {
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
      statuses[i] = load_public_key_var(item.key, xs + 32 * i, item.x_only ? nullptr : ys + 32 * i);
      if (statuses[i] == STARKCORE_OK) statuses[i] = load_item_var(item, signatures + 64 * i, message_hashes + 32 * i);
      if (statuses[i] == STARKCORE_OK) places[good++] = i;
    }
    engine().verify_var(valid, items, good);
    for (size_t j = 0; j < good; ++j) statuses[places[j]] = verdict(valid[j]);
  });
  return first_failure(statuses, count);
}

size_t starkcore_prepared_size(void) { return sizeof(PreparedKey); }

starkcore_status starkcore_prepare(starkcore_prepared* prepared, const uint8_t x[32], const uint8_t y[32]) {
  PlainPoint point;
  const starkcore_status status = load_public_key_var(point, x, y);
  if (status == STARKCORE_OK) {
    engine().prepare_var(reinterpret_cast<PreparedKey*>(prepared), point);
  } else {
    std::memset(prepared, 0, sizeof(PreparedKey));
  }
  return status;
}

starkcore_status starkcore_verify_prepared(const uint8_t signature[64], const uint8_t message_hash[32],
                                           const starkcore_prepared* prepared) {
  starkcore_status status;
  return starkcore_verify_prepared_many(&status, signature, message_hash, 1, prepared);
}

starkcore_status starkcore_verify_prepared_many(starkcore_status* statuses, const uint8_t* signatures,
                                                const uint8_t* message_hashes, size_t count,
                                                const starkcore_prepared* prepared) {
  const PreparedKey& key = *reinterpret_cast<const PreparedKey*>(prepared);
  // Zeros, which a refused key leaves, would count as infinity: x(m·w·G) = r, and anybody could sign.
  const bool refused = is_zero_var(key.table[0].x) && is_zero_var(key.table[0].y);
  for_chunks(count, [&](size_t first, size_t size) {
    VerifyItem items[kChunk];
    size_t places[kChunk], good = 0;
    bool valid[kChunk];
    for (size_t i = first; i < first + size; ++i) {
      statuses[i] = load_item_var(items[good], signatures + 64 * i, message_hashes + 32 * i);
      if (statuses[i] != STARKCORE_OK) continue;
      places[good++] = i;
    }
    if (!refused) engine().verify_prepared_var(valid, items, &key, good);
    for (size_t j = 0; j < good; ++j) {
      statuses[places[j]] =
          refused ? STARKCORE_STATUS(STARKCORE_RULE_ON_CURVE, STARKCORE_FIELD_PUBLIC_KEY) : verdict(valid[j]);
    }
  });
  return first_failure(statuses, count);
}
