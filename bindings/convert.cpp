#include "convert.hpp"

#include <cstring>
#include <string>

#include "int_digits.hpp"

namespace binding {

namespace {

[[noreturn]] void raise_object(const py::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw ErrorIsSet{};
}

py::object index_object(Py_ssize_t index) {
  return index < 0 ? py::reinterpret_borrow<py::object>(Py_None) : owned(PyLong_FromSsize_t(index));
}

py::object errors() { return owned(PyImport_ImportModule("starkcore.errors")); }

const char* class_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kPrivateKey: return "InvalidPrivateKey";
    case ErrorKind::kPublicKey: return "InvalidPublicKey";
    case ErrorKind::kMessageHash: return "InvalidMessageHash";
    case ErrorKind::kSignature: return "InvalidSignature";
    case ErrorKind::kAmount: return "InvalidAmount";
    case ErrorKind::kExpiration: return "InvalidExpiration";
    case ErrorKind::kInput: break;
  }
  return "InvalidInput";
}

// What a field of the core is.
ErrorKind kind_of_field(int field) {
  switch (field) {
    case STARKCORE_FIELD_PRIVATE_KEY: return ErrorKind::kPrivateKey;
    case STARKCORE_FIELD_PUBLIC_KEY: return ErrorKind::kPublicKey;
    case STARKCORE_FIELD_MESSAGE_HASH: return ErrorKind::kMessageHash;
    case STARKCORE_FIELD_SIGNATURE: return ErrorKind::kSignature;
    case STARKCORE_FIELD_SIZE:
    case STARKCORE_FIELD_PRICE:
    case STARKCORE_FIELD_LIMIT_FEE:
    case STARKCORE_FIELD_AMOUNT:
    case STARKCORE_FIELD_QUANTUMS_SYNTHETIC:
    case STARKCORE_FIELD_QUANTUMS_COLLATERAL:
    case STARKCORE_FIELD_QUANTUMS_FEE: return ErrorKind::kAmount;
    case STARKCORE_FIELD_EXPIRATION: return ErrorKind::kExpiration;
    default: return ErrorKind::kInput;
  }
}

// Some rules say by themselves what was wrong, whatever the field.
ErrorKind kind_of(starkcore_status status) {
  switch (STARKCORE_STATUS_RULE(status)) {
    case STARKCORE_RULE_PRIVATE_KEY: return ErrorKind::kPrivateKey;
    case STARKCORE_RULE_MESSAGE_HASH: return ErrorKind::kMessageHash;
    case STARKCORE_RULE_ON_CURVE: return ErrorKind::kPublicKey;
    case STARKCORE_RULE_SYNTAX:
    case STARKCORE_RULE_TOO_LONG:
    case STARKCORE_RULE_MULTIPLE:
    case STARKCORE_RULE_FEE: return ErrorKind::kAmount;
    case STARKCORE_RULE_PAST:
    case STARKCORE_RULE_SECONDS: return ErrorKind::kExpiration;
    default: return kind_of_field(STARKCORE_STATUS_FIELD(status));
  }
}

py::object refusal(ErrorKind kind, const char* field, const char* rule, Py_ssize_t index) {
  return owned(PyObject_CallMethod(errors().ptr(), class_name(kind), "ssO", field, rule, index_object(index).ptr()));
}

// Whether value's bytes fit. No exception is left behind.
bool int_fits(std::uint8_t* out, std::size_t size, PyObject* value) {
#if STARKCORE_INT_DIGITS
  if (size == 32) return read_digits(out, value);
#endif
#if PY_VERSION_HEX >= 0x030D0000
  const int flags = Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER | Py_ASNATIVEBYTES_REJECT_NEGATIVE;
  const Py_ssize_t needed = PyLong_AsNativeBytes(value, out, static_cast<Py_ssize_t>(size), flags);
  if (needed >= 0) return static_cast<std::size_t>(needed) <= size;
#else
  if (_PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(value), out, size, 0, 0) == 0) return true;
#endif
  drop_refusal();
  return false;
}

int hex_digit(Py_UCS1 c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Digits {
  const Py_UCS1* data;
  std::size_t size;
  bool marked;  // by 0x
};

// The characters of an ASCII str after 0x, in place: nothing is copied.
Digits digits_of(py::handle text, const Field& field) {
  if (!PyUnicode_IS_ASCII(text.ptr())) raise_value(field, "must be hex digits, with or without 0x");
  const Py_UCS1* data = PyUnicode_1BYTE_DATA(text.ptr());
  std::size_t size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text.ptr()));
  if (size >= 2 && data[0] == '0' && (data[1] == 'x' || data[1] == 'X')) return {data + 2, size - 2, true};
  return {data, size, false};
}

