// Many Pedersen hashes: affine additions in lanes, with one inversion for a whole level of a tree. Public.
//
// A lane is a hash, and kLanes hashes are a group. The points of all windows are added up in pairs,
// then the sums in pairs, and so on; the additions of a level, of all groups, share an inversion
// (Montgomery's trick). An addition is then 5M + 1S, half of what XYZZ takes.
//
// Points are (X, Y) on the curve of curve/point_lanes.hpp; the tables' have Y/κ, which the first
// level brings to Y: with inverses that are κ times as large the slope comes out right, and κ·y is
// subtracted from the last product.
//
// Why no addition meets its exception, which would spoil a batch. First level of a full hash:
// window i of both inputs, over different points. Of half a hash: windows 2i and 2i + 1, which
// differ by P0 (P4) or in size, as do all sums over different windows of the same point: the
// multiple of the lower windows is nonzero and smaller than that of the higher ones
// (hash/pedersen_lanes.hpp). The first window's P0 (P4·15/2) is on one side alone until all windows
// are together, and for a right half alone that last addition is fine unless b = 0. A point added
// from outside joins the last windows: for a right half it contains P0; for a left half it is over
// P3 and P4.
//
// Where the words of a whole batch are short, their upper windows are one point, the rest
// (pedersen_entry.hpp), which has −15/2·P4. Of a full hash, leaf i has window i of a and window i
// of b, or the rest after b's last one; further leaves have two windows of a each. So in each leaf,
// and in each sum, there are windows of a, and those of two sums that meet differ in size. Of a
// right half the rest stands beside its last window, with P4 on one side alone, and is then added
// to the point from outside, which contains P0.
#pragma once

#include <type_traits>

#include "base/chunks.hpp"
#include "curve/point_lanes.hpp"
#include "field/batch_inversion.hpp"
#include "hash/pedersen_entry.hpp"
#include "hash/pedersen_room.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline constexpr std::size_t kBatchGroups = kChunk / kLanes;
inline constexpr std::size_t kBatchFrom = 8;                         // fewer hashes are quicker one by one
inline constexpr std::size_t kTreeLeaves = BuiltInLayout::kWindows;  // at most
static_assert(kBatchGroups * kLanes == kChunk, "a chunk's hashes fill its groups, and no lane is left over");
static_assert(0 < kBatchFrom && kBatchFrom <= kChunk);

struct AffineLanes {
  FpLanes<1> x, y;
};

// What a batch works in: its trees, a row of points for each group, and the products before each
// factor of a level. Some 90 kilobytes, which are no thread's stack: hash/pedersen_room.hpp.
struct BatchSpace {
  AffineLanes points[kBatchGroups * kTreeLeaves];
  FpLanes<1> before[kBatchGroups * kTreeLeaves / 2];
};

static_assert(sizeof(BatchSpace) <= kBatchRoomBytes && alignof(BatchSpace) <= kBatchRoomAlignment);

// 1/a in each lane, or κ/a, for lanes that are not 0; `factor` says which (field/fp_lanes.hpp).
inline FpLanes<1> inverse_var(const FpLanes<1>& a, const Fp<1>& factor) {
  Fp<6> integers[kLanes];
  Fp<2> lanes[kLanes], prefix[kLanes];
  U256 inverses[kLanes];
  to_integers(integers, a);
  for (int i = 0; i < kLanes; ++i) lanes[i] = weak_reduce(integers[i]);
  invert_many(lanes, prefix, kLanes, [](const Fp<2>& all) { return Fp<2>{inverse_var(all)}; });
  for (int i = 0; i < kLanes; ++i) inverses[i] = reduce(lanes[i] * factor).v;
  return load_lanes([&](int lane) -> const U256& { return inverses[lane]; }) * one_lanes();
}

// The running product of the differences of a level, and then the inverse of what is left of it.
struct SharedInverse {
  FpLanes<1> running;

  STARKCORE_INLINE SharedInverse() : running(one_lanes()) {}

  // The product before this factor, which take() wants back.
  template <class Factor>
  STARKCORE_INLINE FpLanes<1> put(const Factor& factor) {
    const FpLanes<1> before = running;
    running = running * factor;
    return before;
  }

