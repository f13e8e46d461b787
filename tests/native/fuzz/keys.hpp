// Hashes, keys and what keys are made from.
#pragma once

#include "oracle.hpp"

namespace starkcore::fuzz {

// starkcore_rule_text, field_name, version, compiler, engine, engine_at, use_engine, strict,
// use_strict, tables, use_tables
inline void build(Input& in) {
  const auto status = static_cast<starkcore_status>(in.word());
  HOLDS(starkcore_rule_text(status)[0] != 0 && starkcore_field_name(status) != nullptr);
  HOLDS(starkcore_version()[0] != 0 && starkcore_compiler()[0] != 0 && starkcore_engine()[0] != 0);
  const Bytes some = in.bytes(in.below(24));
  const std::string name(some.begin(), some.end());
  const starkcore_status used = starkcore_use_engine(name.c_str());
  HOLDS(used == STARKCORE_OK ? name.c_str() == std::string(starkcore_engine())
                             : used == STARKCORE_STATUS(STARKCORE_RULE_ENGINE, STARKCORE_FIELD_ENGINE));
  const int strict = in.byte();
  starkcore_use_strict(strict);
  HOLDS(starkcore_strict() == (strict != 0));
  // Large tables take a while to build: once in a while.
  const u32 most = in.byte() == 11 ? 9 : in.byte() % 9;
  HOLDS(starkcore_use_tables(most) ==
        (most == 0 ? STARKCORE_STATUS(STARKCORE_RULE_TABLES, STARKCORE_FIELD_MEGABYTES) : STARKCORE_OK));
  HOLDS(most == 0 || starkcore_tables() == (most == 9 ? 9u : 1u));
  if (in.byte() == 7) {
    in_two_modes("selftest", [] {
      HOLDS(starkcore_selftest() == STARKCORE_OK);
      return Answer{};
    });
  }
}

// starkcore_keccak256, sha256
inline void hash(Input& in) {
  const Bytes data = in.bytes(in.below(2) * 256 + in.byte());
  in_two_modes("keccak256 and sha256", [&] {
    Bytes keccak(32), sha(32);
    starkcore_keccak256(keccak.data(), data.data(), data.size());
    starkcore_sha256(sha.data(), data.data(), data.size());
    return Answer{} << keccak << sha;
  });
}

// starkcore_pedersen, pedersen_many
inline void pedersen(Input& in) {
  const std::size_t count = in.below(12) * (in.byte() == 1 ? 6 : 1);
  Bytes as, bs;
  for (std::size_t i = 0; i < count; ++i) {
    as = joined(as, be32(in.number_below(kP))), bs = joined(bs, be32(in.number_below(kP)));
  }
  in_two_modes("pedersen", [&] {
    Bytes out(32 * count, 7);
    std::size_t bad = 99;
    const starkcore_status status = starkcore_pedersen_many(out.data(), &bad, as.data(), bs.data(), count);
    std::size_t first_bad = count;
    for (std::size_t i = count; i-- > 0;) {
      Bytes one(32, 7);
      const starkcore_status single = starkcore_pedersen(one.data(), &as[32 * i], &bs[32 * i]);
      HOLDS(single == STARKCORE_OK || all_zero(one));
      if (single != STARKCORE_OK) first_bad = i;
      if (i == bad) HOLDS(status == single);
      if (status == STARKCORE_OK) HOLDS(std::memcmp(one.data(), &out[32 * i], 32) == 0);
    }
    HOLDS(bad == first_bad && (status == STARKCORE_OK) == (bad == count));
    HOLDS(status == STARKCORE_OK || all_zero(out));
    return Answer{} << status << out;
  });
}

// The two kinds of hashes of lists.
struct PedersenLists {
  using State = starkcore_pedersen_state;
  static starkcore_status one(u8* out, std::size_t* bad, const u8* elements, std::size_t count) {
    return starkcore_pedersen_elements(out, bad, elements, count);
  }
  static starkcore_status many(u8* out, std::size_t* bad, const u8* all, const std::size_t* sizes, std::size_t count) {
    return starkcore_pedersen_lists(out, bad, all, sizes, count);
  }
  static void init(State* state) { starkcore_pedersen_init(state); }
  static starkcore_status absorb(State* state, std::size_t* bad, const u8* elements, std::size_t count) {
    return starkcore_pedersen_absorb(state, bad, elements, count);
  }
  static starkcore_status finish(u8* out, const State* state) { return starkcore_pedersen_finish(out, state); }
};

struct PoseidonLists {
  using State = starkcore_poseidon_state;
  static starkcore_status one(u8* out, std::size_t* bad, const u8* elements, std::size_t count) {
    return starkcore_poseidon_many(out, bad, elements, count);
  }
  static starkcore_status many(u8* out, std::size_t* bad, const u8* all, const std::size_t* sizes, std::size_t count) {
    return starkcore_poseidon_lists(out, bad, all, sizes, count);
  }
  static void init(State* state) { starkcore_poseidon_init(state); }
  static starkcore_status absorb(State* state, std::size_t* bad, const u8* elements, std::size_t count) {
    return starkcore_poseidon_absorb(state, bad, elements, count);
  }
  static starkcore_status finish(u8* out, const State* state) { return starkcore_poseidon_finish(out, state); }
};

// Lists at once, one by one, and all elements as one list in two parts.
template <class Hash>
Answer hash_lists(const Bytes& all, const std::vector<std::size_t>& sizes, std::size_t cut) {
  const std::size_t total = all.size() / 32;
  std::size_t bad = 99, place = 99, first_bad = total, first = 0;
  Bytes out(32 * sizes.size(), 7), one(32, 7), parts(32, 7);
  const starkcore_status status = Hash::many(out.data(), &bad, all.data(), sizes.data(), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); first += sizes[i++]) {
    const starkcore_status single = Hash::one(one.data(), &place, all.data() + 32 * first, sizes[i]);
    HOLDS((single == STARKCORE_OK) == (place == sizes[i]) && (single == STARKCORE_OK || all_zero(one)));
    if (single != STARKCORE_OK) first_bad = std::min(first_bad, first + place);
    if (status == STARKCORE_OK) HOLDS(std::memcmp(one.data(), &out[32 * i], 32) == 0);
  }
  HOLDS(bad == first_bad && (status == STARKCORE_OK) == (bad == total) && (status == STARKCORE_OK || all_zero(out)));

