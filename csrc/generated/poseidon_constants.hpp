// The constants of Poseidon's permutation, which csrc/tools/generate_poseidon.py writes; docs/mathematics.md says what they are.
//
// Each is there in the forms in which engines hold elements: a·2^256 mod p; a itself in digits of 51 bits; a·2^260 mod p in digits of 52.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

inline constexpr int kPoseidonEndRounds = 4;       // full rounds at each end
inline constexpr int kPoseidonPartialRounds = 83;  // between them
inline constexpr int kPoseidonRaised = 7;          // the multiples of p that are in the integers of kPoseidonInside
inline constexpr int kPoseidonRaised8 = 160;       // and in the digits of 52 bits of the three first of kPoseidonLast

// Digits of 52 bits are those of what eight lanes add (docs/vector-arithmetic.md). In kPoseidonInside it is what the constants have made
// of S until then, and in kPoseidonLast what is left of that (docs/mathematics.md). Elsewhere than in these three, they are what a
// product's columns begin with, times 2^260 once more.
struct PoseidonConstant {
  U256 integer;
  u64 digits51[5], digits52[5];
};

// Three before the first round and after each of the four first ones; one for each partial round; three before the four last full ones.
alignas(64) extern const PoseidonConstant kPoseidonFirst[3 * (kPoseidonEndRounds + 1)];
alignas(64) extern const PoseidonConstant kPoseidonInside[kPoseidonPartialRounds];
alignas(64) extern const PoseidonConstant kPoseidonLast[3 * kPoseidonEndRounds];

// Factors from plain integers to elements at the permutation's entry, as they are scaled and held there; and from those at its exit to
// plain integers.
alignas(64) extern const PoseidonConstant kPoseidonEnter, kPoseidonLeave;

}  // namespace starkcore
