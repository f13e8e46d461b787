// Signing and verifying: alone, many at once, under prepared keys, and with signatures that an
// attacker makes who knows how all numbers hang together.
#pragma once

#include <memory>

#include "oracle.hpp"

namespace starkcore::fuzz {

inline constexpr starkcore_status kWrong = STARKCORE_STATUS(STARKCORE_RULE_SIGNATURE, STARKCORE_FIELD_SIGNATURE);

struct Options {
  Bytes seed, extra;
  bool given = false;

  explicit Options(Input& in) {
    const u8 kind = in.byte();
    given = (kind & 1) != 0;
    seed = in.bytes((kind & 2) != 0 ? in.below(34) : 0);
    if ((kind & 8) != 0) std::fill(seed.begin(), seed.end(), u8{0xff});
    if ((kind & 4) != 0) extra = in.bytes(32);
  }

  const starkcore_sign_options* get() {
    options_ = {seed.data(), seed.size(), extra.empty() ? nullptr : extra.data()};
    return given ? &options_ : nullptr;
  }

 private:
  starkcore_sign_options options_;
};

// starkcore_prepared_size, prepare: memory of just that size, aligned as it must be.
class Prepared {
 public:
  Prepared() : memory_(starkcore_prepared_size() / 64) {}
  starkcore_prepared* get() { return reinterpret_cast<starkcore_prepared*>(memory_.data()); }
  std::size_t size() const { return 64 * memory_.size(); }

