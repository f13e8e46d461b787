// Time as it passes: for intervals, not for dates.
#pragma once

#include <cstdint>

namespace binding {

// Milliseconds of a clock that only goes forward. By the system's own call: clang 14 and 15 can't
// read <chrono> of gcc's library 14, which they take where that is the newest.
std::uint64_t milliseconds() noexcept;

}  // namespace binding
