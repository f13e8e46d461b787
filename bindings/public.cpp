// Public keys and signatures as bytes, and verification. A point is 64 bytes x ‖ y, or 32 bytes where only x is
// known; a signature is 64 bytes r ‖ s. starkcore/keys.py makes them, so that their lengths are not checked again.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "convert.hpp"

namespace binding {

namespace {

const Field kMessageHash{"message_hash", "must be in [0, 2^251)"};
const Field kPublicKey{"public_key", "must be in [0, p)"};
const Field kSignature{"signature"};

// Verifications between two looks at the signals: tens of milliseconds on a slow machine.
constexpr std::size_t kChunk = 256;

// The bytes of a point or signature. Their length is known, but a mistake above must not become a read out of bounds.
const std::uint8_t* raw(py::handle bytes, Py_ssize_t least) {
  if (!PyBytes_Check(bytes.ptr()) || PyBytes_GET_SIZE(bytes.ptr()) < least)
    throw py::type_error("not a point or signature");
  return reinterpret_cast<const std::uint8_t*>(PyBytes_AS_STRING(bytes.ptr()));
}

bool knows_y(py::handle point) { return PyBytes_GET_SIZE(point.ptr()) >= 64; }

py::object checked_point(const std::uint8_t point[64], bool has_y) {
  check(has_y ? starkcore_public_key_check(point, point + 32) : starkcore_public_key_x_check(point));
  return to_bytes(point, has_y ? 64 : 32);
}

// x and y are numbers in any form; y may be None.
py::object point(py::handle x, py::handle y) {
  std::uint8_t bytes[64];
  read_number(bytes, x, {"x", "must be in [0, p)"});
  if (!y.is_none()) read_number(bytes + 32, y, {"y", "must be in [0, p)"});
  return checked_point(bytes, !y.is_none());
}

py::object point_from_bytes(py::handle data) {
  const Buffer buffer(data, kPublicKey);
  if (buffer.size() != 32 && buffer.size() != 64) raise_value(kPublicKey, "must be 32 bytes (x) or 64 bytes (x, y)");
  return checked_point(buffer.data(), buffer.size() == 64);
}

py::object point_from_hex(py::handle text) {
  if (!PyUnicode_Check(text.ptr())) raise_type(kPublicKey, "hex text", text);
  std::uint8_t bytes[64];
  const bool has_y = hex_length(text) == 128;
  if (!has_y && hex_length(text) > 64) raise_value(kPublicKey, "must be 128 hex digits (x, y), or at most 64 (x)");
  read_hex_number(bytes, has_y ? 64 : 32, text, kPublicKey);
  return checked_point(bytes, has_y);
}

py::object lift(py::handle point, py::handle odd) {
  std::uint8_t bytes[64];
  std::memcpy(bytes, raw(point, 32), 32);
  check(starkcore_public_key_y(bytes + 32, bytes, odd.is(py::bool_(true))));
  return to_bytes(bytes, sizeof bytes);
}

py::object signature(py::handle r, py::handle s) {
  std::uint8_t bytes[64];
  read_int(bytes, 32, r, {"r"});
  read_int(bytes + 32, 32, s, {"s"});
  return to_bytes(bytes, sizeof bytes);
}

py::object signature_from_bytes(py::handle data) {
  const Buffer buffer(data, kSignature);
  if (buffer.size() != 64) raise_value(kSignature, "must be 64 bytes: r and s");
  return to_bytes(buffer.data(), 64);
}

py::object signature_from_hex(py::handle text) {
  if (!PyUnicode_Check(text.ptr())) raise_type(kSignature, "hex text", text);
  std::uint8_t bytes[64];
  if (hex_length(text) != 128) raise_value(kSignature, "must be 128 hex digits: r and s, 64 each");
  read_hex_number(bytes, 64, text, kSignature);
  return to_bytes(bytes, sizeof bytes);
}

// The answer in a status: right, wrong, or an exception.
bool answer(starkcore_status status, Py_ssize_t index = -1) {
  if (status == STARKCORE_OK) return true;
  if (STARKCORE_STATUS_RULE(status) != STARKCORE_RULE_SIGNATURE) raise_status(status, nullptr, index);
  return false;
}

bool verify(py::handle point, py::handle message_hash, py::handle signature) {
  Bytes32 hash;
  read_number(hash.data(), message_hash, kMessageHash);
  const std::uint8_t *key = raw(point, 32), *pair = raw(signature, 64);
  return answer(knows_y(point) ? starkcore_verify(pair, hash.data(), key, key + 32)
                               : starkcore_verify_x(pair, hash.data(), key));
}

// One chunk of verify_many, as arrays for the C interface.
struct Chunk {
  std::vector<std::uint8_t> signatures, hashes, xs, ys, has_y;
  std::vector<starkcore_status> statuses;

