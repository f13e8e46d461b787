// Public keys and signatures as bytes, and verification. A point is 64 bytes x ‖ y, or 32 bytes where only x is
// known; a signature is 64 bytes r ‖ s. starkcore/keys.py makes them, so that their lengths are not checked again.
#include <algorithm>
#include <cstring>
#include <vector>

#include "batch.hpp"
#include "native_object.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

// Verifications that a thread takes at a time: tens of milliseconds on a slow machine.
constexpr std::size_t kChunk = 256;

// The bytes of a point or signature. Their length is known, but a mistake above must not become a read out of bounds.
const std::uint8_t* raw(py::handle bytes, Py_ssize_t least) {
  if (!PyBytes_Check(bytes.ptr()) || PyBytes_GET_SIZE(bytes.ptr()) < least) {
    PyErr_SetString(PyExc_TypeError, "not a point or signature");
    throw ErrorIsSet{};
  }
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
  read_number(bytes, x, {"x", kPublicKey.range, -1, kPublicKey.kind});
  if (!y.is_none()) read_number(bytes + 32, y, {"y", kPublicKey.range, -1, kPublicKey.kind});
  return checked_point(bytes, !y.is_none());
}

py::object point_from_bytes(py::handle data) {
  const Buffer buffer(data, kPublicKey);
  if (buffer.size() != 32 && buffer.size() != 64) raise_value(kPublicKey, "must be 32 bytes (x) or 64 bytes (x, y)");
  std::uint8_t bytes[64];  // another thread may write to the buffer between the check and the key
  std::memcpy(bytes, buffer.data(), buffer.size());
  return checked_point(bytes, buffer.size() == 64);
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
  read_int(bytes, 32, r, {.name = "r", .kind = kSignature.kind});
  read_int(bytes + 32, 32, s, {.name = "s", .kind = kSignature.kind});
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
bool answer(starkcore_status status) {
  if (status == STARKCORE_OK) return true;
  if (STARKCORE_STATUS_RULE(status) != STARKCORE_RULE_SIGNATURE) raise_status(status);
  return false;
}

bool verify(py::handle point, py::handle message_hash, py::handle signature) {
  Bytes32 hash;
  read_number(hash.data(), message_hash, kMessageHash);
  const std::uint8_t *key = raw(point, 32), *pair = raw(signature, 64);
  return answer(knows_y(point) ? starkcore_verify(pair, hash.data(), key, key + 32)
                               : starkcore_verify_x(pair, hash.data(), key));
}

// A wrong signature is an answer; anything else that isn't right is a failure.
Failure failure_of(const starkcore_status* statuses, std::size_t start, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (statuses[i] != STARKCORE_OK && STARKCORE_STATUS_RULE(statuses[i]) != STARKCORE_RULE_SIGNATURE) {
      return {statuses[i], start + i};
    }
  }
  return {};
}

// Items of verify_many, as arrays for the C interface.
struct Items {
  std::vector<std::uint8_t> signatures, hashes, xs, ys, has_y;
  std::vector<starkcore_status> statuses;

  explicit Items(std::size_t room)
      : signatures(64 * room), hashes(32 * room), xs(32 * room), ys(32 * room), has_y(room), statuses(room) {}

  void set(std::size_t i, py::handle point, py::handle signature) {
    const std::uint8_t* key = raw(point, 32);
    has_y[i] = knows_y(point);
    std::memcpy(&xs[32 * i], key, 32);
    if (has_y[i]) std::memcpy(&ys[32 * i], key + 32, 32);
    std::memcpy(&signatures[64 * i], raw(signature, 64), 64);
  }

  Failure verify(std::size_t total, std::size_t threads) {
    return run_batch(total, kChunk, threads, [this](std::size_t start, std::size_t count) {
      starkcore_verify_many(&statuses[start], &signatures[64 * start], &hashes[32 * start], &xs[32 * start],
                            &ys[32 * start], &has_y[start], count);
      return failure_of(&statuses[start], start, count);
    });
  }
};

// points and signatures: tuples of bytes, as long as message_hashes. A bad message hash is an
// exception that names its item.
py::object verify_many(py::handle points, py::handle message_hashes, py::handle signatures, py::handle threads_value) {
  const py::tuple hashes = read_tuple(message_hashes, {"message_hashes"});
  const auto length = PyTuple_GET_SIZE(hashes.ptr());
  const py::tuple keys = read_tuple(points, {"public_keys"}, length),
                  pairs = read_tuple(signatures, {"signatures"}, length);
  const auto total = static_cast<std::size_t>(length);
  const std::size_t threads = read_threads(threads_value), at_once = kChunk * threads;
  const py::object out = new_list();
  Items items(std::min(total, at_once));
  in_chunks(total, at_once, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto place = static_cast<Py_ssize_t>(start + i);
      items.set(i, PyTuple_GET_ITEM(keys.ptr(), place), PyTuple_GET_ITEM(pairs.ptr(), place));
      read_number(&items.hashes[32 * i], PyTuple_GET_ITEM(hashes.ptr(), place), kMessageHash.at(start + i));
    }
    check(items.verify(n, threads), start);
    for (std::size_t i = 0; i < n; ++i) append(out, owned(PyBool_FromLong(items.statuses[i] == STARKCORE_OK)));
  });
  return out;
}

