// Every pair of points, by every formula of curve/point.hpp, curve/var_mul.hpp and
// ecdsa/prepared.hpp, in every form that points may have.
#pragma once

#include "ecdsa/prepared.hpp"
#include "group.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

// The same number in [p, 2p).
Fp<2> raised(const Fp<2>& a) {
  Fp<2> out;
  add(out.v, reduce(a).v, kP);
  return out;
}

constexpr int kForms = 4;

// i·G as XYZZ coordinates: with a denominator of 1 or another one, and coordinates below p or above.
XyzzPoint form_of(int i, int form) {
  const Fp<2> z = (form & 1) != 0 ? to_fp(u256(static_cast<u64>(1000 + i))) : Fp<2>{kFpOne}, zz = sqr(z);
  const AffinePoint& point = affine[static_cast<std::size_t>(i == 0 ? 1 : i)];
  XyzzPoint out{point.x * zz, point.y * (zz * z), zz, zz * z};
  if (i == 0) out.zz = out.zzz = Fp<1>{u256(0)};
  return (form & 2) != 0 ? XyzzPoint{raised(out.x), raised(out.y), raised(out.zz), raised(out.zzz)} : out;
}

AffinePoint affine_form_of(int i, int form) {
  const AffinePoint& point = affine[static_cast<std::size_t>(i)];
  return (form & 2) != 0 ? AffinePoint{raised(point.x), raised(point.y)} : point;
}

// i·G with Z = (2·something)³, by doubling; T = a·Z⁴ as the formulas keep it.
JacobianPoint doubled_form_of(int i) {
  const AffinePoint& half = affine[static_cast<std::size_t>(i % 2 == 0 ? i / 2 : (i + order) / 2)];
  JacobianPoint out{half.x, half.y, kFpOne, kFpOne};
  twice(out);
  return out;
}

void single_formulas() {
  for (int i = 0; i < order; ++i) {
    for (int form = 0; form < kForms; ++form) {
      const XyzzPoint a = form_of(i, form);
      expect(is(twice(a), wrap(2 * i)), "twice", i, form);
      for (int j = 0; j < order; ++j) {
        for (int other = 0; other < kForms; ++other) {
          expect(is(add_complete_var(a, form_of(j, other)), wrap(i + j)), "add_complete_var", i, j, form, other);
        }
        if (j == 0) continue;
        XyzzPoint sum = a;  // infinity stays, and so do equal and opposite points become it
        add(sum, affine_form_of(j, form ^ 2));
        expect(is(sum, i == 0 || equal_or_opposite(i, j) ? 0 : wrap(i + j)), "add", i, j, form);
      }
    }
    if (i == 0) continue;
    JacobianPoint doubled = doubled_form_of(i);
    expect(is(to_xyzz(doubled), i), "twice", i);
    twice(doubled);
    expect(is(to_xyzz(doubled), wrap(2 * i)), "twice of a point with Z", i);
    for (int j = 1; j < order; ++j) {
      JacobianPoint sum = doubled_form_of(i);
      const bool no_sum = is_zero_var(add_distinct(sum, affine_form_of(j, 2 * (j & 1))));
      expect(no_sum == equal_or_opposite(i, j), "add_distinct finds equal and opposite points", i, j);
      if (!no_sum) expect(is(to_xyzz(sum), wrap(i + j)), "add_distinct", i, j);
    }
  }
}

// Affine additions with a shared inversion: rows of all j != ±i.
void affine_formulas() {
  for (int i = 1; i < order; ++i) {
    for (int first = 1; first < order; first += kGeneratorWindows) {
      std::vector<AffinePoint> points, steps;
      std::vector<int> sums;
      for (int j = first; j < order && j < first + kGeneratorWindows; ++j) {
        if (equal_or_opposite(i, j)) continue;
        points.push_back(affine_form_of(i, j)), steps.push_back(affine_form_of(j, i)), sums.push_back(wrap(i + j));
      }
      add_affine_many_var(points.data(), steps.data(), points.size());
      for (std::size_t at = 0; at < sums.size(); ++at) {
        expect(is(to_xyzz(points[at]), sums[at]), "add_affine_many_var", i, sums[at] - i);
      }
    }
  }
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
