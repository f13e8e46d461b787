// The private key as Python holds it: an opaque native object.
#pragma once

#include <memory>

#include "native_object.hpp"

namespace binding {

// 32 bytes in [1, n), in native memory for as long as the object lives, wiped when it dies. Python can't copy it,
// pickle it or look inside; secret_hex() is the one way out. What signing with it takes care of, besides, goes with it.
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }

  // The public key's table, for signatures to be verified with; nullptr: they are not.
  std::shared_ptr<const PreparedTable> self_check;
  // Whether each signing call without extra entropy of its own takes some from the operating system.
  bool hedged = false;

 private:
  SecretBytes<32> bytes_;
};

}  // namespace binding
