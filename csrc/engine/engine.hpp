// The contract of an engine: the operations on the curve that are worth having in a version for a particular CPU.
//
// All engines are compiled from the same sources above the field (field/, curve/, ecdsa/), each with its own
// arithmetic, and give the same answers bit for bit. Inputs have been checked by the caller; the preconditions below
// are asserted in the check build. Integers are plain (not in Montgomery form) unless said otherwise. Every function
// takes `count` items and shares what can be shared between them; a count of 1 is the single operation.
//
// Which arguments are secret is said at each function; secret work is constant time and wiped.
// Outputs don't overlap inputs.
#pragma once

#include "base/poseidon_state.hpp"
#include "curve/stored_point.hpp"

namespace starkcore {

struct Signature {
  U256 r, s;
};

// A table of odd multiples for verification under one key.
struct PreparedKey;

// The half of verification that an engine does, after range checks of r, s, and the message hash.
struct VerifyItem {
  U256 r, s, message_hash;
  PlainPoint key;  // on the curve; y is ignored when x_only
  bool x_only;
};

struct Engine {
  // out[i] = H(a[i], b[i]); a, b < p. Public.
  void (*pedersen_var)(U256* out, const U256* a, const U256* b, std::size_t count);

  // The two halves of H(a, b) = x(left(a) + right(b)): left(a) = P0 + a_low·P1 + a_high·P2,
  // right(b) likewise without P0. right(0) is no point, so b != 0. Public.
  void (*pedersen_left_var)(StoredPoint* out, const U256* a, std::size_t count);
  void (*pedersen_right_var)(StoredPoint* out, const U256* b, std::size_t count);

  // The hash where one half is kept: out[i] = x(lefts[i] + right(words[i])), and x(left(words[i]) +
  // rights[i]). words < p. Public.
  void (*pedersen_after_var)(U256* out, const StoredPoint* const* lefts, const U256* words, std::size_t count);
  void (*pedersen_before_var)(U256* out, const U256* words, const StoredPoint* const* rights, std::size_t count);

  // out[i] = x(left(x(lefts[i] + right(words[i]))) + tails[i]): the two last hashes of an order whose first and last
  // words are known as points. words < p. Public.
  void (*pedersen_order_var)(U256* out, const StoredPoint* const* lefts, const U256* words,
                             const StoredPoint* const* tails, std::size_t count);

  // Fill the large table that the functions above then use (hash/pedersen_tables.hpp). Public.
  void (*build_pedersen_table)(StoredPoint* out);

  // Each state ← Poseidon's permutation of it, or, when whole is false, its element a alone: b and
  // c are of no use then. Elements < p before and after. Public.
  void (*poseidon)(PoseidonState* states, std::size_t count, bool whole);

  // out[i] = keys[i]·G; 0 < keys[i] < n. Secret.
  void (*public_key)(PlainPoint* out, const U256* keys, std::size_t count);

  // One attempt to sign each message hash with the given nonce: 0 < key < n, 0 < nonces[i] < n,
  // hashes[i] < 2^251. usable[i] tells whether the nonce gave a signature within StarkEx's bounds;
  // where not, out[i] is zero. key and nonces secret.
  void (*sign)(Signature* out, bool* usable, const U256* message_hashes, const U256* nonces, const U256& key,
               std::size_t count);

  // valid[i] = whether the signature is right. 1 <= r < 2^251, 1 <= s < n, message_hash < 2^251. Public.
  void (*verify_var)(bool* valid, const VerifyItem* items, std::size_t count);

  // The same for signatures under one prepared key. `key` of the items is ignored.
  void (*prepare_var)(PreparedKey* out, const PlainPoint& key);
  void (*verify_prepared_var)(bool* valid, const VerifyItem* items, const PreparedKey* key, std::size_t count);

  // Whether (x, y), or some (x, ?), is on the curve; x, y < p. Public.
  bool (*on_curve_var)(const PlainPoint& point);
  bool (*x_on_curve_var)(const U256& x);

  // The y of that parity for x, which is on the curve. Public.
  void (*lift_x_var)(U256* y, const U256& x, bool odd);
};

// The engine in use.
const Engine& engine();

extern const Engine portable_engine;
#if STARKCORE_HAVE_ADX_ENGINE
extern const Engine adx_engine;
#endif
#if STARKCORE_HAVE_AVX2_ENGINE
extern const Engine avx2_engine;
#endif
#if STARKCORE_HAVE_AVX512IFMA_ENGINE
extern const Engine avx512ifma_engine;
#endif
#if STARKCORE_HAVE_AARCH64_ENGINE
extern const Engine aarch64_engine;
#endif

}  // namespace starkcore
