// The C interface to keys: their checks, public keys, and what private keys are derived from.
#include "base/secret.hpp"
#include "ecdsa/key_derivation.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"
#include "interface/interface.hpp"
#include "starkcore.h"

using namespace starkcore;

starkcore_status starkcore_private_key_check(const uint8_t key[32]) {
  return with_wiped_stack<kSecretStackOfOne>([=] {
    U256 scalar;
    const Wiped wiped(scalar);
    return load_private_key(scalar, key);
  });
}

starkcore_status starkcore_public_key(uint8_t x[32], uint8_t y[32], const uint8_t key[32]) {
  return with_wiped_stack<kSecretStackOfOne>([=] {
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
  return load_public_key_var(point, x, y);
}

starkcore_status starkcore_public_key_x_check(const uint8_t x[32]) {
  PlainPoint point;
  return load_public_key_var(point, x, nullptr);
}

starkcore_status starkcore_public_key_y(uint8_t y[32], const uint8_t x[32], int odd) {
  PlainPoint point{};
  const starkcore_status status = load_public_key_var(point, x, nullptr);
  if (status == STARKCORE_OK) engine().lift_x_var(&point.y, point.x, odd != 0);
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
