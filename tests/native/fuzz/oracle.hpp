// What must hold whatever the input: the same answer from every engine, and from both ways to invert secrets.
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

// ask() gives an Answer, which must be the same with every engine.
template <class Ask>
Answer with_every_engine(const char* what, Ask ask) {
  Answer first;
  for (std::size_t i = 0; starkcore_engine_at(i) != nullptr; ++i) {
    HOLDS(starkcore_use_engine(starkcore_engine_at(i)) == STARKCORE_OK);
    const Answer found = ask();
    if (i == 0) first = found;
    if (!(found == first)) fail(what);
  }
  HOLDS(starkcore_use_engine(starkcore_engine_at(0)) == STARKCORE_OK);
  return first;
}

// The same in strict mode, too: for what takes secrets.
template <class Ask>
Answer in_every_mode(const char* what, Ask ask) {
  starkcore_use_strict(0);
  const Answer blinded = with_every_engine(what, ask);
  starkcore_use_strict(1);
  if (!(with_every_engine(what, ask) == blinded)) fail(what);
  starkcore_use_strict(0);
  return blinded;
}

inline bool all_zero(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](u8 byte) { return byte == 0; });
}

}  // namespace starkcore::fuzz
