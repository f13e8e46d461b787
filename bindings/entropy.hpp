// Random bytes from the operating system, straight into native memory.
#pragma once

#include <cstddef>

namespace binding {

// Fill `size` bytes (at most 256) from the system's generator. False when it can't answer: then nothing may be used.
bool system_entropy(void* out, std::size_t size) noexcept;

}  // namespace binding
