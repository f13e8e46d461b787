// What goes into a nonce besides key and message, and what is done besides signing: to starkcore_sign_options.
#pragma once

#include <cstring>

#include "entropy.hpp"
#include "secret.hpp"

namespace binding {

inline void fill_with_entropy(std::uint8_t* out, std::size_t size) {
  if (system_entropy(out, size)) return;
  PyErr_SetString(PyExc_OSError, "the operating system gave no random bytes");
  throw ErrorIsSet{};
}

// `seed` and `extra_entropy` may be None. The bytes live, and are wiped, with this object.
class NonceOptions {
 public:
  explicit NonceOptions(const Secret& secret, py::handle seed = Py_None, py::handle extra_entropy = Py_None) {
    if (secret.self_check) options_.self_check = secret.self_check->get();
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
    } else if (secret.hedged) {
      fill_with_entropy(extra_.data(), 32);
      options_.extra_entropy = extra_.data();
    }
  }

  const starkcore_sign_options* get() const { return &options_; }

 private:
  SecretBytes<32> seed_, extra_;
  starkcore_sign_options options_{nullptr, 0, nullptr, nullptr};
};

}  // namespace binding
