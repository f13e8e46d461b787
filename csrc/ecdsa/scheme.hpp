// The curve's part of ECDSA in StarkEx's variant: public keys, one attempt to sign, verification.
//
// What differs from the textbook, and why it matters (StarkWare, starkex-resources, signature.py):
//  - r is the x-coordinate as it is, not reduced mod n, and must be below 2^251;
//  - w = k/(m + r·d) must be below 2^251 too, and s is its inverse, so that a verifier inside a STARK multiplies by w;
//  - there is no low-s rule.
// Engine functions: contracts in engine/engine.hpp.
#pragma once

#include "base/chunks.hpp"
#include "curve/base_mul.hpp"
#include "ecdsa/blinding.hpp"
#include "ecdsa/verify_one.hpp"
#include "field/batch_inversion.hpp"
#if defined(STARKCORE_ENGINE_LANES)
#include "ecdsa/verify_lanes.hpp"
#include "ecdsa/verify_prepared_lanes.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

// ---- Secret: public keys and signing ---------------------------------------------------------------------------
//
// Functions that take `most` items at once, most = 1 or kChunk. One item by itself has code, a
// table and a stack of its own: in a program that does something else between two signatures, what
// is fetched anew counts for more than what is computed.

// sums[i] = k[i]·G, 0 < k[i] < n; finite.
template <std::size_t most>
STARKCORE_INLINE void mul_generator_many(XyzzPoint* sums, const U256* k, std::size_t count) {
  STARKCORE_CHECK(count <= most);
  if constexpr (most == 1) {
    sums[0] = mul_generator(k[0]);
  } else {
    mul_table_many<true>(sums, kGeneratorTable, k, count);
  }
}

template <std::size_t most>
STARKCORE_NOINLINE void public_key_chunk(PlainPoint* out, const U256* keys, std::size_t count) {
  if constexpr (most == 1) count = 1;
  XyzzPoint sums[most];
  Fp<2> zzz[most], prefix[most];
  mul_generator_many<most>(sums, keys, count);
  for (std::size_t i = 0; i < count; ++i) zzz[i] = sums[i].zzz;  // not 0: keys are not 0 mod n, so no point is infinity
  invert_many(zzz, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_secret(a)}; });
  for (std::size_t i = 0; i < count; ++i) {
    AffinePoint point = to_affine(sums[i], zzz[i]);
    out[i] = PlainPoint{from_fp(point.x), from_fp(point.y)};
    wipe(point);
  }
  wipe(sums, sizeof sums[0] * count), wipe(zzz, sizeof zzz[0] * count), wipe(prefix, sizeof prefix[0] * count);
}

inline void public_key(PlainPoint* out, const U256* keys, std::size_t count) {
  for_chunks(count, [&](std::size_t first, std::size_t size) {
    for (std::size_t i = first; i < first + size; ++i) {
      STARKCORE_CHECK(!starkcore::is_zero_var(keys[i]) && mask_if_less(keys[i], kN));
    }
    if (size == 1) {
      public_key_chunk<1>(out + first, keys + first, 1);
    } else {
      public_key_chunk<kChunk>(out + first, keys + first, size);
    }
  });
}

// r[i] = x(nonces[i]·G), by one inversion. Secret, as is r until it is published.
// In a frame of its own, as is what follows it: together they would take twice the stack.
template <std::size_t most>
STARKCORE_NOINLINE void nonce_points(U256* r, const U256* nonces, std::size_t count) {
  if constexpr (most == 1) count = 1;
  XyzzPoint sums[most];
  Fp<2> zz[most], prefix[most];
  mul_generator_many<most>(sums, nonces, count);
  for (std::size_t i = 0; i < count; ++i) zz[i] = sums[i].zz;  // not 0: nor are nonces
  invert_many(zz, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_secret(a)}; });
  for (std::size_t i = 0; i < count; ++i) r[i] = from_fp(sums[i].x * zz[i]);
  wipe(sums), wipe(zz), wipe(prefix);
}

