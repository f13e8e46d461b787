// Messages of Starknet's kind: prepared once, filled, hashed and signed, one by one, in batches or in columns.
#include <array>
#include <memory>
#include <vector>

#include "batch.hpp"
#include "column.hpp"
#include "nonce.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

// Messages that a thread takes at a time.
constexpr std::size_t kChunk = 512;
constexpr std::size_t kMost = STARKCORE_MESSAGE_ELEMENTS;

const Field kElement{"element", "must be in [0, p)"};

// ---- Templates ----

// A tuple of ints to 32 bytes each; None is a slot, where there may be such.
std::size_t read_elements(std::uint8_t* out, std::uint8_t* slots, const py::tuple& values, std::size_t before) {
  if (values.size() > kMost) raise_value(kElement, starkcore_rule_text(STARKCORE_RULE_COUNT));
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const py::handle value = PyTuple_GET_ITEM(values.ptr(), static_cast<Py_ssize_t>(i));
    const bool is_slot = slots != nullptr && value.is_none();
    if (slots != nullptr) slots[i] = is_slot ? 1 : 0;
    if (is_slot) {
      ++count;
    } else {
      read_int(out + 32 * i, 32, value, kElement.at(before + i));
    }
  }
  return count;
}

std::unique_ptr<MessageTemplate> make_template(py::handle hash, py::handle outer, py::handle elements) {
  const py::tuple outside = read_tuple(outer, {"outer"}), inside = read_tuple(elements, {"elements"});
  std::array<std::uint8_t, 32 * kMost> outer_bytes{}, bytes{};
  std::array<std::uint8_t, kMost> slots{};
  auto out = std::make_unique<MessageTemplate>();
  read_elements(outer_bytes.data(), nullptr, outside, 0);
  out->slots = read_elements(bytes.data(), slots.data(), inside, outside.size());
  std::size_t bad = 0;
  const auto status =
      starkcore_message_template_init(&out->native, &bad, static_cast<int>(read_u32(hash, {"hash"})),
                                      outer_bytes.data(), outside.size(), bytes.data(), slots.data(), inside.size());
  check(status, nullptr, static_cast<Py_ssize_t>(bad));
  return out;
}

std::unique_ptr<MessageElement> make_element(py::handle value) {
  Bytes32 bytes;
  read_int(bytes.data(), 32, value, kElement);
  auto out = std::make_unique<MessageElement>();
  check(starkcore_message_element_init(&out->native, bytes.data()));
  return out;
}

// ---- Messages ----

// A tuple of a message's values, ints and MessageElements, which must outlive `out`.
void read_values(starkcore_message_value* out, const MessageTemplate& shape, py::handle values) {
  const py::tuple items = read_tuple(values, {"values"}, static_cast<Py_ssize_t>(shape.slots));
  for (std::size_t j = 0; j < shape.slots; ++j) {
    const py::handle value = PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(j));
    out[j].ready = nullptr;
    if (Native<MessageElement>::check(value)) {
      out[j].ready = &native_object<MessageElement>(value, "element").native;
    } else {
      read_int(out[j].element, 32, value, kElement.at(j));
    }
  }
}

py::object hash_message(const MessageTemplate& shape, py::handle values) {
  starkcore_message_value row[kMost];
  read_values(row, shape, values);
  Bytes32 hash;
  starkcore_status status;
  check(starkcore_hash_messages(hash.data(), &status, &shape.native, row, 1));
  return int_from_bytes(hash.data(), hash.size());
}

// The signature's bytes, and the hash.
py::object signed_message(const std::uint8_t* hash, const std::uint8_t* signature) {
  const py::object first = to_bytes(signature, 64), second = int_from_bytes(hash, 32);
  return owned(PyTuple_Pack(2, first.ptr(), second.ptr()));
}

py::object sign_message(py::handle secret, py::handle shape_value, py::handle values, py::handle seed) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const auto& shape = native_object<MessageTemplate>(shape_value, "template");
  starkcore_message_value row[kMost];
  read_values(row, shape, values);
  const NonceOptions options(key, seed);
  Bytes32 hash;
  std::uint8_t signature[64];
  starkcore_status status;
  check(starkcore_sign_messages(hash.data(), signature, &status, &shape.native, row, 1, key.data(), options.get()));
  return signed_message(hash.data(), signature);
}

