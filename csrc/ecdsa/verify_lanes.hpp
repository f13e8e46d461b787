// Verification of one signature a lane, by keys given in full or by x alone. Public.
//
// Both kinds of keys take the same steps: u·Q is computed as in curve/var_mul.hpp on the curve Y² = X³ + v²·X + β·v³, v = x³ + x + β, for
// (x, y) → (x·v, y·v^(3/2)) takes Q to (x·v, v²) if the root of v that is meant is y. So x(u·Q) = X/v, and y(u·Q) = Y/(v·y) where y is known.
//
// The message's point comes from the table of curve/base_mul.hpp, at the scale of curve/point4.hpp. Whatever an attacker may bring about, by choosing
// key, signature and hash, that these steps don't cover shows as a zero: the message's scalar is 0; u·Q comes out with Z = 0
// (u = 30 or n − 30); with a key in full, A = ±B. Such an item is done again by itself.
#pragma once

#include "curve/base_mul.hpp"
#include "curve/var_mul_lanes.hpp"
#include "ecdsa/verify_one.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr std::size_t kVerifyLanesFrom = 3;  // fewer signatures are quicker one by one

// A = (m·w)·G and B = (r·w)·Q, as x = X/ZZ and y = Y/ZZZ of the Stark curve.
struct VerifySums4 {
  Fp4<2> xa;
  Fp4<1> ya, zza, zzza, xb, yb, zzb, zzzb;
};

STARKCORE_INLINE Fp4<2> constant_lanes(const U256& a) { return to_fp4(a, a, a, a); }

// Bit l of the result tells whether lane l is 0.
inline unsigned zero_lanes_var(const Fp4<1>& a) {
  U256 integers[kLanes];
  to_integers(integers, a);
  unsigned zero = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    zero |= static_cast<unsigned>(is_zero_var(Fp<6>{integers[lane]})) << lane;
  }
  return zero;
}

// Whether x(A + B) = r: (yb − ya)² = (xb − xa)²·(xa + xb + r) over common denominators. Lanes with xa = xb are in `redo`, whatever they say.
inline unsigned sum_has_x_var(unsigned& redo, const VerifySums4& s, const Fp4<2>& r) {
  const Fp4<1> ua = s.xa * s.zzb, ub = s.xb * s.zza, zz = s.zza * s.zzb;
  const Fp4<2> run = ub - ua, rise = s.yb * s.zzza - s.ya * s.zzzb;
  const Fp4<1> square = run * run;
  redo |= zero_lanes_var(square);
  return zero_lanes_var(mul_sub_mul(rise, rise, square, r * zz + ua + ub));
}

// Whether r is x(A + B) or x(A − B): the polynomial of verify_x_only(), with the same products.
inline unsigned sum_or_difference_has_x_var(const VerifySums4& s, const Fp4<2>& r) {
  constexpr U256 beta2 = subtract_mod_p(kBetaPlain, subtract_mod_p(U256{}, kBetaPlain));
  const Fp4<1> ua = s.xa * s.zzb, ub = s.xb * s.zza, zz = s.zza * s.zzb, xx = s.xa * s.xb;
  const Fp4<1> beta2_zz = constant_lanes(beta2) * zz;
  const Fp4<1> minus_beta2_zz = constant_lanes(subtract_mod_p(U256{}, beta2)) * zz;
  const Fp4<2> sum = ua + ub, run = ua - ub, rest = xx - zz;
  const Fp4<1> square = run * run;
  const Fp4<1> half_linear = mul_sub_mul(sum, xx + zz, minus_beta2_zz, zz);
  const Fp4<1> minus_constant = mul_sub_mul(beta2_zz + beta2_zz, sum, rest, rest);
  return zero_lanes_var(mul_sub(mul_sub(square, r, half_linear + half_linear), r, minus_constant));
}

// A and B for four items; lanes that have to be done again are in `redo`.
STARKCORE_NOINLINE inline VerifySums4 verify_sums_var(unsigned& redo, const VerifyItem* const items[kLanes],
                                                      const Fn* const ws[kLanes]) {
  U256 message_scalars[kLanes], key_scalars[kLanes];
  redo = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    message_scalars[lane] = from_fn(to_fn(items[lane]->message_hash) * *ws[lane]);
    key_scalars[lane] = from_fn(to_fn(items[lane]->r) * *ws[lane]);
    if (!starkcore::is_zero_var(message_scalars[lane])) continue;
    message_scalars[lane] = u256(1);
    redo |= 1u << lane;
  }
  const auto key = [&](unsigned lane) -> const PlainPoint& { return items[lane]->key; };
  const Fp4<2> x = to_fp4(key(0).x, key(1).x, key(2).x, key(3).x), y = to_fp4(key(0).y, key(1).y, key(2).y, key(3).y);
  const Fp4<1> xx = x * x;
  const Fp4<1> v = mul_sub(xx + one4(), x, constant_lanes(subtract_mod_p(U256{}, kBetaPlain)));
  const Fp4<1> vv = sqr(v);
  const Jacobian4 b = mul_var(key_scalars, x * v, vv, negate_if(_mm256_set1_epi64x(-1), vv));
  const Xyzz4 a = mul_table_lanes<false>(kGeneratorTable, message_scalars);

  VerifySums4 out;
  const Fp4<2> scale = constant_lanes(pow2_mod(256, kP));  // κ²
  const Fp4<2> half = constant_lanes(U256{{1, 0, u64{1} << 63, (u64{1} << 58) + 8}});
  out.xa = a.x, out.ya = a.y, out.zza = a.zz * scale, out.zzza = a.zzz * scale;
  out.xb = b.x, out.yb = b.y2 * half, out.zzb = sqr(b.z) * v, out.zzzb = (out.zzb * b.z) * y;
  redo |= zero_lanes_var(out.zzb);
  return out;
}

// valid[i] = whether signature i is right but for the bound on w, for i < count <= kLanes; ws[i] = 1/s.
inline void verify_lanes_var(bool* valid, const VerifyItem* items, const Fn* ws, std::size_t count) {
  const VerifyItem* item[kLanes];
  const Fn* w[kLanes];
  bool some_full = false, some_x_only = false;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const std::size_t i = lane < count ? lane : 0;
    item[lane] = &items[i], w[lane] = &ws[i];
    (items[i].x_only ? some_x_only : some_full) = true;
  }
  unsigned redo, redo_full = 0, good_full = 0, good_x_only = 0;
  const VerifySums4 sums = verify_sums_var(redo, item, w);
  const Fp4<2> r = to_fp4(item[0]->r, item[1]->r, item[2]->r, item[3]->r);
  if (some_full) good_full = sum_has_x_var(redo_full, sums, r);
  if (some_x_only) good_x_only = sum_or_difference_has_x_var(sums, r);
  for (std::size_t i = 0; i < count; ++i) {
    const bool again = (((items[i].x_only ? redo : redo | redo_full) >> i) & 1) != 0;
    const bool good = (((items[i].x_only ? good_x_only : good_full) >> i) & 1) != 0;
    valid[i] = again ? verify_one_var(items[i], ws[i]) : good;
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
