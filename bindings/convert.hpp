// Python values to bytes and back, and statuses to exceptions.
//
// Every native function takes plain handles and converts them here. That is not a matter of taste: pybind11's own
// TypeError for an argument of the wrong type prints the repr of every argument, and one of them may be a private
// key. For the same reason no message that is made here contains a value; it names the parameter and the rule.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "python.hpp"
#include "starkcore.h"
#include "wipe.hpp"

namespace binding {

using Bytes32 = std::array<std::uint8_t, 32>;

// What a parameter is, whatever it is called: the class of starkcore.errors that a value of it raises which can't be
// read, or doesn't fit. What is refused for its type is an InputTypeError everywhere.
enum class ErrorKind { kInput, kPrivateKey, kPublicKey, kMessageHash, kSignature, kAmount, kExpiration };

// A parameter as the Python interface names it, what to say when its value is out of range, in functions over many
// items which item it belongs to (-1: none), and what it is.
struct Field {
  const char* name;
  const char* range = "must be in [0, 2^256)";
  Py_ssize_t index = -1;
  ErrorKind kind = ErrorKind::kInput;

  Field at(std::size_t i) const { return {name, range, static_cast<Py_ssize_t>(i), kind}; }
  Field within(const char* other) const { return {name, other, index, kind}; }
};

inline constexpr Field kPrivateKey{"private_key", "must be in [1, n)", -1, ErrorKind::kPrivateKey};
inline constexpr Field kPublicKey{"public_key", "must be in [0, p)", -1, ErrorKind::kPublicKey};
inline constexpr Field kMessageHash{"message_hash", "must be in [0, 2^251)", -1, ErrorKind::kMessageHash};
inline constexpr Field kSignature{.name = "signature", .kind = ErrorKind::kSignature};
inline constexpr Field kMessageHashes{"message_hashes"};
inline constexpr Field kExpirationHours{.name = "expiration_hours", .kind = ErrorKind::kExpiration};

constexpr Field amount_field(const char* name) { return {.name = name, .kind = ErrorKind::kAmount}; }

// ---- Exceptions, of the classes of starkcore.errors ----

// The exception for a status, built but not raised. field: overrides the status's own when not NULL.
py::object exception_for(starkcore_status status, const char* field = nullptr, Py_ssize_t index = -1);

[[noreturn]] void raise_status(starkcore_status status, const char* field = nullptr, Py_ssize_t index = -1);
[[noreturn]] void raise_value(const Field& field, const char* rule);
[[noreturn]] void raise_type(const Field& field, const char* expected, py::handle value);

inline void check(starkcore_status status, const char* field = nullptr, Py_ssize_t index = -1) {
  if (status != STARKCORE_OK) raise_status(status, field, index);
}

// ---- Python to bytes. Outputs first; each throws the exception that names the field ----

// An int, not a bool, in [0, 2^(8·size)): big-endian, padded on the left.
void read_int(std::uint8_t* out, std::size_t size, py::handle value, const Field& field);

std::uint64_t read_u64(py::handle value, const Field& field);
std::uint32_t read_u32(py::handle value, const Field& field);

// A 256-bit number in any of its three forms: an int, 32 big-endian bytes in any buffer, or text. Never makes a Python
// object: safe for secrets.
//
// Text is hex: 1 to 64 digits after 0x; or without 0x, where it has a letter among its digits or all 64 of them. Other
// digits could be decimal just as well, and are refused where that would be another number.
void read_number(std::uint8_t out[32], py::handle value, const Field& field);

// Exactly `size` bytes: a buffer of that length, or hex text of twice as many digits.
void read_bytes(std::uint8_t* out, std::size_t size, py::handle value, const Field& field);

// At least `least` and at most `most` bytes, from a buffer or hex text of an even number of digits.
// Returns how many. Where the two differ, the rule of numbers goes for text.
std::size_t read_some_bytes(std::uint8_t* out, std::size_t least, std::size_t most, py::handle value,
                            const Field& field);

// Text as a number of `size` bytes, by the rule above. The value must be a str.
void read_hex_number(std::uint8_t* out, std::size_t size, py::handle value, const Field& field);

// How many hex digits a str has after its 0x, whatever the digits are.
std::size_t hex_length(py::handle text);

// PyObject_GetBuffer and PyBuffer_Release; but of bytes and bytearray it is their own content,
// whatever the `__buffer__` of a subclass says.
int get_buffer(PyObject* value, Py_buffer* view, int flags);
void release_buffer(Py_buffer* view);

// A contiguous buffer of single bytes, held for the lifetime of this object.
class Buffer {
 public:
  Buffer(py::handle value, const Field& field);
  ~Buffer() { release_buffer(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(view_.buf); }
  std::size_t size() const { return static_cast<std::size_t>(view_.len); }

 private:
  Py_buffer view_;
};

inline bool is_buffer(py::handle value) { return PyObject_CheckBuffer(value.ptr()) != 0; }
inline bool is_int(py::handle value) { return PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()); }

// A tuple, of `size` items where that is not negative, as Python code of this package makes it.
py::tuple read_tuple(py::handle value, const Field& field, Py_ssize_t size = -1);

// The UTF-8 of a str, as it lies in the object: valid while the object lives. `rule`: what a str breaks that has none.
const char* read_text(std::size_t* size, py::handle text, const Field& field, const char* rule);

// A parameter's name, given by Python code of this package.
const char* read_name(py::handle field);

// Any iterable but text as a tuple: a snapshot that nobody can change while the interpreter's lock is let go.
py::tuple read_items(py::handle value, const Field& field);

// ---- Bytes to Python ----

py::object int_from_bytes(const std::uint8_t* data, std::size_t size);
inline py::object to_bytes(const void* data, std::size_t size) {
  return owned(PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size)));
}

// ---- Many items ----

// A list that grows by append: at no time does it hold an empty place that other threads could find.
inline void append(const py::object& out, const py::object& item) {
  if (PyList_Append(out.ptr(), item.ptr()) != 0) throw ErrorIsSet{};
}

// Call work(start, count) over [0, total) in chunks, and let Python answer signals in between: Ctrl-C is heard
// after at most one chunk.
template <typename Work>
void in_chunks(std::size_t total, std::size_t chunk, Work work) {
  for (std::size_t start = 0; start < total; start += chunk) {
    work(start, total - start < chunk ? total - start : chunk);
    if (PyErr_CheckSignals() != 0) throw ErrorIsSet{};
  }
}

// Each file adds its functions to the module.
void bind_build(py::handle module);
void bind_hashes(py::handle module);
void bind_secret(py::handle module);
void bind_public(py::handle module);
void bind_starkex(py::handle module);
void bind_order_reader(py::handle module);
void bind_order_method(py::handle module);
void bind_order_table(py::handle module);
void bind_messages(py::handle module);
void bind_message_rows(py::handle module);

}  // namespace binding
