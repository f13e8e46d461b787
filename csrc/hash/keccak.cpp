// Keccak-f[1600] on 25 words, after G. Bertoni, J. Daemen, M. Peeters, G. Van Assche, "The Keccak reference",
// version 3.0.
//
// Lane (x, y) is word x + 5y. The three tables are computed by the compiler from their definitions there (section 1.2).
#include "hash/keccak.hpp"

#include <bit>
#include <utility>

#include "base/limbs.hpp"
#include "base/secret.hpp"

namespace starkcore {
namespace {

constexpr std::size_t kRounds = 24, kLanes = 25, kRate = 136;

struct Tables {
  u64 iota[kRounds];       // ι: the constant of each round
  int rho[kLanes];         // ρ: by how much each lane is rotated left
  std::size_t pi[kLanes];  // π: where each lane goes
};

// ι: bit 2^j − 1 of round i's constant is output 7i + j of the feedback shift register of x^8 + x^6 + x^5 + x^4 + 1.
// ρ: along the path (x, y) → (y, 2x + 3y) from (1, 0), lane number t is rotated by (t + 1)(t + 2)/2.
// π: each lane takes one step of that path.
constexpr Tables make_tables() {
  Tables out{};
  u32 lfsr = 1;
  for (u64& constant : out.iota) {
    for (u32 j = 0; j < 7; ++j) {
      constant |= u64{lfsr & 1} << ((1u << j) - 1);
      lfsr = (lfsr << 1) ^ ((lfsr >> 7) * 0x171);
    }
  }
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    out.rho[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    x = y;
    y = next_y;
  }
  for (x = 0; x < 5; ++x) {
    for (y = 0; y < 5; ++y) out.pi[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5);
  }
  return out;
}
constexpr Tables kTables = make_tables();

using Lane = std::make_index_sequence<kLanes>;
using Column = std::make_index_sequence<5>;

// θ, first half: by what each column's lanes change.
template <std::size_t... x>
STARKCORE_INLINE void theta(u64 (&change)[5], const u64 (&a)[kLanes], std::index_sequence<x...>) {
  const u64 parity[5] = {(a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20])...};
  ((change[x] = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1)), ...);
}

// θ, second half, with ρ and π.
template <std::size_t... i>
STARKCORE_INLINE void rho_pi(u64 (&b)[kLanes], const u64 (&a)[kLanes], const u64 (&change)[5],
                             std::index_sequence<i...>) {
  ((b[kTables.pi[i]] = std::rotl(a[i] ^ change[i % 5], kTables.rho[i])), ...);
}

template <std::size_t... i>
STARKCORE_INLINE void chi(u64 (&a)[kLanes], const u64 (&b)[kLanes], std::index_sequence<i...>) {
  ((a[i] = b[i] ^ (~b[i / 5 * 5 + (i + 1) % 5] & b[i / 5 * 5 + (i + 2) % 5])), ...);
}

void permute(u64 (&state)[kLanes]) {
  u64 a[kLanes], b[kLanes], change[5];
  const Wiped wipe_a(a);
  const Wiped wipe_b(b);
  const Wiped wipe_change(change);
  std::memcpy(a, state, sizeof a);
  for (const u64 constant : kTables.iota) {
    theta(change, a, Column{});
    rho_pi(b, a, change, Lane{});
    chi(a, b, Lane{});
    a[0] ^= constant;
  }
  std::memcpy(state, a, sizeof a);
}

u64 load_le64(const u8* bytes) {
  u64 word = 0;
  for (std::size_t i = 8; i-- > 0;) word = word << 8 | bytes[i];
  return word;
}

// state = permutation of (state xor the block of kRate bytes).
void absorb(u64 (&state)[kLanes], const u8* block) {
  for (std::size_t i = 0; i < kRate / 8; ++i) state[i] ^= load_le64(block + 8 * i);
  permute(state);
}

}  // namespace

void keccak256(u8 out[32], const u8* data, std::size_t size) {
  u64 state[kLanes] = {};
  u8 last[kRate] = {};
  const Wiped wipe_state(state);
  const Wiped wipe_last(last);
  for (; size >= kRate; size -= kRate, data += kRate) absorb(state, data);
  if (size > 0) std::memcpy(last, data, size);
  last[size] = 0x01;
  last[kRate - 1] |= 0x80;
  absorb(state, last);
  for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<u8>(state[i / 8] >> (8 * (i % 8)));
}

}  // namespace starkcore
