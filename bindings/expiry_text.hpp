// An expiry as text in its plain form, 2030-01-02T03:04:05.678Z: the time zone Z, and at most six
// decimals. Every other form is read by starkcore.starkex.expiry, which says what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace binding {

// Whole seconds since the epoch, and whether it is later than that.
struct Instant {
  std::int64_t seconds;
  bool has_fraction;
};

// The number of `count` digits at text; -1: one of them is none.
inline int read_digits(const char* text, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

// Days in a month of the Gregorian calendar, 1 <= month <= 12.
inline int days_of(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that a
// leap day is a year's last, and from the first of 400; (153·m + 2)/5 are the days before month m
// of such a year, and 719468 those from 0000-03-01 to the epoch.
inline std::int64_t days_since_epoch(int year, int month, int day) {
  const int since_march = (month + 9) % 12, of_year = month < 3 ? year - 1 : year;
  return std::int64_t{365} * of_year + of_year / 4 - of_year / 100 + of_year / 400 + (153 * since_march + 2) / 5 +
         (day - 1) - 719468;
}

// False: another form, a day that there isn't, or a year before 1970.
inline bool read_instant(Instant& out, const char* text, std::size_t size) {
  constexpr std::size_t whole = 19;  // as many characters come before the decimals
  if (size < whole + 1 || size > whole + 8 || size == whole + 2 || text[size - 1] != 'Z') return false;
  constexpr char marks[] = "0000-00-00T00:00:00";
  for (std::size_t i = 0; i < whole; ++i) {
    if (marks[i] != '0' && text[i] != marks[i]) return false;
  }
  const int year = read_digits(text, 4), month = read_digits(text + 5, 2), day = read_digits(text + 8, 2);
  const int hour = read_digits(text + 11, 2), minute = read_digits(text + 14, 2), second = read_digits(text + 17, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of(year, month)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  int fraction = 0;
  if (size > whole + 1) {
    fraction = text[whole] == '.' ? read_digits(text + whole + 1, static_cast<int>(size - whole - 2)) : -1;
  }
  if (fraction < 0) return false;
  out.seconds = 86400 * days_since_epoch(year, month, day) + 3600 * hour + 60 * minute + second;
  out.has_fraction = fraction != 0;
  return true;
}

}  // namespace binding
