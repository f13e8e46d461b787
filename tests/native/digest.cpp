// One number for all that the C interface answers: each function, in every engine that this CPU can
// run and in both modes, over inputs that are the same everywhere. Two builds that print the same
// line give the same answers, whatever CPU, system or compiler they are of.
// `tests/checks/platforms.py` builds it for each. Prints: the digest of each engine and mode, which
// must all be the same. It first sees that the binding gets random bytes, a thread and the time of
// the system.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../../bindings/clock.hpp"
#include "../../bindings/entropy.hpp"
#include "../../bindings/thread.hpp"
#include "starkcore.h"

namespace {

constexpr std::size_t kRounds = 40, kItems = 35;  // more items than share an inversion

// splitmix64: the same numbers everywhere, if no expression draws two of them: which comes first
// would be the compiler's choice.
struct Random {
  std::uint64_t state = 0x5741524b;

  std::uint64_t word() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // 32 bytes: any, or below 2^250, or with few bits, or all ones in their lower part.
  void number(std::uint8_t* out) {
    const std::uint64_t kind = word() % 8;
    for (int i = 0; i < 32; ++i) out[i] = static_cast<std::uint8_t>(word() >> 56);
    if (kind == 0) return;  // often p or more
    out[0] &= 3;
    if (kind == 1) std::memset(out, 0, 24);
    if (kind == 2) std::memset(out + 8, 0xff, 24);
    if (kind == 3) std::memset(out, 0, 32);
  }
};

// What was answered, into SHA-256: a chain of the library's own, which the self test compares with
// a published value first.
struct Answers {
  std::uint8_t chain[32] = {};

  void take(const void* data, std::size_t size) {
    std::vector<std::uint8_t> all(chain, chain + 32);
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    all.insert(all.end(), bytes, bytes + size);
    starkcore_sha256(chain, all.data(), all.size());
  }

  void number(std::uint64_t value) {
    std::uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    take(bytes, sizeof bytes);
  }

  template <std::size_t size>
  void result(starkcore_status status, const std::uint8_t (&out)[size]) {
    number(static_cast<std::uint64_t>(status));
    take(out, size);
  }
};

void hashes(Answers& answers, Random& random) {
  std::uint8_t a[32 * kItems], b[32 * kItems], out[32 * kItems], one[32];
  for (std::size_t i = 0; i < kItems; ++i) random.number(a + 32 * i), random.number(b + 32 * i);
  answers.result(starkcore_pedersen(one, a, b), one);
  answers.result(starkcore_poseidon(one, a, b), one);
  answers.result(starkcore_poseidon_single(one, a), one);
  for (std::size_t i = 0; i < kItems; ++i) a[32 * i] &= 3, b[32 * i] &= 3;  // from here on all are below p
  std::size_t bad = 0;
  answers.result(starkcore_pedersen_many(out, &bad, a, b, kItems), out);
  answers.result(starkcore_poseidon_pairs(out, &bad, a, b, kItems), out);
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{6}, kItems}) {
    answers.result(starkcore_pedersen_elements(one, &bad, a, count), one);
    answers.result(starkcore_poseidon_many(one, &bad, a, count), one);
  }
  starkcore_keccak256(one, a, sizeof a);
  answers.take(one, 32);
}

void keys(Answers& answers, Random& random) {
  std::uint8_t key[32], x[32], y[32], seed[66];
  random.number(key);
  answers.number(static_cast<std::uint64_t>(starkcore_private_key_check(key)));
  const starkcore_status status = starkcore_public_key(x, y, key);
  answers.result(status, x), answers.take(y, 32);
  answers.number(static_cast<std::uint64_t>(starkcore_public_key_check(x, y)));
  answers.result(starkcore_public_key_y(y, x, static_cast<int>(random.word() & 1)), y);
  for (std::uint8_t& byte : seed) byte = static_cast<std::uint8_t>(random.word() >> 56);
  seed[64] = 27, seed[65] = 0;
  answers.result(starkcore_key_from_data(key, seed, 1 + random.word() % 60), key);
  answers.result(starkcore_key_from_eth_signature(key, seed, 66, static_cast<int>(random.word() & 1)), key);
  const std::size_t size = 1 + random.word() % 64;
  answers.result(starkcore_grind_key(key, seed, size, static_cast<int>(random.word() & 1)), key);
}

