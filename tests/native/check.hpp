// What the native tests share: CHECK, the summary, and hex text. A test program is a main() that ends in `return
// summary();`.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/limbs.hpp"

namespace starkcore::test {

inline int passed = 0, failed = 0;

// Count a check; one that fails is named. `what` says which case of a table it was.
inline void check(bool good, const char* expression, const char* file, int line, const std::string& what = {}) {
  ++(good ? passed : failed);
  if (!good) std::printf("%s:%d: %s %s\n", file, line, expression, what.c_str());
}

#define CHECK(condition) ::starkcore::test::check((condition), #condition, __FILE__, __LINE__)
#define CHECK_CASE(condition, what) ::starkcore::test::check((condition), #condition, __FILE__, __LINE__, (what))

// Print the counts; the program's exit status.
inline int summary() {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

using Bytes = std::vector<u8>;

inline Bytes bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

inline std::string hex(const u8* data, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    for (const int nibble : {data[i] >> 4, data[i] & 15}) out += "0123456789abcdef"[nibble];
  }
  return out;
}

// The number that up to 64 hex digits write, in lower case.
inline U256 number(std::string_view digits) {
  U256 out{};
  for (const char digit : digits) {
    out = shift_left(out, 4);
    out.w[0] |= static_cast<u64>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  return out;
}

}  // namespace starkcore::test
