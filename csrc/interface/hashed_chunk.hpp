// What a chunk's hashes go through on their way to signatures, whatever was hashed: StarkEx orders,
// Starknet's messages, tables of either. Hashes are public; the signer is secret.
#pragma once

#include "interface/interface.hpp"

namespace starkcore {

inline constexpr starkcore_status kUnsignableHash =
    STARKCORE_STATUS(STARKCORE_RULE_MESSAGE_HASH, STARKCORE_FIELD_MESSAGE_HASH);

// The items of a chunk that are good so far, packed: good <= kChunk, and places[j] < kChunk, rising, is where hashes[j]
// belongs.
struct HashedChunk {
  std::size_t good = 0;
  std::size_t places[kChunk];
  U256 hashes[kChunk];

  // Takes out the items whose hash can't be signed, 2^251 or more: 17·2^192 + 1 of p values, never
  // seen. refuse(place) for each.
  template <class Refuse>
  STARKCORE_INLINE void drop_unsignable_var(Refuse refuse) {
    std::size_t kept = 0;
    for (std::size_t j = 0; j < good; ++j) {
      if (mask_if_below_2_251(hashes[j]) == 0) {
        refuse(places[j]);
        continue;
      }
      places[kept] = places[j];
      hashes[kept++] = hashes[j];
    }
    good = kept;
  }

  // Signs what is left: made(place, hash, signature) for each, or failed(place, status).
  template <class Made, class Failed>
  STARKCORE_INLINE void sign(const Signer& signer, const Engine& with, Made made, Failed failed) const {
    Signature signatures[kChunk];
    starkcore_status outcomes[kChunk];
    signer.sign(signatures, outcomes, hashes, good, with);
    for (std::size_t j = 0; j < good; ++j) {
      if (outcomes[j] == STARKCORE_OK) {
        made(places[j], hashes[j], signatures[j]);
      } else {
        failed(places[j], outcomes[j]);
      }
    }
  }
};

}  // namespace starkcore
