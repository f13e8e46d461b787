// The four-lane arithmetic of the AVX2 engine at its extremes, that engine against the portable one, and the caller's
// floating-point state. Compiled with the library's sources; passes with a word where the CPU has no AVX2.
#include "engine/engine.hpp"

#include "base/cpu.hpp"
#include "check.hpp"

#if STARKCORE_HAVE_AVX2_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE avx2
#define STARKCORE_ENGINE_ADX 1
#define STARKCORE_ENGINE_LANES 4
#include <immintrin.h>

#include <array>
#include <memory>

#include "base/float_state.hpp"
#include "base/secret.hpp"
#include "field/fn.hpp"
#include "field/inversion.hpp"
#include "generated/tables.hpp"

namespace {

using namespace starkcore;

// ---- A reference that shares nothing with the library: integers mod p, shifting and subtracting ----------------------

struct Reference {
  U256 v;
};

Reference ref_add(const Reference& a, const Reference& b) {
  Reference out;
  U256 reduced;
  add(out.v, a.v, b.v);
  if (sub(reduced, out.v, kP) == 0) out.v = reduced;
  return out;
}

Reference ref_negate(const Reference& a) {
  Reference out{};
  if (!is_zero_var(a.v)) sub(out.v, kP, a.v);
  return out;
}

Reference ref_mul(const Reference& a, const Reference& b) {
  Reference out{};
  for (int i = 251; i >= 0; --i) {
    out = ref_add(out, out);
    if (bits(b.v, static_cast<unsigned>(i), 1) != 0) out = ref_add(out, a);
  }
  return out;
}

Reference ref_sub(const Reference& a, const Reference& b) { return ref_add(a, ref_negate(b)); }

// Σ d[k]·2^(51k)
Reference ref_digits(const std::array<i64, 5>& d) {
  Reference out{};
  for (int k = 4; k >= 0; --k) {
    for (int i = 0; i < 51; ++i) out = ref_add(out, out);
    const i64 digit = d[static_cast<std::size_t>(k)];
    const Reference size{u256(static_cast<u64>(digit < 0 ? -digit : digit))};
    out = ref_add(out, digit < 0 ? ref_negate(size) : size);
  }
  return out;
}

// ---- Inputs ----------------------------------------------------------------------------------------------------

u64 state = 0x9e3779b97f4a7c15;

u64 random_word() {  // xorshift64*
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

U256 random_below(const U256& bound) {
  for (;;) {
    U256 a{{random_word(), random_word(), random_word(), random_word() >> 4}};
    if (random_word() % 4 == 0) a.w[random_word() % 4] = random_word() % 2 == 0 ? 0 : ~u64{0} >> 4;  // runs
    if (less_var(a, bound)) return a;
  }
}

using Digits = std::array<i64, 5>;

// Operands whose digits are at the bounds of Fp4<M>, in many patterns.
std::vector<Digits> extreme_digits(int multiple) {
  const i64 most = (i64{1} << 50) * multiple, top = (i64{1} << 47) * multiple;
  std::vector<Digits> out;
  for (const i64 sign : std::array<i64, 2>{1, -1}) {
    out.push_back({sign * most, sign * most, sign * most, sign * most, sign * top});
    out.push_back({sign * most, -sign * most, sign * most, -sign * most, sign * top});
    out.push_back({sign * (most - 1), sign * (most - 1), sign * (most - 1), sign * (most - 1), sign * (top - 1)});
    out.push_back({sign * most, sign * most, -sign * most, -sign * most, -sign * top});
    out.push_back({sign * (most / 2), sign * (most / 2 + 1), sign * (most / 2 - 1), sign, sign * (top / 2)});
    for (std::size_t k = 0; k < 5; ++k) {
      Digits one{};
      one[k] = sign * (k == 4 ? top : most);
      out.push_back(one);
      one[k] = sign;
      out.push_back(one);
    }
  }
  out.push_back({});
  out.push_back({1, 0, 0, i64{17} << 39, i64{1} << 47});  // p
  for (int i = 0; i < 8; ++i) {
    Digits random;
    for (std::size_t k = 0; k < 5; ++k) {
      const i64 bound = k == 4 ? top : most;
      random[k] = static_cast<i64>(random_word() % static_cast<u64>(2 * bound + 1)) - bound;
    }
    out.push_back(random);
  }
  return out;
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2,adx"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2,adx")
#endif
#include "engine/make_engine.hpp"

namespace starkcore::STARKCORE_ENGINE {

template <int M>
void set_lane(Fp4<M>& out, int lane, const ::Digits& digits) {
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(32) double d[4];
    _mm256_store_pd(d, out.d[k]);
    d[lane] = static_cast<double>(digits[k]);
    out.d[k] = _mm256_load_pd(d);
  }
}

template <int M>
::Digits get_lane(const Fp4<M>& a, int lane) {
  ::Digits out;
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(32) double d[4];
    _mm256_store_pd(d, a.d[k]);
    out[k] = static_cast<i64>(d[lane]);
  }
  return out;
}

// The digits that a kernel promises, and the value mod p.
bool is_product(const Fp4<1>& a, int lane, const ::Reference& expected) {
  const ::Digits d = get_lane(a, lane);
  bool good = equal_var(::ref_digits(d).v, expected.v);
  for (std::size_t k = 0; k < 4; ++k) good &= d[k] >= -(i64{1} << 50) && d[k] < i64{1} << 50;
  return good && d[4] >= -(i64{1} << 46) && d[4] <= (i64{1} << 46) + (i64{1} << 10);
}

struct Operand {
  ::Digits digits;
  ::Reference value;
};

std::vector<Operand> operands(int multiple) {
  std::vector<Operand> out;
  for (const ::Digits& digits : ::extreme_digits(multiple)) out.push_back({digits, ::ref_digits(digits)});
  return out;
}

// All pairs of extreme operands, four different pairs in the lanes. c and d are other operands of the bounds C and D.
template <int A, int B, int C, int D>
void test_products() {
  const auto as = operands(A), bs = operands(B), cs = operands(C), ds = operands(D), ones = operands(1);
  const ::Reference kappa{U256{{0, 0, 1, 0}}};
  for (std::size_t i = 0; i < as.size(); ++i) {
    for (std::size_t j = 0; j < bs.size(); ++j) {
      Fp4<A> a{};
      Fp4<B> b{};
      Fp4<C> c{};
      Fp4<D> d{};
      Fp4<1> e{};
      std::size_t bi[4], ci[4], di[4], ei[4];
      for (int lane = 0; lane < 4; ++lane) {
        const std::size_t step = static_cast<std::size_t>(lane) * 7;
        bi[lane] = (j + step) % bs.size(), ci[lane] = (i + 3 * j + step) % cs.size();
        di[lane] = (2 * i + j + step) % ds.size(), ei[lane] = (i + j + step) % ones.size();
        set_lane(a, lane, as[i].digits), set_lane(b, lane, bs[bi[lane]].digits);
        set_lane(c, lane, cs[ci[lane]].digits), set_lane(d, lane, ds[di[lane]].digits);
        set_lane(e, lane, ones[ei[lane]].digits);
      }
      const Fp4<1> product = a * b, square = sqr(e), with_kappa = mul_sub_kappa(a, b, c);
      const Fp4<1> difference = mul_sub_mul(a, b, c, d);
      for (int lane = 0; lane < 4; ++lane) {
        const ::Reference ab = ::ref_mul(as[i].value, bs[bi[lane]].value), &cv = cs[ci[lane]].value,
                          &dv = ds[di[lane]].value;
        const ::Reference ee = ::ref_mul(ones[ei[lane]].value, ones[ei[lane]].value);
        CHECK(is_product(product, lane, ab));
        CHECK(is_product(square, lane, ee));
        CHECK(is_product(with_kappa, lane, ::ref_sub(ab, ::ref_mul(kappa, cv))));
        CHECK(is_product(difference, lane, ::ref_sub(ab, ::ref_mul(cv, dv))));
        if constexpr (C <= 2 && D <= 2) {
          const ::Reference minus = ::ref_sub(::ref_sub(ab, cv), dv);
          CHECK(is_product(mul_sub(a, b, c), lane, ::ref_sub(ab, cv)));
          CHECK(is_product(mul_sub_sub(a, b, c, d), lane, minus));
          CHECK(is_product(sqr_sub_sub(e, c, d), lane, ::ref_sub(::ref_sub(ee, cv), dv)));
        }
      }
    }
  }
}

void test_lanes() {
  for (int round = 0; round < 2000; ++round) {
    U256 in[4];
    Fp<6> out[4];
    for (U256& a : in) a = ::random_below(kP);
    if (round == 0) in[0] = u256(0), in[1] = u256(1), sub(in[2], kP, u256(1)), in[3] = U256{{~u64{0}, 0, ~u64{0}, 0}};
    const Fp4<2> a = load_lanes([&](int lane) -> const U256& { return in[lane]; });
    to_integers(out, a);
    const __m256i signs = _mm256_setr_epi64x(0, -1, i64{1} << 62, -1);
    const Fp4<2> flipped = negate_if(signs, a), turned = swap_halves(a);
    const Fp4<2> low = repeat_lower_half(a), apart = spread<2>(a), joined = join<1>(a, turned);
    for (int i = 0; i < 4; ++i) {
      const ::Reference value{in[i]};
      CHECK(equal_var(::ref_digits(get_lane(a, i)).v, in[i]));
      CHECK(equal_var(reduce(out[i]).v, in[i]));
      CHECK(equal_var(::ref_digits(get_lane(flipped, i)).v, i % 2 == 1 ? ::ref_negate(value).v : in[i]));
      CHECK(get_lane(turned, i) == get_lane(a, (i + 2) % 4));
      CHECK(get_lane(low, i) == get_lane(a, i % 2));
      CHECK(get_lane(apart, i) == get_lane(a, i / 2));
      CHECK(get_lane(joined, i) == get_lane(i == 0 ? a : turned, i));
    }
  }
  for (const Operand& operand : operands(2)) {  // integers at the digits' bounds, in each lane
    for (int lane = 0; lane < 4; ++lane) {
      Fp4<2> a{};
      set_lane(a, lane, operand.digits);
      Fp<6> out[4];
      to_integers(out, a);
      for (int i = 0; i < 4; ++i) CHECK(equal_var(reduce(out[i]).v, i == lane ? operand.value.v : u256(0)));
    }
  }
}

// Additions in lanes against the scalar formulas, and the merge of the lanes.
void test_points() {
  for (int round = 0; round < 200; ++round) {
    const StoredPoint* points[2][4];
    XyzzPoint expected[4], all, sums[4], merged;
    u64 negative[4];
    for (int lane = 0; lane < 4; ++lane) {
      for (auto& row : points) row[lane] = &kPedersenTable[::random_word() % (2 * kPedersenHalf)];
      negative[lane] = 0 - (::random_word() & 1);
      expected[lane] = to_xyzz(load(*points[0][lane]));
      add(expected[lane], load_signed(*points[1][lane], negative[lane]));
    }
    XyzzLanes sum = to_xyzz(load_points([&](int lane) -> const StoredPoint& { return *points[0][lane]; }));
    add(sum, load_points([&](int lane) -> const StoredPoint& { return *points[1][lane]; },
                         lane_signs([&](int lane) { return negative[lane]; })));
    XyzzLanes lanes = sum;
    complete(lanes);
    from_lanes(sums, lanes, 4);
    all = add_complete_var(add_complete_var(expected[0], expected[2]), add_complete_var(expected[1], expected[3]));
    add_lanes(sum);
    from_lanes(&merged, sum, 1);
    const auto same = [](const XyzzPoint& a, const XyzzPoint& b) {
      return equal_var(sqr(a.zz) * a.zz, sqr(a.zzz)) && equal_var(a.x * b.zz, b.x * a.zz) &&
             equal_var(a.y * b.zzz, b.y * a.zzz);
    };
    for (int lane = 0; lane < 4; ++lane) CHECK(same(sums[lane], expected[lane]));
    CHECK(same(merged, all));
  }
}

}  // namespace starkcore::STARKCORE_ENGINE

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace {

// ---- The engine against the portable one -----------------------------------------------------------------------

template <class T>
bool same(const T* a, const T* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(T)) == 0;
}

