// How the items of a batch are handed out to the threads that work on it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace binding {

// The items 0 … total in chunks, handed out in order, to any number of threads.
//
// A chunk is half of a thread's share of what is left, and not more than `most`: large ones first,
// so that little is asked for, and small ones at the end, so that a thread that is done, because
// the other was held up or began later, waits for little. With chunks of one size it may wait for a
// whole one: an eighth of 4 096 items. With one thread nobody waits, and all have `most`.
class Chunks {
 public:
  // What the core takes at a time: fewer items share too little.
  static constexpr std::size_t kLeast = 32;

  // most: a multiple of kLeast
  Chunks(std::size_t total, std::size_t most, std::size_t threads) : total_(total), most_(most), threads_(threads) {}

  bool take(std::size_t& start, std::size_t& count) {
    if (stopped_.load(std::memory_order_relaxed)) return false;
    start = next_.load(std::memory_order_relaxed);
    do {
      if (start >= total_) return false;
      count = size_of_next(total_ - start);
    } while (!next_.compare_exchange_weak(start, start + count, std::memory_order_relaxed));
    return true;
  }

  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  std::size_t size_of_next(std::size_t left) const {
    const std::size_t share = threads_ == 1 ? most_ : left / (2 * threads_) / kLeast * kLeast;
    return std::min(left, std::min(most_, std::max(kLeast, share)));
  }

  const std::size_t total_, most_, threads_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace binding
