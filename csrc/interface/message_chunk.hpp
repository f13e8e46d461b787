// Prepared messages on their way to signatures, a chunk at a time: what messages (messages.cpp) and
// tables of them (message_table.cpp) share.
#pragma once

#include "interface/hashed_chunk.hpp"
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

// Hashes and signatures of a chunk's good messages to their places. Those that can't be signed get
// their status, and stay as they are: zero.
STARKCORE_NOINLINE inline void sign_chunk(HashedChunk& chunk, u8* hashes, u8* signatures, starkcore_status* statuses,
                                          const Signer& signer, const Engine& with) {
  const auto failed = [&](std::size_t place, starkcore_status status) { statuses[place] = status; };
  chunk.drop_unsignable_var([&](std::size_t place) { failed(place, kUnsignableHash); });
  chunk.sign(
      signer, with,
      [&](std::size_t place, const U256& hash, const Signature& signature) {
        statuses[place] = STARKCORE_OK;
        store_be256(hashes + 32 * place, hash);
        store_signature(signatures + 64 * place, signature);
      },
      failed);
}

}  // namespace starkcore
