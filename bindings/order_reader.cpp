// Orders as programs have them – keyword arguments, dicts, OrderTerms – read and signed without a
// Python object in between.
//
// What is read here is the plain case: plain texts and ints by the right names. Whatever is
// otherwise in any way is left to starkcore.starkex.orders, which reads all that may be given and
// says what is wrong with the rest: an order is read there from the start, so that each error is
// the one that it makes. Long, because a plain word is told by each of its kinds, one after the
// other, and none of them is used elsewhere.
#include "order_reader.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "batch.hpp"
#include "clock.hpp"
#include "human_order.hpp"
#include "moment.hpp"
#include "nonce.hpp"

#if PY_VERSION_HEX < 0x030D0000
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

namespace binding {

namespace {

// Positions and hours whose last word is kept; a signer uses a few of them at a time.
constexpr Py_ssize_t kMostTails = 64;

// Interned once, and kept for as long as the process lives.
PyObject* names[kWords];
PyObject *buy, *sell, *data_name, *terms_name;

}  // namespace

int word_of(PyObject* name) {
  for (int word = 0; word < kWords; ++word) {
    if (names[word] == name) return word;
  }
  for (int word = 0; word < kWords; ++word) {
    if (PyUnicode_Compare(names[word], name) == 0) return word;
  }
  return kWords;
}

namespace {

// An order that was read, and what its pointers point into; or the error, and then nothing else
// counts but the terms, where it has come that far.
struct ReadOrder {
  starkcore_human_order native{};
  py::object market, kept, terms, error;
};

// No order is after it, or none is asked to be.
constexpr double kAnyTime = -std::numeric_limits<double>::infinity();

double read_now(py::handle now) {
  if (now.is_none()) return kAnyTime;
  const double seconds = PyFloat_AsDouble(now.ptr());
  if (seconds == -1.0 && PyErr_Occurred() != nullptr) throw ErrorIsSet{};
  return seconds;
}

// ---- Words ----

bool is_text(const py::object& value) { return value && PyUnicode_CheckExact(value.ptr()); }
bool is_given(const py::object& value) { return value && !value.is_none(); }
bool same_text(PyObject* a, PyObject* b) { return a == b || PyUnicode_Compare(a, b) == 0; }

// A plain int in [0, 2^64), or none.
bool read_plain(std::uint64_t& out, PyObject* value) {
  if (!PyLong_CheckExact(value)) return false;
  out = PyLong_AsUnsignedLongLong(value);
  if (out != std::numeric_limits<unsigned long long>::max() || PyErr_Occurred() == nullptr) return true;
  drop_refusal();
  return false;
}

// Whether the value is a text, or an int that becomes one: the amounts of an order.
bool make_text(py::object& value) {
  if (is_text(value)) return true;
  std::uint64_t number;
  if (!value || !read_plain(number, value.ptr())) return false;
  value = owned(PyObject_Str(value.ptr()));
  return true;
}

bool read_utf8(const char*& data, std::size_t& size, const py::object& text) {
  Py_ssize_t length = 0;
  data = PyUnicode_AsUTF8AndSize(text.ptr(), &length);
  if (data == nullptr) {
    drop_refusal();
    return false;
  }
  size = static_cast<std::size_t>(length);
  return true;
}

// The value of that key, or an empty object.
py::object find(const py::object& dict, PyObject* key) {
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* value = nullptr;
  if (PyDict_GetItemRef(dict.ptr(), key, &value) < 0) throw ErrorIsSet{};
  return py::reinterpret_steal<py::object>(value);
#else
  PyObject* value = PyDict_GetItemWithError(dict.ptr(), key);
  if (value == nullptr && PyErr_Occurred() != nullptr) throw ErrorIsSet{};
  return py::reinterpret_borrow<py::object>(value);
#endif
}

void keep(const py::object& dict, PyObject* key, const py::object& value) {
  if (PyDict_SetItem(dict.ptr(), key, value.ptr()) != 0) throw ErrorIsSet{};
}

// What a tail is kept under: its hours where the position is the reader's own, and otherwise 1 ‖
// position 64 ‖ hours 32.
py::object place_of_tail(const OrderReader& reader, std::uint64_t position_id, std::uint32_t hours) {
  if (position_id == reader.position_id) return to_int(hours);
  std::uint8_t all[13] = {1};
  for (std::size_t i = 0; i < 8; ++i) all[1 + i] = static_cast<std::uint8_t>(position_id >> (56 - 8 * i));
  for (std::size_t i = 0; i < 4; ++i) all[9 + i] = static_cast<std::uint8_t>(hours >> (24 - 8 * i));
  return int_from_bytes(all, sizeof all);
}

// The last word of a position and an hour, made ready and kept.
py::object kept_tail(const OrderReader& reader, std::uint64_t position_id, std::uint32_t hours) {
  const py::object place = place_of_tail(reader, position_id, hours);
  py::object tail = find(reader.tails, place.ptr());
  if (tail) return tail;
  tail = Native<OrderTail>::make(order_tail(position_id, hours));
  if (PyDict_Size(reader.tails.ptr()) >= kMostTails) PyDict_Clear(reader.tails.ptr());
  keep(reader.tails, place.ptr(), tail);
  return tail;
}

// The same, and without a look-up where the order before had it.
py::object tail_of(const OrderReader& reader, std::uint64_t position_id, std::uint32_t hours) {
#ifdef Py_GIL_DISABLED
  return kept_tail(reader, position_id, hours);
#else
  OrderReader::LastTail& last = reader.last;
  if (!last.tail || last.position_id != position_id || last.hours != hours) {
    last = {position_id, hours, kept_tail(reader, position_id, hours)};
  }
  return last.tail;
#endif
}

// Microseconds since the epoch, of a text or a datetime of UTC.
bool read_microseconds(std::int64_t& out, const py::object& value) {
  const char* text;
  std::size_t size;
  if (!is_text(value)) return is_utc_moment(value.ptr()) && read_moment(out, value.ptr());
  return read_utf8(text, size, value) && read_moment(out, text, size);
}

// The seconds of an expiry that is a plain int, float, text or datetime, rounded in the venue's direction.
// False where it is another kind, or isn't later than `now`.
bool read_seconds(std::int64_t& seconds, const py::object& value, bool round_down, double now) {
  if (!value) return false;
  if (PyLong_CheckExact(value.ptr())) {
    int overflow = 0;
    seconds = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    return overflow == 0 && static_cast<double>(seconds) > now;  // exact: the core refuses what is above 2^40
  }
  if (PyFloat_CheckExact(value.ptr())) {
    const double moment = PyFloat_AS_DOUBLE(value.ptr());
    if (!(moment > 0 && moment < 1e12)) return false;
    seconds = static_cast<std::int64_t>(round_down ? std::floor(moment) : std::ceil(moment));
    return moment > now;
  }
  std::int64_t microseconds;
  if (!read_microseconds(microseconds, value)) return false;
  const std::int64_t whole = microseconds / kMicroseconds;
  seconds = whole + (microseconds % kMicroseconds != 0 && !round_down ? 1 : 0);
  return static_cast<double>(whole) > now;  // within the second that now is in, Python compares the decimals
}

// Hours and buffer of an expiry.
bool read_hours(std::uint32_t& hours, const py::object& value, const OrderReader& reader, double now) {
  std::int64_t seconds;
  return read_seconds(seconds, value, reader.round_down, now) &&
         starkcore_expiration_hours(&hours, seconds, reader.buffer_hours, reader.round_down) == STARKCORE_OK;
}

bool read_nonce(starkcore_human_order& order, const Words& words, const OrderReader& reader) {
  const bool has_id = is_given(words[kClientId]);
  if (has_id == is_given(words[kNonce])) return false;
  if (!has_id) {
    std::uint64_t nonce;
    if (!read_plain(nonce, words[kNonce].ptr()) || nonce >> 32 != 0) return false;
    order.nonce = static_cast<std::uint32_t>(nonce);
    return true;
  }
  if (!is_text(words[kClientId])) return false;
  if (!read_utf8(order.client_id, order.client_id_size, words[kClientId])) return false;
  if (reader.nonce_bytes != STARKCORE_NONCE_LAST) {
    order.nonce = starkcore_nonce_of_client_id(order.client_id, order.client_id_size, reader.nonce_bytes);
    order.client_id = nullptr;
  }
  return true;
}

bool read_side(starkcore_human_order& order, const py::object& side) {
  if (!is_text(side)) return false;
  order.is_buying_synthetic = same_text(side.ptr(), buy);
  return order.is_buying_synthetic != 0 || same_text(side.ptr(), sell);
}

// ---- Instances ----

// Nothing that is made here can be part of a cycle, so the garbage collector needn't walk over it:
// of thousands of orders it would, again and again.
void leave_untracked(const py::object& instance) { PyObject_GC_UnTrack(instance.ptr()); }

// A tuple of a class of named tuples, with room for its items.
py::object new_tuple(const py::object& kind, Py_ssize_t size) {
  PyTypeObject* const type = reinterpret_cast<PyTypeObject*>(kind.ptr());
  py::object made = owned(type->tp_alloc(type, size));
#if PY_VERSION_HEX >= 0x030E0000
  reinterpret_cast<PyTupleObject*>(made.ptr())->ob_hash = -1;
#endif
  leave_untracked(made);
  return made;
}

void set_item(const py::object& tuple, Py_ssize_t place, py::object value) {
  PyTuple_SET_ITEM(tuple.ptr(), place, value.release().ptr());
}

// An instance of a class with slots, which are all empty.
py::object new_instance(const py::object& kind) {
  PyTypeObject* const type = reinterpret_cast<PyTypeObject*>(kind.ptr());
  py::object made = owned(type->tp_alloc(type, 0));
  leave_untracked(made);
  return made;
}

// OrderTerms of the words. Nobody has the instance yet, so it may be written to, though it is frozen.
py::object make_terms(const OrderReader& reader, const Words& words) {
  py::object terms = new_instance(reader.terms);
  for (std::size_t word = 0; word < kWords; ++word) {
    slot(terms, reader.slots[word]) = Py_NewRef(words[word] ? words[word].ptr() : Py_None);
  }
  return terms;
}

py::object make_signature(const OrderReader& reader, const std::uint8_t* data, std::size_t size) {
  const py::object bytes = to_bytes(data, size);
  py::object made = new_instance(reader.signature);
  slot(made, reader.signature_data) = Py_NewRef(bytes.ptr());
  return made;
}

// A SignedOrder, with the terms beside its items.
py::object make_signed(const OrderReader& reader, const starkcore_signed_order& order, const py::object& terms) {
  py::object made = new_tuple(reader.signed_order, 8);
  set_item(made, 0, make_signature(reader, order.signature, sizeof order.signature));
  set_item(made, 1, int_from_bytes(order.hash, sizeof order.hash));
  Py_ssize_t place = 2;
  for (const std::uint64_t number : {std::uint64_t{order.nonce}, order.quantums_synthetic, order.quantums_collateral,
                                     order.quantums_fee, order.position_id, std::uint64_t{order.expiration_hours}}) {
    set_item(made, place++, to_int(number));
  }
  const py::object fields = owned(PyDict_New());
  keep(fields, terms_name, terms);
  leave_untracked(fields);
  if (PyObject_GenericSetDict(made.ptr(), fields.ptr(), nullptr) != 0) throw ErrorIsSet{};
  return made;
}

// ---- Orders ----

// The order of those words. False: they are for Python to read.
bool read_words(ReadOrder& out, const OrderReader& reader, Words& words, double now) {
  starkcore_human_order& order = out.native;
  if (!is_text(words[kMarket])) return false;
  out.market = find(reader.markets, words[kMarket].ptr());
  if (!out.market || !read_side(order, words[kSide])) return false;
  std::uint32_t hours;
  if (!read_hours(hours, words[kExpiration], reader, now)) return false;
  std::uint64_t position = reader.position_id;
  if (is_given(words[kPosition]) && !read_plain(position, words[kPosition].ptr())) return false;
  if (!read_nonce(order, words, reader)) return false;
  for (const Word word : {kSize, kPrice, kLimitFee}) {
    if (!make_text(words[word])) return false;
  }
  if (!read_utf8(order.size, order.size_size, words[kSize]) ||
      !read_utf8(order.price, order.price_size, words[kPrice]) ||
      !read_utf8(order.limit_fee, order.limit_fee_size, words[kLimitFee])) {
    return false;
  }
  out.kept = tail_of(reader, position, hours);
  order.market = &native_object<PreparedMarket>(out.market, "market").native;
  order.tail = &native_object<OrderTail>(out.kept, "expiration").native;
  out.terms = make_terms(reader, words);
  return true;
}

// The words that are given in their order.
Words given(const std::array<py::handle, kWords>& in_order) {
  Words words;
  for (std::size_t word = 0; word < kWords; ++word) words[word] = py::reinterpret_borrow<py::object>(in_order[word]);
  return words;
}

// The words of a dict whose keys are all plain texts and names of words. None of its objects' code runs.
bool words_of_dict(Words& words, PyObject* order) {
  bool readable = true;
  Py_BEGIN_CRITICAL_SECTION(order);
  PyObject *key, *value;
  for (Py_ssize_t place = 0; readable && PyDict_Next(order, &place, &key, &value) != 0;) {
    const int word = PyUnicode_CheckExact(key) ? word_of(key) : kWords;
    readable = word < kWords;
    if (readable) words[static_cast<std::size_t>(word)] = py::reinterpret_borrow<py::object>(value);
  }
  Py_END_CRITICAL_SECTION();
  return readable;
}

// The words of an OrderTerms, whose class has a slot for each.
void words_of_terms(Words& words, PyObject* terms) {
  for (std::size_t word = 0; word < kWords; ++word) words[word] = owned(PyObject_GetAttr(terms, names[word]));
}

bool read_item(ReadOrder& out, const OrderReader& reader, PyObject* item, double now) {
  Words words;
  if (PyDict_CheckExact(item)) {
    if (!words_of_dict(words, item)) return false;
  } else if (reinterpret_cast<PyObject*>(Py_TYPE(item)) == reader.terms.ptr()) {
    words_of_terms(words, item);
  } else {
    return false;
  }
  return read_words(out, reader, words, now);
}

// What Python makes of an order that isn't read here: a tuple of its parts and terms, or the exception.
ReadOrder read_otherwise(py::handle otherwise, PyObject* item) {
  ReadOrder out;
  out.kept = owned(PyObject_CallOneArg(otherwise.ptr(), item));
  if (!PyTuple_CheckExact(out.kept.ptr())) {
    out.error = out.kept;
    return out;
  }
  const py::tuple both = read_tuple(out.kept, {"order"}, 2);
  out.terms = py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(both.ptr(), 1));
  try {
    out.native = human_order(PyTuple_GET_ITEM(both.ptr(), 0));
  } catch (const ErrorIsSet&) {
    out.error = take_refusal();
  }
  return out;
}

// The orders of a chunk are signed without the interpreter's lock, and become what Python keeps of them.
class Chunk {
 public:
  Chunk(const OrderReader& reader, py::handle otherwise, py::handle told)
      : reader_(reader), otherwise_(otherwise), told_(told) {}

