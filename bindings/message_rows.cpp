// Messages out of mappings, read by a form (message_form.hpp): hashed, signed, and given back as a
// program's own tuples.
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "batch.hpp"
#include "message_form.hpp"
#include "moment.hpp"
#include "nonce.hpp"

namespace binding {

namespace {

// Mappings that a thread takes at a time.
constexpr std::size_t kChunk = 512;

// ---- Values ----

struct Amount {
  std::uint64_t digits = 0;
  std::uint32_t decimals = 0;
};

// Digits, and a point between digits: at most 19 that count, and 18 behind the point. False for any
// other text, which may still be a number.
bool read_digits(Amount& out, const char* text, std::size_t size) {
  std::uint64_t digits = 0;
  std::size_t point = size;
  bool fits = size > 0 && size <= 64;
  for (std::size_t i = 0; fits && i < size; ++i) {
    if (text[i] == '.') {
      fits = point == size && 0 < i && i + 1 < size;
      point = i;
      continue;
    }
    const auto digit = static_cast<std::uint64_t>(text[i]) - '0';
    fits = text[i] >= '0' && text[i] <= '9' && digits <= (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    if (fits) digits = 10 * digits + digit;
  }
  const std::size_t decimals = point == size ? 0 : size - point - 1;
  out = {digits, static_cast<std::uint32_t>(decimals)};
  return fits && decimals <= kMostDecimals;
}

bool read_text_amount(Amount& out, py::handle text) {
  Py_ssize_t size = 0;
  const char* content = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (content == nullptr) {
    drop_refusal();
    return false;
  }
  return read_digits(out, content, static_cast<std::size_t>(size));
}

// An int of exactly that type, in [0, 2^64).
bool read_plain_int(std::uint64_t& out, py::handle value) {
  if (!PyLong_CheckExact(value.ptr())) return false;
  out = PyLong_AsUnsignedLongLong(value.ptr());
  if (out != std::numeric_limits<std::uint64_t>::max() || PyErr_Occurred() == nullptr) return true;
  drop_refusal();
  return false;
}

// Seconds since the epoch, rounded up, of a datetime of exactly that type, from 1970 on, whose zone is plain.
bool read_seconds(std::uint64_t& out, py::handle value) {
  std::int64_t microseconds;
  if (!read_moment(microseconds, value.ptr()) || microseconds < 0) return false;
  out = static_cast<std::uint64_t>((microseconds + kMicroseconds - 1) / kMicroseconds);
  return true;
}

bool read_amount(Amount& out, py::handle value, py::handle decimal) {
  if (PyUnicode_CheckExact(value.ptr())) return read_text_amount(out, value);
  if (py::handle(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr()))).is(decimal)) {
    return read_text_amount(out, owned(PyObject_Str(value.ptr())));
  }
  out.decimals = 0;
  return read_plain_int(out.digits, value);
}

// The value of a dict, or nothing.
py::object looked_up(py::handle dict, py::handle key) {
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* found = nullptr;
  const int status = PyDict_GetItemRef(dict.ptr(), key.ptr(), &found);
  const bool failed = status < 0;
#else
  PyObject* found = PyDict_GetItemWithError(dict.ptr(), key.ptr());
  Py_XINCREF(found);
  const bool failed = found == nullptr && PyErr_Occurred() != nullptr;
#endif
  if (failed) drop_refusal();
  return py::reinterpret_steal<py::object>(found);
}

// ---- A chunk of mappings ----

// A key's records in a chunk, each once. Held for as long as their scales and elements are used.
class Records {
 public:
  std::uint32_t place_of(const py::object& record) {
    for (std::size_t i = held_.size(); i-- > 0;) {
      if (held_[i].is(record)) return static_cast<std::uint32_t>(i);
    }
    held_.push_back(record);
    return static_cast<std::uint32_t>(held_.size() - 1);
  }

  std::size_t size() const { return held_.size(); }
  const MessageRecord& at(std::size_t i) const { return native_object<MessageRecord>(held_[i], "record"); }

