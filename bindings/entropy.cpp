#include "entropy.hpp"

#if defined(_WIN32)
// <bcrypt.h> needs the types of <windows.h>, which includes nothing of the kind: the order is not the formatter's.
// clang-format off
#include <windows.h>
#include <bcrypt.h>
// clang-format on
#else
#include <unistd.h>
#if defined(__APPLE__) || defined(__linux__)
#include <sys/random.h>
#endif
#endif

namespace binding {

bool system_entropy(void* out, std::size_t size) noexcept {
#if defined(_WIN32)
  return BCryptGenRandom(nullptr, static_cast<PUCHAR>(out), static_cast<ULONG>(size),
                         BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
#else
  return getentropy(out, size) == 0;
#endif
}

}  // namespace binding