const Field kSignatures{"signatures"};

// How many items two buffers have: 32 bytes a hash, 64 a signature.
std::size_t count_items(const Buffer& hashes, const Buffer& signatures) {
  if (hashes.size() % 32 != 0) raise_value(kMessageHashes, "must be a whole number of 32-byte items");
  if (signatures.size() != bytes_of(hashes.size(), 2, kMessageHashes))
    raise_value(kSignatures, "must be 64 bytes for each message hash");
  return hashes.size() / 32;
}

// One byte an item, 1 where the signature is right. verify_chunk(statuses, start, count) fills the statuses of a chunk.
template <class Verify>
py::object verify_into_bytes(std::size_t total, py::handle threads, const Verify& verify_chunk) {
  const py::object out = new_bytes(total, 1, kMessageHashes);
  std::uint8_t* answers = bytes_data(out);
  check(run_batch(total, kChunk, read_threads(threads), [&](std::size_t start, std::size_t count) {
    starkcore_status statuses[kChunk];
    verify_chunk(statuses, start, count);
    for (std::size_t i = 0; i < count; ++i) answers[start + i] = statuses[i] == STARKCORE_OK;
    return failure_of(statuses, start, count);
  }));
  return out;
}

// points: n × 64 bytes x ‖ y, or n × 32 bytes x.
py::object verify_buffers(py::handle points, py::handle message_hashes, py::handle signatures, py::handle threads) {
  const Buffer keys(points, {"public_keys"}), hashes(message_hashes, kMessageHashes), pairs(signatures, kSignatures);
  const std::size_t total = count_items(hashes, pairs);
  const bool has_y = keys.size() == bytes_of(total, 64, kMessageHashes);
  if (!has_y && keys.size() != hashes.size()) {
    raise_value({"public_keys"}, "must be 64 bytes (x, y), or 32 bytes (x), for each message hash");
  }
  return verify_into_bytes(total, threads, [&](starkcore_status* statuses, std::size_t start, std::size_t count) {
    const std::uint8_t *pair = pairs.data() + 64 * start, *hash = hashes.data() + 32 * start;
    if (!has_y) {
      starkcore_verify_many(statuses, pair, hash, keys.data() + 32 * start, nullptr, nullptr, count);
      return;
    }
    constexpr std::size_t at_once = 32;  // what shares an inversion anyway
    std::uint8_t xs[32 * at_once], ys[32 * at_once];
    for (std::size_t first = 0; first < count; first += at_once) {
      const std::size_t size = std::min(at_once, count - first);
      for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t* const point = keys.data() + 64 * (start + first + i);
        std::memcpy(xs + 32 * i, point, 32);
        std::memcpy(ys + 32 * i, point + 32, 32);
      }
      starkcore_verify_many(statuses + first, pair + 64 * first, hash + 32 * first, xs, ys, nullptr, size);
    }
  });
}

// The table for one key, a point with y.
std::unique_ptr<PreparedTable> prepare(py::handle point) { return std::make_unique<PreparedTable>(raw(point, 64)); }

bool verify_prepared(const PreparedTable& table, py::handle message_hash, py::handle signature) {
  Bytes32 hash;
  read_number(hash.data(), message_hash, kMessageHash);
  return answer(starkcore_verify_prepared(raw(signature, 64), hash.data(), table.get()));
}

// n × 32 bytes of hashes, n × 64 of signatures.
py::object verify_prepared_buffers(const PreparedTable& table, py::handle message_hashes, py::handle signatures,
                                   py::handle threads) {
  const Buffer hashes(message_hashes, kMessageHashes), pairs(signatures, kSignatures);
  return verify_into_bytes(count_items(hashes, pairs), threads,
                           [&](starkcore_status* statuses, std::size_t start, std::size_t count) {
                             starkcore_verify_prepared_many(statuses, pairs.data() + 64 * start,
                                                            hashes.data() + 32 * start, count, table.get());
                           });
}

}  // namespace

void bind_public(py::handle module) {
  static PyMethodDef table[] = {entry<point>("point"),
                                entry<point_from_bytes>("point_from_bytes"),
                                entry<point_from_hex>("point_from_hex"),
                                entry<lift>("lift"),
                                entry<signature>("signature"),
                                entry<signature_from_bytes>("signature_from_bytes"),
                                entry<signature_from_hex>("signature_from_hex"),
                                entry<verify>("verify"),
                                entry<verify_many>("verify_many"),
                                entry<verify_buffers>("verify_buffers"),
                                {}};
  add_functions(module, table);
  static PyMethodDef methods[] = {static_method<prepare>("of"),
                                  method<verify_prepared>("verify"),
                                  method<verify_prepared_buffers>("verify_buffers"),
                                  refused_copy<PreparedTable>("__reduce__"),
                                  refused_copy<PreparedTable>("__reduce_ex__"),
                                  {}};
  add_type<PreparedTable>(module, "starkcore._native.PreparedKey", "a prepared key",
                          {doc_slot("A table for many verifications."), {Py_tp_methods, methods}});
}

}  // namespace binding
