// u·Q for a public scalar and a public point given anew each time: a windowed non-adjacent form over modified Jacobian
// coordinates. Public.
//
// The curve is Y² = X³ + a·X + b for any a, because two changes of curve keep out inversions and square roots:
//
//  - x alone. With v = x³ + x + β, the point (x·v, v²) lies on Y² = X³ + v²·X + β·v³, whatever v
//    is. That curve is the Stark curve under (x, y) → (x·v, y·v^(3/2)) when v is a square, i.e.
//    when x belongs to a point; so u·Q's x-coordinate is X/v.
//  - A table with one denominator. The odd multiples of Q are brought to a common Z and then read as affine points of
//    the curve scaled by that Z; the result's Z is multiplied by it in the end.
//
// b never enters a formula. JacobianPoint: x = X/Z², y = Y/Z³, with T = a·Z⁴; Z = 0 is infinity. T
// is a product or 1, so below 1.25·p (see twice).
#pragma once

#include "curve/point.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr int kNafWindow = 5;
inline constexpr int kNafEntries = 1 << (kNafWindow - 2);  // 1, 3, …, 15
inline constexpr int kNafDigits = 253;                     // a form of 252 bits may carry once

struct JacobianPoint {
  Fp<2> x;
  Fp<5> y;
  Fp<2> z, t;
};

// 2·point: "dbl-1998-cmo-2" on modified Jacobian coordinates, 4M + 4S; without T, 3M + 4S.
//
// One reduction instead of three, since a product of a < A·p and b < B·p is below (1 +
// A·B·p/2^256)·p, and p/2^256 = (1 + 2^-54.9)/32: a hair above 1/32, for which the constants below,
// all rounded up in their third digit, leave far more than enough. With X < 2, Y < 5 and T < 1.25,
// in units of p: XX < 1.125, YY < 1.79, X·YY < 1.12; S = 4·X·YY < 4.5; U = 8·Y⁴ < 2·(1 + 3.57²/32)
// < 2.8; M = 3·XX + T < 4.63. Then M² < 22; M·(S − X), with 2p added, < 4.63·6.5 < 31, so the
// product < 1.95, and the new Y, with 3p added, < 5. The new T < 1 + 5.6·1.25/32 < 1.25. The order
// keeps what the next step waits for in front.
template <bool with_t = true>
STARKCORE_NOINLINE inline void twice(JacobianPoint& point) {
  const Fp<2> xx = sqr(point.x);
  const Fp<5> m = narrow<5>(xx + xx + xx + point.t);
  const Fp<2> yy = sqr(point.y), mm = sqr(m);
  const Fp<2> xyy = point.x * yy;
  const Fp<4> s2 = xyy + xyy;
  const Fp<5> s = narrow<5>(s2 + s2);
  point.x = weak_reduce(mm - (s + s));
  const Fp<2> half_u = sqr(yy + yy);
  const Fp<3> u = narrow<3>(half_u + half_u);
  point.z = (point.y + point.y) * point.z;
  point.y = mul_within(m, s - point.x) - u;
  if constexpr (with_t) point.t = (u + u) * point.t;
}

// sum ← sum + point, and the ratio of the new Z to the old; t is not set. "madd-1998-cmo", 8M + 3S.
// sum is finite, and not ±point.
STARKCORE_NOINLINE inline Fp<4> add_distinct(JacobianPoint& sum, const AffinePoint& point) {
  const Fp<2> zz = sqr(sum.z);
  const Fp<4> h = point.x * zz - sum.x;
  const Fp<2> y = weak_reduce(sum.y);
  const Fp<4> r = point.y * (zz * sum.z) - y;
  Fp<2> new_y, hh, hhh;
  chord(sum.x, new_y, hh, hhh, h, r, sum.x, y);
  sum.y = new_y;
  sum.z = sum.z * h;
  return h;
}

// A scalar multiplication under way: the curve's a, the table, and the table's denominator.
struct NafTable {
  Fp<2> a;  // of the scaled curve
  Fp<2> z;  // multiply the result's Z by it
  AffinePoint odd[kNafEntries];
};

