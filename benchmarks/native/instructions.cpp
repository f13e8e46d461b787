// Runs each operation of the C interface, for callgrind to count its instructions.
//
//   valgrind --tool=callgrind --collect-atstart=no instructions ENGINE
//
// Each operation leaves a dump that is named after it, and prints "name items". Inputs are the same in every run.
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/cpu.hpp"
#include "starkcore.h"

namespace {

constexpr std::size_t kMany = 64;  // two of the chunks that share an inversion
constexpr std::size_t kRounds = 4;
constexpr std::size_t kList = 10;                     // elements of a list
const std::vector<std::size_t> kLists(kMany / 8, 8);  // lists of 8
constexpr std::size_t kSlots = 6;                     // of a message

// Field elements below 2^251 that look like chance: a keccak chain.
std::vector<std::uint8_t> numbers(std::uint8_t seed, std::size_t count) {
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

  void* table() {
    const auto address = reinterpret_cast<std::uintptr_t>(prepared.data());
    return reinterpret_cast<void*>((address + 63) / 64 * 64);
  }
};

template <class Operation>
void count(const char* name, std::size_t items, Operation operation) {
  operation(0);  // whatever is done once
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  for (std::size_t round = 0; round < kRounds; ++round) operation(round);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name);
  std::printf("%s %zu\n", name, items * kRounds);
}

void count_all(Data& d) {
  std::size_t bad;
  std::uint8_t x[32], y[32];
  const auto at = [](std::vector<std::uint8_t>& bytes, std::size_t i, std::size_t size = 32) {
    return &bytes[size * i];
  };
  count("pedersen", 1, [&](std::size_t i) { starkcore_pedersen(x, at(d.a, i), at(d.b, i)); });
  count("pedersen_many", kMany,
        [&](std::size_t) { starkcore_pedersen_many(d.out.data(), &bad, d.a.data(), d.b.data(), kMany); });
  count("poseidon", 1, [&](std::size_t i) { starkcore_poseidon(x, at(d.a, i), at(d.b, i)); });
  count("poseidon_pairs", kMany,
        [&](std::size_t) { starkcore_poseidon_pairs(d.out.data(), &bad, d.a.data(), d.b.data(), kMany); });
  count("poseidon_many", 1, [&](std::size_t i) { starkcore_poseidon_many(x, &bad, at(d.a, i), kList); });
  count("poseidon_lists", kMany / 8,
        [&](std::size_t) { starkcore_poseidon_lists(d.out.data(), &bad, d.a.data(), kLists.data(), kLists.size()); });
  count("pedersen_elements", 1, [&](std::size_t i) { starkcore_pedersen_elements(x, &bad, at(d.a, i), kList); });
  count("pedersen_lists", kMany / 8,
        [&](std::size_t) { starkcore_pedersen_lists(d.out.data(), &bad, d.a.data(), kLists.data(), kLists.size()); });
  count("public_key", 1, [&](std::size_t i) { starkcore_public_key(x, y, at(d.keys, i)); });
  count("sign", 1, [&](std::size_t i) { starkcore_sign(d.out.data(), at(d.hashes, i), at(d.keys, i), nullptr); });
  count("sign_many", kMany, [&](std::size_t i) {
    starkcore_sign_many(d.out.data(), d.statuses.data(), d.hashes.data(), kMany, at(d.keys, i), nullptr);
  });
  count("verify", 1,
        [&](std::size_t i) { starkcore_verify(at(d.signatures, i, 64), at(d.hashes, i), at(d.xs, i), at(d.ys, i)); });
  count("verify_x", 1,
        [&](std::size_t i) { starkcore_verify_x(at(d.signatures, i, 64), at(d.hashes, i), at(d.xs, i)); });
  count("verify_many", kMany, [&](std::size_t) {
    starkcore_verify_many(d.statuses.data(), d.signatures.data(), d.hashes.data(), d.xs.data(), d.ys.data(), nullptr,
                          kMany);
  });
  count("verify_x_many", kMany, [&](std::size_t) {
    starkcore_verify_many(d.statuses.data(), d.signatures.data(), d.hashes.data(), d.xs.data(), nullptr, nullptr,
                          kMany);
  });
  count("verify_prepared", 1,
        [&](std::size_t) { starkcore_verify_prepared(d.signatures.data(), d.hashes.data(), d.table()); });
  count("verify_prepared_many", kMany, [&](std::size_t) {
    starkcore_verify_prepared_many(d.statuses.data(), d.signatures.data(), d.hashes.data(), kMany, d.table());
  });
  count("sign_order", 1, [&](std::size_t i) {
    starkcore_sign_orders(d.orders.data(), d.statuses.data(), &d.texts[i], 1, at(d.keys, i), nullptr);
  });
  count("sign_orders", kMany, [&](std::size_t i) {
    starkcore_sign_orders(d.orders.data(), d.statuses.data(), d.texts.data(), kMany, at(d.keys, i), nullptr);
  });
  const char* const names[][2] = {{"pedersen_message", "pedersen_messages"}, {"poseidon_message", "poseidon_messages"}};
  for (std::size_t hash = 0; hash < 2; ++hash) {
    count(names[hash][0], 1, [&](std::size_t i) {
      starkcore_hash_messages(x, d.statuses.data(), &d.shapes[hash], &d.values[kSlots * i], 1);
    });
    count(names[hash][1], kMany, [&](std::size_t) {
      starkcore_hash_messages(d.out.data(), d.statuses.data(), &d.shapes[hash], d.values.data(), kMany);
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  starkcore::u32 features;
  if (argc != 2 || !starkcore::engine_features(argv[1], features)) {
    for (std::size_t i = 0; starkcore_engine_at(i) != nullptr; ++i) std::printf("%s\n", starkcore_engine_at(i));
    return argc == 1 ? 0 : 2;
  }
  starkcore::set_cpu_in_use(features);  // valgrind's own CPU says that it has less than it can run
  Data data;
  count_all(data);
  return 0;
}
