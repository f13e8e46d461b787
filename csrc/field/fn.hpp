// Fn: scalars mod n, the order of the group.
//
// Representation: a·2^256 mod n (Montgomery form), always in [0, n). n has no special form, and scalars are not where
// the time goes: one engine, no lazy reduction.
//
// Constant time, but for the names in _var. Any of it may see secrets.
#pragma once

#include "field/inversion.hpp"

namespace starkcore {

struct Fn {
  U256 v;
};

inline constexpr Fn kFnOne{pow2_mod(256, kN)};
inline constexpr Fn kFnR2{pow2_mod(512, kN)};
inline constexpr u64 kMinusInverseN = 0 - inverse_mod_2_64(kN.w[0]);

// a or a − n, whichever is in [0, n), for a < 2n.
STARKCORE_INLINE U256 subtract_n_once(const U256& a) {
  U256 reduced;
  const Mask below = mask_from_bit(sub(reduced, a, kN));
  return select(below, a, reduced);
}

STARKCORE_INLINE Fn operator+(const Fn& a, const Fn& b) {
  U256 sum;
  add(sum, a.v, b.v);
  return Fn{subtract_n_once(sum)};
}

// a·b. A function of its own, in one place: a signature has some fifteen of them, and their code in
// place would be most of what it fetches after a program has done something else.
Fn operator*(const Fn& a, const Fn& b);

STARKCORE_INLINE Fn sqr(const Fn& a) { return a * a; }

// The scalar of an integer a < 2n. Every value below p is.
STARKCORE_INLINE Fn to_fn(const U256& a) { return Fn{subtract_n_once(a)} * kFnR2; }

// The integer in [0, n).
STARKCORE_INLINE U256 from_fn(const Fn& a) { return (a * Fn{U256{{1, 0, 0, 0}}}).v; }

STARKCORE_INLINE Mask mask_if_zero(const Fn& a) { return mask_if_zero(a.v); }

// a⁻¹; 0 gives 0.
STARKCORE_INLINE Fn inverse(const Fn& a) { return Fn{invert(a.v, kInvertModN)}; }
STARKCORE_INLINE Fn inverse_var(const Fn& a) { return Fn{invert_mod_n_var(a.v)}; }

}  // namespace starkcore
