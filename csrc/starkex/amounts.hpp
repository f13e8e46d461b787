// Amounts as people write them, turned into quantums: the integers that StarkEx messages carry.
//
// An asset's resolution is the number of its quantums in one unit: any integer from 1 on. Everything here is
// public, and takes time that depends on the values. Results are defined only when the status is STARKCORE_OK.
#pragma once

#include <string_view>

#include "base/word.hpp"
#include "starkcore.h"
#include "starkex/decimal.hpp"

namespace starkcore {

// out = amount × resolution. SYNTAX, TOO_LONG, NEGATIVE, MULTIPLE (exact only), WIDTH (2^64 and more), all with
// `field`.
starkcore_status quantums_var(u64& out, std::string_view amount, u64 resolution, Rounding rounding, int field);

// The amounts of a limit order, as written.
struct OrderText {
  std::string_view size;       // in units of the synthetic asset
  std::string_view price;      // in units of the collateral a unit
  std::string_view limit_fee;  // a fraction: 0.01 is one per cent
  bool is_buying_synthetic;
};

// The same as numbers, none of them negative.
struct OrderAmounts {
  Decimal size, price, limit_fee;
  bool is_buying_synthetic;
};

struct OrderQuantums {
  u64 synthetic, collateral, fee;
};

// StarkEx's rules for an order, those of dYdX's own client:
//
//   synthetic  = size × synthetic resolution, exactly;
//   collateral = size × price × collateral resolution, rounded up for a buy and down for a sell;
//   fee        = (limit fee without what lies below 10^-6) × collateral, rounded up.
//
// Size and price must be more than zero, the fee not less. It must be below 1: exchanges take less
// than a hundredth, and who signs a fee of 1 or more has written per cent, or another number, in
// its place. SYNTAX, TOO_LONG, NEGATIVE, ZERO with the field SIZE, PRICE or LIMIT_FEE; FEE with
// LIMIT_FEE; MULTIPLE with SIZE; WIDTH with QUANTUMS_SYNTHETIC or QUANTUMS_COLLATERAL. Of several
// faults the first in that order of rules and fields is reported.
starkcore_status order_quantums_var(OrderQuantums& out, const OrderText& order, u64 synthetic_resolution,
                                    u64 collateral_resolution);
starkcore_status order_quantums_var(OrderQuantums& out, const OrderAmounts& order, u64 synthetic_resolution,
                                    u64 collateral_resolution);

}  // namespace starkcore
