// Native memory that may hold a secret: cleared, and seen to be cleared, when it goes out of scope.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace binding {

// Zero `size` bytes. The barrier keeps the compiler from dropping the stores as dead.
inline void wipe(void* data, std::size_t size) noexcept {
  std::memset(data, 0, size);
#if defined(_MSC_VER) && !defined(__clang__)
  _ReadWriteBarrier();
  [[maybe_unused]] volatile const char* seen = static_cast<const char*>(data);
  if (size != 0) (void)*seen;
#else
  __asm__ __volatile__("" : : "r"(data) : "memory");
#endif
}

// N bytes that are wiped on every way out of a function, exceptions included. Not copyable: one place, one wipe.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() noexcept = default;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(bytes_.data(), N); }

  std::uint8_t* data() noexcept { return bytes_.data(); }
  const std::uint8_t* data() const noexcept { return bytes_.data(); }
  static constexpr std::size_t size() noexcept { return N; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace binding
