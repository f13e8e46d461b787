// Runs one operation of the C interface instruction by instruction, and writes down where each one
// is and which memory it addresses.
//
// Usage: cache_lines ENGINE OPERATION OPERANDS OUTPUT, as tests/native/single_step.hpp has them.
// Without arguments: the names of engines, and then of operations.
#include <alloca.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "../../tests/native/single_step.hpp"
#include "base/cpu.hpp"
#include "inputs.hpp"
#include "starkcore.h"

namespace {

struct Operation {
  const char* name;
  void (*run)(Data& data, std::size_t i);
};

constexpr Operation kOperations[] = {
    {"pedersen", [](Data& d, std::size_t i) { starkcore_pedersen(d.out.data(), &d.a[32 * i], &d.b[32 * i]); }},
    {"public_key",
     [](Data& d, std::size_t i) { starkcore_public_key(d.out.data(), d.out.data() + 32, &d.keys[32 * i]); }},
    {"sign", [](Data& d, std::size_t i) { starkcore_sign(d.out.data(), &d.hashes[32 * i], d.keys.data(), nullptr); }},
    {"sign_order",
     [](Data& d, std::size_t i) {
       starkcore_sign_orders(d.orders.data(), d.statuses.data(), &d.texts[i], 1, d.keys.data(), nullptr);
     }},
    {"poseidon_message",
     [](Data& d, std::size_t i) {
       starkcore_hash_messages(d.out.data(), d.statuses.data(), &d.shapes[1], &d.values[kSlots * i], 1);
     }},
};

// work() with the stack at the same place of a page, whatever the environment holds: frames then
// share lines in the same way.
template <class Work>
__attribute__((noinline)) void on_aligned_stack(Work work) {
  constexpr std::uintptr_t page = 4096;
  volatile char* room = static_cast<char*>(alloca(16));
  room = static_cast<char*>(alloca(reinterpret_cast<std::uintptr_t>(room) % page + 16));
  *room = 0;
  work();
}

// A first run with other inputs, so that nothing is left to be done once.
void child(const Operation& operation, Data& data) {
  operation.run(data, 0);
  on_aligned_stack([&] { single_step::followed([&] { operation.run(data, 1); }); });
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (std::size_t i = 0; starkcore_engine_at(i) != nullptr; ++i) std::puts(starkcore_engine_at(i));
    std::puts("operations:");
    for (const Operation& operation : kOperations) std::puts(operation.name);
    return 0;
  }
  single_step::without_randomization(arguments);
  starkcore::u32 features;
  if (count != 5 || !starkcore::engine_features(arguments[1], features)) return 2;
  if ((features & ~starkcore::detect_cpu()) != 0) return 2;
  starkcore::set_cpu_in_use(features);
  const std::vector<single_step::Operand> operands = single_step::read_operands(arguments[3]);
  std::FILE* output = std::fopen(arguments[4], "wb");
  const auto data = std::make_unique<Data>();
  for (const Operation& operation : kOperations) {
    if (output == nullptr || operands.empty() || std::strcmp(operation.name, arguments[2]) != 0) continue;
    const pid_t process = fork();
    if (process == 0) child(operation, *data);
    const bool good = single_step::follow(process, operands, output);
    std::fclose(output);
    return good ? 0 : 1;
  }
  return 2;
}
