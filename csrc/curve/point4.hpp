// Points in four lanes, for the tables' points, and their sums.
//
// The vector arithmetic has no Montgomery form, and the tables hold x·R and y·R, R = 2^256. Nothing is converted: with κ = 2^128, (x, y) →
// (x·κ², y·κ³) is an isomorphism to the curve Y² = X³ + κ⁴·X + κ⁶·β, and the addition formulas mention neither coefficient. A
// table's point is (X, Y/κ) there. XYZZ coordinates take care of the missing κ: κ·ZZZ is kept in place of ZZZ.
//
// Table4: (X, Y/κ). Xyzz4: X = x/zz, Y = κ·y/zzz with κ²·zz³ = zzz²; zz = 0 is infinity. The formulas are incomplete, and
// constant time, as those of curve/point.hpp; callers say why that is enough. Any of it may see secrets.
#pragma once

#include "curve/point.hpp"
#include "field/fp4.hpp"

namespace starkcore::STARKCORE_ENGINE {

struct Table4 {
  Fp4<2> x, y;
};

struct Xyzz4 {
  Fp4<2> x;
  Fp4<1> y, zz, zzz;
};

// The points of a table, with the opposite y where the lane's highest bit of `signs` is set.
STARKCORE_INLINE Table4 load4(const StoredPoint& p0, const StoredPoint& p1, const StoredPoint& p2,
                              const StoredPoint& p3, __m256i signs) {
  return Table4{to_fp4(p0.x, p1.x, p2.x, p3.x), negate_if(signs, to_fp4(p0.y, p1.y, p2.y, p3.y))};
}

STARKCORE_INLINE Xyzz4 to_xyzz4(const Table4& point) { return Xyzz4{point.x, point.y * kappa4(), one4(), kappa4()}; }

// sum ← sum + point in each lane: "madd-2008-s", 8M + 2S with one reduction less. Incomplete, constant time.
STARKCORE_NOINLINE inline void add(Xyzz4& sum, const Table4& point) {
  const Fp4<1> p = mul_sub(point.x, sum.zz, sum.x);
  const Fp4<1> r = mul_sub(point.y, sum.zzz, sum.y);
  const Fp4<1> pp = sqr(p);
  const Fp4<1> ppp = p * pp, q = sum.x * pp;
  sum.zz = sum.zz * pp;
  const Fp4<1> x = sqr_sub_sub(r, ppp, q + q);
  sum.zzz = sum.zzz * ppp;
  sum.y = mul_sub_mul(r, q - x, sum.y, ppp);
  sum.x = x;
}

// Lanes 0 and 1 of sum ← lanes 0 + 2 and 1 + 3: "add-2008-s", with the products of both additions side by side, 7M in all. Before
// and after, zzz is ZZZ itself: zzz² = zz³. The other lanes hold nothing of use afterwards. Incomplete, constant time.
STARKCORE_NOINLINE inline void add_pairs(Xyzz4& sum) {
  constexpr int swap = 0x4e, low = 0x44;  // lanes 2, 3, 0, 1; lanes 0, 1, 0, 1
  const Fp4<1> zz = permute<swap>(sum.zz), zzz = permute<swap>(sum.zzz);
  const Fp4<1> u = sum.x * zz, s = sum.y * zzz;  // u1, s1 in the lower lanes, u2, s2 in the upper ones
  const Fp4<2> p = permute<swap>(u) - u, r = permute<swap>(s) - s;
  const Fp4<1> pp_zz = blend<12>(p, sum.zz) * blend<12>(p, zz);  // P² | ZZ1·ZZ2
  const Fp4<1> pp = permute<low>(pp_zz);
  const Fp4<1> ppp_q = blend<12>(p, permute<low>(u)) * pp;                              // P³ | Q = U1·P²
  const Fp4<1> zz_zzz = blend<12>(permute<swap>(pp_zz), sum.zzz) * blend<12>(pp, zzz);  // ZZ3 | ZZZ1·ZZZ2
  const Fp4<1> q = permute<swap>(ppp_q), ppp = permute<low>(ppp_q);
  const Fp4<1> x = mul_sub_sub(r, r, ppp, q + q);
  // Y3 = R·(Q − X3) − S1·P³ | ZZZ3 = ZZZ1·ZZZ2·P³ − 0
  const Fp4<1> y_zzz = mul_sub_mul(blend<12>(r, zz_zzz), blend<12>(q - x, ppp), blend<12>(s, Fp4<1>{}), ppp);
  sum = Xyzz4{x, y_zzz, zz_zzz, permute<swap>(y_zzz)};
}

// zzz becomes ZZZ itself, with zzz² = zz³: 1M.
STARKCORE_INLINE void complete(Xyzz4& sum) { sum.zzz = sum.zzz * kappa_inverse4(); }

// The sum of all four lanes, in lane 0, with zzz = ZZZ: lanes 0 + 2, lanes 1 + 3, and those two. 15M.
STARKCORE_INLINE void add_lanes(Xyzz4& sum) {
  constexpr int spread = 0x50;  // lanes 0, 0, 1, 1
  complete(sum);
  add_pairs(sum);
  sum = Xyzz4{permute<spread>(sum.x), permute<spread>(sum.y), permute<spread>(sum.zz), permute<spread>(sum.zzz)};
  add_pairs(sum);
}

// The lanes 0 … count − 1, with zzz = ZZZ, as points of the Stark curve in scalar arithmetic. As integers, x·R = X = x/zz and y·R = Y/κ =
// (y/κ)/zzz; read as Montgomery forms, (x, y/κ, zz·R, zzz·R) are XYZZ coordinates of that point.
inline void from_lanes(XyzzPoint* out, const Xyzz4& sum, std::size_t count) {
  constexpr Fp<1> kappa{pow2_mod(128, kP)};  // as a Montgomery form it is 1/κ
  U256 x[kLanes], y[kLanes], zz[kLanes], zzz[kLanes];
  to_integers(x, sum.x), to_integers(y, sum.y);
  to_integers(zz, sum.zz), to_integers(zzz, sum.zzz);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = XyzzPoint{weak_reduce(Fp<6>{x[i]}), Fp<6>{y[i]} * kappa, Fp<6>{zz[i]} * Fp<1>{kR2ModP},
                       Fp<6>{zzz[i]} * Fp<1>{kR2ModP}};
  }
  wipe(x), wipe(y), wipe(zz), wipe(zzz);
}

}  // namespace starkcore::STARKCORE_ENGINE
