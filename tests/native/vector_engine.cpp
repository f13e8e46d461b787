// An engine with vector arithmetic against the portable one, at the edges and on many inputs;
// verification against its definition; and the caller's floating-point state.
#include <immintrin.h>

#include <memory>

#include "base/float_state.hpp"
#include "ecdsa/prepared.hpp"
#include "engine/engine.hpp"
#include "field/fn.hpp"
#include "vector_reference.hpp"

namespace starkcore::test {
namespace {

// ---- The engine against the portable one -----------------------------------------------------------------------

template <class T>
bool same(const T* a, const T* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(T)) == 0;
}

// Field elements with the edges first: 0, 1, p − 1, a run of ones, and single bits, on both sides
// of each window's border among them.
std::vector<U256> elements(std::size_t count) {
  std::vector<U256> out = {u256(0), u256(1), u256(511), U256{{~u64{0}, ~u64{0}, ~u64{0}, (u64{1} << 59) - 1}}, kP};
  out.back().w[0] -= 1;
  for (unsigned i = 0; i < 252; ++i) {
    out.push_back(U256{});
    out.back().w[i / 64] = u64{1} << (i % 64);
  }
  while (out.size() < count) out.push_back(random_below(kP));
  return out;
}

// Scalars with the edges first: 1, 2, n − 1, n − 2, n/2, and those on both sides of the last window's boundary.
std::vector<U256> scalars(std::size_t count) {
  std::vector<U256> out = {u256(1), u256(2), u256(3), u256(63), u256(64), u256(65)};
  for (u64 i = 1; i <= 70; ++i) {
    U256 below, boundary = U256{{i, 0, 0, u64{33} << 54}};  // 33·2^246
    sub(below, kN, u256(i));
    out.push_back(below);
    sub(below, boundary, u256(2 * i));
    out.push_back(boundary), out.push_back(below);
  }
  for (unsigned i = 6; i < 251; ++i) {
    U256 power{}, below;
    power.w[i / 64] = u64{1} << (i % 64);
    sub(below, power, u256(1));
    out.push_back(power), out.push_back(below);
  }
  for (U256& k : out) {
    if (!less_var(k, kN)) k = u256(5);
  }
  while (out.size() < count) {
    const U256 k = random_below(kN);
    if (!is_zero_var(k)) out.push_back(k);
  }
  return out;
}

// Calls body(first, size) for chunks of changing sizes, so that lanes and groups are partly filled.
template <class Body>
void for_sizes(std::size_t count, Body body) {
  for (std::size_t first = 0, size = 1; first < count; first += size, size = size % 41 + 1) {
    body(first, size < count - first ? size : count - first);
  }
}

constexpr std::size_t kMany = 100000;

void test_hashes(const Engine& with) {
  const std::vector<U256> a = elements(kMany);
  std::vector<U256> b = a, good(kMany), out(kMany);
  for (std::size_t i = 0; i < kMany; ++i) b[i] = a[(i * 7919 + 12345 * (i / 64)) % kMany];
  for (std::size_t i = 0; i < 40; ++i) b[i] = a[i % 3], b[100 + i] = a[i];  // 0 among them, alone and with 0
  portable_engine.pedersen_var(good.data(), a.data(), b.data(), kMany);
  for_sizes(kMany, [&](std::size_t i, std::size_t n) {
    with.pedersen_var(&out[i], &a[i], &b[i], n);
    CHECK(same(&out[i], &good[i], n));
  });

  constexpr std::size_t kSome = 5000;
  std::vector<StoredPoint> left(kSome), right(kSome), points(kSome);
  portable_engine.pedersen_left_var(left.data(), a.data(), kSome);
  std::vector<U256> nonzero(a.begin() + 1, a.begin() + 1 + kSome);
  for (U256& w : nonzero) {
    if (is_zero_var(w)) w = u256(9);
  }
  portable_engine.pedersen_right_var(right.data(), nonzero.data(), kSome);
  std::vector<const StoredPoint*> lefts, tails;
  for (std::size_t i = 0; i < kSome; ++i)
    lefts.push_back(&left[(i * 31) % kSome]), tails.push_back(&right[(i * 17) % kSome]);
  portable_engine.pedersen_order_var(good.data(), lefts.data(), a.data(), tails.data(), kSome);
  for_sizes(kSome, [&](std::size_t i, std::size_t n) {
    with.pedersen_left_var(&points[i], &a[i], n);
    CHECK(same(&points[i], &left[i], n));
    with.pedersen_right_var(&points[i], &nonzero[i], n);
    CHECK(same(&points[i], &right[i], n));
    with.pedersen_order_var(&out[i], &lefts[i], &a[i], &tails[i], n);  // a word of 0 is among them
    CHECK(same(&out[i], &good[i], n));
  });
}

void test_states(const Engine& with, const std::vector<PoseidonState>& in) {
  std::vector<PoseidonState> good = in, out = in, first = in;
  portable_engine.poseidon(good.data(), in.size(), true);
  for_sizes(in.size(), [&](std::size_t i, std::size_t n) {
    with.poseidon(&out[i], n, true);
    CHECK(same(&out[i], &good[i], n));
    with.poseidon(&first[i], n, false);
    for (std::size_t j = i; j < i + n; ++j) CHECK(same(&first[j].a, &good[j].a, 1));
  });
}

// With a third element that is each state's own; the same for all; and the same for all but the last of some.
void test_poseidon(const Engine& with) {
  constexpr std::size_t count = 3000;
  const std::vector<U256> words = elements(3 * count);
  std::vector<PoseidonState> in(count);
  for (std::size_t i = 0; i < count; ++i) in[i] = {words[3 * i], words[3 * i + 1], words[3 * i + 2]};
  test_states(with, in);
  for (const U256& c : {u256(0), u256(2), words[4]}) {
    for (PoseidonState& state : in) state.c = c;
    test_states(with, in);
  }
  for (std::size_t i = 0; i < count; i += 37) in[i].c = words[i];
  test_states(with, in);
}

void test_keys_and_signatures(const Engine& with) {
  const std::vector<U256> k = scalars(kMany);
  std::vector<PlainPoint> good(kMany), out(kMany);
  portable_engine.public_key(good.data(), k.data(), kMany);
  for_sizes(kMany, [&](std::size_t i, std::size_t n) {
    with.public_key(&out[i], &k[i], n);
    CHECK(same(&out[i], &good[i], n));
  });

  constexpr std::size_t kSome = 20000;
  std::vector<U256> hashes(kSome);
  for (std::size_t i = 0; i < kSome; ++i) hashes[i] = random_below(U256{{0, 0, 0, u64{1} << 59}});
  hashes[0] = u256(0);
  std::vector<Signature> expected(kSome), signatures(kSome);
  const std::unique_ptr<bool[]> usable(new bool[2 * kSome]);
  portable_engine.sign(expected.data(), usable.get(), hashes.data(), k.data(), k[3], kSome);
  for_sizes(kSome, [&](std::size_t i, std::size_t n) {
    with.sign(&signatures[i], &usable[kSome + i], &hashes[i], &k[i], k[3], n);
    CHECK(same(&signatures[i], &expected[i], n) && same(&usable[i], &usable[kSome + i], n));
  });

  constexpr std::size_t kFew = 300;
  std::vector<VerifyItem> items(kFew);
  for (std::size_t i = 0; i < kFew; ++i) {
    items[i] = VerifyItem{expected[i].r, expected[i].s, hashes[i], good[3], i % 2 == 0};
    if (i % 3 == 2) items[i].message_hash.w[i % 4] ^= 1;
    if (is_zero_var(items[i].s)) items[i].r = items[i].s = u256(1);
  }
  const auto prepared = std::make_unique<PreparedKey>(), again = std::make_unique<PreparedKey>();
  portable_engine.prepare_var(prepared.get(), good[3]);
  with.prepare_var(again.get(), good[3]);
  CHECK(same(prepared.get(), again.get(), 1));
  bool valid[4][kFew];
  portable_engine.verify_var(valid[0], items.data(), kFew);
  portable_engine.verify_prepared_var(valid[2], items.data(), prepared.get(), kFew);
  for_sizes(kFew, [&](std::size_t i, std::size_t n) {
    with.verify_var(&valid[1][i], &items[i], n);
    with.verify_prepared_var(&valid[3][i], &items[i], prepared.get(), n);
  });
  CHECK(same(valid[0], valid[1], kFew) && same(valid[2], valid[3], kFew));
  for (std::size_t i = 10; i < 20; ++i) {
    U256 y[2];
    CHECK(with.on_curve_var(good[i]) && with.x_on_curve_var(good[i].x));
    CHECK(!with.on_curve_var(PlainPoint{good[i].x, good[i].x}));
    CHECK(with.x_on_curve_var(hashes[i]) == portable_engine.x_on_curve_var(hashes[i]));
    with.lift_x_var(&y[0], good[i].x, true), portable_engine.lift_x_var(&y[1], good[i].x, true);
    CHECK(same(&y[0], &y[1], 1));
  }
}

// ---- Verification --------------------------------------------------------------------------------------------------

// A secret key, its nonce's r, and the scalars that a signature comes from: s = 1/w.
struct Case {
  U256 key, nonce;
  PlainPoint point;
  Fn d, k, r;
};

Case make_case(const U256& key = u256(0)) {
  Case out;
  for (out.key = key; is_zero_var(out.key);) out.key = random_below(kN);
  portable_engine.public_key(&out.point, &out.key, 1);
  PlainPoint nonce_point;
  do {
    out.nonce = random_below(kN);
    if (is_zero_var(out.nonce)) continue;
    portable_engine.public_key(&nonce_point, &out.nonce, 1);
  } while (is_zero_var(out.nonce) || mask_if_below_2_251(nonce_point.x) == 0);
  out.d = to_fn(out.key), out.k = to_fn(out.nonce), out.r = to_fn(nonce_point.x);
  return out;
}

Fn negative(const Fn& a) {
  U256 out;
  sub(out, kN, a.v);
  return is_zero_var(a.v) ? a : Fn{out};
}

// An item with (m, w) for the case, and whether it is right for the key in full, and by x alone.
struct Expected {
  VerifyItem item;
  bool full, x_only;
};

// By definition: m·w + r·w·d is ±k, or, for one of the two points with that x, m·w − r·w·d. False
// where m or w is out of bounds.
bool expect(Expected& out, const Case& in, const Fn& m, const Fn& w) {
  const Fn a = m * w, b = in.r * w * in.d;
  const auto is_nonce = [&](const Fn& sum) { return equal_var(sum.v, in.k.v) || equal_var(sum.v, negative(in.k).v); };
  out.full = is_nonce(a + b), out.x_only = out.full || is_nonce(a + negative(b));
  out.item = VerifyItem{from_fn(in.r), from_fn(inverse(w)), from_fn(m), in.point, false};
  return mask_if_below_2_251(from_fn(m)) != 0 && mask_if_below_2_251(from_fn(w)) != 0 && !is_zero_var(w.v);
}

// Signatures with ordinary scalars, and those with which formulas meet their exceptions: right ones, and others.
std::vector<Expected> verification_cases() {
  std::vector<Expected> out;
  const Fn two = to_fn(u256(2)), zero = to_fn(u256(0));
  const auto put = [&](const Case& in, const Fn& m, const Fn& w) {
    Expected made;
    if (expect(made, in, m, w)) out.push_back(made);
  };
  const auto put_key_scalar = [&](const Case& in, const Fn& u) {  // r·w = u, and m so that it is right
    const Fn w = u * inverse(in.r);
    put(in, (in.k + negative(u * in.d)) * inverse(w), w);
    put(in, (negative(in.k) + negative(u * in.d)) * inverse(w), w);
    put(in, (in.k + u * in.d) * inverse(w), w);  // right for the other point with that x
    put(in, to_fn(random_below(kN)), w);
  };
  for (int round = 0; round < 20; ++round) {
    const Case in = make_case();
    const Fn m = to_fn(random_below(kN)), rd = in.r * in.d;
    put(in, m, in.k * inverse(m + rd));
    put(in, m, negative(in.k * inverse(m + rd)));
    put(in, m, in.k * inverse(m + negative(rd)));
    put(in, m, to_fn(random_below(kN)));
    put(in, zero, in.k * inverse(rd));  // the message's scalar is 0
    put(in, zero, to_fn(random_below(kN)));
    put(in, rd, in.k * inverse(two * rd));            // A = B
    put(in, negative(rd), in.k * inverse(two * rd));  // A = −B: right for the other point alone, where it is A = B
    put(in, rd, to_fn(random_below(kN)));
    put(in, negative(rd), to_fn(random_below(kN)));
    for (u64 u = 1; u <= 34; ++u) {  // 30 and n − 30 meet the exception of u·Q
      put_key_scalar(in, to_fn(u256(u)));
      put_key_scalar(in, negative(to_fn(u256(u))));
    }
  }
  return out;
}

void test_verification(const Engine& with) {
  std::vector<Expected> cases = verification_cases();
  CHECK(cases.size() > 4000);
  for (std::size_t i = cases.size(); i-- > 1;) std::swap(cases[i], cases[random_word() % (i + 1)]);
  std::size_t good_full = 0, good_x_only = 0;
  for (int mixture = 0; mixture < 4; ++mixture) {  // keys in full, by x alone, and both in two ways
    std::vector<VerifyItem> items;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      items.push_back(cases[i].item);
      items[i].x_only = mixture == 0 ? false : mixture == 1 ? true : mixture == 2 ? i % 2 == 0 : i % 5 == 0;
      if (items[i].x_only) items[i].key.y = u256(0);
    }
    const std::unique_ptr<bool[]> valid(new bool[items.size()]);
    for_sizes(items.size(), [&](std::size_t i, std::size_t n) { with.verify_var(&valid[i], &items[i], n); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(valid[i] == (items[i].x_only ? cases[i].x_only : cases[i].full));
      good_full += cases[i].full, good_x_only += cases[i].x_only && !cases[i].full;
    }
  }
  CHECK(good_full > 5000 && good_x_only > 1000);
}

// Prepared keys that are small multiples of G, or fractions: windows of both tables are then equal
// or opposite points, in all places.
void test_prepared(const Engine& with) {
  std::vector<U256> keys = {make_case().key, u256(1), u256(2), u256(64), u256(4096), from_fn(inverse(to_fn(u256(64))))};
  for (std::size_t i = keys.size(); i-- > 1;) keys.push_back(from_fn(negative(to_fn(keys[i]))));
  const auto prepared = std::make_unique<PreparedKey>();
  std::size_t good = 0;
  for (const U256& key : keys) {
    std::vector<Expected> cases;
    for (int round = 0; round < 6; ++round) {
      const Case in = make_case(key);
      with.prepare_var(prepared.get(), in.point);
      const Fn rd = in.r * in.d, random = to_fn(random_below(kN)), zero = to_fn(u256(0));
      for (u64 u = 1; u < 64;
           u += 2) {  // m·w = u, so that the sum over G's windows is a multiple that Q's first window may have
        for (const Fn& sum : {to_fn(u256(u)), negative(to_fn(u256(u)))}) {
          for (const Fn& w : {(in.k + negative(sum)) * inverse(rd), to_fn(random_below(kN))}) {
            Expected made;
            if (expect(made, in, sum * inverse(w), w)) cases.push_back(made);
          }
        }
      }
      for (const Fn& m : {random, zero, rd, negative(rd), in.r, negative(in.r)}) {
        const Fn z = m + rd;
        Expected made;
        if (!is_zero_var(z.v) && expect(made, in, m, in.k * inverse(z))) cases.push_back(made);
        if (expect(made, in, m, to_fn(random_below(kN)))) cases.push_back(made);
        for (u64 u = 1; u < 130; u += 2) {  // digits of one window alone, but for those that make a scalar odd
          if (expect(made, in, m, to_fn(u256(u)) * inverse(in.r))) cases.push_back(made);
        }
      }
    }
    std::vector<VerifyItem> items;
    for (const Expected& made : cases) items.push_back(made.item);
    const std::unique_ptr<bool[]> valid(new bool[items.size()]);
    for_sizes(items.size(),
              [&](std::size_t i, std::size_t n) { with.verify_prepared_var(&valid[i], &items[i], prepared.get(), n); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      bool alone;
      with.verify_prepared_var(&alone, &items[i], prepared.get(), 1);
      CHECK(valid[i] == cases[i].full && alone == cases[i].full);
      good += cases[i].full;
    }
  }
  CHECK(good > 200);
}

// ---- The caller's floating-point state ---------------------------------------------------------------------------

// Rounding modes, flushed subnormals, unmasked exceptions and sticky flags: answers are the same,
// and so is the state afterwards.
void test_float_state(const Engine& with) {
  const std::vector<U256> a = elements(64), k = scalars(64);
  U256 hashes[2][40];
  StoredPoint points[2][40];
  PlainPoint keys[2][40];
  Signature signatures[2][40];
  bool usable[40];
  const auto run = [&](const Engine& engine, int row, std::size_t n) {
    engine.pedersen_var(hashes[row], &a[0], &a[20], n);
    engine.pedersen_left_var(points[row], &a[3], n);
    engine.public_key(keys[row], &k[0], n);
    engine.sign(signatures[row], usable, &a[10], &k[5], k[9], n);
  };
  const u32 before = _mm_getcsr();
  // Inside it is as a reset leaves it (Intel's Software Developer's Manual, volume 1, 10.2.3).
  _mm_setcsr(0x7fff);
  const u32 inside = [] {
    const FloatState state;
    return _mm_getcsr();
  }();
  const u32 outside = _mm_getcsr();
  _mm_setcsr(before);
  CHECK(inside == 0x1f80 && outside == 0x7fff);
  for (const u32 rounding : std::array<u32, 4>{0x0000, 0x2000, 0x4000, 0x6000}) {
    for (const u32 rest : std::array<u32, 4>{0x1f80, 0x0000, 0x9fc0, 0x1fbf}) {
      for (const std::size_t n : std::array<std::size_t, 4>{1, 2, 5, 33}) {
        run(portable_engine, 0, n);
        _mm_setcsr(rounding | rest);
        run(with, 1, n);
        const u32 after = _mm_getcsr();
        _mm_setcsr(before);
        CHECK(after == (rounding | rest));
        CHECK(same(hashes[0], hashes[1], n) && same(points[0], points[1], n));
        CHECK(same(keys[0], keys[1], n) && same(signatures[0], signatures[1], n));
      }
    }
  }
}

}  // namespace

void test_engine(const Engine& with) {
  test_hashes(with);
  test_poseidon(with);
  test_keys_and_signatures(with);
  test_verification(with);
  test_prepared(with);
  test_float_state(with);
}

}  // namespace starkcore::test
