// Forms and records, from tuples that Python code of this package makes: message_form.hpp.
#include "message_form.hpp"

#include <memory>

namespace binding {

namespace {

constexpr std::size_t kMostColumns = STARKCORE_MESSAGE_COLUMNS, kMostTerms = STARKCORE_MESSAGE_TERMS;

std::uint64_t u64_at(const py::tuple& parts, Py_ssize_t i) {
  return read_u64(PyTuple_GET_ITEM(parts.ptr(), i), {"form"});
}
std::uint32_t u32_at(const py::tuple& parts, Py_ssize_t i) {
  return read_u32(PyTuple_GET_ITEM(parts.ptr(), i), {"form"});
}
bool flag_at(const py::tuple& parts, Py_ssize_t i) { return PyTuple_GET_ITEM(parts.ptr(), i) == Py_True; }
std::uint32_t place_at(const py::tuple& parts, Py_ssize_t i) {
  return PyTuple_GET_ITEM(parts.ptr(), i) == Py_None ? STARKCORE_NO_COLUMN : u32_at(parts, i);
}
py::tuple tuple_at(const py::tuple& parts, Py_ssize_t i, Py_ssize_t size = -1) {
  return read_tuple(PyTuple_GET_ITEM(parts.ptr(), i), {"form"}, size);
}

std::vector<starkcore_message_element> read_elements(const py::tuple& values) {
  std::vector<starkcore_message_element> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.push_back(native_object<MessageElement>(values[i], "elements").native);
  }
  return out;
}

// kScales of them for (resolution, least, most, decimals), with one more decimal each.
void add_scales(std::vector<starkcore_scale>& out, const py::tuple& first) {
  const starkcore_scale scale{u64_at(first, 0), u64_at(first, 1), u64_at(first, 2), u32_at(first, 3)};
  out.resize(out.size() + kScales, scale);
  for (std::uint32_t i = 0; i < kScales; ++i) out[out.size() - kScales + i].decimals += i;
}

std::unique_ptr<MessageRecord> make_record(py::handle elements, py::handle scales) {
  auto out = std::make_unique<MessageRecord>();
  out->elements = read_elements(read_tuple(elements, {"elements"}));
  const py::tuple all = read_tuple(scales, {"scales"});
  for (std::size_t i = 0; i < all.size(); ++i) add_scales(out->scales, read_tuple(all[i], {"scales"}, 4));
  return out;
}

Key read_key(const py::tuple& parts) {
  const std::uint32_t kind = u32_at(parts, 1);
  if (kind > static_cast<std::uint32_t>(Kind::kMoment)) raise_value({"form"}, "must have known kinds of keys");
  Key out{py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(parts.ptr(), 0)),
          static_cast<Kind>(kind),
          flag_at(parts, 2),
          u64_at(parts, 3),
          u64_at(parts, 4),
          py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(parts.ptr(), 5))};
  const bool looks_up = out.looks_up();
  if (!PyUnicode_CheckExact(out.name.ptr()) || (looks_up && !PyDict_CheckExact(out.lookup.ptr()))) {
    raise_value({"form"}, "must have keys with a name, and a dict where there is a choice");
  }
  return out;
}

// (factors, addend, side, two roundings, two signs, plus, record, place, amounts, own scale or None)
Term read_term(const py::tuple& parts, std::size_t keys) {
  Term out{};
  const py::tuple factors = tuple_at(parts, 0);
  if (factors.size() < 1 || factors.size() > 3) raise_value({"form"}, "must have one to three factors");
  starkcore_term& native = out.native;
  native.factor_count = static_cast<std::uint32_t>(factors.size());
  for (std::size_t j = 0; j < factors.size(); ++j) native.factors[j] = read_u32(factors[j], {"form"});
  native.addend = place_at(parts, 1), native.side = place_at(parts, 2);
  native.rounding[0] = u32_at(parts, 3), native.rounding[1] = u32_at(parts, 4);
  native.negative[0] = u32_at(parts, 5), native.negative[1] = u32_at(parts, 6);
  native.plus = u64_at(parts, 7);
  native.blame = 0;
  out.record = place_at(parts, 8), out.place = u32_at(parts, 9);
  const py::tuple amounts = tuple_at(parts, 10);
  if (amounts.size() > 2) raise_value({"form"}, "must have a scale of two amounts at most");
  for (std::size_t j = 0; j < amounts.size(); ++j) {
    out.amounts.push_back(read_u32(amounts[j], {"form"}));
    if (out.amounts.back() >= keys) raise_value({"form"}, "must have amounts that are keys");
  }
  if (out.record == STARKCORE_NO_COLUMN) add_scales(out.own, tuple_at(parts, 11, 4));
  return out;
}

