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

inline bool plain_on_curve_var(const PlainPoint& point) { return on_curve_var(to_affine(point)); }

// x³ + x + β is never 0: the group's order is odd.
inline bool x_on_curve_var(const U256& x) { return is_square_var(curve_rhs(to_fp(x))); }

inline void lift_x_var(U256* y, const U256& x, bool odd) {
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
  engine.pedersen_var = entry<pedersen_var>;
  engine.pedersen_left_var = entry<pedersen_left_var>;
  engine.pedersen_right_var = entry<pedersen_right_var>;
  engine.pedersen_after_var = entry<pedersen_after_var>;
  engine.pedersen_before_var = entry<pedersen_before_var>;
  engine.pedersen_order_var = entry<pedersen_order_var>;
  engine.build_pedersen_table = entry<build_pedersen_table>;
  engine.poseidon = entry<poseidon>;
  engine.public_key = entry<public_key>;
  engine.sign = entry<sign>;
  engine.verify_var = entry<verify_var>;
  engine.prepare_var = entry<prepare_var>;
  engine.verify_prepared_var = entry<verify_prepared_var>;
  engine.on_curve_var = entry<plain_on_curve_var>;
  engine.x_on_curve_var = entry<x_on_curve_var>;
  engine.lift_x_var = entry<lift_x_var>;
  return engine;
}

}  // namespace starkcore::STARKCORE_ENGINE
