// Every function of the C interface, under a fuzzer: the first byte of an input chooses one of the
// targets, the second an engine, the others are its numbers, keys and texts (input.hpp). A target
// asks several functions, or engines, or ways to call, that must agree. tests/checks/fuzz_native.py
// builds and runs this with libFuzzer.
//
// With STARKCORE_FUZZ_REPLAY it is a program of its own, which takes the inputs that are named, each once.
#include "columns.hpp"
#include "ecdsa.hpp"
#include "keys.hpp"
#include "messages.hpp"
#include "orders.hpp"

namespace {

using namespace starkcore::fuzz;

struct Target {
  const char* name;
  void (*run)(Input&);
};

constexpr Target kTargets[] = {
    {"build", build},
    {"hash", hash},
    {"pedersen", pedersen},
    {"key", key},
    {"derivation", derivation},
    {"sign", sign},
    {"verify", verify},
    {"message", message},
    {"amount", amount},
    {"order", order},
    {"columns", columns},
    {"poseidon", poseidon},
    {"lists", lists},
    {"messages", messages},
    {"message_table", message_table},
};
constexpr std::size_t kCount = sizeof kTargets / sizeof kTargets[0];

// The only target to run, by STARKCORE_FUZZ_TARGET; kCount for all.
std::size_t chosen() {
  const char* const name = std::getenv("STARKCORE_FUZZ_TARGET");
  for (std::size_t i = 0; name != nullptr && i < kCount; ++i) {
    if (std::strcmp(kTargets[i].name, name) == 0) return i;
  }
  return kCount;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::size_t only = chosen();
  if (size == 0) return 0;
  const std::size_t target = data[0] % kCount;
  if (only != kCount && only != target) return 0;
  Input in(data + 1, size - 1);
  choose_mode(in.byte());
  kTargets[target].run(in);
  return 0;
}

#if defined(STARKCORE_FUZZ_REPLAY)
#include <fstream>
#include <iterator>

int main(int count, char** paths) {
  for (int i = 1; i < count; ++i) {
    std::ifstream file(paths[i], std::ios::binary);
    const std::vector<std::uint8_t> data((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::fprintf(stderr, "%s\n", paths[i]);
    LLVMFuzzerTestOneInput(data.data(), data.size());
  }
  return 0;
}
#endif
