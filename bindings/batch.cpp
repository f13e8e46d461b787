#include "batch.hpp"

namespace binding {

std::size_t read_threads(py::handle value) {
  const Field field{"threads", "must be in [1, 256]"};
  std::uint8_t bytes[2];
  read_int(bytes, sizeof bytes, value, field);
  const std::size_t threads = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
  if (threads < 1 || threads > kMostThreads) raise_value(field, field.range);
  return threads;
}

}  // namespace binding
