// The C interface to the hashes of bytes, and to the Pedersen hash of two elements. Public.
#include "engine/engine.hpp"
#include "field/constants.hpp"
#include "hash/keccak.hpp"
#include "hash/sha256.hpp"
#include "interface/interface.hpp"
#include "starkcore.h"

using namespace starkcore;

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
    with.pedersen_var(hashes, left, right, size);
    for (size_t i = 0; i < size; ++i) store_be256(out + 32 * (first + i), hashes[i]);
  });
  if (status != STARKCORE_OK) std::memset(out, 0, 32 * count);
  return status;
}
