// The group that is tried, as a list of points, and the count of what was tried.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "../check.hpp"
#include "curve/point.hpp"
#include "curve/var_mul.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

using test::number;

long long tried = 0, failed = 0;
bool strict = false;  // how secrets are inverted

void expect(bool good, const char* what, long long a = 0, long long b = 0, long long c = 0, long long d = 0) {
  ++tried;
  if (good) return;
  std::printf("%s: wrong for %lld %lld %lld %lld\n", what, a, b, c, d);
  if (++failed == 10) std::exit(1);
}

int order;                        // of the group in use
std::vector<PlainPoint> plain;    // i·G at i; nothing of use at 0
std::vector<AffinePoint> affine;  // the same
std::vector<StoredPoint> stored;  // the same

int wrap(long long i) { return static_cast<int>(((i % order) + order) % order); }
int times(int i, int j) { return wrap(static_cast<long long>(i) * j); }
U256 scalar(int k) { return u256(static_cast<u64>(k)); }
bool equal_or_opposite(int i, int j) { return i == j || wrap(i + j) == 0; }

void read_points(const char* path) {
  std::ifstream file(path);
  std::string x, y;
  plain.resize(1), affine.resize(1), stored.resize(1);
  while (file >> x >> y) {
    plain.push_back(PlainPoint{number(x), number(y)});
    affine.push_back(to_affine(plain.back()));
    stored.push_back(store(affine.back()));
  }
  order = static_cast<int>(plain.size());
}

// Whether the point is i·G.
bool is(const XyzzPoint& point, int i) {
  if (i == 0 || is_infinity_var(point)) return i == 0 && is_infinity_var(point);
  const AffinePoint& wanted = affine[static_cast<std::size_t>(i)];
  return equal_var(point.x, wanted.x * point.zz) && equal_var(point.y, wanted.y * point.zzz) &&
         equal_var(sqr(point.zz) * point.zz, sqr(point.zzz));
}

XyzzPoint to_xyzz(const JacobianPoint& point) {
  const Fp<2> zz = sqr(point.z);
  return XyzzPoint{point.x, weak_reduce(point.y), zz, zz * point.z};
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
