// Lanes moved, read and written, and points in lanes, for the engine that the including file names.
#pragma once

#include "curve/point_lanes.hpp"
#include "vector_reference.hpp"

namespace starkcore::STARKCORE_ENGINE {

// Whether the lanes hold these integers mod p.
inline bool hold(const FpLanes<2>& a, const U256* integers, const int* order) {
  Fp<6> out[kLanes];
  to_integers(out, a);
  bool good = true;
  for (int i = 0; i < kLanes; ++i) good &= equal_var(reduce(out[i]).v, integers[order[i]]);
  return good;
}

// Whether the lower `count` lanes went to the beginnings of both halves.
template <int count>
bool spreads(const FpLanes<2>& a, const U256* integers) {
  Fp<6> out[kLanes];
  to_integers(out, spread<count>(a));
  bool good = true;
  for (int i = 0; i < count; ++i) {
    const int to = i < count / 2 ? i : kLanes / 2 + i - count / 2;
    good &= equal_var(reduce(out[to]).v, integers[i]);
  }
  return good;
}

// Each lane from where the contract says, and none of another.
inline void test_lanes() {
  constexpr int half = kLanes / 2;
  for (int round = 0; round < 2000; ++round) {
    U256 in[2 * kLanes];
    for (U256& a : in) a = test::random_below(kP);
    if (round == 0) in[1] = u256(1), sub(in[2], kP, u256(1)), in[3] = U256{{~u64{0}, 0, ~u64{0}, 0}};
    const auto a = load_lanes([&](int lane) -> const U256& { return in[lane]; });
    const auto b = load_lanes([&](int lane) -> const U256& { return in[kLanes + lane]; });
    const u64 signs = test::random_word();
    std::uint16_t codes[kLanes];
    U256 negated[kLanes];
    int same[kLanes], other[kLanes], swapped[kLanes], repeated[kLanes], joined[kLanes], chosen[kLanes];
    for (int i = 0; i < kLanes; ++i) {
      codes[i] = static_cast<std::uint16_t>(test::random_word() << 1 | (signs >> i & 1));
      negated[i] = (signs >> i & 1) != 0 ? test::ref_negate({in[i]}).v : in[i];
      same[i] = i, other[i] = kLanes + i, swapped[i] = i ^ half, repeated[i] = i % half;
      joined[i] = i < half ? i : kLanes + i, chosen[i] = i < 2 ? i : kLanes + i;
    }
    CHECK(hold(a, in, same) && hold(b, in, other));
    CHECK(hold(swap_halves(a), in, swapped) && hold(repeat_lower_half(a), in, repeated));
    CHECK(hold(join<half>(a, b), in, joined) && hold(join<2>(a, b), in, chosen));
    CHECK(hold(negate_if(lane_signs([&](int lane) { return signs << (63 - lane); }), a), negated, same));
    CHECK(hold(negate_if(low_bit_signs(codes), a), negated, same));
    const decltype(a) both[2] = {a, b};
    const auto gathered = gather_lanes([&](int lane) -> const decltype(a)& { return both[lane < 2 ? 0 : 1]; });
    CHECK(hold(gathered, in, chosen));
    CHECK(spreads<2>(a, in));
    if constexpr (kLanes == 8) CHECK(spreads<4>(a, in));
    if (round < 100) CHECK(zero_lanes_var(join<2>(FpLanes<1>{}, a * b)) == 3);
  }
}

// Additions in lanes against the scalar formulas, and the merge of the lanes.
inline void test_points() {
  for (int round = 0; round < 200; ++round) {
    const StoredPoint* points[2][kLanes];
    XyzzPoint expected[kLanes], all, sums[kLanes], merged;
    u64 negative[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      for (auto& row : points) row[lane] = &kPedersenTable[test::random_word() % (2 * BuiltInLayout::kHalf)];
      negative[lane] = 0 - (test::random_word() & 1);
      expected[lane] = to_xyzz(load(*points[0][lane]));
      add(expected[lane], load_signed(*points[1][lane], negative[lane]));
    }
    XyzzLanes sum = to_xyzz(load_points([&](int lane) -> const StoredPoint& { return *points[0][lane]; }));
    add(sum, load_points([&](int lane) -> const StoredPoint& { return *points[1][lane]; },
                         lane_signs([&](int lane) { return negative[lane]; })));
    XyzzLanes lanes = sum;
    complete(lanes);
    from_lanes(sums, lanes, kLanes);
    all = expected[0];
    for (int lane = 1; lane < kLanes; ++lane) all = add_complete_var(all, expected[lane]);
    add_lanes(sum);
    from_lanes(&merged, sum, 1);
    const auto same = [](const XyzzPoint& a, const XyzzPoint& b) {
      return equal_var(sqr(a.zz) * a.zz, sqr(a.zzz)) && equal_var(a.x * b.zz, b.x * a.zz) &&
             equal_var(a.y * b.zzz, b.y * a.zzz);
    };
    for (int lane = 0; lane < kLanes; ++lane) CHECK(same(sums[lane], expected[lane]));
    CHECK(same(merged, all));
  }
}

}  // namespace starkcore::STARKCORE_ENGINE