// rows: tuples of values. Per item, in order, the signature and the hash, or the exception.
py::object sign_messages(py::handle secret, py::handle shape_value, py::handle rows, py::handle seed,
                         py::handle threads_value) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const auto& shape = native_object<MessageTemplate>(shape_value, "template");
  const std::size_t threads = read_threads(threads_value);
  const NonceOptions options(key, seed);
  const py::tuple items = read_items(rows, {"rows"});
  const py::object out = new_list();
  const std::size_t at_once = kChunk * threads, room = std::min(items.size(), at_once);
  std::vector<starkcore_message_value> values(std::max<std::size_t>(1, room * shape.slots));
  std::vector<std::uint8_t> hashes(32 * room), signatures(64 * room);
  std::vector<starkcore_status> statuses(room);
  in_chunks(items.size(), at_once, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      read_values(&values[i * shape.slots], shape, PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(start + i)));
    }
    run_batch(n, kChunk, threads, [&](std::size_t first, std::size_t count) {
      starkcore_sign_messages(&hashes[32 * first], &signatures[64 * first], &statuses[first], &shape.native,
                              &values[first * shape.slots], count, key.data(), options.get());
      return Failure{};
    });
    for (std::size_t i = 0; i < n; ++i) {
      append(out, statuses[i] == STARKCORE_OK ? signed_message(&hashes[32 * i], &signatures[64 * i])
                                              : exception_for(statuses[i]));
    }
  });
  return out;
}

// ---- Columns ----

std::uint32_t column_place(py::handle value) {
  return value.is_none() ? STARKCORE_NO_COLUMN : read_u32(value, {"column"});
}

std::uint64_t u64_of(const py::tuple& parts, Py_ssize_t i, const char* name) {
  return read_u64(PyTuple_GET_ITEM(parts.ptr(), i), {name});
}
std::uint32_t u32_of(const py::tuple& parts, Py_ssize_t i, const char* name) {
  return read_u32(PyTuple_GET_ITEM(parts.ptr(), i), {name});
}

// The columns of a table and their names, from tuples (name, values, least, most, rule). They hold the buffers.
class TableColumns {
 public:
  explicit TableColumns(const py::tuple& columns) {
    if (columns.size() > STARKCORE_MESSAGE_COLUMNS) raise_value({"columns"}, "must be at most 16");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const py::tuple parts = read_tuple(columns[i], {"columns"}, 5);
      names_.push_back(read_name(parts[0]));
      held_.push_back(std::make_unique<Column>(parts[1], Field{names_.back()}));
      native_.push_back(
          {held_.back()->native(), u64_of(parts, 2, "least"), u64_of(parts, 3, "most"), u32_of(parts, 4, "rule")});
    }
  }

  // How many rows there are, and which column said so first. All columns that have a length agree.
  std::size_t rows(Field& said_by) const {
    const Column* first = nullptr;
    for (std::size_t i = 0; i < held_.size(); ++i) {
      if (held_[i]->is_same_for_all()) continue;
      if (first == nullptr) first = held_[i].get(), said_by = {names_[i]};
      if (held_[i]->size() != first->size()) raise_value({names_[i]}, "must have as many items as the other columns");
    }
    if (first == nullptr) {
      raise_value({names_.empty() ? "columns" : names_.back()},
                  "must be a buffer: nothing else says how many orders there are");
    }
    return first->size();
  }

  const starkcore_bounded_column* native() const { return native_.data(); }
  std::size_t size() const { return native_.size(); }

 private:
  std::vector<const char*> names_;
  std::vector<std::unique_ptr<Column>> held_;
  std::vector<starkcore_bounded_column> native_;
};