 private:
  std::vector<py::object> held_;
};

class Chunk {
 public:
  Chunk(const MessageForm& form, std::size_t most, std::uint64_t now)
      : form_(form),
        now_(now),
        most_(most),
        columns_((form.keys.size() + form.terms.size()) * most),
        amounts_(form.keys.size()),
        records_(form.keys.size()) {}

  // Takes in a mapping that the form can read; false for another, which leaves no trace but records that nothing uses.
  bool take(py::handle mapping) {
    if (!PyDict_CheckExact(mapping.ptr())) return false;
    Py_ssize_t known = 0;
    for (std::size_t j = 0; j < form_.keys.size(); ++j) {
      const py::object value = looked_up(mapping, form_.keys[j].name);
      if (value) ++known;
      if (!take_value(j, value)) return false;
    }
    if (PyDict_Size(mapping.ptr()) != known) return false;
    for (std::size_t t = 0; t < form_.terms.size(); ++t) put(form_.keys.size() + t, scale_of(form_.terms[t]));
    ++count_;
    return true;
  }

  std::size_t count() const { return count_; }

  // Hashes and signs what was taken in.
  void sign(const Secret& key, const NonceOptions& options, std::size_t threads) {
    prepare();
    hashes_.resize(32 * count_), signatures_.resize(64 * count_), statuses_.resize(count_);
    numbers_.resize(form_.terms.size() * count_);
    std::vector<std::uint64_t*> numbers;
    for (std::size_t t = 0; t < form_.terms.size(); ++t) numbers.push_back(numbers_.data() + t * count_);
    const starkcore_signed_messages out{hashes_.data(), signatures_.data(), statuses_.data(), numbers.data()};
    const starkcore_message_table table{&native_object<MessageTemplate>(form_.shape, "template").native,
                                        table_columns_.data(),
                                        table_columns_.size(),
                                        terms_.data(),
                                        terms_.size(),
                                        slots_.data()};
    const auto work = [&](std::size_t first, std::size_t n) {
      starkcore_sign_message_table(&out, &table, first, n, key.data(), options.get());
      return Failure{};
    };
    if (count_ == 1) {
      work(0, 1);
    } else {
      run_batch(count_, kChunk, threads, work);
    }
  }

  // What is made of mapping i of those that were taken in, or None where it can't be signed.
  py::object result(std::size_t i) const {
    if (statuses_[i] != STARKCORE_OK) return py::reinterpret_borrow<py::object>(Py_None);
    const py::object bytes = to_bytes(&signatures_[64 * i], 64);
    const py::object values = owned(PyTuple_New(static_cast<Py_ssize_t>(2 + form_.results.size())));
    Py_ssize_t place = 0;
    const auto add = [&](py::object value) { PyTuple_SET_ITEM(values.ptr(), place++, value.release().ptr()); };
    add(owned(PyObject_CallOneArg(form_.make_signature.ptr(), bytes.ptr())));
    add(int_from_bytes(&hashes_[32 * i], 32));
    for (std::size_t j = 0; j < form_.results.size(); ++j) {
      add(form_.results[j] ? form_.results[j] : number(form_.result_terms[j], i));
    }
    const py::object arguments = owned(PyTuple_Pack(1, values.ptr()));
    return owned(PyTuple_Type.tp_new(reinterpret_cast<PyTypeObject*>(form_.made.ptr()), arguments.ptr(), nullptr));
  }

 private:
  void put(std::size_t column, std::uint64_t value) { columns_[column * most_ + count_] = value; }

  // The value of a key; none where the mapping hasn't got the key.
  bool take_value(std::size_t j, const py::object& value) {
    const Key& key = form_.keys[j];
    std::uint64_t out = 0;
    amounts_[j] = {};
    if (!value || value.is_none()) {
      if (key.required || (value && key.kind == Kind::kChoice)) return false;
      if (key.kind == Kind::kNow) out = now_;
      if (key.kind == Kind::kNow && (out < key.least || out > key.most)) return false;
      if (key.kind == Kind::kFresh) out = fresh();
    } else if (!(key.looks_up() ? find(out, j, value) : read_number(out, j, value))) {
      return false;
    }
    put(j, out);
    return true;
  }

