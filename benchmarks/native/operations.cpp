// What is above the engines, and the whole operations of starkcore.h with every engine that this CPU can run.
//
// Usage: layers [milliseconds for each measurement]. Prints one line of JSON each.
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "base/cpu.hpp"
#include "clock.hpp"
#include "ecdsa/nonce.hpp"
#include "field/fn.hpp"
#include "hash/keccak.hpp"
#include "hash/sha256.hpp"
#include "starkcore.h"
#include "starkex/amounts.hpp"

namespace layers {

constinit Suite* suites = nullptr;

namespace {

using namespace starkcore;

constexpr std::size_t kCases = 64, kChunk = 32;

// Numbers below 2^251 as bytes, and signatures and orders made with them.
struct Cases {
  u8 left[kCases][32], right[kCases][32], key[32], public_x[32], public_y[32], signatures[kCases][64];
  u8 eth_signature[66];
  starkcore_market market;
  starkcore_order_tail tail;
  starkcore_human_order orders[kCases];
  char sizes[kCases][16], prices[kCases][16], ids[kCases][24];
  alignas(64) u8 prepared_memory[1 << 18];
  starkcore_prepared* const prepared = reinterpret_cast<starkcore_prepared*>(prepared_memory);

  Cases() {
    std::srand(2019);
    for (auto* column : {left, right}) {
      for (std::size_t i = 0; i < kCases; ++i) fill(column[i], 32), column[i][0] &= 7;
    }
    fill(key, 32), key[0] &= 7;
    fill(eth_signature, 64), eth_signature[64] = 27, eth_signature[65] = 0;
    check(starkcore_public_key(public_x, public_y, key));
    for (std::size_t i = 0; i < kCases; ++i) check(starkcore_sign(signatures[i], left[i], key, nullptr));
    if (starkcore_prepared_size() > sizeof prepared_memory) std::abort();
    check(starkcore_prepare(prepared, public_x, public_y));
    make_orders();
  }

  static void check(starkcore_status status) {
    if (status == STARKCORE_OK) return;
    std::fprintf(stderr, "%s %s\n", starkcore_field_name(status), starkcore_rule_text(status));
    std::exit(1);
  }

 private:
  static void fill(u8* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<u8>(std::rand() >> 7);
  }