// digits as a number of `size` bytes. Precondition: at most 2·size digits.
void parse_digits(std::uint8_t* out, std::size_t size, Digits digits, const Field& field) {
  std::memset(out, 0, size);
  for (std::size_t i = 0; i < digits.size; ++i) {
    const int value = hex_digit(digits.data[digits.size - 1 - i]);
    if (value < 0) raise_value(field, "must be hex digits, with or without 0x");
    out[size - 1 - i / 2] = static_cast<std::uint8_t>(out[size - 1 - i / 2] | (value << (4 * (i % 2))));
  }
}

// Without 0x, and with neither a letter nor every digit of the width, digits could as well be
// decimal: refused where the two readings differ, that is from 10 on. Reads all digits, whatever
// they are: they may be a secret's.
void refuse_ambiguous(Digits digits, std::size_t width, const Field& field) {
  if (digits.marked || digits.size == width) return;
  unsigned other = 0, above_units = 0;
  for (std::size_t i = 0; i < digits.size; ++i) {
    other |= static_cast<unsigned>(digits.data[i] < '0') | static_cast<unsigned>(digits.data[i] > '9');
    above_units |= static_cast<unsigned>(i + 1 < digits.size) & static_cast<unsigned>(digits.data[i] != '0');
  }
  if (other == 0 && above_units != 0) {
    raise_value(field, "must have 0x before its hex digits: without, they could be decimal");
  }
}

[[noreturn]] void raise_length(const Field& field, std::size_t least, std::size_t most) {
  const std::string size =
      least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  raise_value(field, ("must be " + size + " bytes, or twice as many hex digits").c_str());
}

}  // namespace

template <class Word>
static Word read_word(py::handle value, const Field& field) {
  std::uint8_t bytes[sizeof(Word)];
  read_int(bytes, sizeof bytes, value, field);
  Word result = 0;
  for (const std::uint8_t byte : bytes) result = static_cast<Word>(result << 8 | byte);
  return result;
}

py::object exception_for(starkcore_status status, const char* field, Py_ssize_t index) {
  const char* const text = starkcore_rule_text(status);
  switch (STARKCORE_STATUS_RULE(status)) {
    case STARKCORE_RULE_SELFTEST: return owned(PyObject_CallMethod(errors().ptr(), "SelfTestFailed", "s", text));
    case STARKCORE_RULE_FAULT:
      return owned(PyObject_CallMethod(errors().ptr(), "SigningFault", "sO", text, index_object(index).ptr()));
    default: break;
  }
  if (field == nullptr) field = starkcore_field_name(status);
  return refusal(kind_of(status), *field != '\0' ? field : "input", text, index);
}

void raise_status(starkcore_status status, const char* field, Py_ssize_t index) {
  raise_object(exception_for(status, field, index));
}

void raise_value(const Field& field, const char* rule) {
  raise_object(refusal(field.kind, field.name, rule, field.index));
}

void raise_type(const Field& field, const char* expected, py::handle value) {
  raise_object(
      owned(PyObject_CallMethod(errors().ptr(), "_wrong_type", "ssOO", field.name, expected,
                                reinterpret_cast<PyObject*>(Py_TYPE(value.ptr())), index_object(field.index).ptr())));
}

void read_int(std::uint8_t* out, std::size_t size, py::handle value, const Field& field) {
  if (!is_int(value)) raise_type(field, "an int", value);
  if (!int_fits(out, size, value.ptr())) raise_value(field, field.range);
}

std::uint64_t read_u64(py::handle value, const Field& field) {
  return read_word<std::uint64_t>(value, field.within("must be in [0, 2^64)"));
}

std::uint32_t read_u32(py::handle value, const Field& field) {
  return read_word<std::uint32_t>(value, field.within("must be in [0, 2^32)"));
}

void read_number(std::uint8_t out[32], py::handle value, const Field& field) {
  if (is_int(value)) {
    if (!int_fits(out, 32, value.ptr())) raise_value(field, field.range);
  } else if (PyUnicode_Check(value.ptr())) {
    read_hex_number(out, 32, value, field);
  } else if (is_buffer(value)) {
    const Buffer buffer(value, field);
    if (buffer.size() != 32) raise_value(field, "must be 32 big-endian bytes");
    std::memcpy(out, buffer.data(), 32);
  } else {
    raise_type(field, "an int, 32 bytes or hex text", value);
  }
}

void read_hex_number(std::uint8_t* out, std::size_t size, py::handle value, const Field& field) {
  const Digits digits = digits_of(value, field);
  if (digits.size == 0 || digits.size > 2 * size) {
    raise_value(field, ("must have 1 to " + std::to_string(2 * size) + " hex digits").c_str());
  }
  refuse_ambiguous(digits, 2 * size, field);
  parse_digits(out, size, digits, field);
}