  bool read_number(std::uint64_t& out, std::size_t j, const py::object& value) {
    const Key& key = form_.keys[j];
    if (key.kind != Kind::kAmount && key.kind != Kind::kFixed) {
      const bool read = read_plain_int(out, value) || (key.kind == Kind::kMoment && read_seconds(out, value));
      return read && key.least <= out && out <= key.most;
    }
    Amount& amount = amounts_[j];
    if (!read_amount(amount, value, form_.decimal)) return false;
    if (key.kind == Kind::kFixed) {
      // Below 1: its digits, brought to that many decimals, are fewer than a power of ten that fits.
      if (amount.decimals > key.least || amount.digits >= power(amount.decimals)) return false;
      amount = {amount.digits * power(static_cast<std::uint32_t>(key.least) - amount.decimals), 0};
    }
    out = amount.digits;
    return key.kind == Kind::kFixed || out >= key.least;
  }

  // Precondition: at most 19.
  static std::uint64_t power(std::uint32_t exponent) {
    std::uint64_t out = 1;
    for (; exponent > 0; --exponent) out *= 10;
    return out;
  }

  bool find(std::uint64_t& out, std::size_t j, const py::object& value) {
    const Key& key = form_.keys[j];
    if (key.kind == Kind::kObject) {
      const py::object pair = looked_up(key.lookup, owned(PyLong_FromVoidPtr(value.ptr())));
      if (!pair) return false;
      const py::tuple parts = read_tuple(pair, {"form"}, 2);
      if (!value.is(py::object(parts[0]))) return false;
      out = records_[j].place_of(parts[1]);
      return true;
    }
    if (!PyUnicode_CheckExact(value.ptr())) return false;
    const py::object found = looked_up(key.lookup, value);
    if (!found) return false;
    if (key.kind == Kind::kChoice) return read_plain_int(out, found);
    out = records_[j].place_of(found);
    return true;
  }

  static std::uint64_t fresh() {
    std::uint8_t bytes[4];
    fill_with_entropy(bytes, sizeof bytes);
    std::uint32_t number;
    std::memcpy(&number, bytes, sizeof number);
    return 1 + (number >> 1);
  }

  // The place of the scale for the row that is being taken in.
  std::uint64_t scale_of(const Term& term) const {
    std::uint64_t place = 0;
    for (const std::uint32_t j : term.amounts) place += amounts_[j].decimals;
    if (term.record != STARKCORE_NO_COLUMN) place += kScales * columns_[term.record * most_ + count_];
    return place;
  }

  // Columns, terms and slots as the C interface has them.
  void prepare() {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t j = 0; j < form_.keys.size() + form_.terms.size(); ++j) {
      table_columns_.push_back({{columns_.data() + j * most_, sizeof(std::uint64_t), sizeof(std::uint64_t), 0},
                                0,
                                most,
                                STARKCORE_RULE_RANGE});
    }
    scales_.resize(form_.terms.size()), elements_.resize(form_.slots.size());
    for (std::size_t t = 0; t < form_.terms.size(); ++t) {
      const Term& term = form_.terms[t];
      const std::vector<starkcore_scale>& scales = term.record == STARKCORE_NO_COLUMN ? term.own : gathered_scales(t);
      terms_.push_back(term.native);
      terms_.back().scale = static_cast<std::uint32_t>(form_.keys.size() + t);
      terms_.back().scales = scales.data(), terms_.back().scale_count = scales.size();
    }
    for (std::size_t s = 0; s < form_.slots.size(); ++s) {
      const Slot& slot = form_.slots[s];
      const auto& elements = slot.is_record ? gathered_elements(s) : slot.choices;
      slots_.push_back({slot.from, elements.empty() ? nullptr : elements.data(), elements.size()});
    }
  }

