// Keccak-256 as Ethereum uses it: Keccak[512] with the padding of the original submission, 0x01 … 0x80. (SHA3-256
// has the same permutation and pads with 0x06: other digests.)
//
// Data and digest may be secret: constant time in their values, the length is public; the state is wiped.
#pragma once

#include "base/word.hpp"

namespace starkcore {

// out = Keccak-256 of the data, which may be nullptr when size is 0. One permutation for each begun 136 bytes, and
// one more when size is a multiple of 136.
void keccak256(u8 out[32], const u8* data, std::size_t size);

}  // namespace starkcore
