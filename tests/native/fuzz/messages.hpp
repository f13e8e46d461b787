// Prepared messages against the lists that they are hashes of, and tables of them against single ones.
#pragma once

#include "columns.hpp"

namespace starkcore::fuzz {

inline starkcore_status list_hash(u8 out[32], int hash, const Bytes& elements) {
  std::size_t bad;
  return hash == STARKCORE_LIST_PEDERSEN ? starkcore_pedersen_elements(out, &bad, elements.data(), elements.size() / 32)
                                         : starkcore_poseidon_many(out, &bad, elements.data(), elements.size() / 32);
}

// What goes into a template, good or not.
struct Shape {
  int hash;
  Bytes outer, elements, slots;
  std::size_t slot_count = 0;

  explicit Shape(Input& in) : hash(in.byte() == 3 ? static_cast<int>(in.word()) : in.byte() & 1) {
    const std::size_t most = in.byte() == 5 ? 35 : 8, outside = in.below(most), inside = in.below(most);
    for (std::size_t i = 0; i < outside; ++i) outer = joined(outer, be32(in.number_below(kP)));
    for (std::size_t i = 0; i < inside; ++i) {
      elements = joined(elements, be32(in.number_below(kP)));
      slots.push_back(in.byte() % 3);
      slot_count += slots.back() != 0 ? 1 : 0;
    }
  }

  // A slot's bytes are not read: they may be no element.
  starkcore_status make(starkcore_message_template& out, std::size_t& bad) const {
    return starkcore_message_template_init(&out, &bad, hash, outer.data(), outer.size() / 32, elements.data(),
                                           slots.data(), slots.size());
  }

  starkcore_status expected(std::size_t& bad) const {
    bad = 0;
    if (hash != 0 && hash != 1) return STARKCORE_STATUS(STARKCORE_RULE_FLAG, STARKCORE_FIELD_HASH);
    if (outer.size() / 32 > STARKCORE_MESSAGE_ELEMENTS || slots.size() > STARKCORE_MESSAGE_ELEMENTS) {
      return STARKCORE_STATUS(STARKCORE_RULE_COUNT, STARKCORE_FIELD_ELEMENT);
    }
    for (std::size_t i = 0; i < outer.size() / 32 + slots.size(); ++i, ++bad) {
      const bool inside = i >= outer.size() / 32;
      const std::size_t at = inside ? i - outer.size() / 32 : i;
      if (inside && slots[at] != 0) continue;
      const u8* const element = inside ? &elements[32 * at] : &outer[32 * at];
      if (!less_var(load_be256(element), kP)) return STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, STARKCORE_FIELD_ELEMENT);
    }
    return STARKCORE_OK;
  }

  // The hash by the definition, with these values in the slots.
  starkcore_status by_lists(Bytes& out, const u8* values) const {
    Bytes inner;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const u8* const from = slots[i] != 0 ? values : &elements[32 * i];
      inner.insert(inner.end(), from, from + 32);
      values += slots[i] != 0 ? 32 : 0;
    }
    Bytes outside = joined(outer, Bytes(32));
    const starkcore_status status = list_hash(&outside[outer.size()], hash, inner);
    out.assign(32, 0);
    return status != STARKCORE_OK ? status : list_hash(out.data(), hash, outside);
  }
};