// Field elements with the edges first: 0, 1, p − 1, a run of ones, and single bits, on both sides of each window's border among them.
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
  portable_engine.pedersen(good.data(), a.data(), b.data(), kMany);
  for_sizes(kMany, [&](std::size_t i, std::size_t n) {
    with.pedersen(&out[i], &a[i], &b[i], n);
    CHECK(same(&out[i], &good[i], n));
  });

  constexpr std::size_t kSome = 5000;
  std::vector<StoredPoint> left(kSome), right(kSome), points(kSome);
  portable_engine.pedersen_left(left.data(), a.data(), kSome);
  std::vector<U256> nonzero(a.begin() + 1, a.begin() + 1 + kSome);
  for (U256& w : nonzero) {
    if (is_zero_var(w)) w = u256(9);
  }
  portable_engine.pedersen_right(right.data(), nonzero.data(), kSome);
  std::vector<const StoredPoint*> lefts, tails;
  for (std::size_t i = 0; i < kSome; ++i)
    lefts.push_back(&left[(i * 31) % kSome]), tails.push_back(&right[(i * 17) % kSome]);
  portable_engine.pedersen_order(good.data(), lefts.data(), a.data(), tails.data(), kSome);
  for_sizes(kSome, [&](std::size_t i, std::size_t n) {
    with.pedersen_left(&points[i], &a[i], n);
    CHECK(same(&points[i], &left[i], n));
    with.pedersen_right(&points[i], &nonzero[i], n);
    CHECK(same(&points[i], &right[i], n));
    with.pedersen_order(&out[i], &lefts[i], &a[i], &tails[i], n);  // a word of 0 is among them
    CHECK(same(&out[i], &good[i], n));
  });
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
  portable_engine.prepare(prepared.get(), good[3]);
  with.prepare(again.get(), good[3]);
  CHECK(same(prepared.get(), again.get(), 1));
  bool valid[4][kFew];
  portable_engine.verify(valid[0], items.data(), kFew);
  portable_engine.verify_prepared(valid[2], items.data(), prepared.get(), kFew);
  for_sizes(kFew, [&](std::size_t i, std::size_t n) {
    with.verify(&valid[1][i], &items[i], n);
    with.verify_prepared(&valid[3][i], &items[i], prepared.get(), n);
  });
  CHECK(same(valid[0], valid[1], kFew) && same(valid[2], valid[3], kFew));
  for (std::size_t i = 10; i < 20; ++i) {
    U256 y[2];
    CHECK(with.on_curve(good[i]) && with.x_on_curve(good[i].x));
    CHECK(!with.on_curve(PlainPoint{good[i].x, good[i].x}));
    CHECK(with.x_on_curve(hashes[i]) == portable_engine.x_on_curve(hashes[i]));
    with.lift_x(&y[0], good[i].x, true), portable_engine.lift_x(&y[1], good[i].x, true);
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

// By definition: m·w + r·w·d is ±k, or, for one of the two points with that x, m·w − r·w·d. False where m or w is out of bounds.
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
    for_sizes(items.size(), [&](std::size_t i, std::size_t n) { with.verify(&valid[i], &items[i], n); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(valid[i] == (items[i].x_only ? cases[i].x_only : cases[i].full));
      good_full += cases[i].full, good_x_only += cases[i].x_only && !cases[i].full;
    }
  }
  CHECK(good_full > 5000 && good_x_only > 1000);
}

