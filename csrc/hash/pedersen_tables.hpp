// Larger tables for Pedersen hashes: built on request, used by every thread from then on, freed
// when the last use has ended.
//
// They are one of the few things here that change while the library runs. No function waits: a
// table that is given up while hashes still use it is freed by the last of them. After a fork in
// the midst of a hash the child may keep a table that it has given up. Public data.
#pragma once

#include "hash/pedersen_layout.hpp"

namespace starkcore {

inline constexpr std::size_t kLargeTableBytes = 2 * LargeLayout::kHalf * sizeof(StoredPoint);

// The large table, held for as long as this lives; nullptr when there is none.
class LargeTableUse {
 public:
  LargeTableUse();
  ~LargeTableUse();
  LargeTableUse(const LargeTableUse&) = delete;
  LargeTableUse& operator=(const LargeTableUse&) = delete;

  const StoredPoint* points() const { return points_; }

 private:
  const StoredPoint* points_;
};

// Build the large table, unless there is one, with an engine's function that fills it. False: no memory.
bool make_large_table(void (*build)(StoredPoint* out));

// Go back to the built-in table.
void drop_large_table();

bool has_large_table();

}  // namespace starkcore