  // Reads orders as they come. False: there are no more.
  bool read(const py::object& orders, std::size_t most, double now) {
    while (read_.size() < most) {
      const auto item = py::reinterpret_steal<py::object>(PyIter_Next(orders.ptr()));
      if (!item) {
        if (PyErr_Occurred() != nullptr) throw ErrorIsSet{};
        return false;
      }
      ReadOrder one;
      if (!read_item(one, reader_, item.ptr(), now)) one = read_otherwise(otherwise_, item.ptr());
      if (!one.error) natives_.push_back(one.native);
      read_.push_back(std::move(one));
    }
    return true;
  }

  void sign(const Secret& secret, std::size_t threads) {
    const NonceOptions options(secret);
    results_.resize(natives_.size());
    statuses_.resize(natives_.size());
    run_batch(natives_.size(), kOrderChunk, threads, [&](std::size_t first, std::size_t n) {
      starkcore_sign_orders(&results_[first], &statuses_[first], &natives_[first], n, secret.data(), options.get());
      return Failure{};
    });
  }

  void append_to(const py::object& out) {
    std::size_t next = 0;
    for (const ReadOrder& one : read_) {
      if (one.error) {
        append(out, one.terms ? refused(one.error, one.terms) : one.error);
      } else if (statuses_[next] == STARKCORE_OK) {
        append(out, make_signed(reader_, results_[next++], one.terms));
      } else {
        append(out, refused(exception_for(statuses_[next++]), one.terms));
      }
    }
  }

