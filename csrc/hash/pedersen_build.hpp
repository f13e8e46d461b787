// The large table of Pedersen's points, out of the built-in one. Public.
//
// Σ b_i·B_i = ½·ΣB_i + Σ (2b_i − 1)·½·B_i for the weights B_i of the bits. Let h_i = ½·B_i: a
// window's points are sums of ±h_i over its bits, and the first window's hold the constants too.
// All start from points that the built-in table has, and each further bit makes two of one: S − h
// and S + h, which share an inverse. h_9 is the first point of the built-in second window less its
// lower bits, and the others up to h_247 are its doublings. The last window has bits of both points
// of an input: it is the built-in last window, with lower bits added.
//
// No addition meets its exception. S has P0, P4·15/2, or an odd number of ½·P2 (P4) in it, or a
// highest bit h_j: then S is more than 2^j − (2^i − 1) times ½·P1 (P3) for h_i, i < j, hence more
// than h_i.
#pragma once

#include "base/chunks.hpp"
#include "curve/point.hpp"
#include "field/batch_inversion.hpp"
#include "field/inversion.hpp"
#include "hash/pedersen_entry.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr std::size_t kSplitChunk = 64;              // points that share an inversion
inline constexpr int kSharedBits = 248;                     // of an input, that multiply its first point
inline constexpr int kFirstHalf = BuiltInLayout::width(0);  // the first h_i that the built-in table has

// s + (h.x, y), where inverse = 1/(h.x − s.x). 2M + 1S
STARKCORE_NOINLINE inline StoredPoint sum_with_inverse(const AffinePoint& s, const Fp<2>& x, const Fp<2>& y,
                                                       const Fp<2>& inverse) {
  const Fp<2> slope = weak_reduce(y - s.y) * inverse;
  const Fp<2> sum_x = weak_reduce(sqr(slope) - s.x - x);
  return store(AffinePoint{sum_x, weak_reduce(slope * (s.x - sum_x) - s.y)});
}

// points[i·step] ← points[i·step] − h, points[i·step + apart] ← the same + h, for i < count. 4M +
// 2S, and 4M of a shared inversion.
inline void split_points_var(StoredPoint* points, std::size_t count, std::size_t step, std::size_t apart,
                             const AffinePoint& h) {
  Fp<2> inverses[kSplitChunk], prefix[kSplitChunk];
  const Fp<2> minus_y = weak_reduce(-h.y);
  for_chunks<kSplitChunk>(count, [&](std::size_t first, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) inverses[i] = weak_reduce(h.x - load(points[(first + i) * step]).x);
    // None is 0: S is not ±h, by the argument above.
    invert_many(inverses, prefix, size, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
    for (std::size_t i = 0; i < size; ++i) {
      StoredPoint* const low = points + (first + i) * step;
      const AffinePoint s = load(*low);
      low[0] = sum_with_inverse(s, h.x, minus_y, inverses[i]);
      low[apart] = sum_with_inverse(s, h.x, h.y, inverses[i]);
    }
  });
}

// Half of a table: an input's windows from the built-in ones.
inline void build_half(StoredPoint* out, const StoredPoint* built_in) {
  AffinePoint halves[kSharedBits];  // from kFirstHalf on
  XyzzPoint doubled = to_xyzz(load(built_in[BuiltInLayout::first_point(1)]));
  for (int i = kFirstHalf; i < kSharedBits; ++i) {
    halves[i] = to_affine(doubled, inverse_var(doubled.zzz));
    doubled = twice(doubled);
  }
  // The first window: 2^9 points to begin with.
  std::memcpy(out, built_in, sizeof(StoredPoint) << kFirstHalf);
  for (int i = kFirstHalf; i < LargeLayout::width(0); ++i) split_points_var(out, 1u << i, 1, 1u << i, halves[i]);
  // The others but the last begin with their highest bit.
  constexpr int last = LargeLayout::kWindows - 1, built_in_last = BuiltInLayout::kWindows - 1;
  for (int w = 1; w < last; ++w) {
    StoredPoint* window = out + LargeLayout::first_point(w);
    const int bit = LargeLayout::first_bit(w), width = LargeLayout::width(w);
    window[0] = store(halves[bit + width - 1]);
    for (int i = 0; i < width - 1; ++i) split_points_var(window, 1u << i, 1, 1u << i, halves[bit + i]);
  }
  // The last one begins with the built-in last one, and goes down.
  StoredPoint* window = out + LargeLayout::first_point(last);
  constexpr int lower = BuiltInLayout::first_bit(built_in_last) - LargeLayout::first_bit(last);
  constexpr std::size_t begin = std::size_t{1} << (BuiltInLayout::width(built_in_last) - 1);
  for (std::size_t v = 0; v < begin; ++v) {
    window[v << lower] = built_in[static_cast<std::size_t>(BuiltInLayout::first_point(built_in_last)) + v];
  }
  for (int i = lower; i-- > 0;) {
    split_points_var(window, begin << (lower - 1 - i), std::size_t{2} << i, std::size_t{1} << i,
                     halves[LargeLayout::first_bit(last) + i]);
  }
}

inline void build_pedersen_table(StoredPoint* out) {
  build_half(out, BuiltInTable::left());
  build_half(out + LargeLayout::kHalf, BuiltInTable::right());
}

}  // namespace starkcore::STARKCORE_ENGINE