  const std::vector<starkcore_scale>& gathered_scales(std::size_t t) {
    const Term& term = form_.terms[t];
    for (std::size_t i = 0; i < records_[term.record].size(); ++i) {
      const std::vector<starkcore_scale>& all = records_[term.record].at(i).scales;
      const std::size_t first = std::size_t{kScales} * term.place;
      if (all.size() < first + kScales) raise_value({"form"}, "must have records with its scales");
      scales_[t].insert(scales_[t].end(), all.begin() + static_cast<std::ptrdiff_t>(first),
                        all.begin() + static_cast<std::ptrdiff_t>(first + kScales));
    }
    return scales_[t];
  }

  const std::vector<starkcore_message_element>& gathered_elements(std::size_t s) {
    const Slot& slot = form_.slots[s];
    for (std::size_t i = 0; i < records_[slot.from].size(); ++i) {
      const MessageRecord& record = records_[slot.from].at(i);
      if (record.elements.size() <= slot.place) raise_value({"form"}, "must have records with its elements");
      elements_[s].push_back(record.elements[slot.place]);
    }
    return elements_[s];
  }

  py::object number(std::uint32_t term, std::size_t i) const {
    const std::uint64_t value = numbers_[term * count_ + i];
    const starkcore_term& native = form_.terms[term].native;
    if (native.negative[0] == 0 && native.negative[1] == 0) return to_int(value);
    return owned(PyLong_FromLongLong(static_cast<long long>(value)));
  }

  const MessageForm& form_;
  const std::uint64_t now_;
  const std::size_t most_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> columns_;  // keys, then the terms' scales; most_ of each
  std::vector<Amount> amounts_;         // of the row that is being taken in
  std::vector<Records> records_;
  std::vector<starkcore_bounded_column> table_columns_;
  std::vector<starkcore_term> terms_;
  std::vector<starkcore_slot> slots_;
  std::vector<std::vector<starkcore_scale>> scales_;
  std::vector<std::vector<starkcore_message_element>> elements_;
  std::vector<std::uint8_t> hashes_, signatures_;
  std::vector<starkcore_status> statuses_;
  std::vector<std::uint64_t> numbers_;
};

// rows: mappings. Per item, in order, what the form makes of it, or None.
py::object sign_rows(py::handle secret, py::handle form_value, py::handle rows, py::handle seed, py::handle now,
                     py::handle threads_value) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const auto& form = native_object<MessageForm>(form_value, "form");
  const std::size_t threads = read_threads(threads_value);
  const std::uint64_t when = read_u64(now, {"now"});
  const NonceOptions options(key, seed);
  const py::tuple items = read_items(rows, {"rows"});
  const py::object out = new_list();
  in_chunks(items.size(), kChunk * threads, [&](std::size_t start, std::size_t n) {
    Chunk chunk(form, n, when);
    std::vector<bool> taken(n);
    for (std::size_t i = 0; i < n; ++i)
      taken[i] = chunk.take(PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(start + i)));
    if (chunk.count() > 0) chunk.sign(key, options, threads);
    std::size_t next = 0;
    for (std::size_t i = 0; i < n; ++i) {
      append(out, taken[i] ? chunk.result(next++) : py::reinterpret_borrow<py::object>(Py_None));
    }
  });
  return out;
}

}  // namespace

void bind_message_rows(py::handle module) {
  static PyMethodDef table[] = {entry<sign_rows>("sign_rows"), {}};
  add_functions(module, table);
  static PyMethodDef record[] = {
      record_maker(), refused_copy<MessageRecord>("__reduce__"), refused_copy<MessageRecord>("__reduce_ex__"), {}};
  add_type<MessageRecord>(module, "starkcore._native.MessageRecord", "a message record",
                          {doc_slot("What a name stands for in messages, made ready."), {Py_tp_methods, record}});
  static PyMethodDef form[] = {
      form_maker(), refused_copy<MessageForm>("__reduce__"), refused_copy<MessageForm>("__reduce_ex__"), {}};
  add_type<MessageForm>(module, "starkcore._native.MessageForm", "a message form",
                        {doc_slot("How mappings are read into messages."), {Py_tp_methods, form}});
}

}  // namespace binding
