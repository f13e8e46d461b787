#include "starkex/decimal.hpp"

#include <cstring>

#include "starkcore.h"

namespace starkcore {
namespace {

constexpr u32 kLimbBase = 1000000000;
constexpr int kLimbDigits = 9;

struct Powers {
  u64 of_ten[20];
};
constexpr Powers make_powers() {
  Powers out{};
  u64 power = 1;
  for (u64& entry : out.of_ten) {
    entry = power;
    power *= 10;
  }
  return out;
}
constexpr Powers kPowers = make_powers();

// The number of decimal digits; 0 for 0.
int count_digits_var(u64 word) {
  int digits = 0;
  while (digits < 20 && word >= kPowers.of_ten[digits]) ++digits;
  return digits;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// ---- Text --------------------------------------------------------------------------------------------------------

// What lies where in a text, found in one pass: the digits from the first to the last that is not zero, and the value
// of the first 19 of those that follow the first.
struct Scan {
  const char* first;  // the first digit that is not zero, nullptr when there is none
  const char* last;   // the last one
  u64 value;          // of the digits first … last, when they are at most kSmallDigits
  int digits;         // how many they are
  int exponent;       // of the last one, without what e says
};

// Read digits and point. Returns where they end, nullptr when there is no digit or a second point.
const char* scan_digits_var(Scan& scan, const char* text, const char* end) {
  bool any = false, point = false;
  int zeros = 0, places = 0;  // zeros since the last digit that was not zero; digits since the point
  scan = {nullptr, nullptr, 0, 0, 0};
  for (; text != end; ++text) {
    if (*text == '.') {
      if (point) return nullptr;
      point = true;
      continue;
    }
    if (!is_digit(*text)) break;
    any = true;
    places += point ? 1 : 0;
    if (*text == '0') {
      ++zeros;
      continue;
    }
    if (scan.first == nullptr) {
      scan.first = text;
      zeros = 0;
    }
    scan.digits += zeros + 1;
    if (scan.digits <= Decimal::kSmallDigits) {
      scan.value = scan.value * kPowers.of_ten[zeros + 1] + static_cast<u64>(*text - '0');
    }
    scan.last = text;
    zeros = 0;
    scan.exponent = -places;
  }
  // Zeros that end the number: those before the point raise the exponent, those after it were counted as places.
  if (scan.first != nullptr && scan.exponent == 0) scan.exponent = zeros - places;
  return any ? text : nullptr;
}

// Read what follows e. Adds to the exponent. Returns 0 or a rule.
int scan_exponent_var(int& exponent, const char* text, const char* end) {
  const bool negative = text != end && *text == '-';
  if (text != end && (*text == '-' || *text == '+')) ++text;
  if (text == end) return STARKCORE_RULE_SYNTAX;
  int value = 0;
  const bool too_long = end - text > 4;
  for (; text != end; ++text) {
    if (!is_digit(*text)) return STARKCORE_RULE_SYNTAX;
    if (!too_long) value = value * 10 + (*text - '0');
  }
  exponent += negative ? -value : value;
  return too_long ? STARKCORE_RULE_TOO_LONG : 0;
}

// The coefficient of more than 19 digits, from the last digit down to the first.
void read_limbs_var(Decimal& out, const Scan& scan) {
  std::memset(out.limbs, 0, sizeof out.limbs);
  int position = 0;
  for (const char* text = scan.last; position < scan.digits; --text) {
    if (*text == '.') continue;
    out.limbs[position / kLimbDigits] +=
        static_cast<u32>(*text - '0') * static_cast<u32>(kPowers.of_ten[position % kLimbDigits]);
    ++position;
  }
}

// ---- Wide integers -----------------------------------------------------------------------------------------------

// A non-negative integer below 10^(9·kWideLimbs), base 10^9. Three factors have 96 digits each at most.
constexpr int kWideLimbs = 36;
struct Wide {
  u32 limbs[kWideLimbs];
  int used;  // limbs[used] and above are zero, limbs[used − 1] is not
};

void trim_var(Wide& a) {
  while (a.used > 0 && a.limbs[a.used - 1] == 0) --a.used;
}

Wide to_wide_var(u64 word) {
  Wide out{};
  for (; word != 0; word /= kLimbBase) out.limbs[out.used++] = static_cast<u32>(word % kLimbBase);
  return out;
}

// The coefficient of a.
Wide to_wide_var(const Decimal& a) {
  if (!a.wide) return to_wide_var(a.small);
  Wide out{};
  std::memcpy(out.limbs, a.limbs, sizeof a.limbs);
  out.used = Decimal::kLimbs;
  trim_var(out);
  return out;
}

// a·b by rows. Each step is at most (10^9 − 1)^2 + 2·(10^9 − 1) < 2^64.
Wide multiply_var(const Wide& a, const Wide& b) {
  Wide out{};
  for (int i = 0; i < a.used; ++i) {
    u64 carry = 0;
    for (int j = 0; j < b.used; ++j) {
      const u64 sum = out.limbs[i + j] + u64{a.limbs[i]} * b.limbs[j] + carry;
      out.limbs[i + j] = static_cast<u32>(sum % kLimbBase);
      carry = sum / kLimbBase;
    }
    out.limbs[i + b.used] = static_cast<u32>(carry);
  }
  out.used = a.used + b.used;
  trim_var(out);
  return out;
}

int count_digits_var(const Wide& a) {
  return a.used == 0 ? 0 : (a.used - 1) * kLimbDigits + count_digits_var(u64{a.limbs[a.used - 1]});
}

// a = floor(a / 10^count). Returns whether anything but zeros was dropped.
bool shift_down_var(Wide& a, int count) {
  const int limbs = count / kLimbDigits < a.used ? count / kLimbDigits : a.used;
  const u64 divisor = kPowers.of_ten[count % kLimbDigits];
  bool dropped = false;
  for (int i = 0; i < limbs; ++i) dropped |= a.limbs[i] != 0;
  u64 rest = 0;
  Wide out{};
  for (int i = a.used - 1; i >= limbs; --i) {
    const u64 part = rest * kLimbBase + a.limbs[i];
    out.limbs[i - limbs] = static_cast<u32>(part / divisor);
    rest = part % divisor;
  }
  out.used = a.used - limbs;
  trim_var(out);
  a = out;
  return dropped || rest != 0;
}

// word = a when it is below 2^64.
bool to_word_var(u64& word, const Wide& a) {
  if (a.used > 3) return false;
  word = 0;
  for (int i = a.used - 1; i >= 0; --i) {
    u64 high;
    const u64 scaled = mul_wide(word, kLimbBase, high);
    word = scaled + a.limbs[i];
    if (high != 0 || word < scaled) return false;
  }
  return true;
}

// ---- Products ----------------------------------------------------------------------------------------------------

// integer = quotient, or one more; `dropped` says that the true value lies above the quotient.
int round_var(u64& integer, u64 quotient, bool dropped, Rounding rounding) {
  if (dropped && rounding == Rounding::kExact) return STARKCORE_RULE_MULTIPLE;
  integer = quotient + (dropped && rounding == Rounding::kUp ? 1 : 0);
  return integer < quotient ? STARKCORE_RULE_WIDTH : 0;  // 2^64 wraps to 0
}

// to_integer_var() of product·10^exponent where all that matters fits one word; false where it doesn't.
bool to_integer_small_var(int& rule, u64& integer, u64 product, int exponent, Rounding rounding) {
  if (exponent < -19 || exponent > 19) return false;
  if (exponent < 0) {
    const u64 divisor = kPowers.of_ten[-exponent], quotient = product / divisor;
    rule = round_var(integer, quotient, product != quotient * divisor, rounding);
    return true;
  }
  u64 high;
  integer = mul_wide(product, kPowers.of_ten[exponent], high);
  rule = 0;
  return high == 0;
}

int to_integer_wide_var(u64& integer, Wide& product, int exponent, Rounding rounding) {
  integer = 0;
  const int magnitude = count_digits_var(product) + exponent;  // the value is in [10^(magnitude − 1), 10^magnitude)
  if (magnitude > 20) return STARKCORE_RULE_WIDTH;
  bool dropped = false;
  if (magnitude <= 0) {
    product.used = 0;
    dropped = true;
  } else if (exponent < 0) {
    dropped = shift_down_var(product, -exponent);
  } else if (exponent > 0) {
    // At most 20 digits in all, so the power has at most 20, and fits.
    product = multiply_var(product, to_wide_var(kPowers.of_ten[exponent]));
  }
  u64 quotient;
  if (!to_word_var(quotient, product)) return STARKCORE_RULE_WIDTH;
  return round_var(integer, quotient, dropped, rounding);
}

}  // namespace

int parse_decimal_var(Decimal& out, std::string_view text) {
  if (text.size() > Decimal::kMaxText) return STARKCORE_RULE_TOO_LONG;
  const char *begin = text.data(), *const end = begin + text.size();
  const bool sign = begin != end && (*begin == '-' || *begin == '+');
  const bool negative = sign && *begin == '-';
  Scan scan;
  const char* rest = scan_digits_var(scan, begin + (sign ? 1 : 0), end);
  if (rest == nullptr) return STARKCORE_RULE_SYNTAX;
  if (rest != end) {
    if (*rest != 'e' && *rest != 'E') return STARKCORE_RULE_SYNTAX;
    const int rule = scan_exponent_var(scan.exponent, rest + 1, end);
    if (rule != 0) return rule;
  }
  if (scan.digits > Decimal::kMaxDigits) return STARKCORE_RULE_TOO_LONG;
  out.small = scan.value;
  out.exponent = scan.exponent;
  out.wide = scan.digits > Decimal::kSmallDigits;
  out.negative = negative && scan.digits != 0;
  if (out.wide) read_limbs_var(out, scan);
  return 0;
}

Decimal make_decimal_var(u64 integer) {
  Decimal out;
  out.exponent = 0;
  out.wide = out.negative = false;
  // Resolutions are powers of ten; without the zeros their products stay in one word.
  for (const int zeros : {16, 8, 4, 2, 1}) {
    if (integer % kPowers.of_ten[zeros] != 0 || integer == 0) continue;
    integer /= kPowers.of_ten[zeros];
    out.exponent += zeros;
  }
  out.small = integer;
  return out;
}

Decimal scaled_var(u64 integer, u32 decimals) {
  Decimal out = make_decimal_var(integer);
  out.exponent -= static_cast<int>(decimals);
  return out;
}

Decimal multiply_var(const Decimal& a, const Decimal& b) {
  STARKCORE_CHECK(!a.wide && !b.wide);
  Decimal out;
  u64 high;
  out.small = mul_wide(a.small, b.small, high);
  out.exponent = a.exponent + b.exponent;
  out.wide = high != 0;
  out.negative = a.negative != b.negative && !(is_zero_var(a) || is_zero_var(b));
  if (out.wide) {  // 40 digits at most
    const Wide product = multiply_var(to_wide_var(a.small), to_wide_var(b.small));
    std::memcpy(out.limbs, product.limbs, sizeof out.limbs);
  }
  return out;
}

bool is_zero_var(const Decimal& a) { return !a.wide && a.small == 0; }

Decimal truncate_var(const Decimal& a, int exponent) {
  if (a.exponent >= exponent) return a;
  const int count = exponent - a.exponent;
  Decimal out;
  out.exponent = exponent;
  out.wide = a.wide;
  if (a.wide) {
    Wide coefficient = to_wide_var(a);
    shift_down_var(coefficient, count);
    std::memcpy(out.limbs, coefficient.limbs, sizeof out.limbs);
    out.wide = coefficient.used != 0;
    out.small = 0;
  } else {
    out.small = count > Decimal::kSmallDigits ? 0 : a.small / kPowers.of_ten[count];
  }
  out.negative = a.negative && !is_zero_var(out);
  return out;
}

int to_integer_var(u64& integer, const Decimal& a, const Decimal& b, const Decimal& c, Rounding rounding) {
  STARKCORE_CHECK(!a.negative && !b.negative && !c.negative);
  integer = 0;
  if (is_zero_var(a) || is_zero_var(b) || is_zero_var(c)) return 0;
  const int exponent = a.exponent + b.exponent + c.exponent;
  if (!a.wide && !b.wide && !c.wide) {
    u64 high_ab, high_abc;
    const u64 product = mul_wide(mul_wide(a.small, b.small, high_ab), c.small, high_abc);
    int rule;
    if ((high_ab | high_abc) == 0 && to_integer_small_var(rule, integer, product, exponent, rounding)) return rule;
  }
  Wide product = multiply_var(multiply_var(to_wide_var(a), to_wide_var(b)), to_wide_var(c));
  return to_integer_wide_var(integer, product, exponent, rounding);
}

}  // namespace starkcore
