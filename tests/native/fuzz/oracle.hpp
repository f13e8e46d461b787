// What must hold whatever the input: the same answer from any engine, and from both ways to invert secrets.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "input.hpp"
#include "starkcore.h"

namespace starkcore::fuzz {

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "does not hold: %s (engine %s, strict %d)\n", what, starkcore_engine(), starkcore_strict());
  std::abort();
}

#define HOLDS(condition)                                   \
  do {                                                     \
    if (!(condition)) ::starkcore::fuzz::fail(#condition); \
  } while (0)

// Statuses and outputs of a call, or of several.
class Answer {
 public:
  Answer& operator<<(const Bytes& bytes) { return put(bytes.data(), bytes.size()); }
  Answer& operator<<(starkcore_status status) { return put(&status, sizeof status); }
  Answer& operator<<(const Answer& other) { return *this << other.said_; }
  template <class T>
  Answer& put(const T* data, std::size_t size) {
    const u8* bytes = reinterpret_cast<const u8*>(data);
    said_.insert(said_.end(), bytes, bytes + size);
    return *this;
  }
  bool operator==(const Answer& other) const { return said_ == other.said_; }

 private:
  Bytes said_;
};

// What an input is tried with besides the portable engine and blinded inversion.
struct Mode {
  std::size_t engine = 0;
  int strict = 0;
};
inline Mode mode;

inline void choose_mode(u8 byte) {
  std::size_t count = 0;
  while (starkcore_engine_at(count) != nullptr) ++count;
  mode = Mode{byte % count, byte >> 7};
}

inline void use(std::size_t engine, int strict) {
  HOLDS(starkcore_use_engine(starkcore_engine_at(engine)) == STARKCORE_OK);
  starkcore_use_strict(strict);
}

// ask() gives an Answer: with the portable engine, which is the last one, and again with the engine
// of the mode, or strictly for secrets.
template <class Ask>
void in_two_modes(const char* what, Ask ask) {
  std::size_t portable = 0;
  while (starkcore_engine_at(portable + 1) != nullptr) ++portable;
  use(portable, 0);
  const Answer expected = ask();
  use(mode.engine, mode.strict);
  if (!(ask() == expected)) fail(what);
}

inline bool all_zero(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](u8 byte) { return byte == 0; });
}

}  // namespace starkcore::fuzz
