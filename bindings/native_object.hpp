// Native objects that other native functions take: what is computed once for many orders.
#pragma once

#include <memory>
#include <new>

#include "native_type.hpp"

namespace binding {

// A market made ready for orders.
struct PreparedMarket {
  starkcore_market native{};
};

// The last word of an order: position and expiry.
struct OrderTail {
  starkcore_order_tail native{};
};

// A message's shape, and how many slots it has.
struct MessageTemplate {
  starkcore_message_template native{};
  std::size_t slots = 0;
};

// A field element made ready to fill slots with.
struct MessageElement {
  starkcore_message_element native{};
};

// The table of multiples of a public key, in memory aligned as the C interface asks.
class PreparedTable {
 public:
  // 64 bytes x ‖ y.
  explicit PreparedTable(const std::uint8_t* point)
      : memory_(static_cast<starkcore_prepared*>(::operator new (starkcore_prepared_size(), std::align_val_t{64}))) {
    check(starkcore_prepare(memory_.get(), point, point + 32));
  }

  const starkcore_prepared* get() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(starkcore_prepared* memory) const { ::operator delete (memory, std::align_val_t{64}); }
  };
  std::unique_ptr<starkcore_prepared, Free> memory_;
};

}  // namespace binding
