// The optional inputs of a nonce: `seed` and `extra_entropy`, from Python to starkcore_nonce_options.
#pragma once

#include <cstring>

#include "convert.hpp"

namespace binding {

// Both may be None. The bytes live, and are wiped, with this object.
class NonceOptions {
 public:
  NonceOptions(py::handle seed, py::handle extra_entropy) {
    if (!seed.is_none()) {
      read_int(seed_.data(), 32, seed, {"seed"});
      options_.seed = seed_.data();
      options_.seed_size = 32;
    }
    if (!extra_entropy.is_none()) {
      const Field field{"extra_entropy"};
      const Buffer buffer(extra_entropy, field);
      if (buffer.size() != 32) raise_value(field, "must be exactly 32 bytes");
      std::memcpy(extra_.data(), buffer.data(), 32);
      options_.extra_entropy = extra_.data();
    }
  }

  const starkcore_nonce_options* get() const { return &options_; }

 private:
  SecretBytes<32> seed_, extra_;
  starkcore_nonce_options options_{nullptr, 0, nullptr};
};

}  // namespace binding