  // `scale` is kOneFromInverse or kKappaFromInverse.
  void invert_var(const Fp<1>& scale) {
    STARKCORE_CHECK(!any_zero_var());
    running = inverse_var(running, scale);
  }

  // 1/factor, or κ/factor, for factors in the opposite order.
  template <class Factor>
  STARKCORE_INLINE FpLanes<1> take(const FpLanes<1>& before, const Factor& factor) {
    const FpLanes<1> inverse = running * before;
    running = running * factor;
    return inverse;
  }

  bool any_zero_var() const {
    Fp<6> integers[kLanes];
    to_integers(integers, running);
    bool zero = false;
    for (const Fp<6>& integer : integers) zero |= is_zero_var(integer);
    return zero;
  }
};

// Windows of short words: of full hashes, and after kept left halves, where windows and rest make
// whole leaves.
inline constexpr int kBatchShortWindows = 11, kBatchShortWindowsAfter[2] = {5, 13};

// Which points the trees of a batch begin with: all windows of one input or of both; or a rest
// after `windows` of the right one.
struct LeafPlan {
  const U256 *left, *right;
  int windows;
  std::size_t leaves;
};

template <class Table, int windows>
inline bool all_fit_var(const U256* words, std::size_t count) {
  bool fit = Table::kHasRests;
  for (std::size_t i = 0; fit && i < count; ++i) fit = fits_windows_var<Table, windows>(words[i]);
  return fit;
}

// Full hashes, or half of them where left or right is nullptr. `onto`: whether right halves are
// added to points that contain P0.
template <class Table>
inline LeafPlan leaf_plan_var(const U256* left, const U256* right, std::size_t count, bool onto) {
  constexpr int all = Table::kWindows, few = kBatchShortWindowsAfter[0], more = kBatchShortWindowsAfter[1];
  const bool full = left != nullptr && right != nullptr;
  if (full && all_fit_var<Table, kBatchShortWindows>(right, count)) {
    return {left, right, kBatchShortWindows, (all + kBatchShortWindows + 1) / 2};
  }
  if (left == nullptr && onto && all_fit_var<Table, more>(right, count)) {
    const int windows = all_fit_var<Table, few>(right, count) ? few : more;
    return {left, right, windows, static_cast<std::size_t>(windows + 1) / 2};
  }
  return {left, right, all, static_cast<std::size_t>(full ? all : all / 2)};
}

// The table's points that the trees of a batch begin with, two a leaf: for each its index in the
// table, times two, and whether its opposite is meant. Lanes past the last hash repeat it.
template <class Table>
class BatchLeaves {
 public:
  // 1 <= count <= kChunk
  BatchLeaves(const LeafPlan& plan, std::size_t count, Table table)
      : table_(table), count_(count), leaves_(plan.leaves) {
    STARKCORE_CHECK(1 <= count && count <= kChunk);
    for (std::size_t leaf = 0; leaf < leaves_; ++leaf) {
      for (int side = 0; side < 2; ++side) fill_var(plan, leaf, side);
    }
  }

  std::size_t count() const { return count_; }
  std::size_t groups() const { return (count_ + kLanes - 1) / kLanes; }
  std::size_t leaves() const { return leaves_; }

  // One point of a leaf, for a group; or its x alone.
  STARKCORE_INLINE TableLanes load_var(std::size_t group, std::size_t leaf, int side) const {
    const Code* code = code_[group][leaf][side];
    return load_points([&](int lane) -> const StoredPoint& { return point_var(code[lane]); }, low_bit_signs(code));
  }
  STARKCORE_INLINE FpLanes<2> load_x_var(std::size_t group, std::size_t leaf, int side) const {
    const Code* code = code_[group][leaf][side];
    return load_lanes([&](int lane) -> const U256& { return point_var(code[lane]).x; });
  }

  STARKCORE_INLINE void ask_for_var(std::size_t group, std::size_t leaf) const {
    for (int side = 0; side < 2; ++side) {
      for (const Code code : code_[group][leaf][side]) prefetch(&point_var(code));
    }
  }

 private:
  static constexpr int kWindows = Table::kWindows;
  static_assert(kWindows <= kTreeLeaves);
  using Code = std::conditional_t < 4 * Table::kHalf<1 << 16, std::uint16_t, std::uint32_t>;

