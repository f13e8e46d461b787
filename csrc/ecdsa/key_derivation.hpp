// Private keys from other secrets: keccak >> 5, and grind_key. Inputs and results are secret, lengths public.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

// keccak256(data) >> 5: dYdX's private_key_from_bytes. Below 2^251, so below n; 0 with probability 2^-251.
void key_from_data(U256& key, const u8* data, std::size_t size);

inline constexpr std::size_t kTypedSignature = 66;

// Whether v and type are those of a typed Ethereum signature, and if so its 66 bytes with v = 27 or
// 28: `size` is 66, or 65 where the type is left out, which makes it 0. r and s are secret, v and
// type are not.
bool complete_typed_signature(u8 typed[kTypedSignature], const u8* signature, std::size_t size);

inline constexpr std::size_t kMaxGrindSeed = 64;

// StarkEx's grind_key: the first of sha256(seed ‖ i), i = 0, 1, … that is below 31·n, mod n; i as
// minimal bytes, one at least. 1 <= size <= kMaxGrindSeed. How many were thrown away is
// declassified: hashes that are not used tell nothing of the one that is. False when 2^16 were
// thrown away, which nobody will see.
bool grind_key(U256& key, const u8* seed, std::size_t size);

// The number of leading zero bytes, but not the last byte; that number is declassified. Some
// implementations pass their input through an integer and so lose them, and one wallet in 256 gets
// another key from it.
std::size_t leading_zero_bytes(const u8* data, std::size_t size);

}  // namespace starkcore
