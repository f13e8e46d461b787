// An order's words as a program gives them, and the signed order.
#pragma once

#include <array>

#include "secret.hpp"

namespace binding {

// The words of an order, which are the fields of starkcore.starkex.OrderTerms. ORDER_WORDS has their
// names, by which a test holds this list and the class together.
enum Word { kMarket, kSide, kSize, kPrice, kLimitFee, kExpiration, kClientId, kNonce, kPosition, kWords };

// What the orders of a signer have in common, and what is kept for the next one. Python sees
// neither of the two dicts, and nothing here refers to anything that refers to it: the garbage
// collector needn't know of it.
struct OrderReader {
  std::uint64_t position_id;
  std::uint32_t buffer_hours;
  bool round_down;
  int nonce_bytes;
  py::object markets;  // PreparedMarket by name
  py::object tails;    // OrderTail by what place_of_tail() says
#ifndef Py_GIL_DISABLED
  // The tail of the order before, which most orders share; the interpreter's lock is held.
  struct LastTail {
    std::uint64_t position_id;
    std::uint32_t hours;
    py::object tail;
  };
  mutable LastTail last;
#endif
  // The classes of what is read and made.
  py::object terms, signed_order, signature;
  // Where an instance of OrderTerms has each of its words.
  std::array<Py_ssize_t, kWords> slots;
  Py_ssize_t signature_data;
};

// An order's words as they were given; empty: not given.
using Words = std::array<py::object, kWords>;

// Which of an order's words has that name, a text; kWords: none.
int word_of(PyObject* name);

// The SignedOrder of those words, or an empty object: they are for Python to read, or the core refuses them.
py::object sign_words(const Secret& key, const OrderReader& reader, Words& words, bool checks_time);

}  // namespace binding
