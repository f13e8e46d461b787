// A table for many verifications under one key: the generator's table, made for that key. Public.
#pragma once

#include "curve/base_mul.hpp"
#include "field/batch_inversion.hpp"

namespace starkcore {

// kGeneratorWindows rows of odd multiples, as kGeneratorTable has them for G.
struct alignas(64) PreparedKey {
  StoredPoint table[kGeneratorWindows * kGeneratorEntries];
};

namespace STARKCORE_ENGINE {

// points[i] ← points[i] + steps[i] for affine points, with one inversion for all: 5M + 1S each. No
// two of a pair are equal or opposite.
inline void add_affine_many_var(AffinePoint* points, const AffinePoint* steps, std::size_t count) {
  Fp<2> slopes[kGeneratorWindows], prefix[kGeneratorWindows];
  for (std::size_t i = 0; i < count; ++i) slopes[i] = weak_reduce(steps[i].x - points[i].x);  // not 0
  invert_many(slopes, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
  for (std::size_t i = 0; i < count; ++i) {
    const Fp<2> slope = slopes[i] * (steps[i].y - points[i].y);
    const Fp<2> x = weak_reduce(sqr(slope) - (points[i].x + steps[i].x));
    points[i].y = weak_reduce(slope * (points[i].x - x) - points[i].y);
    points[i].x = x;
  }
}

// out[i] = the affine form of points[i], all finite.
inline void to_affine_many_var(AffinePoint* out, const XyzzPoint* points, std::size_t count) {
  Fp<2> zzz[kGeneratorWindows], prefix[kGeneratorWindows];
  for (std::size_t i = 0; i < count; ++i) zzz[i] = points[i].zzz;  // not 0, as all are finite
  invert_many(zzz, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
  for (std::size_t i = 0; i < count; ++i) out[i] = to_affine(points[i], zzz[i]);
}

// The additions are (2i − 1)·B + 2·B with 2i − 1 < 64: never equal, and opposite only if (2i + 1)·B were infinity.
// But for 1·B + 2·B … all are of distinct points.
inline void prepare_var(PreparedKey* out, const PlainPoint& key) {
  XyzzPoint doubled[kGeneratorWindows], bases[kGeneratorWindows];
  bases[0] = to_xyzz(to_affine(key));
  for (int w = 0; w < kGeneratorWindows; ++w) {
    doubled[w] = twice(bases[w]);
    if (w + 1 == kGeneratorWindows) break;
    bases[w + 1] = doubled[w];
    for (int i = 1; i < kGeneratorWindow; ++i) bases[w + 1] = twice(bases[w + 1]);
  }
  AffinePoint row[kGeneratorWindows], steps[kGeneratorWindows];
  to_affine_many_var(row, bases, kGeneratorWindows);
  to_affine_many_var(steps, doubled, kGeneratorWindows);
  for (int i = 0; i < kGeneratorEntries; ++i) {
    if (i > 0) add_affine_many_var(row, steps, kGeneratorWindows);
    for (int w = 0; w < kGeneratorWindows; ++w) out->table[w * kGeneratorEntries + i] = store(row[w]);
  }
}

}  // namespace STARKCORE_ENGINE
}  // namespace starkcore