// The terms of a table, from tuples (factors, addend, scale's column, scales, side's column, two
// roundings, two signs, blamed column, plus), where scales are tuples (resolution, least, most,
// decimals).
class TableTerms {
 public:
  explicit TableTerms(const py::tuple& terms) {
    if (terms.size() > STARKCORE_MESSAGE_TERMS) raise_value({"terms"}, "must be at most 8");
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const py::tuple parts = read_tuple(terms[i], {"terms"}, 11);
      starkcore_term term{};
      const py::tuple factors = read_tuple(parts[0], {"factors"});
      if (factors.size() < 1 || factors.size() > 3) raise_value({"factors"}, "must be one to three");
      term.factor_count = static_cast<std::uint32_t>(factors.size());
      for (std::size_t j = 0; j < factors.size(); ++j) term.factors[j] = read_u32(factors[j], {"factors"});
      term.addend = column_place(parts[1]);
      term.scale = column_place(parts[2]);
      read_scales(read_tuple(parts[3], {"scales"}));
      term.side = column_place(parts[4]);
      for (Py_ssize_t j = 0; j < 2; ++j) {
        term.rounding[j] = u32_of(parts, 5 + j, "rounding");
        term.negative[j] = u32_of(parts, 7 + j, "negative");
      }
      term.blame = u32_of(parts, 9, "blame");
      term.plus = u64_of(parts, 10, "plus");
      term.scales = scales_.back().data();
      term.scale_count = scales_.back().size();
      native_.push_back(term);
    }
  }

  const starkcore_term* native() const { return native_.data(); }
  std::size_t size() const { return native_.size(); }

 private:
  void read_scales(const py::tuple& values) {
    std::vector<starkcore_scale> scales;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const py::tuple parts = read_tuple(values[i], {"scales"}, 4);
      scales.push_back({u64_of(parts, 0, "resolution"), u64_of(parts, 1, "least"), u64_of(parts, 2, "most"),
                        u32_of(parts, 3, "decimals")});
    }
    scales_.push_back(std::move(scales));
  }

  std::vector<std::vector<starkcore_scale>> scales_;  // their arrays stay where they are
  std::vector<starkcore_term> native_;
};

// What fills the slots, from tuples (place of a term or of a column, None or a tuple of MessageElements).
class TableSlots {
 public:
  explicit TableSlots(const py::tuple& slots) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const py::tuple parts = read_tuple(slots[i], {"slots"}, 2);
      std::vector<starkcore_message_element> choices;
      if (!parts[1].is_none()) {
        const py::tuple elements = read_tuple(parts[1], {"choices"});
        for (std::size_t j = 0; j < elements.size(); ++j) {
          choices.push_back(native_object<MessageElement>(elements[j], "choices").native);
        }
        if (choices.empty()) raise_value({"choices"}, "must be at least one");
      }
      choices_.push_back(std::move(choices));
      const auto& kept = choices_.back();
      native_.push_back({u32_of(parts, 0, "slots"), kept.empty() ? nullptr : kept.data(), kept.size()});
    }
  }

  const starkcore_slot* native() const { return native_.data(); }
  std::size_t size() const { return native_.size(); }

 private:
  std::vector<std::vector<starkcore_message_element>> choices_;
  std::vector<starkcore_slot> native_;
};

