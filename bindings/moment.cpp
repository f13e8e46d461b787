#include "moment.hpp"

#include "convert.hpp"

// After the interpreter's main header, which it needs.
#include <datetime.h>

namespace binding {

namespace {

// Days since the epoch of a date from 1970 on. The year begins in March, so that a leap day is its last:
// http://howardhinnant.github.io/date_algorithms.html, days_from_civil.
std::uint64_t days_since_epoch(int year, int month, int day) {
  const int years = month > 2 ? year : year - 1, era = years / 400, of_era = years % 400;
  const int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return static_cast<std::uint64_t>(146097 * era + 365 * of_era + of_era / 4 - of_era / 100 + of_year - 719468);
}

constexpr std::int64_t kSecondsOfDay = 86400;

// Microseconds since the epoch of a time in UTC, without the fraction of its second.
std::int64_t microseconds_of(int year, int month, int day, int hour, int minute, int second) {
  const auto days = static_cast<std::int64_t>(days_since_epoch(year, month, day));
  return kMicroseconds * (kSecondsOfDay * days + 3600 * hour + 60 * minute + second);
}

// Whether a datetime's zone is one of the standard library's own types, whose answers depend on
// nothing else: datetime.timezone or zoneinfo.ZoneInfo, which somebody has imported if there is
// one.
bool is_plain_zone(PyObject* zone) {
  if (Py_TYPE(zone) == Py_TYPE(PyDateTime_TimeZone_UTC)) return true;
  const py::object name = owned(PyUnicode_FromString("zoneinfo"));
  const py::object module = py::reinterpret_steal<py::object>(PyImport_GetModule(name.ptr()));
  const py::object type =
      module ? py::reinterpret_steal<py::object>(PyObject_GetAttrString(module.ptr(), "ZoneInfo")) : py::object{};
  if (!type) {
    if (PyErr_Occurred() != nullptr) drop_refusal();
    return false;
  }
  return type.ptr() == reinterpret_cast<PyObject*>(Py_TYPE(zone));
}

// How many microseconds a datetime is ahead of UTC. False where its zone isn't plain, or doesn't say.
bool read_offset(std::int64_t& out, PyObject* moment) {
  PyObject* const zone = PyDateTime_DATE_GET_TZINFO(moment);
  out = 0;
  if (zone == PyDateTime_TimeZone_UTC) return true;
  if (!is_plain_zone(zone)) return false;
  const py::object offset = py::reinterpret_steal<py::object>(PyObject_CallMethod(moment, "utcoffset", nullptr));
  if (!offset) drop_refusal();
  if (!offset || !PyDelta_CheckExact(offset.ptr())) return false;
  const std::int64_t seconds =
      kSecondsOfDay * PyDateTime_DELTA_GET_DAYS(offset.ptr()) + PyDateTime_DELTA_GET_SECONDS(offset.ptr());
  out = kMicroseconds * seconds + PyDateTime_DELTA_GET_MICROSECONDS(offset.ptr());
  return true;
}

// Imports the module when its first value comes; what fails then is the caller's exception.
void need_datetime() {
  if (PyDateTimeAPI != nullptr) return;
  PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) throw ErrorIsSet{};
}

// The number of `count` digits; -1: one of them is none.
int number_of(const char* digits, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (digits[i] < '0' || digits[i] > '9') return -1;
    value = 10 * value + (digits[i] - '0');
  }
  return value;
}

// Days of a month of the Gregorian calendar, 1 <= month <= 12.
int days_of(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// ".678" as microseconds; -1: it is no such text, or has none or more than six digits.
int fraction_of(const char* text, std::size_t size) {
  if (size < 2 || size > 7 || text[0] != '.') return -1;
  int value = number_of(text + 1, static_cast<int>(size - 1));
  for (std::size_t digits = size - 1; value > 0 && digits < 6; ++digits) value *= 10;
  return value;
}

}  // namespace

bool is_utc_moment(PyObject* value) {
  need_datetime();
  return PyDateTime_CheckExact(value) && PyDateTime_DATE_GET_TZINFO(value) == PyDateTime_TimeZone_UTC;
}

bool read_moment(std::int64_t& microseconds, PyObject* value) {
  need_datetime();
  if (!PyDateTime_CheckExact(value) || PyDateTime_GET_YEAR(value) < 1970) return false;
  std::int64_t offset;
  if (!read_offset(offset, value)) return false;
  microseconds = microseconds_of(PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value),
                                 PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value),
                                 PyDateTime_DATE_GET_SECOND(value)) +
                 PyDateTime_DATE_GET_MICROSECOND(value) - offset;
  return true;
}

bool read_moment(std::int64_t& microseconds, const char* text, std::size_t size) {
  constexpr char form[] = "0000-00-00T00:00:00";
  constexpr std::size_t whole = sizeof form - 1;  // as many characters come before the fraction
  if (size <= whole || text[size - 1] != 'Z') return false;
  for (std::size_t i = 0; i < whole; ++i) {
    if (form[i] != '0' && text[i] != form[i]) return false;
  }
  const int year = number_of(text, 4), month = number_of(text + 5, 2), day = number_of(text + 8, 2);
  const int hour = number_of(text + 11, 2), minute = number_of(text + 14, 2), second = number_of(text + 17, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of(year, month)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  const int fraction = size == whole + 1 ? 0 : fraction_of(text + whole, size - whole - 1);
  microseconds = microseconds_of(year, month, day, hour, minute, second) + fraction;
  return fraction >= 0;
}

}  // namespace binding
