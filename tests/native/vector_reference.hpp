// What vector arithmetic is compared with, random inputs, and a test of whole engines.
#pragma once

#include <array>

#include "check.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"

namespace starkcore::test {

// ---- A reference that shares nothing with the library: integers mod p, shifting and subtracting
// ----------------------

struct Reference {
  U256 v;
};

inline Reference ref_add(const Reference& a, const Reference& b) {
  Reference out;
  U256 reduced;
  add(out.v, a.v, b.v);
  if (sub(reduced, out.v, kP) == 0) out.v = reduced;
  return out;
}

inline Reference ref_negate(const Reference& a) {
  Reference out{};
  if (!is_zero_var(a.v)) sub(out.v, kP, a.v);
  return out;
}

inline Reference ref_mul(const Reference& a, const Reference& b) {
  Reference out{};
  for (int i = 251; i >= 0; --i) {
    out = ref_add(out, out);
    if (bits(b.v, static_cast<unsigned>(i), 1) != 0) out = ref_add(out, a);
  }
  return out;
}

inline Reference ref_sub(const Reference& a, const Reference& b) { return ref_add(a, ref_negate(b)); }

// Σ d[k]·2^(width·k)
template <int width>
Reference ref_digits(const std::array<i64, 5>& d) {
  Reference out{};
  for (int k = 4; k >= 0; --k) {
    for (int i = 0; i < width; ++i) out = ref_add(out, out);
    const i64 digit = d[static_cast<std::size_t>(k)];
    const Reference size{u256(static_cast<u64>(digit < 0 ? -digit : digit))};
    out = ref_add(out, digit < 0 ? ref_negate(size) : size);
  }
  return out;
}

// ---- Inputs ----------------------------------------------------------------------------------------------------

inline u64 state = 0x9e3779b97f4a7c15;

inline u64 random_word() {  // xorshift64*
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

inline U256 random_below(const U256& bound) {
  for (;;) {
    U256 a{{random_word(), random_word(), random_word(), random_word() >> 4}};
    if (random_word() % 4 == 0) a.w[random_word() % 4] = random_word() % 2 == 0 ? 0 : ~u64{0} >> 4;  // runs
    if (less_var(a, bound)) return a;
  }
}

// The engine against the portable one, at the edges and on many inputs; verification against its
// definition; and the caller's floating-point state. (vector_engine.cpp)
void test_engine(const Engine& with);

}  // namespace starkcore::test
