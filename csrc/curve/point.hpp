// Points of y² = x³ + x + β, and the formulas that add and double them.
//
// AffinePoint: (x, y), never the point at infinity. XyzzPoint: x = X/ZZ, y = Y/ZZZ with ZZ³ = ZZZ²;
// ZZ = 0 is infinity. XYZZ has the cheapest addition of an affine point. The plain formulas are
// incomplete, and constant time: adding equal or opposite points gives ZZ = 0, and ZZ stays 0 from
// then on. Whoever uses them says why that can't happen, or looks for it.
//
// Source of the formulas: Explicit-Formulas Database, short Weierstrass curves. M, S: products and squares in Fp.
#pragma once

#include "curve/stored_point.hpp"
#include "field/fp.hpp"

namespace starkcore::STARKCORE_ENGINE {

STARKCORE_INLINE Fp<2> beta() { return Fp<1>{kBetaPlain} * Fp<1>{kR2ModP}; }

struct AffinePoint {
  Fp<2> x, y;
};

struct XyzzPoint {
  Fp<2> x, y, zz, zzz;
};

STARKCORE_INLINE AffinePoint load(const StoredPoint& point) { return AffinePoint{Fp<1>{point.x}, Fp<1>{point.y}}; }

// The point of a table, or its opposite where the mask is set.
STARKCORE_INLINE AffinePoint load_signed(const StoredPoint& point, Mask negative) {
  return AffinePoint{Fp<1>{point.x}, negate_if(negative, Fp<1>{point.y})};
}

STARKCORE_INLINE AffinePoint to_affine(const PlainPoint& point) { return AffinePoint{to_fp(point.x), to_fp(point.y)}; }

STARKCORE_INLINE StoredPoint store(const AffinePoint& point) {
  return StoredPoint{reduce(point.x).v, reduce(point.y).v};
}

STARKCORE_INLINE XyzzPoint to_xyzz(const AffinePoint& point) { return XyzzPoint{point.x, point.y, kFpOne, kFpOne}; }

STARKCORE_INLINE bool is_infinity_var(const XyzzPoint& point) { return is_zero_var(point.zz); }

// The end of what follows, from P³ and x1·P². y3 may be y1.
STARKCORE_INLINE void chord_end(Fp<2>& x3, Fp<2>& y3, const Fp<2>& ppp, const Fp<2>& q, const Fp<4>& r,
                                const Fp<2>& y1) {
  x3 = weak_reduce(sqr_sub(r, ppp + (q + q)));
  y3 = mul_add(r, q - x3, -y1, ppp);
}

// What two affine-like points have between them: P = x2 − x1 and R = y2 − y1 over common
// denominators. X3 = R² − P³ − 2·x1·P², Y3 = R·(x1·P² − X3) − y1·P³; returns P² and P³ for the
// denominators. 4M + 2S, one reduction less. x3 and y3 may be x1 and y1.
STARKCORE_INLINE void chord(Fp<2>& x3, Fp<2>& y3, Fp<2>& pp, Fp<2>& ppp, const Fp<4>& p, const Fp<4>& r,
                            const Fp<2>& x1, const Fp<2>& y1) {
  pp = sqr(p);
  ppp = p * pp;
  chord_end(x3, y3, ppp, x1 * pp, r, y1);
}

// sum ← sum + point: "madd-2008-s", 8M + 2S with one reduction less. Incomplete, constant time.
STARKCORE_NOINLINE inline void add(XyzzPoint& sum, const AffinePoint& point) {
  const Fp<4> p = mul_sub(point.x, sum.zz, sum.x);
  const Fp<4> r = mul_sub(point.y, sum.zzz, sum.y);
  const Fp<2> pp = sqr(p), ppp = mul_single(p, pp), q = mul_single(sum.x, pp);
  chord_end(sum.x, sum.y, ppp, q, r, sum.y);
  sum.zz = mul_single(sum.zz, pp);
  sum.zzz = mul_single(sum.zzz, ppp);
}

// 2·point: "dbl-2008-s-1" with a = 1, 6M + 4S. Complete: y is never 0; infinity stays infinity.
STARKCORE_NOINLINE inline XyzzPoint twice(const XyzzPoint& point) {
  XyzzPoint out;
  const Fp<4> u = point.y + point.y;
  const Fp<2> v = sqr(u), w = u * v;
  const Fp<2> s = point.x * v;
  const Fp<2> xx = sqr(point.x);
  const Fp<2> m = weak_reduce(xx + xx + xx + sqr(point.zz));
  out.x = weak_reduce(sqr_sub(m, s + s));
  out.y = mul_add(m, s - out.x, -w, point.y);
  out.zz = v * point.zz;
  out.zzz = w * point.zzz;
  return out;
}

// a + b for any two points: "add-2008-s", 12M + 2S. Variable time.
STARKCORE_NOINLINE inline XyzzPoint add_complete_var(const XyzzPoint& a, const XyzzPoint& b) {
  if (is_infinity_var(a)) return b;
  if (is_infinity_var(b)) return a;
  const Fp<2> u1 = a.x * b.zz, s1 = a.y * b.zzz;
  const Fp<4> p = mul_sub(b.x, a.zz, u1), r = mul_sub(b.y, a.zzz, s1);
  if (is_zero_var(p) && is_zero_var(r)) return twice(a);  // p = 0 alone: opposite points, and zz comes out as 0
  XyzzPoint sum;
  Fp<2> pp, ppp;
  chord(sum.x, sum.y, pp, ppp, p, r, u1, s1);
  sum.zz = a.zz * b.zz * pp;
  sum.zzz = a.zzz * b.zzz * ppp;
  return sum;
}

// The right-hand side of the curve's equation, (x² + 1)·x + β.
STARKCORE_NOINLINE inline Fp<2> curve_rhs(const Fp<2>& x) { return weak_reduce((sqr(x) + kFpOne) * x + beta()); }

inline bool on_curve_var(const AffinePoint& point) { return equal_var(sqr(point.y), curve_rhs(point.x)); }

// x and y of a finite point whose 1/ZZZ is known: 1/Z = ZZ/ZZZ, 1/ZZ = (1/Z)².
STARKCORE_INLINE AffinePoint to_affine(const XyzzPoint& point, const Fp<2>& zzz_inverse) {
  return AffinePoint{point.x * sqr(point.zz * zzz_inverse), point.y * zzz_inverse};
}

}  // namespace starkcore::STARKCORE_ENGINE
