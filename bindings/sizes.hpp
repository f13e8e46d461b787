// Sizes that come of lengths from outside.
//
// Such a length says nothing about memory: a column with a stride of 0 has one item and says 2^62,
// and a product with an item's size then wraps. So what a caller's length is multiplied by is
// multiplied here, and nowhere else, before anything is read or allocated. (In batches, where a
// chunk's items are at most kMostThreads·kMostChunk, sizes are known to fit: batch.hpp.)
//
// A length whose bytes no address space has is a bad value: InvalidInput, or its subclass for the
// parameter, which is named. MemoryError is for lengths that could be, and for which the system has
// no memory now.
#pragma once

#include <cstddef>
#include <limits>

#include "convert.hpp"

namespace binding {

// The most bytes that an object of Python's can have, less its header.
inline constexpr std::size_t kMostBytes = static_cast<std::size_t>(std::numeric_limits<Py_ssize_t>::max()) - 64;

// count·each, at most kMostBytes. InvalidInput otherwise, which names the field that `count` was read from.
inline std::size_t bytes_of(std::size_t count, std::size_t each, const Field& field) {
  if (count > kMostBytes / each) raise_value(field, "must have no more items than memory can hold");
  return count * each;
}

// Room for `count` results of `each` bytes, to be filled before anybody else sees it.
inline py::object new_bytes(std::size_t count, std::size_t each, const Field& field) {
  return to_bytes(nullptr, bytes_of(count, each, field));
}
inline std::uint8_t* bytes_data(const py::object& bytes) {
  return reinterpret_cast<std::uint8_t*>(PyBytes_AS_STRING(bytes.ptr()));
}

}  // namespace binding
