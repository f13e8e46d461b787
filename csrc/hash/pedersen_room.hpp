// Room for a batch of Pedersen hashes, which would take too much of a thread's stack. Public data.
//
// There is a fixed number of places. A batch takes one and gives it back: no memory is asked for, and
// nobody waits. Where all of them are taken there is none, and hashes are computed one by one. A
// child that is forked in the midst of a batch of another thread has one place less.
#pragma once

#include "base/word.hpp"

namespace starkcore {

inline constexpr std::size_t kBatchRoomBytes = 96 << 10, kBatchRoomAlignment = 64;

class BatchRoom {
 public:
  BatchRoom() noexcept;
  ~BatchRoom();
  BatchRoom(const BatchRoom&) = delete;
  BatchRoom& operator=(const BatchRoom&) = delete;

  // nullptr: all places are taken.
  void* memory() const { return memory_; }

 private:
  u64 place_;  // its bit; 0: none
  void* memory_;
};

}  // namespace starkcore
