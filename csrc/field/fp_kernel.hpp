// The contract of the field's kernels, and which of them an engine has.
//
// A kernel takes 256-bit integers a, b (and c, d) and gives the Montgomery product a·b / 2^256 mod
// p, or (portable) that of a·b + c·d, as a number in (0, 2p), provided that a·b (+ c·d) <= 31·p²
// (docs/mathematics.md). Zero comes out as p. Outputs may be inputs. Constant time.
//
// p = 1 + T·2^192 with T = 2^59 + 17, and p ≡ 1 mod 2^64, so the Montgomery quotient's digits are
// the low limbs themselves: subtracting q·p clears limb i when q_i is that limb. Only the products
// q_i·T have to be computed, and they land three limbs higher, so q0, q1, q2 are the product's
// three lowest limbs as they stand. Cost: 16 + 4 word multiplications, 10 + 4 for a square.
#pragma once

#include "field/constants.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr u64 kPTop = kP.w[3];  // T

}  // namespace starkcore::STARKCORE_ENGINE

#if defined(STARKCORE_ENGINE_ADX)
#include "field/fp_adx.hpp"
#elif defined(STARKCORE_ENGINE_AARCH64)
#include "field/fp_aarch64.hpp"
#else
#include "field/fp_portable.hpp"
#endif