// starkcore_message_template_init, message_element_init, hash_messages, sign_messages
inline void messages(Input& in) {
  const Shape shape(in);
  const std::size_t count = in.below(in.byte() < 8 ? 40 : 4);
  Bytes values, ready;
  for (std::size_t i = 0; i < count * shape.slot_count; ++i) {
    values = joined(values, be32(in.number_below(kP)));
    ready.push_back(in.byte() % 2);
  }
  const Bytes d = be32(in.private_key());
  Options options(in);
  in_two_modes("messages", [&] {
    starkcore_message_template made;
    std::size_t bad = 99, wanted_bad;
    const starkcore_status status = shape.make(made, bad), wanted = shape.expected(wanted_bad);
    HOLDS(status == wanted && bad == wanted_bad);
    if (status != STARKCORE_OK) return Answer{} << status;
    std::vector<starkcore_message_element> kept(ready.size());
    std::vector<starkcore_message_value> rows(ready.size() + 1);
    for (std::size_t i = 0; i < ready.size(); ++i) {
      const starkcore_status good = starkcore_message_element_init(&kept[i], &values[32 * i]);
      HOLDS((good == STARKCORE_OK) == less_var(load_be256(&values[32 * i]), kP));
      rows[i].ready = ready[i] != 0 ? &kept[i] : nullptr;
      std::memcpy(rows[i].element, &values[32 * i], 32);
    }
    Bytes hashes(32 * count, 7), again(32 * count, 7), signatures(64 * count, 7);
    std::vector<starkcore_status> statuses(count, 7), signed_statuses(count, 7);
    Answer out;
    out << starkcore_hash_messages(hashes.data(), statuses.data(), &made, rows.data(), count);
    out << starkcore_sign_messages(again.data(), signatures.data(), signed_statuses.data(), &made, rows.data(), count,
                                   d.data(), options.get());
    for (std::size_t i = 0; i < count; ++i) {
      Bytes hash, signature(64);
      const u8* const mine = values.data() + 32 * i * shape.slot_count;
      HOLDS(shape.by_lists(hash, mine) == statuses[i] && std::memcmp(hash.data(), &hashes[32 * i], 32) == 0);
      if (statuses[i] != STARKCORE_OK) continue;
      const starkcore_status one = starkcore_sign(signature.data(), hash.data(), d.data(), options.get());
      HOLDS(one == signed_statuses[i] && std::memcmp(signature.data(), &signatures[64 * i], 64) == 0);
      if (one == STARKCORE_OK) HOLDS(std::memcmp(hash.data(), &again[32 * i], 32) == 0);
    }
    return out << hashes << again << signatures;
  });
}

// A term of one column: value·resolution / 10^decimals, rounded. Whether it fits 64 bits, and is
// whole where it must be.
inline bool scaled_var(u64& out, u64 value, const starkcore_scale& scale, u32 rounding) {
  const unsigned __int128 product = static_cast<unsigned __int128>(value) * scale.resolution;
  unsigned __int128 divisor = 1;
  for (u32 i = 0; i < scale.decimals && divisor <= product; ++i) divisor *= 10;
  const unsigned __int128 quotient = product / divisor;
  const bool rest = product % divisor != 0;
  const unsigned __int128 rounded = quotient + (rest && rounding == STARKCORE_ROUND_UP ? 1 : 0);
  out = static_cast<u64>(rounded);
  return rounded >> 64 == 0 && !(rest && rounding == STARKCORE_ROUND_EXACT);
}

