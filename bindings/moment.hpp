// Moments as programs have them, in microseconds since the epoch: a datetime, or its text.
//
// What is read here is the plain case, without any code of the value's. Whatever is otherwise is
// left to Python, which says what is wrong with it.
#pragma once

#include "python.hpp"

namespace binding {

inline constexpr std::int64_t kMicroseconds = 1'000'000;

// Of a datetime of exactly that type, from the year 1970 on, whose zone is datetime.timezone's or
// zoneinfo's. False: another value.
bool read_moment(std::int64_t& microseconds, PyObject* value);

// Whether that is a datetime of exactly that type whose zone is datetime.UTC itself.
bool is_utc_moment(PyObject* value);

// Of a text of the form 2030-01-02T03:04:05.678Z, from the year 1970 on, with at most six decimals.
// False: another form, or a day or time that there isn't.
bool read_moment(std::int64_t& microseconds, const char* text, std::size_t size);

}  // namespace binding
