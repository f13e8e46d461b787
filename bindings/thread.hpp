// A thread with a stack of a known size, which says so when it can't be had, and throws nothing.
#pragma once

#include <cstddef>

#if defined(_WIN32)
#include <system_error>
#include <thread>
#else
#include <pthread.h>
#endif

namespace binding {

// The stack of each thread of ours: ten times what a call takes (starkcore.h), as a program's
// thread-local variables and sanitizers take their share of it. Memory only as far as it is used.
// On Windows a thread has what the program's header says, one megabyte by default.
inline constexpr std::size_t kThreadStack = std::size_t{512} << 10;

// What a thread does: body(argument), which throws nothing.
struct Task {
  void (*body)(const void*);
  const void* argument;
};

class Thread {
 public:
  // Does the task, which must not pass away, until join(). False: the system has no more threads,
  // or no memory for one.
  bool start(const Task& task) noexcept;

  void join() noexcept;

 private:
#if defined(_WIN32)
  std::thread thread_;
#else
  pthread_t thread_;
#endif
};

}  // namespace binding
