// Runs each operation of the C interface, for callgrind to count its instructions.
//
//   valgrind --tool=callgrind --collect-atstart=no instructions ENGINE
//
// On other processors than x86-64 an emulator counts instead (tests/emulated.py), from count_begin() to count_end().
//
// Each operation leaves a dump that is named after it, and prints "name items". Inputs are the same in every run.
#if defined(__x86_64__)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

#include <cstdint>
#include <cstdio>
#include <vector>

#include "base/cpu.hpp"
#include "ecdsa/nonce.hpp"
#include "inputs.hpp"
#include "starkcore.h"

namespace {

constexpr std::size_t kRounds = 4;

// Where what is counted begins and ends, for whoever follows the program's functions by name.
extern "C" __attribute__((noinline)) void count_begin() { __asm__ __volatile__("" : : : "memory"); }
extern "C" __attribute__((noinline)) void count_end() { __asm__ __volatile__("nop" : : : "memory"); }

template <class Operation>
void count(const char* name, std::size_t items, Operation operation) {
  operation(0);  // whatever is done once
  CALLGRIND_ZERO_STATS;
  count_begin();
  CALLGRIND_TOGGLE_COLLECT;
  for (std::size_t round = 0; round < kRounds; ++round) operation(round);
  CALLGRIND_TOGGLE_COLLECT;
  count_end();
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
  count("nonce", 1, [&](std::size_t i) {
    const auto hash = starkcore::load_be256(at(d.hashes, i)), key = starkcore::load_be256(at(d.keys, i));
    starkcore::U256 nonce;
    starkcore::NonceGenerator(hash, key, starkcore::U256{}, nullptr).next(nonce);
  });
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
