// What the sources of the C interface share: reading and checking what comes from outside.
#pragma once

#include <cstring>

#include "base/chunks.hpp"
#include "base/secret.hpp"
#include "ecdsa/sign.hpp"
#include "field/constants.hpp"
#include "starkcore.h"

namespace starkcore {

inline starkcore_status first_failure(const starkcore_status* statuses, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (statuses[i] != STARKCORE_OK) return statuses[i];
  }
  return STARKCORE_OK;
}

// Secret but for the answer.
inline starkcore_status load_private_key(U256& out, const u8* bytes) {
  out = load_be256(bytes);
  const bool in_range = declassify(~mask_if_zero(out) & mask_if_less(out, kN));
  return in_range ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_PRIVATE_KEY, STARKCORE_FIELD_PRIVATE_KEY);
}

inline starkcore_status load_message_hash(U256& out, const u8* bytes) {
  out = load_be256(bytes);
  return mask_if_below_2_251(out) != 0 ? STARKCORE_OK
                                       : STARKCORE_STATUS(STARKCORE_RULE_MESSAGE_HASH, STARKCORE_FIELD_MESSAGE_HASH);
}

// y may be nullptr: then only x is there, and has to belong to a point.
inline starkcore_status load_public_key_var(PlainPoint& out, const u8* x, const u8* y) {
  out.x = load_be256(x);
  out.y = y == nullptr ? u256(0) : load_be256(y);
  if (!less_var(out.x, kP) || !less_var(out.y, kP)) {
    return STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, STARKCORE_FIELD_PUBLIC_KEY);
  }
  const bool on_curve = y == nullptr ? engine().x_on_curve_var(out.x) : engine().on_curve_var(out);
  return on_curve ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_ON_CURVE, STARKCORE_FIELD_PUBLIC_KEY);
}

inline void store_signature(u8* out, const Signature& signature) {
  Signature published = signature;
  declassify(&published, sizeof published);  // signatures are published
  store_be256(out, published.r);
  store_be256(out + 32, published.s);
}

// Signatures that don't verify under the prepared key, which a fault in computing them leaves,
// become zero and FAULT. They are what a caller gets who does not ask for this; how long it takes
// to look at them is no more than they say themselves.
inline void check_signatures_var(Signature* signatures, starkcore_status* statuses, const U256* hashes,
                                 std::size_t count, const PreparedKey& key, const Engine& with) {
  STARKCORE_CHECK(count <= kChunk);
  if (count == 0) return;
  VerifyItem items[kChunk];
  bool valid[kChunk];
  declassify(signatures, count * sizeof *signatures);  // looked at before they are published
  for (std::size_t i = 0; i < count; ++i) {
    const Signature& signature = signatures[i];
    items[i] = VerifyItem{signature.r, signature.s, hashes[i], {}, false};
    // Zeros are no signature, and nothing that verification may be asked about.
    if (is_zero_var(signature.r) || is_zero_var(signature.s)) items[i].r = items[i].s = u256(1);
  }
  with.verify_prepared_var(valid, items, &key, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (valid[i]) continue;
    signatures[i] = Signature{};
    statuses[i] = STARKCORE_STATUS(STARKCORE_RULE_FAULT, STARKCORE_FIELD_SIGNATURE);
  }
}

// Key and options of a signing call, checked; wiped when the call ends.
struct Signer {
  U256 key;
  NonceExtra extra;
  const PreparedKey* self_check;

  STARKCORE_NOINLINE starkcore_status load(const u8* key_bytes, const starkcore_sign_options* options) {
    const starkcore_status status = load_private_key(key, key_bytes);
    extra = NonceExtra{u256(0), nullptr};
    self_check = nullptr;
    if (status != STARKCORE_OK || options == nullptr) return status;
    extra.extra_entropy = options->extra_entropy;
    self_check = reinterpret_cast<const PreparedKey*>(options->self_check);
    return load_seed(*options);
  }

  // Signatures of count <= kChunk messages; those that failed are zero, and their status says why.
  void sign(Signature* out, starkcore_status* statuses, const U256* hashes, std::size_t count,
            const Engine& with) const {
    const bool complete = sign_messages(out, hashes, count, key, extra, with);
    for (std::size_t i = 0; i < count; ++i) {
      statuses[i] = complete ? STARKCORE_OK : STARKCORE_STATUS(STARKCORE_RULE_NO_NONCE, STARKCORE_FIELD_SEED);
    }
    if (complete && self_check != nullptr) check_signatures_var(out, statuses, hashes, count, *self_check, with);
  }

  ~Signer() {
    wipe(key);
    wipe(extra);
    wipe_stack<1024>();  // load()'s; sign_messages() wipes its own, which is deeper
  }

 private:
  starkcore_status load_seed(const starkcore_sign_options& options) {
    if (options.seed_size > 32) return STARKCORE_STATUS(STARKCORE_RULE_SEED, STARKCORE_FIELD_SEED);
    u8 bytes[32] = {};
    const Wiped wiped(bytes);
    if (options.seed_size > 0) std::memcpy(bytes + 32 - options.seed_size, options.seed, options.seed_size);
    extra.seed = load_be256(bytes);
    return STARKCORE_OK;
  }
};

}  // namespace starkcore
