// The table of functions of the engine that the including file names: everything above the field, compiled for it.
#pragma once

#include "curve/square_root.hpp"
#include "ecdsa/scheme.hpp"
#include "hash/pedersen.hpp"

namespace starkcore::STARKCORE_ENGINE {

inline bool on_curve(const PlainPoint& point) { return on_curve_var(to_affine(point)); }

// x³ + x + β is never 0: the group's order is odd.
inline bool x_on_curve(const U256& x) { return is_square_var(curve_rhs(to_fp(x))); }

inline void lift_x(U256* y, const U256& x, bool odd) {
  const U256 root = from_fp(square_root_var(curve_rhs(to_fp(x))));
  *y = root;
  if (((root.w[0] & 1) != 0) != odd) sub(*y, kP, root);
}

constexpr Engine make_engine(const char* name, u32 features) {
  Engine engine{};
  engine.name = name;
  engine.features = features;
  engine.pedersen = pedersen;
  engine.pedersen_left = pedersen_left;
  engine.pedersen_right = pedersen_right;
  engine.pedersen_order = pedersen_order;
  engine.public_key = public_key;
  engine.sign = sign;
  engine.verify = verify;
  engine.prepared_size = sizeof(PreparedKey);
  engine.prepare = prepare;
  engine.verify_prepared = verify_prepared;
  engine.on_curve = on_curve;
  engine.x_on_curve = x_on_curve;
  engine.lift_x = lift_x;
  return engine;
}

}  // namespace starkcore::STARKCORE_ENGINE