// (a term's place,), (a key's place, a place among its record's elements), or (a key's place, None, elements).
Slot read_slot(const py::tuple& parts) {
  Slot out{u32_at(parts, 0), parts.size() == 2, 0, {}};
  if (out.is_record) out.place = u32_at(parts, 1);
  if (parts.size() == 3) out.choices = read_elements(tuple_at(parts, 2));
  return out;
}

void check_form(const MessageForm& form) {
  const auto looks_up = [&](std::uint32_t key) { return key < form.keys.size() && form.keys[key].kind >= Kind::kName; };
  bool good = form.keys.size() + form.terms.size() <= kMostColumns && form.terms.size() <= kMostTerms &&
              form.slots.size() == native_object<MessageTemplate>(form.shape, "template").slots;
  for (const Term& term : form.terms) good = good && (term.record == STARKCORE_NO_COLUMN || looks_up(term.record));
  for (const Slot& slot : form.slots) good = good && (!slot.is_record || looks_up(slot.from));
  for (std::size_t i = 0; i < form.results.size(); ++i) {
    good = good && (form.results[i] || form.result_terms[i] < form.terms.size());
  }
  if (!good || !PyType_Check(form.made.ptr()) ||
      !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(form.made.ptr()), &PyTuple_Type)) {
    raise_value({"form"}, "must fit its template");
  }
}

// made: what is made of a mapping, a subclass of tuple; make_signature: of 64 bytes. results: a
// term's place, or a pair (None, constant).
std::unique_ptr<MessageForm> make_form(py::handle shape, py::handle made, py::handle make_signature, py::handle decimal,
                                       py::handle keys, py::handle terms, py::handle slots, py::handle results) {
  auto out = std::make_unique<MessageForm>();
  out->shape = py::reinterpret_borrow<py::object>(shape), out->made = py::reinterpret_borrow<py::object>(made);
  out->make_signature = py::reinterpret_borrow<py::object>(make_signature);
  out->decimal = py::reinterpret_borrow<py::object>(decimal);
  const py::tuple all_keys = read_tuple(keys, {"keys"}), all_terms = read_tuple(terms, {"terms"}),
                  all_slots = read_tuple(slots, {"slots"}), all_results = read_tuple(results, {"results"});
  for (std::size_t i = 0; i < all_keys.size(); ++i) out->keys.push_back(read_key(read_tuple(all_keys[i], {"keys"}, 6)));
  for (std::size_t i = 0; i < all_terms.size(); ++i) {
    out->terms.push_back(read_term(read_tuple(all_terms[i], {"terms"}, 12), all_keys.size()));
  }
  for (std::size_t i = 0; i < all_slots.size(); ++i)
    out->slots.push_back(read_slot(read_tuple(all_slots[i], {"slots"})));
  for (std::size_t i = 0; i < all_results.size(); ++i) {
    const bool constant = PyTuple_Check(py::object(all_results[i]).ptr());
    const py::tuple pair = constant ? read_tuple(all_results[i], {"results"}, 2) : py::tuple{};
    out->results.push_back(constant ? py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(pair.ptr(), 1))
                                    : py::object{});
    out->result_terms.push_back(constant ? 0 : read_u32(all_results[i], {"results"}));
  }
  check_form(*out);
  return out;
}

}  // namespace

PyMethodDef record_maker() { return static_method<make_record>("of"); }
PyMethodDef form_maker() { return static_method<make_form>("of"); }

}  // namespace binding
