// Points at rest: as the tables hold them, and as the outside sees them.
#pragma once

#include "base/limbs.hpp"

namespace starkcore {

// An affine point of the curve as the tables hold it: coordinates times 2^256 mod p (Montgomery form), each below p.
struct StoredPoint {
  U256 x, y;
};

// An affine point as the outside sees it: plain integers below p.
struct PlainPoint {
  U256 x, y;
};

}  // namespace starkcore
