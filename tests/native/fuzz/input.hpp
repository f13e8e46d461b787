// What a fuzzer's bytes mean: numbers near the edges, keys, texts of amounts. Every input means
// something, so a mutation of a byte changes one thing and leaves the rest as it was; and after its
// end there are zeros.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/limbs.hpp"
#include "field/constants.hpp"
#include "field/fn.hpp"

namespace starkcore::fuzz {

using Bytes = std::vector<u8>;  // heap memory of just this size, which the address sanitizer watches

inline Bytes be32(const U256& a) {
  Bytes out(32);
  store_be256(out.data(), a);
  return out;
}

inline Bytes joined(const Bytes& a, const Bytes& b) {
  Bytes out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

inline U256 plus(const U256& a, const U256& b) {
  U256 out;
  add(out, a, b);
  return out;
}

inline U256 minus(const U256& a, const U256& b) {
  U256 out;
  sub(out, a, b);
  return out;
}

class Input {
 public:
  Input(const u8* data, std::size_t size) : at_(data), left_(size) {}

  bool empty() const { return left_ == 0; }

  u8 byte() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }

  bool flag() { return (byte() & 1) != 0; }
  std::size_t below(std::size_t bound) { return byte() % bound; }

  Bytes bytes(std::size_t size) {
    Bytes out(size);
    for (u8& some : out) some = byte();
    return out;
  }

  // A number of 64 bits: small, of all sizes, or a power of two less or more a little.
  u64 word() {
    const u8 kind = byte();
    if (kind < 64) return kind;
    if (kind < 128) return byte() << 8 | byte();
    if (kind < 192) return (u64{1} << (kind % 64)) + static_cast<u64>(static_cast<std::int8_t>(byte()));
    return load_be64(bytes(8).data());
  }

  // A number of 256 bits: an edge, that plus or minus a little, runs of ones and zeros, or any.
  U256 number() {
    const u8 kind = byte();
    if (kind < 96) return edge(kind);
    if (kind < 128) return plus(edge(kind), u256(byte()));
    if (kind < 160) return minus(edge(kind), u256(byte()));
    if (kind < 192) return runs();
    return load_be256(bytes(32).data());
  }

  // The same, almost always below the bound, by dropping its highest bits where it isn't.
  U256 number_below(const U256& bound) {
    U256 out = number();
    if (less_var(out, bound) || byte() == 255) return out;
    out.w[3] &= ~u64{0} >> 6;
    return out;
  }

  U256 private_key() {
    const U256 out = number_below(kN);
    return is_zero_var(out) && byte() != 255 ? u256(1) : out;
  }

  U256 message_hash() { return number_below(U256{{0, 0, 0, u64{1} << 59}}); }

  // Text of an amount, from its alphabet alone but for a byte in 256.
  std::string amount() {
    static constexpr char kAlphabet[] = "0123456789012345678900000999.e-+E";
    std::string out(below(byte() % 8 == 0 ? 120 : 12), '0');
    for (char& c : out) {
      const u8 some = byte();
      c = some == 255 ? static_cast<char>(byte()) : kAlphabet[some % (sizeof kAlphabet - 1)];
    }
    return out;
  }

  // Digits, and sometimes a point: an amount that is right.
  std::string good_amount() {
    std::string out = std::to_string(word() >> byte() % 64);
    if (flag()) out += "." + std::to_string(byte());
    return flag() ? out : amount();
  }

 private:
  static U256 edge(u8 which) {
    static const U256 edges[] = {
        u256(0),
        u256(1),
        kP,
        kN,
        U256{{0, 0, 0, u64{1} << 59}},  // 2^251
        U256{{0, 0, 0, u64{1} << 60}},
        U256{{~u64{0}, ~u64{0}, ~u64{0}, ~u64{0}}},
        U256{{0, 0, 0, u64{1} << 56}},
        U256{{0, 0, 0, u64{1} << 58}},  // 2^250, the bound of most asset ids
        U256{{0, 1, 0, 0}},
        U256{{0, 0, 1, 0}},
        U256{{0, 0, 0, 1}},
        minus(kN, u256(30)),
        u256(30),
        shift_right(kN, 1),
        minus(kP, kN),
        shift_left(kN, 4),
        U256{{0, 0, 0, 33ULL << 54}},  // 33·2^246, the scalar that curve/base_mul.hpp speaks of
    };
    return edges[which % (sizeof edges / sizeof edges[0])];
  }

  U256 runs() {
    U256 out{};
    bool one = flag();
    for (unsigned bit = 0; bit < 256; one = !one) {
      const unsigned end = std::min(256u, bit + 1 + byte());
      for (; bit < end; ++bit) out.w[bit / 64] |= static_cast<u64>(one) << (bit % 64);
    }
    return out;
  }

  const u8* at_;
  std::size_t left_;
};

}  // namespace starkcore::fuzz
