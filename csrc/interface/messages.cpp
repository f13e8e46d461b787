// The C interface to prepared messages of Starknet's kind: templates, elements made ready, and
// messages that are filled, hashed and signed.
#include "interface/message_chunk.hpp"

using namespace starkcore;

namespace {

// Fills `out` with elements; false where one is out of range, and *bad is its place. Slots, where
// there are such, are skipped.
bool load_elements_var(U256* out, size_t* bad, const u8* elements, const u8* slots, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_slot = slots != nullptr && slots[i] != 0;
    out[i] = is_slot ? u256(0) : load_be256(elements + 32 * i);
    if (less_var(out[i], kP)) continue;
    *bad += i;
    return false;
  }
  *bad += count;
  return true;
}

// The slots' values of a message, in the order of its slots.
starkcore_status read_values_var(KeptElement* out, const starkcore_message_value* values, std::size_t slots) {
  for (std::size_t j = 0; j < slots; ++j) {
    out[j] = values[j].ready != nullptr ? load_element(*values[j].ready)
                                        : KeptElement{load_be256(values[j].element), {}, 1, 0};
    if (out[j].ready != 1 || !less_var(out[j].value, kP)) return kBadElement;
  }
  return STARKCORE_OK;
}

// The messages of a chunk that are good so far, packed, and where they belong.
STARKCORE_NOINLINE void hash_chunk_var(HashedChunk& chunk, starkcore_status* statuses, const MessageTemplate& shape,
                                       const starkcore_message_value* values, std::size_t count, const Engine& with) {
  for (std::size_t i = 0; i < count; ++i) {
    KeptElement ignored[kMostElements];
    statuses[i] = shape.ready == 1 ? read_values_var(ignored, values + i * shape.slots, shape.slots) : kBadElement;
    if (statuses[i] == STARKCORE_OK) chunk.places[chunk.good++] = i;
  }
  // What is read again was checked before; who writes there meanwhile gets 0 for what is no element.
  hash_messages_var(chunk.hashes, shape, chunk.good, with, [&](std::size_t j, u8 slot) {
    KeptElement element;
    const starkcore_message_value* value = values + chunk.places[j] * shape.slots + slot;
    return read_values_var(&element, value, 1) == STARKCORE_OK ? element : KeptElement{{}, {}, 1, 0};
  });
}

}  // namespace

starkcore_status starkcore_message_template_init(starkcore_message_template* out, size_t* bad, int hash,
                                                 const uint8_t* outer, size_t outer_count, const uint8_t* elements,
                                                 const uint8_t* slots, size_t count) {
  std::memset(out, 0, sizeof *out);
  *bad = 0;
  if (hash != STARKCORE_LIST_PEDERSEN && hash != STARKCORE_LIST_POSEIDON) {
    return STARKCORE_STATUS(STARKCORE_RULE_FLAG, STARKCORE_FIELD_HASH);
  }
  if (outer_count > kMostElements || count > kMostElements) {
    return STARKCORE_STATUS(STARKCORE_RULE_COUNT, STARKCORE_FIELD_ELEMENT);
  }
  U256 outside[kMostElements], inside[kMostElements];
  u8 is_slot[kMostElements];
  for (size_t i = 0; i < count; ++i) is_slot[i] = slots[i];
  if (!load_elements_var(outside, bad, outer, nullptr, outer_count) ||
      !load_elements_var(inside, bad, elements, is_slot, count)) {
    return kBadElement;
  }
  MessageTemplate made;
  prepare_template_var(made, {static_cast<ListHash>(hash), outside, outer_count, inside, is_slot, count}, engine());
  std::memcpy(out->opaque, &made, sizeof made);
  return STARKCORE_OK;
}

starkcore_status starkcore_message_element_init(starkcore_message_element* out, const uint8_t value[32]) {
  const U256 element = load_be256(value);
  std::memset(out, 0, sizeof *out);
  if (!less_var(element, kP)) return kBadElement;
  const KeptElement kept = keep_element_var(element, engine());
  std::memcpy(out->opaque, &kept, sizeof kept);
  return STARKCORE_OK;
}

starkcore_status starkcore_hash_messages(uint8_t* hashes, starkcore_status* statuses,
                                         const starkcore_message_template* shape, const starkcore_message_value* values,
                                         size_t count) {
  const Engine& with = engine();
  const MessageTemplate loaded = load_template(*shape);
  if (count > 0) std::memset(hashes, 0, 32 * count);
  for_chunks(count, [&](size_t first, size_t size) {
    HashedChunk chunk;
    hash_chunk_var(chunk, statuses + first, loaded, values + first * loaded.slots, size, with);
    for (size_t j = 0; j < chunk.good; ++j) store_be256(hashes + 32 * (first + chunk.places[j]), chunk.hashes[j]);
  });
  return first_failure(statuses, count);
}

starkcore_status starkcore_sign_messages(uint8_t* hashes, uint8_t* signatures, starkcore_status* statuses,
                                         const starkcore_message_template* shape, const starkcore_message_value* values,
                                         size_t count, const uint8_t key[32], const starkcore_sign_options* options) {
  Signer signer;
  const starkcore_status status = signer.load(key, options);
  if (count > 0) std::memset(hashes, 0, 32 * count), std::memset(signatures, 0, 64 * count);
  if (status != STARKCORE_OK) {
    for (size_t i = 0; i < count; ++i) statuses[i] = status;
    return status;
  }
  const Engine& with = engine();
  const MessageTemplate loaded = load_template(*shape);
  for_chunks(count, [&](size_t first, size_t size) {
    HashedChunk chunk;
    hash_chunk_var(chunk, statuses + first, loaded, values + first * loaded.slots, size, with);
    sign_chunk(chunk, hashes + 32 * first, signatures + 64 * first, statuses + first, signer, with);
  });
  return first_failure(statuses, count);
}
