// Points in lanes, for the tables' points, and their sums.
//
// Tables hold x·R and y·R, R = 2^256, which stand for s·x and s·y in the lanes
// (field/fp_lanes.hpp). Nothing is converted: with κ² = s, (x, y) → (x·κ², y·κ³) is an isomorphism
// to the curve Y² = X³ + κ⁴·X + κ⁶·β, and the addition formulas mention neither coefficient. A
// table's point is (X, Y/κ) there. XYZZ coordinates take care of the missing κ: κ·ZZZ is kept in
// place of ZZZ.
//
// TableLanes: (X, Y/κ). XyzzLanes: X = x/zz, Y = κ·y/zzz with κ²·zz³ = zzz²; zz = 0 is infinity.
// The formulas are incomplete, and constant time, as those of curve/point.hpp; callers say why that
// is enough. Any of it may see secrets.
#pragma once

#include "base/secret.hpp"
#include "curve/point.hpp"
#include "field/fp_lanes.hpp"

namespace starkcore::STARKCORE_ENGINE {

struct TableLanes {
  FpLanes<2> x, y;
};

struct XyzzLanes {
  FpLanes<2> x;
  FpLanes<1> y, zz, zzz;
};

// The points at(lane) of a table, or their opposites where there is a sign.
template <class At>
STARKCORE_INLINE TableLanes load_points(At at) {
  return TableLanes{load_lanes([&](int lane) -> const U256& { return at(lane).x; }),
                    load_lanes([&](int lane) -> const U256& { return at(lane).y; })};
}
template <class At>
STARKCORE_INLINE TableLanes load_points(At at, LaneSigns signs) {
  return TableLanes{load_lanes([&](int lane) -> const U256& { return at(lane).x; }),
                    negate_if(signs, load_lanes([&](int lane) -> const U256& { return at(lane).y; }))};
}

STARKCORE_INLINE XyzzLanes to_xyzz(const TableLanes& point) {
  return XyzzLanes{point.x, mul_apart(point.y, kappa_lanes()), one_lanes(), kappa_lanes()};
}

// sum ← sum + point in each lane: "madd-2008-s", 8M + 2S with one reduction less. Incomplete, constant time.
STARKCORE_NOINLINE inline void add(XyzzLanes& sum, const TableLanes& point) {
  const FpLanes<1> p = mul_sub(point.x, sum.zz, sum.x);
  const FpLanes<1> r = mul_sub(point.y, sum.zzz, sum.y);
  const FpLanes<1> pp = sqr(p);
  const FpLanes<1> ppp = p * pp, q = sum.x * pp;
  sum.zz = sum.zz * pp;
  const FpLanes<1> x = sqr_sub_sub(r, ppp, q + q);
  sum.zzz = sum.zzz * ppp;
  sum.y = mul_sub_mul(r, q - x, sum.y, ppp);
  sum.x = x;
}

// Each lane l of the lower half ← lane l + lane l + kLanes/2: "add-2008-s", with the products of
// both halves side by side, 7M in all. Before and after, zzz is ZZZ itself: zzz² = zz³. The upper
// half holds nothing of use afterwards. Incomplete, constant time.
STARKCORE_NOINLINE inline void add_halves(XyzzLanes& sum) {
  constexpr int half = kLanes / 2;
  const FpLanes<1> zz = swap_halves(sum.zz), zzz = swap_halves(sum.zzz);
  const FpLanes<1> u = sum.x * zz, s = sum.y * zzz;  // U1, S1 in the lower half, U2, S2 in the upper one
  const FpLanes<2> p = carried(swap_halves(u) - u), r = carried(swap_halves(s) - s);
  const FpLanes<1> pp_zz = join<half>(p, sum.zz) * join<half>(p, zz);  // P² | ZZ1·ZZ2
  const FpLanes<1> pp = repeat_lower_half(pp_zz);
  const FpLanes<1> ppp_q = join<half>(p, repeat_lower_half(u)) * pp;                        // P³ | Q = U1·P²
  const FpLanes<1> zz_zzz = join<half>(swap_halves(pp_zz), sum.zzz) * join<half>(pp, zzz);  // ZZ3 | ZZZ1·ZZZ2
  const FpLanes<1> q = swap_halves(ppp_q), ppp = repeat_lower_half(ppp_q);
  const FpLanes<1> x = mul_sub_sub(r, r, ppp, q + q);
  // Y3 = R·(Q − X3) − S1·P³ | ZZZ3 = ZZZ1·ZZZ2·P³ − 0
  const FpLanes<1> y_zzz =
      mul_sub_mul(join<half>(r, zz_zzz), join<half>(carried(q - x), ppp), join<half>(s, FpLanes<1>{}), ppp);
  sum = XyzzLanes{x, y_zzz, zz_zzz, swap_halves(y_zzz)};
}

// zzz becomes ZZZ itself, with zzz² = zz³: 1M.
STARKCORE_INLINE void complete(XyzzLanes& sum) { sum.zzz = mul_apart(sum.zzz, kappa_inverse_lanes()); }

// The lower `count` lanes, half of them now below each half of the lanes, are added in pairs, and
// so on until one is left.
template <int count>
STARKCORE_INLINE void add_lower_lanes(XyzzLanes& sum) {
  if constexpr (count > 1) {
    sum = XyzzLanes{spread<count>(sum.x), spread<count>(sum.y), spread<count>(sum.zz), spread<count>(sum.zzz)};
    add_halves(sum);
    add_lower_lanes<count / 2>(sum);
  }
}

// The sum of all lanes, in lane 0, with zzz = ZZZ: lanes that are half of them apart, then a
// quarter, and so on. 1M and 7M each time.
STARKCORE_INLINE void add_lanes(XyzzLanes& sum) {
  complete(sum);
  add_halves(sum);
  add_lower_lanes<kLanes / 2>(sum);
}

// The lanes 0 … count − 1, with zzz = ZZZ, as points of the Stark curve in scalar arithmetic. X =
// x/zz is s times the affine x, and Y = y/zzz is κ·s times the affine y. As scalars the lanes'
// integers stand for x/s, y/s, zz/s and zzz/s, so (x/s, y/(κ·s), zz, zzz) are XYZZ coordinates of
// that point.
inline void from_lanes(XyzzPoint* out, const XyzzLanes& sum, std::size_t count) {
  Fp<6> x[kLanes], y[kLanes], zz[kLanes], zzz[kLanes];
  to_integers(x, sum.x), to_integers(y, sum.y);
  to_integers(zz, sum.zz), to_integers(zzz, sum.zzz);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = XyzzPoint{weak_reduce(x[i]), y[i] * kKappaInverse, zz[i] * kScale, zzz[i] * kScale};
  }
  wipe(x), wipe(y), wipe(zz), wipe(zzz);
}

// What lane 0 has to be multiplied by for that, as it is held.
inline constexpr U256 kFromLane[4] = {held(u256(1)), held(pow2_mod(-kKappaBits, kP)), held(pow2_mod(kScaleBits, kP)),
                                      held(pow2_mod(kScaleBits, kP))};

// Lane 0 as such a point. Its coordinates are put into lanes, and multiplied and taken out at once.
inline XyzzPoint from_lowest_lane(const XyzzLanes& sum) {
  const FpLanes<2> factors = load_lanes([](int lane) -> const U256& { return kFromLane[lane % 4]; });
  Fp<6> out[kLanes];
  to_integers(out, mul_apart(lowest_lanes<2>(sum.x, sum.y, sum.zz, sum.zzz), factors));
  const XyzzPoint point{weak_reduce(out[0]), weak_reduce(out[1]), weak_reduce(out[2]), weak_reduce(out[3])};
  wipe(out);
  return point;
}

}  // namespace starkcore::STARKCORE_ENGINE