void read_bytes(std::uint8_t* out, std::size_t size, py::handle value, const Field& field) {
  read_some_bytes(out, size, size, value, field);
}

std::size_t read_some_bytes(std::uint8_t* out, std::size_t least, std::size_t most, py::handle value,
                            const Field& field) {
  if (PyUnicode_Check(value.ptr())) {
    const Digits digits = digits_of(value, field);
    if (digits.size % 2 != 0) raise_value(field, "must have an even number of hex digits");
    const std::size_t size = digits.size / 2;
    if (size < least || size > most) raise_length(field, least, most);
    if (least != most) refuse_ambiguous(digits, 64, field);
    parse_digits(out, size, digits, field);
    return size;
  }
  if (!is_buffer(value)) raise_type(field, "bytes or hex text", value);
  const Buffer buffer(value, field);
  if (buffer.size() < least || buffer.size() > most) raise_length(field, least, most);
  std::memcpy(out, buffer.data(), buffer.size());
  return buffer.size();
}

std::size_t hex_length(py::handle text) { return PyUnicode_IS_ASCII(text.ptr()) ? digits_of(text, {""}).size : 0; }

// The type whose buffer counts, where that isn't the object's to say.
static PyTypeObject* own_buffer(PyObject* value) {
  if (PyBytes_Check(value)) return &PyBytes_Type;
  return PyByteArray_Check(value) ? &PyByteArray_Type : nullptr;
}

int get_buffer(PyObject* value, Py_buffer* view, int flags) {
  PyTypeObject* own = own_buffer(value);
  return own == nullptr ? PyObject_GetBuffer(value, view, flags) : own->tp_as_buffer->bf_getbuffer(value, view, flags);
}

void release_buffer(Py_buffer* view) {
  PyObject* value = view->obj;
  PyTypeObject* own = value == nullptr ? nullptr : own_buffer(value);
  if (own == nullptr) return PyBuffer_Release(view);
  if (own->tp_as_buffer->bf_releasebuffer != nullptr) own->tp_as_buffer->bf_releasebuffer(value, view);
  view->obj = nullptr;
  Py_DECREF(value);
}

Buffer::Buffer(py::handle value, const Field& field) {
  if (!is_buffer(value)) raise_type(field, "bytes or another buffer", value);
  if (get_buffer(value.ptr(), &view_, PyBUF_ND | PyBUF_FORMAT) != 0) {
    drop_refusal();
    raise_value(field, "must be a contiguous buffer");
  }
  if (view_.itemsize != 1) {
    release_buffer(&view_);
    raise_value(field, "must be a buffer of single bytes");
  }
}

py::tuple read_tuple(py::handle value, const Field& field, Py_ssize_t size) {
  if (!PyTuple_Check(value.ptr())) raise_type(field, "a tuple", value);
  if (size >= 0 && PyTuple_GET_SIZE(value.ptr()) != size) {
    raise_value(field, ("must be a tuple of " + std::to_string(size)).c_str());
  }
  return py::reinterpret_borrow<py::tuple>(value);
}

const char* read_text(std::size_t* size, py::handle text, const Field& field, const char* rule) {
  if (!PyUnicode_Check(text.ptr())) raise_type(field, "text", text);
  Py_ssize_t length = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &length);
  if (data == nullptr) {
    drop_refusal();
    raise_value(field, rule);
  }
  *size = static_cast<std::size_t>(length);
  return data;
}

const char* read_name(py::handle field) {
  std::size_t size = 0;
  return read_text(&size, field, {"field"}, "must be text");
}

py::tuple read_items(py::handle value, const Field& field) {
  const bool iterable = Py_TYPE(value.ptr())->tp_iter != nullptr || PySequence_Check(value.ptr());
  if (!iterable || PyUnicode_Check(value.ptr()) || PyDict_Check(value.ptr())) {
    raise_type(field, "a sequence", value);
  }
  PyObject* const items = PySequence_Tuple(value.ptr());
  if (items == nullptr && PyObject_CheckBuffer(value.ptr()) != 0) {  // of no dimension, or of several, or released
    drop_refusal();
    raise_type(field, "a sequence", value);
  }
  return py::reinterpret_steal<py::tuple>(owned(items).release());
}

py::object int_from_bytes(const std::uint8_t* data, std::size_t size) {
#if STARKCORE_INT_DIGITS
  if (size == 32) return owned(int_of_digits(data));
#endif
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* value = PyLong_FromUnsignedNativeBytes(data, size, Py_ASNATIVEBYTES_BIG_ENDIAN);
#else
  PyObject* value = _PyLong_FromByteArray(data, size, 0, 0);
#endif
  return owned(value);
}

}  // namespace binding
