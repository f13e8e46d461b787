// A column of a table: any buffer of integers, or one int for all rows.
#pragma once

#include <cstring>

#include "convert.hpp"

namespace binding {

inline bool is_little_endian() {
  const std::uint16_t one = 1;
  std::uint8_t first;
  std::memcpy(&first, &one, 1);
  return first == 1;
}

// One column: a one-dimensional buffer of integers, with any stride, or one int for all rows. Held
// for the lifetime of this object.
class Column {
 public:
  Column(py::handle value, const Field& field) {
    if (is_int(value)) {
      same_ = read_u64(value, field);
      column_ = {&same_, 0, sizeof same_, 0};
      return;
    }
    if (!is_buffer(value)) raise_type(field, "a buffer of integers, or an int for all orders", value);
    if (get_buffer(value.ptr(), &view_, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
      drop_refusal();
      raise_value(field, "must be a buffer of one dimension");
    }
    held_ = true;
    const char kind = integer_format(view_.format == nullptr ? "B" : view_.format);
    const bool fits = view_.itemsize == 1 || view_.itemsize == 2 || view_.itemsize == 4 || view_.itemsize == 8;
    if (kind == 0 || !fits || view_.ndim != 1) {
      release();
      raise_value(field, "must be a buffer of one dimension, of integers in the machine's byte order");
    }
    const bool is_signed = std::strchr("bhilqn", kind) != nullptr;
    // ctypes leaves out the strides even where they are asked for.
    const Py_ssize_t stride = view_.strides == nullptr ? view_.itemsize : view_.strides[0];
    column_ = {view_.buf, stride, static_cast<std::uint32_t>(view_.itemsize), is_signed};
  }
  ~Column() { release(); }
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  const starkcore_column& native() const { return column_; }
  bool is_same_for_all() const { return !held_; }
  std::size_t size() const { return static_cast<std::size_t>(view_.shape[0]); }

 private:
  // The format's one letter (struct's), or 0 where it is no integer of the machine.
  static char integer_format(const char* format) {
    const char own = is_little_endian() ? '<' : '>';
    if (*format == '@' || *format == '=' || *format == own) ++format;
    return *format != 0 && format[1] == 0 && std::strchr("?bBhHiIlLqQnN", *format) != nullptr ? *format : char{0};
  }

  void release() {
    if (held_) release_buffer(&view_);
    held_ = false;
  }

  Py_buffer view_;
  bool held_ = false;
  std::uint64_t same_ = 0;
  starkcore_column column_{};
};

}  // namespace binding
