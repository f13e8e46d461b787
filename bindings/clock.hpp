// The system's clocks.
#pragma once

#include <cstdint>

namespace binding {

// By the system's own calls: clang 14 and 15 can't read <chrono> of gcc's library 14, which they
// take where that is the newest.

// Milliseconds of a clock that only goes forward: for intervals, not for dates.
std::uint64_t milliseconds() noexcept;

// Seconds since the epoch, as time.time() has them.
double seconds_since_epoch() noexcept;

}  // namespace binding