  // That side of a leaf, of all hashes: which words' window it is, or the rest, is decided once.
  STARKCORE_INLINE void fill_var(const LeafPlan& plan, std::size_t leaf, int side) {
    const int place = 2 * static_cast<int>(leaf) + side;
    if (plan.right == nullptr) return fill_windows_var(leaf, side, table_.left(), plan.left, place);
    if (plan.left == nullptr) return fill_right_var(leaf, side, plan, place);
    const int shared = plan.windows == kWindows ? kWindows : plan.windows + 1;  // leaves with both
    if (place >= 2 * shared) return fill_windows_var(leaf, side, table_.left(), plan.left, place - shared);
    if (side == 0) return fill_windows_var(leaf, side, table_.left(), plan.left, place / 2);
    fill_right_var(leaf, side, plan, place / 2);
  }

  STARKCORE_INLINE void fill_right_var(std::size_t leaf, int side, const LeafPlan& plan, int w) {
    if constexpr (Table::kHasRests) {
      if (w == plan.windows)
        return fill_with(leaf, side, [&](std::size_t) { return PedersenEntry{table_.rest(w), 0}; });
    }
    fill_windows_var(leaf, side, table_.right(), plan.right, w);
  }

  STARKCORE_INLINE void fill_windows_var(std::size_t leaf, int side, const StoredPoint* half, const U256* words,
                                         int w) {
    fill_with(leaf, side, [&](std::size_t i) { return pedersen_entry_var<Table>(half, words[i], w); });
  }

  // entry(i) is the point of hash i.
  template <class Entry>
  STARKCORE_INLINE void fill_with(std::size_t leaf, int side, Entry entry) {
    for (std::size_t hash = 0; hash < kLanes * groups(); ++hash) {
      const PedersenEntry found = entry(hash < count_ ? hash : count_ - 1);
      code_[hash / kLanes][leaf][side][hash % kLanes] =
          static_cast<Code>(2 * (found.point - table_.left()) + static_cast<std::ptrdiff_t>(found.negative & 1));
    }
  }

  STARKCORE_INLINE const StoredPoint& point_var(Code code) const { return table_.left()[code >> 1]; }

  Table table_;
  std::size_t count_, leaves_;
  Code code_[kBatchGroups][kWindows][2][kLanes];
};

// points[group·kTreeLeaves + leaf] = the sums of both points of each leaf.
template <class Table>
STARKCORE_NOINLINE inline void add_leaves_var(AffineLanes* points, const BatchLeaves<Table>& in) {
  const std::size_t groups = in.groups(), leaves = in.leaves();
  constexpr std::size_t ahead = 7;
  SharedInverse shared;
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t i = 0; i < leaves; ++i) {
      const std::size_t later = i + ahead;
      if (later < leaves)
        in.ask_for_var(g, later);
      else if (g + 1 < groups)
        in.ask_for_var(g + 1, later - leaves);
      points[g * kTreeLeaves + i].y = shared.put(in.load_x_var(g, i, 1) - in.load_x_var(g, i, 0));
    }
  }
  shared.invert_var(kKappaFromInverse);
  for (std::size_t g = groups; g-- > 0;) {
    for (std::size_t i = leaves; i-- > 0;) {
      AffineLanes& out = points[g * kTreeLeaves + i];
      const TableLanes a = in.load_var(g, i, 0), b = in.load_var(g, i, 1);
      const FpLanes<1> slope = (b.y - a.y) * shared.take(out.y, b.x - a.x);
      out.x = sqr_sub_sub(slope, a.x, b.x);
      out.y = mul_sub_kappa(slope, a.x - out.x, a.y);
    }
  }
}

