// Batches of Pedersen hashes where all places of hash/pedersen_room.hpp are taken, against hashes one by one; and
// places that are given back.
#include <optional>
#include <vector>

#include "base/cpu.hpp"
#include "check.hpp"
#include "hash/pedersen_room.hpp"
#include "starkcore.h"

namespace starkcore::test {
namespace {

constexpr std::size_t kPlaces = 64, kHashes = 70;

// All hashes of a batch, and those of single calls.
void check_batch(const std::string& what) {
  Bytes as(32 * kHashes), bs(32 * kHashes), many(32 * kHashes), one(32);
  for (std::size_t i = 0; i < as.size(); ++i) {
    as[i] = static_cast<u8>(i % 32 == 0 ? 0 : 7 * i + 1), bs[i] = static_cast<u8>(i % 32 == 0 ? 1 : 5 * i + 3);
  }
  std::size_t bad = 0;
  CHECK_CASE(starkcore_pedersen_many(many.data(), &bad, as.data(), bs.data(), kHashes) == STARKCORE_OK, what);
  CHECK_CASE(bad == kHashes, what);
  for (std::size_t i = 0; i < kHashes; ++i) {
    CHECK_CASE(starkcore_pedersen(one.data(), &as[32 * i], &bs[32 * i]) == STARKCORE_OK, what);
    CHECK_CASE(std::memcmp(one.data(), &many[32 * i], 32) == 0, what);
  }
}

void check_engine(const std::string& engine) {
  check_batch(engine + ", places free");
  std::vector<std::optional<BatchRoom>> taken(kPlaces);
  for (std::optional<BatchRoom>& room : taken) CHECK_CASE(room.emplace().memory() != nullptr, engine);
  for (std::size_t i = 0; i < kPlaces; ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK_CASE(taken[i]->memory() != taken[j]->memory(), engine);
  }
  {
    const BatchRoom none;
    CHECK_CASE(none.memory() == nullptr, engine);
    check_batch(engine + ", no place free");
  }
  // What had none gives none back; what had one does.
  CHECK_CASE(BatchRoom().memory() == nullptr, engine);
  void* const last = taken.back()->memory();
  taken.back().reset();
  CHECK_CASE(BatchRoom().memory() == last, engine);
  check_batch(engine + ", one place free");
}

}  // namespace
}  // namespace starkcore::test

int main() {
  for (std::size_t i = 0; const char* name = starkcore_engine_at(i); ++i) {
    if (starkcore_use_engine(name) == STARKCORE_OK) starkcore::test::check_engine(name);
  }
  return starkcore::test::summary();
}
