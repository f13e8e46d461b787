// Runs an operation of an engine on a secret, instruction by instruction, and writes down where
// each one is and which memory it addresses.
//
// Usage: trace ENGINE OPERATION COUNT SECRET OPERANDS OUTPUT. OPERATION is public_key, sign, hash,
// or pedersen, whose inputs are public; COUNT is how many items, SECRET the number that they are
// made of; hash is SHA-256 of so many secrets. OPERANDS is a table of (address of an instruction,
// base, index, scale, displacement), sorted; OUTPUT gets pairs (address of the instruction, address
// of its memory operand or 0). Without arguments: the names of engines.
//
// Valgrind follows secrets, which is more, but knows no AVX-512. On other processors than x86-64
// the program is followed from outside, by an emulator (tests/emulated.py), and takes the first
// four arguments alone.
#include <cstdlib>
#include <vector>

#include "base/cpu.hpp"
#include "ecdsa/blinding.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"
#include "hash/sha256.hpp"
#if defined(__x86_64__)
#include "single_step.hpp"
#else
#include <cstdio>

namespace single_step {

extern "C" __attribute__((noinline)) void trace_begin() { __asm__ __volatile__("" : : : "memory"); }
extern "C" __attribute__((noinline)) void trace_end() { __asm__ __volatile__("nop" : : : "memory"); }

template <class Operation>
void followed(Operation operation) {
  trace_begin();
  operation();
  trace_end();
}

}  // namespace single_step
#endif

namespace {

using namespace starkcore;

constexpr std::size_t kMost = 16;

struct Work {
  U256 secrets[kMost], hashes[kMost], key;
  PlainPoint points[kMost];
  Signature signatures[kMost];
  U256 results[kMost];
  u8 digest[32];
  bool usable[kMost];
};
alignas(64) Work work;

// Numbers in [1, 2^251) that all depend on the seed.
void fill(U256* out, std::size_t count, u64 seed) {
  for (std::size_t i = 0; i < count; ++i) {
    for (u64& word : out[i].w) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      word = seed ^ (seed >> 29);
    }
    out[i].w[3] &= ~u64{0} >> 5;
    out[i].w[0] |= 1;
  }
}

// The operation is known by its first two letters: comparing text is no part of what is followed.
void run(const Engine& with, const char* operation, std::size_t count) {
  if (operation[0] == 's') {
    with.sign(work.signatures, work.usable, work.hashes, work.secrets, work.key, count);
  } else if (operation[0] == 'h') {
    sha256(work.digest, reinterpret_cast<const u8*>(work.secrets), 32 * count);
  } else if (operation[1] == 'u') {
    with.public_key(work.points, work.secrets, count);
  } else {
    with.pedersen_var(work.results, work.secrets, work.hashes, count);
  }
}

// A first run with another secret, so that nothing is left to be done once.
void child(const Engine& with, const char* operation, std::size_t count, u64 secret) {
  fill(work.hashes, kMost, 1), fill(work.secrets, kMost, 2), fill(&work.key, 1, 3);
  run(with, operation, count);
  fill(work.secrets, kMost, 1000 * secret), fill(&work.key, 1, 1000 * secret + 7);
  single_step::followed([&] { run(with, operation, count); });
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (std::size_t i = 0; engine_name_at(i) != nullptr; ++i) std::puts(engine_name_at(i));
    return 0;
  }
#if defined(__x86_64__)
  constexpr int kArguments = 7;
  single_step::without_randomization(arguments);
#else
  constexpr int kArguments = 5;
#endif
  u32 features;
  if (count != kArguments || !engine_features(arguments[1], features) || (features & ~detect_cpu()) != 0) return 2;
  set_cpu_in_use(features);
  use_strict(true);
  const std::size_t items = std::strtoul(arguments[3], nullptr, 10);
#if defined(__x86_64__)
  const std::vector<single_step::Operand> operands = single_step::read_operands(arguments[5]);
  std::FILE* output = std::fopen(arguments[6], "wb");
  if (output == nullptr || operands.empty() || items > kMost) return 2;
  const pid_t process = fork();
  if (process == 0) child(engine(), arguments[2], items, std::strtoul(arguments[4], nullptr, 10));
  const bool good = single_step::follow(process, operands, output);
  std::fclose(output);
  return good ? 0 : 1;
#else
  if (items > kMost) return 2;
  child(engine(), arguments[2], items, std::strtoul(arguments[4], nullptr, 10));
  return 0;
#endif
}
