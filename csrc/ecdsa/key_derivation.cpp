#include "ecdsa/key_derivation.hpp"

#include "base/secret.hpp"
#include "field/constants.hpp"
#include "field/montgomery.hpp"
#include "hash/keccak.hpp"
#include "hash/sha256.hpp"

namespace starkcore {

void key_from_data(U256& key, const u8* data, std::size_t size) {
  u8 digest[32];
  const Wiped wiped(digest);
  keccak256(digest, data, size);
  key = shift_right(load_be256(digest), 5);
}

bool complete_typed_signature(u8 typed[kTypedSignature], const u8* signature, std::size_t size) {
  if (size != kTypedSignature && size != kTypedSignature - 1) return false;
  u8 v = signature[64], type = size == kTypedSignature ? signature[65] : u8{0};
  declassify(&v, 1);
  declassify(&type, 1);
  if (v < 2) v = static_cast<u8>(v + 27);  // wallets that count from 0
  if ((v != 27 && v != 28) || type > 3) return false;
  std::memcpy(typed, signature, 64);
  typed[64] = v;
  typed[65] = type;
  return true;
}

namespace {

// a mod n for a < 31·n.
U256 reduce_mod_n(U256 a) {
  constexpr U256 multiples[] = {small_multiple(16, kN), small_multiple(8, kN), small_multiple(4, kN),
                                small_multiple(2, kN), kN};
  for (const U256& multiple : multiples) {
    U256 reduced;
    const Mask below = mask_from_bit(sub(reduced, a, multiple));
    a = select(below, a, reduced);
    wipe(reduced);
  }
  return a;
}

}  // namespace

bool grind_key(U256& key, const u8* seed, std::size_t size) {
  constexpr U256 limit = small_multiple(31, kN);
  u8 input[kMaxGrindSeed + 2], digest[32];
  const Wiped wiped_input(input);
  const Wiped wiped_digest(digest);
  std::memcpy(input, seed, size);
  for (u32 index = 0; index < 1u << 16; ++index) {
    std::size_t length = size;
    if (index >= 256) input[length++] = static_cast<u8>(index >> 8);
    input[length++] = static_cast<u8>(index);
    sha256(digest, input, length);
    const U256 candidate = load_be256(digest);
    if (declassify(mask_if_less(candidate, limit))) {
      key = reduce_mod_n(candidate);
      return true;
    }
  }
  return false;
}

std::size_t leading_zero_bytes(const u8* data, std::size_t size) {
  std::size_t count = 0;
  while (count + 1 < size && declassify(mask_if_zero(data[count]))) ++count;
  return count;
}

}  // namespace starkcore
