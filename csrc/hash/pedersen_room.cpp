#include "hash/pedersen_room.hpp"

#include <atomic>
#include <bit>

namespace starkcore {
namespace {

constexpr std::size_t kPlaces = 64;

// Memory of the process only as far as it has been used.
alignas(kBatchRoomAlignment) u8 rooms[kPlaces][kBatchRoomBytes];

// A bit for each place that is free. The lowest is taken first: that of a single thread stays in its caches.
std::atomic<u64> free_places{~u64{0}};

}  // namespace

BatchRoom::BatchRoom() noexcept : place_(0), memory_(nullptr) {
  u64 free = free_places.load(std::memory_order_relaxed);
  while (free != 0) {
    const u64 lowest = free & (~free + 1);
    if (!free_places.compare_exchange_weak(free, free & ~lowest, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
      continue;
    }
    place_ = lowest;
    memory_ = rooms[std::countr_zero(lowest)];
    return;
  }
}

BatchRoom::~BatchRoom() { free_places.fetch_or(place_, std::memory_order_release); }

}  // namespace starkcore