 private:
  py::object refused(const py::object& error, const py::object& terms) {
    return owned(PyObject_CallFunctionObjArgs(told_.ptr(), error.ptr(), terms.ptr(), nullptr));
  }

  const OrderReader& reader_;
  const py::handle otherwise_, told_;
  std::vector<ReadOrder> read_;
  std::vector<starkcore_human_order> natives_;
  std::vector<starkcore_signed_order> results_;
  std::vector<starkcore_status> statuses_;
};

// Per order, in order, the SignedOrder or the exception. otherwise(order): its parts and terms in a
// tuple, or the exception; told(error, terms): the error in the order's own words.
py::object sign_human_orders(py::handle secret, py::handle reader_object, py::handle orders, py::handle now_value,
                             py::handle threads_value, py::handle otherwise, py::handle told) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const auto& reader = native_object<OrderReader>(reader_object, "reader");
  const std::size_t threads = read_threads(threads_value);
  const double now = read_now(now_value);
  const py::object iterator = owned(PyObject_GetIter(orders.ptr())), out = new_list();
  for (bool more = true; more;) {
    Chunk chunk(reader, otherwise, told);
    more = chunk.read(iterator, kOrderChunk * threads, now);
    chunk.sign(key, threads);
    chunk.append_to(out);
    if (PyErr_CheckSignals() != 0) throw ErrorIsSet{};
  }
  return out;
}

