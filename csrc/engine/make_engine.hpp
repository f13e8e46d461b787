// The table of functions of the engine that the including file names: everything above the field, compiled for it.
#pragma once

#include "curve/square_root.hpp"
#include "ecdsa/scheme.hpp"
#include "hash/pedersen.hpp"
#include "hash/pedersen_build.hpp"
#include "hash/poseidon.hpp"
#if defined(STARKCORE_ENGINE_LANES) && STARKCORE_ENGINE_LANES == 4
#include "base/float_state.hpp"
#endif

namespace starkcore::STARKCORE_ENGINE {

inline bool on_curve(const PlainPoint& point) { return on_curve_var(to_affine(point)); }

// x³ + x + β is never 0: the group's order is odd.
inline bool x_on_curve(const U256& x) { return is_square_var(curve_rhs(to_fp(x))); }

inline void lift_x(U256* y, const U256& x, bool odd) {
  const U256 root = from_fp(square_root_var(curve_rhs(to_fp(x))));
  *y = root;
  if (((root.w[0] & 1) != 0) != odd) sub(*y, kP, root);
}

// What callers get: a function, in the floating-point state that it needs.
#if defined(STARKCORE_ENGINE_LANES) && STARKCORE_ENGINE_LANES == 4
template <auto function>
inline constexpr auto entry = WithFloatState<function>::call;
#else
template <auto function>
inline constexpr auto entry = function;
#endif

constexpr Engine make_engine() {
  Engine engine{};
  engine.pedersen = entry<pedersen>;
  engine.pedersen_left = entry<pedersen_left>;
  engine.pedersen_right = entry<pedersen_right>;
  engine.pedersen_after = entry<pedersen_after>;
  engine.pedersen_before = entry<pedersen_before>;
  engine.pedersen_order = entry<pedersen_order>;
  engine.build_pedersen_table = entry<build_pedersen_table>;
  engine.poseidon = entry<poseidon>;
  engine.public_key = entry<public_key>;
  engine.sign = entry<sign>;
  engine.verify = entry<verify>;
  engine.prepare = entry<prepare>;
  engine.verify_prepared = entry<verify_prepared>;
  engine.on_curve = entry<on_curve>;
  engine.x_on_curve = entry<x_on_curve>;
  engine.lift_x = entry<lift_x>;
  return engine;
}

}  // namespace starkcore::STARKCORE_ENGINE
