// Verification of one signature, of which the inverse of s is known. Public; variable time.
#pragma once

#include "curve/base_mul.hpp"
#include "curve/var_mul.hpp"
#include "ecdsa/prepared.hpp"
#include "engine/engine.hpp"

namespace starkcore::STARKCORE_ENGINE {

// m·w·G, or infinity when m ≡ 0.
inline XyzzPoint message_point_var(const Fn& message_hash, const Fn& w) {
  const U256 u = from_fn(message_hash * w);
  if (starkcore::is_zero_var(u)) return XyzzPoint{kFpOne, kFpOne, Fp<1>{u256(0)}, Fp<1>{u256(0)}};
  return mul_table<false>(kGeneratorTable, u);
}

// Whether x(sum) = r, for r < p.
inline bool has_x_var(const XyzzPoint& sum, const U256& r) {
  return !is_infinity_var(sum) && equal_var(to_fp(r) * sum.zz, sum.x);
}

inline bool verify_full_var(const VerifyItem& item, const Fn& w) {
  const XyzzPoint a = message_point_var(to_fn(item.message_hash), w);
  const U256 u = from_fn(to_fn(item.r) * w);
  const JacobianPoint b = mul_naf_var(u, to_affine(item.key), kFpOne);
  const Fp<2> zz = sqr(b.z);
  return has_x_var(add_complete_var(a, XyzzPoint{b.x, weak_reduce(b.y), zz, zz * b.z}), item.r);
}

// With x alone, r is right when it is x(A + B) or x(A − B) for A = (m·w)·G and B = (r·w)·Q. Those two are the roots of
//   (xA − xB)²·T² − 2·[(xA + xB)·(xA·xB + 1) + 2β]·T + (xA·xB − 1)² − 4β·(xA + xB)
// (addition and subtraction law, α = 1), which needs no y at all. Projectively, with xA = x1/z1 and
// xB = x2/z2, it is multiplied by (z1·z2)². When A = ±B the square term vanishes, and what is left
// is x(2A): the point at infinity never counts. When m ≡ 0, A is the point at infinity, x1 = 1 and
// z1 = 0, and what is left is (z2·T − x2)²: T = x(B), as it should be. B comes from the curve
// scaled by v = x³ + x + β, so no square root is taken; the key has been found on the curve.
inline bool verify_x_only_var(const VerifyItem& item, const Fn& w) {
  const XyzzPoint a = message_point_var(to_fn(item.message_hash), w);
  const U256 u = from_fn(to_fn(item.r) * w);
  const Fp<2> x = to_fp(item.key.x), v = curve_rhs(x), vv = sqr(v), r = to_fp(item.r);
  const JacobianPoint b = mul_naf_var(u, AffinePoint{x * v, vv}, vv);
  const Fp<2> x2 = b.x, z2 = sqr(b.z) * v;
  const Fp<2> x1z2 = a.x * z2, x2z1 = x2 * a.zz, zz = a.zz * z2, xx = a.x * x2;
  const Fp<2> sum = weak_reduce(x1z2 + x2z1), beta_zz = beta() * zz;
  const Fp<2> square = sqr(x1z2 - x2z1);
  const Fp<2> half_linear = weak_reduce(sum * (xx + zz) + (beta_zz + beta_zz) * zz);
  const Fp<4> beta_sum_2 = beta_zz * sum + beta_zz * sum;
  const Fp<2> constant = weak_reduce(sqr(xx - zz) - (beta_sum_2 + beta_sum_2));
  return is_zero_var((square * r - (half_linear + half_linear)) * r + constant);
}

inline bool verify_one_var(const VerifyItem& item, const Fn& w) {
  return item.x_only ? verify_x_only_var(item, w) : verify_full_var(item, w);
}

inline bool verify_one_prepared_var(const VerifyItem& item, const Fn& w, const PreparedKey& key) {
  const XyzzPoint a = message_point_var(to_fn(item.message_hash), w);
  const XyzzPoint b = mul_table<false>(key.table, from_fn(to_fn(item.r) * w));
  return has_x_var(add_complete_var(a, b), item.r);
}

}  // namespace starkcore::STARKCORE_ENGINE
