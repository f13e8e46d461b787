// Why one exact product, rounded once, gives what dYdX's client (dydx3 2.1.0, starkex/order.py and helpers.py) gets
// with `decimal` contexts of 28 digits, whose resolutions are powers of ten R = 10^k, whenever the result is below
// 2^64:
//
// Lemma. Let x > 0 and let x' be x rounded up to 28 significant digits. If x < 10^(28 − k), then ceil(x'·10^k) =
// ceil(x·10^k). Proof: the digits of x' end at 10^q with q <= (28 − k − 1) − 27 = −k, so every multiple of 10^-k is a
// multiple of 10^q. Rounding up to the finer grid passes no point of the coarser one that is >= x, so both have the
// same next coarser point. The same holds for rounding down.
//
// Synthetic. create_decimal(size) rounds to 28 digits and traps Inexact: more than 28 significant digits are an error
// there. They are one here, too: a size·10^k that is an integer below 2^64 < 10^20 has at most 20. Multiplying by 10^k
// keeps the coefficient, so the default context has nothing to round; to_integral_exact() then traps what is left.
//
// Collateral. Context.multiply takes size and price as they were written, unrounded, and rounds their product x to 28
// digits in the side's direction; create_decimal() and the product with 10^6 then keep the coefficient (28 digits), and
// to_integral_exact() rounds in the same direction. x·10^6 < 2^64 gives x < 10^14 < 10^22: the lemma with k = 6.
//
// Fee. quantize() cuts to 6 decimals, exactly. The product with the collateral is rounded up to 28
// digits, then up to an integer. The rate is below 1, so that the fee is below 2^64 < 10^28: the
// lemma with k = 0.
//
// From 2^64 on dydx3 goes on with a number that no message can hold; here that is WIDTH. (Its own result is then
// 2^64 or more as well: 28 digits never round a larger number below that.) What it takes and this doesn't: other
// syntax of Python's Decimal, negative numbers, zero sizes and prices, fees of 1 and more, more than 96 digits.
#include "starkex/amounts.hpp"

namespace starkcore {
namespace {

constexpr int kFeeExponent = -6;

starkcore_status status(int rule, int field) { return rule == 0 ? STARKCORE_OK : STARKCORE_STATUS(rule, field); }

starkcore_status parse_amount_var(Decimal& out, std::string_view text, int field) {
  const int rule = parse_decimal_var(out, text);
  if (rule != 0) return status(rule, field);
  return out.negative ? status(STARKCORE_RULE_NEGATIVE, field) : STARKCORE_OK;
}

starkcore_status parse_positive_var(Decimal& out, std::string_view text, int field) {
  const starkcore_status parsed = parse_amount_var(out, text, field);
  if (parsed != STARKCORE_OK) return parsed;
  return is_zero_var(out) ? status(STARKCORE_RULE_ZERO, field) : STARKCORE_OK;
}

bool is_below_one_var(const Decimal& a) {
  u64 whole;
  return to_integer_var(whole, a, make_decimal_var(1), make_decimal_var(1), Rounding::kDown) == 0 && whole == 0;
}

}  // namespace

starkcore_status quantums_var(u64& out, std::string_view amount, u64 resolution, Rounding rounding, int field) {
  Decimal value;
  const starkcore_status parsed = parse_amount_var(value, amount, field);
  if (parsed != STARKCORE_OK) return parsed;
  return status(to_integer_var(out, value, make_decimal_var(resolution), make_decimal_var(1), rounding), field);
}

starkcore_status order_quantums_var(OrderQuantums& out, const OrderText& order, u64 synthetic_resolution,
                                    u64 collateral_resolution) {
  OrderAmounts amounts;
  amounts.is_buying_synthetic = order.is_buying_synthetic;
  starkcore_status parsed = parse_positive_var(amounts.size, order.size, STARKCORE_FIELD_SIZE);
  if (parsed == STARKCORE_OK) parsed = parse_positive_var(amounts.price, order.price, STARKCORE_FIELD_PRICE);
  if (parsed == STARKCORE_OK) parsed = parse_amount_var(amounts.limit_fee, order.limit_fee, STARKCORE_FIELD_LIMIT_FEE);
  if (parsed != STARKCORE_OK) return parsed;
  return order_quantums_var(out, amounts, synthetic_resolution, collateral_resolution);
}

starkcore_status order_quantums_var(OrderQuantums& out, const OrderAmounts& order, u64 synthetic_resolution,
                                    u64 collateral_resolution) {
  if (is_zero_var(order.size)) return status(STARKCORE_RULE_ZERO, STARKCORE_FIELD_SIZE);
  if (is_zero_var(order.price)) return status(STARKCORE_RULE_ZERO, STARKCORE_FIELD_PRICE);
  if (!is_below_one_var(order.limit_fee)) return status(STARKCORE_RULE_FEE, STARKCORE_FIELD_LIMIT_FEE);

  const Decimal one = make_decimal_var(1);
  int rule = to_integer_var(out.synthetic, order.size, make_decimal_var(synthetic_resolution), one, Rounding::kExact);
  if (rule == STARKCORE_RULE_MULTIPLE) return status(rule, STARKCORE_FIELD_SIZE);
  if (rule != 0) return status(rule, STARKCORE_FIELD_QUANTUMS_SYNTHETIC);

  const Rounding direction = order.is_buying_synthetic ? Rounding::kUp : Rounding::kDown;
  rule = to_integer_var(out.collateral, order.size, order.price, make_decimal_var(collateral_resolution), direction);
  if (rule != 0) return status(rule, STARKCORE_FIELD_QUANTUMS_COLLATERAL);

  const Decimal fee = truncate_var(order.limit_fee, kFeeExponent);
  rule = to_integer_var(out.fee, fee, make_decimal_var(out.collateral), one, Rounding::kUp);
  STARKCORE_CHECK(rule == 0);  // no more than the collateral
  return STARKCORE_OK;
}

}  // namespace starkcore
