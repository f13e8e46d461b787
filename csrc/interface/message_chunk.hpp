// Prepared messages on their way to signatures, a chunk at a time: what messages (messages.cpp) and tables of them (message_table.cpp) share.
#pragma once

#include "interface/interface.hpp"
#include "interface/lists.hpp"
#include "starknet/message_template.hpp"

namespace starkcore {

static_assert(sizeof(MessageTemplate) <= sizeof(starkcore_message_template) &&
              sizeof(KeptElement) <= sizeof(starkcore_message_element) && kMostElements == STARKCORE_MESSAGE_ELEMENTS);
static_assert(static_cast<int>(ListHash::kPedersen) == STARKCORE_LIST_PEDERSEN &&
              static_cast<int>(ListHash::kPoseidon) == STARKCORE_LIST_POSEIDON);

inline MessageTemplate load_template(const starkcore_message_template& shape) {
  MessageTemplate out;
  std::memcpy(&out, shape.opaque, sizeof out);
  return out;
}

inline KeptElement load_element(const starkcore_message_element& element) {
  KeptElement out;
  std::memcpy(&out, element.opaque, sizeof out);
  return out;
}

// The messages of a chunk that are good so far, packed, and where they belong.
struct MessageHashes {
  std::size_t good = 0;
  std::size_t places[kChunk];
  U256 hashes[kChunk];
};

// Hashes and signatures of a chunk's good messages to their places. Those that can't be signed get their status, and stay as they are: zero.
STARKCORE_NOINLINE inline void sign_chunk(MessageHashes& chunk, u8* hashes, u8* signatures, starkcore_status* statuses,
                                          const Signer& signer, const Engine& with) {
  std::size_t kept = 0;
  for (std::size_t j = 0; j < chunk.good; ++j) {
    if (mask_if_below_2_251(chunk.hashes[j]) == 0) {  // 17·2^192 + 1 of p values, never seen
      statuses[chunk.places[j]] = STARKCORE_STATUS(STARKCORE_RULE_MESSAGE_HASH, STARKCORE_FIELD_MESSAGE_HASH);
      continue;
    }
    chunk.places[kept] = chunk.places[j];
    chunk.hashes[kept++] = chunk.hashes[j];
  }
  chunk.good = kept;
  Signature made[kChunk];
  starkcore_status outcomes[kChunk];
  signer.sign(made, outcomes, chunk.hashes, kept, with);
  for (std::size_t j = 0; j < kept; ++j) {
    const std::size_t place = chunk.places[j];
    statuses[place] = outcomes[j];
    if (outcomes[j] != STARKCORE_OK) continue;
    store_be256(hashes + 32 * place, chunk.hashes[j]);
    store_signature(signatures + 64 * place, made[j]);
  }
}

}  // namespace starkcore
