#include "starknet/message_template.hpp"

#include "hash/poseidon_sponge.hpp"

namespace starkcore {
namespace {

U256 pedersen_of_var(const U256& a, const U256& b, const Engine& with) {
  U256 out;
  with.pedersen_var(&out, &a, &b, 1);
  return out;
}

// The left half of the hash that follows the chain over these constants.
StoredPoint chain_left_var(const U256* constants, std::size_t count, const Engine& with) {
  U256 hash = u256(0);
  for (std::size_t i = 0; i < count; ++i) hash = pedersen_of_var(hash, constants[i], with);
  StoredPoint out;
  with.pedersen_left_var(&out, &hash, 1);
  return out;
}

// The state after these constants, as far as they come in pairs.
PoseidonState sponge_state(const U256* constants, std::size_t count, const Engine& with) {
  PoseidonState state{};
  for (std::size_t i = 0; i + 1 < count; i += 2) {
    absorb(state, constants[i], constants[i + 1]);
    with.poseidon(&state, 1, true);
  }
  return state;
}

}  // namespace

KeptElement keep_element_var(const U256& value, const Engine& with) {
  KeptElement out{};
  out.value = value;
  out.ready = 1;
  out.has_right = is_zero_var(value) ? 0 : 1;
  if (out.has_right != 0) with.pedersen_right_var(&out.right, &value, 1);
  return out;
}

void prepare_template_var(MessageTemplate& out, const MessageParts& parts, const Engine& with) {
  STARKCORE_CHECK(parts.outer_count <= kMostElements && parts.count <= kMostElements);
  const bool chain = parts.hash == ListHash::kPedersen;
  std::size_t leading = 0;
  while (leading < parts.count && parts.is_slot[leading] == 0) ++leading;
  out = MessageTemplate{};
  out.ready = 1;
  out.hash = parts.hash;
  out.count = static_cast<u32>(parts.count);
  out.first = static_cast<u32>(chain ? leading : leading / 2 * 2);
  for (std::size_t j = 0; j < parts.count; ++j) {
    const bool constant = parts.is_slot[j] == 0;
    out.slot_of[j] = constant ? MessageTemplate::kConstant : static_cast<u8>(out.slots++);
    if (!constant || j < out.first) continue;
    out.constants[j] = chain ? keep_element_var(parts.elements[j], with) : KeptElement{parts.elements[j], {}, 1, 0};
  }
  if (chain) {
    out.inner_left = chain_left_var(parts.elements, out.first, with);
    out.outer_left = chain_left_var(parts.outer, parts.outer_count, with);
    out.inner_count = keep_element_var(u256(parts.count), with);
    out.outer_count = keep_element_var(u256(parts.outer_count + 1), with);
  } else {
    out.inner_state = sponge_state(parts.elements, out.first, with);
    out.outer_state = sponge_state(parts.outer, parts.outer_count, with);
    out.outer_waits = parts.outer_count % 2;
    if (out.outer_waits != 0) out.outer_waiting = parts.outer[parts.outer_count - 1];
  }
}

MessageChunk::MessageChunk(const MessageTemplate& shape, std::size_t count, const Engine& with)
    : shape_(shape), with_(with), count_(count) {
  STARKCORE_CHECK(1 <= count && count <= kChunk && shape.ready == 1);
  if (shape.hash == ListHash::kPedersen) return;
  for (std::size_t i = 0; i < count; ++i) states_[i] = shape.inner_state;
}

void MessageChunk::take_var(const KeptElement* elements) {
  if (shape_.hash == ListHash::kPedersen) return add_link_var(elements);
  U256 words[kChunk];
  for (std::size_t i = 0; i < count_; ++i) words[i] = elements[i].value;
  if (waits_) absorb_all(waiting_, words, true);
  for (std::size_t i = 0; i < count_; ++i) waiting_[i] = words[i];
  waits_ = !waits_;
}

// One hash more of each chain. All that are kept are taken as points, or none is: the additions of
// the others would have to be done anyway.
void MessageChunk::add_link_var(const KeptElement* elements) {
  bool all_kept = begun_;
  for (std::size_t i = 0; i < count_; ++i) all_kept = all_kept && elements[i].has_right != 0;
  U256 next[kChunk];
  if (all_kept) {
    const StoredPoint* rights[kChunk];
    for (std::size_t i = 0; i < count_; ++i) rights[i] = &elements[i].right;
    with_.pedersen_before_var(next, hashes_, rights, count_);
  } else {
    U256 words[kChunk];
    for (std::size_t i = 0; i < count_; ++i) words[i] = elements[i].value;
    if (!begun_) return add_links_after_var(shape_.inner_left, words);
    with_.pedersen_var(next, hashes_, words, count_);
  }
  for (std::size_t i = 0; i < count_; ++i) hashes_[i] = next[i];
}

// The first hash that isn't a constant: its left half is kept.
void MessageChunk::add_links_after_var(const StoredPoint& left, const U256* words) {
  const StoredPoint* lefts[kChunk];
  for (std::size_t i = 0; i < count_; ++i) lefts[i] = &left;
  U256 next[kChunk];
  with_.pedersen_after_var(next, lefts, words, count_);
  for (std::size_t i = 0; i < count_; ++i) hashes_[i] = next[i];
  begun_ = true;
}

void MessageChunk::absorb_all(const U256* first, const U256* second, bool whole) {
  for (std::size_t i = 0; i < count_; ++i) absorb(states_[i], first[i], second[i]);
  with_.poseidon(states_, count_, whole);
}

void MessageChunk::finish_var(U256* out) {
  if (shape_.hash == ListHash::kPedersen) {
    finish_chain_var();
  } else {
    finish_sponge();
  }
  for (std::size_t i = 0; i < count_; ++i) out[i] = hashes_[i];
}

void MessageChunk::finish_chain_var() {
  KeptElement counts[kChunk];
  for (std::size_t i = 0; i < count_; ++i) counts[i] = shape_.inner_count;
  add_link_var(counts);
  U256 inner[kChunk];
  for (std::size_t i = 0; i < count_; ++i) inner[i] = hashes_[i];
  add_links_after_var(shape_.outer_left, inner);
  for (std::size_t i = 0; i < count_; ++i) counts[i] = shape_.outer_count;
  add_link_var(counts);
}

// A list ends with a 1, and a 0 where that is alone.
void MessageChunk::finish_sponge() {
  U256 ones[kChunk], zeros[kChunk];
  for (std::size_t i = 0; i < count_; ++i) ones[i] = u256(1), zeros[i] = u256(0);
  absorb_all(waits_ ? waiting_ : ones, waits_ ? ones : zeros, false);
  for (std::size_t i = 0; i < count_; ++i) {
    hashes_[i] = states_[i].a;
    states_[i] = shape_.outer_state;
    waiting_[i] = shape_.outer_waiting;
  }
  if (shape_.outer_waits != 0) {
    absorb_all(waiting_, hashes_, true);
    absorb_all(ones, zeros, false);
  } else {
    absorb_all(hashes_, ones, false);
  }
  for (std::size_t i = 0; i < count_; ++i) hashes_[i] = states_[i].a;
}

}  // namespace starkcore