// Prepared keys that are small multiples of G, or fractions: windows of both tables are then equal or opposite points, in all places.
void test_prepared(const Engine& with) {
  std::vector<U256> keys = {make_case().key, u256(1), u256(2), u256(64), u256(4096), from_fn(inverse(to_fn(u256(64))))};
  for (std::size_t i = keys.size(); i-- > 1;) keys.push_back(from_fn(negative(to_fn(keys[i]))));
  const auto prepared = std::make_unique<PreparedKey>();
  std::size_t good = 0;
  for (const U256& key : keys) {
    std::vector<Expected> cases;
    for (int round = 0; round < 6; ++round) {
      const Case in = make_case(key);
      with.prepare(prepared.get(), in.point);
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
              [&](std::size_t i, std::size_t n) { with.verify_prepared(&valid[i], &items[i], prepared.get(), n); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      bool alone;
      with.verify_prepared(&alone, &items[i], prepared.get(), 1);
      CHECK(valid[i] == cases[i].full && alone == cases[i].full);
      good += cases[i].full;
    }
  }
  CHECK(good > 200);
}

// ---- The caller's floating-point state ---------------------------------------------------------------------------

// Rounding modes, flushed subnormals, unmasked exceptions and sticky flags: answers are the same, and so is the state afterwards.
void test_float_state(const Engine& with) {
  const std::vector<U256> a = elements(64), k = scalars(64);
  U256 hashes[2][40];
  StoredPoint points[2][40];
  PlainPoint keys[2][40];
  Signature signatures[2][40];
  bool usable[40];
  const auto run = [&](const Engine& engine, int row, std::size_t n) {
    engine.pedersen(hashes[row], &a[0], &a[20], n);
    engine.pedersen_left(points[row], &a[3], n);
    engine.public_key(keys[row], &k[0], n);
    engine.sign(signatures[row], usable, &a[10], &k[5], k[9], n);
  };
  const u32 before = _mm_getcsr();
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

int main() {
  using namespace starkcore;
  constexpr u32 needed = kCpuAdx | kCpuAvx2;
  if ((detect_cpu() & needed) != needed) {
    std::printf("no AVX2 here: nothing tested\n");
    return 0;
  }
  avx2::test_products<1, 1, 1, 1>();
  avx2::test_products<2, 1, 2, 1>();
  avx2::test_products<2, 2, 2, 2>();
  avx2::test_products<1, 4, 4, 1>();
  avx2::test_products<4, 1, 1, 4>();
  avx2::test_lanes();
  avx2::test_points();
  test_hashes(avx2_engine);
  test_keys_and_signatures(avx2_engine);
  test_verification(portable_engine);
  test_verification(avx2_engine);
  test_prepared(portable_engine);
  test_prepared(avx2_engine);
  test_float_state(avx2_engine);
  return test::summary();
}

#else

int main() {
  std::printf("no AVX2 engine in this build: nothing tested\n");
  return 0;
}

#endif