// ---- The reader ----

py::object class_of(py::handle value, const char* name) {
  if (!PyType_Check(value.ptr())) raise_type({name}, "a class", value);
  return py::reinterpret_borrow<py::object>(value);
}

// A class of tuples, whose instances are made here.
py::object tuple_class(py::handle value, const char* name) {
  py::object kind = class_of(value, name);
  if (!PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(kind.ptr()), &PyTuple_Type)) {
    raise_value({name}, "must be a class of tuples");
  }
  return kind;
}

std::unique_ptr<OrderReader> make_reader(py::handle position_id, py::handle buffer_hours, py::handle round_down,
                                         py::handle first_bytes, py::handle terms, py::handle signed_order,
                                         py::handle signature) {
  auto reader = std::make_unique<OrderReader>();
  reader->position_id = read_u64(position_id, {"position_id"});
  reader->buffer_hours = read_u32(buffer_hours, {"order_buffer_hours"});
  reader->round_down = round_down.is(py::bool_(true));
  reader->nonce_bytes = first_bytes.is(py::bool_(true)) ? STARKCORE_NONCE_FIRST : STARKCORE_NONCE_LAST;
  reader->markets = owned(PyDict_New());
  reader->tails = owned(PyDict_New());
  reader->terms = class_of(terms, "terms");
  for (std::size_t word = 0; word < kWords; ++word) reader->slots[word] = slot_of(reader->terms, names[word], "terms");
  reader->signed_order = tuple_class(signed_order, "signed_order");
  reader->signature = class_of(signature, "signature");
  reader->signature_data = slot_of(reader->signature, data_name, "signature");
  return reader;
}

