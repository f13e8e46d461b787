// Inverting a secret: in variable time behind a blind, or, in strict mode, in constant time.
//
// The blind for a value x is b = SHA-256(x ‖ tag): one call of the compression function on one
// block of fixed length, without padding, and x⁻¹ = b·(x·b)⁻¹, where x·b is inverted in variable
// time. All that this time can depend on is x·b, so let an observer know x·b. Values that are
// inverted here are unguessable: products of denominators of k·G, or of k·(m + r·d), for secret
// nonces k; denominators of d·G for secret keys d. To whom that can't hash the right x, the
// compression function's output is taken to say nothing (x has more than 250 unknown bits, and the
// block is never hashed for another purpose), so b is uniform to them in [0, 2^251), which is all
// but 2^-55 of the field, and then so is x·b, whatever x is:
//
//  - Another x, another b. No two values share a blind, so no quotient of secrets can be had from
//    two blinded ones. That holds for messages of the observer's choice, and in batches, where x is
//    the product of all and b depends on all.
//  - The same x again gives the same x·b: the same time once more, and nothing new.
//  - There is no state and no random generator that could fail, repeat or be copied by a fork.
//
// What is left to an observer is to guess x and compare, which is no better than to guess k or d
// and compare with the signature or the public key.
#pragma once

#include "base/secret.hpp"
#include "field/fn.hpp"
#include "field/fp.hpp"

namespace starkcore {

// Whether strict mode is on: no secret is inverted in variable time. Off unless the environment
// variable STARKCORE_STRICT is set to something but "0" when it is first asked. One relaxed load.
bool strict_in_use();

void use_strict(bool strict);

// A number in [1, 2^251) for a secret value: its hash. Secret; constant time.
void make_blind(U256& blind, const U256& value);

namespace STARKCORE_ENGINE {

// x⁻¹ by way of (x·b)⁻¹, x != 0. Element is Fp<1> or Fn, whose product `multiply` gives in
// canonical form; invert_var is the inversion of a U256 in variable time. Nothing but x·b is known
// to it.
template <class Element, class Multiply>
STARKCORE_INLINE Element invert_blinded(const Element& x, Multiply multiply, U256 (*invert_var)(const U256&)) {
  Element blind;
  make_blind(blind.v, x.v);
  Element blinded = multiply(x, blind);
  declassify(&blinded, sizeof blinded);
  const Element out = multiply(Element{invert_var(blinded.v)}, blind);
  wipe(blind);
  return out;
}

// x⁻¹ for a secret x != 0.
STARKCORE_INLINE Fp<1> inverse_secret(const Fp<2>& x) {
  if (strict_in_use()) return inverse(x);
  return invert_blinded(
      reduce(x), [](const Fp<1>& a, const Fp<1>& b) { return reduce(a * b); }, invert_mod_p_var);
}

STARKCORE_INLINE Fn inverse_secret(const Fn& x) {
  if (strict_in_use()) return inverse(x);
  return invert_blinded(
      x, [](const Fn& a, const Fn& b) { return a * b; }, invert_mod_n_var);
}

}  // namespace STARKCORE_ENGINE
}  // namespace starkcore