// From r[i] = x(nonces[i]·G). One inversion serves both s and the check of w: with z = m + r·d and
// t = 1/(k·z), s = z/k = z²·t and w = k/z = k²·t. A z of 0 is replaced by 1 before the inversion, which
// it would spoil for the whole chunk, and reported.
template <std::size_t most>
STARKCORE_NOINLINE void sign_points(Signature* out, bool* usable, const U256* r, const U256* message_hashes,
                                    const U256* nonces, const Fn& key, std::size_t count) {
  STARKCORE_CHECK(count <= most);
  if constexpr (most == 1) count = 1;
  Fn z[most], k[most], t[most], prefix[most];
  Mask zero[most];
  for (std::size_t i = 0; i < count; ++i) {
    STARKCORE_CHECK(!starkcore::is_zero_var(nonces[i]) && mask_if_less(nonces[i], kN));
    z[i] = to_fn(message_hashes[i]) + to_fn(r[i]) * key;
    zero[i] = mask_if_zero(z[i]);
    z[i].v = select(zero[i], kFnOne.v, z[i].v);
    k[i] = to_fn(nonces[i]);
    t[i] = k[i] * z[i];
  }
  invert_many(t, prefix, count, [](const Fn& a) { return inverse_secret(a); });
  for (std::size_t i = 0; i < count; ++i) {
    U256 w = from_fn(sqr(k[i]) * t[i]);
    const Mask good = mask_if_below_2_251(r[i]) & ~mask_if_zero(r[i]) & mask_if_below_2_251(w) & ~zero[i];
    const U256 s = from_fn(sqr(z[i]) * t[i]);
    out[i] = Signature{select(good, r[i], u256(0)), select(good, s, u256(0))};
    usable[i] =
        declassify(good);  // whether a nonce was refused shows in the time anyway, and says nothing of the next one
    wipe(w);
  }
  wipe(z), wipe(k), wipe(t), wipe(prefix);
}

template <std::size_t most>
STARKCORE_NOINLINE void sign_chunk(Signature* out, bool* usable, const U256* message_hashes, const U256* nonces,
                                   const Fn& key, std::size_t count) {
  U256 r[most];
  nonce_points<most>(r, nonces, count);
  sign_points<most>(out, usable, r, message_hashes, nonces, key, count);
  wipe(r);
}

inline void sign(Signature* out, bool* usable, const U256* message_hashes, const U256* nonces, const U256& key,
                 std::size_t count) {
  Fn scalar = to_fn(key);
  for_chunks(count, [&](std::size_t first, std::size_t size) {
    if (size == 1) {
      sign_chunk<1>(out + first, usable + first, message_hashes + first, nonces + first, scalar, 1);
    } else {
      sign_chunk<kChunk>(out + first, usable + first, message_hashes + first, nonces + first, scalar, size);
    }
  });
  wipe(scalar);
}

// ---- Public: verification --------------------------------------------------------------------------------------

// ws[i] = 1/s, by one inversion; count <= kChunk.
inline void inverses_of_s_var(Fn* ws, const VerifyItem* items, std::size_t count) {
  STARKCORE_CHECK(count <= kChunk);
  Fn prefix[kChunk];
  for (std::size_t i = 0; i < count; ++i) ws[i] = to_fn(items[i].s);  // not 0: 1 <= s < n is asked for
  invert_many(ws, prefix, count, [](const Fn& a) { return inverse_var(a); });
}

// StarkEx's bound on w, which a signature with a larger one fails.
inline bool w_in_range(const Fn& w) { return mask_if_below_2_251(from_fn(w)) != 0; }

// check(valid, items, ws, count) decides on a chunk of items, but for the bound on w.
template <class Check>
inline void verify_chunks_var(bool* valid, const VerifyItem* items, std::size_t count, Check check) {
  for_chunks(count, [&](std::size_t first, std::size_t size) {
    Fn ws[kChunk];
    inverses_of_s_var(ws, items + first, size);
    check(valid + first, items + first, ws, size);
    for (std::size_t i = 0; i < size; ++i) valid[first + i] &= w_in_range(ws[i]);
  });
}

inline void verify_var(bool* valid, const VerifyItem* items, std::size_t count) {
  verify_chunks_var(valid, items, count, [](bool* good, const VerifyItem* some, const Fn* ws, std::size_t size) {
    std::size_t i = 0;
#if defined(STARKCORE_ENGINE_LANES)
    for (; size - i >= kVerifyLanesFrom; i += least(size - i, kLanes)) {
      verify_lanes_var(good + i, some + i, ws + i, least(size - i, kLanes));
    }
#endif
    for (; i < size; ++i) good[i] = verify_one_var(some[i], ws[i]);
  });
}

inline void verify_prepared_var(bool* valid, const VerifyItem* items, const PreparedKey* key, std::size_t count) {
  verify_chunks_var(valid, items, count, [key](bool* good, const VerifyItem* some, const Fn* ws, std::size_t size) {
    std::size_t i = 0;
#if defined(STARKCORE_ENGINE_LANES)
    for (; size - i >= kVerifyPreparedLanesFrom; i += least(size - i, kLanes)) {
      verify_prepared_lanes_var(good + i, some + i, ws + i, least(size - i, kLanes), *key);
    }
    for (; i < size; ++i) good[i] = verify_one_in_lanes_var(some[i], ws[i], *key);
#else
    for (; i < size; ++i) good[i] = verify_one_prepared_var(some[i], ws[i], *key);
#endif
  });
}

}  // namespace starkcore::STARKCORE_ENGINE
