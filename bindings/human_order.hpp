// Orders with amounts as people write them, on their way from Python to the core.
#pragma once

#include <memory>

#include "native_object.hpp"

namespace binding {

// Orders that a thread takes at a time.
inline constexpr std::size_t kOrderChunk = 512;

// An order from the tuple that starkcore.starkex.orders makes: market, tail, is buying, size,
// price, limit fee, client id or None, nonce. The pointers of the result go into the tuple, which
// must outlive it.
starkcore_human_order human_order(py::handle parts);

inline std::unique_ptr<OrderTail> order_tail(std::uint64_t position_id, std::uint32_t expiration_hours) {
  auto tail = std::make_unique<OrderTail>();
  starkcore_order_tail_init(&tail->native, position_id, expiration_hours);
  return tail;
}

}  // namespace binding
