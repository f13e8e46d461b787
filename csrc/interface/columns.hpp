// Columns of integers, as starkcore.h has them. Public.
#pragma once

#include <cstring>

#include "base/word.hpp"
#include "starkcore.h"

namespace starkcore {

// An integer of a column; sign and size apart, so that every width fits.
struct Integer {
  u64 value;
  bool negative;  // value is then not to be used
};

template <class T>
inline T read(const void* at) {
  T out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

template <class Signed, class Unsigned>
inline Integer read_as(const void* at, bool is_signed) {
  if (!is_signed) return {read<Unsigned>(at), false};
  const i64 value = read<Signed>(at);
  return {static_cast<u64>(value), value < 0};
}

inline Integer item(const starkcore_column& column, std::size_t i) {
  const u8* at = static_cast<const u8*>(column.data) + static_cast<std::ptrdiff_t>(i) * column.stride;
  const bool is_signed = column.is_signed != 0;
  switch (column.width) {
    case 1: return read_as<std::int8_t, u8>(at, is_signed);
    case 2: return read_as<std::int16_t, std::uint16_t>(at, is_signed);
    case 4: return read_as<std::int32_t, u32>(at, is_signed);
    default: return read_as<i64, u64>(at, is_signed);
  }
}

}  // namespace starkcore
