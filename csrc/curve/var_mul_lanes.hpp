// u·Q for a scalar and a point a lane, both public and given anew each time: the form for lanes of
// curve/var_mul.hpp. Variable time in the table's addresses alone; all lanes take the same steps.
//
// A lane's curve is Y² = X³ + a·X + b for any a, which may differ from lane to lane; b never enters
// a formula. The scalar, or n minus it if that is the odd one, is recoded as 51 odd digits in ±31,
// so that every lane adds a point at the same places: 250 doublings, 50 additions.
//
// Why no addition meets its exception but for one scalar, which shows. Before digit d_w is added,
// the sum is 32·P·Q, where P is the value of the digits above: odd, and above k/32^(w + 1) − 1,
// hence positive. k is the odd scalar, 0 < k < n.
//  - 32·P ≡ −d_w: then 32·P + d_w, which is in (0, n) like k, would be 0 mod n.
//  - 32·P ≡ d_w: 32·P − d_w is positive, and below n unless w = 0; there it is k − 2·d_0 < n + 62,
//    so it is n, k = n + 2·d_0 and d_0 < 0. With k ≡ d_0 + 32 mod 64 and n ≡ 47 mod 64, d_0 = −15
//    and k = n − 30: u is 30 or n − 30. The sum comes out with Z = 0, as it does for no other
//    scalar.
// Doubling has no exception, as no point has order 2.
#pragma once

#include "curve/point_lanes.hpp"
#include "curve/recoding.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kVarWindow = 5;
inline constexpr int kVarEntries = 1 << (kVarWindow - 1);  // 1, 3, …, 31
inline constexpr int kVarWindows = 51;

// Jacobian coordinates: x = X/Z², 2y = Y2/Z³, and n = −a·Z⁴. Z = 0 is infinity. With 2y in place of
// y no product needs a factor that its digits have no room for.
struct JacobianLanes {
  FpLanes<1> x, y2, z, n;
};

// 2·sum: "dbl-1998-cmo-2" on modified Jacobian coordinates, 5M + 3S. n is left as it was unless it
// is asked for: 1M less.
template <bool with_n>
STARKCORE_NOINLINE void twice(JacobianLanes& sum) {
  const FpLanes<1> yy = sqr(sum.y2);                                  // 4·Y²
  const FpLanes<1> m = mul_sub(sum.x + sum.x + sum.x, sum.x, sum.n);  // 3·X² + a·Z⁴
  const FpLanes<1> s = sum.x * yy;
  const FpLanes<1> yyyy = sqr(yy);  // 16·Y⁴
  sum.x = sqr_sub_sub(m, s, s);
  sum.z = sum.y2 * sum.z;
  sum.y2 = mul_sub(m + m, s - sum.x, yyyy);
  if constexpr (with_n) sum.n = yyyy * sum.n;
}

// An affine point with its y doubled.
struct DoubledLanes {
  FpLanes<1> x, y2;
};

// sum ← sum + point, for the curve with a = −minus_a: "madd-2007-bl", 8M + 3S, and 1M + 2S for n.
// Incomplete: Z = 0 for equal and for opposite points.
STARKCORE_NOINLINE inline void add(JacobianLanes& sum, const DoubledLanes& point, const FpLanes<1>& minus_a) {
  const FpLanes<1> zz = sqr(sum.z);
  const FpLanes<1> zzz = zz * sum.z;
  const FpLanes<1> h = mul_sub(point.x, zz, sum.x);
  const FpLanes<1> r = mul_sub(point.y2, zzz, sum.y2);
  const FpLanes<1> hh = sqr(h);
  sum.z = sum.z * (h + h);
  const FpLanes<4> i = carried(hh + hh + hh + hh);
  const FpLanes<1> j = h * i, v = sum.x * i;
  const FpLanes<1> new_zz = sqr(sum.z);
  sum.x = sqr_sub_sub(r, j, v + v);
  const FpLanes<1> zzzz = sqr(new_zz);
  sum.y2 = mul_sub_mul(r + r, v - sum.x, sum.y2 + sum.y2, j);
  sum.n = minus_a * zzzz;
}

