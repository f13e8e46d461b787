// k·G from the fixed tables: constant time for secret scalars, and a quicker way to the same digits for public ones.
//
//   mul_table<secret, Layout>(table, k)              k·(the table's point), 0 < k < n; finite
//   mul_table_many<secret>(sums, table, k, count)    sums[i] = k[i]·(the table's point)
//   mul_generator(k)                                 k·G for one secret k
//
// In lanes, the scalars of mul_table_many() share a table's reading.
//
// secret: every entry of every window is read. A table has the windows of curve/generator_table.hpp.
#pragma once

#if defined(STARKCORE_ENGINE_LANES)
#include "curve/base_mul_lanes.hpp"
#else
#include "curve/base_mul_scalar.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

// k·G for one secret k, 0 < k < n, from the table that is quickest where a program has done
// something else since; finite.
inline XyzzPoint mul_generator(const U256& k) {
#if defined(STARKCORE_ENGINE_LANES)
  using Table = SingleTable<STARKCORE_ENGINE_LANES>;
#else
  using Table = SingleTable<1>;
#endif
  return mul_table<true, Table::Layout>(Table::points(), k);
}

}  // namespace starkcore::STARKCORE_ENGINE