  typename Hash::State state;
  Hash::init(&state);
  starkcore_status absorbed = Hash::absorb(&state, &place, all.data(), cut);
  if (absorbed == STARKCORE_OK) {
    HOLDS(place == cut && Hash::finish(one.data(), &state) == STARKCORE_OK);
    absorbed = Hash::absorb(&state, &place, all.data() + 32 * cut, total - cut);
  }
  HOLDS(Hash::one(one.data(), &place, all.data(), total) == absorbed && absorbed == status);
  HOLDS(Hash::finish(parts.data(), &state) == absorbed && parts == one);
  return Answer{} << status << out << one;
}

// starkcore_pedersen_elements, pedersen_lists, pedersen_init, pedersen_absorb, pedersen_finish, and
// the same of Poseidon
inline void lists(Input& in) {
  std::vector<std::size_t> sizes(in.below(12) * (in.byte() == 1 ? 6 : 1));
  std::size_t total = 0;
  for (std::size_t& size : sizes) total += size = in.below(6);
  Bytes all;
  for (std::size_t i = 0; i < total; ++i) all = joined(all, be32(in.number_below(kP)));
  const std::size_t cut = in.below(total + 1);
  in_two_modes("lists", [&] {
    Answer out = hash_lists<PoseidonLists>(all, sizes, cut);
    if (total < 40) out << hash_lists<PedersenLists>(all, sizes, cut);
    return out;
  });
}

