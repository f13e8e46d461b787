// The private key as Python holds it: an opaque native object.
#pragma once

#include "convert.hpp"

namespace binding {

// 32 bytes in [1, n), in native memory for as long as the object lives, wiped when it dies. Python can't copy it,
// pickle it or look inside; secret_hex() is the one way out.
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }

 private:
  SecretBytes<32> bytes_;
};

}  // namespace binding
