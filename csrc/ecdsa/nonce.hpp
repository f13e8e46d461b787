// Nonces for ECDSA: RFC 6979 with HMAC-SHA256 and q = n, as StarkEx uses it.
//
// A NonceGenerator holds what the nonce depends on: message hash, key, a counter and extra entropy. Everything but the
// message hash is secret, and so are the nonces; all of it is wiped when the object goes.
//
// The departure from the RFC. StarkWare's Python multiplies the message hash m by 16 where its bit
// length is 249 … 252 ("one nibble short", for agreement with elliptic.js), writes it as minimal
// big-endian bytes, and python-ecdsa's bits2octets then drops the four lowest of 256 bits because n
// has 252: the two cancel. Shorter hashes take at most 248 bits, and nothing is shifted. So for
// every m < 2^251 (< n: nothing to subtract) the octets are simply m in 32 bytes. Without the
// multiplication, hashes of 249 bits and more would lose their last nibble. m = 0 has no minimal
// bytes; its 32 zero bytes are this library's extension of that rule, to what python-ecdsa doesn't
// define.
//
// Extra data (RFC 6979, section 3.6) is the counter as minimal big-endian bytes, none for zero, then 32 bytes of extra
// entropy where they are given. StarkEx counts up when a signature does not meet its bounds; so does a caller here.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

class NonceGenerator {
 public:
  // message_hash < 2^251, public; 0 < key < n. seed: the counter's first value, zero for none; its length in bytes
  // is public. extra_entropy: nullptr, or 32 bytes; whether it is there is public.
  NonceGenerator(const U256& message_hash, const U256& key, const U256& seed, const u8* extra_entropy);
  ~NonceGenerator();
  NonceGenerator(const NonceGenerator&) = delete;
  NonceGenerator& operator=(const NonceGenerator&) = delete;

  // The first candidate in [1, n) for the current counter; the same again until count_up(). Constant time, but for how
  // many candidates were refused: each is 252 bits of HMAC output, about half are n or more, and one that was thrown
  // away tells nothing of the one that is used.
  void next(U256& nonce) const;

  // The nonce was refused: go on to the next counter. False when there is none below 2^256.
  // Constant time but for that, and for the counter's length in bytes.
  bool count_up();

 private:
  U256 message_hash_, key_, counter_;
  u8 extra_entropy_[32];
  bool has_extra_entropy_;
};

}  // namespace starkcore