// The market of that name, or None.
py::object market(const OrderReader& reader, py::handle name) {
  if (!PyUnicode_CheckExact(name.ptr())) raise_type({"market"}, "text", name);
  py::object found = find(reader.markets, name.ptr());
  return found ? found : py::reinterpret_borrow<py::object>(Py_None);
}

// OrderTerms of words that were read.
py::object terms(const OrderReader& reader, py::handle market, py::handle side, py::handle size, py::handle price,
                 py::handle limit_fee, py::handle expiration, py::handle client_id, py::handle nonce,
                 py::handle position_id) {
  return make_terms(reader, given({{market, side, size, price, limit_fee, expiration, client_id, nonce, position_id}}));
}

void keep_market(const OrderReader& reader, py::handle name, py::handle prepared) {
  if (!PyUnicode_CheckExact(name.ptr())) raise_type({"market"}, "text", name);
  (void)native_object<PreparedMarket>(prepared, "market");
  keep(reader.markets, name.ptr(), py::reinterpret_borrow<py::object>(prepared));
}

py::object tail(const OrderReader& reader, py::handle position_id, py::handle expiration_hours) {
  const std::uint64_t position = read_u64(position_id, {"position_id"});
  return tail_of(reader, position, read_u32(expiration_hours, kExpirationHours));
}

}  // namespace

