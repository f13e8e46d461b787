#include "ecdsa/sign.hpp"

#include "base/chunks.hpp"
#include "base/secret.hpp"
#include "ecdsa/nonce.hpp"

namespace starkcore {

namespace {

// One signature whose first nonce was refused.
bool sign_again(Signature& out, const U256& message_hash, const U256& key, const NonceExtra& extra,
                const Engine& engine) {
  NonceGenerator generator(message_hash, key, extra.seed, extra.extra_entropy);
  for (int refused = 1; refused < kMaxTries && generator.count_up(); ++refused) {
    U256 nonce;
    const Wiped wiped(nonce);
    bool usable = false;
    generator.next(nonce);
    engine.sign(&out, &usable, &message_hash, &nonce, key, 1);
    if (usable) return true;
  }
  return false;
}

// In chunks of `most`.
template <std::size_t most>
bool sign_chunks(Signature* out, const U256* message_hashes, std::size_t count, const U256& key,
                 const NonceExtra& extra, const Engine& engine) {
  bool complete = true;
  for_chunks<most>(count, [&](std::size_t first, std::size_t size) {
    U256 nonces[most];
    const Wiped wiped(nonces);
    bool usable[most];
    for (std::size_t i = 0; i < size; ++i) {
      NonceGenerator(message_hashes[first + i], key, extra.seed, extra.extra_entropy).next(nonces[i]);
    }
    engine.sign(out + first, usable, message_hashes + first, nonces, key, size);
    for (std::size_t i = 0; i < size; ++i) {
      if (!usable[i]) complete &= sign_again(out[first + i], message_hashes[first + i], key, extra, engine);
    }
  });
  if (!complete) {
    for (std::size_t i = 0; i < count; ++i) out[i] = Signature{};
  }
  return complete;
}

}  // namespace

bool sign_messages(Signature* out, const U256* message_hashes, std::size_t count, const U256& key,
                   const NonceExtra& extra, const Engine& engine) {
  if (count == 1) {
    return with_wiped_stack<kSecretStackOfOne>(
        [&] { return sign_chunks<1>(out, message_hashes, 1, key, extra, engine); });
  }
  return with_wiped_stack([&] { return sign_chunks<kChunk>(out, message_hashes, count, key, extra, engine); });
}

}  // namespace starkcore