// The odd multiples of a point, as affine points of the curve scaled by their common denominator.
struct OddMultiples {
  DoubledLanes odd[kVarEntries];
  FpLanes<1> minus_a;  // of the scaled curve
  FpLanes<1> z;        // multiply the result's Z by it
};

// The odd multiples of (x, y), each from the one before by adding twice the point, which is kept at
// the same Z ("ZADDU", eprint 2010/309): 6M each, and 4M + 1S to bring it to the last one's Z. No
// addition meets its exception: (2i − 1)·Q = ±2·Q is impossible.
STARKCORE_NOINLINE inline void make_odd_multiples(OddMultiples& out, const FpLanes<1>& x, const FpLanes<1>& y,
                                                  const FpLanes<1>& minus_a) {
  const FpLanes<1> yy = y * y, z2 = (y + y) * (y + y), m = mul_sub(x + x + x, x, minus_a);
  DoubledLanes sum{x * z2, (yy + yy) * z2};  // the point with Z = 2·y; ordinates are not doubled here
  FpLanes<1> step_x = sqr_sub_sub(m, sum.x, sum.x), step_y = mul_sub(m, sum.x - step_x, sum.y2);
  FpLanes<2> ratio[kVarEntries];  // of Z to the Z before
  out.odd[0].x = sum.x, out.odd[0].y2 = sum.y2;
  out.z = (y + y) * one_lanes();
  for (int i = 1; i < kVarEntries; ++i) {
    const FpLanes<2> h = carried(step_x - sum.x), r = carried(step_y - sum.y2);
    const FpLanes<1> hh = h * h;
    const FpLanes<1> w = sum.x * hh;
    step_x = step_x * hh;
    out.z = out.z * h;
    step_y = step_y * (step_x - w);
    sum.x = mul_sub_sub(r, r, step_x, w);
    sum.y2 = mul_sub(r, step_x - sum.x, step_y);
    out.odd[i].x = sum.x, out.odd[i].y2 = sum.y2;
    ratio[i] = h;
  }
  FpLanes<1> factor = one_lanes();
  for (int i = kVarEntries - 1; i >= 0; --i) {
    const FpLanes<1> square = sqr(factor), cube = square * factor;
    out.odd[i].x = out.odd[i].x * square;
    out.odd[i].y2 = out.odd[i].y2 * (cube + cube);
    if (i > 0) factor = factor * ratio[i];
  }
  out.minus_a = minus_a * sqr(sqr(out.z));
}

// u[l]·(the point), 0 < u[l] < n. Infinity where u is 30 or n − 30, wrongly; otherwise right, and finite.
STARKCORE_NOINLINE inline JacobianLanes mul_var(const U256 u[kLanes], const FpLanes<1>& x, const FpLanes<1>& y,
                                                const FpLanes<1>& minus_a) {
  OddMultiples table;
  make_odd_multiples(table, x, y, minus_a);
  OddRecoding recoded[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) recoded[lane] = recode_odd<kVarWindows * kVarWindow>(u[lane]);
  const auto entry = [&](int w) {
    WindowIndex at[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) at[lane] = window_index<kVarWindow>(recoded[lane], w);
    const auto coordinate = [&](FpLanes<1> DoubledLanes::*which) {
      return gather_lanes([&](int lane) -> const FpLanes<1>& { return table.odd[at[lane].index].*which; });
    };
    const LaneSigns signs = lane_signs([&](int lane) { return at[lane].negative; });
    return DoubledLanes{coordinate(&DoubledLanes::x), negate_if(signs, coordinate(&DoubledLanes::y2))};
  };
  const DoubledLanes first = entry(kVarWindows - 1);
  JacobianLanes sum{first.x, first.y2, one_lanes(), table.minus_a};
  for (int w = kVarWindows - 2; w >= 0; --w) {
    for (int i = 1; i < kVarWindow; ++i) twice<true>(sum);
    twice<false>(sum);
    add(sum, entry(w), table.minus_a);
  }
  sum.z = sum.z * table.z;
  return sum;
}

}  // namespace starkcore::STARKCORE_ENGINE
