// Messages out of mappings, such as orders in dicts: how they are read.
//
// A form says which keys a mapping has, what may stand there, and what of it goes into a message's
// slots, as a table of messages has it (starkcore.h: columns, terms, slots). What the words mean is
// not known here.
//
// A form reads what is usual and plain, and nothing else: dicts, texts of digits, ints that fit a
// word. Of any other mapping, and of one whose numbers don't fit, it says None, and the Python code
// that knows all rules reads it and names the one that is broken. So what is read here must come to
// what comes of it there; tests/starknet/test_forms.py compares the two.
#pragma once

#include <vector>

#include "native_object.hpp"

namespace binding {

// Of a number as it is read: digits × 10^-decimals.
constexpr std::uint32_t kMostDecimals = 18;
// Scales of a record or a form, one for each number of decimals that a product of amounts may have.
constexpr std::uint32_t kScales = 2 * kMostDecimals + 1;

// What may stand at a key.
enum class Kind : std::uint32_t {
  kAmount = 0,   // a decimal number of at least `least` (0 or 1: more than zero): text of digits, an int, a Decimal
  kFixed = 1,    // one of at most `least` decimals, and below 1
  kInteger = 2,  // an int in [least, most]
  kNow = 3,      // the same, or the caller's `now`
  kFresh = 4,    // the same, or a random one in [1, 2^31]
  kChoice = 5,   // a text that `lookup` has a number for
  kName = 6,     // a text that `lookup` has a MessageRecord for
  kObject = 7,   // an object whose id `lookup` has for the key of a pair (the object, a MessageRecord)
  kMoment = 8,   // an int in [least, most], seconds since the epoch; or a datetime, whose seconds are rounded up
};

// ---- What Python holds ----

// What a name or an object stands for: elements for slots, and scales for terms, `kScales` in a row for each.
struct MessageRecord {
  std::vector<starkcore_message_element> elements;
  std::vector<starkcore_scale> scales;
};

struct Key {
  py::object name;
  Kind kind;
  bool required;
  std::uint64_t least, most;
  py::object lookup;

  bool looks_up() const { return kind == Kind::kChoice || kind == Kind::kName || kind == Kind::kObject; }
};

// A term, whose scale is that of `record`, a key's, or the form's own; and the amounts whose decimals choose it.
struct Term {
  starkcore_term native;
  std::uint32_t record;  // STARKCORE_NO_COLUMN: its own
  std::uint32_t place;   // among the record's scales
  std::vector<std::uint32_t> amounts;
  std::vector<starkcore_scale> own;
};

// A slot's source: a term; an element of a key's record; or one of fixed elements, which a key chooses.
struct Slot {
  std::uint32_t from;
  bool is_record;
  std::uint32_t place;
  std::vector<starkcore_message_element> choices;
};

struct MessageForm {
  py::object shape;  // a MessageTemplate
  py::object made, make_signature, decimal;
  std::vector<Key> keys;
  std::vector<Term> terms;
  std::vector<Slot> slots;
  std::vector<py::object> results;  // constants; empty where `result_terms` has a term
  std::vector<std::uint32_t> result_terms;
};

// The functions of the types, for bind_message_rows().
PyMethodDef record_maker();
PyMethodDef form_maker();

}  // namespace binding