// The odd multiples of q, a point of order n on Y² = X³ + a·X + …. No addition meets its exception:
// (2i + 1)·q = ±2·q is impossible.
inline void make_naf_table(NafTable& table, const AffinePoint& q, const Fp<2>& a) {
  JacobianPoint twice_q{q.x, q.y, kFpOne, a};
  twice(twice_q);
  const Fp<2> zz = sqr(twice_q.z), zzz = zz * twice_q.z;
  const AffinePoint step{twice_q.x, weak_reduce(twice_q.y)};  // 2·q, affine on the curve scaled by its Z
  JacobianPoint sum{q.x * zz, q.y * zzz, kFpOne, kFpOne};
  Fp<4> ratio[kNafEntries];
  table.odd[0] = AffinePoint{sum.x, weak_reduce(sum.y)};
  for (int i = 1; i < kNafEntries; ++i) {
    ratio[i] = add_distinct(sum, step);
    table.odd[i] = AffinePoint{sum.x, weak_reduce(sum.y)};
  }
  Fp<2> factor{kFpOne};
  for (int i = kNafEntries - 2; i >= 0; --i) {  // to the last one's Z
    factor = factor * ratio[i + 1];
    const Fp<2> square = sqr(factor);
    table.odd[i].x = table.odd[i].x * square;
    table.odd[i].y = table.odd[i].y * (square * factor);
  }
  table.z = twice_q.z * sum.z;
  table.a = a * sqr(sqr(table.z));
}

// The windowed non-adjacent form of u < 2^252: odd digits in ±15 or 0, least significant first; returns how many.
inline int recode_naf_var(std::int8_t digits[kNafDigits], const U256& u) {
  int count = 0, carry = 0;
  for (int i = 0; i < kNafDigits; ++i) digits[i] = 0;
  for (int i = 0; i < kNafDigits;) {
    const int bit = static_cast<int>(bits(u, static_cast<unsigned>(i), 1));
    if (bit == carry) {
      ++i;
      continue;
    }
    const int value = static_cast<int>(bits(u, static_cast<unsigned>(i), kNafWindow)) + carry;
    carry = value >> (kNafWindow - 1);
    digits[i] = static_cast<std::int8_t>(value - (carry << kNafWindow));
    count = i + 1;
    i += kNafWindow;
  }
  STARKCORE_CHECK(carry == 0);
  return count;
}

// u·q for 0 < u < n, in Jacobian coordinates of the unscaled curve; t is not set.
//
// When the addition meets its exception. Let digit d != 0 stand at position i, and P be the value
// of the digits from i up: the sum before is C·q with C = P − d, a positive multiple of 32. C ≡ −d
// would mean P ≡ 0, but 0 < P < n. C ≡ d means P = n + 2d (C = d is impossible, 32 > |d|); above
// position 0 P is about n/2 at most, and at 0 P is u: the scalars n − 2·|d|, of which only u = n −
// 30 has such a C, since n ≡ 15 mod 32. The doubling that it needs is there, and tested.
inline JacobianPoint mul_naf_var(const U256& u, const AffinePoint& q, const Fp<2>& a) {
  NafTable table;
  make_naf_table(table, q, a);
  std::int8_t digits[kNafDigits];
  int i = recode_naf_var(digits, u) - 1;
  const auto entry = [&](int digit) {
    const AffinePoint& point = table.odd[(digit < 0 ? -digit : digit) / 2];
    return digit < 0 ? AffinePoint{point.x, weak_reduce(-point.y)} : point;
  };
  const AffinePoint first = entry(digits[i]);
  JacobianPoint sum{first.x, first.y, kFpOne, table.a};
  while (--i >= 0) {
    if (digits[i] == 0) {
      twice(sum);
      continue;
    }
    twice<false>(sum);
    JacobianPoint before = sum;
    if (is_zero_var(add_distinct(sum, entry(digits[i])))) {  // equal points: u = n − 2·|d|
      before.t = table.a * sqr(sqr(before.z));
      sum = before;
      twice(sum);
    } else {
      sum.t = table.a * sqr(sqr(sum.z));
    }
  }
  sum.z = sum.z * table.z;
  return sum;
}

}  // namespace starkcore::STARKCORE_ENGINE
