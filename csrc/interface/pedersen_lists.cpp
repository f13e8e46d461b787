// The C interface to Pedersen hashes of lists, Starknet's chain with its count. All public.
#include "engine/engine.hpp"
#include "interface/interface.hpp"
#include "interface/lists.hpp"

using namespace starkcore;

namespace {

// Halves of hashes that every list has: that of the 0 before the first element, and those of small
// counts. Some 30 half hashes, made when the first list is hashed; the same for every engine.
struct KeptHalves {
  static constexpr std::size_t kCounts = 32;

  StoredPoint zero, counts[kCounts + 1];  // counts[0] is none

  KeptHalves() {
    U256 numbers[kCounts];
    for (std::size_t i = 0; i < kCounts; ++i) numbers[i] = u256(i + 1);
    const U256 none = u256(0);
    engine().pedersen_left_var(&zero, &none, 1);
    engine().pedersen_right_var(counts + 1, numbers, kCounts);
  }

  static const KeptHalves& get() {
    static const KeptHalves halves;
    return halves;
  }
};

// H(… H(H(0, x1), x2) …, xn), and that with n.
class CountedChains {
 public:
  void begin(std::size_t i, std::size_t size) {
    hashes_[i] = u256(0);
    sizes_[i] = size;
    counted_[i] = begun_[i] = false;
  }

  bool take_var(std::size_t i, ElementReader& reader) {
    if (!reader.empty()) return reader.read_var(words_[i]);
    words_[i] = u256(sizes_[i]);
    counted_[i] = true;
    return true;
  }

  // Half a hash each where all are at their first element, or all at a count that is kept.
  void step_var(std::size_t count) {
    U256 next[kChunk];
    const StoredPoint* kept[kChunk];
    bool all_first = true, all_counts = true;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_kept = counted_[i] && begun_[i] && sizes_[i] <= KeptHalves::kCounts;
      all_first = all_first && !begun_[i];
      all_counts = all_counts && is_kept;
      kept[i] = is_kept ? &halves_.counts[sizes_[i]] : &halves_.zero;
      begun_[i] = true;
    }
    if (all_first) {
      with_.pedersen_after_var(next, kept, words_, count);
    } else if (all_counts) {
      with_.pedersen_before_var(next, hashes_, kept, count);
    } else {
      with_.pedersen_var(next, hashes_, words_, count);
    }
    std::memcpy(hashes_, next, count * sizeof *next);
  }

  bool done(std::size_t i) const { return counted_[i]; }
  const U256& result(std::size_t i) const { return hashes_[i]; }
  void move(std::size_t to, std::size_t from) {
    hashes_[to] = hashes_[from];
    sizes_[to] = sizes_[from];
    counted_[to] = counted_[from];
    begun_[to] = begun_[from];
  }

 private:
  const Engine& with_ = engine();
  const KeptHalves& halves_ = KeptHalves::get();
  U256 hashes_[kChunk], words_[kChunk];
  std::size_t sizes_[kChunk];
  bool counted_[kChunk], begun_[kChunk];  // the count was taken in; a step was made
};

// What the words of a starkcore_pedersen_state are. Zeros, which a failed call leaves, are no state.
struct KeptChain {
  U256 hash;
  u64 count, begun;
};
static_assert(sizeof(KeptChain) == sizeof(starkcore_pedersen_state));

KeptChain load_state(const starkcore_pedersen_state& state) {
  KeptChain out;
  std::memcpy(&out, &state, sizeof out);
  return out;
}

void store_state(starkcore_pedersen_state& out, const KeptChain& chain) { std::memcpy(&out, &chain, sizeof chain); }

bool is_state_var(const KeptChain& chain) { return chain.begun == 1 && less_var(chain.hash, kP); }

void add_link_var(U256& hash, const U256& word, const Engine& with) {
  const U256 before = hash;
  with.pedersen_var(&hash, &before, &word, 1);
}

}  // namespace

starkcore_status starkcore_pedersen_elements(uint8_t out[32], size_t* bad, const uint8_t* elements, size_t count) {
  return starkcore_pedersen_lists(out, bad, elements, &count, 1);
}

starkcore_status starkcore_pedersen_lists(uint8_t* out, size_t* bad, const uint8_t* elements, const size_t* sizes,
                                          size_t count) {
  return hash_lists_var<CountedChains>(out, bad, elements, sizes, count);
}

void starkcore_pedersen_init(starkcore_pedersen_state* state) { store_state(*state, KeptChain{{}, 0, 1}); }

starkcore_status starkcore_pedersen_absorb(starkcore_pedersen_state* state, size_t* bad, const uint8_t* elements,
                                           size_t count) {
  const Engine& with = engine();
  KeptChain chain = load_state(*state);
  ElementReader reader(elements, count);
  bool good = is_state_var(chain);
  for (*bad = 0; good && *bad < count; ++*bad) {
    U256 word;
    good = reader.read_var(word);
    if (!good) break;
    add_link_var(chain.hash, word, with);
  }
  chain.count += count;
  store_state(*state, good ? chain : KeptChain{});
  return good ? STARKCORE_OK : kBadElement;
}

starkcore_status starkcore_pedersen_finish(uint8_t out[32], const starkcore_pedersen_state* state) {
  KeptChain chain = load_state(*state);
  const bool good = is_state_var(chain);
  if (good) add_link_var(chain.hash, u256(chain.count), engine());
  store_be256(out, good ? chain.hash : u256(0));
  return good ? STARKCORE_OK : kBadElement;
}
