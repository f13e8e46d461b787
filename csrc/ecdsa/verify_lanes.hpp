// Verification of one signature a lane, by keys given in full or by x alone. Public.
//
// Both kinds of keys take the same steps: u·Q is computed as in curve/var_mul.hpp on the curve Y² =
// X³ + v²·X + β·v³, v = x³ + x + β, for (x, y) → (x·v, y·v^(3/2)) takes Q to (x·v, v²) if the root
// of v that is meant is y. So x(u·Q) = X/v, and y(u·Q) = Y/(v·y) where y is known.
//
// The message's point comes from the table of curve/base_mul.hpp, at the scale of
// curve/point_lanes.hpp. Whatever an attacker may bring about, by choosing key, signature and hash,
// that these steps don't cover shows as a zero: the message's scalar is 0; u·Q comes out with Z = 0
// (u = 30 or n − 30); with a key in full, A = ±B. Such an item is done again by itself.
#pragma once

#include "curve/base_mul.hpp"
#include "curve/var_mul_lanes.hpp"
#include "ecdsa/verify_one.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr U256 kMinusBeta = subtract_mod(U256{}, kBetaPlain, kP);

// Fewer signatures are quicker one by one.
inline constexpr std::size_t kVerifyLanesFrom = 3, kVerifyPreparedLanesFrom = kLanes == 8 ? 6 : 3;

// A = (m·w)·G and B = (r·w)·Q, as x = X/ZZ and y = Y/ZZZ of the Stark curve.
struct VerifySums {
  FpLanes<2> xa;
  FpLanes<1> ya, zza, zzza, xb, yb, zzb, zzzb;
};

// Whether x(A + B) = r: (yb − ya)² = (xb − xa)²·(xa + xb + r) over common denominators. A bit a
// lane; those with xa = xb are in `redo`, whatever they say.
inline unsigned sum_has_x_var(unsigned& redo, const VerifySums& s, const FpLanes<2>& r) {
  const FpLanes<1> ua = s.xa * s.zzb, ub = s.xb * s.zza, zz = s.zza * s.zzb;
  const FpLanes<1> va = s.ya * s.zzzb, vb = s.yb * s.zzza;
  const FpLanes<2> run = carried(ub - ua), rise = carried(vb - va);
  const FpLanes<1> square = run * run;
  redo |= zero_lanes_var(square);
  return zero_lanes_var(mul_sub_mul(rise, rise, square, r * zz + ua + ub));
}

// Whether r is x(A + B) or x(A − B): the polynomial of verify_x_only_var(), with the same products.
inline unsigned sum_or_difference_has_x_var(const VerifySums& s, const FpLanes<2>& r) {
  constexpr U256 beta2 = held(subtract_mod(kBetaPlain, kMinusBeta, kP)), minus_beta2 = subtract_mod(U256{}, beta2, kP);
  const FpLanes<1> ua = s.xa * s.zzb, ub = s.xb * s.zza, zz = s.zza * s.zzb, xx = s.xa * s.xb;
  const FpLanes<1> beta2_zz = constant_lanes(beta2) * zz, minus_beta2_zz = constant_lanes(minus_beta2) * zz;
  const FpLanes<2> sum = carried(ua + ub), run = carried(ua - ub), rest = carried(xx - zz);
  const FpLanes<1> half_linear = mul_sub_mul(sum, xx + zz, minus_beta2_zz, zz);
  const FpLanes<1> minus_constant = mul_sub_mul(beta2_zz + beta2_zz, sum, rest, rest);
  return zero_lanes_var(mul_sub(mul_sub(run * run, r, half_linear + half_linear), r, minus_constant));
}

// A and B for kLanes items; lanes that have to be done again are in `redo`.
STARKCORE_NOINLINE inline VerifySums verify_sums_var(unsigned& redo, const VerifyItem* const items[kLanes],
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
  const FpLanes<2> x = load_elements([&](int lane) -> const U256& { return items[lane]->key.x; });
  const FpLanes<2> y = load_elements([&](int lane) -> const U256& {
    return items[lane]->x_only ? items[lane]->key.x : items[lane]->key.y;  // what is there at all
  });
  const FpLanes<1> v = mul_sub(x * x + one_lanes(), x, constant_lanes(held(kMinusBeta))), vv = sqr(v);
  const LaneSigns all = lane_signs([](int) { return -1; });
  const JacobianLanes b = mul_var(key_scalars, x * v, vv, negate_if(all, vv));
  const XyzzLanes a = mul_table_lanes<false>(kGeneratorTable, message_scalars);

  VerifySums out;
  const FpLanes<2> scale = constant_lanes(held(pow2_mod(kScaleBits, kP)));  // κ², which ZZ and κ·ZZZ want
  out.xa = a.x, out.ya = a.y, out.zza = a.zz * scale, out.zzza = a.zzz * scale;
  out.xb = b.x, out.yb = b.y2 * constant_lanes(held(pow2_mod(-1, kP)));
  out.zzb = sqr(b.z) * v, out.zzzb = (out.zzb * b.z) * y;
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
  const VerifySums sums = verify_sums_var(redo, item, w);
  const FpLanes<2> r = load_elements([&](int lane) -> const U256& { return item[lane]->r; });
  if (some_full) good_full = sum_has_x_var(redo_full, sums, r);
  if (some_x_only) good_x_only = sum_or_difference_has_x_var(sums, r);
  for (std::size_t i = 0; i < count; ++i) {
    const bool again = (((items[i].x_only ? redo : redo | redo_full) >> i) & 1) != 0;
    const bool good = (((items[i].x_only ? good_x_only : good_full) >> i) & 1) != 0;
    valid[i] = again ? verify_one_var(items[i], ws[i]) : good;
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
