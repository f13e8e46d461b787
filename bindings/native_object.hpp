// Native objects that other native functions take: what is computed once for many orders.
#pragma once

#include "convert.hpp"

namespace binding {

// A market made ready for orders.
struct PreparedMarket {
  PreparedMarket(py::handle synthetic_id, py::handle collateral_id, py::handle fee_asset_id,
                 py::handle synthetic_resolution, py::handle collateral_resolution);

  starkcore_market native;
};

// The last word of an order: position and expiry.
struct OrderTail {
  OrderTail(py::handle position_id, py::handle expiration_hours);

  starkcore_order_tail native;
};

template <typename T>
const T& native_object(py::handle value, const char* name) {
  py::detail::make_caster<T> caster;
  if (!caster.load(value, false)) raise_type({name}, "a native object", value);
  return py::detail::cast_op<T&>(caster);
}

}  // namespace binding