 private:
  struct alignas(64) Line {
    u8 bytes[64];
  };
  std::vector<Line> memory_;
};

// What every way to verify says of one signature; they must agree.
inline Answer verdicts(const Bytes& signature, const Bytes& hash, const Bytes& x, const Bytes& y) {
  const starkcore_status full = starkcore_verify(signature.data(), hash.data(), x.data(), y.data());
  const starkcore_status by_x = starkcore_verify_x(signature.data(), hash.data(), x.data());
  Prepared prepared;
  const starkcore_status made = starkcore_prepare(prepared.get(), x.data(), y.data());
  const starkcore_status with_it = starkcore_verify_prepared(signature.data(), hash.data(), prepared.get());
  const starkcore_status point = starkcore_public_key_check(x.data(), y.data());
  HOLDS(made == point);
  if (point == STARKCORE_OK) {
    Bytes other(32);
    HOLDS(starkcore_public_key_y(other.data(), x.data(), (y[31] & 1) ^ 1) == STARKCORE_OK);
    const starkcore_status opposite = starkcore_verify(signature.data(), hash.data(), x.data(), other.data());
    HOLDS(with_it == full);
    HOLDS(by_x == (full == STARKCORE_OK ? full : opposite));
  } else {
    HOLDS(full == point && with_it != STARKCORE_OK);
  }
  return Answer{} << full << by_x << with_it;
}

// starkcore_sign, sign_many, and verify, verify_x, prepare, verify_prepared on what they give
inline void sign(Input& in) {
  const Bytes d = be32(in.private_key());
  Options options(in);
  const std::size_t count = 1 + in.below(in.byte() == 1 ? 40 : 6);
  Bytes hashes;
  for (std::size_t i = 0; i < count; ++i) hashes = joined(hashes, be32(in.message_hash()));
  in_two_modes("sign", [&] {
    Bytes signatures(64 * count, 7), x(32), y(32);
    std::vector<starkcore_status> statuses(count, 99);
    const starkcore_status status =
        starkcore_sign_many(signatures.data(), statuses.data(), hashes.data(), count, d.data(), options.get());
    starkcore_status first_bad = STARKCORE_OK;
    for (std::size_t i = count; i-- > 0;) {
      Bytes one(64, 7);
      HOLDS(starkcore_sign(one.data(), &hashes[32 * i], d.data(), options.get()) == statuses[i]);
      HOLDS(std::memcmp(one.data(), &signatures[64 * i], 64) == 0);
      HOLDS(statuses[i] == STARKCORE_OK || all_zero(one));
      if (statuses[i] != STARKCORE_OK) first_bad = statuses[i];
    }
    HOLDS(status == first_bad);
    if (starkcore_public_key(x.data(), y.data(), d.data()) == STARKCORE_OK) {
      for (std::size_t i = 0; i<count; i += count> 1 ? count - 1 : 1) {
        const Bytes hash(&hashes[32 * i], &hashes[32 * i] + 32);
        const Bytes signature(&signatures[64 * i], &signatures[64 * i] + 64);
        const bool valid = starkcore_verify(signature.data(), hash.data(), x.data(), y.data()) == STARKCORE_OK;
        HOLDS(valid == (statuses[i] == STARKCORE_OK));
        verdicts(signature, hash, x, y);
      }
    }
    return Answer{} << status << signatures;
  });
}

// A signature to verify, and how it came about.
struct Case {
  Bytes signature, hash, x, y;
  u8 has_y;
};

// r, s and m so that (m/s)·G and (r/s)·Q are equal or opposite, or that a scalar is the one where
// an addition meets its exception; r and m below n.
inline void make_exception(Input& in, const Fn& d, U256& r, U256& s, U256& m) {
  const Fn key_part = to_fn(r) * d;
  U256 product = from_fn(key_part), edge = in.number_below(kN);
  if (!less_var(edge, kN)) edge = u256(1);
  switch (in.below(6)) {
    case 0: m = product; break;             // m/s = d·r/s
    case 1: m = minus(kN, product); break;  // the opposite
    case 2: m = u256(0); break;
    case 3: s = from_fn(to_fn(r) * inverse_var(to_fn(u256(1 + in.byte())))); break;             // r/s small: 30, say
    case 4: s = from_fn(to_fn(r) * inverse_var(to_fn(minus(kN, u256(1 + in.byte()))))); break;  // or almost n
    default: s = from_fn(to_fn(m) * inverse_var(to_fn(edge))); break;                           // m/s at an edge
  }
}

inline Case make_case(Input& in) {
  const U256 d = in.private_key();
  Case out{Bytes(64), be32(in.message_hash()), Bytes(32), Bytes(32), u8{1}};
  const bool known = starkcore_public_key(out.x.data(), out.y.data(), be32(d).data()) == STARKCORE_OK;
  const u8 kind = in.byte();
  out.has_y = (kind >> 4) & 1;
  if (kind % 4 < 2 && known) {
    starkcore_sign(out.signature.data(), out.hash.data(), be32(d).data(), nullptr);
    if (kind % 4 == 1) out.signature[in.below(64)] ^= in.byte();
  } else {
    U256 r = in.number_below(kN), s = in.number_below(kN), m = load_be256(out.hash.data());
    if (kind % 4 == 2 && known) {
      const bool from_x = in.flag();
      if (from_x) {  // an r that belongs to a point
        Bytes x(32), y(32);
        starkcore_public_key(x.data(), y.data(), be32(in.private_key()).data());
        r = load_be256(x.data());
      }
      if (less_var(r, kN) && less_var(m, kN)) make_exception(in, to_fn(d), r, s, m);
    }
    out.signature = joined(be32(r), be32(s)), out.hash = be32(m);
  }
  const u8 key_kind = in.byte();
  if (key_kind < 16) out.x = be32(in.number());
  if (key_kind < 24) out.y = be32(in.number());
  if (key_kind >= 240) starkcore_public_key_y(out.y.data(), out.x.data(), ~out.y[31] & 1);
  return out;
}

// starkcore_verify, verify_x, verify_many, prepare, verify_prepared, verify_prepared_many on anything
inline void verify(Input& in) {
  const std::size_t count = 1 + in.below(9);
  std::vector<Case> cases;
  Bytes signatures, hashes, xs, ys, has_y;
  for (std::size_t i = 0; i < count; ++i) {
    cases.push_back(i > 0 && in.below(4) == 0 ? cases.back() : make_case(in));
    const Case& last = cases.back();
    signatures = joined(signatures, last.signature), hashes = joined(hashes, last.hash);
    xs = joined(xs, last.x), ys = joined(ys, last.y), has_y.push_back(last.has_y);
  }
  in_two_modes("verify", [&] {
    Answer out;
    std::vector<starkcore_status> mixed(count, 99), full(count, 99), by_x(count, 99), prepared_many(count, 99);
    const u8* const s = signatures.data();
    out << starkcore_verify_many(mixed.data(), s, hashes.data(), xs.data(), ys.data(), has_y.data(), count);
    out << starkcore_verify_many(full.data(), s, hashes.data(), xs.data(), ys.data(), nullptr, count);
    out << starkcore_verify_many(by_x.data(), s, hashes.data(), xs.data(), nullptr, nullptr, count);
    Prepared prepared;
    const starkcore_status made = starkcore_prepare(prepared.get(), xs.data(), ys.data());
    out << starkcore_verify_prepared_many(prepared_many.data(), s, hashes.data(), count, prepared.get());
    for (std::size_t i = 0; i < count; ++i) {
      const Case& some = cases[i];
      const u8* const signature = some.signature.data();
      HOLDS(full[i] == starkcore_verify(signature, some.hash.data(), some.x.data(), some.y.data()));
      HOLDS(by_x[i] == starkcore_verify_x(signature, some.hash.data(), some.x.data()));
      HOLDS(mixed[i] == (some.has_y != 0 ? full[i] : by_x[i]));
      HOLDS(prepared_many[i] == starkcore_verify_prepared(signature, some.hash.data(), prepared.get()));
      if (made == STARKCORE_OK) {
        HOLDS(prepared_many[i] == starkcore_verify(signature, some.hash.data(), xs.data(), ys.data()));
      } else {
        HOLDS(prepared_many[i] != STARKCORE_OK);
      }
      if (i + 1 == count) verdicts(some.signature, some.hash, some.x, some.y);
      out << mixed[i] << full[i] << by_x[i] << prepared_many[i];
    }
    return out;
  });
}

}  // namespace starkcore::fuzz