py::object sign_words(const Secret& key, const OrderReader& reader, Words& words, bool checks_time) {
  ReadOrder order;
  if (!read_words(order, reader, words, checks_time ? seconds_since_epoch() : kAnyTime)) return {};
  const NonceOptions options(key);
  starkcore_signed_order out;
  starkcore_status status;
  if (starkcore_sign_orders(&out, &status, &order.native, 1, key.data(), options.get()) != STARKCORE_OK) return {};
  return make_signed(reader, out, order.terms);
}

void bind_order_reader(py::handle module) {
  constexpr const char* words[kWords] = {"market",     "side",      "size",  "price",      "limit_fee",
                                         "expiration", "client_id", "nonce", "position_id"};
  const py::object all = owned(PyTuple_New(kWords));
  for (std::size_t word = 0; word < kWords; ++word) {
    names[word] = interned(words[word]);
    set_item(all, static_cast<Py_ssize_t>(word), py::reinterpret_borrow<py::object>(names[word]));
  }
  module.attr("ORDER_WORDS") = all;
  buy = interned("BUY");
  sell = interned("SELL");
  data_name = interned("_data");
  terms_name = interned("terms");
  static PyMethodDef table[] = {entry<sign_human_orders>("sign_human_orders"), {}};
  add_functions(module, table);
  static PyMethodDef methods[] = {static_method<make_reader>("of"),
                                  method<market>("market"),
                                  method<terms>("terms"),
                                  method<keep_market>("keep_market"),
                                  method<tail>("tail"),
                                  refused_copy<OrderReader>("__reduce__"),
                                  refused_copy<OrderReader>("__reduce_ex__"),
                                  {}};
  add_type<OrderReader>(module, "starkcore._native.OrderReader", "an order reader",
                        {doc_slot("What the orders of a signer have in common."), {Py_tp_methods, methods}});
}

}  // namespace binding
