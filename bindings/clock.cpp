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

double seconds_since_epoch() noexcept {
#if defined(_WIN32)
  FILETIME now;  // in tenths of a microsecond since the year 1601
  GetSystemTimeAsFileTime(&now);
  const std::uint64_t tenths = std::uint64_t{now.dwHighDateTime} << 32 | now.dwLowDateTime;
  return static_cast<double>(tenths - 116444736000000000) / 1e7;
#else
  timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
  return static_cast<double>(static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec) / 1e9;
#endif
}

}  // namespace binding