  void make_orders() {
    u8 synthetic[32] = {}, collateral[32] = {2};
    std::memcpy(synthetic + 17, "ETH-9", 5);
    check(starkcore_market_init(&market, synthetic, collateral, collateral, 1'000'000'000, 1'000'000));
    starkcore_order_tail_init(&tail, 12345, 444701);
    for (std::size_t i = 0; i < kCases; ++i) {
      const int number = std::rand();
      starkcore_human_order& order = orders[i] = starkcore_human_order{};
      order.market = &market, order.tail = &tail;
      order.size = sizes[i], order.price = prices[i], order.limit_fee = "0.0005", order.client_id = ids[i];
      order.size_size =
          static_cast<std::size_t>(std::snprintf(sizes[i], 16, "%d.%04d", number % 97 + 1, number % 9973));
      order.price_size =
          static_cast<std::size_t>(std::snprintf(prices[i], 16, "%d.%02d", number % 4999 + 1, number % 89));
      order.limit_fee_size = 6;
      order.client_id_size = static_cast<std::size_t>(std::snprintf(ids[i], 24, "maker-%d", number));
      order.is_buying_synthetic = static_cast<u32>(number & 1);
    }
  }
};

// Layers of which there is one version, or one for each SHA-256.
void shared_layers() {
  Fn a = kFnR2, b = kFnR2 * kFnR2;
  const auto each = [&](const char* layer, auto step) {
    measure("all", layer, [&](int n) {
      for (int i = 0; i < n; ++i) step();
      keep(a);
    });
  };
  each("Fn mul", [&] { a = a * b; });
  each("Fn inverse", [&] { a = inverse(a); });
  each("Fn inverse_var", [&] { a = inverse_var(a); });

  Sha256State state = kSha256Initial;
  const u8 block[64] = {};
  each("SHA-256 block, portable", [&] { sha256_compress_portable(state, block, 1), keep(state); });
#if STARKCORE_HAVE_SHA_X86
  if ((detect_cpu() & kCpuShaX86) != 0) {
    each("SHA-256 block, SHA extensions", [&] { sha256_compress_x86(state, block, 1), keep(state); });
  }
#endif
  u8 digest[32] = {};
  each("Keccak-256, one block", [&] { keccak256(digest, digest, sizeof digest), keep(digest); });

  OrderQuantums quantums;
  const OrderText text{"145.0005", "350.67", "0.0005", true};
  each("amounts of an order", [&] { order_quantums_var(quantums, text, 1'000'000'000, 1'000'000), keep(quantums); });
}

void hashes_and_keys(const char* engine, Cases& cases) {
  u8 out[kChunk][64];
  std::size_t next = 0, bad;
  const auto each = [&](const char* layer, auto step, int items = 1) {
    measure(
        engine, layer,
        [&](int n) {
          for (int i = 0; i < n; ++i) step(next++ % kCases);
          keep(out);
        },
        items);
  };
  each("pedersen", [&](std::size_t i) { starkcore_pedersen(out[0], cases.left[i], cases.right[i]); });
  each(
      "pedersen, of 32",
      [&](std::size_t) { starkcore_pedersen_many(out[0], &bad, cases.left[0], cases.right[0], kChunk); }, kChunk);
  each("poseidon", [&](std::size_t i) { starkcore_poseidon(out[0], cases.left[i], cases.right[i]); });
  each(
      "poseidon, of 32",
      [&](std::size_t) { starkcore_poseidon_pairs(out[0], &bad, cases.left[0], cases.right[0], kChunk); }, kChunk);
  each("poseidon, list of ten", [&](std::size_t) { starkcore_poseidon_many(out[0], &bad, cases.left[0], 10); });
  each("pedersen, list of ten", [&](std::size_t) { starkcore_pedersen_elements(out[0], &bad, cases.left[0], 10); });
  each("public key", [&](std::size_t i) { starkcore_public_key(out[0], out[1], cases.left[i]); });
  each("key from an Ethereum signature", [&](std::size_t i) {
    cases.eth_signature[0] = static_cast<u8>(i);
    starkcore_key_from_eth_signature(out[0], cases.eth_signature, sizeof cases.eth_signature, 0);
  });
}

void signatures(const char* engine, Cases& cases) {
  u8 out[kChunk][64];
  starkcore_status statuses[kChunk];
  std::size_t next = 0;
  const U256 key = load_be256(cases.key);
  const auto each = [&](const char* layer, auto step, int items = 1) {
    measure(
        engine, layer,
        [&](int n) {
          for (int i = 0; i < n; ++i) step(next++ % kCases);
          keep(out), keep(statuses);
        },
        items);
  };
  each("nonce", [&](std::size_t i) {
    U256 nonce;
    NonceGenerator(load_be256(cases.left[i]), key, u256(0), nullptr).next(nonce);
    keep(nonce);
  });
  each("sign", [&](std::size_t i) { starkcore_sign(out[0], cases.left[i], cases.key, nullptr); });
  each(
      "sign, of 32",
      [&](std::size_t) { starkcore_sign_many(out[0], statuses, cases.left[0], kChunk, cases.key, nullptr); }, kChunk);
}

void verification(const char* engine, Cases& cases) {
  starkcore_status statuses[kChunk];
  u8 xs[kChunk][32], ys[kChunk][32];
  std::size_t next = 0;
  for (std::size_t i = 0; i < kChunk; ++i) {
    std::memcpy(xs[i], cases.public_x, 32);
    std::memcpy(ys[i], cases.public_y, 32);
  }
  const auto each = [&](const char* layer, auto step, int items = 1) {
    measure(
        engine, layer,
        [&](int n) {
          for (int i = 0; i < n; ++i) Cases::check(step(next++ % kCases));
        },
        items);
  };
  each("verify x",
       [&](std::size_t i) { return starkcore_verify_x(cases.signatures[i], cases.left[i], cases.public_x); });
  each("verify x, y", [&](std::size_t i) {
    return starkcore_verify(cases.signatures[i], cases.left[i], cases.public_x, cases.public_y);
  });
  each("verify prepared",
       [&](std::size_t i) { return starkcore_verify_prepared(cases.signatures[i], cases.left[i], cases.prepared); });
  const auto many = [&](const u8* y) {
    return starkcore_verify_many(statuses, cases.signatures[0], cases.left[0], xs[0], y, nullptr, kChunk);
  };
  each(
      "verify x, of 32", [&](std::size_t) { return many(nullptr); }, kChunk);
  each(
      "verify x, y, of 32", [&](std::size_t) { return many(ys[0]); }, kChunk);
  each("prepare a key", [&](std::size_t) { return starkcore_prepare(cases.prepared, xs[0], ys[0]); });
}

void orders(const char* engine, Cases& cases) {
  starkcore_signed_order out[kChunk];
  starkcore_status statuses[kChunk];
  std::size_t next = 0;
  const auto sign = [&](std::size_t first, std::size_t count) {
    Cases::check(starkcore_sign_orders(out, statuses, cases.orders + first, count, cases.key, nullptr));
  };
  measure(engine, "order", [&](int n) {
    for (int i = 0; i < n; ++i) sign(next++ % kCases, 1);
  });
  measure(
      engine, "order, of 32",
      [&](int n) {
        for (int i = 0; i < n; ++i) sign(0, kChunk);
      },
      kChunk);
}

void all() {
  Cases cases;
  shared_layers();
  for (const Suite* suite = suites; suite != nullptr; suite = suite->next) {
    if ((suite->features & ~detect_cpu()) == 0) suite->run();
  }
  const char* const chosen = starkcore_engine();
  for (std::size_t i = 0; starkcore_engine_at(i) != nullptr; ++i) {
    const char* const engine = starkcore_engine_at(i);
    Cases::check(starkcore_use_engine(engine));
    hashes_and_keys(engine, cases);
    signatures(engine, cases);
    verification(engine, cases);
    orders(engine, cases);
  }
  Cases::check(starkcore_use_engine(chosen));
}

}  // namespace
}  // namespace layers

int main(int count, char** arguments) {
  if (count > 1) layers::budget_ns = std::atoll(arguments[1]) * 1'000'000;
  std::printf("{\"compiler\": \"%s\"}\n", starkcore_compiler());
  layers::all();
}
