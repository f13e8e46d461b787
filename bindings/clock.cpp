#include "clock.hpp"

#if defined(_WIN32)
#include <windows.h>
#else
#include <time.h>
#endif

namespace binding {

std::uint64_t milliseconds() noexcept {
#if defined(_WIN32)
  return GetTickCount64();
#else
  timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000000;
#endif
}

}  // namespace binding
