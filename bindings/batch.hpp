// Batches: chunks of items in one thread or several, without the interpreter's lock, and Ctrl-C heard in between.
#pragma once

#include <algorithm>
#include <mutex>

#include "chunks.hpp"
#include "clock.hpp"
#include "convert.hpp"
#include "thread.hpp"

namespace binding {

inline constexpr std::size_t kMostThreads = 256;

// The parameter `threads`: how many may work on a batch, the calling one included.
std::size_t read_threads(py::handle value);

// The first item that failed, or none.
struct Failure {
  starkcore_status status = STARKCORE_OK;
  std::size_t index = 0;
};

// Which of `count` statuses is the first that isn't STARKCORE_OK; count when all are.
inline std::size_t failed_item(const starkcore_status* statuses, std::size_t count) {
  std::size_t i = 0;
  while (i < count && statuses[i] == STARKCORE_OK) ++i;
  return i;
}

// Raises it. `first` is the place of the batch's first item in the whole.
inline void check(const Failure& failure, std::size_t first = 0) {
  check(failure.status, nullptr, static_cast<Py_ssize_t>(first + failure.index));
}

// The interpreter's lock, let go for the lifetime of this object but while hears_signal() asks.
class WithoutLock {
 public:
  WithoutLock() : state_(PyEval_SaveThread()), asked_(milliseconds()) {}
  ~WithoutLock() { PyEval_RestoreThread(state_); }
  WithoutLock(const WithoutLock&) = delete;
  WithoutLock& operator=(const WithoutLock&) = delete;

  // Whether a signal's handler has raised an exception, which is then set. Python is asked every 20
  // milliseconds at most: more often would cost a batch its place among threads that want the lock,
  // too.
  bool hears_signal() {
    if (milliseconds() - asked_ < 20) return false;
    PyEval_RestoreThread(state_);
    const bool raised = PyErr_CheckSignals() != 0;
    state_ = PyEval_SaveThread();
    asked_ = milliseconds();
    return raised;
  }

 private:
  PyThreadState* state_;
  std::uint64_t asked_;
};

// The first failure of a batch. Chunks are handed out in order, and none once an item has failed,
// so the first failure of all is among those that are reported.
class FirstFailure {
 public:
  void report(const Failure& failure, Chunks& chunks) {
    if (failure.status == STARKCORE_OK) return;
    chunks.stop();
    const std::lock_guard<std::mutex> guard(mutex_);
    if (first_.status == STARKCORE_OK || failure.index < first_.index) first_ = failure;
  }

  const Failure& first() const { return first_; }

 private:
  std::mutex mutex_;
  Failure first_;
};

// Threads that are joined on every way out. Making them throws nothing: a batch is done by those that
// there are.
class Team {
 public:
  // As many as there may be and the system has, each with body(), which throws nothing.
  // size < kMostThreads
  template <class Body>
  Team(std::size_t size, const Body& body) noexcept
      : task_{[](const void* what) { (*static_cast<const Body*>(what))(); }, &body} {
    while (count_ < size && threads_[count_].start(task_)) ++count_;
  }
  ~Team() {
    while (count_ > 0) threads_[--count_].join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

 private:
  const Task task_;
  std::size_t count_ = 0;
  Thread threads_[kMostThreads];
};

// Call work(start, count) over [0, total) in chunks of at most `chunk` items, in up to `threads`
// threads, this one among them. work() returns a Failure, throws nothing, and touches no Python
// object. The first failure of all is returned. An exception of a signal's handler is thrown once
// the chunks under way are done.
template <class Work>
Failure run_batch(std::size_t total, std::size_t chunk, std::size_t threads, const Work& work) {
  constexpr std::size_t least = 64;  // fewer items aren't worth a thread
  const std::size_t workers = std::max(std::size_t{1}, std::min(threads, (total + least - 1) / least));
  Chunks chunks(total, chunk, workers);
  FirstFailure failures;
  const auto work_off = [&](const auto& go_on) {
    std::size_t start, count;
    while (go_on() && chunks.take(start, count)) failures.report(work(start, count), chunks);
  };
  bool raised = false;
  {
    WithoutLock unlocked;
    const auto help = [&] { work_off([] { return true; }); };
    const Team team(workers - 1, help);
    work_off([&] {
      raised = raised || unlocked.hears_signal();
      if (raised) chunks.stop();
      return !raised;
    });
  }
  if (raised || PyErr_CheckSignals() != 0) throw ErrorIsSet{};
  return failures.first();
}

}  // namespace binding
