// Every scalar with every point, from the generator's table, from prepared keys' and from none.
#pragma once

#include <memory>

#include "curve/square_root.hpp"
#include "ecdsa/scheme.hpp"
#include "group.hpp"
#if defined(STARKCORE_ENGINE_LANES)
#include "formulas_lanes.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {
namespace {

// Where windows and entries are in a table of the point d·G.
int entry_of(int d, int w, int i) {
  return wrap(static_cast<long long>(d) * (2 * i + 1) % order * ((1LL << (kGeneratorWindow * w)) % order));
}

void fill_generator_table() {
  for (int w = 0; w < kGeneratorWindows; ++w) {
    for (int i = 0; i < kGeneratorEntries; ++i) {
      kGeneratorTable[w * kGeneratorEntries + i] = stored[static_cast<std::size_t>(entry_of(1, w, i))];
    }
  }
}

// k·G for all k, secret and public, alone and beside others.
void generator_multiples() {
  std::vector<U256> all;
  for (int k = 1; k < order; ++k) all.push_back(scalar(k));
  for (int k = 1; k < order; ++k) {
    expect(is(mul_table<true>(kGeneratorTable, scalar(k)), k), "mul_table, secret", k);
    expect(is(mul_generator(scalar(k)), k), "mul_generator", k);
    expect(is(mul_table<false>(kGeneratorTable, scalar(k)), k), "mul_table, public", k);
  }
  for (std::size_t count = 1; count <= 9; ++count) {
    for (std::size_t first = 0; first + count <= all.size(); ++first) {
      XyzzPoint sums[9];
      mul_table_many<true>(sums, kGeneratorTable, all.data() + first, count);
      for (std::size_t i = 0; i < count; ++i) {
        expect(is(sums[i], static_cast<int>(first + i) + 1), "mul_table_many", static_cast<long long>(first + i),
               static_cast<long long>(count));
      }
    }
  }
  for (const bool mode : {false, true}) {
    strict = mode;
    std::vector<PlainPoint> out(all.size());
    for (std::size_t count : {all.size(), all.size() / 2, std::size_t{1}}) {
      public_key(out.data(), all.data(), count);
      for (std::size_t i = 0; i < count; ++i) {
        expect(equal_var(out[i].x, plain[i + 1].x) && equal_var(out[i].y, plain[i + 1].y), "public_key",
               static_cast<long long>(i) + 1);
      }
    }
  }
}

// u·Q for all u and Q = d·G, on the curve itself and on the one that verify_x_only_var() scales it to.
void multiples_of(int d) {
  const AffinePoint& q = affine[static_cast<std::size_t>(d)];
  const Fp<2> v = curve_rhs(q.x), vv = sqr(v);
  for (int u = 1; u < order; ++u) {
    const int wanted = wrap(static_cast<long long>(u) * d);
    expect(is(to_xyzz(mul_naf_var(scalar(u), q, kFpOne)), wanted), "mul_naf_var", u, d);
    const JacobianPoint scaled = mul_naf_var(scalar(u), AffinePoint{q.x * v, vv}, vv);
    const AffinePoint& at = affine[static_cast<std::size_t>(wanted)];
    expect(!is_zero_var(scaled.z) && equal_var(scaled.x, at.x * v * sqr(scaled.z)), "mul_naf_var, scaled", u, d);
  }
}

void prepared_multiples_of(int d) {
  const auto prepared = std::make_unique<PreparedKey>();
  prepare_var(prepared.get(), plain[static_cast<std::size_t>(d)]);
  for (int w = 0; w < kGeneratorWindows; ++w) {
    for (int i = 0; i < kGeneratorEntries; ++i) {
      const StoredPoint& found = prepared->table[w * kGeneratorEntries + i];
      const StoredPoint& wanted = stored[static_cast<std::size_t>(entry_of(d, w, i))];
      expect(equal_var(found.x, wanted.x) && equal_var(found.y, wanted.y), "prepare", d, w, i);
    }
  }
  for (int u = 1; u < order; ++u) {
    expect(is(mul_table<false>(prepared->table, scalar(u)), wrap(static_cast<long long>(u) * d)), "mul_table, prepared",
           u, d);
  }
}

#if defined(STARKCORE_ENGINE_LANES)

// The one scalar, but for its sign, that mul_var() gives infinity for: n + 2·d for a digit d = −1,
// −3, … −31 with n ≡ 32 − d mod 64. The Stark curve's n has d = −15.
bool is_exception_of_lanes(int u) {
  const int digit = 32 - order % 64;
  return -31 <= digit && digit < 0 && (u == order + 2 * digit || u == -2 * digit);
}

void multiples_in_lanes(int d) {
  for (int first = 1; first < order; ++first) {  // each scalar in each lane
    U256 u[kLanes];
    Places at, wanted;
    for (int lane = 0; lane < kLanes; ++lane) {
      const int some = 1 + (first - 1 + lane) % (order - 1);
      u[lane] = scalar(some), at[lane] = d;
      wanted[lane] = is_exception_of_lanes(some) ? 0 : wrap(static_cast<long long>(some) * d);
    }
    const JacobianLanes out = mul_var(u, lanes_of(at, &PlainPoint::x), lanes_of(at, &PlainPoint::y), minus_one());
    expect_jacobian(out, wanted, "mul_var", first, d);
  }
}

#endif

void points_from_x() {
  for (int i = 1; i < order; ++i) {
    const AffinePoint& point = affine[static_cast<std::size_t>(i)];
    expect(on_curve_var(point), "on_curve_var", i);
    expect(is_square_var(curve_rhs(point.x)), "is_square_var", i);
    const Fp<2> root = square_root_var(curve_rhs(point.x));
    expect(equal_var(root, point.y) || equal_var(-root, point.y), "square_root_var", i);
  }
}

void scalars(int step) {
  points_from_x();
  generator_multiples();
  for (int d = 1; d < order; d += step) {
    multiples_of(d);
    prepared_multiples_of(d);
#if defined(STARKCORE_ENGINE_LANES)
    multiples_in_lanes(d);
#endif
  }
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