// Returns hashes, signatures, statuses and each term's numbers: bytes, in the machine's byte order
// where they are integers.
py::object sign_message_table(py::handle secret, py::handle shape_value, py::handle seed, py::handle columns_value,
                              py::handle terms_value, py::handle slots_value, py::handle threads_value) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const auto& shape = native_object<MessageTemplate>(shape_value, "template");
  const std::size_t threads = read_threads(threads_value);
  const TableColumns columns(read_tuple(columns_value, {"columns"}));
  const TableTerms terms(read_tuple(terms_value, {"terms"}));
  const TableSlots slots(read_tuple(slots_value, {"slots"}, static_cast<Py_ssize_t>(shape.slots)));
  const starkcore_message_table table{&shape.native,  columns.native(), columns.size(),
                                      terms.native(), terms.size(),     slots.native()};
  const NonceOptions options(key, seed);
  Field said_by{"columns"};
  const std::size_t rows = columns.rows(said_by);
  // Of all results, before there is room for the first.
  (void)bytes_of(rows, 32 + 64 + sizeof(starkcore_status) + 8 * terms.size(), said_by);
  const py::object hashes = new_bytes(rows, 32, said_by), signatures = new_bytes(rows, 64, said_by),
                   statuses = new_bytes(rows, sizeof(starkcore_status), said_by);
  std::vector<py::object> numbers;
  std::vector<std::uint64_t*> numbers_at;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    numbers.push_back(new_bytes(rows, sizeof(std::uint64_t), said_by));
    numbers_at.push_back(reinterpret_cast<std::uint64_t*>(bytes_data(numbers.back())));
  }
  const starkcore_signed_messages out{bytes_data(hashes), bytes_data(signatures),
                                      reinterpret_cast<starkcore_status*>(bytes_data(statuses)), numbers_at.data()};
  run_batch(rows, kChunk, threads, [&](std::size_t first, std::size_t n) {
    starkcore_sign_message_table(&out, &table, first, n, key.data(), options.get());
    return Failure{};
  });
  const py::object results = owned(PyTuple_New(static_cast<Py_ssize_t>(3 + numbers.size())));
  Py_ssize_t place = 0;
  const auto add = [&](py::object value) { PyTuple_SET_ITEM(results.ptr(), place++, value.release().ptr()); };
  add(hashes), add(signatures), add(statuses);
  for (const py::object& term : numbers) add(term);
  return results;
}

// What a row's status says: which column is at fault (None: no column), which rule it breaks, and that in words.
py::object message_status(py::handle status_value) {
  const int status = static_cast<int>(read_u32(status_value, {"status"}));
  const int column = STARKCORE_STATUS_FIELD(status) - STARKCORE_FIELD_COLUMN;
  const py::object rule = to_int(static_cast<std::uint64_t>(STARKCORE_STATUS_RULE(status)));
  const py::object text = owned(PyUnicode_FromString(starkcore_rule_text(status)));
  const py::object place =
      column < 0 ? py::reinterpret_borrow<py::object>(Py_None) : to_int(static_cast<std::uint64_t>(column));
  return owned(PyTuple_Pack(3, place.ptr(), rule.ptr(), text.ptr()));
}

}  // namespace

void bind_messages(py::handle module) {
  static PyMethodDef table[] = {entry<sign_message>("sign_message"),
                                entry<sign_messages>("sign_messages"),
                                entry<sign_message_table>("sign_message_table"),
                                entry<message_status>("message_status"),
                                {}};
  add_functions(module, table);
  module.attr("LIST_PEDERSEN") = static_cast<int>(STARKCORE_LIST_PEDERSEN);
  module.attr("LIST_POSEIDON") = static_cast<int>(STARKCORE_LIST_POSEIDON);
  module.attr("RULE_RANGE") = static_cast<int>(STARKCORE_RULE_RANGE);
  module.attr("RULE_ZERO") = static_cast<int>(STARKCORE_RULE_ZERO);
  module.attr("RULE_INDEX") = static_cast<int>(STARKCORE_RULE_INDEX);
  module.attr("RULE_FLAG") = static_cast<int>(STARKCORE_RULE_FLAG);
  module.attr("RULE_MULTIPLE") = static_cast<int>(STARKCORE_RULE_MULTIPLE);
  module.attr("RULE_WIDTH") = static_cast<int>(STARKCORE_RULE_WIDTH);
  module.attr("RULE_FEE") = static_cast<int>(STARKCORE_RULE_FEE);
  static PyMethodDef shape[] = {static_method<make_template>("of"),
                                method<hash_message>("hash"),
                                refused_copy<MessageTemplate>("__reduce__"),
                                refused_copy<MessageTemplate>("__reduce_ex__"),
                                {}};
  add_type<MessageTemplate>(module, "starkcore._native.MessageTemplate", "a message template",
                            {doc_slot("A message's shape, made ready."), {Py_tp_methods, shape}});
  static PyMethodDef element[] = {static_method<make_element>("of"),
                                  refused_copy<MessageElement>("__reduce__"),
                                  refused_copy<MessageElement>("__reduce_ex__"),
                                  {}};
  add_type<MessageElement>(module, "starkcore._native.MessageElement", "a message element",
                           {doc_slot("A field element, made ready for slots."), {Py_tp_methods, element}});
}

}  // namespace binding
