// The C interface from many threads at once: the first calls of a process, which choose the engine;
// keys, markets and prepared keys that all share; one table that each fills a part of; while engine
// and strict mode are switched. Afterwards every answer is compared with the serial one. Under
// ThreadSanitizer it shows that nothing is raced for.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "starkcore.h"

namespace {

using Words = std::vector<std::uint8_t>;

constexpr std::size_t kThreads = 8, kItems = 33, kOrders = kThreads * kItems;
constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::uint8_t kKey[32] = {3, 1, 4, 1, 5};

// What every thread reads.
struct Inputs {
  Words hashes = Words(32 * kItems);
  starkcore_market market;
  starkcore_order_tail tail;
  std::array<starkcore_human_order, kItems> orders{};

  Inputs() {
    for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = static_cast<std::uint8_t>(i % 32 == 0 ? 0 : 7 * i + 1);
    std::uint8_t synthetic[32] = {}, collateral[32] = {2, 0x89};
    synthetic[16] = 0x42;
    CHECK(starkcore_market_init(&market, synthetic, collateral, collateral, 1'000'000'000, 1'000'000) == STARKCORE_OK);
    starkcore_order_tail_init(&tail, 1, 500'000);
    for (std::size_t i = 0; i < kItems; ++i) {
      orders[i] = {.market = &market,
                   .tail = &tail,
                   .size = "1.5",
                   .price = "1234",
                   .limit_fee = "0.001",
                   .client_id = nullptr,
                   .size_size = 3,
                   .price_size = 4,
                   .limit_fee_size = 5,
                   .client_id_size = 0,
                   .nonce = static_cast<std::uint32_t>(i),
                   .is_buying_synthetic = 1};
    }
  }
};

// What one thread is answered in a round.
struct Answers {
  Words signatures = Words(64 * kItems), pedersen = Words(32 * kItems), x = Words(32), y = Words(32);
  std::vector<starkcore_signed_order> orders{kItems};
  std::vector<starkcore_status> statuses = std::vector<starkcore_status>(4 * kItems, -1);
  starkcore_status worst = STARKCORE_OK;

  bool operator==(const Answers& other) const {
    return signatures == other.signatures && pedersen == other.pedersen && x == other.x && y == other.y &&
           statuses == other.statuses && worst == other.worst &&
           std::memcmp(orders.data(), other.orders.data(), kItems * sizeof orders[0]) == 0;
  }
};

void ask(Answers& out, const Inputs& in) {
  const auto note = [&out](starkcore_status status) {
    if (status != STARKCORE_OK) out.worst = status;
  };
  starkcore_status* const statuses = out.statuses.data();
  std::size_t bad = 0;
  note(starkcore_public_key(out.x.data(), out.y.data(), kKey));
  note(starkcore_sign_many(out.signatures.data(), statuses, in.hashes.data(), kItems, kKey, nullptr));
  note(starkcore_sign_orders(out.orders.data(), statuses + kItems, in.orders.data(), kItems, kKey, nullptr));
  note(starkcore_pedersen_many(out.pedersen.data(), &bad, in.hashes.data(), in.hashes.data(), kItems));
  const std::unique_ptr<void, void (*)(void*)> memory(
      std::aligned_alloc(64, (starkcore_prepared_size() + 63) / 64 * 64), std::free);
  const auto prepared = static_cast<starkcore_prepared*>(memory.get());
  note(starkcore_prepare(prepared, out.x.data(), out.y.data()));
  note(
      starkcore_verify_prepared_many(statuses + 2 * kItems, out.signatures.data(), in.hashes.data(), kItems, prepared));
  Words xs;
  for (std::size_t i = 0; i < kItems; ++i) xs.insert(xs.end(), out.x.begin(), out.x.end());
  note(starkcore_verify_many(statuses + 3 * kItems, out.signatures.data(), in.hashes.data(), xs.data(), nullptr,
                             nullptr, kItems));
}

// One table, of which each thread fills its part, as batches with `threads=` do.
struct Table {
  Words hashes = Words(32 * kOrders), signatures = Words(64 * kOrders);
  std::vector<std::uint64_t> synthetic{std::vector<std::uint64_t>(kOrders)}, collateral = synthetic, fee = synthetic;
  std::vector<std::uint32_t> hours = std::vector<std::uint32_t>(kOrders), nonces = hours;
  std::vector<starkcore_status> statuses = std::vector<starkcore_status>(kOrders, -1);

  Table() {
    for (std::size_t i = 0; i < kOrders; ++i) nonces[i] = static_cast<std::uint32_t>(i);
  }

  starkcore_status fill(const starkcore_market& market, std::size_t first, std::size_t count) {
    static const std::uint32_t zero = 0, side = 1, size = 500, price = 30'000, limit_fee = 1000;
    static const std::int64_t expiration = kNow + 86'400;
    const auto same = [](const auto& value) { return starkcore_column{&value, 0, sizeof value, 1}; };
    const starkcore_scaled_market scaled{&market, 3, 0};
    const starkcore_order_table orders{&scaled,
                                       1,
                                       same(zero),
                                       same(side),
                                       same(size),
                                       same(price),
                                       same(limit_fee),
                                       {nonces.data(), sizeof nonces[0], sizeof nonces[0], 0},
                                       same(expiration),
                                       1,
                                       kNow,
                                       0,
                                       0};
    const starkcore_signed_table out{hashes.data(), signatures.data(), synthetic.data(), collateral.data(),
                                     fee.data(),    hours.data(),      statuses.data()};
    return starkcore_sign_order_table(&out, &orders, first, count, kKey, nullptr);
  }
};

// run(t) in each of the threads, all let go at once.
template <class Run>
void in_threads(const Run& run) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      ready.fetch_add(1);
      while (ready.load() < kThreads) std::this_thread::yield();
      run(t);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

// An argument: how many rounds.
int main(int count, char** words) {
  const std::size_t rounds = count > 1 ? std::strtoul(words[1], nullptr, 10) : 3;
  std::vector<starkcore_status> filled(kThreads, -1);
  in_threads([&](std::size_t t) { filled[t] = starkcore_selftest(); });  // the first calls of this process
  for (const starkcore_status status : filled) CHECK(status == STARKCORE_OK);

  std::vector<Answers> answers(kThreads * rounds);
  const Inputs inputs;
  Table table;
  std::atomic<bool> done{false};
  std::thread switching([&] {
    for (std::size_t i = 0; !done.load(); ++i) {
      const char* const name = starkcore_engine_at(i % 4);
      if (name != nullptr) starkcore_use_engine(name);
      starkcore_use_strict(i % 3 == 0);
      std::this_thread::yield();
    }
  });
  in_threads([&](std::size_t t) {
    for (std::size_t round = 0; round < rounds; ++round) ask(answers[t * rounds + round], inputs);
    filled[t] = table.fill(inputs.market, t * kItems, kItems);
  });
  done.store(true);
  switching.join();

  Answers serial;
  ask(serial, inputs);
  CHECK(serial.worst == STARKCORE_OK);
  for (const Answers& one : answers) CHECK(one == serial);
  Table alone;
  CHECK(alone.fill(inputs.market, 0, kOrders) == STARKCORE_OK);
  for (const starkcore_status status : filled) CHECK(status == STARKCORE_OK);
  CHECK(table.signatures == alone.signatures && table.hashes == alone.hashes && table.statuses == alone.statuses);
  CHECK(std::all_of(alone.statuses.begin(), alone.statuses.end(), [](int status) { return status == STARKCORE_OK; }));
  std::printf("%zu threads, %zu rounds\n", kThreads, rounds);
  return starkcore::test::summary();
}
