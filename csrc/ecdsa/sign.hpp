// Signing: nonces from RFC 6979, attempts by an engine, and the next nonce where StarkEx's bounds refuse one.
#pragma once

#include "engine/engine.hpp"

namespace starkcore {

// What RFC 6979 gets besides key and message hash. Secret.
struct NonceExtra {
  U256 seed;                // the counter's first value; 0 for none
  const u8* extra_entropy;  // nullptr or 32 bytes
};

// A nonce is refused when r or w is 2^251 or more, each of which happens once in 2^54.9 times: with
// a probability of 2^-53.9. So the second try is the last that anybody will see.
inline constexpr int kMaxTries = 128;

// out[i] = the signature of message_hashes[i] (< 2^251) under key, 0 < key < n. False where
// kMaxTries nonces were refused in a row, or the counter would pass 2^256, with out all zero. Key
// and extra are secret; constant time but for the number of refused nonces.
bool sign_messages(Signature* out, const U256* message_hashes, std::size_t count, const U256& key,
                   const NonceExtra& extra, const Engine& engine);

}  // namespace starkcore
