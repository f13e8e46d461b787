// Numbers of 256 bits in and out of Python's ints, by the digits of those.
//
// The interpreter's own functions for it go byte by byte, which takes longer than all else that a
// call does beside its arithmetic. Where the digits of an int are is known for the CPythons named
// here, whose headers show it; all others, and numbers of other sizes, take the functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "python.hpp"
#include "wipe.hpp"

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000 && PYLONG_BITS_IN_DIGIT == 30 && \
    !defined(PYPY_VERSION) && !defined(GRAALVM_PYTHON)
#define STARKCORE_INT_DIGITS 1
#else
#define STARKCORE_INT_DIGITS 0
#endif

namespace binding {

#if STARKCORE_INT_DIGITS

// 256 bits and 14 more, the least significant first.
inline constexpr std::size_t kIntDigits = 9;

struct IntDigits {
  std::uint64_t at[kIntDigits];
};

// How many digits a value has; more than there can be for a negative one.
inline std::size_t count_of_digits(const PyLongObject* value) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
  constexpr std::uintptr_t kSign = 3, kNegative = 2;
  const std::uintptr_t tag = value->long_value.lv_tag;
  return (tag & kSign) == kNegative ? SIZE_MAX : tag >> 3;
#else
  return static_cast<std::size_t>(Py_SIZE(value));
#endif
}

inline digit* digits_in(PyLongObject* value) noexcept {
#if PY_VERSION_HEX >= 0x030C0000
  return value->long_value.ob_digit;
#else
  return value->ob_digit;
#endif
}

inline void store_word(std::uint8_t out[8], std::uint64_t word) noexcept {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
}

inline std::uint64_t load_word(const std::uint8_t in[8]) noexcept {
  std::uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word = word << 8 | in[i];
  return word;
}

// The int as 32 big-endian bytes. False: it isn't in [0, 2^256). How many digits it has may show in
// the time, as with the interpreter's function; their values don't.
inline bool read_digits(std::uint8_t out[32], PyObject* value) noexcept {
  PyLongObject* const number = reinterpret_cast<PyLongObject*>(value);
  const std::size_t count = count_of_digits(number);
  if (count > kIntDigits) return false;
  IntDigits d{};
  for (std::size_t i = 0; i < count; ++i) d.at[i] = digits_in(number)[i];
  store_word(out + 24, d.at[0] | d.at[1] << 30 | d.at[2] << 60);
  store_word(out + 16, d.at[2] >> 4 | d.at[3] << 26 | d.at[4] << 56);
  store_word(out + 8, d.at[4] >> 8 | d.at[5] << 22 | d.at[6] << 52);
  store_word(out, d.at[6] >> 12 | d.at[7] << 18 | d.at[8] << 48);
  const bool fits = d.at[8] >> 16 == 0;
  wipe(&d, sizeof d);
  return fits;
}

// The int of 32 big-endian bytes, a new reference; nullptr: no memory.
inline PyObject* int_of_digits(const std::uint8_t data[32]) noexcept {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 30) - 1;
  const std::uint64_t w0 = load_word(data + 24), w1 = load_word(data + 16), w2 = load_word(data + 8),
                      w3 = load_word(data);
  if ((w1 | w2 | w3) == 0) return PyLong_FromUnsignedLongLong(w0);  // which knows the small ones that exist already
  const IntDigits d{{w0 & kMask, w0 >> 30 & kMask, (w0 >> 60 | w1 << 4) & kMask, w1 >> 26 & kMask,
                     (w1 >> 56 | w2 << 8) & kMask, w2 >> 22 & kMask, (w2 >> 52 | w3 << 12) & kMask, w3 >> 18 & kMask,
                     w3 >> 48}};
  std::size_t count = kIntDigits;
  while (d.at[count - 1] == 0) --count;
  PyLongObject* const made = _PyLong_New(static_cast<Py_ssize_t>(count));
  if (made == nullptr) return nullptr;
  for (std::size_t i = 0; i < count; ++i) digits_in(made)[i] = static_cast<digit>(d.at[i]);
  return reinterpret_cast<PyObject*>(made);
}

#endif

}  // namespace binding
