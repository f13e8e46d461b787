// Hashes of many lists at once, some of them side by side: the next list takes the place of one that is done. Public.
//
// What is done with a list's elements is a `Chains`, which has room for kChunk lists:
//   begin(i, size)         place i is that of a new list
//   take_var(i, reader)        takes in the next elements of place i; false where one is out of range
//   step_var(count)            one step for the places below count, all of which have taken in something
//   done(i), result(i)     whether place i has come to its end; its hash
//   move(to, from)         what is at one place goes to another
#pragma once

#include "interface/interface.hpp"

namespace starkcore {

inline constexpr starkcore_status kBadElement = STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, STARKCORE_FIELD_ELEMENT);

// The elements of a list one after the other. What is checked is what is hashed, whoever writes there meanwhile.
class ElementReader {
 public:
  ElementReader() = default;
  ElementReader(const u8* elements, std::size_t count) : at_(elements), left_(count) {}

  bool empty() const { return left_ == 0; }

  // Precondition: not empty. False where the element is out of range.
  bool read_var(U256& element) {
    element = load_be256(at_);
    at_ += 32, --left_;
    return less_var(element, kP);
  }

 private:
  const u8* at_ = nullptr;
  std::size_t left_ = 0;
};

// The place of the first of `count` elements that is not below p; count when there is none.
inline std::size_t first_out_of_range_var(const u8* elements, std::size_t count) {
  std::size_t i = 0;
  while (i < count && less_var(load_be256(elements + 32 * i), kP)) ++i;
  return i;
}

template <class Chains>
class Lists {
 public:
  Lists(u8* out, const u8* elements, const size_t* sizes, std::size_t count)
      : out_(out), elements_(elements), sizes_(sizes), count_(count) {}

  // False where an element turned out to be out of range.
  bool hash_var() {
    while (begin_lists()) {
      for (std::size_t i = 0; i < active_; ++i) {
        if (!chains_.take_var(i, readers_[i])) return false;
      }
      chains_.step_var(active_);
      end_lists();
    }
    return true;
  }

 private:
  // Whether there is anything to do.
  bool begin_lists() {
    for (; active_ < kChunk && begun_ < count_; ++active_, ++begun_) {
      readers_[active_] = ElementReader(elements_, sizes_[begun_]);
      chains_.begin(active_, sizes_[begun_]);
      places_[active_] = begun_;
      elements_ += 32 * sizes_[begun_];
    }
    return active_ > 0;
  }

  void end_lists() {
    for (std::size_t i = active_; i-- > 0;) {
      if (!chains_.done(i)) continue;
      store_be256(out_ + 32 * places_[i], chains_.result(i));
      --active_;
      readers_[i] = readers_[active_], places_[i] = places_[active_];
      chains_.move(i, active_);
    }
  }

  u8* out_;
  const u8* elements_;  // of the list that begins next
  const size_t* sizes_;
  std::size_t count_, begun_ = 0, active_ = 0;
  ElementReader readers_[kChunk];
  std::size_t places_[kChunk];
  Chains chains_;
};

// The hashes of all lists, or zeros and the place of the first element that is out of range.
template <class Chains>
starkcore_status hash_lists_var(u8* out, size_t* bad, const u8* elements, const size_t* sizes, std::size_t count) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += sizes[i];
  *bad = first_out_of_range_var(elements, total);
  if (*bad == total) {
    if (Lists<Chains>(out, elements, sizes, count).hash_var()) return STARKCORE_OK;
    const std::size_t now = first_out_of_range_var(elements, total);  // somebody wrote there
    *bad = now < total ? now : total - 1;
  }
  if (count > 0) std::memset(out, 0, 32 * count);
  return kBadElement;
}

}  // namespace starkcore