// One level up: of n points a group, points 2i and 2i + 1 become point i, and a last odd one moves.
// Returns how many are left.
STARKCORE_NOINLINE inline std::size_t add_level_var(BatchSpace& space, std::size_t groups, std::size_t n) {
  AffineLanes* const points = space.points;
  FpLanes<1>* const before = space.before;
  const std::size_t pairs = n / 2;
  SharedInverse shared;
  for (std::size_t g = 0; g < groups; ++g) {
    const AffineLanes* row = points + g * kTreeLeaves;
    for (std::size_t i = 0; i < pairs; ++i) before[g * pairs + i] = shared.put(row[2 * i + 1].x - row[2 * i].x);
  }
  shared.invert_var(kOneFromInverse);
  for (std::size_t g = groups; g-- > 0;) {
    AffineLanes* row = points + g * kTreeLeaves;
    for (std::size_t i = pairs; i-- > 0;) {  // the sum takes the place of its first point, for now
      AffineLanes &a = row[2 * i], &b = row[2 * i + 1];
      const FpLanes<1> slope = (b.y - a.y) * shared.take(before[g * pairs + i], b.x - a.x);
      const FpLanes<1> x = sqr_sub_sub(slope, a.x, b.x);
      a.y = mul_sub(slope, a.x - x, a.y);
      a.x = x;
    }
    for (std::size_t i = 1; i < (n + 1) / 2; ++i) row[i] = row[2 * i];
  }
  return (n + 1) / 2;
}

// space.points[group·kTreeLeaves] = the sum of all windows of each hash of the batch, and of
// extra[i] where there are such.
template <class Table>
inline void add_windows_var(BatchSpace& space, const BatchLeaves<Table>& in, const StoredPoint* const* extra) {
  AffineLanes* const points = space.points;
  const std::size_t groups = in.groups();
  std::size_t n = in.leaves();
  add_leaves_var(points, in);
  while (n > 7) n = add_level_var(space, groups, n);
  if (extra != nullptr) {
    for (std::size_t g = 0; g < groups; ++g) {
      const TableLanes point = load_points([&](int lane) -> const StoredPoint& {
        const std::size_t i = kLanes * g + static_cast<std::size_t>(lane);
        return *extra[i < in.count() ? i : in.count() - 1];
      });
      points[g * kTreeLeaves + n] = AffineLanes{point.x * one_lanes(), point.y * kappa_lanes()};
    }
    ++n;
  }
  while (n > 1) n = add_level_var(space, groups, n);
}

// The x-coordinates of the same, as plain integers: of full hashes, or of half of them where left or right is nullptr.
// False, and nothing is done, where all room for batches is taken. In a frame of its own: single hashes don't need it.
template <class Table>
STARKCORE_NOINLINE inline bool add_windows_x_var(U256* out, const U256* left, const U256* right, std::size_t count,
                                                 const StoredPoint* const* extra, Table table) {
  const BatchRoom room;
  if (room.memory() == nullptr) return false;
  BatchSpace& space = *static_cast<BatchSpace*>(room.memory());
  const AffineLanes* const points = space.points;
  const BatchLeaves<Table> in(leaf_plan_var<Table>(left, right, count, extra != nullptr), count, table);
  add_windows_var(space, in, extra);
  for (std::size_t i = 0; i < in.count(); i += kLanes) {
    Fp<6> x[kLanes];
    to_integers(x, points[i / kLanes * kTreeLeaves].x);
    for (std::size_t lane = 0; lane < kLanes && i + lane < in.count(); ++lane) out[i + lane] = from_fp(x[lane]);
  }
  return true;
}

// And in full, as points are stored.
template <class Table>
STARKCORE_NOINLINE inline bool add_windows_stored_var(StoredPoint* out, const U256* left, const U256* right,
                                                      std::size_t count, Table table) {
  const BatchRoom room;
  if (room.memory() == nullptr) return false;
  BatchSpace& space = *static_cast<BatchSpace*>(room.memory());
  const AffineLanes* const points = space.points;
  const BatchLeaves<Table> in(leaf_plan_var<Table>(left, right, count, false), count, table);
  add_windows_var(space, in, nullptr);
  for (std::size_t i = 0; i < in.count(); i += kLanes) {
    Fp<6> x[kLanes], y[kLanes];
    to_integers(x, points[i / kLanes * kTreeLeaves].x);
    to_integers(y, points[i / kLanes * kTreeLeaves].y);
    for (std::size_t lane = 0; lane < kLanes && i + lane < in.count(); ++lane) {
      out[i + lane] = StoredPoint{reduce(x[lane]).v, reduce(y[lane] * kKappaInverse).v};
    }
  }
  return true;
}

}  // namespace starkcore::STARKCORE_ENGINE
