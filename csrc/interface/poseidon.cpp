// The C interface to Poseidon: two, one and many elements, many of these at once, and sponges whose
// state is kept. All public.
#include <algorithm>

#include "engine/engine.hpp"
#include "hash/poseidon_sponge.hpp"
#include "interface/interface.hpp"
#include "interface/lists.hpp"

using namespace starkcore;

namespace {

// Sponges over lists: elements two by two, then a 1, and a 0 where that leaves one alone.
class Sponges {
 public:
  void begin(std::size_t i, std::size_t) { states_[i] = PoseidonState{}, padded_[i] = false; }

  bool take_var(std::size_t i, ElementReader& reader) {
    U256 pair[2];
    for (U256& element : pair) {
      if (!reader.empty()) {
        if (!reader.read_var(element)) return false;
      } else {
        element = u256(padded_[i] ? 0 : 1);
        padded_[i] = true;
      }
    }
    absorb(states_[i], pair[0], pair[1]);
    return true;
  }

  void step_var(std::size_t count) {
    const bool all_done = std::all_of(padded_, padded_ + count, [](bool padded) { return padded; });
    with_.poseidon(states_, count, !all_done);
  }

  bool done(std::size_t i) const { return padded_[i]; }
  const U256& result(std::size_t i) const { return states_[i].a; }
  void move(std::size_t to, std::size_t from) { states_[to] = states_[from], padded_[to] = padded_[from]; }

 private:
  const Engine& with_ = engine();
  PoseidonState states_[kChunk];
  bool padded_[kChunk];
};

// What the words of a starkcore_poseidon_state are.
struct KeptState {
  U256 a, b, c, waiting;  // an element that waits for a second one
  u64 phase;
  u64 unused;
};
static_assert(sizeof(KeptState) == sizeof(starkcore_poseidon_state));

// Zeros, which a failed call leaves, are no state.
constexpr u64 kNoneWaits = 1, kOneWaits = 2;

KeptState load_state(const starkcore_poseidon_state& state) {
  KeptState out;
  std::memcpy(&out, &state, sizeof out);
  return out;
}

void store_state(starkcore_poseidon_state& out, const KeptState& state) { std::memcpy(&out, &state, sizeof state); }

bool is_state_var(const KeptState& state) {
  return (state.phase == kNoneWaits || state.phase == kOneWaits) && less_var(state.a, kP) && less_var(state.b, kP) &&
         less_var(state.c, kP) && less_var(state.waiting, kP);
}

// One element more.
void take_in(KeptState& state, const U256& element, const Engine& with) {
  if (state.phase == kNoneWaits) {
    state.waiting = element;
    state.phase = kOneWaits;
    return;
  }
  PoseidonState inner{add_elements(state.a, state.waiting), add_elements(state.b, element), state.c};
  with.poseidon(&inner, 1, true);
  state = KeptState{inner.a, inner.b, inner.c, {}, kNoneWaits, 0};
}

}  // namespace

starkcore_status starkcore_poseidon(uint8_t out[32], const uint8_t a[32], const uint8_t b[32]) {
  size_t bad;
  return starkcore_poseidon_pairs(out, &bad, a, b, 1);
}

starkcore_status starkcore_poseidon_single(uint8_t out[32], const uint8_t a[32]) {
  PoseidonState state{load_be256(a), u256(0), u256(1)};
  if (!less_var(state.a, kP)) {
    std::memset(out, 0, 32);
    return STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, STARKCORE_FIELD_A);
  }
  engine().poseidon(&state, 1, false);
  store_be256(out, state.a);
  return STARKCORE_OK;
}

starkcore_status starkcore_poseidon_pairs(uint8_t* out, size_t* bad, const uint8_t* a, const uint8_t* b, size_t count) {
  const Engine& with = engine();
  starkcore_status status = STARKCORE_OK;
  *bad = count;
  for_chunks(count, [&](size_t first, size_t size) {
    if (status != STARKCORE_OK) return;
    PoseidonState states[kChunk];
    for (size_t i = 0; i < size; ++i) {  // what is checked is what is hashed, whoever writes there meanwhile
      states[i] = PoseidonState{load_be256(a + 32 * (first + i)), load_be256(b + 32 * (first + i)), u256(2)};
      const bool a_fits = less_var(states[i].a, kP);
      if (a_fits && less_var(states[i].b, kP)) continue;
      *bad = first + i;
      status = STARKCORE_STATUS(STARKCORE_RULE_BELOW_P, a_fits ? STARKCORE_FIELD_B : STARKCORE_FIELD_A);
      return;
    }
    with.poseidon(states, size, false);
    for (size_t i = 0; i < size; ++i) store_be256(out + 32 * (first + i), states[i].a);
  });
  if (status != STARKCORE_OK) std::memset(out, 0, 32 * count);
  return status;
}

starkcore_status starkcore_poseidon_many(uint8_t out[32], size_t* bad, const uint8_t* elements, size_t count) {
  return starkcore_poseidon_lists(out, bad, elements, &count, 1);
}

starkcore_status starkcore_poseidon_lists(uint8_t* out, size_t* bad, const uint8_t* elements, const size_t* sizes,
                                          size_t count) {
  return hash_lists_var<Sponges>(out, bad, elements, sizes, count);
}

void starkcore_poseidon_init(starkcore_poseidon_state* state) {
  store_state(*state, KeptState{{}, {}, {}, {}, kNoneWaits, 0});
}

starkcore_status starkcore_poseidon_absorb(starkcore_poseidon_state* state, size_t* bad, const uint8_t* elements,
                                           size_t count) {
  const Engine& with = engine();
  KeptState inner = load_state(*state);
  ElementReader reader(elements, count);
  bool good = is_state_var(inner);
  for (*bad = 0; good && *bad < count; ++*bad) {
    U256 element;
    good = reader.read_var(element);
    if (!good) break;
    take_in(inner, element, with);
  }
  store_state(*state, good ? inner : KeptState{});
  return good ? STARKCORE_OK : kBadElement;
}

starkcore_status starkcore_poseidon_finish(uint8_t out[32], const starkcore_poseidon_state* state) {
  const KeptState kept = load_state(*state);
  if (!is_state_var(kept)) {
    std::memset(out, 0, 32);
    return kBadElement;
  }
  const bool waits = kept.phase == kOneWaits;
  PoseidonState last{add_elements(kept.a, waits ? kept.waiting : u256(1)),
                     waits ? add_elements(kept.b, u256(1)) : kept.b, kept.c};
  engine().poseidon(&last, 1, false);
  store_be256(out, last.a);
  return STARKCORE_OK;
}
