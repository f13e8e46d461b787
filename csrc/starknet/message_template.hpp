// Messages of Starknet's kind, prepared once and hashed many times:
//
//   H(outer constants …, H(elements …)),   each element a constant or a slot that is filled for every message,
//
// where H of a list is Pedersen's chain with its count (SNIP-12, revision 0) or Poseidon's sponge
// (revision 1). Which venue's message it is, and what the elements mean, is not known here.
//
// What constants come to is kept. Pedersen: the chain over the constants that lead is the left half
// of the first hash after them, and each later constant is the right half of its hash
// (hash/pedersen.hpp). Poseidon: the state after the pairs of constants that lead. What is put into
// a slot may be kept as well, as a KeptElement: a market's name is the same in many messages.
//
// Representation: plain integers below p, points as the tables have them; no pointers, and the same
// for every engine. Zeros are no template and no element: `ready` is 1 in those that are.
// Everything is public, and takes time that depends on the values.
#pragma once

#include "base/chunks.hpp"
#include "engine/engine.hpp"

namespace starkcore {

enum class ListHash : u32 { kPedersen = 0, kPoseidon = 1 };

// The most elements of either list.
inline constexpr std::size_t kMostElements = 32;

// A field element, and the half of a Pedersen hash that has it on the right. 0 has no such half.
struct KeptElement {
  U256 value;
  StoredPoint right;
  u64 ready, has_right;
};

// Precondition: value < p.
KeptElement keep_element_var(const U256& value, const Engine& with);

struct MessageTemplate {
  static constexpr u8 kConstant = 0xff;  // in slot_of

  u64 ready;
  ListHash hash;
  u32 count, first, slots;  // elements; the first that isn't folded in; slots among the elements
  u8 slot_of[kMostElements];
  KeptElement constants[kMostElements];  // where slot_of says kConstant

  // Pedersen: the left halves of the hashes that follow the constants, and the two counts.
  StoredPoint inner_left, outer_left;
  KeptElement inner_count, outer_count;

  // Poseidon: the states that the constants leave, and an outer constant that has no second one.
  PoseidonState inner_state, outer_state;
  U256 outer_waiting;
  u64 outer_waits;
};

// What goes into a template. All below p; at most kMostElements of either.
struct MessageParts {
  ListHash hash;
  const U256* outer;
  std::size_t outer_count;
  const U256* elements;
  const u8* is_slot;  // elements[i] doesn't count where this is not 0
  std::size_t count;
};

void prepare_template_var(MessageTemplate& out, const MessageParts& parts, const Engine& with);

// Up to kChunk messages of one template, side by side: inversions, or lanes, are shared.
class MessageChunk {
 public:
  // Precondition: 1 <= count <= kChunk. The template must outlive this object.
  MessageChunk(const MessageTemplate& shape, std::size_t count, const Engine& with);

  // Takes in the next element of each message. Each is `ready`, and its value below p.
  void take_var(const KeptElement* elements);

  // The messages' hashes, once all elements have been taken in.
  void finish_var(U256* out);

 private:
  void add_link_var(const KeptElement* elements);
  void add_links_after_var(const StoredPoint& left, const U256* words);
  void absorb_all(const U256* first, const U256* second, bool whole);
  void finish_chain_var();
  void finish_sponge();

  const MessageTemplate& shape_;
  const Engine& with_;
  std::size_t count_;
  bool begun_ = false;  // Pedersen: whether `hashes_` is anything yet
  bool waits_ = false;  // Poseidon: whether `waiting_` is
  U256 hashes_[kChunk], waiting_[kChunk];
  PoseidonState states_[kChunk];
};

// out[i] = the hash of message i, i < count <= kChunk. source(i, slot) is the KeptElement for a slot of it.
template <class Source>
inline void hash_messages_var(U256* out, const MessageTemplate& shape, std::size_t count, const Engine& with,
                              const Source& source) {
  if (count == 0) return;
  MessageChunk chunk(shape, count, with);
  KeptElement elements[kChunk];
  for (std::size_t j = shape.first; j < shape.count; ++j) {
    const u8 slot = shape.slot_of[j];
    for (std::size_t i = 0; i < count; ++i) {
      elements[i] = slot == MessageTemplate::kConstant ? shape.constants[j] : source(i, slot);
    }
    chunk.take_var(elements);
  }
  chunk.finish_var(out);
}

}  // namespace starkcore
