// Exact decimal numbers, as people write amounts: text in, coefficient and exponent out, and from products to whole
// numbers.
//
// A Decimal is coefficient × 10^exponent. Texts give up to 96 significant digits, from the first to the last that
// is not zero. Up to 19 digits the coefficient is one word, as it is in all usual amounts; longer ones are
// base-10^9 limbs. Nothing is rounded but where the caller says so, and how.
//
// Everything here is public.
#pragma once

#include <string_view>

#include "base/word.hpp"

namespace starkcore {

// How to round to a whole number. The values are those of STARKCORE_ROUND_… in starkcore.h.
enum class Rounding : int { kExact = 0, kDown = 1, kUp = 2 };

struct Decimal {
  static constexpr int kMaxText = 4096, kMaxDigits = 96, kSmallDigits = 19, kLimbs = 11;

  u64 small;          // the coefficient, unless wide
  u32 limbs[kLimbs];  // the coefficient if wide, base 10^9, least significant first, zeros above
  int exponent;
  bool wide;
  bool negative;  // false for zero
};

// Read decimal text: an optional sign, ASCII digits with at most one point among, before or after them, and
// optionally e or E with an optional sign and one to four digits. Nothing else: no spaces, no underscores, no other
// alphabets, no infinities. Returns 0, or STARKCORE_RULE_SYNTAX; or STARKCORE_RULE_TOO_LONG for more than 96
// significant digits, 4 exponent digits, or 4096 characters. `out` is defined only when 0 is returned.
int parse_decimal_var(Decimal& out, std::string_view text);

// An integer as a Decimal.
Decimal make_decimal_var(u64 integer);

// integer × 10^-decimals, decimals <= 1000.
Decimal scaled_var(u64 integer, u32 decimals);

// a·b, exactly. Precondition: neither is wide.
Decimal multiply_var(const Decimal& a, const Decimal& b);

bool is_zero_var(const Decimal& a);

// a without its digits below 10^exponent: rounded towards zero to a multiple of that.
Decimal truncate_var(const Decimal& a, int exponent);

// integer = a·b·c, which must not be negative, as a whole number. Returns 0, or STARKCORE_RULE_MULTIPLE when it isn't
// one and rounding is exact, or STARKCORE_RULE_WIDTH when it is 2^64 or more.
int to_integer_var(u64& integer, const Decimal& a, const Decimal& b, const Decimal& c, Rounding rounding);

}  // namespace starkcore
