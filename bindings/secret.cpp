#include "secret.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "batch.hpp"
#include "nonce.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

const Field kSeed{"seed"};

// Signatures that a thread takes at a time: tens of milliseconds on a slow machine.
constexpr std::size_t kChunk = 512;

using SecretPtr = std::unique_ptr<Secret>;

SecretPtr from_value(py::handle value) {
  auto secret = std::make_unique<Secret>();
  read_number(secret->data(), value, kPrivateKey);
  check(starkcore_private_key_check(secret->data()));
  return secret;
}

// Uniform in [1, n): 252 random bits, thrown away when they are not below n, which happens every other time.
SecretPtr generate() {
  auto secret = std::make_unique<Secret>();
  do {
    fill_with_entropy(secret->data(), 32);
    secret->data()[0] &= 0x0f;
  } while (starkcore_private_key_check(secret->data()) != STARKCORE_OK);
  return secret;
}

SecretPtr from_data(py::handle data) {
  auto secret = std::make_unique<Secret>();
  const Buffer buffer(data, kSeed);
  check(starkcore_key_from_data(secret->data(), buffer.data(), buffer.size()), kSeed.name);
  return secret;
}

SecretPtr from_eth_signature(py::handle signature, py::handle legacy_python) {
  auto secret = std::make_unique<Secret>();
  SecretBytes<66> typed;
  const std::size_t size = read_some_bytes(typed.data(), 65, 66, signature, kSignature);
  check(starkcore_key_from_eth_signature(secret->data(), typed.data(), size, legacy_python.is(py::bool_(true))));
  return secret;
}

SecretPtr grind(py::handle seed, py::handle strip_zeros) {
  auto secret = std::make_unique<Secret>();
  SecretBytes<64> bytes;
  std::size_t size = 32;
  if (is_int(seed)) {
    read_int(bytes.data(), 32, seed, kSeed);
  } else {
    size = read_some_bytes(bytes.data(), 1, 64, seed, kSeed);
  }
  check(starkcore_grind_key(secret->data(), bytes.data(), size, strip_zeros.is(py::bool_(true))), kSeed.name);
  return secret;
}

// The same key, whose signatures are verified before they are handed out, and whose nonces get random bytes.
SecretPtr guarded(const Secret& secret, py::handle self_check, py::handle hedged) {
  auto out = std::make_unique<Secret>();
  std::memcpy(out->data(), secret.data(), 32);
  out->hedged = hedged.is(py::bool_(true));
  if (self_check.is(py::bool_(true))) {
    std::uint8_t point[64];
    check(starkcore_public_key(point, point + 32, secret.data()));
    out->self_check = std::make_shared<const PreparedTable>(point);
  }
  return out;
}

py::object public_key(const Secret& secret) {
  std::uint8_t point[64];
  check(starkcore_public_key(point, point + 32, secret.data()));
  return to_bytes(point, sizeof point);
}

py::object sign(const Secret& secret, py::handle message_hash, py::handle seed, py::handle extra_entropy) {
  Bytes32 hash;
  read_number(hash.data(), message_hash, kMessageHash);
  const NonceOptions options(secret, seed, extra_entropy);
  std::uint8_t signature[64];
  check(starkcore_sign(signature, hash.data(), secret.data(), options.get()));
  return to_bytes(signature, sizeof signature);
}

// n × 32 bytes of hashes to n × 64 of signatures; a bad hash is a failure with its place.
Failure sign_batch(std::uint8_t* out, const std::uint8_t* hashes, std::size_t total, const Secret& secret,
                   const NonceOptions& options, std::size_t threads) {
  return run_batch(total, kChunk, threads, [&, out, hashes](std::size_t start, std::size_t count) {
    starkcore_status statuses[kChunk];
    const auto status =
        starkcore_sign_many(out + 64 * start, statuses, hashes + 32 * start, count, secret.data(), options.get());
    return Failure{status, start + failed_item(statuses, count)};
  });
}

// n × 32 bytes in, n × 64 bytes out.
py::object sign_buffer(const Secret& secret, const Buffer& hashes, const NonceOptions& options, std::size_t threads) {
  if (hashes.size() % 32 != 0) raise_value(kMessageHashes, "must be a whole number of 32-byte items");
  const std::size_t count = hashes.size() / 32;
  const py::object out = new_bytes(count, 64, kMessageHashes);
  check(sign_batch(bytes_data(out), hashes.data(), count, secret, options, threads));
  return out;
}

py::object sign_many(const Secret& secret, py::handle message_hashes, py::handle seed, py::handle extra_entropy,
                     py::handle threads_value) {
  const NonceOptions options(secret, seed, extra_entropy);
  const std::size_t threads = read_threads(threads_value);
  if (is_buffer(message_hashes)) return sign_buffer(secret, Buffer(message_hashes, kMessageHashes), options, threads);
  const py::tuple items = read_items(message_hashes, kMessageHashes);
  const py::object out = new_list();
  const std::size_t at_once = kChunk * threads, room = std::min(items.size(), at_once);
  std::vector<std::uint8_t> hashes(32 * room), signatures(64 * room);
  in_chunks(items.size(), at_once, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      read_number(&hashes[32 * i], PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(start + i)),
                  kMessageHash.at(start + i));
    }
    check(sign_batch(signatures.data(), hashes.data(), n, secret, options, threads), start);
    for (std::size_t i = 0; i < n; ++i) append(out, to_bytes(&signatures[64 * i], 64));
  });
  return out;
}

// In constant time: how many leading bytes of a guess are right must not show.
bool equals(const Secret& secret, py::handle other_key) {
  const auto& other = native_object<Secret>(other_key, "other");
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < 32; ++i) difference |= static_cast<std::uint8_t>(secret.data()[i] ^ other.data()[i]);
  return difference == 0;
}

// "0x" and the digits without leading zeros, as exchanges write keys.
py::object secret_hex(const Secret& secret) {
  SecretBytes<66> text;
  char* end = reinterpret_cast<char*>(text.data());
  *end++ = '0';
  *end++ = 'x';
  bool leading = true;
  for (std::size_t i = 0; i < 64; ++i) {
    const unsigned digit = secret.data()[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0f;
    leading = leading && digit == 0;
    if (!leading) *end++ = static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
  }
  const char* begin = reinterpret_cast<const char*>(text.data());
  return owned(PyUnicode_FromStringAndSize(begin, end - begin));
}

PyObject* redacted(PyObject*) { return PyUnicode_FromString("<Secret, redacted>"); }

}  // namespace

void bind_secret(py::handle module) {
  static PyMethodDef methods[] = {static_method<from_value>("from_value"),
                                  static_method<generate>("generate"),
                                  static_method<from_data>("from_data"),
                                  static_method<from_eth_signature>("from_eth_signature"),
                                  static_method<grind>("grind"),
                                  method<public_key>("public_key"),
                                  method<sign>("sign"),
                                  method<sign_many>("sign_many"),
                                  method<guarded>("guarded"),
                                  method<equals>("equals"),
                                  method<secret_hex>("secret_hex"),
                                  refused_copy<Secret>("__reduce__"),
                                  refused_copy<Secret>("__reduce_ex__"),
                                  {}};
  add_type<Secret>(module, "starkcore._native.Secret", "a private key",
                   {doc_slot("A private key's 32 bytes, in native memory."),
                    {Py_tp_repr, reinterpret_cast<void*>(&redacted)},
                    {Py_tp_methods, methods}});
}

}  // namespace binding