// starkcore_sign_message_table: terms of one column, and choices
inline void message_table(Input& in) {
  const Shape shape(in);
  const std::size_t rows = 1 + in.below(in.byte() < 8 ? 40 : 5), choice_count = 1 + in.below(3);
  std::vector<Column> columns;
  std::vector<starkcore_bounded_column> bounded;
  for (std::size_t j = 0; j < 3; ++j) {
    columns.emplace_back(in, rows, j == 0 ? std::vector<u64>{0, 1} : std::vector<u64>{1, 1000, 35000067}, 1);
    bounded.push_back(
        {columns.back().get(), in.byte() == 9 ? 1u : 0u, j == 0 ? 1 : ~u64{0} >> in.below(20), STARKCORE_RULE_RANGE});
  }
  const starkcore_scale scale{in.byte() < 128 ? 1 : in.word(), 0, ~u64{0},
                              static_cast<u32>(in.below(3) * in.below(20))};
  std::vector<starkcore_term> terms;
  for (u32 j = 0; j < 2; ++j) {
    starkcore_term term{};
    term.factors[0] = term.blame = 1 + j, term.factor_count = 1;
    term.addend = term.scale = STARKCORE_NO_COLUMN, term.side = 0;
    for (u32& rounding : term.rounding) rounding = static_cast<u32>(in.below(3));
    for (u32& negative : term.negative) negative = in.byte() & 1;
    term.scales = &scale, term.scale_count = 1;
    terms.push_back(term);
  }
  std::vector<Bytes> choices;
  std::vector<starkcore_message_element> kept(choice_count);
  for (starkcore_message_element& element : kept) {
    choices.push_back(be32(in.number_below(kP)));
    if (starkcore_message_element_init(&element, choices.back().data()) != STARKCORE_OK) return;
  }
  std::vector<starkcore_slot> slots;
  for (std::size_t i = 0; i < shape.slot_count; ++i) {
    const bool chooses = in.byte() % 3 == 0;
    slots.push_back({chooses ? 0u : static_cast<u32>(in.below(2)), chooses ? kept.data() : nullptr, choice_count});
  }
  const Bytes d = be32(in.private_key());
  Options options(in);
  in_two_modes("message_table", [&] {
    starkcore_message_template made;
    std::size_t bad;
    if (shape.make(made, bad) != STARKCORE_OK) return Answer{};
    const starkcore_message_table table{&made,        bounded.data(), bounded.size(),
                                        terms.data(), terms.size(),   slots.data()};
    Bytes hashes(32 * rows, 7), signatures(64 * rows, 7);
    std::vector<starkcore_status> statuses(rows, 7);
    std::vector<u64> numbers[2] = {std::vector<u64>(rows, 7), std::vector<u64>(rows, 7)};
    u64* const places[] = {numbers[0].data(), numbers[1].data()};
    const starkcore_signed_messages out{hashes.data(), signatures.data(), statuses.data(), places};
    const starkcore_status status = starkcore_sign_message_table(&out, &table, 0, rows, d.data(), options.get());
    for (std::size_t i = 0; i < rows; ++i) {
      Bytes values, hash;
      u64 found[2] = {};
      bool good = true;
      for (std::size_t j = 0; j < 3; ++j) {
        good = good && !columns[j].negative(i) && columns[j].item(i) >= bounded[j].least &&
               columns[j].item(i) <= bounded[j].most;
      }
      const u64 side = good ? columns[0].item(i) : 0;
      for (std::size_t j = 0; good && j < 2; ++j) {
        good = scaled_var(found[j], columns[1 + j].item(i), scale, terms[j].rounding[side]);
        if (good && terms[j].negative[side] != 0) found[j] = 0 - found[j];
      }
      for (const starkcore_slot& slot : slots) {
        if (slot.choices != nullptr) good = good && side < choice_count;
        U256 value = u256(found[slot.from]);
        if (slot.choices == nullptr && terms[slot.from].negative[side] != 0 && value.w[0] != 0) {
          sub(value, kP, u256(0 - value.w[0]));
        }
        values = joined(values, slot.choices == nullptr ? be32(value) : choices[side < choice_count ? side : 0]);
      }
      Bytes signature(64);
      if (good && STARKCORE_STATUS_FIELD(status) != STARKCORE_FIELD_SEED &&
          STARKCORE_STATUS_FIELD(status) != STARKCORE_FIELD_PRIVATE_KEY) {
        HOLDS(shape.by_lists(hash, values.data()) == STARKCORE_OK);
        HOLDS(starkcore_sign(signature.data(), hash.data(), d.data(), options.get()) == statuses[i]);
        HOLDS(std::memcmp(hash.data(), &hashes[32 * i], 32) == 0 && numbers[0][i] == found[0] &&
              numbers[1][i] == found[1]);
      } else {
        HOLDS(statuses[i] != STARKCORE_OK && numbers[0][i] == 0 && numbers[1][i] == 0);
      }
      HOLDS(std::memcmp(signature.data(), &signatures[64 * i], 64) == 0);
    }
    Answer answer;
    return answer << status << hashes << signatures;
  });
}

}  // namespace starkcore::fuzz