  explicit Chunk(std::size_t room)
      : signatures(64 * room), hashes(32 * room), xs(32 * room), ys(32 * room), has_y(room), statuses(room) {}

  void set(std::size_t i, py::handle point, py::handle signature) {
    const std::uint8_t* key = raw(point, 32);
    has_y[i] = knows_y(point);
    std::memcpy(&xs[32 * i], key, 32);
    if (has_y[i]) std::memcpy(&ys[32 * i], key + 32, 32);
    std::memcpy(&signatures[64 * i], raw(signature, 64), 64);
  }

  void run(std::size_t count) {
    py::gil_scoped_release release;
    starkcore_verify_many(statuses.data(), signatures.data(), hashes.data(), xs.data(), ys.data(), has_y.data(), count);
  }
};

// points and signatures: tuples of bytes, as long as message_hashes. A bad message hash is an exception that names its item.
py::object verify_many(py::handle points, py::handle message_hashes, py::handle signatures) {
  const auto count = static_cast<std::size_t>(PyTuple_GET_SIZE(message_hashes.ptr()));
  py::list out;
  Chunk chunk(std::min(count, kChunk));
  in_chunks(count, kChunk, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto place = static_cast<Py_ssize_t>(start + i);
      chunk.set(i, PyTuple_GET_ITEM(points.ptr(), place), PyTuple_GET_ITEM(signatures.ptr(), place));
      read_number(&chunk.hashes[32 * i], PyTuple_GET_ITEM(message_hashes.ptr(), place), kMessageHash.at(start + i));
    }
    chunk.run(n);
    for (std::size_t i = 0; i < n; ++i) {
      append(out, py::bool_(answer(chunk.statuses[i], static_cast<Py_ssize_t>(start + i))));
    }
  });
  return out;
}

// The table for one key, in memory aligned as the C interface asks.
class PreparedKey {
 public:
  explicit PreparedKey(py::handle point) : table_(::operator new (starkcore_prepared_size(), std::align_val_t{64})) {
    check(starkcore_prepare(table_.get(), raw(point, 64), raw(point, 64) + 32));
  }

  bool verify(py::handle message_hash, py::handle signature) const {
    Bytes32 hash;
    read_number(hash.data(), message_hash, kMessageHash);
    return answer(starkcore_verify_prepared(raw(signature, 64), hash.data(), table_.get()));
  }

 private:
  struct Free {
    void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{64}); }
  };
  std::unique_ptr<void, Free> table_;
};

}  // namespace

void bind_public(py::module_& module) {
  module.def("point", &point);
  module.def("point_from_bytes", &point_from_bytes);
  module.def("point_from_hex", &point_from_hex);
  module.def("lift", &lift);
  module.def("signature", &signature);
  module.def("signature_from_bytes", &signature_from_bytes);
  module.def("signature_from_hex", &signature_from_hex);
  module.def("verify", &verify);
  module.def("verify_many", &verify_many);
  py::class_<PreparedKey>(module, "PreparedKey", py::is_final(), plain_type(), "A table for many verifications.")
      .def(py::init<py::handle>())
      .def("verify", &PreparedKey::verify);
}

}  // namespace binding
