// Every pair of points, by every formula of curve/point_lanes.hpp and curve/var_mul_lanes.hpp.
#pragma once

#include <algorithm>

#include "curve/point_lanes.hpp"
#include "curve/var_mul_lanes.hpp"
#include "group.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

using Places = int[kLanes];  // i of i·G in each lane

TableLanes table_lanes(const Places& at) {
  return load_points([&](int lane) -> const StoredPoint& { return stored[static_cast<std::size_t>(at[lane])]; });
}

// The sums of two points, of which none are equal or opposite: points with a denominator.
XyzzLanes sum_lanes(const Places& wanted) {
  Places first, second;
  for (int lane = 0; lane < kLanes; ++lane) {
    int part = 1;
    while (part == wanted[lane] || equal_or_opposite(part, wrap(wanted[lane] - part))) ++part;
    first[lane] = part, second[lane] = wrap(wanted[lane] - part);
  }
  XyzzLanes out = to_xyzz(table_lanes(first));
  add(out, table_lanes(second));
  return out;
}

void expect_lanes(XyzzLanes sum, const Places& wanted, const char* what, int i, int j) {
  XyzzPoint points[kLanes];
  complete(sum);
  from_lanes(points, sum, kLanes);
  for (int lane = 0; lane < kLanes; ++lane) expect(is(points[lane], wanted[lane]), what, i, j, lane);
}

// Each lane has another j, in turn.
void addition_in_lanes(int i, int j) {
  Places left, right, sums;
  for (int lane = 0; lane < kLanes; ++lane) {
    left[lane] = i, right[lane] = 1 + (j - 1 + lane) % (order - 1);
    sums[lane] = equal_or_opposite(i, right[lane]) ? 0 : wrap(i + right[lane]);
  }
  XyzzLanes sum = to_xyzz(table_lanes(left));
  add(sum, table_lanes(right));
  expect_lanes(sum, sums, "add in lanes, to affine points", i, j);
  sum = sum_lanes(left);
  add(sum, table_lanes(right));
  expect_lanes(sum, sums, "add in lanes", i, j);
  add(sum, table_lanes(right));
  for (int lane = 0; lane < kLanes; ++lane) {
    const bool gone = sums[lane] == 0 || equal_or_opposite(sums[lane], right[lane]);
    sums[lane] = gone ? 0 : wrap(sums[lane] + right[lane]);
  }
  expect_lanes(sum, sums, "add in lanes, after an exception or not", i, j);
}

// add_lanes() adds lanes that are half of them apart, and so on: infinity where any two are equal or opposite.
void sum_of_lanes(int i, int j) {
  Places at;
  for (int lane = 0; lane < kLanes; ++lane)
    at[lane] = lane == 0 ? i : lane == kLanes / 2 ? j : 1 + (i * lane + j) % (order - 1);
  int sums[kLanes];
  std::copy(at, at + kLanes, sums);
  bool gone = false;
  for (int count = kLanes; count > 1; count /= 2) {
    for (int lane = 0; lane < count / 2; ++lane) {
      gone |= equal_or_opposite(sums[lane], sums[lane + count / 2]);
      sums[lane] = wrap(sums[lane] + sums[lane + count / 2]);
    }
  }
  XyzzLanes sum = sum_lanes(at);
  add_lanes(sum);
  XyzzPoint out;
  from_lanes(&out, sum, 1);
  expect(is(out, gone ? 0 : sums[0]), "add_lanes", i, j);
}

// Elements that are given in full, as lanes take them.
FpLanes<1> lanes_of(const Places& at, U256 PlainPoint::*which) {
  return load_elements([&](int lane) -> const U256& { return plain[static_cast<std::size_t>(at[lane])].*which; }) *
         one_lanes();
}

// Bit l: whether lane l is wanted[l]·G; a 0 there is infinity.
void expect_jacobian(const JacobianLanes& sum, const Places& wanted, const char* what, int i, int j) {
  const FpLanes<1> zz = sqr(sum.z), zzz = zz * sum.z, x = lanes_of(wanted, &PlainPoint::x),
                   y = lanes_of(wanted, &PlainPoint::y);
  const unsigned infinite = zero_lanes_var(zz), good_x = zero_lanes_var(mul_sub(x, zz, sum.x)),
                 good_y = zero_lanes_var(mul_sub(y + y, zzz, sum.y2));
  for (int lane = 0; lane < kLanes; ++lane) {
    const bool is_infinite = (infinite >> lane & 1) != 0, is_right = (good_x & good_y) >> lane & 1;
    expect(wanted[lane] == 0 ? is_infinite : !is_infinite && is_right, what, i, j, lane);
  }
}

FpLanes<1> minus_one() {
  const LaneSigns all = lane_signs([](int) { return -1; });
  return negate_if(all, one_lanes());
}

void jacobian_in_lanes(int i, int j) {
  Places half, right, left, sums;
  for (int lane = 0; lane < kLanes; ++lane) {
    half[lane] = i % 2 == 0 ? i / 2 : (i + order) / 2, right[lane] = 1 + (j - 1 + lane) % (order - 1), left[lane] = i;
    sums[lane] = equal_or_opposite(i, right[lane]) ? 0 : wrap(i + right[lane]);
  }
  const auto doubled = [](const FpLanes<1>& y) { return (y + y) * one_lanes(); };
  const FpLanes<1> y = lanes_of(right, &PlainPoint::y), a = minus_one();
  JacobianLanes sum{lanes_of(half, &PlainPoint::x), doubled(lanes_of(half, &PlainPoint::y)), one_lanes(), a};
  twice<true>(sum);
  expect_jacobian(sum, left, "twice in lanes", i, j);
  add(sum, DoubledLanes{lanes_of(right, &PlainPoint::x), doubled(y)}, a);
  expect_jacobian(sum, sums, "add in lanes, Jacobian", i, j);
  twice<false>(sum);
  for (int& at : sums) at = wrap(2 * at);
  expect_jacobian(sum, sums, "twice in lanes after an addition", i, j);
}

void formulas_in_lanes() {
  for (int i = 1; i < order; ++i) {
    for (int j = 1; j < order; ++j) addition_in_lanes(i, j), sum_of_lanes(i, j), jacobian_in_lanes(i, j);
  }
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