// starkcore_poseidon, poseidon_single, poseidon_pairs
inline void poseidon(Input& in) {
  const std::size_t count = in.below(12) * (in.byte() == 1 ? 6 : 1);
  Bytes as, bs;
  for (std::size_t i = 0; i < count; ++i) {
    as = joined(as, be32(in.number_below(kP))), bs = joined(bs, be32(in.number_below(kP)));
  }
  in_two_modes("poseidon", [&] {
    Bytes out(32 * count, 7), one(32, 7);
    std::size_t bad = 99, first_bad = count;
    const starkcore_status status = starkcore_poseidon_pairs(out.data(), &bad, as.data(), bs.data(), count);
    Answer answer;
    for (std::size_t i = count; i-- > 0;) {
      const starkcore_status single = starkcore_poseidon(one.data(), &as[32 * i], &bs[32 * i]);
      HOLDS(single == STARKCORE_OK || all_zero(one));
      if (single != STARKCORE_OK) first_bad = i;
      if (i == bad) HOLDS(status == single);
      if (status == STARKCORE_OK) HOLDS(std::memcmp(one.data(), &out[32 * i], 32) == 0);
      const starkcore_status alone = starkcore_poseidon_single(one.data(), &as[32 * i]);
      HOLDS(alone == STARKCORE_OK || (all_zero(one) && alone == single));
      answer << alone << one;
    }
    HOLDS(bad == first_bad && (status == STARKCORE_OK) == (bad == count));
    HOLDS(status == STARKCORE_OK || all_zero(out));
    return answer << status << out;
  });
}

// starkcore_private_key_check, public_key, public_key_check, public_key_x_check, public_key_y
inline void key(Input& in) {
  const Bytes d = be32(in.private_key()), other_x = be32(in.number_below(kP)), other_y = be32(in.number_below(kP));
  in_two_modes("keys", [&] {
    Bytes x(32, 7), y(32, 7), lifted(32, 7);
    const starkcore_status good = starkcore_private_key_check(d.data());
    HOLDS(starkcore_public_key(x.data(), y.data(), d.data()) == good);
    Answer out;
    if (good == STARKCORE_OK) {
      HOLDS(starkcore_public_key_check(x.data(), y.data()) == STARKCORE_OK);
      HOLDS(starkcore_public_key_x_check(x.data()) == STARKCORE_OK);
      HOLDS(starkcore_public_key_y(lifted.data(), x.data(), y[31] & 1) == STARKCORE_OK && lifted == y);
    } else {
      HOLDS(all_zero(x) && all_zero(y));
    }
    out << good << x << y;
    const starkcore_status on_curve = starkcore_public_key_x_check(other_x.data());
    for (const int odd : {0, 1}) {
      Bytes root(32, 7);
      HOLDS(starkcore_public_key_y(root.data(), other_x.data(), odd) == on_curve);
      HOLDS(on_curve == STARKCORE_OK
                ? (root[31] & 1) == odd && starkcore_public_key_check(other_x.data(), root.data()) == STARKCORE_OK
                : all_zero(root));
      out << root;
    }
    return out << on_curve << starkcore_public_key_check(other_x.data(), other_y.data());
  });
}

// starkcore_key_from_data, key_from_eth_signature, grind_key
inline void derivation(Input& in) {
  const int variant = in.byte() & 1;
  const std::size_t size = in.flag() ? 64 + in.below(4) : in.below(160), zeros = in.below(70);
  Bytes data = in.bytes(size);
  std::fill_n(data.begin(), std::min(zeros, size), u8{0});
  in_two_modes("key derivation", [&] {
    Bytes from_data(32, 7), from_signature(32, 7), ground(32, 7), digest(32);
    const starkcore_status statuses[] = {
        starkcore_key_from_data(from_data.data(), data.data(), size),
        starkcore_key_from_eth_signature(from_signature.data(), data.data(), size, variant),
        starkcore_grind_key(ground.data(), data.data(), size, variant),
    };
    const Bytes* const keys[] = {&from_data, &from_signature, &ground};
    for (int i = 0; i < 3; ++i) {
      HOLDS(statuses[i] == STARKCORE_OK ? starkcore_private_key_check(keys[i]->data()) == STARKCORE_OK
                                        : all_zero(*keys[i]));
    }
    starkcore_keccak256(digest.data(), data.data(), size);
    HOLDS(from_data == be32(shift_right(load_be256(digest.data()), 5)));
    HOLDS((statuses[2] == STARKCORE_OK) == (1 <= size && size <= 64));
    if (size == 65 && statuses[1] == STARKCORE_OK) {  // the type that is left out is 0
      Bytes typed(32, 7), longer = joined(data, Bytes(1));
      HOLDS(starkcore_key_from_eth_signature(typed.data(), longer.data(), 66, variant) == STARKCORE_OK);
      HOLDS(typed == from_signature);
    }
    return Answer{} << statuses[0] << statuses[1] << statuses[2] << from_data << from_signature << ground;
  });
}

}  // namespace starkcore::fuzz
