// What the programs that count work on: the same numbers in every run.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "starkcore.h"

inline constexpr std::size_t kMany = 64;                     // two of the chunks that share an inversion
inline constexpr std::size_t kList = 10;                     // elements of a list
inline const std::vector<std::size_t> kLists(kMany / 8, 8);  // lists of 8
inline constexpr std::size_t kSlots = 6;                     // of a message

// Field elements below 2^251 that look like chance: a keccak chain.
inline std::vector<std::uint8_t> numbers(std::uint8_t seed, std::size_t count) {
  std::vector<std::uint8_t> out(32 * count);
  std::uint8_t state[32] = {seed};
  for (std::size_t i = 0; i < count; ++i) {
    starkcore_keccak256(state, state, sizeof state);
    std::memcpy(&out[32 * i], state, 32);
    out[32 * i] &= 0x03;
  }
  return out;
}

// What all operations work on.
struct Data {
  std::vector<std::uint8_t> a = numbers(1, kMany), b = numbers(2, kMany), keys = numbers(3, kMany);
  std::vector<std::uint8_t> hashes = numbers(4, kMany), out = std::vector<std::uint8_t>(64 * kMany);
  std::vector<std::uint8_t> signatures = out, xs = a, ys = a;
  std::vector<starkcore_status> statuses = std::vector<starkcore_status>(kMany);
  std::vector<std::uint64_t> prepared = std::vector<std::uint64_t>(starkcore_prepared_size() / 8 + 16);
  std::vector<starkcore_signed_order> orders = std::vector<starkcore_signed_order>(kMany);
  std::vector<starkcore_human_order> texts;
  starkcore_market market;
  starkcore_order_tail tail;
  starkcore_message_template shapes[2];  // a struct of the size of an exchange's order, by Pedersen and by Poseidon
  starkcore_message_element name;
  std::vector<starkcore_message_value> values;

  Data() {
    for (std::size_t i = 0; i < kMany; ++i) {
      starkcore_public_key(&xs[32 * i], &ys[32 * i], &keys[32 * i]);
      starkcore_sign(&signatures[64 * i], &hashes[32 * i], &keys[32 * i], nullptr);
    }
    starkcore_prepare(table(), xs.data(), ys.data());
    std::uint8_t synthetic[32] = {}, collateral[32] = {};
    synthetic[31] = collateral[30] = 9;
    starkcore_market_init(&market, synthetic, collateral, collateral, 1000000000, 1000000);
    starkcore_order_tail_init(&tail, 12345, 444701);
    for (std::uint32_t i = 0; i < kMany; ++i) {
      texts.push_back({&market, &tail, "145.0005", "350.00067", "0.125", nullptr, 8, 9, 5, 0, 77 * i, i & 1});
    }
    fill_messages();
  }

  // Of six slots a time, a name made ready, and four short numbers.
  void fill_messages() {
    const std::uint8_t slots[kSlots + 1] = {0, 1, 1, 1, 1, 1, 1};
    std::size_t bad;
    for (int hash = 0; hash < 2; ++hash) {
      starkcore_message_template_init(&shapes[hash], &bad, hash, a.data(), 3, b.data(), slots, kSlots + 1);
    }
    starkcore_message_element_init(&name, b.data());
    values.resize(kMany * kSlots);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i].ready = i % kSlots == 1 ? &name : nullptr;
      std::memcpy(values[i].element + 24, &b[32 * (i % kMany)], i % kSlots == 0 ? 6 : 8);
    }
  }

  starkcore_prepared* table() {
    const auto address = reinterpret_cast<std::uintptr_t>(prepared.data());
    return reinterpret_cast<starkcore_prepared*>((address + 63) / 64 * 64);
  }
};
