#include "thread.hpp"

#include <new>

namespace binding {

#if defined(_WIN32)

bool Thread::start(const Task& task) noexcept {
  try {
    thread_ = std::thread(task.body, task.argument);
    return true;
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  return false;
}

void Thread::join() noexcept { thread_.join(); }

#else

bool Thread::start(const Task& task) noexcept {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  const auto begin = [](void* data) -> void* {
    const Task& mine = *static_cast<const Task*>(data);
    mine.body(mine.argument);
    return nullptr;
  };
  const bool started = pthread_attr_setstacksize(&attributes, kThreadStack) == 0 &&
                       pthread_create(&thread_, &attributes, begin, const_cast<Task*>(&task)) == 0;
  (void)pthread_attr_destroy(&attributes);
  return started;
}

void Thread::join() noexcept { (void)pthread_join(thread_, nullptr); }

#endif

}  // namespace binding
