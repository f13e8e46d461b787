// In place of csrc/field/fn.hpp: the integers mod a tiny n, by nothing but C++'s division. Same
// names, same meaning; and any integer is an argument of to_fn(), since x-coordinates are larger
// than n here.
#pragma once

#include "field/inversion.hpp"

namespace starkcore {

struct Fn {
  U256 v;  // in [0, n)
};

inline constexpr Fn kFnOne{u256(1)};

inline u64 mod_n(const U256& a) {
  constexpr u64 limb = (~u64{0} % TINY_ORDER + 1) % TINY_ORDER;  // 2^64 mod n
  u64 rest = 0;
  for (int i = 3; i >= 0; --i) rest = (rest * limb + a.w[i] % TINY_ORDER) % TINY_ORDER;
  return rest;
}

inline Fn to_fn(const U256& a) { return Fn{u256(mod_n(a))}; }
inline U256 from_fn(const Fn& a) { return a.v; }
inline Fn operator+(const Fn& a, const Fn& b) { return Fn{u256((a.v.w[0] + b.v.w[0]) % TINY_ORDER)}; }
inline Fn operator*(const Fn& a, const Fn& b) { return Fn{u256(a.v.w[0] * b.v.w[0] % TINY_ORDER)}; }
inline Fn sqr(const Fn& a) { return a * a; }
inline Mask mask_if_zero(const Fn& a) { return mask_if_zero(a.v); }

// a^(n − 2); 0 gives 0.
inline Fn inverse(const Fn& a) {
  Fn out = kFnOne;
  for (u64 i = 2; i < TINY_ORDER; ++i) out = out * a;
  return out;
}
inline Fn inverse_var(const Fn& a) { return inverse(a); }

}  // namespace starkcore
