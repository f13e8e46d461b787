// Many inverses for the price of one and three products each (Montgomery's trick), for Fp and Fn alike.
#pragma once

#include "base/config.hpp"

namespace starkcore::STARKCORE_ENGINE {

// values[i] ← values[i]⁻¹ by one call of invert. prefix is scratch of count elements. A zero among
// the values would make every inverse zero: the caller must know that there is none, and says why
// at the call. Constant time if invert is.
template <class Element, class Invert>
STARKCORE_INLINE void invert_many(Element* values, Element* prefix, std::size_t count, Invert invert) {
  if (count == 0) return;
  prefix[0] = values[0];
  for (std::size_t i = 1; i < count; ++i) prefix[i] = prefix[i - 1] * values[i];
  Element inverse = invert(prefix[count - 1]);
  for (std::size_t i = count - 1; i > 0; --i) {
    const Element value = values[i];
    values[i] = inverse * prefix[i - 1];
    inverse = inverse * value;
  }
  values[0] = inverse;
}

}  // namespace starkcore::STARKCORE_ENGINE