void signatures(Answers& answers, Random& random) {
  std::uint8_t key[32], x[32], y[32], messages[32 * kItems], out[64 * kItems], seed[32];
  do random.number(key);
  while (starkcore_public_key(x, y, key) != STARKCORE_OK);
  for (std::size_t i = 0; i < kItems; ++i) random.number(messages + 32 * i);
  random.number(seed);
  const std::size_t seed_size = random.word() % 33;
  const starkcore_sign_options options{seed, seed_size, (random.word() & 1) != 0 ? seed : nullptr, nullptr};
  starkcore_status statuses[kItems];
  answers.result(starkcore_sign_many(out, statuses, messages, kItems, key, &options), out);
  for (const starkcore_status status : statuses) answers.number(static_cast<std::uint64_t>(status));
  out[random.word() % sizeof out] ^= 1;  // one of them is wrong
  std::vector<std::uint8_t> xs, ys;
  for (std::size_t i = 0; i < kItems; ++i) xs.insert(xs.end(), x, x + 32), ys.insert(ys.end(), y, y + 32);
  answers.number(static_cast<std::uint64_t>(
      starkcore_verify_many(statuses, out, messages, xs.data(), ys.data(), nullptr, kItems)));
  for (const starkcore_status status : statuses) answers.number(static_cast<std::uint64_t>(status));
  answers.number(static_cast<std::uint64_t>(starkcore_verify_x(out, messages, x)));
}

void orders(Answers& answers, Random& random) {
  std::uint8_t id[32] = {}, key[32] = {}, collateral[32] = {};
  random.number(collateral);
  collateral[0] &= 1;
  for (int i = 16; i < 32; ++i) id[i] = static_cast<std::uint8_t>(random.word() >> 56);
  key[31] = static_cast<std::uint8_t>(1 + random.word() % 255);
  starkcore_market market;
  starkcore_order_tail tail;
  answers.number(
      static_cast<std::uint64_t>(starkcore_market_init(&market, id, collateral, collateral, 10000000000u, 1000000u)));
  const std::uint64_t position_id = random.word();
  starkcore_order_tail_init(&tail, position_id, static_cast<std::uint32_t>(random.word()));
  const std::string size = std::to_string(1 + random.word() % 1000000) + "e-4";
  const std::string whole = std::to_string(1 + random.word() % 100000), part = std::to_string(random.word() % 1000);
  const std::string price = whole + "." + part;
  const std::string fee = "0.0015", client_id = std::to_string(random.word());
  const starkcore_human_order order{
      &market,     &tail,        size.data(), price.data(),     fee.data(), client_id.data(),
      size.size(), price.size(), fee.size(),  client_id.size(), 0,          1};
  starkcore_signed_order out;
  starkcore_status status;
  answers.number(static_cast<std::uint64_t>(starkcore_sign_orders(&out, &status, &order, 1, key, nullptr)));
  answers.take(out.hash, 32), answers.take(out.signature, 64);
  answers.number(out.quantums_synthetic), answers.number(out.quantums_collateral), answers.number(out.quantums_fee);
}

std::string digest() {
  Answers answers;
  Random random;
  for (std::size_t round = 0; round < kRounds; ++round) {
    hashes(answers, random), keys(answers, random), signatures(answers, random), orders(answers, random);
  }
  std::string text;
  for (const std::uint8_t byte : answers.chain) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

bool time_passes() {
  const std::uint64_t begin = binding::milliseconds();
  for (int i = 0; i < 100'000'000; ++i) {
    if (binding::milliseconds() > begin) return true;
  }
  return false;
}

// What the binding asks the system for: random bytes, two times not the same, a thread, which sees
// what it was given, and time that passes.
bool system_answers() {
  std::uint8_t first[32] = {}, second[32] = {};
  if (!binding::system_entropy(first, sizeof first) || !binding::system_entropy(second, sizeof second)) return false;
  int number = 1;
  const binding::Task task{[](const void* data) { ++*static_cast<int*>(const_cast<void*>(data)); }, &number};
  binding::Thread thread;
  if (!thread.start(task)) return false;
  thread.join();
  return number == 2 && std::memcmp(first, second, sizeof first) != 0 && time_passes();
}

}  // namespace

int main() {
  if (!system_answers()) {
    std::printf("the system gives no random bytes, no thread or no time\n");
    return 3;
  }
  std::string first;
  bool same = true;
  for (std::size_t i = 0; const char* const engine = starkcore_engine_at(i); ++i) {
    if (starkcore_use_engine(engine) != STARKCORE_OK) return 2;
    for (const int strict : {0, 1}) {
      starkcore_use_strict(strict);
      if (starkcore_selftest() != STARKCORE_OK) {
        std::printf("%s: the self test fails\n", engine);
        return 1;
      }
      const std::string found = digest();
      std::printf("%s %s %s\n", found.c_str(), engine, strict != 0 ? "strict" : "blinded");
      if (first.empty()) first = found;
      same &= found == first;
    }
  }
  return same ? 0 : 1;
}
